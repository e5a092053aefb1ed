//! What an address is checked by is what is connected to or opened: paths that climb, shares of
//! other machines, every spelling of an address, names outside ASCII.

use std::future::ready;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use system_net_config::{NetContext, Settings};
use system_net_primitives::{IpAddress, Misuse};
use system_net_requests::{ServicePointManager, WebExceptionStatus as Status, WebRequest};
use system_net_sockets::{BoxFuture, Dns, Resolver, SocketError, SocketErrorCode};
use system_net_testkit::{Authority, HttpPeer, Response, Validity};
use system_net_uri::{
    GenericUriParserOptions, HostAddress, PathRules, Uri, UriIdnScope, UriKind, UriSettings,
};

use crate::proxies::{at, through};
use crate::{Folder, check_status, context, context_trusting};

/// A resolver that writes down what it is asked, and answers with each address once in turn.
pub(crate) struct Recorded {
    asked: Mutex<Vec<String>>,
    answers: Vec<Vec<IpAddress>>,
}

impl Recorded {
    fn answering(answers: &[&[Ipv4Addr]]) -> Arc<Self> {
        let list =
            |addresses: &&[Ipv4Addr]| addresses.iter().map(|ip| IpAddress::v4(*ip)).collect();
        Arc::new(Self {
            asked: Mutex::new(Vec::new()),
            answers: answers.iter().map(list).collect(),
        })
    }

    pub(crate) fn loopback() -> Arc<Self> {
        Self::answering(&[&[Ipv4Addr::LOCALHOST]])
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn in_context(self: &Arc<Self>, context: &NetContext) {
        Dns::set_resolver_in(context, Some(Arc::clone(self) as Arc<dyn Resolver>));
    }
}

impl Resolver for Recorded {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self
            .answers
            .get(asked.len())
            .or_else(|| self.answers.last());
        asked.push(host.to_owned());
        let none = || SocketError::new(SocketErrorCode::HostNotFound);
        Box::pin(ready(answer.cloned().ok_or_else(none)))
    }
}

#[test]
fn file_uri_traversal() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("share/sub")).unwrap();
    std::fs::write(folder.path("secret"), "secret").unwrap();
    std::fs::write(folder.path("share/file"), "public").unwrap();
    std::fs::write(folder.path("share/a..b"), "dots").unwrap();
    let context = context();

    // As addresses are usually read the dots are resolved: what is opened is what the address
    // says, and the address says so before anything is opened.
    let climbing = [
        "../secret",
        "%2e%2e/secret",
        ".%2E/secret",
        "%2e%2e%2fsecret",
        "..%5csecret",
        "..\\secret",
        "sub/../../secret",
        "sub%2f..%2f..%2fsecret",
        "./%2e%2e/secret",
    ];
    for tail in climbing {
        let text = folder.url(&format!("share/{tail}"));
        let uri = Uri::parse(&text).unwrap();
        assert!(
            !uri.absolute_path().contains("share"),
            "{text}: {}",
            uri.absolute_path()
        );
        let mut request = WebRequest::create_in(&context, &uri).unwrap();
        assert_eq!(
            request.get_response().unwrap().into_string().unwrap(),
            "secret",
            "{text}"
        );
    }

    // Where the address keeps its escapes, a check sees a path below the share. The file that
    // the dots would lead to is then not opened.
    let mut literal = UriSettings::new();
    literal.set_scheme_options(
        "file",
        GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES,
    );
    let mut unix = literal.clone();
    unix.set_paths(PathRules::Unix);
    for settings in [&literal, &unix] {
        for tail in [
            "sub%2f..%2f..%2fsecret",
            "x%5c..%5c..%5csecret",
            "..%2fsecret",
        ] {
            let text = folder.url(&format!("share/{tail}"));
            let uri = Uri::parse_in(&text, UriKind::Absolute, settings).unwrap();
            assert!(uri.absolute_path().contains("share/"), "{text}");
            let mut request = WebRequest::create_in(&context, &uri).unwrap();
            let error = request.get_response().unwrap_err();
            let refused = matches!(error.misuse(), Some(Misuse::InvalidArgument { .. }));
            assert!(refused, "{text}: {error:?}");
            let mut request = WebRequest::create_in(&context, &uri).unwrap();
            request.set_method("PUT").unwrap();
            assert!(request.get_request_stream().is_err(), "{text}");
        }
    }
    assert_eq!(
        std::fs::read_to_string(folder.path("secret")).unwrap(),
        "secret"
    );

    // Dots that are part of a name are no way up, and an escape is undone once only.
    let mut request = WebRequest::create_in(&context, folder.url("share/a..b")).unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "dots"
    );
    let mut request =
        WebRequest::create_in(&context, folder.url("share/%252e%252e/secret")).unwrap();
    check_status(request.get_response(), Status::ConnectFailure);
}

#[test]
fn file_uri_unc_refused() {
    let context = context();
    let shares = [
        r"\\server\share\f",
        r"\\127.0.0.1\share\f",
        r"\\?\UNC\server\share\f",
        r"\\.\pipe\name",
        "//server/share/f",
        "file://server/share/f",
        "file://SERVER./share/f",
        "file://127.0.0.1/share/f",
        "file://[::1]/share/f",
        "file://0x7f.1/share/f",
        "file:////server/share/f",
        r"file:\\server\share\f",
        "file://server%2eexample/share",
        "file://s\u{e4}rver/share/f",
        "file:///%2f%2fserver/share/f",
        "file:///%5c%5cserver/share/f",
        "file:///.//server/share/f",
        "file://localhost//server/share/f",
        "file://localhost/%5cserver/share/f",
        r"file://localhost\\server\share\f",
    ];
    for text in shares {
        // Those that are no address at all are refused sooner.
        let Ok(uri) = Uri::parse(text) else { continue };
        let mut request = WebRequest::create_in(&context, &uri).unwrap();
        let error = request.get_response().unwrap_err();
        let refused = matches!(error.misuse(), Some(Misuse::NotSupported { .. }));
        assert!(refused, "{text} ({}): {error:?}", uri.local_path());
    }
    // This machine by its name is no other machine.
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "here").unwrap();
    let url = folder.url("f").replacen("file:///", "file://LOCALHOST/", 1);
    let mut request = WebRequest::create_in(&context, url).unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "here"
    );
}

/// Spellings of 127.0.0.1 that are an address, whatever a filter of texts thinks of them.
const ADDRESSES: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0177.1",
    "0x7f.0.0.1",
    "0X7F.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "127.0.0.01",
    "127.0x0.0.1",
    "0x7f.0.0x0.0x1",
    "127.0.0.1\u{200e}",
    "\u{ff11}27.0.0.1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "127\u{ff0e}0\u{ff61}0.1",
    "\u{2460}27.0.0.1",
    "u@127.0.0.1",
    "u:p@0x7f.1",
    "public.example@127.1",
    "public.example:80@2130706433",
    "%70ublic.example@127.0.0.1",
];

/// Spellings of one name.
const NAMES: &[&str] = &[
    "inner.example",
    "INNER.Example",
    "inner\u{3002}example",
    "inner\u{ff0e}example",
    "\u{ff49}nner.example",
    "inn\u{200e}er.example",
    "i\u{ad}nner.example",
    "\u{2460}nner.example",
    "public.example@inner.example",
];

/// What a check would have said of a host: the address itself, or the name that is asked for.
fn checked(uri: &Uri) -> Result<Ipv4Addr, String> {
    match uri.host_address() {
        HostAddress::V4(address) => Ok(address),
        HostAddress::V6(address, _) => address.to_ipv4_mapped().ok_or_else(|| address.to_string()),
        HostAddress::Dns(name) => Err(name.to_owned()),
        HostAddress::None => Err(String::new()),
    }
}

/// The host object that a check looks at is the one that is connected to: on the first hop and
/// behind a redirect, in every spelling.
#[test]
fn one_host_for_checks_and_connecting() {
    let inner = HttpPeer::serve(|_| Response::new(200).body("inner"));
    let port = inner.port();
    // The mapped form of the address is one more spelling, of an IPv6 socket to an IPv4 peer.
    let mapped = [
        "[::ffff:127.0.0.1]",
        "[::FFFF:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
    ];
    let all = [ADDRESSES, &mapped, NAMES].concat();
    for spelling in all {
        let text = format!("http://{spelling}:{port}/");
        // What is no address at all is connected to by nobody.
        let Ok(uri) = Uri::parse(&text) else { continue };
        let expected = checked(&uri);
        let steps = [
            text.clone(),
            format!("//{spelling}:{port}/"),
            format!(r"\\{spelling}:{port}/"),
        ];
        for (hop, location) in std::iter::once(None)
            .chain(steps.into_iter().map(Some))
            .enumerate()
        {
            let context = context();
            let resolver = Recorded::loopback();
            resolver.in_context(&context);
            let before = inner.requests().len();
            let outcome = match location {
                None => WebRequest::create_in(&context, &uri)
                    .unwrap()
                    .get_response(),
                Some(location) => {
                    let moved = move |_: &_| Response::new(302).header("Location", &location);
                    let outer = HttpPeer::serve(moved);
                    WebRequest::create_in(&context, outer.url("/"))
                        .unwrap()
                        .get_response()
                }
            };
            let reached = inner.requests().len() > before;
            let asked = resolver.taken();
            let what = format!("{text:?}, hop {hop}: {outcome:?}");
            match &expected {
                Ok(address) => {
                    assert!(address.is_loopback(), "{what}");
                    assert!(asked.is_empty(), "{what}: asked for {asked:?}");
                }
                Err(name) if reached => assert_eq!(asked, [name.as_str()], "{what}"),
                // A header that is not ASCII is no address; nothing was asked for then.
                Err(_) => assert!(asked.is_empty() || outcome.is_err(), "{what}"),
            }
            assert!(reached || hop > 0, "{what}");
            if reached {
                let host = inner
                    .requests()
                    .last()
                    .and_then(|request| request.header("Host"));
                let host = host.unwrap();
                assert!(host.is_ascii() && !host.contains('@'), "{what}: {host}");
            }
        }
    }
}

/// A name is looked up once for each connection, so that a second answer can undo no check of the
/// first; what is kept alive is not looked up again.
#[test]
fn a_rebinding_name_is_asked_for_once() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("first"));
    let elsewhere = Ipv4Addr::new(192, 0, 2, 1);
    let resolver = Recorded::answering(&[&[Ipv4Addr::LOCALHOST], &[elsewhere]]);
    let context = context();
    resolver.in_context(&context);
    for _ in 0..3 {
        let url = format!("http://rebinding.example:{}/", peer.port());
        let mut request = WebRequest::create_in(&context, url).unwrap();
        assert_eq!(
            request.get_response().unwrap().into_string().unwrap(),
            "first"
        );
    }
    assert_eq!(resolver.taken(), ["rebinding.example"]);
    assert_eq!(peer.connections_opened(), 1);
}

/// The zone is part of where an address leads, though not of `host`.
#[test]
fn service_points_are_told_apart_by_what_is_connected_to() {
    let context = context();
    let manager = ServicePointManager::of(&context);
    let same = |a: &str, b: &str| Arc::ptr_eq(&manager.find(a).unwrap(), &manager.find(b).unwrap());
    assert!(!same("http://[fe80::1%1]/", "http://[fe80::1%2]/"));
    assert!(same("http://[fe80::1%1]/a", "http://[FE80::1%1]/b"));
    assert!(same("http://127.1/", "http://0x7f.1/"));
    assert!(same("http://1.2\u{200e}/", "http://1.0.0.2/"));
    assert!(same("http://\u{e4}.example/", "http://xn--4ca.example/"));
    assert!(!same("http://a.example/", "http://a.example:81/"));
    assert!(!same("http://a.example/", "https://a.example:80/"));
}

#[test]
fn idn_host_on_wire() {
    let (unicode, ascii) = ("b\u{fc}cher.example", "xn--bcher-kva.example");
    let authority = Authority::new();
    let identity = authority.issue(&[ascii], Validity::Now).identity();
    let plain = HttpPeer::serve(|_| Response::new(200).body("plain"));
    let tls = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("secure"));
    let raw = HttpPeer::silent();

    let mut all = Settings::default();
    all.uri.idn.enabled = UriIdnScope::All;
    all.tls = context_trusting(&authority).settings().tls.clone();
    // Whatever the modes say of how a host is shown.
    for context in [context_trusting(&authority), NetContext::with_settings(all)] {
        let resolver = Recorded::loopback();
        resolver.in_context(&context);
        for host in [
            unicode,
            "B\u{dc}CHER.example",
            "bu\u{308}cher\u{3002}example",
            ascii,
        ] {
            for (scheme, peer, body) in [("http", &plain, "plain"), ("https", &tls, "secure")] {
                let url = format!("{scheme}://{host}:{}/p", peer.port());
                let mut request = WebRequest::create_in(&context, &url).unwrap();
                // The certificate is of the name in ASCII.
                let response = request.get_response().unwrap();
                assert_eq!(response.into_string().unwrap(), body, "{url}");
                let header = peer.requests().last().unwrap().header("Host");
                assert_eq!(header, Some(format!("{ascii}:{}", peer.port())), "{url}");
            }
        }
        let asked = resolver.taken();
        assert!(
            !asked.is_empty() && asked.iter().all(|name| name == ascii),
            "{asked:?}"
        );

        // A proxy looks the name up by itself.
        let proxy = HttpPeer::proxy(|request| match request.method().as_str() {
            "CONNECT" => Response::new(403).into(),
            _ => Response::new(200).into(),
        });
        for (scheme, target) in [
            ("http", format!("http://{ascii}/p")),
            ("https", format!("{ascii}:443")),
        ] {
            let url = format!("{scheme}://{unicode}/p");
            let answer = through(&context, &url, &at(&proxy)).get_response();
            assert_eq!(answer.is_ok(), scheme == "http", "{url}");
            let seen = proxy.requests().pop().unwrap();
            assert_eq!(seen.target(), target);
            let host = seen.header("Host").unwrap();
            assert_eq!(host.trim_end_matches(":443"), ascii);
        }

        // The name in the first bytes of TLS, which are not secret.
        let url = format!("https://{unicode}:{}/", raw.port());
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        request
            .set_timeout(Some(std::time::Duration::from_millis(500)))
            .unwrap();
        assert!(request.get_response().is_err());
        let hello = raw.connections().last().unwrap().received.clone();
        let has = |name: &str| {
            hello
                .windows(name.len())
                .any(|part| part == name.as_bytes())
        };
        assert!(
            has(ascii) && !has(unicode) && !has("cher\u{3002}"),
            "{hello:?}"
        );
    }

    // A host set by hand, too.
    let context = context();
    let url = plain.url("/");
    let mut request = WebRequest::create_http_in(&context, &url).unwrap();
    request.set_host(unicode).unwrap();
    request.get_response().unwrap();
    let header = plain.requests().last().unwrap().header("Host");
    assert_eq!(header.as_deref(), Some(ascii));
}
