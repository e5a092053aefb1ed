//! Whose TLS sessions a request resumes: those of its own identity. The server counts.

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_requests::{HttpWebRequest, WebRequest};
use system_net_security::{X509Certificate2, X509CertificateCollection};
use system_net_testkit::{Authority, HttpPeer, ProxyAnswer, Response, TlsManners, Validity};
use system_net_web_proxy::WebProxy;

use crate::connection_logins::{encrypted, server, text, user, with};
use crate::context_trusting;

/// A session is for whom the pool would give its connection: the group, the user whose login
/// belongs to the connection, who opened the tunnel, the certificate that was shown.
#[test]
fn tls_session_identity() {
    groups();
    users();
    tunnels();
    certificates();
}

fn url(peer: &HttpPeer) -> String {
    peer.url_localhost("/").replace("http:", "https:")
}

fn request(context: &NetContext, peer: &HttpPeer) -> HttpWebRequest {
    WebRequest::create_http_in(context, url(peer)).unwrap()
}

/// Which of the peer's connections went on with a session of an earlier one.
fn resumed(peer: &HttpPeer) -> Vec<bool> {
    peer.requests().iter().map(|it| it.resumed).collect()
}

/// Every request has a connection of its own.
fn closing(request: &mut HttpWebRequest) {
    request.set_keep_alive(false).unwrap();
    assert_eq!(text(request), "welcome");
}

fn groups() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("welcome"));
    let context = context_trusting(&authority);
    let names = [Some("joe"), Some("ann"), None];
    for name in names.into_iter().cycle().take(6) {
        let mut request = request(&context, &peer);
        request.set_connection_group_name(name).unwrap();
        closing(&mut request);
    }
    assert_eq!(resumed(&peer), [false, false, false, true, true, true]);
}

fn users() {
    let authority = Authority::new();
    let manners = encrypted(&authority);
    let peer = server(&manners);
    let context = context_trusting(&authority);
    let url = peer.url("/").replace("http:", "https:");
    let get = |name: &str| {
        let before = peer.requests().len();
        let mut request = with(&context, &url, user(name));
        assert_eq!(text(&mut request), format!("{name} 0"));
        let point = request.service_point().unwrap();
        assert!(point.close_connection_group(None));
        peer.wait_for_open_at_most(0);
        resumed(&peer)[before]
    };
    // The first is asked on nobody's connection; from then on each begins on his own.
    let was_resumed = ["ann", "ann", "bob", "ann", "bob"].map(get);
    assert_eq!(was_resumed, [false, false, false, true, true]);
}

fn tunnels() {
    let authority = Authority::new();
    let identity = authority
        .issue(&["origin.example"], Validity::Now)
        .identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("welcome"));
    let to = ([127, 0, 0, 1], peer.port()).into();
    let proxy = HttpPeer::proxy(move |_| ProxyAnswer::Tunnel(to));
    let context = context_trusting(&authority);
    for name in ["joe", "ann", "joe"] {
        let mut request = WebRequest::create_http_in(&context, "https://origin.example/").unwrap();
        let web_proxy = WebProxy::new(proxy.url("/")).unwrap();
        web_proxy.set_credentials(Some(user(name)));
        request.set_proxy(Some(Arc::new(web_proxy))).unwrap();
        closing(&mut request);
    }
    assert_eq!(resumed(&peer), [false, false, true]);
}

fn certificates() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let manners = TlsManners {
        asks_clients_of: &[&clients],
        ..TlsManners::default()
    };
    let issued = authority.issue(&["localhost"], Validity::Now);
    let peer = HttpPeer::serve_tls(&issued.identity_with(manners), |_| {
        Response::new(200).body("welcome")
    });
    let certificate = |name: &str| {
        let issued = clients.issue_client(name, Validity::Now);
        let (pem, key) = (issued.certificate_pem, issued.key_pem);
        X509Certificate2::create_from_pem(pem.as_bytes(), key.as_bytes()).unwrap()
    };
    let (one, two) = (certificate("one"), certificate("two"));
    let context = context_trusting(&authority);
    for (shown, group) in [
        (Some(&one), None),
        (Some(&two), None),
        (None, None),
        (Some(&one), Some("group")),
        (Some(&one), None),
        (Some(&two), None),
        (None, None),
        (Some(&one), Some("group")),
    ] {
        let mut request = request(&context, &peer);
        let shown: X509CertificateCollection = shown.into_iter().cloned().collect();
        request.set_client_certificates(shown).unwrap();
        request.set_connection_group_name(group).unwrap();
        closing(&mut request);
    }
    assert_eq!(resumed(&peer), [[false; 4], [true; 4]].concat());
}
