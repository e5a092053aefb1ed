//! The one background runtime of the process: for what must live on after a call.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinError, JoinHandle};

use crate::executor::is_driving;

/// Enough for the reactor and a task that computes; nothing in it blocks.
const WORKERS: usize = 2;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// The handle of the process-wide background runtime, started at the first call.
///
/// It drives what must live on after a call or has no caller: Begin/End operations, HTTP/2
/// connections, asynchronous hooks of users in blocking calls, listeners in programs without a
/// runtime, and the sockets of futures that are polled by another executor than tokio. It lives
/// as long as the process.
///
/// # Panics
/// If its threads cannot be started (the process is out of threads or descriptors).
/// [`try_background`] gives the error instead.
pub fn background() -> &'static Handle {
    match try_background() {
        Ok(handle) => handle,
        Err(error) => panic!("the background runtime cannot be started: {error}"),
    }
}

/// Like [`background`].
///
/// # Errors
/// The system's, if the runtime's threads cannot be started. The next call tries again.
pub fn try_background() -> io::Result<&'static Handle> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle());
    }
    // The lock keeps two first callers from starting two runtimes, one of which would have to
    // be dropped, perhaps inside an asynchronous task, where tokio panics.
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("system-net")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| runtime).handle())
}

/// Runs work that blocks its thread where that holds nobody up.
///
/// Polled by [`block_on`](crate::block_on), the thread is the caller's own, and the work is done on
/// it at once. Elsewhere it goes to a thread for such work: of the caller's tokio runtime, or of the
/// background runtime if there is none. Once begun there it goes on to its end, also if the returned
/// future is dropped.
///
/// # Errors
/// If the background runtime is needed and cannot be started, or the caller's has been shut down.
///
/// # Panics
/// A panic of `work` is passed on to the caller.
pub async fn unblock<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let is_own_thread = std::future::poll_fn(|cx| Poll::Ready(is_driving(cx))).await;
    if is_own_thread {
        return Ok(work());
    }
    let handle = match Handle::try_current() {
        Ok(handle) => handle,
        Err(_) => try_background()?.clone(),
    };
    finished(handle.spawn_blocking(work).await)
}

fn finished<T>(result: Result<T, JoinError>) -> io::Result<T> {
    result.map_err(|error| match error.try_into_panic() {
        Ok(payload) => std::panic::resume_unwind(payload),
        Err(cancelled) => io::Error::other(cancelled),
    })
}

/// Runs a future on the background runtime and waits for it here.
///
/// For futures that need a tokio runtime around them although the caller may have none, such
/// as asynchronous hooks of users. Dropping the returned future cancels `future`.
///
/// # Errors
/// If the background runtime cannot be started.
///
/// # Panics
/// A panic of `future` is passed on to the caller.
pub async fn on_background<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> io::Result<T> {
    struct AbortOnDrop<T>(JoinHandle<T>);
    impl<T> Drop for AbortOnDrop<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    let mut task = AbortOnDrop(try_background()?.spawn(future));
    finished((&mut task.0).await)
}
