//! Whom the requests of a context trust.

use std::sync::{Arc, PoisonError};

use system_net_security::RemoteCertificateValidationCallback;

use super::manager::ServicePointManager;

impl ServicePointManager {
    /// Who judges the certificates of servers, for requests without a callback of their own. `None`
    /// unless set: the usual checks alone.
    ///
    /// .NET: `System.Net.ServicePointManager.ServerCertificateValidationCallback`
    #[doc(alias = "ServicePointManager.ServerCertificateValidationCallback")]
    #[must_use]
    pub fn server_certificate_validation_callback(
        &self,
    ) -> Option<RemoteCertificateValidationCallback> {
        let callback = self.certificate_validation.read();
        let callback = callback.unwrap_or_else(PoisonError::into_inner);
        callback.as_ref().map(Arc::clone)
    }

    /// Sets who judges the certificates of servers. It holds for the next request: connections that
    /// are open were judged by whom they were opened with, and are for requests that would ask the
    /// same.
    pub fn set_server_certificate_validation_callback(
        &self,
        callback: Option<RemoteCertificateValidationCallback>,
    ) {
        let place = self.certificate_validation.write();
        *place.unwrap_or_else(PoisonError::into_inner) = callback;
    }
}
