//! The guard against forged requests, judged by what arrives: a world in which this machine has
//! every address there is, and one listener answers for all of them and notes which was reached.
//!
//! The world is a network namespace whose loopback interface holds `0.0.0.0/0` and `::/0`, so that a
//! connection to `169.254.169.254` arrives like any other; [`ssrf_matrix`] first shows that it does.
//! Where no namespace can be made, the world has the addresses of the loopback alone: what the guard
//! refuses is the same, and only the counterproof is left to those.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{AccessPolicy, IpAddress, IpNetwork};
use system_net_requests::{ServicePointManager, WebError, WebRequest};
use system_net_security::isolation::{NetworkCapability, NetworkIsolation};
use system_net_security::permissions::AddressFilter;
use system_net_sockets::{BoxFuture, Dns, Resolver, SocketError};
use system_net_testkit::Namespace;
use system_net_uri::Uri;
use system_net_web_proxy::{Proxy, WebProxy};

/// What becomes of a request to a target when nothing guards it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unguarded {
    /// It arrives, on a machine that has the loopback alone too.
    Here,
    /// It arrives where the machine has the address.
    Arrives,
    /// The system opens no connection to it (groups, broadcast, a link without its number).
    Refused,
    /// It is an address to others; here it is a name that nobody has, or no address at all.
    Nowhere,
}

use Unguarded::{Arrives, Here, Nowhere, Refused};

/// Targets that a program which only asks the Internet must not reach: how they are written, and
/// what becomes of them without a guard.
const TARGETS: [(&str, Unguarded); 78] = [
    // This machine, as the parser of IPv4 addresses lets it be written.
    ("127.0.0.1", Here),
    ("127.1", Here),
    ("127.0.1", Here),
    ("127.255.255.254", Here),
    ("0x7f.1", Here),
    ("0x7F000001", Here),
    ("2130706433", Here),
    ("017700000001", Here),
    ("0177.0.0.1", Here),
    ("0177.0x0.0.01", Here),
    ("127.0x1", Here),
    ("0.0.0.0", Here),
    ("0", Here),
    ("0x0", Here),
    ("127.0.0.1.", Nowhere),
    ("%31%32%37.0.0.1", Nowhere),
    ("\u{ff11}\u{ff12}\u{ff17}.0.0.1", Here),
    ("127\u{3002}0\u{3002}0\u{3002}1", Here),
    ("\u{2460}\u{2461}\u{2466}.\u{24ea}.\u{24ea}.\u{2460}", Here),
    ("user@127.0.0.1", Here),
    ("93.184.215.14@127.0.0.1", Here),
    ("0.1.2.3", Arrives),
    // Names of this machine.
    ("localhost", Here),
    ("LOCALHOST.", Nowhere),
    // It again, as IPv6 and within IPv6.
    ("[::1]", Here),
    ("[0:0:0:0:0:0:0:1]", Here),
    ("[::]", Here),
    ("[::ffff:127.0.0.1]", Here),
    ("[::ffff:7f00:1]", Here),
    ("[0:0:0:0:0:ffff:127.0.0.1]", Here),
    ("[::ffff:0.0.0.0]", Here),
    ("[::127.0.0.1]", Arrives),
    ("[::ffff:0:127.0.0.1]", Arrives),
    ("[64:ff9b::127.0.0.1]", Arrives),
    ("[2002:7f00:1::]", Arrives),
    ("[2001:0:5db8:d70e:0:f0ff:80ff:fffe]", Arrives),
    ("[2a00::200:5efe:127.0.0.1]", Arrives),
    // Where clouds keep their machines' secrets.
    ("169.254.169.254", Arrives),
    ("0xa9fea9fe", Arrives),
    ("2852039166", Arrives),
    ("0251.0376.0251.0376", Arrives),
    ("169.254.43518", Arrives),
    ("[::ffff:169.254.169.254]", Arrives),
    ("[64:ff9b::a9fe:a9fe]", Arrives),
    ("[2002:a9fe:a9fe::1]", Arrives),
    ("[2001:0:5db8:d70e:0:f0ff:5601:5601]", Arrives),
    ("[fd00:ec2::254]", Arrives),
    ("[fd20:ce::254]", Arrives),
    ("100.100.100.200", Arrives),
    ("192.0.0.192", Arrives),
    ("168.63.129.16", Arrives),
    // Networks of homes, companies and providers.
    ("10.0.0.1", Arrives),
    ("167772161", Arrives),
    ("10.1", Arrives),
    ("172.16.0.1", Arrives),
    ("172.31.255.255", Arrives),
    ("192.168.1.1", Arrives),
    ("0xc0.0250.257", Arrives),
    ("100.64.0.1", Arrives),
    ("100.127.255.255", Arrives),
    ("[::ffff:10.0.0.1]", Arrives),
    ("[64:ff9b::10.0.0.1]", Arrives),
    ("[64:ff9b:1::10.0.0.1]", Arrives),
    ("[2002:a00:1::1]", Arrives),
    ("[2a00::5efe:192.168.1.1]", Arrives),
    ("[fc00::1]", Arrives),
    ("[fec0::1]", Arrives),
    ("[fe80::1]", Refused),
    // What no single machine on the Internet has.
    ("198.18.0.1", Arrives),
    ("192.0.2.1", Arrives),
    ("203.0.113.1", Arrives),
    ("192.88.99.1", Arrives),
    ("240.0.0.1", Arrives),
    ("[2001:db8::1]", Arrives),
    ("[100::1]", Arrives),
    ("224.0.0.1", Refused),
    ("255.255.255.255", Refused),
    ("[ff02::1]", Refused),
];

/// What the guard lets through: it must not refuse everything.
const PUBLIC: [&str; 7] = [
    "93.184.215.14",
    "1.1",
    "0x5db8d70e",
    "[::ffff:93.184.215.14]",
    "[64:ff9b::93.184.215.14]",
    "[2002:5db8:d70e::1]",
    "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]",
];

/// A connection that arrived: where, and the head of its request.
type Arrival = (IpAddr, String);

/// Every address of the world at one port. It redirects `/to?N` to the target of that number at its
/// own port, `/to?name` to a name, and is a proxy to those who ask it so.
struct World {
    port: u16,
    /// The address that the guard allows.
    public: IpAddr,
    whole: bool,
    arrived: Arc<Mutex<Vec<Arrival>>>,
}

impl World {
    fn new(whole: bool) -> Self {
        // One socket for both families: what is bound to `::` takes IPv4 too.
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let arrived: Arc<Mutex<Vec<Arrival>>> = Arc::default();
        let notes = Arc::clone(&arrived);
        // It ends with the process, as `accept` has no end of its own.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let notes = Arc::clone(&notes);
                thread::spawn(move || answer(&stream, &notes));
            }
        });
        let public = if whole { "93.184.215.14" } else { "127.0.0.9" };
        Self {
            port,
            public: public.parse().unwrap(),
            whole,
            arrived,
        }
    }

    /// Who arrived since the last call.
    fn arrived(&self) -> Vec<IpAddr> {
        let all = std::mem::take(&mut *self.arrived.lock().unwrap());
        all.into_iter().map(|(address, _)| address).collect()
    }

    fn arrives(&self, unguarded: Unguarded) -> bool {
        unguarded == Here || self.whole && unguarded == Arrives
    }

    /// A target with the port of this world.
    fn at(&self, target: &str) -> String {
        format!("{target}:{}", self.port)
    }

    fn guards(&self) -> Vec<Guard> {
        let one = IpNetwork::new(self.public.into(), 32).unwrap();
        let filter = AddressFilter::public_only().allow(one);
        let mut guards = vec![Guard {
            name: "the address filter",
            policy: Arc::new(filter),
        }];
        if self.whole {
            let isolation = NetworkIsolation::new([NetworkCapability::InternetClient]);
            guards.push(Guard {
                name: "the manifest",
                policy: Arc::new(isolation),
            });
        }
        guards
    }
}

/// Who judges.
struct Guard {
    name: &'static str,
    policy: Arc<dyn AccessPolicy>,
}

fn answer(stream: &TcpStream, notes: &Mutex<Vec<Arrival>>) {
    let here = stream.local_addr().unwrap().ip().to_canonical();
    let mut lines = BufReader::new(stream).lines();
    let mut head = Vec::new();
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let line = head.first().cloned().unwrap_or_default();
    notes.lock().unwrap().push((here, head.join("\n")));
    let mut words = line.split(' ');
    let (method, target) = (words.next(), words.next().unwrap_or_default());
    let port = stream.local_addr().unwrap().port();
    let field = match target.split_once("/to?") {
        Some((_, number)) => {
            let number = number.parse::<usize>();
            let host = number.map_or("name.example", |number| TARGETS[number].0);
            format!("302 Found\r\nLocation: http://{host}:{port}/\r\n")
        }
        None if method == Some("CONNECT") => "502 Bad Gateway\r\n".to_owned(),
        None => "200 OK\r\n".to_owned(),
    };
    let answer = format!("HTTP/1.1 {field}Content-Length: 0\r\nConnection: close\r\n\r\n");
    let _the_client_may_be_gone = (&*stream).write_all(answer.as_bytes());
}

/// Answers with one list after the other, the last for ever.
struct Rebinding {
    answers: Vec<Vec<IpAddress>>,
    asked: AtomicUsize,
}

impl Rebinding {
    fn new(answers: impl IntoIterator<Item = Vec<IpAddress>>) -> Arc<Self> {
        let answers = answers.into_iter().collect();
        let asked = AtomicUsize::new(0);
        Arc::new(Self { answers, asked })
    }
}

impl Resolver for Rebinding {
    fn resolve(&self, _: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[turn.min(self.answers.len() - 1)].clone();
        Box::pin(std::future::ready(Ok(answer)))
    }
}

fn context(guard: Option<&Guard>, names: Option<Arc<Rebinding>>) -> NetContext {
    let context = match guard {
        Some(guard) => NetContext::builder().policy(guard.policy.clone()).build(),
        None => NetContext::new(),
    };
    if let Some(names) = names {
        Dns::set_resolver_in(&context, Some(names));
    }
    // Each connection looks its name up anew.
    ServicePointManager::of(&context).set_dns_refresh_timeout(Some(Duration::ZERO));
    context
}

fn get(context: &NetContext, url: &str, proxy: Option<&str>) -> Result<u16, WebError> {
    let mut request = WebRequest::create_http_in(context, url)?;
    let proxy = proxy.map(|url| Arc::new(WebProxy::new(url).unwrap()) as Arc<dyn Proxy>);
    request.set_proxy(proxy)?;
    request.set_timeout(Some(Duration::from_secs(20)))?;
    Ok(request.get_response()?.status_code().as_u16())
}

/// The targets as addresses; none of names.
fn address_of(target: &str) -> Option<IpAddress> {
    let uri = Uri::parse(&format!("http://{target}/")).ok()?;
    uri.idn_host().ok()?.parse().ok()
}

/// How often a connection was begun in this network, by the system's own count.
fn begun() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/net/snmp").unwrap();
    let mut rows = text.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, values) = (rows.next().unwrap(), rows.next().unwrap());
    let mut pairs = names.split(' ').zip(values.split(' '));
    let (_, count) = pairs.find(|(name, _)| *name == "ActiveOpens").unwrap();
    count.parse().unwrap()
}

/// Sixty and more targets x first hop, second hop, a name that changes its address, a name with two
/// addresses, and through a proxy x each guard: each is refused by the guard, and what arrives is
/// exactly what may.
#[test]
fn ssrf_matrix() {
    match Namespace::new("ssrf_matrix: the counterproof of addresses beyond the loopback") {
        Some(namespace) => {
            namespace.ip("route add local 0.0.0.0/0 dev lo");
            namespace.ip("-6 route add local ::/0 dev lo");
            namespace.run(|| matrix(&World::new(true)));
        }
        None => matrix(&World::new(false)),
    }
}

fn matrix(world: &World) {
    counterproof(world);
    for guard in world.guards() {
        for (target, _) in TARGETS {
            let before = world.whole.then(begun);
            let what = format!("{}, {target}", guard.name);
            let allowed = refused_on_each_way(world, &guard, target, &what);
            assert_eq!(world.arrived(), allowed, "{what}");
            if let Some(before) = before {
                assert_eq!(begun() - before, allowed.len() as u64, "{what}");
            }
        }
    }
}

/// All targets are there, and a guard lets the Internet be reached.
fn counterproof(world: &World) {
    let free = context(None, None);
    for (target, unguarded) in TARGETS {
        let url = format!("http://{}/", world.at(target));
        if !world.arrives(unguarded) {
            // What only a whole world has is not asked for on the loopback.
            if world.whole {
                assert!(get(&free, &url, None).is_err(), "{target}");
                assert_eq!(world.arrived(), [] as [IpAddr; 0], "{target}");
            }
        } else {
            assert_eq!(get(&free, &url, None).unwrap(), 200, "{target}");
            let arrived = world.arrived();
            assert_eq!(arrived.len(), 1, "{target}: {arrived:?}");
            if let Some(address) = address_of(target) {
                let any = IpAddr::is_unspecified;
                let expected = address.to_ip_addr().to_canonical();
                assert!(
                    arrived[0] == expected || any(&expected) && arrived[0].is_loopback(),
                    "{target} arrived at {}",
                    arrived[0]
                );
            }
        }
    }
    let unguarded = TARGETS
        .iter()
        .filter(|(_, one)| world.arrives(*one))
        .count();
    assert!(
        unguarded >= if world.whole { 70 } else { 25 },
        "{unguarded}"
    );
    if world.whole {
        for guard in world.guards() {
            let guarded = context(Some(&guard), None);
            for target in PUBLIC {
                let answer = get(&guarded, &format!("http://{}/", world.at(target)), None);
                assert_eq!(answer.unwrap(), 200, "{}, {target}", guard.name);
            }
            assert_eq!(world.arrived().len(), PUBLIC.len());
        }
    }
}

/// Tries to reach a target on every way there is; what of it may arrive.
#[track_caller]
fn refused_on_each_way(world: &World, guard: &Guard, target: &str, what: &str) -> Vec<IpAddr> {
    let is_nowhere = TARGETS.contains(&(target, Nowhere));
    let check_denied = |way: &str, result: Result<u16, WebError>| {
        let error = result.expect_err(&format!("{what}: {way}"));
        assert!(
            is_nowhere || error.denied().is_some(),
            "{what}: {way}: {error}"
        );
    };
    let mut allowed = Vec::new();
    let public: IpAddress = world.public.into();
    let there = world.at(target);
    let guarded = || context(Some(guard), None);
    // The first hop.
    let first = get(&guarded(), &format!("http://{there}/"), None);
    check_denied("first hop", first);
    // The second, for requests and for those who ask again by themselves.
    let number = TARGETS
        .iter()
        .position(|(text, _)| *text == target)
        .unwrap();
    let public_host = SocketAddr::new(world.public, world.port);
    let redirecting = format!("http://{public_host}/to?{number}");
    check_denied("second hop", get(&guarded(), &redirecting, None));
    allowed.push(world.public);
    if is_nowhere {
        return allowed;
    }
    // Through a proxy that may be reached, as http and as a tunnel.
    let proxy = format!("http://{public_host}");
    for scheme in ["http", "https"] {
        let through = get(&guarded(), &format!("{scheme}://{there}/"), Some(&proxy));
        // Names of this machine are not asked of proxies, which makes no difference.
        check_denied(&format!("{scheme} by proxy"), through);
    }
    let Some(address) = address_of(target) else {
        return allowed;
    };
    // A name that had another address when it was asked first.
    let names = Rebinding::new([vec![public], vec![address]]);
    let rebinding = context(Some(guard), Some(Arc::clone(&names)));
    let named = format!("http://{}/", world.at("name.example"));
    assert_eq!(get(&rebinding, &named, None).unwrap(), 200, "{what}");
    allowed.push(world.public);
    let again = get(&rebinding, &named, None);
    check_denied("the name, asked again", again);
    assert_eq!(names.asked.load(Ordering::SeqCst), 2, "{what}");
    // The same within one request: the redirect leads to the name that it came from.
    let names = Rebinding::new([vec![public], vec![address]]);
    let rebinding = context(Some(guard), Some(names));
    let again = format!("{named}to?name");
    let again = get(&rebinding, &again, None);
    check_denied("the name, on the second hop", again);
    allowed.push(world.public);
    // Of two addresses only the one that is allowed is tried.
    let names = Rebinding::new([vec![address, public]]);
    let mixed = context(Some(guard), Some(names));
    assert_eq!(get(&mixed, &named, None).unwrap(), 200, "{what}");
    allowed.push(world.public);
    allowed
}
