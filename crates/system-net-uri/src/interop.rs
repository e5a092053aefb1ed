//! Conversions to and from the types of other crates, each behind a feature.

#[cfg(feature = "http-types")]
mod http;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "url")]
mod url;
