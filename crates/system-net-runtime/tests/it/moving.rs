//! Connections that move between runtimes, idle and busy.

use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{
    TcpTransport, Timer, Transport, background, block_on, on_background, sleep_until,
};

use crate::support::{
    connect, counting_server, current_thread_runtime, foreign_block_on, half_round,
    multi_thread_runtime, other_half, pair, round, wait_in_vain,
};

/// A place in which a future is run to its end.
type Place = (
    &'static str,
    fn(&mut dyn FnMut() -> Busy, &mut TcpTransport),
);

/// What is done with the transport in a place.
enum Busy {
    First(u8),
    Second(u8),
}

async fn work(step: Busy, transport: &mut TcpTransport) {
    match step {
        Busy::First(count) => half_round(transport, count).await,
        Busy::Second(count) => other_half(transport, count).await,
    }
}

const PLACES: [Place; 4] = [
    ("block_on", |step, transport| {
        block_on(work(step(), transport))
    }),
    ("current thread", |step, transport| {
        current_thread_runtime().block_on(work(step(), transport));
    }),
    ("multi thread", |step, transport| {
        multi_thread_runtime().block_on(work(step(), transport))
    }),
    ("foreign", |step, transport| {
        foreign_block_on(work(step(), transport))
    }),
];

/// A half-read answer goes on in each other place, the first place's runtime being gone.
#[test]
fn a_busy_connection_moves_between_all_places() {
    let server = counting_server();
    for (first, run_first) in PLACES {
        for (second, run_second) in PLACES {
            println!("{first} -> {second}");
            let mut transport = block_on(connect(server));
            for count in [2, 90, 250] {
                run_first(&mut || Busy::First(count), &mut transport);
                run_second(&mut || Busy::Second(count), &mut transport);
            }
        }
    }
}

/// The wait itself moves: the answer comes only after the first runtime is gone.
#[test]
fn a_waiting_connection_moves_when_its_runtime_is_gone() {
    use std::io::{Read, Write};
    let (mut transport, mut peer) = pair();
    let runtime = current_thread_runtime();
    runtime.block_on(async {
        let before = Instant::now() + Duration::from_millis(10);
        system_net_runtime::timeout_at(Some(before), half_round(&mut transport, 9))
            .await
            .unwrap_err();
    });
    assert!(transport.is_registered());

    drop(runtime);
    let server = thread::spawn(move || {
        peer.read_exact(&mut [0]).unwrap();
        peer.write_all(&[9; 9]).unwrap();
        peer
    });
    let runtime = current_thread_runtime();
    runtime.block_on(crate::support::expect(&mut transport, 9, 9));
    drop(server.join().unwrap());
}

/// Nobody turns the reactor of a current-thread runtime between two of its `block_on`s.
#[test]
fn a_runtime_that_is_not_driven_does_not_hold_a_connection() {
    let server = counting_server();
    let idle = current_thread_runtime();
    let mut transport = idle.block_on(async {
        let mut transport = connect(server).await;
        wait_in_vain(&mut transport).await;
        half_round(&mut transport, 50).await;
        transport
    });
    let other = multi_thread_runtime();
    assert!(transport.is_registered());
    other.block_on(other_half(&mut transport, 50));
    other.block_on(wait_in_vain(&mut transport));
    other.block_on(round(&mut transport, 51));
    block_on(wait_in_vain(&mut transport));
    assert!(!transport.is_registered());
    block_on(round(&mut transport, 52));

    idle.block_on(round(&mut transport, 53));
    other.block_on(round(&mut transport, 54));
    foreign_block_on(round(&mut transport, 55));
}

#[test]
fn a_connection_whose_runtime_is_gone_moves() {
    let server = counting_server();
    let mut transport = block_on(connect(server));
    for count in 1..20 {
        current_thread_runtime().block_on(round(&mut transport, count));
        multi_thread_runtime().block_on(round(&mut transport, count));
    }
    assert!(transport.is_quiet());
}

#[test]
fn an_acceptor_moves_as_well() {
    let mut acceptor =
        system_net_runtime::TcpAcceptor::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = acceptor.local_addr().unwrap();
    for place in 0..4 {
        let client = thread::spawn(move || std::net::TcpStream::connect(address).unwrap());
        let (transport, peer) = match place {
            0 => block_on(acceptor.accept()),
            1 => current_thread_runtime().block_on(acceptor.accept()),
            2 => multi_thread_runtime().block_on(acceptor.accept()),
            _ => foreign_block_on(acceptor.accept()),
        }
        .unwrap();
        assert_eq!(client.join().unwrap().local_addr().unwrap(), peer);
        assert_eq!(transport.remote_endpoint(), Some(peer));
    }
}

#[test]
fn release_leaves_the_reactor() {
    let server = counting_server();
    current_thread_runtime().block_on(async {
        let mut transport = connect(server).await;
        round(&mut transport, 1).await;
        wait_in_vain(&mut transport).await;
        assert!(transport.is_registered());
        transport.release_reactor();
        assert!(!transport.is_registered());

        round(&mut transport, 2).await;
    });
}

/// A `Sleep` of a runtime that is gone panics when polled; of one not driven it hangs.
#[test]
fn a_timer_moves() {
    let mut timer = Timer::new();
    let soon = |millis| Instant::now() + Duration::from_millis(millis);
    async fn wait(timer: &mut Timer, deadline: Instant) {
        std::future::poll_fn(|cx| timer.poll_until(cx, deadline)).await;
        assert!(Instant::now() >= deadline);
    }
    async fn arm(timer: &mut Timer, deadline: Instant) {
        let pending = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(timer.poll_until(cx, deadline).is_pending())
        });
        assert!(pending.await);
    }
    let idle = current_thread_runtime();
    idle.block_on(arm(&mut timer, soon(60_000)));
    assert!(timer.is_armed());
    multi_thread_runtime().block_on(wait(&mut timer, soon(20)));
    current_thread_runtime().block_on(arm(&mut timer, soon(60_000)));
    block_on(wait(&mut timer, soon(20)));
    assert!(!timer.is_armed());
    idle.block_on(arm(&mut timer, soon(60_000)));
    foreign_block_on(wait(&mut timer, soon(20)));
    idle.block_on(wait(&mut timer, soon(20)));
}

#[test]
fn the_background_runtime_serves_everyone() {
    let server = counting_server();
    let mut transport = block_on(on_background(async move {
        let mut transport = connect(server).await;
        half_round(&mut transport, 40).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        transport
    }))
    .unwrap();
    block_on(other_half(&mut transport, 40));
    current_thread_runtime()
        .block_on(on_background(async move { round(&mut transport, 3).await }))
        .unwrap();
    block_on(async {
        let deadline = Instant::now() + Duration::from_millis(5);
        background().spawn(sleep_until(deadline)).await.unwrap();
        assert!(Instant::now() >= deadline);
    });
}

/// Dropping the waiting side cancels what runs there.
#[test]
fn dropping_on_background_cancels() {
    struct Gone(std::sync::mpsc::Sender<()>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (sender, gone) = std::sync::mpsc::channel();
    let guard = Gone(sender);
    block_on(async {
        let hook = on_background(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        });
        let deadline = Instant::now() + Duration::from_millis(20);
        system_net_runtime::timeout_at(Some(deadline), hook)
            .await
            .unwrap_err();
    });
    gone.recv_timeout(Duration::from_secs(10)).unwrap();
}
