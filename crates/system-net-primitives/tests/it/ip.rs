//! IpAddress and end points: recorded rows, scope ids, Teredo, texts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use system_net_primitives::{
    AddressFamily, DnsEndPoint, EndPoint, IpAddress, IpAddressParseErrorKind, IpEndPoint,
    SocketAddress,
};

use crate::rows::{Exception, check_rows, exception, misuse, object};

fn members(address: IpAddress) -> Map<String, Value> {
    // Members that a family has not are `None` here and an exception there.
    let number = |n: Option<u32>| n.map_or_else(|| exception("SocketException"), Value::from);
    let bytes = address.get_address_bytes();
    object(json!({
        "ToString": address.to_string(),
        "Family": address.address_family().to_string(),
        "bytes": bytes.iter().map(|b| format!("{b:02x}")).collect::<String>(),
        "ScopeId": number(address.scope_id()),
        "Address": number(address.address()),
        "IsIPv6LinkLocal": address.is_ipv6_link_local(),
        "IsIPv6SiteLocal": address.is_ipv6_site_local(),
        "IsIPv6Multicast": address.is_ipv6_multicast(),
        "IsIPv6Teredo": address.is_ipv6_teredo(),
        "IsIPv4MappedToIPv6": address.is_ipv4_mapped_to_ipv6(),
        "IsLoopback": address.is_loopback(),
        "MapToIPv6": address.map_to_ipv6().to_string(),
        "MapToIPv4": address.map_to_ipv4().to_string(),
    }))
}

/// The interfaces of the machine that recorded the rows.
fn recorded_interfaces(name: &str) -> Option<u32> {
    match name {
        "lo" => Some(1),
        "eth0" => Some(4),
        _ => None,
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect()
}

fn answer(op: &str, input: &[Value]) -> Option<Map<String, Value>> {
    let ctor = |result: Result<IpAddress, _>| match result {
        Ok(address) => members(address),
        Err(error) => object(json!({ "ctor": misuse(&error) })),
    };
    Some(match op {
        "ip" => match IpAddress::parse_with(input[0].as_str()?, recorded_interfaces) {
            Ok(address) => {
                let mut map = members(address);
                map.extend(object(json!({ "Parse": "ok", "TryParse": true })));
                map
            }
            Err(_) => object(json!({ "Parse": exception("FormatException"), "TryParse": false })),
        },
        "ipbytes" => {
            let bytes = unhex(input[0].as_str()?);
            ctor(match input.get(1) {
                Some(scope) => IpAddress::from_bytes_and_scope(&bytes, scope.as_i64()?),
                None => IpAddress::from_bytes(&bytes),
            })
        }
        "iplong" => ctor(IpAddress::from_i64(input[0].as_i64()?)),
        "ipep" => {
            let (host, port) = (input[0].as_str()?, u16::try_from(input[1].as_u64()?).ok()?);
            let end_point = IpEndPoint::new(host.parse().unwrap(), port);
            let socket_address = end_point.serialize();
            object(json!({
                "ToString": end_point.to_string(),
                "Family": end_point.address_family().to_string(),
                "SocketAddressSize": socket_address.size(),
                "RoundTrip": IpEndPoint::create(&socket_address).unwrap().to_string(),
                "DnsEndPoint": DnsEndPoint::new(host, port).unwrap().to_string(),
            }))
        }
        "nbo" => {
            let n = input[0].as_i64()?;
            object(json!({
                "short": IpAddress::host_to_network_order_i16(n as i16),
                "int": IpAddress::host_to_network_order_i32(n as i32),
                "long": IpAddress::host_to_network_order_i64(n),
            }))
        }
        other => panic!("unknown op {other}"),
    })
}

#[test]
fn ip_address_rows() {
    const NONE: &[Exception] = &[];
    let rows = include_str!("../../../../tests/conformance/ip/rows.jsonl");
    check_rows(rows, 0, NONE, answer);
}

#[test]
fn is_ipv6_teredo_table() {
    for (text, expected) in [
        ("2001::", true),
        ("2001:0::1", true),
        ("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2001:0:4137:9e76:2c4d:1b1e:3f57:fefe", true),
        ("2001:1::1", false),
        ("2001:db8::1", false),
        ("2000:ffff::", false),
        ("2002::", false),
        ("3ffe:831f::1", false),
        ("::2001:0", false),
        ("32.1.0.0", false),
    ] {
        let address: IpAddress = text.parse().unwrap();
        assert_eq!(address.is_ipv6_teredo(), expected, "{text}");
    }
}

#[test]
fn ipv6_class_table() {
    // An anycast address (RFC 4291 section 2.6) is told from a unicast one by its use alone, so
    // the address of all routers of a subnet is a global one here.
    for (text, expected) in [
        ("fe80::1", "link-local"),
        ("febf:ffff::1", "link-local"),
        ("fec0::1", "site-local"),
        ("feff::1", "site-local"),
        ("ff01::101", "multicast"),
        ("ff0e::1", "multicast"),
        ("::1", "loopback"),
        ("::", "unspecified"),
        ("2001:db8:1:2::", "global"),
        ("2001:db8::1", "global"),
        ("3ffe:ffff:0:cd30::1", "global"),
        ("fe7f::1", "global"),
        ("::ffff:1.2.3.4", "mapped"),
    ] {
        let address: IpAddress = text.parse().unwrap();
        let classes = [
            ("link-local", address.is_ipv6_link_local()),
            ("site-local", address.is_ipv6_site_local()),
            ("multicast", address.is_ipv6_multicast()),
            ("loopback", address.is_loopback()),
            ("unspecified", address == IpAddress::IPV6_ANY),
            ("mapped", address.is_ipv4_mapped_to_ipv6()),
        ];
        let found: Vec<_> = classes.iter().filter(|(_, is)| *is).collect();
        let expected = Some(expected).filter(|class| *class != "global");
        assert!(found.len() <= 1, "{text}: {found:?}");
        assert_eq!(found.first().map(|(class, _)| *class), expected, "{text}");
    }
}

#[test]
fn ipv6_scope_id() {
    let parse = |text: &str| text.parse::<IpAddress>();
    let scope = |text| parse(text).map(|address| address.scope_id().unwrap());
    assert_eq!(scope("fe80::1%7"), Ok(7));
    assert_eq!(scope("[fe80::1%7]"), Ok(7));
    assert_eq!(scope("fe80::1%4294967295"), Ok(u32::MAX));
    assert_eq!(scope("fe80::1"), Ok(0));
    let kind = |text| parse(text).unwrap_err().kind();
    assert_eq!(kind("fe80::1%4294967296"), IpAddressParseErrorKind::Syntax);
    assert_eq!(
        kind("fe80::1%no-such-if"),
        IpAddressParseErrorKind::UnknownInterface
    );
    for path in [
        "fe80::1%../../../x",
        "fe80::1%..",
        "fe80::1%.",
        "fe80::1%lo/",
        "fe80::1%lo\0",
    ] {
        assert!(parse(path).is_err(), "{path}");
    }
    let mut address = parse("fe80::1%7").unwrap();
    assert_ne!(
        address,
        parse("fe80::1").unwrap(),
        "the interface is part of the address"
    );
    address.set_scope_id(0).unwrap();
    assert_eq!(address, parse("fe80::1").unwrap());
    assert!(IpAddress::LOOPBACK.with_scope_id(1).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn the_name_of_an_interface_is_its_number_of_now() {
    let index = std::fs::read_to_string("/sys/class/net/lo/ifindex").unwrap();
    let address: IpAddress = "fe80::1%lo".parse().unwrap();
    assert_eq!(address.to_string(), format!("fe80::1%{}", index.trim()));
}

#[test]
fn loopback_is_what_is_connected_to() {
    for (text, expected) in [
        ("127.0.0.1", true),
        ("127.255.0.9", true),
        ("2130706433", true),
        ("0x7f.1", true),
        ("0177.0.0.1", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("::ffff:127.9.9.9", true),
        ("::ffff:128.0.0.1", false),
        ("::127.0.0.1", false),
        ("0.0.0.0", false),
        ("::", false),
    ] {
        let address: IpAddress = text.parse().unwrap();
        assert_eq!(address.is_loopback(), expected, "{text}");
    }
}

#[test]
fn ip_endpoint_parse_table() {
    for (text, expected) in [
        ("1.2.3.4:80", Ok("1.2.3.4:80")),
        ("1.2.3.4", Ok("1.2.3.4:0")),
        ("0x7f.1:65535", Ok("127.0.0.1:65535")),
        ("1:2", Ok("0.0.0.1:2")),
        ("[::1]:80", Ok("[::1]:80")),
        ("[::1]", Ok("[::1]:0")),
        ("::1", Ok("[::1]:0")),
        ("::1:80", Ok("[::0.1.0.128]:0")),
        ("[fe80::1%2]:443", Ok("[fe80::1%2]:443")),
        ("1.2.3.4:00080", Ok("1.2.3.4:80")),
        ("1.2.3.4:65536", Err(IpAddressParseErrorKind::Port)),
        ("1.2.3.4:+1", Err(IpAddressParseErrorKind::Port)),
        ("1.2.3.4:-1", Err(IpAddressParseErrorKind::Port)),
        ("1.2.3.4:", Err(IpAddressParseErrorKind::Port)),
        ("[::1]:", Err(IpAddressParseErrorKind::Port)),
        ("[::1]:x", Err(IpAddressParseErrorKind::Port)),
        ("", Err(IpAddressParseErrorKind::Syntax)),
        (":80", Err(IpAddressParseErrorKind::Syntax)),
        ("localhost:80", Err(IpAddressParseErrorKind::Syntax)),
        ("[1.2.3.4]:80", Err(IpAddressParseErrorKind::Syntax)),
        ("[::1", Err(IpAddressParseErrorKind::Syntax)),
        ("::1]:80", Err(IpAddressParseErrorKind::Syntax)),
    ] {
        let ours = text
            .parse::<IpEndPoint>()
            .map(|e| e.to_string())
            .map_err(|e| e.kind());
        assert_eq!(ours, expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn end_points_convert() {
    let v6 = SocketAddr::V6(SocketAddrV6::new("fe80::1".parse().unwrap(), 5, 9, 3));
    let end_point = IpEndPoint::from(v6);
    assert_eq!(end_point.to_string(), "[fe80::1%3]:5");
    let back = SocketAddr::from(end_point);
    assert_eq!(
        back,
        SocketAddr::V6(SocketAddrV6::new("fe80::1".parse().unwrap(), 5, 0, 3))
    );

    let mut end_point = IpEndPoint::new(IpAddress::ANY, IpEndPoint::MIN_PORT);
    end_point.set_address(IpAddress::IPV6_LOOPBACK);
    end_point.set_port(IpEndPoint::MAX_PORT);
    let any = EndPoint::from(end_point);
    assert_eq!(
        (any.port(), any.address_family()),
        (65535, AddressFamily::InterNetworkV6)
    );
    assert_eq!(any.to_string(), "[::1]:65535");

    let dns = DnsEndPoint::with_address_family("h", 1, AddressFamily::InterNetwork).unwrap();
    assert_eq!((dns.host(), dns.port()), ("h", 1));
    assert_eq!(EndPoint::from(dns).to_string(), "InterNetwork/h:1");
    assert_eq!(
        DnsEndPoint::new("", 1).unwrap_err().param_name(),
        Some("host")
    );
    let unix = DnsEndPoint::with_address_family("h", 1, AddressFamily::Unix);
    assert_eq!(unix.unwrap_err().param_name(), Some("addressFamily"));
}

#[test]
fn address_families_have_dotnets_names_and_numbers() {
    let list = include_str!("../../../../tests/conformance/api/framework.tsv");
    let line = list
        .lines()
        .find(|line| line.starts_with("System.Net.Sockets\tAddressFamily\t"))
        .unwrap();
    let theirs = line.split_whitespace().filter_map(|m| m.strip_prefix("v:"));
    let names: Vec<&str> = AddressFamily::all().map(AddressFamily::name).collect();
    // Two of theirs are second names of a number; two of ours came after the Framework.
    let missing: Vec<&str> = theirs.filter(|name| !names.contains(name)).collect();
    assert_eq!((missing, names.len()), (vec!["NS", "Osi"], 31));
    for (value, name) in [
        (-1, Some("Unknown")),
        (0, Some("Unspecified")),
        (1, Some("Unix")),
        (2, Some("InterNetwork")),
        (6, Some("Ipx")),
        (7, Some("Iso")),
        (16, Some("AppleTalk")),
        (20, None),
        (23, Some("InterNetworkV6")),
        (26, Some("Irda")),
        (27, None),
        (29, Some("Max")),
        (65536, Some("Packet")),
        (65537, Some("ControllerAreaNetwork")),
    ] {
        let family = AddressFamily::from_value(value);
        assert_eq!(family.map(AddressFamily::name), name, "{value}");
        assert_eq!(family.map_or(value, AddressFamily::value), value);
    }
}

#[test]
fn socket_addresses_are_bytes() {
    let end_point: IpEndPoint = "127.0.0.1:80".parse().unwrap();
    let mut bytes = end_point.serialize();
    assert_eq!(
        bytes.to_string(),
        "InterNetwork:16:{0,80,127,0,0,1,0,0,0,0,0,0,0,0}"
    );
    bytes.set_item(7, 9).unwrap();
    assert_eq!(bytes.item(7), Some(9));
    assert_eq!(
        IpEndPoint::create(&bytes).unwrap().to_string(),
        "127.0.0.9:80"
    );
    assert!(bytes.set_item(16, 0).is_err());
    assert_eq!(bytes.item(16), None);

    let unix = SocketAddress::new(AddressFamily::Unix);
    assert_eq!(
        IpEndPoint::create(&unix).unwrap_err().param_name(),
        Some("socketAddress")
    );
    let short = SocketAddress::with_size(AddressFamily::InterNetworkV6, 27).unwrap();
    assert!(IpEndPoint::create(&short).is_err());
    assert!(SocketAddress::with_size(AddressFamily::InterNetwork, 1).is_err());

    for (family, size) in [
        (AddressFamily::InterNetwork, 16),
        (AddressFamily::InterNetworkV6, 28),
        (AddressFamily::Unix, 110),
        (AddressFamily::Packet, 128),
        (AddressFamily::Unknown, 128),
    ] {
        assert_eq!(SocketAddress::get_maximum_address_size(family), size);
        assert_eq!(SocketAddress::new(family).size(), size);
    }
    let mut bytes = end_point.serialize();
    bytes.as_bytes_mut()[4..8].copy_from_slice(&[10, 1, 2, 3]);
    bytes.set_size(8).unwrap();
    assert_eq!(bytes.to_string(), "InterNetwork:8:{0,80,10,1,2,3}");
    let read = IpEndPoint::create(&bytes).unwrap();
    assert_eq!(read.to_string(), "10.1.2.3:80");
    for size in [0, 1, 9] {
        assert_eq!(
            bytes.set_size(size).unwrap_err().param_name(),
            Some("value")
        );
    }
    bytes.set_size(2).unwrap();
    assert_eq!(bytes.to_string(), "InterNetwork:2:{}");
}

proptest! {
    #[test]
    fn addresses_read_back(bytes: [u8; 16], zeros in 0u16.., scope: u32, port: u16) {
        let mut bytes = bytes;
        for (group, pair) in bytes.chunks_mut(2).enumerate() {
            if zeros & (1 << group) != 0 {
                pair.fill(0);
            }
        }
        let v6 = IpAddress::v6(bytes.into(), scope);
        prop_assert_eq!(v6.to_string().parse(), Ok(v6));
        let bare = v6.with_scope_id(0).unwrap();
        prop_assert_eq!(bare.to_string().parse::<IpAddr>().unwrap(), bare.to_ip_addr());
        let v4 = IpAddress::from(Ipv4Addr::from([bytes[0], bytes[1], bytes[2], bytes[3]]));
        for address in [v6, v4] {
            let end_point = IpEndPoint::new(address, port);
            prop_assert_eq!(end_point.to_string().parse(), Ok(end_point));
            prop_assert_eq!(IpEndPoint::create(&end_point.serialize()), Ok(end_point));
        }
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in "[0-9a-fx.:%\\[\\]]{0,24}|(?s).{0,12}") {
        let _ = IpAddress::parse_with(&text, |_| Some(1));
        let _ = text.parse::<IpEndPoint>();
    }
}
