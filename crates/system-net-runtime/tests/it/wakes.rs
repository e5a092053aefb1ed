//! What ends a wait: other threads, kills, foreign wakers.

use std::cell::Cell;
use std::io::Write;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{TcpAcceptor, Transport, block_on, timeout_at};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use crate::support::{current_thread_runtime, foreign_block_on, multi_thread_runtime, pair};

const SOON: Duration = Duration::from_millis(30);
const LATE: Duration = Duration::from_secs(20);

/// A future that another thread completes, by the waker of its last poll.
fn from_thread(delay: Duration) -> impl Future<Output = ()> {
    let shared = Arc::new((AtomicBool::new(false), Mutex::new(None::<Waker>)));
    let mut started = false;
    std::future::poll_fn(move |cx| {
        if shared.0.load(Ordering::SeqCst) {
            return Poll::Ready(());
        }
        *shared.1.lock().unwrap() = Some(cx.waker().clone());
        if !std::mem::replace(&mut started, true) {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                // The delay lets the other side fall asleep first; without it the test is
                // still right, but tests less.
                thread::sleep(delay);
                shared.0.store(true, Ordering::SeqCst);
                shared.1.lock().unwrap().take().unwrap().wake();
            });
        }
        Poll::Pending
    })
}

#[test]
fn another_thread_wakes_a_parked_one() {
    block_on(from_thread(SOON));
    block_on(from_thread(Duration::ZERO));
    for _ in 0..200 {
        block_on(from_thread(Duration::from_micros(20)));
    }
}

#[test]
fn another_thread_wakes_one_in_poll() {
    let (mut transport, _peer) = pair();
    for delay in [SOON, Duration::ZERO]
        .into_iter()
        .chain([Duration::from_micros(30); 200])
    {
        block_on(async {
            let mut woken = pin!(from_thread(delay));
            let mut byte = [0];
            let mut read = pin!(transport.read(&mut byte));
            std::future::poll_fn(|cx| {
                assert!(read.as_mut().poll(cx).is_pending());
                woken.as_mut().poll(cx)
            })
            .await;
        });
    }
}

#[test]
fn a_future_wakes_itself() {
    let mut polls = 0;
    let mut kept = Waker::noop().clone();
    block_on(std::future::poll_fn(|cx| {
        polls += 1;
        if polls < 1000 {
            if polls % 2 == 0 {
                cx.waker().wake_by_ref();
            } else {
                let clone = cx.waker().clone();
                std::mem::replace(&mut kept, clone).wake_by_ref();
                kept.wake_by_ref();
            }
            return Poll::Pending;
        }
        Poll::Ready(())
    }));
    assert_eq!(polls, 1000);
}

/// A waker that outlives its call neither stops nor disturbs the next one.
#[test]
fn a_waker_of_an_ended_call_is_harmless() {
    let kept = Cell::new(None);
    block_on(std::future::poll_fn(|cx| {
        kept.set(Some(cx.waker().clone()));
        Poll::Ready(())
    }));
    let waker = kept.take().unwrap();
    block_on(async {
        waker.wake_by_ref();
        from_thread(SOON).await;
    });
    waker.wake();
    block_on(from_thread(SOON));
}

#[track_caller]
fn check_kill(wait: impl FnOnce(&mut dyn FnMut(&mut Context<'_>) -> Poll<std::io::Result<usize>>)) {
    let (mut transport, _peer) = pair();
    let killer = transport.killer().unwrap();
    let before = Instant::now();
    let thread = thread::spawn(move || {
        thread::sleep(SOON); // the other side shall be waiting by then
        killer.kill();
        killer
    });
    let mut byte = [0];
    let mut outcome = None;
    wait(&mut |cx| {
        let mut space = ReadBuf::new(&mut byte);
        let read = Pin::new(&mut transport).poll_read(cx, &mut space);
        read.map_ok(|()| space.filled().len()).map(|result| {
            outcome = Some(
                result
                    .as_ref()
                    .map(|&length| length)
                    .map_err(std::io::Error::kind),
            );
            result
        })
    });
    assert_eq!(outcome, Some(Err(std::io::ErrorKind::ConnectionAborted)));
    assert!(before.elapsed() < Duration::from_secs(5));
    // A write says the same, and killing what is gone does nothing.
    let written = block_on(transport.write_all(b"x")).map_err(|error| error.kind());
    assert_eq!(written, Err(std::io::ErrorKind::ConnectionAborted));
    drop(transport);
    thread.join().unwrap().kill();
}

#[test]
fn a_killer_ends_a_wait_in_poll() {
    check_kill(|poll| drop(block_on(std::future::poll_fn(poll))));
}

#[test]
fn a_killer_ends_a_wait_on_a_reactor() {
    check_kill(|poll| drop(current_thread_runtime().block_on(std::future::poll_fn(poll))));
    check_kill(|poll| drop(multi_thread_runtime().block_on(std::future::poll_fn(poll))));
    check_kill(|poll| drop(foreign_block_on(std::future::poll_fn(poll))));
}

#[test]
fn a_killer_ends_an_accept() {
    for tokio in [false, true] {
        let mut acceptor = TcpAcceptor::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let killer = acceptor.killer();
        let thread = thread::spawn(move || {
            thread::sleep(SOON); // the other side shall be waiting by then
            killer.kill();
        });
        let accepted = if tokio {
            current_thread_runtime().block_on(acceptor.accept())
        } else {
            block_on(acceptor.accept())
        };
        assert_eq!(
            accepted.unwrap_err().kind(),
            std::io::ErrorKind::ConnectionAborted
        );
        thread.join().unwrap();
    }
}

/// Polls each of its futures only when that one was woken, as sets of futures do.
async fn each_by_its_own_waker(mut futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    struct Child {
        woken: AtomicBool,
        parent: Mutex<Option<Waker>>,
        wakes: AtomicUsize,
    }
    impl Wake for Child {
        fn wake(self: Arc<Self>) {
            self.woken.store(true, Ordering::SeqCst);
            self.wakes.fetch_add(1, Ordering::SeqCst);
            if let Some(parent) = self.parent.lock().unwrap().take() {
                parent.wake();
            }
        }
    }
    let children: Vec<_> = futures
        .iter()
        .map(|_| {
            Arc::new(Child {
                woken: AtomicBool::new(true),
                parent: Mutex::new(None),
                wakes: AtomicUsize::new(0),
            })
        })
        .collect();
    let mut left = futures.len();
    std::future::poll_fn(|cx| {
        for (future, child) in futures.iter_mut().zip(&children) {
            *child.parent.lock().unwrap() = Some(cx.waker().clone());
            if child.woken.swap(false, Ordering::SeqCst) {
                let waker = Waker::from(Arc::clone(child));
                if future
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_ready()
                {
                    left -= 1;
                }
            }
        }
        if left == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    assert!(
        children
            .iter()
            .all(|child| child.wakes.load(Ordering::SeqCst) < 50),
        "no spinning"
    );
}

/// Under `block_on` the waker says who waits: a future inside a set is polled again only if
/// its own waker is called, so its wait must outlive the polls of its neighbours.
#[test]
fn futures_with_their_own_wakers_are_woken_each() {
    let (mut first, mut first_peer) = pair();
    let (mut second, mut second_peer) = pair();
    let (go, gone) = mpsc::channel();
    let peers = thread::spawn(move || {
        gone.recv_timeout(LATE).unwrap();
        second_peer.write_all(b"b").unwrap();
        gone.recv_timeout(LATE).unwrap();
        first_peer.write_all(b"a").unwrap();
        (first_peer, second_peer)
    });
    let go = &go;
    let deadline = Some(Instant::now() + LATE);
    block_on(timeout_at(
        deadline,
        each_by_its_own_waker(vec![
            Box::pin(async move {
                go.send(()).unwrap();
                assert_eq!(first.read_u8().await.unwrap(), b'a');
            }),
            Box::pin(async move {
                assert_eq!(second.read_u8().await.unwrap(), b'b');
                go.send(()).unwrap();
            }),
            Box::pin(async {
                let soon = Instant::now() + SOON;
                system_net_runtime::sleep_until(soon).await;
                assert!(Instant::now() >= soon);
            }),
            Box::pin(from_thread(SOON)),
        ]),
    ))
    .unwrap();
    drop(peers.join().unwrap());
}

/// More sockets at once than the executor keeps on its stack.
#[test]
fn many_sockets_are_waited_for_at_once() {
    let (mut transports, mut peers): (Vec<_>, Vec<_>) = (0..40).map(|_| pair()).unzip();
    for last in [39, 0, 17] {
        let mut peer = peers[last].try_clone().unwrap();
        let thread = thread::spawn(move || {
            thread::sleep(SOON); // the other side shall be waiting by then
            peer.write_all(b"x").unwrap();
        });
        let from = block_on(async {
            std::future::poll_fn(|cx| {
                for (index, transport) in transports.iter_mut().enumerate() {
                    let mut byte = [0];
                    if let Poll::Ready(read) =
                        Pin::new(transport).poll_read(cx, &mut ReadBuf::new(&mut byte))
                    {
                        read.unwrap();
                        return Poll::Ready(index);
                    }
                }
                Poll::Pending
            })
            .await
        });
        assert_eq!(from, last);
        thread.join().unwrap();
    }
    peers.clear();
}
