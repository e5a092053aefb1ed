//! `AbortHandle`: cancels a request from any thread, in whatever phase it is.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use system_net_runtime::Killer;

use crate::error::{Phase, WebError};

/// Cancels the request it belongs to.
///
/// Clones belong to the same request; a handle can be sent to other threads and outlives the
/// request. After `abort()`, every method of the request that would send or receive gives an error
/// with the status `RequestCanceled`, and so do its streams.
///
/// .NET: `System.Net.WebRequest.Abort`
#[derive(Clone)]
pub struct AbortHandle {
    shared: Arc<Shared>,
}

struct Shared {
    aborted: AtomicBool,
    phase: AtomicU8,
    /// Whom to tell: a waiting future, a connected socket, or neither.
    targets: Mutex<Targets>,
}

#[derive(Default)]
struct Targets {
    waker: Option<Waker>,
    socket: Option<Killer>,
}

impl AbortHandle {
    /// A handle for a new request, for authors of protocols.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                aborted: AtomicBool::new(false),
                phase: AtomicU8::new(Phase::Preparing as u8),
                targets: Mutex::default(),
            }),
        }
    }

    /// Cancels the request. Doing it twice, or when the request is over, is harmless.
    #[doc(alias = "WebRequest.Abort")]
    pub fn abort(&self) {
        self.shared.aborted.store(true, Ordering::SeqCst);
        let waker = {
            let mut targets = self.targets();
            // Under the lock: once `detach` has run, the connection may be another request's.
            if let Some(socket) = targets.socket.take() {
                socket.kill();
            }
            targets.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether `abort()` was called.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.shared.aborted.load(Ordering::SeqCst)
    }

    /// Runs `future` until it is ready or the request is aborted; then the future is dropped.
    ///
    /// # Errors
    /// The future's own, or one with the status `RequestCanceled`.
    pub async fn guard<T, F>(&self, future: F) -> Result<T, WebError>
    where
        F: Future<Output = Result<T, WebError>>,
    {
        let mut future = pin!(future);
        let result = poll_fn(|cx| {
            self.set_waker(cx.waker());
            if self.is_aborted() {
                return Poll::Ready(Err(WebError::canceled()));
            }
            future.as_mut().poll(cx)
        })
        .await;
        self.targets().waker = None;
        result
    }

    /// From now on `abort()` shuts this socket down; the pending read or write then fails and its
    /// error becomes `RequestCanceled` through [`explain`](Self::explain).
    pub(crate) fn attach(&self, socket: Option<Killer>) -> Result<(), WebError> {
        self.targets().socket = socket;
        // The order matters: abort() sets the flag first and looks for a socket second.
        self.check()
    }

    /// The connection goes back to the pool: it is no longer this request's to shut down.
    pub(crate) fn detach(&self) {
        self.targets().socket = None;
    }

    /// An error if the request was aborted.
    pub(crate) fn check(&self) -> Result<(), WebError> {
        if self.is_aborted() {
            Err(WebError::canceled())
        } else {
            Ok(())
        }
    }

    /// The error to report: `RequestCanceled` if the request was aborted, else `error`.
    pub(crate) fn explain(&self, error: WebError) -> WebError {
        if self.is_aborted() {
            WebError::canceled()
        } else {
            error
        }
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.shared.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// What the request is doing, for the text of a time-out.
    pub(crate) fn phase(&self) -> Phase {
        const PHASES: [Phase; 9] = [
            Phase::Preparing,
            Phase::Queueing,
            Phase::Resolving,
            Phase::Connecting,
            Phase::SecuringChannel,
            Phase::Sending,
            Phase::ReadingHead,
            Phase::ReadingBody,
            Phase::Deciding,
        ];
        let number = usize::from(self.shared.phase.load(Ordering::Relaxed));
        PHASES.get(number).copied().unwrap_or(Phase::Preparing)
    }

    fn set_waker(&self, waker: &Waker) {
        let mut targets = self.targets();
        match &targets.waker {
            Some(old) if old.will_wake(waker) => {}
            _ => targets.waker = Some(waker.clone()),
        }
    }

    fn targets(&self) -> MutexGuard<'_, Targets> {
        self.shared
            .targets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for AbortHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("aborted", &self.is_aborted())
            .finish_non_exhaustive()
    }
}
