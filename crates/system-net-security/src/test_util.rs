//! A throw-away certificate authority, for tests and demonstrations.
//!
//! Nothing it issues is trusted anywhere unless its own certificate is added to a store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use crate::der::{Reader, SEQUENCE};
use crate::{TlsClientOptions, TlsServerIdentity};

/// A certificate authority that lives as long as this value.
///
/// # Examples
/// ```
/// use system_net_security::test_util::TestCa;
/// use system_net_security::{TlsAcceptor, TlsConnector};
///
/// let ca = TestCa::new();
/// let acceptor = TlsAcceptor::new(ca.issue(&["localhost", "127.0.0.1"]), &[b"http/1.1"])?;
/// let connector = TlsConnector::new(&ca.client_options())?;
/// # let _ = (acceptor, connector);
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
#[derive(Debug)]
pub struct TestCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// What one certificate shall look like; see [`TestCa::issue_with`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CertificateRequest {
    /// Host names and addresses, as subject alternative names.
    pub names: Vec<String>,
    /// The common name; `None` takes the first name.
    pub common_name: Option<String>,
    /// The first moment it is valid.
    pub not_before: SystemTime,
    /// The last moment it is valid.
    pub not_after: SystemTime,
    /// Whether it is for servers; else it is for clients.
    pub for_servers: bool,
}

impl CertificateRequest {
    /// A server's certificate for these names, valid from 2000 to 2049.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            common_name: None,
            not_before: year(2000),
            not_after: year(2049),
            for_servers: true,
        }
    }
}

impl TestCa {
    /// A new authority with a key and a name of its own, valid from 1975 to 4096.
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "a new key each time is no default value"
    )]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, unique_name("Test CA"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = new_key();
        let certificate = ok(params.self_signed(&key));
        Self {
            pem: certificate.pem(),
            certificate: certificate.into(),
            issuer: Issuer::new(params, key),
        }
    }

    /// The authority's certificate as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.pem.clone()
    }

    /// The authority's certificate as DER.
    #[must_use]
    pub fn ca_der(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Options of a client that trusts this authority alone.
    #[must_use]
    pub fn client_options(&self) -> TlsClientOptions {
        TlsClientOptions {
            use_system_roots: false,
            extra_roots: vec![self.ca_der()],
            ..TlsClientOptions::default()
        }
    }

    /// A server's certificate for these host names and addresses, valid from 2000 to 2049.
    #[must_use]
    pub fn issue(&self, names: &[&str]) -> TlsServerIdentity {
        self.issue_with(&CertificateRequest::new(names))
    }

    /// A server's certificate that was valid in 2000 only.
    #[must_use]
    pub fn issue_expired(&self, names: &[&str]) -> TlsServerIdentity {
        self.issue_valid(names, year(2000), year(2001))
    }

    /// A server's certificate that is valid from 2090 on.
    #[must_use]
    pub fn issue_not_yet_valid(&self, names: &[&str]) -> TlsServerIdentity {
        self.issue_valid(names, year(2090), year(2099))
    }

    /// A server's certificate that is valid between these moments.
    #[must_use]
    pub fn issue_valid(
        &self,
        names: &[&str],
        not_before: SystemTime,
        not_after: SystemTime,
    ) -> TlsServerIdentity {
        let request = CertificateRequest::new(names);
        self.issue_with(&CertificateRequest {
            not_before,
            not_after,
            ..request
        })
    }

    /// A certificate as it is described.
    #[must_use]
    pub fn issue_with(&self, request: &CertificateRequest) -> TlsServerIdentity {
        let (params, key) = (params_of(request), new_key());
        let certificate = ok(params.signed_by(&key, &self.issuer));
        identity(certificate.into(), &key)
    }

    /// Like [`issue`](Self::issue), as PEM texts: the certificate, and its private key.
    #[must_use]
    pub fn issue_pem(&self, names: &[&str]) -> (String, String) {
        let (params, key) = (params_of(&CertificateRequest::new(names)), new_key());
        let certificate = ok(params.signed_by(&key, &self.issuer));
        (certificate.pem(), key.serialize_pem())
    }

    /// A client's certificate for this name, as PEM texts: the certificate, and its private key.
    #[must_use]
    pub fn issue_client_pem(&self, name: &str) -> (String, String) {
        let mut request = CertificateRequest::new(&[]);
        request.common_name = Some(name.to_owned());
        request.for_servers = false;
        let (params, key) = (params_of(&request), new_key());
        let certificate = ok(params.signed_by(&key, &self.issuer));
        (certificate.pem(), key.serialize_pem())
    }

    /// A revocation list of this authority, made in 2000: these certificates are on it, and the next
    /// list is due at `next_update`.
    #[must_use]
    pub fn revocation_list(
        &self,
        revoked: &[&CertificateDer<'_>],
        next_update: SystemTime,
    ) -> CertificateRevocationListDer<'static> {
        let epoch = date_time_ymd(1970, 1, 1);
        let made = epoch + since_1970(year(2000));
        let params = CertificateRevocationListParams {
            this_update: made,
            next_update: epoch + since_1970(next_update),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|certificate| RevokedCertParams {
                    serial_number: serial_of(certificate),
                    revocation_time: made,
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        ok(params.signed_by(&self.issuer)).into()
    }

    /// An authority below this one, and a server's certificate of it, with the authority's
    /// certificate in its chain.
    #[must_use]
    pub fn issue_through_intermediate(&self, names: &[&str]) -> TlsServerIdentity {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, unique_name("Test intermediate CA"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = new_key();
        let intermediate = ok(params.signed_by(&key, &self.issuer));
        let issuer = Issuer::new(params, key);
        let (params, key) = (params_of(&CertificateRequest::new(names)), new_key());
        let certificate = ok(params.signed_by(&key, &issuer));
        let key = ok(PrivateKeyDer::try_from(key.serialize_der()));
        ok(TlsServerIdentity::from_der(
            vec![certificate.into(), intermediate.into()],
            key,
        ))
    }

    /// A server's certificate that no authority has issued.
    #[must_use]
    pub fn self_signed(names: &[&str]) -> TlsServerIdentity {
        let (params, key) = (params_of(&CertificateRequest::new(names)), new_key());
        identity(ok(params.self_signed(&key)).into(), &key)
    }

    /// Like [`self_signed`](Self::self_signed), but marked as an authority, as
    /// `openssl req -x509` does it.
    #[must_use]
    pub fn self_signed_authority(names: &[&str]) -> TlsServerIdentity {
        let (mut params, key) = (params_of(&CertificateRequest::new(names)), new_key());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = Vec::new();
        identity(ok(params.self_signed(&key)).into(), &key)
    }
}

/// The first moment of a year.
#[must_use]
pub fn year(year: u16) -> SystemTime {
    let since_1970 = date_time_ymd(year.into(), 1, 1) - date_time_ymd(1970, 1, 1);
    UNIX_EPOCH + Duration::from_secs(since_1970.whole_seconds().unsigned_abs())
}

fn params_of(request: &CertificateRequest) -> CertificateParams {
    let mut params = ok(CertificateParams::new(request.names.clone()));
    let name = request
        .common_name
        .clone()
        .or_else(|| request.names.first().cloned());
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, name.unwrap_or_default());
    params
        .distinguished_name
        .push(DnType::OrganizationName, "system-net test");
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(request.not_before);
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(request.not_after);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![if request.for_servers {
        ExtendedKeyUsagePurpose::ServerAuth
    } else {
        ExtendedKeyUsagePurpose::ClientAuth
    }];
    params
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// RFC 5280 section 4.1.2.2: it stands behind the version.
#[track_caller]
fn serial_of(certificate: &[u8]) -> SerialNumber {
    let read = || {
        let mut outer = Reader::new(Reader::new(certificate).expect(SEQUENCE)?);
        let mut body = Reader::new(outer.expect(SEQUENCE)?);
        body.optional(0xa0);
        body.expect(0x02)
    };
    match read() {
        Some(serial) => SerialNumber::from_slice(serial),
        None => panic!("the test certificate cannot be read"),
    }
}

fn identity(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsServerIdentity {
    let key = ok(PrivateKeyDer::try_from(key.serialize_der()));
    ok(TlsServerIdentity::from_der(vec![certificate], key))
}

fn new_key() -> KeyPair {
    ok(KeyPair::generate())
}

/// Two authorities of one name would be taken for each other.
fn unique_name(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!(
        "{what} {}.{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Making certificates fails only for names that are none: a mistake in a test.
#[track_caller]
fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the test certificate cannot be made: {error}"),
    }
}
