//! The queue of a connection group: who waits for a connection, and what it could send behind
//! another's request meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use system_net_http_proto::PreparedRequest;

use super::pipe::MOST_TRIES;
use super::point::ServicePoint;
use super::pool::{Grant, GroupIndex};

/// A request that waits: in the queue of its group, or behind another on a connection.
#[derive(Default)]
pub(super) struct Waiter {
    state: Mutex<WaiterState>,
}

#[derive(Default)]
pub(super) struct WaiterState {
    pub(super) granted: Option<Grant>,
    pub(super) waker: Option<Waker>,
    /// What may be sent for it behind others.
    offer: Option<PreparedRequest>,
    /// How often that was done.
    tries: u8,
    /// Its place was taken: it is in no queue any more.
    served: bool,
}

impl Waiter {
    pub(super) fn lock(&self) -> MutexGuard<'_, WaiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives it its place; whom to wake.
    pub(super) fn grant(&self, grant: Grant) -> Option<Waker> {
        let mut state = self.lock();
        state.granted = Some(grant);
        state.waker.take()
    }
}

impl WaiterState {
    /// What may be sent for it now.
    pub(super) fn offer(&self) -> Option<&PreparedRequest> {
        self.offer.as_ref().filter(|_| self.tries < MOST_TRIES)
    }

    /// Whether it has been given a place, taken or not.
    pub(super) fn is_over(&self) -> bool {
        self.served || self.granted.is_some()
    }

    pub(super) fn is_served(&self) -> bool {
        self.served
    }

    pub(super) fn set_offer(&mut self, request: PreparedRequest) {
        self.offer = Some(request);
    }

    /// It was sent.
    pub(super) fn was_sent(&mut self) {
        self.tries += 1;
    }
}

/// Waits in the queue. Dropped early, it leaves the queue and passes on what it was given.
pub(super) struct Waiting<'a> {
    pub(super) point: &'a ServicePoint,
    pub(super) group: GroupIndex,
    pub(super) waiter: Arc<Waiter>,
}

impl Waiting<'_> {
    /// Whoever waits for an answer of its group may send this along.
    pub(super) fn offer(&self, request: PreparedRequest) {
        self.point.pool.offer(self.group, &self.waiter, request);
    }

    /// After a turn: what was sent.
    pub(super) fn take_offer(&self) -> Option<PreparedRequest> {
        self.waiter.lock().offer.take()
    }
}

impl Future for Waiting<'_> {
    type Output = Grant;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Grant> {
        let mut state = self.waiter.lock();
        if let Some(grant) = state.granted.take() {
            state.served = true;
            return Poll::Ready(grant);
        }
        match &state.waker {
            Some(known) if known.will_wake(cx.waker()) => {}
            _ => state.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let terms = || self.point.terms();
        self.point.pool.leave(self.group, &terms, &self.waiter);
    }
}
