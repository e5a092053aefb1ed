//! Which connections speak HTTP/2, how they end, and the ways to take a request.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_http_listener::{
    HttpListener, HttpListenerContext, HttpListenerError, HttpListenerErrorKind as Kind,
    HttpListenerHttp2Options, TestListener,
};
use system_net_primitives::HttpVersion;

use super::peer::{End, Peer, code, head};
use crate::support::{Client, HANG, answer_with, answering};
use crate::tls::tls_stream;

fn version(mut context: HttpListenerContext) {
    let version = context.request().protocol_version().to_string();
    context.response_mut().close_with(version).unwrap();
}

#[test]
fn alpn_decides() {
    let listener = HttpListener::test_https().unwrap();
    answer_with(&listener, |mut context| {
        let request = context.request();
        assert!(request.is_secure_connection());
        assert!(
            request
                .url()
                .unwrap()
                .absolute_uri()
                .starts_with("https://localhost")
        );
        let alpn = request.tls().unwrap().alpn.clone().unwrap_or_default();
        let version = request.protocol_version();
        let text = format!("{} {version}", String::from_utf8(alpn).unwrap());
        context.response_mut().close_with(text).unwrap();
    });
    let url = listener.url("");
    let ca = listener.ca().unwrap();
    let mut peer = Peer::over(tls_stream(&url, ca, &["http/1.1", "h2"]));
    peer.begin().get(1, "/");
    assert_eq!(peer.reply(1).text(), "h2 2.0");
    let mut client = Client::over(tls_stream(&url, ca, &["http/1.1"]));
    assert_eq!(client.get("/").text(), "http/1.1 1.1");
    let mut client = Client::over(tls_stream(&url, ca, &[]));
    assert_eq!(client.get("/").text(), " 1.1");
    // RFC 9113 section 3.3: prior knowledge is for clear text.
    let mut client = Client::over(tls_stream(&url, ca, &[]));
    client.send(super::peer::PREFACE);
    assert_eq!(client.answer().status(), 505);
    let off = HttpListenerHttp2Options {
        enabled: false,
        ..Default::default()
    };
    listener.set_http2(off).unwrap();
    let mut client = Client::over(tls_stream(&url, ca, &["h2", "http/1.1"]));
    assert_eq!(client.get("/").text(), "http/1.1 1.1");
}

#[test]
fn clear_text_by_prior_knowledge() {
    let listener = answering(version);
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/");
    assert_eq!(peer.reply(1).text(), "2.0");
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").text(), "1.1");
    // Only as the first thing said.
    client.send(super::peer::PREFACE);
    assert_eq!(client.answer().status(), 505);
    // In pieces.
    let mut peer = Peer::silent(&listener.url(""));
    for byte in super::peer::PREFACE {
        peer.send(&[*byte]);
    }
    peer.send(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).get(1, "/");
    assert_eq!(peer.reply(1).text(), "2.0");
    for off in [
        HttpListenerHttp2Options {
            enabled: false,
            ..Default::default()
        },
        HttpListenerHttp2Options {
            clear_text: false,
            ..Default::default()
        },
    ] {
        listener.set_http2(off).unwrap();
        assert_eq!(listener.http2(), off);
        let mut client = Client::new(&listener);
        client.send(super::peer::PREFACE);
        assert_eq!(client.answer().status(), 505);
    }
    for bad in [
        HttpListenerHttp2Options {
            streams: 0,
            ..Default::default()
        },
        HttpListenerHttp2Options {
            stream_window: 65_534,
            ..Default::default()
        },
        HttpListenerHttp2Options {
            connection_window: 1 << 31,
            ..Default::default()
        },
    ] {
        assert_eq!(listener.set_http2(bad).unwrap_err().kind(), Kind::Misuse);
    }
}

/// RFC 9113 section 3.1: "The h2c string was previously used [...] deprecated": such a request is
/// one of HTTP/1.1.
#[test]
fn upgrade_to_h2c_is_not_answered() {
    let listener = answering(version);
    let mut client = Client::new(&listener);
    let fields = [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABk",
    ];
    client.request("GET /", &fields, "");
    let answer = client.answer();
    assert_eq!((answer.status(), answer.text()), (200, "1.1"));
}

#[test]
fn requests_are_taken_in_every_way() {
    let listener = HttpListener::test_http().unwrap();
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/1").get(3, "/2").get(5, "/3");
    let mut contexts = vec![listener.get_context().unwrap()];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    contexts.push(runtime.block_on(listener.get_context_async()).unwrap());
    let begun = listener.begin_get_context(None, None).unwrap();
    contexts.push(listener.end_get_context(&begun).unwrap());
    let mut ids: Vec<_> = contexts
        .iter()
        .map(|context| context.request().request_trace_identifier())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    // The last one first: they do not wait for each other.
    for (context, stream) in contexts.iter_mut().rev().zip([5, 3, 1]) {
        let path = context.request().raw_url().to_owned();
        assert_eq!(path, format!("/{}", stream / 2 + 1));
        context.response_mut().close_with(path.clone()).unwrap();
        assert_eq!(peer.reply(stream).text(), path);
    }
}

fn serving<F>(
    runtime: &tokio::runtime::Runtime,
    handler: impl Fn(HttpListenerContext) -> F + Send + Sync + 'static,
) -> TestListener
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TestListener::http().unwrap();
    let served = listener.listener().clone();
    runtime.spawn(async move { served.serve(handler).await });
    listener
}

/// Handlers that answer at once, that wait, that block their thread (which they should not), and that
/// do not answer, on runtimes with one thread and with two.
#[test]
fn handlers_run_beside_each_other() {
    for threads in [1, 2] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .unwrap();
        let (release, waits) = tokio::sync::watch::channel(false);
        let listener = serving(&runtime, move |mut context| {
            let mut waits = waits.clone();
            async move {
                match context.request().raw_url() {
                    "/waits" => {
                        waits.wait_for(|release| *release).await.unwrap();
                        context.response_mut().close_with("waited").unwrap();
                    }
                    "/blocks" => {
                        let mut body = Vec::new();
                        context
                            .request()
                            .input_stream()
                            .read_to_end(&mut body)
                            .unwrap();
                        let mut stream = context.response_mut().output_stream().unwrap();
                        stream.write_all(&body.repeat(20_000)).unwrap();
                        stream.close().unwrap();
                    }
                    "/panics" => panic!("a test of what becomes of that"),
                    "/panics-late" => {
                        let mut stream = context.response_mut().output_stream().unwrap();
                        stream.write_all(b"x").unwrap();
                        panic!("a test of what becomes of that");
                    }
                    "/forgets" => {}
                    "/aborts" => context.response_mut().abort(),
                    _ => context.response_mut().close_with("at once").unwrap(),
                }
            }
        });
        let mut peer = Peer::new(&listener.url(""));
        peer.get(1, "/waits").get(3, "/at-once");
        assert_eq!(peer.reply(3).text(), "at once");
        peer.head(5, 4, &head("POST", "/blocks", &[]));
        peer.ping();
        peer.data(5, b"hello", true);
        assert_eq!(peer.reply(5).body.len(), 100_000);
        peer.get(7, "/panics")
            .get(9, "/panics-late")
            .get(11, "/forgets")
            .get(13, "/aborts");
        assert_eq!(peer.reply(7).status(), 500);
        let late = peer.reply(9);
        assert_eq!((late.ended, late.reset), (false, Some(code::INTERNAL)));
        assert_eq!(peer.reply(11).reset, Some(code::INTERNAL));
        assert_eq!(peer.reply(13).reset, Some(code::CANCEL));
        release.send(true).unwrap();
        assert_eq!(peer.reply(1).text(), "waited");
        peer.get(15, "/last");
        assert_eq!(peer.reply(15).text(), "at once");
    }
}

#[test]
fn handlers_on_threads() {
    let listener = TestListener::http().unwrap();
    let served = listener.listener().clone();
    let serving = std::thread::spawn(move || {
        served.serve_blocking(|mut context: HttpListenerContext| {
            assert_ne!(
                context.request().raw_url(),
                "/panics",
                "a test of what becomes of that"
            );
            let mut body = Vec::new();
            context
                .request()
                .input_stream()
                .read_to_end(&mut body)
                .unwrap();
            context.response_mut().close_with(body).unwrap();
        })
    });
    let mut peer = Peer::new(&listener.url(""));
    peer.head(1, 4, &head("POST", "/", &[]));
    peer.head(3, 4, &head("POST", "/", &[]));
    peer.get(5, "/panics");
    assert_eq!(peer.reply(5).status(), 500);
    peer.data(3, b"three", true).data(1, b"one", true);
    assert_eq!(
        (peer.reply(1).text(), peer.reply(3).text()),
        ("one", "three")
    );
    listener.stop().unwrap();
    serving.join().unwrap().unwrap();
    assert_eq!(peer.end(), End::GoAway(code::NO_ERROR));
}

#[test]
fn stop_lets_finish_what_runs() {
    let listener = HttpListener::test_http().unwrap();
    let mut idle = Peer::new(&listener.url(""));
    idle.ping();
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/taken").get(3, "/waits");
    let mut taken = listener.get_context().unwrap();
    peer.ping();
    listener.stop().unwrap();
    // What nobody took is refused; what runs goes on.
    assert_eq!(peer.reply(3).status(), 503);
    assert_eq!(idle.end(), End::GoAway(code::NO_ERROR));
    while peer.went.is_none() {
        peer.step().unwrap();
    }
    taken.response_mut().close_with("done").unwrap();
    assert_eq!(peer.reply(1).text(), "done");
    assert_eq!(peer.end(), End::GoAway(code::NO_ERROR));
    let (_, last) = peer.went.unwrap();
    assert_eq!(last, 3);
    listener.drain().unwrap();
}

#[test]
fn abort_ends_connections() {
    let listener = HttpListener::test_http().unwrap();
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/");
    let mut context = listener.get_context().unwrap();
    listener.abort();
    peer.end();
    let error = context.response_mut().close_with("late").unwrap_err();
    assert_eq!(error.kind(), Kind::Misuse, "{error}");
}

/// A client that has the whole answer may go before it is closed; who goes on writing hears that the
/// connection is lost.
#[test]
fn clients_may_go_when_they_have_all() {
    for ignored in [false, true] {
        let listener = HttpListener::test_http().unwrap();
        listener.set_ignore_write_exceptions(ignored);
        let mut peer = Peer::new(&listener.url(""));
        peer.get(1, "/whole").get(3, "/on");
        let mut contexts: Vec<_> = (0..2).map(|_| listener.get_context().unwrap()).collect();
        let mut begin = |length: Option<u64>| {
            let mut context = contexts.remove(0);
            let response = context.response_mut();
            if let Some(length) = length {
                response.set_content_length64(length).unwrap();
            }
            let mut stream = response.output_stream().unwrap();
            stream.write_all(b"hello").unwrap();
            (context, stream)
        };
        let (_whole, whole) = begin(Some(5));
        let (_on, mut on) = begin(None);
        assert_eq!(peer.reply(1).text(), "hello");
        drop(peer);
        if ignored {
            on.write_all(&[0; 1 << 20]).unwrap();
            on.close().unwrap();
        } else {
            // Until the listener has heard that the client is gone.
            let error = loop {
                if let Err(error) = on.write_all(b"more").and_then(|()| on.flush()) {
                    break error;
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            let error = error.into_inner().unwrap();
            let error = error.downcast::<HttpListenerError>().unwrap();
            assert_eq!(error.kind(), Kind::ConnectionLost, "{error}");
            let error = on.close().unwrap_err();
            assert_eq!(error.kind(), Kind::ConnectionLost, "{error}");
        }
        whole.close().unwrap();
        listener.drain().unwrap();
    }
}

#[test]
fn a_response_may_end_the_connection() {
    let listener = answering(|mut context| {
        let last = context.request().raw_url() == "/last";
        context.response_mut().set_keep_alive(!last).unwrap();
        context.response_mut().close_with("ok").unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/");
    assert_eq!(peer.reply(1).text(), "ok");
    peer.get(3, "/last");
    assert_eq!(peer.reply(3).text(), "ok");
    assert_eq!(peer.end(), End::GoAway(code::NO_ERROR));
}

#[test]
fn idle_connections_and_silent_ones_end() {
    let listener = answering(version);
    let timeouts = listener.timeout_manager();
    timeouts.set_idle_connection(Duration::from_millis(100));
    timeouts.set_header_wait(Duration::from_millis(100));
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/");
    assert_eq!(peer.reply(1).text(), "2.0");
    assert_eq!(peer.end(), End::GoAway(code::NO_ERROR));
    // No request at all; no SETTINGS; not even the whole preface.
    let mut peer = Peer::new(&listener.url(""));
    assert_eq!(peer.end(), End::GoAway(code::NO_ERROR));
    let mut peer = Peer::silent(&listener.url(""));
    peer.send(super::peer::PREFACE);
    assert_eq!(peer.end(), End::GoAway(code::NO_ERROR));
    let mut peer = Peer::silent(&listener.url(""));
    peer.send(&super::peer::PREFACE[..20]);
    assert_eq!(peer.end(), End::Closed);
}

#[test]
fn the_queue_has_a_limit_and_patience() {
    let listener = HttpListener::test_http().unwrap();
    let mut limits = listener.limits();
    limits.request_queue = 2;
    listener.set_limits(limits);
    listener
        .timeout_manager()
        .set_request_queue(Duration::from_millis(200));
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/1").get(3, "/2").get(5, "/3");
    assert_eq!(peer.reply(5).status(), 503);
    assert_eq!(peer.reply(1).status(), 503);
    assert_eq!(peer.reply(3).status(), 503);
    peer.get(7, "/4");
    let mut context = listener.get_context().unwrap();
    assert_eq!(context.request().raw_url(), "/4");
    context.response_mut().close_with("in time").unwrap();
    assert_eq!(peer.reply(7).text(), "in time");
}

#[test]
fn unknown_prefixes_are_404_and_unknown_hosts_400() {
    let listener = HttpListener::new_in(&system_net_config::NetContext::new());
    listener
        .prefixes()
        .add("http://example.org:0/app/")
        .unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoints().unwrap()[0].port();
    let mut peer = Peer::new(&format!("http://127.0.0.1:{port}/"));
    let fields = |host, path| {
        let mut fields = head("GET", path, &[]);
        fields[2].1 = host;
        fields
    };
    peer.head(1, 5, &fields("example.org", "/other"))
        .head(3, 5, &fields("example.org", "/app/x"))
        .head(5, 5, &fields("other", "/app/x"));
    assert_eq!(peer.reply(1).status(), 404);
    // The stream alone.
    let unknown = peer.reply(5);
    assert_eq!(unknown.status(), 400);
    assert_eq!(unknown.text(), "400 Bad Request - Invalid Hostname\n");
    let mut context = listener.get_context().unwrap();
    context.response_mut().close_with("ok").unwrap();
    assert_eq!(peer.reply(3).status(), 200);
}

/// A context answered on another runtime, whose own runtime is gone, and one given away.
#[test]
fn contexts_travel() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = TestListener::http().unwrap();
    let served = listener.listener().clone();
    let (sender, contexts) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        let sender = Arc::new(Mutex::new(sender));
        runtime.block_on(async {
            let handler = move |context: HttpListenerContext| {
                sender.lock().unwrap().send(context).unwrap();
                async {}
            };
            tokio::select! {
                _ = served.serve(handler) => {}
                _ = stopped => {}
            }
        });
    });
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/").get(3, "/").get(5, "/");
    let mut first: HttpListenerContext = contexts.recv_timeout(HANG).unwrap();
    assert_eq!(first.request().protocol_version(), HttpVersion::VERSION20);
    first.response_mut().close_with("elsewhere").unwrap();
    assert_eq!(peer.reply(1).text(), "elsewhere");
    drop(contexts.recv_timeout(HANG).unwrap());
    assert_eq!(peer.reply(3).reset, Some(code::INTERNAL));
    let mut third = contexts.recv_timeout(HANG).unwrap();
    stop.send(()).unwrap();
    serving.join().unwrap();
    peer.end();
    third.response_mut().close_with("too late").unwrap_err();
}
