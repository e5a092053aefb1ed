//! What a request shows and a response sets.

use system_net_http_listener::{HttpListener, HttpListenerContext};
use system_net_primitives::{HttpStatusCode, HttpVersion, Misuse};

use crate::support::{Answer, Client, answering};

const GET: &str = "GET / HTTP/1.1\nHost: x\n\n";

/// Has `handler` answer a request of these lines.
fn exchange(request: &str, handler: impl FnOnce(&mut HttpListenerContext)) -> Answer {
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.send(request.replace('\n', "\r\n"));
    let mut context = listener.get_context().unwrap();
    handler(&mut context);
    drop(context);
    client.answer()
}

#[test]
fn request_properties() {
    let request = "POST /a%20b/c?x=1&y=%C3%A4+z&x=2&flag HTTP/1.1\nHost: Example.org:8080\n\
        User-Agent: Test/1.0\nAccept: text/html, */*;q=0.5\nAccept-Language: de, en;q=0.8\n\
        Content-Type: text/plain; charset=utf-8\nReferer: http://example.org/from\n\
        Content-Length: 3\nX-Order: 1\nX-order: 2\n\nabc";
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.send(request.replace('\n', "\r\n"));
    let mut context = listener.get_context().unwrap();
    let request = context.request();
    assert_eq!(request.http_method(), "POST");
    assert_eq!(request.raw_url(), "/a%20b/c?x=1&y=%C3%A4+z&x=2&flag");
    let url = request.url().unwrap();
    assert_eq!(
        url.absolute_uri(),
        "http://example.org:8080/a%20b/c?x=1&y=%C3%A4+z&x=2&flag"
    );
    assert_eq!(request.protocol_version(), HttpVersion::VERSION11);
    assert_eq!(request.content_length64(), Some(3));
    assert_eq!(
        request.content_type().as_deref(),
        Some("text/plain; charset=utf-8")
    );
    assert!(request.has_entity_body());
    assert!(request.keep_alive());
    assert!(!request.is_secure_connection());
    assert!(request.tls().is_none());
    assert!(request.is_local());
    assert_eq!(request.user_agent().as_deref(), Some("Test/1.0"));
    assert_eq!(
        request.user_host_name().as_deref(),
        Some("Example.org:8080")
    );
    assert_eq!(
        request.user_host_address(),
        request.local_end_point().to_string()
    );
    let own = client.stream().local_addr().unwrap();
    assert_eq!(request.remote_end_point().to_string(), own.to_string());
    assert_eq!(request.accept_types().unwrap(), ["text/html", "*/*;q=0.5"]);
    assert_eq!(request.user_languages().unwrap(), ["de", "en;q=0.8"]);
    let referrer = request.url_referrer().unwrap();
    assert_eq!(referrer.absolute_uri(), "http://example.org/from");
    let query = request.query_string();
    assert_eq!(query.get("X").as_deref(), Some("1,2"));
    assert_eq!(query.get_values("y"), ["\u{e4} z"]);
    assert_eq!(query.values_without_name(), ["flag"]);
    assert_eq!(request.headers().get("x-order").as_deref(), Some("1,2"));
    let names: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(names[names.len() - 2..], ["X-Order", "X-order"]);
    let first = request.request_trace_identifier();
    context.response_mut().close().unwrap();
    client.answer();
    let mut client = Client::new(&listener);
    client.send("OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let mut context = listener.get_context().unwrap();
    let request = context.request();
    assert_eq!((request.http_method(), request.raw_url()), ("OPTIONS", "*"));
    assert_eq!(request.protocol_version(), HttpVersion::VERSION10);
    assert_eq!(request.content_length64(), Some(0));
    assert!(!request.has_entity_body());
    assert!(request.keep_alive());
    let url = request.url().unwrap();
    assert_eq!(
        url.absolute_uri(),
        format!("http://{}/", request.local_end_point())
    );
    assert_eq!(request.user_agent(), None);
    assert_eq!(request.accept_types(), None);
    assert_eq!(request.url_referrer(), None);
    assert!(request.query_string().is_empty());
    let second = request.request_trace_identifier();
    assert_ne!(first, second);
    let text = second.to_string();
    assert_eq!((text.len(), text.matches('-').count()), (36, 4), "{text}");
    context.response_mut().close().unwrap();
    let answer = client.answer();
    assert_eq!(answer.header("Connection"), Some("keep-alive"));
    // Nor does one of the next run.
    listener.stop().unwrap();
    listener.start().unwrap();
    let mut other = Client::new(&listener);
    other.request("GET /", &[], "");
    let third = listener
        .get_context()
        .unwrap()
        .request()
        .request_trace_identifier();
    assert!(third != first && third != second);
}

#[test]
fn default_response() {
    let answer = exchange(GET, |context| {
        assert_eq!(context.response().status_code(), HttpStatusCode::OK);
        assert_eq!(context.response().status_description(), "OK");
        context.response_mut().close_with("text").unwrap();
    });
    assert!(
        answer.head.starts_with("HTTP/1.1 200 OK\r\n"),
        "{}",
        answer.head
    );
    assert_eq!(answer.header("Server"), Some("system-net"));
    let date = answer.header("Date").unwrap();
    assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
    assert_eq!(answer.header("Content-Length"), Some("4"));
    assert_eq!(answer.header("Connection"), None);
    assert_eq!(
        answer.head.lines().count(),
        4,
        "nothing else: {}",
        answer.head
    );
    assert_eq!(answer.text(), "text");
}

#[test]
fn response_properties() {
    let answer = exchange(GET, |context| {
        let response = context.response_mut();
        response.set_status_code(HttpStatusCode::NOT_FOUND).unwrap();
        assert_eq!(response.status_description(), "Not Found");
        response.set_status_description("Gone fishing").unwrap();
        response
            .set_content_type("text/html; charset=utf-8")
            .unwrap();
        response.set_content_type("text/plain").unwrap();
        response.set_keep_alive(false).unwrap();
        response.append_header("X-A", "1").unwrap();
        response.append_header("X-A", "2").unwrap();
        response.add_header("X-B", "1").unwrap();
        response.add_header("X-B", "2").unwrap();
        response
            .headers_mut()
            .unwrap()
            .add("Server", "mine")
            .unwrap();
        assert_eq!(response.content_type().as_deref(), Some("text/plain"));
        response.close().unwrap();
        response.close().unwrap();
        assert!(matches!(
            response.set_status_code(200),
            Err(Misuse::InvalidOperation(_))
        ));
        assert!(response.output_stream().is_err());
        assert!(response.close_with("again").is_err());
    });
    let mut lines = answer.head.lines();
    assert_eq!(lines.next(), Some("HTTP/1.1 404 Gone fishing"));
    assert_eq!(answer.header("Content-Type"), Some("text/plain"));
    assert_eq!(answer.header("Connection"), Some("close"));
    assert_eq!(answer.header("Content-Length"), Some("0"));
    assert_eq!(answer.header("Server"), Some("mine"));
    assert_eq!(answer.header("X-B"), Some("2"));
    let own: Vec<_> = answer
        .head
        .lines()
        .filter(|line| line.starts_with("X-A"))
        .collect();
    assert_eq!(own, ["X-A: 1", "X-A: 2"]);
    assert!(answer.header("Date").is_some());
}

#[test]
fn redirect_sends_elsewhere() {
    let answer = exchange(GET, |context| {
        let response = context.response_mut();
        response.redirect("http://example.org/new").unwrap();
        assert_eq!(
            response.redirect_location().as_deref(),
            Some("http://example.org/new")
        );
        response.close().unwrap();
    });
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.header("Location"), Some("http://example.org/new"));
}

#[test]
fn what_cannot_be_said_is_refused() {
    exchange(GET, |context| {
        let response = context.response_mut();
        for bad in [0, 99, 100, 101, 1000, u16::MAX] {
            let refused = response.set_status_code(bad);
            assert!(matches!(refused, Err(Misuse::OutOfRange { .. })), "{bad}");
        }
        for bad in ["a\r\nSet-Cookie: x=y", "a\n", "\0", "\u{7f}", "\u{100}"] {
            assert!(response.set_status_description(bad).is_err(), "{bad:?}");
            assert!(
                response.set_content_type(&format!("x{bad}y")).is_err(),
                "{bad:?}"
            );
            assert!(
                response.add_header("X", &format!("x{bad}y")).is_err(),
                "{bad:?}"
            );
            assert!(response.redirect(&format!("/x{bad}y")).is_err(), "{bad:?}");
        }
        assert!(response.add_header("X\r\nY", "z").is_err());
        for restricted in ["Content-Length", "Transfer-Encoding", "WWW-Authenticate"] {
            assert!(
                response.add_header(restricted, "1").is_err(),
                "{restricted}"
            );
        }
        assert!(
            response
                .set_protocol_version(HttpVersion::VERSION20)
                .is_err()
        );
        assert!(response.set_content_length64(u64::MAX).is_err());
        response.set_status_code(204).unwrap();
        assert!(response.output_stream().is_err(), "204 has no body");
        response.close().unwrap();
    });
    let answer = exchange(GET, |context| {
        let response = context.response_mut();
        response.set_status_code(205).unwrap();
        response.close_with("x").unwrap_err();
        response.close().unwrap();
    });
    assert_eq!(answer.header("Content-Length"), Some("0"));
}

/// RFC 9112 section 3.2.2: the absolute form may leave the path out, and keeps its query.
#[test]
fn the_absolute_form_without_a_path() {
    #[track_caller]
    fn check(target: &str, raw_url: &str, query: Option<&str>) {
        let request = format!("GET {target} HTTP/1.1\nHost: localhost\n\n");
        exchange(&request, |context| {
            let request = context.request();
            assert_eq!(request.raw_url(), raw_url, "{target}");
            assert_eq!(
                request.query_string().get("x").as_deref(),
                query,
                "{target}"
            );
            context.response_mut().close().unwrap();
        });
    }
    check("http://localhost", "/", None);
    check("http://localhost?x=1", "/?x=1", Some("1"));
    check("http://localhost/?x=1", "/?x=1", Some("1"));
    check("http://localhost/a?x=1", "/a?x=1", Some("1"));
}

#[test]
fn the_server_field_can_be_changed_and_left_out() {
    let listener = answering(|mut context| context.response_mut().close().unwrap());
    let server = || {
        Client::new(&listener)
            .get("/")
            .header("Server")
            .map(str::to_owned)
    };
    assert_eq!(server().as_deref(), Some("system-net"));
    listener.set_server_header(Some("other/1.0")).unwrap();
    assert_eq!(server().as_deref(), Some("other/1.0"));
    listener.set_server_header(None).unwrap();
    assert_eq!(server(), None);
    assert!(listener.set_server_header(Some("a\r\nb")).is_err());
    assert_eq!(server(), None);
}
