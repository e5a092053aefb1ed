//! Who holds a descriptor, and when it is closed.

use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::{Descriptor, NotTaken};
use crate::sys;

/// A socket, and the port by which it is known.
fn socket() -> (OwnedFd, u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket.into(), port)
}

fn port(fd: impl AsFd) -> u16 {
    let address = sys::local_address(fd.as_fd()).unwrap();
    address.to_ip().unwrap().port()
}

/// Whether the port is free again, as it is once its socket is closed.
fn is_closed(port: u16) -> bool {
    UdpSocket::bind(("127.0.0.1", port)).is_ok()
}

#[test]
fn it_is_closed_with_its_owner() {
    let (fd, port) = socket();
    let descriptor = Descriptor::new(fd);
    drop(descriptor.hold().unwrap());
    assert!(!is_closed(port));
    drop(descriptor);
    assert!(is_closed(port));
}

#[test]
fn the_last_call_closes_it() {
    let (fd, own) = socket();
    let descriptor = Descriptor::new(fd);
    let (one, other) = (descriptor.hold().unwrap(), descriptor.hold().unwrap());
    let ending = descriptor.end().unwrap();
    assert!(ending.is_held_by_others());
    assert!(descriptor.hold().is_none());
    assert!(descriptor.share().is_none());
    assert!(descriptor.end().is_none());
    drop(ending);
    drop(one);
    assert_eq!(port(&other), own);
    assert!(!is_closed(own));
    drop(other);
    assert!(is_closed(own));
    assert!(descriptor.hold().is_none());
}

#[test]
fn who_ends_it_alone_closes_it() {
    let (fd, port) = socket();
    let descriptor = Descriptor::new(fd);
    let ending = descriptor.end().unwrap();
    assert!(!ending.is_held_by_others());
    drop(ending);
    assert!(is_closed(port));
}

#[test]
fn a_share_outlasts_the_owner() {
    let (fd, own) = socket();
    let descriptor = Descriptor::new(fd);
    let held = descriptor.hold().unwrap();
    let share = descriptor.share().unwrap();
    assert!(Arc::ptr_eq(&share, &descriptor.share().unwrap()));
    assert_eq!(held.as_raw_fd(), share.as_raw_fd());
    drop(held);
    let ending = descriptor.end().unwrap();
    assert!(ending.is_held_by_others());
    drop(ending);
    drop(descriptor);
    assert_eq!(port(&share), own);
    assert!(!is_closed(own));
    drop(share);
    assert!(is_closed(own));
}

#[test]
fn another_takes_its_place() {
    let descriptors: Vec<(OwnedFd, u16)> = (0..3).map(|_| socket()).collect();
    let ports: Vec<u16> = descriptors.iter().map(|(_, port)| *port).collect();
    let mut fds = descriptors.into_iter().map(|(fd, _)| fd);
    let descriptor = Descriptor::new(fds.next().unwrap());
    let in_flight = descriptor.hold().unwrap();
    for (fd, place) in fds.zip(0..) {
        let old = descriptor.replace(fd).unwrap();
        assert_eq!(port(&old), ports[place]);
        assert_eq!(old.is_held_by_others(), place == 0);
        assert_eq!(port(descriptor.hold().unwrap()), ports[place + 1]);
        assert_eq!(port(descriptor.share().unwrap()), ports[place + 1]);
        drop(old);
        assert_eq!(is_closed(ports[place]), place > 0);
    }
    // A call on the first one still has it.
    assert_eq!(port(&in_flight), ports[0]);
    drop(in_flight);
    assert!(is_closed(ports[0]));
    drop(descriptor.end().unwrap());
    assert!(is_closed(ports[2]));
    assert!(descriptor.replace(socket().0).is_none());
}

#[test]
fn it_is_taken_when_nobody_holds_it() {
    let (fd, own) = socket();
    let (later, later_port) = socket();
    let check = |descriptor: &Descriptor, expected: u16| {
        let held = descriptor.hold().unwrap();
        assert_eq!(descriptor.take().unwrap_err(), NotTaken::Held);
        drop(held);
        let share = descriptor.share().unwrap();
        assert_eq!(descriptor.take().unwrap_err(), NotTaken::Held);
        drop(share);
        // A refusal has changed nothing.
        drop(descriptor.hold().unwrap());
        let taken = descriptor.take().unwrap();
        assert_eq!(port(&taken), expected);
        assert_eq!(descriptor.take().unwrap_err(), NotTaken::Ended);
        assert!(descriptor.hold().is_none());
        taken
    };
    let taken = check(&Descriptor::new(fd), own);
    assert!(!is_closed(own));
    let descriptor = Descriptor::new(taken);
    drop(descriptor.replace(later).unwrap());
    assert!(is_closed(own));
    drop(check(&descriptor, later_port));
    assert!(is_closed(later_port));
}

#[test]
fn its_only_owner_sees_what_is_open() {
    let (fd, own) = socket();
    let (later, later_port) = socket();
    let mut descriptor = Descriptor::new(fd);
    let look = |descriptor: &mut Descriptor| {
        let (fd, shared) = descriptor.get_mut()?;
        Some((port(fd), shared))
    };
    assert_eq!(look(&mut descriptor), Some((own, false)));
    let share = descriptor.share().unwrap();
    assert_eq!(look(&mut descriptor), Some((own, true)));
    drop(share);
    assert_eq!(look(&mut descriptor), Some((own, false)));
    drop(descriptor.replace(later).unwrap());
    assert_eq!(look(&mut descriptor), Some((later_port, false)));
    drop(descriptor.end().unwrap());
    assert_eq!(look(&mut descriptor), None);
}

/// While threads begin and end calls, another ends or replaces the descriptor, and sockets with
/// the numbers that become free are made all the time: no call ever sees one of those.
#[test]
fn no_call_meets_another_descriptor() {
    const ROUNDS: usize = 300;
    let done = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        // Takes the numbers that become free.
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let numbers: Vec<RawFd> = (0..4).map(|_| socket().0.as_raw_fd()).collect();
                assert!(numbers.iter().all(|number| *number >= 0));
            }
        });
        for round in 0..ROUNDS {
            let ((first, first_port), (later, later_port)) = (socket(), socket());
            let descriptor = Descriptor::new(first);
            let known = [first_port, later_port];
            let before = calls.load(Ordering::Relaxed);
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        while let Some(held) = descriptor.hold() {
                            assert!(known.contains(&port(&held)));
                            assert!(known.contains(&port(&held)));
                            calls.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
                // The threads are in the middle of it.
                while calls.load(Ordering::Relaxed) == before {
                    thread::yield_now();
                }
                if round % 2 == 0 {
                    drop(descriptor.replace(later).unwrap());
                } else {
                    drop(descriptor.share().unwrap());
                }
                drop(descriptor.end().unwrap());
            });
            assert!(is_closed(first_port), "round {round}");
        }
        done.store(true, Ordering::Relaxed);
    });
}
