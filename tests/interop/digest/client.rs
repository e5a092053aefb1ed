//! Our client at Apache and Squid.

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_requests::{HttpWebRequest, WebError, WebExceptionStatus, WebRequest};
use system_net_testkit::{HttpPeer, Response};
use system_net_uri::Uri;
use system_net_web_proxy::{Proxy, WebProxy};

use crate::enabled;
use crate::servers::Server;

fn request(context: &NetContext, url: &str, password: &str) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    let joe = NetworkCredential::new("joe", password);
    request.set_credentials(Some(Arc::new(joe))).unwrap();
    request.set_pre_authenticate(true).unwrap();
    request
}

fn text(mut request: HttpWebRequest) -> Result<String, WebError> {
    Ok(request.get_response()?.into_string().unwrap())
}

#[test]
fn apache_lets_in_by_digest_and_basic() {
    if !enabled("apache_lets_in_by_digest_and_basic") {
        return;
    }
    let apache = Server::apache();
    let context = NetContext::new();
    for name in ["digest", "basic"] {
        let url = apache.url(&format!("/{name}/x.txt"));
        // The second and third go out with the login, and the count rises.
        for query in ["", "?a=1", "?b=%20%22"] {
            let body = text(request(&context, &format!("{url}{query}"), "secret"));
            assert_eq!(body.unwrap(), name, "{query}");
        }
        let error = text(request(&NetContext::new(), &url, "wrong")).unwrap_err();
        assert_eq!(error.status(), WebExceptionStatus::ProtocolError);
        // Credentials that are for the other scheme stay where they are.
        let other = if name == "basic" { "Digest" } else { "Basic" };
        let mut cache = CredentialCache::new();
        let joe = NetworkCredential::new("joe", "secret");
        cache
            .add(&Uri::parse(&apache.url("/")).unwrap(), other, joe)
            .unwrap();
        let mut request = WebRequest::create_http_in(&NetContext::new(), &url).unwrap();
        request.set_credentials(Some(Arc::new(cache))).unwrap();
        let error = text(request).unwrap_err();
        assert_eq!(error.status(), WebExceptionStatus::ProtocolError);
    }
}

#[test]
fn apache_proves_itself_and_counts() {
    if !enabled("apache_proves_itself_and_counts") {
        return;
    }
    // Apache sends `rspauth` with each answer: a wrong one would fail the request.
    let apache = Server::apache();
    let context = NetContext::new();
    let url = apache.url("/digest/x.txt");
    let mut first = request(&context, &url, "secret");
    let response = first.get_response().unwrap();
    let info = response
        .headers()
        .get("Authentication-Info")
        .unwrap()
        .into_owned();
    assert!(
        info.contains("rspauth=") && info.contains("nc=00000001"),
        "{info}"
    );
    drop(response);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(text(request(&context, &url, "secret")).unwrap(), "digest");
                }
            });
        }
    });
    let mut last = request(&context, &url, "secret");
    let response = last.get_response().unwrap();
    let info = response
        .headers()
        .get("Authentication-Info")
        .unwrap()
        .into_owned();
    assert!(
        info.contains("nc=00000066"),
        "one challenge for 102 requests: {info}"
    );
}

#[test]
fn squid_lets_through_by_digest() {
    if !enabled("squid_lets_through_by_digest") {
        return;
    }
    let squid = Server::squid();
    let origin = HttpPeer::serve(|request| Response::new(200).body(request.target()));
    for (password, lets_in) in [("secret", true), ("wrong", false)] {
        let context = NetContext::new();
        let proxy = WebProxy::new(squid.url("")).unwrap();
        let joe = NetworkCredential::new("joe", password);
        proxy.set_credentials(Some(Arc::new(joe)));
        let proxy: Arc<dyn Proxy> = Arc::new(proxy);
        for path in ["/a?b=c", "/d"] {
            // By a name: an address of this machine is never asked for through a proxy.
            let url = format!("http://origin.example:{}{path}", origin.port());
            let mut request = WebRequest::create_http_in(&context, &url).unwrap();
            request.set_proxy(Some(Arc::clone(&proxy))).unwrap();
            match text(request) {
                Ok(body) => assert!(lets_in && body == path, "{body}"),
                Err(error) => assert!(!lets_in, "{error}"),
            }
        }
    }
    assert_eq!(origin.request_count(), 2);
}
