//! Contexts in the hot places, Begin/End elsewhere, on one socket.

use super::*;
use system_net_primitives::AsyncResult;
use system_net_sockets::{BufferResult, SocketFlags};

#[test]
fn saea_mixed_with_begin_end() {
    const ROUNDS: usize = 200;
    const SIZE: usize = 5_000;
    let (client, server) = pair();
    let server = Arc::new(server);

    // The server receives with a context and sends with Begin/End, the client the other way round,
    // and both directions wait at the same time.
    let (received, receives) = channel();
    let args = SocketAsyncEventArgs::new();
    args.set_memory_buffer(vec![0; SIZE]).unwrap();
    let own = Arc::downgrade(&server);
    let received = Mutex::new(received);
    args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let Some(server) = own.upgrade() else { return };
        loop {
            let data = args.transferred().unwrap().to_vec();
            if received.lock().unwrap().send(data).is_err() {
                return;
            }
            if args.bytes_transferred() == 0 || server.receive_args(args).unwrap() {
                return;
            }
        }
    })));
    assert!(server.receive_args(&args).unwrap());

    let echo = std::thread::spawn(move || {
        let mut total = 0;
        while let Ok(data) = receives.recv_timeout(HANG) {
            if data.is_empty() {
                break;
            }
            total += data.len();
            let (sent, data) =
                server.end_send(&server.begin_send(data, SocketFlags::NONE, None, None));
            assert_eq!(sent.unwrap(), data.len());
        }
        total
    });

    let (send, sends) = watched();
    let (ended, ends) = channel();
    let mut answer: Vec<u8> = Vec::new();
    for round in 0..ROUNDS {
        let message: Vec<u8> = (0..SIZE).map(|index| (index * 7 + round) as u8).collect();
        // The receive is begun first, and waits.
        let report = ended.clone();
        let callback = move |result: &AsyncResult<BufferResult<usize>>| {
            let _ = report.send(result.clone());
        };
        client.begin_receive(
            vec![0; SIZE],
            SocketFlags::NONE,
            Some(Box::new(callback)),
            None,
        );
        send.set_memory_buffer(message.clone()).unwrap();
        assert_eq!(succeeded(client.send_args(&send), &send, &sends), SIZE);
        let (count, buffer) = client.end_receive(&ends.recv_timeout(HANG).unwrap());
        answer.extend_from_slice(&buffer[..count.unwrap()]);
        // The rest of the answer by contexts, on the socket that Begin/End just used.
        let (rest, rests) = with_buffer(SIZE);
        while answer.len() < SIZE {
            succeeded(client.receive_args(&rest), &rest, &rests);
            answer.extend_from_slice(&rest.transferred().unwrap());
        }
        assert!(answer == message, "round {round}");
        answer.clear();
    }

    // Closing ends what waits in either form, each once.
    let waiting = client.begin_receive(vec![0; 1], SocketFlags::NONE, None, None);
    let (args, reports) = with_buffer(1);
    assert!(client.receive_args(&args).unwrap());
    client.close();
    let (aborted, _buffer) = client.end_receive(&waiting);
    assert_eq!(
        aborted.unwrap_err().code(),
        SocketErrorCode::OperationAborted
    );
    let ended = reports.recv_timeout(HANG).unwrap();
    assert_eq!(ended.error, SocketErrorCode::OperationAborted);
    silent(&reports);
    assert_eq!(echo.join().unwrap(), ROUNDS * SIZE);
}
