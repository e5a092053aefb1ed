//! Why a configuration file could not be read, and where.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::document::{Element, Position};
use super::hint;
use crate::shown;

/// A configuration file that cannot be read as it stands.
///
/// .NET: `System.Configuration.ConfigurationErrorsException`
#[doc(alias = "ConfigurationErrorsException")]
pub struct ConfigurationError {
    inner: Box<Inner>,
}

struct Inner {
    kind: ConfigurationErrorKind,
    file: PathBuf,
    fault: Fault,
    source: Option<io::Error>,
}

/// What is wrong with a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigurationErrorKind {
    /// The file could not be opened, read or written.
    Io,
    /// The path names a folder, a pipe, a device: anything but a regular file.
    NotAFile,
    /// The bytes are not text in UTF-8 or UTF-16, or not in the one of them that is declared.
    Encoding,
    /// The text is not well-formed XML.
    Syntax,
    /// There is a document type declaration, or an entity that only one could declare.
    DocumentType,
    /// The file has more of something than is read: bytes, levels, elements, attributes.
    Limit,
    /// The outermost element is not `configuration`.
    Root,
    /// An attribute's value does not mean anything.
    Value,
    /// An element lacks an attribute.
    MissingAttribute,
    /// The file is not what was read: somebody has changed it since.
    Changed,
}

impl ConfigurationError {
    /// Whatever the file has in it, what is said of it stays short.
    pub(super) fn new(file: &Path, mut fault: Fault) -> Self {
        let (kind, file) = (fault.kind, file.to_owned());
        fault.message = shown::message(&fault.message);
        fault.element = fault.element.as_deref().map(shown::name);
        fault.attribute = fault.attribute.as_deref().map(shown::name);
        fault.path = fault.path.as_deref().map(|it| shown::name(it).into());
        Self {
            inner: Box::new(Inner {
                kind,
                file,
                fault,
                source: None,
            }),
        }
    }

    /// `what` says what cannot be done with the file, as `read`.
    pub(super) fn io(file: &Path, what: &str, source: io::Error) -> Self {
        let message = format!("cannot be {what}: {source}");
        let mut this = Self::new(file, Fault::at_start(ConfigurationErrorKind::Io, message));
        this.inner.source = Some(source);
        this
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ConfigurationErrorKind {
        self.inner.kind
    }

    /// The file.
    ///
    /// .NET: `System.Configuration.ConfigurationErrorsException.Filename`
    #[doc(alias = "ConfigurationErrorsException.Filename")]
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.inner.file
    }

    /// The line, from 1; 0 if the whole file is meant.
    ///
    /// .NET: `System.Configuration.ConfigurationErrorsException.Line`
    #[doc(alias = "ConfigurationErrorsException.Line")]
    #[must_use]
    pub fn line(&self) -> u32 {
        self.inner.fault.position.line
    }

    /// The character in the line, from 1; 0 if the whole file is meant.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.inner.fault.position.column
    }

    /// The element at fault, if one is; of a very long name the first 100 characters.
    #[must_use]
    pub fn element(&self) -> Option<&str> {
        self.inner.fault.element.as_deref()
    }

    /// The attribute at fault, if one is; of a very long name the first 100 characters.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        self.inner.fault.attribute.as_deref()
    }

    /// The element at fault with those around it, below `configuration`, as
    /// `system.net/settings/ipv6`. `None` if the file could not be taken apart.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.inner.fault.path.as_deref()
    }

    /// What is wrong and what was expected, without the place. Of values that are longer than 100
    /// characters the rest is not shown, and of none the password of an address.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.inner.fault.message
    }

    /// What the system said, if the file could not be opened, read or written. The message says it
    /// as well.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        self.inner.source.as_ref()
    }

    /// What to do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self.inner.fault.hint {
            Some(hint) => Some(hint.to_owned()),
            None => hint::of(self),
        }
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = &self.inner.fault;
        write_place(
            f,
            &self.inner.file,
            fault.position,
            fault.element.as_deref(),
            fault.attribute.as_deref(),
        )?;
        f.write_str(&fault.message)
    }
}

/// `app.config:3:9: element add, attribute address: `
pub(super) fn write_place(
    f: &mut fmt::Formatter<'_>,
    file: &Path,
    position: Position,
    element: Option<&str>,
    attribute: Option<&str>,
) -> fmt::Result {
    f.write_str(&shown::on_one_line(&file.to_string_lossy()))?;
    if position.line > 0 {
        write!(f, ":{}:{}", position.line, position.column)?;
    }
    if let Some(element) = element {
        write!(f, ": element `{element}`")?;
        if let Some(attribute) = attribute {
            write!(f, ", attribute `{attribute}`")?;
        }
    }
    f.write_str(": ")
}

impl fmt::Debug for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigurationError({:?}, {self})", self.inner.kind)
    }
}

/// The message has the text of [`ConfigurationError::io_error`]; what is behind that follows.
impl Error for ConfigurationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner.source.as_ref().and_then(Error::source)
    }
}

/// An error that does not know its file yet.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: ConfigurationErrorKind,
    pub(super) position: Position,
    pub(super) element: Option<String>,
    pub(super) attribute: Option<String>,
    /// The element by those around it, once the whole document is known.
    pub(super) path: Option<Box<str>>,
    /// What is wrong and what was expected instead.
    pub(super) message: String,
    /// What to do, where the kind does not say it.
    pub(super) hint: Option<&'static str>,
}

impl Fault {
    pub(super) fn new(
        kind: ConfigurationErrorKind,
        position: Position,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            position,
            element: None,
            attribute: None,
            path: None,
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// A fault of the file as a whole.
    pub(super) fn at_start(kind: ConfigurationErrorKind, message: impl Into<String>) -> Self {
        Self::new(kind, Position::default(), message)
    }

    pub(super) fn in_element(mut self, name: &str) -> Self {
        self.element = Some(name.to_owned());
        self
    }

    pub(super) fn missing(element: &Element<'_>, attribute: &str, expected: &str) -> Self {
        let message = format!("missing; expected {expected}");
        let mut fault = Self::new(
            ConfigurationErrorKind::MissingAttribute,
            element.position,
            message,
        )
        .in_element(element.name);
        fault.attribute = Some(attribute.to_owned());
        fault
    }
}
