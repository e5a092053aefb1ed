//! Requests through proxies: what the proxy sees, what the server sees, and what a caller gets.
//!
//! This machine is never reached through a proxy, so that the servers have names; the resolver
//! knows the proxies' names alone, as a proxy looks up the servers' by itself.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::{
    HttpWebRequest, ServicePointManager, WebClient, WebExceptionStatus as Status, WebRequest,
};
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{
    Authority, HttpPeer, ProxyAnswer, RecordedRequest, Response, TlsIdentity, Validity,
    refused_port,
};
use system_net_uri::Uri;
use system_net_web_proxy::{Proxy, WebProxy};

use crate::{check_status, context, context_trusting};

pub(crate) const NAMES: [&str; 3] = ["a.example", "b.example", "proxy.example"];

/// A context that finds proxies by name, and nothing else.
pub(crate) fn resolving(context: NetContext) -> NetContext {
    let mut resolver = OverrideResolver::closed();
    resolver.insert("proxy.example", vec!["127.0.0.1".parse().unwrap()]);
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    context
}

pub(crate) fn at(peer: &HttpPeer) -> Arc<WebProxy> {
    Arc::new(WebProxy::new(format!("http://proxy.example:{}", peer.port())).unwrap())
}

/// A request through a proxy.
pub(crate) fn through(context: &NetContext, url: &str, proxy: &Arc<WebProxy>) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request
        .set_proxy(Some(Arc::clone(proxy) as Arc<dyn Proxy>))
        .unwrap();
    request
}

#[track_caller]
pub(crate) fn text(mut request: HttpWebRequest) -> String {
    request.get_response().unwrap().into_string().unwrap()
}

/// A proxy that answers by itself, with the target.
pub(crate) fn answering() -> HttpPeer {
    HttpPeer::proxy(|request| Response::new(200).body(request.target()).into())
}

/// A server with TLS behind a proxy that lets everybody through to it.
pub(crate) struct Tunnelled {
    pub(crate) context: NetContext,
    pub(crate) origin: HttpPeer,
    pub(crate) proxy: HttpPeer,
}

pub(crate) fn identity(authority: &Authority) -> TlsIdentity {
    authority.issue(&NAMES, Validity::Now).identity()
}

pub(crate) fn tunnelled(
    decide: impl Fn(&RecordedRequest) -> Option<Response> + Send + Sync + 'static,
) -> Tunnelled {
    let authority = Authority::new();
    let origin = HttpPeer::serve_tls(&identity(&authority), |request| {
        Response::new(200).body(request.target())
    });
    let to = origin.address();
    let proxy = HttpPeer::proxy(move |request| match decide(request) {
        Some(response) => response.into(),
        None => ProxyAnswer::Tunnel(to),
    });
    let context = resolving(context_trusting(&authority));
    Tunnelled {
        context,
        origin,
        proxy,
    }
}

#[test]
fn http_goes_in_absolute_form() {
    let peer = answering();
    let context = resolving(context());
    let proxy = at(&peer);
    let mut request = through(
        &context,
        "http://user:pass@A.example:8081/p%20q?r#f",
        &proxy,
    );
    request.set_user_agent(Some("ua")).unwrap();
    assert_eq!(text(request), "http://a.example:8081/p%20q?r");
    // Another server by the same proxy: the same connection.
    let mut request = through(&context, "http://b.example/", &proxy);
    request.headers_mut().unwrap().add("X", "1").unwrap();
    assert_eq!(text(request), "http://b.example/");
    let [first, second] = &peer.requests()[..] else {
        panic!("{:?}", peer.requests());
    };
    assert_eq!(
        first.head_text(),
        "GET http://a.example:8081/p%20q?r HTTP/1.1\r\nUser-Agent: ua\r\nHost: a.example:8081\r\n\
         Proxy-Connection: Keep-Alive\r\n\r\n"
    );
    assert_eq!(
        second.head_text(),
        "GET http://b.example/ HTTP/1.1\r\nX: 1\r\nHost: b.example\r\n\r\n"
    );
    assert_eq!(peer.connections_opened(), 1);
    // A body goes the same way, and so does a wish to close.
    let mut request = through(&context, "http://a.example/post", &proxy);
    request.set_method("POST").unwrap();
    request.set_keep_alive(false).unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"body").unwrap();
    stream.close().unwrap();
    assert_eq!(text(request), "http://a.example/post");
    let last = peer.requests().pop().unwrap();
    assert_eq!(last.header("Proxy-Connection").as_deref(), Some("Close"));
    assert_eq!(
        (last.header("Connection"), last.body),
        (None, b"body".to_vec())
    );
}

#[test]
fn https_goes_through_a_tunnel() {
    let Tunnelled {
        context,
        origin,
        proxy: peer,
    } = tunnelled(|_| None);
    let proxy = at(&peer);
    for path in ["/one", "/two"] {
        let mut request = through(&context, &format!("https://a.example{path}"), &proxy);
        request.set_user_agent(Some("ua")).unwrap();
        assert_eq!(text(request), path);
    }
    assert_eq!(
        text(through(&context, "https://b.example:8443/three", &proxy)),
        "/three"
    );
    let connects: Vec<String> = peer
        .requests()
        .iter()
        .map(RecordedRequest::head_text)
        .collect();
    assert_eq!(
        connects,
        [
            "CONNECT a.example:443 HTTP/1.1\r\nUser-Agent: ua\r\nHost: a.example:443\r\n\r\n",
            "CONNECT b.example:8443 HTTP/1.1\r\nHost: b.example:8443\r\n\r\n",
        ]
    );
    assert_eq!(
        (peer.connections_opened(), origin.connections_opened()),
        (2, 2)
    );
    // The server learns nothing of the proxy, and the proxy nothing of the request.
    assert_eq!(
        origin.requests()[0].head_text(),
        "GET /one HTTP/1.1\r\nUser-Agent: ua\r\nHost: a.example\r\nConnection: Keep-Alive\r\n\r\n"
    );
    let seen = String::from_utf8_lossy(&peer.connections()[0].received).into_owned();
    let inside = seen.split_once("\r\n\r\n").unwrap().1;
    assert!(
        inside.starts_with('\u{16}') && !inside.contains("/one"),
        "{inside:?}"
    );
}

#[test]
fn service_points_of_proxies() {
    let context = resolving(context());
    let manager = ServicePointManager::of(&context);
    let proxy = WebProxy::new("http://proxy.example:3128").unwrap();
    let through = |address: &str| manager.find_with_proxy(address, Some(&proxy)).unwrap();
    let (http, https) = (through("http://a.example/x"), through("https://b.example/"));
    assert!(Arc::ptr_eq(&http, &https));
    assert_eq!(http.address().absolute_uri(), "http://proxy.example:3128/");
    assert!(http.is_proxy());
    // The proxy's own pages are another matter, and so is what is reached directly.
    let direct = manager.find("http://proxy.example:3128/").unwrap();
    assert!(!Arc::ptr_eq(&http, &direct) && !direct.is_proxy());
    assert!(!through("http://localhost:3128/").is_proxy());
    assert!(
        !manager
            .find_with_proxy("http://a.example/", None)
            .unwrap()
            .is_proxy()
    );
    let mut request = WebRequest::create_http_in(&context, "http://a.example/").unwrap();
    assert!(!request.service_point().unwrap().is_proxy());
    request.set_proxy(Some(Arc::new(proxy))).unwrap();
    assert!(Arc::ptr_eq(&request.service_point().unwrap(), &http));
    // Its limit counts for all servers together.
    assert_eq!(http.connection_limit(), 2);
}

#[test]
fn bypassed_servers_are_reached_directly() {
    let peer = answering();
    let origin = HttpPeer::serve(|request| Response::new(200).body(request.target()));
    let context = resolving(context());
    let mut resolver = OverrideResolver::closed();
    for name in ["a.example", "proxy.example", "b.example"] {
        resolver.insert(name, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    let proxy = at(&peer);
    proxy.set_bypass_list(&[r"^http://a\.example"]).unwrap();
    let url = |host: &str| format!("http://{host}:{}/x", origin.port());
    assert_eq!(text(through(&context, &url("a.example"), &proxy)), "/x");
    assert_eq!(text(through(&context, &url("127.0.0.1"), &proxy)), "/x");
    assert_eq!(
        text(through(&context, &url("b.example"), &proxy)),
        url("b.example")
    );
    assert_eq!((peer.request_count(), origin.request_count()), (1, 2));
}

/// Counts how often it is asked, and sends one server to a proxy.
struct Custom {
    address: Uri,
    asked: AtomicUsize,
    seen: Mutex<Vec<String>>,
}

impl Proxy for Custom {
    fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
        let seen = destination.absolute_uri().to_string();
        self.seen.lock().unwrap().push(seen);
        (destination.host() != "null.example").then(|| self.address.clone())
    }

    fn is_bypassed(&self, host: &Uri) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        host.host() == "direct.example"
    }
}

#[test]
fn custom_iwebproxy() {
    let peer = answering();
    let context = context();
    let mut resolver = OverrideResolver::closed();
    for name in ["direct.example", "null.example", "proxy.example"] {
        resolver.insert(name, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    let origin = HttpPeer::serve(|_| Response::new(200).body("origin"));
    let custom = Arc::new(Custom {
        address: Uri::parse(&format!("http://proxy.example:{}", peer.port())).unwrap(),
        asked: AtomicUsize::new(0),
        seen: Mutex::default(),
    });
    let get = |host: &str| {
        let url = format!("http://{host}:{}/", origin.port());
        let mut request = WebRequest::create_in(&context, &url).unwrap();
        request
            .set_proxy(Some(Arc::clone(&custom) as Arc<dyn Proxy>))
            .unwrap();
        assert!(request.proxy().unwrap().is_some());
        request.get_response().unwrap().into_string().unwrap()
    };
    let url = |host: &str| format!("http://{host}:{}/", origin.port());
    assert_eq!(get("a.example"), url("a.example"));
    assert_eq!(get("direct.example"), "origin");
    assert_eq!(get("null.example"), "origin");
    assert_eq!(get("127.0.0.1"), "origin");
    assert_eq!(
        custom.asked.load(Ordering::Relaxed),
        3,
        "never for this machine"
    );
    assert_eq!(
        *custom.seen.lock().unwrap(),
        [url("a.example"), url("null.example")]
    );
    assert_eq!((peer.request_count(), origin.request_count()), (1, 3));
}

#[test]
fn redirects_ask_the_proxy_again() {
    let context = resolving(context());
    let second = answering();
    let first = HttpPeer::proxy(|request| match request.target().as_str() {
        "http://a.example/" => Response::new(302)
            .header("Location", "http://b.example/y")
            .into(),
        target => Response::new(200).body(target).into(),
    });
    struct ByHost(Uri, Uri);
    impl Proxy for ByHost {
        fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
            Some(if destination.host() == "a.example" {
                self.0.clone()
            } else {
                self.1.clone()
            })
        }
        fn is_bypassed(&self, _host: &Uri) -> bool {
            false
        }
    }
    let address =
        |peer: &HttpPeer| Uri::parse(&format!("http://proxy.example:{}", peer.port())).unwrap();
    let mut request = WebRequest::create_http_in(&context, "http://a.example/").unwrap();
    request
        .set_proxy(Some(Arc::new(ByHost(address(&first), address(&second)))))
        .unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(response.response_uri().absolute_uri(), "http://b.example/y");
    assert_eq!(response.into_string().unwrap(), "http://b.example/y");
    assert_eq!((first.request_count(), second.request_count()), (1, 1));
    // A loop through a proxy ends as every loop does.
    let looping = HttpPeer::proxy(|request| {
        Response::new(302)
            .header("Location", &request.target())
            .into()
    });
    let mut request = through(&context, "http://a.example/", &at(&looping));
    request.set_maximum_automatic_redirections(5).unwrap();
    check_status(request.get_response(), Status::ProtocolError);
    assert_eq!(looping.request_count(), 6);
}

// ---- Failures ----

#[test]
fn failures_of_proxies_have_their_statuses() {
    let context = resolving(context());
    let fails = |proxy: &str, url: &str, status| {
        let proxy = Arc::new(WebProxy::new(proxy).unwrap());
        check_status(through(&context, url, &proxy).get_response(), status)
    };
    for url in ["http://a.example/", "https://a.example/"] {
        let error = fails(
            "http://nowhere.example:1",
            url,
            Status::ProxyNameResolutionFailure,
        );
        assert!(
            error.advice()[0].contains("check its host name"),
            "{error:#}"
        );
        let closed = format!("http://proxy.example:{}", refused_port().port());
        fails(&closed, url, Status::ConnectFailure);
    }
    let error = through(
        &context,
        "http://a.example/",
        &Arc::new(WebProxy::new("socks5://p:1").unwrap()),
    )
    .get_response()
    .unwrap_err();
    assert!(
        error
            .misuse()
            .is_some_and(|misuse| misuse.to_string().contains("'socks5'")),
        "{error}"
    );
    // What a proxy says instead of the server is a response, as .NET has it.
    let gateway = HttpPeer::proxy(|_| Response::new(503).body("no way").into());
    let error = check_status(
        through(&context, "http://a.example/", &at(&gateway)).get_response(),
        Status::ProtocolError,
    );
    let response = error.into_response().unwrap();
    assert_eq!(response.as_http().unwrap().status_code().as_u16(), 503);
    assert_eq!(response.into_string().unwrap(), "no way");
}

/// Only 200 opens a tunnel, and nothing of what else a proxy says passes for the server's word.
#[test]
fn connect_non_200_not_origin() {
    let context = resolving(context());
    let refusal = |response: Response, expected: Status| {
        let peer = HttpPeer::proxy(move |_| response.clone().into());
        let mut request = through(&context, "https://a.example/secret", &at(&peer));
        let error = check_status(request.get_response(), expected);
        assert_eq!(
            peer.request_count(),
            1,
            "no redirect of a proxy is followed"
        );
        error
    };
    for status in [400, 404, 407, 500, 502, 503] {
        let evil = Response::new(status)
            .header("Set-Cookie", "evil=1")
            .header("Content-Type", "text/html")
            .body("<script>evil()</script>");
        let error = refusal(evil, Status::ProtocolError);
        assert!(
            error.to_string().contains(&format!("({status})")),
            "{error}"
        );
        let response = error.into_response().unwrap();
        let http = response.as_http().unwrap();
        assert_eq!(http.status_code().as_u16(), status);
        assert_eq!(http.response_uri().host(), "proxy.example");
        assert_eq!(http.headers().get("Set-Cookie"), None);
        assert_eq!(http.cookies().count(), 0);
        assert_eq!(response.into_string().unwrap(), "");
    }
    for status in [301, 302, 307, 308] {
        let elsewhere = Response::new(status).header("Location", "http://evil.example/");
        let response = refusal(elsewhere, Status::ProtocolError)
            .into_response()
            .unwrap();
        assert_eq!(response.headers().unwrap().get("Location"), None);
    }
    refusal(
        Response::new(403).body("no"),
        Status::RequestProhibitedByProxy,
    );
    for status in [201, 204, 299] {
        refusal(Response::new(status), Status::ServerProtocolViolation);
    }
    // A proxy that speaks before it is spoken to would put words into the server's mouth.
    let eager = HttpPeer::converse(|talk| {
        talk.head()?;
        talk.send("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    });
    let mut request = through(&context, "https://a.example/", &at(&eager));
    check_status(request.get_response(), Status::ServerProtocolViolation);
    // A tunnel to nowhere.
    let cut = HttpPeer::converse(|talk| {
        talk.head()?;
        talk.send("HTTP/1.1 200 OK\r\n\r\n")?;
        talk.close()
    });
    let mut request = through(&context, "https://a.example/", &at(&cut));
    check_status(request.get_response(), Status::SecureChannelFailure);
}

/// Proxies of HTTP/1.0 open tunnels as well, and whatever fields they send with it mean nothing.
#[test]
fn tunnels_of_older_proxies() {
    let authority = Authority::new();
    let identity = identity(&authority);
    let peer = HttpPeer::converse(move |talk| {
        talk.head()?;
        talk.send("HTTP/1.0 200 Connection established\r\nProxy-agent: old/1.0\r\n")?;
        talk.send("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        talk.start_tls(&identity)?;
        for _ in 0..2 {
            talk.head()?;
            talk.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin")?;
        }
        Ok(())
    });
    let context = resolving(context_trusting(&authority));
    let proxy = at(&peer);
    for _ in 0..2 {
        assert_eq!(text(through(&context, "https://a.example/", &proxy)), "in");
    }
    assert_eq!(peer.connections_opened(), 1);
}

/// A proxy that never answers holds nothing up but the request, and keeps no place.
#[test]
fn silent_proxies_end_by_the_time_out() {
    let context = resolving(context());
    let silent = HttpPeer::silent();
    let proxy = at(&silent);
    for (url, times) in [("http://a.example/", 1), ("https://a.example/", 2)] {
        let mut request = through(&context, url, &proxy);
        request
            .set_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        check_status(request.get_response(), Status::Timeout);
        assert_eq!(request.service_point().unwrap().current_connections(), 0);
        silent.wait_for_connections(times);
        silent.wait_for_open_at_most(0);
    }
    // Nor does an abort while the tunnel is asked for.
    let mut request = through(&context, "https://a.example/", &proxy);
    let handle = request.abort_handle();
    let begun = request.begin_get_response(None, None);
    silent.wait_for_connections(3);
    handle.abort();
    check_status(request.end_get_response(&begun), Status::RequestCanceled);
    silent.wait_for_open_at_most(0);
}

#[test]
fn tls_to_proxy() {
    let authority = Authority::new();
    let identity = identity(&authority);
    let origin = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("inside"));
    let to = origin.address();
    let peer = HttpPeer::proxy_tls(&identity, move |request| match request.method().as_str() {
        "CONNECT" => ProxyAnswer::Tunnel(to),
        _ => Response::new(200).body(request.target()).into(),
    });
    let context = resolving(context_trusting(&authority));
    let proxy = Arc::new(WebProxy::new(format!("https://proxy.example:{}", peer.port())).unwrap());
    assert_eq!(
        text(through(&context, "http://a.example/", &proxy)),
        "http://a.example/"
    );
    assert_eq!(
        text(through(&context, "https://a.example/", &proxy)),
        "inside"
    );
    // A proxy that nobody vouches for gets nothing.
    let other = resolving(crate::context());
    check_status(
        through(&other, "http://a.example/", &proxy).get_response(),
        Status::TrustFailure,
    );
    assert_eq!(peer.request_count(), 2);
}

// ---- The default proxy ----

#[test]
fn the_default_proxy_of_a_context() {
    let context = resolving(context());
    let (first, second) = (answering(), answering());
    let set = |peer: &HttpPeer| WebRequest::set_default_web_proxy_in(&context, Some(at(peer)));
    let create = || WebRequest::create_in(&context, "http://a.example/").unwrap();
    set(&first);
    assert!(
        WebRequest::default_web_proxy_in(&context)
            .unwrap()
            .is_some()
    );
    let mut older = create();
    set(&second);
    older.get_response().unwrap();
    assert_eq!(
        (first.request_count(), second.request_count()),
        (1, 0),
        "it has the one it was made with"
    );
    create().get_response().unwrap();
    assert_eq!((first.request_count(), second.request_count()), (1, 1));
    // The request's own wins; none at all is one as well.
    let mut request = create();
    request.set_proxy(Some(at(&first))).unwrap();
    request.get_response().unwrap();
    assert_eq!((first.request_count(), second.request_count()), (2, 1));
    let mut request = create();
    request.set_proxy(None).unwrap();
    check_status(request.get_response(), Status::NameResolutionFailure);
    // WebClient is made of requests.
    let mut client = WebClient::new_in(&context);
    assert_eq!(
        client.download_string("http://a.example/c").unwrap(),
        "http://a.example/c"
    );
    assert!(client.proxy().unwrap().is_some());
    client.set_proxy(Some(at(&first)));
    client.download_string("http://a.example/").unwrap();
    client.set_proxy(None);
    assert!(client.proxy().unwrap().is_none());
    check_status(
        client.download_string("http://a.example/"),
        Status::NameResolutionFailure,
    );
    assert_eq!((first.request_count(), second.request_count()), (3, 2));
    // Changed after it was set, it is changed for all.
    let shared = at(&second);
    WebRequest::set_default_web_proxy_in(&context, Some(shared.clone()));
    let mut request = create();
    shared.set_address(at(&first).address());
    request.get_response().unwrap();
    assert_eq!(first.request_count(), 4);
    assert!(request.set_proxy(None).is_err(), "too late");
}

/// The statics of .NET: in the global context, and only there. Other tests turn to this machine
/// alone, which no proxy is asked for.
#[test]
fn default_web_proxy_global() {
    let peer = answering();
    let before = WebRequest::default_web_proxy().unwrap();
    let proxy = Arc::new(WebProxy::new(peer.url("")).unwrap());
    WebRequest::set_default_web_proxy(Some(proxy.clone()));
    let mut request = WebRequest::create("http://a.example/").unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "http://a.example/"
    );
    let point =
        ServicePointManager::find_service_point_with_proxy("http://a.example/", Some(&*proxy));
    assert!(point.unwrap().is_proxy());
    assert!(
        !ServicePointManager::find_service_point("http://a.example/")
            .unwrap()
            .is_proxy()
    );
    WebRequest::set_default_web_proxy(before);
    assert_eq!(peer.request_count(), 1);
    // The system's own, whatever was set: without variables it serves nothing.
    let system = WebRequest::get_system_web_proxy();
    assert!(system.is_bypassed(&Uri::parse("http://127.0.0.1/").unwrap()));
}
