//! A throw-away certificate authority for TLS peers, in memory.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use crate::TlsIdentity;

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
}

impl Issued {
    /// What a peer presents.
    pub fn identity(&self) -> TlsIdentity {
        TlsIdentity::from_pem(&self.certificate_pem, &self.key_pem)
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
        let mut params = named("system-net testkit authority");
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
        let params = server_params(names, validity);
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("parameters we chose");
        Issued {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// A server certificate for these names that no authority signed.
    ///
    /// # Panics
    ///
    /// When a name is no host name.
    pub fn self_signed(names: &[&str]) -> Issued {
        let key = new_key();
        let certificate = server_params(names, Validity::Now)
            .self_signed(&key)
            .expect("parameters we chose");
        Issued {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
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

fn server_params(names: &[&str], validity: Validity) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("host names");
    params
        .distinguished_name
        .push(DnType::CommonName, "system-net testkit server");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    set_validity(&mut params, validity);
    params
}

fn set_validity(params: &mut CertificateParams, validity: Validity) {
    let (from, to) = match validity {
        Validity::Now => (2020, 2099),
        Validity::Past => (2010, 2011),
        Validity::Future => (2098, 2099),
    };
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
}
