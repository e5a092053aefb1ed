//! Following redirects: with which method, whereto, and what does not travel along.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, RedirectPolicy, WebError, WebExceptionStatus as Status,
    WebRequest,
};
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{Authority, HttpPeer, RecordedRequest, Response, Validity};
use system_net_uri::Uri;

use crate::{check_status, context, context_trusting, http, write_body};

fn to(status: u16, location: &str) -> Response {
    Response::new(status)
        .header("Location", location)
        .body("moved")
}

/// A peer that redirects `/start` and answers everything else.
fn redirecting(status: u16, location: &'static str) -> HttpPeer {
    HttpPeer::serve(move |request| match request.target().as_str() {
        "/start?x=1" | "/start" => to(status, location),
        _ => Response::new(200).body("ok"),
    })
}

/// The request of the captures: headers of every kind, and a body for POST and PUT.
fn start(context: &NetContext, url: &str, method: &str) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_method(method).unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let headers = request.headers_mut().unwrap();
    headers.add("X-Custom", "v").unwrap();
    headers.add("Authorization", "Basic Zm9v").unwrap();
    headers.add("Cookie", "c=1").unwrap();
    request.set_user_agent(Some("ua")).unwrap();
    request.set_referer(Some("http://ref/")).unwrap();
    if matches!(method, "POST" | "PUT") {
        request.set_content_type(Some("text/x")).unwrap();
        request.set_content_length(5).unwrap();
        write_body(&mut request, "hello");
    }
    request
}

#[track_caller]
fn check_hop(what: &str, hop: &RecordedRequest, method: &str, body: bool) {
    assert_eq!(hop.method(), method, "{what}");
    assert_eq!(hop.target(), "/target?y=2", "{what}");
    let header = |name: &str| hop.header(name);
    assert_eq!(header("X-Custom").as_deref(), Some("v"), "{what}");
    assert_eq!(header("User-Agent").as_deref(), Some("ua"), "{what}");
    assert_eq!(header("Referer").as_deref(), Some("http://ref/"), "{what}");
    assert_eq!(
        header("Cookie").as_deref(),
        Some("c=1"),
        "{what}: same origin"
    );
    assert_eq!(header("Authorization"), None, "{what}");
    if body {
        assert_eq!(hop.body, b"hello", "{what}");
        assert_eq!(header("Content-Length").as_deref(), Some("5"), "{what}");
        assert_eq!(header("Content-Type").as_deref(), Some("text/x"), "{what}");
    } else {
        assert_eq!(hop.body, b"", "{what}");
        assert_eq!(header("Content-Type"), None, "{what}");
        let sends_none = matches!(method, "GET" | "HEAD");
        assert_eq!(header("Content-Length").is_none(), sends_none, "{what}");
    }
}

/// Every status with every method. Those for which there are captures of Mono and .NET 9 agree
/// with .NET 9, but that HEAD stays HEAD after 303, as there; and that 308 is followed, which the
/// Framework hands out.
#[test]
fn redirect_method_table() {
    for (status, method, expected, body) in [
        (301, "GET", "GET", false),
        (301, "HEAD", "HEAD", false),
        (301, "POST", "GET", false),
        (301, "PUT", "PUT", true),
        (302, "GET", "GET", false),
        (302, "HEAD", "HEAD", false),
        (302, "POST", "GET", false),
        (302, "PUT", "PUT", true),
        (303, "GET", "GET", false),
        (303, "HEAD", "HEAD", false),
        (303, "POST", "GET", false),
        (303, "PUT", "GET", false),
        (307, "GET", "GET", false),
        (307, "HEAD", "HEAD", false),
        (307, "POST", "POST", true),
        (307, "PUT", "PUT", true),
        (308, "GET", "GET", false),
        (308, "HEAD", "HEAD", false),
        (308, "POST", "POST", true),
        (308, "PUT", "PUT", true),
    ] {
        let what = format!("{status} {method}");
        let peer = redirecting(status, "/target?y=2");
        let mut request = start(&context(), &peer.url("/start?x=1#frag"), method);
        let response = request.get_response().unwrap();
        assert_eq!(response.method(), expected, "{what}");
        let text = response.into_string().unwrap();
        assert_eq!(text, if expected == "HEAD" { "" } else { "ok" }, "{what}");
        let requests = peer.requests();
        assert_eq!(requests.len(), 2, "{what}");
        assert_eq!(
            requests[0].header("Authorization").as_deref(),
            Some("Basic Zm9v")
        );
        check_hop(&what, &requests[1], expected, body);
        assert_eq!(peer.connections_opened(), 1, "{what}: the body was read");
    }
}

/// `RequestUri` stays, `ResponseUri` is the last address; a fragment is inherited unless the
/// target has its own.
#[test]
fn response_uri_after_redirect() {
    for (location, expected) in [
        ("/target?y=2", "/target?y=2#frag"),
        ("/target#own", "/target#own"),
        ("target", "/target#frag"),
        ("../a/./b", "/a/b#frag"),
        ("?y=2", "/start?y=2#frag"),
        ("  /padded  ", "/padded#frag"),
    ] {
        let peer = redirecting(302, location);
        let url = peer.url("/start?x=1#frag");
        let mut request = http(&url);
        let response = request.get_response().unwrap();
        assert_eq!(
            response.response_uri().absolute_uri(),
            peer.url(expected),
            "{location}"
        );
        assert_eq!(request.request_uri().absolute_uri(), url);
        let target = &peer.requests()[1].target();
        assert!(!target.contains('#'), "{target}");
    }
}

#[test]
fn redirect_off_3xx_visible() {
    for status in [300, 301, 302, 303, 307, 308] {
        let peer = redirecting(status, "/target?y=2");
        let mut request = http(&peer.url("/start"));
        request.set_allow_auto_redirect(false).unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.status_code().as_u16(), status);
        assert_eq!(response.get_response_header("Location"), "/target?y=2");
        assert_eq!(response.response_uri(), request.request_uri());
        assert_eq!(response.into_string().unwrap(), "moved");
        assert_eq!(peer.request_count(), 1);
    }
}

/// 3xx without an address to follow, or that are no redirects.
#[test]
fn not_every_3xx_is_followed() {
    for status in [300, 301, 302, 303, 304, 305, 306, 307, 308, 399] {
        // Nowhere to go: no success, so an error that holds the response.
        let peer = HttpPeer::serve(move |_| Response::new(status));
        let error = check_status(http(&peer.url("/")).get_response(), Status::ProtocolError);
        let response = error.into_response().unwrap();
        assert_eq!(response.as_http().unwrap().status_code().as_u16(), status);
    }
    for status in [304, 305, 306, 399, 200, 201] {
        let peer = redirecting(status, "/target?y=2");
        let result = http(&peer.url("/start")).get_response();
        assert_eq!(result.is_ok(), status < 300, "{status}");
        assert_eq!(peer.request_count(), 1, "{status}");
    }
}

/// What is refused is an error with the 3xx response in it, and nothing more is sent.
#[track_caller]
fn check_refused(result: Result<HttpWebResponse, WebError>, part: &str) {
    let error = check_status(result, Status::ProtocolError);
    assert!(error.to_string().contains(part), "{part}: {error}");
    let response = error.into_response().unwrap();
    let status = response.as_http().unwrap().status_code().as_u16();
    assert!((300..400).contains(&status), "{status}");
    assert_eq!(response.into_string().unwrap(), "moved");
}

#[test]
fn redirect_limit_50() {
    let peer = HttpPeer::serve(|request| {
        let number: u32 = request.target()[1..].parse().unwrap();
        to(302, &format!("/{}", number + 1))
    });
    for (limit, hops) in [(None, 50), (Some(1), 1), (Some(3), 3)] {
        let before = peer.request_count();
        let mut request = http(&peer.url("/0"));
        if let Some(limit) = limit {
            request.set_maximum_automatic_redirections(limit).unwrap();
        }
        check_refused(request.get_response(), "too many automatic redirections");
        assert_eq!(peer.request_count() - before, hops + 1, "{limit:?}");
    }
    // As many as are allowed are followed.
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/3" => Response::new(200),
        other => {
            let number: u32 = other[1..].parse().unwrap();
            to(302, &format!("/{}", number + 1))
        }
    });
    let mut request = http(&peer.url("/0"));
    request.set_maximum_automatic_redirections(3).unwrap();
    request.get_response().unwrap();
    // A loop ends as well.
    let peer = redirecting(302, "/start");
    check_refused(
        http(&peer.url("/start")).get_response(),
        "(the limit is 50)",
    );
}

#[test]
fn redirect_elsewhere_refused() {
    for (location, part) in [
        ("ftp://127.0.0.1/x", "'ftp'"),
        ("file:///etc/passwd", "'file'"),
        ("custom:x", "'custom'"),
        ("http://", "not valid"),
        ("http://h:99999/", "not valid"),
        ("//[::1", "not valid"),
    ] {
        let peer = redirecting(302, location);
        check_refused(http(&peer.url("/start")).get_response(), part);
        assert_eq!(peer.request_count(), 1, "{location}");
    }
}

/// From https to http nothing is followed; the other way is fine.
#[test]
fn redirect_https_to_http_refused() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let context = context_trusting(&authority);
    let plain = HttpPeer::serve(|_| Response::new(200).body("plain"));
    let target = plain.url("/");
    let secure = HttpPeer::serve_tls(&identity, move |request| match request.target().as_str() {
        "/down" => to(302, &target),
        _ => Response::new(200).body("secure"),
    });
    let mut down = WebRequest::create_http_in(&context, secure.url_localhost("/down")).unwrap();
    check_refused(down.get_response(), "from https to http");
    assert_eq!(plain.connections_opened(), 0);

    let target = secure.url_localhost("/up");
    let start = HttpPeer::serve(move |_| to(302, &target));
    let mut up = WebRequest::create_in(&context, start.url("/")).unwrap();
    assert_eq!(up.get_response().unwrap().into_string().unwrap(), "secure");
}

/// A body that was not kept cannot be sent again; one that is not wanted again need not be.
#[test]
fn redirect_of_an_unkept_body() {
    for (status, method, followed) in [
        (307, "POST", false),
        (308, "PUT", false),
        (302, "PUT", false),
        (302, "POST", true),
        (303, "PUT", true),
    ] {
        for chunked in [false, true] {
            let peer = redirecting(status, "/target?y=2");
            let mut request = http(&peer.url("/start"));
            request.set_method(method).unwrap();
            request.set_allow_write_stream_buffering(false).unwrap();
            match chunked {
                true => request.set_send_chunked(true).unwrap(),
                false => request.set_content_length(5).unwrap(),
            }
            write_body(&mut request, "hello");
            if followed {
                let response = request.get_response().unwrap();
                assert_eq!(response.method(), "GET");
                assert_eq!(peer.requests()[1].body, b"");
            } else {
                check_refused(request.get_response(), "allow_write_stream_buffering");
                assert_eq!(peer.request_count(), 1);
            }
        }
    }
}

/// Every way to keep a body replays it, over several hops.
#[test]
fn redirect_replays_a_kept_body() {
    type Announce = fn(&mut HttpWebRequest);
    let ways: [Announce; 3] = [
        |_| {},
        |request| request.set_content_length(5).unwrap(),
        |request| request.set_send_chunked(true).unwrap(),
    ];
    for announce in ways {
        let peer = HttpPeer::serve(|request| match request.target().as_str() {
            "/1" => to(307, "/2"),
            "/2" => to(308, "/3"),
            _ => Response::new(200).body("ok"),
        });
        let mut request = http(&peer.url("/1"));
        request.set_method("POST").unwrap();
        announce(&mut request);
        write_body(&mut request, "hello");
        request.get_response().unwrap();
        let bodies: Vec<Vec<u8>> = peer.requests().iter().map(|r| r.body.clone()).collect();
        assert_eq!(bodies, [b"hello", b"hello", b"hello"]);
    }
}

/// The Host that a caller sets is for the first address only.
#[test]
fn host_property_does_not_travel() {
    let peer = redirecting(302, "/target?y=2");
    let mut request = http(&peer.url("/start"));
    request.set_host("front.example").unwrap();
    request.get_response().unwrap();
    let hosts: Vec<_> = peer
        .requests()
        .iter()
        .map(|request| request.header("Host").unwrap())
        .collect();
    assert_eq!(hosts, ["front.example", &peer.address().to_string()]);
}

// ---- Credentials ----

/// Three hosts, of which the resolver knows that they are all here.
fn hosts(context: &NetContext) {
    let mut resolver = OverrideResolver::closed();
    for host in ["a.example", "b.example", "localhost"] {
        resolver.insert(host, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(context, Some(Arc::new(resolver)));
}

fn seen(peer: &HttpPeer, path: &str, name: &str) -> Option<String> {
    let requests = peer.requests();
    let mut found = requests.iter().filter(|request| request.target() == path);
    let last = found
        .next_back()
        .unwrap_or_else(|| panic!("nobody asked for {path}"));
    last.header(name)
}

/// What was set by hand: `Authorization` never travels, `Cookie` and `Proxy-Authorization` within
/// the origin only, and what was dropped once does not come back, not even at home again.
#[test]
fn redirect_credentials_matrix() {
    let authority = Authority::new();
    let names = ["a.example", "b.example", "localhost"];
    let identity = authority.issue(&names, Validity::Now).identity();
    let context = context_trusting(&authority);
    hosts(&context);
    let hop = |request: &RecordedRequest| {
        // The target names the next address, if there is one.
        match request.target().split_once("?to=") {
            Some((_, next)) => to(302, next),
            None => Response::new(200).body("ok"),
        }
    };
    let one = HttpPeer::serve(hop);
    let two = HttpPeer::serve(hop);
    let tls = HttpPeer::serve_tls(&identity, hop);
    let at =
        |scheme: &str, host: &str, peer: &HttpPeer| format!("{scheme}://{host}:{}", peer.port());
    let home = at("http", "a.example", &one);
    let (other_port, other_host, other_scheme) = (
        at("http", "a.example", &two),
        at("http", "b.example", &one),
        at("https", "a.example", &tls),
    );
    let other_scheme_host = at("https", "b.example", &tls);
    // From, by way of, to; whether a cookie is still there at the end.
    let mut rows = vec![
        (home.clone(), None, home.clone(), true),
        (home.clone(), Some(home.clone()), home.clone(), true),
        (
            home.clone(),
            None,
            home.to_uppercase().replace("HTTP", "http"),
            true,
        ),
        (other_scheme.clone(), None, other_scheme.clone(), true),
        (other_scheme.clone(), None, other_scheme_host.clone(), false),
    ];
    for elsewhere in [&other_port, &other_host, &other_scheme, &other_scheme_host] {
        rows.push((home.clone(), None, elsewhere.clone(), false));
        rows.push((home.clone(), Some(home.clone()), elsewhere.clone(), false));
        rows.push((
            home.clone(),
            Some(elsewhere.clone()),
            elsewhere.clone(),
            false,
        ));
        if elsewhere.starts_with("http:") {
            rows.push((home.clone(), Some(elsewhere.clone()), home.clone(), false));
        }
    }
    assert!(rows.len() >= 18);
    for (number, (from, via, end, cookie)) in rows.iter().enumerate() {
        let end_path = format!("/end{number}");
        let mut next = format!("{end}{end_path}");
        if let Some(via) = via {
            next = format!("{via}/via{number}?to={next}");
        }
        let mut request =
            WebRequest::create_http_in(&context, format!("{from}/from{number}?to={next}")).unwrap();
        let headers = request.headers_mut().unwrap();
        headers.add("Authorization", "Basic c2VjcmV0").unwrap();
        headers.add("Cookie", "secret=1").unwrap();
        headers
            .add("Proxy-Authorization", "Basic c2VjcmV0")
            .unwrap();
        headers.add("X-Harmless", "1").unwrap();
        request.get_response().unwrap();
        let what = format!("{from} via {via:?} to {end}");
        let peer = [&one, &two, &tls]
            .into_iter()
            .find(|peer| peer.requests().iter().any(|r| r.target() == end_path))
            .unwrap_or_else(|| panic!("{what}: nobody asked"));
        assert_eq!(seen(peer, &end_path, "Authorization"), None, "{what}");
        for name in ["Cookie", "Proxy-Authorization"] {
            assert_eq!(
                seen(peer, &end_path, name).is_some(),
                *cookie,
                "{name}: {what}"
            );
        }
        assert!(seen(peer, &end_path, "X-Harmless").is_some(), "{what}");
        let from_peer = if from.starts_with("https") {
            &tls
        } else {
            &one
        };
        let first = format!("/from{number}?to={next}");
        assert!(seen(from_peer, &first, "Authorization").is_some(), "{what}");
    }
}

/// Names that the caller marks as sensitive stay at their origin like `Authorization`, in any letter
/// case, and do not come back at home; a name that nobody marked is a header like any other.
#[test]
fn sensitive_header_list() {
    let context = context();
    hosts(&context);
    let hop = |request: &RecordedRequest| match request.target().split_once("?to=") {
        Some((_, next)) => to(307, next),
        None => Response::new(200).body("ok"),
    };
    let (home, other) = (HttpPeer::serve(hop), HttpPeer::serve(hop));
    let at = |host: &str, peer: &HttpPeer| format!("http://{host}:{}", peer.port());
    let here = at("a.example", &home);
    let sent = |marked: &[&str], first: &str, second: Option<&str>| {
        let end = format!("{}/end", second.unwrap_or(first));
        let next = match second {
            Some(_) => format!("{first}/via?to={end}"),
            None => end,
        };
        let url = format!("{here}/from?to={next}");
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        for name in ["X-Api-Key", "X-Session", "X-Harmless"] {
            request.headers_mut().unwrap().add(name, "secret").unwrap();
        }
        if !marked.is_empty() {
            let mut policy = RedirectPolicy::new();
            policy.set_headers_of_origin(marked);
            request.set_redirect_policy(Some(policy)).unwrap();
        }
        request.get_response().unwrap();
        let last = second.unwrap_or(first);
        let peer = if last.ends_with(&home.port().to_string()) {
            &home
        } else {
            &other
        };
        let end = peer.requests().pop().unwrap();
        assert_eq!(end.target(), "/end");
        ["X-Api-Key", "X-Session", "X-Harmless"].map(|name| end.header(name).is_some())
    };
    let both: &[&str] = &["x-api-key", "X-SESSION"];
    for elsewhere in [at("b.example", &home), at("a.example", &other)] {
        assert_eq!(sent(both, &elsewhere, None), [false, false, true]);
        assert_eq!(sent(&["X-Api-Key"], &elsewhere, None), [false, true, true]);
        assert_eq!(sent(&[], &elsewhere, None), [true, true, true]);
        // By way of another origin home again: once dropped, dropped for the rest of the chain.
        assert_eq!(sent(both, &elsewhere, Some(&here)), [false, false, true]);
    }
    assert_eq!(
        sent(both, &here, None),
        [true, true, true],
        "the same origin"
    );
}

/// Asks everybody for a login, and says who came.
fn asking(next: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> HttpPeer {
    HttpPeer::serve(move |request| match request.header("Authorization") {
        None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
        Some(login) => match next(&request.target()) {
            Some(next) => to(302, &next),
            None => Response::new(200).body(login),
        },
    })
}

/// One credential belongs to the place it was set for; a cache's credentials belong to the
/// addresses in it.
#[test]
fn credentials_follow_their_addresses() {
    let context = context();
    hosts(&context);
    let elsewhere = asking(|_| None);
    let (port, target) = (elsewhere.port(), elsewhere.url("/end"));
    let home = asking(move |path| match path {
        "/away" => Some(target.clone()),
        "/away-host" => Some(format!("http://b.example:{port}/end")),
        "/stay" => Some("/end".into()),
        _ => None,
    });
    let single: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("user", "pass"));
    let cache = |addresses: &[(&str, &str)]| -> Arc<dyn Credentials> {
        let mut cache = CredentialCache::new();
        for (address, user) in addresses {
            let uri = Uri::parse(address).unwrap();
            let credential = NetworkCredential::new(*user, "pass");
            cache.add(&uri, "Basic", credential).unwrap();
        }
        Arc::new(cache)
    };
    let both = cache(&[(&home.url("/"), "home"), (&elsewhere.url("/"), "elsewhere")]);
    let home_only = cache(&[(&home.url("/"), "home")]);
    for (path, credentials, expected) in [
        ("/stay", &single, Some("Basic dXNlcjpwYXNz")),
        ("/away", &single, None),
        ("/away-host", &single, None),
        ("/stay", &both, Some("Basic aG9tZTpwYXNz")),
        ("/away", &both, Some("Basic ZWxzZXdoZXJlOnBhc3M=")),
        ("/away-host", &both, None),
        ("/away", &home_only, None),
    ] {
        let before = elsewhere.request_count();
        let mut request = WebRequest::create_in(&context, home.url(path)).unwrap();
        request
            .set_credentials(Some(Arc::clone(credentials)))
            .unwrap();
        match expected {
            Some(login) => {
                let text = request.get_response().unwrap().into_string().unwrap();
                assert_eq!(text, login, "{path}");
            }
            None => {
                let error = check_status(request.get_response(), Status::ProtocolError);
                assert!(error.to_string().contains("401"), "{path}: {error}");
                for request in &elsewhere.requests()[before..] {
                    assert_eq!(request.header("Authorization"), None, "{path}");
                }
            }
        }
    }
}

/// A port that speaks both: what begins a handshake goes to one peer, all else to the other.
fn both_on_one_port(plain: SocketAddr, tls: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Two connections are made; the threads end with them.
    std::thread::spawn(move || {
        for client in listener.incoming().take(2) {
            let client = client.unwrap();
            let mut first = [0];
            client.peek(&mut first).unwrap();
            let target = if first[0] == 0x16 { tls } else { plain };
            let server = TcpStream::connect(target).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                std::thread::spawn(move || {
                    let _either_side_ends = std::io::copy(&mut from, &mut to);
                    let _the_other_hears = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    address
}

/// The scheme is a part of the origin, even on one host and one port.
#[test]
fn redirect_to_https_on_the_same_port() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let context = context_trusting(&authority);
    let plain = HttpPeer::serve(|request| {
        let host = request.header("Host").unwrap();
        to(302, &format!("https://{host}/end"))
    });
    let secure = HttpPeer::serve_tls(&identity, |_| Response::new(200));
    let address = both_on_one_port(plain.address(), secure.address());
    let url = format!("http://localhost:{}/", address.port());
    let mut request = WebRequest::create_http_in(&context, &url).unwrap();
    let headers = request.headers_mut().unwrap();
    headers.add("Cookie", "secret=1").unwrap();
    request.get_response().unwrap();
    assert!(seen(&plain, "/", "Cookie").is_some());
    assert_eq!(seen(&secure, "/end", "Cookie"), None);
}
