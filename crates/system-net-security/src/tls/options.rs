//! What a connector or an acceptor is made with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use system_net_primitives::{Clock, SystemClock};

use super::client_verifier::ClientCertificateOptions;
use super::error::TlsError;
use super::identity::TlsServerIdentity;

/// A version of the protocol. Older ones than these are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2, RFC 5246.
    Tls12,
    /// TLS 1.3, RFC 8446.
    Tls13,
}

/// Settings of the client's side.
#[derive(Clone)]
pub struct TlsClientOptions {
    /// Trust the authorities of the system's store: those in `SSL_CERT_FILE` and `SSL_CERT_DIR`
    /// if one of the variables is set, else the operating system's. Default: true.
    ///
    /// The store is read once per process, at the first connection that needs it.
    pub use_system_roots: bool,
    /// Certificates to trust besides: authorities, or the very certificates of servers.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Revocation lists (X.509 v2): a certificate that stands on one is refused, as is one whose authority has
    /// a list here that is out of date. Authorities without a list are taken at their word.
    pub revocation_lists: Vec<CertificateRevocationListDer<'static>>,
    /// Refuse a server unless a current list here, or the OCSP response that it staples, proves that
    /// its own certificate is not revoked. Default: false; a response that says revoked refuses it in
    /// any case, as does the lack of one where the certificate says that it must come with one.
    pub require_revocation_status: bool,
    /// SHA-256 of public keys (SubjectPublicKeyInfo in DER): a server that has none of them is refused,
    /// whoever vouches for it and whatever else is accepted. Default: empty, any key.
    pub pinned_public_keys: Vec<[u8; 32]>,
    /// The application protocols to offer, best first; empty offers none.
    pub alpn: Vec<Vec<u8>>,
    /// Connect whatever certificate the server shows. Each connection to a server that is not
    /// trusted logs a warning. Default: false.
    pub accept_any_certificate: bool,
    /// Check that the certificate names the host. If not, a certificate that is good for another
    /// host will do, with a warning: whoever has any of those can stand in for the server.
    /// Default: true.
    pub check_certificate_name: bool,
    /// The oldest version to accept; `None` is the oldest there is.
    pub min_version: Option<TlsVersion>,
    /// The newest version to offer; `None` (recommended) is the newest there is.
    pub max_version: Option<TlsVersion>,
    /// A file to which the secrets of each connection are added, for tools that look into recorded
    /// traffic (the NSS format): whoever reads it can read the connections. The variable
    /// `SSLKEYLOGFILE` does nothing by itself; a program that wants it passes its value here.
    /// Default: `None`.
    pub key_log_file: Option<PathBuf>,
    /// The clock by which certificates expire.
    pub clock: Arc<dyn Clock>,
}

impl Default for TlsClientOptions {
    fn default() -> Self {
        Self {
            use_system_roots: true,
            extra_roots: Vec::new(),
            revocation_lists: Vec::new(),
            require_revocation_status: false,
            pinned_public_keys: Vec::new(),
            alpn: Vec::new(),
            accept_any_certificate: false,
            check_certificate_name: true,
            min_version: None,
            max_version: None,
            key_log_file: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for TlsClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClientOptions")
            .field("use_system_roots", &self.use_system_roots)
            .field("extra_roots", &self.extra_roots.len())
            .field("revocation_lists", &self.revocation_lists.len())
            .field("pinned_public_keys", &self.pinned_public_keys.len())
            .field("alpn", &self.alpn)
            .field("accept_any_certificate", &self.accept_any_certificate)
            .field("check_certificate_name", &self.check_certificate_name)
            .field("min_version", &self.min_version)
            .field("max_version", &self.max_version)
            .finish_non_exhaustive()
    }
}

/// Settings of the server's side.
#[derive(Clone)]
pub struct TlsServerOptions {
    /// The certificates to show. The first whose names match the one the client asks for is
    /// taken; if none does, or the client names none, the first of all.
    pub identities: Vec<TlsServerIdentity>,
    /// Refuse clients that name a host no certificate is for, or none at all, in the handshake (alert
    /// `access_denied`); then there may be no certificate at all. Default: false, which shows them the
    /// first of all.
    pub strict_server_names: bool,
    /// Whether clients are asked for certificates, and which are taken. `None` asks nobody.
    pub client_certificates: Option<ClientCertificateOptions>,
    /// The application protocols to accept, best first; empty accepts any client and chooses
    /// none.
    pub alpn: Vec<Vec<u8>>,
    /// The oldest version to accept; `None` is the oldest there is.
    pub min_version: Option<TlsVersion>,
    /// The newest version to accept; `None` is the newest there is.
    pub max_version: Option<TlsVersion>,
    /// As [`TlsClientOptions::key_log_file`]. Default: `None`.
    pub key_log_file: Option<PathBuf>,
    /// The clock by which session tickets age, and by which certificates of clients expire.
    pub clock: Arc<dyn Clock>,
}

impl TlsServerOptions {
    /// One identity and the defaults.
    #[must_use]
    pub fn new(identity: TlsServerIdentity) -> Self {
        Self::by_server_name(vec![identity], false)
    }

    /// These identities, chosen by the name that a client asks for, and the defaults. If the names are
    /// strict, clients that ask for another are refused, and there may be no identity at all.
    #[must_use]
    pub fn by_server_name(identities: Vec<TlsServerIdentity>, strict: bool) -> Self {
        Self {
            identities,
            strict_server_names: strict,
            client_certificates: None,
            alpn: Vec::new(),
            min_version: None,
            max_version: None,
            key_log_file: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for TlsServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsServerOptions")
            .field("identities", &self.identities)
            .field("alpn", &self.alpn)
            .field("min_version", &self.min_version)
            .field("max_version", &self.max_version)
            .finish_non_exhaustive()
    }
}

/// The library's list for a range of versions.
pub(super) fn versions(
    min: Option<TlsVersion>,
    max: Option<TlsVersion>,
) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
    let known = [
        (TlsVersion::Tls13, &rustls::version::TLS13),
        (TlsVersion::Tls12, &rustls::version::TLS12),
    ];
    let allowed: Vec<_> = known
        .into_iter()
        .filter(|(version, _)| min.is_none_or(|min| min <= *version))
        .filter(|(version, _)| max.is_none_or(|max| *version <= max))
        .map(|(_, library)| library)
        .collect();
    if allowed.is_empty() {
        return Err(TlsError::configuration(
            "the oldest allowed version of TLS is newer than the newest allowed one",
        ));
    }
    Ok(allowed)
}
