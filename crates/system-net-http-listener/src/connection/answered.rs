//! Waiting for the answer to a request, and what comes after it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use system_net_http_proto::ServerEvent;

use super::handling::{Dispatch, Outcome};
use super::queued::Waited;
use super::task::{Next, remember};
use super::{Connection, Io, Phase, Wait};

/// Makes the task one that waits for the answer to the request that is handed over next: that spares it
/// a look at the connection afterwards, which may be somebody else's already. Ready: it does not wait.
pub(super) async fn begin_wait<D: Dispatch>(
    connection: &Connection,
    dispatch: &D,
    wait: &mut Wait,
) -> Poll<Waited> {
    poll_fn(|cx| {
        let mut io = connection.lock();
        Poll::Ready(connection.poll_wait(&mut io, cx, dispatch, wait))
    })
    .await
}

/// Waits until the request is answered and goes on, or does not. With `waits` the wait has begun.
pub(super) async fn settle<D: Dispatch>(
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

impl Connection {
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
            let waited = ready!(self.poll_wait(&mut io, cx, dispatch, wait));
            if waited == Waited::Ended {
                dispatch.client_ended();
                return Poll::Pending;
            }
            let number = io.number;
            drop(io);
            match dispatch.take_back(self, number) {
                Some(context) => match waited {
                    Waited::TooLong => context.refuse(503),
                    _ => context.lose(),
                },
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

    /// Waits until the request is answered. Ready if nobody is to take it any more.
    fn poll_wait<D: Dispatch>(
        &self,
        io: &mut Io,
        cx: &mut Context<'_>,
        dispatch: &D,
        wait: &mut Wait,
    ) -> Poll<Waited> {
        remember(&mut io.task, cx);
        io.task_waits = true;
        io.task_waited = true;
        let patience = dispatch.patience(self);
        io.wakes_at = None;
        if !patience.is_zero() {
            let too_long = wait.poll_in_task(cx, self.clock(), None, patience);
            if too_long.is_ready() {
                return Poll::Ready(Waited::TooLong);
            }
        }
        if !D::SERVING && !io.listen(cx, wait.armed()) {
            return self.poll_gone(io, cx);
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
}
