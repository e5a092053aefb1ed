//! What a request's TLS connections are made with beside the usual: who judges the certificate of its
//! server, and which certificates it shows of its own.

use std::fmt;
use std::sync::Arc;

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

    /// The certificates that are shown, if there are any.
    pub(crate) fn shown(&self) -> Option<&Arc<X509CertificateCollection>> {
        self.shown.as_ref()
    }

    pub(crate) fn has_callback(&self) -> bool {
        self.callback.is_some()
    }

    /// The connector with the callback; `None` without one.
    pub(crate) fn judged(&self, before: &TlsConnector) -> Result<Option<TlsConnector>, TlsError> {
        let Some(callback) = &self.callback else {
            return Ok(None);
        };
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
