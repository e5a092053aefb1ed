//! A request together with its response.

use std::fmt;
use std::sync::Arc;

use system_net_http_proto::RequestHead;
use system_net_primitives::WebHeaderCollection;

use crate::authentication::{Covered, Field, HttpListenerIdentity, Identity};
use crate::connection::{Connection, Facts, Received};
use crate::exchange::Exchange;
use crate::request::HttpListenerRequest;
use crate::response::HttpListenerResponse;

/// A request to answer.
///
/// It owns its connection: no further request of it is read before this one is answered. Answer
/// with [`response_mut`](Self::response_mut); dropping the context unanswered closes the
/// connection.
///
/// .NET: `System.Net.HttpListenerContext`
///
/// # Examples
/// ```
/// use system_net_http_listener::{HttpListenerContext, HttpListenerError};
///
/// fn handle(mut context: HttpListenerContext) -> Result<(), HttpListenerError> {
///     let text = format!("You asked for {}\n", context.request().raw_url());
///     let response = context.response_mut();
///     response.set_content_type("text/plain")?;
///     response.close_with(text)
/// }
/// # let _ = handle;
/// ```
pub struct HttpListenerContext {
    request: HttpListenerRequest,
    response: HttpListenerResponse,
}

impl HttpListenerContext {
    /// For the request whose phase has just begun.
    #[inline]
    pub(crate) fn new(connection: &Arc<Connection>, received: Received) -> Self {
        let exchange = Exchange::http1(Arc::clone(connection), received.number);
        Self::of(exchange, received.head, received.headers)
    }

    /// For a request that has come; `headers` is what the response begins with.
    #[inline]
    pub(crate) fn of(
        exchange: Exchange,
        head: Box<RequestHead>,
        headers: Box<WebHeaderCollection>,
    ) -> Self {
        let this = Self {
            response: HttpListenerResponse::new(exchange.clone(), headers),
            request: HttpListenerRequest::new(exchange, head),
        };
        this.request.trace().associate(&this.response.trace());
        this
    }

    /// What the client asks for.
    ///
    /// .NET: `System.Net.HttpListenerContext.Request`
    #[doc(alias = "HttpListenerContext.Request")]
    #[inline]
    #[must_use]
    pub fn request(&self) -> &HttpListenerRequest {
        &self.request
    }

    /// What it is answered, to look at.
    ///
    /// .NET: `System.Net.HttpListenerContext.Response`
    #[doc(alias = "HttpListenerContext.Response")]
    #[inline]
    #[must_use]
    pub fn response(&self) -> &HttpListenerResponse {
        &self.response
    }

    /// What it is answered, to fill.
    #[inline]
    #[must_use]
    pub fn response_mut(&mut self) -> &mut HttpListenerResponse {
        &mut self.response
    }

    /// Both at once: to answer with what the request says.
    #[inline]
    #[must_use]
    pub fn split(&mut self) -> (&HttpListenerRequest, &mut HttpListenerResponse) {
        (&self.request, &mut self.response)
    }

    /// Both, to go separate ways. The request may be dropped early; the response decides when the
    /// connection goes on.
    #[must_use]
    pub fn into_parts(self) -> (HttpListenerRequest, HttpListenerResponse) {
        (self.request, self.response)
    }

    /// Who has logged in; `None` for a request that was let in without that.
    ///
    /// .NET: `System.Net.HttpListenerContext.User`
    #[doc(alias = "HttpListenerContext.User")]
    #[must_use]
    pub fn user(&self) -> Option<&HttpListenerIdentity> {
        self.request.identity().map(|identity| &**identity)
    }

    pub(crate) fn set_identity(&mut self, identity: Option<Identity>) {
        if let Some(identity) = &identity
            && self.facts().log.is_some()
        {
            self.request.exchange().log_user(identity.name());
        }
        self.request.set_identity(identity);
    }

    /// A login covers both bodies.
    pub(crate) fn set_covered(&mut self, covered: Covered) {
        self.request.set_held_body(covered.body);
        self.response.set_proof(covered.proof);
    }

    /// Whether it is that request of that connection.
    pub(crate) fn is(&self, connection: &Facts, number: u64) -> bool {
        let exchange = self.request.exchange();
        exchange.number() == number && std::ptr::eq(exchange.facts(), connection)
    }

    /// Whether its client sends no more, as far as that is known.
    pub(crate) fn client_has_ended(&self) -> bool {
        self.request.exchange().client_has_ended()
    }

    /// Gives it up: its client has gone before the program took it.
    pub(crate) fn lose(self) {
        self.request.exchange().lose();
    }

    /// Answers with 503 a request whose client sends no more, for the sake of one that does.
    pub(crate) fn give_way(self) {
        self.request.exchange().give_way();
    }

    pub(crate) fn facts(&self) -> &Facts {
        self.request.exchange().facts()
    }

    /// Reads the body and forgets it. False: it is too long for that, or does not come.
    pub(crate) async fn discard_body(&self) -> bool {
        self.request.exchange().discard_body().await
    }

    /// Asks for a login, with these fields; the connection stays if `stay`.
    pub(crate) fn ask(self, fields: &[Field], stay: bool) {
        self.request.exchange().ask(fields, stay);
    }

    /// Tells a client of HTTP/2 to ask again over HTTP/1.1.
    pub(crate) fn require_http1(self) {
        self.request.exchange().require_http1();
    }

    /// Answers in the program's stead.
    pub(crate) fn refuse(self, status: u16) {
        self.request.exchange().refuse(status);
    }
}

impl fmt::Debug for HttpListenerContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListenerContext")
            .field("request", &self.request)
            .field("response", &self.response)
            .finish()
    }
}

// It goes through a queue, results and the program's own functions, each time as a copy: one of so many
// bytes needs no call.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<HttpListenerContext>() <= 128);
