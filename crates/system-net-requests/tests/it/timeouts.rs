//! How long each phase may take: seven of them, for a request and for a context, in blocking and
//! asynchronous calls.

use std::future::pending;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{IpAddress, Misuse};
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, Phase, ServicePointManager, Timeouts, WebError,
    WebExceptionStatus, WebRequest,
};
use system_net_sockets::{BoxFuture, Dns, Resolver, SocketError};
use system_net_testkit::{HttpPeer, Response, Script};
use tokio::io::AsyncReadExt as _;

use crate::{check_status, context, web_error};

type Set = fn(&mut Timeouts, Option<Duration>) -> Result<(), Misuse>;

/// Short, for what never comes.
const SHORT: Duration = Duration::from_millis(60);
/// More than a test takes, unless it hangs.
const LONG: Duration = Duration::from_secs(60);

const ALL: [Set; 7] = [
    Timeouts::set_resolve,
    Timeouts::set_connect,
    Timeouts::set_tls,
    Timeouts::set_send,
    Timeouts::set_headers,
    Timeouts::set_idle_read,
    Timeouts::set_total,
];

/// No name is ever found.
struct Silent;

impl Resolver for Silent {
    fn resolve(&self, _: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        Box::pin(pending())
    }
}

/// Accepts nothing, and has no room for those who wait: connecting to it takes for ever.
struct Full {
    listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Full {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            waiting.push(stream);
        }
        Self {
            listener,
            _waiting: waiting,
        }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.listener.local_addr().unwrap())
    }
}

/// A server that never does one thing, and in which phase that shows.
struct Case {
    limit: Set,
    phase: Phase,
    url: String,
    upload: bool,
    _server: Box<dyn std::any::Any>,
}

fn cases() -> Vec<Case> {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf.";
    let case = |limit, phase, server: HttpPeer| Case {
        limit,
        phase,
        url: server.url("/"),
        upload: false,
        _server: Box::new(server),
    };
    let full = Full::new();
    let mut all = vec![
        Case {
            limit: Timeouts::set_resolve,
            phase: Phase::Resolving,
            url: "http://nowhere.example/".to_owned(),
            upload: false,
            _server: Box::new(()),
        },
        Case {
            limit: Timeouts::set_connect,
            phase: Phase::Connecting,
            url: full.url(),
            upload: false,
            _server: Box::new(full),
        },
        case(
            Timeouts::set_tls,
            Phase::SecuringChannel,
            HttpPeer::silent(),
        ),
        case(
            Timeouts::set_send,
            Phase::Sending,
            HttpPeer::each(Script::new().hold()),
        ),
        case(
            Timeouts::set_headers,
            Phase::ReadingHead,
            HttpPeer::silent(),
        ),
        case(
            Timeouts::set_idle_read,
            Phase::ReadingBody,
            HttpPeer::each(Script::new().answer(head).stall()),
        ),
        case(
            Timeouts::set_total,
            Phase::ReadingBody,
            HttpPeer::each(Script::new().answer(head).stall()),
        ),
    ];
    all[2].url = all[2].url.replace("http:", "https:");
    all[3].upload = true;
    all
}

fn waiting_context() -> NetContext {
    let context = context();
    Dns::set_resolver_in(&context, Some(Arc::new(Silent)));
    context
}

fn request(context: &NetContext, case: &Case, own: Option<Timeouts>) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, &*case.url).unwrap();
    request.set_timeout(None).unwrap();
    request.set_read_write_timeout(None).unwrap();
    request.set_timeouts(own).unwrap();
    if case.upload {
        request.set_method("POST").unwrap();
        let point = request.service_point().unwrap();
        point.set_expect_100_continue(false);
        // More than the sockets take, and kept: it is sent when the response is asked for.
        let mut body = request.get_request_stream().unwrap();
        body.write_all(&vec![b'x'; 32 << 20]).unwrap();
        body.close().unwrap();
    }
    request
}

fn read(response: HttpWebResponse) -> Result<(), WebError> {
    let mut stream = response.get_response_stream().unwrap();
    stream
        .read_to_end(&mut Vec::new())
        .map_err(web_error)
        .map(drop)
}

#[track_caller]
fn check(result: Result<(), WebError>, case: &Case) {
    let error = check_status(result, WebExceptionStatus::Timeout);
    assert_eq!(error.phase(), case.phase, "{error}");
    let shown = error.to_string();
    assert!(shown.contains(&format!("while {}", case.phase)), "{shown}");
    assert!(shown.contains("60ms"), "{shown}");
}

#[test]
fn timeout_each_phase() {
    for case in cases() {
        let mut timeouts = Timeouts::new();
        // The others have time enough.
        for set in ALL {
            set(&mut timeouts, Some(LONG)).unwrap();
        }
        (case.limit)(&mut timeouts, Some(SHORT)).unwrap();

        // Set on the request, in a blocking call without limits of its own.
        let mut own = request(&waiting_context(), &case, Some(timeouts));
        assert_eq!(own.timeouts(), timeouts);
        check(own.get_response().and_then(read), &case);
        own.set_timeouts(None).unwrap_err();

        // Set for the context, in an asynchronous call.
        let context = waiting_context();
        let manager = ServicePointManager::of(&context);
        assert_eq!(manager.default_timeouts(), None);
        manager.set_default_timeouts(Some(timeouts));
        let mut of_context = request(&context, &case, None);
        assert_eq!(of_context.timeouts(), timeouts);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let result = runtime.block_on(async {
            let response = of_context.get_response_async().await?;
            let mut stream = response.get_response_stream()?.into_async();
            let read = stream.read_to_end(&mut Vec::new()).await;
            read.map(drop).map_err(web_error)
        });
        check(result, &case);
    }
}

/// What a request sets counts instead of what the context has.
#[test]
fn timeouts_of_a_request_stand_before_those_of_its_context() {
    let context = context();
    let manager = ServicePointManager::of(&context);
    let mut timeouts = Timeouts::new();
    timeouts.set_headers(Some(SHORT)).unwrap();
    manager.set_default_timeouts(Some(timeouts));
    let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let slow = Script::new().head().send_slow(answer, 10, SHORT);
    let peer = HttpPeer::each(slow);
    let get = |timeouts| {
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        request.set_timeouts(timeouts).unwrap();
        request.get_response()?.into_string()
    };
    check_status(get(None), WebExceptionStatus::Timeout);
    assert_eq!(get(Some(Timeouts::new())).unwrap(), "ok");
    manager.set_default_timeouts(None);
    assert_eq!(get(None).unwrap(), "ok");
}

/// A body that goes on coming is not idle, however long it takes; the total counts it.
#[test]
fn a_slow_body_is_not_idle() {
    let body = "x".repeat(40);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{body}");
    let slow = Script::new()
        .head()
        .send_slow(&answer, 4, Duration::from_millis(30));
    let peer = HttpPeer::each(slow);
    let get = |set: Set, limit| {
        let mut timeouts = Timeouts::new();
        set(&mut timeouts, Some(limit)).unwrap();
        let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
        request.set_timeouts(Some(timeouts)).unwrap();
        request.get_response()?.into_string()
    };
    assert_eq!(get(Timeouts::set_idle_read, LONG).unwrap(), body);
    let error = check_status(
        get(Timeouts::set_total, Duration::from_millis(400)),
        WebExceptionStatus::Timeout,
    );
    assert!(error.to_string().contains("400ms in all"), "{error}");
}

/// Each write to a request stream has the time for sending, and a server that reads nothing ends it.
#[test]
fn writes_to_a_request_stream_have_the_time_for_sending() {
    let peer = HttpPeer::each(Script::new().hold());
    let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
    let mut timeouts = Timeouts::new();
    timeouts.set_send(Some(SHORT)).unwrap();
    request.set_timeouts(Some(timeouts)).unwrap();
    request.set_method("PUT").unwrap();
    request.set_send_chunked(true).unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let mut stream = request.get_request_stream().unwrap();
    let piece = vec![b'x'; 1 << 20];
    let error = loop {
        match stream.write_all(&piece) {
            Ok(()) => {}
            Err(error) => break web_error(error),
        }
    };
    assert_eq!(error.status(), WebExceptionStatus::Timeout);
    assert_eq!(error.phase(), Phase::Sending);
    drop(stream);
    check_status(request.get_response(), WebExceptionStatus::Timeout);
}

#[test]
fn limits_of_zero_are_refused() {
    let mut timeouts = Timeouts::new();
    for set in ALL {
        let refused = set(&mut timeouts, Some(Duration::ZERO)).unwrap_err();
        assert!(matches!(refused, Misuse::OutOfRange { .. }), "{refused}");
    }
    assert_eq!(timeouts, Timeouts::default());
    // A request without limits is none the slower.
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
    request.set_timeouts(Some(timeouts)).unwrap();
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "ok");
}
