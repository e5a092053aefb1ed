//! The queue between the connections and the callers of `get_context`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Many push, many take. Items come out in the order in which they came in; takers are woken in
/// the order in which they began to wait.
pub(crate) struct Queue<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    items: VecDeque<T>,
    waiters: VecDeque<Waiter>,
    next_waiter: u64,
    closed: bool,
}

struct Waiter {
    id: u64,
    waker: Waker,
}

/// Why an item was not taken in.
pub(crate) enum PushError<T> {
    Full(T),
    Closed(T),
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                waiters: VecDeque::new(),
                next_waiter: 0,
                closed: false,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // No code of others runs under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an item behind the others, if there are fewer than `limit`.
    pub(crate) fn push(&self, item: T, limit: usize) -> Result<(), PushError<T>> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(PushError::Closed(item));
        }
        if inner.items.len() >= limit {
            return Err(PushError::Full(item));
        }
        inner.items.push_back(item);
        let waiter = inner.waiters.pop_front();
        drop(inner);
        if let Some(waiter) = waiter {
            waiter.waker.wake();
        }
        Ok(())
    }

    /// Takes the first item if there is one, without waiting.
    pub(crate) fn try_take(&self) -> Option<T> {
        self.lock().items.pop_front()
    }

    /// Takes the item that `is_it` recognises out of the middle.
    pub(crate) fn remove(&self, is_it: impl FnMut(&T) -> bool) -> Option<T> {
        let mut inner = self.lock();
        let index = inner.items.iter().position(is_it)?;
        inner.items.remove(index)
    }

    /// Lets nothing in any more and wakes all who wait. Gives out what is still there.
    pub(crate) fn close(&self) -> VecDeque<T> {
        let mut inner = self.lock();
        inner.closed = true;
        let items = std::mem::take(&mut inner.items);
        let waiters = std::mem::take(&mut inner.waiters);
        drop(inner);
        waiters.into_iter().for_each(|waiter| waiter.waker.wake());
        items
    }

    /// Waits for an item; `None` once the queue is closed.
    pub(crate) fn take(&self) -> Take<'_, T> {
        Take {
            queue: self,
            waiter: None,
        }
    }
}

/// Waits for an item. Dropping it loses none: a wake it got is passed on.
pub(crate) struct Take<'a, T> {
    queue: &'a Queue<T>,
    /// Our entry, which is gone from the queue once we were woken.
    waiter: Option<u64>,
}

impl<T> Future for Take<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let queue = this.queue;
        let mut inner = queue.lock();
        let entry = this
            .waiter
            .and_then(|id| inner.waiters.iter().position(|waiter| waiter.id == id));
        if let Some(item) = inner.items.pop_front() {
            if let Some(index) = entry {
                inner.waiters.remove(index);
            }
            this.waiter = None;
            return Poll::Ready(Some(item));
        }
        if inner.closed {
            this.waiter = None;
            return Poll::Ready(None);
        }
        match entry {
            Some(index) => inner.waiters[index].waker.clone_from(cx.waker()),
            None => {
                let waiter = Waiter {
                    id: inner.next_waiter,
                    waker: cx.waker().clone(),
                };
                inner.next_waiter += 1;
                // Who was woken in vain, because somebody was faster, was first in the line.
                if this.waiter.replace(waiter.id).is_some() {
                    inner.waiters.push_front(waiter);
                } else {
                    inner.waiters.push_back(waiter);
                }
            }
        }
        Poll::Pending
    }
}

impl<T> Drop for Take<'_, T> {
    fn drop(&mut self) {
        let Some(id) = self.waiter else { return };
        let mut inner = self.queue.lock();
        if let Some(index) = inner.waiters.iter().position(|waiter| waiter.id == id) {
            inner.waiters.remove(index);
            return;
        }
        // We were woken for an item and go without it: the next one shall have it.
        if !inner.items.is_empty()
            && let Some(next) = inner.waiters.pop_front()
        {
            drop(inner);
            next.waker.wake();
        }
    }
}

#[cfg(test)]
mod tests;
