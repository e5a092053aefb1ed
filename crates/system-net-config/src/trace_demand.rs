//! Which contexts ask for traces, and what whoever emits has to know of it before it does anything
//! else: one number, read with one load. Between this crate and `system-net-diagnostics`; no part
//! of the public API.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::NetContext;
use crate::context::Inner;

/// All bits, which no real demand has: what is wanted has to be found out.
pub const UNKNOWN: u32 = u32::MAX;

static DEMAND: AtomicU32 = AtomicU32::new(UNKNOWN);

static ASKING: Mutex<Asking> = Mutex::new(Asking {
    generation: 0,
    contexts: Vec::new(),
});

/// The contexts that were made with settings for traces, in the order they were made.
struct Asking {
    /// Counts the changes of the list.
    generation: u64,
    contexts: Vec<Weak<Inner>>,
}

/// The sources and levels that somebody hears, one bit each, or [`UNKNOWN`].
#[inline]
#[must_use]
pub fn current() -> u32 {
    DEMAND.load(Ordering::Relaxed)
}

/// The living contexts with settings for traces, and the number of this state of the list.
#[must_use]
pub fn contexts() -> (u64, Vec<NetContext>) {
    let asking = lock();
    let living = asking.contexts.iter().filter_map(Weak::upgrade);
    (
        asking.generation,
        living.map(NetContext::of_inner).collect(),
    )
}

/// Says what is wanted, as found out from that state of the list. False, and still unknown, if the
/// list has changed since.
pub fn publish(generation: u64, demand: u32) -> bool {
    let asking = lock();
    let current = asking.generation == generation;
    if current {
        DEMAND.store(demand, Ordering::Relaxed);
    }
    current
}

/// A context with settings for traces has been made.
pub(crate) fn made(context: &Arc<Inner>) {
    change(|contexts| contexts.push(Arc::downgrade(context)));
}

/// One is gone.
pub(crate) fn gone() {
    change(|contexts| contexts.retain(|context| context.strong_count() > 0));
}

fn change(of: impl FnOnce(&mut Vec<Weak<Inner>>)) {
    let mut asking = lock();
    of(&mut asking.contexts);
    asking.generation += 1;
    DEMAND.store(UNKNOWN, Ordering::Relaxed);
}

fn lock() -> MutexGuard<'static, Asking> {
    ASKING.lock().unwrap_or_else(PoisonError::into_inner)
}
