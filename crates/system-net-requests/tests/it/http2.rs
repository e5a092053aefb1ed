//! Requests over HTTP/2: many on one connection, limits of streams, heads, bodies, trailers.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::HttpVersion;
use system_net_requests::{
    HttpVersionPolicy, HttpWebRequest, HttpWebResponse, Phase, Timeouts, WebError,
    WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{
    Http2Conversation, Http2Event, Http2Request, HttpPeer, Interrupted, Signal,
};

use crate::{check_status, context, write_body};

/// SETTINGS_MAX_CONCURRENT_STREAMS
pub(crate) const MAX_STREAMS: u16 = 3;
pub(crate) const CANCEL: u32 = 8;

/// A request that is for HTTP/2 in clear text.
pub(crate) fn request(context: &NetContext, url: &str) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request
        .set_protocol_version(HttpVersion::VERSION20)
        .unwrap();
    request
        .set_version_policy(HttpVersionPolicy::RequestVersionExact)
        .unwrap();
    request.set_timeout(Some(Duration::from_secs(20))).unwrap();
    request
}

/// A POST of the same kind.
pub(crate) fn post(context: &NetContext, url: &str) -> HttpWebRequest {
    let mut request = request(context, url);
    request.set_method("POST").unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    request
}

pub(crate) fn get(context: &NetContext, url: &str) -> Result<String, WebError> {
    request(context, url).get_response()?.into_string()
}

/// A peer that speaks HTTP/2 in clear text.
pub(crate) fn peer(
    settings: &'static [(u16, u32)],
    talk: impl Fn(&mut Http2Conversation<'_, '_>) -> Result<(), Interrupted> + Send + Sync + 'static,
) -> HttpPeer {
    HttpPeer::converse(move |wire| talk(&mut Http2Conversation::begin(wire, settings)?))
}

/// A peer that answers each request when it has come whole.
pub(crate) fn answering(
    answer: impl Fn(&Http2Request, &[u8]) -> String + Send + Sync + 'static,
) -> HttpPeer {
    peer(&[], move |talk| {
        loop {
            let request = talk.request()?;
            let body = talk.body(&request)?;
            talk.respond(request.stream, "200", answer(&request, &body).as_bytes())?;
        }
    })
}

/// The next request, and the end of a stream: whichever comes first.
fn next_after_cancel(
    talk: &mut Http2Conversation<'_, '_>,
    cancelled: u32,
) -> Result<Http2Request, Interrupted> {
    let (mut next, mut reset) = (None, false);
    loop {
        match talk.event()? {
            Http2Event::Head(head) => next = Some(head),
            Http2Event::Reset { stream, code } => {
                assert_eq!((stream, code), (cancelled, CANCEL));
                reset = true;
            }
            _ => {}
        }
        if let Some(head) = next.take_if(|_| reset) {
            return Ok(head);
        }
    }
}

/// 100 requests under way at once on one connection, as the server counts them; the answers come in
/// the reverse order.
#[test]
fn h2_multiplex_100() {
    const ALL: usize = 100;
    let peer = peer(&[(MAX_STREAMS, 200)], |talk| {
        let mut heads = Vec::new();
        while heads.len() < ALL {
            heads.push(talk.request()?);
        }
        for head in heads.iter().rev() {
            talk.respond(head.stream, "200", head.path().as_bytes())?;
        }
        Ok(())
    });
    let context = context();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for number in 0..ALL {
            let mut request = request(&context, &peer.url(&format!("/{number}")));
            tasks.push(tokio::spawn(async move {
                let response = request.get_response_async().await.unwrap();
                assert_eq!(response.protocol_version(), HttpVersion::VERSION20);
                let mut text = String::new();
                let stream = response.get_response_stream().unwrap();
                tokio::io::AsyncReadExt::read_to_string(&mut stream.into_async(), &mut text)
                    .await
                    .unwrap();
                assert_eq!(text, format!("/{number}"));
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(peer.connections_opened(), 1);
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    assert_eq!(point.current_connections(), 1);
    assert_eq!(point.protocol_version(), HttpVersion::VERSION20);
    assert!(point.idle_since().is_some());
}

/// Blocking calls on threads share a connection in the same way.
#[test]
fn blocking_calls_share_a_connection() {
    const ALL: usize = 20;
    let peer = peer(&[], |talk| {
        let mut heads = Vec::new();
        while heads.len() < ALL {
            heads.push(talk.request()?);
        }
        for head in &heads {
            talk.respond(head.stream, "200", head.path().as_bytes())?;
        }
        Ok(())
    });
    let context = context();
    std::thread::scope(|scope| {
        for number in 0..ALL {
            let (context, url) = (&context, peer.url(&format!("/{number}")));
            scope.spawn(move || assert_eq!(get(context, &url).unwrap(), format!("/{number}")));
        }
    });
    assert_eq!(peer.connections_opened(), 1);
}

/// As many streams at once as the server allows, and another connection up to the limit; who finds no
/// room waits.
#[test]
fn streams_and_connections_keep_their_limits() {
    let (reports, reported) = mpsc::channel();
    let go = Arc::new(Signal::default());
    let gone = Arc::clone(&go);
    let peer = peer(&[(MAX_STREAMS, 2)], move |talk| {
        let mut heads = Vec::new();
        loop {
            let head = talk.request()?;
            if head.path() == "/first" || gone.is_raised() {
                talk.respond(head.stream, "200", head.path().as_bytes())?;
                continue;
            }
            if heads.is_empty() {
                // The client has read SETTINGS, and done what follows from them.
                talk.ping_pong()?;
            }
            let told = (talk.connection_index(), head.path().to_owned());
            let _test_is_over = reports.send(told);
            heads.push(head);
            if heads.len() == 2 {
                gone.wait(Duration::from_secs(20));
                for head in heads.drain(..) {
                    talk.respond(head.stream, "200", head.path().as_bytes())?;
                }
            }
        }
    });
    let context = context();
    assert_eq!(get(&context, &peer.url("/first")).unwrap(), "/first");
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    assert_eq!(point.connection_limit(), 2);
    std::thread::scope(|scope| {
        for (path, connection) in [("/a", 0), ("/b", 0), ("/c", 1), ("/d", 1)] {
            let (context, url) = (&context, peer.url(path));
            scope.spawn(move || assert_eq!(get(context, &url).unwrap(), path));
            let told = reported.recv_timeout(Duration::from_secs(20)).unwrap();
            assert_eq!(told, (connection, path.to_owned()));
        }
        for path in ["/e", "/f"] {
            let (context, url) = (&context, peer.url(path));
            scope.spawn(move || assert_eq!(get(context, &url).unwrap(), path));
        }
        // Whoever would not wait has time to show it; nobody is waited for.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(peer.connections_opened(), 2);
        assert_eq!(point.current_connections(), 2);
        assert!(reported.try_recv().is_err(), "nobody overtakes");
        go.raise();
    });
    assert_eq!(peer.connections_opened(), 2);
}

/// Pseudo fields first, names in lower case, nothing about the connection.
#[test]
fn heads_are_those_of_http2() {
    let peer = answering(|request, _| {
        let lines = request
            .fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"));
        lines.collect()
    });
    let context = context();
    let mut request = request(&context, &peer.url("/p?q=1"));
    request.set_user_agent(Some("t/1")).unwrap();
    request.set_connection(Some("X-Hop")).unwrap();
    let headers = request.headers_mut().unwrap();
    headers.set("X-Hop", "for the connection").unwrap();
    headers.set("X-Mixed-Case", "Kept").unwrap();
    headers.set("TE", "gzip").unwrap();
    headers.set("Upgrade", "websocket").unwrap();
    let text = request.get_response().unwrap().into_string().unwrap();
    let authority = peer.address();
    assert_eq!(
        text,
        format!(
            ":method: GET\n:scheme: http\n:authority: {authority}\n:path: /p?q=1\n\
             user-agent: t/1\nx-mixed-case: Kept\n"
        )
    );
}

/// Bodies in memory, of a length told beforehand, and of none.
#[test]
fn bodies_go_up() {
    let peer = answering(|request, body| {
        let length = request.field("content-length").unwrap_or("none");
        let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
        format!("{length} {} {sum}", body.len())
    });
    let context = context();
    let check = |set: &dyn Fn(&mut HttpWebRequest), length: usize, expected: &str| {
        let body: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
        let mut request = post(&context, &peer.url("/"));
        set(&mut request);
        write_body(&mut request, &body);
        let text = request.get_response().unwrap().into_string().unwrap();
        assert_eq!(text, format!("{expected} {length} {sum}"));
    };
    check(&|_| {}, 0, "0");
    check(&|_| {}, 10, "10");
    // More than all windows together.
    check(&|_| {}, 3_000_000, "3000000");
    check(
        &|request| request.set_send_chunked(true).unwrap(),
        700_000,
        "none",
    );
    check(
        &|request| request.set_content_length(700_000).unwrap(),
        700_000,
        "700000",
    );
    check(
        &|request| {
            request.set_content_length(5).unwrap();
            request.set_allow_write_stream_buffering(false).unwrap();
        },
        5,
        "5",
    );
    assert_eq!(peer.connections_opened(), 1);
}

/// A body that is longer or shorter than announced is refused here, and the stream cancelled.
#[test]
fn bodies_keep_to_their_length() {
    let peer = peer(&[], |talk| {
        let head = talk.request()?;
        let head = next_after_cancel(talk, head.stream)?;
        talk.respond(head.stream, "200", b"next")
    });
    let context = context();
    let mut request = post(&context, &peer.url("/"));
    request.set_content_length(3).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    let error = stream.write_all(b"1234").unwrap_err();
    assert!(error.to_string().contains("room for 3"), "{error}");
    stream.write_all(b"1").unwrap();
    assert!(stream.close().is_err());
    drop(request);
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "next");
    assert_eq!(peer.connections_opened(), 1);
}

/// 100 (Continue) is waited for; an answer instead of it spares the body.
#[test]
fn the_server_is_asked_to_continue() {
    let peer = peer(&[], |talk| {
        for _ in 0..2 {
            let head = talk.request()?;
            assert_eq!(head.field("expect"), Some("100-continue"));
            talk.head(head.stream, &[(":status", "100")], false)?;
            let body = talk.body(&head)?;
            talk.respond(head.stream, "200", &body)?;
        }
        let head = talk.request()?;
        talk.respond(head.stream, "403", b"no")?;
        // Not one byte of the body, and the rest of the stream is given up.
        loop {
            match talk.event()? {
                Http2Event::Data { bytes, .. } => assert!(bytes.is_empty(), "a body came"),
                Http2Event::Reset { .. } => return Ok(()),
                _ => {}
            }
        }
    });
    let context = context();
    let request = || {
        let mut request = request(&context, &peer.url("/"));
        request.set_method("POST").unwrap();
        request
            .set_continue_timeout(Duration::from_secs(20))
            .unwrap();
        request
    };
    for streamed in [false, true] {
        let mut request = request();
        if streamed {
            request.set_send_chunked(true).unwrap();
        }
        write_body(&mut request, b"wanted");
        let text = request.get_response().unwrap().into_string().unwrap();
        assert_eq!(text, "wanted", "streamed: {streamed}");
    }
    let mut refused = request();
    write_body(&mut refused, b"not wanted");
    let error = check_status(refused.get_response(), Status::ProtocolError);
    assert_eq!(
        error
            .response()
            .unwrap()
            .as_http()
            .unwrap()
            .status_code()
            .as_u16(),
        403
    );
}

/// An answer in the middle of a body that says no: the rest is not sent.
#[test]
fn an_early_answer_ends_the_body() {
    let peer = peer(&[], |talk| {
        talk.opens_windows = false;
        let head = talk.request()?;
        // All that fits into the window, which is not opened again.
        let mut got = 0;
        while got < 65_535 {
            if let Http2Event::Data { bytes, .. } = talk.event()? {
                got += bytes.len();
            }
        }
        talk.respond(head.stream, "413", b"too long")?;
        talk.reset_of(head.stream)?;
        Ok(())
    });
    let mut request = post(&context(), &peer.url("/"));
    write_body(&mut request, vec![7; 1 << 20]);
    let error = check_status(request.get_response(), Status::ProtocolError);
    assert_eq!(
        error
            .response()
            .unwrap()
            .as_http()
            .unwrap()
            .status_code()
            .as_u16(),
        413
    );
    drop(error);
    peer.wait_for_connections(1);
}

/// Informational responses are told, trailers are there after the end.
#[test]
fn informational_responses_and_trailers() {
    let peer = peer(&[], |talk| {
        let head = talk.request()?;
        talk.head(head.stream, &[(":status", "103"), ("link", "</a>")], false)?;
        talk.head(head.stream, &[(":status", "103"), ("link", "</b>")], false)?;
        talk.head(head.stream, &[(":status", "200"), ("x-mine", "1")], false)?;
        talk.data(head.stream, b"body", false)?;
        talk.head(head.stream, &[("x-sum", "42")], true)?;
        // Informational ones that nobody wants to hear of, and no body.
        let head = talk.request()?;
        talk.head(head.stream, &[(":status", "103")], false)?;
        talk.head(head.stream, &[(":status", "204")], true)
    });
    let context = context();
    let mut told = request(&context, &peer.url("/"));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    told.set_continue_delegate(Some(Arc::new(move |status, headers| {
        let link = headers.get("Link").unwrap().into_owned();
        hearing.lock().unwrap().push((status.as_u16(), link));
    })))
    .unwrap();
    let response = told.get_response().unwrap();
    assert_eq!(
        *heard.lock().unwrap(),
        [(103, "</a>".to_owned()), (103, "</b>".to_owned())]
    );
    assert_eq!(response.status_description(), "OK");
    assert_eq!(response.get_response_header("X-Mine"), "1");
    assert!(response.trailers().is_none());
    let mut text = String::new();
    let mut stream = response.get_response_stream().unwrap();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "body");
    assert_eq!(
        response.trailers().unwrap().get("X-Sum").as_deref(),
        Some("42")
    );
    let empty = request(&context, &peer.url("/")).get_response().unwrap();
    assert_eq!(empty.status_code().as_u16(), 204);
    assert_eq!(empty.into_string().unwrap(), "");
}

/// Dropping a response cancels its stream, and the connection lives on.
#[test]
fn a_dropped_response_cancels_its_stream() {
    #[track_caller]
    fn check(give_up: fn(HttpWebResponse)) {
        let peer = peer(&[], |talk| {
            let head = talk.request()?;
            talk.head(head.stream, &[(":status", "200")], false)?;
            talk.data(head.stream, b"a beginning", false)?;
            let head = next_after_cancel(talk, head.stream)?;
            talk.respond(head.stream, "200", b"next")
        });
        let context = context();
        let response = request(&context, &peer.url("/")).get_response().unwrap();
        give_up(response);
        assert_eq!(get(&context, &peer.url("/")).unwrap(), "next");
        assert_eq!(peer.connections_opened(), 1);
    }
    check(drop);
    check(|response| response.close());
    check(|response| {
        let mut stream = response.get_response_stream().unwrap();
        let mut some = [0; 4];
        stream.read_exact(&mut some).unwrap();
        assert_eq!(&some, b"a be");
    });
}

/// An abort ends what waits, in every phase, and the stream alone.
#[test]
fn an_abort_cancels_the_stream_alone() {
    #[track_caller]
    fn check(answer_head: bool, upload: bool) {
        let peer = peer(&[], move |talk| {
            talk.opens_windows = false;
            let head = talk.request()?;
            if answer_head {
                talk.head(head.stream, &[(":status", "200")], false)?;
            }
            let head = next_after_cancel(talk, head.stream)?;
            talk.respond(head.stream, "200", b"next")
        });
        let context = context();
        let mut request = match upload {
            true => post(&context, &peer.url("/")),
            false => request(&context, &peer.url("/")),
        };
        let abort = request.abort_handle();
        let aborter = std::thread::spawn(move || {
            // Long enough that what is aborted waits; sooner, it ends sooner.
            std::thread::sleep(Duration::from_millis(100));
            abort.abort();
        });
        if upload {
            write_body(&mut request, vec![1; 1 << 20]);
        }
        let result = request
            .get_response()
            .and_then(|response| response.into_string());
        check_status(result, Status::RequestCanceled);
        aborter.join().unwrap();
        assert_eq!(get(&context, &peer.url("/")).unwrap(), "next");
        assert_eq!(peer.connections_opened(), 1);
    }
    check(false, false);
    check(true, false);
    check(false, true);
}

/// A time-out ends the stream alone.
#[test]
fn a_timeout_cancels_the_stream_alone() {
    let peer = peer(&[], |talk| {
        let head = talk.request()?;
        let head = next_after_cancel(talk, head.stream)?;
        talk.respond(head.stream, "200", b"next")
    });
    let context = context();
    let mut silent = request(&context, &peer.url("/"));
    silent
        .set_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    check_status(silent.get_response(), Status::Timeout);
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "next");
    assert_eq!(peer.connections_opened(), 1);
}

/// The limits of phases hold over HTTP/2 as well, and end the stream alone.
#[test]
fn phases_have_their_limits() {
    let peer = peer(&[], |talk| {
        talk.opens_windows = false;
        let silent = talk.request()?;
        let stalled = next_after_cancel(talk, silent.stream)?;
        talk.head(stalled.stream, &[(":status", "200")], false)?;
        talk.data(stalled.stream, b"x", false)?;
        // A body that does not fit into its window.
        let sent = next_after_cancel(talk, stalled.stream)?;
        assert_eq!(talk.reset_of(sent.stream)?, CANCEL);
        Ok(())
    });
    let context = context();
    let mut timeouts = Timeouts::new();
    let limit = Some(Duration::from_millis(100));
    timeouts.set_headers(limit).unwrap();
    timeouts.set_idle_read(limit).unwrap();
    timeouts.set_send(limit).unwrap();
    for phase in [Phase::ReadingHead, Phase::ReadingBody, Phase::Sending] {
        let mut limited = match phase {
            Phase::Sending => post(&context, &peer.url("/")),
            _ => request(&context, &peer.url("/")),
        };
        limited.set_timeouts(Some(timeouts)).unwrap();
        if phase == Phase::Sending {
            write_body(&mut limited, vec![1; 1 << 20]);
        }
        let result = limited
            .get_response()
            .and_then(|response| response.into_string());
        let error = check_status(result, Status::Timeout);
        assert_eq!(error.phase(), phase, "{error}");
    }
    assert_eq!(peer.connections_opened(), 1);
}

/// A body that nobody reads stops at the window of its stream, and others go on; what is read makes
/// room.
#[test]
fn windows_open_as_the_user_reads() {
    const WINDOW: usize = 100_000;
    const BODY: usize = 5 * WINDOW;
    let stalled = Arc::new(Signal::default());
    let stalling = Arc::clone(&stalled);
    let peer = peer(&[], move |talk| {
        let slow = talk.request()?;
        talk.head(slow.stream, &[(":status", "200")], false)?;
        // What the client's SETTINGS allow, which came before its request.
        assert_eq!(talk.window(slow.stream), WINDOW as i64);
        talk.data_in_windows(slow.stream, &[1; WINDOW], false)?;
        stalling.raise();
        let other = talk.request()?;
        assert_eq!(talk.window(slow.stream), 0, "opened although nobody read");
        talk.respond(other.stream, "200", b"other")?;
        talk.data_in_windows(slow.stream, &[2; BODY - WINDOW], true)
    });
    let context = context();
    let mut slow = request(&context, &peer.url("/slow"));
    let point = slow.service_point().unwrap();
    point.set_http2_stream_window(WINDOW as u32).unwrap();
    let response = slow.get_response().unwrap();
    assert!(stalled.wait(Duration::from_secs(20)));
    assert_eq!(get(&context, &peer.url("/other")).unwrap(), "other");
    let body = response.into_bytes().unwrap();
    assert_eq!(body.len(), BODY);
    assert!(body[..WINDOW].iter().all(|byte| *byte == 1));
    assert!(body[WINDOW..].iter().all(|byte| *byte == 2));
    assert_eq!(peer.connections_opened(), 1);
}
