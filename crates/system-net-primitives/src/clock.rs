//! Where time comes from: the one place that may ask the operating system, and a fake for tests.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A source of time. A context owns one, so that tests can move time by hand.
pub trait Clock: Send + Sync {
    /// The monotonic time, for deadlines.
    fn now(&self) -> Instant;
    /// The time of day, for dates in headers and certificates.
    fn utc_now(&self) -> SystemTime;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the clock the lint points to"
    )]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "this is the clock the lint points to"
    )]
    fn utc_now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still until it is moved.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use system_net_primitives::{Clock, FakeClock};
///
/// let clock = FakeClock::new();
/// let start = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now() - start, Duration::from_secs(60));
/// clock.set_utc_now(SystemTime::UNIX_EPOCH);
/// assert_eq!(clock.utc_now(), SystemTime::UNIX_EPOCH);
/// ```
pub struct FakeClock {
    times: Mutex<(Instant, SystemTime)>,
}

impl FakeClock {
    /// 2010-01-01T00:00:00Z, where a new fake clock stands.
    const START: Duration = Duration::from_secs(1_262_304_000);

    /// A clock standing at 2010-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(SystemTime::UNIX_EPOCH + Self::START)
    }

    /// A clock standing at a time of day of your choice.
    #[must_use]
    pub fn starting_at(utc: SystemTime) -> Self {
        // An `Instant` can be had from the system only; its value never shows.
        Self {
            times: Mutex::new((SystemClock.now(), utc)),
        }
    }

    /// Moves both times forward.
    pub fn advance(&self, by: Duration) {
        let mut times = self.lock();
        times.0 += by;
        times.1 += by;
    }

    /// Sets the time of day alone, as an administrator does; the monotonic time stays.
    pub fn set_utc_now(&self, utc: SystemTime) {
        self.lock().1 = utc;
    }

    fn lock(&self) -> MutexGuard<'_, (Instant, SystemTime)> {
        // Two plain values are never left half written, so a poisoned lock is as good as any.
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Instant {
        self.lock().0
    }

    fn utc_now(&self) -> SystemTime {
        self.lock().1
    }
}

impl fmt::Debug for FakeClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeClock")
            .field("utc_now", &self.utc_now())
            .finish()
    }
}
