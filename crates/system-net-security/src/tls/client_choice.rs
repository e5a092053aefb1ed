//! Which certificate a client shows to a server that asks for one.
//!
//! The guide, "Client Certificate Selection": one that was shown to the server before is shown
//! again; at the first time the certificates are gone through for the first whose issuer is one of
//! those that the server names; if none is, nothing is shown.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;

use super::certificate::Fields;
use super::handshake::{current_host, note};
use super::selection::{LocalCertificateSelection, LocalCertificateSelectionCallback};
use super::x509::{X509Certificate2, X509CertificateCollection};
use crate::der::{Reader, SEQUENCE};
use crate::trace::channels;

/// How many servers are remembered with what was shown to them.
const REMEMBERED: usize = 64;

/// Shows one of several certificates.
pub(super) struct ClientChoice {
    /// Those with private keys.
    keys: Vec<Arc<CertifiedKey>>,
    /// Who chooses in place of the rules.
    delegate: Option<Delegate>,
    /// To which host which one was shown, the latest last.
    shown: Mutex<Vec<(String, usize)>>,
}

/// A program's own choice, from these certificates or any other.
struct Delegate {
    callback: LocalCertificateSelectionCallback,
    certificates: X509CertificateCollection,
    /// What it chose for which host, the latest last.
    chosen: Mutex<Vec<(String, X509Certificate2)>>,
}

impl ClientChoice {
    pub(super) fn new(certificates: &X509CertificateCollection) -> Self {
        let keys = certificates.iter().filter_map(|it| it.key().cloned());
        Self {
            keys: keys.collect(),
            delegate: None,
            shown: Mutex::default(),
        }
    }

    pub(super) fn with_delegate(
        certificates: &X509CertificateCollection,
        callback: LocalCertificateSelectionCallback,
    ) -> Self {
        let mut this = Self::new(certificates);
        this.delegate = Some(Delegate {
            callback,
            certificates: certificates.clone(),
            chosen: Mutex::default(),
        });
        this
    }

    fn choose(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<usize> {
        let can_sign = |index: &usize| self.keys[*index].key.choose_scheme(schemes).is_some();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let host = current_host().unwrap_or_default();
        let before = shown.iter().position(|(other, _)| *other == host);
        if let Some((_, index)) = before.map(|at| shown[at].clone())
            && can_sign(&index)
        {
            return Some(index);
        }
        let index = (0..self.keys.len())
            .filter(can_sign)
            .find(|&index| issuers.is_empty() || is_of(&self.keys[index], issuers))?;
        if let Some(at) = before {
            shown.remove(at);
        }
        if shown.len() == REMEMBERED {
            shown.remove(0);
        }
        shown.push((host, index));
        Some(index)
    }
}

impl Delegate {
    fn choose(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let host = current_host().unwrap_or_default();
        let before = {
            let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
            let before = chosen.iter().find(|(other, _)| *other == host);
            before.map(|(_, certificate)| certificate.clone())
        };
        // No lock is held while the program's own code runs.
        let certificate = (self.callback)(&LocalCertificateSelection {
            target_host: &host,
            local_certificates: &self.certificates,
            cached: before.as_ref(),
            issuers,
        })?;
        let key = Arc::clone(certificate.key()?);
        key.key.choose_scheme(schemes)?;
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.retain(|(other, _)| *other != host);
        if chosen.len() == REMEMBERED {
            chosen.remove(0);
        }
        chosen.push((host, certificate));
        Some(key)
    }
}

/// Whether a certificate, or one of its chain, was issued by one of these (RFC 8446 section 4.2.4,
/// RFC 5246 section 7.4.4: names in DER; of the authority itself or of one above).
fn is_of(key: &CertifiedKey, issuers: &[&[u8]]) -> bool {
    key.cert.iter().filter_map(|it| Fields::read(it)).any(|it| {
        let named = |issuer: &&[u8]| Reader::new(issuer).expect(SEQUENCE) == Some(it.issuer);
        issuers.iter().any(named)
    })
}

impl ResolvesClientCert for ClientChoice {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let asked = match issuers.len() {
            0 => "and has not specified any issuers".to_owned(),
            count => format!("of one of {count} issuer(s)"),
        };
        let chosen = match &self.delegate {
            Some(delegate) => delegate.choose(issuers, schemes),
            None => {
                let index = self.choose(issuers, schemes);
                index.map(|index| Arc::clone(&self.keys[index]))
            }
        };
        let Some(chosen) = chosen else {
            note(|notes| notes.asked = true);
            let why = match self.keys.len() {
                _ if self.delegate.is_some() => "the selection callback gave none to send".into(),
                0 => "there is none to send".to_owned(),
                count => format!("none of the {count} certificate(s) there are matches"),
            };
            channels().note(format_args!(
                "The server asks for a client certificate {asked}; {why}."
            ));
            return None;
        };
        note(|notes| notes.chosen = Some(Arc::clone(&chosen)));
        let facts = chosen.cert.first().and_then(|it| Fields::read(it));
        if let Some(facts) = facts.map(|fields| fields.facts()) {
            channels().note(format_args!(
                "The server asks for a client certificate {asked}; that of {:?} is sent, issued by \
                 {:?}.",
                facts.subject, facts.issuer
            ));
        }
        Some(chosen)
    }

    fn has_certs(&self) -> bool {
        self.delegate.is_some() || !self.keys.is_empty()
    }
}

impl fmt::Debug for ClientChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientChoice")
            .field("keys", &self.keys.len())
            .field("delegate", &self.delegate.is_some())
            .finish_non_exhaustive()
    }
}
