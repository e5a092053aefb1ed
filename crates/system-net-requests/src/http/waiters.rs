//! Several readers of one body: a socket wakes only the last one that asked, so that who reads on
//! behalf of all must wake the others.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use system_net_runtime::is_driving;

/// The asynchronous readers that wait. A blocking one waits in `poll(2)` and needs no place here.
#[derive(Default)]
pub(super) struct Waiters {
    wakers: Vec<Waker>,
}

impl Waiters {
    /// Polls for one reader of several. While there are others, it is polled so that all of them are woken,
    /// as any of them may be gone by then; when one is served, the others look again.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.add(cx);
        let result = if is_driving(cx) || self.wakers.len() < 2 {
            poll(cx)
        } else {
            let all = Waker::from(Arc::new(All(self.wakers.clone())));
            poll(&mut Context::from_waker(&all))
        };
        if result.is_ready() {
            self.wake_but(Some(cx.waker()));
        }
        result
    }

    /// Everybody looks again.
    pub(super) fn wake(&mut self) {
        self.wake_but(None);
    }

    /// Nobody waits: who reads need not look after others.
    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }

    /// One more waits, unless it does so already or blocks.
    pub(super) fn add(&mut self, cx: &Context<'_>) {
        let waker = cx.waker();
        if !is_driving(cx) && !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }

    fn wake_but(&mut self, served: Option<&Waker>) {
        for waker in self.wakers.drain(..) {
            if !served.is_some_and(|served| served.will_wake(&waker)) {
                waker.wake();
            }
        }
    }
}

/// Wakes them all.
struct All(Vec<Waker>);

impl Wake for All {
    fn wake(self: Arc<Self>) {
        self.0.iter().for_each(Waker::wake_by_ref);
    }
}
