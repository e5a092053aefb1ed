//! Where the socket examples connect and listen: what the guide's listings have in their code, or
//! the host and the port given as arguments.
#![allow(
    dead_code,
    reason = "every example is a program of its own and uses a part of this"
)]

use std::error::Error;

use system_net::{Dns, IpAddress, IpEndPoint, Socket, SocketError};

/// The port of the guide's listings.
const PORT: u16 = 11000;

/// `[HOST [PORT]]` of the arguments; else the first address of this computer and port 11000.
pub(crate) fn from_arguments() -> Result<IpEndPoint, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let host = match arguments.next() {
        Some(host) => host,
        None => Dns::get_host_name()?,
    };
    let port = match arguments.next() {
        Some(port) => port.parse()?,
        None => PORT,
    };
    Ok(IpEndPoint::new(first_address(&host)?, port))
}

/// An address as it is; a name's first address.
fn first_address(host: &str) -> Result<IpAddress, SocketError> {
    if let Ok(address) = host.parse() {
        return Ok(address);
    }
    let ip_host_info = Dns::get_host_entry(host)?;
    Ok(ip_host_info.address_list()[0])
}

/// An end point of a socket as text.
pub(crate) fn remote(socket: &Socket) -> Result<String, SocketError> {
    let end_point = socket.remote_end_point()?;
    Ok(end_point.map(|e| e.to_string()).unwrap_or_default())
}

/// As [`remote`], of its own side: with port 0 the system has chosen one.
pub(crate) fn local(socket: &Socket) -> Result<String, SocketError> {
    let end_point = socket.local_end_point()?;
    Ok(end_point.map(|e| e.to_string()).unwrap_or_default())
}
