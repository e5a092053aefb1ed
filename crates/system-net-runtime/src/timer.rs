//! Deadlines that wait wherever they are polled.

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::runtime::Id;
use tokio::time::{Sleep, sleep_until as tokio_sleep_until};

use crate::{executor, reactor};

/// A lazily armed timer, one per connection, kept over many operations.
///
/// Under [`block_on`](crate::block_on) it only tells the executor the deadline. On a reactor it
/// keeps one entry in the timer wheel, which moves forward only when it fires early or a nearer
/// deadline comes: an operation that ends in time costs the wheel nothing. Like a socket it
/// follows the caller from reactor to reactor.
#[derive(Debug, Default)]
pub struct Timer {
    armed: Option<Armed>,
}

#[derive(Debug)]
struct Armed {
    sleep: Pin<Box<Sleep>>,
    id: Id,
}

impl Timer {
    /// A timer that is not armed; costs nothing.
    pub const fn new() -> Self {
        Self { armed: None }
    }

    /// Ready once `deadline` has passed; else the task is woken then (and perhaps before).
    pub fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if executor::is_driving(cx) {
            self.armed = None;
            return executor::note_deadline(deadline);
        }
        // A timer of a runtime that is gone panics, one of a runtime that is not driven hangs:
        // never poll it.
        if self
            .armed
            .as_ref()
            .is_some_and(|armed| Some(armed.id) != reactor::current())
        {
            self.armed = None;
        }
        let wanted = tokio::time::Instant::from_std(deadline);
        let sleep = match &mut self.armed {
            Some(armed) => &mut armed.sleep,
            armed @ None => match reactor::make_here(move || Box::pin(tokio_sleep_until(wanted))) {
                Ok((sleep, id)) => &mut armed.insert(Armed { sleep, id }).sleep,
                // No runtime can be started: the process is out of threads. Let the operation
                // end instead of waiting without a limit.
                Err(_) => return Poll::Ready(()),
            },
        };
        if wanted < sleep.deadline() {
            sleep.as_mut().reset(wanted);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if wanted <= sleep.deadline() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(wanted);
        }
        Poll::Pending
    }

    /// Disarms it. To be called when its connection moves to another place or is idle for long.
    pub fn release(&mut self) {
        self.armed = None;
    }

    /// Lets go of the task that was last woken, but stays armed. To be called when an operation
    /// ends: else a finished task's memory stays up to the deadline.
    pub fn forget_task(&mut self) {
        if let Some(armed) = &mut self.armed
            && Some(armed.id) == reactor::current()
        {
            let _ = armed
                .sleep
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        } else {
            self.armed = None;
        }
    }

    /// Whether it keeps an entry in a reactor's timer wheel.
    pub fn is_armed(&self) -> bool {
        self.armed.is_some()
    }
}

/// Waits until `deadline`.
pub async fn sleep_until(deadline: Instant) {
    let mut timer = Timer::new();
    std::future::poll_fn(|cx| timer.poll_until(cx, deadline)).await;
}

/// Gives the future's output, or [`Elapsed`] if `deadline` comes first. `None` waits for ever.
///
/// The future is dropped with the returned one. If both are ready, the output wins.
///
/// # Errors
/// [`Elapsed`] after the deadline.
pub async fn timeout_at<F: Future>(
    deadline: Option<Instant>,
    future: F,
) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut timer = Timer::new();
    std::future::poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        match deadline {
            Some(deadline) => timer.poll_until(cx, deadline).map(|()| Err(Elapsed(()))),
            None => Poll::Pending,
        }
    })
    .await
}

/// A deadline passed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline has passed")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}
