//! A limit in KiB that programs change.

use std::sync::atomic::{AtomicU64, Ordering};

/// `None` is without limit.
pub(crate) struct Kib(AtomicU64);

const NONE: u64 = u64::MAX;

impl Kib {
    pub(super) fn new(kib: Option<u32>) -> Self {
        Self(AtomicU64::new(kib.map_or(NONE, u64::from)))
    }

    pub(crate) fn get(&self) -> Option<u32> {
        u32::try_from(self.0.load(Ordering::Relaxed)).ok()
    }

    pub(crate) fn set(&self, kib: Option<u32>) {
        self.0.store(kib.map_or(NONE, u64::from), Ordering::Relaxed);
    }
}
