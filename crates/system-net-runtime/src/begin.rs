//! Begin/End operations: a future on the background runtime, seen through an `AsyncResult`.

use std::pin::{Pin, pin};
use std::task::Poll;

use system_net_primitives::{AsyncCallback, AsyncCompleter, AsyncResult, AsyncState};
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
    let (result, completer) = AsyncResult::new(state);
    let (cancel, cancelled) = oneshot::channel::<()>();
    completer.set_cancel(Box::new(move || {
        // The receiver is gone if the future ended at the same moment.
        let _ = cancel.send(());
    }));
    let mut operation = Operation {
        completer: Some(completer),
        callback: callback.map(|callback| (callback, result.clone())),
    };
    if let Ok(background) = try_background() {
        background.spawn(async move {
            if let Some(value) = unless_cancelled(future, cancelled).await
                && let Some(completer) = operation.completer.take()
            {
                completer.complete(value);
            }
        });
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
struct Operation<T: Send + 'static> {
    completer: Option<AsyncCompleter<T>>,
    callback: Option<(AsyncCallback<T>, AsyncResult<T>)>,
}

impl<T: Send + 'static> Drop for Operation<T> {
    fn drop(&mut self) {
        drop(self.completer.take());
        let Some((callback, result)) = self.callback.take() else {
            return;
        };
        // Code of others, which may block, must not stop the runtime that drives the rest.
        match try_background() {
            Ok(background) => {
                background.spawn_blocking(move || callback(&result));
            }
            Err(_) => callback(&result),
        }
    }
}
