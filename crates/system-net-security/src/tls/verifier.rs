//! The judgement on a server's certificate.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::certificate::Fields;
use super::error::from_certificate;
use super::handshake::note;
use super::options::TlsClientOptions;
use crate::trace::channels;

/// Checks chain, dates and names, and notes in full what is wrong.
pub(super) struct Verifier {
    roots: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
    accept_any: bool,
    check_name: bool,
}

impl Verifier {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        algorithms: WebPkiSupportedAlgorithms,
        options: &TlsClientOptions,
    ) -> Self {
        Self {
            roots,
            algorithms,
            accept_any: options.accept_any_certificate,
            check_name: options.check_certificate_name,
        }
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        fields: Option<&Fields<'_>>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        match fields {
            Some(fields) if fields.is_self_issued() && fields.is_authority => {
                self.judge_authority(fields, now)?;
            }
            _ => verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.roots,
                intermediates,
                now,
                self.algorithms.all,
            )?,
        }
        match verify_server_name(&parsed, server_name) {
            Err(error) if !self.check_name => {
                channels().warning(
                    "VerifyRemoteCertificate",
                    format_args!(
                        "the certificate of {} was accepted though it is for other names, \
                         because names are not checked: {error}",
                        server_name.to_str()
                    ),
                );
                Ok(())
            }
            judged => judged,
        }
    }

    /// A server that shows an authority's own certificate. The library refuses those whatever
    /// the store says, yet it is what `openssl req -x509` makes and what people put into their
    /// stores for a server of their own.
    ///
    /// RFC 5280 section 6.1.1 (d): a trust anchor is a name and a key. The handshake proves that
    /// the server has the key; whoever has it may issue what he likes under the name.
    fn judge_authority(&self, fields: &Fields<'_>, now: UnixTime) -> Result<(), Error> {
        let is_anchor = self.roots.roots.iter().any(|anchor| {
            anchor.subject.as_ref() == fields.subject
                && anchor.subject_public_key_info.as_ref() == fields.public_key
                && anchor.name_constraints.is_none()
        });
        let at = UNIX_EPOCH + Duration::from_secs(now.as_secs());
        let unix = |time: std::time::SystemTime| {
            UnixTime::since_unix_epoch(time.duration_since(UNIX_EPOCH).unwrap_or_default())
        };
        if at < fields.not_before {
            let not_before = unix(fields.not_before);
            return Err(CertificateError::NotValidYetContext {
                time: now,
                not_before,
            }
            .into());
        }
        if at > fields.not_after {
            let not_after = unix(fields.not_after);
            return Err(CertificateError::ExpiredContext {
                time: now,
                not_after,
            }
            .into());
        }
        if !fields.allows_server {
            return Err(CertificateError::InvalidPurpose.into());
        }
        if is_anchor {
            Ok(())
        } else {
            Err(CertificateError::UnknownIssuer.into())
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let fields = Fields::read(end_entity);
        let judged = self.judge(end_entity, fields.as_ref(), intermediates, server_name, now);
        let Err(error) = judged else {
            return Ok(ServerCertVerified::assertion());
        };
        if self.accept_any {
            channels().warning(
                "VerifyRemoteCertificate",
                format_args!(
                    "the certificate of {} is not trusted and was accepted all the same, because \
                     every certificate is: anyone on the way can read and change this \
                     connection: {error}",
                    server_name.to_str()
                ),
            );
            return Ok(ServerCertVerified::assertion());
        }
        if let Error::InvalidCertificate(problem) = &error {
            let facts = fields.as_ref().map(Fields::facts);
            note(|notes| notes.refused = Some(from_certificate(problem, facts)));
        }
        Err(error)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("roots", &self.roots.len())
            .field("accept_any", &self.accept_any)
            .field("check_name", &self.check_name)
            .finish_non_exhaustive()
    }
}
