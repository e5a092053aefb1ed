//! The token bucket: a value that is told the time.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

const NANOS: u128 = 1_000_000_000;
/// The bucket holds what comes in a tenth of a second.
const PARTS: u64 = 10;

pub(super) struct Bucket {
    rate: NonZeroU64,
    /// Bytes that may go through now.
    bytes: u64,
    /// And parts of one more, in bytes times nanoseconds.
    rest: u128,
    /// Up to when it was filled.
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(rate: NonZeroU64, now: Instant) -> Self {
        let mut bucket = Self {
            rate,
            bytes: 0,
            rest: 0,
            filled: now,
        };
        bucket.bytes = bucket.most();
        bucket
    }

    pub(super) fn rate(&self) -> NonZeroU64 {
        self.rate
    }

    pub(super) fn set_rate(&mut self, rate: NonZeroU64, now: Instant) {
        self.fill(now);
        self.rate = rate;
        self.bytes = self.bytes.min(self.most());
    }

    /// Up to `wanted` bytes; or how long until there are enough to be worth it.
    pub(super) fn take(&mut self, wanted: usize, now: Instant) -> Result<usize, Duration> {
        self.fill(now);
        let wanted = wanted as u64;
        // Not byte by byte: half of what fits is waited for, if so much is wanted.
        let worth = wanted.min((self.most() / 2).max(1));
        if self.bytes < worth {
            return Err(self.until(worth));
        }
        let taken = self.bytes.min(wanted);
        self.bytes -= taken;
        Ok(usize::try_from(taken).unwrap_or(usize::MAX))
    }

    pub(super) fn give_back(&mut self, bytes: usize) {
        self.bytes = (self.bytes + bytes as u64).min(self.most());
    }

    /// How much it holds.
    fn most(&self) -> u64 {
        (self.rate.get() / PARTS).max(1)
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled);
        self.filled = self.filled.max(now);
        let come = passed.as_nanos() * u128::from(self.rate.get()) + self.rest;
        let bytes = u64::try_from(come / NANOS).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        self.rest = come % NANOS;
        if self.bytes >= self.most() {
            (self.bytes, self.rest) = (self.most(), 0);
        }
    }

    fn until(&self, bytes: u64) -> Duration {
        let missing = u128::from(bytes - self.bytes) * NANOS - self.rest;
        let nanos = missing.div_ceil(u128::from(self.rate.get()));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}
