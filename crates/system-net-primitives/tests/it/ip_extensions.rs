//! What addresses say beyond .NET's questions: tunnels, networks, interface identifiers; and the
//! members that write bytes.

use proptest::prelude::*;
use system_net_primitives::{
    InterfaceIdentifier, IpAddress, IpAddressParseErrorKind, IpEndPoint, IpNetwork, Ipv6Tunnel,
    Misuse, TeredoAddress,
};

fn address(text: &str) -> IpAddress {
    text.parse().unwrap()
}

#[test]
fn teredo_decode_rfc4380_vector() {
    // Addresses in the format of RFC 4380, section 4; port and client have every bit turned over.
    for (text, server, flags, client, port) in [
        (
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "65.54.227.120",
            0x8000,
            "192.0.2.45",
            40000,
        ),
        (
            "2001:0:4137:9e76:2c4d:1b1e:3f57:fefe",
            "65.55.158.118",
            0x2c4d,
            "192.168.1.1",
            58593,
        ),
        ("2001::", "0.0.0.0", 0, "255.255.255.255", 65535),
        (
            "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
            "255.255.255.255",
            0xffff,
            "0.0.0.0",
            0,
        ),
    ] {
        let decoded = TeredoAddress::decode(address(text)).unwrap();
        let parts = (
            decoded.server().to_string(),
            decoded.flags(),
            decoded.client().to_string(),
            decoded.port(),
        );
        let expected = (server.to_owned(), flags, client.to_owned(), port);
        assert_eq!(parts, expected, "{text}");
        assert_eq!(decoded.is_cone(), flags & 0x8000 != 0, "{text}");
        assert_eq!(decoded.encode(), address(text));
    }
    for text in ["2001:1::", "2002::", "3ffe:831f::1", "1.2.3.4", "::"] {
        assert_eq!(TeredoAddress::decode(address(text)), None, "{text}");
    }
}

#[test]
fn tunnel_kind_table() {
    for (text, expected) in [
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "teredo 192.0.2.45"),
        ("2001::5efe:1.2.3.4", "teredo 254.253.252.251"),
        ("2002:c000:022d::", "6to4 192.0.2.45"),
        ("2002:c000:022d:1:200:5efe:102:304", "6to4 192.0.2.45"),
        ("2002::", "6to4 0.0.0.0"),
        ("fe80::5efe:c000:22d", "isatap 192.0.2.45"),
        ("fe80::5efe:192.0.2.45%3", "isatap 192.0.2.45"),
        ("fe80::200:5efe:c000:22d", "isatap 192.0.2.45"),
        ("2001:db8:1:2:0:5efe:10.0.0.1", "isatap 10.0.0.1"),
        ("2001:db8:1:2:200:5efe:8.8.8.8", "isatap 8.8.8.8"),
        ("2001:db8:1:2:100:5efe:8.8.8.8", "none"),
        ("2001:db8:1:2:0:5eff:8.8.8.8", "none"),
        ("ff02::5efe:1.2.3.4", "none"),
        ("2001:db8::1", "none"),
        ("2003:c000:22d::", "none"),
        ("::ffff:1.2.3.4", "none"),
        ("::1.2.3.4", "none"),
        ("::1", "none"),
        ("192.0.2.45", "none"),
    ] {
        let found = match address(text).tunnel() {
            Some(Ipv6Tunnel::Teredo(teredo)) => format!("teredo {}", teredo.client()),
            Some(Ipv6Tunnel::SixToFour(router)) => format!("6to4 {router}"),
            Some(Ipv6Tunnel::Isatap(host)) => format!("isatap {host}"),
            _ => "none".to_owned(),
        };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn eui64_from_mac() {
    for (mac, identifier) in [
        // RFC 2464, section 4.
        ([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde], "3656:78ff:fe9a:bcde"),
        // RFC 4291, appendix A: the bit is turned over, so an address of local meaning loses it.
        ([0x02, 0, 0, 0, 0, 0x01], "0:ff:fe00:1"),
        ([0; 6], "200:ff:fe00:0"),
        ([0xff; 6], "fdff:ffff:feff:ffff"),
    ] {
        let made = InterfaceIdentifier::eui64_from_mac(mac);
        assert_eq!(made.to_string(), identifier);
        assert_eq!(made.to_mac(), Some(mac), "{identifier}");
        let link_local = made.link_local();
        assert_eq!(link_local, address(&format!("fe80::{identifier}")));
        assert_eq!(InterfaceIdentifier::of(link_local), Some(made));
        let prefix: IpNetwork = "2001:db8:1:2::/64".parse().unwrap();
        let global = made.in_network(prefix).unwrap();
        assert!(prefix.contains(global) && !prefix.contains(link_local));
        assert_eq!(InterfaceIdentifier::of(global), Some(made));
    }
    let random = InterfaceIdentifier::new([1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((random.to_mac(), random.bytes()[7]), (None, 8));
    for text in ["2001:db8::/65", "10.0.0.0/8"] {
        let refused = random.in_network(text.parse().unwrap()).unwrap_err();
        assert_eq!(refused.param_name(), Some("network"), "{text}");
    }
    assert_eq!(InterfaceIdentifier::of(address("1.2.3.4")), None);
    assert_eq!(InterfaceIdentifier::of(address("ff02::1")), None);
}

#[test]
fn ip_network_table() {
    for (network, inside, outside) in [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
        ("0.0.0.0/0", "255.255.255.255", "::"),
        ("1.2.3.4/32", "1.2.3.4", "1.2.3.5"),
        ("192.168.1.0/25", "192.168.1.127", "192.168.1.128"),
        (
            "3FFE:FFFF:0:CD30::/64",
            "3ffe:ffff:0:cd30::1",
            "3ffe:ffff:0:cd31::1",
        ),
        ("fe80::/10", "febf::1%3", "fec0::1"),
        ("::/0", "ffff::", "0.0.0.0"),
        ("::1/128", "::1", "::2"),
        ("::ffff:10.0.0.0/104", "::ffff:10.1.2.3", "10.1.2.3"),
    ] {
        let parsed: IpNetwork = network.parse().unwrap();
        assert!(parsed.contains(address(inside)), "{network} {inside}");
        assert!(!parsed.contains(address(outside)), "{network} {outside}");
        assert_eq!(parsed.to_string().parse(), Ok(parsed), "{network}");
        let containing = IpNetwork::containing(address(inside), parsed.prefix_length());
        assert_eq!(containing, Ok(parsed), "{network}");
    }
    for text in [
        "10.0.0.0/33",
        "::/129",
        "10.0.0.1/8",
        "fe80::1/64",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0.0/256",
        "10.0.0.0/8/8",
        "10/8",
        "fe80::%1/64",
        "/8",
        "",
    ] {
        let error = text.parse::<IpNetwork>().unwrap_err();
        assert_eq!(error.kind(), IpAddressParseErrorKind::Prefix, "{text}");
    }
    let base = address("10.0.0.1");
    assert_eq!(
        IpNetwork::new(base, 8).unwrap_err().param_name(),
        Some("baseAddress")
    );
    assert_eq!(
        IpNetwork::new(base, 33).unwrap_err().param_name(),
        Some("prefixLength")
    );
    assert_eq!(IpNetwork::new(base, 32).unwrap().base_address(), base);
}

#[test]
fn addresses_are_written_to_buffers() {
    for text in ["1.2.3.4", "2001:db8::1"] {
        let bytes = address(text).get_address_bytes();
        let mut buffer = [0xaa; 17];
        assert_eq!(
            address(text).try_write_bytes(&mut buffer),
            Some(bytes.len())
        );
        assert_eq!(&buffer[..bytes.len()], bytes);
        assert_eq!(buffer[bytes.len()], 0xaa);
        let mut short = vec![0xaa; bytes.len() - 1];
        assert_eq!(address(text).try_write_bytes(&mut short), None);
        assert!(short.iter().all(|b| *b == 0xaa));
    }
}

#[test]
fn addresses_of_numbers() {
    let mut v4 = IpAddress::ANY;
    v4.set_address(0x0403_0201).unwrap();
    assert_eq!(v4, address("1.2.3.4"));
    assert!(matches!(
        v4.set_address(1 << 32),
        Err(Misuse::OutOfRange { .. })
    ));
    let mut v6 = IpAddress::IPV6_ANY;
    assert!(matches!(v6.set_address(1), Err(Misuse::NotSupported(_))));
    let end_point = IpEndPoint::from_i64(0x0403_0201, 80).unwrap();
    assert_eq!(end_point.to_string(), "1.2.3.4:80");
    assert!(IpEndPoint::from_i64(-1, 80).is_err());
    for (text, expected) in [
        ("fc00::1", true),
        ("fdff::", true),
        ("fe00::", false),
        ("fb00::", false),
    ] {
        assert_eq!(address(text).is_ipv6_unique_local(), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn teredo_addresses_round_trip(server: u32, flags: u16, client: u32, port: u16) {
        let made = TeredoAddress::new(server.into(), flags, client.into(), port);
        let address = made.encode();
        prop_assert!(address.is_ipv6_teredo());
        prop_assert_eq!(TeredoAddress::decode(address), Some(made));
        prop_assert_eq!(address.tunnel(), Some(Ipv6Tunnel::Teredo(made)));
    }

    #[test]
    fn a_network_contains_what_it_is_made_of(bytes: [u8; 16], length in 0u8..=128, flip in 0u32..128) {
        let address = IpAddress::v6(bytes.into(), 0);
        let network = IpNetwork::containing(address, length).unwrap();
        prop_assert!(network.contains(address));
        // Another bit makes a difference within the prefix and only there.
        let other = IpAddress::v6((u128::from_be_bytes(bytes) ^ (1 << (127 - flip))).into(), 0);
        prop_assert_eq!(network.contains(other), flip >= u32::from(length));
    }
}
