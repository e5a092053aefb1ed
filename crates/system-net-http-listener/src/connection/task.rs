//! The task of a connection: reads requests, has them answered one after the other, and ends.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use system_net_http_proto::RequestHead;

use super::answered::{begin_wait, settle};
use super::farewell::{close, flush};
use super::handling::{Dispatch, Outcome, answer, answer_known};
use super::heads::{Received, Step, TOO_SLOW};
use super::preface::Preface;
use super::queued::Waited;
use super::{Connection, Wait};
use crate::authentication::Logins;
use crate::bandwidth::Bandwidth;
use crate::interpose::Interposed;
use crate::router::{Router, Unrouted, complete_target, raw_url};
use crate::sockets::EndPoint;

/// What comes after a request.
pub(super) enum Next {
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
                        let mut gone = false;
                        if !D::SERVING {
                            wait.restart();
                            let begun = begin_wait(connection, &*dispatch, &mut wait).await;
                            waits = begun.is_pending();
                            gone = begun == Poll::Ready(Waited::Gone);
                        }
                        if gone {
                            connection.lose(received.number);
                            Outcome::Done
                        } else {
                            answer(connection, &*dispatch, received).await
                        }
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

pub(super) fn remember(task: &mut Option<Waker>, cx: &Context<'_>) {
    match task {
        Some(task) => task.clone_from(cx.waker()),
        None => *task = Some(cx.waker().clone()),
    }
}
