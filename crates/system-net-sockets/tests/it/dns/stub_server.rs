//! `Dns` all the way to a name server: `getaddrinfo` asks port 53 of the server in
//! `/etc/resolv.conf`, so each test runs again as a process of its own, in a network and with
//! files of its own. Needs root; skipped without.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use system_net_config::{NetContext, Settings};
use system_net_primitives::{AddressFamily, IpAddress};
use system_net_runtime::block_on;
use system_net_sockets::{Dns, IpHostEntry, SocketError};
use system_net_testkit::{DnsPeer, DnsQuery, DnsType, DnsZone, Namespace, ResponseCode};

use super::{ip, shown};
use crate::stream_support::eventually;

/// Tells a process which test it is to run.
const INSIDE: &str = "SYSTEM_NET_TEST_INSIDE";

/// Runs the test in a process whose only name server is `127.0.0.1`, after `prepare`. Tells
/// whether this is that process; in another there is nothing left to do.
#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
fn inside(test: &str, prepare: impl FnOnce(&Namespace)) -> bool {
    if std::env::var(INSIDE).is_ok_and(|inside| inside == test) {
        return true;
    }
    let Some(namespace) = Namespace::new(test) else {
        return false;
    };
    prepare(&namespace);
    let folder = std::env::temp_dir().join(format!("{}.etc", namespace.name()));
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in [
        (
            "resolv.conf",
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        ),
        ("nsswitch.conf", "hosts: files dns\n"),
        (
            "hosts",
            "127.0.0.1 localhost\n10.3.0.1 filed.test filed also.test\n",
        ),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    // `ip netns exec` has given it file systems of its own.
    let script = "cd \"$1\" && for file in *; do mount --bind \"$file\" \"/etc/$file\" || exit; \
                  done; echo multi > /proc/sys/kernel/hostname; shift; exec \"$@\"";
    let mut command = namespace.command("unshare");
    command
        .args(["--uts", "sh", "-c", script, "sh"])
        .arg(&folder)
        .arg(std::env::current_exe().unwrap())
        .args([
            &*format!("dns::stub_server::{test}"),
            "--exact",
            "--nocapture",
        ])
        .env(INSIDE, test)
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    // It did not come to the tests: no file systems or host name of its own.
    if !text.contains("running ") {
        println!(
            "skipped: {test}: no files of its own: {}",
            errors.trim_end()
        );
        return false;
    }
    let passed = output.status.success() && text.contains("1 passed");
    assert!(passed, "{}\n{text}\n{errors}", output.status);
    false
}

fn serve(zone: DnsZone) -> DnsPeer {
    DnsPeer::serve_at(zone, SocketAddr::from(([127, 0, 0, 1], 53))).unwrap()
}

/// The questions as `name/Type`, sorted: those for A and AAAA go out together.
fn asked(peer: &DnsPeer) -> Vec<String> {
    let shown = |query: DnsQuery| format!("{}/{:?}", query.name, query.kind);
    let mut all: Vec<_> = peer.take_queries().into_iter().map(shown).collect();
    all.sort();
    all
}

/// The entry with its addresses sorted: their order depends on the routes of the machine.
fn sorted(entry: Result<IpHostEntry, SocketError>) -> String {
    shown(entry.map(|mut entry| {
        let mut addresses = entry.address_list().to_vec();
        addresses.sort();
        entry.set_address_list(addresses);
        entry
    }))
}

fn zone() -> DnsZone {
    let many: Vec<String> = (1..=60).map(|n| format!("10.2.0.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    DnsZone::new()
        .host("host.test", &["10.1.0.1", "10.1.0.2", "fd00::1"])
        .alias("www.test", "alias.test")
        .alias("alias.test", "host.test")
        .pointer("10.1.0.1", "host.test")
        .pointer("fd00::1", "host.test")
        .pointer("10.1.0.9", "forgotten.test")
        .host("xn--bcher-kva.test", &["10.1.0.3"])
        .host("many.test", &many)
        .host("slow.test", &["10.1.0.4"])
        .delayed("slow.test", Duration::from_millis(100))
        .empty("empty.test")
        .failing("failing.test", ResponseCode::ServFail)
        .silent("silent.test")
}

#[test]
fn dns_api_against_stub_server() {
    if !inside("dns_api_against_stub_server", |_| ()) {
        return;
    }
    let peer = serve(zone());
    let context = NetContext::new();

    /// All forms of `get_host_entry` give this and ask this.
    #[track_caller]
    fn check(context: &NetContext, peer: &DnsPeer, host: &str, expected: &str, queries: &[&str]) {
        assert_eq!(
            sorted(Dns::get_host_entry_in(context, host)),
            expected,
            "{host}"
        );
        let first = asked(peer);
        assert_eq!(first, queries, "{host}");
        let future = Dns::get_host_entry_async_in(context, host);
        assert_eq!(sorted(block_on(future)), expected, "{host}");
        assert_eq!(asked(peer), first, "{host}");
        let begun = Dns::begin_get_host_entry_in(context, host, None, None);
        assert_eq!(sorted(Dns::end_get_host_entry(&begun)), expected, "{host}");
        assert_eq!(asked(peer), first, "{host}");
    }
    let check = |host: &str, expected: &str, queries: &[&str]| {
        check(&context, &peer, host, expected, queries);
    };
    let both = ["host.test/A", "host.test/Aaaa"];
    let known = "host.test [] 10.1.0.1 10.1.0.2 fd00::1";
    check("host.test", known, &both);
    check("HOST.test.", known, &both);
    // The aliases take one more question.
    let aliased = "host.test [www.test,alias.test] 10.1.0.1 10.1.0.2 fd00::1";
    check(
        "www.test",
        aliased,
        &["www.test/A", "www.test/A", "www.test/Aaaa"],
    );
    // The name of an address, then the addresses of the name.
    let by = ["1.0.1.10.in-addr.arpa/Ptr", both[0], both[1]];
    check("10.1.0.1", known, &by);
    let reverse = format!(
        "{}d.f.ip6.arpa/Ptr",
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
    );
    let by = [&*reverse, both[0], both[1]];
    check("fd00::1", known, &by);
    let half = [
        "9.0.1.10.in-addr.arpa/Ptr",
        "forgotten.test/A",
        "forgotten.test/Aaaa",
    ];
    check("10.1.0.9", "forgotten.test [] ", &half);
    check("10.1.0.8", "HostNotFound", &["8.0.1.10.in-addr.arpa/Ptr"]);
    check(
        "bücher.test",
        "xn--bcher-kva.test [] 10.1.0.3",
        &["xn--bcher-kva.test/A", "xn--bcher-kva.test/Aaaa"],
    );
    check(
        "slow.test",
        "slow.test [] 10.1.0.4",
        &["slow.test/A", "slow.test/Aaaa"],
    );
    // What the hosts file knows is asked of nobody.
    check("filed", "filed.test [filed,also.test] 10.3.0.1", &[]);
    check("filed.test", "filed.test [filed,also.test] 10.3.0.1", &[]);
    check(
        "missing.test",
        "HostNotFound",
        &["missing.test/A", "missing.test/Aaaa"],
    );
    check("empty.test", "NoData", &["empty.test/A", "empty.test/Aaaa"]);

    // What fails is tried again by the system; how often is its own affair.
    for (host, code) in [("failing.test", "TryAgain"), ("silent.test", "TryAgain")] {
        assert_eq!(shown(Dns::get_host_entry_in(&context, host)), code);
        let queries = asked(&peer);
        assert!(
            queries.iter().any(|query| query.starts_with(host)),
            "{queries:?}"
        );
    }
    // More than UDP holds: all of it by TCP. The system does not wait for what it has asked by
    // UDP besides, so the server may hear that last.
    let many = Dns::get_host_addresses_in(&context, "many.test").unwrap();
    assert_eq!(many.iter().collect::<BTreeSet<_>>().len(), 60);
    let queries = RefCell::new(Vec::new());
    for (kind, tcp) in [
        (DnsType::A, true),
        (DnsType::A, false),
        (DnsType::Aaaa, false),
    ] {
        eventually(|| {
            let mut queries = queries.borrow_mut();
            queries.extend(peer.take_queries());
            queries.iter().any(|q| q.kind == kind && q.tcp == tcp)
        });
    }

    // One family is one question. The server may even now hear one about the name before.
    let asked_now = || {
        let mut now = asked(&peer);
        now.retain(|query| !query.starts_with("many.test/"));
        now
    };
    let v4 =
        Dns::get_host_addresses_of_family_in(&context, "host.test", AddressFamily::InterNetwork);
    assert_eq!(v4.unwrap().len(), 2);
    assert_eq!(asked_now(), ["host.test/A"]);
    let v6 =
        Dns::get_host_addresses_of_family_in(&context, "host.test", AddressFamily::InterNetworkV6);
    assert_eq!(v6, Ok(vec![ip("fd00::1")]));
    assert_eq!(asked_now(), ["host.test/Aaaa"]);
    let none =
        Dns::get_host_addresses_of_family_in(&context, "slow.test", AddressFamily::InterNetworkV6);
    assert_eq!(format!("{:?}", none.unwrap_err().code()), "NoData");
    asked(&peer);
    // An address is its own answer.
    assert_eq!(
        Dns::get_host_addresses_in(&context, "10.1.0.1"),
        Ok(vec![ip("10.1.0.1")])
    );
    assert_eq!(asked_now(), [""; 0]);
    // Equal questions at the same time are one; a list needs no aliases.
    let futures: Vec<_> = (0..8)
        .map(|_| Dns::get_host_addresses_async_in(&context, "slow.test"))
        .collect();
    let futures: Vec<_> = futures
        .into_iter()
        .map(|future| {
            let begun = system_net_runtime::begin(future, None, None);
            move || begun.end().unwrap()
        })
        .collect();
    for end in futures {
        assert_eq!(end(), Ok(vec![ip("10.1.0.4")]));
    }
    let queries = asked_now();
    assert!(queries.len() < 16, "{queries:?}");
    obsolete_members(&context, &peer);
}

#[expect(deprecated, reason = "that they are marked is part of the test")]
fn obsolete_members(context: &NetContext, peer: &DnsPeer) {
    let known = "host.test [] 10.1.0.1 10.1.0.2 fd00::1";
    assert_eq!(sorted(Dns::resolve_in(context, "host.test")), known);
    assert_eq!(
        sorted(Dns::get_host_by_name_in(context, "host.test")),
        known
    );
    assert_eq!(sorted(Dns::resolve_in(context, "10.1.0.1")), known);
    assert_eq!(
        sorted(Dns::get_host_by_address_in(context, ip("10.1.0.1"))),
        known
    );
    assert_eq!(
        sorted(Dns::resolve_in(context, "10.1.0.8")),
        "10.1.0.8 [] 10.1.0.8"
    );
    assert!(asked(peer).iter().any(|query| query == "host.test/Aaaa"));
}

#[test]
fn dns_multi_homed_addresses() {
    let prepare = |namespace: &Namespace| {
        // One end of each cable is enough to have an interface.
        for (name, number) in [("one", 5), ("two", 6)] {
            namespace.ip(&format!("link add {name} type veth peer name {name}-end"));
            namespace.ip(&format!("link set {name} up"));
            namespace.ip(&format!("link set {name}-end up"));
            namespace.add_address(name, &format!("10.{number}.0.1/24"));
            namespace.add_address(name, &format!("fd0{number}::1/64"));
        }
        namespace.settle();
    };
    if !inside("dns_multi_homed_addresses", prepare) {
        return;
    }
    let global = ["10.5.0.1", "10.6.0.1", "fd05::1", "fd06::1"].map(ip);
    let zone = DnsZone::new()
        .host(
            "server.test",
            &["10.5.0.1", "10.6.0.1", "fd05::1", "fd06::1"],
        )
        .alias("www.test", "server.test")
        .pointer("10.6.0.1", "server.test");
    let peer = serve(zone);
    let context = NetContext::new();
    // A host that the name server knows, by each of its names.
    let expected = "server.test [www.test] 10.5.0.1 10.6.0.1 fd05::1 fd06::1";
    assert_eq!(
        sorted(Dns::get_host_entry_in(&context, "www.test")),
        expected
    );
    let begun = Dns::begin_get_host_entry_in(&context, "www.test", None, None);
    assert_eq!(sorted(Dns::end_get_host_entry(&begun)), expected);
    let without = expected.replace("www.test", "");
    assert_eq!(
        sorted(Dns::get_host_entry_in(&context, "10.6.0.1")),
        without
    );
    let begun = Dns::begin_get_host_addresses_in(&context, "www.test", None, None);
    let list = Dns::end_get_host_addresses(&begun).unwrap();
    assert_eq!(list.len(), 4);
    assert_eq!(
        list.into_iter().collect::<BTreeSet<IpAddress>>(),
        global.into()
    );

    // This machine, whether the name server knows it or not, has the addresses of its interfaces.
    assert_eq!(Dns::get_host_name().unwrap(), "multi");
    let known = DnsZone::new().host("multi", &["10.5.0.1", "10.7.0.1"]);
    for (zone, elsewhere) in [(DnsZone::new(), false), (known, true)] {
        peer.set_zone(zone);
        for host in ["multi", "MULTI", ""] {
            let entry = Dns::get_host_entry_in(&context, host).unwrap();
            let list = entry.address_list();
            let unique: BTreeSet<&IpAddress> = list.iter().collect();
            assert_eq!(unique.len(), list.len(), "{list:?}");
            for address in global {
                assert!(list.contains(&address), "{host:?}: {address} in {list:?}");
            }
            assert_eq!(list.contains(&ip("10.7.0.1")), elsewhere, "{list:?}");
            // Of link-local addresses the interface is told; loopback ones are left out.
            let near: Vec<_> = list.iter().filter(|a| a.is_ipv6_link_local()).collect();
            assert!(near.len() >= 2, "{list:?}");
            assert!(near.iter().all(|a| a.scope_id() > Some(1)), "{list:?}");
            assert!(!list.iter().any(|a| a.is_loopback()), "{list:?}");
            assert_eq!(Dns::get_host_addresses_in(&context, host).unwrap(), list);
        }
    }
}

#[test]
fn ipv6_enable_matrix() {
    for enabled in [false, true] {
        // Each system is a process; the one that is begun finds itself in its own.
        let test = "ipv6_enable_matrix";
        let prepare = |namespace: &Namespace| {
            let value = if enabled { "0" } else { "1" };
            namespace.run(|| {
                let file = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
                std::fs::write(file, value).unwrap();
            });
        };
        if inside(test, prepare) {
            let text = std::fs::read_to_string("/proc/sys/net/ipv6/conf/all/disable_ipv6");
            return matrix_cells(text.unwrap().trim_end() == "0");
        }
    }
}

#[expect(deprecated, reason = "that they are marked is part of the test")]
fn matrix_cells(system: bool) {
    let peer = serve(zone());
    for classes in [false, true] {
        let settings = Settings {
            ipv6: classes,
            ..Settings::default()
        };
        let context = NetContext::with_settings(settings);
        let cell = format!("system {system}, classes {classes}");
        // Every cell can parse.
        assert_eq!(ip("fd00::1").to_string(), "fd00::1", "{cell}");
        let parsed = Dns::get_host_addresses_in(&context, "fd00::1");
        assert_eq!(parsed, Ok(vec![ip("fd00::1")]), "{cell}");
        assert_eq!(asked(&peer), [""; 0], "{cell}");
        #[track_caller]
        fn check(found: Result<IpHostEntry, SocketError>, peer: &DnsPeer, v6: bool, cell: &str) {
            let v6_found = found.unwrap();
            let families = v6_found.address_list().iter().map(|a| a.address_family());
            let v6_found = families
                .filter(|f| *f == AddressFamily::InterNetworkV6)
                .count();
            assert_eq!(v6_found, usize::from(v6), "{cell}");
            let queries = peer.take_queries();
            let count = |kind| queries.iter().filter(|query| query.kind == kind).count();
            assert_eq!(count(DnsType::Aaaa), usize::from(v6), "{cell}: {queries:?}");
            assert_eq!(count(DnsType::A), 1, "{cell}: {queries:?}");
        }
        check(
            Dns::get_host_entry_in(&context, "host.test"),
            &peer,
            system,
            &cell,
        );
        let both = system && classes;
        check(Dns::resolve_in(&context, "host.test"), &peer, both, &cell);
        check(
            Dns::get_host_by_name_in(&context, "host.test"),
            &peer,
            both,
            &cell,
        );
    }
}

/// A new `/etc/resolv.conf` counts from the next look-up on.
#[cfg(feature = "hickory")]
#[test]
fn hickory_reads_changed_files_again() {
    use system_net_sockets::{HickoryResolver, Resolver as _};

    if !inside("hickory_reads_changed_files_again", |_| ()) {
        return;
    }
    let at = |last: u8, address: &str| {
        let zone = DnsZone::new().host("host.test", &[address]);
        DnsPeer::serve_at(zone, SocketAddr::from(([127, 0, 0, last], 53))).unwrap()
    };
    let (first, second) = (at(1, "10.0.0.1"), at(2, "10.0.0.2"));
    let resolver = HickoryResolver::system().unwrap();
    let ask = |host: &str| block_on(resolver.resolve(host));
    assert_eq!(ask("host.test"), Ok(vec![ip("10.0.0.1")]));
    assert_eq!(ask("filed.test"), Ok(vec![ip("10.3.0.1")]));
    assert!(!first.take_queries().is_empty());
    std::fs::write("/etc/resolv.conf", "nameserver 127.0.0.2\n").unwrap();
    std::fs::write("/etc/hosts", "10.3.0.2 filed.test\n").unwrap();
    assert_eq!(ask("host.test"), Ok(vec![ip("10.0.0.2")]));
    assert_eq!(ask("filed.test"), Ok(vec![ip("10.3.0.2")]));
    assert!(first.take_queries().is_empty() && !second.take_queries().is_empty());
}
