//! Begin/End operations: a future on the background runtime, seen through an `AsyncResult`.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use system_net_primitives::{
    AccessStack, AsyncCallback, AsyncCompleter, AsyncOrigin, AsyncResult, AsyncState,
};
use tokio::sync::oneshot;

use crate::background::try_background;

/// Begins `future` as an operation on the background runtime.
///
/// [`AsyncResult::cancel`] drops the future, and the operation then ends as cancelled; so does
/// one whose future panics. The callback is called exactly once, after the operation has ended
/// in whatever way, on a thread that may block: it may make blocking calls of its own.
///
/// If the background runtime cannot be started, the operation ends at once as cancelled.
pub fn begin<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
    callback: Option<AsyncCallback<T>>,
    state: Option<AsyncState>,
) -> AsyncResult<T> {
    begin_as(AsyncOrigin::default(), future, callback, state)
}

/// As [`begin`], for an operation that only some members are to end:
/// [`AsyncResult::end_of`].
pub fn begin_as<T: Send + 'static>(
    origin: AsyncOrigin,
    future: impl Future<Output = T> + Send + 'static,
    callback: Option<AsyncCallback<T>>,
    state: Option<AsyncState>,
) -> AsyncResult<T> {
    start(origin, callback, state, |cancelled| {
        unless_cancelled(future, cancelled)
    })
}

/// An operation that has an answer to its cancellation, for [`begin_operation`].
pub trait Operation: Send + 'static {
    /// What it ends with.
    type Output: Send + 'static;

    /// Goes on, as a future does.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output>;

    /// What it ends with when it was cancelled: an error and what is to be given back, for
    /// example. It is not polled any more.
    fn cancelled(&mut self) -> Self::Output;
}

/// Begins `operation` on the background runtime, as [`begin_as`] does with a future.
///
/// [`AsyncResult::cancel`] ends it with what [`Operation::cancelled`] says.
pub fn begin_operation<O: Operation>(
    origin: AsyncOrigin,
    operation: O,
    callback: Option<AsyncCallback<O::Output>>,
    state: Option<AsyncState>,
) -> AsyncResult<O::Output> {
    start(origin, callback, state, |mut cancelled| {
        let mut operation = operation;
        let mut cancellable = true;
        std::future::poll_fn(move |cx| {
            if let Poll::Ready(output) = operation.poll(cx) {
                return Poll::Ready(Some(output));
            }
            if cancellable {
                match Pin::new(&mut cancelled).poll(cx) {
                    Poll::Ready(Ok(())) => return Poll::Ready(Some(operation.cancelled())),
                    // Nobody can cancel any more.
                    Poll::Ready(Err(_)) => cancellable = false,
                    Poll::Pending => {}
                }
            }
            Poll::Pending
        })
    })
}

/// An operation that ended within the call that began it.
///
/// The callback is called here, on the caller's thread, before this returns; where callbacks
/// that begin the next operation have nested deeply, on another thread instead.
pub fn begin_completed<T: Send + 'static>(
    origin: AsyncOrigin,
    value: T,
    callback: Option<AsyncCallback<T>>,
    state: Option<AsyncState>,
) -> AsyncResult<T> {
    let (result, completer) = AsyncResult::begun_by(origin, None, state);
    completer.complete_synchronously(value);
    if let Some(callback) = callback {
        match Nested::enter() {
            Some(_nested) => callback(&result),
            None => call_elsewhere(callback, result.clone(), AccessStack::current()),
        }
    }
    result
}

/// Runs `make`'s future on the background runtime; `None` ends the operation as cancelled.
fn start<T, F>(
    origin: AsyncOrigin,
    callback: Option<AsyncCallback<T>>,
    state: Option<AsyncState>,
    make: impl FnOnce(oneshot::Receiver<()>) -> F,
) -> AsyncResult<T>
where
    T: Send + 'static,
    F: Future<Output = Option<T>> + Send + 'static,
{
    let (result, completer) = AsyncResult::begun_by(origin, None, state);
    let (cancel, cancelled) = oneshot::channel::<()>();
    completer.set_cancel(Box::new(move || {
        // The receiver is gone if the future ended at the same moment.
        let _ = cancel.send(());
    }));
    let mut end = End {
        completer: Some(completer),
        callback: callback.map(|callback| (callback, result.clone())),
        access: AccessStack::current(),
    };
    if let Ok(background) = try_background() {
        let future = make(cancelled);
        // What the caller may do, the operation may: it goes on on other threads.
        background.spawn(end.access.clone().run(async move {
            if let Some(value) = future.await
                && let Some(completer) = end.completer.take()
            {
                completer.complete(value);
            }
        }));
    }
    result
}

/// The future's output, or `None` once it was cancelled; the future is gone by then.
async fn unless_cancelled<F: Future>(
    future: F,
    mut cancelled: oneshot::Receiver<()>,
) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        // An error means that nobody can cancel any more.
        if let Poll::Ready(Ok(())) = Pin::new(&mut cancelled).poll(cx) {
            return Poll::Ready(None);
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Ends the operation, and then calls back, when it is dropped: after its task has ended, was
/// cancelled, or has panicked.
struct End<T: Send + 'static> {
    completer: Option<AsyncCompleter<T>>,
    callback: Option<(AsyncCallback<T>, AsyncResult<T>)>,
    /// The policies of the scope that it was begun in.
    access: AccessStack,
}

impl<T: Send + 'static> Drop for End<T> {
    fn drop(&mut self) {
        drop(self.completer.take());
        if let Some((callback, result)) = self.callback.take() {
            call_elsewhere(callback, result, std::mem::take(&mut self.access));
        }
    }
}

/// Code of others, which may block, must not stop the runtime that drives the rest.
fn call_elsewhere<T: Send + 'static>(
    callback: AsyncCallback<T>,
    result: AsyncResult<T>,
    access: AccessStack,
) {
    match try_background() {
        Ok(background) => {
            background.spawn_blocking(move || access.run_blocking(|| callback(&result)));
        }
        Err(_) => access.run_blocking(|| callback(&result)),
    }
}

/// How many callbacks of [`begin_completed`] may run inside each other: a program that begins
/// the next receive in the callback of the last one must not exhaust its stack.
const DEEPEST: u32 = 8;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// One level of nested callbacks.
struct Nested;

impl Nested {
    fn enter() -> Option<Self> {
        let next = DEPTH.get() + 1;
        (next <= DEEPEST).then(|| {
            DEPTH.set(next);
            Self
        })
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
