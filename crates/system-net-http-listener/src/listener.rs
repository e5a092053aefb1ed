//! [`HttpListener`]: settings, start and stop, and the ways to take requests.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_diagnostics::{Call, ObjectName, shown};
use system_net_primitives::{
    AsyncCallback, AsyncOrigin, AsyncResult, AsyncState, IpEndPoint, Misuse,
};
use system_net_runtime::{RateLimit, begin_as, block_on};
use system_net_security::{ClientCertificateOptions, TlsServerIdentity};
use system_net_uri::Uri;
use tokio::runtime::Handle;

use crate::access_log::AccessLog;
use crate::context::HttpListenerContext;
use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::http2::HttpListenerHttp2Options;
use crate::limits::HttpListenerLimits;
use crate::prefix::{Prefix, PrefixHost};
use crate::prefixes::HttpListenerPrefixCollection;
use crate::run::Run;
use crate::serve::{HandlerResult, ToHandler, ToThread};
use crate::shared::{Shared, background};
use crate::timeouts::HttpListenerTimeoutManager;

/// What [`HttpListener::begin_get_context`] gives.
pub type GetContextResult = AsyncResult<Result<HttpListenerContext, HttpListenerError>>;

/// A server for HTTP and HTTPS inside of the program.
///
/// Add prefixes, [`start`](Self::start), and take requests with
/// [`get_context`](Self::get_context) or its asynchronous forms; or hand all of them to a function
/// with [`serve`](Self::serve), which is the fastest way.
///
/// Clones are the same listener. When the last one is dropped the listener is closed; contexts that
/// were taken can still be answered.
///
/// .NET: `System.Net.HttpListener`
///
/// # Differences from .NET
/// * [`stop`](Self::stop) and [`close`](Self::close) let requests that run finish, for
///   [`drain_requests`](HttpListenerTimeoutManager::drain_requests).
/// * Listeners of one [context](NetContext) share their ports, as all do in .NET: see
///   [`prefixes`](Self::prefixes). Those of other contexts and processes do only as
///   [`set_reuse_port`](Self::set_reuse_port) says.
/// * [`bind`](Self::bind), [`url`](Self::url), [`serve`](Self::serve) and the limits are additions.
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use system_net_http_listener::HttpListener;
///
/// let listener = HttpListener::new();
/// listener.prefixes().add("http://127.0.0.1:0/")?;
/// listener.start()?;
/// let server = std::thread::spawn({
///     let listener = listener.clone();
///     move || {
///         let mut context = listener.get_context()?;
///         let name = context.request().query_string().get("name").map(|name| name.into_owned());
///         context.response_mut().close_with(format!("Hello, {}!", name.unwrap_or_default()))
///     }
/// });
/// let mut client = std::net::TcpStream::connect(listener.url("")?.split('/').nth(2).unwrap())?;
/// client.write_all(b"GET /?name=J%C3%BCrgen HTTP/1.0\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("\r\n\r\nHello, Jürgen!"));
/// server.join().unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HttpListener {
    owner: Arc<Owner>,
}

/// Closes the listener when the last handle goes.
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// Making and setting up.
impl HttpListener {
    /// A listener of a context.
    ///
    /// Outputs trace information when network tracing is enabled.
    #[must_use]
    pub fn new_in(context: &NetContext) -> Self {
        let this = Self {
            owner: Arc::new(Owner {
                shared: Arc::new(Shared::new(context.clone())),
            }),
        };
        drop(this.enter("HttpListener"));
        this
    }

    #[inline]
    fn enter(&self, method: &'static str) -> Call {
        self.shared().trace().enter(method, format_args!(""))
    }

    /// The number of the listener in traces, which no other has.
    fn number(&self) -> u32 {
        self.shared().trace().name().number().unwrap_or_default()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.owner.shared
    }

    /// Whether the system has what a listener needs: yes.
    ///
    /// .NET: `System.Net.HttpListener.IsSupported`
    #[doc(alias = "HttpListener.IsSupported")]
    #[must_use]
    pub const fn is_supported() -> bool {
        true
    }

    /// What the listener listens for.
    ///
    /// # Sharing a port
    /// Several listeners of one context may have prefixes of one port, with one scheme, each its own.
    /// Every request goes to the listener whose prefix is for it; a connection is handed on when the
    /// next of its requests belongs to another one. Which addresses the port is bound to, the first
    /// listener decides: one that comes later and needs more of them than can be added (all addresses,
    /// after single ones) is refused, so start those with wildcards first. Over TLS the certificates are
    /// those of the listener that has had the port longest of those that run, and HTTP/2 is not offered:
    /// its connections cannot be handed on. What that listener does not ask clients for in the handshake,
    /// nobody does: a request for one that has
    /// [client certificates](Self::set_client_certificate_options) or
    /// [strict names](Self::set_strict_tls_identities) of its own is answered with 421 (Misdirected
    /// Request), so give it a port of its own, or start it first. In clear text a connection that begins
    /// with HTTP/2 is the eldest listener's as well, by its settings and limits; requests over it for others
    /// are answered with HTTP_1_1_REQUIRED. A request for a listener that is bound and not started is
    /// answered with 503.
    ///
    /// .NET: `System.Net.HttpListener.Prefixes`
    #[doc(alias = "HttpListener.Prefixes")]
    #[must_use]
    pub fn prefixes(&self) -> HttpListenerPrefixCollection {
        HttpListenerPrefixCollection::new(self.shared())
    }

    /// How long clients may take.
    ///
    /// .NET: `System.Net.HttpListener.TimeoutManager`
    #[doc(alias = "HttpListener.TimeoutManager")]
    #[must_use]
    pub fn timeout_manager(&self) -> &HttpListenerTimeoutManager {
        &self.owner.shared.timeouts
    }

    /// Whether answers to clients that are gone succeed as if these were there; not unless set.
    ///
    /// .NET: `System.Net.HttpListener.IgnoreWriteExceptions`
    #[doc(alias = "HttpListener.IgnoreWriteExceptions")]
    #[must_use]
    pub fn ignore_write_exceptions(&self) -> bool {
        self.shared().ignores_write_exceptions()
    }

    /// Sets whether a client that is gone, or takes its answer too slowly, is no error of whoever
    /// writes the answer. Mistakes of the program, such as too many bytes, stay errors.
    pub fn set_ignore_write_exceptions(&self, value: bool) {
        self.shared().set_ignores_write_exceptions(value);
    }

    /// How many bytes of each request are kept as they came; `None` unless set: nothing is.
    #[must_use]
    pub fn kept_request_bytes(&self) -> Option<usize> {
        self.shared().kept_request_bytes()
    }

    /// Keeps so many bytes of each request, the first ones, for
    /// [`HttpListenerRequest::raw_bytes`](crate::HttpListenerRequest::raw_bytes): for tests that look at
    /// what a client really sends. It costs a copy of all that is read. Holds for connections accepted
    /// from now on.
    pub fn set_kept_request_bytes(&self, value: Option<usize>) {
        self.shared().set_kept_request_bytes(value);
    }

    /// Whether ports are shared with other processes; not unless set.
    #[must_use]
    pub fn reuse_port(&self) -> bool {
        self.shared().reuse_port()
    }

    /// Sets whether ports that are bound from now on are shared with other processes of the same user
    /// that do the same (`SO_REUSEPORT`), or with listeners of other contexts. For services that run as
    /// several processes, or that are replaced without a gap: start the new one, then
    /// [`stop`](Self::stop) the old one.
    ///
    /// # Limits
    /// HTTP.sys gives each request to whoever has its prefix. Here the system gives each *connection* to
    /// one of the processes, by its addresses, and a request for a prefix that this one does not have is
    /// answered with 404: all of them must have the same prefixes. Clients whose connections wait to be
    /// accepted when a process ends are refused, unless the system hands them on
    /// (`net.ipv4.tcp_migrate_req`). Port 0 takes a port of its own. Where the system has no such option,
    /// binding fails.
    pub fn set_reuse_port(&self, value: bool) {
        self.shared().set_reuse_port(value);
    }

    /// What clients may make the listener hold.
    #[must_use]
    pub fn limits(&self) -> HttpListenerLimits {
        self.shared().limits()
    }

    /// Sets the limits. Those of messages hold for connections accepted from now on.
    pub fn set_limits(&self, limits: HttpListenerLimits) {
        self.shared().set_limits(limits);
    }

    /// Where requests are logged; nowhere unless set.
    #[must_use]
    pub fn access_log(&self) -> Option<AccessLog> {
        self.shared().access_log()
    }

    /// Logs each request of the connections accepted from now on, or none: see [`AccessLog`].
    ///
    /// [`drain`](Self::drain), [`serve`](Self::serve) and [`serve_blocking`](Self::serve_blocking)
    /// return when all lines are written; after a [`stop`](Self::stop) alone, [`AccessLog::flush`] waits
    /// for those of the requests that are finished. A listener that is closed or dropped writes what waits
    /// before it returns.
    pub fn set_access_log(&self, value: Option<AccessLog>) {
        self.shared().set_access_log(value);
    }

    /// How many bytes in a second all responses together may have.
    #[must_use]
    pub fn bandwidth_limit(&self) -> Option<RateLimit> {
        self.shared().bandwidth(None)
    }

    /// Limits all responses together to so many bytes in a second, heads included; `None`, the
    /// default, lifts the limit. It holds from the next request of each connection on. Single prefixes
    /// are limited by
    /// [`HttpListenerPrefixCollection::set_bandwidth_limit`].
    ///
    /// # Errors
    /// `Misuse` if the listener is closed.
    pub fn set_bandwidth_limit(&self, limit: Option<RateLimit>) -> Result<(), HttpListenerError> {
        self.shared().set_bandwidth(None, limit)
    }

    /// Whether and how HTTP/2 is spoken.
    #[must_use]
    pub fn http2(&self) -> HttpListenerHttp2Options {
        self.shared().http2()
    }

    /// Sets whether and how HTTP/2 is spoken, on connections accepted from now on.
    ///
    /// # Errors
    /// `Misuse` for numbers that cannot be kept to.
    pub fn set_http2(&self, value: HttpListenerHttp2Options) -> Result<(), HttpListenerError> {
        self.shared().set_http2(value)
    }

    /// Sets the certificate of the `https` prefixes, with its key. Connections accepted from now on
    /// show it.
    ///
    /// # Errors
    /// `Tls` if it cannot be used.
    pub fn set_tls_identity(&self, identity: TlsServerIdentity) -> Result<(), HttpListenerError> {
        self.set_tls_identities(vec![identity])
    }

    /// Sets several certificates; a client is shown the first that is for the name it asks for, or
    /// the first of all. Which versions of TLS are spoken, the switches, the registry and the target
    /// framework of the context say, see [`TlsPolicy`](system_net_security::TlsPolicy).
    ///
    /// # Errors
    /// `Tls` if there is none, or one cannot be used.
    pub fn set_tls_identities(
        &self,
        identities: Vec<TlsServerIdentity>,
    ) -> Result<(), HttpListenerError> {
        if identities.is_empty() {
            let kind = HttpListenerErrorKind::Tls;
            return Err(HttpListenerError::new(kind, "there is no identity"));
        }
        self.shared().set_tls(|tls| {
            tls.identities = identities;
            tls.strict_server_names = false;
        })
    }

    /// As [`set_tls_identities`](Self::set_tls_identities), but a client that asks for a name that none
    /// of them is for, or for none, is refused in the handshake; with no certificate at all everybody is.
    ///
    /// # Errors
    /// `Tls` if one cannot be used.
    pub fn set_strict_tls_identities(
        &self,
        identities: Vec<TlsServerIdentity>,
    ) -> Result<(), HttpListenerError> {
        self.shared().set_tls(|tls| {
            tls.identities = identities;
            tls.strict_server_names = true;
        })
    }

    /// Asks clients of `https` prefixes for certificates, in the handshake, and says which are
    /// taken; `None`, the default, asks nobody. Connections accepted from now on are asked.
    ///
    /// A client whose certificate is not taken gets no connection. One that shows none gets one
    /// unless certificates are [required](ClientCertificateOptions::required);
    /// [`HttpListenerRequest::get_client_certificate`] gives `None` then.
    ///
    /// # Errors
    /// `Tls` if an authority or a revocation list cannot be used.
    ///
    /// # Differences from .NET
    /// There the client is asked when the program wants its certificate, after the handshake. TLS
    /// 1.3 has another way for that, which few clients know, and HTTP/2 forbids both.
    ///
    /// [`HttpListenerRequest::get_client_certificate`]: crate::HttpListenerRequest::get_client_certificate
    pub fn set_client_certificate_options(
        &self,
        value: Option<ClientCertificateOptions>,
    ) -> Result<(), HttpListenerError> {
        self.shared().set_tls(|tls| tls.client_certificates = value)
    }

    /// Sets what `Server` says on connections accepted from now on (`system-net` unless set); `None`
    /// leaves the field out.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for text that cannot stand in a header.
    pub fn set_server_header(&self, value: Option<&str>) -> Result<(), Misuse> {
        if let Some(value) = value
            && !value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~'))
        {
            return Err(Misuse::invalid_argument(
                "value",
                "printable ASCII characters only",
            ));
        }
        self.shared().set_server_header(value.map(Arc::from));
        Ok(())
    }
}

/// Start and stop.
impl HttpListener {
    /// Binds the sockets without taking requests: clients that connect wait. What
    /// [`start`](Self::start) and [`serve`](Self::serve) do first; by itself it tells a port that
    /// was 0 beforehand.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn bind(&self) -> Result<(), HttpListenerError> {
        self.shared().bind()
    }

    /// Begins to take requests. Works with and without a runtime: the listener lives on the
    /// background runtime. Does nothing if it is started.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.Start`
    ///
    /// # Errors
    /// `InvalidPrefix`, `AlreadyExists` (conflicting prefixes), `AddressInUse`, `AccessDenied`, `Tls`
    /// (no identity for an `https` prefix), `Io`; `Misuse` if the listener is closed.
    #[doc(alias = "HttpListener.Start")]
    pub fn start(&self) -> Result<(), HttpListenerError> {
        let call = self.enter("Start");
        let started = self.shared().start();
        call.exit_result(&started, shown);
        started
    }

    /// As [`start`](Self::start), on the tokio runtime around the caller instead of the background
    /// runtime. Who takes the requests there with [`get_context_async`](Self::get_context_async) has
    /// them without a change of threads.
    ///
    /// Requests come in only while the runtime runs: the blocking members, called on the one thread of
    /// a current-thread runtime, wait for ever. The end of the runtime ends the connections.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As [`start`](Self::start); `Misuse` outside of a runtime.
    pub fn start_here(&self) -> Result<(), HttpListenerError> {
        let call = self.enter("Start");
        let started = self.shared().start_on(|| {
            Handle::try_current().map_err(|_| {
                Misuse::invalid_operation("start_here is for callers within a tokio runtime").into()
            })
        });
        call.exit_result(&started, shown);
        started
    }

    /// Whether the listener is started.
    ///
    /// .NET: `System.Net.HttpListener.IsListening`
    #[doc(alias = "HttpListener.IsListening")]
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.shared().is_listening()
    }

    /// Refuses new connections, closes idle ones, and answers requests that nobody took with 503.
    /// Requests that run may finish; their connections are closed after them, at the latest after
    /// [`drain_requests`](HttpListenerTimeoutManager::drain_requests). Returns at once; the listener
    /// can be started again.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.Stop`
    ///
    /// # Errors
    /// `Misuse` if the listener is closed.
    #[doc(alias = "HttpListener.Stop")]
    pub fn stop(&self) -> Result<(), HttpListenerError> {
        let call = self.enter("Stop");
        let stopped = self.shared().stop();
        call.exit_result(&stopped, shown);
        stopped
    }

    /// [`stop`](Self::stop), and waits until all requests are finished or aborted.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    ///
    /// # Blocking
    /// Waits at most for [`drain_requests`](HttpListenerTimeoutManager::drain_requests), unless that
    /// is zero.
    pub fn drain(&self) -> Result<(), HttpListenerError> {
        block_on(self.drain_async())
    }

    /// [`drain`](Self::drain) for asynchronous code.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    pub async fn drain_async(&self) -> Result<(), HttpListenerError> {
        self.stop()?;
        for run in self.shared().draining() {
            run.drained().await;
        }
        self.shared().flush_access_log().await;
        Ok(())
    }

    /// [`stop`](Self::stop) for good: the listener cannot be used any more.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.Close`
    #[doc(alias = "HttpListener.Close")]
    pub fn close(&self) {
        let _call = self.enter("Close");
        self.shared().close();
    }

    /// Ends the listener and all its connections now.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.Abort`
    #[doc(alias = "HttpListener.Abort")]
    pub fn abort(&self) {
        let _call = self.enter("Abort");
        self.shared().abort();
    }

    /// Where the listener really listens.
    ///
    /// # Errors
    /// `Misuse` before [`bind`](Self::bind) or [`start`](Self::start), and after the end.
    pub fn local_endpoints(&self) -> Result<Vec<IpEndPoint>, HttpListenerError> {
        self.shared().with_sockets(|sockets, _| {
            let end_points = sockets.end_points.iter();
            end_points
                .flat_map(|end_point| end_point.addresses())
                .map(IpEndPoint::from)
                .collect()
        })
    }

    /// A URL below the first prefix, with the port it really has; for the wildcards the host is
    /// `localhost`.
    ///
    /// # Errors
    /// `Misuse` without a prefix, before [`bind`](Self::bind) or [`start`](Self::start), and after
    /// the end.
    pub fn url(&self, path: &str) -> Result<String, HttpListenerError> {
        self.shared().with_sockets(|sockets, first| {
            let prefix = first.ok_or_else(|| Misuse::invalid_operation("there is no prefix"))?;
            let end_point = sockets
                .end_points
                .iter()
                .find(|known| known.is_for(&prefix));
            let port = end_point.map_or(prefix.port, |known| known.port.number);
            Ok(url_below(&prefix, port, path))
        })?
    }
}

/// What begins an operation that ends with [`HttpListener::end_get_context`].
const BEGIN_GET_CONTEXT: &str = "HttpListener.BeginGetContext";

/// What a context is shown as: its request.
fn request_of(context: &HttpListenerContext) -> ObjectName {
    context.request().trace().name()
}

fn url_below(prefix: &Prefix, port: u16, path: &str) -> String {
    let scheme = prefix.scheme();
    let host = match &prefix.host {
        PrefixHost::Strong | PrefixHost::Weak => "localhost".to_owned(),
        PrefixHost::Name(name) => name.to_string(),
        PrefixHost::Address(address) => match address.is_ipv4() {
            true => address.to_string(),
            false => format!("[{address}]"),
        },
    };
    let root = prefix.text.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.strip_prefix('/').unwrap_or(path);
    let text = format!("{scheme}://{host}:{port}/{root}{path}");
    // Without what no URL may have: blanks, characters beyond ASCII, dot segments.
    match Uri::parse(&text) {
        Ok(url) => url.absolute_uri().to_owned(),
        Err(_) => text,
    }
}

/// Taking requests.
impl HttpListener {
    /// Waits for a request.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.GetContext`
    ///
    /// # Errors
    /// `Misuse` if the listener is not started, has no prefix, or is closed; `OperationAborted` if it is
    /// stopped meanwhile.
    ///
    /// # Blocking
    /// Waits until a request comes or the listener is stopped. Works on any thread, inside and
    /// outside of runtimes.
    #[doc(alias = "HttpListener.GetContext")]
    pub fn get_context(&self) -> Result<HttpListenerContext, HttpListenerError> {
        let call = self.enter("GetContext");
        let taken = self
            .shared()
            .queue()
            .and_then(|queue| match queue.try_take() {
                Some(context) => Ok(context),
                None => block_on(queue.take()).ok_or_else(HttpListenerError::aborted),
            });
        call.exit_result(&taken, request_of);
        taken
    }

    /// Waits for a request. Any number of callers may wait; dropping the future loses no request.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.GetContextAsync`
    ///
    /// # Errors
    /// As [`get_context`](Self::get_context).
    #[doc(alias = "HttpListener.GetContextAsync")]
    pub async fn get_context_async(&self) -> Result<HttpListenerContext, HttpListenerError> {
        let call = self.enter("GetContextAsync");
        let taken = match self.shared().queue() {
            Ok(queue) => queue.take().await.ok_or_else(HttpListenerError::aborted),
            Err(error) => Err(error),
        };
        call.exit_result(&taken, request_of);
        taken
    }

    /// Begins to wait for a request; `callback` is called when it came or the listener was stopped.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.BeginGetContext`
    ///
    /// # Errors
    /// As [`get_context`](Self::get_context), before anything is begun.
    #[doc(alias = "HttpListener.BeginGetContext")]
    pub fn begin_get_context(
        &self,
        callback: Option<AsyncCallback<Result<HttpListenerContext, HttpListenerError>>>,
        state: Option<AsyncState>,
    ) -> Result<GetContextResult, HttpListenerError> {
        let _call = self.enter("BeginGetContext");
        let queue = self.shared().queue()?;
        let taking = async move { queue.take().await.ok_or_else(HttpListenerError::aborted) };
        let origin = AsyncOrigin::new(BEGIN_GET_CONTEXT, self.number());
        Ok(begin_as(origin, taking, callback, state))
    }

    /// The request that came; waits for it if it did not yet.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListener.EndGetContext`
    ///
    /// # Errors
    /// `OperationAborted` if the listener was stopped; `Misuse` if the operation was ended before or
    /// cancelled, or is another listener's.
    ///
    /// # Blocking
    /// As [`get_context`](Self::get_context).
    #[doc(alias = "HttpListener.EndGetContext")]
    pub fn end_get_context(
        &self,
        async_result: &GetContextResult,
    ) -> Result<HttpListenerContext, HttpListenerError> {
        let call = self.enter("EndGetContext");
        let taken = async_result
            .end_of(self.number(), &[BEGIN_GET_CONTEXT])
            .map_err(Into::into)
            .and_then(|taken| taken);
        call.exit_result(&taken, request_of);
        taken
    }

    /// Starts, and hands every request to `handler`, until the listener is stopped and the last
    /// request is finished.
    ///
    /// The handler runs in the task of the request's connection, on the runtime this future is
    /// polled in (the background runtime without one). What it answers is written when it waits or
    /// returns; it may also give the context away. If it panics or gives an error, an unanswered
    /// request is answered with 500. Dropping the future stops the listener and aborts its requests.
    ///
    /// # Errors
    /// As [`start`](Self::start); `Misuse` if the listener was started already.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example() -> Result<(), system_net_http_listener::HttpListenerError> {
    /// use system_net_http_listener::HttpListener;
    ///
    /// let listener = HttpListener::new();
    /// listener.prefixes().add("http://localhost:8080/")?;
    /// listener
    ///     .serve(async |mut context| context.response_mut().close_with("Hello, World!"))
    ///     .await
    /// # }
    /// ```
    pub async fn serve<H, F>(&self, handler: H) -> Result<(), HttpListenerError>
    where
        H: Fn(HttpListenerContext) -> F + Send + Sync + 'static,
        F: Future + Send + 'static,
        F::Output: HandlerResult,
    {
        let handle = match Handle::try_current() {
            Ok(handle) => handle,
            Err(_) => background()?,
        };
        let run = self.shared().run(handle, None, ToHandler(handler))?;
        self.until_drained(run).await;
        Ok(())
    }

    /// As [`serve`](Self::serve) for a handler that blocks: each request has a thread of the
    /// background runtime's pool, up to
    /// [`blocking_requests`](HttpListenerLimits::blocking_requests) of them. A client that sends its body
    /// slowly, or takes the answer so, keeps its thread meanwhile:
    /// [`connections_per_peer`](HttpListenerLimits::connections_per_peer) and the
    /// [time-outs](Self::timeout_manager) say how many and how long.
    ///
    /// # Errors
    /// As [`serve`](Self::serve).
    ///
    /// # Blocking
    /// Until the listener is stopped (by another thread, or a handler) and the last request is
    /// finished.
    pub fn serve_blocking<H, R>(&self, handler: H) -> Result<(), HttpListenerError>
    where
        H: Fn(HttpListenerContext) -> R + Send + Sync + 'static,
        R: HandlerResult,
    {
        let handler = ToThread::new(handler, self.limits().blocking_requests);
        let run = self.shared().run(background()?, None, handler)?;
        block_on(self.until_drained(run));
        Ok(())
    }

    async fn until_drained(&self, run: Arc<Run>) {
        struct AbortOnDrop<'a>(&'a Shared, Arc<Run>);
        impl Drop for AbortOnDrop<'_> {
            fn drop(&mut self) {
                self.0.abort_run(&self.1);
            }
        }
        let run = AbortOnDrop(self.shared(), run);
        run.1.drained().await;
        run.0.flush_access_log().await;
    }
}

impl fmt::Debug for HttpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListener")
            .field("prefixes", &self.prefixes())
            .field("is_listening", &self.is_listening())
            .finish_non_exhaustive()
    }
}
