//! The certificate that a client has shown.

use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState};
use system_net_runtime::begin;
use system_net_security::{TlsError, TlsErrorKind, TrustProblem, X509Certificate2};

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
/// A certificate that is not taken gets no connection, unless a validation callback takes it:
/// [`client_certificate_error`](Self::client_certificate_error) tells then what is wrong with it.
impl HttpListenerRequest {
    /// The number of the Windows error that says what is wrong with the client's certificate, as
    /// `0x800B0101` for one that has expired, as a signed number; 0 if nothing is, and without a
    /// certificate. It is judged by what
    /// [`HttpListener::set_client_certificate_options`](crate::HttpListener::set_client_certificate_options)
    /// said last, at every call.
    ///
    /// .NET: `System.Net.HttpListenerRequest.ClientCertificateError`
    ///
    /// # Differences from .NET
    /// It can be asked for before the certificate is.
    #[doc(alias = "HttpListenerRequest.ClientCertificateError")]
    #[must_use]
    pub fn client_certificate_error(&self) -> i32 {
        let facts = self.exchange().facts();
        let chain = facts.tls.as_ref().map(|tls| &*tls.peer_certificates);
        let options = facts.run.shared.client_certificate_options();
        let (Some(chain @ [_, ..]), Some(options)) = (chain, options) else {
            return 0;
        };
        match options.judge(chain, facts.clock().utc_now()) {
            Ok(()) => 0,
            Err(error) => windows_error(error.kind()),
        }
    }

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

/// What Windows calls it (winerror.h).
fn windows_error(kind: TlsErrorKind) -> i32 {
    let code: u32 = match kind {
        TlsErrorKind::Trust(problem) => match problem {
            TrustProblem::Expired | TrustProblem::NotYetValid => 0x800B_0101,
            TrustProblem::UnknownIssuer | TrustProblem::SelfSigned => 0x800B_0109,
            TrustProblem::Revoked => 0x800B_010C,
            TrustProblem::RevocationUnknown => 0x800B_010E,
            TrustProblem::WrongPurpose => 0x800B_0110,
            TrustProblem::BadSignature => 0x8009_6004,
            _ => 0x800B_010B,
        },
        _ => 0x800B_010B,
    };
    code.cast_signed()
}
