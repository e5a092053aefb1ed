//! The task of a connection: reads requests, has them answered one after the other, and ends.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_http_proto::{ProtoError, RequestHead, ServerEvent};
use system_net_primitives::WebHeaderCollection;
use system_net_runtime::{Timer, Transport};

use super::nowhere::Nowhere;
use super::{Connection, Facts, Io, Phase, Wait, poll_too_slow};
use crate::authentication::{Logins, admit};
use crate::bandwidth::Bandwidth;
use crate::context::HttpListenerContext;
use crate::http2::is_preface;
use crate::interpose::Interposed;
use crate::router::{Router, Unrouted, complete_target, raw_url};
use crate::sockets::EndPoint;

/// With this much waiting to be written no further pipelined request is begun.
const GATHERED: usize = 64 * 1024;
/// How long, and how much, is read after the last response so that the client gets to see it: a
/// connection that is closed with unread bytes is reset, and what was sent may be lost.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 256 * 1024;
/// What is said of a client that takes too long.
const TOO_SLOW: &str = "client too slow";

/// How requests get to the program.
pub(crate) trait Dispatch: Send + Sync + 'static {
    /// Whether requests are answered while the returned future runs, as a rule.
    const SERVING: bool;

    /// Hands a request over, or answers it.
    fn dispatch(&self, context: HttpListenerContext) -> impl Future<Output = Outcome> + Send;

    /// How long a request may wait to be taken; zero: it does not wait, or for ever.
    fn patience(&self, _connection: &Facts) -> Duration {
        Duration::ZERO
    }

    /// Gives back a request that was not taken.
    fn take_back(&self, _connection: &Facts, _number: u64) -> Option<HttpListenerContext> {
        None
    }
}

/// How the handling of a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The handler gave an error, or panicked: an unanswered request is answered with 500.
    Failed,
}

/// What came of waiting for a request.
enum Step {
    /// It lies in the place for it.
    Request,
    /// The client broke the protocol.
    Bad(ProtoError),
    /// There will be no more requests.
    Over(&'static str),
    /// The last request is not answered, or there is more to it than to go on.
    Unsettled,
}

/// A request whose phase has begun.
pub(crate) struct Received {
    pub(crate) number: u64,
    pub(crate) head: Box<RequestHead>,
    /// To fill with the fields of the response.
    pub(crate) headers: Box<WebHeaderCollection>,
}

/// A client that begins with HTTP/2 (prior knowledge, RFC 9113 section 3.3).
pub(crate) struct Preface {
    pub(crate) transport: Box<dyn Transport>,
    /// What was read of it.
    pub(crate) before: Vec<u8>,
}

/// What comes after a request.
enum Next {
    Request,
    /// Say goodbye in order.
    Close,
    /// Nothing can be said any more.
    Drop,
}

/// Serves a connection to its end, or to where it turns out to speak HTTP/2. Dropping the future ends
/// the connection too. `first` is a request that was read already.
pub(crate) async fn serve_connection<D: Dispatch>(
    connection: Arc<Connection>,
    dispatch: Arc<D>,
    first: Option<Received>,
) -> Option<Preface> {
    struct EndOnDrop {
        connection: Arc<Connection>,
        goes_on: bool,
    }
    impl Drop for EndOnDrop {
        fn drop(&mut self) {
            if self.goes_on {
                return;
            }
            if self.connection.log.is_some() {
                self.connection.log_rest();
            }
            self.connection.run.forget(self.connection.id);
            self.connection.kill();
        }
    }
    let mut ending = EndOnDrop {
        connection,
        goes_on: false,
    };
    let connection = &ending.connection;
    let mut wait = Wait::default();
    let mut router = Router::default();
    // Requests are some hundred bytes that need not go through every value on the way.
    let mut place = first;
    // The wait for the answer began before the request was handed over.
    let mut waits;
    // Who logs in over this connection.
    let mut logins = Logins::default();
    loop {
        wait.restart();
        let step = poll_fn(|cx| connection.poll_head(cx, &mut wait, &mut place)).await;
        let next = match step {
            Step::Request => {
                let mut received = place.take()?;
                complete_target(&mut received.head);
                let head: &RequestHead = &received.head;
                if connection.log.is_some() {
                    connection.begin_entry(Some(head));
                }
                if let Some(interposed) = &connection.interposed {
                    Box::pin(interpose(connection, &**interposed, head, &mut wait)).await;
                }
                let routed = router.route(connection, head);
                if let Some(bandwidth) = router.bandwidth() {
                    Box::pin(limit(connection, bandwidth, &mut wait)).await;
                }
                waits = false;
                let outcome = match routed {
                    Ok(()) if connection.run.shared.gatekeeper.asks() => {
                        // In a box: few connections have logins, and their state is large.
                        Box::pin(answer_known(connection, &*dispatch, received, &mut logins)).await
                    }
                    Ok(()) => {
                        if !D::SERVING {
                            wait.restart();
                            waits = begin_wait(connection, &*dispatch, &mut wait).await;
                        }
                        answer(connection, &*dispatch, received).await
                    }
                    Err(Unrouted::Elsewhere(end_point)) => {
                        if move_on(connection, end_point, received) {
                            return None;
                        }
                        connection.answer_unrouted(503);
                        Outcome::Done
                    }
                    Err(Unrouted::Hostname) => {
                        connection.answer_unknown_host();
                        Outcome::Done
                    }
                    Err(Unrouted::Status(status)) => {
                        connection.run.shared.trace().note(format_args!(
                            "The listener answers {} with {status}.",
                            head.target
                        ));
                        connection.answer_unrouted(status);
                        Outcome::Done
                    }
                };
                if D::SERVING && outcome == Outcome::Done && connection.log.is_none() {
                    // As a rule it is answered: whoever looks for the next one finds out.
                    continue;
                }
                settle(connection, &*dispatch, outcome, &mut wait, waits).await
            }
            Step::Unsettled => {
                settle(connection, &*dispatch, Outcome::Done, &mut wait, false).await
            }
            Step::Bad(error) => {
                if let Some(preface) = connection.take_preface() {
                    ending.goes_on = true;
                    return Some(preface);
                }
                connection.run.shared.trace().warning(
                    "GetContext",
                    format_args!("a bad request of {}: {error}", connection.remote),
                );
                if connection.log.is_some() {
                    connection.begin_entry(None);
                }
                connection.answer_bad(&error)
            }
            Step::Over(reason) => {
                connection.run.shared.trace().note(format_args!(
                    "The connection of {} is over: {reason}.",
                    connection.remote
                ));
                if connection.log.is_some() {
                    connection.log_unfinished_head(reason == TOO_SLOW);
                }
                Next::Drop
            }
        };
        if connection.log.is_some() {
            connection.end_entry(matches!(next, Next::Drop));
        }
        match next {
            Next::Request => {}
            Next::Close => break,
            Next::Drop => return None,
        }
    }
    if !flush(connection, wait.timer()).await {
        return None;
    }
    connection.run.forget(connection.id);
    close(connection, wait.timer()).await;
    None
}

/// Hands the connection to the listener whose prefix the request is for. False: that one cannot take it.
#[cold]
fn move_on(connection: &Connection, end_point: Arc<EndPoint>, received: Received) -> bool {
    connection.run.shared.trace().note(format_args!(
        "The connection of {} goes to another listener of the port.",
        connection.remote
    ));
    let run = end_point.run();
    run.is_some_and(|run| run.take_over(end_point, connection, received).is_none())
}

/// Tells what stands before the transport whose answer comes next; those before are written first.
async fn interpose(
    connection: &Connection,
    interposed: &dyn Interposed,
    head: &RequestHead,
    wait: &mut Wait,
) {
    wait.restart();
    if !flush(connection, wait.timer()).await {
        connection.kill();
        return;
    }
    let path = raw_url(head).split('?').next().unwrap_or_default();
    if interposed.begin(path) {
        connection.lock().close_after_response();
    }
}

/// Lets the limits of the request's prefix hold for its response; what is left of those before it goes
/// out by their own.
async fn limit(connection: &Connection, bandwidth: &Bandwidth, wait: &mut Wait) {
    if connection.lock().is_limited_by(bandwidth) {
        return;
    }
    wait.restart();
    if flush(connection, wait.timer()).await {
        connection.lock().limit_by(bandwidth);
    } else {
        // Nothing gets to the client any more.
        connection.kill();
    }
}

/// Lets the program answer whom the rules let in.
async fn answer_known<D: Dispatch>(
    connection: &Arc<Connection>,
    dispatch: &D,
    received: Received,
    logins: &mut Logins,
) -> Outcome {
    let context = HttpListenerContext::new(connection, received);
    match admit(context, logins).await {
        Some(context) => handle(connection, || dispatch.dispatch(context)).await,
        None => Outcome::Done,
    }
}

/// Lets the program answer.
async fn answer<D: Dispatch>(
    connection: &Arc<Connection>,
    dispatch: &D,
    received: Received,
) -> Outcome {
    let begin = || dispatch.dispatch(HttpListenerContext::new(connection, received));
    handle(connection, begin).await
}

/// Runs a handler to its end, or its panic.
async fn handle<F: Future<Output = Outcome>>(
    connection: &Arc<Connection>,
    begin: impl FnOnce() -> F,
) -> Outcome {
    let begun = catch_unwind(AssertUnwindSafe(begin));
    let Ok(handling) = begun else {
        return panicked(connection);
    };
    let mut handling = pin!(handling);
    let mut waited = false;
    poll_fn(|cx| {
        if waited {
            connection.lock().task_waits = false;
        }
        let polled = catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Ready(outcome)) => Poll::Ready(outcome),
            Ok(Poll::Pending) => {
                // The handler goes on, perhaps for long; what it answered goes out.
                waited = true;
                connection.wait_for_answer(cx);
                Poll::Pending
            }
            Err(_) => Poll::Ready(panicked(connection)),
        }
    })
    .await
}

#[cold]
fn panicked(connection: &Connection) -> Outcome {
    connection.run.shared.trace().warning(
        "Serve",
        format_args!("the handler of a request of {} panicked", connection.remote),
    );
    Outcome::Failed
}

/// Makes the task one that waits for the answer to the request that is handed over next: that spares it
/// a look at the connection afterwards, which may be somebody else's already. False: it does not wait yet.
async fn begin_wait<D: Dispatch>(connection: &Connection, dispatch: &D, wait: &mut Wait) -> bool {
    poll_fn(|cx| {
        let mut io = connection.lock();
        let waits = connection
            .poll_wait(&mut io, cx, dispatch, wait)
            .is_pending();
        Poll::Ready(waits)
    })
    .await
}

/// Waits until the request is answered and goes on, or does not. With `waits` the wait has begun.
async fn settle<D: Dispatch>(
    connection: &Arc<Connection>,
    dispatch: &D,
    outcome: Outcome,
    wait: &mut Wait,
    mut waits: bool,
) -> Next {
    if !waits {
        wait.restart();
    }
    let phase = poll_fn(|cx| match std::mem::take(&mut waits) {
        true => Poll::Pending,
        false => connection.poll_answered(cx, dispatch, wait),
    })
    .await;
    match phase {
        // The phase `Task` has begun already.
        Phase::Task => Next::Request,
        Phase::Finished => {
            if !connection.lock().http.request_complete() {
                wait.restart();
                let mut left = connection.run.shared.limits().drain_bytes;
                if !poll_fn(|cx| connection.poll_drain(cx, &mut left, wait)).await {
                    return Next::Close;
                }
            }
            connection.next_request()
        }
        Phase::Dropped { panicking } if panicking || outcome == Outcome::Failed => {
            connection.answer_failed()
        }
        // .NET aborts the connection of a context that is given up.
        Phase::Dropped { .. } => {
            connection.run.shared.trace().note(format_args!(
                "A request of {} was dropped unanswered.",
                connection.remote
            ));
            if poll_fn(|cx| connection.poll_flush_last(cx, wait)).await {
                return Next::Close;
            }
            Next::Drop
        }
        Phase::Running | Phase::Aborted | Phase::Moved => Next::Drop,
    }
}

/// Writes what is left. False: that cannot be done.
async fn flush(connection: &Connection, timer: &mut Timer) -> bool {
    let flushed = poll_fn(|cx| {
        let mut io = connection.lock();
        match io.poll_flush(cx) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => poll_too_slow(connection, &mut io, cx, timer).map(Err),
        }
    })
    .await;
    if flushed.is_ok() && connection.log.is_some() {
        connection.log_written(&mut connection.lock());
    }
    flushed.is_ok()
}

/// Closes, and waits a little for the client to do so.
async fn close(connection: &Connection, timer: &mut Timer) {
    let end = connection.clock().now() + LINGER;
    let mut left = LINGER_BYTES;
    poll_fn(|cx| {
        if timer.poll_until(cx, end).is_ready() {
            return Poll::Ready(());
        }
        let mut io = connection.lock();
        if ready!(io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        loop {
            match ready!(io.poll_discard(cx)) {
                Ok(read) if read > 0 && read < left => left -= read,
                _ => return Poll::Ready(()),
            }
        }
    })
    .await;
}

impl Io {
    /// What the input holds, if that is something whole.
    #[inline]
    fn next_step(&mut self, place: &mut Option<Received>) -> Option<Step> {
        match self.http.poll_event() {
            Ok(ServerEvent::Head(head)) => {
                self.number += 1;
                self.phase = Phase::Running;
                self.idle_since = None;
                self.head_request = head.method == "HEAD";
                self.last = !head.keep_alive;
                self.body_read = 0;
                self.trailers = None;
                let fresh = || Box::new(WebHeaderCollection::for_response());
                *place = Some(Received {
                    number: self.number,
                    head,
                    headers: self.spare_headers.take().unwrap_or_else(fresh),
                });
                Some(Step::Request)
            }
            Ok(ServerEvent::Closed) => Some(Step::Over("client closed")),
            Ok(_) => None,
            Err(error) => Some(Step::Bad(error)),
        }
    }

    /// Goes on to the next request, if both sides allow it.
    #[inline]
    fn begin_next(&mut self) -> Option<Next> {
        match self.http.next_request() {
            Ok(true) => {
                self.phase = Phase::Task;
                // Behind the request the next one may stand, or the end.
                self.news = self.http.has_input();
                Some(Next::Request)
            }
            Ok(false) => Some(Next::Close),
            Err(_) => None,
        }
    }
}

impl Connection {
    /// Waits for the head of the next request, and lets its phase begin.
    fn poll_head(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        place: &mut Option<Received>,
    ) -> Poll<Step> {
        if place.is_some() {
            return Poll::Ready(Step::Request);
        }
        let mut io = self.lock();
        let io = &mut *io;
        if io.phase != Phase::Task {
            let goes_on = io.phase == Phase::Finished && !io.task_waited;
            if !(goes_on && matches!(io.begin_next(), Some(Next::Request))) {
                return Poll::Ready(Step::Unsettled);
            }
            self.keep_from_here(io);
        }
        loop {
            // Answers are gathered as long as whole requests are there; a body behind them not.
            if io.has_tail() || io.http.output().len() >= GATHERED {
                match io.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(Step::Over("client gone")),
                    Poll::Pending => {
                        return poll_too_slow(self, io, cx, wait.timer())
                            .map(|_| Step::Over(TOO_SLOW));
                    }
                }
            }
            if io.news {
                io.news = false;
                if let Some(step) = io.next_step(place) {
                    return Poll::Ready(step);
                }
            }
            if !io.is_flushed() {
                match io.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {
                        if io.ledger.is_some() {
                            self.log_written(io);
                        }
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Step::Over("client gone")),
                    // Nothing more is taken from a client that does not take its answers.
                    Poll::Pending => {
                        return poll_too_slow(self, io, cx, wait.timer())
                            .map(|_| Step::Over(TOO_SLOW));
                    }
                }
            }
            let begun_before = io.http.head_begun();
            match io.poll_fill_head(cx) {
                Poll::Ready(Ok(())) => {
                    if !begun_before {
                        // From its first byte on a head has its own time.
                        wait.restart();
                    }
                    continue;
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Step::Over("client gone")),
                Poll::Pending => {}
            }
            if !begun_before {
                io.http.release_large_buffers();
            }
            let timeouts = self.timeouts();
            let limit = if begun_before || io.number == 0 {
                timeouts.header_wait()
            } else {
                timeouts.idle_connection()
            };
            if self.stopping() && !begun_before {
                return Poll::Ready(Step::Over("listener stopped"));
            }
            remember(&mut io.task, cx);
            let since = io.answered.take();
            ready!(match io.idle_since {
                Some(since) if !begun_before => wait.poll_since(cx, self.clock(), since, limit),
                _ => wait.poll_in_task(cx, self.clock(), since, limit),
            });
            return Poll::Ready(Step::Over(TOO_SLOW));
        }
    }

    /// Called when the handler waits: writes an answer that is complete, and has the task woken
    /// when it becomes so elsewhere.
    fn wait_for_answer(&self, cx: &mut Context<'_>) {
        let mut io = self.lock();
        if io.phase == Phase::Finished {
            // A failure shows again when the task goes on.
            let _ = io.poll_flush(cx);
        }
        remember(&mut io.task, cx);
        io.task_waits = true;
        io.task_waited = true;
    }

    fn poll_answered<D: Dispatch>(
        &self,
        cx: &mut Context<'_>,
        dispatch: &D,
        wait: &mut Wait,
    ) -> Poll<Phase> {
        loop {
            let mut io = self.lock();
            if io.phase != Phase::Running {
                io.task_waits = false;
                if std::mem::take(&mut io.task_waited) {
                    // A timer may have fired since; only a fresh look at the clock tells.
                    io.answered = None;
                }
                // The rule: the request was read, and another one may follow.
                if io.phase == Phase::Finished && io.http.keep_alive() {
                    self.keep_from_here(&io);
                    io.begin_next();
                }
                return Poll::Ready(io.phase);
            }
            ready!(self.poll_wait(&mut io, cx, dispatch, wait));
            let number = io.number;
            drop(io);
            match dispatch.take_back(self, number) {
                Some(context) => context.refuse(503),
                // It was taken, and may take its time.
                None => {
                    let io = self.lock();
                    if io.phase == Phase::Running {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    /// Waits until the request is answered, or has waited for too long: then it is ready.
    fn poll_wait<D: Dispatch>(
        &self,
        io: &mut Io,
        cx: &mut Context<'_>,
        dispatch: &D,
        wait: &mut Wait,
    ) -> Poll<()> {
        remember(&mut io.task, cx);
        io.task_waits = true;
        io.task_waited = true;
        let patience = dispatch.patience(self);
        io.wakes_at = None;
        if !patience.is_zero() {
            let too_long = wait.poll_in_task(cx, self.clock(), None, patience);
            if too_long.is_ready() {
                return Poll::Ready(());
            }
        }
        if !D::SERVING {
            io.listen(cx, wait.armed());
        }
        Poll::Pending
    }

    /// Reads what is left of a request's body. False: it is not worth it.
    fn poll_drain(&self, cx: &mut Context<'_>, left: &mut u64, wait: &mut Wait) -> Poll<bool> {
        let mut io = self.lock();
        let io = &mut *io;
        // The client that was not told to go on may or may not send its body; and nothing follows
        // the last response.
        if io.http.awaits_continue() || io.last {
            return Poll::Ready(false);
        }
        loop {
            match io.http.poll_event() {
                Ok(ServerEvent::Body) => {
                    let length = io.http.body().len();
                    let Some(rest) = left.checked_sub(length as u64) else {
                        return Poll::Ready(false);
                    };
                    *left = rest;
                    io.http.consume_body(length);
                }
                Ok(ServerEvent::NeedInput) => {
                    if io.http.direct_read_limit() > *left {
                        return Poll::Ready(false);
                    }
                    let flushed = io.poll_flush(cx);
                    if matches!(flushed, Poll::Ready(Err(_))) {
                        return Poll::Ready(false);
                    }
                    match io.poll_fill_head(cx) {
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(_)) => return Poll::Ready(false),
                        Poll::Pending => {
                            let limit = self.timeouts().drain_entity_body();
                            ready!(wait.poll(cx, self.clock(), limit));
                            return Poll::Ready(false);
                        }
                    }
                }
                Ok(ServerEvent::Trailers(_)) => {}
                Ok(_) => return Poll::Ready(true),
                Err(_) => return Poll::Ready(false),
            }
        }
    }

    /// What is kept of a request begins behind the last one.
    #[inline]
    fn keep_from_here(&self, io: &Io) {
        if let Some(kept) = &self.kept {
            kept.begin(io.http.buffered());
        }
    }

    /// The connection itself, if what could not be read as its first request is HTTP/2 in clear text.
    #[cold]
    fn take_preface(&self) -> Option<Preface> {
        // On a shared port it is the eldest's, whoever accepted it.
        let eldest = self.end_point.port.eldest().map(|(_, run)| run);
        let http2 = eldest.as_ref().unwrap_or(&self.run).shared.http2();
        if self.tls.is_some() || !http2.enabled || !http2.clear_text || self.interposed.is_some() {
            return None;
        }
        let mut io = self.lock();
        let input = io.http.buffered();
        if io.number > 0 || !is_preface(input) {
            return None;
        }
        let before = input.to_vec();
        let transport = std::mem::replace(&mut io.transport, Box::new(Nowhere));
        Some(Preface { transport, before })
    }

    fn next_request(&self) -> Next {
        let mut io = self.lock();
        let next = io.begin_next().unwrap_or(Next::Drop);
        self.keep_from_here(&io);
        next
    }

    /// Answers a request for which there is no prefix, or whose target is none of ours.
    fn answer_unrouted(&self, status: u16) {
        let mut io = self.lock();
        let put = self.put_answer(&mut io, status, status == 404);
        io.phase = if put.is_ok() {
            Phase::Finished
        } else {
            Phase::Aborted
        };
    }

    /// Answers what could not be read as a request.
    fn answer_bad(&self, error: &ProtoError) -> Next {
        let Some(status) = error.response_status() else {
            return Next::Drop;
        };
        let mut io = self.lock();
        match self.put_answer(&mut io, status, false) {
            Ok(()) => Next::Close,
            Err(_) => Next::Drop,
        }
    }

    /// Answers for a handler that did not.
    fn answer_failed(&self) -> Next {
        let mut io = self.lock();
        if io.http.response_begun() {
            return Next::Drop;
        }
        // What the client did wrong within the body is its own fault.
        let status = match io.http.poll_event() {
            _ if io.body_read > self.body_limit => 413,
            Err(error) => error.response_status().unwrap_or(500),
            Ok(_) => 500,
        };
        match self.put_answer(&mut io, status, false) {
            Ok(()) => Next::Close,
            Err(_) => Next::Drop,
        }
    }

    /// Writes what stands in the output: whoever wrote it was told that it is. False: that cannot be done,
    /// or what was written last is not complete.
    fn poll_flush_last(&self, cx: &mut Context<'_>, wait: &mut Wait) -> Poll<bool> {
        let mut io = self.lock();
        let complete = !io.http.response_begun();
        match io.poll_flush(cx) {
            Poll::Ready(result) => Poll::Ready(result.is_ok() && complete),
            Poll::Pending => poll_too_slow(self, &mut io, cx, wait.timer()).map(|_| false),
        }
    }
}

fn remember(task: &mut Option<std::task::Waker>, cx: &Context<'_>) {
    match task {
        Some(task) => task.clone_from(cx.waker()),
        None => *task = Some(cx.waker().clone()),
    }
}
