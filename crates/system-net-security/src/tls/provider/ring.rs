//! TLS on top of ring.

use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring as chosen;
use rustls::server::ProducesTickets;

/// One provider for all connectors and acceptors of the process.
pub(in crate::tls) fn crypto() -> &'static Arc<CryptoProvider> {
    static CRYPTO: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    CRYPTO.get_or_init(|| Arc::new(chosen::default_provider()))
}

/// Encrypts session tickets under keys that change by themselves.
pub(in crate::tls) fn ticketer() -> Result<Arc<dyn ProducesTickets>, rustls::Error> {
    chosen::Ticketer::new()
}
