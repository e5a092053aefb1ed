//! The class `Dns`: its rules with a resolver that is watched, and in `stub_server` the whole way
//! to a name server.

#[cfg(feature = "hickory")]
mod hickory;
mod netbios;
mod stub_server;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use system_net_config::{NetContext, Settings};
use system_net_primitives::{AddressFamily, AsyncResult, IpAddress, IpEndPoint};
use system_net_runtime::block_on;
use system_net_sockets::{
    BoxFuture, Dns, HostsFile, IpHostEntry, OverrideResolver, PeerNames, Resolver, SocketError,
    SocketErrorCode, TimeLimitResolver,
};

/// Knows `host.test` by an address of each family, and says what it is asked.
#[derive(Default)]
struct Watched {
    asked: Mutex<Vec<String>>,
}

const V4: &str = "10.0.0.1";
const V6: &str = "fd00::1";

impl Watched {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.asked.lock().unwrap()).join(" ")
    }
}

fn ip(text: &str) -> IpAddress {
    text.parse().unwrap()
}

fn ready<T: Send + 'static>(value: T) -> BoxFuture<'static, T> {
    Box::pin(std::future::ready(value))
}

fn missing<T>() -> Result<T, SocketError> {
    Err(SocketError::new(SocketErrorCode::HostNotFound))
}

impl Resolver for Watched {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.resolve_family(host, AddressFamily::Unspecified)
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.note(format!("{host}/{family}"));
        if host == "slow.test" {
            return Box::pin(std::future::pending());
        }
        let mut all = vec![ip(V6), ip(V4)];
        all.retain(|address| {
            family == AddressFamily::Unspecified || address.address_family() == family
        });
        ready(match host {
            "host.test" | "xn--bcher-kva.test" => Ok(all),
            _ => missing(),
        })
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        self.note(format!("{address}"));
        ready(match &*address.to_string() {
            V4 | V6 => Ok("host.test".to_owned()),
            "10.0.0.2" => Ok("forgotten.test".to_owned()),
            _ => missing(),
        })
    }
}

/// A context that asks it.
fn watched(ipv6: bool) -> (NetContext, Arc<Watched>) {
    let settings = Settings {
        ipv6,
        ..Settings::default()
    };
    let context = NetContext::with_settings(settings);
    let resolver = Arc::new(Watched::default());
    Dns::set_resolver_in(&context, Some(Arc::clone(&resolver) as Arc<dyn Resolver>));
    (context, resolver)
}

/// `name [aliases] addresses`, or the code of the error.
fn shown(entry: Result<IpHostEntry, SocketError>) -> String {
    match entry {
        Ok(entry) => {
            let addresses = entry.address_list().iter().map(ToString::to_string);
            let addresses: Vec<_> = addresses.collect();
            let (name, aliases) = (entry.host_name(), entry.aliases().join(","));
            format!("{name} [{aliases}] {}", addresses.join(" "))
        }
        Err(error) => format!("{:?}", error.code()),
    }
}

fn shown_list(addresses: Result<Vec<IpAddress>, SocketError>) -> String {
    shown(addresses.map(|addresses| {
        let mut entry = IpHostEntry::new();
        entry.set_address_list(addresses);
        entry
    }))
    .trim_start_matches(" [] ")
    .to_owned()
}

/// Whether this machine uses IPv6; without it nothing but IPv4 is asked for.
fn machine_has_ipv6() -> bool {
    std::net::UdpSocket::bind("[::1]:0").is_ok()
}

#[test]
fn dns_asks_what_dotnet_asks() {
    let (context, resolver) = watched(true);
    let (all, both) = match machine_has_ipv6() {
        true => ("Unspecified", "fd00::1 10.0.0.1"),
        false => ("InterNetwork", "10.0.0.1"),
    };
    #[track_caller]
    fn check(found: String, resolver: &Watched, expected: &str, asked: &str) {
        assert_eq!((&*found, &*resolver.take()), (expected, asked));
    }
    let entry = |host: &str| shown(Dns::get_host_entry_in(&context, host));
    let asked = format!("host.test/{all}");
    let known = format!("host.test [] {both}");
    check(entry("host.test"), &resolver, &known, &asked);
    let international = known.replace("host", "xn--bcher-kva");
    let asked_so = asked.replace("host", "xn--bcher-kva");
    check(entry("BÜCHER.test"), &resolver, &international, &asked_so);
    // An address: first its name, then the addresses of the name.
    for address in [V4, V6] {
        let asked = format!("{address} {asked}");
        check(entry(address), &resolver, &known, &asked);
        let by = shown(Dns::get_host_entry_by_address_in(&context, ip(address)));
        check(by, &resolver, &known, &asked);
    }
    let half = format!("10.0.0.2 forgotten.test/{all}");
    check(entry("10.0.0.2"), &resolver, "forgotten.test [] ", &half);
    check(entry("10.0.0.3"), &resolver, "HostNotFound", "10.0.0.3");
    let list = |host: &str| shown_list(Dns::get_host_addresses_in(&context, host));
    check(list("host.test"), &resolver, both, &asked);
    // An address is its own answer, however it is written.
    for (text, address) in [(V4, V4), (V6, V6), ("[fd00::1]", V6), ("0x0a.1", V4)] {
        check(list(text), &resolver, address, "");
    }
    // One family.
    let v4 = AddressFamily::InterNetwork;
    let one = |host: &str| shown_list(Dns::get_host_addresses_of_family_in(&context, host, v4));
    check(one("host.test"), &resolver, V4, "host.test/InterNetwork");
    check(one(V4), &resolver, V4, "");
    check(one(V6), &resolver, "", "");
    let one = shown(Dns::get_host_entry_of_family_in(&context, "host.test", v4));
    let known = "host.test [] 10.0.0.1";
    check(one, &resolver, known, "host.test/InterNetwork");
}

#[test]
fn dns_refuses_what_dotnet_refuses() {
    let (context, resolver) = watched(true);
    let label = "a".repeat(63);
    let full = [&*label, &label, &label, &label[..62]].join(".");
    let international = "ü".repeat(250);
    #[track_caller]
    fn check(context: &NetContext, host: &str, code: SocketErrorCode, words: &str) {
        let entry = Dns::get_host_entry_in(context, host).unwrap_err();
        let list = Dns::get_host_addresses_in(context, host).unwrap_err();
        for error in [entry, list] {
            assert_eq!(error.code(), code, "{host}: {error}");
            assert!(error.to_string().contains(words), "{host}: {error}");
        }
    }
    use SocketErrorCode::{HostNotFound, InvalidArgument};
    for host in ["0.0.0.0", "::", "0", "[::]"] {
        check(&context, host, InvalidArgument, "hostNameOrAddress");
        let any = Dns::get_host_entry_by_address_in(&context, ip(host)).unwrap_err();
        assert!(any.to_string().contains("`address`"), "{any}");
    }
    assert_eq!(full.len(), 254);
    check(
        &context,
        &format!("{full}a"),
        InvalidArgument,
        "255 characters",
    );
    check(
        &context,
        &format!("{full}aa"),
        InvalidArgument,
        "255 characters",
    );
    check(&context, &international, HostNotFound, "look-up");
    assert_eq!(resolver.take(), "");
    // At the limit they are asked for.
    check(&context, &full, HostNotFound, "");
    check(&context, &format!("{full}."), HostNotFound, "");
    assert!(resolver.take().contains(&full));
    for host in ["a b\u{fc}", "ü/x", "fe80::1%no-such-if0"] {
        check(&context, host, HostNotFound, "");
    }
}

#[test]
#[expect(deprecated, reason = "that they are marked is part of the test")]
fn dns_resolve_obeys_ipv6_switch() {
    let has_ipv6 = machine_has_ipv6();
    for switch in [true, false] {
        let (context, resolver) = watched(switch);
        let on = switch && has_ipv6;
        let (family, addresses) = match on {
            true => ("Unspecified", "fd00::1 10.0.0.1"),
            false => ("InterNetwork", "10.0.0.1"),
        };
        let check = |found: Result<IpHostEntry, SocketError>, expected: &str, asked: &str| {
            assert_eq!(
                (&*shown(found), &*resolver.take()),
                (expected, asked),
                "{switch}"
            );
        };
        let asked = format!("host.test/{family}");
        let known = format!("host.test [] {addresses}");
        check(Dns::resolve_in(&context, "host.test"), &known, &asked);
        check(
            Dns::get_host_by_name_in(&context, "host.test"),
            &known,
            &asked,
        );
        // Without IPv6 the addresses of the name are not asked for.
        let by = format!("10.0.0.1 {asked}");
        let by = if on { &*by } else { "10.0.0.1" };
        check(Dns::resolve_in(&context, V4), &known, by);
        check(Dns::get_host_by_address_in(&context, ip(V4)), &known, by);
        check(
            Dns::get_host_by_address_from_str_in(&context, V4),
            &known,
            by,
        );
        // An IPv6 address is none for `resolve`, and of no use for `get_host_by_address`.
        match on {
            true => {
                let by = format!("fd00::1 {asked}");
                check(Dns::resolve_in(&context, V6), &known, &by);
                check(Dns::get_host_by_address_in(&context, ip(V6)), &known, &by);
            }
            false => {
                let name = "fd00::1/InterNetwork";
                check(Dns::resolve_in(&context, V6), "HostNotFound", name);
                let by = Dns::get_host_by_address_in(&context, ip(V6));
                check(by, "ProtocolNotSupported", "");
            }
        }
        check(
            Dns::get_host_by_name_in(&context, V6),
            "fd00::1 [] fd00::1",
            "",
        );
        check(
            Dns::get_host_by_name_in(&context, V4),
            "10.0.0.1 [] 10.0.0.1",
            "",
        );
        // What has no name is its own answer for `resolve`, and for no other.
        check(
            Dns::resolve_in(&context, "10.0.0.3"),
            "10.0.0.3 [] 10.0.0.3",
            "10.0.0.3",
        );
        check(
            Dns::resolve_in(&context, "0.0.0.0"),
            "0.0.0.0 [] 0.0.0.0",
            "0.0.0.0",
        );
        check(
            Dns::get_host_by_address_in(&context, ip("10.0.0.3")),
            "HostNotFound",
            "10.0.0.3",
        );
        check(
            Dns::get_host_by_address_from_str_in(&context, "x"),
            "InvalidArgument",
            "",
        );
        // Begin and End are the same.
        let begun = Dns::begin_resolve_in(&context, "host.test", None, None);
        check(Dns::end_resolve(&begun), &known, &asked);
        let begun = Dns::begin_get_host_by_name_in(&context, "host.test", None, None);
        check(Dns::end_get_host_by_name(&begun), &known, &asked);
        // The others do not look at the switch.
        let (all, both) = match has_ipv6 {
            true => ("Unspecified", "fd00::1 10.0.0.1"),
            false => ("InterNetwork", "10.0.0.1"),
        };
        let (known, asked) = (format!("host.test [] {both}"), format!("host.test/{all}"));
        check(
            Dns::get_host_entry_in(&context, "host.test"),
            &known,
            &asked,
        );
        let list = Dns::get_host_addresses_in(&context, "host.test");
        assert_eq!(
            (shown_list(list), resolver.take()),
            (both.to_owned(), asked)
        );
    }
}

#[test]
fn ipv6_scope_id() {
    // The loopback interface is the first of every machine.
    let loopback = ip("fe80::1%lo");
    assert_eq!(loopback.scope_id(), Some(1));
    assert_eq!(loopback, ip("fe80::1%1"));
    assert_eq!(loopback.to_string(), "fe80::1%1");
    let (context, resolver) = watched(true);
    for text in ["fe80::1%lo", "fe80::1%1", "[fe80::1%lo]"] {
        let addresses = Dns::get_host_addresses_in(&context, text);
        assert_eq!(addresses, Ok(vec![loopback]), "{text}");
    }
    // The name service is told the interface.
    let entry = Dns::get_host_entry_in(&context, "fe80::1%lo");
    assert_eq!(
        (&*shown(entry), &*resolver.take()),
        ("HostNotFound", "fe80::1%1")
    );
    // An address, and a name in a file.
    let mut table = OverrideResolver::closed();
    table.insert_file(&HostsFile::parse("fe80::1%lo near.test"));
    Dns::set_resolver_in(&context, Some(Arc::new(table)));
    if machine_has_ipv6() {
        let addresses = Dns::get_host_addresses_in(&context, "near.test");
        assert_eq!(addresses, Ok(vec![loopback]));
        let entry = Dns::get_host_entry_in(&context, "fe80::1%lo");
        assert_eq!(shown(entry), "near.test [] fe80::1%1");
    }
    // It goes through to the system's own form, and an address in a URI has it too.
    let end_point = std::net::SocketAddr::from(IpEndPoint::new(loopback, 80));
    assert!(matches!(end_point, std::net::SocketAddr::V6(v6) if v6.scope_id() == 1));
    let uri = system_net_uri::Uri::parse("http://[fe80::1%lo]/").unwrap();
    let system_net_uri::HostAddress::V6(v6, zone) = uri.host_address() else {
        panic!("{:?}", uri.host_address());
    };
    assert_eq!((v6, zone), ("fe80::1".parse().unwrap(), Some("lo")));
}

#[test]
fn names_of_peers_go_to_peers() {
    struct Peers;
    impl PeerNames for Peers {
        fn resolve_peer(
            &self,
            host: &str,
        ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
            ready(match host {
                "0.alice.pnrp.net" => Ok(vec![ip(V6), ip(V4)]),
                _ => missing(),
            })
        }
    }
    let (context, resolver) = watched(true);
    let list = |host: &str| shown_list(Dns::get_host_addresses_in(&context, host));
    assert_eq!(list("0.alice.pnrp.net"), "HostNotFound");
    assert!(resolver.take().starts_with("0.alice.pnrp.net/"));
    Dns::set_peer_names_in(&context, Some(Arc::new(Peers)));
    let all = if machine_has_ipv6() {
        "fd00::1 10.0.0.1"
    } else {
        V4
    };
    assert_eq!(list("0.alice.pnrp.net"), all);
    let entry = shown(Dns::get_host_entry_in(&context, "0.alice.pnrp.net"));
    assert_eq!(entry, format!("0.alice.pnrp.net [] {all}"));
    assert_eq!(list("0.bob.pnrp.net"), "HostNotFound");
    assert_eq!(resolver.take(), "");
    assert_eq!(list("pnrp.net"), "HostNotFound");
    assert!(resolver.take().starts_with("pnrp.net/"));
}

#[test]
fn dns_in_three_forms() {
    const LATE: Duration = Duration::from_secs(20);
    let (context, resolver) = watched(true);
    let expected = Dns::get_host_entry_in(&context, "host.test");
    assert_eq!(
        block_on(Dns::get_host_entry_async_in(&context, "host.test")),
        expected
    );
    let by = Dns::get_host_entry_by_address_async_in(&context, ip(V4));
    assert_eq!(block_on(by), expected);
    let list = Dns::get_host_addresses_in(&context, "host.test");
    assert_eq!(
        block_on(Dns::get_host_addresses_async_in(&context, "host.test")),
        list
    );
    let v4 = AddressFamily::InterNetwork;
    let one = Dns::get_host_addresses_of_family_async_in(&context, "host.test", v4);
    assert_eq!(block_on(one), Ok(vec![ip(V4)]));
    let one = Dns::get_host_entry_of_family_async_in(&context, "host.test", v4);
    assert_eq!(shown(block_on(one)), "host.test [] 10.0.0.1");

    // Begin calls back once; the answer is there at once.
    let (sender, called) = std::sync::mpsc::channel();
    let callback = move |result: &AsyncResult<Result<IpHostEntry, SocketError>>| {
        let state = result.async_state().unwrap().downcast_ref::<u32>().copied();
        sender
            .send((state, Dns::end_get_host_entry(result)))
            .unwrap();
    };
    let state: system_net_primitives::AsyncState = Arc::new(7_u32);
    let begun =
        Dns::begin_get_host_entry_in(&context, "host.test", Some(Box::new(callback)), Some(state));
    assert!(begun.completed_synchronously());
    assert_eq!(
        called.recv_timeout(LATE).unwrap(),
        (Some(7), expected.clone())
    );
    assert!(
        called.recv_timeout(LATE).is_err(),
        "called once, and let go"
    );
    let again = Dns::end_get_host_entry(&begun).unwrap_err();
    assert!(again.to_string().contains("taken"), "{again}");
    let begun = Dns::begin_get_host_entry_by_address_in(&context, ip(V4), None, None);
    assert_eq!(Dns::end_get_host_entry(&begun), expected);
    let begun = Dns::begin_get_host_addresses_in(&context, "host.test", None, None);
    assert_eq!(Dns::end_get_host_addresses(&begun), list);
    let refused = Dns::begin_get_host_addresses_in(&context, "::", None, None);
    assert!(refused.completed_synchronously());
    assert!(Dns::end_get_host_addresses(&refused).is_err());

    // What never ends can be given up.
    let slow = Dns::begin_get_host_entry_in(&context, "slow.test", None, None);
    assert!(!slow.completed_synchronously() && !slow.is_completed());
    slow.cancel();
    assert!(Dns::end_get_host_entry(&slow).is_err());
    // Or is, after a time.
    let resolver = resolver as Arc<dyn Resolver>;
    let limited = TimeLimitResolver::new(resolver, Duration::from_millis(20));
    Dns::set_resolver_in(&context, Some(Arc::new(limited)));
    // Around what the context asks now, which is no circle.
    let current = Dns::resolver_in(&context);
    let limited = TimeLimitResolver::new(current, Duration::from_secs(60));
    Dns::set_resolver_in(&context, Some(Arc::new(limited)));
    let begun = Instant::now();
    for _ in 0..2 {
        let error = Dns::get_host_entry_in(&context, "slow.test").unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::TimedOut, "{error}");
        let error = block_on(Dns::get_host_addresses_async_in(&context, "slow.test")).unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::TimedOut, "{error}");
    }
    assert!(begun.elapsed() < LATE);
    assert_eq!(Dns::get_host_entry_in(&context, "host.test"), expected);
}

#[test]
fn static_members_are_those_of_the_global_context() {
    let list = Dns::get_host_addresses("localhost").unwrap();
    assert!(list.iter().all(|address| address.is_loopback()), "{list:?}");
    assert_eq!(
        block_on(Dns::get_host_addresses_async("localhost")),
        Ok(list.clone())
    );
    let begun = Dns::begin_get_host_addresses("localhost", None, None);
    assert_eq!(Dns::end_get_host_addresses(&begun), Ok(list));
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(Dns::get_host_name().unwrap(), name.trim_end());
    // This machine by its name, which needs to be known to nobody.
    let own = Dns::get_host_entry(&Dns::get_host_name().unwrap()).unwrap();
    assert!(!own.address_list().is_empty());
    assert_eq!(
        Dns::get_host_entry("").unwrap().address_list(),
        own.address_list()
    );
}

#[test]
fn lmhosts_parsed_when_enabled() {
    let lmhosts = HostsFile::parse_lmhosts("10.0.0.7 PRINTER #PRE\n10.0.0.8 printer", |_| None);
    let (context, resolver) = watched(true);
    let printer = || shown(Dns::get_host_entry_in(&context, "printer"));
    assert_eq!(printer(), "HostNotFound");
    let inner = Arc::clone(&resolver) as Arc<dyn Resolver>;
    let mut table = OverrideResolver::new(inner);
    table.insert_file(&lmhosts);
    table.insert_file(&HostsFile::parse("10.0.0.9 files.test files share # hosts"));
    Dns::set_resolver_in(&context, Some(Arc::new(table)));
    resolver.take();
    assert_eq!(printer(), "PRINTER [] 10.0.0.7 10.0.0.8");
    let entry = |host: &str| shown(Dns::get_host_entry_in(&context, host));
    for host in ["files.test", "SHARE", "10.0.0.9"] {
        assert_eq!(entry(host), "files.test [files,share] 10.0.0.9", "{host}");
    }
    assert_eq!(resolver.take(), "");
    // The rest is asked elsewhere.
    assert!(entry("host.test").starts_with("host.test"));
    assert!(!resolver.take().is_empty());
}
