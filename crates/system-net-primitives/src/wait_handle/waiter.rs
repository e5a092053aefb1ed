//! One who waits, for one event or several.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

/// A thread or a task that waits. Events hold it while it does.
///
/// ```text
/// Waiting ── claim ──► Claimed
///    └── give_up ──► GaveUp
/// ```
///
/// Only one event can claim it, and none can once it gave up: so that no signal is used twice and
/// none is lost.
#[derive(Debug, Default)]
pub(super) struct Waiter {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    /// Set for those who are only told to look again.
    called: bool,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Waiting,
    /// By the event at this place of its list.
    Claimed(usize),
    GaveUp,
}

/// Tasks to be woken once no lock is held.
#[must_use]
#[derive(Default)]
pub(super) struct Wakers(Vec<Waker>);

impl Wakers {
    pub(super) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}

impl Waiter {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code of others runs under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the wait in favour of one event; false if that is too late.
    pub(super) fn claim(&self, place: usize, wakers: &mut Wakers) -> bool {
        let mut inner = self.lock();
        if inner.state != State::Waiting {
            return false;
        }
        inner.state = State::Claimed(place);
        wakers.0.extend(inner.waker.take());
        self.changed.notify_all();
        true
    }

    /// Asks to look at the events again.
    pub(super) fn call(&self) {
        self.lock().called = true;
        self.changed.notify_all();
    }

    /// Ends the wait for want of time or interest; the place of the event that was faster.
    pub(super) fn give_up(&self) -> Option<usize> {
        let mut inner = self.lock();
        match inner.state {
            State::Claimed(place) => Some(place),
            _ => {
                inner.state = State::GaveUp;
                None
            }
        }
    }

    /// Blocks until an event has claimed the waiter; its place.
    pub(super) fn wait(&self, timeout: Option<Duration>) -> Option<usize> {
        self.block(timeout, |inner| inner.state == State::Waiting);
        self.give_up()
    }

    /// Blocks until the waiter was called, once.
    pub(super) fn wait_for_call(&self, timeout: Option<Duration>) {
        self.block(timeout, |inner| !inner.called);
        self.lock().called = false;
    }

    fn block(&self, timeout: Option<Duration>, on: impl Fn(&Inner) -> bool) {
        let guard = self.lock();
        match timeout {
            None => drop(self.changed.wait_while(guard, |inner| on(inner))),
            Some(timeout) => {
                let waited = |inner: &mut Inner| on(inner);
                drop(self.changed.wait_timeout_while(guard, timeout, waited));
            }
        }
    }

    /// The place of the event that claimed the waiter; otherwise the task is woken when one does.
    pub(super) fn poll(&self, waker: &Waker) -> Option<usize> {
        let mut inner = self.lock();
        match inner.state {
            State::Claimed(place) => Some(place),
            _ => {
                inner.waker = Some(waker.clone());
                None
            }
        }
    }
}

/// A waiter's place in the list of one event.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) waiter: Arc<Waiter>,
    pub(super) wish: Wish,
}

/// What a waiter wants of an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    /// The signal; the event's place in the waiter's list.
    Signal(usize),
    /// To be told, because it needs other events too.
    News,
}
