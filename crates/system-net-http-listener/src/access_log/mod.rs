//! The access log: one line for each request, written beside the requests.
//!
//! In scope: what a line says, how it is written, where to. Out of scope: traces of what classes do.
//!
//! ```text
//!   connection's task --line--> buffer --all there is--> a thread that may block --> file, writer
//! ```

mod entry;
mod file;
mod format;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{try_background, unblock};

pub(crate) use self::entry::{Entry, Reason};
pub use self::file::{AccessLogRotation, RotatedCallback};
use self::file::{LogFile, Sink};
use self::format::Layout;
pub use self::format::{AccessLogField, AccessLogFormat};

/// What a log looks like and how large it may become.
///
/// ```
/// use system_net_http_listener::{AccessLogFormat, AccessLogOptions};
///
/// let options = AccessLogOptions { format: AccessLogFormat::Json, ..Default::default() };
/// assert!(!options.redact_query);
/// ```
pub struct AccessLogOptions {
    /// How lines are written. Default: [`AccessLogFormat::W3c`].
    pub format: AccessLogFormat,
    /// What they say. Default: [`AccessLogField::ALL`]. None of the fields holds a login or a cookie.
    pub fields: Vec<AccessLogField>,
    /// Replaces queries, which often hold keys, by `[redacted]`, those of referring pages too. Default:
    /// `false`.
    pub redact_query: bool,
    /// How many bytes of lines may wait while the disk is slow. With more of them lines are lost, which a
    /// remark and [`AccessLog::lost_lines`] tell: requests do not wait for the log. Default: 16 MiB.
    pub buffer_bytes: usize,
    /// When a fresh file is begun. Default: never.
    pub rotation: AccessLogRotation,
    /// Told of files that were put aside. Default: nobody.
    pub rotated: Option<RotatedCallback>,
    /// What says which day it is for [`rotation`](Self::rotation), and when a file was begun or put aside.
    /// The times of lines are those of the listener's context. Default: the system's clock.
    pub clock: Arc<dyn Clock>,
}

impl Default for AccessLogOptions {
    fn default() -> Self {
        Self {
            format: AccessLogFormat::default(),
            fields: AccessLogField::ALL.to_vec(),
            redact_query: false,
            buffer_bytes: 16 * 1024 * 1024,
            rotation: AccessLogRotation::default(),
            rotated: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for AccessLogOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLogOptions")
            .field("format", &self.format)
            .field("fields", &self.fields)
            .field("redact_query", &self.redact_query)
            .field("buffer_bytes", &self.buffer_bytes)
            .field("rotation", &self.rotation)
            .finish_non_exhaustive()
    }
}

/// A log of requests, as HTTP.sys keeps one for .NET's listener: see
/// [`HttpListener::set_access_log`](crate::HttpListener::set_access_log).
///
/// Each request has one line when its answer is written or its connection has ended: also requests that the
/// listener refuses, that break the protocol, or that are given up. Over HTTP/2 what breaks the rules of its
/// frames has none, and neither has a head with fields that it forbids. Never in it: `Authorization`, cookies,
/// logins in addresses. Whatever a client sends, it cannot begin a line of its own.
///
/// Clones are the same log, which several listeners may have. When the last of them and of their
/// connections goes, what waits is written.
///
/// # Examples
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("access.log");
/// use system_net_http_listener::{AccessLog, AccessLogOptions, AccessLogRotation, HttpListener};
///
/// let options = AccessLogOptions { rotation: AccessLogRotation::Daily, ..Default::default() };
/// let log = AccessLog::to_file(path, options)?;
/// let listener = HttpListener::new();
/// listener.set_access_log(Some(log));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct AccessLog {
    owner: Arc<Owner>,
}

/// Writes what waits when the last handle goes.
struct Owner(Arc<Core>);

impl Drop for Owner {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.0.flush();
    }
}

struct Core {
    layout: Layout,
    most: usize,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Waiting>,
    /// Told when nobody writes any more.
    idle: Condvar,
    sink: Mutex<Sink>,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Lines for which there was no room: since the last remark, and in all.
    lost: u64,
    lost_in_all: u64,
    /// A thread writes, or is on its way.
    writing: bool,
    /// What the last write failed of.
    error: Option<io::Error>,
}

impl AccessLog {
    /// A log at the end of this file, which is made if it is missing.
    ///
    /// # Errors
    /// The system's, if the file cannot be opened or written; `InvalidInput` without
    /// [`fields`](AccessLogOptions::fields).
    pub fn to_file(path: impl Into<PathBuf>, options: AccessLogOptions) -> io::Result<Self> {
        let layout = layout(&options)?;
        let now = options.clock.utc_now();
        let (rotation, rotated) = (options.rotation, options.rotated);
        let file = LogFile::new(path.into(), rotation, rotated, &layout, now)?;
        let (most, clock) = (options.buffer_bytes, options.clock);
        Ok(Self::new(layout, most, clock, Sink::File(file)))
    }

    /// A log to a writer, which is given whole lines and flushed after them. It may block: it is not called
    /// by those who answer requests. There is no rotation.
    ///
    /// # Errors
    /// The writer's, if it cannot take the first lines; `InvalidInput` without
    /// [`fields`](AccessLogOptions::fields).
    pub fn to_writer(
        writer: impl Write + Send + 'static,
        options: AccessLogOptions,
    ) -> io::Result<Self> {
        let layout = layout(&options)?;
        let mut sink = Sink::Writer(Box::new(writer));
        sink.begin(&layout, options.clock.utc_now())?;
        Ok(Self::new(layout, options.buffer_bytes, options.clock, sink))
    }

    fn new(layout: Layout, most: usize, clock: Arc<dyn Clock>, sink: Sink) -> Self {
        let core = Core {
            layout,
            most,
            clock,
            waiting: Mutex::default(),
            idle: Condvar::new(),
            sink: Mutex::new(sink),
        };
        Self {
            owner: Arc::new(Owner(Arc::new(core))),
        }
    }

    /// Waits until all lines so far are written.
    ///
    /// # Errors
    /// What the last write failed of, once; its lines are lost.
    ///
    /// # Blocking
    /// For as long as the file or the writer does.
    pub fn flush(&self) -> io::Result<()> {
        self.owner.0.flush()
    }

    /// [`flush`](Self::flush) for asynchronous code.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub async fn flush_async(&self) -> io::Result<()> {
        let core = Arc::clone(&self.owner.0);
        unblock(move || core.flush()).await?
    }

    /// Waits until all lines so far are written, or cannot be; the error stays for
    /// [`flush`](Self::flush).
    pub(crate) async fn settle(&self) {
        let core = Arc::clone(&self.owner.0);
        // Without threads the lines are written by those who wrote them.
        let _ = unblock(move || drop(core.settle())).await;
    }

    /// [`settle`](Self::settle) on this thread.
    pub(crate) fn settle_here(&self) {
        drop(self.owner.0.settle());
    }

    /// Writes what waits, and opens the file by its name again: after somebody has moved it away, as
    /// `logrotate` does. No line is lost, and none is in both files. A log to a writer is flushed.
    ///
    /// # Errors
    /// As [`flush`](Self::flush); the system's, if the file cannot be opened: lines go on to the one that
    /// was moved away then.
    ///
    /// # Blocking
    /// As [`flush`](Self::flush).
    pub fn reopen(&self) -> io::Result<()> {
        self.owner.0.reopen()
    }

    /// [`reopen`](Self::reopen) for asynchronous code.
    ///
    /// # Errors
    /// As [`reopen`](Self::reopen).
    pub async fn reopen_async(&self) -> io::Result<()> {
        let core = Arc::clone(&self.owner.0);
        unblock(move || core.reopen()).await?
    }

    /// How many lines there was no room for in
    /// [`buffer_bytes`](AccessLogOptions::buffer_bytes), or that could not be written.
    #[must_use]
    pub fn lost_lines(&self) -> u64 {
        self.owner.0.waiting().lost_in_all
    }

    /// Writes the line of a request that has ended, soon.
    pub(crate) fn write(&self, entry: &Entry) {
        let core = &self.owner.0;
        let line = core.layout.line(entry);
        let mut waiting = core.waiting();
        if waiting.lines.len() + line.len() > core.most {
            waiting.lost += 1;
            waiting.lost_in_all += 1;
            return;
        }
        waiting.lines.extend_from_slice(line.as_bytes());
        if std::mem::replace(&mut waiting.writing, true) {
            return;
        }
        drop(waiting);
        let writing = Writing::new(core);
        match try_background() {
            Ok(background) => drop(background.spawn_blocking(move || writing.write_all())),
            // The process is out of threads.
            Err(_) => writing.write_all(),
        }
    }
}

fn layout(options: &AccessLogOptions) -> io::Result<Layout> {
    if options.fields.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "AccessLogOptions::fields is empty, and lines of an access log say something; \
             AccessLogField::ALL has all fields",
        ));
    }
    Ok(Layout {
        format: options.format,
        fields: options.fields.clone(),
        redact_query: options.redact_query,
    })
}

impl Core {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flush(self: &Arc<Self>) -> io::Result<()> {
        self.settle().error.take().map_or(Ok(()), Err)
    }

    fn reopen(self: &Arc<Self>) -> io::Result<()> {
        let flushed = self.flush();
        self.sink().reopen(&self.layout, self.clock.utc_now())?;
        flushed
    }

    /// Waits until nothing waits.
    fn settle(self: &Arc<Self>) -> MutexGuard<'_, Waiting> {
        let mut waiting = self.waiting();
        loop {
            if waiting.writing {
                let idle = self.idle.wait(waiting);
                waiting = idle.unwrap_or_else(PoisonError::into_inner);
            } else if waiting.lines.is_empty() && waiting.lost == 0 {
                return waiting;
            } else {
                waiting.writing = true;
                drop(waiting);
                Writing::new(self).write_all();
                waiting = self.waiting();
            }
        }
    }
}

/// Whoever writes: one at a time.
struct Writing {
    core: Arc<Core>,
    done: bool,
}

impl Writing {
    fn new(core: &Arc<Core>) -> Self {
        Self {
            core: Arc::clone(core),
            done: false,
        }
    }

    /// Writes until nothing waits.
    fn write_all(mut self) {
        loop {
            let core = &*self.core;
            let mut waiting = core.waiting();
            let lines = std::mem::take(&mut waiting.lines);
            let lost = std::mem::take(&mut waiting.lost);
            if lines.is_empty() && lost == 0 {
                // Before anybody can add a line: the next one begins anew.
                waiting.writing = false;
                core.idle.notify_all();
                drop(waiting);
                self.done = true;
                return;
            }
            drop(waiting);
            let mut sink = core.sink();
            let now = core.clock.utc_now();
            let mut written = sink.write(&lines, &core.layout, now);
            if written.is_ok() && lost > 0 {
                let remark = core.layout.lost(lost);
                written = sink.write(remark.as_bytes(), &core.layout, now);
            }
            drop(sink);
            if let Err(error) = written {
                let gone = lines.iter().filter(|byte| **byte == b'\n').count() as u64;
                let mut waiting = core.waiting();
                waiting.lost_in_all += gone;
                waiting.error = Some(error);
            }
        }
    }
}

/// A writer that panics, or a thread that never runs, keeps nobody waiting.
impl Drop for Writing {
    fn drop(&mut self) {
        if !self.done {
            self.core.waiting().writing = false;
            self.core.idle.notify_all();
        }
    }
}

impl fmt::Debug for AccessLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLog")
            .field("format", &self.owner.0.layout.format)
            .finish_non_exhaustive()
    }
}
