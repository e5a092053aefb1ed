//! A throw-away certificate authority for TLS peers, in memory.

use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, date_time_ymd,
};

use crate::{TlsIdentity, TlsManners};

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validity {
    /// From 2020 to 2099.
    Now,
    /// From 2010 to 2011.
    Past,
    /// From 2098 to 2099.
    Future,
}

/// A certificate authority that exists as long as this value does.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: Vec<u8>,
}

/// A certificate with its key, both as PEM text.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key, PKCS #8.
    pub key_pem: String,
    serial: u64,
}

impl Issued {
    /// What a peer presents.
    pub fn identity(&self) -> TlsIdentity {
        TlsIdentity::from_pem(&self.certificate_pem, &self.key_pem)
    }

    /// What a peer presents that is not an ordinary server.
    pub fn identity_with(&self, manners: TlsManners<'_>) -> TlsIdentity {
        TlsIdentity::with_manners(&self.certificate_pem, &self.key_pem, manners)
    }
}

impl Authority {
    /// An authority with a new key.
    ///
    /// # Panics
    ///
    /// When the system gives no randomness.
    pub fn new() -> Self {
        let key = new_key();
        // Two authorities of one name would be taken for each other.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut params = named(&format!("system-net testkit authority {number}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        set_validity(&mut params, Validity::Now);
        let certificate = params.self_signed(&key).expect("parameters we chose");
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        Self {
            issuer: Issuer::new(params, key),
            pem,
            der,
        }
    }

    /// The certificate to trust, as PEM text.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// The certificate to trust, in DER.
    pub fn certificate_der(&self) -> Vec<u8> {
        self.der.clone()
    }

    /// A server certificate for these names (host names or IP addresses).
    ///
    /// # Panics
    ///
    /// When a name is no host name.
    pub fn issue(&self, names: &[&str], validity: Validity) -> Issued {
        let key = new_key();
        let (params, serial) = server_params(names, validity);
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("parameters we chose");
        Issued {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            serial,
        }
    }

    /// A client's certificate for this name.
    ///
    /// # Panics
    ///
    /// Never, but without randomness.
    pub fn issue_client(&self, name: &str, validity: Validity) -> Issued {
        let key = new_key();
        let (mut params, serial) = server_params(&[], validity);
        params.distinguished_name = named(name).distinguished_name;
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("parameters we chose");
        Issued {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            serial,
        }
    }

    /// The list of what this authority has revoked, in DER; it is good until 2099, or, if it is
    /// `Past`, was until 2011.
    ///
    /// # Panics
    ///
    /// Never, for certificates of this authority.
    pub fn revocation_list(&self, revoked: &[&Issued], validity: Validity) -> Vec<u8> {
        let (this_update, next_update) = validity.years();
        let revoked_certs = revoked
            .iter()
            .map(|issued| RevokedCertParams {
                serial_number: issued.serial.into(),
                revocation_time: date_time_ymd(this_update, 1, 1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(this_update, 1, 1),
            next_update: date_time_ymd(next_update, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = params.signed_by(&self.issuer).expect("parameters we chose");
        list.der().to_vec()
    }

    /// A server certificate for these names that no authority signed.
    ///
    /// # Panics
    ///
    /// When a name is no host name.
    pub fn self_signed(names: &[&str]) -> Issued {
        let key = new_key();
        let (params, serial) = server_params(names, Validity::Now);
        let certificate = params.self_signed(&key).expect("parameters we chose");
        Issued {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            serial,
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("randomness for a key")
}

fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params
}

/// The parameters, and the serial number in them.
fn server_params(names: &[&str], validity: Validity) -> (CertificateParams, u64) {
    static NEXT_SERIAL: AtomicU64 = AtomicU64::new(1);
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("host names");
    params
        .distinguished_name
        .push(DnType::CommonName, "system-net testkit server");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let serial = NEXT_SERIAL.fetch_add(1, Ordering::Relaxed);
    params.serial_number = Some(serial.into());
    set_validity(&mut params, validity);
    (params, serial)
}

impl Validity {
    fn years(self) -> (i32, i32) {
        match self {
            Self::Now => (2020, 2099),
            Self::Past => (2010, 2011),
            Self::Future => (2098, 2099),
        }
    }
}

fn set_validity(params: &mut CertificateParams, validity: Validity) {
    let (from, to) = validity.years();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
}
