//! Events: who goes on, who does not, and that no signal is lost or used twice.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use system_net_primitives::{
    AutoResetEvent, EventResetMode, EventWaitHandle, ManualResetEvent, Misuse,
};

/// A limit for what must come; nothing waits for its end unless it fails.
const LONG: Duration = Duration::from_secs(30);
/// A time in which what must not come would come.
const SHORT: Duration = Duration::from_millis(30);

fn pause() {
    assert!(!ManualResetEvent::new(false).wait_one_timeout(SHORT));
}

#[test]
fn manual_reset_event() {
    static GATE: ManualResetEvent = ManualResetEvent::new(false);
    assert!(!GATE.wait_one_timeout(Duration::ZERO));
    assert_eq!(GATE.wait_one_milliseconds(1), Ok(false));
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| GATE.wait_one())).collect();
        pause();
        assert!(waiting.iter().all(|thread| !thread.is_finished()));
        GATE.set();
    });
    // It stays set for whoever comes.
    for _ in 0..3 {
        GATE.wait_one();
        assert_eq!(GATE.wait_one_milliseconds(-1), Ok(true));
    }
    GATE.set();
    GATE.reset();
    assert!(!GATE.wait_one_timeout(Duration::ZERO));
    assert!(ManualResetEvent::new(true).wait_one_timeout(Duration::ZERO));
    let refused = GATE.wait_one_milliseconds(-2).unwrap_err();
    assert_eq!(refused.param_name(), Some("millisecondsTimeout"));
}

#[test]
fn auto_reset_event_lets_one_through() {
    let turnstile = AutoResetEvent::new(false);
    let through = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, passed) = mpsc::channel();
        for _ in 0..8 {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                turnstile.wait_one();
                through.fetch_add(1, Ordering::SeqCst);
                sender.send(()).unwrap();
            });
        }
        for round in 1..=8 {
            turnstile.set();
            passed.recv_timeout(LONG).unwrap();
            assert_eq!(through.load(Ordering::SeqCst), round);
        }
    });
    // Signals are not counted.
    turnstile.set();
    turnstile.set();
    assert!(turnstile.wait_one_timeout(Duration::ZERO));
    assert!(!turnstile.wait_one_timeout(Duration::ZERO));
    turnstile.set();
    turnstile.reset();
    assert!(!turnstile.wait_one_timeout(Duration::ZERO));
}

#[test]
fn each_signal_ends_one_wait() {
    // Four threads wait with limits that run out at the moment of the signal, now and then; every
    // signal that was set is taken by one of them, or left at the end.
    const SIGNALS: usize = 5_000;
    let event = AutoResetEvent::new(false);
    let (taken, set) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let over = ManualResetEvent::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.wait_one_timeout(Duration::ZERO) {
                    if event.wait_one_timeout(Duration::from_micros(20)) {
                        taken.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        for _ in 0..SIGNALS {
            event.set();
            set.fetch_add(1, Ordering::SeqCst);
            // Not before it was taken, so that none falls on another.
            while taken.load(Ordering::SeqCst) < set.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        }
        over.set();
    });
    assert_eq!(taken.into_inner(), SIGNALS);
    assert!(!event.wait_one_timeout(Duration::ZERO));
}

#[test]
fn wait_any_takes_one() {
    let (a, b) = (AutoResetEvent::new(false), AutoResetEvent::new(false));
    let none: &[&EventWaitHandle] = &[];
    assert_eq!(
        EventWaitHandle::wait_any_milliseconds(&[&a, &b], 1),
        Ok(None)
    );
    a.set();
    b.set();
    assert_eq!(EventWaitHandle::wait_any(&[&a, &b]), Ok(0));
    assert!(!a.wait_one_timeout(Duration::ZERO), "its signal is taken");
    assert_eq!(EventWaitHandle::wait_any(&[&a, &a, &b]), Ok(2));
    assert!(!b.wait_one_timeout(Duration::ZERO));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| EventWaitHandle::wait_any(&[&a, &b]));
        pause();
        b.set();
        assert_eq!(waiting.join().unwrap(), Ok(1));
    });
    // Who has gone leaves no trace that would take a signal.
    a.set();
    assert!(a.wait_one_timeout(Duration::ZERO));
    assert_eq!(
        EventWaitHandle::wait_any(none).unwrap_err().param_name(),
        Some("waitHandles")
    );
    assert!(EventWaitHandle::wait_any_milliseconds(&[&a], -2).is_err());
}

#[test]
fn wait_all_takes_all_or_none() {
    let gate = ManualResetEvent::new(true);
    let (a, b) = (AutoResetEvent::new(true), AutoResetEvent::new(false));
    assert_eq!(
        EventWaitHandle::wait_all_milliseconds(&[&gate, &a, &b], 1),
        Ok(false)
    );
    assert!(a.wait_one_timeout(Duration::ZERO), "it was not taken");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| EventWaitHandle::wait_all(&[&b, &gate, &a]));
        pause();
        a.set();
        // Taken away again: it does not count later.
        assert!(a.wait_one_timeout(LONG));
        b.set();
        pause();
        assert!(!waiting.is_finished());
        a.set();
        waiting.join().unwrap().unwrap();
    });
    assert!(!a.wait_one_timeout(Duration::ZERO) && !b.wait_one_timeout(Duration::ZERO));
    assert!(gate.wait_one_timeout(Duration::ZERO), "a gate stays open");
    for list in [&[][..], &[&*a, &*gate, &*a]] {
        assert!(matches!(
            EventWaitHandle::wait_all(list),
            Err(Misuse::InvalidArgument { .. })
        ));
    }
}

#[test]
fn all_and_any_in_opposite_order_do_not_lock_each_other() {
    const ROUNDS: usize = 2_000;
    let (a, b) = (AutoResetEvent::new(true), AutoResetEvent::new(true));
    let (a, b) = (&a, &b);
    thread::scope(|scope| {
        for list in [[a, b], [b, a]] {
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    EventWaitHandle::wait_all(&[list[0], list[1]]).unwrap();
                    a.set();
                    b.set();
                }
            });
        }
        scope.spawn(move || {
            for _ in 0..ROUNDS {
                let taken = EventWaitHandle::wait_any(&[b, a]).unwrap();
                [b, a][taken].set();
            }
        });
    });
    assert_eq!(EventWaitHandle::wait_all_milliseconds(&[a, b], 0), Ok(true));
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Arc<Count>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(waker));
    future.poll(&mut Context::from_waker(&waker))
}

#[test]
fn tasks_wait_too() {
    let event = AutoResetEvent::new(true);
    let wakes = Arc::new(Count(AtomicUsize::new(0)));
    let mut first = pin!(event.wait_one_async());
    assert_eq!(poll(first.as_mut(), &wakes), Poll::Ready(()));
    let mut second = Box::pin(event.wait_one_async());
    let mut third = Box::pin(event.wait_one_async());
    assert_eq!(poll(second.as_mut(), &wakes), Poll::Pending);
    assert_eq!(poll(second.as_mut(), &wakes), Poll::Pending);
    assert_eq!(poll(third.as_mut(), &wakes), Poll::Pending);
    event.set();
    assert_eq!(wakes.0.load(Ordering::SeqCst), 1, "only one is woken");
    // The one that was woken goes away before it looks: the signal is the next one's.
    drop(second);
    assert_eq!(wakes.0.load(Ordering::SeqCst), 2);
    assert_eq!(poll(third.as_mut(), &wakes), Poll::Ready(()));
    drop(third);
    assert!(!event.wait_one_timeout(Duration::ZERO));
    // Who has gone before is not given anything.
    let mut fourth = Box::pin(event.wait_one_async());
    assert_eq!(poll(fourth.as_mut(), &wakes), Poll::Pending);
    drop(fourth);
    event.set();
    assert!(event.wait_one_timeout(Duration::ZERO));
    let gate = EventWaitHandle::new(false, EventResetMode::ManualReset);
    let mut both = [
        Box::pin(gate.wait_one_async()),
        Box::pin(gate.wait_one_async()),
    ];
    for wait in &mut both {
        assert_eq!(poll(wait.as_mut(), &wakes), Poll::Pending);
    }
    gate.set();
    for wait in &mut both {
        assert_eq!(poll(wait.as_mut(), &wakes), Poll::Ready(()));
    }
    assert_eq!(
        format!("{gate:?}"),
        "EventWaitHandle { mode: ManualReset, signaled: true }"
    );
}
