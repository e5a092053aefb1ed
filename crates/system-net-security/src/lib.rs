//! TLS and logins: what makes a connection private and tells who is at its ends.
//!
//! # In scope
//! * [`TlsConnector`], [`TlsAcceptor`]: TLS 1.2 and 1.3 over any
//!   [`Transport`](system_net_runtime::Transport), with certificates checked against the system's
//!   store and errors that say what to do; [`RemoteCertificateValidationCallback`] where a program
//!   judges itself
//! * [`SslStream`]: the same over any stream, with everything that both sides can ask of each other
//! * [`NegotiateStream`]: a login over any stream, and a stream that it signs or hides
//! * [`TlsPolicy`]: which versions are spoken, by code, switches, registry and target framework, and
//!   which rule decided
//! * [`X509Certificate2`], [`X509CertificateCollection`]: what a client shows to servers that ask for
//!   a certificate; PEM, DER and PKCS #12
//! * [`authentication`]: challenges, the Basic and Digest schemes for both sides, and the trait and
//!   registry for further schemes, all without I/O
//! * [`accounts`]: the users of a server, in memory or in a file
//! * [`extended_protection`]: what ties a login to its channel and its service
//! * [`mechanism`], [`ntlm`] and [`negotiate`]: logins by several messages, client and server
//! * `kerberos` (feature `kerberos`): such logins by tickets
//! * [`permissions`]: what of the network may be used, judged before the first packet
//! * `isolation` (feature `permissions`): what a manifest's capabilities let an app reach
//! * `kernel_policy` (feature `permissions`): what of both the kernel enforces, by Landlock of Linux
//! * [`Netrc`]: the logins that a `.netrc` file keeps for hosts
//! * `test_util` (feature `test-util`): a throw-away certificate authority
//!
//! # Out of scope
//! Credentials themselves (`system-net-primitives`), sockets and names (`system-net-sockets`), and
//! when a request logs in (`system-net-requests`, `system-net-http-listener`).
//!
//! # Features
//! * `aws-lc-rs` (default): TLS with the aws-lc-rs cryptography and hybrid post-quantum key exchange
//! * `ring`: TLS with the ring cryptography instead, if `aws-lc-rs` is not enabled as well
//! * `kerberos` (default): Kerberos by the system's GSS-API library, which is loaded at run time
//! * `trace` (default): certificates that are refused and logins are traced
//! * `landlock` (default): rules that the kernel of Linux enforces; elsewhere it does nothing
//! * `permissions` (default): permissions as .NET has them, and their XML
//! * `pkcs12`: PKCS #12 files and encrypted private keys
//! * `test-util`: the throw-away certificate authority
//!
//! Without any of them only [`accounts`], [`authentication`], [`mechanism`] with its mechanisms,
//! [`extended_protection`] and [`Netrc`] are there. No provider of cryptography is ever installed as
//! the default of the process.
//!
//! # Example
//! ```
//! use system_net_runtime::{TcpAcceptor, TcpOptions, TcpTransport, block_on};
//! use system_net_security::test_util::TestCa;
//! use system_net_security::{TlsAcceptor, TlsConnector};
//! use system_net_uri::HostAddress;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! let ca = TestCa::new();
//! let acceptor = TlsAcceptor::new(ca.issue(&["localhost"]), &[])?;
//! let connector = TlsConnector::new(&ca.client_options())?;
//!
//! let mut listener = TcpAcceptor::bind(([127, 0, 0, 1], 0).into())?;
//! let address = listener.local_addr()?;
//! let server = std::thread::spawn(move || {
//!     block_on(async {
//!         let (tcp, _) = listener.accept().await?;
//!         let mut tls = acceptor.accept(Box::new(tcp)).await?;
//!         tls.write_all(b"hello").await?;
//!         tls.shutdown().await?;
//!         Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
//!     })
//! });
//! let text = block_on(async {
//!     let tcp = TcpTransport::connect(address, &TcpOptions::default()).await?;
//!     let mut tls = connector.connect(Box::new(tcp), HostAddress::Dns("localhost")).await?;
//!     let mut text = String::new();
//!     tls.read_to_string(&mut text).await?;
//!     Ok::<_, Box<dyn std::error::Error>>(text)
//! })?;
//! assert_eq!(text, "hello");
//! # server.join().unwrap().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod accounts;
pub mod authentication;
#[cfg_attr(
    not(feature = "tls"),
    allow(dead_code, reason = "certificates are read with TLS alone")
)]
mod der;
pub mod extended_protection;
#[cfg(feature = "tls")]
mod global;
#[cfg(feature = "permissions")]
pub mod isolation;
#[cfg(feature = "kerberos")]
pub mod kerberos;
#[cfg(feature = "permissions")]
pub mod kernel_policy;
pub mod mechanism;
pub mod negotiate;
#[cfg(feature = "tls")]
mod negotiate_stream;
mod netrc;
pub mod ntlm;
pub mod permissions;
mod registry_text;
#[cfg(feature = "tls")]
mod ssl_stream;
#[cfg(feature = "test-util")]
pub mod test_util;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_policy;
mod trace;

#[cfg(feature = "tls")]
pub use negotiate_stream::{
    NegotiateClientOptions, NegotiateServerOptions, NegotiateStream, ProtectionLevel,
    RemoteIdentity, TokenImpersonationLevel,
};
pub use netrc::{Netrc, NetrcError};
pub use registry_text::RegistryTextError;
#[cfg(feature = "tls")]
pub use ssl_stream::{
    CipherAlgorithmType, ExchangeAlgorithmType, HashAlgorithmType, SslClientAuthenticationOptions,
    SslServerAuthenticationOptions, SslStream,
};
#[cfg(feature = "tls")]
pub use tls::{
    CertificateFacts, ChannelProblem, ClientCertificateOptions, ClientCertificateRules,
    LocalCertificateSelection, LocalCertificateSelectionCallback, PlainPeer, RemoteCertificate,
    RemoteCertificateValidationCallback, SslPolicyErrors, TlsAcceptor, TlsClientOptions,
    TlsConnector, TlsError, TlsErrorKind, TlsServerIdentity, TlsServerOptions, TlsTransport,
    TlsVersion, TrustProblem, X509Certificate, X509Certificate2, X509CertificateCollection,
    X509FindType, certificates_from_pem, public_key_pin_of, public_key_pins, revocation_lists_of,
};
#[cfg(all(feature = "tls", feature = "pkcs12"))]
pub use tls::{StoreLocation, StoreName, X509Store};
#[cfg(feature = "tls")]
pub use tls_policy::{
    SecurityProtocolType, SecurityProtocolTypeExtensions, SslProtocols, SslProtocolsExtensions,
    TlsDecision, TlsFinding, TlsPolicy, TlsRegistry, TlsRegistryError, TlsRole, TlsRule,
};
