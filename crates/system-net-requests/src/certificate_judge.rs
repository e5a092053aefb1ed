//! What a request's TLS connections are made with beside the usual: who judges the certificate of its
//! server, and which certificates it shows of its own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use system_net_security::{
    RemoteCertificateValidationCallback, TlsConnector, TlsError, X509Certificate2,
    X509CertificateCollection,
};

/// The callback of a request, or of its context; empty for the usual checks. And the certificates of
/// a request.
///
/// It is part of what a connection is found by in the pool. The callback counts by identity: a
/// connection that one callback has accepted is for requests with the very same callback, and for no
/// others. The certificates count by content: whoever can show them is who they are of.
#[derive(Clone, Default)]
pub(crate) struct CertificateJudge {
    callback: Option<RemoteCertificateValidationCallback>,
    /// Never empty: at least one has its private key.
    shown: Option<Arc<X509CertificateCollection>>,
}

impl CertificateJudge {
    pub(crate) fn new(
        callback: Option<RemoteCertificateValidationCallback>,
        shown: Option<Arc<X509CertificateCollection>>,
    ) -> Self {
        let shown = shown.map(
            |all| match all.iter().all(X509Certificate2::has_private_key) {
                true => all,
                // Those of the user's store, perhaps.
                false => Arc::new(all.with_private_keys()),
            },
        );
        // Those without private keys prove nothing: whoever has no others is nobody.
        let shown = shown.filter(|all| all.iter().any(X509Certificate2::has_private_key));
        Self { callback, shown }
    }

    /// The connector to use instead of the usual one; `None`: the usual one.
    pub(crate) fn connector(
        &self,
        usual: &TlsConnector,
        made: &IdentityConnectors,
    ) -> Result<Option<TlsConnector>, TlsError> {
        let own = match &self.shown {
            Some(shown) => Some(made.of(usual, shown)?),
            None => None,
        };
        let Some(callback) = &self.callback else {
            return Ok(own);
        };
        let before = own.as_ref().unwrap_or(usual);
        before
            .with_validation_callback(Arc::clone(callback))
            .map(Some)
    }
}

impl PartialEq for CertificateJudge {
    fn eq(&self, other: &Self) -> bool {
        let same_callback = match (&self.callback, &other.callback) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        same_callback && self.shown == other.shown
    }
}

impl Eq for CertificateJudge {}

impl fmt::Debug for CertificateJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateJudge")
            .field("callback", &self.callback.is_some())
            .field("shown", &self.shown)
            .finish()
    }
}

/// How many identities of a context are remembered.
const REMEMBERED: usize = 32;

/// The connectors of identities that were used last: each has sessions of its own, which a connector
/// made anew for every connection could not resume.
#[derive(Default)]
pub(crate) struct IdentityConnectors {
    /// The latest last.
    made: Mutex<Vec<Made>>,
}

struct Made {
    usual: TlsConnector,
    shown: Arc<X509CertificateCollection>,
    connector: TlsConnector,
}

impl IdentityConnectors {
    fn of(
        &self,
        usual: &TlsConnector,
        shown: &Arc<X509CertificateCollection>,
    ) -> Result<TlsConnector, TlsError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let found = made
            .iter()
            .position(|it| it.shown == *shown && it.usual.shares_sessions_with(usual));
        let of = match found {
            Some(index) => made.remove(index),
            None => Made {
                usual: usual.clone(),
                shown: Arc::clone(shown),
                connector: usual.with_client_certificates(shown)?,
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
