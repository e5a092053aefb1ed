//! The TLS side of a peer: a server configuration from PEM text.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::Authority;

/// Certificate chain and key a peer presents.
#[derive(Clone, Debug)]
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
}

/// What a TLS server is beside its certificate. The default is an ordinary one.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsManners<'a> {
    /// Talks only to clients that show a certificate of this authority.
    pub clients_of: Option<&'a Authority>,
    /// Asks clients for a certificate of one of these, and talks to those without one too.
    pub asks_clients_of: &'a [&'a Authority],
    /// As `asks_clients_of`, of authorities that are known from PEM text only.
    pub asks_clients_below: Option<&'a str>,
    /// Knows TLS 1.2 and nothing newer.
    pub tls12_only: bool,
    /// Exchanges keys in a way that no client offers unless told to (ML-KEM-1024).
    pub rare_key_exchange: bool,
    /// The protocol names that it knows, for clients that offer some; empty: `http/1.1`.
    pub alpn: &'a [&'a str],
}

impl TlsIdentity {
    /// An identity from PEM text: certificates leaf first, and a private key. TLS 1.2 and 1.3 are
    /// offered, with the protocol name `http/1.1` for clients that ask.
    ///
    /// # Panics
    ///
    /// When the text holds no certificate or no key, or the two do not belong together.
    pub fn from_pem(certificates: &str, key: &str) -> Self {
        Self::with_manners(certificates, key, TlsManners::default())
    }

    /// As [`TlsIdentity::from_pem`], for a server that is not an ordinary one.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn with_manners(certificates: &str, key: &str, manners: TlsManners<'_>) -> Self {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates.as_bytes())
            .collect::<Result<_, _>>()
            .expect("certificates in PEM");
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a private key in PEM");
        let mut provider = aws_lc_rs::default_provider();
        if manners.rare_key_exchange {
            provider.kx_groups = vec![kx_group::MLKEM1024];
        }
        let provider = Arc::new(provider);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let versions: &[_] = match manners.tls12_only {
            true => &[&rustls::version::TLS12],
            false => rustls::DEFAULT_VERSIONS,
        };
        let builder = builder
            .with_protocol_versions(versions)
            .expect("the provider's own protocol versions");
        let required = manners.clients_of.is_some();
        let authorities = manners.clients_of.iter().chain(manners.asks_clients_of);
        let mut authorities: Vec<CertificateDer<'_>> = authorities
            .map(|authority| authority.certificate_der().into())
            .collect();
        if let Some(pem) = manners.asks_clients_below {
            let read = CertificateDer::pem_slice_iter(pem.as_bytes());
            authorities.extend(read.map(|read| read.expect("certificates in PEM")));
        }
        let builder = match authorities.is_empty() {
            true => builder.with_no_client_auth(),
            false => {
                let verifier = verifier_of_clients(authorities, provider, required);
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .expect("a certificate that fits its key");
        config.alpn_protocols = match manners.alpn {
            [] => vec![b"http/1.1".to_vec()],
            names => names.iter().map(|name| name.as_bytes().to_vec()).collect(),
        };
        Self {
            config: Arc::new(config),
        }
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

fn verifier_of_clients(
    authorities: Vec<CertificateDer<'_>>,
    provider: Arc<CryptoProvider>,
    required: bool,
) -> Arc<dyn rustls::server::danger::ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots
            .add(authority.into_owned())
            .expect("a certificate of an authority");
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match required {
        true => builder,
        false => builder.allow_unauthenticated(),
    };
    builder.build().expect("a store with an authority")
}
