//! Which certificate a client shows to a server that asks for one.
//!
//! The guide, "Client Certificate Selection": one that was shown to the server before is shown
//! again; at the first time the certificates are gone through for the first whose issuer is one of
//! those that the server names; if none is, nothing is shown.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;

use super::certificate::Fields;
use super::handshake::{current_host, note};
use super::x509::X509CertificateCollection;
use crate::der::{Reader, SEQUENCE};
use crate::trace::channels;

/// How many servers are remembered with what was shown to them.
const REMEMBERED: usize = 64;

/// Shows one of several certificates.
#[derive(Debug)]
pub(super) struct ClientChoice {
    /// Those with private keys.
    keys: Vec<Arc<CertifiedKey>>,
    /// To which host which one was shown, the latest last.
    shown: Mutex<Vec<(String, usize)>>,
}

impl ClientChoice {
    pub(super) fn new(certificates: &X509CertificateCollection) -> Self {
        let keys = certificates.iter().filter_map(|it| it.key().cloned());
        Self {
            keys: keys.collect(),
            shown: Mutex::default(),
        }
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
        let Some(chosen) = self.choose(issuers, schemes).map(|index| &self.keys[index]) else {
            note(|notes| notes.asked = true);
            let why = match self.keys.len() {
                0 => "there is none to send".to_owned(),
                count => format!("none of the {count} certificate(s) there are matches"),
            };
            channels().note(format_args!(
                "The server asks for a client certificate {asked}; {why}."
            ));
            return None;
        };
        note(|notes| notes.chosen = Some(Arc::clone(chosen)));
        let facts = chosen.cert.first().and_then(|it| Fields::read(it));
        if let Some(facts) = facts.map(|fields| fields.facts()) {
            channels().note(format_args!(
                "The server asks for a client certificate {asked}; that of {:?} is sent, issued by \
                 {:?}.",
                facts.subject, facts.issuer
            ));
        }
        Some(Arc::clone(chosen))
    }

    fn has_certs(&self) -> bool {
        !self.keys.is_empty()
    }
}
