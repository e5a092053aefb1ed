//! TLS over any transport. The only place of the workspace that names the TLS library.

mod acceptor;
mod carrier;
mod certificate;
mod clock;
mod connector;
mod error;
mod handshake;
mod identity;
mod options;
mod provider;
mod roots;
mod transport;
mod validation;
mod verifier;

pub use acceptor::TlsAcceptor;
pub use certificate::CertificateFacts;
pub use connector::TlsConnector;
pub use error::{ChannelProblem, PlainPeer, TlsError, TlsErrorKind, TrustProblem};
pub use identity::{TlsServerIdentity, certificates_from_pem};
pub use options::{TlsClientOptions, TlsServerOptions, TlsVersion};
pub use transport::TlsTransport;
pub use validation::{RemoteCertificate, RemoteCertificateValidationCallback, SslPolicyErrors};
