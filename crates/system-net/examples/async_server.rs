//! Asynchronous Server Socket Example: takes connections with Begin and End, any number at once,
//! shows what is sent up to `<EOF>` and sends it back.
//!
//! `cargo run --example async_server -- [HOST [PORT]]`; ends with Ctrl-C
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program prints what it gets"
)]

mod end_point;

use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net::{
    AsyncResult, AsyncState, BufferResult, ManualResetEvent, ProtocolType, Socket, SocketError,
    SocketFlags, SocketShutdown, SocketType,
};

/// State object for reading client data asynchronously.
struct StateObject {
    /// Client socket.
    work_socket: Arc<Socket>,
    /// Received data. The buffer travels with the call, which gives it back.
    sb: Mutex<Vec<u8>>,
}

impl StateObject {
    /// Size of receive buffer.
    const BUFFER_SIZE: usize = 1024;
}

/// Thread signal.
static ALL_DONE: ManualResetEvent = ManualResetEvent::new(false);

fn main() -> ExitCode {
    match start_listening() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start_listening() -> Result<(), Box<dyn Error>> {
    // Establish the local endpoint for the socket.
    let local_end_point = end_point::from_arguments()?;

    // Create a TCP/IP socket.
    let listener = Arc::new(Socket::new(
        local_end_point.address_family(),
        SocketType::Stream,
        ProtocolType::TCP,
    )?);

    // Bind the socket to the local endpoint and listen for incoming connections.
    listener.bind(local_end_point)?;
    listener.listen(100)?;
    println!("Listening at {}", end_point::local(&listener)?);

    loop {
        // Set the event to nonsignaled state.
        ALL_DONE.reset();

        // Start an asynchronous socket to listen for connections.
        println!("Waiting for a connection...");
        listener.begin_accept(Some(Box::new(accept_callback)), Some(listener.clone()));

        // Wait until a connection is made before continuing.
        ALL_DONE.wait_one();
    }
}

fn accept_callback(ar: &AsyncResult<Result<Socket, SocketError>>) {
    // Get the socket that handles the client request.
    let listener: &Socket = state(ar);
    let handler = listener.end_accept(ar);

    // Signal the main thread to continue.
    ALL_DONE.set();

    let handler = match handler {
        Ok(handler) => Arc::new(handler),
        Err(error) => return println!("SocketError: {error}"),
    };

    // Create the state object.
    let state: AsyncState = Arc::new(StateObject {
        work_socket: Arc::clone(&handler),
        sb: Mutex::default(),
    });
    handler.begin_receive(
        vec![0; StateObject::BUFFER_SIZE],
        SocketFlags::NONE,
        Some(Box::new(read_callback)),
        Some(state),
    );
}

fn read_callback(ar: &AsyncResult<BufferResult<usize>>) {
    // Retrieve the state object and the handler socket from the asynchronous state object.
    let state: &StateObject = state(ar);
    let handler = &state.work_socket;

    // Read data from the client socket.
    let (bytes_read, buffer) = handler.end_receive(ar);
    let bytes_read = match bytes_read {
        // The client is gone before its `<EOF>`: the socket goes with its state.
        Ok(0) => return,
        Ok(bytes_read) => bytes_read,
        Err(error) => return println!("SocketError: {error}"),
    };

    // There might be more data, so store the data received so far.
    let mut sb = lock(&state.sb);
    sb.extend_from_slice(&buffer[..bytes_read]);

    // Check for end-of-file tag. If it is not there, read more data.
    if sb.windows(5).any(|five| five == b"<EOF>") {
        // All the data has been read from the client. Display it on the console.
        let content = std::mem::take(&mut *sb);
        println!(
            "Read {} bytes from socket. \n Data : {}",
            content.len(),
            String::from_utf8_lossy(&content)
        );
        // Echo the data back to the client.
        send(handler, content);
    } else {
        // Not all data received. Get more. The callback may run within the call.
        drop(sb);
        handler.begin_receive(
            buffer,
            SocketFlags::NONE,
            Some(Box::new(read_callback)),
            ar.async_state().cloned(),
        );
    }
}

fn send(handler: &Arc<Socket>, data: Vec<u8>) {
    // Begin sending the data to the remote device.
    handler.begin_send(
        data,
        SocketFlags::NONE,
        Some(Box::new(send_callback)),
        Some(handler.clone()),
    );
}

fn send_callback(ar: &AsyncResult<BufferResult<usize>>) {
    let sent = || {
        // Retrieve the socket from the state object.
        let handler: &Socket = state(ar);

        // Complete sending the data to the remote device.
        let (bytes_sent, _buffer) = handler.end_send(ar);
        println!("Sent {} bytes to client.", bytes_sent?);

        handler.shutdown(SocketShutdown::Both)?;
        handler.close();
        Ok::<(), SocketError>(())
    };
    if let Err(error) = sent() {
        println!("SocketError: {error}");
    }
}

/// The object that was given with the call.
fn state<T: 'static, R>(ar: &AsyncResult<R>) -> &T {
    ar.async_state()
        .and_then(|state| state.downcast_ref())
        .expect("the call was begun with it")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
