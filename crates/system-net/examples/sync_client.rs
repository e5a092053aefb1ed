//! Synchronous Client Socket Example: sends a message and shows the echo.
//!
//! `cargo run --example sync_client -- [HOST [PORT]]`, with `sync_server` or `async_server` there
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program prints what it gets"
)]

mod end_point;

use std::error::Error;
use std::process::ExitCode;

use system_net::{IpEndPoint, ProtocolType, Socket, SocketError, SocketShutdown, SocketType};

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
    // Establish the remote endpoint for the socket. The guide's uses port 11000 on the local
    // computer.
    let remote_ep = end_point::from_arguments()?;
    // Connect to a remote device.
    talk(remote_ep).map_err(|error| format!("SocketError: {error}").into())
}

fn talk(remote_ep: IpEndPoint) -> Result<(), SocketError> {
    // Data buffer for incoming data.
    let mut bytes = [0; 1024];

    // Create a TCP/IP socket.
    let sender = Socket::new(
        remote_ep.address_family(),
        SocketType::Stream,
        ProtocolType::TCP,
    )?;

    // Connect the socket to the remote endpoint.
    sender.connect(remote_ep)?;
    println!("Socket connected to {}", end_point::remote(&sender)?);

    // Encode the data string into a byte array, and send the data through the socket.
    let msg = b"This is a test<EOF>";
    sender.send(msg)?;

    // Receive the response from the remote device. The guide receives once; a stream may hand out
    // the echo in pieces.
    let mut echoed = Vec::new();
    while echoed.len() < msg.len() {
        let bytes_rec = sender.receive(&mut bytes)?;
        if bytes_rec == 0 {
            break;
        }
        echoed.extend_from_slice(&bytes[..bytes_rec]);
    }
    println!("Echoed test = {}", String::from_utf8_lossy(&echoed));

    // Release the socket.
    sender.shutdown(SocketShutdown::Both)?;
    sender.close();
    Ok(())
}
