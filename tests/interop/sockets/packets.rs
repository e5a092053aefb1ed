//! Frames between a packet socket of ours and one of Python's, over a cable.

use system_net_primitives::{AddressFamily, EndPoint, LinkLayerEndPoint};
use system_net_sockets::{ProtocolType, Socket, SocketFlags, SocketType};

use crate::pair;
use crate::peers::{Peer, pattern};

/// A number for experiments (IEEE 802).
const PROTOCOL: u16 = 0x88b5;

/// Answers each frame with its bytes reversed, until one says `end`; says who it is first.
const PYTHON: &str = "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
s.bind(('veth0', 0x88b5))
print(s.getsockname()[4].hex(), flush=True)
while True:
    data, sender = s.recvfrom(65536)
    if data[:3] == b'end':
        print(sender[4].hex(), sender[3], flush=True)
        break
    s.sendto(data[::-1], ('veth0', 0x88b5, 0, 0, sender[4]))
";

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn packet_sockets_with_python() {
    let Some((one, two)) = pair("packet_sockets_with_python") else {
        return;
    };
    let mut command = two.command("python3");
    command.args(["-u", "-c", PYTHON]);
    let mut python = Peer::run(command);
    let theirs = python.line();
    let address: Vec<u8> = (0..theirs.len() / 2)
        .map(|at| u8::from_str_radix(&theirs[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    assert_eq!(address.len(), 6, "{theirs}");

    let none = ProtocolType::UNSPECIFIED;
    let socket = one.run(|| Socket::new(AddressFamily::Packet, SocketType::Dgram, none).unwrap());
    let own = LinkLayerEndPoint::new(one.index("veth0"), PROTOCOL);
    socket.bind(own).unwrap();
    socket.set_receive_timeout(30_000).unwrap();
    let Some(EndPoint::LinkLayer(bound)) = socket.local_end_point().unwrap() else {
        panic!("no address");
    };
    let to = own.with_address(&address).unwrap();
    for size in [1, 46, 1500] {
        let frame = pattern(size);
        socket.send_to(&frame, SocketFlags::NONE, to).unwrap();
        let mut buffer = vec![0; 2000];
        let got = socket.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
        let reversed: Vec<u8> = frame.iter().rev().copied().collect();
        assert_eq!(&buffer[..got.received_bytes], reversed);
        let EndPoint::LinkLayer(from) = got.remote_end_point else {
            panic!("{} sent it", got.remote_end_point);
        };
        assert_eq!((from.address(), from.protocol()), (&address[..], PROTOCOL));
    }
    socket.send_to(b"end", SocketFlags::NONE, to).unwrap();
    let (code, printed) = python.end();
    // Who sent it, and that its hardware is Ethernet.
    let expected = format!("{} 1\n", hexadecimal(bound.address()));
    assert_eq!(
        (code, String::from_utf8(printed).unwrap()),
        (Some(0), expected)
    );
}
