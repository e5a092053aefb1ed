//! Much data over established connections: every byte in its place whatever the sizes, both
//! directions at once, many connections, operations that are given up; and what is no record of TLS
//! in the middle of it.

use std::future::Future as _;
use std::io::Write as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use system_net_runtime::{Transport, block_on};
use system_net_security::test_util::TestCa;
use system_net_security::{ChannelProblem, TlsError, TlsErrorKind, TlsTransport, TlsVersion};
use system_net_uri::HostAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, split};

use crate::pair::{acceptor, connected, connector, sockets, transport, usual};

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Bytes of which each tells where it stands.
fn text(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8)
        .collect()
}

/// Sizes around a record's and around those of the buffers, and any others.
fn size(numbers: &mut Numbers) -> usize {
    const EDGES: [usize; 10] = [
        1, 2, 4095, 4096, 4097, 16_383, 16_384, 16_385, 18_437, 65_537,
    ];
    match numbers.below(3) {
        0 => EDGES[numbers.below(EDGES.len())],
        _ => 1 + numbers.below(40_000),
    }
}

/// Writes `sent` in pieces to one side and reads it in pieces from the other.
fn transfer(writer: &mut TlsTransport, reader: &mut TlsTransport, sent: &[u8], seed: u64) {
    let writing = async {
        let mut numbers = Numbers(seed);
        let mut rest = sent;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(size(&mut numbers).min(rest.len()));
            writer.write_all(now).await.unwrap();
            if numbers.below(4) == 0 {
                writer.flush().await.unwrap();
            }
            rest = later;
        }
        writer.shutdown().await.unwrap();
    };
    let reading = async {
        let mut numbers = Numbers(!seed);
        let mut come = Vec::new();
        loop {
            let mut piece = vec![0; size(&mut numbers)];
            match reader.read(&mut piece).await.unwrap() {
                0 => break come,
                length => come.extend_from_slice(&piece[..length]),
            }
        }
    };
    let ((), come) = block_on(async { tokio::join!(writing, reading) });
    assert!(come == sent, "{} of {} bytes", come.len(), sent.len());
}

#[test]
fn bytes_keep_their_places_over_any_sizes() {
    let sent = text(3_000_001);
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let ca = TestCa::new();
        let mut options = ca.client_options();
        options.max_version = Some(version);
        let acceptor = acceptor(ca.issue(&["localhost"]));
        let (mut client, mut server) = connected(&connector(&options), &acceptor);
        transfer(&mut server, &mut client, &sent, 7);
        // The other direction is open still.
        transfer(&mut client, &mut server, &sent, 8);
    }
}

/// Neither side reads until it has written more than all buffers of the way take.
#[test]
fn both_directions_at_once() {
    let (connector, acceptor) = usual();
    let (client, server) = connected(&connector, &acceptor);
    let sent = text(16 << 20);
    let both = |side: TlsTransport| {
        let (mut reading, mut writing) = split(side);
        let sent = &sent;
        async move {
            let write = async {
                writing.write_all(sent).await.unwrap();
                writing.flush().await.unwrap();
            };
            let read = async {
                // Small pieces: the writer on the other side has to wait.
                let (mut come, mut piece) = (0, [0; 1000]);
                while come < sent.len() {
                    let length = reading.read(&mut piece).await.unwrap();
                    assert!(length > 0, "the end after {come} bytes");
                    assert!(piece[..length] == sent[come..come + length], "at {come}");
                    come += length;
                }
            };
            tokio::join!(write, read);
        }
    };
    block_on(async { tokio::join!(both(client), both(server)) });
}

#[test]
fn a_hundred_connections_at_once() {
    let (connector, acceptor) = usual();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for number in 0..100_u64 {
            let (connector, acceptor) = (connector.clone(), acceptor.clone());
            let (client, server) = sockets();
            let echo = tokio::spawn(async move {
                let mut tls = acceptor.accept(transport(server)).await.unwrap();
                let mut piece = [0; 5000];
                loop {
                    match tls.read(&mut piece).await.unwrap() {
                        0 => return tls.shutdown().await.unwrap(),
                        length => tls.write_all(&piece[..length]).await.unwrap(),
                    }
                    tls.flush().await.unwrap();
                }
            });
            tasks.push(tokio::spawn(async move {
                let host = HostAddress::Dns("localhost");
                let mut tls = connector.connect(transport(client), host).await.unwrap();
                let sent: Vec<u8> = number.to_be_bytes().repeat(2500);
                tls.write_all(&sent).await.unwrap();
                tls.shutdown().await.unwrap();
                let mut come = Vec::new();
                tls.read_to_end(&mut come).await.unwrap();
                assert!(come == sent, "connection {number}");
                echo.await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// A read is dropped before there is anything to read, and again and again while a piece comes:
/// nothing is lost or comes twice.
#[test]
fn reads_that_are_given_up_lose_nothing() {
    let (connector, acceptor) = usual();
    let (mut client, mut server) = connected(&connector, &acceptor);
    let sent = text(400_000);
    let mut numbers = Numbers(3);
    let (mut come, mut piece) = (Vec::new(), [0; 7000]);
    let mut cx = Context::from_waker(Waker::noop());
    while come.len() < sent.len() {
        assert!(pin!(client.read(&mut piece)).poll(&mut cx).is_pending());
        let end = (come.len() + size(&mut numbers)).min(sent.len());
        block_on(async {
            server.write_all(&sent[come.len()..end]).await.unwrap();
            server.flush().await.unwrap();
        });
        while come.len() < end {
            let length = match pin!(client.read(&mut piece)).poll(&mut cx) {
                Poll::Ready(length) => length.unwrap(),
                Poll::Pending => continue,
            };
            assert!(length > 0, "the end after {} bytes", come.len());
            come.extend_from_slice(&piece[..length]);
        }
    }
    assert!(come == sent);
}

/// What the client makes of these bytes of the server, after data and before more data.
#[track_caller]
fn check_refused(bytes: &[u8], expected: ChannelProblem) {
    let (connector, acceptor) = usual();
    let (client, server) = sockets();
    let mut behind = server.try_clone().unwrap();
    let accepting = thread::spawn(move || block_on(acceptor.accept(transport(server))).unwrap());
    let host = HostAddress::Dns("localhost");
    let mut client = block_on(connector.connect(transport(client), host)).unwrap();
    let mut server = accepting.join().unwrap();
    block_on(async {
        server.write_all(b"before").await.unwrap();
        server.flush().await.unwrap();
    });
    let mut before = [0; 6];
    block_on(client.read_exact(&mut before)).unwrap();
    assert_eq!(&before, b"before");
    behind.write_all(bytes).unwrap();
    block_on(async {
        server.write_all(b"behind").await.unwrap();
        server.flush().await.unwrap();
    });
    for _ in 0..2 {
        let error = block_on(client.read(&mut [0; 10])).unwrap_err();
        let tls = TlsError::of_io_error(&error).expect("the reason is TLS");
        assert_eq!(tls.kind(), TlsErrorKind::Channel(expected), "{bytes:?}");
    }
    assert!(!client.is_quiet());
}

#[test]
fn what_is_no_record_ends_the_connection() {
    // RFC 8446 section 5.2: at most 2^14 + 256 bytes; section 5.1: no such type, no such version.
    check_refused(&[23, 3, 3, 0xff, 0xff], ChannelProblem::PeerBrokeProtocol);
    check_refused(
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ChannelProblem::PeerBrokeProtocol,
    );
    // An alert and a handshake message that are not encrypted, after encryption has begun.
    check_refused(&[21, 3, 3, 0, 2, 2, 40], ChannelProblem::PeerBrokeProtocol);
    check_refused(
        &[22, 3, 3, 0, 4, 0, 0, 0, 0],
        ChannelProblem::PeerBrokeProtocol,
    );
}
