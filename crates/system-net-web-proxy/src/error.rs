//! `WebProxyError`: why a proxy cannot be made as told.

use std::error::Error;
use std::fmt;

use system_net_primitives::Misuse;
use system_net_uri::UriFormatError;

/// Why a proxy cannot be made or changed as told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebProxyError {
    /// The address of the proxy is not one (.NET: `UriFormatException`).
    Address(UriFormatError),
    /// An expression of the bypass list cannot be compiled (.NET: `ArgumentException`): it would
    /// match nothing.
    BypassList(Misuse),
}

impl fmt::Display for WebProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(error) => write!(f, "the address of the proxy: {error}"),
            Self::BypassList(misuse) => misuse.fmt(f),
        }
    }
}

impl Error for WebProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Address(error) => Some(error),
            Self::BypassList(misuse) => Some(misuse),
        }
    }
}

impl From<UriFormatError> for WebProxyError {
    fn from(error: UriFormatError) -> Self {
        Self::Address(error)
    }
}
