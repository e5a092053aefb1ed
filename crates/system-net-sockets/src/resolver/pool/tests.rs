//! Merging, cancelling and threads of the pool, with look-ups that wait to be let through.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, IpAddress};

use super::{Answer, LookupPool, MOST_LOST, Pending, Question, State};
use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};

const LATE: Duration = Duration::from_secs(20);

/// A look-up that says which name it was called for and waits to be let go.
struct Gate {
    pool: LookupPool,
    called: Receiver<String>,
    go: Sender<()>,
    most: Arc<AtomicUsize>,
}

fn asked(name: &str) -> Question {
    Question::host(name, AddressFamily::Unspecified, false)
}

fn loopback() -> IpHostEntry {
    IpHostEntry::of("", vec![IpAddress::LOOPBACK])
}

fn gate(threads: usize) -> Gate {
    let (called, calls) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let (called, gone) = (Mutex::new(called), Mutex::new(gone));
    let running = AtomicUsize::new(0);
    let most = Arc::new(AtomicUsize::new(0));
    let highest = Arc::clone(&most);
    let lookup = move |question: &Question| {
        let Question::Host { name, .. } = question else {
            panic!("only names are asked for here");
        };
        highest.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        called.lock().unwrap().send(name.to_string()).unwrap();
        let _ = gone.lock().unwrap().recv_timeout(LATE);
        running.fetch_sub(1, Ordering::SeqCst);
        match &**name {
            "panics.test" => panic!("of the look-up"),
            "missing.test" => Err(SocketError::new(SocketErrorCode::HostNotFound)),
            _ => Ok(loopback()),
        }
    };
    Gate {
        pool: LookupPool::new(Arc::new(lookup), threads),
        called: calls,
        go,
        most,
    }
}

fn wait(pending: Pending) -> Answer {
    struct Ring(Mutex<Sender<()>>);
    impl Wake for Ring {
        fn wake(self: Arc<Self>) {
            let _ = self.0.lock().unwrap().send(());
        }
    }
    let (sender, rung) = mpsc::channel();
    let waker = Waker::from(Arc::new(Ring(Mutex::new(sender))));
    let mut pending = pin!(pending);
    loop {
        if let Poll::Ready(answer) = pending.as_mut().poll(&mut Context::from_waker(&waker)) {
            return answer;
        }
        rung.recv_timeout(LATE).unwrap();
    }
}

#[track_caller]
fn called(gate: &Gate, name: &str) {
    assert_eq!(gate.called.recv_timeout(LATE).unwrap(), name);
}

#[test]
fn equal_queries_in_flight_are_one() {
    let gate = gate(4);
    let first = gate.pool.look_up(asked("a.test"));
    called(&gate, "a.test");
    let second = gate.pool.look_up(asked("A.Test"));
    let third = gate.pool.look_up(asked("a.test"));
    gate.go.send(()).unwrap();
    for pending in [third, first, second] {
        assert_eq!(wait(pending), Ok(loopback()));
    }
    assert!(gate.called.try_recv().is_err());
    // The answer is not kept: the next question is asked.
    let fourth = gate.pool.look_up(asked("a.test"));
    called(&gate, "a.test");
    gate.go.send(()).unwrap();
    wait(fourth).unwrap();
}

#[test]
fn no_more_threads_than_allowed() {
    let gate = gate(3);
    let all: Vec<_> = (0..20)
        .map(|n| gate.pool.look_up(asked(&format!("{n}.test"))))
        .collect();
    for _ in 0..20 {
        gate.called.recv_timeout(LATE).unwrap();
        gate.go.send(()).unwrap();
    }
    for pending in all {
        wait(pending).unwrap();
    }
    assert!(gate.most.load(Ordering::SeqCst) <= 3);
    assert!(gate.pool.shared.lock().threads <= 3);
}

#[test]
fn dropping_a_waiter_cancels_what_has_not_begun() {
    let gate = gate(1);
    let first = gate.pool.look_up(asked("a.test"));
    called(&gate, "a.test");
    let given_up = gate.pool.look_up(asked("b.test"));
    let kept = gate.pool.look_up(asked("c.test"));
    let shared = gate.pool.look_up(asked("c.test"));
    drop(given_up);
    drop(shared);
    drop(first); // it runs already; nobody waits for it
    gate.go.send(()).unwrap();
    called(&gate, "c.test");
    gate.go.send(()).unwrap();
    wait(kept).unwrap();
    until(&gate, |state| {
        state.in_flight.is_empty() && state.queue.is_empty()
    });
}

/// Waits for the threads to come to this.
#[track_caller]
#[allow(
    clippy::disallowed_methods,
    reason = "a limit for a test that would wait for ever"
)]
fn until(gate: &Gate, reached: impl Fn(&State) -> bool) {
    let end = Instant::now() + LATE;
    while !reached(&gate.pool.shared.lock()) {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
}

#[test]
fn look_ups_that_nobody_waits_for_do_not_keep_others_waiting() {
    let gate = gate(1);
    let lost: Vec<_> = (0..3)
        .map(|n| {
            let name = format!("{n}.lost.test");
            let pending = gate.pool.look_up(asked(&name));
            called(&gate, &name);
            drop(pending);
            name
        })
        .collect();
    assert_eq!(gate.pool.shared.lock().forsaken, 3);
    // One of them is wanted again: it counts again, and a new question waits for it.
    let again = gate.pool.look_up(asked(&lost[0]));
    let waiting = gate.pool.look_up(asked("waiting.test"));
    assert_eq!(gate.pool.shared.lock().forsaken, 2);
    assert_eq!(gate.pool.shared.lock().threads, 3);
    assert!(gate.called.try_recv().is_err());
    for _ in 0..3 {
        gate.go.send(()).unwrap();
    }
    wait(again).unwrap();
    called(&gate, "waiting.test");
    gate.go.send(()).unwrap();
    wait(waiting).unwrap();
    // What is one too many has ended.
    until(&gate, |state| {
        state.forsaken == 0 && state.threads == 1 && state.in_flight.is_empty()
    });
}

#[test]
fn threads_lost_for_good_have_an_end() {
    let gate = gate(1);
    for n in 0..MOST_LOST {
        let name = format!("{n}.lost.test");
        let pending = gate.pool.look_up(asked(&name));
        called(&gate, &name);
        drop(pending);
    }
    let waiting = gate.pool.look_up(asked("waiting.test"));
    assert_eq!(gate.pool.shared.lock().threads, MOST_LOST);
    assert!(gate.called.try_recv().is_err());
    for _ in 0..=MOST_LOST {
        gate.go.send(()).unwrap();
    }
    wait(waiting).unwrap();
}

#[test]
fn different_questions_about_a_name_are_not_merged() {
    let gate = gate(4);
    let v6 = Question::host("a.test", AddressFamily::InterNetworkV6, false);
    let entry = Question::host("a.test", AddressFamily::Unspecified, true);
    let all = [asked("a.test"), v6, entry].map(|question| gate.pool.look_up(question));
    for pending in all {
        called(&gate, "a.test");
        gate.go.send(()).unwrap();
        drop(pending);
    }
}

#[test]
fn a_query_given_up_and_asked_anew_is_looked_up_once() {
    let gate = gate(1);
    let first = gate.pool.look_up(asked("a.test"));
    called(&gate, "a.test");
    drop(gate.pool.look_up(asked("b.test")));
    let again = gate.pool.look_up(asked("b.test"));
    gate.go.send(()).unwrap();
    wait(first).unwrap();
    called(&gate, "b.test");
    gate.go.send(()).unwrap();
    wait(again).unwrap();
    assert!(gate.called.try_recv().is_err());
}

#[test]
fn failures_and_panics_reach_everybody_who_waits() {
    let gate = gate(1);
    for (name, code) in [
        ("missing.test", SocketErrorCode::HostNotFound),
        ("panics.test", SocketErrorCode::NoRecovery),
        ("missing.test", SocketErrorCode::HostNotFound),
    ] {
        let first = gate.pool.look_up(asked(name));
        let second = gate.pool.look_up(asked(name));
        called(&gate, name);
        gate.go.send(()).unwrap();
        assert_eq!(wait(first).unwrap_err().code(), code);
        assert_eq!(wait(second).unwrap_err().code(), code);
    }
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a limit for a test that would wait for ever"
)]
fn a_dropped_pool_answers_and_ends_its_threads() {
    let Gate {
        pool,
        called,
        go,
        most: _,
    } = gate(2);
    let first = pool.look_up(asked("a.test"));
    called.recv_timeout(LATE).unwrap();
    let shared = Arc::clone(&pool.shared);
    drop(pool);
    go.send(()).unwrap();
    wait(first).unwrap();
    let end = Instant::now() + LATE;
    while shared.lock().threads > 0 {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
}
