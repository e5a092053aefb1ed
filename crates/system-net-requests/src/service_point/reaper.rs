//! Closes connections that have been idle for too long, while nothing else looks at them, and
//! removes a service point with its last one: a task on the background runtime for each service
//! point that has connections, and none besides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{sleep_until, try_background};

use super::point::ServicePoint;

/// Who watches something of a service point.
#[derive(Default)]
pub(super) struct Watch {
    /// The number of the task that does; 0: none.
    current: AtomicU64,
    /// How many there have been.
    tasks: AtomicU64,
}

impl Watch {
    /// The number of a new task, unless there is one.
    pub(super) fn begin(&self) -> Option<u64> {
        if self.current.load(Ordering::Acquire) != 0 {
            return None;
        }
        let task = self.tasks.fetch_add(1, Ordering::Relaxed) + 1;
        self.resume(task).then_some(task)
    }

    /// Makes a task the one that watches, if there is none.
    pub(super) fn resume(&self, task: u64) -> bool {
        let swapped = (self.current).compare_exchange(0, task, Ordering::AcqRel, Ordering::Acquire);
        swapped.is_ok()
    }

    /// Ends the watch of a task, if it has it.
    pub(super) fn end(&self, task: u64) {
        // Another one's goes on.
        let _ = (self.current).compare_exchange(task, 0, Ordering::AcqRel, Ordering::Acquire);
    }

    fn is_with(&self, task: u64) -> bool {
        self.current.load(Ordering::Acquire) == task
    }
}

/// Starts watching, unless that is done already. It keeps neither service point nor connections
/// alive.
pub(super) fn start(point: &Arc<ServicePoint>) {
    let Some(task) = point.watch().begin() else {
        return;
    };
    // Without threads to be had the next request closes them.
    let Ok(background) = try_background() else {
        point.watch().end(task);
        return;
    };
    let watched = Arc::downgrade(point);
    background.spawn(async move {
        loop {
            let next = |point: Arc<ServicePoint>| {
                let next = next_look(&point, task);
                if next.is_none() {
                    point.leave_if_unused();
                }
                next
            };
            let Some(wake_at) = watched.upgrade().and_then(next) else {
                return;
            };
            sleep_until(wake_at).await;
        }
    });
}

/// Starts watching anew: connections may be due earlier than whoever watches knows.
pub(super) fn restart(point: &Arc<ServicePoint>) {
    point.watch().current.store(0, Ordering::Release);
    start(point);
}

/// Closes what is due. When to look again; `None` if nothing can become due, or another task
/// watches.
fn next_look(point: &ServicePoint, task: u64) -> Option<Instant> {
    if !point.watch().is_with(task) {
        return None;
    }
    if let Some(rest) = point.reap() {
        return Some(after(rest));
    }
    point.watch().end(task);
    // One that became idle meanwhile found the watch still on.
    let rest = point.reap()?;
    point.watch().resume(task).then(|| after(rest))
}

/// Timers run by the system's clock, whatever clock the context has.
fn after(rest: Duration) -> Instant {
    SystemClock.now() + rest
}
