//! Using TCP Services: the time client. Connects to a time server and prints what it says.
//!
//! `cargo run --example daytime_client -- [HOST [PORT]]`; without a host, to a server of its own.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

use std::error::Error;

use system_net::{IpAddress, NetworkStream, SocketError, TcpClient, TcpListener};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(host_name) = arguments.next() else {
        return alone();
    };
    let port_num: u16 = arguments.next().map_or(Ok(13), |port| port.parse())?;
    ask(&host_name, port_num)
}

fn ask(host_name: &str, port_num: u16) -> Result<(), Box<dyn Error>> {
    let client = TcpClient::connect_to(host_name, port_num)?;

    let ns: NetworkStream = client.get_stream()?;

    let mut bytes = [0; 1024];
    let bytes_read = ns.read(&mut bytes)?;

    println!("{}", String::from_utf8_lossy(&bytes[..bytes_read]));

    client.close();
    Ok(())
}

/// With a server that knows one time.
fn alone() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::new(IpAddress::LOOPBACK, 0)?;
    listener.start()?;
    let port = listener.local_endpoint()?.port();
    std::thread::scope(|scope| {
        let server = scope.spawn(|| -> Result<(), SocketError> {
            let client = listener.accept_tcp_client()?;
            client
                .get_stream()?
                .write(b"Mon, 23 Nov 2026 07:00:00 GMT")?;
            client.close();
            Ok(())
        });
        let asked = ask("localhost", port);
        // Ends a server that nobody reached.
        listener.stop();
        let served = server.join().map_err(|_| "the server panicked")?;
        asked?;
        Ok(served?)
    })
}
