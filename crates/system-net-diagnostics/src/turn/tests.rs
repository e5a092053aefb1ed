//! What is kept, in which order it is told, and when it is lost.

#![allow(
    clippy::disallowed_methods,
    reason = "threads are what these are about"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::*;

/// Long enough for all machines.
const LONG: Duration = Duration::from_secs(600);

/// A turn whose listener notes what it is told.
struct Noted {
    turn: Turn<usize>,
    told: Mutex<Vec<usize>>,
}

impl Noted {
    fn new(patience: Duration) -> Self {
        Self {
            turn: Turn::new(patience),
            told: Mutex::default(),
        }
    }

    fn note(&self, number: usize) {
        let busy = "busy".into();
        self.turn
            .own(&busy, || self.told.lock().unwrap().push(number));
    }

    fn tell(&self, number: usize) -> Result<(), Lost> {
        let tell = |number| self.note(number);
        self.turn.tell(|| self.note(number), || number, tell)
    }

    /// Tells 0, and does something while the listener is busy with it.
    fn while_busy(&self, meanwhile: impl FnOnce() + Send) {
        let (busy, is_busy) = mpsc::channel();
        let (done, is_done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let now = || {
                    self.turn.own(&"busy".into(), || {
                        busy.send(()).unwrap();
                        is_done.recv().unwrap_err();
                        self.told.lock().unwrap().push(0);
                    });
                };
                let tell = |number| self.note(number);
                self.turn.tell(now, || 0, tell).unwrap();
            });
            is_busy.recv().unwrap();
            meanwhile();
            drop(done);
        });
    }

    fn told(self) -> Vec<usize> {
        self.told.into_inner().unwrap()
    }
}

fn busy() -> Lost {
    Lost {
        listener: "busy".into(),
        endless: false,
    }
}

#[test]
fn what_comes_while_a_listener_is_busy_is_told_in_order() {
    let noted = Noted::new(LONG);
    noted.while_busy(|| {
        for number in 1..=KEPT {
            noted.tell(number).unwrap();
        }
        assert_eq!(*noted.told.lock().unwrap(), []);
    });
    noted.tell(KEPT + 1).unwrap();
    assert_eq!(noted.told(), Vec::from_iter(0..=KEPT + 1));
}

/// Where there is no room and none comes, it is said once, and nobody waits again until all is told.
#[test]
fn what_there_is_no_room_for_is_lost_and_said_once() {
    let noted = Noted::new(Duration::from_millis(20));
    noted.while_busy(|| {
        for number in 1..=KEPT {
            noted.tell(number).unwrap();
        }
        assert_eq!(noted.tell(7), Err(busy()));
        assert_eq!(noted.tell(8), Ok(()));
    });
    noted.tell(KEPT + 1).unwrap();
    let again = KEPT + 2..2 * KEPT + 2;
    noted.while_busy(|| {
        for number in again.clone() {
            noted.tell(number).unwrap();
        }
        assert_eq!(noted.tell(9), Err(busy()), "it is said anew");
    });
    let expected = (0..=KEPT + 1).chain([0]).chain(again);
    assert_eq!(noted.told(), Vec::from_iter(expected));
}

/// More than there is room for: who waits for room gets it, and the turn goes round.
#[test]
fn who_waits_for_room_loses_nothing() {
    const THREADS: usize = 4;
    const EACH: usize = 3 * KEPT;
    let noted = Noted::new(LONG);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let noted = &noted;
            scope.spawn(move || {
                for number in 0..EACH {
                    noted.tell(thread * EACH + number).unwrap();
                }
            });
        }
    });
    assert_eq!(noted.turn.lock().waiting, 0);
    let told = noted.told();
    assert_eq!(told.len(), THREADS * EACH);
    for thread in 0..THREADS {
        let own = thread * EACH..(thread + 1) * EACH;
        let of_thread: Vec<usize> = told.iter().copied().filter(|n| own.contains(n)).collect();
        assert_eq!(of_thread, Vec::from_iter(own));
    }
}

/// Who has a turn and panics gives it back; what was kept is told by the next.
#[test]
fn a_panic_ends_the_turn() {
    let noted = Noted::new(LONG);
    let panics = || {
        noted.turn.own(&"busy".into(), || {
            thread::scope(|scope| {
                scope.spawn(|| noted.tell(1).unwrap());
            });
            panic!("as tests want it");
        });
    };
    let told = catch_unwind(AssertUnwindSafe(|| {
        noted.turn.tell(panics, || 0, |number| noted.note(number))
    }));
    assert!(told.is_err());
    noted.tell(2).unwrap();
    assert_eq!(noted.told(), [1, 2]);
}

/// Who wants the end of it all waits for all that came before.
#[test]
fn who_waits_for_the_end_finds_all_told() {
    for _ in 0..20 {
        let noted = Noted::new(LONG);
        thread::scope(|scope| {
            noted.while_busy(|| {
                for number in 1..=10 {
                    noted.tell(number).unwrap();
                }
                scope.spawn(|| {
                    let count = || assert_eq!(noted.told.lock().unwrap().len(), 11);
                    noted.turn.wait(count, |number| noted.note(number));
                });
            });
        });
    }
}

/// A listener that causes what it is told, and waits for it.
struct Feeding {
    turn: Turn<()>,
    each: usize,
    called: AtomicUsize,
    lost: Mutex<Vec<Lost>>,
}

impl Feeding {
    fn new(each: usize) -> Self {
        Self {
            turn: Turn::new(Duration::from_millis(20)),
            each,
            called: AtomicUsize::new(0),
            lost: Mutex::default(),
        }
    }

    fn call(&self, each: usize) {
        self.called.fetch_add(1, Ordering::SeqCst);
        self.turn.own(&"fed".into(), || {
            thread::scope(|scope| {
                scope.spawn(|| (0..each).for_each(|_| self.tell()));
            });
        });
    }

    fn tell(&self) {
        let call = || self.call(self.each);
        let told = self.turn.tell(call, || (), |()| call());
        self.lost.lock().unwrap().extend(told.err());
    }

    /// How often it is called for one trace.
    fn calls(&self) -> usize {
        let before = self.called.load(Ordering::SeqCst);
        self.tell();
        self.called.load(Ordering::SeqCst) - before
    }
}

/// Who emits goes on; the rest is lost, which is said once, and costs less each time.
#[test]
fn a_listener_that_feeds_itself_ends() {
    for each in [1, 3, 20] {
        let feeding = Feeding::new(each);
        let calls: Vec<usize> = (0..8).map(|_| feeding.calls()).collect();
        assert!(
            calls[0] > KEPT && calls[0] <= 2 * KEPT + 1,
            "{each}: {calls:?}"
        );
        assert!(calls[7] <= 2 * each + 1, "{each}: {calls:?}");
        assert!(calls.is_sorted_by(|a, b| a >= b), "{each}: {calls:?}");
        let lost = feeding.lost.lock().unwrap();
        assert_eq!(lost.len(), 1, "{each}: {lost:?}");
        assert_eq!(
            lost[0].endless,
            each == 1,
            "it was closed before it was full"
        );
    }
}

/// When it has stopped, it is as others are again.
#[test]
fn a_listener_that_fed_itself_loses_no_more() {
    let feeding = Feeding::new(1);
    for _ in 0..8 {
        feeding.calls();
    }
    let once = || {
        feeding
            .turn
            .tell(|| feeding.call(0), || (), |()| feeding.call(0))
    };
    once().unwrap();
    {
        let state = feeding.turn.lock();
        assert!(state.limit == KEPT && !state.impatient && !state.closed);
    }
    // It feeds itself anew, which is said anew.
    feeding.calls();
    assert_eq!(feeding.lost.lock().unwrap().len(), 2);
}
