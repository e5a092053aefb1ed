//! Who tells listeners, one at a time, and what becomes of the traces of others meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many traces are kept while a listener is busy.
const KEPT: usize = 1024;

/// How long whoever emits waits for room among them.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The turn to tell listeners. A thread has it; others that emit wait for it, as in .NET, so that
/// what was emitted has been told.
///
/// But nobody waits for a listener of the program's own, which may itself wait for whoever emits:
/// what is emitted while one is called is kept, and told by the thread that has the turn, in the
/// order it came. Where it gets too much, whoever emits waits for room after all, and takes over;
/// and where that lasts too long, traces are lost, and it is said.
///
/// A listener may itself cause, by other threads, what it is then told, so that there would be no
/// end of it. Who has told so much in one turn keeps no more: whoever emits waits for the turn. If
/// it is the listener that waits for them, in vain, what it causes is lost, and of the turns that
/// follow less is kept, until there is one that ends by itself.
pub(crate) struct Turn<K> {
    patience: Duration,
    state: Mutex<State<K>>,
    changed: Condvar,
}

struct State<K> {
    taken: bool,
    /// The listener of the program's own that is just called.
    own: Option<Arc<str>>,
    kept: VecDeque<K>,
    /// How many wait for room.
    waiting: usize,
    /// Whether room was waited for in vain, and no more of it until all is told.
    impatient: bool,
    /// How many that were kept may be told in one turn before it is closed.
    limit: usize,
    /// Whether so many have been told in this one, and no more is kept.
    closed: bool,
}

impl<K> State<K> {
    fn end(&mut self) {
        self.taken = false;
        self.own = None;
        self.closed = false;
    }

    /// The end of a turn in which all has been told, or which goes to who waits.
    fn end_told(&mut self) {
        if self.closed && self.impatient {
            self.limit /= 4;
        } else {
            self.limit = KEPT;
            self.impatient = false;
        }
        self.end();
    }

    fn is_full(&self) -> bool {
        self.taken && self.own.is_some() && (self.closed || self.kept.len() >= KEPT)
    }
}

/// A trace that was lost, the first of some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The listener that is busy.
    pub(crate) listener: Arc<str>,
    /// Whether there is no end of what it is told.
    pub(crate) endless: bool,
}

impl<K> Turn<K> {
    pub(crate) const fn new(patience: Duration) -> Self {
        Self {
            patience,
            state: Mutex::new(State {
                taken: false,
                own: None,
                kept: VecDeque::new(),
                waiting: 0,
                impatient: false,
                limit: KEPT,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells `now`, or keeps what `keep` makes for another thread to `tell`.
    ///
    /// # Errors
    /// Of the first trace that is lost.
    pub(crate) fn tell(
        &self,
        now: impl FnOnce(),
        keep: impl FnOnce() -> K,
        tell: impl Fn(K),
    ) -> Result<(), Lost> {
        let mut state = self.lock();
        while state.taken {
            let Some(listener) = state.own.clone() else {
                let waits = |state: &mut State<K>| state.taken && state.own.is_none();
                let woken = self.changed.wait_while(state, waits);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if !state.is_full() {
                state.kept.push_back(keep());
                return Ok(());
            }
            if state.impatient {
                return Ok(());
            }
            state.waiting += 1;
            let full = |state: &mut State<K>| state.is_full() && !state.impatient;
            let woken = self.changed.wait_timeout_while(state, self.patience, full);
            let timed_out;
            (state, timed_out) = woken.unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            if timed_out.timed_out() && full(&mut state) {
                state.impatient = true;
                self.changed.notify_all();
                let endless = state.closed;
                return Err(Lost { listener, endless });
            }
        }
        self.take(state, now, tell);
        Ok(())
    }

    /// Does something in turn, when all has been told that was emitted before.
    pub(crate) fn wait(&self, now: impl FnOnce(), tell: impl Fn(K)) {
        let waits = |state: &mut State<K>| state.taken;
        let woken = self.changed.wait_while(self.lock(), waits);
        let state = woken.unwrap_or_else(PoisonError::into_inner);
        self.take(state, now, tell);
    }

    fn take(&self, mut state: MutexGuard<'_, State<K>>, now: impl FnOnce(), tell: impl Fn(K)) {
        state.taken = true;
        let earlier = state.kept.len();
        drop(state);
        let ended = Ended(self);
        // What one left that handed over, or panicked, came before this.
        for _ in 0..earlier {
            if let Some(kept) = self.next() {
                tell(kept);
            }
        }
        now();
        let mut told = 0;
        while let Some(kept) = self.next_or_end(told) {
            tell(kept);
            told += 1;
        }
        std::mem::forget(ended);
    }

    /// While a listener of the program's own is called.
    pub(crate) fn own<T>(&self, listener: &Arc<str>, call: impl FnOnce() -> T) -> T {
        struct Called<'a, K>(&'a Turn<K>);
        impl<K> Drop for Called<'_, K> {
            fn drop(&mut self) {
                self.0.lock().own = None;
            }
        }
        self.lock().own = Some(Arc::clone(listener));
        // Those that wait for their turn leave what they have to tell.
        self.changed.notify_all();
        let _called = Called(self);
        call()
    }

    fn next(&self) -> Option<K> {
        let mut state = self.lock();
        let kept = state.kept.pop_front();
        if state.waiting > 0 {
            self.changed.notify_all();
        }
        kept
    }

    /// What is to be told next, or the end of the turn, in one: nothing is left untold. If there is
    /// no end of it, who waits for room goes on.
    fn next_or_end(&self, told: usize) -> Option<K> {
        let mut state = self.lock();
        state.closed |= told >= state.limit && !state.kept.is_empty();
        let hands_over = state.closed && state.waiting > 0;
        let kept = (!hands_over).then(|| state.kept.pop_front()).flatten();
        if kept.is_none() {
            state.end_told();
        }
        if kept.is_none() || state.waiting > 0 {
            self.changed.notify_all();
        }
        kept
    }
}

/// Ends the turn if who has it panics.
struct Ended<'a, K>(&'a Turn<K>);

impl<K> Drop for Ended<'_, K> {
    fn drop(&mut self) {
        self.0.lock().end();
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
