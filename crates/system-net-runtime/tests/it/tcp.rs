//! The transport and the acceptor themselves.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpListener};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{
    TcpAcceptor, TcpKeepAlive, TcpOptions, TcpTransport, Transport, block_on,
};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::support::{
    connect, counting_server, current_thread_runtime, foreign_block_on, pair, round,
};

/// Loopback delivers at once, but not within the system call on every kernel.
#[track_caller]
fn eventually(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < end, "it never came true");
        thread::yield_now();
    }
}

#[test]
fn is_quiet_tells_open_from_closed_and_readable() {
    let (mut open, open_peer) = pair();
    assert!(open.is_quiet());
    assert!(open.is_quiet());

    let (mut readable, mut peer) = pair();
    peer.write_all(b"x").unwrap();
    eventually(|| !readable.is_quiet());
    assert_eq!(
        block_on(readable.read_u8()).unwrap(),
        b'x',
        "it only looked"
    );
    assert!(readable.is_quiet());

    let (mut closed, peer) = pair();
    drop(peer);
    eventually(|| !closed.is_quiet());

    let (mut half_closed, peer) = pair();
    peer.shutdown(Shutdown::Write).unwrap();
    eventually(|| !half_closed.is_quiet());

    let (mut reset, mut peer) = pair();
    block_on(reset.write_all(b"unread")).unwrap();
    eventually(|| peer.peek(&mut [0; 6]).unwrap() == 6);
    peer.set_read_timeout(Some(Duration::from_millis(1)))
        .unwrap();
    peer.read_exact(&mut [0; 1]).unwrap();
    drop(peer); // unread bytes make it a reset
    eventually(|| !reset.is_quiet());

    let (mut killed, _peer) = pair();
    killed.killer().unwrap().kill();
    assert!(!killed.is_quiet());
    drop(open_peer);
}

/// The reactor of a runtime that is not driven still says what it said last; the socket knows.
#[test]
fn is_quiet_asks_the_socket_not_the_reactor() {
    let idle = current_thread_runtime();
    let (mut transport, mut peer) = pair();
    idle.block_on(async {
        let read = tokio::time::timeout(Duration::from_millis(5), transport.read_u8()).await;
        read.unwrap_err();
    });
    assert!(transport.is_registered());
    assert!(transport.is_quiet());
    peer.write_all(b"x").unwrap();
    eventually(|| !transport.is_quiet());
}

/// Both directions at once, more than the buffers hold, in small and large pieces.
#[test]
fn a_stream_larger_than_the_buffers() {
    async fn exchange() {
        const LENGTH: usize = 3_000_000;
        let (transport, mut peer) = pair();
        let mut echo = peer.try_clone().unwrap();
        let echoing = thread::spawn(move || io::copy(&mut echo, &mut peer).unwrap());
        let sent: Vec<u8> = (0..LENGTH).map(|index| (index % 251) as u8).collect();
        let (mut reader, mut writer) = tokio::io::split(transport);
        let mut received = Vec::new();
        let write = async {
            for piece in sent.chunks(70_001) {
                writer.write_all(piece).await.unwrap();
            }
            writer.flush().await.unwrap();
            writer.shutdown().await.unwrap();
        };
        let read = async { reader.read_to_end(&mut received).await.unwrap() };
        tokio::join!(write, read);
        assert!(received == sent);
        assert_eq!(echoing.join().unwrap(), LENGTH as u64);
    }
    block_on(exchange());
    current_thread_runtime().block_on(exchange());
    foreign_block_on(exchange());
}

#[test]
fn vectored_writes_go_out_in_order() {
    let (mut transport, mut peer) = pair();
    assert!(transport.is_write_vectored());
    let parts = [
        IoSlice::new(b"head "),
        IoSlice::new(b""),
        IoSlice::new(b"body"),
    ];
    let written = block_on(async { transport.write_vectored(&parts).await.unwrap() });
    assert_eq!(written, 9);
    drop(transport);
    let mut text = String::new();
    peer.read_to_string(&mut text).unwrap();
    assert_eq!(text, "head body");
}

#[test]
fn the_end_of_the_stream_is_no_error() {
    for tokio in [false, true] {
        let (mut transport, mut peer) = pair();
        peer.write_all(b"last").unwrap();
        drop(peer);
        let mut text = String::new();
        let read = async {
            transport.read_to_string(&mut text).await.unwrap();
            transport.read(&mut [0]).await.unwrap()
        };
        let end = if tokio {
            current_thread_runtime().block_on(read)
        } else {
            block_on(read)
        };
        assert_eq!((end, text.as_str()), (0, "last"));
    }
}

#[test]
fn connect_reports_a_refusal() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = |result: io::Result<TcpTransport>| {
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    };
    let options = TcpOptions::default();
    refused(block_on(TcpTransport::connect(free, &options)));
    refused(current_thread_runtime().block_on(TcpTransport::connect(free, &options)));
    refused(foreign_block_on(TcpTransport::connect(free, &options)));
}

#[test]
fn options_reach_the_socket() {
    let server = counting_server();
    let mut options = TcpOptions::default();
    options.nodelay = false;
    options.keep_alive = Some(TcpKeepAlive {
        time: Duration::from_secs(70),
        interval: Duration::from_secs(7),
    });
    options.send_buffer = Some(40_000);
    options.receive_buffer = Some(50_000);
    options.local = Some("127.0.0.2:0".parse().unwrap());
    let mut transport = block_on(TcpTransport::connect(server, &options)).unwrap();
    block_on(round(&mut transport, 4));
    let socket = socket2::SockRef::from(transport.as_std());
    assert!(!socket.tcp_nodelay().unwrap());
    assert!(socket.keepalive().unwrap());
    assert_eq!(
        socket.tcp_keepalive_time().unwrap(),
        Duration::from_secs(70)
    );
    assert_eq!(
        socket.tcp_keepalive_interval().unwrap(),
        Duration::from_secs(7)
    );
    assert!((40_000..=80_000).contains(&socket.send_buffer_size().unwrap()));
    assert!((50_000..=100_000).contains(&socket.recv_buffer_size().unwrap()));
    assert_eq!(
        transport.local_endpoint().unwrap().ip().to_string(),
        "127.0.0.2"
    );
    assert_eq!(transport.remote_endpoint(), Some(server));
    transport.set_nodelay(true).unwrap();
    assert!(transport.as_std().nodelay().unwrap());
    let plain = block_on(connect(server));
    assert!(plain.as_std().nodelay().unwrap());
}

#[test]
fn into_std_gives_a_blocking_socket() {
    let server = counting_server();
    let runtime = current_thread_runtime();
    let transport = runtime.block_on(async {
        let mut transport = connect(server).await;
        round(&mut transport, 2).await;
        transport
    });
    let mut stream = transport.into_std().unwrap();
    stream.write_all(&[5]).unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [5; 5]);
    let mut again = TcpTransport::from_std(stream).unwrap();
    runtime.block_on(round(&mut again, 6));
}

#[test]
fn a_boxed_transport_is_a_transport() {
    let (transport, mut peer) = pair();
    let mut boxed: Box<dyn Transport> = Box::new(transport);
    assert!(boxed.is_quiet() && boxed.tls().is_none() && boxed.killer().is_some());
    assert_eq!(boxed.remote_endpoint(), Some(peer.local_addr().unwrap()));
    assert_eq!(boxed.local_endpoint(), Some(peer.peer_addr().unwrap()));
    block_on(boxed.write_all(b"x")).unwrap();
    peer.read_exact(&mut [0]).unwrap();
    boxed.set_nodelay(false).unwrap();
    boxed.release_reactor();
    drop(boxed);
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
}

/// Bytes of an address nobody initialised are not shown, and no more than was asked is read.
#[test]
fn reads_into_growing_buffers() {
    let (mut transport, mut peer) = pair();
    let thread = thread::spawn(move || peer.write_all(&[7; 200_000]).unwrap());
    let mut buffer = Vec::with_capacity(300_000);
    block_on(async {
        let mut space = &mut buffer;
        while transport.read_buf(&mut space).await.unwrap() > 0 {}
    });
    assert_eq!(buffer, [7; 200_000]);
    thread.join().unwrap();
}

#[test]
fn accept_is_cancel_safe() {
    let mut acceptor = TcpAcceptor::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = acceptor.local_addr().unwrap();
    current_thread_runtime().block_on(async {
        for _ in 0..3 {
            let early = tokio::time::timeout(Duration::from_millis(2), acceptor.accept()).await;
            assert!(early.is_err());
        }
        let client = std::net::TcpStream::connect(address).unwrap();
        let (transport, peer) = acceptor.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        assert_eq!(transport.local_endpoint(), Some(address));
        let none = std::future::poll_fn(|cx| Poll::Ready(acceptor.poll_accept(cx).is_pending()));
        assert!(none.await);
    });
}
