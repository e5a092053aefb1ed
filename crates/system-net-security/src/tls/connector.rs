//! The client's side of the handshake.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{DnsName, ServerName};
use system_net_diagnostics::Traced;
use system_net_runtime::Transport;
use system_net_uri::HostAddress;
use tokio_rustls::TlsStream;

use super::carrier::Carrier;
use super::client_choice::ClientChoice;
use super::clock::ClockTime;
use super::error::{Side, TlsError, from_handshake};
use super::handshake::Noted;
use super::key_log::KeyLogFile;
use super::options::{TlsClientOptions, versions};
use super::provider;
use super::roots::system_roots;
use super::selection::LocalCertificateSelectionCallback;
use super::transport::TlsTransport;
use super::validation::RemoteCertificateValidationCallback;
use super::verifier::Verifier;
use super::x509::X509CertificateCollection;
use crate::trace::{channels, trace_problem};

/// Opens TLS connections as a client.
///
/// Connections of one connector share their session tickets, so a second connection to a host
/// resumes the session of the first. Clones share them too. Requests under different identities
/// must not: give each identity a connector with [separate sessions](Self::with_separate_sessions), as
/// `HttpWebRequest` does.
///
/// # Examples
/// ```no_run
/// use system_net_runtime::{TcpOptions, TcpTransport, Transport, block_on};
/// use system_net_security::{TlsClientOptions, TlsConnector};
/// use system_net_uri::HostAddress;
///
/// let connector = TlsConnector::new(&TlsClientOptions::default())?;
/// block_on(async {
///     let tcp = TcpTransport::connect(([192, 0, 2, 1], 443).into(), &TcpOptions::default()).await?;
///     let tls = connector.connect(Box::new(tcp), HostAddress::Dns("example.com")).await?;
///     println!("{} {}", tls.info().protocol, tls.info().cipher_suite);
///     Ok::<_, Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TlsConnector {
    shared: Arc<Shared>,
}

struct Shared {
    options: TlsClientOptions,
    extra_roots: RootCertStore,
    /// Made at the first connection: only then the system's store is read.
    made: OnceLock<Made>,
}

#[derive(Clone)]
struct Made {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

impl TlsConnector {
    /// A connector with these options. Nothing is read from the system yet.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration) if an extra root is not
    /// a certificate, or no version is left between the oldest and the newest.
    pub fn new(options: &TlsClientOptions) -> Result<Self, TlsError> {
        versions(options.min_version, options.max_version)?;
        let mut extra_roots = RootCertStore::empty();
        for (index, root) in options.extra_roots.iter().enumerate() {
            extra_roots.add(root.clone()).map_err(|error| {
                let detail = format!("extra root {index} is not a usable certificate");
                TlsError::configuration(detail).with_library_source(error)
            })?;
        }
        let shared = Shared {
            options: options.clone(),
            extra_roots,
            made: OnceLock::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// A connector with the same options that does not take part in this one's sessions.
    ///
    /// As the first connection does, it reads the certificate store. That it is missing or cannot be
    /// read shows at [`connect`](Self::connect).
    #[must_use]
    pub fn with_separate_sessions(&self) -> Self {
        let Ok(made) = self.made() else {
            return self.with_made(OnceLock::new());
        };
        let verifier = Arc::clone(&made.verifier);
        let mut config = (*made.config).clone();
        // What a callback judges is not resumed.
        if !verifier.has_callback() {
            config.resumption = Resumption::default();
        }
        let config = Arc::new(config);
        self.with_made(OnceLock::from(Made { config, verifier }))
    }

    /// A connector with the same options that lets a callback decide whom it talks to.
    ///
    /// No session is resumed, neither one of another connector nor its own: the callback judges each
    /// connection. What it accepts against the usual checks is logged as a warning, each time.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect), of the certificate store.
    pub fn with_validation_callback(
        &self,
        callback: RemoteCertificateValidationCallback,
    ) -> Result<Self, TlsError> {
        let made = self.made()?;
        let verifier = Arc::new(made.verifier.with_callback(callback));
        let mut config = (*made.config).clone();
        config.resumption = Resumption::disabled();
        config
            .dangerous()
            .set_certificate_verifier(Arc::clone(&verifier) as _);
        let config = Arc::new(config);
        Ok(self.with_made(OnceLock::from(Made { config, verifier })))
    }

    /// A connector with the same options that shows one of these certificates to servers that ask for
    /// one, and nothing to others. Those without private keys have those of the user's store, or are
    /// passed over.
    ///
    /// A server names the authorities it trusts: the first certificate that one of them issued is
    /// shown, or the first of all if it names none; if none matches, none is shown. To a host that was
    /// shown one by this connector the same is shown again.
    ///
    /// The connector has sessions of its own, which no other identity resumes.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect), of the certificate store.
    pub fn with_client_certificates(
        &self,
        certificates: &X509CertificateCollection,
    ) -> Result<Self, TlsError> {
        let made = self.made()?;
        let verifier = Arc::clone(&made.verifier);
        let mut config = (*made.config).clone();
        // What a callback judges is not resumed, with certificates neither.
        if !verifier.has_callback() {
            config.resumption = Resumption::default();
        }
        let certificates = certificates.with_private_keys();
        config.client_auth_cert_resolver = Arc::new(ClientChoice::new(&certificates));
        let config = Arc::new(config);
        Ok(self.with_made(OnceLock::from(Made { config, verifier })))
    }

    /// A connector with the same options that lets a callback choose what is shown to servers that
    /// ask for a certificate.
    ///
    /// No session is resumed: the callback may choose another identity for each connection.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect), of the certificate store.
    pub fn with_certificate_selection(
        &self,
        certificates: &X509CertificateCollection,
        callback: LocalCertificateSelectionCallback,
    ) -> Result<Self, TlsError> {
        let made = self.made()?;
        let verifier = Arc::clone(&made.verifier);
        let mut config = (*made.config).clone();
        config.resumption = Resumption::disabled();
        config.client_auth_cert_resolver = Arc::new(ClientChoice::with_delegate(
            &certificates.with_private_keys(),
            callback,
        ));
        let config = Arc::new(config);
        Ok(self.with_made(OnceLock::from(Made { config, verifier })))
    }

    /// Whether both are clones of one connector, and so share their sessions.
    #[must_use]
    pub fn shares_sessions_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// A connector with the same options and the same sessions that offers these application
    /// protocols (RFC 7301), the best first; none: the extension is left out. Cheap enough to be made
    /// for one connection.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect), of the certificate store.
    pub fn with_alpn(&self, protocols: &[&[u8]]) -> Result<Self, TlsError> {
        let made = self.made()?;
        let mut config = (*made.config).clone();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let (config, verifier) = (Arc::new(config), Arc::clone(&made.verifier));
        Ok(self.with_made(OnceLock::from(Made { config, verifier })))
    }

    fn with_made(&self, made: OnceLock<Made>) -> Self {
        let shared = Shared {
            options: self.shared.options.clone(),
            extra_roots: self.shared.extra_roots.clone(),
            made,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Makes a TLS connection to `host` over a transport that leads there.
    ///
    /// The certificate is checked against `host`, and a DNS name is sent along (SNI). Works under
    /// [`block_on`](system_net_runtime::block_on) and in runtimes; dropping the future closes the
    /// transport.
    ///
    /// # Errors
    /// Every kind but [`NotTls`](crate::TlsErrorKind::NotTls). A missing or unreadable certificate
    /// store shows here, not in [`new`](Self::new).
    ///
    /// # Blocking
    /// Waits for the server without a limit of its own; put
    /// [`timeout_at`](system_net_runtime::timeout_at) around it. The first call of a process that
    /// needs the system's store reads it, which takes some ten milliseconds.
    pub async fn connect(
        &self,
        transport: Box<dyn Transport>,
        host: HostAddress<'_>,
    ) -> Result<TlsTransport, TlsError> {
        let name = server_name(host)?;
        let host = name.to_str().into_owned();
        let config = Arc::clone(&self.made()?.config);
        let connecting = tokio_rustls::TlsConnector::from(config)
            .connect(name, Carrier::new(transport, Vec::new()))
            .into_fallible();
        // The handshake's state is large and would make every caller's future so.
        let (result, notes) = Box::new(Noted::with_host(connecting, &host)).await;
        match result {
            Ok(stream) => {
                let stream = TlsStream::Client(stream);
                let shown = notes.chosen.map(|key| key.cert.clone()).unwrap_or_default();
                let transport = TlsTransport::new(stream, Some(host), shown);
                transport.trace_connected();
                Ok(transport)
            }
            Err((error, carrier)) => {
                let error = notes
                    .refused
                    .unwrap_or_else(|| from_handshake(error, Side::Client, carrier.first()))
                    .with_host(host);
                let error = match notes.asked {
                    true => error.after_no_certificate(),
                    false => error,
                };
                trace_problem(&Traced::new(), &error);
                Err(error)
            }
        }
    }

    fn made(&self) -> Result<&Made, TlsError> {
        if let Some(made) = self.shared.made.get() {
            return Ok(made);
        }
        let made = self.shared.make()?;
        Ok(self.shared.made.get_or_init(|| made))
    }
}

impl Shared {
    fn make(&self) -> Result<Made, TlsError> {
        let options = &self.options;
        let crypto = provider::crypto();
        let verifier = Arc::new(Verifier::new(self.roots()?, crypto, options)?);
        let clock = Arc::new(ClockTime(Arc::clone(&options.clock)));
        let mut config = ClientConfig::builder_with_details(Arc::clone(crypto), clock)
            .with_protocol_versions(&versions(options.min_version, options.max_version)?)
            .map_err(|error| TlsError::of_library(error, Side::Client))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_client_cert_resolver(Arc::new(ClientChoice::new(
                &X509CertificateCollection::new(),
            )));
        config.alpn_protocols.clone_from(&options.alpn);
        if let Some(path) = &options.key_log_file {
            config.key_log = KeyLogFile::open(path)?;
        }
        let config = Arc::new(config);
        Ok(Made { config, verifier })
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, TlsError> {
        if !self.options.use_system_roots {
            return Ok(Arc::new(self.extra_roots.clone()));
        }
        let system = match system_roots() {
            Ok(system) => system,
            // Whoever trusts everybody needs no store.
            Err(error) if self.options.accept_any_certificate => {
                channels().warning("LoadStore", format_args!("{error}"));
                Arc::new(RootCertStore::empty())
            }
            Err(error) => return Err(error),
        };
        if self.extra_roots.is_empty() {
            return Ok(system);
        }
        let mut roots = (*system).clone();
        roots.extend(self.extra_roots.roots.iter().cloned());
        Ok(Arc::new(roots))
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConnector")
            .field("options", &self.shared.options)
            .finish()
    }
}

fn server_name(host: HostAddress<'_>) -> Result<ServerName<'static>, TlsError> {
    match host {
        HostAddress::Dns(name) => match DnsName::try_from(name) {
            Ok(name) => Ok(ServerName::DnsName(name.to_owned())),
            Err(_) => Err(TlsError::configuration(format!(
                "the host name {name:?} cannot stand in a certificate"
            ))),
        },
        HostAddress::V4(address) => Ok(ServerName::IpAddress(address.into())),
        HostAddress::V6(address, _) => Ok(ServerName::IpAddress(address.into())),
        _ => Err(TlsError::configuration(
            "there is no host to compare the certificate with",
        )),
    }
}
