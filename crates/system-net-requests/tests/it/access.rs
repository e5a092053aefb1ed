//! Policies of a context and of a scope: what they forbid is never looked up nor connected to.
//!
//! The peers that must not be reached are traps at `127.0.0.2`; what may be reached is at
//! `127.0.0.1`.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_config::NetContext;
use system_net_primitives::{
    Access, AccessPolicy, AccessVerdict, IpAddress, IpNetwork, TransportType, access_scope,
    access_scope_blocking,
};
use system_net_requests::{WebError, WebExceptionStatus as Status, WebRequest};
use system_net_security::permissions::{
    AddressFilter, DnsPermission, NetworkAccess, PermissionSet, PermissionState, SocketPermission,
    WebPermission,
};
use system_net_sockets::{BoxFuture, Dns, Resolver, SocketError};
use system_net_testkit::{HttpPeer, Response};
use system_net_web_proxy::{Proxy, WebProxy};

/// A listener that nobody may connect to.
struct Trap(TcpListener);

impl Trap {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.2:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// The system completes connections by itself: one that was opened waits here.
    #[track_caller]
    fn check_empty(&self, what: &str) {
        let error = self.0.accept().expect_err(what);
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{what}");
    }
}

/// Answers with these addresses, one list after the other, the last for ever.
struct Changing {
    answers: Vec<Vec<IpAddress>>,
    asked: AtomicUsize,
}

impl Changing {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let list = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self {
            answers: answers.iter().map(list).collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Resolver for Changing {
    fn resolve(&self, _: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self
            .answers
            .get(turn)
            .or_else(|| self.answers.last())
            .unwrap()
            .clone();
        Box::pin(std::future::ready(Ok(answer)))
    }
}

fn one(text: &str, length: u8) -> IpNetwork {
    IpNetwork::new(text.parse().unwrap(), length).unwrap()
}

/// The Internet, and the peers of these tests.
fn filter() -> AddressFilter {
    AddressFilter::public_only().allow(one("127.0.0.1", 32))
}

fn guarded() -> NetContext {
    NetContext::builder().policy(Arc::new(filter())).build()
}

fn get(context: &NetContext, url: &str) -> Result<u16, WebError> {
    let mut request = WebRequest::create_http_in(context, url)?;
    request.set_proxy(None)?;
    let response = request.get_response()?;
    Ok(response.status_code().as_u16())
}

#[track_caller]
fn check_denied(what: &str, result: Result<u16, WebError>) {
    let error = result.expect_err(what);
    let denied = error.denied().unwrap_or_else(|| panic!("{what}: {error}"));
    assert!(
        denied.reason().contains("address filter"),
        "{what}: {denied}"
    );
    assert_ne!(error.status(), Status::ProtocolError, "{what}");
}

/// Every spelling of an address that must not be reached, as the host of a request, and as the place
/// that a redirect leads to.
#[test]
fn ssrf_table() {
    let trap = Trap::new();
    let port = trap.port();
    let hosts = [
        "127.0.0.2",
        "127.2",
        "0x7f000002",
        "2130706434",
        "0177.0.0.2",
        "0177.2",
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "[::127.0.0.2]",
        "[64:ff9b::127.0.0.2]",
        "[64:ff9b:1::127.0.0.2]",
        "[2002:7f00:2::1]",
        "[2001:0:5db8:d70e:0:f0ff:80ff:fffd]",
        "[fe80::5efe:127.0.0.2]",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
    ];
    let context = guarded();
    for host in hosts {
        let url = format!("http://{host}:{port}/");
        check_denied(host, get(&context, &url));
        let peer = HttpPeer::serve(move |_| Response::new(302).header("Location", &url));
        check_denied(host, get(&context, &peer.url("/")));
    }
    trap.check_empty("after all");
    // The traps do spring.
    assert!(TcpListener::accept(&trap.0).is_err());
    drop(std::net::TcpStream::connect(SocketAddr::from(([127, 0, 0, 2], port))).unwrap());
    assert!(TcpListener::accept(&trap.0).is_ok());
}

/// What is judged is the address of each attempt, not one that the name had before.
#[test]
fn ssrf_rebinding() {
    let trap = Trap::new();
    let context = guarded();
    let names = Changing::new(&[&["127.0.0.1"], &["127.0.0.2"], &["::ffff:127.0.0.2"]]);
    Dns::set_resolver_in(&context, Some(names.clone()));
    let manager = system_net_requests::ServicePointManager::of(&context);
    manager.set_dns_refresh_timeout(Some(std::time::Duration::ZERO));
    let peer = HttpPeer::serve(|_| Response::new(200).header("Connection", "close"));
    let there = format!("http://name.example:{}/", peer.port());
    assert_eq!(get(&context, &there).unwrap(), 200);
    for what in ["second answer", "third answer"] {
        check_denied(
            what,
            get(&context, &format!("http://name.example:{}/", trap.port())),
        );
    }
    assert_eq!(names.asked.load(Ordering::SeqCst), 3);
    trap.check_empty("rebound");
}

/// Of several addresses those that are allowed are tried, and only those.
#[test]
fn ssrf_mixed_addresses() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let trap = TcpListener::bind(("127.0.0.2", peer.port())).unwrap();
    trap.set_nonblocking(true).unwrap();
    let context = guarded();
    let names = Changing::new(&[&["127.0.0.2", "127.0.0.1"]]);
    Dns::set_resolver_in(&context, Some(names));
    assert_eq!(
        get(&context, &format!("http://name.example:{}/", peer.port())).unwrap(),
        200
    );
    assert!(trap.accept().is_err());
}

/// A proxy is an address as any other, and what it would find is not known here.
#[test]
fn ssrf_proxies() {
    let trap = Trap::new();
    let proxy = HttpPeer::proxy(|request| Response::new(200).body(request.target()).into());
    let through = |context: &NetContext, url: &str, proxy: String| {
        let mut request = WebRequest::create_http_in(context, url)?;
        let proxy = WebProxy::new(proxy).unwrap();
        request.set_proxy(Some(Arc::new(proxy) as Arc<dyn Proxy>))?;
        Ok(request.get_response()?.status_code().as_u16())
    };
    let context = guarded();
    let own = || format!("http://127.0.0.1:{}", proxy.port());
    check_denied(
        "the proxy",
        through(
            &context,
            "http://93.184.215.14/",
            format!("http://127.0.0.2:{}", trap.port()),
        ),
    );
    trap.check_empty("as a proxy");
    for url in [
        "http://10.0.0.1/",
        "https://10.0.0.1/",
        "http://name.example/",
        "https://[::ffff:10.0.0.1]/",
    ] {
        check_denied(url, through(&context, url, own()));
    }
    assert!(proxy.requests().is_empty());
    assert_eq!(
        through(&context, "http://93.184.215.14/", own()).unwrap(),
        200
    );
    let trusting = filter().allow_names_through_proxies();
    let context = NetContext::builder().policy(Arc::new(trusting)).build();
    assert_eq!(
        through(&context, "http://name.example/", own()).unwrap(),
        200
    );
    check_denied("an address", through(&context, "http://10.0.0.1/", own()));
}

#[test]
fn ssrf_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let trap = std::os::unix::net::UnixListener::bind(&path).unwrap();
    trap.set_nonblocking(true).unwrap();
    let mut request = WebRequest::create_http_in(&guarded(), "http://93.184.215.14/").unwrap();
    request.set_unix_socket(Some(&path)).unwrap();
    check_denied("a Unix socket", request.get_response().map(|_| 0));
    assert_eq!(trap.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// Forbids one kind of access, and counts what it was asked.
struct Forbids(fn(&Access<'_>) -> bool);

impl AccessPolicy for Forbids {
    fn judge(&self, access: &Access<'_>) -> AccessVerdict {
        match (self.0)(access) {
            true => AccessVerdict::Deny("it is forbidden".to_owned()),
            false => AccessVerdict::Pass,
        }
    }
}

#[test]
fn a_scope_holds_for_pooled_connections_and_begun_operations() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let context = NetContext::new();
    let url = peer.url("/");
    assert_eq!(get(&context, &url).unwrap(), 200);
    let connects: Arc<dyn AccessPolicy> =
        Arc::new(Forbids(|access| matches!(access, Access::Connect { .. })));
    let denied = |result: Result<u16, WebError>| {
        let error = result.unwrap_err();
        assert_eq!(error.denied().unwrap().reason(), "it is forbidden");
    };
    // An idle connection is there.
    denied(access_scope_blocking(connects.clone(), || {
        get(&context, &url)
    }));
    denied(system_net_runtime::block_on(access_scope(
        connects.clone(),
        async {
            let mut request = WebRequest::create_http_in(&context, &url)?;
            request.set_proxy(None)?;
            request.get_response_async().await.map(|_| 0)
        },
    )));
    let begun = access_scope_blocking(connects, || {
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        request.set_proxy(None).unwrap();
        let begun = request.begin_get_response(None, None);
        (request, begun)
    });
    let (request, begun) = begun;
    denied(request.end_get_response(&begun).map(|_| 0));
    assert_eq!(peer.requests().len(), 1);
    assert_eq!(get(&context, &url).unwrap(), 200);
}

/// A request that is forbidden is not even looked up.
#[test]
fn requests_are_judged_before_names() {
    let context = NetContext::builder()
        .policy(Arc::new(Forbids(|access| {
            matches!(access, Access::Request { .. })
        })))
        .build();
    let names = Changing::new(&[&["127.0.0.1"]]);
    Dns::set_resolver_in(&context, Some(names.clone()));
    let error = get(&context, "http://name.example/").unwrap_err();
    assert_eq!(error.status(), Status::UnknownError);
    assert_eq!(
        error.denied().unwrap().to_string(),
        "requesting http://name.example/ is denied: it is forbidden"
    );
    assert_eq!(names.asked.load(Ordering::SeqCst), 0);
    // A context for less, of one that has its names.
    let free = NetContext::new();
    Dns::set_resolver_in(&free, Some(names.clone()));
    let forbids: fn(&Access<'_>) -> bool = |access| matches!(access, Access::Resolve { .. });
    let derived = free.with_policy(Arc::new(Forbids(forbids)));
    assert!(
        get(&derived, "http://name.example/")
            .unwrap_err()
            .denied()
            .is_some()
    );
    assert!(
        Dns::get_host_addresses_in(&derived, "name.example")
            .unwrap_err()
            .denied()
            .is_some()
    );
    assert_eq!(names.asked.load(Ordering::SeqCst), 0);
    Dns::get_host_addresses_in(&free, "name.example").unwrap();
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
}

fn web(expression: &str) -> PermissionSet {
    PermissionSet {
        web: WebPermission::of_regex(NetworkAccess::Connect, expression).unwrap(),
        ..PermissionSet::none()
    }
}

/// Denied, allowed again by an assertion within, and judged again where a redirect leads.
#[test]
fn web_permission_deny_connect() {
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/moved" => Response::new(302).header("Location", "/secret/x"),
        _ => Response::new(200),
    });
    let context = NetContext::new();
    let (open, secret, moved) = (peer.url("/"), peer.url("/secret/x"), peer.url("/moved"));
    let host = format!("http://127\\.0\\.0\\.1:{}", peer.port());
    let deny = || web(&format!("{host}/secret/.*")).deny();
    let names_it = |result: Result<u16, WebError>| {
        let error = result.unwrap_err();
        let reason = error.denied().unwrap().reason();
        assert!(reason.contains("WebPermission"), "{reason}");
    };
    deny().scope_blocking(|| {
        assert_eq!(get(&context, &open).unwrap(), 200);
        names_it(get(&context, &secret));
        names_it(get(&context, &moved));
        let all = web(".*").assert();
        assert_eq!(all.scope_blocking(|| get(&context, &secret)).unwrap(), 200);
    });
    let only = context.with_policy(web(&format!("{host}/(moved)?")).permit_only().into_policy());
    assert_eq!(get(&only, &open).unwrap(), 200);
    names_it(get(&only, &secret));
    names_it(get(&only, &moved));
    let targets: Vec<_> = peer.requests().iter().map(|seen| seen.target()).collect();
    assert_eq!(targets, ["/", "/moved", "/secret/x", "/", "/moved"]);
}

/// For each permission that a request meets: nothing is looked up, nothing connected to.
#[test]
fn permission_zero_packets_on_deny() {
    let trap = Trap::new();
    let all = PermissionState::Unrestricted;
    let (any, every) = (TransportType::All, SocketPermission::ALL_PORTS);
    let here = SocketPermission::of(NetworkAccess::Connect, any, "127.0.0.*", every).unwrap();
    let none = PermissionSet::none;
    let sets = [
        ("WebPermission", web(".*"), 0),
        (
            "DnsPermission",
            PermissionSet {
                dns: DnsPermission::new(all),
                ..none()
            },
            0,
        ),
        (
            "SocketPermission",
            PermissionSet {
                socket: here,
                ..none()
            },
            1,
        ),
    ];
    for (name, set, lookups) in sets {
        let context = NetContext::new().with_policy(set.clone().deny().into_policy());
        let names = Changing::new(&[&["127.0.0.2"]]);
        Dns::set_resolver_in(&context, Some(names.clone()));
        let url = format!("http://name.example:{}/", trap.port());
        let error = get(&context, &url).unwrap_err();
        let denied = error.denied().unwrap_or_else(|| panic!("{name}: {error}"));
        assert!(denied.reason().contains(name), "{denied}");
        assert_eq!(names.asked.load(Ordering::SeqCst), lookups, "{name}");
        // Sockets and look-ups of their own.
        let demanded = set.demand(context.access()).unwrap_err();
        assert!(demanded.reason().contains(name), "{demanded}");
        set.deny().scope_blocking(|| {
            let tcp = system_net_sockets::TcpClient::new().unwrap();
            let to: system_net_primitives::IpEndPoint =
                SocketAddr::from(([127, 0, 0, 2], trap.port())).into();
            if name == "SocketPermission" {
                assert!(tcp.connect(to).unwrap_err().denied().is_some());
            }
        });
    }
    trap.check_empty("denied");
}
