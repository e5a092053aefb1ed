//! `AbortHandle`: cancels a request from any thread, in whatever phase it is.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};

use system_net_runtime::Killer;

use crate::error::{Phase, WebError};
use crate::http::Properties;

/// Cancels the request it belongs to.
///
/// Clones belong to the same request; a handle can be sent to other threads and outlives the
/// request. After `abort()`, every method of the request that would send or receive gives an error
/// with the status `RequestCanceled`, and so do its streams.
///
/// .NET: `System.Net.WebRequest.Abort`
#[derive(Clone)]
pub struct AbortHandle {
    place: Place,
}

#[derive(Clone)]
enum Place {
    Alone(Arc<Shared>),
    /// Within a request that was started: that needs no memory of its own.
    Request(Arc<Properties>),
}

/// The state of a request's handles, as a part of its properties.
///
/// These can be changed only while nobody shares them, so that handles that are asked for before
/// the request is started share something else.
pub(crate) struct AbortState {
    own: Shared,
    alone: OnceLock<Arc<Shared>>,
}

impl AbortState {
    pub(crate) const fn new() -> Self {
        Self {
            own: Shared::new(),
            alone: OnceLock::new(),
        }
    }

    fn shared(&self) -> &Shared {
        match self.alone.get() {
            Some(alone) => alone,
            None => &self.own,
        }
    }

    /// An error if the request was aborted.
    pub(crate) fn check(&self) -> Result<(), WebError> {
        self.shared().check()
    }
}

struct Shared {
    aborted: AtomicBool,
    phase: AtomicU8,
    /// Whom to tell: a waiting future, a connected socket, or neither.
    targets: Mutex<Targets>,
}

struct Targets {
    waker: Option<Waker>,
    socket: Option<Killer>,
}

impl Shared {
    const fn new() -> Self {
        Self {
            aborted: AtomicBool::new(false),
            phase: AtomicU8::new(Phase::Preparing as u8),
            targets: Mutex::new(Targets {
                waker: None,
                socket: None,
            }),
        }
    }

    fn abort(&self) {
        self.aborted.store(true, Ordering::SeqCst);
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

    fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::SeqCst)
    }

    fn check(&self) -> Result<(), WebError> {
        match self.is_aborted() {
            true => Err(WebError::canceled()),
            false => Ok(()),
        }
    }

    fn set_waker(&self, waker: &Waker) {
        let mut targets = self.targets();
        match &targets.waker {
            Some(old) if old.will_wake(waker) => {}
            _ => targets.waker = Some(waker.clone()),
        }
    }

    fn targets(&self) -> MutexGuard<'_, Targets> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AbortHandle {
    /// A handle for a new request, for authors of protocols.
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: Place::Alone(Arc::new(Shared::new())),
        }
    }

    /// The handle of a request that was started: its properties do not change any more.
    pub(crate) fn of_started(properties: &Arc<Properties>) -> Self {
        Self {
            place: Place::Request(Arc::clone(properties)),
        }
    }

    /// The handle of a request that may not have been started.
    pub(crate) fn of_unstarted(state: &AbortState) -> Self {
        let alone = state.alone.get_or_init(|| Arc::new(Shared::new()));
        Self {
            place: Place::Alone(Arc::clone(alone)),
        }
    }

    #[inline]
    fn shared(&self) -> &Shared {
        match &self.place {
            Place::Alone(shared) => shared,
            Place::Request(properties) => properties.abort.shared(),
        }
    }

    /// Cancels the request. Doing it twice, or when the request is over, is harmless.
    #[doc(alias = "WebRequest.Abort")]
    pub fn abort(&self) {
        self.shared().abort();
    }

    /// Whether `abort()` was called.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.shared().is_aborted()
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
            self.shared().set_waker(cx.waker());
            if self.is_aborted() {
                return Poll::Ready(Err(WebError::canceled()));
            }
            future.as_mut().poll(cx)
        })
        .await;
        self.shared().targets().waker = None;
        result
    }

    /// From now on `abort()` shuts this socket down; the pending read or write then fails and its
    /// error becomes `RequestCanceled` through [`explain`](Self::explain).
    pub(crate) fn attach(&self, socket: Option<Killer>) -> Result<(), WebError> {
        self.shared().targets().socket = socket;
        // The order matters: abort() sets the flag first and looks for a socket second.
        self.check()
    }

    /// The connection goes back to the pool: it is no longer this request's to shut down.
    pub(crate) fn detach(&self) {
        self.shared().targets().socket = None;
    }

    /// An error if the request was aborted.
    pub(crate) fn check(&self) -> Result<(), WebError> {
        self.shared().check()
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
        self.shared().phase.store(phase as u8, Ordering::Relaxed);
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
        let number = usize::from(self.shared().phase.load(Ordering::Relaxed));
        PHASES.get(number).copied().unwrap_or(Phase::Preparing)
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
