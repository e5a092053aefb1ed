//! The bridge from the asynchronous implementation to blocking calls: the same future, driven on
//! the caller's thread, ended by the request's time-out.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use system_net_primitives::{Clock, SystemClock};

use crate::abort::AbortHandle;
use crate::error::WebError;

/// A boxed future that owns all it needs, as object-safe traits return it.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Drives `future` on this thread until it is ready or `timeout` (`None`: no limit) has passed.
pub(crate) fn block_on_within<T, F>(
    timeout: Option<Duration>,
    abort: Option<&AbortHandle>,
    future: F,
) -> Result<T, WebError>
where
    F: Future<Output = Result<T, WebError>>,
{
    // Pinned here, so that it is not moved from one future into the next.
    let future = pin!(future);
    system_net_runtime::block_on(within(timeout, abort, future))
}

/// `future`, ended with the status `Timeout` when `timeout` has passed.
pub(crate) async fn within<T, F>(
    timeout: Option<Duration>,
    abort: Option<&AbortHandle>,
    future: F,
) -> Result<T, WebError>
where
    F: Future<Output = Result<T, WebError>>,
{
    let Some(limit) = timeout else {
        return future.await;
    };
    match system_net_runtime::timeout_at(deadline_after(limit), future).await {
        Ok(result) => result,
        Err(_elapsed) => {
            let phase = abort.map_or(crate::error::Phase::ReadingHead, AbortHandle::phase);
            Err(WebError::timeout(phase, limit))
        }
    }
}

/// The point in time `limit` from now; `None` if that is beyond what the clock can tell.
pub(crate) fn deadline_after(limit: Duration) -> Option<Instant> {
    SystemClock.now().checked_add(limit)
}
