//! Limits of how many bytes go through streams in a second, of clients and of servers.
//!
//! In scope: the bucket, and waiting for it. Out of scope: the streams that take from it, and what else
//! could be limited (requests in a second, connections).

mod bucket;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use system_net_primitives::{Clock, SystemClock};

use self::bucket::Bucket;
use crate::timer::Timer;

/// How many bytes may go through in a second, all its users together: clones are the same limit.
///
/// Bytes are given out as time passes, those of a tenth of a second at once. In `t` seconds no more
/// than the rate times `t + 0.1` go through; bytes that nobody wanted are not saved up beyond that.
/// What is limited is what the streams hand on: a kernel's buffers fill at once.
///
/// # Examples
/// ```
/// use std::num::NonZeroU64;
/// use system_net_runtime::RateLimit;
///
/// let limit = RateLimit::new(NonZeroU64::new(256 * 1024).unwrap());
/// let same = limit.clone();
/// same.set_bytes_per_second(NonZeroU64::new(1000).unwrap());
/// assert_eq!(limit.bytes_per_second().get(), 1000);
/// ```
#[derive(Clone)]
pub struct RateLimit {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    bucket: Mutex<Bucket>,
}

impl RateLimit {
    /// A limit by the system's clock.
    #[must_use]
    pub fn new(bytes_per_second: NonZeroU64) -> Self {
        Self::with_clock(bytes_per_second, Arc::new(SystemClock))
    }

    /// A limit by another clock.
    #[must_use]
    pub fn with_clock(bytes_per_second: NonZeroU64, clock: Arc<dyn Clock>) -> Self {
        let bucket = Mutex::new(Bucket::new(bytes_per_second, clock.now()));
        Self {
            shared: Arc::new(Shared { clock, bucket }),
        }
    }

    /// The bytes in a second.
    #[must_use]
    pub fn bytes_per_second(&self) -> NonZeroU64 {
        self.bucket().rate()
    }

    /// Sets the bytes in a second, also for streams that are under way.
    pub fn set_bytes_per_second(&self, bytes_per_second: NonZeroU64) {
        let now = self.shared.clock.now();
        self.bucket().set_rate(bytes_per_second, now);
    }

    /// Up to `wanted` bytes, at least one unless none are wanted, as soon as there are some. For streams:
    /// what of them is not used is [given back](Self::give_back).
    ///
    /// `timer` belongs to the one who waits.
    pub fn poll_take(&self, cx: &mut Context<'_>, timer: &mut Timer, wanted: usize) -> Poll<usize> {
        loop {
            let taken = self.bucket().take(wanted, self.shared.clock.now());
            match taken {
                Ok(taken) => return Poll::Ready(taken),
                // By the timer of the system, whose ending only makes it look at the clock again.
                Err(wait) => match SystemClock.now().checked_add(wait) {
                    Some(deadline) => ready!(timer.poll_until(cx, deadline)),
                    None => return Poll::Pending,
                },
            }
        }
    }

    /// Gives back what was taken and not used.
    pub fn give_back(&self, bytes: usize) {
        if bytes > 0 {
            self.bucket().give_back(bytes);
        }
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.shared
            .bucket
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("bytes_per_second", &self.bytes_per_second())
            .finish_non_exhaustive()
    }
}
