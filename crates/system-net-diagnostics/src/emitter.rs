//! What the crates that are traced call. All of it is in line up to the question whether anybody
//! hears, and nothing else where the feature `trace` is off.

use std::error::Error;
use std::fmt;

use crate::dispatch::{call_wanted, emit, settle, wanted};
use crate::identity::{ObjectName, Traced};
use crate::record::What;
use crate::{Source, TraceEventType};

/// Where what is traced comes from: a source, a class, and mostly an object. Made on the stack
/// where it is needed.
///
/// # Examples
/// ```
/// use system_net_diagnostics::{Emitter, Source, Traced, shown};
///
/// struct Socket {
///     traced: Traced,
/// }
///
/// impl Socket {
///     fn trace(&self) -> Emitter<'_> {
///         Emitter::new(Source::Sockets, "Socket", &self.traced)
///     }
///
///     fn send(&self, bytes: &[u8]) -> std::io::Result<usize> {
///         let call = self.trace().enter("Send", format_args!(""));
///         let sent = Ok(bytes.len());
///         if let Ok(sent) = &sent {
///             self.trace().data("Send", &bytes[..*sent]);
///         }
///         call.exit_result(&sent, |sent| shown(sent));
///         sent
///     }
/// }
///
/// let socket = Socket { traced: Traced::new() };
/// assert_eq!(socket.send(b"GET").unwrap(), 3);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Emitter<'a> {
    source: Source,
    class: &'static str,
    object: Option<&'a Traced>,
}

impl<'a> Emitter<'a> {
    /// For an object of a class. Does not draw the object's number.
    #[inline]
    #[must_use]
    pub const fn new(source: Source, class: &'static str, object: &'a Traced) -> Self {
        Self {
            source,
            class,
            object: Some(object),
        }
    }

    /// For members of a class that have no object.
    #[inline]
    #[must_use]
    pub const fn of_class(source: Source, class: &'static str) -> Self {
        Self {
            source,
            class,
            object: None,
        }
    }

    /// The name of the object or class, for the arguments and results of others.
    #[must_use]
    pub fn name(&self) -> ObjectName {
        name(self.class, self.object)
    }

    /// Whether anybody hears what is of this level, for what costs more than to be formatted.
    #[inline]
    #[must_use]
    pub fn wanted(&self, level: TraceEventType) -> bool {
        wanted(self.source, level)
    }

    /// A call is entered: `Entering Socket#33574638::Send()`; Verbose.
    #[inline]
    pub fn enter(&self, method: &'static str, arguments: fmt::Arguments<'_>) -> Call {
        // Its error may be wanted where the call itself is not.
        if call_wanted(self.source) {
            enter_heard(self.source, self.class, self.object, method, arguments)
        } else {
            Call(None)
        }
    }

    /// Data that a call has read or is about to write, as lines of hexadecimal numbers and text;
    /// Verbose. Secrets in them are not shown.
    #[inline]
    pub fn data(&self, method: &'static str, data: &[u8]) {
        if wanted(self.source, TraceEventType::Verbose) {
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Verbose,
                What::Data { method, data },
            );
        }
    }

    /// Two objects belong together from now on: `Associating HttpWebRequest#1 with ServicePoint#2`;
    /// Information.
    #[inline]
    pub fn associate(&self, other: &Emitter<'_>) {
        if wanted(self.source, TraceEventType::Information) {
            let with = other.name();
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Information,
                What::Associate { with },
            );
        }
    }

    /// News of an object within a call: `Socket#1::Connect(text)`; Information.
    #[inline]
    pub fn information(&self, method: &'static str, text: fmt::Arguments<'_>) {
        if wanted(self.source, TraceEventType::Information) {
            let what = What::Information { method, text };
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Information,
                what,
            );
        }
    }

    /// News of an object: `HttpWebRequest#1 - text`; Information.
    #[inline]
    pub fn note(&self, text: fmt::Arguments<'_>) {
        if wanted(self.source, TraceEventType::Information) {
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Information,
                What::Note { text },
            );
        }
    }

    /// Something is not as it should be: `HttpWebRequest#1::Method() - text`; Warning.
    #[inline]
    pub fn warning(&self, method: &'static str, text: fmt::Arguments<'_>) {
        if wanted(self.source, TraceEventType::Warning) {
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Warning,
                What::Problem { method, text },
            );
        }
    }

    /// Something failed that is no error of a call: `SslStream#1::Method() - text`; Error.
    #[inline]
    pub fn error(&self, method: &'static str, text: fmt::Arguments<'_>) {
        if wanted(self.source, TraceEventType::Error) {
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Error,
                What::Problem { method, text },
            );
        }
    }

    /// A call fails: `Exception in Socket#1::Connect - text.`; Error.
    #[inline]
    pub fn exception(&self, method: &'static str, error: &dyn Error) {
        if wanted(self.source, TraceEventType::Error) {
            heard(
                self.source,
                self.class,
                self.object,
                TraceEventType::Error,
                What::Exception { method, error },
            );
        }
    }
}

/// The rest of an emitter's calls. It gets its parts one by one, so that they need not be put into
/// memory where nobody hears.
#[cold]
#[inline(never)]
fn heard(
    source: Source,
    class: &'static str,
    object: Option<&Traced>,
    level: TraceEventType,
    what: What<'_>,
) {
    emit(source, level, name(class, object), what);
}

#[cold]
#[inline(never)]
fn enter_heard(
    source: Source,
    class: &'static str,
    object: Option<&Traced>,
    method: &'static str,
    arguments: fmt::Arguments<'_>,
) -> Call {
    settle(source);
    if !call_wanted(source) {
        return Call(None);
    }
    let object = name(class, object);
    let heard = wanted(source, TraceEventType::Verbose);
    if heard {
        let what = What::Enter { method, arguments };
        emit(source, TraceEventType::Verbose, object, what);
    }
    Call(Some(Entered {
        source,
        object,
        method,
        heard,
    }))
}

fn name(class: &'static str, object: Option<&Traced>) -> ObjectName {
    match object {
        Some(object) => ObjectName::new(class, object),
        None => ObjectName::of_class(class),
    }
}

/// A call that was entered, to be exited with what it gives. Dropped, as by `?` or when its future
/// is, it is exited without a value. Nothing in it is borrowed.
#[derive(Debug)]
#[must_use = "a call that is entered is exited"]
pub struct Call(Option<Entered>);

#[derive(Clone, Copy, Debug)]
struct Entered {
    source: Source,
    object: ObjectName,
    method: &'static str,
    /// Whether the entry was heard, and not errors alone.
    heard: bool,
}

impl Call {
    /// A call that nobody hears.
    pub const NONE: Self = Self(None);

    /// Whether its entry was heard, and so its exit will be.
    #[inline]
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        matches!(&self.0, Some(Entered { heard: true, .. }))
    }

    /// The call ends with a value: `Exiting Socket#33574638::Send()-> 61#61`; Verbose. A blank
    /// value is none.
    #[inline]
    pub fn exit(mut self, value: fmt::Arguments<'_>) {
        if let Some(entered) = self.0.take() {
            entered.exit(value);
        }
    }

    /// The call ends as a result says: with a value, shown as `show` says, or with an error, of
    /// which an own line tells.
    #[inline]
    pub fn exit_result<'r, T, E: Error, D: fmt::Display>(
        self,
        result: &'r Result<T, E>,
        show: impl FnOnce(&'r T) -> D,
    ) {
        if self.0.is_some() {
            match result {
                Ok(value) if self.is_heard() => self.exit(format_args!("{}", show(value))),
                Ok(_) => {}
                Err(error) => self.exit_error(error),
            }
        }
    }

    /// The call fails: a line for the error, and one for the exit.
    #[inline]
    pub fn exit_error(mut self, error: &dyn Error) {
        if let Some(entered) = self.0.take() {
            entered.fail(error);
        }
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        if let Some(entered) = self.0.take() {
            entered.exit(format_args!(""));
        }
    }
}

impl Entered {
    #[cold]
    #[inline(never)]
    fn exit(self, value: fmt::Arguments<'_>) {
        if !self.heard {
            return;
        }
        let method = self.method;
        let what = What::Exit { method, value };
        emit(self.source, TraceEventType::Verbose, self.object, what);
    }

    #[cold]
    #[inline(never)]
    fn fail(self, error: &dyn Error) {
        let method = self.method;
        let what = What::Exception { method, error };
        emit(self.source, TraceEventType::Error, self.object, what);
        self.exit(format_args!(""));
    }
}
