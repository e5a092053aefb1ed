//! Whose TLS sessions a connection resumes: those of its own identity, and of nobody else.

use std::sync::{Arc, Mutex, PoisonError};

use system_net_security::{TlsConnector, TlsError, X509CertificateCollection};

use crate::certificate_judge::CertificateJudge;
use crate::service_point::{GroupKey, Owner};

/// How many identities of a context are remembered.
const REMEMBERED: usize = 128;

/// The connectors of identities that were used last: each has sessions of its own, which a connector
/// made anew for every connection could not resume.
///
/// An identity is what tells the connections of the pool apart: the connection group, the user whose
/// logins they carry, who opened the tunnel, the certificates that are shown. Who has none of these
/// is nobody, and takes the usual connector. Sessions of more identities than are remembered are
/// forgotten, those that were used longest ago first.
#[derive(Default)]
pub(crate) struct IdentityConnectors {
    /// The latest last.
    made: Mutex<Vec<Made>>,
}

struct Made {
    usual: TlsConnector,
    identity: Identity,
    connector: TlsConnector,
}

#[derive(PartialEq, Eq)]
struct Identity {
    name: Option<Arc<str>>,
    tunnel: Option<Arc<str>>,
    owner: Owner,
    shown: Option<Arc<X509CertificateCollection>>,
}

impl IdentityConnectors {
    /// The connector to use instead of the usual one for a connection of this group, whose other end
    /// `judge` looks at; `None`: the usual one.
    pub(crate) fn connector(
        &self,
        usual: &TlsConnector,
        group: &GroupKey,
        judge: &CertificateJudge,
    ) -> Result<Option<TlsConnector>, TlsError> {
        let shown = judge.shown();
        // What a callback judges is not resumed.
        let resumes = !judge.has_callback();
        let is_somebody =
            group.name.is_some() || group.tunnel.is_some() || group.owner != Owner::Nobody;
        let own = match (shown, is_somebody && resumes) {
            (None, false) => None,
            _ => Some(self.of(usual, group, shown)?),
        };
        match judge.judged(own.as_ref().unwrap_or(usual))? {
            Some(judged) => Ok(Some(judged)),
            None => Ok(own),
        }
    }

    fn of(
        &self,
        usual: &TlsConnector,
        group: &GroupKey,
        shown: Option<&Arc<X509CertificateCollection>>,
    ) -> Result<TlsConnector, TlsError> {
        let identity = Identity {
            name: group.name.clone(),
            tunnel: group.tunnel.clone(),
            owner: group.owner,
            shown: shown.cloned(),
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let found = made
            .iter()
            .position(|it| it.identity == identity && it.usual.shares_sessions_with(usual));
        let of = match found {
            Some(index) => made.remove(index),
            None => Made {
                usual: usual.clone(),
                connector: match shown {
                    Some(shown) => usual.with_client_certificates(shown)?,
                    None => usual.with_separate_sessions(),
                },
                identity,
            },
        };
        let connector = of.connector.clone();
        if made.len() == REMEMBERED {
            made.remove(0);
        }
        made.push(of);
        Ok(connector)
    }
}
