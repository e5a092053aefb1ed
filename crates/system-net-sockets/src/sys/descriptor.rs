//! The descriptor of a socket: open until the last of those who hold it has left.
//!
//! Calls hold it by a count that stands beside it, without a lock and without memory of its own.
//! What holds it beyond a call, a registration with a reactor or a share of the program's, gets a
//! share that is counted by itself. It ends once: new calls are refused from then on, and the last
//! one that leaves closes it. A descriptor that takes the place of one that has ended is held by
//! shares alone, which is rare and simple.

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Beside the count of calls: the first descriptor has ended.
const ENDED: u32 = 1 << 31;

pub(crate) struct Descriptor {
    /// How many calls hold the first descriptor, and [`ENDED`], which is set under the lock. No
    /// call is added after that.
    users: AtomicU32,
    /// The number of the first descriptor.
    number: RawFd,
    owned: Mutex<Owned>,
}

struct Owned {
    /// The first descriptor: as long as a call holds it or it has not ended.
    first: First,
    /// The one in its place.
    later: Option<Arc<OwnedFd>>,
}

enum First {
    /// Closed, or another's.
    Gone,
    Alone(OwnedFd),
    /// Others have shares too.
    Shared(Arc<OwnedFd>),
}

/// A descriptor that stays open, and means the same, as long as this lives.
pub(crate) enum Held<'a> {
    Counted(Counted<'a>),
    Share(Arc<OwnedFd>),
}

/// The first descriptor, held by the count.
pub(crate) struct Counted<'a> {
    /// Not its owner's, and so never dropped.
    fd: ManuallyDrop<OwnedFd>,
    of: &'a Descriptor,
}

/// Why a descriptor could not be taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    Ended,
    /// A call or a share holds it.
    Held,
}

impl Descriptor {
    #[inline]
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self {
            users: AtomicU32::new(0),
            number: fd.as_raw_fd(),
            owned: Mutex::new(Owned {
                first: First::Alone(fd),
                later: None,
            }),
        }
    }

    /// Holds the descriptor for a call; `None` after its end.
    #[inline]
    pub(crate) fn hold(&self) -> Option<Held<'_>> {
        match self.hold_first() {
            Some(held) => Some(Held::Counted(held)),
            None => self.hold_later(),
        }
    }

    /// Holds the first descriptor: all there is, but for sockets that were used again.
    #[inline]
    pub(crate) fn hold_first(&self) -> Option<Counted<'_>> {
        let mut users = self.users.load(Ordering::Relaxed);
        while users & ENDED == 0 {
            let (order, again) = (Ordering::AcqRel, Ordering::Relaxed);
            match self
                .users
                .compare_exchange_weak(users, users + 1, order, again)
            {
                Ok(_) => return Some(Counted::new(self)),
                Err(now) => users = now,
            }
        }
        None
    }

    /// Holds what has taken the place of the first one.
    #[cold]
    #[inline(never)]
    pub(crate) fn hold_later(&self) -> Option<Held<'_>> {
        let later = self.lock().later.clone();
        later.map(Held::Share)
    }

    /// A share for what lasts longer than a call; `None` after the end.
    pub(crate) fn share(&self) -> Option<Arc<OwnedFd>> {
        let mut owned = self.lock();
        if self.users.load(Ordering::Acquire) & ENDED != 0 {
            return owned.later.clone();
        }
        let shared = match mem::replace(&mut owned.first, First::Gone) {
            First::Gone => return None,
            // Whoever holds it by its number goes on to: it does not change.
            First::Alone(fd) => Arc::new(fd),
            First::Shared(shared) => shared,
        };
        owned.first = First::Shared(Arc::clone(&shared));
        Some(shared)
    }

    /// Ends it: nobody gets it from now on but those who have it, and the caller, who is told
    /// what others are to be woken by. `None` if it has ended before.
    pub(crate) fn end(&self) -> Option<Held<'_>> {
        let mut owned = self.lock();
        match self.hold_first() {
            Some(held) => {
                self.users.fetch_or(ENDED, Ordering::AcqRel);
                Some(Held::Counted(held))
            }
            None => owned.later.take().map(Held::Share),
        }
    }

    /// Puts another in its place, and gives the old one, which has ended; `None` if there was
    /// none to replace.
    pub(crate) fn replace(&self, new: OwnedFd) -> Option<Held<'_>> {
        let mut owned = self.lock();
        if let Some(held) = self.hold_first() {
            owned.later = Some(Arc::new(new));
            self.users.fetch_or(ENDED, Ordering::AcqRel);
            return Some(Held::Counted(held));
        }
        let later = owned.later.as_mut()?;
        Some(Held::Share(mem::replace(later, Arc::new(new))))
    }

    /// Gives it to another owner, unless somebody else holds it.
    pub(crate) fn take(&self) -> Result<OwnedFd, NotTaken> {
        let mut owned = self.lock();
        // Shares are made under the lock, or from others.
        let shares = match (&owned.first, &owned.later) {
            (_, Some(later)) => Arc::strong_count(later),
            (First::Shared(first), None) => Arc::strong_count(first),
            (_, None) => 1,
        };
        if shares > 1 {
            return Err(NotTaken::Held);
        }
        if let Some(later) = owned.later.take() {
            return Arc::into_inner(later).ok_or(NotTaken::Held);
        }
        let (order, not) = (Ordering::AcqRel, Ordering::Acquire);
        match self.users.compare_exchange(0, ENDED, order, not) {
            Ok(_) => {}
            Err(users) if users & ENDED != 0 => return Err(NotTaken::Ended),
            Err(_) => return Err(NotTaken::Held),
        }
        match mem::replace(&mut owned.first, First::Gone) {
            First::Gone => Err(NotTaken::Ended),
            First::Alone(fd) => Ok(fd),
            First::Shared(first) => Arc::into_inner(first).ok_or(NotTaken::Held),
        }
    }

    /// The descriptor for its only owner, if it has not ended, and whether there are shares.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<(&OwnedFd, bool)> {
        let ended = *self.users.get_mut() & ENDED != 0;
        let owned = self.owned.get_mut().unwrap_or_else(PoisonError::into_inner);
        let shared = |fd: &Arc<OwnedFd>| Arc::strong_count(fd) > 1;
        match (&owned.first, &owned.later) {
            (First::Alone(fd), _) if !ended => Some((fd, false)),
            (First::Shared(fd), _) if !ended => Some((fd, shared(fd))),
            (_, Some(fd)) => Some((fd, shared(fd))),
            (_, None) => None,
        }
    }

    /// A call that held the first descriptor has ended.
    #[inline]
    fn leave(&self) {
        if self.users.fetch_sub(1, Ordering::AcqRel) == ENDED | 1 {
            self.close_first();
        }
    }

    #[cold]
    #[inline(never)]
    fn close_first(&self) {
        let first = mem::replace(&mut self.lock().first, First::Gone);
        drop(first);
    }

    fn lock(&self) -> MutexGuard<'_, Owned> {
        // Each change under the lock is whole.
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users = self.users.load(Ordering::Relaxed);
        f.debug_struct("Descriptor")
            .field("number", &self.number)
            .field("users", &(users & !ENDED))
            .field("ended", &(users & ENDED != 0))
            .finish_non_exhaustive()
    }
}

impl Held<'_> {
    /// Whether somebody else holds the descriptor.
    pub(crate) fn is_held_by_others(&self) -> bool {
        match self {
            Self::Counted(counted) => {
                let users = counted.of.users.load(Ordering::Acquire) & !ENDED;
                let shares = match &counted.of.lock().first {
                    First::Shared(shared) => Arc::strong_count(shared),
                    First::Alone(_) | First::Gone => 1,
                };
                users > 1 || shares > 1
            }
            Self::Share(share) => Arc::strong_count(share) > 1,
        }
    }
}

impl<'a> Counted<'a> {
    /// Of one who has been counted.
    #[inline]
    fn new(of: &'a Descriptor) -> Self {
        // SAFETY: the number is that of the first descriptor, which its owner closes only when
        // `users` has come to zero, and which nobody takes while it has not; this object is
        // counted there until it is dropped. What is made here is never dropped nor moved out,
        // so it closes nothing.
        let fd = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(of.number) });
        Self { fd, of }
    }
}

impl Drop for Counted<'_> {
    #[inline]
    fn drop(&mut self) {
        self.of.leave();
    }
}

impl Deref for Counted<'_> {
    type Target = OwnedFd;

    #[inline]
    fn deref(&self) -> &OwnedFd {
        &self.fd
    }
}

impl Deref for Held<'_> {
    type Target = OwnedFd;

    #[inline]
    fn deref(&self) -> &OwnedFd {
        match self {
            Self::Counted(counted) => counted,
            Self::Share(share) => share,
        }
    }
}

impl AsFd for Held<'_> {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.as_raw_fd()).finish()
    }
}

#[cfg(test)]
mod tests;
