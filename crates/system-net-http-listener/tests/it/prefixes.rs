//! Which requests belong to which prefix, over sockets.

use std::net::{IpAddr, Ipv6Addr, TcpListener, TcpStream};

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind, TestListener};
use system_net_security::TlsServerIdentity;
use system_net_security::test_util::TestCa;

use crate::support::{Client, answer_with, answering};

fn status(listener: &TestListener, host: &str, target: &str) -> u16 {
    let mut client = Client::new(listener);
    client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    client.answer().status()
}

#[test]
fn listener_prefix_table() {
    let listener = HttpListener::test_http().unwrap();
    let prefixes = listener.prefixes();
    prefixes.clear().unwrap();
    for prefix in [
        "http://example.org:0/",
        "http://example.org:0/a/",
        "http://127.0.0.1:0/ip/",
        "http://+:0/strong/",
        "http://*:0/weak/",
    ] {
        prefixes.add(prefix).unwrap();
    }
    assert_eq!(prefixes.count(), 5);
    assert!(prefixes.contains("http://*:0/weak/"));
    assert!(!prefixes.contains("http://*:0/"));
    answer_with(&listener, |mut context| {
        context.response_mut().close().unwrap()
    });
    let url = listener.listener().url("").unwrap();
    assert!(url.starts_with("http://example.org:"), "{url}");
    // The clients connect to 127.0.0.1, whatever host they name.
    let port = listener.local_endpoints().unwrap()[0].port();
    #[track_caller]
    fn check(port: u16, host: &str, target: &str, status: u16) {
        let mut client = Client::to(&format!("http://127.0.0.1:{port}/"));
        client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(client.answer().status(), status, "{host} {target}");
    }
    check(port, "example.org", "/", 200);
    check(port, "EXAMPLE.ORG.:80", "/x?y", 200);
    check(port, "example.org", "/ip/", 200);
    check(port, "other", "/", 404);
    check(port, "other", "/a/", 404);
    check(port, "other", "/ip/", 200);
    check(port, "127.0.0.1", "/IP", 200);
    check(port, "[::1]", "/ip/", 200);
    check(port, "192.0.2.1", "/ip/", 200);
    check(port, "other", "/strong/x", 200);
    check(port, "other", "/weak", 200);
    check(port, "other", "/weak/../x", 404);
    check(port, "other", "/x/%2e%2e/weak/", 200);
    check(port, "other", "/weak%2fx", 404);
    check(port, "", "/weak/", 200);
    check(port, "other", "http://example.org/", 200);
    check(port, "example.org", "http://other/", 404);
    check(port, "example.org", "http://example.org?x", 200);
    check(port, "other", "http://example.org/weak/", 200);
    // A malformed host is refused before any prefix is looked at.
    check(port, "a:b", "/strong/", 400);
    check(port, "example.org:99999", "/strong/", 400);
    check(port, "[::1", "/strong/", 400);
    check(port, "::1", "/strong/", 400);
}

/// One connection, and hosts that look alike: each request goes to the prefix of its own.
#[test]
fn hosts_change_within_a_connection() {
    let listener = HttpListener::new_in(&NetContext::new());
    let prefixes = listener.prefixes();
    for prefix in ["http://aaa.example:0/a/", "http://bbb.example:0/b/"] {
        prefixes.add(prefix).unwrap();
    }
    listener.start().unwrap();
    let port = listener.local_endpoints().unwrap()[0].port();
    let served = listener.clone();
    std::thread::spawn(move || {
        while let Ok(mut context) = served.get_context() {
            context.response_mut().close().unwrap();
        }
    });
    let mut client = Client::to(&format!("http://127.0.0.1:{port}/"));
    for _ in 0..2 {
        for (host, target, status) in [
            ("aaa.example", "/a/", 200),
            ("bbb.example", "/a/", 404),
            ("bbb.example", "/b/", 200),
            ("aaa.example", "/b/", 404),
            ("bbb.example", "http://aaa.example/a/", 200),
            ("bbb.example", "http://aaa.example/b/", 404),
            ("aaa.example", "http://bbb.example/b/", 200),
            ("bbb.example", "/b/", 200),
        ] {
            client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert_eq!(client.answer().status(), status, "{host} {target}");
        }
    }
    listener.close();
}

/// A port has one scheme, also within one listener: that is found before anything is bound.
#[test]
fn a_port_has_one_scheme() {
    let port = 18_080;
    for (first, second) in [("http", "https"), ("https", "http")] {
        for path in ["", "a/"] {
            let listener = HttpListener::new_in(&NetContext::new());
            let (chain, key) = TestCa::new().issue_pem(&["localhost"]);
            let identity = TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes());
            listener.set_tls_identity(identity.unwrap()).unwrap();
            let prefixes = listener.prefixes();
            let first = format!("{first}://127.0.0.1:{port}/");
            let second = format!("{second}://127.0.0.1:{port}/{path}");
            prefixes.add(&first).unwrap();
            prefixes.add(&second).unwrap();
            let error = listener.start().unwrap_err();
            assert_eq!(error.kind(), Kind::AlreadyExists, "{error}");
            assert!(
                error.to_string().contains(&first) && error.to_string().contains(&second),
                "{error}"
            );
            assert!(!listener.is_listening());
        }
    }
}

/// HTTP.sys: 400 "Invalid Hostname" if no prefix of the port has the host, 404 if one has and none of
/// them the path.
#[test]
fn unknown_hosts_are_400() {
    const UNKNOWN: &str = "400 Bad Request - Invalid Hostname\n";
    let context = NetContext::new();
    let listener = HttpListener::new_in(&context);
    let prefixes = listener.prefixes();
    prefixes.add("http://example.org:0/a/").unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoints().unwrap()[0].port();
    let shared = HttpListener::new_in(&context);
    let prefix = format!("http://shared.example:{port}/b/");
    shared.prefixes().add(&prefix).unwrap();
    shared.start().unwrap();
    #[track_caller]
    fn check(port: u16, request: &str, expected: &str) {
        let mut client = Client::to(&format!("http://127.0.0.1:{port}/"));
        client.send(format!("{request}\r\n\r\n"));
        let answer = client.answer();
        assert_eq!(answer.text(), expected, "{request}");
        let ends = answer.header("Connection") == Some("close");
        assert_eq!(ends, expected == UNKNOWN, "{request}: {}", answer.head);
        if ends {
            client.expect_closed();
        }
    }
    const NOT_FOUND: &str = "404 Not Found\n";
    for (host, path, expected) in [
        ("other", "/", UNKNOWN),
        ("other", "/a/", UNKNOWN),
        ("other", "/%zz", UNKNOWN),
        ("127.0.0.1", "/a/", UNKNOWN),
        ("localhost", "/a/", UNKNOWN),
        ("[::1]", "/a/", UNKNOWN),
        ("x.example.org", "/a/", UNKNOWN),
        ("example.org.example", "/a/", UNKNOWN),
        ("", "/a/", UNKNOWN),
        ("example.org", "/", NOT_FOUND),
        ("EXAMPLE.ORG.:1", "/ab/", NOT_FOUND),
        ("example.org", "/b/", NOT_FOUND),
        // A listener that shares the port counts as well.
        ("shared.example", "/a/", NOT_FOUND),
    ] {
        check(
            port,
            &format!("GET {path} HTTP/1.1\r\nHost: {host}"),
            expected,
        );
    }
    check(
        port,
        "GET http://other/a/ HTTP/1.1\r\nHost: example.org",
        UNKNOWN,
    );
    check(
        port,
        "GET http://example.org/ HTTP/1.1\r\nHost: other",
        NOT_FOUND,
    );
    let mut old = Client::to(&format!("http://127.0.0.1:{port}/"));
    old.send("GET /a/ HTTP/1.0\r\n\r\n");
    assert_eq!(old.answer().text(), UNKNOWN);
    // With a wildcard every host is known.
    prefixes.add("http://*:0/c/").unwrap();
    check(port, "GET / HTTP/1.1\r\nHost: other", NOT_FOUND);
}

#[test]
fn prefixes_change_while_it_listens() {
    let listener = answering(|mut context| context.response_mut().close().unwrap());
    let prefixes = listener.prefixes();
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").status(), 200);
    assert!(prefixes.remove("http://127.0.0.1:0/").unwrap());
    assert!(!prefixes.remove("http://127.0.0.1:0/").unwrap());
    // The last prefix of its port: the port is given up, what is connected finds nothing.
    assert_eq!(
        client.get("/").text(),
        "400 Bad Request - Invalid Hostname\n"
    );
    client.expect_closed();
    assert!(TcpStream::connect(listener.url("").split('/').nth(2).unwrap()).is_err());
    prefixes.add("http://127.0.0.1:0/a/").unwrap();
    // Who asked for a request while there was no prefix was told so, and asks no more.
    answer_with(&listener, |mut context| {
        context.response_mut().close().unwrap();
    });
    assert_eq!(status(&listener, "x", "/a/"), 200);
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/b/").status(), 404);
    prefixes.add("http://127.0.0.1:0/b/").unwrap();
    assert_eq!(client.get("/b/").status(), 200);
    let ends = listener.local_endpoints().unwrap();
    assert_eq!(
        ends.len(),
        1,
        "one port for all that ask for a free one: {ends:?}"
    );
}

#[test]
fn conflicts_are_refused() {
    let listener = HttpListener::test_http().unwrap();
    let port = listener.local_endpoints().unwrap()[0].port();
    let prefixes = listener.prefixes();
    let error = prefixes.add("http://127.0.0.1:0/").unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::AlreadyExists, 183)
    );
    // The same, spelled differently.
    let error = prefixes.add("HTTP://127.0.0.1:0/./").unwrap_err();
    assert_eq!(error.kind(), Kind::AlreadyExists, "{error}");
    let error = prefixes.add("http://x/?q/").unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::InvalidPrefix, 87)
    );
    let error = prefixes.add("https://127.0.0.1:0/").unwrap_err();
    assert_eq!(error.kind(), Kind::Tls, "{error}");
    assert_eq!(prefixes.count(), 1, "what failed was not added");

    let other = HttpListener::new_in(&NetContext::new());
    other
        .prefixes()
        .add(&format!("http://127.0.0.1:{port}/x/"))
        .unwrap();
    let error = other.start().unwrap_err();
    assert_eq!((error.kind(), error.error_code()), (Kind::AddressInUse, 32));
    assert!(!other.is_listening());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let prefix = format!("http://127.0.0.1:{}/", taken.local_addr().unwrap().port());
    let error = prefixes.add(&prefix).unwrap_err();
    assert_eq!(error.kind(), Kind::AddressInUse, "{error}");
    drop(taken);
    prefixes.add(&prefix).unwrap();
    let error = prefixes.add("http://192.0.2.1:0/").unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidPrefix, "{error}");
    // It is this one's address, not that of the first prefix of the port.
    assert!(error.to_string().contains("http://192.0.2.1:0/"), "{error}");
    let error = prefixes.add("http://+:0/").unwrap_err();
    assert_eq!(error.kind(), Kind::AddressInUse, "{error}");
    assert!(error.to_string().contains("before the start"), "{error}");
}

#[test]
fn urls_below_odd_prefixes_are_urls() {
    #[track_caller]
    fn check(prefix: &str, path: &str, expected: &str) {
        let listener = HttpListener::new_in(&NetContext::new());
        listener.prefixes().add(prefix).unwrap();
        listener.bind().unwrap();
        let port = listener.local_endpoints().unwrap()[0].port();
        let url = listener.url(path).unwrap();
        assert_eq!(url, expected.replace(":0", &format!(":{port}")), "{prefix}");
    }
    check("http://127.0.0.1:0/a b/", "x", "http://127.0.0.1:0/a%20b/x");
    check(
        "http://127.0.0.1:0/\u{e4}/",
        "/x?y",
        "http://127.0.0.1:0/%C3%A4/x?y",
    );
    check(
        "http://127.0.0.1:0/x/../y/",
        "%41",
        "http://127.0.0.1:0/y/A",
    );
}

#[test]
fn wildcards_and_localhost_listen_on_both_families() {
    let ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    for prefix in ["http://+:0/", "http://*:0/", "http://localhost:0/"] {
        let listener = HttpListener::new_in(&NetContext::new());
        listener.prefixes().add(prefix).unwrap();
        listener.start().unwrap();
        let url = listener.url("/x").unwrap();
        let port = listener.local_endpoints().unwrap()[0].port();
        assert_eq!(url, format!("http://localhost:{port}/x"));
        let mut addresses = vec![IpAddr::from([127, 0, 0, 1])];
        addresses.extend(ipv6.then_some(IpAddr::from(Ipv6Addr::LOCALHOST)));
        for address in addresses {
            let mut client = Client::over(TcpStream::connect((address, port)).unwrap());
            client.request("GET /x", &[], "");
            let mut context = listener.get_context().unwrap();
            let request = context.request();
            assert_eq!(
                request.local_end_point().to_string().contains("127.0.0.1"),
                address.is_ipv4()
            );
            assert_eq!(request.remote_end_point().address().to_ip_addr(), address);
            assert!(request.is_local());
            context.response_mut().close().unwrap();
            assert_eq!(client.answer().status(), 200);
        }
    }
}

#[test]
fn an_ipv6_literal_is_listened_for() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        println!("skipped: an_ipv6_literal_is_listened_for: this machine has no IPv6");
        return;
    }
    let listener = HttpListener::new_in(&NetContext::new());
    listener.prefixes().add("http://[::1]:0/six/").unwrap();
    listener.start().unwrap();
    let ends = listener.local_endpoints().unwrap();
    let port = ends[0].port();
    assert_eq!(ends.len(), 1);
    assert_eq!(
        listener.url("x").unwrap(),
        format!("http://[::1]:{port}/six/x")
    );
    let answering = listener.clone();
    std::thread::spawn(move || {
        while let Ok(mut context) = answering.get_context() {
            let url = context.request().url().unwrap().absolute_uri().to_owned();
            context.response_mut().close_with(url).unwrap();
        }
    });
    let own = format!("[::1]:{port}");
    for (host, target, status) in [
        (&*own, "/six/x", 200),
        ("[0:0::1]", "/six/x", 200),
        ("localhost", "/six", 200),
        ("127.0.0.1", "/six/", 200),
        (&*own, "/seven/", 404),
        ("[::1", "/six/", 400),
    ] {
        let mut client = Client::over(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap());
        client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        let answer = client.answer();
        assert_eq!(answer.status(), status, "{host} {target}");
        if host == own && status == 200 {
            assert_eq!(answer.text(), format!("http://[::1]:{port}/six/x"));
        }
    }
}

#[test]
fn bind_tells_the_port_before_the_start() {
    let listener = TestListener::http().unwrap();
    assert!(!listener.is_listening());
    let mut early = Client::new(&listener);
    early.request("GET /early", &[], "");
    let url = listener.listener().url("x").unwrap();
    assert_eq!(url, listener.url("/x"));
    listener.start().unwrap();
    let mut context = listener.get_context().unwrap();
    assert_eq!(context.request().url().unwrap().absolute_path(), "/early");
    context.response_mut().close().unwrap();
    assert_eq!(early.answer().status(), 200);
}
