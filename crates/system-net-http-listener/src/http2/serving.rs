//! The life of a connection: the preface, requests as they come, time-outs, and the goodbye.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::server::{Builder, Connection as Protocol, SendResponse};
use h2::{Reason, RecvStream};
use http::{Method, Request};
use system_net_http_proto::{Limits, RequestHead};
use system_net_runtime::{Timer, Transport, timeout_at};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{Http2Connection, lock};
use super::driver::{self, Work};
use super::guarded::Guarded;
use super::request::{Refused, request_head};
use super::sending::WAITING;
use super::stream::Stream;
use crate::authentication::{Logins, admit};
use crate::connection::{Dispatch, Facts, Outcome};
use crate::context::HttpListenerContext;
use crate::exchange::Exchange;
use crate::pace::Pace;
use crate::router::{Router, Unrouted};
use crate::run::Forget;
use crate::timeouts::deadline;

/// A request as the protocol gives it.
type Accepted = (Request<RecvStream>, SendResponse<Bytes>);

/// What a client begins with (RFC 9113 section 3.4), as far as it looks like a request of HTTP/1.
const PREFACE_HEAD: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";
/// How long, and how much, is read after the last frame so that the client gets to see it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;
/// How long a client that is told to go may take to say that it heard so, when nothing runs any more.
const GOODBYE: Duration = Duration::from_secs(1);
/// Requests that the client gave up before they were looked at, kept until they are.
const LEAST_UNSEEN: usize = 20;

/// Whether what a client begins with is HTTP/2.
pub(crate) fn is_preface(bytes: &[u8]) -> bool {
    bytes.starts_with(PREFACE_HEAD)
}

/// Begins to serve a connection; `before` is what was read of it. It goes on by itself.
pub(crate) fn serve<D: Dispatch>(
    forget: Forget,
    facts: Facts,
    transport: Box<dyn Transport>,
    before: Vec<u8>,
    dispatch: Arc<D>,
) {
    let connection = Arc::new(Http2Connection::new(facts, &*transport));
    let run = Arc::clone(&connection.run);
    if !run.open_http2(&connection) {
        return;
    }
    let guarded = Guarded::new(
        transport,
        before,
        &connection.options,
        Arc::clone(run.shared.context.clock()),
        Arc::clone(&connection.gauge),
    );
    let life = live(Arc::clone(&connection), forget, guarded, dispatch);
    driver::start(&connection, Box::pin(life), run.handle());
}

/// A connection from its first byte to its last.
async fn live<D: Dispatch>(
    connection: Arc<Http2Connection>,
    forget: Forget,
    guarded: Guarded,
    dispatch: Arc<D>,
) {
    struct EndOnDrop(Arc<Http2Connection>);
    impl Drop for EndOnDrop {
        fn drop(&mut self) {
            self.0.kill();
        }
    }
    let mut forget = Some(forget);
    let ending = EndOnDrop(connection);
    let connection = &ending.0;
    let trace = |reason: &str| {
        connection.run.shared.trace().note(format_args!(
            "The HTTP/2 connection of {} is over: {reason}.",
            connection.remote
        ));
    };
    let Some(protocol) = shake_hands(connection, guarded).await else {
        trace("it did not begin");
        return;
    };
    let mut session = Session::new(Arc::clone(connection), protocol, dispatch);
    let reason = poll_fn(|cx| session.poll(cx)).await;
    trace(reason);
    let told = session.told();
    session.lose_waiting();
    drop(session);
    // What is still answered cannot be sent any more.
    let was_aborted = connection.is_aborted();
    connection.close();
    if !connection.has_handlers() {
        drop(forget.take());
    }
    if let Some(transport) = connection.gauge.take_rest()
        && told
        && !was_aborted
    {
        linger(connection, transport).await;
    }
    poll_fn(|cx| {
        connection.remember(cx);
        match connection.has_handlers() {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    })
    .await;
    drop(forget);
}

async fn shake_hands(
    connection: &Arc<Http2Connection>,
    guarded: Guarded,
) -> Option<Protocol<Guarded, Bytes>> {
    let options = &connection.options;
    let limits = connection.run.shared.limits().message();
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(options.streams)
        .initial_window_size(options.stream_window)
        .initial_connection_window_size(options.connection_window)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_send_buffer_size(WAITING)
        .max_pending_accept_reset_streams(LEAST_UNSEEN.max(options.streams as usize));
    let mut handshake = pin!(builder.handshake::<_, Bytes>(guarded));
    let shaking = poll_fn(|cx| {
        connection.remember(cx);
        if connection.is_aborted() || connection.is_leaving() {
            return Poll::Ready(None);
        }
        handshake.as_mut().poll(cx).map(Result::ok)
    });
    let now = connection.clock().now();
    let end = deadline(now, connection.timeouts().header_wait());
    timeout_at(end, shaking).await.ok().flatten()
}

/// Reads what the client still sends, so that it sees what it was told: a socket that is closed with
/// unread bytes resets the connection.
async fn linger(connection: &Http2Connection, mut transport: Box<dyn Transport>) {
    let end = connection.clock().now() + LINGER;
    let mut timer = Timer::new();
    let mut left = LINGER_BYTES;
    let mut block = vec![0; 4096];
    poll_fn(|cx| {
        if timer.poll_until(cx, end).is_ready() {
            return Poll::Ready(());
        }
        if ready!(Pin::new(&mut transport).poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        loop {
            let mut buf = ReadBuf::new(&mut block);
            match ready!(Pin::new(&mut transport).poll_read(cx, &mut buf)) {
                Ok(()) if (1..left).contains(&buf.filled().len()) => left -= buf.filled().len(),
                _ => return Poll::Ready(()),
            }
        }
    })
    .await;
}

/// How far a connection is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    No,
    /// The client is told; what it has begun is answered. Since when nothing runs any more.
    Slowly(Option<Instant>),
    /// As soon as it is told, by this moment.
    Now(Instant),
}

struct Session<D> {
    connection: Arc<Http2Connection>,
    protocol: Protocol<Guarded, Bytes>,
    dispatch: Arc<D>,
    router: Router,
    limits: Limits,
    /// Counts the requests.
    number: u64,
    going: Going,
    idle_since: Option<Instant>,
    hangs_since: Option<Instant>,
    alarm: Timer,
    pace: Pace,
    pace_timer: Timer,
    /// Requests that may wait to be taken, and since when.
    waiting: VecDeque<(Instant, Arc<Stream>)>,
    /// Why the connection is over, found while handlers were to begin.
    over: Option<&'static str>,
}

impl<D: Dispatch> Session<D> {
    fn new(
        connection: Arc<Http2Connection>,
        protocol: Protocol<Guarded, Bytes>,
        dispatch: Arc<D>,
    ) -> Self {
        Self {
            limits: connection.run.shared.limits().message(),
            connection,
            protocol,
            dispatch,
            router: Router::default(),
            number: 0,
            going: Going::No,
            idle_since: None,
            hangs_since: None,
            alarm: Timer::new(),
            pace: Pace::default(),
            pace_timer: Timer::new(),
            waiting: VecDeque::new(),
            over: None,
        }
    }

    /// Whether the client was told why the connection ends.
    fn told(&self) -> bool {
        self.going != Going::No
    }

    /// Ready: the connection is over, and why. `Pending` with work in the driver: to be polled again
    /// once that has begun.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<&'static str> {
        let connection = Arc::clone(&self.connection);
        connection.remember(cx);
        loop {
            if connection.is_aborted() {
                return Poll::Ready("aborted");
            }
            self.look_around();
            connection.poll_rests(cx);
            match self.poll_protocol(cx) {
                Poll::Ready(Some(reason)) => return Poll::Ready(reason),
                // Handlers are to begin.
                Poll::Ready(None) => return Poll::Pending,
                Poll::Pending => {
                    if connection.gauge.was_reset() {
                        connection.gauge.no_more_resets();
                        self.lose_reset();
                    }
                }
            }
            if self.look_around() {
                continue;
            }
            match self.poll_times(cx) {
                Poll::Ready(Some(reason)) => return Poll::Ready(reason),
                Poll::Ready(None) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Ready: the connection is over, or (`None`) handlers are to begin: those of all requests that
    /// have come, so that their answers go out together.
    fn poll_protocol(&mut self, cx: &mut Context<'_>) -> Poll<Option<&'static str>> {
        let mut begun = false;
        let mut looked = false;
        while self.over.is_none() {
            match self.poll_request(cx) {
                Poll::Ready(Ok((request, respond))) => {
                    if self.connection.gauge.was_reset() && !std::mem::replace(&mut looked, true) {
                        // They make room for those behind them.
                        self.lose_reset();
                    }
                    begun |= self.begin(request, respond);
                    let more = self.connection.gauge.take_head();
                    if begun && !more {
                        return Poll::Ready(None);
                    }
                }
                Poll::Ready(Err(over)) => self.over = Some(over),
                Poll::Pending => {
                    self.connection.gauge.no_more_heads();
                    return match begun {
                        true => Poll::Ready(None),
                        false => Poll::Pending,
                    };
                }
            }
        }
        // Handlers of requests that came before the end begin all the same.
        Poll::Ready(self.over.filter(|_| !begun))
    }

    /// The next request, or why there will be none.
    fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<Result<Accepted, &'static str>> {
        let most = self.connection.options.streams as usize;
        // More than the client may have under way are answered only if it gave some up, but not
        // the program: then the others wait.
        if matches!(self.going, Going::Now(_)) || self.connection.active() >= most {
            return self
                .protocol
                .poll_closed(cx)
                .map(|closed| Err(over(closed)));
        }
        Poll::Ready(match ready!(self.protocol.poll_accept(cx)) {
            Some(Ok(request)) => Ok(request),
            Some(Err(error)) => Err(over(Err(error))),
            None => Err(over(Ok(()))),
        })
    }

    /// Tells the client to go, if it is time. True: it was told something new.
    fn look_around(&mut self) -> bool {
        let connection = &self.connection;
        if let Some(fault) = connection.gauge.fault()
            && !matches!(self.going, Going::Now(_))
        {
            connection.run.shared.trace().warning(
                "GetContext",
                format_args!("{} is sent away: {}", connection.remote, fault.text()),
            );
            self.go_now(fault.reason());
            return true;
        }
        if self.going == Going::No && connection.is_leaving() {
            if connection.active() == 0 && !self.protocol.has_streams() {
                self.go_now(Reason::NO_ERROR);
            } else {
                self.protocol.graceful_shutdown();
                self.going = Going::Slowly(None);
            }
            return true;
        }
        false
    }

    fn go_now(&mut self, reason: Reason) {
        self.protocol.abrupt_shutdown(reason);
        self.going = Going::Now(self.connection.clock().now() + LINGER);
    }

    /// Looks at the clocks. Ready: the connection is over, or (`None`) the client was told to go.
    fn poll_times(&mut self, cx: &mut Context<'_>) -> Poll<Option<&'static str>> {
        let connection = Arc::clone(&self.connection);
        let (clock, timeouts) = (connection.clock(), connection.timeouts());
        if connection.gauge.is_stuck() {
            let taken = connection.gauge.written();
            let timer = &mut self.pace_timer;
            let slow = self.pace.poll_too_slow(taken, cx, timer, clock, timeouts);
            if slow.is_ready() {
                return Poll::Ready(Some("client too slow"));
            }
        } else {
            self.pace.rest(|| clock.now());
        }
        let is_idle = connection.active() == 0 && !connection.has_rests();
        match is_idle {
            true if self.idle_since.is_none() => self.idle_since = Some(clock.now()),
            true => {}
            false => self.idle_since = None,
        }
        match connection.gauge.hangs() {
            true if self.hangs_since.is_none() => self.hangs_since = Some(clock.now()),
            true => {}
            false => self.hangs_since = None,
        }
        if is_idle {
            self.waiting.clear();
        }
        loop {
            let Some((due, what)) = self.next_deadline() else {
                return Poll::Pending;
            };
            ready!(self.alarm.poll_until(cx, due));
            match what {
                Due::End(reason) => return Poll::Ready(Some(reason)),
                Due::Goodbye => {
                    self.go_now(Reason::NO_ERROR);
                    return Poll::Ready(None);
                }
                Due::Waiting => self.give_up_waiting(),
            }
        }
    }

    fn next_deadline(&mut self) -> Option<(Instant, Due)> {
        let timeouts = &self.connection.run.shared.timeouts;
        if let Going::Now(end) = self.going {
            return Some((end, Due::End("client does not hear")));
        }
        if let Going::Slowly(since) = &mut self.going {
            *since = self.idle_since;
        }
        let idle = match self.going {
            Going::Slowly(since) => since.map(|since| since + GOODBYE),
            _ => self.idle_since.and_then(|since| match self.number {
                0 => deadline(since, timeouts.header_wait()),
                _ => deadline(since, timeouts.idle_connection()),
            }),
        };
        let hangs = self
            .hangs_since
            .and_then(|since| deadline(since, timeouts.header_wait()));
        let goodbye = idle.into_iter().chain(hangs).min();
        let goodbye = goodbye.map(|due| (due, Due::Goodbye));
        let waiting = self.first_waiting().map(|due| (due, Due::Waiting));
        goodbye.into_iter().chain(waiting).min_by_key(|due| due.0)
    }
}

/// What is to be done at a moment.
enum Due {
    End(&'static str),
    /// The client is told to go.
    Goodbye,
    /// A request has waited for long enough to be taken.
    Waiting,
}

/// How a connection ended.
fn over(closed: Result<(), h2::Error>) -> &'static str {
    match closed {
        Ok(()) => "closed",
        Err(error) if error.is_io() => "client gone",
        Err(error) if error.is_remote() => "the client says goodbye",
        Err(_) => "the client broke the protocol",
    }
}

/// Requests.
impl<D: Dispatch> Session<D> {
    /// Begins a request. True: its handler is left to the driver.
    fn begin(&mut self, request: Request<RecvStream>, respond: SendResponse<Bytes>) -> bool {
        self.number += 1;
        let (parts, body) = request.into_parts();
        let ended = body.is_end_stream();
        let stream = Arc::new(Stream::new(
            Arc::clone(&self.connection),
            self.number,
            respond,
            body,
            parts.method == Method::HEAD,
        ));
        let mut head = lock(&self.connection.spares).take_head();
        if let Err(refused) = request_head(&mut head, &parts, ended, &self.limits) {
            stream.log(None);
            self.refuse(&stream, refused);
            return false;
        }
        let routed = self.router.route(&self.connection, &head);
        if let Some(bandwidth) = self.router.bandwidth() {
            stream.limit_by(bandwidth);
        }
        if self.connection.log.is_some() {
            stream.log(Some(&head));
        }
        match routed {
            Ok(()) => {}
            // Over HTTP/1.1 the whole connection goes there, which others share here.
            Err(Unrouted::Elsewhere(_)) => {
                stream.reset(Reason::HTTP_1_1_REQUIRED);
                return false;
            }
            Err(Unrouted::Hostname) => {
                self.connection.run.shared.trace().note(format_args!(
                    "The listener answers {} with 400: no prefix has the host that it asks for.",
                    self.connection.remote
                ));
                stream.refuse_host();
                return false;
            }
            Err(Unrouted::Status(status)) => {
                self.connection.run.shared.trace().note(format_args!(
                    "The listener answers {} with {status}.",
                    head.target
                ));
                stream.refuse(status);
                return false;
            }
        }
        if head.expect_continue {
            stream.expect_continue();
        }
        self.hand_over(stream, head)
    }

    fn refuse(&self, stream: &Stream, refused: Refused) {
        let what = match refused {
            Refused::Malformed(what) => what,
            Refused::Status(_) => "it is beyond a limit, or what it asks for is none",
        };
        let connection = &self.connection;
        connection.run.shared.trace().warning(
            "GetContext",
            format_args!("a bad request of {}: {what}", connection.remote),
        );
        match refused {
            Refused::Malformed(_) => stream.reset(Reason::PROTOCOL_ERROR),
            Refused::Status(status) => stream.refuse(status),
        }
    }

    fn hand_over(&mut self, stream: Arc<Stream>, head: Box<RequestHead>) -> bool {
        let exchange = Exchange::http2(Arc::clone(&stream));
        let headers = lock(&self.connection.spares).take_headers();
        let context = HttpListenerContext::of(exchange, head, headers);
        let asks = self.connection.run.shared.gatekeeper.asks();
        let patience = self.dispatch.patience(&self.connection);
        if !patience.is_zero() || !D::SERVING {
            self.note_waiting(Arc::clone(&stream));
        }
        if !D::SERVING && self.connection.gauge.was_reset() && stream.is_given_up() {
            context.lose();
            return false;
        }
        if !D::SERVING && !asks {
            // It is put into a queue, which takes no time.
            let mut cx = Context::from_waker(Waker::noop());
            let handed = pin!(self.dispatch.dispatch(context)).poll(&mut cx);
            debug_assert!(handed.is_ready(), "a queue takes at once");
            return false;
        }
        stream.handler_begun();
        let dispatch = Arc::clone(&self.dispatch);
        let handling = Box::pin(handle(dispatch, Arc::clone(&stream), context, asks));
        let work = Work { stream, handling };
        self.connection.driver.add_work(work);
        true
    }
}

/// Has a request answered, and settles what becomes of it if it is not.
async fn handle<D: Dispatch>(
    dispatch: Arc<D>,
    stream: Arc<Stream>,
    context: HttpListenerContext,
    asks: bool,
) {
    struct Ending(Arc<Stream>, Outcome);
    impl Drop for Ending {
        fn drop(&mut self) {
            self.0.handler_ended(self.1);
        }
    }
    let mut ending = Ending(stream, Outcome::Done);
    {
        let mut handling = pin!(async {
            if !asks {
                return dispatch.dispatch(context).await;
            }
            // Logins over several requests are not for HTTP/2.
            match Box::pin(admit(context, &mut Logins::default())).await {
                Some(context) => dispatch.dispatch(context).await,
                None => Outcome::Done,
            }
        });
        ending.1 = poll_fn(|cx| {
            let polled = catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(cx)));
            polled.unwrap_or_else(|_| {
                let connection = ending.0.connection();
                connection.run.shared.trace().warning(
                    "Serve",
                    format_args!("the handler of a request of {} panicked", connection.remote),
                );
                Poll::Ready(Outcome::Failed)
            })
        })
        .await;
    }
}

/// Requests that wait for a `get_context`.
impl<D: Dispatch> Session<D> {
    fn note_waiting(&mut self, stream: Arc<Stream>) {
        // Those that were answered go in time; a first one that stays must not keep the others.
        if self.waiting.len() >= 2 * self.connection.options.streams as usize {
            self.waiting.retain(|(_, stream)| stream.is_running());
        }
        let now = self.connection.clock().now();
        self.waiting.push_back((now, stream));
    }

    fn first_waiting(&mut self) -> Option<Instant> {
        while let Some((since, stream)) = self.waiting.front() {
            if stream.is_running() {
                let patience = self.dispatch.patience(&self.connection);
                return deadline(*since, patience).filter(|_| !patience.is_zero());
            }
            self.waiting.pop_front();
        }
        None
    }

    /// Takes out of the queue what the client has given up.
    fn lose_reset(&mut self) {
        let (connection, dispatch) = (&self.connection, &*self.dispatch);
        self.waiting.retain(|(_, stream)| {
            if stream.is_given_up()
                && let Some(context) = dispatch.take_back(connection, stream.number)
            {
                context.lose();
            }
            stream.is_running()
        });
    }

    /// Takes all out of the queue: nobody hears of it any more.
    fn lose_waiting(&mut self) {
        for (_, stream) in self.waiting.drain(..) {
            if stream.is_running()
                && let Some(context) = self.dispatch.take_back(&self.connection, stream.number)
            {
                context.lose();
            }
        }
    }

    fn give_up_waiting(&mut self) {
        let Some((_, stream)) = self.waiting.pop_front() else {
            return;
        };
        // If it was taken, it may take its time.
        if let Some(context) = self.dispatch.take_back(&self.connection, stream.number) {
            context.refuse(503);
        }
    }
}
