//! A request that waits for its turn.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use super::lock::lock;

/// The place in the queue, where the turn is put.
pub(super) struct Waiter<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    turn: Option<T>,
    waker: Option<Waker>,
}

impl<T> Default for Waiter<T> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                turn: None,
                waker: None,
            }),
        }
    }
}

impl<T> Waiter<T> {
    /// Its turn has come. Who is to be woken, when no lock is held.
    pub(super) fn grant(&self, turn: T) -> Option<Waker> {
        let mut state = lock(&self.state);
        state.turn = Some(turn);
        state.waker.take()
    }

    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<T> {
        let mut state = lock(&self.state);
        match state.turn.take() {
            Some(turn) => Poll::Ready(turn),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// What was put there and not taken.
    pub(super) fn take(&self) -> Option<T> {
        lock(&self.state).turn.take()
    }
}
