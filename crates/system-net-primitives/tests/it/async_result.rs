// AsyncResult: callbacks, waiting threads, futures, cancellation.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use system_net_primitives::{AsyncOrigin, AsyncResult, Misuse};

/// Far longer than any of these tests takes; reached only when one fails.
const LONG: Duration = Duration::from_secs(20);

struct CountingWaker(AtomicU32);

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_callback_runs_once_and_may_end_the_operation() {
    let (sender, calls) = mpsc::channel();
    let state: Arc<String> = Arc::new("mine".to_owned());
    let (result, completer) = AsyncResult::new_with_callback(
        Some(Box::new(move |result: &AsyncResult<u32>| {
            let state = result
                .async_state()
                .unwrap()
                .downcast_ref::<String>()
                .cloned();
            sender
                .send((result.is_completed(), result.end(), state))
                .unwrap();
        })),
        Some(state),
    );
    assert!(!result.is_completed());
    completer.complete(5);
    assert_eq!(calls.recv(), Ok((true, Ok(5), Some("mine".to_owned()))));
    assert!(calls.recv().is_err(), "called once, then dropped");
    assert!(matches!(result.end(), Err(Misuse::InvalidOperation(_))));
}

#[test]
fn ending_twice_is_misuse() {
    let (result, completer) = AsyncResult::new(None);
    completer.complete_synchronously("value");
    assert!(result.completed_synchronously());
    assert_eq!(result.clone().end(), Ok("value"));
    for _ in 0..2 {
        let error = result.end().unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid operation: the result of this operation was taken already"
        );
    }
    assert!(result.is_completed());
}

#[test]
fn many_threads_wait_and_one_gets_the_value() {
    for round in 0..50 {
        let (result, completer) = AsyncResult::new(None);
        let start = Barrier::new(9);
        let values = std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..8)
                .map(|n| {
                    let (result, start) = (result.clone(), &start);
                    scope.spawn(move || {
                        start.wait();
                        match n % 3 {
                            0 => result.wait(),
                            1 => assert!(result.wait_timeout(LONG)),
                            _ => {}
                        }
                        result.end().ok()
                    })
                })
                .collect();
            start.wait();
            completer.complete(round);
            waiters
                .into_iter()
                .filter_map(|w| w.join().unwrap())
                .collect::<Vec<_>>()
        });
        assert_eq!(values, [round]);
    }
}

#[test]
fn a_wait_that_is_too_short_says_so() {
    let (result, completer) = AsyncResult::<()>::new(None);
    assert!(!result.wait_timeout(Duration::from_millis(1)));
    completer.complete(());
    assert!(result.wait_timeout(Duration::ZERO));
}

#[test]
fn awaiting_takes_the_value() {
    let wakes = Arc::new(CountingWaker(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    let (result, completer) = AsyncResult::new(None);
    let mut future = pin!(result.clone());
    assert!(future.as_mut().poll(&mut cx).is_pending());
    assert!(future.as_mut().poll(&mut cx).is_pending());
    completer.complete(9);
    assert_eq!(wakes.0.load(Ordering::SeqCst), 1, "one waker is kept once");
    assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready(Ok(9)));
    assert!(result.end().is_err());
}

#[test]
fn awaiting_again_from_elsewhere_forgets_the_first_waker() {
    let wakes: Vec<_> = (0..3)
        .map(|_| Arc::new(CountingWaker(AtomicU32::new(0))))
        .collect();
    let (result, completer) = AsyncResult::new(None);
    let mut future = pin!(result);
    for waker in &wakes {
        let waker = Waker::from(Arc::clone(waker));
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    completer.complete(());
    let counts: Vec<_> = wakes
        .iter()
        .map(|waker| waker.0.load(Ordering::SeqCst))
        .collect();
    assert_eq!(counts, [0, 0, 1]);
}

#[test]
fn two_awaiting_clones_are_both_woken() {
    let (result, completer) = AsyncResult::new(None);
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let wakes = Arc::new(CountingWaker(AtomicU32::new(0)));
            let waker = Waker::from(Arc::clone(&wakes));
            let mut future = Box::pin(result.clone());
            assert!(
                future
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            (wakes, future)
        })
        .collect();
    completer.complete(1);
    let mut values = Vec::new();
    for (wakes, future) in tasks {
        assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
        values.push(future.end().is_ok());
    }
    assert_eq!(values, [true, false]);
}

#[test]
fn cancel_calls_the_hook_and_a_dropped_completer_ends_the_operation() {
    let (result, completer) = AsyncResult::<u32>::new(None);
    let (sender, hook_calls) = mpsc::channel();
    completer.set_cancel(Box::new(move || sender.send(()).unwrap()));
    assert!(!completer.is_cancel_requested());
    result.cancel();
    result.cancel();
    assert_eq!(hook_calls.iter().count(), 1);
    assert!(completer.is_cancel_requested());
    assert!(!result.is_completed(), "the driver decides when it is over");
    drop(completer);
    for _ in 0..2 {
        let error = result.end().unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid operation: the operation was cancelled"
        );
    }
}

#[test]
fn a_hook_that_comes_after_the_cancellation_is_called_at_once() {
    let (result, completer) = AsyncResult::<u32>::new(None);
    result.cancel();
    let called = Arc::new(AtomicU32::new(0));
    completer.set_cancel(Box::new({
        let called = Arc::clone(&called);
        move || {
            called.fetch_add(1, Ordering::SeqCst);
        }
    }));
    assert_eq!(called.load(Ordering::SeqCst), 1);
}

#[test]
fn cancelling_a_finished_operation_does_nothing() {
    let (result, completer) = AsyncResult::new(None);
    let called = Arc::new(AtomicU32::new(0));
    completer.set_cancel(Box::new({
        let called = Arc::clone(&called);
        move || {
            called.fetch_add(1, Ordering::SeqCst);
        }
    }));
    completer.complete(3);
    result.cancel();
    assert_eq!(called.load(Ordering::SeqCst), 0);
    assert_eq!(Arc::strong_count(&called), 1, "the hook is not kept");
    assert_eq!(result.end(), Ok(3));
}

#[test]
fn cancel_and_completion_race_without_loss() {
    for _ in 0..200 {
        let (sender, calls) = mpsc::channel();
        let (result, completer) = AsyncResult::new_with_callback(
            Some(Box::new(move |_: &AsyncResult<u32>| {
                sender.send(()).unwrap()
            })),
            None,
        );
        std::thread::scope(|scope| {
            scope.spawn(|| result.cancel());
            scope.spawn(move || completer.complete(1));
        });
        assert_eq!(calls.iter().count(), 1, "the callback ran exactly once");
        assert_eq!(result.end(), Ok(1));
    }
}

#[test]
fn who_did_not_begin_an_operation_does_not_end_it() {
    const READ: &str = "Stream.BeginRead";
    const WRITE: &str = "Stream.BeginWrite";
    const FLUSH: &str = "Stream.BeginFlush";
    let unknown = AsyncOrigin::default();
    let refused = |message: &str| Err(Misuse::invalid_argument("asyncResult", message.to_owned()));
    for (origin, object, begins, expected) in [
        (AsyncOrigin::new(READ, 3), 3, &[READ][..], Ok(1)),
        (AsyncOrigin::new(READ, 3), 3, &[WRITE, READ], Ok(1)),
        (AsyncOrigin::new(READ, 0), 0, &[READ], Ok(1)),
        (
            AsyncOrigin::new(READ, 3),
            4,
            &[READ],
            refused(
                "expected an operation of this object, got one that Stream.BeginRead of another \
                 object began",
            ),
        ),
        (
            AsyncOrigin::new(FLUSH, 3),
            3,
            &[READ, WRITE],
            refused(
                "expected an operation that Stream.BeginRead or Stream.BeginWrite began, got one \
                 of Stream.BeginFlush",
            ),
        ),
        (
            unknown,
            0,
            &[READ],
            refused("expected an operation that Stream.BeginRead began"),
        ),
    ] {
        let (result, completer) = AsyncResult::begun_by(origin, None, None);
        if expected.is_err() {
            // Does not wait for the end.
            assert_eq!(result.end_of(object, begins), expected);
        }
        completer.complete(1);
        assert_eq!(result.end_of(object, begins), expected);
        // The value is there for whoever may take it.
        assert_eq!(result.end().is_ok(), expected.is_err());
    }
}
