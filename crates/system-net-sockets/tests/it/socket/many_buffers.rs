//! More buffers than one system call takes, and buffers of no bytes.

use std::io::{IoSlice, IoSliceMut};
use std::sync::mpsc;
use std::thread;

use system_net_runtime::block_on;
use system_net_sockets::{Socket, SocketError, SocketErrorCode, SocketFlags};

use super::{HANG, bound_udp, check_code, pair};

const NONE: SocketFlags = SocketFlags::NONE;
/// More than a system call takes.
const MANY: usize = 2000;

type Send = fn(&Socket, &[Vec<u8>]) -> Result<usize, SocketError>;
type Receive = fn(&Socket, &mut Vec<Vec<u8>>) -> Result<usize, SocketError>;

const SENDS: [(&str, Send); 3] = [
    ("send", |socket, buffers| {
        socket.send_buffers(&slices(buffers), NONE)
    }),
    ("begin", |socket, buffers| {
        let sending = socket.begin_send_buffers(buffers.to_vec(), NONE, None, None);
        socket.end_send_buffers(&sending).0
    }),
    ("async", |socket, buffers| {
        block_on(socket.send_buffers_async(&slices(buffers), NONE))
    }),
];

const RECEIVES: [(&str, Receive); 3] = [
    ("receive", |socket, buffers| {
        socket.receive_buffers(&mut slices_mut(buffers), NONE)
    }),
    ("begin", |socket, buffers| {
        let taken = std::mem::take(buffers);
        let receiving = socket.begin_receive_buffers(taken, NONE, None, None);
        let (result, given) = socket.end_receive_buffers(&receiving);
        *buffers = given;
        result
    }),
    ("async", |socket, buffers| {
        block_on(socket.receive_buffers_async(&mut slices_mut(buffers), NONE))
    }),
];

fn slices(buffers: &[Vec<u8>]) -> Vec<IoSlice<'_>> {
    buffers.iter().map(|one| IoSlice::new(one)).collect()
}

fn slices_mut(buffers: &mut [Vec<u8>]) -> Vec<IoSliceMut<'_>> {
    buffers.iter_mut().map(|one| IoSliceMut::new(one)).collect()
}

/// Fails if it takes for ever.
fn in_time<T: std::marker::Send + 'static>(
    name: &str,
    call: impl FnOnce() -> T + std::marker::Send + 'static,
) -> T {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || done.send(call()));
    is_done
        .recv_timeout(HANG)
        .unwrap_or_else(|_| panic!("{name} goes on for ever"))
}

/// Buffers of no bytes at the beginning and between others are passed over.
#[test]
fn buffers_without_bytes_are_passed_over() {
    let empty = || vec![Vec::new(); MANY];
    let tables: [Vec<Vec<u8>>; 3] = [
        [empty(), vec![b"data".to_vec()]].concat(),
        [vec![b"da".to_vec()], empty(), vec![b"ta".to_vec()]].concat(),
        [empty(), vec![b"data".to_vec()], empty()].concat(),
    ];
    for (name, send) in SENDS {
        for table in tables.clone() {
            let (client, server) = pair();
            let sent = in_time(name, move || send(&client, &table));
            assert_eq!(sent.unwrap(), 4, "{name}");
            let mut buffer = [0; 4];
            let mut received = 0;
            while received < 4 {
                received += server.receive(&mut buffer[received..]).unwrap();
            }
            assert_eq!(&buffer, b"data", "{name}");
        }
        let (client, _server) = pair();
        let sent = in_time(name, move || send(&client, &vec![Vec::new(); MANY]));
        assert_eq!(sent.unwrap(), 0, "{name}");
    }
    for (name, receive) in RECEIVES {
        let (client, server) = pair();
        client.send(b"data").unwrap();
        let mut buffers = [empty(), vec![vec![0; 4]]].concat();
        assert_eq!(receive(&server, &mut buffers).unwrap(), 4, "{name}");
        assert_eq!(buffers[MANY], b"data", "{name}");
    }
}

/// A message is sent whole or not at all, and received whole or with an error.
#[test]
fn messages_of_many_buffers() {
    let (sender, _) = bound_udp();
    let (receiver, at) = bound_udp();
    sender.connect(at).unwrap();
    receiver.set_receive_timeout(20_000).unwrap();
    for (name, send) in SENDS {
        let result = send(&sender, &vec![vec![1]; MANY]);
        assert_eq!(
            result.unwrap_err().code(),
            SocketErrorCode::MessageSize,
            "{name}"
        );
        assert_eq!(send(&sender, &vec![vec![1]; 1024]).unwrap(), 1024, "{name}");
        assert_eq!(receiver.receive(&mut vec![0; MANY]).unwrap(), 1024);
    }
    let data: Vec<u8> = (0..1500).map(|n| (n % 251) as u8).collect();
    for (name, receive) in RECEIVES {
        sender.send(&data).unwrap();
        let mut buffers = vec![vec![0xEE]; MANY];
        // The system fills no more of them than it takes; the rest is lost.
        let error = receive(&receiver, &mut buffers).unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::MessageSize, "{name}");
        assert!(buffers.concat()[..1024] == data[..1024], "{name}");
        sender.send(&data[..1024]).unwrap();
        assert_eq!(receive(&receiver, &mut buffers).unwrap(), 1024, "{name}");
    }
    // Nothing is left behind.
    receiver.set_blocking(false).unwrap();
    check_code(receiver.receive(&mut [0]), SocketErrorCode::WouldBlock);
}
