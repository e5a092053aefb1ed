//! Every `WebExceptionStatus` this crate can reach, provoked in its phase.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_primitives::{IpAddress, Misuse};
use system_net_requests::{
    Phase, ServicePointManager, WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_security::SecurityProtocolType;
use system_net_sockets::{Dns, OverrideResolver, SocketError};
use system_net_testkit::{Authority, HttpPeer, Response, Script, Validity, refused_port};
use system_net_web_proxy::WebProxy;

use crate::{check_status, context, context_trusting, http};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn status_connect_failure() {
    let error = check_status(
        http(&format!("http://{}/", refused_port())).get_response(),
        Status::ConnectFailure,
    );
    assert_eq!(error.phase(), Phase::Connecting);
    let socket = sources(&error).find_map(|e| e.downcast_ref::<SocketError>());
    assert_eq!(
        socket.expect("a socket error in the chain").errno(),
        Some(111)
    );
}

#[test]
fn status_name_resolution() {
    let context = context();
    let mut resolver = OverrideResolver::closed();
    resolver.insert(
        "known.example",
        vec!["127.0.0.1".parse::<IpAddress>().unwrap()],
    );
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    let mut request = WebRequest::create_in(&context, "http://host.invalid/").unwrap();
    let error = check_status(request.get_response(), Status::NameResolutionFailure);
    assert!(error.to_string().contains("host.invalid"), "{error}");
}

#[test]
fn status_connection_closed() {
    let peer = HttpPeer::scripts([Script::new().head().close()]);
    check_status(
        http(&peer.url("/")).get_response(),
        Status::ConnectionClosed,
    );
}

/// A good response, cut after every byte: in the head it is the head that is incomplete, in the
/// body the body; never a shorter success, never a panic.
#[test]
fn response_cut_at_every_byte() {
    for good in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n",
    ] {
        let head = good.find("\r\n\r\n").unwrap() + 4;
        let scripts: Vec<Script> = (0..good.len())
            .map(|cut| Script::new().head().send(&good[..cut]).close())
            .collect();
        let peer = HttpPeer::scripts(scripts);
        for cut in 0..good.len() {
            let result = http(&peer.url("/")).get_response();
            if cut < head {
                check_status(result, Status::ConnectionClosed);
            } else {
                let error = result.unwrap().into_bytes().unwrap_err();
                assert_eq!(
                    error.status(),
                    Status::ConnectionClosed,
                    "cut at {cut}: {error}"
                );
                assert_eq!(error.phase(), Phase::ReadingBody, "cut at {cut}");
            }
        }
    }
}

#[test]
fn status_keepalive_failure() {
    // The second request finds the connection closed when its body, which is not kept, is out.
    let context = context();
    let peer = HttpPeer::converse(|talk| {
        if talk.connection_index() == 0 {
            talk.head()?;
            talk.send(OK)?;
            talk.head()?;
            return talk.close();
        }
        talk.stall()
    });
    let first = WebRequest::create_in(&context, peer.url("/"))
        .unwrap()
        .get_response()
        .unwrap();
    first.into_bytes().unwrap();
    let mut second = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    second.set_method("POST").unwrap();
    second.set_content_length(3).unwrap();
    second.set_allow_write_stream_buffering(false).unwrap();
    second
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let mut body = second.get_request_stream().unwrap();
    body.write_all(b"abc").unwrap();
    body.close().unwrap();
    check_status(second.get_response(), Status::KeepAliveFailure);
    assert_eq!(
        peer.connections_opened(),
        1,
        "a body that is gone cannot be sent again"
    );
}

/// The same when it shows while the body is written, or before its first byte.
#[test]
fn status_keepalive_failure_while_writing() {
    for (expects, reset) in [(true, false), (true, true), (false, false), (false, true)] {
        let shown = format!("expects {expects}, reset {reset}");
        let context = context();
        let peer = HttpPeer::converse(move |talk| {
            talk.head()?;
            talk.send(OK)?;
            talk.head()?;
            match reset {
                true => talk.reset(),
                false => talk.close(),
            }
        });
        let mut first = WebRequest::create_in(&context, peer.url("/")).unwrap();
        first.get_response().unwrap().into_bytes().unwrap();
        let mut second = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        second.set_method("POST").unwrap();
        second.set_content_length(1 << 30).unwrap();
        second.set_allow_write_stream_buffering(false).unwrap();
        second
            .set_continue_timeout(Duration::from_secs(60))
            .unwrap();
        let point = second.service_point().unwrap();
        point.set_expect_100_continue(expects);
        let mut body = second.get_request_stream().unwrap();
        let piece = vec![0; 1 << 20];
        let error = (0..1024)
            .find_map(|_| body.write_all(&piece).err())
            .expect("a write fails");
        let error = WebError::from_io(error, Status::UnknownError, Phase::Preparing);
        assert_eq!(error.status(), Status::KeepAliveFailure, "{shown}: {error}");
        drop(body);
        check_status(second.get_response(), Status::KeepAliveFailure);
        assert_eq!(peer.request_count(), 2, "{shown}");
    }
}

#[test]
fn status_protocol_error_has_body() {
    let peer = HttpPeer::serve(|_| Response::new(404).reason("Not Here").body("gone"));
    let error = check_status(http(&peer.url("/")).get_response(), Status::ProtocolError);
    let response = error.response().expect("the response");
    let http = response.as_http().expect("an HTTP response");
    assert_eq!(http.status_code().name(), "NotFound");
    assert_eq!(http.status_description(), "Not Here");
    assert!(error.to_string().contains("(404) Not Here"), "{error}");
    assert_eq!(
        error.into_response().unwrap().into_string().unwrap(),
        "gone"
    );
}

#[test]
fn status_receive_failure() {
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")
        .reset()]);
    let response = http(&peer.url("/")).get_response().unwrap();
    let error = response.into_bytes().unwrap_err();
    assert_eq!(error.status(), Status::ReceiveFailure, "{error}");
}

#[test]
fn status_send_failure() {
    let peer = HttpPeer::scripts([Script::new().head().body(1000).reset()]);
    let mut request = http(&peer.url("/"));
    request.set_method("POST").unwrap();
    request.set_content_length(1 << 30).unwrap();
    request.set_allow_write_stream_buffering(false).unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let mut body = request.get_request_stream().unwrap();
    let piece = vec![0; 1 << 20];
    let error = (0..1024)
        .find_map(|_| body.write_all(&piece).err())
        .expect("a write fails");
    let error = WebError::from_io(error, Status::UnknownError, Phase::Preparing);
    assert_eq!(error.status(), Status::SendFailure, "{error}");
    drop(body);
    check_status(request.get_response(), Status::SendFailure);
}

#[test]
fn status_secure_channel() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = stream.read(&mut [0; 1000]);
    });
    let error = check_status(
        http(&format!("https://{address}/")).get_response(),
        Status::SecureChannelFailure,
    );
    assert_eq!(error.phase(), Phase::SecuringChannel);
    server.join().unwrap();
}

/// Where the rules leave no version of TLS, nobody is looked up nor connected to: neither a server,
/// nor a proxy on the way, nor one that is spoken to by TLS itself.
#[test]
fn no_version_no_connection() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let context = context();
    let manager = ServicePointManager::of(&context);
    manager
        .set_security_protocol(SecurityProtocolType::TLS)
        .unwrap();
    let server = peer.url("/").replace("http:", "https:");
    for (url, proxy) in [
        (&*server, None),
        ("https://nowhere.invalid/", None),
        ("https://origin.example/", Some(peer.url("/"))),
        ("http://origin.example/", Some(server.clone())),
    ] {
        let mut request = WebRequest::create_http_in(&context, url).unwrap();
        if let Some(proxy) = &proxy {
            let proxy = Arc::new(WebProxy::new(proxy).unwrap());
            request.set_proxy(Some(proxy)).unwrap();
        }
        let error = check_status(request.get_response(), Status::SecureChannelFailure);
        let text = format!("{error}: {:?}", std::error::Error::source(&error));
        assert!(text.contains("spoken here"), "{url} {proxy:?}: {text}");
    }
    assert_eq!(peer.connections_opened(), 0);
}

#[test]
fn status_trust_failure() {
    let authority = Authority::new();
    let good = authority.issue(&["localhost"], Validity::Now).identity();
    let other_name = authority
        .issue(&["other.example"], Validity::Now)
        .identity();
    let expired = authority.issue(&["localhost"], Validity::Past).identity();
    let self_signed = Authority::self_signed(&["localhost"]).identity();
    let context = context_trusting(&authority);
    for (identity, what) in [
        (&other_name, "other.example"),
        (&expired, "expired"),
        (&self_signed, "localhost"),
    ] {
        let peer = HttpPeer::serve_tls(identity, |_| Response::new(200));
        let mut request = WebRequest::create_in(&context, peer.url_localhost("/")).unwrap();
        let error = check_status(request.get_response(), Status::TrustFailure);
        assert!(error.to_string().contains(what), "{what}: {error}");
    }
    let peer = HttpPeer::serve_tls(&good, |_| Response::new(200).body("safe"));
    let mut request = WebRequest::create_in(&context, peer.url_localhost("/")).unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "safe"
    );
}

#[test]
fn status_server_protocol_violation() {
    for garbage in [
        "garbage\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\r: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "<html>no head at all</html>\r\n\r\n",
    ] {
        let peer = HttpPeer::scripts([Script::new().head().send(garbage).close()]);
        let error = check_status(
            http(&peer.url("/")).get_response(),
            Status::ServerProtocolViolation,
        );
        assert!(error.to_string().len() > 60, "says what and where: {error}");
    }
    // A bad chunk shows only when the body is read.
    let bad_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let peer = HttpPeer::scripts([Script::new().head().send(bad_chunk).close()]);
    let error = http(&peer.url("/"))
        .get_response()
        .unwrap()
        .into_bytes()
        .unwrap_err();
    assert_eq!(error.status(), Status::ServerProtocolViolation, "{error}");
}

#[test]
fn status_message_length_limit() {
    let bomb = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(65 * 1024));
    let peer = HttpPeer::each(Script::new().head().send(&bomb).close());
    check_status(
        http(&peer.url("/")).get_response(),
        Status::MessageLengthLimitExceeded,
    );
    let mut request = http(&peer.url("/"));
    request
        .set_maximum_response_headers_length(Some(70))
        .unwrap();
    request
        .get_response()
        .expect("a higher limit lets it through");
    let mut request = http(&peer.url("/"));
    request.set_maximum_response_headers_length(None).unwrap();
    request.get_response().expect("no limit lets it through");
}

#[test]
fn status_timeout() {
    let peer = HttpPeer::silent();
    let mut request = http(&peer.url("/"));
    request
        .set_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let start = Instant::now();
    let error = check_status(request.get_response(), Status::Timeout);
    let waited = start.elapsed();
    assert!(
        waited >= Duration::from_millis(200) && waited < Duration::from_secs(5),
        "{waited:?}"
    );
    assert_eq!(error.phase(), Phase::ReadingHead, "{error}");
    assert!(error.to_string().contains(&peer.url("/")), "{error}");
    peer.wait_for_open_at_most(0);
}

#[test]
fn connect_timeout_covers_tls_and_not_the_answer() {
    // Connected to at once, but it never says anything: the handshake hangs.
    let peer = HttpPeer::silent();
    let mut request = http(&peer.url("/").replace("http:", "https:"));
    let limit = Duration::from_millis(200);
    request.set_connect_timeout(Some(limit)).unwrap();
    let error = check_status(request.get_response(), Status::Timeout);
    assert_eq!(error.phase(), Phase::SecuringChannel, "{error}");
    peer.wait_for_open_at_most(0);

    // A connection that is there: the answer may take longer.
    let peer = HttpPeer::scripts([Script::new().head().send_slow(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        20,
        Duration::from_millis(200),
    )]);
    let mut request = http(&peer.url("/"));
    request.set_connect_timeout(Some(limit)).unwrap();
    assert_eq!(request.get_response().unwrap().status_code().as_u16(), 200);
}

/// The status line is there and the head does not end: the time-out ends it, neither before its
/// time nor more than a fifth later.
#[test]
fn timeout_stall_headers() {
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .send("HTTP/1.1 200 OK\r\nX-Part")
        .stall()]);
    let limit = Duration::from_millis(2500);
    let mut request = http(&peer.url("/"));
    request.set_timeout(Some(limit)).unwrap();
    let start = Instant::now();
    let error = check_status(request.get_response(), Status::Timeout);
    let passed = start.elapsed();
    assert_eq!(error.phase(), Phase::ReadingHead);
    assert!(
        passed >= limit && passed < limit.mul_f64(1.2),
        "{passed:?} of {limit:?}"
    );
}

#[test]
fn read_timeout_mid_body() {
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        .stall()]);
    let mut request = http(&peer.url("/"));
    request
        .set_read_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let mut stream = request
        .get_response()
        .unwrap()
        .get_response_stream()
        .unwrap();
    let mut buffer = [0; 10];
    assert_eq!(stream.read(&mut buffer).unwrap(), 3);
    let error = stream.read(&mut buffer).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    let error = WebError::from_io(error, Status::UnknownError, Phase::Preparing);
    assert_eq!(
        (error.status(), error.phase()),
        (Status::Timeout, Phase::ReadingBody)
    );
}

#[test]
fn argument_errors_are_not_web_errors() {
    let context = context();
    let error = WebRequest::create_in(&context, "no uri").unwrap_err();
    assert!(
        error.uri_format().is_some() && error.misuse().is_none(),
        "{error:?}"
    );
    let error = WebRequest::create_in(&context, "gopher://h/").unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::NotSupported(_))),
        "{error:?}"
    );
    let mut request = http("http://h/");
    assert!(matches!(
        request.set_method("A B"),
        Err(Misuse::InvalidArgument { .. })
    ));
    assert!(matches!(
        request.set_method(""),
        Err(Misuse::InvalidArgument { .. })
    ));
    let error = request.get_request_stream().unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
        "{error:?}"
    );
    assert!(error.advice().is_empty());
}

/// The error works with `?` into any error type, and goes to other threads.
#[test]
fn web_error_is_an_ordinary_error() {
    fn needs<T: std::error::Error + Send + Sync + 'static>(
        error: T,
    ) -> Box<dyn std::error::Error + Send + Sync> {
        error.into()
    }
    let error = needs(
        http(&format!("http://{}/", refused_port()))
            .get_response()
            .unwrap_err(),
    );
    std::thread::spawn(move || assert!(error.to_string().starts_with("ConnectFailure")))
        .join()
        .unwrap();
}

fn sources<'a>(error: &'a WebError) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}
