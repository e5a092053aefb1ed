//! Sockets that many tasks wait for at once, in several runtimes.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{
    Direction, Progress, SharedWatch, Waiter, background, block_on, timeout_at,
};

use crate::support::{current_thread_runtime, foreign_block_on, multi_thread_runtime};

const LATE: Duration = Duration::from_secs(20);

/// A socket that many use at once.
struct Shared {
    socket: Arc<UnixStream>,
    watch: SharedWatch<UnixStream>,
    polls: AtomicUsize,
    closed: AtomicBool,
}

impl Shared {
    fn pair() -> (Arc<Self>, UnixStream) {
        let (socket, peer) = UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        let shared = Self {
            socket: Arc::new(socket),
            watch: SharedWatch::new(),
            polls: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        };
        (Arc::new(shared), peer)
    }

    fn poll_read(
        &self,
        cx: &mut Context<'_>,
        waiter: &mut Waiter,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        let source = || Ok(Arc::clone(&self.socket));
        let length = buffer.len();
        self.watch
            .poll_io(cx, waiter, Direction::Read, source, |mut socket| {
                if self.closed.load(Ordering::Acquire) {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                let value = socket.read(buffer)?;
                let exhausted = value < length;
                Ok(Progress { value, exhausted })
            })
    }

    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut waiter = Waiter::new();
        std::future::poll_fn(|cx| self.poll_read(cx, &mut waiter, buffer)).await
    }

    async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut waiter = Waiter::new();
        std::future::poll_fn(|cx| {
            let source = || Ok(Arc::clone(&self.socket));
            self.watch
                .poll_io(cx, &mut waiter, Direction::Write, source, |mut socket| {
                    let value = socket.write(bytes)?;
                    let exhausted = value < bytes.len();
                    Ok(Progress { value, exhausted })
                })
        })
        .await
    }

    async fn read_byte(&self) -> u8 {
        let mut byte = [0];
        assert_eq!(self.read(&mut byte).await.unwrap(), 1);
        byte[0]
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.watch.close();
    }
}

/// Counts its wakes.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Until `done` says so, in real time.
#[track_caller]
fn eventually(done: impl Fn() -> bool) {
    let limit = Instant::now() + LATE;
    while !done() {
        assert!(Instant::now() < limit, "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn sixteen_readers_get_a_byte_each() {
    let (shared, mut peer) = Shared::pair();
    let runtime = multi_thread_runtime();
    let readers: Vec<_> = (0..16)
        .map(|_| {
            let shared = Arc::clone(&shared);
            runtime.spawn(async move { shared.read_byte().await })
        })
        .collect();
    for value in 0..16 {
        peer.write_all(&[value]).unwrap();
    }
    let mut got: Vec<u8> = runtime.block_on(async {
        let mut got = Vec::new();
        for reader in readers {
            got.push(reader.await.unwrap());
        }
        got
    });
    got.sort_unstable();
    assert_eq!(got, (0..16).collect::<Vec<u8>>());
}

/// Each place has a reader waiting at the same time; nobody's wake is lost to another's.
#[test]
fn readers_in_every_place_at_once() {
    let (shared, mut peer) = Shared::pair();
    type Place = fn(Arc<Shared>) -> u8;
    let places: [Place; 5] = [
        |shared| block_on(shared.read_byte()),
        |shared| current_thread_runtime().block_on(shared.read_byte()),
        |shared| {
            let task = async move { shared.read_byte().await };
            let runtime = multi_thread_runtime();
            runtime.block_on(async { tokio::spawn(task).await.unwrap() })
        },
        |shared| foreign_block_on(shared.read_byte()),
        |shared| current_thread_runtime().block_on(async { block_on(shared.read_byte()) }),
    ];
    for _ in 0..20 {
        let (sender, received) = mpsc::channel();
        let threads: Vec<_> = places
            .into_iter()
            .map(|place| {
                let (shared, sender) = (Arc::clone(&shared), sender.clone());
                thread::spawn(move || sender.send(place(shared)).unwrap())
            })
            .collect();
        let mut got = Vec::new();
        for value in 0..5 {
            peer.write_all(&[value]).unwrap();
            got.push(received.recv_timeout(LATE).unwrap());
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2, 3, 4]);
    }
}

/// A waits on its own runtime, B comes and goes with another: A must not depend on B's reactor,
/// which nobody drives afterwards.
#[test]
fn a_waiter_keeps_its_own_reactor() {
    let (shared, mut peer) = Shared::pair();
    let reader = {
        let shared = Arc::clone(&shared);
        thread::spawn(move || current_thread_runtime().block_on(shared.read_byte()))
    };
    eventually(|| shared.watch.registrations() == 1);
    let other = current_thread_runtime();
    other.block_on(async {
        let soon = Some(Instant::now() + Duration::from_millis(5));
        timeout_at(soon, shared.read_byte()).await.unwrap_err();
    });
    assert_eq!(shared.watch.registrations(), 2);
    peer.write_all(&[7]).unwrap();
    assert_eq!(reader.join().unwrap(), 7);

    // The next registration gives up those on which nobody waits.
    foreign_block_on(async {
        let soon = Some(Instant::now() + Duration::from_millis(5));
        timeout_at(soon, shared.read_byte()).await.unwrap_err();
    });
    assert_eq!(shared.watch.registrations(), 1);
    drop(other);
}

/// The wait goes on elsewhere when the runtime that it was begun on ends.
#[test]
fn a_runtime_dropped_midway_moves_its_waiters() {
    let (shared, mut peer) = Shared::pair();
    let mut future = Box::pin({
        let shared = Arc::clone(&shared);
        async move { shared.read_byte().await }
    });
    let runtime = current_thread_runtime();
    let woken = Arc::new(Counting::default());
    let waker = Waker::from(Arc::clone(&woken));
    {
        let _context = runtime.enter();
        let mut cx = Context::from_waker(&waker);
        assert!(future.as_mut().poll(&mut cx).is_pending());
    }
    drop(runtime);
    assert_eq!(woken.0.load(Ordering::SeqCst), 1, "the end wakes");
    let reader = thread::spawn(move || multi_thread_runtime().block_on(future));
    peer.write_all(&[9]).unwrap();
    assert_eq!(reader.join().unwrap(), 9);
}

/// A dropped waiter leaves no waker behind, and takes nobody's bytes.
#[test]
fn dropping_ends_a_wait_without_loss() {
    let (shared, mut peer) = Shared::pair();
    let runtime = current_thread_runtime();
    runtime.block_on(async {
        let woken = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&woken));
        for kept in 0..4 {
            let mut waiters: Vec<_> = (0..4).map(|_| Box::pin(shared.read_byte())).collect();
            for waiter in &mut waiters {
                let mut cx = Context::from_waker(&waker);
                assert!(waiter.as_mut().poll(&mut cx).is_pending());
            }
            let survivor = waiters.swap_remove(kept);
            drop(waiters);
            assert_eq!(
                Arc::strong_count(&woken),
                1 + 1 + 1,
                "ours, ours as a waker, one"
            );
            peer.write_all(&[kept as u8]).unwrap();
            assert_eq!(survivor.await, kept as u8);
            assert_eq!(Arc::strong_count(&woken), 1 + 1);
        }
    });
}

#[test]
fn close_wakes_all_who_wait() {
    let (shared, peer) = Shared::pair();
    let runtime = multi_thread_runtime();
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let shared = Arc::clone(&shared);
            runtime.spawn(async move { shared.read(&mut [0]).await })
        })
        .collect();
    eventually(|| shared.polls.load(Ordering::Relaxed) >= 8);
    shared.close();
    runtime.block_on(async {
        for task in waiting {
            let error = task.await.unwrap().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        }
        // Not even an attempt that would have to wait waits.
        let mut waiter = Waiter::new();
        let error = std::future::poll_fn(|cx| {
            let source = || Ok(Arc::clone(&shared.socket));
            shared
                .watch
                .poll_io(cx, &mut waiter, Direction::Read, source, |_| {
                    Err::<Progress<()>, _>(io::ErrorKind::WouldBlock.into())
                })
        });
        assert_eq!(
            error.await.unwrap_err().kind(),
            io::ErrorKind::ConnectionAborted
        );
    });
    assert_eq!(shared.watch.registrations(), 0);
    drop(peer);
}

/// Both directions with two tasks each, so that reads and writes wait: all bytes arrive.
#[test]
fn full_duplex_with_two_readers_and_two_writers() {
    const BYTES: usize = 2 << 20;
    let (shared, peer) = Shared::pair();
    let echo = thread::spawn(move || {
        let (mut from, mut to) = (peer.try_clone().unwrap(), peer);
        let mut piece = vec![0; 3000];
        let mut left = 2 * BYTES;
        while left > 0 {
            let n = from.read(&mut piece).unwrap();
            to.write_all(&piece[..n]).unwrap();
            left -= n;
        }
        to
    });
    let runtime = multi_thread_runtime();
    let total = Arc::new(AtomicUsize::new(0));
    let sum = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for writer in 1..=2u8 {
            let shared = Arc::clone(&shared);
            tasks.push(tokio::spawn(async move {
                let bytes = vec![writer; BYTES];
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let n = shared.write(rest).await.unwrap();
                    rest = &rest[n..];
                }
            }));
        }
        for _ in 0..2 {
            let (shared, total, sum) = (Arc::clone(&shared), total.clone(), sum.clone());
            tasks.push(tokio::spawn(async move {
                let mut piece = vec![0; 5000];
                while total.load(Ordering::SeqCst) < 2 * BYTES {
                    // The other reader may take the last bytes: then there is nothing to wait for.
                    let soon = Some(Instant::now() + Duration::from_millis(200));
                    let Ok(read) = timeout_at(soon, shared.read(&mut piece)).await else {
                        continue;
                    };
                    let n = read.unwrap();
                    let added: usize = piece[..n].iter().map(|byte| usize::from(*byte)).sum();
                    sum.fetch_add(added, Ordering::SeqCst);
                    total.fetch_add(n, Ordering::SeqCst);
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    echo.join().unwrap();
    assert_eq!(total.load(Ordering::SeqCst), 2 * BYTES);
    assert_eq!(sum.load(Ordering::SeqCst), BYTES + 2 * BYTES);
}

/// Many tasks of two runtimes on one socket: as many reads as bytes, whoever registers.
#[test]
fn sixty_four_tasks_of_two_runtimes() {
    let (shared, mut peer) = Shared::pair();
    let other = multi_thread_runtime();
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let shared = Arc::clone(&shared);
            let runtime = if number % 2 == 0 {
                background()
            } else {
                other.handle()
            };
            runtime.spawn(async move {
                for _ in 0..50 {
                    shared.read_byte().await;
                }
            })
        })
        .collect();
    let feeding = thread::spawn(move || {
        for _ in 0..64 * 50 / 10 {
            peer.write_all(&[1; 10]).unwrap();
        }
        peer
    });
    block_on(async {
        for task in tasks {
            let limit = Some(Instant::now() + LATE);
            timeout_at(limit, task).await.unwrap().unwrap();
        }
    });
    drop(feeding.join().unwrap());
}

/// A socket that was connected after it was registered: the reactor believes it closed.
#[test]
fn a_registration_from_before_the_connection_is_renewed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_nonblocking(true).unwrap();
    let socket = Arc::new(socket);
    let watch = SharedWatch::new();
    let attempts = AtomicUsize::new(0);
    let read = async |mode: &AtomicBool| {
        let mut waiter = Waiter::new();
        std::future::poll_fn(|cx| {
            let source = || Ok(Arc::clone(&socket));
            watch.poll_io(cx, &mut waiter, Direction::Read, source, |socket| {
                attempts.fetch_add(1, Ordering::Relaxed);
                if mode.load(Ordering::Relaxed) {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                let mut byte = [0];
                let n = (&mut &*socket).read(&mut byte)?;
                Ok(Progress {
                    value: byte[0],
                    exhausted: n < 1,
                })
            })
        })
        .await
    };
    current_thread_runtime().block_on(async {
        let soon = Some(Instant::now() + Duration::from_millis(20));
        let blocked = AtomicBool::new(true);
        timeout_at(soon, read(&blocked)).await.unwrap_err();
        let address = listener.local_addr().unwrap();
        let _ = socket.connect(&address.into());
        let (mut peer, _) = listener.accept().unwrap();

        attempts.store(0, Ordering::Relaxed);
        let open = AtomicBool::new(false);
        let read = read(&open);
        let mut read = pin!(read);
        let soon = Some(Instant::now() + Duration::from_millis(50));
        timeout_at(soon, &mut read).await.unwrap_err();
        let spent = attempts.load(Ordering::Relaxed);
        assert!(spent < 10, "it waits instead of trying: {spent}");
        peer.write_all(&[5]).unwrap();
        assert_eq!(read.await.unwrap(), 5);
    });
}

/// Operations of one waiter, one after the other, as a stream has them.
struct Reader {
    shared: Arc<Shared>,
    waiter: Waiter,
}

impl Reader {
    fn new(shared: &Arc<Shared>) -> Self {
        let shared = Arc::clone(shared);
        let waiter = Waiter::new();
        Self { shared, waiter }
    }

    fn poll_byte(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u8>> {
        let mut byte = [0];
        let polled = self.shared.poll_read(cx, &mut self.waiter, &mut byte);
        polled.map_ok(|_| byte[0])
    }

    async fn byte(&mut self) -> u8 {
        std::future::poll_fn(|cx| self.poll_byte(cx)).await.unwrap()
    }

    /// Until the waiter has the reader's own waker at the reactor.
    async fn settle(&mut self, peer: &mut UnixStream) {
        for value in 0..3 {
            let mut pending = true;
            let byte = std::future::poll_fn(|cx| {
                let polled = self.poll_byte(cx);
                if std::mem::take(&mut pending) {
                    assert!(polled.is_pending());
                    peer.write_all(&[value]).unwrap();
                }
                polled
            });
            assert_eq!(byte.await.unwrap(), value);
        }
    }
}

/// One that waits alone is joined by another: both are woken, and go on after it.
#[test]
fn a_lone_reader_is_joined() {
    let (shared, mut peer) = Shared::pair();
    let runtime = current_thread_runtime();
    runtime.block_on(async {
        let mut lone = Reader::new(&shared);
        lone.settle(&mut peer).await;
        let mut joined = Reader::new(&shared);
        for round in 0..20 {
            let mut values = Vec::new();
            let both = std::future::poll_fn(|cx| {
                let wanted = if values.is_empty() && round % 2 == 0 {
                    [&mut lone, &mut joined]
                } else {
                    [&mut joined, &mut lone]
                };
                let before = values.len();
                for reader in wanted {
                    if values.len() < 2
                        && let Poll::Ready(byte) = reader.poll_byte(cx)
                    {
                        values.push(byte.unwrap());
                    }
                }
                if before == 0 && values.is_empty() {
                    peer.write_all(&[round, round]).unwrap();
                }
                if values.len() == 2 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            });
            both.await;
            assert_eq!(values, [round, round]);
        }
        drop(joined);
        lone.settle(&mut peer).await;
    });
    assert_eq!(shared.watch.registrations(), 1);
}

/// The wakers of two tasks of one waiter each: both are called when something arrives,
/// whichever of them waited alone before.
#[test]
fn a_lone_reader_and_its_guest_are_both_woken() {
    let (shared, mut peer) = Shared::pair();
    let runtime = current_thread_runtime();
    runtime.block_on(async {
        let [one, other] = [(); 2].map(|()| Arc::new(Counting::default()));
        let mut lone = Reader::new(&shared);
        lone.settle(&mut peer).await;
        let wakers = [&one, &other].map(|woken| Waker::from(Arc::clone(woken)));
        let mut guest = Reader::new(&shared);
        // Twice alone, so that it is the lone one with this waker.
        for _ in 0..2 {
            let mut cx = Context::from_waker(&wakers[0]);
            assert!(lone.poll_byte(&mut cx).is_pending());
        }
        let mut cx = Context::from_waker(&wakers[1]);
        assert!(guest.poll_byte(&mut cx).is_pending());
        peer.write_all(&[5]).unwrap();
        let count = |woken: &Counting| woken.0.load(Ordering::SeqCst);
        let limit = Instant::now() + LATE;
        while count(&one) == 0 || count(&other) == 0 {
            assert!(Instant::now() < limit, "somebody is not woken");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(lone.byte().await, 5);
        // Nothing of the wait is left with its waiter's end.
        drop((lone, guest, wakers));
        assert_eq!(Arc::strong_count(&one), 1);
        assert_eq!(Arc::strong_count(&other), 1);
    });
}

/// A lone reader is woken by a close, moves with its task, and holds no registration of a
/// runtime it does not wait on.
#[test]
fn a_lone_reader_moves_and_ends() {
    let (shared, mut peer) = Shared::pair();
    let mut reader = Reader::new(&shared);
    for _ in 0..3 {
        let runtime = current_thread_runtime();
        runtime.block_on(reader.settle(&mut peer));
        assert_eq!(shared.watch.registrations(), 1);
        let other = current_thread_runtime();
        other.block_on(reader.settle(&mut peer));
        assert_eq!(shared.watch.registrations(), 1, "the first was idle");
        foreign_block_on(reader.settle(&mut peer));
        block_on(reader.settle(&mut peer));
    }
    let runtime = multi_thread_runtime();
    let before = shared.polls.load(Ordering::Relaxed);
    let waiting = runtime.spawn(async move {
        reader.settle(&mut peer).await;
        std::future::poll_fn(|cx| reader.poll_byte(cx)).await
    });
    eventually(|| shared.polls.load(Ordering::Relaxed) >= before + 7);
    shared.close();
    let error = runtime.block_on(waiting).unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
}

/// Waiters that last, in tasks of two runtimes that come together and part: each byte reaches
/// somebody, and nobody sleeps over one.
#[test]
fn lasting_readers_meet_and_part() {
    const BYTES: usize = 20_000;
    let (shared, mut peer) = Shared::pair();
    let taken = Arc::new(AtomicUsize::new(0));
    let runtimes = [multi_thread_runtime(), multi_thread_runtime()];
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let (shared, taken) = (Arc::clone(&shared), Arc::clone(&taken));
            runtimes[number % 2].spawn(async move {
                let mut reader = Reader::new(&shared);
                for round in 0_usize.. {
                    let soon = (round + number) % 3 == 0;
                    let until = soon.then(|| Instant::now() + Duration::from_micros(200));
                    match timeout_at(until, std::future::poll_fn(|cx| reader.poll_byte(cx))).await {
                        Ok(Ok(_)) => taken.fetch_add(1, Ordering::Relaxed),
                        Ok(Err(_)) => break,
                        // The waiter rests, or another one comes.
                        Err(_) if round % 2 == 0 => {
                            reader = Reader::new(&shared);
                            0
                        }
                        Err(_) => 0,
                    };
                }
            })
        })
        .collect();
    for round in 0..BYTES {
        peer.write_all(&[0]).unwrap();
        if round % 64 == 0 {
            eventually(|| taken.load(Ordering::Relaxed) == round + 1);
        }
    }
    eventually(|| taken.load(Ordering::Relaxed) == BYTES);
    shared.close();
    for (number, task) in tasks.into_iter().enumerate() {
        runtimes[number % 2].block_on(task).unwrap();
    }
}

/// The socket is exchanged between the look at the old one and its registration: who waits
/// waits for the new one, in either direction, and nothing keeps the old one.
#[test]
fn a_socket_from_before_a_reset_is_not_registered() {
    let pair = || {
        let (socket, peer) = UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        (Arc::new(socket), peer)
    };
    for direction in [Direction::Read, Direction::Write] {
        let (old, _old_peer) = pair();
        let (new, mut peer) = pair();
        let watch = SharedWatch::new();
        let asked = AtomicUsize::new(0);
        let source = || {
            if asked.fetch_add(1, Ordering::SeqCst) > 0 {
                return Ok(Arc::clone(&new));
            }
            // It is asked for, and exchanged before it is given.
            watch.reset();
            Ok(Arc::clone(&old))
        };
        let mut waiter = Waiter::new();
        let go = AtomicBool::new(false);
        let waiting = std::future::poll_fn(|cx| {
            watch.poll_io(cx, &mut waiter, direction, source, |socket| {
                if !go.load(Ordering::SeqCst) || Arc::as_ptr(&old) == std::ptr::from_ref(socket) {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Ok(Progress {
                    value: std::ptr::from_ref(socket),
                    exhausted: false,
                })
            })
        });
        let mut waiting = pin!(waiting);
        current_thread_runtime().block_on(async {
            let soon = Some(Instant::now() + Duration::from_millis(20));
            timeout_at(soon, &mut waiting).await.unwrap_err();
            assert_eq!(asked.load(Ordering::SeqCst), 2, "{direction:?}");
            assert_eq!(watch.registrations(), 1);
            assert_eq!(Arc::strong_count(&old), 1, "{direction:?}");
            // What is tried without a wait meets the new one as well.
            let tried = std::future::poll_fn(|cx| {
                let own = |socket: &UnixStream| Ok(std::ptr::from_ref(socket));
                Poll::Ready(watch.try_io(cx, own))
            });
            assert_eq!(tried.await.unwrap().unwrap(), Arc::as_ptr(&new));
            go.store(true, Ordering::SeqCst);
            peer.write_all(&[5]).unwrap();
            let mut byte = [0];
            if matches!(direction, Direction::Read) {
                let late = Some(Instant::now() + LATE);
                let heard = timeout_at(late, &mut waiting).await.unwrap().unwrap();
                assert_eq!(heard, Arc::as_ptr(&new));
                assert_eq!((&*new).read(&mut byte).unwrap(), 1);
            }
        });
    }
}
