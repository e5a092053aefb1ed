//! Service points: from which own address they connect, and what they tell of their server.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use system_net_config::{NetContext, Settings};
use system_net_primitives::{Clock, FakeClock, HttpVersion, IpAddress, IpEndPoint};
use system_net_requests::{
    ServicePoint, ServicePointManager, WebExceptionStatus as Status, WebRequest,
};
use system_net_security::certificates_from_pem;
use system_net_sockets::{BoxFuture, Dns, Resolver, SocketError};
use system_net_testkit::{Authority, HttpPeer, Response, Script, Signal, Validity};

use crate::pool::{point, request};
use crate::{check_status, context, get};

const SECOND: Duration = Duration::from_secs(1);

/// A server that answers one request on each connection, and tells where they come from.
fn server() -> (SocketAddr, Receiver<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        while let Ok((mut stream, from)) = listener.accept() {
            if tell.send(from).is_err() {
                break;
            }
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                match stream.read(&mut byte) {
                    Ok(1) => head.push(byte[0]),
                    _ => break,
                }
            }
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, told)
}

type Asked = Arc<Mutex<Vec<(IpEndPoint, u32)>>>;

/// Sets who chooses, and gives what it is asked.
fn choose(
    point: &ServicePoint,
    choice: impl Fn(u32) -> Option<SocketAddr> + Send + Sync + 'static,
) -> Asked {
    let asked = Asked::default();
    let asked_for = Arc::clone(&asked);
    let address = point.address().clone();
    point.set_bind_ip_end_point_delegate(Some(Arc::new(move |point, remote, in_use| {
        assert_eq!(point.address(), &address);
        asked_for.lock().unwrap().push((remote, in_use));
        choice(in_use).map(IpEndPoint::from)
    })));
    asked
}

fn take(asked: &Asked) -> Vec<(IpEndPoint, u32)> {
    std::mem::take(&mut asked.lock().unwrap())
}

/// The server sees the address that was chosen; what is in use is asked about again.
#[test]
fn bind_ip_endpoint_delegate() {
    let (server, seen) = server();
    let url = format!("http://{server}/");
    let remote = IpEndPoint::from(server);
    let context = context();
    let point = point(&context, &url);
    let own = IpAddr::from([127, 0, 0, 9]);
    let get = || assert_eq!(get(&context, &url), "ok");
    assert!(point.bind_ip_end_point_delegate().is_none());
    get();
    assert_eq!(seen.recv().unwrap().ip(), server.ip());

    // For each connection, before it is opened.
    let asked = choose(&point, move |_| Some((own, 0).into()));
    assert!(point.bind_ip_end_point_delegate().is_some());
    for _ in 0..2 {
        get();
        assert_eq!(seen.recv().unwrap().ip(), own);
        assert_eq!(take(&asked), [(remote, 0)]);
    }
    let asked = choose(&point, |_| None);
    get();
    assert_eq!(seen.recv().unwrap().ip(), server.ip());
    assert_eq!(take(&asked), [(remote, 0)]);

    // A port of another program, and then a free one.
    let other = TcpListener::bind((own, 0)).unwrap();
    let taken = other.local_addr().unwrap();
    let free = TcpListener::bind((own, 0)).unwrap().local_addr().unwrap();
    let asked = choose(&point, move |in_use| {
        Some(if in_use < 3 { taken } else { free })
    });
    get();
    assert_eq!(seen.recv().unwrap(), free);
    assert_eq!(take(&asked), [0, 1, 2, 3].map(|in_use| (remote, in_use)));
    let asked = choose(&point, move |in_use| (in_use < 2).then_some(taken));
    get();
    assert_eq!(seen.recv().unwrap().ip(), server.ip());
    assert_eq!(take(&asked).len(), 3);
    // One that has no other answer is not asked for ever.
    let asked = choose(&point, move |_| Some(taken));
    let sent = request(&context, &url).get_response();
    check_status(sent, Status::ConnectFailure);
    assert_eq!(take(&asked).len(), 65_536);

    // No address of this machine: it will not be one the next time.
    let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
    let asked = choose(&point, move |_| Some(foreign));
    let sent = request(&context, &url).get_response();
    check_status(sent, Status::ConnectFailure);
    assert_eq!(take(&asked), [(remote, 0)]);
    assert!(seen.try_recv().is_err());

    point.set_bind_ip_end_point_delegate(None);
    get();
    assert_eq!(seen.recv().unwrap().ip(), server.ip());
}

/// Gives a name without addresses, and two for all others.
struct Two;

impl Resolver for Two {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let addresses: &[&str] = match host {
            "none.example" => &[],
            _ => &["127.0.0.2", "127.0.0.1"],
        };
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        let addresses = addresses.collect();
        Box::pin(async move { Ok(addresses) })
    }
}

/// Of a name with several addresses each is asked about, in turn.
#[test]
fn bind_delegate_is_asked_about_each_address() {
    let (server, seen) = server();
    let context = context();
    Dns::set_resolver_in(&context, Some(Arc::new(Two)));
    let url = format!("http://two.example:{}/", server.port());
    let own = IpAddr::from([127, 0, 0, 9]);
    let asked = choose(&point(&context, &url), move |_| Some((own, 0).into()));
    assert_eq!(get(&context, &url), "ok");
    assert_eq!(seen.recv().unwrap().ip(), own);
    let refused = SocketAddr::from(([127, 0, 0, 2], server.port()));
    let expected = [(refused.into(), 0), (server.into(), 0)];
    assert_eq!(take(&asked), expected);

    let url = "http://none.example/";
    let asked = choose(&point(&context, url), |_| None);
    let error = check_status(
        request(&context, url).get_response(),
        Status::NameResolutionFailure,
    );
    assert!(error.to_string().contains("none.example"), "{error}");
    assert_eq!(take(&asked), []);
}

/// What there is to see of a service point at one moment.
#[derive(Debug, PartialEq)]
struct Seen {
    connections: usize,
    /// How many seconds ago.
    idle_since: Option<u64>,
    version: HttpVersion,
    pipelining: bool,
    certificate: bool,
}

/// Step by step with a scripted server, on a clock that is moved by hand.
#[test]
fn service_point_introspection() {
    let authority = Authority::new();
    let issued = authority.issue(&["127.0.0.1"], Validity::Now);
    let der = certificates_from_pem(issued.certificate_pem.as_bytes()).unwrap();
    let go = Signal::new();
    let peer = HttpPeer::scripts_tls(
        &issued.identity(),
        [
            Script::new()
                .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
                .wait_for(&go)
                .send("k")
                .answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .close(),
            Script::new()
                .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .stall(),
        ],
    );
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let clock = Arc::new(FakeClock::starting_at(SystemTime::now()));
    let context = NetContext::builder()
        .settings(settings)
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .build();
    let point = point(&context, &peer.url("/"));
    let check = |connections, idle_since, version, pipelining, certificate| {
        let ago = |since| clock.utc_now().duration_since(since).unwrap().as_secs();
        let shown = point.certificate();
        if let Some(shown) = &shown {
            assert_eq!(shown, &der[0]);
        }
        let seen = Seen {
            connections: point.current_connections(),
            idle_since: point.idle_since().map(ago),
            version: point.protocol_version(),
            pipelining: point.supports_pipelining(),
            certificate: shown.is_some(),
        };
        let expected = Seen {
            connections,
            idle_since,
            version,
            pipelining,
            certificate,
        };
        assert_eq!(seen, expected);
        assert_eq!(point.client_certificate(), None);
    };
    let (old, new) = (HttpVersion::VERSION10, HttpVersion::VERSION11);

    check(0, None, new, true, false);
    let response = request(&context, &peer.url("/")).get_response().unwrap();
    clock.advance(5 * SECOND);
    check(1, None, new, true, true);
    go.raise();
    assert_eq!(response.into_string().unwrap(), "ok");
    check(1, Some(0), new, true, true);
    clock.advance(7 * SECOND);
    check(1, Some(7), new, true, true);

    // Over the same connection an older version, which ends it.
    assert_eq!(get(&context, &peer.url("/")), "ok");
    assert_eq!(peer.connections_opened(), 1);
    check(0, Some(0), old, false, true);
    clock.advance(3 * SECOND);
    check(0, Some(3), old, false, true);

    assert_eq!(get(&context, &peer.url("/")), "ok");
    assert_eq!(peer.connections_opened(), 2);
    check(1, Some(0), new, true, true);
    clock.advance(99 * SECOND);
    check(1, Some(99), new, true, true);
    clock.advance(SECOND);
    check(0, Some(100), new, true, true);
}

/// What comes through a tunnel is not the proxy's: neither the certificate nor the version.
#[test]
fn service_point_of_a_proxy_tells_of_the_proxy() {
    use system_net_web_proxy::WebProxy;

    let authority = Authority::new();
    let issued = authority.issue(&["secure.example"], Validity::Now);
    let server = HttpPeer::scripts_tls(
        &issued.identity(),
        [Script::new()
            .answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .close()],
    );
    let target = server.address();
    let proxy = HttpPeer::proxy(move |request| match request.method().as_str() {
        "CONNECT" => system_net_testkit::ProxyAnswer::Tunnel(target),
        _ => Response::new(200).body("passed on").into(),
    });
    let context = crate::context_trusting(&authority);
    let web_proxy = Arc::new(WebProxy::new(proxy.url("/")).unwrap());
    let get = |url: &str| {
        let mut request = WebRequest::create_http_in(&context, url).unwrap();
        request
            .set_proxy(Some(Arc::clone(&web_proxy) as _))
            .unwrap();
        request.get_response().unwrap().into_string().unwrap()
    };
    assert_eq!(get("https://secure.example/"), "ok");
    let point = ServicePointManager::of(&context)
        .find_with_proxy("http://plain.example/", Some(&*web_proxy))
        .unwrap();
    assert!(point.is_proxy());
    assert_eq!(point.certificate(), None);
    assert_eq!(point.protocol_version(), HttpVersion::VERSION11);
    assert_eq!(get("http://plain.example/"), "passed on");
    assert_eq!(point.protocol_version(), HttpVersion::VERSION11);
}
