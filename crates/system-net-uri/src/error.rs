//! The one error of the crate: what is wrong with a URI text, where, and what to do about it.

use std::fmt;

/// A text that is no URI, or a request that this URI cannot answer.
///
/// Eight bytes, `Copy`, without the offending text: the caller has it, and it may hold a password.
///
/// .NET: `System.UriFormatException`
#[doc(alias = "UriFormatException")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UriFormatError {
    kind: UriFormatErrorKind,
    offset: u32,
}

/// What is wrong, one kind per message of .NET.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UriFormatErrorKind {
    /// The text is empty.
    EmptyUri,
    /// No scheme, and not a path that stands for a `file:` URI.
    BadFormat,
    /// The text before the first `:` is no scheme name.
    BadScheme,
    /// The scheme needs `//` and a host, and there is none.
    BadAuthority,
    /// The scheme name is longer than 1024 characters.
    SchemeLimit,
    /// The text has 65,520 UTF-16 units or more.
    SizeLimit,
    /// A drive letter without a rooted path, such as `c:dir`.
    MustRootedPath,
    /// The host is neither a name nor an address.
    BadHostName,
    /// The port is no number from 0 to 65535.
    BadPort,
    /// A `\` ends the host although the scheme has no Windows paths.
    BadAuthorityTerminator,
    /// A relative URI was asked for, the text is absolute.
    CannotCreateRelative,
    /// A password without a user name ([`UriBuilder`](crate::UriBuilder)).
    BadUserPassword,
    /// The host has no form that DNS knows (UTS 46 refuses it).
    BadUnicodeHost,
    /// The member needs an absolute URI (.NET: `InvalidOperationException`).
    NotAbsolute,
    /// An argument outside the documented values (.NET: `ArgumentException`).
    InvalidArgument,
    /// A parser is already registered for the scheme (.NET: `InvalidOperationException`).
    AlreadyRegistered,
}

impl UriFormatErrorKind {
    /// Whether the text may still be taken as a relative URI.
    pub(crate) const fn may_be_relative(self) -> bool {
        matches!(
            self,
            Self::EmptyUri | Self::BadFormat | Self::BadScheme | Self::BadAuthority
        )
    }

    const fn message(self) -> &'static str {
        match self {
            Self::EmptyUri => "the URI is empty",
            Self::BadFormat => "the format of the URI could not be determined",
            Self::BadScheme => "the URI scheme is not valid",
            Self::BadAuthority => "the authority or host could not be parsed",
            Self::SchemeLimit => "the URI scheme is too long",
            Self::SizeLimit => "the URI is too long",
            Self::MustRootedPath => "a path with a drive letter must be rooted",
            Self::BadHostName => "the host name could not be parsed",
            Self::BadPort => "the port is not valid",
            Self::BadAuthorityTerminator => "the authority cannot end with a backslash",
            Self::CannotCreateRelative => "the text is an absolute URI",
            Self::BadUserPassword => "a password needs a user name",
            Self::BadUnicodeHost => "the host has no form that DNS knows",
            Self::NotAbsolute => "a relative URI has no such part",
            Self::InvalidArgument => "the argument is not valid",
            Self::AlreadyRegistered => "a parser is already registered for this scheme",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::EmptyUri => "give an address such as http://host/",
            Self::BadFormat | Self::BadScheme => "start with a scheme, such as http://",
            Self::BadAuthority => "write two slashes and a host after the scheme",
            Self::SchemeLimit => "a scheme has at most 1024 characters",
            Self::SizeLimit => "a URI has at most 65519 characters",
            Self::MustRootedPath => r"write c:\dir, not c:dir",
            Self::BadHostName => "check the characters between // and the path",
            Self::BadPort => "a port is a number from 0 to 65535",
            Self::BadAuthorityTerminator => "use / after the host",
            Self::CannotCreateRelative => "ask for UriKind::RelativeOrAbsolute",
            Self::BadUserPassword => "set the user name first",
            Self::BadUnicodeHost => "check the characters of the host against UTS 46",
            Self::NotAbsolute => "combine it with a base first",
            Self::InvalidArgument => "see the documentation of the member",
            Self::AlreadyRegistered => "each scheme has one parser in a table",
        }
    }
}

impl UriFormatError {
    /// An error at a byte of the input, as the code of a scheme returns it
    /// ([`UriParserImpl::initialize_and_validate`](crate::UriParserImpl::initialize_and_validate)).
    ///
    /// .NET: `UriFormatException.#ctor`
    #[must_use]
    pub const fn new(kind: UriFormatErrorKind, offset: usize) -> Self {
        // A text over the size limit is refused before offsets are taken, so this never saturates.
        let offset = if offset > u32::MAX as usize {
            u32::MAX
        } else {
            offset as u32
        };
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> UriFormatErrorKind {
        self.kind
    }

    /// The byte of the input where it was noticed; 0 when it concerns the whole text.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset as usize
    }

    /// What to do about it, in a few words.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.kind.hint()
    }
}

impl fmt::Display for UriFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.message())?;
        if self.offset > 0 {
            write!(f, " (at byte {})", self.offset)?;
        }
        write!(f, "; {}", self.kind.hint())
    }
}

impl fmt::Debug for UriFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UriFormatError")
            .field("kind", &self.kind)
            .field("offset", &self.offset)
            .finish()
    }
}

impl std::error::Error for UriFormatError {}
