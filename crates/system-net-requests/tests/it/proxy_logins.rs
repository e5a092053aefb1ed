//! Logins at proxies: for requests that are passed on, and for tunnels.

use std::io::Write;
use std::sync::Arc;

use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use system_net_requests::{ServicePointManager, WebExceptionStatus as Status};
use system_net_testkit::{Authority, HttpPeer, PASSWORD, ProxyAnswer, RecordedRequest, Response};

use crate::proxies::{Tunnelled, at, identity, resolving, text, through, tunnelled};
use crate::{check_status, context, context_trusting};

/// `ben` with [`PASSWORD`].
const BEN: &str = "Basic YmVuOmdlaGVpbS1aeDgx";

fn login(user: &str, password: &str) -> Option<Arc<dyn Credentials>> {
    Some(Arc::new(NetworkCredential::new(user, password)))
}

/// 407 unless Ben asks.
fn guarded(request: &RecordedRequest) -> Option<Response> {
    if request.header("Proxy-Authorization").as_deref() == Some(BEN) {
        return None;
    }
    let refusal = Response::new(407).header("Proxy-Authenticate", "Basic realm=\"proxy\"");
    Some(refusal.body("who are you?"))
}

#[test]
fn logins_at_proxies_that_pass_requests_on() {
    let context = resolving(context());
    let peer = HttpPeer::proxy(|request| {
        guarded(request)
            .unwrap_or_else(|| Response::new(200).body("in"))
            .into()
    });
    let proxy = at(&peer);
    // Without credentials, with the request's own, with default ones, with wrong ones: refused.
    for credentials in [
        None,
        Some(CredentialCache::default_credentials()),
        login("ben", "wrong"),
    ] {
        proxy.set_credentials(credentials);
        let mut request = through(&context, "http://a.example/", &proxy);
        request.set_credentials(login("ben", PASSWORD)).unwrap();
        let error = check_status(request.get_response(), Status::ProtocolError);
        let response = error.into_response().unwrap();
        assert_eq!(response.as_http().unwrap().status_code().as_u16(), 407);
        assert_eq!(response.into_string().unwrap(), "who are you?");
    }
    assert_eq!(peer.request_count(), 4, "wrong ones are tried once");
    proxy.set_credentials(login("ben", PASSWORD));
    assert_eq!(text(through(&context, "http://a.example/", &proxy)), "in");
    assert_eq!(peer.request_count(), 6);
    // From now on the login goes along, to every server.
    assert_eq!(text(through(&context, "http://b.example/x", &proxy)), "in");
    assert_eq!(peer.request_count(), 7);
    assert_eq!(peer.connections_opened(), 1);
    // A body is sent again.
    let mut request = through(&context, "http://a.example/", &proxy);
    proxy.set_credentials(login("ben", PASSWORD));
    request.set_method("POST").unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"body").unwrap();
    stream.close().unwrap();
    assert_eq!(text(request), "in");
    assert_eq!(peer.requests().pop().unwrap().body, b"body");
}

/// A body that goes out as it is written is kept, and sent again after the login; one that was not
/// kept is not.
#[test]
fn streamed_bodies_survive_logins_at_proxies() {
    for kept in [true, false] {
        let context = resolving(context());
        let peer = HttpPeer::proxy(|request| {
            let answer = guarded(request);
            answer
                .unwrap_or_else(|| Response::new(200).body("in"))
                .into()
        });
        let proxy = at(&peer);
        proxy.set_credentials(login("ben", PASSWORD));
        let mut request = through(&context, "http://a.example/", &proxy);
        request.set_method("POST").unwrap();
        request.set_content_length(4).unwrap();
        request.set_allow_write_stream_buffering(kept).unwrap();
        let point = request.service_point().unwrap();
        point.set_expect_100_continue(false);
        let mut stream = request.get_request_stream().unwrap();
        stream.write_all(b"body").unwrap();
        stream.close().unwrap();
        match kept {
            true => assert_eq!(text(request), "in"),
            false => drop(check_status(request.get_response(), Status::ProtocolError)),
        }
        let bodies: Vec<_> = peer
            .requests()
            .into_iter()
            .map(|request| request.body)
            .collect();
        let times = if kept { 2 } else { 1 };
        assert_eq!(bodies, vec![b"body".to_vec(); times]);
    }
}

#[test]
fn logins_at_tunnels() {
    for closes in [false, true] {
        let Tunnelled {
            context,
            origin,
            proxy: peer,
        } = tunnelled(move |request| {
            let refusal = guarded(request)?;
            Some(if closes { refusal.close() } else { refusal })
        });
        let proxy = at(&peer);
        check_status(
            through(&context, "https://a.example/", &proxy).get_response(),
            Status::ProtocolError,
        );
        proxy.set_credentials(login("ben", "wrong"));
        let error = check_status(
            through(&context, "https://a.example/", &proxy).get_response(),
            Status::ProtocolError,
        );
        let response = error.into_response().unwrap();
        assert_eq!(response.as_http().unwrap().status_code().as_u16(), 407);
        proxy.set_credentials(login("ben", PASSWORD));
        assert_eq!(text(through(&context, "https://a.example/x", &proxy)), "/x");
        let before = peer.request_count();
        assert_eq!(before, 5);
        // The next tunnel is asked for with the login at once.
        assert_eq!(text(through(&context, "https://b.example/y", &proxy)), "/y");
        assert_eq!(peer.request_count(), before + 1);
        assert_eq!(origin.request_count(), 2);
    }
}

/// The login of a proxy is seen by the proxy alone, whatever happens on the way.
#[test]
fn proxy_auth_never_at_origin() {
    let Tunnelled {
        context,
        origin,
        proxy: peer,
    } = tunnelled(|request| {
        if let Some(refusal) = guarded(request) {
            return Some(refusal);
        }
        match request.target().as_str() {
            "http://a.example/" => {
                Some(Response::new(302).header("Location", "https://a.example/secure"))
            }
            _ => None,
        }
    });
    let direct = HttpPeer::serve(|_| Response::new(200).body("direct"));
    let proxy = at(&peer);
    proxy.set_credentials(login("ben", PASSWORD));
    // By credentials: from http, by a redirect, to https.
    assert_eq!(
        text(through(&context, "http://a.example/", &proxy)),
        "/secure"
    );
    // By hand.
    let other = at(&peer);
    let mut request = through(&context, "https://a.example/by-hand", &other);
    request
        .headers_mut()
        .unwrap()
        .add("Proxy-Authorization", BEN)
        .unwrap();
    assert_eq!(text(request), "/by-hand");
    // A challenge of the server is not the proxy's, even with its number.
    let asked: Vec<String> = origin
        .requests()
        .iter()
        .map(RecordedRequest::head_text)
        .collect();
    assert_eq!(asked.len(), 2);
    for head in asked {
        assert!(!head.to_ascii_lowercase().contains("proxy"), "{head}");
    }
    assert!(
        peer.requests()
            .iter()
            .filter(|request| request.header("Proxy-Authorization").is_some())
            .count()
            >= 3
    );
    // Past the proxy.
    let url = direct.url("/");
    assert_eq!(text(through(&context, &url, &proxy)), "direct");
    assert_eq!(direct.requests()[0].header("Proxy-Authorization"), None);
}

#[test]
fn servers_in_tunnels_are_no_proxies() {
    let authority = Authority::new();
    let origin = HttpPeer::serve_tls(&identity(&authority), |_| {
        Response::new(407).header("Proxy-Authenticate", "Basic realm=\"evil\"")
    });
    let to = origin.address();
    let peer = HttpPeer::proxy(move |_| ProxyAnswer::Tunnel(to));
    let context = resolving(context_trusting(&authority));
    let proxy = at(&peer);
    proxy.set_credentials(login("ben", PASSWORD));
    let mut request = through(&context, "https://a.example/", &proxy);
    check_status(request.get_response(), Status::ProtocolError);
    // The same without a proxy.
    let direct = HttpPeer::serve(|_| {
        Response::new(407).header("Proxy-Authenticate", "Basic realm=\"evil\"")
    });
    let mut request = through(&context, &direct.url("/"), &proxy);
    request.set_credentials(login("ben", PASSWORD)).unwrap();
    check_status(request.get_response(), Status::ProtocolError);
    for peer in [origin, direct] {
        assert_eq!(peer.request_count(), 1);
        assert_eq!(peer.requests()[0].header("Proxy-Authorization"), None);
    }
}

#[test]
fn tunnels_are_for_who_opened_them() {
    let Tunnelled {
        context,
        origin: _origin,
        proxy: peer,
    } = tunnelled(|_| None);
    let opened = |user: Option<(&str, &str)>| {
        let proxy = at(&peer);
        proxy.set_credentials(user.and_then(|(user, password)| login(user, password)));
        text(through(&context, "https://a.example/", &proxy));
        peer.connections_opened()
    };
    assert_eq!(opened(None), 1);
    assert_eq!(opened(None), 1, "another proxy object, the same proxy");
    assert_eq!(opened(Some(("ben", "one"))), 2);
    assert_eq!(opened(Some(("ben", "two"))), 3);
    assert_eq!(opened(Some(("ann", "one"))), 4);
    assert_eq!(opened(Some(("ben", "one"))), 4);
    let point = ServicePointManager::of(&context)
        .find_with_proxy("https://a.example/", Some(&*at(&peer)))
        .unwrap();
    assert_eq!(point.current_connections(), 4);
    // Tunnels belong to the connection group, too.
    assert!(point.close_connection_group(None));
    peer.wait_for_open_at_most(0);
    assert_eq!(opened(None), 5);
}
