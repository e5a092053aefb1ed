//! The work done with `SocketAsyncEventArgs`.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bench_meter::{Args, Connector, Meter, report_idle, resident_kib};
use system_net_sockets::{BufferBlock, Socket, SocketAsyncEventArgs, SocketErrorCode};

use crate::{READ, WRITE, accepted, connected};

/// One end of a connection that a context drives, from one receive to the next.
struct End {
    socket: Socket,
    size: usize,
    state: Mutex<Progress>,
}

struct Progress {
    /// How often it has still to send by itself; an echo sends what it got.
    rounds: u64,
    /// Bytes of this message that have come.
    got: usize,
    done: Option<Sender<()>>,
}

impl End {
    fn new(socket: Socket, size: usize, rounds: u64, done: Sender<()>) -> Arc<Self> {
        Arc::new(Self {
            socket,
            size,
            state: Mutex::new(Progress {
                rounds,
                got: 0,
                done: Some(done),
            }),
        })
    }

    /// A context of its own, which calls the end again whenever a pending receive has ended.
    fn context(self: &Arc<Self>) -> SocketAsyncEventArgs {
        let args = SocketAsyncEventArgs::new();
        args.set_memory_buffer(vec![0; self.size])
            .expect("a buffer");
        let end = Arc::clone(self);
        args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
            end.received(args);
        })));
        args
    }

    /// Goes on from a receive that has ended to the next that is pending.
    fn received(&self, args: &SocketAsyncEventArgs) {
        loop {
            let bytes = args.bytes_transferred();
            let mut state = self.state.lock().expect("no panics");
            state.got += bytes;
            let whole = state.got == self.size;
            if whole {
                state.got = 0;
                state.rounds = state.rounds.saturating_sub(1);
            }
            if bytes == 0 || args.socket_error() != SocketErrorCode::Success || state.rounds == 0 {
                if let Some(done) = state.done.take() {
                    done.send(()).expect("somebody waits");
                }
                return;
            }
            let got = state.got;
            drop(state);
            if whole {
                args.set_buffer_range(0, self.size).expect("the buffer");
                assert!(!self.socket.send_args(args).expect("send"), "there is room");
            } else {
                args.set_buffer_range(got, self.size - got)
                    .expect("the buffer");
            }
            if self.socket.receive_args(args).expect("receive") {
                return;
            }
        }
    }
}

/// Both ends are driven by contexts.
pub fn ping_pong(args: &Args, listener: Socket, port: u16) {
    let (done, ends) = channel();
    let meter = Meter::start();
    let client = connected(port);
    let server = accepted(&listener);
    let echo = End::new(server, args.size, u64::MAX, done.clone());
    let echo_context = echo.context();
    if !echo.socket.receive_args(&echo_context).expect("receive") {
        echo.received(&echo_context);
    }
    let end = End::new(client, args.size, args.n, done);
    let context = end.context();
    assert!(
        !end.socket.send_args(&context).expect("send"),
        "there is room"
    );
    if !end.socket.receive_args(&context).expect("receive") {
        end.received(&context);
    }
    ends.recv().expect("the last answer");
    end.socket.close();
    ends.recv().expect("the end of the echo");
    meter.finish(args.n, args.n * args.size as u64 * 2);
    // Handlers own their ends, which own no contexts.
    drop((context, echo_context));
}

/// A writer that sends on and on, and a reader that receives on and on.
pub fn bulk(args: &Args, listener: Socket, port: u16) {
    let total = args.bytes;
    let meter = Meter::start();
    let writer = thread::spawn(move || {
        let socket = accepted(&listener);
        let context = SocketAsyncEventArgs::new();
        context.set_memory_buffer(vec![0; WRITE]).expect("a buffer");
        let waits = wake_by(&context);
        let mut left = total;
        while left > 0 {
            let count = left.min(WRITE as u64);
            context
                .set_buffer_range(0, count as usize)
                .expect("the buffer");
            if socket.send_args(&context).expect("send") {
                waits.recv().expect("the end of the send");
            }
            left -= context.bytes_transferred() as u64;
        }
    });
    let socket = connected(port);
    let context = SocketAsyncEventArgs::new();
    context.set_memory_buffer(vec![0; READ]).expect("a buffer");
    let waits = wake_by(&context);
    let mut bytes = 0;
    loop {
        if socket.receive_args(&context).expect("receive") {
            waits.recv().expect("the end of the receive");
        }
        match context.bytes_transferred() {
            0 => break,
            count => bytes += count as u64,
        }
    }
    writer.join().expect("the writer");
    assert_eq!(bytes, total);
    meter.finish(bytes >> 20, bytes);
}

fn wake_by(context: &SocketAsyncEventArgs) -> std::sync::mpsc::Receiver<()> {
    let (wake, waits) = channel();
    let wake = Mutex::new(wake);
    context.set_handler(Some(Arc::new(move |_| {
        wake.lock()
            .expect("no panics")
            .send(())
            .expect("somebody waits");
    })));
    waits
}

/// One accept is pending at any time.
pub fn accept(args: &Args, listener: Socket, port: u16) {
    let mut connector = Connector::open_and_drop(port, args.n);
    let (done, ends) = channel();
    let done = Mutex::new((args.n, done));
    let listener = Arc::new(listener);
    let context = SocketAsyncEventArgs::new();
    let own = Arc::clone(&listener);
    let count = move |args: &SocketAsyncEventArgs| {
        drop(args.take_accept_socket().expect("a connection"));
        let mut state = done.lock().expect("no panics");
        state.0 -= 1;
        if state.0 == 0 {
            state.1.send(()).expect("somebody waits");
        }
        state.0 > 0
    };
    context.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        while count(args) && !own.accept_args(args).expect("accept") {}
    })));
    assert!(
        listener.accept_args(&context).expect("accept"),
        "nobody connects yet"
    );
    connector.start();
    let meter = Meter::start();
    ends.recv().expect("the last connection");
    meter.finish(args.n, 0);
    connector.finish();
}

/// Each connection waits in a receive, with one byte of a common block.
pub fn idle(args: &Args, listener: Socket, port: u16) {
    let before = resident_kib();
    let connector = Connector::hold(port, args.n);
    let block = BufferBlock::new(args.n as usize, 1);
    let handler: system_net_sockets::SocketAsyncEventArgsHandler = Arc::new(|_| {});
    let mut held = Vec::with_capacity(args.n as usize);
    for _ in 0..args.n {
        let socket = listener.accept().expect("a connection");
        let context = SocketAsyncEventArgs::new();
        context
            .set_buffer_segment(block.rent().expect("a segment"))
            .expect("a buffer");
        context.set_handler(Some(Arc::clone(&handler)));
        assert!(
            socket.receive_args(&context).expect("receive"),
            "nobody sends"
        );
        held.push((socket, context));
    }
    // The engine has nothing to do.
    thread::sleep(Duration::from_millis(50));
    report_idle(args.n, before);
    connector.finish();
}
