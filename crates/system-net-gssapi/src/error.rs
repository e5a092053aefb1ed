//! The errors of the library, sorted by what a program can do about them.

use std::error::Error;
use std::fmt;

/// Why a call failed, in the library's own words, which hold no secret.
pub struct GssError {
    kind: GssErrorKind,
    message: String,
    major: u32,
    minor: u32,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GssErrorKind {
    /// There is no GSS-API library on this machine, or it is not one.
    LibraryMissing,
    /// The library is there and too old for this call.
    NotInThisVersion,
    /// The library does not have the mechanism that was asked for.
    UnknownMechanism,
    /// A name is not one of its kind.
    BadName,
    /// There is nothing to log in with: no ticket, no key.
    NoCredentials,
    /// The ticket has expired.
    CredentialsExpired,
    /// The password or the key is wrong.
    WrongPassword,
    /// The realm does not know the user.
    UnknownUser,
    /// The realm does not know the service.
    UnknownService,
    /// The realm refuses the user or the ticket: locked, expired, not allowed.
    RefusedByRealm,
    /// No key distribution center of the realm can be found or reached.
    RealmUnreachable,
    /// The clocks differ too much.
    ClockSkew,
    /// The channel bindings are not the same.
    BindingsDiffer,
    /// The token is malformed, or not one that is due.
    DefectiveToken,
    /// The token was seen before, is too old, or does not come in its turn.
    OutOfSequence,
    /// A signature is wrong.
    BadSignature,
    /// The context cannot do this: it is not complete, or is over, or has expired.
    ContextState,
    /// Anything else.
    Other,
}

impl GssError {
    pub(crate) fn new(kind: GssErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            major: 0,
            minor: 0,
            source: None,
        }
    }

    pub(crate) fn of_status(
        kind: GssErrorKind,
        message: String,
        (major, minor): (u32, u32),
    ) -> Self {
        Self {
            major,
            minor,
            ..Self::new(kind, message)
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> GssErrorKind {
        self.kind
    }

    /// The major status of the call, RFC 2744 section 3.9.1; 0 if no call was made.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The mechanism's own status; 0 if it gave none.
    #[must_use]
    pub fn minor(&self) -> u32 {
        self.minor
    }
}

impl fmt::Display for GssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for GssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GssError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("major", &format_args!("{:#x}", self.major))
            .field("minor", &format_args!("{}", self.minor.cast_signed()))
            .finish_non_exhaustive()
    }
}

impl Error for GssError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
