//! Properties: their defaults, what of them reaches the server, and when they may be set.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use system_net_primitives::{HttpVersion, Misuse, NetworkCredential};
use system_net_requests::{
    HttpVersionPolicy, HttpWebRequest, ServicePointManager, WebClient, WebError, WebRequest,
};
use system_net_testkit::{HttpPeer, PASSWORD, RecordedRequest, Response, basic_login};

use crate::{context, http, post, write_body};

/// The only request a peer saw, after this was sent.
#[track_caller]
fn sent(prepare: impl FnOnce(&mut HttpWebRequest)) -> RecordedRequest {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = http(&peer.url("/p?q=1#f"));
    prepare(&mut request);
    request.get_response().unwrap();
    let requests = peer.requests();
    assert_eq!(requests.len(), 1);
    requests[0].clone()
}

/// The head of a request with the port of its peer left out.
fn head(request: &RecordedRequest) -> String {
    let text = request.head_text();
    let host = request.header("Host").unwrap();
    text.replace(&host, "HOST")
}

/// The Framework's order: the caller's headers, Host, the length, Expect, Connection.
#[test]
fn head_is_the_frameworks() {
    let request = sent(|_| {});
    assert_eq!(
        head(&request),
        "GET /p?q=1 HTTP/1.1\r\nHost: HOST\r\nConnection: Keep-Alive\r\n\r\n"
    );
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = http(&peer.url("/p"));
    request.set_method("POST").unwrap();
    request.headers_mut().unwrap().set("X-Custom", "v").unwrap();
    request.set_user_agent(Some("ua")).unwrap();
    request.set_content_type(Some("text/x")).unwrap();
    write_body(&mut request, "hello");
    request.get_response().unwrap();
    assert_eq!(
        head(&peer.requests()[0]),
        "POST /p HTTP/1.1\r\nX-Custom: v\r\nUser-Agent: ua\r\nContent-Type: text/x\r\n\
         Host: HOST\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: Keep-Alive\r\n\r\n"
    );
}

/// Set through the base type, without a cast. The credentials are in `logins`, the time-out in
/// `statuses`.
#[test]
fn base_props_reach_wire() {
    let context = context();
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
        Some(_) => Response::new(200),
    });
    let mut request = WebRequest::create_in(&context, peer.url("/p")).unwrap();
    request.set_method("PUT").unwrap();
    request.set_content_type(Some("text/x")).unwrap();
    request.set_content_length(5).unwrap();
    request.headers_mut().unwrap().add("X-A", "b").unwrap();
    request.set_pre_authenticate(true).unwrap();
    request.set_timeout(Some(Duration::from_secs(30))).unwrap();
    request.set_connection_group_name(Some("g")).unwrap();
    let credential = NetworkCredential::new("user", PASSWORD);
    request.set_credentials(Some(Arc::new(credential))).unwrap();
    assert_eq!(request.method().unwrap(), "PUT");
    assert_eq!(request.content_type().unwrap().as_deref(), Some("text/x"));
    assert_eq!(request.content_length().unwrap(), Some(5));
    assert_eq!(request.headers().unwrap().get("X-A").as_deref(), Some("b"));
    assert!(request.pre_authenticate().unwrap());
    assert_eq!(request.timeout().unwrap(), Some(Duration::from_secs(30)));
    assert!(request.credentials().unwrap().is_some());
    let mut stream = request.get_request_stream().unwrap();
    std::io::Write::write_all(&mut stream, b"hello").unwrap();
    stream.close().unwrap();
    request.get_response().unwrap();

    let requests = peer.requests();
    assert_eq!(requests.len(), 2, "asked for a login once");
    for seen in &requests {
        assert_eq!(seen.request_line(), "PUT /p HTTP/1.1");
        assert_eq!(seen.header("Content-Type").as_deref(), Some("text/x"));
        assert_eq!(seen.header("Content-Length").as_deref(), Some("5"));
        assert_eq!(seen.header("X-A").as_deref(), Some("b"));
        assert_eq!(seen.body, b"hello");
    }
    assert_eq!(
        requests[1].header("Authorization"),
        Some(basic_login("user"))
    );
}

/// Each header that is a property: set, read back, on the wire, removed again.
#[test]
fn http_header_properties() {
    type Set = fn(&mut HttpWebRequest, Option<&str>) -> Result<(), Misuse>;
    type Get = for<'a> fn(&'a HttpWebRequest) -> Option<std::borrow::Cow<'a, str>>;
    let rows: &[(&str, Set, Get)] = &[
        ("Accept", HttpWebRequest::set_accept, HttpWebRequest::accept),
        (
            "Content-Type",
            HttpWebRequest::set_content_type,
            HttpWebRequest::content_type,
        ),
        (
            "User-Agent",
            HttpWebRequest::set_user_agent,
            HttpWebRequest::user_agent,
        ),
        (
            "Referer",
            HttpWebRequest::set_referer,
            HttpWebRequest::referer,
        ),
    ];
    for (name, set, get) in rows {
        let seen = sent(|request| {
            assert_eq!(get(request), None, "{name}");
            set(request, Some("a; b")).unwrap();
            assert_eq!(get(request).as_deref(), Some("a; b"), "{name}");
        });
        assert_eq!(seen.header(name).as_deref(), Some("a; b"), "{name}");
        let seen = sent(|request| {
            set(request, Some("x")).unwrap();
            set(request, None).unwrap();
        });
        assert_eq!(seen.header(name), None, "{name}");
    }
}

#[test]
fn host_property() {
    let uri = |url: &str| http(url).host().into_owned();
    assert_eq!(uri("http://h/"), "h");
    assert_eq!(uri("http://h:80/"), "h");
    assert_eq!(uri("http://h:81/"), "h:81");
    assert_eq!(uri("https://[::1]:444/"), "[::1]:444");
    let mut request = http("http://h/");
    // The rows on which the recorded runtimes agree.
    for (host, accepted) in [
        ("x:81", true),
        ("x:80", true),
        ("[::1]", true),
        ("a b", false),
        ("x/y", false),
        ("", false),
        ("x\r\nA: b", false),
        ("u@x", false),
    ] {
        let result = request.set_host(host);
        assert_eq!(result.is_ok(), accepted, "{host:?}: {result:?}");
        if accepted {
            assert_eq!(request.host(), host);
        } else {
            assert!(matches!(result, Err(Misuse::InvalidArgument { .. })));
        }
    }
    let seen = sent(|request| request.set_host("example.org:81").unwrap());
    assert_eq!(seen.header("Host").as_deref(), Some("example.org:81"));
}

#[test]
fn methods_reach_the_wire() {
    for (set, seen) in [
        ("get", "GET"),
        ("Head", "HEAD"),
        ("post", "POST"),
        ("DELETE", "DELETE"),
        ("OPTIONS", "OPTIONS"),
        // A method that .NET does not know keeps its letter case.
        ("Foo", "Foo"),
        ("delete", "delete"),
    ] {
        let request = sent(|request| {
            request.set_method(set).unwrap();
            assert_eq!(request.method(), seen);
        });
        assert_eq!(request.method(), seen);
    }
}

/// A method that may have a body says 0 without one; others say nothing.
#[test]
fn length_without_a_body() {
    for (method, expected) in [
        ("GET", None),
        ("HEAD", None),
        ("DELETE", None),
        ("OPTIONS", None),
        ("POST", Some("0")),
        ("PUT", Some("0")),
    ] {
        let request = sent(|request| request.set_method(method).unwrap());
        assert_eq!(
            request.header("Content-Length").as_deref(),
            expected,
            "{method}"
        );
        assert_eq!(request.header("Expect"), None, "{method}");
    }
}

#[test]
fn keepalive_off_sends_close() {
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200));
    for _ in 0..2 {
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        request.set_keep_alive(false).unwrap();
        request.get_response().unwrap();
    }
    assert_eq!(peer.connections_opened(), 2);
    for request in peer.requests() {
        assert_eq!(request.header("Connection").as_deref(), Some("Close"));
    }
}

/// Only the first request on a connection says what is the default of HTTP/1.1.
#[test]
fn keep_alive_is_said_once() {
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200));
    for _ in 0..3 {
        crate::get(&context, &peer.url("/"));
    }
    let said: Vec<_> = peer
        .requests()
        .iter()
        .map(|request| request.header("Connection"))
        .collect();
    assert_eq!(said, [Some("Keep-Alive".to_owned()), None, None]);
    assert_eq!(peer.connections_opened(), 1);
}

#[test]
fn protocol_version_1_0_and_1_1() {
    for (version, keep_alive, line, connection) in [
        (HttpVersion::VERSION11, true, "HTTP/1.1", Some("Keep-Alive")),
        (HttpVersion::VERSION11, false, "HTTP/1.1", Some("Close")),
        (HttpVersion::VERSION10, true, "HTTP/1.0", Some("Keep-Alive")),
        (HttpVersion::VERSION10, false, "HTTP/1.0", None),
    ] {
        let seen = sent(|request| {
            request.set_protocol_version(version).unwrap();
            assert_eq!(request.protocol_version(), version);
            request.set_keep_alive(keep_alive).unwrap();
        });
        assert_eq!(seen.version(), line);
        assert_eq!(seen.header("Connection").as_deref(), connection, "{line}");
    }
    // HTTP/2 is `http2`'s.
    assert!(matches!(
        http("http://h/").set_protocol_version(HttpVersion::new(3, 0)),
        Err(Misuse::InvalidArgument { .. })
    ));
    // The response's own version.
    for version in ["1.0", "1.1"] {
        let answer = format!("HTTP/{version} 200 OK\r\nContent-Length: 0\r\n\r\n");
        let peer = HttpPeer::each(system_net_testkit::Script::new().answer(&answer));
        let response = http(&peer.url("/")).get_response().unwrap();
        assert_eq!(response.protocol_version().to_string(), version);
    }
}

/// Every setter that takes text, with a text that is not what it should be.
#[track_caller]
fn set_everything(request: &mut HttpWebRequest, text: &str) -> Vec<Result<(), Misuse>> {
    vec![
        request.set_method(text),
        request.set_accept(Some(text)),
        request.set_content_type(Some(text)),
        request.set_user_agent(Some(text)),
        request.set_referer(Some(text)),
        request.set_host(text),
        request.add_range_with(text, 1),
        request.add_range_with_from_to(text, 1, 2),
        request.set_connection_group_name(Some(text)),
        request.headers_mut().unwrap().add("X-Add", text),
        request.headers_mut().unwrap().set("X-Set", text),
        request.headers_mut().unwrap().add(text, "value"),
        request.headers_mut().unwrap().set(text, "value"),
        request
            .headers_mut()
            .unwrap()
            .add_line(&format!("X-Line: {text}")),
    ]
}

#[test]
fn setters_refuse_line_breaks() {
    let mut request = http("http://h/");
    for bad in ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "a\r\n b"] {
        for (number, result) in set_everything(&mut request, bad).into_iter().enumerate() {
            // The name of a connection group is not sent.
            let refused = matches!(result, Err(Misuse::InvalidArgument { .. }));
            assert_eq!(refused, number != 8, "{bad:?}, {number}: {result:?}");
        }
        let result = request.headers_mut().unwrap().add_line(bad);
        assert!(
            matches!(result, Err(Misuse::InvalidArgument { .. })),
            "{bad:?}: {result:?}"
        );
    }
    assert!(request.headers().is_empty());
    assert_eq!((request.method(), &*request.host()), ("GET", "h"));
}

/// Line breaks and NUL, at any place of a text that tries to be a field of its own.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\n"),
        Just("\n"),
        Just("\r"),
        Just("\0"),
        Just("\r\n\r\n"),
        Just("\r\n "),
        Just("\u{2028}"),
        Just("\u{10a}"),
        Just("\u{20a}"),
        Just("a"),
        Just(": "),
        Just(" "),
        Just("X-Injected: 1"),
        Just("GET /injected HTTP/1.1"),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// Whatever a caller sets, the server sees one request with the fields that were meant.
#[test]
fn crlf_injection_everywhere() {
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200));
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    };
    proptest!(config, |(text in hostile())| {
        let before = peer.request_count();
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        let _some_may_be_accepted = set_everything(&mut request, &text);
        request.set_connection_group_name(None).unwrap();
        request.get_response().unwrap();
        // In the address: escaped, or no address.
        for url in [peer.url(&format!("/{text}")), peer.url(&format!("/?{text}"))] {
            if let Ok(mut request) = WebRequest::create_in(&context, &url) {
                request.get_response().unwrap();
            }
        }
        let mut client = WebClient::new_in(&context);
        client.query_string_mut().push((text.clone(), text.clone()));
        client.upload_values(&peer.url("/"), None, &[(&text, &text)]).unwrap();
        for seen in &peer.requests()[before..] {
            for (name, _) in seen.headers() {
                prop_assert!(!name.eq_ignore_ascii_case("X-Injected"), "{}", seen.head_text());
                prop_assert!(!name.is_empty(), "{}", seen.head_text());
            }
            prop_assert!(!seen.target().starts_with("/injected"));
            let bare = seen.head_text().replace("\r\n", "");
            prop_assert!(!bare.contains(['\r', '\n', '\0']), "{bare:?}");
        }
    });
}

#[test]
fn restricted_headers_rejected() {
    let mut request = http("http://h/");
    for name in [
        "Accept",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Date",
        "Expect",
        "Host",
        "If-Modified-Since",
        "Proxy-Connection",
        "Range",
        "Referer",
        "Transfer-Encoding",
        "User-Agent",
    ] {
        for name in [name.to_owned(), name.to_lowercase()] {
            let headers = request.headers_mut().unwrap();
            for result in [
                headers.add(&name, "x"),
                headers.set(&name, "x"),
                headers.add_line(&format!("{name}: x")),
                headers.remove(&name),
            ] {
                assert!(
                    matches!(result, Err(Misuse::InvalidArgument { .. })),
                    "{name}: {result:?}"
                );
            }
        }
    }
    for name in ["X-A", "Authorization", "Cookie", "Accept-Language", "Via"] {
        request.headers_mut().unwrap().add(name, "x").unwrap();
    }
}

/// The defaults that the recorded runtimes agree on, or the Framework's where they part.
#[test]
fn http_request_defaults() {
    let request = http("HTTP://h/");
    assert_eq!(request.request_uri().absolute_uri(), "http://h/");
    assert_eq!(request.method(), "GET");
    assert_eq!(request.content_length(), None);
    assert_eq!(request.timeout(), Some(Duration::from_secs(100)));
    assert_eq!(request.read_write_timeout(), Some(Duration::from_secs(300)));
    assert_eq!(request.continue_timeout(), Duration::from_millis(350));
    assert_eq!(request.total_timeout(), None);
    assert_eq!(request.maximum_automatic_redirections(), 50);
    assert_eq!(request.maximum_response_headers_length(), Some(0));
    assert_eq!(request.protocol_version(), HttpVersion::VERSION11);
    assert_eq!(request.connection_group_name(), None);
    assert!(request.keep_alive() && request.allow_auto_redirect());
    assert!(request.allow_write_stream_buffering() && !request.send_chunked());
    assert!(!request.pre_authenticate() && !request.use_default_credentials());
    assert!(request.credentials().is_none() && request.headers().is_empty());
}

#[test]
fn numbers_out_of_range() {
    let mut request = http("http://h/");
    for result in [
        request.set_maximum_automatic_redirections(0),
        request.set_read_write_timeout(Some(Duration::ZERO)),
        request.service_point().unwrap().set_connection_limit(0),
        ServicePointManager::of(&context()).set_default_connection_limit(0),
    ] {
        assert!(
            matches!(result, Err(Misuse::OutOfRange { .. })),
            "{result:?}"
        );
    }
}

/// Every setter, of which each must refuse once the request was started.
type Setter = (&'static str, fn(&mut HttpWebRequest) -> Result<(), Misuse>);

const SETTERS: &[Setter] = &[
    ("set_method", |r| r.set_method("PUT")),
    ("headers_mut", |r| r.headers_mut().map(drop)),
    ("set_accept", |r| r.set_accept(Some("x"))),
    ("set_content_type", |r| r.set_content_type(Some("x"))),
    ("set_user_agent", |r| r.set_user_agent(Some("x"))),
    ("set_referer", |r| r.set_referer(Some("x"))),
    ("set_host", |r| r.set_host("x")),
    ("set_content_length", |r| r.set_content_length(1)),
    ("set_send_chunked", |r| r.set_send_chunked(true)),
    ("set_keep_alive", |r| r.set_keep_alive(false)),
    ("set_protocol_version", |r| {
        r.set_protocol_version(HttpVersion::VERSION10)
    }),
    ("set_allow_auto_redirect", |r| {
        r.set_allow_auto_redirect(false)
    }),
    ("set_maximum_automatic_redirections", |r| {
        r.set_maximum_automatic_redirections(1)
    }),
    ("set_allow_write_stream_buffering", |r| {
        r.set_allow_write_stream_buffering(false)
    }),
    ("set_maximum_response_headers_length", |r| {
        r.set_maximum_response_headers_length(None)
    }),
    ("set_timeout", |r| r.set_timeout(None)),
    ("set_read_write_timeout", |r| r.set_read_write_timeout(None)),
    ("set_version_policy", |r| {
        r.set_version_policy(HttpVersionPolicy::default())
    }),
    ("set_connect_timeout", |r| r.set_connect_timeout(None)),
    ("set_continue_timeout", |r| {
        r.set_continue_timeout(Duration::ZERO)
    }),
    ("set_total_timeout", |r| r.set_total_timeout(None)),
    ("set_credentials", |r| r.set_credentials(None)),
    ("set_use_default_credentials", |r| {
        r.set_use_default_credentials(true)
    }),
    ("set_pre_authenticate", |r| r.set_pre_authenticate(true)),
    ("set_connection_group_name", |r| {
        r.set_connection_group_name(Some("x"))
    }),
    ("add_range", |r| r.add_range(1)),
    ("add_range_from_to", |r| r.add_range_from_to(1, 2)),
    ("add_range_with", |r| r.add_range_with("bytes", 1)),
    ("add_range_with_from_to", |r| {
        r.add_range_with_from_to("bytes", 1, 2)
    }),
    ("set_if_modified_since", |r| r.set_if_modified_since(None)),
    ("set_date", |r| r.set_date(None)),
];

#[track_caller]
fn check_all_refuse(request: &mut HttpWebRequest, when: &str) {
    for (name, set) in SETTERS {
        let result = set(request);
        assert!(
            matches!(result, Err(Misuse::InvalidOperation(_))),
            "{name} {when}: {result:?}"
        );
    }
}

/// After the stream was asked for, after the response, and after a failure. The list of setters is
/// compared with the source.
#[test]
fn set_after_send_fails() {
    let mut source: Vec<&str> = include_str!("../../src/http/request_fields.rs")
        .lines()
        .chain(include_str!("../../src/http/request_version.rs").lines())
        .chain(include_str!("../../src/http/request_properties.rs").lines())
        .take_while(|line| !line.starts_with("impl WebRequestImpl"))
        .filter_map(|line| line.trim().strip_prefix("pub fn "))
        .map(|line| &line[..line.find('(').unwrap()])
        .filter(|name| {
            name.starts_with("set_") || name.starts_with("add_") || name.ends_with("_mut")
        })
        .collect();
    let mut named: Vec<&str> = SETTERS.iter().map(|(name, _)| *name).collect();
    source.sort_unstable();
    named.sort_unstable();
    assert_eq!(named, source);

    for (name, set) in SETTERS {
        let mut request = http("http://h/");
        set(&mut request).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200).body("x"));
    let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    let response = request.get_response().unwrap();
    check_all_refuse(&mut request, "after the response");
    drop(response);
    check_all_refuse(&mut request, "after the response is gone");

    let mut request = post(&context, &peer.url("/"));
    request.set_content_length(1).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    check_all_refuse(&mut request, "with the stream open");
    std::io::Write::write_all(&mut stream, b"x").unwrap();
    stream.close().unwrap();
    check_all_refuse(&mut request, "with the stream closed");
    request.get_response().unwrap();

    let mut request = http(&format!("http://{}/", system_net_testkit::refused_port()));
    request.get_response().unwrap_err();
    check_all_refuse(&mut request, "after a failure");

    let mut request = http(&peer.url("/"));
    drop(request.begin_get_response(None, None));
    check_all_refuse(&mut request, "after Begin");

    // The values in force stay readable.
    assert_eq!((request.method(), request.keep_alive()), ("GET", true));
}

#[test]
fn one_shot_request() {
    use std::io::Read;
    let peer = HttpPeer::serve(|_| Response::new(200).body("hello"));
    let mut request = http(&peer.url("/"));
    let first = request.get_response().unwrap();
    let second = request.get_response().unwrap();
    assert_eq!(peer.request_count(), 1);
    // The very same: what one handle reads, the other does not get again.
    let mut part = [0; 2];
    first
        .get_response_stream()
        .unwrap()
        .read_exact(&mut part)
        .unwrap();
    assert_eq!(&part, b"he");
    let begun = request.begin_get_response(None, None);
    let third = request.end_get_response(&begun).unwrap();
    assert_eq!(third.into_string().unwrap(), "llo");
    second.close();
    assert!(matches!(
        first.get_response_stream(),
        Err(Misuse::Disposed { .. })
    ));
    // Once nobody holds it, it is gone; it is never sent again.
    drop((first, second));
    let error = request.get_response().unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::Disposed { .. })),
        "{error:?}"
    );
    // A request that failed stays failed.
    let mut request = http(&format!("http://{}/", system_net_testkit::refused_port()));
    request.get_response().unwrap_err();
    let error = request.get_response().unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
        "{error:?}"
    );
    assert_eq!(peer.request_count(), 1);
}

/// A `ProtocolViolationException` of .NET. Nothing is sent, not even a connection is opened.
#[test]
fn body_with_get_is_protocol_violation() {
    type Prepare = fn(&mut HttpWebRequest) -> Result<(), WebError>;
    let rows: &[(&str, Prepare)] = &[
        ("stream of a GET", |r| r.get_request_stream().map(drop)),
        ("stream of a HEAD", |r| {
            r.set_method("HEAD")?;
            r.get_request_stream().map(drop)
        }),
        ("stream of a CONNECT", |r| {
            r.set_method("CONNECT")?;
            r.get_request_stream().map(drop)
        }),
        ("GET with a length", |r| {
            r.set_content_length(5)?;
            r.get_response().map(drop)
        }),
        ("HEAD with a length", |r| {
            r.set_method("HEAD")?;
            r.set_content_length(5)?;
            r.get_response().map(drop)
        }),
        ("chunked GET", |r| {
            r.set_send_chunked(true)?;
            r.get_response().map(drop)
        }),
        ("POST announced, not written", |r| {
            r.set_method("POST")?;
            r.set_content_length(5)?;
            r.get_response().map(drop)
        }),
        ("begun stream of a GET", |r| {
            let begun = r.begin_get_request_stream(None, None);
            r.end_get_request_stream(&begun).map(drop)
        }),
    ];
    let peer = HttpPeer::serve(|_| Response::new(200));
    for (what, run) in rows {
        let error = run(&mut http(&peer.url("/"))).expect_err(what);
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
            "{what}: {error:?}"
        );
    }
    assert_eq!(peer.connections_opened(), 0);
    // A length of 0 is not a body.
    let mut request = http(&peer.url("/"));
    request.set_content_length(0).unwrap();
    request.get_response().unwrap();
}
