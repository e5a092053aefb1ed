//! Timers and time-outs.

use std::io::Write;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{Elapsed, Timer, block_on, sleep_until, timeout_at};
use tokio::io::AsyncReadExt;

use crate::support::{current_thread_runtime, foreign_block_on, pair};

fn after(millis: u64) -> Instant {
    Instant::now() + Duration::from_millis(millis)
}

#[track_caller]
fn assert_at(deadline: Instant) {
    let now = Instant::now();
    assert!(now >= deadline, "{:?} too early", deadline - now);
    // Generous, for a busy machine; a deadline that is forgotten waits for a minute.
    assert!(
        now < deadline + Duration::from_secs(5),
        "{:?} too late",
        now - deadline
    );
}

async fn until(timer: &mut Timer, deadline: Instant) {
    std::future::poll_fn(|cx| timer.poll_until(cx, deadline)).await;
    assert_at(deadline);
}

/// Polls the timer once for `deadline`, as an operation that then ends does.
async fn glance(timer: &mut Timer, deadline: Instant) {
    std::future::poll_fn(|cx| {
        assert!(timer.poll_until(cx, deadline).is_pending());
        Poll::Ready(())
    })
    .await;
}

async fn extend_and_shorten() {
    let mut timer = Timer::new();
    until(&mut timer, after(20)).await;
    // Extended: the first arming fires early and is moved.
    let first = after(20);
    glance(&mut timer, first).await;
    until(&mut timer, after(60)).await;
    // Shortened.
    glance(&mut timer, after(60_000)).await;
    until(&mut timer, after(20)).await;
    // Reused after it fired, for a past, a far and a near deadline.
    until(&mut timer, first).await;
    glance(
        &mut timer,
        Instant::now() + Duration::from_secs(86_400 * 365 * 20),
    )
    .await;
    timer.forget_task();
    until(&mut timer, after(10)).await;
    timer.release();
    assert!(!timer.is_armed());
    until(&mut timer, after(10)).await;
}

#[test]
fn deadlines_extend_and_shorten() {
    block_on(extend_and_shorten());
    current_thread_runtime().block_on(extend_and_shorten());
    foreign_block_on(extend_and_shorten());
}

async fn times_out() {
    let (mut transport, mut peer) = pair();
    let deadline = after(40);
    let read = timeout_at(Some(deadline), transport.read_u8()).await;
    assert!(matches!(read, Err(Elapsed { .. })));
    assert_at(deadline);
    assert_eq!(
        std::io::Error::from(read.unwrap_err()).kind(),
        std::io::ErrorKind::TimedOut
    );
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30)); // the other side shall be waiting by then
        peer.write_all(b"x").unwrap();
        peer
    });
    let before = Instant::now();
    assert_eq!(
        timeout_at(Some(after(60_000)), transport.read_u8())
            .await
            .unwrap()
            .unwrap(),
        b'x'
    );
    assert!(before.elapsed() < Duration::from_secs(10));
    let _peer = thread.join().unwrap();
    assert_eq!(timeout_at(None, async { 5 }).await, Ok(5));
    // The output wins over a deadline that has passed as well.
    assert_eq!(timeout_at(Some(deadline), async { 6 }).await, Ok(6));
    timeout_at(Some(deadline), transport.read_u8())
        .await
        .unwrap_err();
}

#[test]
fn a_timeout_ends_a_read_and_leaves_the_connection_usable() {
    block_on(times_out());
    current_thread_runtime().block_on(times_out());
    foreign_block_on(times_out());
}

/// The nearest of several deadlines ends the wait; each comes in its turn.
#[test]
fn several_deadlines_at_once() {
    async fn three() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let order = std::sync::Mutex::new(Vec::new());
        let one = |millis| {
            let order = &order;
            async move {
                sleep_until(at(millis)).await;
                assert_at(at(millis));
                order.lock().unwrap().push(millis);
            }
        };
        tokio::join!(one(60), one(20), one(40));
        assert_eq!(*order.lock().unwrap(), [20, 40, 60]);
    }
    block_on(three());
    current_thread_runtime().block_on(three());
}

/// A deadline inside a nested call and one outside do not know each other.
#[test]
fn nested_deadlines() {
    let (mut transport, _peer) = pair();
    block_on(async {
        let outer = after(60);
        timeout_at(Some(outer), async {
            let inner = after(20);
            block_on(timeout_at(Some(inner), transport.read_u8())).unwrap_err();
            assert_at(inner);
            std::future::pending::<()>().await;
        })
        .await
        .unwrap_err();
        assert_at(outer);
    });
}

/// An idle connection's timer must not keep the memory of a task that has ended.
#[test]
fn forget_task_lets_go_of_the_waker() {
    use std::sync::Arc;
    use std::task::{Context, Wake, Waker};
    struct Nothing;
    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }
    current_thread_runtime().block_on(async {
        let task = Arc::new(Nothing);
        let mut timer = Timer::new();
        {
            let waker = Waker::from(Arc::clone(&task));
            let mut cx = Context::from_waker(&waker);
            assert!(timer.poll_until(&mut cx, after(60_000)).is_pending());
        }
        assert_eq!(Arc::strong_count(&task), 2);
        timer.forget_task();
        assert_eq!(Arc::strong_count(&task), 1);
        assert!(timer.is_armed());
    });
}
