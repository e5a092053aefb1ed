//! The Digest scheme: who knows the password proves it without sending it.
//!
//! To read: RFC 7616 (all, with its erratum 4897 on the example with SHA-512/256), RFC 2069 for
//! servers that know no `qop`, RFC 7615 (`Authentication-Info`), RFC 8187 (`username*`).
//!
//! [`Digest`] is the client's module, [`DigestServer`] the server's side. Both compute the same
//! three hashes: that of name, realm and password ([`DigestSecret`]), that of the request, and the
//! one over both and the server's nonce that travels.

mod algorithm;
mod body;
mod client;
mod client_nonce;
mod info;
mod nonces;
mod offer;
mod presented;
mod proof;
mod refusal;
mod secret;
mod server;
mod session;
mod sessions;
mod text;

#[cfg(test)]
mod tests;

pub use algorithm::{DigestAlgorithm, DigestHash};
pub use body::DigestBody;
pub use client::Digest;
pub use refusal::DigestRefusal;
pub use secret::DigestSecret;
pub use server::{DigestAccepted, DigestRequest, DigestServer, DigestServerOptions};

/// The name of the scheme.
pub(super) const SCHEME: &str = "Digest";
