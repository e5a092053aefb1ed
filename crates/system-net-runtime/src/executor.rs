//! The executor of blocking calls: one future, the caller's thread, `poll(2)`.
//!
//! The leaves (sockets, timers) find the executor through a thread-local and know that it is
//! theirs by the waker they are polled with: it is the executor's own. Whoever polls with
//! another waker (a set of futures, a runtime entered further in, a foreign executor) waits on
//! a reactor instead, which needs nothing but the waker. Comparing wakers is stricter than
//! comparing runtimes: a callback inside a poll may enter the very runtime the call began in.

use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::signal::Signal;

/// The longest single wait; a later deadline is waited for in several steps.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// How often the executor looks by itself where it cannot be woken or cannot poll, which
/// happens only when the process is out of descriptors or memory.
const STARVED_WAIT: Duration = Duration::from_millis(5);

/// What the leaves noted during the current poll of one `block_on`.
struct Turn {
    /// The identity of the waker that belongs to this executor.
    waker: *const (),
    sources: Vec<(Arc<dyn Source>, PollFlags)>,
    deadline: Option<Instant>,
    /// The time when a wait last ended by its deadline.
    now: Option<Instant>,
}

/// A descriptor that can be waited for. Its owner is kept while it is waited for, so that the
/// number cannot come to mean another file.
pub(crate) trait Source: AsFd + Send + Sync {}

impl<T: AsFd + Send + Sync> Source for T {}

thread_local! {
    /// The innermost `block_on` of this thread. Never dropped (and emptied by `block_on`
    /// itself), so that it can be used in destructors of other thread-locals.
    static CURRENT: ManuallyDrop<RefCell<Option<Box<Turn>>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
    /// The parts of the last `block_on`, kept for the next. Gone in late destructors.
    static SPARE: RefCell<Option<Parts>> = const { RefCell::new(None) };
}

struct Parts {
    signal: Arc<Signal>,
    waker: Waker,
    turn: Box<Turn>,
}

/// How many references a signal has that nobody else can wake: ours and our waker's.
const OWN_REFERENCES: usize = 2;

impl Parts {
    fn take() -> Self {
        SPARE
            .try_with(|spare| {
                spare
                    .try_borrow_mut()
                    .ok()
                    .and_then(|mut spare| spare.take())
            })
            .ok()
            .flatten()
            // Wakers of an earlier call may still be about; their late wakes and the costs of
            // listening to them are not this call's.
            .filter(|parts| Arc::strong_count(&parts.signal) == OWN_REFERENCES)
            .unwrap_or_else(Self::new)
    }

    fn new() -> Self {
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(Arc::clone(&signal));
        let turn = Box::new(Turn {
            waker: waker.data(),
            sources: Vec::new(),
            deadline: None,
            now: None,
        });
        Self {
            signal,
            waker,
            turn,
        }
    }
}

/// One running `block_on`: installs its turn and puts the outer one back at its end.
struct Session {
    signal: Arc<Signal>,
    waker: Waker,
    outer: Option<Box<Turn>>,
}

impl Session {
    fn begin() -> Self {
        let Parts {
            signal,
            waker,
            mut turn,
        } = Parts::take();
        signal.take();
        turn.now = None;
        let outer = CURRENT.with(|current| current.replace(Some(turn)));
        Self {
            signal,
            waker,
            outer,
        }
    }

    /// Forgets what the leaves noted; each poll notes it anew.
    fn clear(&self) {
        CURRENT.with(|current| {
            if let Some(turn) = current.borrow_mut().as_mut() {
                turn.sources.clear();
                turn.deadline = None;
            }
        });
    }

    /// Waits until one of the noted things happens. May return early.
    fn wait(&self) {
        // Nobody else can wake us if nobody else has our waker. The fence pairs with the
        // release of the reference by one who woke us and dropped it before this look.
        let shared = Arc::strong_count(&self.signal) > OWN_REFERENCES;
        fence(Ordering::Acquire);
        if self.signal.take() {
            return;
        }
        CURRENT.with(|current| {
            if let Some(turn) = current.borrow_mut().as_mut() {
                turn.wait(&self.signal, shared);
            }
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let turn = CURRENT.with(|current| current.replace(self.outer.take()));
        let Some(mut turn) = turn else { return };
        turn.sources.clear();
        let signal = Arc::clone(&self.signal);
        let waker = std::mem::replace(&mut self.waker, Waker::noop().clone());
        // Without the thread-local the parts are simply dropped.
        let _ = SPARE.try_with(|spare| {
            if let Ok(mut spare) = spare.try_borrow_mut() {
                *spare = Some(Parts {
                    signal,
                    waker,
                    turn,
                });
            }
        });
    }
}

impl Turn {
    #[allow(
        clippy::disallowed_methods,
        reason = "deadlines of waits are monotonic time itself"
    )]
    fn wait(&mut self, signal: &Signal, shared: bool) {
        let left = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left != Some(Duration::ZERO) {
            let limit = left.map(|left| left.min(LONGEST_WAIT));
            if self.sources.is_empty() {
                signal.park(limit);
            } else {
                self.poll(signal, shared, limit);
            }
        }
        if let Some(deadline) = self.deadline {
            // One look at the clock per wait is cheap beside the wait.
            let now = Instant::now();
            if now >= deadline {
                self.now = Some(now);
            }
        }
    }

    fn poll(&self, signal: &Signal, shared: bool, limit: Option<Duration>) {
        if !shared {
            return match self.sources.as_slice() {
                [(source, flags)] => self.poll_fds(&mut [PollFd::new(source, *flags)], limit),
                _ => self.poll_fds(&mut self.fds(), limit),
            };
        }
        let Ok(bell) = signal.bell() else {
            // Out of descriptors: look at the signal from time to time.
            let slice = limit.map_or(STARVED_WAIT, |limit| limit.min(STARVED_WAIT));
            return self.poll_fds(&mut self.fds(), Some(slice));
        };
        if !signal.announce_poll() {
            return;
        }
        let mut rung = PollFd::new(bell, PollFlags::IN);
        let rung = match self.sources.as_slice() {
            [(source, flags)] => {
                let mut fds = [PollFd::new(source, *flags), rung];
                self.poll_fds(&mut fds, limit);
                fds[1].revents()
            }
            _ => {
                let mut fds = self.fds();
                rung.clear_revents();
                fds.push(rung);
                self.poll_fds(&mut fds, limit);
                fds.last().map_or(PollFlags::empty(), PollFd::revents)
            }
        };
        signal.retract_poll();
        if !rung.is_empty() {
            bell.hush();
        }
    }

    fn fds(&self) -> Vec<PollFd<'_>> {
        let mut fds = Vec::with_capacity(self.sources.len() + 1);
        fds.extend(
            self.sources
                .iter()
                .map(|(source, flags)| PollFd::new(source, *flags)),
        );
        fds
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where nothing else can be waited for"
    )]
    fn poll_fds(&self, fds: &mut [PollFd<'_>], limit: Option<Duration>) {
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        match poll(fds, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            // No memory, or more descriptors than the process may have: do not spin.
            Err(_) => std::thread::sleep(STARVED_WAIT),
        }
    }
}

/// Whether what is polled with `cx` is driven by this thread's [`block_on`] directly, and so woken by
/// `poll(2)` on its descriptor whoever else waits for it.
#[inline]
#[must_use]
pub fn is_driving(cx: &Context<'_>) -> bool {
    CURRENT
        .with(|current| matches!(&*current.borrow(), Some(turn) if turn.waker == cx.waker().data()))
}

/// Notes that the future waits for `source`. To be called only if [`is_driving`] said so.
pub(crate) fn note_source(source: Arc<dyn Source>, flags: PollFlags) {
    CURRENT.with(|current| {
        if let Some(turn) = current.borrow_mut().as_mut() {
            turn.sources.push((source, flags));
        }
    });
}

/// Notes that the future waits for `deadline`; says whether it has passed.
/// To be called only if [`is_driving`] said so.
pub(crate) fn note_deadline(deadline: Instant) -> Poll<()> {
    CURRENT.with(|current| {
        let mut current = current.borrow_mut();
        let Some(turn) = current.as_mut() else {
            return Poll::Pending;
        };
        if turn.now.is_some_and(|now| now >= deadline) {
            return Poll::Ready(());
        }
        turn.deadline = Some(
            turn.deadline
                .map_or(deadline, |nearest| nearest.min(deadline)),
        );
        Poll::Pending
    })
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("sources", &self.sources.len())
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Drives `future` to its end on the calling thread and gives its output.
///
/// Works in every place: without a runtime, inside tokio runtimes of every flavour (in tasks,
/// `spawn_blocking`, `block_in_place`), in `Drop` while a runtime shuts down, in destructors of
/// thread-locals, on any number of threads, and nested in itself. It enters no runtime and
/// starts no thread. Sockets and timers of this crate wait in `poll(2)` on this very thread;
/// other futures may wait for whatever calls their waker.
///
/// # Blocking
/// Blocks until the future is ready; only a deadline inside the future ends it sooner. Called
/// in an asynchronous task it blocks that task's worker thread: a future that needs this very
/// thread to go on elsewhere (its peer is a task of the same single-threaded runtime) ends by
/// its deadline alone.
///
/// # Panics
/// Never by itself; a panic of the future is passed on.
pub fn block_on<F: Future>(future: F) -> F::Output {
    // Inside a task tokio's cooperative budget is not renewed until the task returns, which it
    // cannot do while we block it: without this its channels would stay pending for ever.
    let mut future = pin!(tokio::task::unconstrained(future));
    let session = Session::begin();
    let mut cx = Context::from_waker(&session.waker);
    loop {
        session.clear();
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        session.wait();
    }
}
