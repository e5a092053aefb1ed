//! Which versions of TLS are spoken, and who decides that: the program, switches, the registry or the
//! version of the .NET Framework that the program was written for.

mod audit;
mod decision;
mod extensions;
mod policy;
mod registry;
mod ssl_protocols;
#[cfg(test)]
mod tests;

pub use audit::TlsFinding;
pub use decision::{TlsDecision, TlsRole, TlsRule};
pub use extensions::{SecurityProtocolTypeExtensions, SslProtocolsExtensions};
pub use policy::TlsPolicy;
pub use registry::{TlsRegistry, TlsRegistryError};
pub use ssl_protocols::{SecurityProtocolType, SslProtocols};
