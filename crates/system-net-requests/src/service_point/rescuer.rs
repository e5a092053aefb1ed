//! Looks after requests that are out behind others: one behind a response that does not come, or is
//! not read, goes to a connection that is free meanwhile. A task on the background runtime for each
//! service point where somebody is behind another, and none besides.

use std::sync::Arc;

use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{sleep_until, try_background};

use super::pipe::STALL;
use super::point::ServicePoint;

/// Starts looking, unless that is done already. It does not keep the service point alive.
pub(super) fn start(point: &Arc<ServicePoint>) {
    let Some(task) = point.rescuers().begin() else {
        return;
    };
    // Without threads to be had they stay where they are.
    let Ok(background) = try_background() else {
        point.rescuers().end(task);
        return;
    };
    let watched = Arc::downgrade(point);
    background.spawn(async move {
        loop {
            sleep_until(SystemClock.now() + STALL).await;
            let Some(point) = watched.upgrade() else {
                return;
            };
            if point.rescue() {
                continue;
            }
            point.rescuers().end(task);
            // One that was sent meanwhile found the watch still on.
            if !point.rescue() || !point.rescuers().resume(task) {
                return;
            }
        }
    });
}
