//! The DNS client of the feature `hickory` against name servers of the test.

use std::time::Duration;

use system_net_config::{NetContext, TlsSettings};
use system_net_primitives::AddressFamily;
use system_net_runtime::block_on;
use system_net_sockets::{
    Dns, HickoryResolver, NameServer, Resolver, SocketErrorCode, TimeLimitResolver,
};
use system_net_testkit::{Authority, DnsPeer, DnsType, DnsZone, ResponseCode, Validity};

use std::sync::Arc;

use super::{ip, machine_has_ipv6, shown};

fn zone() -> DnsZone {
    let many: Vec<String> = (1..=200).map(|n| format!("10.2.0.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    DnsZone::new()
        .host("host.test", &["10.1.0.1", "10.1.0.2", "fd00::1"])
        .alias("www.test", "alias.test")
        .alias("alias.test", "host.test")
        .alias("circle.test", "circle.test")
        .pointer("10.1.0.1", "host.test")
        .pointer("fd00::1", "host.test")
        .host("xn--bcher-kva.test", &["10.1.0.3"])
        .host("many.test", &many)
        .host("v4.test", &["10.1.0.4"])
        .failing("failing.test", ResponseCode::ServFail)
        .failing("refused.test", ResponseCode::Refused)
        .silent("silent.test")
}

fn asking(server: NameServer, tls: &TlsSettings) -> NetContext {
    let context = NetContext::new();
    let resolver = HickoryResolver::with_servers(&[server], tls).unwrap();
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    context
}

#[test]
fn hickory_against_stub_server() {
    let peer = DnsPeer::serve(zone());
    let context = asking(
        NameServer::udp_and_tcp(peer.address()),
        &TlsSettings::default(),
    );
    let entry = |host: &str| shown(Dns::get_host_entry_in(&context, host));
    let both = match machine_has_ipv6() {
        true => "fd00::1 10.1.0.1 10.1.0.2",
        false => "10.1.0.1 10.1.0.2",
    };
    let known = format!("host.test [] {both}");
    assert_eq!(entry("host.test"), known);
    // Answers are kept.
    let asked = peer.take_queries().len();
    assert_eq!(asked, if machine_has_ipv6() { 2 } else { 1 });
    let again = block_on(Dns::get_host_entry_async_in(&context, "HOST.test."));
    assert_eq!(shown(again), known.replace("host", "HOST"));
    assert!(peer.take_queries().is_empty());
    assert_eq!(
        entry("www.test"),
        format!("host.test [www.test,alias.test] {both}")
    );
    for address in ["10.1.0.1", "fd00::1"] {
        assert_eq!(entry(address), known);
    }
    assert_eq!(entry("bücher.test"), "xn--bcher-kva.test [] 10.1.0.3");
    for (host, code) in [
        ("missing.test", "HostNotFound"),
        ("10.9.9.9", "HostNotFound"),
        ("failing.test", "TryAgain"),
        ("refused.test", "NoRecovery"),
        ("a..test", "HostNotFound"),
        ("a b", "HostNotFound"),
    ] {
        assert_eq!(entry(host), code, "{host}");
    }
    assert!(["NoData", "HostNotFound", "NoRecovery"].contains(&&*entry("circle.test")));
    peer.take_queries();
    // One family is one question.
    let v6 = AddressFamily::InterNetworkV6;
    let resolver = Dns::resolver_in(&context);
    let only = block_on(resolver.resolve_family("v4.test", v6)).unwrap_err();
    assert_eq!(only.code(), SocketErrorCode::NoData, "{only}");
    assert!(
        peer.take_queries()
            .iter()
            .all(|query| query.kind == DnsType::Aaaa)
    );
    // More than UDP holds.
    let many = Dns::get_host_addresses_in(&context, "many.test").unwrap();
    assert_eq!(many.len(), 200);
    assert!(peer.take_queries().iter().any(|query| query.tcp));
    // An address is asked of nobody, in whatever form.
    assert_eq!(
        block_on(resolver.resolve("10.0.0.1")),
        Ok(vec![ip("10.0.0.1")])
    );
    assert_eq!(
        block_on(resolver.resolve("0x7f.1")).unwrap_err().code(),
        SocketErrorCode::HostNotFound
    );
    assert!(peer.take_queries().is_empty());
    // What is given up is given up.
    let limited = TimeLimitResolver::new(resolver, Duration::from_millis(50));
    let error = block_on(limited.resolve("silent.test")).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::TimedOut);
}

#[test]
fn doh_loopback() {
    let authority = Authority::new();
    let issued = authority.issue(&["dns.test", "127.0.0.1"], Validity::Now);
    let peer = DnsPeer::serve_https(zone(), &issued.identity());
    let trusting = TlsSettings {
        extra_roots: vec![authority.certificate_der()],
        use_system_roots: false,
        ..TlsSettings::default()
    };
    // By name and by address.
    for host in ["dns.test", "127.0.0.1"] {
        let server = NameServer::https(peer.address(), host, "/dns-query");
        let context = asking(server, &trusting);
        let addresses =
            Dns::get_host_addresses_of_family_in(&context, "www.test", AddressFamily::InterNetwork);
        assert_eq!(
            addresses,
            Ok(vec![ip("10.1.0.1"), ip("10.1.0.2")]),
            "{host}"
        );
        let entry = shown(Dns::get_host_entry_in(&context, "10.1.0.1"));
        assert!(entry.starts_with("host.test [] "), "{entry}");
        assert_eq!(
            shown(Dns::get_host_entry_in(&context, "missing.test")),
            "HostNotFound"
        );
        assert!(peer.take_queries().len() >= 3);
    }
    // Whoever is not signed by them, or is another, is asked nothing.
    let other = TlsSettings {
        extra_roots: vec![Authority::new().certificate_der()],
        ..trusting.clone()
    };
    for (host, tls) in [("dns.test", &other), ("other.test", &trusting)] {
        let server = NameServer::https(peer.address(), host, "/dns-query");
        let context = asking(server, tls);
        let error = Dns::get_host_addresses_in(&context, "host.test").unwrap_err();
        assert_ne!(error.code(), SocketErrorCode::HostNotFound, "{error}");
        assert!(peer.take_queries().is_empty(), "{host}");
    }
    let any = TlsSettings {
        accept_any_certificate: true,
        ..trusting.clone()
    };
    let server = NameServer::https(peer.address(), "dns.test", "/dns-query");
    let refused = HickoryResolver::with_servers(&[server], &any).unwrap_err();
    assert!(refused.misuse().is_some(), "{refused}");
    assert!(
        HickoryResolver::with_servers(&[], &trusting)
            .unwrap_err()
            .misuse()
            .is_some()
    );
}
