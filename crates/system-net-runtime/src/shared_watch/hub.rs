//! Who waits for one direction of one registration: any number of tasks behind the one waker
//! that the reactor keeps.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The tasks that wait. The reactor wakes the hub, which wakes all of them: each tries, and
/// who comes too late waits again.
#[derive(Debug, Default)]
pub(super) struct Hub {
    /// Counts the wakes. One who looked at the socket before a wake must not begin to wait
    /// after it.
    epoch: AtomicU32,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// The registration is gone: nobody will be woken any more.
    retired: bool,
    next_key: u32,
    /// Nearly always there is one; the list behind it then costs nothing.
    first: Option<(u32, Waker)>,
    rest: Vec<(u32, Waker)>,
}

/// A place in the queue of a hub.
#[derive(Debug)]
pub(super) struct Place {
    hub: Arc<Hub>,
    key: u32,
    epoch: u32,
}

impl Hub {
    /// To be asked before the socket is looked at; see [`enter`](Self::enter).
    #[inline]
    pub(super) fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Waits from now on. `None`: something happened since `epoch`, so look again.
    pub(super) fn enter(self: &Arc<Self>, epoch: u32, waker: &Waker) -> Option<Place> {
        let waker = waker.clone();
        let mut queue = self.lock();
        if queue.retired || self.epoch.load(Ordering::Relaxed) != epoch {
            drop(queue);
            return None;
        }
        let key = queue.next_key;
        queue.next_key = key.wrapping_add(1);
        if queue.first.is_none() {
            queue.first = Some((key, waker));
        } else {
            queue.rest.push((key, waker));
        }
        drop(queue);
        Some(Place {
            hub: Arc::clone(self),
            key,
            epoch,
        })
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        let queue = self.lock();
        queue.first.is_none() && queue.rest.is_empty()
    }

    /// Wakes all who wait; with `retire` nobody can wait here again.
    pub(super) fn wake_all(&self, retire: bool) {
        let mut queue = self.lock();
        self.epoch.fetch_add(1, Ordering::Release);
        queue.retired |= retire;
        let first = queue.first.take();
        if queue.rest.is_empty() {
            drop(queue);
            if let Some((_, waker)) = first {
                waker.wake();
            }
            return;
        }
        let mut rest = std::mem::take(&mut queue.rest);
        // Code of others runs when a waker is called or dropped: no lock is held.
        drop(queue);
        for (_, waker) in first.into_iter().chain(rest.drain(..)) {
            waker.wake();
        }
        let mut queue = self.lock();
        if queue.rest.capacity() == 0 {
            // The room is kept, so that a warm hub allocates nothing.
            queue.rest = rest;
        }
    }

    fn leave(&self, key: u32) {
        let mut queue = self.lock();
        let own = |entry: &(u32, Waker)| entry.0 == key;
        let gone = if queue.first.as_ref().is_some_and(own) {
            queue.first.take()
        } else {
            let position = queue.rest.iter().position(own);
            position.map(|position| queue.rest.swap_remove(position))
        };
        drop(queue);
        drop(gone);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No code of others runs under the lock, so it cannot be poisoned half-way.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Hub {
    fn wake(self: Arc<Self>) {
        self.wake_all(false);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all(false);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A wake since then has emptied the queue.
        if self.hub.epoch() == self.epoch {
            self.hub.leave(self.key);
        }
    }
}
