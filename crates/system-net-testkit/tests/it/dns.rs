//! The name server, asked with bytes that are written out here.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use system_net_testkit::{DnsPeer, DnsQuery, DnsType, DnsZone, ResponseCode};

/// A question for `a.test`, of this type.
fn question(kind: u8) -> Vec<u8> {
    let head = [0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    [&head[..], b"\x01a\x04test\0", &[0, kind, 0, 1]].concat()
}

fn ask(peer: &DnsPeer, message: &[u8]) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    socket.send_to(message, peer.address()).unwrap();
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).ok()?;
    Some(buffer[..length].to_vec())
}

fn ask_by_tcp(peer: &DnsPeer, message: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(peer.address()).unwrap();
    stream.write_all(&[0, message.len() as u8]).unwrap();
    stream.write_all(message).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    answer
}

#[test]
fn dns_answers_are_dns_messages() {
    let peer = DnsPeer::serve(DnsZone::new().host("A.test.", &["10.0.0.1", "fd00::1"]));
    let name = b"\x01a\x04test\0";
    let v4 = [
        &[0xab, 0xcd, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0][..],
        name,
        &[0, 1, 0, 1],
        name,
        &[0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1],
    ];
    assert_eq!(ask(&peer, &question(1)).unwrap(), v4.concat());
    assert_eq!(ask_by_tcp(&peer, &question(1)), v4.concat());
    let v6 = ask(&peer, &question(28)).unwrap();
    assert!(v6.ends_with(&[0, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
    let query = |kind, tcp| DnsQuery {
        name: "a.test".to_owned(),
        kind,
        tcp,
    };
    assert_eq!(
        peer.take_queries(),
        [
            query(DnsType::A, false),
            query(DnsType::A, true),
            query(DnsType::Aaaa, false)
        ]
    );
    assert!(peer.queries().is_empty());
    // What is no question is not answered.
    assert_eq!(ask(&peer, &question(1)[..15]), None);
}

/// The flags, the code and the number of answers.
#[track_caller]
fn check(zone: DnsZone, kind: u8, expected: Option<(u8, u8, u8)>) {
    let peer = DnsPeer::serve(zone);
    let answer = ask(&peer, &question(kind));
    let found = answer.map(|bytes| (bytes[2] & 2, bytes[3] & 15, bytes[7]));
    assert_eq!(found, expected);
}

#[test]
fn dns_zones_behave_as_told() {
    let zone = DnsZone::new;
    check(zone(), 1, Some((0, 3, 0)));
    check(zone().empty("a.test"), 1, Some((0, 0, 0)));
    check(zone().host("a.test", &["10.0.0.1"]), 28, Some((0, 0, 0)));
    let aliases = zone().alias("a.test", "b.test").alias("b.test", "c.test");
    check(aliases.clone(), 1, Some((0, 3, 2)));
    check(aliases.clone(), 5, Some((0, 0, 1)));
    check(
        aliases.host("c.test", &["10.0.0.1", "10.0.0.2"]),
        1,
        Some((0, 0, 4)),
    );
    check(zone().alias("a.test", "a.test"), 1, Some((0, 0, 8)));
    let host = zone().host("a.test", &["10.0.0.1"]);
    check(
        host.clone().failing("a.test", ResponseCode::ServFail),
        1,
        Some((0, 2, 0)),
    );
    check(host.clone().truncated("a.test"), 1, Some((2, 0, 0)));
    check(host.clone().silent("a.test"), 1, None);
    check(
        host.clone().delayed("a.test", Duration::from_millis(50)),
        1,
        Some((0, 0, 1)),
    );
    check(host.delayed("a.test", Duration::from_secs(60)), 1, None);
    // 512 bytes are the most by UDP.
    let text = "x".repeat(600);
    check(zone().text("a.test", &text), 16, Some((2, 0, 0)));
    let peer = DnsPeer::serve(zone().text("a.test", &text));
    assert_eq!(ask_by_tcp(&peer, &question(16))[7], 1);
    // Unless the resolver takes more.
    let mut extended = question(16);
    extended[11] = 1;
    extended.extend([0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(ask(&peer, &extended).unwrap()[7], 1);
}
