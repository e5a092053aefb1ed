//! Closes connections that have been idle for too long, while nothing else looks at them: a task on
//! the background runtime for each service point that has idle connections, and none besides.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{sleep_until, try_background};

use super::point::ServicePoint;

/// Starts watching, unless that is done already. It keeps neither service point nor connections
/// alive.
pub(super) fn start(point: &Arc<ServicePoint>) {
    if point.is_reaped().swap(true, Ordering::AcqRel) {
        return;
    }
    // Without threads to be had the next request closes them.
    let Ok(background) = try_background() else {
        point.is_reaped().store(false, Ordering::Release);
        return;
    };
    let watched = Arc::downgrade(point);
    background.spawn(async move {
        loop {
            let Some(wake_at) = watched.upgrade().and_then(|point| next_look(&point)) else {
                return;
            };
            sleep_until(wake_at).await;
        }
    });
}

/// Closes what is due. When to look again; `None` without idle connections.
fn next_look(point: &ServicePoint) -> Option<Instant> {
    if let Some(rest) = point.reap() {
        return Some(after(rest));
    }
    point.is_reaped().store(false, Ordering::Release);
    // One that became idle meanwhile found the watch still on.
    let rest = point.reap()?;
    match point.is_reaped().swap(true, Ordering::AcqRel) {
        true => None,
        false => Some(after(rest)),
    }
}

/// Timers run by the system's clock, whatever clock the context has.
fn after(rest: Duration) -> Instant {
    SystemClock.now() + rest
}
