//! The times of a service point: how long its connections may be idle or be used.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use system_net_primitives::Misuse;

/// What a service point knows of times.
pub(super) struct Times {
    pub(super) max_idle: Limit,
    pub(super) lease: Limit,
}

impl Times {
    pub(super) fn new(max_idle: &Limit) -> Self {
        Self {
            max_idle: Limit::new(max_idle.0.load(Ordering::Relaxed)),
            lease: Limit::new(Limit::NONE),
        }
    }
}

/// A time in .NET's milliseconds; -1 is none.
pub(super) struct Limit(AtomicI32);

impl Limit {
    const NONE: i32 = -1;
    /// How long a connection may be idle unless that is set: 100 seconds.
    pub(super) const IDLE: i32 = 100_000;

    pub(super) fn new(milliseconds: i32) -> Self {
        Self(AtomicI32::new(milliseconds))
    }

    pub(super) fn get(&self) -> Option<Duration> {
        let milliseconds = u64::try_from(self.0.load(Ordering::Relaxed)).ok()?;
        Some(Duration::from_millis(milliseconds))
    }

    pub(super) fn set(&self, time: Option<Duration>) -> Result<(), Misuse> {
        let milliseconds = match time {
            None => Self::NONE,
            Some(time) => i32::try_from(time.as_millis()).map_err(|_| {
                Misuse::out_of_range("value", "at most 2147483647 milliseconds, or none")
            })?,
        };
        self.0.store(milliseconds, Ordering::Relaxed);
        Ok(())
    }
}
