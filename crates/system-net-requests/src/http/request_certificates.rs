//! Whom a request trusts, and how it proves who it is itself.

use std::sync::{Arc, OnceLock};

use system_net_primitives::Misuse;
use system_net_security::{RemoteCertificateValidationCallback, X509CertificateCollection};

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

    /// The certificates that the request may show to its server. None unless set.
    ///
    /// Nothing is shown unless the server asks. It names the authorities it trusts: the first
    /// certificate that has its private key and that one of them issued is shown, or the first of all
    /// if it names none; the same as before to a server that was shown one. A proxy is shown none, and
    /// neither is a server of another origin that the request is redirected to, unless a
    /// [`RedirectPolicy`](crate::RedirectPolicy) sets them for it.
    ///
    /// A connection is used by requests with equal certificates, and by no others: nobody sends under
    /// somebody else's name. They have a connection limit of their own.
    ///
    /// .NET: `System.Net.HttpWebRequest.ClientCertificates`
    #[doc(alias = "HttpWebRequest.ClientCertificates")]
    #[must_use]
    pub fn client_certificates(&self) -> &X509CertificateCollection {
        static NONE: OnceLock<X509CertificateCollection> = OnceLock::new();
        let own = self
            .extras()
            .and_then(|extras| extras.client_certificates.as_deref());
        own.unwrap_or_else(|| NONE.get_or_init(X509CertificateCollection::new))
    }

    /// The certificates that the request may show to its server, to add to them or take from them.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    ///
    /// # Examples
    /// ```no_run
    /// use system_net_requests::WebRequest;
    /// use system_net_security::X509Certificate2;
    ///
    /// let mut request = WebRequest::create_http("https://www.contoso.com/private")?;
    /// let certificate = X509Certificate2::from_file("jsmith.pem", None)?;
    /// request.client_certificates_mut()?.add(certificate);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn client_certificates_mut(&mut self) -> Result<&mut X509CertificateCollection, Misuse> {
        let place = &mut self.extras_mut()?.client_certificates;
        Ok(Arc::make_mut(place.get_or_insert_default()))
    }

    /// Sets the certificates that the request may show to its server.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_client_certificates(
        &mut self,
        certificates: X509CertificateCollection,
    ) -> Result<(), Misuse> {
        self.extras_mut()?.client_certificates = Some(Arc::new(certificates));
        Ok(())
    }
}
