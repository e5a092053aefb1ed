//! One operation that waits, or may have to.

use std::sync::Arc;
use std::task::Waker;

use super::hub::{Hub, Place};

/// The place of one operation among those who wait for a socket.
///
/// Keep it as long as the operation lasts: dropping it ends the wait. It may serve one
/// operation after the other.
///
/// The watch keeps the waker of the last operation that waited alone until another task waits
/// or the registration ends: the operations of one task, which are woken by the same waker,
/// then wait with the least of work.
#[derive(Debug, Default)]
pub struct Waiter {
    pub(super) place: Option<Place>,
    /// The key of an ownership without a share of its hub, 0 for none. Keys are unique, so that it
    /// tells which hub's it is as well.
    pub(super) lent: u32,
    /// Its owner sees that the watch hears of its end.
    lean: bool,
    /// How often it found the descriptor registered where no registration was at hand.
    pub(super) collisions: u8,
}

impl Waiter {
    /// Waits for nothing yet.
    pub const fn new() -> Self {
        Self {
            place: None,
            lent: 0,
            lean: false,
            collisions: 0,
        }
    }

    /// As [`new`](Self::new), for one who calls [`SharedWatch::leave`](super::SharedWatch::leave) when an operation is given
    /// up: waiting then needs no share of what it waits at. An operation that has ended has left.
    pub const fn lean() -> Self {
        let mut made = Self::new();
        made.lean = true;
        made
    }

    /// Whether [`SharedWatch::leave`](super::SharedWatch::leave) would do anything.
    #[inline]
    pub const fn is_waiting_lean(&self) -> bool {
        self.lent != 0
    }

    /// Begins a look: a place in a queue is given up, and the ownership that another task got.
    #[inline]
    pub(super) fn rest(&mut self, waker: &Waker) {
        match &mut self.place {
            Some(place) if place.owns_for(waker) => place.set_waits(false),
            Some(_) => self.place = None,
            None => {}
        }
    }

    /// Whether it still has the ownership it had at `hub`.
    #[inline]
    pub(super) fn is_owner(&self, hub: &Hub) -> bool {
        if self.lent != 0 {
            return hub.is_owned_by(self.lent);
        }
        self.place.as_ref().is_some_and(Place::is_owner)
    }

    #[inline]
    pub(super) fn set_waits(&mut self, hub: &Hub) {
        if self.lent != 0 {
            hub.set_waits(true);
        } else if let Some(place) = &mut self.place {
            place.set_waits(true);
        }
    }

    /// The operation has ended. An ownership stays for the next one of its task; what is left of
    /// one that another task has ended is seen to without locks.
    #[inline]
    pub(super) fn finish(&mut self, hub: &Hub) {
        if self.lent != 0 && hub.is_owned_by(self.lent) {
            self.lent = 0;
        }
    }

    /// Takes over the ownership that an operation of the same task has left.
    #[inline]
    pub(super) fn adopt(&mut self, hub: &Arc<Hub>, waker: &Waker) -> bool {
        if self.lean {
            self.lent = hub.ownership_left(waker);
            self.lent != 0
        } else {
            self.place = hub.adopt(waker);
            self.place.is_some()
        }
    }
}
