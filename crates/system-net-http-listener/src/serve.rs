//! The ways from a connection to the program: the queue of `get_context`, and handlers.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::{Dispatch, Facts, Outcome, Wait};
use crate::context::HttpListenerContext;
use crate::queue::{PushError, Queue};
use crate::trace;

/// What a handler of [`serve`](crate::HttpListener::serve) gives back: nothing, or a result whose
/// error is traced, and answered with 500 if nothing was answered.
pub trait HandlerResult: sealed::Sealed {
    /// The text of the error, if it is one.
    #[doc(hidden)]
    fn error(&self) -> Option<String>;
}

mod sealed {
    /// Keeps [`HandlerResult`](super::HandlerResult) to the types below.
    #[allow(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E: std::fmt::Display> Sealed for Result<(), E> {}
}

impl HandlerResult for () {
    fn error(&self) -> Option<String> {
        None
    }
}

impl<E: fmt::Display> HandlerResult for Result<(), E> {
    fn error(&self) -> Option<String> {
        self.as_ref().err().map(ToString::to_string)
    }
}

fn outcome(result: &impl HandlerResult) -> Outcome {
    match result.error() {
        None => Outcome::Done,
        Some(error) => {
            trace::class().warning("Serve", format_args!("the handler failed: {error}"));
            Outcome::Failed
        }
    }
}

/// Requests wait until somebody takes them.
pub(crate) struct ToQueue {
    queue: Arc<Queue<HttpListenerContext>>,
    /// How often a client was found to have ended its side while its request stood in the queue, since one was
    /// looked for: where nobody has, a full queue is not searched.
    ended: AtomicUsize,
}

impl ToQueue {
    pub(crate) fn new(queue: Arc<Queue<HttpListenerContext>>) -> Self {
        Self {
            queue,
            ended: AtomicUsize::new(0),
        }
    }

    /// Has the first request give way whose client sends no more. False: there is none.
    #[cold]
    fn make_room(&self) -> bool {
        let ended = self.ended.swap(0, Ordering::Relaxed);
        if ended == 0 {
            return false;
        }
        let Some(first) = self.queue.remove(HttpListenerContext::client_has_ended) else {
            return false;
        };
        self.ended.fetch_add(ended - 1, Ordering::Relaxed);
        first.give_way();
        true
    }

    #[cold]
    fn refuse_full(context: HttpListenerContext, limit: usize) {
        context.facts().run.shared.trace().warning(
            "GetContext",
            format_args!("the queue of {limit} requests is full"),
        );
        context.refuse(503);
    }
}

impl Dispatch for ToQueue {
    const SERVING: bool = false;

    fn dispatch(&self, context: HttpListenerContext) -> impl Future<Output = Outcome> + Send {
        let limit = context.facts().run.shared.limits().request_queue;
        let mut pushed = self.queue.push(context, limit);
        while let Err(refused) = pushed {
            pushed = match refused {
                PushError::Full(context) if self.make_room() => self.queue.push(context, limit),
                PushError::Full(context) => {
                    Self::refuse_full(context, limit);
                    Ok(())
                }
                PushError::Closed(context) => {
                    context.refuse(503);
                    Ok(())
                }
            };
        }
        std::future::ready(Outcome::Done)
    }

    fn patience(&self, connection: &Facts) -> Duration {
        connection.timeouts().request_queue()
    }

    fn take_back(&self, connection: &Facts, number: u64) -> Option<HttpListenerContext> {
        self.queue.remove(|context| context.is(connection, number))
    }

    fn client_ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// An asynchronous handler, run by the connection's task.
pub(crate) struct ToHandler<H>(pub(crate) H);

impl<H, F> Dispatch for ToHandler<H>
where
    H: Fn(HttpListenerContext) -> F + Send + Sync + 'static,
    F: Future + Send,
    F::Output: HandlerResult,
{
    const SERVING: bool = true;

    #[inline]
    fn dispatch(&self, context: HttpListenerContext) -> impl Future<Output = Outcome> + Send {
        let handling = (self.0)(context);
        async move { outcome(&handling.await) }
    }
}

/// A blocking handler, run on a thread that may block.
pub(crate) struct ToThread<H> {
    handler: Arc<H>,
    /// Threads that are left for it.
    places: Arc<Semaphore>,
}

impl<H> ToThread<H> {
    /// `most`: how many requests it has at a time.
    pub(crate) fn new(handler: H, most: usize) -> Self {
        Self {
            handler: Arc::new(handler),
            places: Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Waits for a thread, as long as a request waits in a queue.
    async fn place(&self, connection: &Facts) -> Option<OwnedSemaphorePermit> {
        let places = || Arc::clone(&self.places);
        if let Ok(place) = places().try_acquire_owned() {
            return Some(place);
        }
        let patience = connection.timeouts().request_queue();
        let mut wait = Wait::default();
        let mut waiting = Box::pin(places().acquire_owned());
        poll_fn(|cx| {
            if let Poll::Ready(place) = waiting.as_mut().poll(cx) {
                return Poll::Ready(place.ok());
            }
            wait.poll(cx, connection.clock(), patience).map(|()| None)
        })
        .await
    }
}

impl<H, R> Dispatch for ToThread<H>
where
    H: Fn(HttpListenerContext) -> R + Send + Sync + 'static,
    R: HandlerResult,
{
    const SERVING: bool = true;

    async fn dispatch(&self, context: HttpListenerContext) -> Outcome {
        let Some(place) = self.place(context.facts()).await else {
            context.facts().run.shared.trace().warning(
                "Serve",
                format_args!("a request waited for a thread for too long"),
            );
            context.refuse(503);
            return Outcome::Done;
        };
        let handler = Arc::clone(&self.handler);
        let handled = tokio::task::spawn_blocking(move || {
            let _place = place;
            outcome(&handler(context))
        });
        // The only error is the handler's panic: the task is not cancelled.
        handled.await.unwrap_or(Outcome::Failed)
    }
}
