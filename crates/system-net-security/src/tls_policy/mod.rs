//! Which versions of TLS are spoken, and who has decided it.

mod ssl_protocols;

pub use ssl_protocols::SslProtocols;
