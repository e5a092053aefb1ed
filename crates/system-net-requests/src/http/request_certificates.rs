//! Whom a request trusts.

use system_net_primitives::Misuse;
use system_net_security::RemoteCertificateValidationCallback;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// Who judges the server's certificate. `None`: the callback of the
    /// [`ServicePointManager`](crate::ServicePointManager), and without one the usual checks alone.
    /// `None` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.ServerCertificateValidationCallback`
    #[doc(alias = "HttpWebRequest.ServerCertificateValidationCallback")]
    #[must_use]
    pub fn server_certificate_validation_callback(
        &self,
    ) -> Option<&RemoteCertificateValidationCallback> {
        let extras = self.properties.extras.as_deref()?;
        extras.certificate_validation.as_ref()
    }

    /// Sets who judges the server's certificate: the callback is asked at each TLS handshake with
    /// it, and at those with whom the request is redirected to. A proxy's certificate is judged by
    /// the usual checks.
    ///
    /// A connection that was opened with a callback is used by requests with the same callback (a
    /// clone of the same `Arc`) and by no others, and they have a connection limit of their own:
    /// make one callback for many requests.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_server_certificate_validation_callback(
        &mut self,
        callback: Option<RemoteCertificateValidationCallback>,
    ) -> Result<(), Misuse> {
        let extras = self.unsent()?.extras.get_or_insert_default();
        extras.certificate_validation = callback;
        Ok(())
    }
}
