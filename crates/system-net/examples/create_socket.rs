//! How to: Create a Socket.
//!
//! `cargo run --example create_socket`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

use system_net::{AddressFamily, ProtocolType, Socket, SocketError, SocketType};

fn main() -> Result<(), SocketError> {
    // A Socket that can be used to communicate on a TCP/IP-based network, such as the Internet.
    let s = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )?;
    show(&s);

    // To use UDP instead of TCP, change the protocol type, and the socket type with it.
    let s = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Dgram,
        ProtocolType::UDP,
    )?;
    show(&s);

    // The protocol alone does not do, though the guide's words could be read so.
    let mismatch = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::UDP,
    );
    match mismatch {
        Ok(s) => show(&s),
        Err(error) => println!("Stream with Udp: {} ({error})", error.code().name()),
    }
    Ok(())
}

fn show(s: &Socket) {
    println!(
        "{} {:?} {:?}",
        s.address_family(),
        s.socket_type(),
        s.protocol_type()
    );
}
