//! Handing a request to the program, and running a handler to its end or its panic.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::heads::Received;
use super::task::remember;
use super::{Connection, Facts, Phase};
use crate::authentication::{Logins, admit};
use crate::context::HttpListenerContext;

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

    /// A request that may not be taken yet is of a client that sends no more.
    fn client_ended(&self) {}

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

/// Lets the program answer whom the rules let in.
pub(super) async fn answer_known<D: Dispatch>(
    connection: &Arc<Connection>,
    dispatch: &D,
    received: Received,
    logins: &mut Logins,
) -> Outcome {
    let context = HttpListenerContext::new(connection, received);
    match admit(context, logins).await {
        Some(context) => {
            // What the listener has waited for is not the program's.
            connection.lock().program_waits = 0;
            handle(connection, || dispatch.dispatch(context)).await
        }
        None => Outcome::Done,
    }
}

/// Lets the program answer.
pub(super) async fn answer<D: Dispatch>(
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

impl Connection {
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
}
