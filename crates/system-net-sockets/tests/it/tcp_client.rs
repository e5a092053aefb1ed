//! `TcpClient` and `TcpListener` against std's sockets and each other.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint, Misuse};
use system_net_sockets::{
    LingerOption, ProtocolType, Socket, SocketError, SocketErrorCode, SocketType, TcpClient,
    TcpListener,
};

/// A server of std's that sends this text to each client and closes.
fn daytime_server(text: &'static str, clients: usize) -> (u16, thread::JoinHandle<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        for _ in 0..clients {
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(text.as_bytes()).unwrap();
        }
    });
    (port, server)
}

fn read_all(client: &TcpClient) -> String {
    let mut text = String::new();
    (&client.get_stream().unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[track_caller]
fn check_misuse(error: &SocketError, expected: &str) {
    let misuse = error.misuse().unwrap_or_else(|| panic!("{error:?}"));
    assert!(misuse.to_string().contains(expected), "{misuse}");
}

/// Every way to connect gives the same text of the same server.
#[test]
fn tcp_client_daytime() {
    type Connect = fn(u16) -> Result<TcpClient, SocketError>;
    const TEXT: &str = "23/11/2026 07:00:00";
    let ways: &[(&str, Connect)] = &[
        ("by name", |port| TcpClient::connect_to("localhost", port)),
        ("by address as text", |port| {
            TcpClient::connect_to("127.0.0.1", port)
        }),
        ("end point", |port| {
            let client = TcpClient::new()?;
            client.connect(IpEndPoint::new(IpAddress::LOOPBACK, port))?;
            Ok(client)
        }),
        ("address", |port| {
            let client = TcpClient::with_address_family(AddressFamily::InterNetwork)?;
            client.connect_address(IpAddress::LOOPBACK, port)?;
            Ok(client)
        }),
        ("the second of two addresses", |port| {
            let client = TcpClient::new()?;
            client.connect_addresses(&[IpAddress::IPV6_LOOPBACK, IpAddress::LOOPBACK], port)?;
            Ok(client)
        }),
        ("host", |port| {
            let client = TcpClient::new()?;
            client.connect_host("localhost", port)?;
            Ok(client)
        }),
        ("from an address", |port| {
            let here = IpEndPoint::new("127.0.0.9".parse().unwrap(), 0);
            let client = TcpClient::with_local_end_point(here)?;
            client.connect(IpEndPoint::new(IpAddress::LOOPBACK, port))?;
            let Some(EndPoint::Ip(local)) = client.client().local_end_point()? else {
                panic!("a client without a local end point");
            };
            assert_eq!(local.address(), "127.0.0.9".parse().unwrap());
            Ok(client)
        }),
    ];
    let (port, server) = daytime_server(TEXT, ways.len());
    for (way, connect) in ways {
        let client = connect(port).unwrap_or_else(|error| panic!("{way}: {error}"));
        assert!(client.connected() && client.active(), "{way}");
        assert_eq!(read_all(&client), TEXT, "{way}");
        client.close();
        assert!(!client.active(), "{way}");
        check_misuse(&client.get_stream().unwrap_err(), "closed already");
    }
    server.join().unwrap();
}

#[test]
fn tcp_client_options() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for connected in [false, true] {
        let client = TcpClient::with_address_family(AddressFamily::InterNetwork).unwrap();
        if connected {
            client.connect(address.into()).unwrap();
        }
        assert_eq!(client.connected(), connected);
        if !connected {
            client.set_exclusive_address_use(true).unwrap();
        }
        assert!(client.exclusive_address_use().unwrap());
        assert!(!client.no_delay().unwrap());
        client.set_no_delay(true).unwrap();
        assert!(client.no_delay().unwrap());

        let linger = LingerOption::new(true, 7);
        client.set_linger_state(linger).unwrap();
        assert_eq!(client.linger_state().unwrap(), linger);
        client
            .set_linger_state(LingerOption::new(false, 0))
            .unwrap();
        assert!(!client.linger_state().unwrap().enabled());

        for size in [16_384, 65_536] {
            client.set_send_buffer_size(size).unwrap();
            client.set_receive_buffer_size(size).unwrap();
            // The system may round up.
            assert!(client.send_buffer_size().unwrap() >= size);
            assert!(client.receive_buffer_size().unwrap() >= size);
        }
        let before = client.receive_buffer_size().unwrap();
        client.set_receive_buffer_size(8 * 1024).unwrap();
        assert!(client.receive_buffer_size().unwrap() < before);

        assert_eq!(client.receive_timeout().unwrap(), 0);
        client.set_receive_timeout(1500).unwrap();
        client.set_send_timeout(2500).unwrap();
        assert_eq!(client.receive_timeout().unwrap(), 1500);
        assert_eq!(client.send_timeout().unwrap(), 2500);
    }

    let client = TcpClient::connect_to("127.0.0.1", address.port()).unwrap();
    client.set_receive_timeout(20).unwrap();
    let error = client.client().receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::TimedOut);
}

/// What the options say is what the system knows.
#[test]
fn tcp_client_options_reach_the_system() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = TcpClient::connect_to("127.0.0.1", port).unwrap();
    client.set_no_delay(true).unwrap();
    client.set_linger_state(LingerOption::new(true, 3)).unwrap();
    let bound = client.set_exclusive_address_use(true).unwrap_err();
    check_misuse(&bound, "bound already");

    let std = std::net::TcpStream::try_from(client).unwrap();
    let raw = socket2::SockRef::from(&std);
    assert!(raw.tcp_nodelay().unwrap());
    assert_eq!(raw.linger().unwrap(), Some(Duration::from_secs(3)));
}

#[test]
fn tcp_client_refusals() {
    let error = TcpClient::with_address_family(AddressFamily::Unix).unwrap_err();
    check_misuse(&error, "InterNetwork");
    assert_eq!(error.misuse().and_then(Misuse::param_name), Some("family"));

    let client = TcpClient::new().unwrap();
    assert!(!client.connected() && !client.active());
    check_misuse(&client.get_stream().unwrap_err(), "not connected");

    // A port where nobody listens.
    let port = {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap().port()
    };
    let refused = TcpClient::connect_to("127.0.0.1", port).unwrap_err();
    assert_eq!(refused.code(), SocketErrorCode::ConnectionRefused);
    assert_eq!(refused.errno(), Some(111));
    let unknown = TcpClient::connect_to("no-such-host.invalid", 13).unwrap_err();
    assert!(
        matches!(
            unknown.code(),
            SocketErrorCode::HostNotFound | SocketErrorCode::TryAgain | SocketErrorCode::NoData
        ),
        "{unknown:?}"
    );

    // The client of a failed attempt may try again.
    let client = TcpClient::new().unwrap();
    let end_point = IpEndPoint::new(IpAddress::LOOPBACK, port);
    assert_eq!(
        client.connect(end_point).unwrap_err().code(),
        SocketErrorCode::ConnectionRefused
    );
    assert!(!client.active());
    let (port, server) = daytime_server("again", 1);
    client.connect_host("127.0.0.1", port).unwrap();
    let twice = client.connect_host("127.0.0.1", port).unwrap_err();
    assert_eq!(twice.code(), SocketErrorCode::IsConnected);
    assert_eq!(read_all(&client), "again");
    server.join().unwrap();
}

/// The guide: data can be read and written by streams, and the socket reached below.
#[test]
fn tcp_client_streams_share_the_connection() {
    let listener = TcpListener::new(IpAddress::IPV6_LOOPBACK, 0).unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoint().unwrap().port();
    let echo = thread::spawn(move || {
        let client = listener.accept_tcp_client().unwrap();
        let mut stream = client.get_stream().unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).unwrap();
        stream.write_all(&bytes).unwrap();
        client.close();
    });
    let client = TcpClient::connect_to("::1", port).unwrap();
    // A stream that goes out of scope does not end the connection of the client it came from.
    client.get_stream().unwrap().write_all(b"he").unwrap();
    client.get_stream().unwrap().write_all(b"llo").unwrap();
    assert_eq!(read_all(&client), "hello");
    echo.join().unwrap();

    // A stream outlives a client that was dropped, and closing it closes the socket.
    let (port, server) = daytime_server("kept", 1);
    let mut stream = TcpClient::connect_to("127.0.0.1", port)
        .unwrap()
        .get_stream()
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "kept");
    server.join().unwrap();
}

#[test]
fn tcp_client_closed_from_another_thread() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Arc::new(TcpClient::connect_to("127.0.0.1", port).unwrap());
    let (_peer, _) = listener.accept().unwrap();
    let reading = Arc::clone(&client);
    let reader = thread::spawn(move || reading.client().receive(&mut [0; 8]));
    // Whether the reader waits already or comes later, it ends.
    thread::yield_now();
    client.close();
    match reader.join().unwrap() {
        Ok(0) => {}
        Ok(more) => panic!("{more} bytes"),
        Err(error) => assert!(
            error.code() == SocketErrorCode::Interrupted || error.misuse().is_some(),
            "{error:?}"
        ),
    }
}

#[test]
fn tcp_client_conversions() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let std = std::net::TcpStream::connect(address).unwrap();
    let number = std.as_raw_fd();
    let (mut peer, _) = listener.accept().unwrap();

    let client = TcpClient::try_from(std).unwrap();
    assert!(client.connected() && client.active());
    assert_eq!(client.as_raw_fd(), number);
    client.get_stream().unwrap().write_all(b"one").unwrap();
    let mut std = std::net::TcpStream::try_from(client).unwrap();
    assert_eq!(std.as_raw_fd(), number);
    std.write_all(b"two").unwrap();
    drop(std);
    let mut text = String::new();
    peer.read_to_string(&mut text).unwrap();
    assert_eq!(text, "onetwo");

    let socket = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap();
    socket.connect(EndPoint::from(address)).unwrap();
    let client = TcpClient::from(socket);
    assert!(client.active());

    let mut other = TcpClient::new().unwrap();
    other.set_client(Arc::clone(client.client()));
    assert!(other.active());
    // Two clients share the socket: neither can give it away.
    let error = std::net::TcpStream::try_from(other).unwrap_err();
    check_misuse(&error, "in use");
    assert!(client.connected());

    let ours = TcpListener::try_from(std::net::TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
    assert!(ours.active());
    let end_point = ours.local_endpoint().unwrap();
    let mut late = std::net::TcpStream::connect(std::net::SocketAddr::from(end_point)).unwrap();
    late.write_all(b"x").unwrap();
    let accepted = ours.accept_socket().unwrap();
    assert_eq!(accepted.receive(&mut [0; 4]).unwrap(), 1);
    let std = std::net::TcpListener::try_from(ours).unwrap();
    assert_eq!(std.local_addr().unwrap(), end_point.into());
}

/// A connection goes to tokio and comes back, and so does a listener.
#[test]
fn tcp_client_to_tokio_and_back() {
    use tokio::io::AsyncWriteExt;

    let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoint().unwrap().port();
    let client = TcpClient::connect_to("127.0.0.1", port).unwrap();
    let server = listener.accept_tcp_client().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (client, listener) = runtime.block_on(async {
        let mut stream = tokio::net::TcpStream::try_from(client).unwrap();
        stream.write_all(b"ping").await.unwrap();
        let listener = tokio::net::TcpListener::try_from(listener).unwrap();
        let _late = TcpClient::connect_to("127.0.0.1", port).unwrap();
        listener.accept().await.unwrap();
        (
            TcpClient::try_from(stream).unwrap(),
            TcpListener::try_from(listener).unwrap(),
        )
    });
    let mut bytes = [0; 4];
    (&server.get_stream().unwrap())
        .read_exact(&mut bytes)
        .unwrap();
    assert_eq!(&bytes, b"ping");

    (&server.get_stream().unwrap()).write_all(b"pong").unwrap();
    (&client.get_stream().unwrap())
        .read_exact(&mut bytes)
        .unwrap();
    assert_eq!(&bytes, b"pong");
    assert!(listener.active());
    assert_eq!(listener.local_endpoint().unwrap().port(), port);
    let _last = TcpClient::connect_to("127.0.0.1", port).unwrap();
    assert!(listener.accept_tcp_client().unwrap().connected());
}
