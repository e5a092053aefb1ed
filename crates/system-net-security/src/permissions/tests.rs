//! Tables and properties of permissions; what they forbid is tested with real peers elsewhere.

use proptest::prelude::*;
use system_net_primitives::{Access, AccessPolicy, AccessStack, AccessVerdict, TransportType};

use super::*;

use NetworkAccess::{Accept, Connect};
use PermissionState::Unrestricted;
use TransportType::{All, Tcp, Udp};

const ALL: i32 = SocketPermission::ALL_PORTS;

const URIS: [&str; 6] = [
    "http://www.contoso.com/",
    "http://www.contoso.com/a?b=c",
    "https://www.contoso.com/",
    "http://fabrikam.com/",
    "http://fabrikam.com:8080/x",
    "file:///etc/passwd",
];

const EXPRESSIONS: [&str; 4] = [
    r"http://www\.contoso\.com/.*",
    r"https?://.*",
    r".*",
    r"http://fabrikam\.com(:\d+)?/.*",
];

const HOSTS: [&str; 8] = [
    "*",
    "*.contoso.com",
    "*.a.contoso.com",
    "www.contoso.com",
    "x.a.contoso.com",
    "10.*.*.*",
    "10.1.*.3",
    "10.1.2.3",
];

fn access() -> impl Strategy<Value = NetworkAccess> {
    prop_oneof![Just(Connect), Just(Accept)]
}

fn web() -> impl Strategy<Value = WebPermission> {
    let uri = prop::sample::select(&URIS[..]).prop_map(|text| UriPattern::uri(text).unwrap());
    let regex =
        prop::sample::select(&EXPRESSIONS[..]).prop_map(|text| UriPattern::regex(text).unwrap());
    let entry = (access(), prop_oneof![uri, regex]);
    let some = prop::collection::vec(entry, 0..4).prop_map(|entries| {
        let mut all = WebPermission::default();
        for (access, pattern) in entries {
            all.add(access, pattern);
        }
        all
    });
    prop_oneof![9 => some, 1 => Just(WebPermission::new(Unrestricted))]
}

fn socket() -> impl Strategy<Value = SocketPermission> {
    let transport = prop_oneof![Just(Tcp), Just(Udp), Just(All)];
    let port = prop_oneof![Just(ALL), Just(80), Just(443)];
    let entry = (access(), transport, prop::sample::select(&HOSTS[..]), port);
    let some = prop::collection::vec(entry, 0..4).prop_map(|entries| {
        let mut all = SocketPermission::default();
        for (access, transport, host, port) in entries {
            all.add(access, transport, host, port).unwrap();
        }
        all
    });
    prop_oneof![9 => some, 1 => Just(SocketPermission::new(Unrestricted))]
}

fn state() -> impl Strategy<Value = PermissionState> {
    prop_oneof![Just(PermissionState::None), Just(Unrestricted)]
}

fn set() -> impl Strategy<Value = PermissionSet> {
    let smtp = prop_oneof![
        Just(SmtpPermission::new(Unrestricted)),
        Just(SmtpPermission::of(SmtpAccess::None)),
        Just(SmtpPermission::of(SmtpAccess::Connect)),
        Just(SmtpPermission::of(SmtpAccess::ConnectToUnrestrictedPort)),
    ];
    let information = prop_oneof![
        Just(NetworkInformationPermission::new(Unrestricted)),
        Just(NetworkInformationPermission::default()),
        Just(NetworkInformationPermission::of(
            NetworkInformationAccess::READ
        )),
        Just(NetworkInformationPermission::of(
            NetworkInformationAccess::PING
        )),
    ];
    let all_or_nothing = (state(), state(), state());
    (web(), socket(), all_or_nothing, smtp, information).prop_map(
        |(web, socket, (dns, pnrp, collaboration), smtp, network_information)| PermissionSet {
            web,
            socket,
            dns: DnsPermission::new(dns),
            smtp,
            network_information,
            pnrp: PnrpPermission::new(pnrp),
            peer_collaboration: PeerCollaborationPermission::new(collaboration),
        },
    )
}

/// Everything that the sets above may speak about.
fn accesses() -> Vec<Access<'static>> {
    let mut all = vec![
        Access::ReadNetworkInformation,
        Access::SendMail { port: 25 },
        Access::SendMail { port: 587 },
        Access::Resolve {
            host: "www.contoso.com",
            requested: false,
        },
    ];
    for uri in URIS {
        all.extend([Access::Request { uri }, Access::Serve { prefix: uri }]);
    }
    let places = [
        (Some("www.contoso.com"), "192.0.2.1"),
        (Some("x.a.contoso.com"), "192.0.2.1"),
        (Some("contoso.com"), "192.0.2.1"),
        (None, "10.1.2.3"),
        (None, "10.9.2.3"),
        (None, "::ffff:10.1.2.3"),
        (None, "2001:db8::1"),
    ];
    for (host, address) in places {
        for transport in [Tcp, Udp, All] {
            for port in [80, 443, 8080] {
                let address = address.parse().unwrap();
                all.push(Access::Connect {
                    host,
                    address,
                    port,
                    transport,
                    requested: false,
                });
                all.push(Access::Accept {
                    address,
                    port,
                    transport,
                    served: false,
                });
            }
        }
    }
    all
}

fn permits(set: &PermissionSet, access: &Access<'_>) -> bool {
    set.clone().permit_only().judge(access) == AccessVerdict::Pass
}

proptest! {
    #[test]
    fn permission_algebra_prop(a in set(), b in set(), c in set()) {
        let (union, common) = (a.union(&b), a.intersect(&b));
        for part in [&a, &b] {
            prop_assert!(part.is_subset_of(&union));
            prop_assert!(common.is_subset_of(part));
            prop_assert!(part.is_subset_of(part));
        }
        prop_assert_eq!(&a.union(&a), &a);
        prop_assert!(a.intersect(&a).is_subset_of(&a) && a.is_subset_of(&a.intersect(&a)));
        prop_assert!(PermissionSet::none().is_subset_of(&a));
        prop_assert!(a.is_subset_of(&PermissionSet::unrestricted()));
        prop_assert!(b.union(&a).is_subset_of(&union) && union.is_subset_of(&b.union(&a)));
        if a.is_subset_of(&b) && b.is_subset_of(&c) {
            prop_assert!(a.is_subset_of(&c));
        }
        for access in accesses() {
            let (in_a, in_b) = (permits(&a, &access), permits(&b, &access));
            prop_assert_eq!(permits(&union, &access), in_a || in_b, "{:?}", access);
            if permits(&common, &access) {
                prop_assert!(in_a && in_b, "{:?}", access);
            }
            if a.is_subset_of(&b) && in_a {
                prop_assert!(in_b, "{:?}", access);
            }
            // What is permitted by a set is denied by denying it.
            if in_a {
                let verdict = a.clone().deny().judge(&access);
                prop_assert!(matches!(verdict, AccessVerdict::Deny(_)), "{:?}", access);
            }
        }
        // Demands agree with the algebra.
        let stack = AccessStack::new().with(b.clone().permit_only().into_policy());
        prop_assert_eq!(a.demand(&stack).is_ok(), a.is_subset_of(&b));
        let denied = AccessStack::new().with(b.clone().deny().into_policy());
        if a.demand(&denied).is_ok() {
            prop_assert!(common.is_empty());
        }
        let lifted = denied.with(a.clone().assert().into_policy());
        prop_assert!(a.demand(&lifted).is_ok());
        // XML loses nothing.
        let text = |element: PermissionElement| PermissionElement::parse(&element.to_string()).unwrap();
        prop_assert_eq!(&WebPermission::from_xml(&text(a.web.to_xml())).unwrap(), &a.web);
        prop_assert_eq!(&SocketPermission::from_xml(&text(a.socket.to_xml())).unwrap(), &a.socket);
        prop_assert_eq!(DnsPermission::from_xml(&text(a.dns.to_xml())).unwrap(), a.dns);
        prop_assert_eq!(SmtpPermission::from_xml(&text(a.smtp.to_xml())).unwrap(), a.smtp);
        let information = a.network_information;
        let read = NetworkInformationPermission::from_xml(&text(information.to_xml()));
        prop_assert_eq!(read.unwrap(), information);
        prop_assert_eq!(PnrpPermission::from_xml(&text(a.pnrp.to_xml())).unwrap(), a.pnrp);
        let peers = a.peer_collaboration;
        let read = PeerCollaborationPermission::from_xml(&text(peers.to_xml()));
        prop_assert_eq!(read.unwrap(), peers);
        prop_assert_eq!(&PermissionSet::from_xml(&text(a.to_xml())).unwrap(), &a);
    }
}

#[track_caller]
fn check_socket(
    entry: (TransportType, &str, i32),
    to: (&str, &str, u16, TransportType),
    held: bool,
) {
    let (transport, host, port) = entry;
    let (name, address, target, over) = to;
    for (kind, access) in [
        (
            Connect,
            Access::Connect {
                host: (!name.is_empty()).then_some(name),
                address: address.parse().unwrap(),
                port: target,
                transport: over,
                requested: false,
            },
        ),
        (
            Accept,
            Access::Accept {
                address: address.parse().unwrap(),
                port: target,
                transport: over,
                served: false,
            },
        ),
    ] {
        if kind == Accept && !name.is_empty() {
            continue;
        }
        let socket = SocketPermission::of(kind, transport, host, port).unwrap();
        let set = PermissionSet {
            socket,
            ..PermissionSet::none()
        };
        assert_eq!(permits(&set, &access), held, "{entry:?} {to:?} {kind:?}");
    }
}

#[test]
fn socket_permission_table() {
    let check = check_socket;
    check((Tcp, "*", ALL), ("", "192.0.2.1", 1, Tcp), true);
    check((Tcp, "*", 80), ("", "192.0.2.1", 81, Tcp), false);
    check((Tcp, "192.0.2.1", 80), ("", "192.0.2.1", 80, Tcp), true);
    check(
        (Tcp, "192.0.2.1", 80),
        ("", "::ffff:192.0.2.1", 80, Tcp),
        true,
    );
    check(
        (Tcp, "::ffff:192.0.2.1", 80),
        ("", "192.0.2.1", 80, Tcp),
        true,
    );
    check((Tcp, "192.0.2.1", 80), ("", "192.0.2.2", 80, Tcp), false);
    check((Tcp, "192.0.*.*", 80), ("", "192.0.2.2", 80, Tcp), true);
    check((Tcp, "192.0.*.*", 80), ("", "192.1.2.2", 80, Tcp), false);
    check(
        (Tcp, "2001:DB8:0::1", 80),
        ("", "2001:db8::1", 80, Tcp),
        true,
    );
    check(
        (Tcp, "WWW.Contoso.com.", 80),
        ("www.contoso.COM", "192.0.2.1", 80, Tcp),
        true,
    );
    check(
        (Tcp, "*.contoso.com", 80),
        ("www.contoso.com", "192.0.2.1", 80, Tcp),
        true,
    );
    check(
        (Tcp, "*.contoso.com", 80),
        ("a.b.contoso.com", "192.0.2.1", 80, Tcp),
        true,
    );
    check(
        (Tcp, "*.contoso.com", 80),
        ("contoso.com", "192.0.2.1", 80, Tcp),
        false,
    );
    check(
        (Tcp, "*.contoso.com", 80),
        ("evilcontoso.com", "192.0.2.1", 80, Tcp),
        false,
    );
    check(
        (Tcp, "*.contoso.com", 80),
        ("", "192.0.2.1", 80, Tcp),
        false,
    );
    // Tunnels and translators grant nothing.
    check(
        (Tcp, "192.0.2.1", 80),
        ("", "64:ff9b::192.0.2.1", 80, Tcp),
        false,
    );
}

#[test]
fn socket_permission_transport_table() {
    let check = check_socket;
    let there = |over| ("", "192.0.2.1", 80, over);
    for (own, over, held) in [
        (Tcp, Tcp, true),
        (Tcp, Udp, false),
        (Tcp, All, false),
        (Udp, Udp, true),
        (Udp, Tcp, false),
        (Udp, All, false),
        (All, Tcp, true),
        (All, Udp, true),
        (All, All, true),
        (TransportType::CONNECTIONLESS, Udp, true),
        (TransportType::CONNECTION_ORIENTED, Tcp, true),
    ] {
        check((own, "*", ALL), there(over), held);
        check((own, "192.0.2.1", 80), there(over), held);
    }
    for (port, text) in [(-2, "-2"), (65_536, "65536")] {
        assert!(
            SocketPermission::of(Connect, Tcp, "*", port).is_err(),
            "{text}"
        );
    }
    for host in ["", "a*.contoso.com", "10.1*.0.0"] {
        assert!(
            SocketPermission::of(Connect, Tcp, host, 80).is_err(),
            "{host}"
        );
    }
}

#[test]
fn denied_hosts_are_denied_in_every_form() {
    let socket = SocketPermission::of(Connect, All, "10.*.*.*", ALL).unwrap();
    let set = PermissionSet {
        socket,
        ..PermissionSet::none()
    };
    let denies = set.deny();
    for address in [
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::1",
        "::10.0.0.1",
    ] {
        let access = Access::Connect {
            host: None,
            address: address.parse().unwrap(),
            port: 80,
            transport: Tcp,
            requested: true,
        };
        assert!(
            matches!(denies.judge(&access), AccessVerdict::Deny(_)),
            "{address}"
        );
    }
}

#[test]
fn web_permission_table() {
    let one = WebPermission::of_uri(Connect, "HTTP://user@WWW.contoso.com:80/a/../b#top").unwrap();
    assert_eq!(one.connect_list()[0].as_str(), "http://www.contoso.com/b");
    for (uri, held) in [
        ("http://www.contoso.com/b", true),
        ("http://other@www.contoso.com/b#else", true),
        ("http://www.contoso.com/b?", false),
        ("http://www.contoso.com/B", false),
        ("http://www.contoso.com/b/c", false),
        ("https://www.contoso.com/b", false),
        ("not a uri", false),
    ] {
        assert_eq!(one.allows(Connect, uri), held, "{uri}");
        assert!(!one.allows(Accept, uri), "{uri}");
    }
    let many = WebPermission::of_regex(Connect, r"http://www\.contoso\.com/.*").unwrap();
    for (uri, held) in [
        ("http://www.contoso.com/x", true),
        ("http://www.contoso.com@evil.example/x", false),
        ("http://evil.example/http://www.contoso.com/x", false),
        ("http://www.contoso.com.evil.example/", false),
        ("http://www.contoso.com:81/x", false),
    ] {
        assert_eq!(many.allows(Connect, uri), held, "{uri}");
    }
    // An alternative does not escape the anchors, nor a closed group.
    let either = WebPermission::of_regex(Connect, "http://a/|http://b/").unwrap();
    assert!(!either.allows(Connect, "http://a/x") && !either.allows(Connect, "xhttp://b/"));
    assert!(WebPermission::of_regex(Connect, "a)|(b").is_err());
    assert!(WebPermission::of_regex(Connect, r"(\w{1000}){1000}").is_err());
    assert!(WebPermission::of_uri(Connect, "/relative").is_err());
}

#[test]
fn xml_that_is_refused() {
    for text in [
        "",
        "<a>",
        "<a/><b/>",
        "<!DOCTYPE a><a/>",
        "<IPermission class='System.Net.DnsPermission'/>",
        "<IPermission class='System.Net.SocketPermission' Unrestricted='yes'/>",
        "<IPermission class='System.Net.SocketPermission'><Other/></IPermission>",
        "<IPermission class='System.Net.SocketPermission'><ConnectAccess><ENDPOINT host='a' \
         transport='Tcp' port='x'/></ConnectAccess></IPermission>",
        "<IPermission class='System.Net.SocketPermission'><ConnectAccess><ENDPOINT host='a' \
         transport='Smoke' port='1'/></ConnectAccess></IPermission>",
        "<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>",
    ] {
        let read = PermissionElement::parse(text);
        assert!(
            read.and_then(|element| SocketPermission::from_xml(&element))
                .is_err(),
            "{text}"
        );
    }
    let dotnet = "<IPermission class=\"System.Net.SocketPermission, System, Version=4.0.0.0, \
                  Culture=neutral, PublicKeyToken=b77a5c561934e089\" version=\"1\">\
                  <ConnectAccess><ENDPOINT host=\"*.contoso.com\" transport=\"Tcp\" port=\"All\"/>\
                  </ConnectAccess></IPermission>";
    let read = SocketPermission::from_xml(&PermissionElement::parse(dotnet).unwrap()).unwrap();
    assert_eq!(read.connect_list()[0].to_string(), "*.contoso.com#-1#2");
}

#[test]
fn isolation_network_kind_table() {
    use NetworkKind::{Internet, Loopback, Private, Special};
    for (address, kind) in [
        ("127.0.0.1", Loopback),
        ("127.255.255.254", Loopback),
        ("0.0.0.0", Loopback),
        ("::", Loopback),
        ("::1", Loopback),
        ("::ffff:127.0.0.1", Loopback),
        ("::127.0.0.1", Loopback),
        ("10.255.255.255", Private),
        ("172.15.255.255", Internet),
        ("172.16.0.0", Private),
        ("172.31.255.255", Private),
        ("172.32.0.0", Internet),
        ("192.168.0.1", Private),
        ("169.254.169.254", Private),
        ("100.63.255.255", Internet),
        ("100.64.0.0", Private),
        ("fd00::1", Private),
        ("fe80::1%1", Private),
        ("fec0::1", Private),
        ("64:ff9b::10.0.0.1", Private),
        ("64:ff9b::8.8.8.8", Internet),
        ("64:ff9b:1::8.8.8.8", Private),
        ("2002:a00:1::1", Private),
        ("2002:808:808::1", Internet),
        ("2001:0:808:808:0:ffff:f5ff:fffe", Private),
        ("8.8.8.8", Internet),
        ("2606:4700::1111", Internet),
        ("2001:db8::1", Special),
        ("192.0.2.1", Special),
        ("198.51.100.1", Special),
        ("203.0.113.1", Special),
        ("224.0.0.1", Special),
        ("255.255.255.255", Special),
        ("240.0.0.1", Special),
        ("ff02::1", Special),
        ("100::1", Special),
    ] {
        assert_eq!(NetworkKind::of(address.parse().unwrap()), kind, "{address}");
    }
}

/// Each permission alone: demanded and denied, not permitted, asserted within; its XML is no
/// other's. What guards operations that nobody has built yet is tested where they come to exist.
#[test]
fn every_kind_is_demanded_by_its_name() {
    let every = PermissionSet::unrestricted();
    let none = PermissionSet::none;
    let kinds = [
        (
            "WebPermission",
            PermissionSet {
                web: every.web.clone(),
                ..none()
            },
            every.web.to_xml(),
        ),
        (
            "SocketPermission",
            PermissionSet {
                socket: every.socket.clone(),
                ..none()
            },
            every.socket.to_xml(),
        ),
        (
            "DnsPermission",
            PermissionSet {
                dns: every.dns,
                ..none()
            },
            every.dns.to_xml(),
        ),
        (
            "SmtpPermission",
            PermissionSet {
                smtp: every.smtp,
                ..none()
            },
            every.smtp.to_xml(),
        ),
        (
            "NetworkInformationPermission",
            PermissionSet {
                network_information: every.network_information,
                ..none()
            },
            every.network_information.to_xml(),
        ),
        (
            "PnrpPermission",
            PermissionSet {
                pnrp: every.pnrp,
                ..none()
            },
            every.pnrp.to_xml(),
        ),
        (
            "PeerCollaborationPermission",
            PermissionSet {
                peer_collaboration: every.peer_collaboration,
                ..none()
            },
            every.peer_collaboration.to_xml(),
        ),
    ];
    for (index, (name, set, xml)) in kinds.iter().enumerate() {
        let denied = AccessStack::new().with(set.clone().deny().into_policy());
        let error = set.demand(&denied).unwrap_err();
        assert!(error.reason().contains(name), "{error}");
        let others = kinds.iter().enumerate().filter(|(at, _)| *at != index);
        for (_, (other, of_other, _)) in others {
            of_other.demand(&denied).unwrap();
            let only = AccessStack::new().with(of_other.clone().permit_only().into_policy());
            let error = set.demand(&only).unwrap_err();
            assert!(error.reason().contains(name), "{other}: {error}");
        }
        set.demand(&denied.with(set.clone().assert().into_policy()))
            .unwrap();
        let text = xml.to_string();
        let class = format!(".{name}\"");
        assert!(text.contains(&class), "{text}");
        let read = PermissionElement::parse(&text).unwrap();
        let pnrp = PnrpPermission::from_xml(&read);
        assert_eq!(pnrp.is_ok(), *name == "PnrpPermission", "{name}");
        let peers = PeerCollaborationPermission::from_xml(&read);
        assert_eq!(peers.is_ok(), *name == "PeerCollaborationPermission");
    }
}
