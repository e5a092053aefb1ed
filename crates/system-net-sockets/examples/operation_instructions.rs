//! Rounds of a small message and its echo over one connection, for counting instructions:
//!
//! ```text
//! cargo build --release -p system-net-sockets --example operation_instructions
//! valgrind --tool=callgrind target/release/examples/operation_instructions FORM ROUNDS
//! ```
//!
//! FORM is `saea` (one context at each end) or `apm` (Begin/End with callbacks). Both ends run in
//! this process, each round is two sends and two receives at least. Take the difference of two
//! numbers of rounds. The test `saea_vs_apm` does.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use system_net_primitives::{AddressFamily, AsyncResult};
use system_net_sockets::{
    BufferResult, ProtocolType, Socket, SocketAsyncEventArgs, SocketAsyncOperation,
    SocketErrorCode, SocketFlags, SocketType,
};

const SIZE: usize = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [form, rounds] => rounds
            .parse()
            .map_err(Into::into)
            .and_then(|rounds| run(form, rounds)),
        [] => run("saea", 100).and_then(|()| run("apm", 100)),
        _ => Err("usage: operation_instructions [saea|apm ROUNDS]".into()),
    };
    #[allow(clippy::print_stderr, reason = "it reports")]
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(form: &str, rounds: usize) -> Result<(), Box<dyn Error>> {
    let tcp = || {
        let (family, kind) = (AddressFamily::InterNetwork, SocketType::Stream);
        Socket::new(family, kind, ProtocolType::TCP)
    };
    let listener = tcp()?;
    listener.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    listener.listen(1)?;
    let client = tcp()?;
    client.connect(listener.local_end_point()?.ok_or("no address")?)?;
    let server = listener.accept()?;
    let (done, ends) = channel();
    // The echo goes on until the connection ends.
    let echo = End::new(server, usize::MAX, done.clone());
    let asking = End::new(client, rounds, done);
    match form {
        "saea" => {
            echo.context(SocketAsyncOperation::Receive)?;
            asking.context(SocketAsyncOperation::Send)?;
        }
        "apm" => {
            echo.receive(vec![0; SIZE]);
            asking.send(vec![0; SIZE]);
        }
        _ => return Err("the form is saea or apm".into()),
    }
    ends.recv()?;
    asking.socket.close();
    ends.recv()?;
    Ok(())
}

/// One end of the connection.
struct End {
    socket: Socket,
    /// How often it still receives.
    left: AtomicUsize,
    done: Mutex<Option<Sender<()>>>,
}

impl End {
    fn new(socket: Socket, rounds: usize, done: Sender<()>) -> Arc<Self> {
        Arc::new(Self {
            socket,
            left: AtomicUsize::new(rounds),
            done: Mutex::new(Some(done)),
        })
    }

    /// Counts a receive; whether there are more to come.
    fn goes_on(&self, well: bool) -> bool {
        let more = well && self.left.fetch_sub(1, Ordering::Relaxed) > 1;
        if !more {
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(done) = done.take() {
                // Nobody waits any more if the other end failed first.
                let _ = done.send(());
            }
        }
        more
    }

    /// Starts with a context.
    fn context(self: &Arc<Self>, first: SocketAsyncOperation) -> Result<(), Box<dyn Error>> {
        let args = SocketAsyncEventArgs::new();
        args.set_memory_buffer(vec![0; SIZE])?;
        let end = Arc::clone(self);
        args.set_handler(Some(Arc::new(move |args| end.ended(args))));
        let pending = match first {
            SocketAsyncOperation::Send => self.socket.send_args(&args)?,
            _ => self.socket.receive_args(&args)?,
        };
        if !pending {
            self.ended(&args);
        }
        Ok(())
    }

    /// Goes on from an operation that has ended to the next that is pending.
    fn ended(&self, args: &SocketAsyncEventArgs) {
        loop {
            let well =
                args.socket_error() == SocketErrorCode::Success && args.bytes_transferred() > 0;
            let pending = match args.last_operation() {
                SocketAsyncOperation::Receive if !self.goes_on(well) => return,
                SocketAsyncOperation::Receive => self.socket.send_args(args),
                _ => self.socket.receive_args(args),
            };
            if !matches!(pending, Ok(false)) {
                return;
            }
        }
    }

    fn receive(self: &Arc<Self>, buffer: Vec<u8>) {
        let end = Arc::clone(self);
        let callback = move |result: &AsyncResult<BufferResult<usize>>| {
            let (received, buffer) = end.socket.end_receive(result);
            if end.goes_on(matches!(received, Ok(1..))) {
                end.send(buffer);
            }
        };
        let callback = Some(Box::new(callback) as _);
        self.socket
            .begin_receive(buffer, SocketFlags::NONE, callback, None);
    }

    fn send(self: &Arc<Self>, buffer: Vec<u8>) {
        let end = Arc::clone(self);
        let callback = move |result: &AsyncResult<BufferResult<usize>>| {
            let (_, buffer) = end.socket.end_send(result);
            end.receive(buffer);
        };
        let callback = Some(Box::new(callback) as _);
        self.socket
            .begin_send(buffer, SocketFlags::NONE, callback, None);
    }
}
