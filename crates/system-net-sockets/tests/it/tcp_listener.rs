//! `TcpListener`: start, stop, pending connections, ways to make one.

use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint};
use system_net_sockets::{
    SelectMode, Socket, SocketErrorCode, SocketOptionLevel, SocketOptionName, TcpListener,
};
use system_net_testkit::Blocked;

#[track_caller]
fn check_invalid_operation<T: std::fmt::Debug>(
    result: Result<T, system_net_sockets::SocketError>,
    expected: &str,
) {
    let error = result.unwrap_err();
    let misuse = error.misuse().unwrap_or_else(|| panic!("{error:?}"));
    let text = misuse.to_string();
    assert!(
        text.starts_with("invalid operation") && text.contains(expected),
        "{text}"
    );
}

fn connect(listener: &TcpListener) -> TcpStream {
    let port = listener.local_endpoint().unwrap().port();
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap()
}

/// Waits for the connection to be announced; with a limit against a hang.
#[track_caller]
fn wait_pending(listener: &TcpListener) {
    let server = listener.server().unwrap();
    assert!(server.poll(10_000_000, SelectMode::SelectRead).unwrap());
    assert!(listener.pending().unwrap());
}

#[test]
fn tcp_listener_pending() {
    let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
    check_invalid_operation(listener.pending(), "start");
    check_invalid_operation(listener.accept_socket(), "start");
    check_invalid_operation(listener.accept_tcp_client(), "start");
    assert_eq!(listener.local_endpoint().unwrap().port(), 0);

    listener.start().unwrap();
    listener.start().unwrap();
    assert!(listener.active());
    assert!(!listener.pending().unwrap());
    let first = connect(&listener);
    wait_pending(&listener);
    // Looking does not take.
    assert!(listener.pending().unwrap());
    let socket = listener.accept_socket().unwrap();
    assert!(!listener.pending().unwrap());
    assert_eq!(
        socket.remote_end_point().unwrap(),
        Some(first.local_addr().unwrap().into())
    );

    let _second = connect(&listener);
    wait_pending(&listener);
    let client = listener.accept_tcp_client().unwrap();
    assert!(client.connected() && client.active());
    assert!(client.client().blocking());

    // Stop closes the port and leaves what was accepted.
    let port = listener.local_endpoint().unwrap().port();
    listener.stop();
    assert!(!listener.active());
    check_invalid_operation(listener.pending(), "start");
    assert_eq!(
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .unwrap_err()
            .raw_os_error(),
        Some(111)
    );
    drop(first);
    assert_eq!(socket.receive(&mut [0; 4]).unwrap(), 0);
    assert!(client.connected());

    // And it starts again, at any free port as it was made for.
    listener.start().unwrap();
    let mut third = connect(&listener);
    listener.accept_tcp_client().unwrap().close();
    assert_eq!(third.read(&mut [0; 4]).unwrap(), 0);
}

#[test]
fn tcp_listener_stop_ends_accept() {
    let listener = Arc::new(TcpListener::new(IpAddress::LOOPBACK, 0).unwrap());
    listener.start().unwrap();
    let server = listener.server().unwrap();
    let waiting = Arc::clone(&listener);
    let (begins, begun) = std::sync::mpsc::channel();
    let accept = thread::spawn(move || {
        begins.send(Blocked::this_thread()).unwrap();
        waiting.accept_socket()
    });
    begun.recv().unwrap().wait();
    listener.stop();
    let error = accept.join().unwrap().unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::Interrupted, "{error:?}");
    let error = server.local_end_point().unwrap_err();
    assert!(error.misuse().is_some(), "{error:?}");
}

#[test]
fn tcp_listener_constructors() {
    // Address and port, end point.
    let any = IpEndPoint::new(IpAddress::ANY, 0);
    let v6 = IpEndPoint::new(IpAddress::IPV6_LOOPBACK, 0);
    for (listener, expected) in [
        (TcpListener::new(IpAddress::ANY, 0).unwrap(), any),
        (TcpListener::with_local_end_point(v6).unwrap(), v6),
        (old_way(0), any),
    ] {
        assert_eq!(listener.local_endpoint().unwrap(), expected);
        assert_eq!(
            listener.server().unwrap().address_family(),
            expected.address_family()
        );
        assert!(!listener.active());
        listener.start().unwrap();
        let bound = listener.local_endpoint().unwrap();
        assert_eq!(bound.address(), expected.address());
        assert_ne!(bound.port(), 0);
    }

    // Dual-mode: both kinds reach it; the obsolete one knows IPv4 only.
    let both = TcpListener::create(0).unwrap();
    assert!(both.server().unwrap().dual_mode().unwrap());
    both.start().unwrap();
    let old = old_way(0);
    old.start().unwrap();
    for (listener, v6_too) in [(&both, true), (&old, false)] {
        let port = listener.local_endpoint().unwrap().port();
        let v4 = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let accepted = listener.accept_socket().unwrap();
        assert_eq!(
            port_of(&accepted),
            v4.local_addr().unwrap().port(),
            "over IPv4"
        );
        match TcpStream::connect((Ipv6Addr::LOCALHOST, port)) {
            Ok(v6) if v6_too => {
                let accepted = listener.accept_socket().unwrap();
                assert_eq!(port_of(&accepted), v6.local_addr().unwrap().port());
            }
            Err(error) if !v6_too => assert_eq!(error.raw_os_error(), Some(111)),
            other => panic!("{other:?}"),
        }
    }

    // A port that is taken; then the same listener once it is free.
    let port = both.local_endpoint().unwrap().port();
    let late = TcpListener::create(port).unwrap();
    let error = late.start().unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::AddressAlreadyInUse);
    assert!(
        error.to_string().contains(&format!("[::]:{port}")),
        "{error}"
    );
    assert!(!late.active());
    both.stop();
    late.start().unwrap();
    assert!(late.server().unwrap().dual_mode().unwrap());

    let error = late.start_with_backlog(-1).unwrap_err();
    assert_eq!(
        error
            .misuse()
            .and_then(system_net_primitives::Misuse::param_name),
        Some("backlog")
    );
}

#[allow(deprecated, reason = "the guide's own listing uses it")]
fn old_way(port: u16) -> TcpListener {
    TcpListener::with_port(port).unwrap()
}

fn port_of(socket: &Socket) -> u16 {
    socket.remote_end_point().unwrap().unwrap().port()
}

#[test]
fn tcp_listener_exclusive_address_use() {
    let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
    // It is the socket that decides: one that is to share says so with an option.
    let error = listener.set_exclusive_address_use(false).unwrap_err();
    assert!(error.to_string().contains("REUSE_ADDRESS"), "{error}");
    let server = listener.server().unwrap();
    server
        .set_socket_option_bool(
            SocketOptionLevel::Socket,
            SocketOptionName::REUSE_ADDRESS,
            true,
        )
        .unwrap();
    assert!(!listener.exclusive_address_use().unwrap());
    listener.set_exclusive_address_use(true).unwrap();
    assert!(server.exclusive_address_use().unwrap());
    assert!(listener.exclusive_address_use().unwrap());
    listener.start().unwrap();
    check_invalid_operation(listener.set_exclusive_address_use(false), "stop");
    check_invalid_operation(listener.allow_nat_traversal(true), "stop");
    let end_point = listener.local_endpoint().unwrap();

    // Another socket that is willing to share gets nothing.
    let other = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    other.set_reuse_address(true).unwrap();
    other.set_reuse_port(true).unwrap();
    let error = other.bind(&SocketAddr::from(end_point).into()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);

    // The choice holds after a stop.
    listener.stop();
    assert!(listener.exclusive_address_use().unwrap());
    assert_eq!(
        listener.server().unwrap().address_family(),
        AddressFamily::InterNetwork
    );
}
