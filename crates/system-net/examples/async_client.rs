//! Asynchronous Client Socket Example: connects, sends and receives with Begin and End, and waits
//! for each with a ManualResetEvent.
//!
//! `cargo run --example async_client -- [HOST [PORT]]`, with `sync_server` or `async_server` there
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

/// State object for receiving data from remote device.
struct StateObject {
    /// Client socket.
    work_socket: Arc<Socket>,
    /// Received data. The buffer travels with the call, which gives it back.
    sb: Mutex<Vec<u8>>,
}

impl StateObject {
    /// Size of receive buffer.
    const BUFFER_SIZE: usize = 256;
}

// ManualResetEvent instances signal completion.
static CONNECT_DONE: ManualResetEvent = ManualResetEvent::new(false);
static SEND_DONE: ManualResetEvent = ManualResetEvent::new(false);
static RECEIVE_DONE: ManualResetEvent = ManualResetEvent::new(false);

/// The response from the remote device.
static RESPONSE: Mutex<String> = Mutex::new(String::new());

/// The error of a callback. The guide's callbacks print it and leave the program waiting for ever.
static FAILURE: Mutex<Option<SocketError>> = Mutex::new(None);

fn main() -> ExitCode {
    match start_client() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start_client() -> Result<(), Box<dyn Error>> {
    // Connect to a remote device: establish the remote endpoint for the socket.
    let remote_ep = end_point::from_arguments()?;

    // Create a TCP/IP socket.
    let client = Arc::new(Socket::new(
        remote_ep.address_family(),
        SocketType::Stream,
        ProtocolType::TCP,
    )?);

    // Connect to the remote endpoint.
    client.begin_connect(
        remote_ep,
        Some(Box::new(connect_callback)),
        Some(client.clone()),
    );
    CONNECT_DONE.wait_one();
    failed()?;

    // Send test data to the remote device.
    send(&client, "This is a test<EOF>");
    SEND_DONE.wait_one();
    failed()?;

    // Receive the response from the remote device.
    receive(&client);
    RECEIVE_DONE.wait_one();
    failed()?;

    // Write the response to the console.
    println!("Response received : {}", lock(&RESPONSE));

    // Release the socket.
    client.shutdown(SocketShutdown::Both)?;
    client.close();
    Ok(())
}

fn connect_callback(ar: &AsyncResult<Result<(), SocketError>>) {
    let connected = || {
        // Retrieve the socket from the state object.
        let client: &Socket = state(ar);

        // Complete the connection.
        client.end_connect(ar)?;

        println!("Socket connected to {}", end_point::remote(client)?);
        Ok(())
    };
    fail_unless(connected());

    // Signal that the connection has been made.
    CONNECT_DONE.set();
}

fn receive(client: &Arc<Socket>) {
    // Create the state object.
    let state: AsyncState = Arc::new(StateObject {
        work_socket: Arc::clone(client),
        sb: Mutex::default(),
    });

    // Begin receiving the data from the remote device.
    client.begin_receive(
        vec![0; StateObject::BUFFER_SIZE],
        SocketFlags::NONE,
        Some(Box::new(receive_callback)),
        Some(state),
    );
}

fn receive_callback(ar: &AsyncResult<BufferResult<usize>>) {
    // Retrieve the state object and the client socket from the asynchronous state object.
    let state: &StateObject = state(ar);
    let client = &state.work_socket;

    // Read data from the remote device.
    let (bytes_read, buffer) = client.end_receive(ar);
    match bytes_read {
        Ok(0) => {
            // All the data has arrived; put it in response.
            *lock(&RESPONSE) = String::from_utf8_lossy(&lock(&state.sb)).into_owned();
            // Signal that all bytes have been received.
            RECEIVE_DONE.set();
        }
        Ok(bytes_read) => {
            // There might be more data, so store the data received so far.
            lock(&state.sb).extend_from_slice(&buffer[..bytes_read]);
            // Get the rest of the data.
            client.begin_receive(
                buffer,
                SocketFlags::NONE,
                Some(Box::new(receive_callback)),
                ar.async_state().cloned(),
            );
        }
        Err(error) => {
            fail_unless(Err(error));
            RECEIVE_DONE.set();
        }
    }
}

fn send(client: &Arc<Socket>, data: &str) {
    // Convert the string data to byte data, and begin sending it to the remote device.
    client.begin_send(
        data.as_bytes().to_vec(),
        SocketFlags::NONE,
        Some(Box::new(send_callback)),
        Some(client.clone()),
    );
}

fn send_callback(ar: &AsyncResult<BufferResult<usize>>) {
    // Retrieve the socket from the state object.
    let client: &Socket = state(ar);

    // Complete sending the data to the remote device.
    let (bytes_sent, _buffer) = client.end_send(ar);
    fail_unless(bytes_sent.map(|bytes_sent| println!("Sent {bytes_sent} bytes to server.")));

    // Signal that all bytes have been sent.
    SEND_DONE.set();
}

/// The object that was given with the call.
fn state<T: 'static, R>(ar: &AsyncResult<R>) -> &T {
    ar.async_state()
        .and_then(|state| state.downcast_ref())
        .expect("the call was begun with it")
}

fn fail_unless(result: Result<(), SocketError>) {
    if let Err(error) = result {
        *lock(&FAILURE) = Some(error);
    }
}

fn failed() -> Result<(), SocketError> {
    match lock(&FAILURE).take() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
