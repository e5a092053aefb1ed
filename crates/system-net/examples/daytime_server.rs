//! Using TCP Services: the time server. Every client is told the date and time.
//!
//! `cargo run --example daytime_server -- [PORT [CLIENTS]]`; port 0, the default, is any free one.
#![allow(clippy::print_stdout, reason = "the program says what it does")]
#![allow(
    clippy::disallowed_methods,
    reason = "the time of day is what the program serves"
)]

use std::error::Error;
use std::time::SystemTime;

use system_net::{NetworkStream, SocketError, TcpClient, TcpListener};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port_num: u16 = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let mut clients: usize = arguments.next().map_or(Ok(usize::MAX), |n| n.parse())?;

    // The guide's `new TcpListener(portNum)`, for IPv6 as well.
    let listener = TcpListener::create(port_num)?;
    listener.start()?;
    println!("Listening on port {}", listener.local_endpoint()?.port());

    while clients > 0 {
        println!("Waiting for connection...");
        let client = listener.accept_tcp_client()?;
        println!("Connection accepted.");
        if let Err(error) = tell_time(&client) {
            println!("{error}");
        }
        clients -= 1;
    }

    listener.stop();
    Ok(())
}

fn tell_time(client: &TcpClient) -> Result<(), SocketError> {
    let ns: NetworkStream = client.get_stream()?;
    let byte_time = httpdate::fmt_http_date(SystemTime::now()).into_bytes();
    ns.write(&byte_time)?;
    ns.close();
    client.close();
    Ok(())
}
