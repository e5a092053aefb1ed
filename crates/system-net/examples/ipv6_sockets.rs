//! IPv6 Sockets: a server that takes connections of both protocols on one socket, and clients that
//! do not care which they use.
//!
//! `cargo run --example ipv6_sockets` runs a server and two clients;
//! `cargo run --example ipv6_sockets -- server [PORT]` the server,
//! `cargo run --example ipv6_sockets -- client HOST PORT` a client.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "the program prints what it gets, and has a server and its clients at once"
)]

mod end_point;

use std::error::Error;

use system_net::{
    Dns, EndPoint, IpAddress, IpEndPoint, ProtocolType, Socket, SocketError, SocketShutdown,
    SocketType,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["server"] => serve(&listen(0)?, usize::MAX)?,
        ["server", port] => serve(&listen(port.parse()?)?, usize::MAX)?,
        ["client", host, port] => converse(host, port.parse()?)?,
        _ => both()?,
    }
    Ok(())
}

/// A server and, one after the other, a client of each protocol.
fn both() -> Result<(), Box<dyn Error>> {
    println!(
        "IPv4: {}, IPv6: {}",
        Socket::os_supports_ipv4(),
        Socket::os_supports_ipv6()
    );
    let listener = listen(0)?;
    let port = listener.local_end_point()?.map_or(0, |e| e.port());
    let server = std::thread::spawn(move || serve(&listener, 2));
    for host in ["127.0.0.1", "::1"] {
        converse(host, port)?;
    }
    server.join().map_err(|_| "the server panicked")??;
    Ok(())
}

/// A dual-mode socket listens on IPv6Any: for both protocols, on every address.
fn listen(port: u16) -> Result<Socket, SocketError> {
    let listener = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP)?;
    listener.bind(IpEndPoint::new(IpAddress::IPV6_ANY, port))?;
    listener.listen(10)?;
    println!("Listening at {}", end_point::local(&listener)?);
    Ok(listener)
}

/// Sends back what a client sends, and says by which protocol it came.
fn serve(listener: &Socket, clients: usize) -> Result<(), SocketError> {
    for _ in 0..clients {
        let client = listener.accept()?;
        if let Some(EndPoint::Ip(peer)) = client.remote_end_point()? {
            // An IPv4 client shows by an address mapped to IPv6.
            let address = peer.address();
            if address.is_ipv4_mapped_to_ipv6() {
                println!("A client of IPv4: {}", address.map_to_ipv4());
            } else {
                println!("A client of IPv6: {address}");
            }
        }
        let mut buffer = [0; 1024];
        loop {
            match client.receive(&mut buffer)? {
                0 => break,
                received => client.send(&buffer[..received])?,
            };
        }
    }
    Ok(())
}

/// Tries the addresses of the host until one answers.
fn converse(host: &str, port: u16) -> Result<(), SocketError> {
    let mut connected = Err(SocketError::new(system_net::SocketErrorCode::HostNotFound));
    for address in Dns::get_host_addresses(host)? {
        let server = Socket::new(
            address.address_family(),
            SocketType::Stream,
            ProtocolType::TCP,
        )?;
        connected = server
            .connect(IpEndPoint::new(address, port))
            .map(|()| server);
        if connected.is_ok() {
            break;
        }
    }
    let server = connected?;
    println!("Connected to {}", end_point::remote(&server)?);
    server.send(b"Hello")?;
    server.shutdown(SocketShutdown::Send)?;
    let (mut echo, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        match server.receive(&mut buffer)? {
            0 => break,
            received => echo.extend_from_slice(&buffer[..received]),
        }
    }
    println!("Echo: {}", String::from_utf8_lossy(&echo));
    Ok(())
}
