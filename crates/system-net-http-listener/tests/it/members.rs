//! The members of requests and responses one by one, as .NET has them: each row is a head and what a
//! member makes of it, or what a response is told and what stands in the answer.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use system_net_http_listener::{
    HttpListener, HttpListenerBasicIdentity, HttpListenerContext, HttpListenerError,
    HttpListenerErrorKind as Kind, HttpListenerRequest, HttpListenerResponse,
};
use system_net_primitives::{
    Cookie, CookieCollection, HttpVersion, Misuse, SameSite, WebHeaderCollection,
};
use system_net_security::extended_protection::ChannelBindingKind;

use crate::support::{Answer, Client};

fn exchange(request: &str, handler: impl FnOnce(HttpListenerContext)) -> Answer {
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.send(request.replace('\n', "\r\n"));
    handler(listener.get_context().unwrap());
    client.answer()
}

/// F03-25. The rows of requests and responses are below; client certificates have their own tests.
#[test]
fn listener_request_response_props() {
    target_rows();
    list_rows();
    body_rows();
    connection_rows();
    cookie_rows();
    response_rows();
    response_cookie_rows();
}

/// What a member makes of a request.
#[track_caller]
fn check(line: &str, fields: &str, member: fn(&HttpListenerRequest) -> String, expected: &str) {
    exchange(&format!("{line}\nHost: h\n{fields}\n"), |mut context| {
        assert_eq!(member(context.request()), expected, "{line} {fields:?}");
        context.response_mut().close().unwrap();
    });
}

const GET: &str = "GET / HTTP/1.1";
const POST: &str = "POST / HTTP/1.1";

fn target_rows() {
    let raw_url = |request: &HttpListenerRequest| request.raw_url().to_owned();
    check("GET /a%20b?x=%41 HTTP/1.1", "", raw_url, "/a%20b?x=%41");
    check("GET http://other/x?y HTTP/1.1", "", raw_url, "/x?y");
    check("OPTIONS * HTTP/1.1", "", raw_url, "*");

    let query = |request: &HttpListenerRequest| {
        let query = request.query_string();
        let fields = query.iter();
        let fields = fields.map(|(name, value)| format!("{}={value}", name.unwrap_or("null")));
        fields.collect::<Vec<_>>().join(";")
    };
    let both = "GET /?a=1&b=%C3%A4+x&a=2 HTTP/1.1";
    check(both, "", query, "a=1;b=\u{e4} x;a=2");
    check("GET /?flag HTTP/1.1", "", query, "null=flag");
    check("GET /? HTTP/1.1", "", query, "");
    check(GET, "", query, "");

    let referrer = |request: &HttpListenerRequest| match request.url_referrer() {
        None => "null".to_owned(),
        Some(uri) => uri.original_string().to_owned(),
    };
    check(GET, "", referrer, "null");
    check(GET, "Referer: http://x/y\n", referrer, "http://x/y");
    check(GET, "Referer: /y?z\n", referrer, "/y?z");
}

fn list(values: Option<Vec<Cow<'_, str>>>) -> String {
    values.map_or_else(|| "null".to_owned(), |values| values.join("|"))
}

fn list_rows() {
    let languages = |request: &HttpListenerRequest| list(request.user_languages());
    check(GET, "", languages, "null");
    let three = "Accept-Language: de-AT, en;q=0.8,fr\n";
    check(GET, three, languages, "de-AT|en;q=0.8|fr");
    let two = "Accept-Language: de\nAccept-Language: en\n";
    check(GET, two, languages, "de|en");
    let types = |request: &HttpListenerRequest| list(request.accept_types());
    check(GET, "", types, "null");
    check(
        GET,
        "Accept: text/html,*/*;q=0.1\n",
        types,
        "text/html|*/*;q=0.1",
    );
}

fn body_rows() {
    let encoding = |request: &HttpListenerRequest| request.content_encoding().into_owned();
    check(GET, "", encoding, "utf-8");
    let latin1 = "Content-Type: text/plain; charset=ISO-8859-1\n";
    check(GET, latin1, encoding, "ISO-8859-1");
    let quoted = "Content-Type: text/plain; charset=\"koi8-r\"\n";
    check(GET, quoted, encoding, "koi8-r");

    let length = |request: &HttpListenerRequest| {
        let length = request.content_length64();
        let length = length.map_or_else(|| "-1".to_owned(), |length| length.to_string());
        format!("{length} {}", request.has_entity_body())
    };
    check(GET, "", length, "0 false");
    check(POST, "Content-Length: 0\n", length, "0 false");
    check(POST, "Content-Length: 7\n", length, "7 true");
    check(POST, "Transfer-Encoding: chunked\n", length, "-1 true");

    let body = |request: &HttpListenerRequest| {
        let mut text = String::new();
        request.input_stream().read_to_string(&mut text).unwrap();
        let trailers = request.trailers();
        let trailer = trailers.and_then(|fields| fields.get("X-T").map(Cow::into_owned));
        format!("{text} {}", trailer.unwrap_or_default())
    };
    check(GET, "", body, " ");
    check(POST, "Content-Length: 3\n\nabc", body, "abc ");
    let chunked = "Transfer-Encoding: chunked\n\n2\nab\n1\nc\n0\nX-T: last\n";
    check(POST, chunked, body, "abc last");
}

fn connection_rows() {
    let keep_alive = |request: &HttpListenerRequest| request.keep_alive().to_string();
    check(GET, "", keep_alive, "true");
    check(GET, "Connection: close\n", keep_alive, "false");
    check("GET / HTTP/1.0", "", keep_alive, "false");
    let kept = "Connection: Keep-Alive\n";
    check("GET / HTTP/1.0", kept, keep_alive, "true");

    let web_socket = |request: &HttpListenerRequest| {
        let protocols = request.upgrade_protocols().join("|");
        format!("{} {protocols}", request.is_web_socket_request())
    };
    check(GET, "", web_socket, "false ");
    let upgrade = "Connection: keep-alive, Upgrade\nUpgrade: WebSocket\n";
    check(GET, upgrade, web_socket, "true WebSocket");
    check("GET / HTTP/1.0", upgrade, web_socket, "true ");
    let two = "Connection: Upgrade\nUpgrade: h2c, websocket\n";
    check(GET, two, web_socket, "true h2c|websocket");
    let other = "Connection: Upgrade\nUpgrade: h2c\n";
    check(GET, other, web_socket, "false h2c");
    check(GET, "Upgrade: websocket\n", web_socket, "false ");
    check(GET, "Connection: Upgrade\n", web_socket, "false ");

    let certificate = |request: &HttpListenerRequest| {
        let begun = request.begin_get_client_certificate(None, None);
        let ended = request.end_get_client_certificate(&begun).unwrap();
        assert_eq!(ended, request.get_client_certificate().unwrap());
        format!("{ended:?} {}", request.is_secure_connection())
    };
    check(GET, "", certificate, "None false");
    let binding = |request: &HttpListenerRequest| {
        let channel = request.transport_context();
        let binding = channel.get_channel_binding(ChannelBindingKind::Endpoint);
        binding.unwrap().is_some().to_string()
    };
    check(GET, "", binding, "false");
}

fn cookie_rows() {
    let cookies = |request: &HttpListenerRequest| {
        let cookies = request.cookies();
        let cookies = cookies
            .iter()
            .map(|cookie| format!("{}={}@{}", cookie.name(), cookie.value(), cookie.path()));
        cookies.collect::<Vec<_>>().join("|")
    };
    check(GET, "", cookies, "");
    let three = "Cookie: a=1; b=\"2 3\"; A=4\n";
    check(GET, three, cookies, "A=4@|b=\"2 3\"@");
    check(GET, "Cookie: a=1\nCookie: b=2\n", cookies, "a=1@|b=2@");
    let version_1 = "Cookie: $Version=1; a=1; $Path=/x; b=2\n";
    check(GET, version_1, cookies, "a=1@/x|b=2@");
    check(GET, "Cookie: ;;=;x\n", cookies, "x=@");
}

/// What stands in the answer, but for `Date` and `Server`, and its body.
#[track_caller]
fn answered(
    version: &str,
    tell: impl FnOnce(&mut HttpListenerResponse),
    lines: &[&str],
    body: &str,
) {
    let request = format!("GET / HTTP/{version}\nHost: h\nConnection: keep-alive\n\n");
    let answer = exchange(&request, |mut context| tell(context.response_mut()));
    let own: Vec<_> = answer
        .head
        .lines()
        .filter(|line| !line.starts_with("Date: ") && !line.starts_with("Server: "))
        .collect();
    assert_eq!((&*own, answer.text()), (lines, body));
}

const OK: &str = "HTTP/1.1 200 OK";
const EMPTY: &str = "Content-Length: 0";

fn response_rows() {
    answered("1.1", |it| it.close().unwrap(), &[OK, EMPTY], "");
    // SendChunked and ContentLength64: whichever was set last.
    let chunked = |it: &mut HttpListenerResponse| {
        it.set_content_length64(3).unwrap();
        it.set_send_chunked(true).unwrap();
        assert_eq!(it.content_length64(), None);
        it.close_with("chunk").unwrap();
    };
    answered("1.1", chunked, &[OK, "Transfer-Encoding: chunked"], "chunk");
    let fixed = |it: &mut HttpListenerResponse| {
        it.set_send_chunked(true).unwrap();
        it.set_content_length64(3).unwrap();
        assert!(!it.send_chunked());
        it.output_stream().unwrap().write_all(b"abc").unwrap();
    };
    answered("1.1", fixed, &[OK, "Content-Length: 3"], "abc");
    let old = |it: &mut HttpListenerResponse| {
        it.set_send_chunked(true).unwrap();
        it.close_with("to the end").unwrap();
    };
    answered("1.0", old, &[OK, "Connection: close"], "to the end");
    let last = |it: &mut HttpListenerResponse| {
        it.set_keep_alive(false).unwrap();
        it.close().unwrap();
    };
    answered("1.1", last, &[OK, EMPTY, "Connection: close"], "");
    let version = |it: &mut HttpListenerResponse| {
        it.set_protocol_version(HttpVersion::VERSION10).unwrap();
        it.close().unwrap();
    };
    let lines = ["HTTP/1.0 200 OK", EMPTY, "Connection: keep-alive"];
    answered("1.1", version, &lines, "");
    let redirected = |it: &mut HttpListenerResponse| {
        it.set_redirect_location("/first").unwrap();
        assert_eq!(it.status_code().as_u16(), 200);
        it.redirect("/x").unwrap();
        it.close().unwrap();
    };
    let lines = ["HTTP/1.1 302 Found", "Location: /x", EMPTY];
    answered("1.1", redirected, &lines, "");
    let removed = |it: &mut HttpListenerResponse| {
        it.set_redirect_location("/x").unwrap();
        it.set_redirect_location("").unwrap();
        it.set_content_type("a/b").unwrap();
        it.set_content_type("").unwrap();
        it.set_content_type("").unwrap();
        it.close().unwrap();
    };
    answered("1.1", removed, &[OK, EMPTY], "");
    let replaced = |it: &mut HttpListenerResponse| {
        let mut headers = WebHeaderCollection::new();
        headers.add("X-A", "1").unwrap();
        headers.add("X-A", "2").unwrap();
        it.add_header("X-B", "gone").unwrap();
        it.set_headers(&headers).unwrap();
        headers.add("Content-Length", "5").unwrap();
        assert!(it.set_headers(&headers).is_err());
        it.close().unwrap();
    };
    answered("1.1", replaced, &[OK, "X-A: 1", "X-A: 2", EMPTY], "");
    let text = |it: &mut HttpListenerResponse| {
        assert_eq!(it.content_encoding(), None);
        it.set_content_encoding(Some("latin1")).unwrap();
        assert_eq!(it.content_encoding(), Some("windows-1252"));
        for bad in ["", "no-such", "utf-16"] {
            assert!(it.set_content_encoding(Some(bad)).is_err(), "{bad}");
        }
        it.set_content_encoding(None).unwrap();
        it.close_with_text("\u{e4}").unwrap();
        assert!(it.set_content_encoding(None).is_err());
    };
    let lines = [
        OK,
        "Content-Type: text/plain; charset=utf-8",
        "Content-Length: 2",
    ];
    answered("1.1", text, &lines, "\u{e4}");
    let html = |it: &mut HttpListenerResponse| {
        it.set_content_type("text/html").unwrap();
        it.set_content_encoding(Some("iso-8859-2")).unwrap();
        it.close_with_text("?\u{4e00}").unwrap();
    };
    let lines = [OK, "Content-Type: text/html", "Content-Length: 2"];
    answered("1.1", html, &lines, "??");
}

fn response_cookie_rows() {
    let cookies = |it: &mut HttpListenerResponse| {
        assert_eq!(it.cookies().count(), 0);
        it.append_header("Set-Cookie", "own=1").unwrap();
        let mut full = Cookie::with_path("a", "1", "/x").unwrap();
        full.set_domain("example.org");
        full.set_secure(true);
        full.set_http_only(true);
        full.set_same_site(SameSite::Lax);
        it.append_cookie(full).unwrap();
        it.append_cookie(Cookie::new("b", "1").unwrap()).unwrap();
        it.set_cookie(Cookie::new("B", "2").unwrap()).unwrap();
        let mut gone = Cookie::new("gone", "").unwrap();
        gone.set_expires(Some(SystemTime::now() - Duration::from_secs(60)));
        it.cookies_mut().unwrap().add(gone);
        let mut bad = Cookie::new("bad", "x").unwrap();
        bad.set_value("x\r\nSet-Cookie: y=z");
        let refused = it.append_cookie(bad.clone());
        assert!(matches!(refused, Err(Misuse::InvalidArgument { .. })));
        // What was put in behind the members' back is found when it is to be sent.
        it.cookies_mut().unwrap().add(bad.clone());
        assert_eq!(it.close().unwrap_err().kind(), Kind::Misuse);
        it.cookies_mut().unwrap().remove(&bad);
        assert_eq!(it.cookies().count(), 3);
        it.close_with("x").unwrap();
        assert!(it.append_cookie(Cookie::new("late", "1").unwrap()).is_err());
        assert!(it.set_cookies(CookieCollection::new()).is_err());
    };
    let lines = [
        OK,
        "Set-Cookie: own=1",
        "Set-Cookie: a=1; Domain=example.org; Path=/x; Secure; HttpOnly; SameSite=Lax",
        "Set-Cookie: B=2",
        "Set-Cookie: gone=; Max-Age=0",
        "Content-Length: 1",
    ];
    answered("1.1", cookies, &lines, "x");
}

#[test]
fn a_response_copies_another() {
    let listener = HttpListener::test_http().unwrap();
    let mut first = Client::new(&listener);
    first.request("GET /first", &[], "");
    let mut template = listener.get_context().unwrap();
    let response = template.response_mut();
    response.set_status_code(404).unwrap();
    response.set_status_description("Nope").unwrap();
    response.set_keep_alive(false).unwrap();
    response.add_header("X-A", "1").unwrap();
    response.set_send_chunked(true).unwrap();
    response
        .append_cookie(Cookie::new("a", "1").unwrap())
        .unwrap();
    let mut second = Client::new(&listener);
    second.request("GET /second", &[], "");
    let mut copy = listener.get_context().unwrap();
    copy.response_mut().add_header("X-B", "gone").unwrap();
    copy.response_mut().copy_from(template.response()).unwrap();
    template.response_mut().add_header("X-A", "2").unwrap();
    copy.response_mut().close_with("body").unwrap();
    assert!(copy.response_mut().copy_from(template.response()).is_err());
    let answer = second.answer();
    assert!(
        answer.head.starts_with("HTTP/1.1 404 Nope\r\n"),
        "{}",
        answer.head
    );
    assert_eq!(answer.header("X-A"), Some("1"));
    assert_eq!(answer.header("X-B"), None);
    assert_eq!(answer.header("Set-Cookie"), None, "cookies are not copied");
    assert_eq!(answer.header("Transfer-Encoding"), Some("chunked"));
    assert_eq!(answer.header("Connection"), Some("close"));
    assert_eq!(answer.text(), "body");
    template.response_mut().close().unwrap();
    assert_eq!(first.answer().header("X-A"), Some("2"));
}

#[test]
fn trailers_follow_a_chunked_body() {
    let trailers = || {
        let mut trailers = WebHeaderCollection::new();
        trailers.add("X-Sum", "3").unwrap();
        trailers
    };
    let write = |context: &mut HttpListenerContext, length: Option<u64>| {
        let response = context.response_mut();
        if let Some(length) = length {
            response.set_content_length64(length).unwrap();
        }
        let mut stream = response.output_stream().unwrap();
        stream.write_all(b"abc").unwrap();
        stream
    };
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let stream = write(&mut listener.get_context().unwrap(), None);
    stream.close_with_trailers(&trailers()).unwrap();
    client.until("\r\n\r\n");
    assert_eq!(
        client.until("\r\n\r\n"),
        "3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n"
    );
    // The connection goes on.
    client.send("GET / HTTP/1.0\r\n\r\n");
    let stream = write(&mut listener.get_context().unwrap(), None);
    stream.close_with_trailers(&trailers()).unwrap();
    assert_eq!(client.answer().text(), "abc", "HTTP/1.0 knows no trailers");

    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let stream = write(&mut listener.get_context().unwrap(), Some(3));
    let error = stream.close_with_trailers(&trailers()).unwrap_err();
    assert_eq!(error.kind(), Kind::Misuse, "{error}");
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let stream = write(&mut listener.get_context().unwrap(), None);
    let mut forbidden = WebHeaderCollection::new();
    forbidden.add("Content-Length", "5").unwrap();
    let error = stream.close_with_trailers(&forbidden).unwrap_err();
    assert_eq!(error.kind(), Kind::ProtocolViolation, "{error}");
    let rest = client.rest();
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "not ended as if it were whole"
    );
}

/// Writes to a client that is gone until it shows, or for so many times.
fn write_to_nobody(listener: &HttpListener) -> Option<std::io::Error> {
    let mut client = Client::new(listener);
    client.request("GET /", &[], "");
    let mut context = listener.get_context().unwrap();
    drop(client);
    let mut stream = context.response_mut().output_stream().unwrap();
    let block = vec![0; 64 * 1024];
    for _ in 0..1000 {
        if let Err(error) = stream.write_all(&block).and_then(|()| stream.flush()) {
            return Some(error);
        }
    }
    stream.close().err().map(Into::into)
}

#[test]
fn a_client_that_is_gone_can_be_ignored() {
    let listener = HttpListener::test_http().unwrap();
    assert!(!listener.ignore_write_exceptions());
    let error = write_to_nobody(&listener).expect("64 MB into the void");
    let error = error.downcast::<HttpListenerError>().unwrap();
    assert_eq!(error.kind(), Kind::ConnectionLost, "{error}");
    listener.set_ignore_write_exceptions(true);
    assert!(listener.ignore_write_exceptions());
    assert!(write_to_nobody(&listener).is_none());
    // What the program does wrong is still told.
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let mut context = listener.get_context().unwrap();
    context.response_mut().set_content_length64(3).unwrap();
    let mut stream = context.response_mut().output_stream().unwrap();
    assert!(stream.write_all(b"abcd").is_err());
    assert!(stream.close().is_err());
}

#[test]
fn the_members_of_collections_errors_and_identities() {
    let listener = HttpListener::test_http().unwrap();
    let prefixes = listener.prefixes();
    prefixes.add("http://127.0.0.1:0/x/").unwrap();
    assert!(!prefixes.is_read_only());
    assert!(prefixes.is_synchronized());
    let mut array = vec![String::new(); 3];
    prefixes.copy_to(&mut array, 1).unwrap();
    assert_eq!(array, ["", "http://127.0.0.1:0/", "http://127.0.0.1:0/x/"]);
    for offset in [2, 3, 4, usize::MAX] {
        let refused = prefixes.copy_to(&mut array, offset);
        assert!(
            matches!(refused, Err(Misuse::OutOfRange { .. })),
            "{offset}"
        );
    }
    assert_eq!(array[2], "http://127.0.0.1:0/x/");

    for (code, kind) in [
        (5, Kind::AccessDenied),
        (183, Kind::AlreadyExists),
        (1, Kind::Io),
    ] {
        let error = HttpListenerError::from_error_code(code, "own words");
        assert_eq!((error.error_code(), error.kind()), (code, kind));
        assert_eq!(error.to_string(), "own words");
    }
    let identity = HttpListenerBasicIdentity::new("ann", "secret");
    assert_eq!((identity.name(), identity.password()), ("ann", "secret"));
    assert!(!format!("{identity:?}").contains("secret"));
}
