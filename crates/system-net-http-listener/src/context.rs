//! A request together with its response.

use std::fmt;
use std::sync::Arc;

use crate::authentication::{Field, HttpListenerIdentity, Identity};
use crate::connection::{Connection, Received};
use crate::request::HttpListenerRequest;
use crate::response::HttpListenerResponse;

/// What the parts of a context share: the connection, and which of its requests they belong to.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) connection: Arc<Connection>,
    pub(crate) number: u64,
}

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
    pub(crate) fn new(connection: &Arc<Connection>, received: Received) -> Self {
        let exchange = Exchange {
            connection: Arc::clone(connection),
            number: received.number,
        };
        let this = Self {
            response: HttpListenerResponse::new(exchange.clone(), received.headers),
            request: HttpListenerRequest::new(exchange, received.head),
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
        self.request.set_identity(identity);
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.request.exchange().connection
    }

    /// Reads the body and forgets it. False: it is too long for that, or does not come.
    pub(crate) async fn discard_body(&self) -> bool {
        let Exchange { connection, number } = self.request.exchange();
        connection.discard_body(*number).await
    }

    /// Asks for a login, with these fields; the connection stays if `stay`.
    pub(crate) fn ask(self, fields: &[Field], stay: bool) {
        let Exchange { connection, number } = self.request.exchange();
        connection.ask(*number, fields, stay);
    }

    /// Answers in the program's stead.
    pub(crate) fn refuse(self, status: u16) {
        let Exchange { connection, number } = self.request.exchange();
        connection.refuse(*number, status);
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
