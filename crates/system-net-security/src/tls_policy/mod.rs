//! The versions of TLS as .NET names them, and what the registry says of them.

mod registry;
mod ssl_protocols;

pub use registry::{TlsRegistry, TlsRegistryError};
pub use ssl_protocols::SslProtocols;
