//! Who waits for one direction of one registration: any number of tasks behind the one waker
//! that the reactor keeps.
//!
//! Nearly always one operation waits at a time. It is made the owner of the direction and gives
//! its own waker to the reactor, so that a wait takes no lock. When it has ended, the next
//! operation of the same task takes the ownership over, which costs nothing but a look. One of
//! another task that has to wait ends it, and all line up behind the hub's waker; the former
//! owner does so too, whether or not it waits, and may be woken in vain once.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The tasks that wait. The reactor wakes the hub, which wakes all of them: each tries, and
/// who comes too late waits again.
#[derive(Debug, Default)]
pub(super) struct Hub {
    /// Counts the wakes. One who looked at the socket before a wake must not begin to wait
    /// after it.
    epoch: AtomicU32,
    /// The key of the owner; 0 if there is none. It begins and ends under the lock.
    owner: AtomicU32,
    /// The owner waits. Who looks at it wants to end the registration, and wakes all then; or
    /// is another operation of the owner's task, which then lines up.
    owner_waits: AtomicBool,
    /// Which waker the owner has.
    owner_data: AtomicUsize,
    owner_vtable: AtomicUsize,
    /// Which task of the registration's runtime the owner is; 0: unknown.
    owner_task: AtomicUsize,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// The registration is gone: nobody will be woken any more.
    retired: bool,
    /// The owner's.
    owner: Option<Waker>,
    /// Nearly always there is one at most; the list behind it then costs nothing.
    first: Option<(u32, Waker)>,
    rest: Vec<(u32, Waker)>,
}

/// A place in the queue of a hub, or the ownership.
#[derive(Debug)]
pub(super) struct Place {
    hub: Arc<Hub>,
    /// With [`WAITS`], if it waits.
    key: u32,
    epoch: u32,
}

/// Beside the key of a place. Keys have 31 bits.
const WAITS: u32 = 1 << 31;

/// How one who has to wait was received.
pub(super) enum Entry {
    /// It is the owner: the reactor is to be given its own waker.
    Owner(Place),
    /// It is in the queue, and is woken through the hub.
    Queue(Place),
    /// Something happened meanwhile: look again. With a waker nobody needs any more, to be
    /// dropped where no lock is held.
    Again(Option<Waker>),
}

impl Hub {
    /// To be asked before the socket is looked at; see [`enter`](Self::enter).
    #[inline]
    pub(super) fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Waits from now on. To be called after the reactor was given the hub's waker; `epoch` is
    /// from before that.
    #[cold]
    pub(super) fn enter(self: &Arc<Self>, epoch: u32, waker: &Waker) -> Entry {
        let own_waker = waker.clone();
        let mut queue = self.lock();
        if queue.retired || self.epoch.load(Ordering::Relaxed) != epoch {
            drop(queue);
            return Entry::Again(Some(own_waker));
        }
        if let Some(owner) = queue.owner.take() {
            // Its waker may be the one that the reactor has, instead of the hub's.
            let key = self.owner.swap(0, Ordering::AcqRel);
            queue.line_up(key, owner);
            drop(queue);
            return Entry::Again(Some(own_waker));
        }
        let key = next_key();
        let alone = queue.first.is_none() && queue.rest.is_empty();
        if alone {
            // Not the clone's, which may have another table of the same functions.
            let (data, vtable) = identity(waker);
            self.owner_data.store(data, Ordering::Relaxed);
            self.owner_vtable.store(vtable, Ordering::Relaxed);
            self.owner_task.store(0, Ordering::Relaxed);
            self.owner_waits.store(false, Ordering::Relaxed);
            queue.owner = Some(own_waker);
            self.owner.store(key, Ordering::Release);
        } else {
            queue.line_up(key, own_waker);
        }
        drop(queue);
        let place = Place {
            hub: Arc::clone(self),
            key: if alone { key } else { key | WAITS },
            epoch,
        };
        if alone {
            Entry::Owner(place)
        } else {
            Entry::Queue(place)
        }
    }

    /// Takes over the ownership that an operation of the same task has left.
    #[inline]
    pub(super) fn adopt(self: &Arc<Self>, waker: &Waker) -> Option<Place> {
        match self.ownership_left(waker) {
            0 => None,
            key => Some(self.place_of(key)),
        }
    }

    /// The key of the ownership, if an operation of the same task has left it; else 0.
    #[inline]
    pub(super) fn ownership_left(&self, waker: &Waker) -> u32 {
        let key = self.owner.load(Ordering::Acquire);
        // One that waits shall be known apart: if either is dropped, the other still waits.
        if key == 0 || self.owner_waits.load(Ordering::Relaxed) || !self.is_owners(waker) {
            return 0;
        }
        key
    }

    /// The place that goes with the key of an ownership.
    #[inline]
    pub(super) fn place_of(self: &Arc<Self>, key: u32) -> Place {
        Place {
            hub: Arc::clone(self),
            key,
            epoch: self.epoch(),
        }
    }

    /// Whether the ownership of this key is the one there is. The key is not 0.
    #[inline]
    pub(super) fn is_owned_by(&self, key: u32) -> bool {
        self.owner.load(Ordering::Acquire) == key
    }

    /// The owner begins to wait, or is about to look again.
    #[inline]
    pub(super) fn set_waits(&self, waits: bool) {
        self.owner_waits.store(waits, Ordering::Relaxed);
    }

    /// Whether the owner has this waker.
    #[inline]
    pub(super) fn is_owners(&self, waker: &Waker) -> bool {
        let (data, vtable) = identity(waker);
        self.owner_data.load(Ordering::Relaxed) == data
            && self.owner_vtable.load(Ordering::Relaxed) == vtable
    }

    /// Whether the owner is the task that polls now, and waited here before: then the
    /// registration is its runtime's, since tasks stay where they were spawned.
    #[inline]
    pub(super) fn is_owners_home(&self) -> bool {
        let task = self.owner_task.load(Ordering::Relaxed);
        task != 0 && task == current_task()
    }

    /// The registration is of the runtime in which the owner polls now.
    #[inline]
    pub(super) fn note_owners_home(&self) {
        self.owner_task.store(current_task(), Ordering::Relaxed);
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        let queue = self.lock();
        let owned = queue.owner.is_some() && self.owner_waits.load(Ordering::Relaxed);
        !owned && queue.first.is_none() && queue.rest.is_empty()
    }

    /// Wakes all who wait; with `retire` nobody can wait here again.
    pub(super) fn wake_all(&self, retire: bool) {
        let mut queue = self.lock();
        self.epoch.fetch_add(1, Ordering::Release);
        queue.retired |= retire;
        self.owner.store(0, Ordering::Release);
        let owner = queue.owner.take();
        let first = queue.first.take();
        if queue.rest.is_empty() {
            drop(queue);
            if let Some(waker) = owner {
                waker.wake();
            }
            if let Some((_, waker)) = first {
                waker.wake();
            }
            return;
        }
        let mut rest = std::mem::take(&mut queue.rest);
        // Code of others runs when a waker is called or dropped: no lock is held.
        drop(queue);
        if let Some(waker) = owner {
            waker.wake();
        }
        for (_, waker) in first.into_iter().chain(rest.drain(..)) {
            waker.wake();
        }
        let mut queue = self.lock();
        if queue.rest.capacity() == 0 {
            // The room is kept, so that a warm hub allocates nothing.
            queue.rest = rest;
        }
    }

    /// Ends the wait of one that is in the queue.
    pub(super) fn leave(&self, key: u32) {
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

impl Queue {
    fn line_up(&mut self, key: u32, waker: Waker) {
        if self.first.is_none() {
            self.first = Some((key, waker));
        } else {
            self.rest.push((key, waker));
        }
    }
}

/// A key that no other place has, of any hub.
fn next_key() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let last = LAST.fetch_add(1, Ordering::Relaxed);
    (last.wrapping_add(1) & !WAITS).max(1)
}

/// Two wakers of the same identity wake the same, while one of them lives.
#[inline]
fn identity(waker: &Waker) -> (usize, usize) {
    let vtable: *const _ = waker.vtable();
    (waker.data().addr(), vtable.addr())
}

/// The task that polls, as a number; 0 outside tasks of tokio.
#[inline]
fn current_task() -> usize {
    let mut number = Number(0);
    if let Some(id) = tokio::task::try_id() {
        id.hash(&mut number);
    }
    number.0
}

/// Not a hash: the number itself, which tokio does not tell otherwise.
struct Number(usize);

impl Hasher for Number {
    #[inline]
    fn write_u64(&mut self, number: u64) {
        // One that does not fit counts as unknown.
        self.0 = usize::try_from(number).unwrap_or_default();
    }

    fn write(&mut self, _: &[u8]) {
        self.0 = 0;
    }

    fn finish(&self) -> u64 {
        self.0 as u64
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

impl Place {
    #[inline]
    pub(super) fn is_at(&self, hub: &Arc<Hub>) -> bool {
        Arc::ptr_eq(&self.hub, hub)
    }

    /// Whether it is the ownership, still.
    #[inline]
    pub(super) fn is_owner(&self) -> bool {
        self.hub.owner.load(Ordering::Acquire) == self.key & !WAITS
    }

    /// Whether it is the ownership, still, and of this waker.
    #[inline]
    pub(super) fn owns_for(&self, waker: &Waker) -> bool {
        self.is_owner() && self.hub.is_owners(waker)
    }

    /// The owner begins to wait, or is about to look again.
    #[inline]
    pub(super) fn set_waits(&mut self, waits: bool) {
        self.key = self.key & !WAITS | if waits { WAITS } else { 0 };
        self.hub.set_waits(waits);
    }

    /// Wakes all who wait here.
    pub(super) fn wake_all(&self) {
        self.hub.wake_all(false);
    }
}

impl Drop for Place {
    #[inline]
    fn drop(&mut self) {
        // The waker of an owner stays, for the next operation of its task.
        if self.is_owner() {
            if self.key & WAITS != 0 {
                self.hub.owner_waits.store(false, Ordering::Relaxed);
            }
            return;
        }
        // A wake since then has emptied the queue.
        if self.hub.epoch() == self.epoch {
            self.hub.leave(self.key & !WAITS);
        }
    }
}
