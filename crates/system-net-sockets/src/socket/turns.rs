//! Whose turn it is: operations on one direction of a stream, first come, first served.
//!
//! The bytes of two sends must not mix, and receives that were begun get the bytes in the order
//! in which they were begun. Nearly always there is one operation at a time, and nearly always it
//! ends at once: it has the lock of the direction for so long, which is its turn and keeps the
//! descriptor open as well. One that has to wait has the turn without the lock.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

const FREE: u8 = 0;
/// One operation has the turn.
const TAKEN: u8 = 1;
/// One has the turn (or was just given it), others wait.
const WANTED: u8 = 2;

/// The operations of one direction.
#[derive(Debug)]
pub(crate) struct Turns {
    /// Held by one operation that tries at once, and by who takes the turn: so nobody takes it
    /// during the attempt. In it, what the attempt is made with.
    lane: Mutex<Option<Arc<OwnedFd>>>,
    state: AtomicU8,
    /// Made when two operations meet for the first time.
    queue: OnceLock<Box<Mutex<Queue>>>,
}

#[derive(Debug, Default)]
struct Queue {
    next_key: u64,
    /// Who was given the turn and does not know it yet.
    granted: Option<u64>,
    /// By their keys, which grow: the first came first. Any of them may go at any time, and
    /// all of many do when the socket is closed.
    waiting: BTreeMap<u64, Option<Waker>>,
}

/// Where one operation stands. It must be given back by [`Turns::leave`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It has not asked yet, or is through.
    #[default]
    None,
    /// It is its turn.
    Own,
    /// It has to wait.
    Waiting(u64),
}

impl Turns {
    pub(crate) const fn new() -> Self {
        Self {
            lane: Mutex::new(None),
            state: AtomicU8::new(FREE),
            queue: OnceLock::new(),
        }
    }

    /// Has the turn for one attempt that does not wait. `None` if another operation has it.
    #[inline]
    pub(crate) fn at_once(&self) -> Option<AtOnce<'_>> {
        let lane = self.lane.try_lock().ok()?;
        if self.state.load(Ordering::Acquire) != FREE {
            return None;
        }
        Some(AtOnce { of: self, lane })
    }

    /// Lets go of the descriptor: it is closed, or gets another owner or another connection. An
    /// attempt that is being made ends first.
    pub(crate) fn let_go(&self) {
        let gone = self.lane().take();
        drop(gone);
    }

    /// As [`let_go`](Self::let_go), by the only one who has it.
    #[inline]
    pub(super) fn end(&mut self) {
        *self.lane.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes the turn, or a place behind those who came before.
    #[inline]
    pub(crate) fn enter(&self, turn: &mut Turn) {
        if *turn != Turn::None {
            return;
        }
        let lane = self.lane();
        *turn = if self.exchange(FREE, TAKEN) {
            Turn::Own
        } else {
            self.line_up()
        };
        drop(lane);
    }

    /// Ready when it is the operation's turn.
    #[inline]
    pub(crate) fn poll(&self, cx: &mut Context<'_>, turn: &mut Turn) -> Poll<()> {
        match *turn {
            Turn::Own => Poll::Ready(()),
            Turn::None => {
                self.enter(turn);
                match turn {
                    Turn::Own => Poll::Ready(()),
                    _ => self.poll_waiting(cx, turn),
                }
            }
            Turn::Waiting(_) => self.poll_waiting(cx, turn),
        }
    }

    /// Gives up the turn, or the place of one who waits.
    #[inline]
    pub(crate) fn leave(&self, turn: &mut Turn) {
        match std::mem::take(turn) {
            Turn::None => {}
            Turn::Own => {
                if !self.exchange(TAKEN, FREE) {
                    self.pass_on();
                }
            }
            Turn::Waiting(key) => self.step_out(key),
        }
    }

    #[inline]
    fn lane(&self) -> MutexGuard<'_, Option<Arc<OwnedFd>>> {
        // What is under it is whole whenever an attempt panics.
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn exchange(&self, from: u8, to: u8) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    #[cold]
    fn line_up(&self) -> Turn {
        let mut queue = self.queue();
        // The owner may leave at this moment, which it does without the lock while nobody waits.
        loop {
            if self.exchange(FREE, TAKEN) {
                return Turn::Own;
            }
            if self.exchange(TAKEN, WANTED) || self.state.load(Ordering::Acquire) == WANTED {
                break;
            }
        }
        let key = queue.next_key;
        queue.next_key += 1;
        queue.waiting.insert(key, None);
        Turn::Waiting(key)
    }

    #[cold]
    fn poll_waiting(&self, cx: &mut Context<'_>, turn: &mut Turn) -> Poll<()> {
        let Turn::Waiting(own) = *turn else {
            return Poll::Ready(());
        };
        let mut queue = self.queue();
        if queue.granted == Some(own) {
            queue.granted = None;
            *turn = Turn::Own;
            return Poll::Ready(());
        }
        let new = cx.waker().clone();
        let place = queue.waiting.get_mut(&own);
        let old = place.and_then(|waker| waker.replace(new));
        // Code of others may run when a waker is dropped: no lock is held.
        drop(queue);
        drop(old);
        Poll::Pending
    }

    /// Gives the turn to the first who waits.
    #[cold]
    fn pass_on(&self) {
        let next = self.next(&mut self.queue());
        if let Some(waker) = next {
            waker.wake();
        }
    }

    fn next(&self, queue: &mut Queue) -> Option<Waker> {
        let Some((key, waker)) = queue.waiting.pop_first() else {
            self.state.store(FREE, Ordering::Release);
            return None;
        };
        queue.granted = Some(key);
        if queue.waiting.is_empty() {
            self.state.store(TAKEN, Ordering::Release);
        }
        waker
    }

    #[cold]
    fn step_out(&self, own: u64) {
        let mut queue = self.queue();
        if queue.granted == Some(own) {
            queue.granted = None;
            let next = self.next(&mut queue);
            drop(queue);
            if let Some(waker) = next {
                waker.wake();
            }
            return;
        }
        let gone = queue.waiting.remove(&own);
        if gone.is_some() && queue.waiting.is_empty() {
            self.state.store(TAKEN, Ordering::Release);
        }
        drop(queue);
        drop(gone);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        let queue = self.queue.get_or_init(Box::default);
        // No code of others runs under the lock, so it cannot be poisoned half-way.
        queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of an operation that tries at once.
pub(crate) struct AtOnce<'a> {
    of: &'a Turns,
    lane: MutexGuard<'a, Option<Arc<OwnedFd>>>,
}

impl AtOnce<'_> {
    /// The descriptor; `source` is asked for it the first time.
    #[inline]
    pub(crate) fn fd(&mut self, source: impl FnOnce() -> Option<Arc<OwnedFd>>) -> Option<&OwnedFd> {
        if self.lane.is_none() {
            *self.lane = source();
        }
        self.lane.as_deref()
    }

    /// The operation goes on beyond the attempt: it keeps the turn.
    #[cold]
    pub(crate) fn keep(self, turn: &mut Turn) {
        // Nobody else takes it while the lane is held.
        *turn = if self.of.exchange(FREE, TAKEN) {
            Turn::Own
        } else {
            self.of.line_up()
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread;

    use super::{FREE, Turn, Turns};

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn first_come_first_served() {
        let turns = Turns::new();
        let woken = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut all: [Turn; 4] = Default::default();
        all.iter_mut().for_each(|turn| turns.enter(turn));
        let ready = |turns: &Turns, turn: &mut Turn, cx: &mut Context<'_>| {
            turns.poll(cx, turn) == Poll::Ready(())
        };
        let [first, second, third, fourth] = &mut all;
        assert!(ready(&turns, first, &mut cx));
        for waiting in [&mut *second, &mut *third, &mut *fourth] {
            assert!(!ready(&turns, waiting, &mut cx));
        }
        // One who waits goes away; the next after the owner is the third then.
        turns.leave(second);
        assert_eq!(woken.0.load(Ordering::SeqCst), 0);
        turns.leave(first);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert!(!ready(&turns, fourth, &mut cx));
        // One who was given the turn goes away without having looked.
        turns.leave(third);
        assert_eq!(woken.0.load(Ordering::SeqCst), 2);
        assert!(ready(&turns, fourth, &mut cx));
        turns.leave(fourth);
        assert_eq!(turns.state.load(Ordering::SeqCst), FREE);
        let mut again = Turn::None;
        assert!(ready(&turns, &mut again, &mut cx));
        turns.leave(&mut again);
    }

    /// The cost of one among many does not grow with their number: else this takes minutes.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "it measures real time")]
    fn many_wait_and_go() {
        const MANY: usize = 200_000;
        let turns = Turns::new();
        let mut cx = Context::from_waker(Waker::noop());
        let started = std::time::Instant::now();
        let mut owner = Turn::None;
        turns.enter(&mut owner);
        let mut all: Vec<Turn> = (0..MANY).map(|_| Turn::None).collect();
        for turn in &mut all {
            assert!(turns.poll(&mut cx, turn).is_pending());
        }
        // From the middle outwards.
        let (before, after) = all.split_at_mut(MANY / 2);
        for (first, last) in before.iter_mut().rev().zip(after) {
            turns.leave(first);
            turns.leave(last);
        }
        turns.leave(&mut owner);
        assert_eq!(turns.state.load(Ordering::SeqCst), FREE);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    /// Many threads, some of which give up: never two at once, and all come through.
    #[test]
    fn one_at_a_time() {
        let turns = Turns::new();
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for number in 0..8 {
                let (turns, inside) = (&turns, &inside);
                scope.spawn(move || {
                    for round in 0..2_000 {
                        let mut turn = Turn::None;
                        if (round + number) % 5 == 0 {
                            turns.enter(&mut turn);
                            turns.leave(&mut turn);
                            continue;
                        }
                        system_net_runtime::block_on(std::future::poll_fn(|cx| {
                            turns.poll(cx, &mut turn)
                        }));
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        turns.leave(&mut turn);
                    }
                });
            }
        });
        assert_eq!(turns.state.load(Ordering::SeqCst), FREE);
    }
}
