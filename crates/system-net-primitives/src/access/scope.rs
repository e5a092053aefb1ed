//! Policies for the time that a function runs or a future is polled. What .NET puts on the stack of
//! a thread is put there around each poll, so that it goes along with the task and never stays with
//! a thread.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use super::{AccessPolicy, AccessStack};

thread_local! {
    static CURRENT: RefCell<AccessStack> = const { RefCell::new(AccessStack::new()) };
}

/// Runs a future with a policy on top of those that hold where it is polled.
///
/// The policy holds for all that the future does itself, and for operations that it begins; a task
/// that it spawns is not part of it unless it is wrapped too, with
/// [`AccessStack::current`] and [`AccessStack::run`].
pub fn access_scope<F: Future>(
    policy: Arc<dyn AccessPolicy>,
    future: F,
) -> impl Future<Output = F::Output> {
    polled_within(future, move || current().with(Arc::clone(&policy)))
}

/// Runs a function with a policy on top of those that hold where it is called. As
/// [`access_scope`].
pub fn access_scope_blocking<T>(policy: Arc<dyn AccessPolicy>, f: impl FnOnce() -> T) -> T {
    let _entered = enter(current().with(policy));
    f()
}

pub(super) async fn polled_within<F: Future>(
    future: F,
    stack: impl Fn() -> AccessStack,
) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = enter(stack());
        future.as_mut().poll(cx)
    })
    .await
}

/// None when the thread is about to end.
pub(super) fn current() -> AccessStack {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .unwrap_or_default()
}

/// Puts these in place until the answer is dropped, which happens in the call that made it.
pub(super) fn enter(stack: AccessStack) -> Entered {
    Entered {
        before: CURRENT.with(|current| current.replace(stack)),
    }
}

pub(super) struct Entered {
    before: AccessStack,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = std::mem::take(&mut self.before);
        // Dropped when the cell is free again: policies are a program's own.
        let _inner = CURRENT.try_with(|current| current.replace(before));
    }
}
