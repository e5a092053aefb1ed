//! Ports at which no conversation happens.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

use system_net_testkit::{Blackhole, refused_port};

#[test]
fn refused_port_refuses() {
    let error = TcpStream::connect(refused_port()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn blackhole_swallows() {
    let hole = Blackhole::new();
    let limit = Duration::from_millis(200);
    let error = TcpStream::connect_timeout(&hole.address(), limit).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}
