//! Our sockets through Begin and End: ping-pong alone, to compare contexts with.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use bench_meter::{Meter, unsupported};
use bench_sock::{accepted, connected, start};
use system_net_primitives::AsyncResult;
use system_net_sockets::{BufferResult, Socket, SocketFlags};

/// One end of a connection, which goes from callback to callback.
struct End {
    socket: Socket,
    /// How often it has still to send.
    rounds: Mutex<u64>,
    done: Mutex<Option<Sender<()>>>,
}

impl End {
    fn new(socket: Socket, rounds: u64, done: Sender<()>) -> Arc<Self> {
        Arc::new(Self {
            socket,
            rounds: Mutex::new(rounds),
            done: Mutex::new(Some(done)),
        })
    }

    fn receive(self: &Arc<Self>, buffer: Vec<u8>) {
        let end = Arc::clone(self);
        self.socket.begin_receive(
            buffer,
            SocketFlags::NONE,
            Some(Box::new(
                move |result: &AsyncResult<BufferResult<usize>>| {
                    end.received(result);
                },
            )),
            None,
        );
    }

    fn received(self: &Arc<Self>, result: &AsyncResult<BufferResult<usize>>) {
        let (received, buffer) = self.socket.end_receive(result);
        let mut rounds = self.rounds.lock().expect("no panics");
        *rounds -= 1;
        let more = *rounds > 0;
        drop(rounds);
        match received {
            Ok(1..) if more => self.send(buffer),
            _ => {
                if let Some(done) = self.done.lock().expect("no panics").take() {
                    done.send(()).expect("somebody waits");
                }
            }
        }
    }

    fn send(self: &Arc<Self>, buffer: Vec<u8>) {
        let end = Arc::clone(self);
        self.socket.begin_send(
            buffer,
            SocketFlags::NONE,
            Some(Box::new(
                move |result: &AsyncResult<BufferResult<usize>>| {
                    let (sent, buffer) = end.socket.end_send(result);
                    sent.expect("send");
                    end.receive(buffer);
                },
            )),
            None,
        );
    }
}

fn main() {
    let Some((args, listener, port)) = start() else {
        return;
    };
    if args.mode != "pingpong" {
        unsupported();
    }
    let (done, ends) = channel();
    let meter = Meter::start();
    let client = connected(port);
    let server = accepted(&listener);
    let echo = End::new(server, u64::MAX, done.clone());
    echo.receive(vec![0; args.size]);
    let end = End::new(client, args.n, done);
    end.send(vec![0; args.size]);
    ends.recv().expect("the last answer");
    end.socket.close();
    ends.recv().expect("the end of the echo");
    meter.finish(args.n, args.n * args.size as u64 * 2);
}
