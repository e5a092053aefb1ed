//! Begin/End operations.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use system_net_primitives::{AsyncOrigin, Misuse};
use system_net_runtime::{begin, block_on};

use crate::support::{
    connect, counting_server, current_thread_runtime, half_round, other_half, round,
};

const LATE: Duration = Duration::from_secs(20);
const ORIGIN: AsyncOrigin = AsyncOrigin::new("Test.Begin", 0);

#[test]
fn without_a_runtime() {
    let server = counting_server();
    let (sender, called) = mpsc::channel();
    let state: Arc<dyn std::any::Any + Send + Sync> = Arc::new("state");
    let result = begin(
        async move {
            let mut transport = connect(server).await;
            half_round(&mut transport, 30).await;
            transport
        },
        Some(Box::new(move |result| {
            let state = result
                .async_state()
                .unwrap()
                .downcast_ref::<&str>()
                .copied();
            sender
                .send((result.is_completed(), state, thread::current().id()))
                .unwrap();
        })),
        Some(state),
    );
    let mut transport = result.end().unwrap();
    assert!(matches!(result.end(), Err(Misuse::InvalidOperation(_))));
    let (completed, state, thread) = called.recv_timeout(LATE).unwrap();
    assert!(completed);
    assert_eq!(state, Some("state"));
    assert_ne!(thread, thread::current().id());
    assert!(
        called.recv_timeout(LATE).is_err(),
        "the callback is gone after one call"
    );
    // What was begun there goes on here.
    block_on(other_half(&mut transport, 30));
}

#[test]
fn as_a_future_in_every_place() {
    assert_eq!(block_on(begin(async { 1 }, None, None)), Ok(1));
    assert_eq!(
        current_thread_runtime().block_on(begin(async { 2 }, None, None)),
        Ok(2)
    );
}

struct Gone(mpsc::Sender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn cancel_drops_the_future() {
    let (sender, gone) = mpsc::channel();
    let (started, running) = mpsc::channel();
    let calls = Arc::new(AtomicUsize::new(0));
    let (counted, called) = (Arc::clone(&calls), mpsc::channel());
    let done = called.0;
    let guard = Gone(sender);
    let result = begin(
        async move {
            let _guard = guard;
            started.send(()).unwrap();
            std::future::pending::<()>().await;
        },
        Some(Box::new(move |result| {
            counted.fetch_add(1, Ordering::SeqCst);
            done.send(result.is_completed()).unwrap();
        })),
        None,
    );
    running.recv_timeout(LATE).unwrap();
    assert!(!result.is_completed());
    result.cancel();
    result.cancel();
    gone.recv_timeout(LATE).unwrap();
    assert!(matches!(result.end(), Err(Misuse::InvalidOperation(_))));
    assert_eq!(called.1.recv_timeout(LATE), Ok(true));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_ends_the_operation_as_cancelled() {
    let (sender, called) = mpsc::channel();
    let result = begin(
        async {
            if true {
                panic!("of the operation")
            }
        },
        Some(Box::new(move |_| sender.send(()).unwrap())),
        None,
    );
    assert!(matches!(result.end(), Err(Misuse::InvalidOperation(_))));
    called.recv_timeout(LATE).unwrap();
}

/// Callbacks that wait for each other (which needs as many threads) and call synchronously.
#[test]
fn callbacks_may_block() {
    const CALLBACKS: usize = 50;
    let server = counting_server();
    let all = Arc::new(Barrier::new(CALLBACKS));
    let (sender, called) = mpsc::channel();
    for _ in 0..CALLBACKS {
        let (all, sender) = (Arc::clone(&all), sender.clone());
        let callback = move |result: &system_net_primitives::AsyncResult<_>| {
            all.wait();
            let mut transport = result.end().unwrap();
            block_on(round(&mut transport, 60));
            sender.send(()).unwrap();
        };
        begin(connect(server), Some(Box::new(callback)), None);
    }
    for _ in 0..CALLBACKS {
        called.recv_timeout(LATE).unwrap();
    }
}

/// Waits for ever, and gives its buffer back when it is cancelled.
struct Held(Vec<u8>);

impl system_net_runtime::Operation for Held {
    type Output = (bool, Vec<u8>);

    fn poll(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::task::Poll::Pending
    }

    fn cancelled(&mut self) -> Self::Output {
        (true, std::mem::take(&mut self.0))
    }
}

#[test]
fn a_cancelled_operation_gives_back_what_it_held() {
    let (sender, called) = mpsc::channel();
    let callback = move |_: &_| sender.send(()).unwrap();
    let result = system_net_runtime::begin_operation(
        ORIGIN,
        Held(vec![1, 2, 3]),
        Some(Box::new(callback)),
        None,
    );
    assert!(!result.is_completed());
    result.cancel();
    assert_eq!(result.end(), Ok((true, vec![1, 2, 3])));
    called.recv_timeout(LATE).unwrap();
}

/// Each callback begins the next: a stack of this thread alone would not hold 100,000 of them.
#[test]
fn completed_operations_may_begin_the_next_in_their_callback() {
    fn next(left: usize, done: mpsc::Sender<usize>, depth: Arc<AtomicUsize>) {
        let Some(left) = left.checked_sub(1) else {
            done.send(depth.load(Ordering::SeqCst)).unwrap();
            return;
        };
        let callback = move |result: &system_net_primitives::AsyncResult<usize>| {
            assert!(result.completed_synchronously());
            depth.fetch_add(1, Ordering::SeqCst);
            next(result.end().unwrap(), done, depth);
        };
        system_net_runtime::begin_completed(ORIGIN, left, Some(Box::new(callback)), None);
    }
    let (sender, done) = mpsc::channel();
    next(100_000, sender, Arc::default());
    assert_eq!(done.recv_timeout(LATE), Ok(100_000));
}

#[test]
fn a_completed_operation_calls_back_before_it_returns() {
    let called = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&called);
    let callback = move |_: &_| {
        counted.fetch_add(1, Ordering::SeqCst);
    };
    let result = system_net_runtime::begin_completed(ORIGIN, 5, Some(Box::new(callback)), None);
    assert_eq!(called.load(Ordering::SeqCst), 1);
    assert_eq!(result.end(), Ok(5));
    assert!(result.end().is_err());
}
