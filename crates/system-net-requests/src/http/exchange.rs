//! The loop that turns a request into a response: service point, connection, sending, receiving,
//! and the verdict on what came: repeat, log in, follow, hand out.
//!
//! Each step returns a verdict to this loop; none reaches back to an earlier one.

use std::borrow::Cow;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use system_net_config::NetContext;
use system_net_diagnostics::TraceEventType;
use system_net_http_proto::{ResponseHead, redirect_method};
use system_net_primitives::{
    CookieCollection, Credentials, HttpStatusCode, HttpVersion, WebHeaderCollection,
};
use system_net_runtime::timeout_at;
use system_net_security::X509CertificateCollection;
use system_net_security::extended_protection::ChannelBinding;
use system_net_uri::Uri;

use super::authentication::{Challenged, Login};
use super::carrier::Carrier;
use super::decoded_body::DecodedBody;
use super::extras::Extras;
use super::head::Way;
use super::http2_upload::InFlightHttp2;
use super::outcome::Recorder;
use super::properties::Properties;
use super::proven_body::{Awaited, ProvenBody};
use super::response::HttpWebResponse;
use super::round_trip::trace_answer;
use super::route::Route;
use super::stages::Stages;
use crate::abort::AbortHandle;
use crate::blocking::{deadline_after, within};
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::retry::Attempts;
use crate::service_point::{Lease, Owner, ServicePointManager};
use crate::timeouts::{End, PieceLimit, Timeouts};
use crate::trace;

/// How much of a response that is not handed out is read to keep its connection.
pub(super) const DRAIN_LIMIT: usize = 64 * 1024;
/// And for how long.
pub(super) const DRAIN_TIME: Duration = Duration::from_millis(500);

/// What is sent after the head.
pub(crate) enum RequestBody {
    /// No body.
    None,
    /// A body in memory: it can be sent again.
    Buffered(Bytes),
    /// A body that the caller writes once the request stream is open.
    Waiting,
    /// A body already sent on this connection, by the request stream.
    InFlight(Box<InFlight>),
    /// The same over HTTP/2.
    InFlightHttp2(Box<InFlightHttp2>),
}

impl RequestBody {
    /// What will be sent, if that is known before it is.
    pub(super) fn known(&self) -> Option<&[u8]> {
        match self {
            Self::None => Some(b""),
            Self::Buffered(body) => Some(body),
            Self::Waiting | Self::InFlight(_) | Self::InFlightHttp2(_) => None,
        }
    }

    /// It was sent already, or is being sent.
    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self, Self::InFlight(_) | Self::InFlightHttp2(_))
    }
}

/// A request whose head and body went out while the caller wrote.
pub(crate) struct InFlight {
    pub(crate) lease: Lease,
    /// What was written, if it was kept.
    pub(crate) replay: Option<Vec<u8>>,
    /// The response that came before the body was wanted.
    pub(crate) early: Option<ResponseHead>,
    /// The login that went with the head of a body that was not kept.
    pub(super) login: Option<Box<Login>>,
}

/// A request on its way.
pub(crate) struct Exchange {
    pub(super) properties: Arc<Properties>,
    pub(super) manager: Arc<ServicePointManager>,
    pub(super) abort: AbortHandle,
    pub(super) body: RequestBody,
    pub(super) login: Login,
    /// What redirects changed; `None` before the first.
    pub(super) redirected: Option<Box<Redirected>>,
    /// The way to the place; `None` until it is chosen.
    pub(super) route: Option<Route>,
    /// What the last response set.
    cookies: CookieCollection,
    /// It got no answer behind another request: it is not sent so again.
    pub(super) alone: bool,
    /// The connection that the next message of a login must go over.
    pub(super) held: Option<Lease>,
    /// How often a login was interrupted and began anew.
    pub(super) login_restarts: u32,
    /// Proofs that cover the body of the last response.
    pub(super) awaited: Vec<Awaited>,
    /// The server has proved who it is by the login.
    pub(super) mutually_authenticated: bool,
    /// `None`: what fails is not sent again.
    pub(super) attempts: Option<Box<Attempts>>,
    /// `None`: no phase has a limit.
    pub(super) timeouts: Option<Box<Timeouts>>,
    /// `None`: nobody is told of the connections.
    pub(super) stages: Option<Box<Stages>>,
    /// The server, or a login that belongs to a connection, wants HTTP/1.1.
    pub(super) http1_only: bool,
}

pub(super) struct Redirected {
    pub(super) count: u32,
    pub(super) uri: Uri,
    pub(super) method: Cow<'static, str>,
    pub(super) headers: WebHeaderCollection,
    /// Once dropped on the way to another origin, dropped for the rest of the chain.
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    /// As the credentials.
    pub(super) client_certificates: Option<Arc<X509CertificateCollection>>,
}

/// What to do with a response.
pub(super) enum Verdict {
    HandOut,
    /// Send again; the target was changed.
    Again,
    /// Send again, over the same connection: a login goes on.
    AgainHere,
    /// Send again, over the same connection if that can become the user's own: a login begins.
    AgainAsOwn,
    /// An error that carries the response.
    Refuse(String),
}

impl Exchange {
    #[inline]
    pub(crate) fn new(
        properties: Arc<Properties>,
        manager: Arc<ServicePointManager>,
        context: &NetContext,
        abort: AbortHandle,
        body: RequestBody,
        attempts: Option<Box<Attempts>>,
    ) -> Self {
        let login = Login::new(context);
        let extras = properties.extras.as_deref();
        let own = extras.and_then(|extras| extras.timeouts.as_ref());
        let timeouts = match own {
            Some(own) => Some(Box::new(*own)),
            None => manager.default_timeouts().map(Box::new),
        };
        Self {
            timeouts,
            stages: None,
            properties,
            manager,
            abort,
            body,
            login,
            redirected: None,
            route: None,
            cookies: CookieCollection::default(),
            alone: false,
            held: None,
            login_restarts: 0,
            awaited: Vec::new(),
            mutually_authenticated: false,
            attempts,
            http1_only: false,
        }
    }

    pub(crate) fn abort_handle(&self) -> AbortHandle {
        self.abort.clone()
    }

    /// Runs to the response that is handed out, within the request's time, and notes the outcome.
    pub(super) async fn answer(&mut self) -> Result<HttpWebResponse, WebError> {
        let recorder = Recorder::new(&self.properties);
        let result = match (self.properties.total_timeout, self.end()) {
            (None, None) => self.run().await,
            (limit, end) => {
                let abort = self.abort_handle();
                let run = Box::pin(within(limit, Some(&abort), self.run()));
                match end {
                    None => run.await,
                    Some(End { at, limit }) => timeout_at(at, run)
                        .await
                        .unwrap_or_else(|_| Err(WebError::total_over(abort.phase(), limit))),
                }
            }
        };
        recorder.record(&result);
        result.map_err(|error| error.with_uri(&self.properties.uri))
    }

    async fn run(&mut self) -> Result<HttpWebResponse, WebError> {
        if self.properties.pre_authenticate && !self.pre_authenticate_at_once()? {
            let abort = self.abort_handle();
            Box::pin(abort.guard(self.pre_authenticate())).await?;
        }
        self.warn_of_unsafe_headers();
        loop {
            let (mut carrier, head) = match self.round_trip().await {
                Ok(answer) => answer,
                Err(error) => {
                    let error = self.abort.explain(error).with_uri(self.uri());
                    if self.attempts.is_some() && Box::pin(self.wait_to_retry(&error)).await? {
                        continue;
                    }
                    return Err(error);
                }
            };
            trace_answer(carrier.traced(), &head);
            self.tell_of_received_head(&head, false);
            self.note_version(&mut carrier, &head);
            self.learn_hsts(&head);
            // RFC 9112 section 6.3: such a response "ought to be handled as an error", as whoever
            // stands between may have seen another end of it.
            if head.conflicting_lengths {
                return Err(conflicting_lengths().with_uri(self.uri()));
            }
            self.cookies = self.take_cookies(&head);
            self.abort.set_phase(Phase::Deciding);
            if self.ends_connection(&head) {
                carrier.retire();
            }
            self.note_login(&mut carrier, &head)?;
            let answered = match head.status {
                401 | 407 => {
                    let abort = self.abort_handle();
                    Box::pin(abort.guard(self.answer_challenge(&head))).await?
                }
                _ => false,
            };
            match self.judge(&head, answered)? {
                Verdict::HandOut => {
                    self.demand_mutual_login()?;
                    self.abort.set_phase(Phase::ReadingBody);
                    let response = self.response(carrier, head)?;
                    return self.handed_out(response).await;
                }
                // Boxed, as all that is rare: the future of the usual path stays small.
                Verdict::Again => Box::pin(drain(carrier, self.abort.clone())).await,
                Verdict::AgainHere => Box::pin(self.keep(carrier)).await?,
                Verdict::AgainAsOwn => Box::pin(self.keep_as_own(carrier)).await,
                Verdict::Refuse(reason) => {
                    self.retire_after_refusal(&mut carrier, &head);
                    if let Some(wait) = self.retries(&head) {
                        Box::pin(drain(carrier, self.abort.clone())).await;
                        Box::pin(self.pause(wait)).await?;
                        continue;
                    }
                    let is_gone = !self.why_no_login(&head).is_empty();
                    let response = self.response(carrier, head)?;
                    response.limit_body(self.error_body_limit());
                    let response = self.handed_out(response).await?;
                    let error = protocol_error(reason, response).with_body_gone(is_gone);
                    return Err(error.with_uri(self.uri()));
                }
            }
        }
    }

    /// As [`pre_authenticate`](Self::pre_authenticate), unless that may have to wait: false then.
    pub(super) fn pre_authenticate_at_once(&mut self) -> Result<bool, WebError> {
        if self.body.is_in_flight() {
            return Ok(true);
        }
        let shared = matches!(self.way(), Way::Proxied { .. });
        let redirected = self.redirected.as_deref();
        match challenged(&self.properties, redirected, &self.body, shared) {
            Some(challenged) => self.login.pre_authenticate_at_once(&challenged, false),
            None => Ok(true),
        }
    }

    /// Sends credentials along that an earlier request was let in with, as far as they are for
    /// requests and not for connections.
    pub(super) async fn pre_authenticate(&mut self) -> Result<(), WebError> {
        if self.body.is_in_flight() {
            return Ok(());
        }
        let shared = matches!(self.way(), Way::Proxied { .. });
        let redirected = self.redirected.as_deref();
        match challenged(&self.properties, redirected, &self.body, shared) {
            Some(challenged) => self.login.pre_authenticate(&challenged, false).await,
            None => Ok(()),
        }
    }

    /// Begins a login that belongs to a connection on the one that was found, before it is asked
    /// for, if an earlier request was let in so.
    pub(super) async fn pre_authenticate_connection(
        &mut self,
        binding: Option<ChannelBinding>,
    ) -> Result<(), WebError> {
        let owned = |route: &Route| matches!(route.group.owner, Owner::User(_) | Owner::Anybody);
        // A connection that the pool might give to others is not logged in unasked.
        if !self.route.as_ref().is_some_and(owned) || matches!(self.way(), Way::Proxied { .. }) {
            return Ok(());
        }
        // What came to nothing once waits to be asked for.
        if self.login_restarts > 0 {
            return Ok(());
        }
        let redirected = self.redirected.as_deref();
        let Some(challenged) = challenged(&self.properties, redirected, &self.body, false) else {
            return Ok(());
        };
        self.login.see_channel(binding);
        self.login.pre_authenticate(&challenged, true).await?;
        self.alone |= self.login.is_of_connection();
        Ok(())
    }

    /// Looks for an answer to a 401 or 407. False: there is none.
    pub(super) async fn answer_challenge(&mut self, head: &ResponseHead) -> Result<bool, WebError> {
        if !self.can_send_again() {
            return Ok(false);
        }
        if head.status == 407 {
            // Only of a proxy that passes the request on: in a tunnel no proxy speaks.
            self.choose_route()?;
            let Some(mut route) = self.route.take() else {
                return Ok(false);
            };
            let answered = match route.via.as_deref_mut().filter(|via| !via.tunnel) {
                Some(via) => via.answer(self.method(), self.body.known(), head).await,
                None => Ok(false),
            };
            self.route = Some(route);
            return answered;
        }
        let shared = matches!(self.way(), Way::Proxied { .. });
        let redirected = self.redirected.as_deref();
        match challenged(&self.properties, redirected, &self.body, shared) {
            Some(challenged) => self.login.answer_aside(head, &challenged).await,
            None => Ok(false),
        }
    }

    // ---- The verdict ----

    /// `answered`: there is an answer to its 401 or 407.
    fn judge(&mut self, head: &ResponseHead, answered: bool) -> Result<Verdict, WebError> {
        if self.owes_the_body(head) {
            self.login_was_interrupted()?;
            return Ok(Verdict::AgainHere);
        }
        if head.status == 407 {
            if answered {
                return self.log_in();
            }
        } else if self.way().authorization().is_some() {
            self.with_proxy_login(|login, challenged| {
                login.accepted(challenged)?;
                Ok(true)
            })?;
        }
        if head.status == 401 {
            if answered && self.can_log_in_over(head.version) {
                return self.log_in();
            }
        } else if self.login.opens_space() {
            self.with_login(|login, challenged| {
                login.accepted(challenged)?;
                Ok(true)
            })?;
        }
        if self.properties.allow_auto_redirect
            && let Some(method) = redirect_method(head.status, self.method())
            && let Some(location) = head.headers.get_first("Location")
        {
            let location = String::from_utf8_lossy(location).into_owned();
            return Ok(self.redirect(head.status, method, location.trim()));
        }
        // As .NET: with redirects followed, whatever is no success is an error, 304 included;
        // without, a redirect is a result like others.
        let best = if self.properties.allow_auto_redirect {
            299
        } else {
            399
        };
        if head.status > best {
            let status = HttpStatusCode::new(head.status);
            let reason = if head.reason().is_empty() {
                status.description()
            } else {
                head.reason()
            };
            return Ok(Verdict::Refuse(format!(
                "the remote server returned an error: ({}) {reason}{}",
                head.status,
                self.why_no_login(head)
            )));
        }
        Ok(Verdict::HandOut)
    }

    /// A login that belongs to a connection wants one of HTTP/1.1, which has one user alone. False if
    /// the request's policy forbids that.
    pub(super) fn can_log_in_over(&mut self, version: HttpVersion) -> bool {
        version < HttpVersion::VERSION20
            || !self.login.is_of_connection()
            || self.falls_back_to_http1()
    }

    /// Lets the login look at the request as it stands; false without credentials.
    pub(super) fn with_login(
        &mut self,
        ask: impl FnOnce(&mut Login, &Challenged<'_>) -> Result<bool, WebError>,
    ) -> Result<bool, WebError> {
        let shared = matches!(self.way(), Way::Proxied { .. });
        let redirected = self.redirected.as_deref();
        let Some(challenged) = challenged(&self.properties, redirected, &self.body, shared) else {
            return Ok(false);
        };
        ask(&mut self.login, &challenged)
    }

    /// `maximumUnauthorizedUploadLength`: a connection over which more than that went in vain,
    /// without a login, is not kept.
    fn ends_connection(&self, head: &ResponseHead) -> bool {
        if !self.properties.keep_alive && !matches!(head.status, 401 | 407) {
            // The last message of a login may have asked to keep it.
            return true;
        }
        let settings = &self.manager.settings().http_web_request;
        let Some(limit) = settings.maximum_unauthorized_upload_length else {
            return false;
        };
        let sent = match &self.body {
            RequestBody::Buffered(body) => body.len() as u64,
            _ if self.redirected.is_none() => self.properties.content_length.unwrap_or(0),
            _ => 0,
        };
        head.status > 299
            && sent > limit
            && matches!(self.method(), "POST" | "PUT")
            && self.login.authorization().is_none()
    }

    /// `maximumErrorResponseLength`, in bytes.
    fn error_body_limit(&self) -> Option<u64> {
        let kib = self.manager.error_response_length.get();
        kib.map(|kib| u64::from(kib) * 1024)
    }

    pub(super) fn can_send_again(&self) -> bool {
        // A body that was streamed and kept is `Buffered` by now; one that was not kept is gone.
        let gone = self.redirected.is_none() && self.streamed_unkept();
        !gone && !self.body.is_in_flight()
    }

    /// A body was written to the request stream and not kept.
    pub(super) fn streamed_unkept(&self) -> bool {
        matches!(self.body, RequestBody::None)
            && !self.properties.allow_write_stream_buffering
            && (self.properties.send_chunked || self.properties.content_length > Some(0))
    }

    /// The response, with its body read if that was asked for.
    async fn handed_out(&self, response: HttpWebResponse) -> Result<HttpWebResponse, WebError> {
        if self.properties.allow_read_stream_buffering {
            Box::pin(response.read_ahead()).await?;
        }
        Ok(response)
    }

    fn response(
        &mut self,
        carrier: Carrier,
        mut head: ResponseHead,
    ) -> Result<HttpWebResponse, WebError> {
        let method = match &self.redirected {
            Some(target) => target.method.clone(),
            None => self.properties.method.clone(),
        };
        let properties = &*self.properties;
        let mut body = carrier.into_body(self.abort.clone());
        if let Some(timeouts) = self.timeouts.as_deref() {
            let (each, all) = (timeouts.idle_read(), self.end());
            body.limit_time(PieceLimit::new(Phase::ReadingBody, each, all));
        }
        let awaited = std::mem::take(&mut self.awaited);
        let body = ProvenBody::new(body, awaited).map_err(|error| error.with_uri(self.uri()))?;
        let body = DecodedBody::new(
            body,
            &mut head,
            properties.automatic_decompression,
            properties.decompression_limits,
        )
        .map_err(|error| error.with_uri(self.uri()))?;
        let timeout = properties.read_write_timeout;
        let uri = self.uri().clone();
        let cookies = std::mem::take(&mut self.cookies);
        let response = HttpWebResponse::new(
            head,
            method,
            uri,
            timeout,
            cookies,
            properties.media_type.clone(),
            body,
        );
        let extras = properties.extras.as_deref();
        let response = response.limited(extras.and_then(|extras| extras.download_limit.clone()));
        let response = match self.mutually_authenticated {
            true => response.of_proven_server(),
            false => response,
        };
        if trace::request(&properties.traced).wanted(TraceEventType::Information) {
            associate(properties, &response);
        }
        Ok(response)
    }

    /// The caller's headers, as far as redirects have left them.
    pub(super) fn redirected_headers(&self) -> &WebHeaderCollection {
        self.redirected
            .as_ref()
            .map_or(&self.properties.headers, |target| &target.headers)
    }

    pub(super) fn uri(&self) -> &Uri {
        self.redirected
            .as_ref()
            .map_or(&self.properties.uri, |target| &target.uri)
    }

    pub(super) fn method(&self) -> &str {
        self.redirected
            .as_ref()
            .map_or(&self.properties.method, |target| &target.method)
    }
}

/// What modules may know of the request as it stands; `None` without credentials.
fn challenged<'a>(
    properties: &'a Properties,
    redirected: Option<&'a Redirected>,
    body: &'a RequestBody,
    shared: bool,
) -> Option<Challenged<'a>> {
    let credentials = match redirected {
        Some(target) => target.credentials.as_ref(),
        None => properties.credentials.as_ref(),
    };
    Some(Challenged {
        uri: redirected.map_or(&properties.uri, |target| &target.uri),
        method: redirected.map_or(&properties.method, |target| &target.method),
        group: properties.connection_group_name.as_deref(),
        credentials: credentials?,
        proxied: None,
        shared,
        body: body.known(),
        delegate: properties.extras.as_deref().is_some_and(Extras::delegates),
    })
}

/// Tells what belongs to a request that was answered.
#[cold]
#[inline(never)]
fn associate(properties: &Properties, response: &HttpWebResponse) {
    let request = trace::request(&properties.traced);
    request.associate(&response.trace_stream());
    request.associate(&response.trace());
}

/// Reads what is left of a response that is not handed out, so that its connection can be kept;
/// gives up on long ones.
async fn drain(carrier: Carrier, abort: AbortHandle) {
    let mut body = carrier.into_body(abort);
    let mut scratch = vec![0; 4096];
    let mut read = 0;
    let rest = async {
        while read < DRAIN_LIMIT {
            match poll_fn(|cx| body.poll_read(cx, &mut scratch)).await {
                Ok(0) | Err(_) => return,
                Ok(n) => read += n,
            }
        }
    };
    // Else the connection is closed: a new one costs less than waiting for a slow one.
    let _ = timeout_at(deadline_after(DRAIN_TIME), rest).await;
}

fn conflicting_lengths() -> WebError {
    WebError::new(
        WebExceptionStatus::ServerProtocolViolation,
        Phase::ReadingHead,
        "the response has both Content-Length and Transfer-Encoding",
    )
}

/// An error that carries the response it is about.
fn protocol_error(reason: String, response: HttpWebResponse) -> WebError {
    WebError::new(WebExceptionStatus::ProtocolError, Phase::Deciding, reason)
        .with_response(response.into())
}
