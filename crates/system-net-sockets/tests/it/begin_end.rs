//! Begin and End of `Socket`.

use std::io::{Read, Write};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use system_net_primitives::{AsyncResult, Misuse};
use system_net_runtime::block_on;
use system_net_sockets::{
    BufferResult, Socket, SocketError, SocketErrorCode, SocketFlags, TransmitFileOptions,
};

use crate::stream_support::{LATE, PLACES, assert_code, listener, pair, tcp, udp};

const NONE: SocketFlags = SocketFlags::NONE;
const ABORTED: SocketErrorCode = SocketErrorCode::OperationAborted;

/// What the callbacks of one client of the echo server share.
struct Conversation {
    socket: Socket,
    text: Mutex<Vec<u8>>,
}

/// The guide's asynchronous server: each callback ends one operation and begins the next.
fn serve(listener: Arc<Socket>) {
    let next = Arc::clone(&listener);
    let accepted = move |result: &AsyncResult<Result<Socket, SocketError>>| {
        let Ok(socket) = next.end_accept(result) else {
            return;
        };
        serve(next);
        let conversation = Arc::new(Conversation {
            socket,
            text: Mutex::default(),
        });
        read(conversation, vec![0; 100]);
    };
    listener.begin_accept(Some(Box::new(accepted)), None);
}

fn read(conversation: Arc<Conversation>, buffer: Vec<u8>) {
    let own = Arc::clone(&conversation);
    let received = move |result: &AsyncResult<BufferResult<usize>>| {
        let (received, buffer) = own.socket.end_receive(result);
        let received = received.unwrap();
        let mut text = own.text.lock().unwrap();
        text.extend(&buffer[..received]);
        if !text.ends_with(b"<EOF>") {
            drop(text);
            read(own, buffer);
            return;
        }
        let answer = text.clone();
        drop(text);
        let replied = Arc::clone(&own);
        let sent = move |result: &AsyncResult<BufferResult<usize>>| {
            let (sent, answer) = replied.socket.end_send(result);
            assert_eq!(sent.unwrap(), answer.len());
            replied.socket.close();
        };
        own.socket
            .begin_send(answer, NONE, Some(Box::new(sent)), None);
    };
    conversation
        .socket
        .begin_receive(buffer, NONE, Some(Box::new(received)), None);
}

/// Begin and End with callbacks on both sides: 100 clients, texts of different lengths.
#[test]
fn socket_begin_end_echo() {
    const CLIENTS: usize = 100;
    let (listener, address) = listener();
    serve(Arc::clone(&listener));
    let (done, finished) = mpsc::channel();
    for number in 0..CLIENTS {
        let socket = Arc::new(tcp());
        let mut text = vec![b'0' + (number % 10) as u8; number * 400];
        text.extend(b"<EOF>");
        let done = done.clone();
        let own = Arc::clone(&socket);
        let connected = move |result: &AsyncResult<Result<(), SocketError>>| {
            own.end_connect(result).unwrap();
            let state = result.async_state().unwrap();
            assert_eq!(state.downcast_ref::<usize>(), Some(&number));
            let own_send = Arc::clone(&own);
            let expected = text.clone();
            let sent = move |result: &AsyncResult<BufferResult<usize>>| {
                let (sent, buffer) = own_send.end_send(result);
                assert_eq!((sent.unwrap(), &buffer), (expected.len(), &expected));
                let answer = gather(own_send);
                done.send((answer == expected, number)).unwrap();
            };
            own.begin_send(text, NONE, Some(Box::new(sent)), None);
        };
        socket.begin_connect(address, Some(Box::new(connected)), Some(Arc::new(number)));
    }
    let mut numbers = Vec::new();
    for _ in 0..CLIENTS {
        let (same, number) = finished.recv_timeout(LATE).unwrap();
        assert!(same, "the echo of {number}");
        numbers.push(number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..CLIENTS).collect::<Vec<_>>());
    listener.close();
}

/// All bytes up to the end, with Begin and End in a callback, which may block.
fn gather(socket: Arc<Socket>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 1000];
    loop {
        let result = socket.begin_receive(buffer, NONE, None, None);
        let received;
        (received, buffer) = socket.end_receive(&result);
        match received.unwrap() {
            0 => return all,
            received => all.extend(&buffer[..received]),
        }
    }
}

/// No callback: the end waits, the wait handle works, and so does awaiting the result.
#[test]
fn begin_without_callback() {
    let (listener, address) = listener();
    let accepting = listener.begin_accept(None, None);
    assert!(!accepting.is_completed());
    let client = tcp();
    let connecting = client.begin_connect_host("127.0.0.1", address.port(), None, None);
    assert!(connecting.wait_timeout(LATE));
    client.end_connect(&connecting).unwrap();
    assert!(accepting.wait_timeout(LATE));
    let peer = listener.end_accept(&accepting).unwrap();

    let receiving = peer.begin_receive(vec![0; 10], NONE, None, None);
    assert!(!receiving.wait_timeout(Duration::from_millis(10)));
    assert!(!receiving.is_completed());
    let sending = client.begin_send(b"text".to_vec(), NONE, None, None);
    assert!(sending.completed_synchronously(), "there is room");
    assert_eq!(client.end_send(&sending).0.unwrap(), 4);
    receiving.wait();
    assert!(!receiving.completed_synchronously());
    let (received, buffer) = peer.end_receive(&receiving);
    assert_eq!(&buffer[..received.unwrap()], b"text");

    // Ended twice.
    let (again, nothing) = peer.end_receive(&receiving);
    let again = again.unwrap_err();
    assert!(matches!(again.misuse(), Some(Misuse::InvalidOperation(_))));
    assert!(nothing.is_empty());

    client.send(b"now").unwrap();
    peer.poll(1_000_000, system_net_sockets::SelectMode::SelectRead)
        .unwrap();
    let receiving = peer.begin_receive(vec![0; 10], NONE, None, None);
    assert!(receiving.completed_synchronously(), "the bytes are there");
    let (received, _) = block_on(receiving).unwrap();
    assert_eq!(received.unwrap(), 3);
}

/// Operations begun in every place; their runtimes do not matter.
#[test]
fn begin_in_every_place() {
    for (name, run) in PLACES {
        println!("{name}");
        let (socket, mut peer) = pair();
        let begun = Arc::new(Mutex::new(None));
        let (own, slot) = (Arc::clone(&socket), Arc::clone(&begun));
        run(Box::pin(async move {
            let result = own.begin_receive(vec![0; 4], NONE, None, None);
            *slot.lock().unwrap() = Some(result);
        }));
        peer.write_all(b"late").unwrap();
        let result = begun.lock().unwrap().take().unwrap();
        assert!(result.wait_timeout(LATE));
        let (received, buffer) = socket.end_receive(&result);
        assert_eq!((received.unwrap(), &buffer[..]), (4, &b"late"[..]));
    }
}

/// Sends that were begun together arrive in order, whole; receives fill in order.
#[test]
fn begin_keeps_the_order() {
    const SENDS: usize = 40;
    const EACH: usize = 200_000;
    let (socket, mut peer) = pair();
    let sends: Vec<_> = (0..SENDS)
        .map(|number| socket.begin_send(vec![number as u8; EACH], NONE, None, None))
        .collect();
    assert!(!sends[SENDS - 1].is_completed(), "there is no room for all");
    let mut piece = vec![0; EACH];
    for number in 0..SENDS {
        peer.read_exact(&mut piece).unwrap();
        assert!(piece.iter().all(|byte| *byte == number as u8), "{number}");
    }
    for send in &sends {
        assert!(send.wait_timeout(LATE));
        let (sent, buffer) = socket.end_send(send);
        assert_eq!((sent.unwrap(), buffer.len()), (EACH, EACH));
    }

    let order = Arc::new(Mutex::new(Vec::new()));
    let receives: Vec<_> = (0..10)
        .map(|number: u8| {
            let order = Arc::clone(&order);
            let callback = move |_: &_| order.lock().unwrap().push(number);
            socket.begin_receive(vec![0], NONE, Some(Box::new(callback)), None)
        })
        .collect();
    peer.write_all(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    for (number, receive) in receives.iter().enumerate() {
        assert!(receive.wait_timeout(LATE));
        let (received, buffer) = socket.end_receive(receive);
        assert_eq!((received.unwrap(), buffer), (1, vec![number as u8]));
    }
}

/// A cancelled operation gives its buffer back, takes no bytes, and lets the next have its turn.
#[test]
fn begin_can_be_cancelled() {
    let (socket, mut peer) = pair();
    let first = socket.begin_receive(vec![1; 5], NONE, None, None);
    let second = socket.begin_receive(vec![2; 5], NONE, None, None);
    let third = socket.begin_receive(vec![3; 5], NONE, None, None);
    first.cancel();
    second.cancel();
    for (result, value) in [(first, 1), (second, 2)] {
        assert!(result.wait_timeout(LATE));
        let (received, buffer) = socket.end_receive(&result);
        assert_code(received, ABORTED);
        assert_eq!(buffer, [value; 5]);
    }
    peer.write_all(b"third").unwrap();
    assert!(third.wait_timeout(LATE));
    let (received, buffer) = socket.end_receive(&third);
    assert_eq!((received.unwrap(), &buffer[..]), (5, &b"third"[..]));

    let (listener, _) = listener();
    let accepting = listener.begin_accept(None, None);
    accepting.cancel();
    assert!(accepting.wait_timeout(LATE));
    assert_code(listener.end_accept(&accepting), ABORTED);
}

/// Closing ends whatever was begun, with the buffers; beginning after it is misuse.
#[test]
fn begin_is_aborted_by_close() {
    let (socket, peer) = pair();
    let calls = Arc::new(AtomicUsize::new(0));
    let receives: Vec<_> = (0..5)
        .map(|_| {
            let calls = Arc::clone(&calls);
            let callback = move |_: &_| {
                calls.fetch_add(1, Ordering::SeqCst);
            };
            socket.begin_receive(vec![7; 3], NONE, Some(Box::new(callback)), None)
        })
        .collect();
    let sends: Vec<_> = (0..3)
        .map(|_| socket.begin_send(vec![0; 16 << 20], NONE, None, None))
        .collect();
    socket.close();
    for receive in receives {
        assert!(receive.wait_timeout(LATE));
        let (received, buffer) = socket.end_receive(&receive);
        assert_code(received, ABORTED);
        assert_eq!(buffer, [7; 3]);
    }
    for send in sends {
        assert!(send.wait_timeout(LATE));
        let (sent, buffer) = socket.end_send(&send);
        assert_code(sent, ABORTED);
        assert_eq!(buffer.len(), 16 << 20);
    }
    crate::stream_support::eventually(|| calls.load(Ordering::SeqCst) == 5);
    drop(peer);

    let late = socket.begin_receive(vec![7; 3], NONE, None, None);
    let (received, buffer) = socket.end_receive(&late);
    let error = received.unwrap_err();
    assert_eq!(error.misuse(), Some(&Misuse::disposed("Socket")));
    assert_eq!(buffer, [7; 3]);
    let accepting = socket.begin_accept(None, None);
    let error = socket.end_accept(&accepting).unwrap_err();
    assert_eq!(error.misuse(), Some(&Misuse::disposed("Socket")));
}

/// More callbacks that wait for each other than there are threads of the reactor.
#[test]
fn begin_callbacks_may_block() {
    const CALLBACKS: usize = 40;
    let all = Arc::new(Barrier::new(CALLBACKS));
    let (done, finished) = mpsc::channel();
    let pairs: Vec<_> = (0..CALLBACKS).map(|_| pair()).collect();
    for (socket, _) in &pairs {
        let (all, done, own) = (Arc::clone(&all), done.clone(), Arc::clone(socket));
        let callback = move |result: &AsyncResult<BufferResult<usize>>| {
            own.end_receive(result).0.unwrap();
            all.wait();
            // A blocking call in a callback.
            let mut rest = [0; 4];
            own.receive(&mut rest).unwrap();
            done.send(rest).unwrap();
        };
        socket.begin_receive(vec![0; 4], NONE, Some(Box::new(callback)), None);
    }
    for (_, peer) in &pairs {
        (&mut &*peer).write_all(b"headrest").unwrap();
    }
    for _ in 0..CALLBACKS {
        assert_eq!(&finished.recv_timeout(LATE).unwrap(), b"rest");
    }
}

#[test]
fn begin_with_datagrams() {
    let (socket, address) = udp();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let from = peer.local_addr().unwrap();
    let first = socket.begin_receive_from(vec![0; 20], NONE, None, None);
    assert!(!first.wait_timeout(Duration::from_millis(5)));
    peer.send_to(b"hello", address).unwrap();
    assert!(first.wait_timeout(LATE));
    let (received, buffer) = socket.end_receive_from(&first);
    let received = received.unwrap();
    assert_eq!(&buffer[..received.received_bytes], b"hello");
    assert_eq!(received.remote_end_point, from.into());

    let second = socket.begin_receive_message_from(vec![0; 3], NONE, None, None);
    peer.send_to(b"hello", address).unwrap();
    assert!(second.wait_timeout(LATE));
    let (received, buffer) = socket.end_receive_message_from(&second);
    let received = received.unwrap();
    assert_eq!((received.received_bytes, &buffer[..]), (3, &b"hel"[..]));
    assert!(received.socket_flags.contains(SocketFlags::TRUNCATED));

    let third = socket.begin_send_to(b"answer".to_vec(), NONE, from, None, None);
    assert_eq!(socket.end_send_to(&third).0.unwrap(), 6);
    let mut buffer = [0; 20];
    assert_eq!(peer.recv_from(&mut buffer).unwrap(), (6, address));
}

#[test]
fn begin_with_several_buffers() {
    let (socket, mut peer) = pair();
    let parts = vec![vec![1; 100_000], vec![], vec![2; 3], vec![3; 500_000]];
    let sending = socket.begin_send_buffers(parts.clone(), NONE, None, None);
    let mut got = vec![0; 600_003];
    peer.read_exact(&mut got).unwrap();
    assert_eq!(got, parts.concat());
    assert!(sending.wait_timeout(LATE));
    let (sent, back) = socket.end_send_buffers(&sending);
    assert_eq!((sent.unwrap(), back), (600_003, parts));

    let receiving = socket.begin_receive_buffers(vec![vec![0; 2], vec![0; 5]], NONE, None, None);
    peer.write_all(b"abcd").unwrap();
    assert!(receiving.wait_timeout(LATE));
    let (received, buffers) = socket.end_receive_buffers(&receiving);
    assert_eq!(received.unwrap(), 4);
    assert_eq!(&buffers.concat()[..4], b"abcd");
}

#[test]
fn begin_accept_with_first_bytes() {
    let (listener, address) = listener();
    let accepting = listener.begin_accept_and_receive(50, None, None);
    let silent = std::net::TcpStream::connect(address).unwrap();
    assert!(!accepting.wait_timeout(Duration::from_millis(20)));
    (&silent).write_all(b"first").unwrap();
    assert!(accepting.wait_timeout(LATE));
    let (socket, bytes) = listener.end_accept_and_receive(&accepting).unwrap();
    assert_eq!(bytes, b"first");
    assert!(socket.connected());
}

/// A file between two buffers; a send that was begun meanwhile comes behind all of them.
#[test]
fn begin_send_file_keeps_its_parts_together() {
    let name = format!("system-net-sockets-{}-file", std::process::id());
    let path = std::env::temp_dir().join(name);
    let content: Vec<u8> = (0..3_000_000).map(|at| (at % 253) as u8).collect();
    std::fs::write(&path, &content).unwrap();
    let (socket, mut peer) = pair();
    let reading = thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all).unwrap();
        all
    });
    let options = TransmitFileOptions::USE_DEFAULT_WORKER_THREAD;
    let (head, tail) = (b"head".to_vec(), b"tail".to_vec());
    let sending = socket.begin_send_file_with(Some(&path), head, tail, options, None, None);
    assert!(sending.wait_timeout(LATE));
    socket.end_send_file(&sending).unwrap();
    let last = socket.begin_send(b"last".to_vec(), NONE, None, None);
    socket.end_send(&last).0.unwrap();
    let plain = socket.begin_send_file(&path, None, None);
    assert!(plain.wait_timeout(LATE));
    socket.end_send_file(&plain).unwrap();
    let missing = socket.begin_send_file(path.join("missing"), None, None);
    assert!(socket.end_send_file(&missing).is_err());
    let disconnecting = socket.begin_disconnect(false, None, None);
    socket.end_disconnect(&disconnecting).unwrap();
    let expected = [b"head", &content[..], b"tail", b"last", &content].concat();
    assert!(reading.join().unwrap() == expected);
    std::fs::remove_file(path).unwrap();
}

/// A size that there is no memory for is refused before a connection is taken.
#[test]
fn begin_accept_and_receive_checks_the_size() {
    let (socket, at) = listener();
    let peer = std::net::TcpStream::connect(at).unwrap();
    for size in [usize::MAX, i32::MAX as usize + 1] {
        let accepting = socket.begin_accept_and_receive(size, None, None);
        assert!(accepting.wait_timeout(LATE), "{size}");
        let error = socket.end_accept_and_receive(&accepting).unwrap_err();
        let misuse = error.misuse().unwrap();
        assert!(matches!(misuse, Misuse::OutOfRange { .. }), "{misuse:?}");
    }
    // The connection is still there to be taken.
    let accepting = socket.begin_accept(None, None);
    let accepted = socket.end_accept(&accepting).unwrap();
    assert_eq!(
        accepted.remote_end_point().unwrap().unwrap().port(),
        peer.local_addr().unwrap().port()
    );
}
