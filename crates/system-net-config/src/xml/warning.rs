//! What a configuration file says that has no effect.

use std::fmt;
use std::path::{Path, PathBuf};

use super::document::Position;
use super::error::write_place;

/// Something in a file that was read over. Never an error: files serve other programs as well.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigurationWarning {
    pub(super) kind: ConfigurationWarningKind,
    pub(super) file: PathBuf,
    pub(super) position: Position,
    pub(super) element: String,
    pub(super) attribute: Option<String>,
    pub(super) message: String,
    /// The type that was not registered when the file was read.
    pub(super) type_name: Option<String>,
}

/// Why something in a file has no effect, or why it is told although it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigurationWarningKind {
    /// A section of another product.
    ForeignSection,
    /// An element that its parent does not know.
    UnknownElement,
    /// An attribute that its element does not know.
    UnknownAttribute,
    /// .NET knows it; here it changes nothing, or nothing yet.
    NotApplied,
    /// A later entry of the same file takes the place of this earlier one; or an element stands
    /// twice that .NET bears once.
    Duplicate,
    /// Text where only elements have a meaning.
    UnexpectedText,
    /// A type that only the program can know, and that it has not registered yet. What needs the
    /// type fails if it never does.
    UnregisteredType,
    /// It has its effect, and gives up safety for it.
    Dangerous,
    /// It has its effect, which is perhaps not the one that was meant.
    Doubtful,
    /// It fixes versions of TLS, or gives up the better ones: what an audit for safety looks for. It
    /// has its effect, but for WCF.
    TlsAudit,
}

impl ConfigurationWarning {
    /// Why it has no effect.
    #[must_use]
    pub const fn kind(&self) -> ConfigurationWarningKind {
        self.kind
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The line, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.position.line
    }

    /// The character in the line, from 1.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.position.column
    }

    /// The element meant.
    #[must_use]
    pub fn element(&self) -> &str {
        &self.element
    }

    /// The attribute meant, if one is.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// Why it has no effect, in words and without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Debug for ConfigurationWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigurationWarning({:?}, {self})", self.kind)
    }
}

impl fmt::Display for ConfigurationWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = self.attribute.as_deref();
        write_place(f, &self.file, self.position, Some(&self.element), attribute)?;
        f.write_str(&self.message)
    }
}
