//! TLS over any transport. The only place of the workspace that names the TLS library.

mod acceptor;
mod carrier;
mod certificate;
mod client_choice;
mod client_verifier;
mod clock;
mod connector;
mod error;
mod handshake;
mod identity;
mod key_log;
mod ocsp;
mod options;
mod pins;
mod private_key;
mod provider;
mod roots;
mod selection;
mod transport;
mod validation;
mod verifier;
mod x509;

pub use acceptor::TlsAcceptor;
pub use certificate::CertificateFacts;
pub use client_verifier::{ClientCertificateOptions, ClientCertificateRules};
pub use connector::TlsConnector;
pub use error::{ChannelProblem, PlainPeer, TlsError, TlsErrorKind, TrustProblem};
pub use identity::{TlsServerIdentity, certificates_from_pem};
pub use options::{TlsClientOptions, TlsServerOptions, TlsVersion};
pub use pins::{public_key_pin_of, public_key_pins, revocation_lists_of};
pub use selection::{LocalCertificateSelection, LocalCertificateSelectionCallback};
pub use transport::TlsTransport;
pub use validation::{RemoteCertificate, RemoteCertificateValidationCallback, SslPolicyErrors};
#[cfg(feature = "pkcs12")]
pub use x509::{StoreLocation, StoreName, X509Store};
pub use x509::{X509Certificate, X509Certificate2, X509CertificateCollection, X509FindType};
