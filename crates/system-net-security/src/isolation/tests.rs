//! What capabilities allow, by address and direction, and what is missing otherwise.

use system_net_primitives::{Access, AccessPolicy, AccessVerdict, TransportType};

use super::NetworkCapability::{InternetClient, InternetClientServer, PrivateNetworkClientServer};
use super::NetworkDirection::{Inbound, Outbound};
use super::*;

const INTERNET: [&str; 3] = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"];
const PRIVATE: [&str; 6] = [
    "10.0.0.1",
    "192.168.1.1",
    "fd00::1",
    "fe80::1%1",
    "::ffff:10.0.0.1",
    "239.255.255.250",
];
const LOOPBACK: [&str; 3] = ["127.0.0.1", "::1", "::ffff:127.0.0.1"];

/// By network: to the Internet, from it, to a private one, from it.
#[track_caller]
fn check(capabilities: &[NetworkCapability], allowed: [bool; 4]) {
    let isolation = NetworkIsolation::new(capabilities.iter().copied());
    let rows = [
        (&INTERNET[..], Outbound, allowed[0]),
        (&INTERNET[..], Inbound, allowed[1]),
        (&PRIVATE[..], Outbound, allowed[2]),
        (&PRIVATE[..], Inbound, allowed[3]),
        (&LOOPBACK[..], Outbound, false),
        (&LOOPBACK[..], Inbound, false),
    ];
    for (addresses, direction, allowed) in rows {
        for text in addresses {
            let address = text.parse().unwrap();
            let missing = isolation.missing(address, direction);
            assert_eq!(
                missing.is_none(),
                allowed,
                "{capabilities:?} {text} {direction:?}"
            );
            let (port, transport) = (80, TransportType::Tcp);
            let access = match direction {
                Outbound => Access::Connect {
                    host: None,
                    address,
                    port,
                    transport,
                    requested: true,
                },
                Inbound => Access::Accept {
                    address,
                    port,
                    transport,
                    served: true,
                },
            };
            let passes = isolation.judge(&access) == AccessVerdict::Pass;
            assert_eq!(passes, allowed, "{capabilities:?} {text} {direction:?}");
        }
    }
}

#[test]
fn isolation_capability_table() {
    check(&[], [false; 4]);
    check(&[InternetClient], [true, false, false, false]);
    check(&[InternetClientServer], [true, true, false, false]);
    check(&[PrivateNetworkClientServer], [false, false, true, true]);
    check(
        &[InternetClient, PrivateNetworkClientServer],
        [true, false, true, true],
    );
    check(
        &[InternetClientServer, PrivateNetworkClientServer],
        [true; 4],
    );
    // All interfaces: a capability to accept anywhere.
    for (capability, accepts) in [
        (InternetClient, false),
        (InternetClientServer, true),
        (PrivateNetworkClientServer, true),
    ] {
        let isolation = NetworkIsolation::new([capability]);
        for all in [IpAddress::ANY, IpAddress::IPV6_ANY] {
            assert_eq!(
                isolation.missing(all, Inbound).is_none(),
                accepts,
                "{capability}"
            );
        }
    }
}

#[test]
fn isolation_error_names_capability() {
    let none = NetworkIsolation::new([]);
    for (address, direction, names) in [
        (
            "8.8.8.8",
            Outbound,
            &["internetClient ", "internetClientServer"][..],
        ),
        ("8.8.8.8", Inbound, &["internetClientServer"]),
        ("10.0.0.1", Outbound, &["privateNetworkClientServer"]),
        ("10.0.0.1", Inbound, &["privateNetworkClientServer"]),
        (
            "0.0.0.0",
            Inbound,
            &["internetClientServer", "privateNetworkClientServer"],
        ),
        ("127.0.0.1", Outbound, &["loopback exemption"]),
    ] {
        let missing = none.missing(address.parse().unwrap(), direction).unwrap();
        for name in names {
            assert!(missing.contains(name), "{address} {direction:?}: {missing}");
        }
    }
}

#[test]
fn isolation_loopback_exempt() {
    let exempt = NetworkIsolation::new([]).exempt_loopback();
    for text in LOOPBACK {
        for direction in [Outbound, Inbound] {
            assert_eq!(
                exempt.missing(text.parse().unwrap(), direction),
                None,
                "{text}"
            );
        }
    }
    // No other network, nor all of them.
    for text in ["0.0.0.0", "::", "8.8.8.8", "10.0.0.1"] {
        assert!(
            exempt.missing(text.parse().unwrap(), Inbound).is_some(),
            "{text}"
        );
    }
}

#[test]
fn manifests() {
    let package = |inside: &str| format!("<Package xmlns='x' xmlns:uap='y'>{inside}</Package>");
    let read = |inside: &str| AppManifest::parse(&package(inside));
    let of = |names: &[&str]| {
        let list: String = names
            .iter()
            .map(|name| format!("<Capability Name='{name}'/>"))
            .collect();
        read(&format!(
            "<Properties><Name>App &amp; Co</Name></Properties><Capabilities>{list}</Capabilities>"
        ))
        .unwrap()
    };
    let good = of(&[
        "internetClient",
        "documentsLibrary",
        "privateNetworkClientServer",
    ]);
    assert_eq!(
        good.capabilities(),
        [InternetClient, PrivateNetworkClientServer]
    );
    assert!(good.remarks().is_empty());
    assert_eq!(of(&[]).remarks(), [ManifestRemark::NoCapability]);
    let both = of(&["internetClientServer", "internetClient"]);
    assert_eq!(both.remarks(), [ManifestRemark::Superfluous]);
    let twice = of(&["internetClient", "internetClient"]);
    assert_eq!(twice.remarks(), [ManifestRemark::Repeated(InternetClient)]);
    let misspelt = of(&["InternetClient"]);
    assert!(misspelt.capabilities().is_empty());
    assert!(
        misspelt.remarks()[0]
            .to_string()
            .contains("internetClient may be meant")
    );
    assert!(read("<Capabilities/><Capabilities/>").is_err());
    assert!(read("<Capabilities><Capability/></Capabilities>").is_err());
    for text in [
        "",
        "<Package>",
        "<App/>",
        "<!DOCTYPE Package><Package/>",
        "no xml",
    ] {
        assert!(AppManifest::parse(text).is_err(), "{text}");
    }
    assert!(AppManifest::parse(&" ".repeat(2 << 20)).is_err());
}
