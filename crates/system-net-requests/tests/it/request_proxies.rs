//! The proxy that a request has for itself: whose it is, and what becomes of one without an address.

use std::sync::Arc;

use system_net_primitives::Misuse;
use system_net_requests::{Phase, WebExceptionStatus as Status, WebRequest};
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{HttpPeer, Response, refused_port};
use system_net_uri::Uri;
use system_net_web_proxy::WebProxy;

use crate::proxies::{at, resolving, through};
use crate::{check_status, context};

/// A proxy without an address is not a server without one: the status says whose name it was, and
/// the advice what to look at; nobody is asked for the server's name.
#[test]
fn status_proxy_name_resolution() {
    let context = resolving(context());
    let get = |proxy: &str, url: &str, status| {
        let proxy = Arc::new(WebProxy::new(proxy).unwrap());
        check_status(through(&context, url, &proxy).get_response(), status)
    };
    for url in ["http://a.example/", "https://a.example/"] {
        let unknown = "http://nowhere.example:3128";
        let error = get(unknown, url, Status::ProxyNameResolutionFailure);
        let text = error.to_string();
        assert!(
            text.starts_with("ProxyNameResolutionFailure") && text.contains("nowhere.example"),
            "{text}"
        );
        assert_eq!(error.phase(), Phase::Resolving);
        assert!(error.response().is_none());
        let advice = error.advice();
        assert!(advice[0].contains("check its host name"), "{advice:?}");
    }
    // The same name as a server's, and a proxy that has an address, are other failures.
    let error = WebRequest::create_http_in(&context, "http://nowhere.example:3128/")
        .unwrap()
        .get_response();
    check_status(error, Status::NameResolutionFailure);
    let closed = format!("http://proxy.example:{}", refused_port().port());
    get(&closed, "http://a.example/", Status::ConnectFailure);
    // An upload waits for nothing either.
    let proxy = Arc::new(WebProxy::new("http://nowhere.example:3128").unwrap());
    let mut request = through(&context, "http://a.example/", &proxy);
    request.set_method("POST").unwrap();
    request.set_content_length(3).unwrap();
    let stream = request.get_request_stream();
    check_status(stream, Status::ProxyNameResolutionFailure);
}

/// The proxy is the request's own: two requests of one context at the same time by two proxies, one
/// by none; set through the base type and the concrete one, and fixed once the request was sent.
#[test]
fn proxy_per_request() {
    let context = context();
    let origin = HttpPeer::serve(|_| Response::new(200).body("origin"));
    let mut resolver = OverrideResolver::closed();
    for name in ["a.example", "proxy.example"] {
        resolver.insert(name, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    let proxies = ["one", "two", "default"]
        .map(|name| HttpPeer::proxy(move |_| Response::new(200).body(name).into()));
    let [one, two, default] = &proxies;
    WebRequest::set_default_web_proxy_in(&context, Some(at(default)));
    let url = format!("http://a.example:{}/x", origin.port());
    let create = || WebRequest::create_in(&context, &url).unwrap();

    let mut requests = [create(), create(), create(), create()];
    requests[0].set_proxy(Some(at(one))).unwrap();
    let concrete = requests[1].as_http_mut().unwrap();
    concrete.set_proxy(Some(at(two))).unwrap();
    requests[2].set_proxy(None).unwrap();
    let proxy_of = |request: &WebRequest| {
        let proxy = request.proxy().unwrap()?;
        proxy.get_proxy(&Uri::parse(&url).unwrap())
    };
    let ports: Vec<Option<u16>> = requests
        .iter()
        .map(|request| proxy_of(request).and_then(|address| address.port()))
        .collect();
    assert_eq!(
        ports,
        [
            Some(one.port()),
            Some(two.port()),
            None,
            Some(default.port())
        ]
    );
    let begun = requests
        .each_mut()
        .map(|request| request.begin_get_response(None, None));
    for ((request, begun), expected) in requests
        .iter_mut()
        .zip(&begun)
        .zip(["one", "two", "origin", "default"])
    {
        let response = request.end_get_response(begun).unwrap();
        assert_eq!(response.into_string().unwrap(), expected);
        let late = request.set_proxy(None);
        assert!(matches!(late, Err(Misuse::InvalidOperation(_))), "{late:?}");
    }
    for proxy in &proxies {
        assert_eq!(proxy.request_count(), 1);
        assert_eq!(proxy.requests()[0].target(), url);
    }
    assert_eq!(origin.requests()[0].target(), "/x");
    // A request made without a word has the default's again.
    assert_eq!(
        create().get_response().unwrap().into_string().unwrap(),
        "default"
    );
}
