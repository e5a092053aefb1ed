//! Sockets that are closed, or get another descriptor, while an operation is about to wait.

#![allow(
    clippy::disallowed_methods,
    reason = "threads are brought to a place where they wait, and tests wait for them there"
)]

use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::Pid;

use super::Direction;
use super::shard::{UNREGISTERED, lost_slots};
use crate::enums::SocketFlags;
use crate::event_args::SocketAsyncEventArgs;
use crate::socket::Socket;
use crate::{SocketError, SocketErrorCode};

/// Only against a hang.
const HANG: Duration = Duration::from_secs(20);

/// What a handler saw.
type Ended = (SocketErrorCode, usize);

fn udp() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
}

/// A socket for datagrams, and what comes to it.
fn socket() -> (Arc<Socket>, UdpSocket) {
    let (own, peer) = (udp(), udp());
    peer.connect(own.local_addr().unwrap()).unwrap();
    (Arc::new(Socket::try_from(own).unwrap()), peer)
}

fn context() -> (SocketAsyncEventArgs, Receiver<Ended>) {
    let args = SocketAsyncEventArgs::new();
    args.set_memory_buffer(vec![0; 16]).unwrap();
    let (report, reports) = channel();
    let report = Mutex::new(report);
    args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let ended = (args.socket_error(), args.bytes_transferred());
        let _ = report.lock().unwrap().send(ended);
    })));
    (args, reports)
}

/// Until a thread sleeps at a lock.
fn wait_for_lock(thread: Pid) {
    let file = format!("/proc/self/task/{}/syscall", thread.as_raw_nonzero());
    let lock = format!("{} ", libc::SYS_futex);
    let limit = Instant::now() + HANG;
    // It is "running", or the number of a call and what it was given.
    while !std::fs::read_to_string(&file).unwrap().starts_with(&lock) {
        assert!(Instant::now() < limit, "it does not come to a lock");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Where an operation is stopped.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Before it has the lock of its queue.
    Queue,
    /// With that lock, before it is tried.
    Context,
}

/// Begins a receive in a thread, stops it, runs `meanwhile`, and lets it go on.
fn stopped<R>(
    at: At,
    socket: &Arc<Socket>,
    args: &SocketAsyncEventArgs,
    meanwhile: impl FnOnce() -> R,
) -> (Result<bool, SocketError>, R) {
    let lane = matches!(at, At::Queue).then(|| socket.handle().channel().lane(Direction::Read));
    let state = matches!(at, At::Context).then(|| args.context.lock());
    let (started, has_started) = channel();
    let (socket, args) = (Arc::clone(socket), args.clone());
    let receiving = thread::spawn(move || {
        started.send(rustix::thread::gettid()).unwrap();
        socket.receive_args(&args)
    });
    wait_for_lock(has_started.recv().unwrap());
    let done = meanwhile();
    drop((lane, state));
    (receiving.join().unwrap(), done)
}

/// An operation that was begun with the old descriptor waits for the new one, and so do those
/// after it.
#[test]
fn an_operation_hears_of_the_descriptor_that_took_the_place() {
    for at in [At::Queue, At::Context] {
        let (socket, _old_peer) = socket();
        let (new, peer) = (udp(), udp());
        peer.connect(new.local_addr().unwrap()).unwrap();
        let (args, reports) = context();
        let (pending, ()) = stopped(at, &socket, &args, || {
            drop(socket.handle().replace(OwnedFd::from(new)).unwrap());
        });
        assert!(pending.unwrap(), "{at:?}");
        for data in [&b"12"[..], b"345"] {
            peer.send(data).unwrap();
            let ended = reports.recv_timeout(HANG);
            let expected = Ok((SocketErrorCode::Success, data.len()));
            assert_eq!(ended, expected, "{at:?}");
            assert!(socket.receive_args(&args).unwrap());
        }
        socket.close();
        let aborted = reports.recv_timeout(HANG).unwrap();
        assert_eq!(aborted, (SocketErrorCode::OperationAborted, 0), "{at:?}");
    }
}

/// What is pending when the descriptor is exchanged goes on to wait for the new one, however
/// often that happens.
#[test]
fn a_pending_operation_waits_for_the_new_descriptor() {
    let (socket, _old_peer) = socket();
    let (args, reports) = context();
    assert!(socket.receive_args(&args).unwrap());
    let channel = socket.handle().channel();
    for round in 0..3 {
        let (new, peer) = (udp(), udp());
        peer.connect(new.local_addr().unwrap()).unwrap();
        drop(socket.handle().replace(OwnedFd::from(new)).unwrap());
        // The engine has tried it on the new one, which has nothing yet.
        for _ in 0..1000 {
            if channel.key() != UNREGISTERED {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        assert_ne!(channel.key(), UNREGISTERED, "round {round}");
        peer.send(b"1234").unwrap();
        let ended = reports.recv_timeout(HANG);
        assert_eq!(ended, Ok((SocketErrorCode::Success, 4)), "round {round}");
        assert!(socket.receive_args(&args).unwrap());
    }
}

/// Several exchange the descriptor at once, others receive: the last one is heard of.
#[test]
fn exchanges_race_with_operations() {
    for round in 0..200 {
        let (socket, _old_peer) = socket();
        let own = Arc::clone(&socket);
        let receiving = thread::spawn(move || {
            let (args, reports) = context();
            own.receive_args(&args).map(|pending| (pending, reports))
        });
        let exchanging: Vec<_> = (0..2)
            .map(|_| {
                let own = Arc::clone(&socket);
                let new = OwnedFd::from(udp());
                thread::spawn(move || drop(own.handle().replace(new).unwrap()))
            })
            .collect();
        exchanging
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let (pending, reports) = receiving.join().unwrap().unwrap();
        assert!(pending);
        let target = {
            let fd = socket.handle().fd().unwrap();
            let address = crate::sys::local_address(std::os::fd::AsFd::as_fd(&fd)).unwrap();
            address.to_end_point().unwrap()
        };
        let sender = Socket::try_from(udp()).unwrap();
        sender.send_to(b"abc", SocketFlags::NONE, target).unwrap();
        let ended = reports.recv_timeout(HANG);
        assert_eq!(ended, Ok((SocketErrorCode::Success, 3)), "round {round}");
    }
    assert_eq!(lost_slots(), 0);
}

/// An operation that meets a close registers nothing that stays.
#[test]
fn a_closed_socket_leaves_no_slot() {
    let (socket, _peer) = socket();
    let (args, reports) = context();
    let (ended, closing) = stopped(At::Context, &socket, &args, || {
        let socket = Arc::clone(&socket);
        let (started, has_started) = channel();
        let closing = thread::spawn(move || {
            started.send(rustix::thread::gettid()).unwrap();
            socket.close();
        });
        // At the queue, which the operation has.
        wait_for_lock(has_started.recv().unwrap());
        closing
    });
    closing.join().unwrap();
    let code = match ended {
        Ok(true) => reports.recv_timeout(HANG).unwrap().0,
        Ok(false) => args.socket_error(),
        Err(error) => panic!("{error:?}"),
    };
    assert_eq!(code, SocketErrorCode::OperationAborted);
    drop(socket);
    assert_eq!(lost_slots(), 0);
}
