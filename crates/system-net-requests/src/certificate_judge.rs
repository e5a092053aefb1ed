//! Who judges the certificate of a request's server, if not the usual checks alone.

use std::fmt;
use std::sync::Arc;

use system_net_security::{RemoteCertificateValidationCallback, TlsConnector, TlsError};

/// The callback of a request, or of its context; empty for the usual checks.
///
/// It is part of what a connection is found by in the pool, by identity: a connection that one
/// callback has accepted is for requests with the very same callback, and for no others.
#[derive(Clone, Default)]
pub(crate) struct CertificateJudge(Option<RemoteCertificateValidationCallback>);

impl CertificateJudge {
    pub(crate) fn new(callback: Option<RemoteCertificateValidationCallback>) -> Self {
        Self(callback)
    }

    /// The connector to use instead of the usual one; `None`: the usual one.
    pub(crate) fn connector(&self, usual: &TlsConnector) -> Result<Option<TlsConnector>, TlsError> {
        let callback = self.0.as_ref().map(Arc::clone);
        callback
            .map(|callback| usual.with_validation_callback(callback))
            .transpose()
    }
}

impl PartialEq for CertificateJudge {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for CertificateJudge {}

impl fmt::Debug for CertificateJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judge = self.0.as_ref().map_or("usual", |_| "callback");
        f.debug_tuple("CertificateJudge").field(&judge).finish()
    }
}
