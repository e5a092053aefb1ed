//! What a peer may make us hold or do, as numbers with names.

use std::fmt;

/// The limits of one connection; every buffer that the peer can fill has one.
///
/// A message that goes over a limit is refused with
/// [`ProtoErrorKind::LimitExceeded`](crate::ProtoErrorKind::LimitExceeded), which names it. A value
/// equal to the limit is accepted. Take the defaults and change what you need:
///
/// ```
/// use system_net_http_proto::Limits;
///
/// let limits = Limits { head_bytes: 16 * 1024, ..Limits::default() };
/// assert_eq!(limits.headers, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole head: start line, fields and the empty line. Default 64 KiB.
    ///
    /// .NET: `System.Net.HttpWebRequest.MaximumResponseHeadersLength` (there in KiB)
    pub head_bytes: usize,
    /// Bytes of the request line or status line with its line end. Default 16 KiB.
    pub start_line_bytes: usize,
    /// Fields of one head or of one trailer section. Default 100.
    pub headers: usize,
    /// Interim (1xx) responses before the final one. Default 32.
    pub informational: u32,
    /// Bytes of a whole trailer section with its empty line. Default 64 KiB.
    pub trailer_bytes: usize,
    /// Bytes between the size of a chunk and the end of that line. Default 256.
    pub chunk_extension_bytes: usize,
    /// Empty lines before a request that a server skips. Default 4; 0 refuses the first one.
    pub leading_empty_lines: u32,
    /// Lets a client read folded header lines and spaces before the colon. Default `false`.
    ///
    /// Nothing else is relaxed: bare CR, bare LF and NUL stay refused. A server ignores this.
    ///
    /// .NET: `System.Net.Configuration.HttpWebRequestElement.UseUnsafeHeaderParsing`
    #[doc(alias = "UseUnsafeHeaderParsing")]
    pub unsafe_header_parsing: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 64 * 1024,
            start_line_bytes: 16 * 1024,
            headers: 100,
            informational: 32,
            trailer_bytes: 64 * 1024,
            chunk_extension_bytes: 256,
            leading_empty_lines: 4,
            unsafe_header_parsing: false,
        }
    }
}

/// Which of the [`Limits`] was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitName {
    /// [`Limits::head_bytes`]
    HeadBytes,
    /// [`Limits::start_line_bytes`]
    StartLineBytes,
    /// [`Limits::headers`]
    Headers,
    /// [`Limits::informational`]
    Informational,
    /// [`Limits::trailer_bytes`]
    TrailerBytes,
    /// [`Limits::chunk_extension_bytes`]
    ChunkExtensionBytes,
    /// [`Limits::leading_empty_lines`]
    LeadingEmptyLines,
}

impl LimitName {
    /// The name of the field of [`Limits`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HeadBytes => "head_bytes",
            Self::StartLineBytes => "start_line_bytes",
            Self::Headers => "headers",
            Self::Informational => "informational",
            Self::TrailerBytes => "trailer_bytes",
            Self::ChunkExtensionBytes => "chunk_extension_bytes",
            Self::LeadingEmptyLines => "leading_empty_lines",
        }
    }
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
