//! How operations end: dropped handles, closed sockets, cancellation, panics, and others on the
//! same socket.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn saea_dropped_handle_still_completes() {
    let (client, server) = pair();
    let (args, reports) = with_buffer(16);
    /// Tells when it is dropped.
    struct Token(std::sync::mpsc::Sender<()>);
    impl Drop for Token {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (token, dropped) = channel();
    args.set_user_token(Some(Arc::new(Token(token))));
    assert!(server.receive_args(&args).unwrap());
    drop(args);
    assert!(
        dropped.try_recv().is_err(),
        "the operation keeps the context"
    );
    client.send(b"late").unwrap();
    let ended = reports.recv_timeout(HANG).unwrap();
    assert_eq!((ended.error, ended.bytes), (SocketErrorCode::Success, 4));
    // The handler is gone with the context, so its sender is too.
    assert!(reports.recv_timeout(HANG).is_err());
    dropped
        .recv_timeout(HANG)
        .expect("the operation lets go of the context at its end");
}

#[test]
fn saea_close_completes_pending() {
    const EACH: usize = 5;
    enum How {
        Close,
        Drop,
    }
    for how in [How::Close, How::Drop] {
        let (_client, server) = pair();
        // Fill the way out, so that sends wait as well.
        let (fill, fills) = with_buffer(8_000_000);
        assert!(server.send_args(&fill).unwrap());
        let (args, reports): (Vec<_>, Vec<_>) = (0..2 * EACH).map(|_| with_buffer(8)).unzip();
        for (number, args) in args.iter().enumerate() {
            let pending = if number < EACH {
                server.receive_args(args)
            } else {
                server.send_args(args)
            };
            assert!(pending.unwrap());
        }
        match how {
            How::Close => server.close(),
            How::Drop => drop(server),
        }
        let aborted = fills.recv_timeout(HANG).unwrap();
        assert_eq!(aborted.error, SocketErrorCode::OperationAborted);
        for (args, reports) in args.iter().zip(&reports) {
            let ended = reports.recv_timeout(HANG).unwrap();
            assert_eq!(ended.error, SocketErrorCode::OperationAborted);
            assert!(!args.is_in_progress());
        }
        // Each once.
        reports.iter().for_each(silent);
        silent(&fills);
    }

    // A listener.
    let (server, end_point) = listener();
    let (args, reports) = watched();
    assert!(server.accept_args(&args).unwrap());
    server.close();
    let ended = reports.recv_timeout(HANG).unwrap();
    assert_eq!(ended.error, SocketErrorCode::OperationAborted);
    silent(&reports);
    assert!(server.accept_args(&args).unwrap_err().misuse().is_some());
    drop(end_point);

    // A connect that never ends by itself: cancelled, each way of starting one.
    for own_socket in [true, false] {
        let black_hole = BlackHole::new();
        let (args, reports) = watched();
        args.set_remote_end_point(Some(black_hole.end_point.clone()));
        let client = tcp();
        let pending = if own_socket {
            client.connect_args(&args)
        } else {
            Socket::connect_new_args(SocketType::Stream, ProtocolType::TCP, &args)
        };
        assert!(pending.unwrap());
        Socket::cancel_connect_args(&args);
        Socket::cancel_connect_args(&args);
        let ended = reports.recv_timeout(HANG).unwrap();
        assert_eq!(ended.operation, SocketAsyncOperation::Connect);
        assert_eq!(ended.error, SocketErrorCode::OperationAborted);
        silent(&reports);
        assert!(args.take_connect_socket().is_none());
        // Nothing in progress: nothing happens.
        Socket::cancel_connect_args(&args);
        silent(&reports);
    }
}

/// A listener whose queue is full: connects to it wait.
struct BlackHole {
    end_point: EndPoint,
    _listener: Socket,
    _queued: Vec<Socket>,
}

impl BlackHole {
    fn new() -> Self {
        let listener = tcp();
        listener.bind(any_port()).unwrap();
        listener.listen(0).unwrap();
        let end_point = listener.local_end_point().unwrap().unwrap();
        let mut queued = Vec::new();
        // A queue of none holds one or two, by the system.
        for _ in 0..4 {
            let socket = tcp();
            socket.set_blocking(false).unwrap();
            // Would block, or refused for want of room.
            let _ = socket.connect(end_point.clone());
            queued.push(socket);
        }
        Self {
            end_point,
            _listener: listener,
            _queued: queued,
        }
    }
}

#[test]
fn saea_close_races_with_data() {
    // Whoever wins, the handler is called once for each pending operation.
    for _ in 0..200 {
        let (client, server) = pair();
        let calls = Arc::new(AtomicUsize::new(0));
        let args = SocketAsyncEventArgs::new();
        args.set_memory_buffer(vec![0; 8]).unwrap();
        let (done, waits) = channel();
        let done = Mutex::new(done);
        let count = Arc::clone(&calls);
        args.set_handler(Some(Arc::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = done.lock().unwrap().send(());
        })));
        assert!(server.receive_args(&args).unwrap());
        let sender = std::thread::spawn(move || client.send(b"x").unwrap());
        server.close();
        waits.recv_timeout(HANG).unwrap();
        sender.join().unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert!(!args.is_in_progress());
    }
}

#[test]
fn saea_panic_in_a_handler_ends_nothing_else() {
    let (client, server) = pair();
    let args = SocketAsyncEventArgs::new();
    args.set_memory_buffer(vec![0; 8]).unwrap();
    let (called, calls) = channel();
    let called = Mutex::new(called);
    args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let _ = called.lock().unwrap().send(args.bytes_transferred());
        // Without the hook, which would print.
        std::panic::resume_unwind(Box::new("a fault of the application"));
    })));
    // On every thread of the engine, more than once.
    for _ in 0..20 {
        assert!(server.receive_args(&args).unwrap());
        client.send(b"abc").unwrap();
        assert_eq!(calls.recv_timeout(HANG).unwrap(), 3);
        while args.is_in_progress() {
            std::thread::yield_now();
        }
    }
}

#[test]
fn saea_handlers_that_never_wait_let_others_in() {
    // One socket always has data; the other's operation on whichever thread ends all the same.
    let (client, server) = pair();
    let greedy = SocketAsyncEventArgs::new();
    greedy.set_memory_buffer(vec![0; 64]).unwrap();
    let server = Arc::new(server);
    let reader = Arc::downgrade(&server);
    greedy.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let Some(server) = reader.upgrade() else {
            return;
        };
        while let Ok(false) = server.receive_args(args) {
            if args.socket_error() != SocketErrorCode::Success {
                return;
            }
        }
    })));
    assert!(server.receive_args(&greedy).unwrap());
    let stop = Arc::new(AtomicUsize::new(0));
    let writer = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let piece = vec![0; 65_536];
            while stop.load(Ordering::Relaxed) == 0 && client.send(&piece).is_ok() {}
        })
    };
    let pairs: Vec<_> = (0..16).map(|_| pair()).collect();
    let waiting: Vec<_> = pairs
        .iter()
        .map(|(_, end)| {
            let (args, reports) = with_buffer(8);
            assert!(end.receive_args(&args).unwrap());
            reports
        })
        .collect();
    for ((end, _), reports) in pairs.iter().zip(&waiting) {
        end.send(b"x").unwrap();
        assert_eq!(reports.recv_timeout(HANG).unwrap().bytes, 1);
    }
    stop.store(1, Ordering::Relaxed);
    server.close();
    writer.join().unwrap();
}

#[test]
fn saea_pending_operations_end_in_order() {
    const COUNT: usize = 50;
    let (client, server) = pair();
    let (report, reports) = channel();
    let report = Arc::new(Mutex::new(report));
    let contexts: Vec<_> = (0..COUNT)
        .map(|number| {
            let args = SocketAsyncEventArgs::new();
            args.set_memory_buffer(vec![0; 1]).unwrap();
            let report = Arc::clone(&report);
            args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
                let byte = args.transferred().unwrap()[0];
                let _ = report.lock().unwrap().send((number, usize::from(byte)));
            })));
            assert!(server.receive_args(&args).unwrap());
            args
        })
        .collect();
    let data: Vec<u8> = (0..COUNT).map(|number| number as u8).collect();
    client.send(&data).unwrap();
    for number in 0..COUNT {
        // The n-th context has the n-th byte, and one thread serves the socket.
        assert_eq!(reports.recv_timeout(HANG).unwrap(), (number, number));
    }
    drop(contexts);
}

#[test]
fn saea_disconnect_races_with_the_first_operation() {
    // Whichever descriptor the operation meets, the socket is heard of when it is used again.
    let (listener, end_point) = listener();
    for round in 0..300_usize {
        let client = Arc::new(tcp());
        client.connect(end_point.clone()).unwrap();
        let _first = listener.accept().unwrap();
        let ready = Arc::new(AtomicUsize::new(0));
        let together = |ready: &AtomicUsize| {
            ready.fetch_add(1, Ordering::SeqCst);
            while ready.load(Ordering::SeqCst) < 2 {
                std::hint::spin_loop();
            }
        };
        let receiving = {
            let (client, ready) = (Arc::clone(&client), Arc::clone(&ready));
            std::thread::spawn(move || {
                let (args, reports) = with_buffer(16);
                together(&ready);
                ended(client.receive_args(&args), &args, &reports)
            })
        };
        together(&ready);
        for _ in 0..round % 64 * 8 {
            std::hint::spin_loop();
        }
        client.disconnect(true).unwrap();
        let ended = receiving.join().unwrap();
        assert_eq!(ended.bytes, 0, "{ended:?}");

        client.connect(end_point.clone()).unwrap();
        let second = listener.accept().unwrap();
        let (args, reports) = with_buffer(16);
        assert!(client.receive_args(&args).unwrap(), "round {round}");
        second.send(b"hi").unwrap();
        let ended = reports.recv_timeout(HANG);
        let ended = ended.unwrap_or_else(|_| panic!("round {round}: deaf"));
        assert_eq!((ended.error, ended.bytes), (SocketErrorCode::Success, 2));
    }
}
