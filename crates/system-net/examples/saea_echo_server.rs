//! Echo server with `SocketAsyncEventArgs`: the guide's socket performance enhancements in use.
//! What a client sends comes back, until it ends its side.
//!
//! All contexts and one large block for their buffers are made in advance; 15 accepts are
//! outstanding at all times. A connection takes a context from the pool and gives it back at its
//! end. While clients send and receive, nothing is allocated.
//!
//! `cargo run --example saea_echo_server -- [HOST [PORT]]`; ends with Ctrl-C
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program prints what it does"
)]

mod end_point;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net::{
    BufferBlock, ProtocolType, Socket, SocketAsyncEventArgs, SocketAsyncEventArgsPool,
    SocketAsyncOperation, SocketErrorCode, SocketType,
};

/// Accepts that are outstanding at all times.
const ACCEPTS: usize = 15;
/// Clients that are served at once; further ones are turned away.
const MOST_CLIENTS: usize = 100;
/// The size of a client's part of the block.
const BUFFER_SIZE: usize = 4096;

/// What all operations share.
struct Server {
    listener: Socket,
    contexts: SocketAsyncEventArgsPool,
}

/// What travels with a client's context.
struct Connection {
    socket: Socket,
    server: Arc<Server>,
    echoed: AtomicUsize,
}

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let local_end_point = end_point::from_arguments()?;
    let listener = Socket::new(
        local_end_point.address_family(),
        SocketType::Stream,
        ProtocolType::TCP,
    )?;
    listener.bind(local_end_point)?;
    listener.listen(100)?;
    let address = listener.local_end_point()?.ok_or("no address")?;

    // One block of memory, a segment for each context. All contexts share one handler.
    let block = BufferBlock::new(MOST_CLIENTS, BUFFER_SIZE);
    let handler: Arc<dyn Fn(&SocketAsyncEventArgs) + Send + Sync> = Arc::new(go_on);
    let made: Vec<SocketAsyncEventArgs> = (0..MOST_CLIENTS)
        .map(|_| {
            let args = SocketAsyncEventArgs::new();
            args.set_buffer_segment(block.rent().ok_or("no segment left")?)?;
            args.set_handler(Some(Arc::clone(&handler)));
            Ok(args)
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    let mut made = made.into_iter();
    let contexts = SocketAsyncEventArgsPool::new(MOST_CLIENTS, |_| made.next().unwrap_or_default());

    let server = Arc::new(Server { listener, contexts });
    println!("Listening at {address}");
    for _ in 0..ACCEPTS {
        let args = SocketAsyncEventArgs::new();
        let own = Arc::clone(&server);
        args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
            accepted(&own, args);
        })));
        // True: pending, the handler comes. False: a client was there, and no handler is called.
        if !server.listener.accept_args(&args)? {
            accepted(&server, &args);
        }
        // The pending operation keeps the context.
    }
    loop {
        std::thread::park();
    }
}

/// An accept has ended: serves the client, and accepts the next with the same context.
fn accepted(server: &Arc<Server>, args: &SocketAsyncEventArgs) {
    loop {
        if let Some(socket) = args.take_accept_socket() {
            greet(server, socket);
        } else if args.socket_error() == SocketErrorCode::OperationAborted {
            return;
        }
        match server.listener.accept_args(args) {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => return eprintln!("{error}"),
        }
    }
}

/// A client has come: takes a context for it and waits for its data.
fn greet(server: &Arc<Server>, socket: Socket) {
    // Without a context the socket is dropped, which closes it.
    let Some(args) = server.contexts.pop() else {
        return println!("Turned away");
    };
    let connection = Arc::new(Connection {
        socket,
        server: Arc::clone(server),
        echoed: AtomicUsize::new(0),
    });
    args.set_user_token(Some(Arc::clone(&connection) as _));
    let started = args
        .set_buffer_range(0, BUFFER_SIZE)
        .map_err(Into::into)
        .and_then(|()| connection.socket.receive_args(&args));
    match started {
        Ok(true) => {}
        Ok(false) => go_on(&args),
        Err(_) => close(&connection, &args),
    }
}

/// A receive or a send has ended: sends back what has come, or receives more.
fn go_on(args: &SocketAsyncEventArgs) {
    let token = args.user_token();
    let Some(connection) = token.and_then(|token| token.downcast::<Connection>().ok()) else {
        return;
    };
    loop {
        let count = args.bytes_transferred();
        let started = match args.last_operation() {
            _ if args.socket_error() != SocketErrorCode::Success => break,
            SocketAsyncOperation::Receive if count == 0 => break,
            SocketAsyncOperation::Receive => args
                .set_buffer_range(0, count)
                .map_err(Into::into)
                .and_then(|()| connection.socket.send_args(args)),
            _ => {
                connection.echoed.fetch_add(count, Ordering::Relaxed);
                args.set_buffer_range(0, BUFFER_SIZE)
                    .map_err(Into::into)
                    .and_then(|()| connection.socket.receive_args(args))
            }
        };
        match started {
            Ok(true) => return,
            Ok(false) => {}
            Err(_) => break,
        }
    }
    close(&connection, args);
}

/// The client has gone: its context is free for another.
fn close(connection: &Connection, args: &SocketAsyncEventArgs) {
    connection.socket.close();
    args.set_user_token(None);
    println!("Echoed {} bytes", connection.echoed.load(Ordering::Relaxed));
    if let Err(error) = connection.server.contexts.push(args.clone()) {
        eprintln!("{error}");
    }
}
