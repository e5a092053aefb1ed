//! Packet sockets bound to an interface: frames with their link-layer addresses, between two
//! namespaces with two cables. Needs root; skipped without.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use system_net_primitives::{
    AddressFamily, EndPoint, LinkLayerEndPoint, LinkLayerPacketType, SocketAddress,
};
use system_net_runtime::block_on;
use system_net_sockets::{
    ProtocolType, Socket, SocketAsyncEventArgs, SocketErrorCode, SocketFlags, SocketType,
};
use system_net_testkit::Namespace;

use super::{HANG, check_code, loopback, own, udp};

/// A number for experiments (IEEE 802): nobody else sends such frames.
const PROTOCOL: u16 = 0x88b5;
const NONE: SocketFlags = SocketFlags::NONE;

/// A packet socket that hears nothing until it is bound.
fn packet(socket_type: SocketType) -> Socket {
    let socket = Socket::new(
        AddressFamily::Packet,
        socket_type,
        ProtocolType::UNSPECIFIED,
    )
    .unwrap();
    let hang = i32::try_from(HANG.as_millis()).unwrap();
    socket.set_receive_timeout(hang).unwrap();
    socket
}

/// One end of a cable.
struct Port {
    index: u32,
    address: Vec<u8>,
}

impl Port {
    fn of(namespace: &Namespace, interface: &str) -> Self {
        // `7: veth0@if2: <…> … link/ether 02:…:09 brd ff:ff:ff:ff:ff:ff …`
        let line = namespace.ip(&format!("-o link show dev {interface}"));
        let mut words = line.split_whitespace();
        words.find(|word| *word == "link/ether").unwrap();
        let address = words.next().unwrap().split(':');
        Self {
            index: namespace.index(interface),
            address: address
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect(),
        }
    }

    const fn own(&self) -> LinkLayerEndPoint {
        LinkLayerEndPoint::new(self.index, PROTOCOL)
    }

    /// Where this end sends to reach an address.
    fn to(&self, address: &[u8]) -> LinkLayerEndPoint {
        self.own().with_address(address).unwrap()
    }
}

/// A sender, a receiver at the other end of `veth0`, and the ends of `veth0` and `veth1`.
struct Cables {
    sender: Socket,
    receiver: Arc<Socket>,
    here: [Port; 2],
    there: [Port; 2],
    // Dropped last: the sockets are in them.
    _namespaces: (Namespace, Namespace),
}

fn cables(test: &str, receiver: SocketType) -> Option<Cables> {
    let (one, two) = Namespace::pair(test)?;
    Namespace::connect((&one, "veth1"), (&two, "veth1"));
    let ports = |namespace: &Namespace| ["veth0", "veth1"].map(|name| Port::of(namespace, name));
    let (here, there) = (ports(&one), ports(&two));
    let receiver = two.run(|| packet(receiver));
    receiver.bind(there[0].own()).unwrap();
    Some(Cables {
        sender: one.run(|| packet(SocketType::Dgram)),
        receiver: Arc::new(receiver),
        here,
        there,
        _namespaces: (one, two),
    })
}

/// A frame came with these bytes from the other end, to this station.
#[track_caller]
fn assert_came(cables: &Cables, from: &EndPoint, frame: &[u8], expected: &[u8]) {
    assert_eq!(frame, expected);
    let EndPoint::LinkLayer(from) = from else {
        panic!("{from} sent it");
    };
    assert_eq!(from.address(), cables.here[0].address);
    assert_eq!(from.interface_index(), cables.there[0].index);
    assert_eq!((from.protocol(), from.hardware_type()), (PROTOCOL, 1));
    assert_eq!(from.packet_type(), LinkLayerPacketType::Host);
}

/// Bound to an interface and a protocol, a socket hears those alone, and says who sent them.
#[test]
fn packet_sockets_bind_to_an_interface() {
    const TEST: &str = "packet_sockets_bind_to_an_interface";
    let Some(cables) = cables(TEST, SocketType::Dgram) else {
        return;
    };
    let Cables {
        sender,
        receiver,
        here,
        there,
        ..
    } = &cables;
    let EndPoint::LinkLayer(bound) = own(receiver) else {
        panic!("bound to {}", own(receiver));
    };
    assert_eq!(bound.address(), there[0].address);
    assert_eq!(
        (bound.interface_index(), bound.protocol()),
        (there[0].index, PROTOCOL)
    );
    assert_eq!(bound.hardware_type(), 1);

    // By the other cable, and of another protocol: neither is heard.
    let other_cable = here[1].to(&there[1].address);
    sender.send_to(b"other cable", NONE, other_cable).unwrap();
    let other_protocol = LinkLayerEndPoint::new(here[0].index, PROTOCOL + 1);
    let other_protocol = other_protocol.with_address(&there[0].address).unwrap();
    sender
        .send_to(b"other protocol", NONE, other_protocol)
        .unwrap();
    let to = here[0].to(&there[0].address);
    assert_eq!(sender.send_to(b"this one", NONE, to).unwrap(), 8);
    let mut buffer = [0; 100];
    let got = receiver.receive_from(&mut buffer, NONE).unwrap();
    assert_came(
        &cables,
        &got.remote_end_point,
        &buffer[..got.received_bytes],
        b"this one",
    );

    // The answer goes where the frame came from.
    sender.bind(here[0].own()).unwrap();
    receiver
        .send_to(b"answer", NONE, got.remote_end_point)
        .unwrap();
    let got = sender.receive_from(&mut buffer, NONE).unwrap();
    assert_eq!(&buffer[..got.received_bytes], b"answer");
    let EndPoint::LinkLayer(from) = got.remote_end_point else {
        panic!("{} sent it", got.remote_end_point);
    };
    assert_eq!(from.address(), there[0].address);

    let group = [1, 0, 0x5e, 1, 2, 3];
    for (address, packet_type) in [
        ([0xff; 6], LinkLayerPacketType::Broadcast),
        (group, LinkLayerPacketType::Multicast),
        ([2, 9, 9, 9, 9, 9], LinkLayerPacketType::OtherHost),
    ] {
        sender
            .send_to(b"to others", NONE, here[0].to(&address))
            .unwrap();
        let got = receiver.receive_from(&mut buffer, NONE).unwrap();
        let EndPoint::LinkLayer(from) = got.remote_end_point else {
            panic!("{} sent it", got.remote_end_point);
        };
        assert_eq!(from.packet_type(), packet_type);
        assert_eq!(from.address(), here[0].address);
    }
}

/// Each way of sending and of receiving gives and takes link-layer addresses.
#[test]
fn packet_sockets_in_every_form() {
    const TEST: &str = "packet_sockets_in_every_form";
    let Some(cables) = cables(TEST, SocketType::Dgram) else {
        return;
    };
    let (sender, receiver) = (&cables.sender, &cables.receiver);
    let to = cables.here[0].to(&cables.there[0].address);
    let mut buffer = [0; 100];

    sender.send_to(b"message", NONE, to).unwrap();
    let got = receiver.receive_message_from(&mut buffer, NONE).unwrap();
    assert_came(
        &cables,
        &got.remote_end_point,
        &buffer[..got.received_bytes],
        b"message",
    );

    let sent = block_on(sender.send_to_async(b"future", NONE, to)).unwrap();
    let got = block_on(receiver.receive_from_async(&mut buffer, NONE)).unwrap();
    assert_eq!(sent, 6);
    assert_came(
        &cables,
        &got.remote_end_point,
        &buffer[..got.received_bytes],
        b"future",
    );

    let receiving = receiver.begin_receive_from(vec![0; 100], NONE, None, None);
    let sending = sender.begin_send_to(b"begin".to_vec(), NONE, to, None, None);
    assert_eq!(sender.end_send_to(&sending).0.unwrap(), 5);
    let (got, frame) = receiver.end_receive_from(&receiving);
    let got = got.unwrap();
    assert_came(
        &cables,
        &got.remote_end_point,
        &frame[..got.received_bytes],
        b"begin",
    );

    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let args = SocketAsyncEventArgs::new();
    args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let _nobody_waits = report.lock().unwrap().send(args.socket_error());
    })));
    args.set_memory_buffer(vec![0; 100]).unwrap();
    args.set_remote_end_point(Some(cables.there[0].own().into()));
    assert!(
        receiver.receive_from_args(&args).unwrap(),
        "nothing there yet"
    );
    let sent = SocketAsyncEventArgs::new();
    sent.set_memory_buffer(b"context".to_vec()).unwrap();
    sent.set_remote_end_point(Some(to.into()));
    assert!(!sender.send_to_args(&sent).unwrap(), "there is room");
    assert_eq!(sent.bytes_transferred(), 7);
    assert_eq!(reports.recv_timeout(HANG), Ok(SocketErrorCode::Success));
    let frame = args.transferred().unwrap().to_vec();
    assert_came(
        &cables,
        &args.remote_end_point().unwrap(),
        &frame,
        b"context",
    );
}

/// A raw one has the head of the frame in its bytes, both ways.
#[test]
fn raw_packet_sockets_have_the_head_of_the_frame() {
    const TEST: &str = "raw_packet_sockets_have_the_head_of_the_frame";
    let Some(cables) = cables(TEST, SocketType::Raw) else {
        return;
    };
    let Cables { here, there, .. } = &cables;
    let frame = [
        &there[0].address[..],
        &here[0].address,
        &PROTOCOL.to_be_bytes(),
        b"head and all",
    ]
    .concat();
    let sender = cables._namespaces.0.run(|| packet(SocketType::Raw));
    sender.send_to(&frame, NONE, here[0].own()).unwrap();
    let mut buffer = [0; 100];
    let got = cables.receiver.receive_from(&mut buffer, NONE).unwrap();
    assert_came(
        &cables,
        &got.remote_end_point,
        &buffer[..got.received_bytes],
        &frame,
    );
    // Bound to the interface, it need not be told where to send.
    sender.bind(here[0].own()).unwrap();
    sender.send(&frame).unwrap();
    let received = cables.receiver.receive(&mut buffer).unwrap();
    assert_eq!(&buffer[..received], frame);
}

/// The bytes of an address are as good as its type; addresses of other families are refused.
#[test]
fn packet_sockets_take_bytes_and_refuse_other_families() {
    const TEST: &str = "packet_sockets_take_bytes_and_refuse_other_families";
    let Some(namespace) = Namespace::new(TEST) else {
        return;
    };
    let lo = LinkLayerEndPoint::new(namespace.index("lo"), PROTOCOL);
    let socket = namespace.run(|| packet(SocketType::Dgram));
    let bytes = SocketAddress::from_bytes(lo.serialize().as_bytes()).unwrap();
    socket.bind(EndPoint::Other(bytes)).unwrap();
    let EndPoint::LinkLayer(bound) = own(&socket) else {
        panic!("bound to {}", own(&socket));
    };
    assert_eq!(
        (bound.interface_index(), bound.protocol()),
        (lo.interface_index(), PROTOCOL)
    );

    let family = SocketErrorCode::AddressFamilyNotSupported;
    check_code(socket.send_to(b"x", NONE, loopback(1)), family);
    check_code(udp().send_to(b"x", NONE, lo), family);
    check_code(udp().bind(lo), family);
    let nowhere = LinkLayerEndPoint::new(9999, PROTOCOL);
    let socket = namespace.run(|| packet(SocketType::Dgram));
    let error = socket.bind(nowhere).unwrap_err();
    assert_eq!(error.errno(), Some(libc::ENODEV), "{error}");
}
