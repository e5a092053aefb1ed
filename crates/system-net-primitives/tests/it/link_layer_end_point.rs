//! Link-layer addresses and those of no kind of their own: the bytes of system calls, texts.

use proptest::prelude::*;
use system_net_primitives::{
    AddressFamily, EndPoint, IpEndPoint, LinkLayerEndPoint, LinkLayerPacketType, Misuse,
    SocketAddress,
};

const MAC: [u8; 6] = [2, 0, 0x5e, 0xff, 0, 9];

/// What a kernel of either byte order writes.
fn native(family: u16, rest: &[u8]) -> Vec<u8> {
    [&family.to_ne_bytes()[..], rest].concat()
}

#[test]
fn link_layer_end_point_table() {
    let infiniband: Vec<u8> = (1..=20).collect();
    for (index, protocol, address, size, text) in [
        (0, 0, &[][..], 20, "%0/0x0000"),
        (2, 0x0800, &[], 20, "%2/0x0800"),
        (
            u32::MAX,
            0x86dd,
            &MAC,
            20,
            "02:00:5e:ff:00:09%4294967295/0x86dd",
        ),
        (
            7,
            3,
            &infiniband[..8],
            20,
            "01:02:03:04:05:06:07:08%7/0x0003",
        ),
        (
            7,
            3,
            &infiniband,
            32,
            "01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14%7/0x0003",
        ),
    ] {
        let made = LinkLayerEndPoint::new(index, protocol)
            .with_address(address)
            .unwrap();
        assert_eq!((made.interface_index(), made.protocol()), (index, protocol));
        assert_eq!((made.address(), made.to_string().as_str()), (address, text));
        let bytes = made.serialize();
        assert_eq!(
            (bytes.family(), bytes.size()),
            (AddressFamily::Packet, size)
        );
        assert_eq!(bytes.as_bytes()[2..4], protocol.to_be_bytes());
        assert_eq!(bytes.as_bytes()[4..8], index.to_ne_bytes());
        assert_eq!(usize::from(bytes.as_bytes()[11]), address.len());
        assert_eq!(LinkLayerEndPoint::create(&bytes), Ok(made));

        let any = EndPoint::from(made);
        assert_eq!(
            (any.port(), any.address_family()),
            (0, AddressFamily::Packet)
        );
        assert_eq!(any.to_string(), text);
        assert_eq!(any.serialize(), Ok(bytes.clone()));
        assert_eq!(EndPoint::create(&bytes), Ok(any));
    }
    // A shorter address leaves nothing of a longer one.
    let changed = LinkLayerEndPoint::new(1, 2)
        .with_address(&infiniband)
        .unwrap();
    let expected = LinkLayerEndPoint::new(1, 2).with_address(&MAC).unwrap();
    assert_eq!(changed.with_address(&MAC), Ok(expected));
    let long = LinkLayerEndPoint::new(1, 2).with_address(&[0; 21]);
    assert!(matches!(
        long,
        Err(Misuse::OutOfRange {
            param: "address",
            ..
        })
    ));
}

#[test]
fn what_the_kernel_says_of_a_frame_is_read() {
    for (number, packet_type) in [
        (0, LinkLayerPacketType::Host),
        (1, LinkLayerPacketType::Broadcast),
        (2, LinkLayerPacketType::Multicast),
        (3, LinkLayerPacketType::OtherHost),
        (4, LinkLayerPacketType::Outgoing),
        (7, LinkLayerPacketType::Other(7)),
    ] {
        let mut rest = vec![0x08, 0x06];
        rest.extend(5_u32.to_ne_bytes());
        rest.extend(1_u16.to_ne_bytes());
        rest.extend([number, 6]);
        rest.extend(MAC);
        // Bytes of the structure that the address does not use.
        rest.extend([0xee; 2]);
        let bytes = SocketAddress::from_bytes(&native(17, &rest)).unwrap();
        assert_eq!(bytes.family(), AddressFamily::Packet);
        let read = LinkLayerEndPoint::create(&bytes).unwrap();
        assert_eq!((read.protocol(), read.interface_index()), (0x0806, 5));
        assert_eq!((read.hardware_type(), read.packet_type()), (1, packet_type));
        assert_eq!(read.address(), MAC);
    }
}

#[test]
fn what_is_no_link_layer_address_is_refused() {
    let ip: IpEndPoint = "127.0.0.1:80".parse().unwrap();
    let mut more_than_there_is = native(17, &[0; 18]);
    more_than_there_is[11] = 9;
    let mut more_than_any_has = native(17, &[0; 38]);
    more_than_any_has[11] = 21;
    for bytes in [
        ip.serialize(),
        SocketAddress::with_size(AddressFamily::Packet, 11).unwrap(),
        SocketAddress::from_bytes(&more_than_there_is).unwrap(),
        SocketAddress::from_bytes(&more_than_any_has).unwrap(),
    ] {
        let error = LinkLayerEndPoint::create(&bytes).unwrap_err();
        assert_eq!(error.param_name(), Some("socketAddress"), "{bytes}");
    }
}

/// Kinds without a type of their own go through as they are.
#[test]
fn other_families_keep_their_bytes() {
    let can = [
        &29_u16.to_ne_bytes()[..],
        &[0, 0],
        &3_u32.to_ne_bytes(),
        &[0; 8],
    ]
    .concat();
    let netlink = native(16, &[0; 10]);
    for (bytes, family) in [
        (can, AddressFamily::ControllerAreaNetwork),
        (netlink, AddressFamily::Unknown),
    ] {
        let address = SocketAddress::from_bytes(&bytes).unwrap();
        assert_eq!((address.family(), address.as_bytes()), (family, &bytes[..]));
        let end_point = EndPoint::create(&address).unwrap();
        assert_eq!(end_point, EndPoint::Other(address.clone()));
        assert_eq!((end_point.address_family(), end_point.port()), (family, 0));
        assert_eq!(end_point.to_string(), address.to_string());
        assert_eq!(end_point.serialize(), Ok(address));
    }
    // All families that there is a number for come back by it.
    for family in AddressFamily::all() {
        let bytes = SocketAddress::with_size(family, 16).unwrap();
        let read = SocketAddress::from_bytes(bytes.as_bytes()).unwrap();
        let known = bytes.as_bytes()[..2] != [0, 0];
        let expected = if known {
            family
        } else {
            AddressFamily::Unspecified
        };
        assert_eq!(read.family(), expected, "{family}");
    }
    for short in [&[][..], &[2]] {
        assert!(SocketAddress::from_bytes(short).is_err());
    }
}

proptest! {
    /// Any bytes are an end point or refused, and what was read is written the same.
    #[test]
    fn any_bytes_of_an_address(bytes in prop::collection::vec(any::<u8>(), 0..140)) {
        let Ok(address) = SocketAddress::from_bytes(&bytes) else {
            prop_assert!(bytes.len() < 2);
            return Ok(());
        };
        if let Ok(end_point) = EndPoint::create(&address) {
            let again = end_point.serialize().unwrap();
            prop_assert_eq!(EndPoint::create(&again), Ok(end_point));
        }
    }

    #[test]
    fn any_bytes_of_a_link_layer_address(rest in prop::collection::vec(any::<u8>(), 0..40)) {
        let address = SocketAddress::from_bytes(&native(17, &rest)).unwrap();
        if let Ok(read) = LinkLayerEndPoint::create(&address) {
            let again = read.serialize();
            let used = 12 + read.address().len();
            prop_assert_eq!(&again.as_bytes()[..used], &address.as_bytes()[..used]);
            prop_assert_eq!(LinkLayerEndPoint::create(&again), Ok(read));
        } else {
            prop_assert!(rest.len() < 10 || rest[9] > 20 || rest.len() < 10 + usize::from(rest[9]));
        }
    }
}
