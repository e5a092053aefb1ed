//! Heads of requests that wait for the first bytes of their bodies, to go out with them in one write.
//!
//! A server that is sent a head alone wakes, reads it, and waits for the body: that costs both sides
//! about as much as the rest of a small upload. So the head waits for the body, but not for long: the
//! server may have to see it before the application can go on. A task on the background runtime
//! sends what still waits every few milliseconds, and ends when nothing does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{sleep_until, try_background};

use super::upload::Upload;

/// For how long a head waits at most.
const HELD_FOR: Duration = Duration::from_millis(5);

/// Those of a context.
#[derive(Default)]
pub(crate) struct HeldHeads(Mutex<State>);

#[derive(Default)]
struct State {
    uploads: Vec<Weak<Upload>>,
    /// The task runs.
    watched: bool,
}

impl HeldHeads {
    /// Sends the head of an upload unless its body has begun when the time is over. False: it has to
    /// be sent at once.
    pub(super) fn hold(self: &Arc<Self>, upload: &Arc<Upload>) -> bool {
        let mut state = self.state();
        if !state.watched {
            // Without threads to be had nobody would look after it.
            let Ok(background) = try_background() else {
                return false;
            };
            background.spawn(Arc::clone(self).watch());
            state.watched = true;
        }
        state.uploads.push(Arc::downgrade(upload));
        true
    }

    async fn watch(self: Arc<Self>) {
        loop {
            sleep_until(SystemClock.now() + HELD_FOR).await;
            let due = {
                let mut state = self.state();
                if state.uploads.is_empty() {
                    state.watched = false;
                    return;
                }
                std::mem::take(&mut state.uploads)
            };
            let waiting = due.into_iter().filter(|upload| {
                let upload = upload.upgrade();
                upload.is_some_and(|upload| {
                    !upload.send_head(&mut Context::from_waker(Waker::noop()))
                })
            });
            let waiting: Vec<_> = waiting.collect();
            self.state().uploads.extend(waiting);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
