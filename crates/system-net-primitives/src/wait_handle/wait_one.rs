//! The wait of a task for one event.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::EventWaitHandle;
use super::waiter::Waiter;

/// A wait for an event; see [`EventWaitHandle::wait_one_async`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct WaitOne<'a> {
    event: &'a EventWaitHandle,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    New,
    Waiting(Arc<Waiter>),
    Done,
}

impl<'a> WaitOne<'a> {
    pub(super) const fn new(event: &'a EventWaitHandle) -> Self {
        Self {
            event,
            progress: Progress::New,
        }
    }
}

impl Future for WaitOne<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waiter = match &self.progress {
            Progress::Done => return Poll::Ready(()),
            Progress::Waiting(waiter) => Arc::clone(waiter),
            Progress::New => {
                let waiter = Arc::new(Waiter::default());
                let _signal = self.event.take_or_enter(&waiter, 0);
                self.progress = Progress::Waiting(Arc::clone(&waiter));
                waiter
            }
        };
        if waiter.poll(cx.waker()).is_none() {
            return Poll::Pending;
        }
        self.progress = Progress::Done;
        Poll::Ready(())
    }
}

impl Drop for WaitOne<'_> {
    fn drop(&mut self) {
        if let Progress::Waiting(waiter) = &self.progress {
            let given = waiter.give_up().is_some();
            self.event.leave(waiter);
            if given {
                self.event.give_back();
            }
        }
    }
}
