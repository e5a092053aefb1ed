//! The request's side of a context.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use system_net_diagnostics::{Emitter, TraceEventType, Traced};
use system_net_http_proto::{BodyFraming, RequestHead};
use system_net_primitives::{HttpVersion, IpEndPoint, WebHeaderCollection};
use system_net_runtime::TlsInfo;
use system_net_security::extended_protection::{ServiceNameCollection, TransportContext};
use system_net_uri::{Uri, UriKind};

use crate::authentication::{HeldBody, Identity};
use crate::exchange::Exchange;
use crate::path::unescape_url;
use crate::query_string::QueryString;
use crate::router::{raw_url, split_target};
use crate::streams::HttpRequestStream;
use crate::trace;

/// What a client asks for.
///
/// .NET: `System.Net.HttpListenerRequest`
///
/// # Differences from .NET
/// Members that are null or -1 there when the client did not send the header are `None` here.
pub struct HttpListenerRequest {
    exchange: Exchange,
    /// There until the request is dropped.
    head: Option<Box<RequestHead>>,
    /// In a box: few have it, and requests are moved.
    login: Option<Box<Login>>,
    /// In a box, too: few look at it.
    url: OnceLock<Option<Box<Uri>>>,
    traced: Traced,
}

/// What came of a login.
#[derive(Default)]
struct Login {
    identity: Option<Identity>,
    /// The body, if it was read already.
    held_body: Option<Arc<HeldBody>>,
}

impl HttpListenerRequest {
    #[inline]
    pub(crate) fn new(exchange: Exchange, head: Box<RequestHead>) -> Self {
        let this = Self {
            exchange,
            head: Some(head),
            login: None,
            url: OnceLock::new(),
            traced: Traced::new(),
        };
        this.trace_head();
        this
    }

    #[inline]
    fn head(&self) -> &RequestHead {
        self.head
            .as_deref()
            .expect("the head is there until the request is dropped")
    }

    /// The request in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::request(&self.traced)
    }

    /// What the client asks for, as it came.
    #[inline]
    fn trace_head(&self) {
        let emitter = self.trace();
        if emitter.wanted(TraceEventType::Information) {
            let line = format!(
                "{} {} HTTP/{}",
                self.head().method,
                self.head().target,
                self.head().version
            );
            emitter.note(format_args!("{line} from {}", self.remote_end_point()));
            let mut head = format!("{line}\r\n").into_bytes();
            head.extend(self.headers().to_byte_array());
            emitter.data("Headers", &head);
        }
    }

    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.login.as_ref()?.identity.as_ref()
    }

    pub(crate) fn set_identity(&mut self, identity: Option<Identity>) {
        if identity.is_some() || self.login.is_some() {
            self.login.get_or_insert_default().identity = identity;
        }
    }

    pub(crate) fn set_held_body(&mut self, body: Arc<HeldBody>) {
        self.login.get_or_insert_default().held_body = Some(body);
    }

    /// The target as it stands in the request line.
    pub(crate) fn target(&self) -> &str {
        &self.head().target
    }

    /// Whether logins can be tied to their channel or service here.
    pub(crate) fn supports_extended_protection(&self) -> bool {
        let context = &self.exchange.facts().run.shared.context;
        context.settings().os_supports_extended_protection
    }

    /// The names that the listener's prefixes stand for.
    pub(crate) fn default_service_names(&self) -> ServiceNameCollection {
        self.exchange.facts().run.shared.default_service_names()
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Whether the connection can go on with another protocol.
    pub(crate) fn can_upgrade(&self) -> bool {
        self.head().upgrade
    }

    /// The method, with the letters the client used.
    ///
    /// .NET: `System.Net.HttpListenerRequest.HttpMethod`
    #[doc(alias = "HttpListenerRequest.HttpMethod")]
    #[inline]
    #[must_use]
    pub fn http_method(&self) -> &str {
        &self.head().method
    }

    /// Path and query as the client sent them, without host and port.
    ///
    /// .NET: `System.Net.HttpListenerRequest.RawUrl`
    #[doc(alias = "HttpListenerRequest.RawUrl")]
    #[inline]
    #[must_use]
    pub fn raw_url(&self) -> &str {
        raw_url(self.head())
    }

    /// The URI of the request, with the host the client named; `None` if what it asks for is none.
    /// Escapes in its path are resolved where that changes no structure, as `%3B` to `;`, unless the
    /// configuration says `unescapeRequestUrl="false"`: then only what every [`Uri`] resolves is.
    ///
    /// # Differences from .NET
    /// `%2F`, `%5C`, `%3F`, `%23` and `%25` stay escaped in either case: no prefix is left by them.
    ///
    /// .NET: `System.Net.HttpListenerRequest.Url`
    #[doc(alias = "HttpListenerRequest.Url")]
    #[must_use]
    pub fn url(&self) -> Option<&Uri> {
        self.url
            .get_or_init(|| self.make_url().map(Box::new))
            .as_deref()
    }

    fn make_url(&self) -> Option<Uri> {
        let (host, _) = split_target(self.head());
        let host = std::str::from_utf8(host).ok()?;
        let scheme = if self.is_secure_connection() {
            "https"
        } else {
            "http"
        };
        let path = match raw_url(self.head()) {
            "*" => Cow::Borrowed("/"),
            raw if self.unescapes_url() => unescape_url(raw),
            raw => Cow::Borrowed(raw),
        };
        let text = if host.is_empty() {
            format!("{scheme}://{}{path}", self.local_end_point())
        } else {
            format!("{scheme}://{host}{path}")
        };
        Uri::parse(&text).ok()
    }

    fn unescapes_url(&self) -> bool {
        let context = &self.exchange.facts().run.shared.context;
        context.settings().http_listener.unescape_request_url
    }

    /// The names and values behind the question mark.
    ///
    /// .NET: `System.Net.HttpListenerRequest.QueryString`
    #[doc(alias = "HttpListenerRequest.QueryString")]
    #[must_use]
    pub fn query_string(&self) -> QueryString<'_> {
        let query = raw_url(self.head()).split_once('?');
        QueryString::parse(query.map_or("", |(_, query)| query))
    }

    /// The header fields.
    ///
    /// .NET: `System.Net.HttpListenerRequest.Headers`
    #[doc(alias = "HttpListenerRequest.Headers")]
    #[inline]
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.head().headers
    }

    /// The version the client speaks.
    ///
    /// .NET: `System.Net.HttpListenerRequest.ProtocolVersion`
    #[doc(alias = "HttpListenerRequest.ProtocolVersion")]
    #[must_use]
    pub fn protocol_version(&self) -> HttpVersion {
        self.head().version
    }

    /// The length of the body: 0 without one, `None` if the client does not say it (.NET: -1).
    ///
    /// .NET: `System.Net.HttpListenerRequest.ContentLength64`
    #[doc(alias = "HttpListenerRequest.ContentLength64")]
    #[must_use]
    pub fn content_length64(&self) -> Option<u64> {
        match self.head().body_length {
            BodyFraming::None => Some(0),
            BodyFraming::Fixed(length) => Some(length),
            BodyFraming::Chunked | BodyFraming::UntilClose => None,
        }
    }

    /// Whether a body comes with the request.
    ///
    /// .NET: `System.Net.HttpListenerRequest.HasEntityBody`
    #[doc(alias = "HttpListenerRequest.HasEntityBody")]
    #[must_use]
    pub fn has_entity_body(&self) -> bool {
        self.head().body_length != BodyFraming::None
    }

    /// The body, to read. Without one it is at its end.
    ///
    /// The first read asks a client that waits for it (`Expect: 100-continue`) to send the body.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerRequest.InputStream`
    #[doc(alias = "HttpListenerRequest.InputStream")]
    #[must_use]
    pub fn input_stream(&self) -> HttpRequestStream {
        let call = self.trace().enter("InputStream_get", format_args!(""));
        let held_body = self.login.as_ref().and_then(|it| it.held_body.clone());
        let stream = HttpRequestStream::new(self.exchange.clone(), held_body);
        if call.is_heard() {
            call.exit(format_args!("{}", stream.trace().name()));
        }
        stream
    }

    /// The fields behind a chunked body, once it was read to its end.
    #[must_use]
    pub fn trailers(&self) -> Option<WebHeaderCollection> {
        self.exchange.trailers()
    }

    /// The media type of the body.
    ///
    /// .NET: `System.Net.HttpListenerRequest.ContentType`
    #[doc(alias = "HttpListenerRequest.ContentType")]
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.headers().get("Content-Type")
    }

    /// The media types the client accepts.
    ///
    /// .NET: `System.Net.HttpListenerRequest.AcceptTypes`
    #[doc(alias = "HttpListenerRequest.AcceptTypes")]
    #[must_use]
    pub fn accept_types(&self) -> Option<Vec<Cow<'_, str>>> {
        self.headers().get_values("Accept")
    }

    /// The languages the client prefers, with their weights.
    ///
    /// .NET: `System.Net.HttpListenerRequest.UserLanguages`
    #[doc(alias = "HttpListenerRequest.UserLanguages")]
    #[must_use]
    pub fn user_languages(&self) -> Option<Vec<Cow<'_, str>>> {
        self.headers().get_values("Accept-Language")
    }

    /// The program of the client.
    ///
    /// .NET: `System.Net.HttpListenerRequest.UserAgent`
    #[doc(alias = "HttpListenerRequest.UserAgent")]
    #[must_use]
    pub fn user_agent(&self) -> Option<Cow<'_, str>> {
        self.headers().get("User-Agent")
    }

    /// The `Host` field: the name, and possibly the port, by which the client reached the server.
    ///
    /// .NET: `System.Net.HttpListenerRequest.UserHostName`
    #[doc(alias = "HttpListenerRequest.UserHostName")]
    #[must_use]
    pub fn user_host_name(&self) -> Option<Cow<'_, str>> {
        self.headers().get("Host")
    }

    /// The address and port of the server that the request arrived at, as text.
    ///
    /// .NET: `System.Net.HttpListenerRequest.UserHostAddress`
    #[doc(alias = "HttpListenerRequest.UserHostAddress")]
    #[must_use]
    pub fn user_host_address(&self) -> String {
        self.local_end_point().to_string()
    }

    /// The page that led the client here, if it says so and it is a URI, which may be relative.
    ///
    /// .NET: `System.Net.HttpListenerRequest.UrlReferrer`
    #[doc(alias = "HttpListenerRequest.UrlReferrer")]
    #[must_use]
    pub fn url_referrer(&self) -> Option<Uri> {
        let referrer = self.headers().get("Referer")?;
        Uri::parse_kind(&referrer, UriKind::RelativeOrAbsolute).ok()
    }

    /// Whether the client wants to use the connection again.
    ///
    /// .NET: `System.Net.HttpListenerRequest.KeepAlive`
    #[doc(alias = "HttpListenerRequest.KeepAlive")]
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.head().keep_alive
    }

    /// Whether the request came over TLS.
    ///
    /// .NET: `System.Net.HttpListenerRequest.IsSecureConnection`
    #[doc(alias = "HttpListenerRequest.IsSecureConnection")]
    #[must_use]
    pub fn is_secure_connection(&self) -> bool {
        self.exchange.facts().tls.is_some()
    }

    /// What TLS agreed on; `None` for a plain connection.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.exchange.facts().tls.as_ref()
    }

    /// Whether the client has logged in.
    ///
    /// .NET: `System.Net.HttpListenerRequest.IsAuthenticated`
    #[doc(alias = "HttpListenerRequest.IsAuthenticated")]
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.identity().is_some_and(|it| it.is_authenticated())
    }

    /// The service that the client means to talk to, as its login by Negotiate or NTLM says: such as
    /// `HTTP/www.example.com`. `None` if there was no such login or the client knows nothing of these
    /// names; empty if it does and gave none.
    ///
    /// .NET: `System.Net.HttpListenerRequest.ServiceName`
    #[doc(alias = "HttpListenerRequest.ServiceName")]
    #[must_use]
    pub fn service_name(&self) -> Option<&str> {
        self.identity()?.accepted()?.service_name.as_deref()
    }

    /// The channel below the request, for a login of the program's own that is tied to it. It has no
    /// binding if the request did not come over TLS, or if the
    /// [context](system_net_config::Settings::os_supports_extended_protection) says that there are
    /// none.
    ///
    /// .NET: `System.Net.HttpListenerRequest.TransportContext`
    #[doc(alias = "HttpListenerRequest.TransportContext")]
    #[must_use]
    pub fn transport_context(&self) -> TransportContext {
        match self.tls().filter(|_| self.supports_extended_protection()) {
            Some(tls) => TransportContext::of(tls),
            None => TransportContext::default(),
        }
    }

    /// Whether the client is on this machine.
    ///
    /// .NET: `System.Net.HttpListenerRequest.IsLocal`
    #[doc(alias = "HttpListenerRequest.IsLocal")]
    #[must_use]
    pub fn is_local(&self) -> bool {
        let connection = self.exchange.facts();
        let remote = connection.remote.ip();
        remote == connection.local.ip() || remote.is_loopback()
    }

    /// The address of the server that the request arrived at.
    ///
    /// .NET: `System.Net.HttpListenerRequest.LocalEndPoint`
    #[doc(alias = "HttpListenerRequest.LocalEndPoint")]
    #[must_use]
    pub fn local_end_point(&self) -> IpEndPoint {
        self.exchange.facts().local.into()
    }

    /// The address of the client.
    ///
    /// .NET: `System.Net.HttpListenerRequest.RemoteEndPoint`
    #[doc(alias = "HttpListenerRequest.RemoteEndPoint")]
    #[must_use]
    pub fn remote_end_point(&self) -> IpEndPoint {
        self.exchange.facts().remote.into()
    }

    /// A number that no other request of this listener has, for logs. Its `Display` is that of a
    /// GUID.
    ///
    /// .NET: `System.Net.HttpListenerRequest.RequestTraceIdentifier`
    #[doc(alias = "HttpListenerRequest.RequestTraceIdentifier")]
    #[must_use]
    pub fn request_trace_identifier(&self) -> RequestTraceIdentifier {
        let connection = u128::from(self.exchange.facts().id);
        RequestTraceIdentifier(connection << 64 | u128::from(self.exchange.number()))
    }
}

/// The memory of the head serves the connection's next request.
impl Drop for HttpListenerRequest {
    fn drop(&mut self) {
        if let Some(head) = self.head.take() {
            self.exchange.recycle(head);
        }
    }
}

impl fmt::Debug for HttpListenerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListenerRequest")
            .field("http_method", &self.http_method())
            .field("raw_url", &self.raw_url())
            .field("protocol_version", &self.protocol_version())
            .field("headers", self.headers())
            .field("remote_end_point", &self.remote_end_point())
            .finish_non_exhaustive()
    }
}

/// Tells the requests of a listener apart: the connection's number, then the request's in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestTraceIdentifier(u128);

impl RequestTraceIdentifier {
    /// The 16 bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for RequestTraceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |shift: u32, digits: u32| (self.0 >> shift) & ((1 << (4 * digits)) - 1);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 8),
            part(80, 4),
            part(64, 4),
            part(48, 4),
            part(0, 12)
        )
    }
}
