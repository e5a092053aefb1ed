//! The one error of logins by messages.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why a login failed, in words that hold no secret.
pub struct LogonError {
    kind: LogonErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogonErrorKind {
    /// The peer's message is not one of the protocol, or not the one that is due.
    InvalidToken,
    /// The user or the password is wrong. .NET: `InvalidCredentialException`
    Refused,
    /// There is nothing to log in with: no password, no ticket, no key.
    NoCredentials,
    /// The peer wants what is not allowed here: an old version, no signatures.
    NotAllowed,
    /// A message was changed on the way, or belongs to another login.
    Tampered,
    /// The login is bound to another channel.
    BindingDiffers,
    /// This side was asked to log in to itself by somebody who passes messages on.
    Reflected,
    /// The two clocks differ too much.
    ClockSkew,
    /// What the login needs is not there: a library, a key distribution center.
    Unavailable,
    /// The call cannot be made now: the login is not complete, or is over.
    InvalidState,
}

impl LogonErrorKind {
    /// Whether the next login may be tried: this one cannot be done here, but was not refused.
    pub(crate) fn may_fall_back(self) -> bool {
        matches!(self, Self::NoCredentials | Self::Unavailable)
    }
}

impl LogonError {
    /// An error with what to say of it. Whoever writes a mechanism of his own tells with it why a
    /// login failed; no secret belongs into the text.
    #[must_use]
    pub fn new(kind: LogonErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(LogonErrorKind::InvalidToken, message)
    }

    /// Adds what it came from.
    #[must_use]
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> LogonErrorKind {
        self.kind
    }
}

impl fmt::Display for LogonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for LogonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogonError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl Error for LogonError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
