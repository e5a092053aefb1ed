//! The judgement on a server's certificate.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor, verify_server_name,
};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest as _, Sha256};

use super::certificate::Fields;
use super::error::{TlsError, TlsErrorKind, TrustProblem, from_certificate};
use super::handshake::note;
use super::ocsp::{self, Issuer, OcspStatus, Question};
use super::options::TlsClientOptions;
use super::validation::{RemoteCertificate, RemoteCertificateValidationCallback, SslPolicyErrors};
use crate::der::{SEQUENCE, element};
use crate::trace::channels;

/// Checks chain, dates and names, asks who wants to be asked, and notes in full what is wrong.
#[derive(Clone)]
pub(super) struct Verifier {
    roots: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
    /// The library's verifier with the revocation lists, if there are any.
    revocation: Option<Arc<WebPkiServerVerifier>>,
    /// No list, no trust.
    require_status: bool,
    accept_any: bool,
    check_name: bool,
    /// SHA-256 of the public keys of which the server must have one; empty: it may have any.
    pins: Arc<[[u8; 32]]>,
    callback: Option<RemoteCertificateValidationCallback>,
}

/// The question: what the server shows, and who it should be.
struct Shown<'a> {
    chain: Vec<CertificateDer<'a>>,
    fields: Option<Fields<'a>>,
    server_name: &'a ServerName<'a>,
    now: UnixTime,
    /// The stapled OCSP response; empty without.
    staple: &'a [u8],
    /// Why that says nothing.
    status_problem: Cell<Option<&'static str>>,
}

impl Verifier {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        crypto: &Arc<CryptoProvider>,
        options: &TlsClientOptions,
    ) -> Result<Self, TlsError> {
        let lists = &options.revocation_lists;
        // Without authorities every chain is refused before lists count.
        let revocation = if lists.is_empty() || roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(crypto));
            let builder = builder
                .with_crls(lists.iter().cloned())
                .enforce_revocation_expiration();
            let builder = match options.require_revocation_status {
                true => builder.only_check_end_entity_revocation(),
                false => builder.allow_unknown_revocation_status(),
            };
            Some(builder.build().map_err(|error| {
                TlsError::configuration("a revocation list cannot be used").with_source(error)
            })?)
        };
        Ok(Self {
            roots,
            algorithms: crypto.signature_verification_algorithms,
            revocation,
            require_status: options.require_revocation_status,
            accept_any: options.accept_any_certificate,
            check_name: options.check_certificate_name,
            pins: options.pinned_public_keys.as_slice().into(),
            callback: None,
        })
    }

    pub(super) const fn has_callback(&self) -> bool {
        self.callback.is_some()
    }

    /// The same checks, whose result is shown to the callback, which decides.
    pub(super) fn with_callback(&self, callback: RemoteCertificateValidationCallback) -> Self {
        let callback = Some(callback);
        Self {
            callback,
            ..self.clone()
        }
    }

    fn judge_chain(&self, shown: &Shown<'_>) -> Result<(), Error> {
        let Some((end_entity, intermediates)) = shown.chain.split_first() else {
            return Err(Error::NoCertificatesPresented);
        };
        let by_lists = match (&shown.fields, &self.revocation) {
            (Some(fields), _) if fields.is_self_issued() && fields.is_authority => {
                return self.judge_authority(fields, shown.now);
            }
            (_, Some(with_lists)) => {
                let (name, now) = (shown.server_name, shown.now);
                match with_lists.verify_server_cert(end_entity, intermediates, name, &[], now) {
                    // It looks at the name when the chain is good.
                    Ok(_)
                    | Err(Error::InvalidCertificate(
                        CertificateError::NotValidForName
                        | CertificateError::NotValidForNameContext { .. },
                    )) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            _ => {
                self.judge_trust(end_entity, intermediates, shown.now)?;
                match self.require_status {
                    true => Err(CertificateError::UnknownRevocationStatus.into()),
                    false => Ok(()),
                }
            }
        };
        let unknown = Error::InvalidCertificate(CertificateError::UnknownRevocationStatus);
        match by_lists {
            Err(error) if error != unknown => Err(error),
            by_lists => self.judge_status(shown, by_lists),
        }
    }

    /// Whether a trusted authority stands behind it, and the dates are right.
    fn judge_trust(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let (roots, algorithms) = (&self.roots, self.algorithms.all);
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)
    }

    /// What the stapled OCSP response adds to what the lists say: nothing against it, or not enough.
    fn judge_status(&self, shown: &Shown<'_>, by_lists: Result<(), Error>) -> Result<(), Error> {
        let must_staple = shown.fields.as_ref().is_some_and(|it| it.must_staple);
        let why = match self.staple(shown) {
            Some(Ok(OcspStatus::Revoked)) => return Err(CertificateError::Revoked.into()),
            Some(Ok(OcspStatus::Good)) => {
                let Some((end_entity, intermediates)) = shown.chain.split_first() else {
                    return by_lists;
                };
                // The library stops where no list is, which may be before all was looked at.
                return by_lists
                    .or_else(|_| self.judge_trust(end_entity, intermediates, shown.now));
            }
            Some(Err(why)) => why,
            None if must_staple => {
                "the server's certificate says that it comes with a stapled OCSP response, and it has \
                 come without"
            }
            None => return by_lists,
        };
        shown.status_problem.set(Some(why));
        if by_lists.is_ok() && !must_staple {
            let host = shown.server_name.to_str();
            channels().warning(
                "VerifyRemoteCertificate",
                format_args!("{why}; host {host}: the response is passed over"),
            );
            return by_lists;
        }
        Err(CertificateError::UnknownRevocationStatus.into())
    }

    /// What the stapled OCSP response says, or why it says nothing; `None`: there is none.
    fn staple(&self, shown: &Shown<'_>) -> Option<Result<OcspStatus, &'static str>> {
        let certificate = shown.fields.as_ref().filter(|_| !shown.staple.is_empty())?;
        let (end_entity, above) = shown.chain.split_first()?;
        let above = above.iter().filter_map(|it| Fields::read(it));
        let above = above.map(|it| (it.subject, it.public_key));
        let anchors = self.roots.roots.iter();
        let anchors = anchors.map(|it| (it.subject.as_ref(), it.subject_public_key_info.as_ref()));
        // Of those that have the name, the one whose signature is on the certificate.
        let issuer = above
            .chain(anchors)
            .filter(|(subject, _)| *subject == certificate.issuer)
            .map(|(subject, public_key)| Issuer {
                subject,
                public_key,
            })
            .find(|issuer| issuer.has_signed(end_entity, &self.algorithms));
        let Some(issuer) = issuer else {
            return Some(Err(
                "the stapled OCSP response cannot be checked: the issuer of the certificate is not \
                 at hand",
            ));
        };
        let question = Question {
            certificate,
            issuer,
            now: UNIX_EPOCH + Duration::from_secs(shown.now.as_secs()),
            algorithms: &self.algorithms,
        };
        Some(ocsp::judge(shown.staple, &question))
    }

    /// The server must have one of the keys, whoever vouches for it and whatever else is forgiven.
    fn judge_key(&self, shown: &Shown<'_>) -> Result<(), Error> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let key = shown.fields.as_ref().map(|fields| {
            let key = element(SEQUENCE, &[fields.public_key]);
            <[u8; 32]>::from(Sha256::digest(key))
        });
        if key.is_some_and(|key| self.pins.contains(&key)) {
            return Ok(());
        }
        let kind = TlsErrorKind::Trust(TrustProblem::WrongPublicKey);
        let found = key.map(|key| STANDARD.encode(key)).unwrap_or_default();
        let refused = TlsError::new(
            kind,
            format!("the server's public key is none of the pinned ones: it is sha256//{found}"),
        );
        let facts = shown.fields.as_ref().map(Fields::facts);
        note(|notes| notes.refused = Some(refused.with_certificate(facts)));
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn judge_name(&self, shown: &Shown<'_>) -> Result<(), Error> {
        let Some(end_entity) = shown.chain.first() else {
            return Err(Error::NoCertificatesPresented);
        };
        let parsed = ParsedCertificate::try_from(end_entity)?;
        match verify_server_name(&parsed, shown.server_name) {
            Err(error) if !self.check_name => {
                channels().warning(
                    "VerifyRemoteCertificate",
                    format_args!(
                        "the certificate of {} was accepted though it is for other names, \
                         because names are not checked: {error}",
                        shown.server_name.to_str()
                    ),
                );
                Ok(())
            }
            judged => judged,
        }
    }

    /// The usual way: the first thing that is wrong refuses.
    fn judge(&self, shown: &Shown<'_>) -> Result<(), Error> {
        let judged = self
            .judge_chain(shown)
            .and_then(|()| self.judge_name(shown));
        let Err(error) = judged else {
            return Ok(());
        };
        if self.accept_any {
            warn_accepted(shown, "every certificate is", &error);
            return Ok(());
        }
        if let Some(refused) = explain(&error, shown) {
            note(|notes| notes.refused = Some(refused));
        }
        Err(error)
    }

    /// Everything that is wrong is shown to the callback, and its word counts.
    fn ask(
        &self,
        callback: &RemoteCertificateValidationCallback,
        shown: &Shown<'_>,
    ) -> Result<(), Error> {
        let mut errors = SslPolicyErrors::NONE;
        let mut problems = Vec::new();
        let mut first = None;
        let judged = [
            (
                self.judge_chain(shown),
                SslPolicyErrors::REMOTE_CERTIFICATE_CHAIN_ERRORS,
            ),
            (
                self.judge_name(shown),
                SslPolicyErrors::REMOTE_CERTIFICATE_NAME_MISMATCH,
            ),
        ];
        for (judged, flag) in judged {
            let Err(error) = judged else { continue };
            // What is no judgement on a certificate is not for a callback to forgive.
            let Some(problem) = explain(&error, shown) else {
                return Err(error);
            };
            errors |= flag;
            problems.push(problem);
            first.get_or_insert(error);
        }
        let host = shown.server_name.to_str();
        let accepted = callback(&RemoteCertificate {
            host: &host,
            chain: &shown.chain,
            errors,
            problems: &problems,
        });
        match first {
            None if accepted => Ok(()),
            Some(error) if accepted => {
                warn_accepted(shown, "the validation callback said so", &error);
                Ok(())
            }
            refused_before => {
                let refused = problems.into_iter().next().unwrap_or_else(|| {
                    let kind = TlsErrorKind::Trust(TrustProblem::Other);
                    TlsError::new(kind, "the validation callback refused the certificate")
                        .with_certificate(shown.fields.as_ref().map(Fields::facts))
                });
                note(|notes| notes.refused = Some(refused));
                Err(refused_before
                    .unwrap_or_else(|| CertificateError::ApplicationVerificationFailure.into()))
            }
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
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Shown {
            chain: std::iter::once(end_entity)
                .chain(intermediates)
                .map(|certificate| CertificateDer::from_slice(certificate))
                .collect(),
            fields: Fields::read(end_entity),
            server_name,
            now,
            staple: ocsp_response,
            status_problem: Cell::new(None),
        };
        match &self.callback {
            Some(callback) => self.ask(callback, &shown)?,
            None => self.judge(&shown)?,
        }
        self.judge_key(&shown)?;
        Ok(ServerCertVerified::assertion())
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
            .field("callback", &self.callback.is_some())
            .finish_non_exhaustive()
    }
}

/// The error in our terms, if it is about the certificate.
fn explain(error: &Error, shown: &Shown<'_>) -> Option<TlsError> {
    let Error::InvalidCertificate(problem) = error else {
        return None;
    };
    let facts = shown.fields.as_ref().map(Fields::facts);
    match shown.status_problem.get() {
        Some(why) if *problem == CertificateError::UnknownRevocationStatus => {
            let kind = TlsErrorKind::Trust(TrustProblem::RevocationUnknown);
            Some(TlsError::new(kind, why).with_certificate(facts))
        }
        _ => Some(from_certificate(problem, facts)),
    }
}

fn warn_accepted(shown: &Shown<'_>, because: &str, error: &Error) {
    channels().warning(
        "VerifyRemoteCertificate",
        format_args!(
            "the certificate of {} is not trusted and was accepted all the same, because \
             {because}: anyone on the way can read and change this connection: {error}",
            shown.server_name.to_str()
        ),
    );
}
