//! Synchronous Server Socket Example: takes one connection after the other, shows what is sent up
//! to `<EOF>` and sends it back.
//!
//! `cargo run --example sync_server -- [HOST [PORT]]`; ends with Ctrl-C
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program prints what it gets"
)]

mod end_point;

use std::error::Error;
use std::process::ExitCode;

use system_net::{ProtocolType, Socket, SocketError, SocketShutdown, SocketType};

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
    // Establish the local endpoint for the socket. Dns::get_host_name returns the name of the host
    // running the application.
    let local_end_point = end_point::from_arguments()?;

    // Create a TCP/IP socket.
    let listener = Socket::new(
        local_end_point.address_family(),
        SocketType::Stream,
        ProtocolType::TCP,
    )?;

    // Bind the socket to the local endpoint and listen for incoming connections.
    listener.bind(local_end_point)?;
    listener.listen(10)?;
    println!("Listening at {}", end_point::local(&listener)?);

    // Start listening for connections.
    loop {
        println!("Waiting for a connection...");
        // Program is suspended while waiting for an incoming connection.
        let handler = listener.accept()?;
        // The guide's program ends with the first connection that fails.
        if let Err(error) = serve(&handler) {
            println!("SocketError: {error}");
        }
    }
}

fn serve(handler: &Socket) -> Result<(), SocketError> {
    // Data buffer for incoming data, and the data so far.
    let mut bytes = [0; 1024];
    let mut data = Vec::new();

    // An incoming connection needs to be processed.
    loop {
        let bytes_rec = handler.receive(&mut bytes)?;
        data.extend_from_slice(&bytes[..bytes_rec]);
        // The guide's program goes round for ever when the client is gone before its `<EOF>`.
        if bytes_rec == 0 || data.windows(5).any(|five| five == b"<EOF>") {
            break;
        }
    }

    // Show the data on the console.
    println!("Text received : {}", String::from_utf8_lossy(&data));

    // Echo the data back to the client.
    handler.send(&data)?;
    handler.shutdown(SocketShutdown::Both)?;
    handler.close();
    Ok(())
}
