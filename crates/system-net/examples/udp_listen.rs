//! Using UDP Services: listens for datagrams sent to the broadcast address, and prints them.
//!
//! `cargo run --example udp_listen -- [PORT [DATAGRAMS]]`; the guide's port is 11000.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

use std::error::Error;

use system_net::{SocketError, UdpClient};

const LISTEN_PORT: u16 = 11000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments
        .next()
        .map_or(Ok(LISTEN_PORT), |port| port.parse())?;
    let datagrams: usize = arguments.next().map_or(Ok(usize::MAX), |n| n.parse())?;
    start_listener(port, datagrams)?;
    Ok(())
}

fn start_listener(port: u16, datagrams: usize) -> Result<(), SocketError> {
    let listener = UdpClient::with_port(port)?;
    println!("Listening on port {}", listener.local_end_point()?.port());

    for _ in 0..datagrams {
        println!("Waiting for broadcast");
        let received = listener.receive()?;

        println!(
            "Received broadcast from {} :\n {}\n",
            received.remote_end_point(),
            String::from_utf8_lossy(received.buffer())
        );
    }

    listener.close();
    Ok(())
}
