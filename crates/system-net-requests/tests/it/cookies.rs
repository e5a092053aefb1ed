//! Cookies of requests: what a container sends at each hop and takes from each response.

use system_net_config::NetContext;
use system_net_primitives::{Cookie, CookieCollection, CookieContainer};
use system_net_requests::{HttpWebRequest, WebExceptionStatus, WebRequest};
use system_net_testkit::{HttpPeer, Response};

use crate::{check_status, context, context_trusting};

fn ask(net: &NetContext, url: &str, jar: &CookieContainer) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(net, url).unwrap();
    request.set_cookie_container(Some(jar.clone())).unwrap();
    request
}

/// What the peer was sent in `Cookie`, request by request.
fn sent(peer: &HttpPeer) -> Vec<Option<String>> {
    let cookie = |request: &system_net_testkit::RecordedRequest| request.header("Cookie");
    peer.requests().iter().map(cookie).collect()
}

#[test]
fn cookies_go_there_and_back() {
    let peer = HttpPeer::serve(|_| {
        Response::new(200)
            .header("Set-Cookie", "a=1; Path=/")
            .header("Set-Cookie", "b=2, c=3; Path=/x")
            .header("Set-Cookie", "gone=1; Max-Age=0")
            .header("Set-Cookie", "other=1; Domain=example.org")
            .header("Set-Cookie", "caf\u{e9}=x; Path=/")
    });
    let net = context();
    let jar = CookieContainer::new();
    assert!(ask(&net, &peer.url("/"), &jar).supports_cookie_container());
    let response = ask(&net, &peer.url("/x/y"), &jar).get_response().unwrap();
    let names = |cookies: &CookieCollection| {
        let name = |cookie: &Cookie| cookie.name().to_owned();
        cookies.iter().map(name).collect::<Vec<_>>()
    };
    let taken = names(&response.cookies());
    for name in ["a", "b", "c"] {
        assert!(taken.contains(&name.to_owned()), "{name} of {taken:?}");
    }
    assert!(!taken.contains(&"other".to_owned()));
    response.set_cookies(CookieCollection::new());
    assert_eq!(response.cookies().count(), 0);
    response.close();
    ask(&net, &peer.url("/x/z"), &jar)
        .get_response()
        .unwrap()
        .close();
    ask(&net, &peer.url("/other"), &jar)
        .get_response()
        .unwrap()
        .close();
    let sent = sent(&peer);
    assert_eq!(sent[0], None);
    let second = sent[1].clone().unwrap();
    for pair in ["a=1", "b=2", "c=3"] {
        assert!(
            second.split("; ").any(|sent| sent == pair),
            "{pair} in {second}"
        );
    }
    assert!(
        !second.contains("gone") && !second.contains("other"),
        "{second}"
    );
    let third = sent[2].clone().unwrap();
    assert!(third.contains("a=1") && !third.contains("b=2"), "{third}");
}

/// Without a container the header is sent as it was set, and nothing is kept; with one the header
/// is not sent.
#[test]
fn container_replaces_the_header() {
    let peer = HttpPeer::serve(|_| Response::new(200).header("Set-Cookie", "a=1"));
    let net = context();
    for (jar, expected) in [(None, Some("own=1")), (Some(CookieContainer::new()), None)] {
        let mut request = WebRequest::create_http_in(&net, peer.url("/")).unwrap();
        request
            .headers_mut()
            .unwrap()
            .set("Cookie", "own=1")
            .unwrap();
        request.set_cookie_container(jar.clone()).unwrap();
        assert_eq!(request.cookie_container().is_some(), jar.is_some());
        let response = request.get_response().unwrap();
        assert_eq!(response.cookies().count(), usize::from(jar.is_some()));
        assert_eq!(sent(&peer).pop().unwrap().as_deref(), expected);
    }
}

/// The jar decides per hop: what a redirect sets is sent on, and no host gets another's.
#[test]
fn cookie_per_hop() {
    let target = HttpPeer::serve(|_| Response::new(200).header("Set-Cookie", "target=1"));
    let location = target.url_localhost("/end");
    let start = HttpPeer::serve(move |_| {
        Response::new(302)
            .header("Location", &location)
            .header("Set-Cookie", "start=1; Path=/")
    });
    let net = context();
    let jar = CookieContainer::new();
    for _ in 0..2 {
        let response = ask(&net, &start.url("/"), &jar).get_response().unwrap();
        assert_eq!(response.cookies().get("target").unwrap().value(), "1");
        assert!(response.cookies().get("start").is_none());
        response.close();
    }
    let first_hop: Vec<_> = sent(&start);
    assert_eq!(first_hop[0], None);
    assert_eq!(first_hop[1].as_deref(), Some("start=1"));
    let second_hop = sent(&target);
    assert_eq!(second_hop[0], None);
    assert_eq!(second_hop[1].as_deref(), Some("target=1"));
}

/// Cookies of an error response count, secure ones stay on TLS, and `Host` names the site.
#[test]
fn cookies_of_errors_tls_and_host() {
    let net = context();
    let jar = CookieContainer::new();
    let missing = HttpPeer::serve(|_| Response::new(404).header("Set-Cookie", "e=1; Path=/"));
    let refused = ask(&net, &missing.url("/"), &jar).get_response();
    check_status(refused, WebExceptionStatus::ProtocolError);
    assert_eq!(jar.count(), 1);

    let authority = system_net_testkit::Authority::new();
    let identity = authority
        .issue(&["localhost"], system_net_testkit::Validity::Now)
        .identity();
    let tls = HttpPeer::serve_tls(&identity, |_| {
        Response::new(200).header("Set-Cookie", "__Host-s=1; Secure; Path=/")
    });
    let plain = HttpPeer::serve(|_| Response::new(200));
    let net = context_trusting(&authority);
    let jar = CookieContainer::new();
    for _ in 0..2 {
        ask(&net, &tls.url_localhost("/"), &jar)
            .get_response()
            .unwrap()
            .close();
    }
    ask(&net, &plain.url_localhost("/"), &jar)
        .get_response()
        .unwrap()
        .close();
    assert_eq!(sent(&tls)[1].as_deref(), Some("__Host-s=1"));
    assert_eq!(sent(&plain), [None]);

    let named = HttpPeer::serve(|_| Response::new(200).header("Set-Cookie", "n=1; Path=/"));
    let jar = CookieContainer::new();
    let mut request = ask(&net, &named.url("/"), &jar);
    request.set_host("site.example.org").unwrap();
    request.get_response().unwrap().close();
    let kept = jar.get_all_cookies();
    assert_eq!(kept.get("n").unwrap().domain(), "site.example.org");
}

#[test]
fn container_is_fixed_once_sent() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = ask(&context(), &peer.url("/"), &CookieContainer::new());
    request.get_response().unwrap().close();
    assert!(request.set_cookie_container(None).is_err());
}
