//! `NetworkStream`.

use std::io::{self, IoSlice, IoSliceMut, Read, SeekFrom, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use system_net_primitives::{AsyncResult, Misuse};
use system_net_runtime::block_on;
use system_net_sockets::{
    BufferResult, FileAccess, NetworkStream, Socket, SocketErrorCode, TcpClient,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stream_support::{
    LATE, PLACES, assert_code, current_thread_runtime, eventually, listener, loopback,
    multi_thread_runtime, pair, soon, tcp, udp, waits,
};

/// Whether the peer is told of the connection's end within a moment.
fn sees_end(peer: &TcpStream) -> bool {
    peer.set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    match (&mut &*peer).read(&mut [0]) {
        Ok(0) => true,
        Ok(_) => panic!("bytes instead of an end"),
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            false
        }
    }
}

#[test]
fn network_stream_ownership() {
    type Make = fn(Arc<Socket>) -> NetworkStream;
    let rows: [(&str, Make, bool); 6] = [
        ("new", |socket| NetworkStream::new(socket).unwrap(), false),
        (
            "with_ownership false",
            |socket| NetworkStream::with_ownership(socket, false).unwrap(),
            false,
        ),
        (
            "with_access",
            |socket| NetworkStream::with_access(socket, FileAccess::ReadWrite).unwrap(),
            false,
        ),
        (
            "with_access_and_ownership false",
            |socket| {
                let access = FileAccess::Read;
                NetworkStream::with_access_and_ownership(socket, access, false).unwrap()
            },
            false,
        ),
        (
            "with_ownership true",
            |socket| NetworkStream::with_ownership(socket, true).unwrap(),
            true,
        ),
        (
            "with_access_and_ownership true",
            |socket| {
                let access = FileAccess::Read;
                NetworkStream::with_access_and_ownership(socket, access, true).unwrap()
            },
            true,
        ),
    ];
    type End = fn(NetworkStream) -> Option<NetworkStream>;
    let ends: [(&str, End); 3] = [
        ("drop", |_| None),
        ("close", |stream| {
            stream.close();
            stream.close();
            Some(stream)
        }),
        ("close with a time", |stream| {
            stream.close_timeout(0).unwrap();
            Some(stream)
        }),
    ];
    for (name, make, owns) in rows {
        for (end, run) in ends {
            println!("{name}, {end}");
            let (socket, peer) = pair();
            let stream = make(Arc::clone(&socket));
            let rest = run(stream);
            assert_eq!(socket.as_raw_fd() == -1, owns);
            if owns {
                let error = socket.send(b"x").unwrap_err();
                assert_eq!(error.misuse(), Some(&Misuse::disposed("Socket")));
            } else {
                assert!(!sees_end(&peer));
                assert_eq!(socket.send(b"x").unwrap(), 1);
            }
            if let Some(stream) = rest {
                assert!(!stream.can_read() && !stream.can_write());
                let error = stream.read(&mut [0]).unwrap_err();
                assert_eq!(error.misuse(), Some(&Misuse::disposed("NetworkStream")));
                let error = stream.data_available().unwrap_err();
                assert_eq!(error.misuse(), Some(&Misuse::disposed("NetworkStream")));
            }
        }
    }
    // The stream of a client owns the socket; only closing it closes the client's connection.
    let (listener, address) = listener();
    let client = TcpClient::connect_to("127.0.0.1", address.port()).unwrap();
    let peer = listener.accept().unwrap();
    drop(client.get_stream().unwrap());
    client.get_stream().unwrap().write(b"x").unwrap();
    assert_eq!(peer.receive(&mut [0]).unwrap(), 1);
    client.get_stream().unwrap().close();
    assert_eq!(peer.receive(&mut [0]).unwrap(), 0);
    assert!(!client.connected());
}

#[test]
fn network_stream_props() {
    let (socket, mut peer) = pair();
    let stream = NetworkStream::new(Arc::clone(&socket)).unwrap();
    assert!(stream.can_read() && stream.can_write() && stream.can_timeout());
    assert!(!stream.can_seek());
    assert!(Arc::ptr_eq(stream.socket(), &socket));

    // Nothing of a position.
    let refused = [
        stream.length().map(drop),
        stream.position().map(drop),
        stream.set_position(0),
        stream.seek(SeekFrom::Start(0)).map(drop),
        stream.set_length(0),
    ];
    for result in refused {
        let error = result.unwrap_err();
        assert!(matches!(error.misuse(), Some(Misuse::NotSupported(_))));
    }

    assert!(!stream.data_available().unwrap());
    peer.write_all(b"ab").unwrap();
    eventually(|| stream.data_available().unwrap());
    assert_eq!(stream.read_byte().unwrap(), Some(b'a'));
    assert!(stream.data_available().unwrap());
    assert_eq!(stream.read_byte().unwrap(), Some(b'b'));
    assert!(!stream.data_available().unwrap());

    // Time-outs are the socket's.
    assert_eq!(stream.read_timeout().unwrap(), -1);
    assert_eq!(stream.write_timeout().unwrap(), -1);
    for wrong in [0, -2, i32::MIN] {
        for result in [
            stream.set_read_timeout(wrong),
            stream.set_write_timeout(wrong),
        ] {
            let error = result.unwrap_err();
            assert!(matches!(error.misuse(), Some(Misuse::OutOfRange { .. })));
        }
    }
    stream.set_read_timeout(30).unwrap();
    assert_eq!(stream.read_timeout().unwrap(), 30);
    assert_eq!(socket.receive_timeout().unwrap(), 30);
    assert_code(stream.read(&mut [0]), SocketErrorCode::TimedOut);
    let error = Read::read(&mut &stream, &mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    stream.set_read_timeout(-1).unwrap();
    assert_eq!(stream.read_timeout().unwrap(), -1);
    stream.set_write_timeout(30).unwrap();
    assert_eq!(socket.send_timeout().unwrap(), 30);
    assert_code(stream.write(&vec![0; 64 << 20]), SocketErrorCode::TimedOut);
    let error = stream.close_timeout(-2).unwrap_err();
    assert!(matches!(error.misuse(), Some(Misuse::OutOfRange { .. })));

    // One direction only.
    let (socket, mut peer) = pair();
    let reader = NetworkStream::with_access(Arc::clone(&socket), FileAccess::Read).unwrap();
    let writer = NetworkStream::with_access(Arc::clone(&socket), FileAccess::Write).unwrap();
    assert!(reader.can_read() && !reader.can_write());
    assert!(!writer.can_read() && writer.can_write());
    let (written, back) = reader.end_write(&reader.begin_write(b"x".to_vec(), None, None));
    assert_eq!(back, b"x");
    let refused = [
        reader.write(b"x").unwrap_err(),
        writer.read(&mut [0]).unwrap_err(),
        written.unwrap_err(),
        block_on(reader.write_async(b"x")).unwrap_err(),
        block_on(writer.read_async(&mut [0])).unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error.misuse(), Some(Misuse::InvalidOperation(_))));
    }
    writer.write(b"w").unwrap();
    writer.write_byte(b'!').unwrap();
    writer.flush();
    peer.read_exact(&mut [0; 2]).unwrap();
    peer.write_all(b"r").unwrap();
    assert_eq!(reader.read(&mut [0; 5]).unwrap(), 1);
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(reader.read_byte().unwrap(), None);
}

#[test]
fn network_stream_needs_a_connected_stream_that_waits() {
    let (datagrams, address) = udp();
    datagrams.connect(address).unwrap();
    let (nonblocking, _peer) = pair();
    nonblocking.set_blocking(false).unwrap();
    let (closed, _other) = pair();
    closed.close();
    assert_code(
        NetworkStream::new(Arc::new(tcp())),
        SocketErrorCode::NotConnected,
    );
    for socket in [datagrams, nonblocking] {
        let error = NetworkStream::new(socket).unwrap_err();
        let misuse = error.misuse().unwrap();
        assert_eq!(misuse.param_name(), Some("socket"), "{misuse}");
    }
    let error = NetworkStream::new(closed).unwrap_err();
    assert_eq!(error.misuse(), Some(&Misuse::disposed("Socket")));
}

fn streams() -> (NetworkStream, NetworkStream) {
    let listener = TcpListener::bind(loopback()).unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (other, _) = listener.accept().unwrap();
    (one.try_into().unwrap(), other.try_into().unwrap())
}

/// An asynchronous client and server through streams: Begin and End, with callbacks.
#[test]
fn network_stream_begin_end() {
    fn echo(stream: Arc<NetworkStream>, buffer: Vec<u8>) {
        let own = Arc::clone(&stream);
        let read = move |result: &AsyncResult<BufferResult<usize>>| {
            let (read, mut buffer) = own.end_read(result);
            let read = read.unwrap();
            if read == 0 {
                own.close();
                return;
            }
            buffer.truncate(read);
            let next = Arc::clone(&own);
            let written = move |result: &AsyncResult<BufferResult<usize>>| {
                let (written, mut buffer) = next.end_write(result);
                written.unwrap();
                buffer.resize(5000, 0);
                echo(next, buffer);
            };
            own.begin_write(buffer, Some(Box::new(written)), None);
        };
        stream.begin_read(buffer, Some(Box::new(read)), None);
    }

    const LENGTH: usize = 2_000_000;
    let listener = TcpListener::bind(loopback()).unwrap();
    let address = listener.local_addr().unwrap();
    let tcp_client = TcpClient::new().unwrap();
    let connecting = tcp_client.begin_connect_host("localhost", address.port(), None, None);
    tcp_client.end_connect(&connecting).unwrap();
    let (server, _) = listener.accept().unwrap();
    let server = NetworkStream::try_from(server).unwrap();
    echo(Arc::new(server), vec![0; 5000]);
    let client = Arc::new(tcp_client.get_stream().unwrap());
    let text: Vec<u8> = (0..LENGTH).map(|at| (at % 241) as u8).collect();
    let (done, written) = mpsc::channel();
    let own = Arc::clone(&client);
    let callback = move |result: &AsyncResult<BufferResult<usize>>| {
        let (written, buffer) = own.end_write(result);
        done.send((written.is_ok(), buffer.len())).unwrap();
    };
    let writing = client.begin_write(text.clone(), Some(Box::new(callback)), None);
    let mut got = Vec::<u8>::new();
    let mut buffer = vec![0; 8000];
    while got.len() < LENGTH {
        let reading = client.begin_read(buffer, None, None);
        assert!(reading.wait_timeout(LATE));
        let read;
        (read, buffer) = client.end_read(&reading);
        got.extend(&buffer[..read.unwrap()]);
    }
    assert!(got == text);
    assert_eq!(written.recv_timeout(LATE).unwrap(), (true, LENGTH));
    let (again, _) = client.end_write(&writing);
    assert!(matches!(
        again.unwrap_err().misuse(),
        Some(Misuse::InvalidOperation(_))
    ));
    client
        .socket()
        .shutdown(system_net_sockets::SocketShutdown::Send)
        .unwrap();
    let reading = client.begin_read(buffer, None, None);
    assert!(reading.wait_timeout(LATE));
    assert_eq!(client.end_read(&reading).0.unwrap(), 0);

    // The asynchronous form of the same, in every place.
    for (name, run) in PLACES {
        println!("{name}");
        let (one, other) = streams();
        run(Box::pin(soon(async move {
            waits(one.read_async(&mut [0])).await;
            one.write_async(b"question").await.unwrap();
            let mut buffer = [0; 20];
            let read = other.read_async(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..read], b"question");
            assert_eq!(other.read_async(&mut []).await.unwrap(), 0);
            other.write_async(b"answer").await.unwrap();
            other.flush_async().await;
            drop(other);
            let read = one.read_async(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..read], b"answer");
            assert_eq!(one.read_async(&mut buffer).await.unwrap(), 0);
        })));
    }
}

/// tokio's traits in every place, with a copy in both directions at once.
#[test]
fn network_stream_with_tokio_traits() {
    const LENGTH: usize = 1_000_000;
    for (name, run) in PLACES {
        println!("{name}");
        let (one, other) = streams();
        let echoing = thread::spawn(move || {
            let (mut reader, mut writer) = (&other, &other);
            io::copy(&mut reader, &mut writer).unwrap();
        });
        run(Box::pin(soon(async move {
            let text: Vec<u8> = (0..LENGTH).map(|at| (at % 239) as u8).collect();
            let (mut reader, mut writer) = tokio::io::split(one);
            let writing = async {
                writer.write_all(&text).await.unwrap();
                let slices = [IoSlice::new(b"vec"), IoSlice::new(b"tored")];
                assert_eq!(writer.write_vectored(&slices).await.unwrap(), 8);
                writer.flush().await.unwrap();
                writer.shutdown().await.unwrap();
            };
            let reading = async {
                let mut got = Vec::new();
                reader.read_to_end(&mut got).await.unwrap();
                got
            };
            let ((), got) = tokio_join(writing, reading).await;
            assert!(got[..LENGTH] == text[..] && &got[LENGTH..] == b"vectored");
        })));
        echoing.join().unwrap();
    }
}

async fn tokio_join<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let (mut one, mut other) = (Box::pin(one), Box::pin(other));
    let (mut first, mut second) = (None, None);
    std::future::poll_fn(|cx| {
        use std::task::Poll;
        if first.is_none()
            && let Poll::Ready(output) = one.as_mut().poll(cx)
        {
            first = Some(output);
        }
        if second.is_none()
            && let Poll::Ready(output) = other.as_mut().poll(cx)
        {
            second = Some(output);
        }
        match (first.take(), second.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            kept => {
                (first, second) = kept;
                Poll::Pending
            }
        }
    })
    .await
}

/// std's traits, by value and by reference, one thread in each direction.
#[test]
fn network_stream_with_std_traits() {
    let (one, other) = streams();
    let one = Arc::new(one);
    let writing = {
        let one = Arc::clone(&one);
        thread::spawn(move || {
            let mut writer = &*one;
            writer.write_all(&vec![5; 500_000]).unwrap();
            let slices = [IoSlice::new(b"a"), IoSlice::new(b"bc")];
            assert_eq!(writer.write_vectored(&slices).unwrap(), 3);
            Write::flush(&mut writer).unwrap();
        })
    };
    let mut other = other;
    let mut got = vec![0; 500_000];
    Read::read_exact(&mut other, &mut got).unwrap();
    assert!(got.iter().all(|byte| *byte == 5));
    let (mut first, mut second) = ([0; 1], [0; 5]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    writing.join().unwrap();
    assert_eq!(other.read_vectored(&mut buffers).unwrap(), 3);
    assert_eq!((&first, &second[..2]), (b"a", &b"bc"[..]));
    Write::write_all(&mut other, b"back").unwrap();
    drop(other);
    let mut text = String::new();
    (&*one).read_to_string(&mut text).unwrap();
    assert_eq!(text, "back");
}

#[test]
fn network_stream_conversions() {
    // std's TCP, there and back, with a number of its own.
    let (socket, mut peer) = pair();
    drop(socket);
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    let listener = TcpListener::bind(loopback()).unwrap();
    let plain = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    plain.set_nonblocking(true).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    let number = plain.as_raw_fd();
    let stream = NetworkStream::try_from(plain).unwrap();
    assert_eq!(stream.as_raw_fd(), number);
    // It waits, whatever was set before.
    stream.set_read_timeout(20).unwrap();
    assert_code(stream.read(&mut [0]), SocketErrorCode::TimedOut);
    stream.set_read_timeout(-1).unwrap();
    stream.write(b"one").unwrap();
    let mut plain = TcpStream::try_from(stream).unwrap();
    assert_eq!(plain.as_raw_fd(), number);
    plain.write_all(b"two").unwrap();
    let mut text = [0; 6];
    peer.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"onetwo");

    // tokio's TCP, in both directions, while it was waited for.
    let runtime = multi_thread_runtime();
    runtime.block_on(soon(async {
        plain.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(plain).unwrap();
        let stream = NetworkStream::try_from(stream).unwrap();
        waits(stream.read_async(&mut [0])).await;
        let mut stream = tokio::net::TcpStream::try_from(stream).unwrap();
        stream.write_all(b"three").await.unwrap();
        peer.write_all(b"four").unwrap();
        let mut text = [0; 4];
        stream.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"four");
        let mut text = [0; 5];
        peer.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"three");
    }));

    // Local sockets.
    let (one, mut other) = UnixStream::pair().unwrap();
    let stream = NetworkStream::try_from(one).unwrap();
    stream.write(b"unix").unwrap();
    other.read_exact(&mut [0; 4]).unwrap();
    current_thread_runtime().block_on(soon(async {
        waits(stream.read_async(&mut [0])).await;
        let stream = tokio::net::UnixStream::try_from(stream).unwrap();
        let stream = NetworkStream::try_from(stream).unwrap();
        other.write_all(b"x").unwrap();
        assert_eq!(stream.read_async(&mut [0; 2]).await.unwrap(), 1);
        UnixStream::try_from(stream)
            .unwrap()
            .write_all(b"y")
            .unwrap();
    }));
    other.read_exact(&mut [0]).unwrap();

    // Others own it too.
    let (socket, _peer) = pair();
    let stream = NetworkStream::new(Arc::clone(&socket)).unwrap();
    let error = TcpStream::try_from(stream).unwrap_err();
    assert!(matches!(error.misuse(), Some(Misuse::InvalidOperation(_))));
    let stream = NetworkStream::with_ownership(socket, true).unwrap();
    let socket = stream.into_socket();
    assert!(socket.connected());
    socket.send(b"still open").unwrap();
}

/// Two streams over one socket, each with a task that polls it, and the socket's own calls.
#[test]
fn network_stream_shares_its_socket() {
    let (socket, mut peer) = pair();
    let mut one = NetworkStream::new(Arc::clone(&socket)).unwrap();
    let mut other = NetworkStream::new(Arc::clone(&socket)).unwrap();
    multi_thread_runtime().block_on(soon(async {
        let tasks = [
            tokio::spawn(async move { one.read_u8().await.unwrap() }),
            tokio::spawn(async move { other.read_u8().await.unwrap() }),
            tokio::spawn(async move {
                let mut byte = [0];
                let none = system_net_sockets::SocketFlags::NONE;
                socket.receive_async(&mut byte, none).await.unwrap();
                byte[0]
            }),
        ];
        let mut got = Vec::new();
        for value in 1..=3 {
            peer.write_all(&[value]).unwrap();
        }
        for task in tasks {
            got.push(task.await.unwrap());
        }
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3]);
    }));
}
