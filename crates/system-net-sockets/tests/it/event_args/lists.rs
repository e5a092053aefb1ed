//! Lists of more buffers than one system call takes, and of empty ones.

use super::*;
use std::thread;
use system_net_primitives::Misuse;

/// One system call takes no more.
const MOST: usize = 1024;

fn list(buffers: Vec<Vec<u8>>) -> (SocketAsyncEventArgs, Receiver<Ended>) {
    let (args, ends) = watched();
    args.set_buffer_list(Some(buffers)).unwrap();
    (args, ends)
}

/// `buffers` of one byte each, with empty ones between them.
fn with_gaps(buffers: usize) -> Vec<Vec<u8>> {
    let byte = |number: usize| [vec![number as u8], Vec::new()];
    (0..buffers).flat_map(byte).collect()
}

/// A stream takes every byte of a list, however long it is.
#[test]
fn saea_stream_sends_lists_of_any_length() {
    let cases = [
        vec![vec![7]; MOST + 1],
        vec![vec![7]; 3 * MOST + 5],
        with_gaps(MOST - 1),
        with_gaps(2 * MOST),
        [vec![Vec::new(); 3 * MOST], vec![vec![7; 100_000]; 20]].concat(),
        vec![Vec::new(); 2 * MOST],
    ];
    for (number, buffers) in cases.into_iter().enumerate() {
        let (client, server) = pair();
        let wanted = buffers.concat();
        let total = wanted.len();
        let reader = thread::spawn(move || {
            let mut received = vec![0; total];
            server.set_receive_timeout(20_000).unwrap();
            let mut filled = 0;
            while filled < total {
                filled += server.receive(&mut received[filled..]).unwrap();
            }
            received
        });
        let (send, sends) = list(buffers);
        // On a thread of its own: a send that spins must not hold up the test.
        let (report, reports) = channel();
        thread::spawn(move || {
            let started = client.send_args(&send);
            let _ = report.send((started, send, client));
        });
        let (started, send, _client) = reports.recv_timeout(HANG).expect("it spins");
        assert_eq!(succeeded(started, &send, &sends), total, "case {number}");
        assert_eq!(reader.join().unwrap(), wanted, "case {number}");
    }
}

/// A datagram goes whole or not at all.
#[test]
fn saea_datagram_of_too_many_buffers_is_refused() {
    let receiver = udp();
    receiver.set_receive_timeout(200).unwrap();
    let target = receiver.local_end_point().unwrap().unwrap();
    let sender = udp();
    sender.connect(target.clone()).unwrap();
    let other = udp();
    for (buffers, whole) in [
        (vec![vec![7]; MOST], true),
        (with_gaps(MOST), true),
        (vec![vec![7]; MOST + 1], false),
        (with_gaps(MOST + 1), false),
    ] {
        let total: usize = buffers.iter().map(Vec::len).sum();
        for to in [false, true] {
            let (send, sends) = list(buffers.clone());
            send.set_remote_end_point(Some(target.clone()));
            let ended = if to {
                ended(other.send_to_args(&send), &send, &sends)
            } else {
                ended(sender.send_args(&send), &send, &sends)
            };
            let received = receiver.receive(&mut [0; 4096]);
            if whole {
                assert_eq!(
                    (ended.error, ended.bytes),
                    (SocketErrorCode::Success, total)
                );
                assert_eq!(received.unwrap(), total);
            } else {
                assert_eq!(
                    (ended.error, ended.bytes),
                    (SocketErrorCode::MessageSize, 0)
                );
                assert_eq!(received.unwrap_err().code(), SocketErrorCode::TimedOut);
            }
        }
    }
}

/// A receive tells no byte that stands in no buffer.
#[test]
fn saea_receive_tells_only_what_was_placed() {
    let receiver = udp();
    let sender = udp();
    sender
        .connect(receiver.local_end_point().unwrap().unwrap())
        .unwrap();
    for (buffers, length, error, told) in [
        (
            vec![vec![0]; 2 * MOST],
            MOST,
            SocketErrorCode::Success,
            MOST,
        ),
        (
            vec![vec![0]; 2 * MOST],
            MOST + 500,
            SocketErrorCode::MessageSize,
            MOST,
        ),
        // The empty ones count for nothing.
        (with_gaps(MOST), MOST, SocketErrorCode::Success, MOST),
    ] {
        let message: Vec<u8> = (0..length).map(|number| number as u8 | 1).collect();
        let (receive, receives) = list(buffers);
        let started = receiver.receive_args(&receive);
        sender.send(&message).unwrap();
        let ended = ended(started, &receive, &receives);
        assert_eq!((ended.error, ended.bytes), (error, told));
        let filled = receive.buffer_list().unwrap().concat();
        assert_eq!(filled[..told], message[..told]);
    }
}

/// A send must have something to send from; an empty buffer is something.
#[test]
fn saea_send_without_a_buffer_is_misuse() {
    let (client, _server) = pair();
    let (send, sends) = watched();
    let error = client.send_args(&send).unwrap_err();
    let misuse = error.misuse();
    assert!(
        matches!(misuse, Some(Misuse::InvalidArgument { .. })),
        "{error:?}"
    );
    assert!(!send.is_in_progress());
    send.set_memory_buffer(Vec::new()).unwrap();
    assert_eq!(succeeded(client.send_args(&send), &send, &sends), 0);
    // A connect sends a buffer if there is one, and needs none.
    let (_listener, end_point) = listener();
    let (connect, connects) = watched();
    connect.set_remote_end_point(Some(end_point));
    let client = tcp();
    succeeded(client.connect_args(&connect), &connect, &connects);
}
