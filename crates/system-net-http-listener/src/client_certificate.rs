//! The certificate that a client has shown.

use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState};
use system_net_runtime::begin;
use system_net_security::{TlsError, X509Certificate2};

use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::request::HttpListenerRequest;

/// What [`HttpListenerRequest::begin_get_client_certificate`] gives.
pub type GetClientCertificateResult =
    AsyncResult<Result<Option<X509Certificate2>, HttpListenerError>>;

/// The client's certificate.
///
/// Clients are asked in the handshake, by
/// [`HttpListener::set_client_certificate_options`](crate::HttpListener::set_client_certificate_options),
/// which also says whose certificates are taken: nothing here waits.
///
/// # Differences from .NET
/// There is no `ClientCertificateError`: a certificate that is not taken gets no connection, unless a
/// validation callback takes it, which is told what is wrong.
impl HttpListenerRequest {
    /// The client's certificate; `None` if it has shown none, was not asked, or the connection is not
    /// encrypted.
    ///
    /// .NET: `System.Net.HttpListenerRequest.GetClientCertificate`
    ///
    /// # Errors
    /// `Tls` if a certificate that a validation callback has taken cannot be read.
    #[doc(alias = "HttpListenerRequest.GetClientCertificate")]
    pub fn get_client_certificate(&self) -> Result<Option<X509Certificate2>, HttpListenerError> {
        let chain = self.tls().map(|tls| &*tls.peer_certificates);
        let Some(own) = chain.and_then(|chain| chain.first()) else {
            return Ok(None);
        };
        let unreadable = |error: TlsError| {
            HttpListenerError::new(HttpListenerErrorKind::Tls, error.to_string()).with_source(error)
        };
        X509Certificate2::from_der(own)
            .map(Some)
            .map_err(unreadable)
    }

    /// [`get_client_certificate`](Self::get_client_certificate) for asynchronous code.
    ///
    /// .NET: `System.Net.HttpListenerRequest.GetClientCertificateAsync`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "HttpListenerRequest.GetClientCertificateAsync")]
    pub async fn get_client_certificate_async(
        &self,
    ) -> Result<Option<X509Certificate2>, HttpListenerError> {
        self.get_client_certificate()
    }

    /// Begins to get the client's certificate; `callback` is called when it is there.
    ///
    /// .NET: `System.Net.HttpListenerRequest.BeginGetClientCertificate`
    #[doc(alias = "HttpListenerRequest.BeginGetClientCertificate")]
    pub fn begin_get_client_certificate(
        &self,
        callback: Option<AsyncCallback<Result<Option<X509Certificate2>, HttpListenerError>>>,
        state: Option<AsyncState>,
    ) -> GetClientCertificateResult {
        let found = self.get_client_certificate();
        begin(async move { found }, callback, state)
    }

    /// The certificate that [`begin_get_client_certificate`](Self::begin_get_client_certificate) began
    /// to get.
    ///
    /// .NET: `System.Net.HttpListenerRequest.EndGetClientCertificate`
    ///
    /// # Errors
    /// As [`get_client_certificate`](Self::get_client_certificate); `Misuse` if the operation was
    /// ended before.
    #[doc(alias = "HttpListenerRequest.EndGetClientCertificate")]
    pub fn end_get_client_certificate(
        &self,
        async_result: &GetClientCertificateResult,
    ) -> Result<Option<X509Certificate2>, HttpListenerError> {
        async_result
            .end()
            .map_err(Into::into)
            .and_then(|found| found)
    }
}
