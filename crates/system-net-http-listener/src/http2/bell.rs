//! The waker of a task that drives a connection: silent while the task begins handlers.
//!
//! A handler that answers at once puts frames into the connection, which wakes the task that is to
//! send them. That is the one in which the handler runs, and it looks at the connection behind it
//! anyhow: woken, it would be run once more for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Wake, Waker};

const SILENT: u8 = 1;
const RUNG: u8 = 2;

pub(super) struct Bell {
    task: Waker,
    state: AtomicU8,
}

impl Bell {
    /// For the task of `cx`; the bell, and the waker that rings it.
    pub(super) fn new(cx: &Context<'_>) -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self {
            task: cx.waker().clone(),
            state: AtomicU8::new(0),
        });
        let waker = Waker::from(Arc::clone(&bell));
        (bell, waker)
    }

    /// Whether it wakes the task of `cx`.
    pub(super) fn is_of(&self, cx: &Context<'_>) -> bool {
        self.task.will_wake(cx.waker())
    }

    /// From here on nothing wakes the task.
    pub(super) fn silence(&self) {
        self.state.store(SILENT, Ordering::Relaxed);
    }

    /// From here on the task is woken again. What happened before it has to look for: whoever rang in
    /// vain has done before what there is to be seen.
    pub(super) fn unsilence(&self) {
        // Behind the ringing of others in the order of this one value, and so behind what they did.
        self.state.swap(0, Ordering::AcqRel);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A write, not a look: it is ordered with that of `unsilence`.
        if self.state.fetch_or(RUNG, Ordering::AcqRel) & SILENT == 0 {
            self.task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Rings reach the task but those while it is silent, and those afterwards do again.
    #[test]
    fn silence_ends() {
        let count = Arc::new(Count::default());
        let task = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&task);
        let (bell, waker) = Bell::new(&cx);
        let heard = || count.0.load(Ordering::Relaxed);
        assert!(bell.is_of(&cx));
        assert!(!bell.is_of(&Context::from_waker(Waker::noop())));
        waker.wake_by_ref();
        waker.wake_by_ref();
        assert_eq!(heard(), 2);
        bell.silence();
        waker.wake_by_ref();
        assert_eq!(heard(), 2);
        bell.unsilence();
        waker.wake();
        assert_eq!(heard(), 3);
    }
}
