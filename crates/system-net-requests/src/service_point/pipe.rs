//! `Pipe`: the requests that went out on a busy connection behind the one that is being answered,
//! in their order (pipelining, RFC 9112 section 9.3.2).
//!
//! Nobody is put on a connection from outside. A request for which there is no connection waits in
//! the queue of its group with its head already written. Whoever waits for an answer on a connection
//! takes such heads from the front of the queue and sends them, in one write; where its group has
//! places left nobody waits, and nobody is looked for. Then each waits for its turn: when a response has been read, the connection goes to whose request comes next. A
//! connection that fails gives all that wait on it back to the front of the queue.
//!
//! ```text
//!                    taken along                  its turn
//!  queue of the group ---------> behind another ----------> owner of the connection
//!          ^   |                       |
//!          |   |  a free connection    |  the connection fails, the one before is dropped,
//!          |   +----------> owner      |  or nothing moves on it while another is free
//!          +---------------------------+
//! ```

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use super::queue::Waiter;

/// Most requests whose answers are outstanding on one connection.
pub(crate) const MOST_IN_FLIGHT: usize = 16;

/// How long nothing may move on a connection before those behind may go to one that is free.
pub(super) const STALL: Duration = Duration::from_millis(250);

/// How often a request may go out behind others; then it waits for a connection of its own.
pub(super) const MOST_TRIES: u8 = 2;

/// What the pool knows of a connection on which requests may go out behind others.
#[derive(Default)]
pub(crate) struct Pipe {
    state: Mutex<PipeState>,
}

#[derive(Default)]
pub(super) struct PipeState {
    /// Those whose requests are out behind the owner's, in that order.
    pub(super) members: VecDeque<Arc<Waiter>>,
    /// The owner, while it waits for a head behind which others may be sent.
    pub(super) owner: Option<Waker>,
    /// When something moved last; `None` without members.
    pub(super) moved: Option<Instant>,
}

impl Pipe {
    /// The owner is about to wait; from now on it is woken when there is somebody to be taken along.
    pub(crate) fn park(&self, cx: &Context<'_>) {
        let mut state = self.lock();
        match &state.owner {
            Some(known) if known.will_wake(cx.waker()) => {}
            _ => state.owner = Some(cx.waker().clone()),
        }
    }

    /// The owner has its answer.
    pub(crate) fn unpark(&self) {
        let waker = self.lock().owner.take();
        // Dropped without the lock.
        drop(waker);
    }

    /// Whether somebody is behind the owner.
    pub(super) fn has_members(&self) -> bool {
        !self.lock().members.is_empty()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, PipeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PipeState {
    /// How many more may go out behind the owner's request.
    pub(super) fn room(&self) -> usize {
        (MOST_IN_FLIGHT - 1).saturating_sub(self.members.len())
    }

    /// Whether nothing has moved for too long.
    pub(super) fn is_stalled(&self, now: Instant) -> bool {
        let since = |moved: Instant| now.saturating_duration_since(moved);
        self.moved.is_some_and(|moved| since(moved) >= STALL)
    }

    /// All that are behind the owner, from number `first` on.
    pub(super) fn split_off(&mut self, first: usize) -> VecDeque<Arc<Waiter>> {
        let gone = self.members.split_off(first);
        if self.members.is_empty() {
            self.moved = None;
        }
        gone
    }
}
