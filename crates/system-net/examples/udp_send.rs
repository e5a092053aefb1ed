//! Using UDP Services: sends a message to the broadcast address of a network.
//!
//! `cargo run --example udp_send -- MESSAGE [ADDRESS [PORT]]`; the guide's are 192.168.1.255 and
//! 11000.
#![allow(clippy::print_stdout, reason = "the program says what it does")]

use std::error::Error;

use system_net::{
    AddressFamily, IpAddress, IpEndPoint, ProtocolType, Socket, SocketFlags, SocketType,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let message = arguments.next().ok_or("which message?")?;
    let address = arguments.next();
    let broadcast: IpAddress = address.as_deref().unwrap_or("192.168.1.255").parse()?;
    let port = arguments.next().map_or(Ok(11000), |port| port.parse())?;

    let s = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Dgram,
        ProtocolType::UDP,
    )?;
    // The guide leaves this out. The system refuses broadcasts without it, as a socket sends
    // nothing to a whole network by mistake.
    s.set_enable_broadcast(true)?;

    let sendbuf = message.as_bytes();
    let ep = IpEndPoint::new(broadcast, port);

    s.send_to(sendbuf, SocketFlags::NONE, ep)?;

    println!("Message sent to the broadcast address");
    Ok(())
}
