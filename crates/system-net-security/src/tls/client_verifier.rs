//! The judgement on a client's certificate, at a server that asks for one.
//!
//! To read: RFC 8446 section 4.3.2 (CertificateRequest), RFC 5280 section 4.2.1.12 (usages).

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

use super::certificate::{CertificateFacts, Fields};
use super::error::{TlsError, TlsErrorKind, TrustProblem, from_certificate};
use super::handshake::note;
use super::options::TlsServerOptions;
use super::provider;
use super::validation::{RemoteCertificate, RemoteCertificateValidationCallback, SslPolicyErrors};
use crate::trace::channels;

/// Which certificates of clients a server takes.
#[derive(Clone, Default)]
pub struct ClientCertificateOptions {
    /// Refuse clients that show none. Else they are let in, and have no certificate. A
    /// [`validation_callback`](Self::validation_callback) decides in place of this.
    pub required: bool,
    /// The authorities whose certificates are taken. Their names are sent to clients, so that these
    /// can choose. The system's store is not asked: who may issue for clients is a server's own
    /// matter.
    pub trusted: Vec<CertificateDer<'static>>,
    /// Revocation lists (X.509 v2), as
    /// [`TlsClientOptions::revocation_lists`](crate::TlsClientOptions::revocation_lists).
    pub revocation_lists: Vec<CertificateRevocationListDer<'static>>,
    /// Refuse a client unless a current list here proves that its own certificate is not revoked.
    pub require_revocation_status: bool,
    /// What a certificate must say besides.
    pub rules: ClientCertificateRules,
    /// Decides in place of all of this, and is shown what the checks found; the host in what it is
    /// shown is empty.
    pub validation_callback: Option<RemoteCertificateValidationCallback>,
}

impl ClientCertificateOptions {
    /// Every client must show a certificate of one of these authorities.
    #[must_use]
    pub fn require(trusted: Vec<CertificateDer<'static>>) -> Self {
        Self {
            required: true,
            trusted,
            ..Self::default()
        }
    }

    /// What the checks find wrong with a chain that a client has shown, its own certificate first, at this
    /// time; the [`validation_callback`](Self::validation_callback) is not asked. For whoever let a
    /// client in by that callback and wants to know of what.
    ///
    /// # Errors
    /// What is wrong; `Configuration` if an authority or a revocation list cannot be used.
    pub fn judge(&self, chain: &[CertificateDer<'_>], now: SystemTime) -> Result<(), TlsError> {
        let Some((own, intermediates)) = chain.split_first() else {
            let kind = TlsErrorKind::Trust(TrustProblem::Malformed);
            return Err(TlsError::new(kind, "the client has shown none").about_client());
        };
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let verifier = ClientVerifier::new(self, provider::crypto())?;
        match verifier.problem(own, intermediates, UnixTime::since_unix_epoch(now)) {
            Ok(None) => Ok(()),
            Ok(Some((_, told))) => Err(told),
            Err(error) => {
                Err(TlsError::configuration("the chain cannot be judged").with_source(error))
            }
        }
    }

    /// The word on a client that shows no certificate.
    pub(super) fn judge_absence(&self) -> Result<(), TlsError> {
        let accepted = match &self.validation_callback {
            Some(callback) => callback(&RemoteCertificate {
                host: "",
                chain: &[],
                errors: SslPolicyErrors::REMOTE_CERTIFICATE_NOT_AVAILABLE,
                problems: &[],
            }),
            None => !self.required,
        };
        if accepted {
            return Ok(());
        }
        let kind = TlsErrorKind::Trust(TrustProblem::Malformed);
        Err(TlsError::new(kind, "the client has shown none").about_client())
    }
}

impl fmt::Debug for ClientCertificateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificateOptions")
            .field("required", &self.required)
            .field("trusted", &self.trusted.len())
            .field("revocation_lists", &self.revocation_lists.len())
            .field("rules", &self.rules)
            .field("validation_callback", &self.validation_callback.is_some())
            .finish_non_exhaustive()
    }
}

/// What a client's certificate must say, besides being good. An empty list demands nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientCertificateRules {
    /// Who may have issued it: one of these, written as [`X509Certificate2::issuer`] does.
    ///
    /// [`X509Certificate2::issuer`]: crate::X509Certificate2::issuer
    pub issuers: Vec<String>,
    /// What it must be for: all of these object identifiers (`1.3.6.1.5.5.7.3.2`) in its extended
    /// key usage. A certificate without one is for anything, and satisfies none of these.
    pub usages: Vec<String>,
    /// Whom it must be for: one of these, as its whole subject, a common name of it, or one of its
    /// alternative names. Compared without regard to ASCII case.
    pub names: Vec<String>,
}

impl ClientCertificateRules {
    /// Compares a certificate with the rules.
    ///
    /// # Errors
    /// The first rule that it does not satisfy, in words.
    pub fn judge(&self, facts: &CertificateFacts) -> Result<(), String> {
        if !self.issuers.is_empty() && !self.issuers.contains(&facts.issuer) {
            return Err(format!(
                "it was issued by {:?}, and this server demands one of {:?}",
                facts.issuer, self.issuers
            ));
        }
        if let Some(missing) = self.usages.iter().find(|it| !facts.usages.contains(it)) {
            return Err(format!(
                "it may be used for {:?}, and this server demands the usage {missing:?}",
                facts.usages
            ));
        }
        let is_named = |name: &String| {
            let is_it = |other: &str| name.eq_ignore_ascii_case(other);
            is_it(&facts.subject)
                || facts.common_names.iter().any(|other| is_it(other))
                || facts.names.iter().any(|other| is_it(other))
        };
        if !self.names.is_empty() && !self.names.iter().any(is_named) {
            return Err(format!(
                "it is for {:?}, and this server demands one of {:?}",
                facts.subject, self.names
            ));
        }
        Ok(())
    }
}

/// The library's part that fits the options.
pub(super) fn client_verifier(
    options: &TlsServerOptions,
    crypto: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(options) = &options.client_certificates else {
        return Ok(Arc::new(NoClientAuth));
    };
    Ok(Arc::new(ClientVerifier::new(options, crypto)?))
}

impl ClientVerifier {
    fn new(
        options: &ClientCertificateOptions,
        crypto: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for (index, root) in options.trusted.iter().enumerate() {
            roots.add(root.clone()).map_err(|error| {
                let detail = format!("trusted authority {index} is not a usable certificate");
                TlsError::configuration(detail).with_library_source(error)
            })?;
        }
        if roots.is_empty() && options.validation_callback.is_none() {
            return Err(TlsError::configuration(
                "clients are asked for certificates, but no authority is trusted to issue them, and no \
             callback decides",
            ));
        }
        let subjects = roots.subjects();
        let chains = match roots.is_empty() {
            true => None,
            false => Some(chains(roots, options, crypto)?),
        };
        Ok(Self {
            options: options.clone(),
            subjects,
            chains,
            crypto: Arc::clone(crypto),
        })
    }
}

fn chains(
    roots: RootCertStore,
    options: &ClientCertificateOptions,
    crypto: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let lists = options.revocation_lists.iter().cloned();
    let mut builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(crypto))
            .with_crls(lists)
            .enforce_revocation_expiration();
    builder = match options.require_revocation_status {
        true => builder.only_check_end_entity_revocation(),
        false => builder.allow_unknown_revocation_status(),
    };
    builder.build().map_err(|error| {
        TlsError::configuration("a revocation list cannot be used").with_source(error)
    })
}

/// Checks chain, dates, usage, revocation and rules, asks who wants to be asked, and notes in full
/// what is wrong.
struct ClientVerifier {
    options: ClientCertificateOptions,
    subjects: Vec<DistinguishedName>,
    /// `None` if nobody is trusted.
    chains: Option<Arc<dyn ClientCertVerifier>>,
    crypto: Arc<CryptoProvider>,
}

impl ClientVerifier {
    /// Every problem, with the library's error for it.
    fn problem(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Option<(Error, TlsError)>, Error> {
        let options = &self.options;
        let facts = Fields::read(end_entity).map(|fields| fields.facts());
        let judged = match &self.chains {
            None => Err(CertificateError::UnknownIssuer.into()),
            Some(_) if options.require_revocation_status && options.revocation_lists.is_empty() => {
                Err(CertificateError::UnknownRevocationStatus.into())
            }
            Some(chains) => chains.verify_client_cert(end_entity, intermediates, now),
        };
        if let Err(error) = judged {
            // What is no judgement on a certificate is not for a callback to forgive.
            let Error::InvalidCertificate(problem) = &error else {
                return Err(error);
            };
            let told = from_certificate(problem, facts).about_client();
            return Ok(Some((error, told)));
        }
        let unreadable = || "it cannot be read".to_owned();
        let by_rules = facts.as_ref().ok_or_else(unreadable);
        if let Err(why) = by_rules.and_then(|facts| options.rules.judge(facts)) {
            let kind = TlsErrorKind::Trust(TrustProblem::Other);
            let told = TlsError::new(kind, why).with_certificate(facts);
            let error = CertificateError::ApplicationVerificationFailure.into();
            return Ok(Some((error, told.about_client())));
        }
        Ok(None)
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        // Without an alert before the end of the handshake a callback could not be asked.
        self.options.required && self.options.validation_callback.is_none()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let found = self.problem(end_entity, intermediates, now)?;
        let Some(callback) = &self.options.validation_callback else {
            return match found {
                None => Ok(ClientCertVerified::assertion()),
                Some((error, told)) => {
                    note(|notes| notes.refused = Some(told));
                    Err(error)
                }
            };
        };
        let chain: Vec<_> = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|certificate| CertificateDer::from_slice(certificate))
            .collect();
        let (error, problems) = match found {
            None => (None, Vec::new()),
            Some((error, told)) => (Some(error), vec![told]),
        };
        let errors = match error {
            None => SslPolicyErrors::NONE,
            Some(_) => SslPolicyErrors::REMOTE_CERTIFICATE_CHAIN_ERRORS,
        };
        let accepted = callback(&RemoteCertificate {
            host: "",
            chain: &chain,
            errors,
            problems: &problems,
        });
        if !accepted {
            let refused = problems.into_iter().next().unwrap_or_else(|| {
                let kind = TlsErrorKind::Trust(TrustProblem::Other);
                TlsError::new(kind, "the validation callback refused it")
                    .with_certificate(Fields::read(end_entity).map(|fields| fields.facts()))
                    .about_client()
            });
            note(|notes| notes.refused = Some(refused));
            return Err(
                error.unwrap_or_else(|| CertificateError::ApplicationVerificationFailure.into())
            );
        }
        if let Some(error) = error {
            channels().warning(
                "VerifyRemoteCertificate",
                format_args!(
                    "a client's certificate is not trusted and was accepted all the same, because \
                     the validation callback said so: {error}"
                ),
            );
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.crypto.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.crypto.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.crypto.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

impl fmt::Debug for ClientVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientVerifier")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
