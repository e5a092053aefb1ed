//! The waker of [`block_on`](crate::block_on): how another thread ends the wait of this one.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::task::Wake;
use std::time::Duration;

/// The owner runs, or is about to wait and will look once more.
const RUNNING: u8 = 0;
/// Somebody woke the owner since it last looked.
const NOTIFIED: u8 = 1;
/// The owner waits on the condition variable.
const PARKED: u8 = 2;
/// The owner waits in `poll(2)` and listens to the bell.
const POLLING: u8 = 3;

/// What the owner and its wakers share.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: AtomicU8,
    lock: Mutex<()>,
    unparked: Condvar,
    bell: OnceLock<Bell>,
}

impl Signal {
    /// Takes the notification if there is one.
    pub(crate) fn take(&self) -> bool {
        self.state.swap(RUNNING, Ordering::AcqRel) == NOTIFIED
    }

    /// Waits for a notification alone. It is left for [`take`](Self::take).
    pub(crate) fn park(&self, limit: Option<Duration>) {
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.announce(PARKED) {
            return;
        }
        // Spurious returns are fine: the caller polls its future and comes back.
        match limit {
            None => {
                while self.state.load(Ordering::Acquire) == PARKED {
                    guard = self
                        .unparked
                        .wait(guard)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
            Some(limit) => {
                drop(
                    self.unparked
                        .wait_timeout(guard, limit)
                        .unwrap_or_else(PoisonError::into_inner),
                );
            }
        }
        self.retract(PARKED);
    }

    /// Says that the owner is about to wait in `poll(2)`. False: it was notified meanwhile.
    pub(crate) fn announce_poll(&self) -> bool {
        self.announce(POLLING)
    }

    /// Ends what [`announce_poll`](Self::announce_poll) began.
    pub(crate) fn retract_poll(&self) {
        self.retract(POLLING);
    }

    /// The descriptor that becomes readable on a wake during `poll(2)`, made at the first need.
    pub(crate) fn bell(&self) -> io::Result<&Bell> {
        if let Some(bell) = self.bell.get() {
            return Ok(bell);
        }
        // Only the owner's thread comes here, so nothing is made twice.
        let made = Bell::new()?;
        Ok(self.bell.get_or_init(|| made))
    }

    fn announce(&self, waiting: u8) -> bool {
        self.state
            .compare_exchange(RUNNING, waiting, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn retract(&self, waiting: u8) {
        // A failure means NOTIFIED, which stays for `take`.
        let _ = self
            .state
            .compare_exchange(waiting, RUNNING, Ordering::AcqRel, Ordering::Acquire);
    }

    fn notify(&self) {
        match self.state.swap(NOTIFIED, Ordering::AcqRel) {
            PARKED => {
                // The lock orders this after the owner began to wait.
                drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
                self.unparked.notify_one();
            }
            POLLING => {
                if let Some(bell) = self.bell.get() {
                    bell.ring();
                }
            }
            _ => {}
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.notify();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notify();
    }
}

/// A descriptor that becomes readable: an eventfd on Linux, a socket pair elsewhere.
#[derive(Debug)]
pub(crate) struct Bell {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    event: std::os::fd::OwnedFd,
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pair: (
        std::os::unix::net::UnixStream,
        std::os::unix::net::UnixStream,
    ),
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Bell {
    fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self {
            event: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        })
    }

    fn ring(&self) {
        // The only failure is a counter about to overflow, which is readable as well.
        let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
    }

    /// Makes it silent again.
    pub(crate) fn hush(&self) {
        let _ = rustix::io::read(&self.event, &mut [0; 8]);
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Bell {
    fn new() -> io::Result<Self> {
        let pair = std::os::unix::net::UnixStream::pair()?;
        pair.0.set_nonblocking(true)?;
        pair.1.set_nonblocking(true)?;
        Ok(Self { pair })
    }

    fn ring(&self) {
        // A full buffer is readable as well.
        let _ = io::Write::write(&mut &self.pair.1, &[1]);
    }

    /// Makes it silent again.
    pub(crate) fn hush(&self) {
        while matches!(io::Read::read(&mut &self.pair.0, &mut [0; 64]), Ok(1..)) {}
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return self.event.as_fd();
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        return self.pair.0.as_fd();
    }
}
