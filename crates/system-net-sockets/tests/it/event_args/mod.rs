//! `SocketAsyncEventArgs`: its properties, its operations, its ends.

mod accept_with_buffer;
mod contexts;
#[cfg(feature = "tokio")]
mod cost;

mod endings;
mod lists;
#[cfg(feature = "tokio")]
mod mixed;
mod operations;
mod packets;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_primitives::{AddressFamily, EndPoint};
use system_net_sockets::{
    ProtocolType, Socket, SocketAsyncEventArgs, SocketAsyncOperation, SocketError, SocketErrorCode,
    SocketType,
};

/// Far longer than anything here takes.
const HANG: Duration = Duration::from_secs(20);

fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn tcp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap()
}

fn udp() -> Socket {
    let socket = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Dgram,
        ProtocolType::UDP,
    )
    .unwrap();
    socket.bind(any_port()).unwrap();
    socket
}

fn listener() -> (Socket, EndPoint) {
    let listener = tcp();
    listener.bind(any_port()).unwrap();
    listener.listen(128).unwrap();
    let end_point = listener.local_end_point().unwrap().unwrap();
    (listener, end_point)
}

/// Two connected ends.
fn pair() -> (Socket, Socket) {
    let (listener, end_point) = listener();
    let client = tcp();
    client.connect(end_point).unwrap();
    let server = listener.accept().unwrap();
    (client, server)
}

/// What a handler saw.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    operation: SocketAsyncOperation,
    error: SocketErrorCode,
    bytes: usize,
}

/// A context that reports each call of its handler.
fn watched() -> (SocketAsyncEventArgs, Receiver<Ended>) {
    let args = SocketAsyncEventArgs::new();
    let (report, reports) = channel();
    let report = Mutex::new(report);
    args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let ended = Ended {
            operation: args.last_operation(),
            error: args.socket_error(),
            bytes: args.bytes_transferred(),
        };
        // A test that has ended listens no more.
        let _ = report.lock().unwrap().send(ended);
    })));
    (args, reports)
}

fn with_buffer(size: usize) -> (SocketAsyncEventArgs, Receiver<Ended>) {
    let (args, reports) = watched();
    args.set_memory_buffer(vec![0; size]).unwrap();
    (args, reports)
}

/// The end of an operation that was just started, whichever way it came.
#[track_caller]
fn ended(
    started: Result<bool, SocketError>,
    args: &SocketAsyncEventArgs,
    reports: &Receiver<Ended>,
) -> Ended {
    if started.unwrap() {
        reports.recv_timeout(HANG).unwrap()
    } else {
        Ended {
            operation: args.last_operation(),
            error: args.socket_error(),
            bytes: args.bytes_transferred(),
        }
    }
}

#[track_caller]
fn succeeded(
    started: Result<bool, SocketError>,
    args: &SocketAsyncEventArgs,
    reports: &Receiver<Ended>,
) -> usize {
    let ended = ended(started, args, reports);
    assert_eq!(ended.error, SocketErrorCode::Success, "{ended:?}");
    ended.bytes
}

/// No handler is called any more: whatever was to come has come, and the engine is idle.
#[track_caller]
fn silent(reports: &Receiver<Ended>) {
    let late = reports.recv_timeout(Duration::from_millis(50));
    assert!(late.is_err(), "{late:?}");
}
