//! The asynchronous calls of `Socket`.

use std::future::poll_fn;
use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use system_net_primitives::{
    AddressFamily, DnsEndPoint, EndPoint, IpAddress, Misuse, UnixDomainSocketEndPoint,
};
use system_net_runtime::{block_on, timeout_at};
use system_net_sockets::{
    ProtocolType, Socket, SocketError, SocketErrorCode, SocketFlags, SocketShutdown, SocketType,
};

use crate::stream_support::{
    LATE, PLACES, Place, assert_code, current_thread_runtime, eventually, listener,
    multi_thread_runtime, pair, soon, tcp, udp, waits,
};

const NONE: SocketFlags = SocketFlags::NONE;

async fn receive_all(socket: &Socket, length: usize) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    while all.len() < length {
        let room = piece.len().min(length - all.len());
        let received = socket
            .receive_async(&mut piece[..room], NONE)
            .await
            .unwrap();
        assert_ne!(received, 0, "the end came early");
        all.extend(&piece[..received]);
    }
    all
}

/// Accept, connect, and an echo of a size that makes both directions wait.
async fn echo() {
    const LENGTH: usize = 300_000;
    let (listener, address) = listener();
    let client = tcp();
    let serve = async {
        let peer = listener.accept_async().await.unwrap();
        let text = receive_all(&peer, LENGTH).await;
        assert_eq!(peer.send_async(&text, NONE).await.unwrap(), LENGTH);
        assert_eq!(peer.receive_async(&mut [0], NONE).await.unwrap(), 0);
    };
    let ask = async {
        client.connect_async(address).await.unwrap();
        assert!(client.connected());
        assert_eq!(client.remote_end_point().unwrap(), Some(address.into()));
        let text: Vec<u8> = (0..LENGTH).map(|at| (at % 251) as u8).collect();
        assert_eq!(client.send_async(&text, NONE).await.unwrap(), LENGTH);
        assert_eq!(receive_all(&client, LENGTH).await, text);
        client.shutdown(SocketShutdown::Both).unwrap();
    };
    soon(both(serve, ask)).await;
}

/// Both futures, on one task.
async fn both(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (Box::pin(one), Box::pin(other));
    let (mut first, mut second) = (false, false);
    poll_fn(|cx| {
        first = first || one.as_mut().poll(cx).is_ready();
        second = second || other.as_mut().poll(cx).is_ready();
        if first && second {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

#[test]
fn async_echo_in_every_place() {
    for (name, run) in PLACES {
        println!("{name}");
        run(Box::pin(echo()));
    }
}

#[test]
fn async_echo_on_64_threads() {
    let threads: Vec<_> = (0..64)
        .map(|number| {
            thread::spawn(move || {
                let (_, run) = PLACES[number % PLACES.len()];
                run(Box::pin(echo()));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// The same socket is used in one place after the other, and waits in each.
#[test]
fn async_socket_moves_between_places() {
    let (socket, mut peer) = pair();
    for (name, run) in PLACES.into_iter().chain(PLACES) {
        println!("{name}");
        let (ours, mut theirs) = (Arc::clone(&socket), peer.try_clone().unwrap());
        run(Box::pin(async move {
            waits(ours.receive_async(&mut [0], NONE)).await;
            theirs.write_all(b"x").unwrap();
            let mut byte = [0];
            assert_eq!(soon(ours.receive_async(&mut byte, NONE)).await.unwrap(), 1);
            ours.send_async(b"y", NONE).await.unwrap();
        }));
        peer.read_exact(&mut [0]).unwrap();
    }
}

/// A wait that was begun on a runtime goes on elsewhere when the runtime ends.
#[test]
fn async_receive_survives_its_runtime() {
    let (socket, mut peer) = pair();
    let mut byte = [0];
    let mut receive = Box::pin(socket.receive_async(&mut byte, NONE));
    let runtime = multi_thread_runtime();
    {
        let _context = runtime.enter();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(receive.as_mut().poll(&mut cx).is_pending());
    }
    drop(runtime);
    peer.write_all(&[7]).unwrap();
    current_thread_runtime().block_on(async {
        assert_eq!(soon(receive).await.unwrap(), 1);
    });
    assert_eq!(byte, [7]);
}

/// Two readers and two writers at once; the bytes of one send stay together.
#[test]
fn async_full_duplex_with_two_readers_and_two_writers() {
    const MESSAGE: usize = 700_000;
    const MESSAGES: usize = 3;
    const ALL: usize = 2 * MESSAGES * MESSAGE;
    let (socket, peer) = pair();
    let checking = thread::spawn(move || {
        let (mut from, mut to) = (peer.try_clone().unwrap(), peer);
        let mut message = vec![0; MESSAGE];
        for _ in 0..2 * MESSAGES {
            from.read_exact(&mut message).unwrap();
            let value = message[0];
            assert!(message.iter().all(|byte| *byte == value), "messages mixed");
            to.write_all(&message).unwrap();
        }
        to.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let received = Arc::new(AtomicUsize::new(0));
    let sum = Arc::new(AtomicUsize::new(0));
    multi_thread_runtime().block_on(async {
        let mut tasks = Vec::new();
        for value in [1u8, 2] {
            let socket = Arc::clone(&socket);
            tasks.push(tokio::spawn(async move {
                let message = vec![value; MESSAGE];
                for _ in 0..MESSAGES {
                    let sent = socket.send_async(&message, NONE).await.unwrap();
                    assert_eq!(sent, MESSAGE);
                }
            }));
        }
        for _ in 0..2 {
            let (socket, received, sum) =
                (Arc::clone(&socket), Arc::clone(&received), Arc::clone(&sum));
            tasks.push(tokio::spawn(async move {
                let mut piece = vec![0; 10_000];
                loop {
                    let count = socket.receive_async(&mut piece, NONE).await.unwrap();
                    if count == 0 {
                        break;
                    }
                    received.fetch_add(count, Ordering::SeqCst);
                    let added: usize = piece[..count].iter().map(|byte| usize::from(*byte)).sum();
                    sum.fetch_add(added, Ordering::SeqCst);
                }
            }));
        }
        for task in tasks {
            soon(task).await.unwrap();
        }
    });
    checking.join().unwrap();
    assert_eq!(received.load(Ordering::SeqCst), ALL);
    assert_eq!(sum.load(Ordering::SeqCst), (1 + 2) * MESSAGES * MESSAGE);
}

/// Receives that are dropped again and again while bytes come: each byte comes once, in order.
#[test]
fn async_dropped_receives_lose_nothing() {
    const BYTES: usize = 400;
    for (name, run) in PLACES {
        println!("{name}");
        let (socket, mut peer) = pair();
        let dropped = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&dropped);
        let feeding = thread::spawn(move || {
            for at in 0..BYTES {
                if at % 40 == 0 {
                    // The other side has to wait in vain now and then.
                    let before = counted.load(Ordering::SeqCst);
                    eventually(|| counted.load(Ordering::SeqCst) > before);
                }
                peer.write_all(&[(at % 256) as u8]).unwrap();
            }
        });
        run(Box::pin(async move {
            let mut got = Vec::<u8>::new();
            while got.len() < BYTES {
                let mut piece = [0; 3];
                let moment = Some(Instant::now() + Duration::from_micros(100));
                match timeout_at(moment, socket.receive_async(&mut piece, NONE)).await {
                    Ok(received) => got.extend(&piece[..received.unwrap()]),
                    Err(_) => {
                        dropped.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
            let expected: Vec<u8> = (0..BYTES).map(|at| (at % 256) as u8).collect();
            assert_eq!(got, expected);
        }));
        feeding.join().unwrap();
    }
}

/// Dropped accepts lose no connection.
#[test]
fn async_dropped_accepts_lose_nothing() {
    const CONNECTIONS: usize = 30;
    let (listener, address) = listener();
    let connecting = thread::spawn(move || {
        let connect = |_| {
            thread::sleep(Duration::from_millis(1));
            TcpStream::connect(address).unwrap()
        };
        (0..CONNECTIONS).map(connect).collect::<Vec<_>>()
    });
    current_thread_runtime().block_on(soon(async {
        let mut accepted = Vec::new();
        while accepted.len() < CONNECTIONS {
            let moment = Some(Instant::now() + Duration::from_micros(300));
            if let Ok(connection) = timeout_at(moment, listener.accept_async()).await {
                accepted.push(connection.unwrap());
            }
        }
    }));
    connecting.join().unwrap();
}

/// Runs a call in a place and closes its socket as soon as it waits.
fn close_what_waits<T: std::fmt::Debug + 'static>(
    run: Place,
    socket: &Arc<Socket>,
    call: impl Future<Output = Result<T, SocketError>> + Send + 'static,
) {
    let (waits, has_begun) = mpsc::channel();
    let closing = Arc::clone(socket);
    let thread = thread::spawn(move || {
        has_begun.recv_timeout(LATE).unwrap();
        closing.close();
    });
    run(Box::pin(async move {
        let mut call = pin!(call);
        let mut told = false;
        let waiting = poll_fn(|cx| {
            let polled = call.as_mut().poll(cx);
            if !std::mem::replace(&mut told, true) {
                assert!(polled.is_pending(), "it does not wait");
                waits.send(()).unwrap();
            }
            polled
        });
        assert_code(soon(waiting).await, SocketErrorCode::OperationAborted);
    }));
    thread.join().unwrap();
}

/// Closing ends each kind of wait, in each place, and lets go of the descriptor at once.
#[test]
fn async_close_aborts_what_waits() {
    for (name, run) in PLACES {
        println!("{name}");
        let (socket, mut peer) = pair();
        let own = Arc::clone(&socket);
        close_what_waits(run, &socket, async move {
            let received = own.receive_async(&mut [0], NONE).await;
            let error = own.receive_async(&mut [0], NONE).await.unwrap_err();
            assert_eq!(error.misuse(), Some(&Misuse::disposed("Socket")));
            received
        });
        assert_eq!(peer.read(&mut [0]).unwrap(), 0, "the peer sees the end");

        let (socket, _peer) = pair();
        let own = Arc::clone(&socket);
        close_what_waits(run, &socket, async move {
            own.send_async(&vec![0; 64 << 20], NONE).await
        });

        let (socket, _) = listener();
        let own = Arc::clone(&socket);
        close_what_waits(run, &socket, async move { own.accept_async().await });

        let (socket, _) = udp();
        let own = Arc::clone(&socket);
        close_what_waits(run, &socket, async move {
            own.receive_from_async(&mut [0; 10], NONE).await
        });
    }
}

/// A listener whose queue is full: the system drops further attempts, so that a connect waits.
fn full_listener() -> (TcpListener, Vec<TcpStream>) {
    let made = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    made.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    made.listen(0).unwrap();
    let listener = TcpListener::from(made);
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let moment = Duration::from_millis(150);
    while let Ok(stream) = TcpStream::connect_timeout(&address, moment) {
        waiting.push(stream);
    }
    (listener, waiting)
}

#[test]
fn async_connect_is_given_up_when_dropped_or_closed() {
    let (full, _waiting) = full_listener();
    let full = full.local_addr().unwrap();
    let (listener, address) = listener();
    for (name, run) in PLACES {
        println!("{name}");
        let socket = Arc::new(tcp());
        let again = Arc::clone(&socket);
        run(Box::pin(async move {
            waits(again.connect_async(full)).await;
            assert!(!again.connected());
            soon(again.connect_async(address)).await.unwrap();
            soon(again.send_async(b"z", NONE)).await.unwrap();
        }));
        let accepted = listener.accept().unwrap();
        assert_eq!(accepted.receive(&mut [0]).unwrap(), 1);

        let socket = Arc::new(tcp());
        let own = Arc::clone(&socket);
        close_what_waits(run, &socket, async move { own.connect_async(full).await });
    }
}

#[test]
fn async_connect_by_name_and_list() {
    let (listener, address) = listener();
    let port = address.port();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = free.local_addr().unwrap();
    drop(free);
    for (name, run) in PLACES {
        println!("{name}");
        run(Box::pin(async move {
            let socket = tcp();
            let error = socket.connect_async(refused).await.unwrap_err();
            assert_eq!(error.code(), SocketErrorCode::ConnectionRefused);
            let text = error.to_string();
            assert!(text.contains(&refused.to_string()), "{text}");

            // The same socket may try again, by whatever way.
            let host = EndPoint::from(DnsEndPoint::new("localhost", port).unwrap());
            soon(socket.connect_async(host)).await.unwrap();
            assert!(socket.connected());
            let socket = tcp();
            soon(socket.connect_host_async("127.0.0.1", port))
                .await
                .unwrap();
            let socket = tcp();
            let addresses: Vec<IpAddress> = ["::1", "127.0.0.1"]
                .map(|text| text.parse().unwrap())
                .into();
            soon(socket.connect_addresses_async(&addresses, port))
                .await
                .unwrap();
            let error = socket.connect_addresses_async(&[], port).await.unwrap_err();
            let expected = "addresses";
            assert_eq!(error.misuse().and_then(Misuse::param_name), Some(expected));
        }));
        for _ in 0..3 {
            listener.accept().unwrap();
        }
    }
}

/// A local server with a full queue says "later" and announces nothing.
#[test]
fn async_connect_waits_for_room_at_a_local_server() {
    let name = format!("system-net-sockets full {}", std::process::id());
    let end_point = UnixDomainSocketEndPoint::from_abstract_name(name.as_bytes()).unwrap();
    let unix = || {
        Socket::new(
            AddressFamily::Unix,
            SocketType::Stream,
            ProtocolType::UNSPECIFIED,
        )
        .unwrap()
    };
    let server = unix();
    server.bind(end_point.clone()).unwrap();
    server.listen(0).unwrap();
    let first = unix();
    first.connect(end_point.clone()).unwrap();
    let second = Arc::new(unix());
    let connecting = {
        let (second, end_point) = (Arc::clone(&second), end_point.clone());
        thread::spawn(move || block_on(soon(second.connect_async(end_point))))
    };
    thread::sleep(Duration::from_millis(30));
    assert!(!second.connected());
    server.accept().unwrap();
    connecting.join().unwrap().unwrap();
    let accepted = server.accept().unwrap();
    block_on(async {
        second.send_async(b"unix", NONE).await.unwrap();
        assert_eq!(receive_all(&accepted, 4).await, b"unix");
    });
}

/// The time-outs of a socket are those of its blocking calls.
#[test]
fn async_receive_has_no_timeout_of_its_own() {
    let (socket, mut peer) = pair();
    socket.set_receive_timeout(10).unwrap();
    let receiving = {
        let socket = Arc::clone(&socket);
        thread::spawn(move || {
            let mut byte = [0];
            let received = block_on(soon(socket.receive_async(&mut byte, NONE)));
            (received.unwrap(), byte)
        })
    };
    thread::sleep(Duration::from_millis(60));
    assert!(!receiving.is_finished());
    peer.write_all(b"!").unwrap();
    assert_eq!(receiving.join().unwrap(), (1, *b"!"));
}

/// An empty buffer waits for bytes and takes none.
#[test]
fn async_empty_receive_waits_for_bytes() {
    for (name, run) in PLACES {
        println!("{name}");
        let (socket, mut peer) = pair();
        run(Box::pin(async move {
            waits(socket.receive_async(&mut [], NONE)).await;
            peer.write_all(b"a").unwrap();
            assert_eq!(soon(socket.receive_async(&mut [], NONE)).await.unwrap(), 0);
            assert_eq!(receive_all(&socket, 1).await, b"a");
        }));
    }
}

#[test]
fn async_peek_leaves_the_bytes() {
    let (socket, mut peer) = pair();
    peer.write_all(b"peek").unwrap();
    current_thread_runtime().block_on(soon(async {
        let mut first = [0; 10];
        for _ in 0..3 {
            let peeked = socket.receive_async(&mut first, SocketFlags::PEEK).await;
            assert_eq!(&first[..peeked.unwrap()], b"peek");
        }
        assert_eq!(receive_all(&socket, 4).await, b"peek");
        waits(socket.receive_async(&mut first, SocketFlags::PEEK)).await;
    }));
}

/// A read stops at the mark of urgent data: what follows must not be waited for.
#[test]
fn async_receive_goes_on_behind_urgent_data() {
    let (socket, peer) = pair();
    let peer = socket2::Socket::from(peer);
    current_thread_runtime().block_on(soon(async {
        waits(socket.receive_async(&mut [0; 10], NONE)).await;
        let mut buffer = [0; 10];
        let urgent = socket.receive_async(&mut buffer, SocketFlags::OUT_OF_BAND);
        assert_code(urgent.await, SocketErrorCode::InvalidArgument);

        peer.send(b"before").unwrap();
        peer.send_out_of_band(b"!").unwrap();
        peer.send(b"behind").unwrap();
        eventually(|| socket.available().unwrap() >= 6);
        let count = socket.receive_async(&mut buffer, NONE).await.unwrap();
        assert_eq!(&buffer[..count], b"before");
        let urgent = socket.receive_async(&mut buffer, SocketFlags::OUT_OF_BAND);
        assert_eq!(urgent.await.unwrap(), 1);
        assert_eq!(buffer[0], b'!');
        assert_eq!(receive_all(&socket, 6).await, b"behind");
    }));
}

#[test]
fn async_datagrams() {
    for (name, run) in PLACES {
        println!("{name}");
        let (socket, address) = udp();
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        let from = peer.local_addr().unwrap();
        run(Box::pin(async move {
            let mut buffer = [0; 100];
            waits(socket.receive_from_async(&mut buffer, NONE)).await;
            for text in ["one", "", "three"] {
                peer.send_to(text.as_bytes(), address).unwrap();
                let received = soon(socket.receive_from_async(&mut buffer, NONE))
                    .await
                    .unwrap();
                assert_eq!(&buffer[..received.received_bytes], text.as_bytes());
                assert_eq!(received.remote_end_point, from.into());
            }
            waits(socket.receive_message_from_async(&mut buffer, NONE)).await;
            peer.send_to(b"a longer one", address).unwrap();
            let received = soon(socket.receive_message_from_async(&mut buffer[..8], NONE))
                .await
                .unwrap();
            assert_eq!(received.received_bytes, 8);
            assert!(received.socket_flags.contains(SocketFlags::TRUNCATED));
            assert_eq!(received.remote_end_point, from.into());
            let own = received.packet_information.address().unwrap();
            assert_eq!(own, "127.0.0.1".parse().unwrap());

            assert_eq!(socket.send_to_async(b"back", NONE, from).await.unwrap(), 4);
            let (count, sender) = peer.recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..count], sender), (&b"back"[..], address));
        }));
    }
}

#[test]
fn async_several_buffers() {
    const EACH: usize = 100_000;
    let (socket, peer) = pair();
    let mut echo = (peer.try_clone().unwrap(), peer);
    let echoing = thread::spawn(move || {
        let mut all = vec![0; 2000 * 10 + 2 * EACH];
        echo.0.read_exact(&mut all).unwrap();
        echo.1.write_all(&all).unwrap();
    });
    // More buffers than one system call takes.
    let mut parts: Vec<Vec<u8>> = (0..2000).map(|at| vec![at as u8; 10]).collect();
    parts.push(vec![1; EACH]);
    parts.insert(0, vec![2; EACH]);
    let slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
    current_thread_runtime().block_on(soon(async {
        let sent = socket.send_buffers_async(&slices, NONE).await.unwrap();
        assert_eq!(sent, 2000 * 10 + 2 * EACH);
        let mut got = Vec::new();
        while got.len() < sent {
            let (mut one, mut other) = ([0; 7], [0; 9000]);
            let mut buffers = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other)];
            let received = socket
                .receive_buffers_async(&mut buffers, NONE)
                .await
                .unwrap();
            got.extend([&one[..], &other[..]].concat().into_iter().take(received));
        }
        assert_eq!(got, parts.concat());
    }));
    echoing.join().unwrap();
}

/// A socket that is connected anew, after a disconnect, waits for its new connection.
#[test]
fn async_reuse_after_disconnect() {
    let (listener, address) = listener();
    let socket = tcp();
    current_thread_runtime().block_on(soon(async {
        for round in 0..3 {
            socket.connect_async(address).await.unwrap();
            let peer = listener.accept_async().await.unwrap();
            waits(socket.receive_async(&mut [0], NONE)).await;
            peer.send_async(&[round], NONE).await.unwrap();
            assert_eq!(receive_all(&socket, 1).await, [round]);
            socket.disconnect_async(true).await.unwrap();
            assert_eq!(peer.receive_async(&mut [0], NONE).await.unwrap(), 0);
        }
    }));
}

/// Asynchronous and blocking calls on one socket.
#[test]
fn async_and_blocking_calls_mix() {
    let (listener, address) = listener();
    let socket = Arc::new(tcp());
    current_thread_runtime().block_on(soon(async {
        socket.connect_async(address).await.unwrap();
    }));
    let accepted = listener.accept().unwrap();
    let reader = {
        let socket = Arc::clone(&socket);
        thread::spawn(move || {
            let mut byte = [0];
            assert_eq!(socket.receive(&mut byte).unwrap(), 1);
            byte[0]
        })
    };
    thread::sleep(Duration::from_millis(20));
    accepted.send(b"b").unwrap();
    assert_eq!(reader.join().unwrap(), b'b');
    block_on(waits(socket.receive_async(&mut [0], NONE)));
    accepted.send(b"c").unwrap();
    assert_eq!(block_on(receive_all(&socket, 1)), b"c");
}
