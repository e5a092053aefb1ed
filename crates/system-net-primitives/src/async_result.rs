//! The result of a `begin_…` call: waits, callbacks, cancellation, and a future, in one object.

mod origin;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::Misuse;

pub use origin::AsyncOrigin;

/// An object of the caller that travels with an operation.
pub type AsyncState = Arc<dyn Any + Send + Sync>;

/// What is called once when an operation has ended.
///
/// .NET: `System.AsyncCallback`
pub type AsyncCallback<T> = Box<dyn FnOnce(&AsyncResult<T>) + Send>;

/// A hook that the driver of an operation installs to be told of a cancellation.
type CancelHook = Box<dyn FnOnce() + Send>;

/// An operation that was begun and may still be running.
///
/// Clones are the same operation. Its value can be taken once: by [`end`](Self::end) or by
/// awaiting it; whoever comes second gets [`Misuse::InvalidOperation`].
///
/// .NET: `System.IAsyncResult`
///
/// # Examples
/// ```
/// use system_net_primitives::AsyncResult;
///
/// let (result, completer) = AsyncResult::new(None);
/// assert!(!result.is_completed());
/// completer.complete(42);
/// assert_eq!(result.end(), Ok(42));
/// assert!(result.end().is_err());
/// ```
#[doc(alias = "IAsyncResult")]
pub struct AsyncResult<T> {
    shared: Arc<Shared<T>>,
    /// Where among the wakers this clone keeps its own, once it was awaited.
    waker: Option<usize>,
}

struct Shared<T> {
    inner: Mutex<Inner<T>>,
    completed: Condvar,
    origin: AsyncOrigin,
    user_state: Option<AsyncState>,
}

struct Inner<T> {
    phase: Phase<T>,
    synchronously: bool,
    cancel_requested: bool,
    cancel: Option<CancelHook>,
    callback: Option<AsyncCallback<T>>,
    wakers: Vec<Waker>,
}

/// ```text
/// Pending ── complete ──► Done ── end, poll ──► Taken
///    └── completer dropped ──► Abandoned
/// ```
enum Phase<T> {
    Pending,
    Done(T),
    Taken,
    Abandoned,
}

impl<T> AsyncResult<T> {
    const fn over(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            waker: None,
        }
    }

    /// An operation without a callback, and the means to complete it.
    pub fn new(state: Option<AsyncState>) -> (Self, AsyncCompleter<T>) {
        Self::new_with_callback(None, state)
    }

    /// An operation whose end calls `callback` exactly once, on the thread that completes it.
    pub fn new_with_callback(
        callback: Option<AsyncCallback<T>>,
        state: Option<AsyncState>,
    ) -> (Self, AsyncCompleter<T>) {
        Self::begun_by(AsyncOrigin::default(), callback, state)
    }

    /// As [`new_with_callback`](Self::new_with_callback), for an operation that only the `end_`
    /// members of the object that began it are to end: [`end_of`](Self::end_of).
    pub fn begun_by(
        origin: AsyncOrigin,
        callback: Option<AsyncCallback<T>>,
        state: Option<AsyncState>,
    ) -> (Self, AsyncCompleter<T>) {
        let shared = Arc::new(Shared {
            inner: Mutex::new(Inner {
                phase: Phase::Pending,
                synchronously: false,
                cancel_requested: false,
                cancel: None,
                callback,
                wakers: Vec::new(),
            }),
            completed: Condvar::new(),
            origin,
            user_state: state,
        });
        (
            Self::over(Arc::clone(&shared)),
            AsyncCompleter {
                shared: Some(shared),
            },
        )
    }

    /// Whether the operation has ended, in whatever way.
    ///
    /// .NET: `System.IAsyncResult.IsCompleted`
    #[doc(alias = "IAsyncResult.IsCompleted")]
    #[must_use]
    pub fn is_completed(&self) -> bool {
        !matches!(self.shared.lock().phase, Phase::Pending)
    }

    /// Whether the operation ended within the call that began it.
    ///
    /// .NET: `System.IAsyncResult.CompletedSynchronously`
    #[doc(alias = "IAsyncResult.CompletedSynchronously")]
    #[must_use]
    pub fn completed_synchronously(&self) -> bool {
        self.shared.lock().synchronously
    }

    /// The object given to the call that began the operation.
    ///
    /// .NET: `System.IAsyncResult.AsyncState`
    #[doc(alias = "IAsyncResult.AsyncState")]
    #[must_use]
    pub fn async_state(&self) -> Option<&AsyncState> {
        self.shared.user_state.as_ref()
    }

    /// Waits until the operation has ended. Any number of threads may wait.
    ///
    /// .NET: `System.IAsyncResult.AsyncWaitHandle`
    ///
    /// # Blocking
    /// Waits for the operation, which ends by its own time-outs or by [`cancel`](Self::cancel).
    #[doc(alias = "IAsyncResult.AsyncWaitHandle")]
    pub fn wait(&self) {
        drop(self.shared.wait_completed());
    }

    /// Waits until the operation has ended or the time is over; tells whether it has ended.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitOne`
    ///
    /// # Blocking
    /// Waits at most `timeout` of real time.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let pending = |inner: &mut Inner<T>| matches!(inner.phase, Phase::Pending);
        let guard = self.shared.lock();
        let (guard, _) = self
            .shared
            .completed
            .wait_timeout_while(guard, timeout, pending)
            .unwrap_or_else(PoisonError::into_inner);
        !matches!(guard.phase, Phase::Pending)
    }

    /// Asks the driver of the operation to give up.
    ///
    /// The operation then ends as cancelled, or with its value if that came first. Returns at
    /// once; nothing happens if the operation has ended already or was cancelled before.
    pub fn cancel(&self) {
        let mut inner = self.shared.lock();
        if !matches!(inner.phase, Phase::Pending) {
            return;
        }
        inner.cancel_requested = true;
        let hook = inner.cancel.take();
        drop(inner);
        if let Some(hook) = hook {
            hook();
        }
    }

    /// Waits for the end and takes the value.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the value was taken before, or if the operation was
    /// cancelled or given up by its driver.
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    pub fn end(&self) -> Result<T, Misuse> {
        self.shared.wait_completed().take()
    }

    /// As [`end`](Self::end), for the `end_` member of an object: refuses an operation that
    /// another object began, or none of these members. One that is refused stays as it is.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if it is refused, with the name of who began it; else those of
    /// `end`.
    ///
    /// # Blocking
    /// As [`wait`](Self::wait); not at all if it is refused.
    ///
    /// # Examples
    /// ```
    /// use system_net_primitives::{AsyncOrigin, AsyncResult, Misuse};
    ///
    /// let origin = AsyncOrigin::new("Socket.BeginReceive", 7);
    /// let (result, completer) = AsyncResult::begun_by(origin, None, None);
    /// completer.complete(42);
    /// let refused = result.end_of(7, &["Socket.BeginSend"]);
    /// assert!(matches!(refused, Err(Misuse::InvalidArgument { .. })));
    /// assert_eq!(result.end_of(7, &["Socket.BeginReceive"]), Ok(42));
    /// ```
    pub fn end_of(&self, object: u32, begins: &[&'static str]) -> Result<T, Misuse> {
        self.shared.origin.check(object, begins)?;
        self.end()
    }
}

impl<T> Clone for AsyncResult<T> {
    fn clone(&self) -> Self {
        Self::over(Arc::clone(&self.shared))
    }
}

impl<T> fmt::Debug for AsyncResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncResult")
            .field("is_completed", &self.is_completed())
            .finish()
    }
}

impl<T> Future for AsyncResult<T> {
    type Output = Result<T, Misuse>;

    /// Takes the value as soon as it is there, as [`AsyncResult::end`] does without blocking.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = Arc::clone(&self.shared);
        let mut inner = shared.lock();
        if !matches!(inner.phase, Phase::Pending) {
            return Poll::Ready(inner.take());
        }
        match self.waker.and_then(|place| inner.wakers.get_mut(place)) {
            Some(waker) => waker.clone_from(cx.waker()),
            None => {
                self.waker = Some(inner.wakers.len());
                inner.wakers.push(cx.waker().clone());
            }
        }
        Poll::Pending
    }
}

/// The driver's side of an [`AsyncResult`].
///
/// Dropping it without a value ends the operation as cancelled.
#[must_use = "dropping the completer ends the operation as cancelled"]
pub struct AsyncCompleter<T> {
    /// Present until completion.
    shared: Option<Arc<Shared<T>>>,
}

impl<T> AsyncCompleter<T> {
    /// Ends the operation with a value: wakes all who wait, then runs the callback on this thread.
    pub fn complete(mut self, value: T) {
        self.finish(Phase::Done(value), false);
    }

    /// As [`complete`](Self::complete), within the call that began the operation.
    pub fn complete_synchronously(mut self, value: T) {
        self.finish(Phase::Done(value), true);
    }

    /// Installs what [`AsyncResult::cancel`] calls. If the operation was cancelled already, the
    /// hook is called at once.
    pub fn set_cancel(&self, hook: Box<dyn FnOnce() + Send>) {
        let Some(shared) = &self.shared else { return };
        let mut inner = shared.lock();
        if inner.cancel_requested {
            drop(inner);
            hook();
        } else {
            let old = inner.cancel.replace(hook);
            drop(inner);
            drop(old);
        }
    }

    /// Whether [`AsyncResult::cancel`] was called, for drivers that look between steps.
    #[must_use]
    pub fn is_cancel_requested(&self) -> bool {
        self.shared
            .as_ref()
            .is_some_and(|shared| shared.lock().cancel_requested)
    }

    fn finish(&mut self, phase: Phase<T>, synchronously: bool) {
        let Some(shared) = self.shared.take() else {
            return;
        };
        let mut inner = shared.lock();
        inner.phase = phase;
        inner.synchronously = synchronously;
        let cancel = inner.cancel.take();
        let callback = inner.callback.take();
        let wakers = std::mem::take(&mut inner.wakers);
        drop(inner);
        // From here on code of others runs: no lock is held.
        shared.completed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
        drop(cancel);
        if let Some(callback) = callback {
            callback(&AsyncResult::over(shared));
        }
    }
}

impl<T> Drop for AsyncCompleter<T> {
    fn drop(&mut self) {
        self.finish(Phase::Abandoned, false);
    }
}

impl<T> fmt::Debug for AsyncCompleter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsyncCompleter")
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // No code of others runs under the lock, so it cannot be poisoned half-way.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_completed(&self) -> MutexGuard<'_, Inner<T>> {
        self.completed
            .wait_while(self.lock(), |inner| matches!(inner.phase, Phase::Pending))
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    /// The value of an operation that has ended.
    fn take(&mut self) -> Result<T, Misuse> {
        match std::mem::replace(&mut self.phase, Phase::Taken) {
            Phase::Done(value) => Ok(value),
            Phase::Taken => Err(Misuse::InvalidOperation(
                "the result of this operation was taken already".into(),
            )),
            Phase::Abandoned => {
                self.phase = Phase::Abandoned;
                Err(Misuse::InvalidOperation(
                    "the operation was cancelled".into(),
                ))
            }
            Phase::Pending => {
                self.phase = Phase::Pending;
                Err(Misuse::InvalidOperation(
                    "the operation has not ended yet".into(),
                ))
            }
        }
    }
}
