//! What the asynchronous calls of a socket wait on, kept in its handle.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use system_net_runtime::{Direction, Progress, SharedWatch, Waiter};

use super::handle::Handle;
use super::turns::Turns;
use crate::error::{SocketError, SocketErrorCode};

/// What a handle has of its asynchronous calls: nothing before the first of them.
#[derive(Debug)]
pub(crate) struct Watch(OnceLock<Box<Waits>>);

/// The registrations with reactors, made at the first wait, and the order of operations.
#[derive(Debug)]
pub(crate) struct Waits {
    shared: SharedWatch<OwnedFd>,
    /// Urgent data are received: a short read then does not mean that all was read, it may
    /// have stopped at the mark.
    urgent: AtomicBool,
    sends: Turns,
    /// Made by the first receive that is begun.
    receives: OnceLock<Box<Turns>>,
}

// Who waits asks for the descriptor after the first call of `Handle::watch`, and who closes or
// replaces the socket has exchanged the descriptor before it looks here: so either finds out
// about the other.
impl Watch {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Ends all asynchronous waits, for good.
    pub(crate) fn close(&self) {
        if let Some(waits) = self.0.get() {
            waits.sends.let_go();
            waits.shared.close();
        }
    }

    /// As [`close`](Self::close), by the only one who has it.
    #[inline]
    pub(super) fn end(&mut self) {
        if let Some(waits) = self.0.get_mut() {
            waits.sends.end();
            waits.shared.end();
        }
    }

    /// Leaves all reactors: the descriptor gets another owner, another connection, or is
    /// replaced. Who waits tries anew.
    pub(crate) fn reset(&self) {
        if let Some(waits) = self.0.get() {
            waits.reset();
        }
    }
}

impl Waits {
    #[cold]
    fn new(wakes_on_shutdown: bool) -> Box<Self> {
        Box::new(Self {
            shared: if wakes_on_shutdown {
                SharedWatch::new()
            } else {
                SharedWatch::deaf()
            },
            urgent: AtomicBool::new(false),
            sends: Turns::new(),
            receives: OnceLock::new(),
        })
    }

    /// As [`Watch::reset`].
    pub(crate) fn reset(&self) {
        self.sends.let_go();
        self.shared.reset();
    }

    /// The sends of a stream.
    #[inline]
    pub(crate) fn sends(&self) -> &Turns {
        &self.sends
    }

    /// The receives of a stream that were begun.
    pub(crate) fn receives(&self) -> &Turns {
        self.receives.get_or_init(|| Box::new(Turns::new()))
    }

    /// Urgent data are received from now on.
    pub(crate) fn expect_urgent(&self) {
        self.urgent.store(true, Ordering::Relaxed);
    }

    /// Whether a read that brought less than was asked for has taken all there was.
    #[inline]
    pub(crate) fn short_is_all(&self) -> bool {
        !self.urgent.load(Ordering::Relaxed)
    }
}

/// One asynchronous operation: its place among those who wait.
#[derive(Debug, Default)]
pub(crate) struct Wait {
    waiter: Waiter,
    begun: bool,
}

impl Wait {
    pub(crate) const fn new() -> Self {
        Self {
            waiter: Waiter::new(),
            begun: false,
        }
    }

    /// For an operation that is [dropped with its handle](LeanWait).
    const fn lean() -> Self {
        Self {
            waiter: Waiter::lean(),
            begun: false,
        }
    }

    /// The operation has done a part of its work.
    pub(crate) fn begin(&mut self) {
        self.begun = true;
    }
}

/// A [`Wait`] beside the handle it is of, which waits with less of work.
pub(crate) struct LeanWait<'a> {
    pub(crate) handle: &'a Handle,
    pub(crate) wait: Wait,
}

impl<'a> LeanWait<'a> {
    #[inline]
    pub(crate) const fn new(handle: &'a Handle) -> Self {
        Self {
            handle,
            wait: Wait::lean(),
        }
    }
}

impl Drop for LeanWait<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.wait.waiter.is_waiting_lean() {
            self.handle.watch().shared.leave(&mut self.wait.waiter);
        }
    }
}

impl Handle {
    /// What asynchronous calls wait on.
    #[inline]
    pub(crate) fn watch(&self) -> &Waits {
        self.watch
            .0
            .get_or_init(|| Waits::new(self.wakes_on_shutdown()))
    }

    /// Tries `attempt` until it does not say that it would block. An operation that has begun
    /// when the socket is closed ends as aborted.
    #[inline]
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        direction: Direction,
        what: &'static str,
        attempt: impl FnMut(&OwnedFd) -> io::Result<Progress<R>>,
    ) -> Poll<Result<R, SocketError>> {
        if self.is_closed() {
            return Poll::Ready(Err(self.closed_asynchronously(wait.begun, what)));
        }
        let source = || -> io::Result<Arc<OwnedFd>> { Ok(self.share()?) };
        let polled = self
            .watch()
            .shared
            .poll_io(cx, &mut wait.waiter, direction, source, attempt);
        match polled {
            Poll::Ready(Ok(value)) => {
                wait.begun = false;
                Poll::Ready(Ok(value))
            }
            Poll::Ready(Err(error)) => {
                let begun = std::mem::take(&mut wait.begun);
                Poll::Ready(Err(self.failed_asynchronously(error, begun, what)))
            }
            Poll::Pending => {
                wait.begun = true;
                Poll::Pending
            }
        }
    }

    /// Tries what nearly always succeeds, unless the operation has begun to wait; `None` leaves
    /// the rest to [`poll_io`](Self::poll_io).
    #[inline]
    pub(crate) fn try_io<R>(
        &self,
        cx: &mut Context<'_>,
        wait: &Wait,
        what: &'static str,
        attempt: impl FnOnce(&OwnedFd) -> io::Result<R>,
    ) -> Option<Result<R, SocketError>> {
        if wait.begun || self.is_closed() {
            return None;
        }
        let tried = self.watch().shared.try_io(cx, attempt)?;
        Some(tried.map_err(|error| self.failed_asynchronously(error, false, what)))
    }

    /// The error of an asynchronous operation on a closed socket.
    #[cold]
    pub(crate) fn closed_asynchronously(&self, begun: bool, what: &'static str) -> SocketError {
        if begun {
            return SocketError::new(SocketErrorCode::OperationAborted).with_context(what);
        }
        system_net_primitives::Misuse::disposed("Socket").into()
    }

    #[cold]
    pub(crate) fn failed_asynchronously(
        &self,
        error: io::Error,
        begun: bool,
        what: &'static str,
    ) -> SocketError {
        if self.is_closed() {
            return self.closed_asynchronously(begun, what);
        }
        self.failure(error, what)
    }
}

#[cfg(test)]
mod tests {
    use std::mem::size_of;

    use super::{Handle, Wait, Waits};

    /// What a connection that nobody uses asynchronously pays for it, and what an operation
    /// does: programs keep tens of thousands of them.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_handle_is_small() {
        assert!(size_of::<Waits>() <= 120, "{}", size_of::<Waits>());
        assert!(size_of::<Wait>() <= 32, "{}", size_of::<Wait>());
        assert!(size_of::<Handle>() <= 200, "{}", size_of::<Handle>());
    }
}
