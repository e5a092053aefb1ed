//! The access log of requests over HTTP/2: a line for each stream, with its own bytes.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::mpsc;

use system_net_http_listener::{AuthenticationSchemes, HttpListener, TestListener};
use system_net_testkit::frame;

use super::peer::{END, Peer, code, head};
use crate::access_log::{Row, logged, rows};
use crate::support::{HANG, answering};

const HEADERS_ONLY: u8 = frame::END_HEADERS;

/// The lines by their paths; each has one.
fn by_path(rows: Vec<Row>) -> HashMap<String, Row> {
    let count = rows.len();
    let by_path: HashMap<_, _> = rows
        .into_iter()
        .map(|row| (row["cs-uri-stem"].clone(), row))
        .collect();
    assert_eq!(by_path.len(), count);
    by_path
}

/// Version, status, reason, and the bytes of the bodies both ways.
fn told(row: &Row) -> [&str; 5] {
    [
        "cs-version",
        "sc-status",
        "s-reason",
        "cs-bytes",
        "sc-bytes",
    ]
    .map(|name| &*row[name])
}

fn service() -> TestListener {
    answering(|mut context| {
        let path = context.request().raw_url().to_owned();
        match &*path {
            "/drop" => drop(context),
            "/abort" => context.response_mut().abort(),
            "/half" => {
                let mut stream = context.response_mut().output_stream().unwrap();
                stream.write_all(b"12345").unwrap();
                drop(stream);
            }
            "/streamed" => {
                let mut stream = context.response_mut().output_stream().unwrap();
                stream.write_all(&[b'x'; 40_000]).unwrap();
                stream.write_all(&[b'y'; 2]).unwrap();
                stream.close().unwrap();
            }
            "/panic" => {
                let panicked = std::thread::spawn(move || {
                    let _context = context;
                    panic!("on purpose");
                });
                assert!(panicked.join().is_err());
            }
            _ => {
                let mut body = Vec::new();
                let mut input = context.request().input_stream();
                input.read_to_end(&mut body).unwrap();
                context.response_mut().close_with(body).unwrap();
            }
        }
    })
}

#[test]
fn each_stream_has_its_line() {
    let listener = service();
    let (log, lines) = logged(&listener, Default::default());
    let mut peer = Peer::new(&listener.url(""));
    let fields = [("user-agent", "by hand"), ("referer", "http://u:p@h/r?q")];
    peer.head(1, HEADERS_ONLY, &head("POST", "/echo?a=1", &fields))
        .data(1, b"hello", false)
        .data(1, b" you", true);
    assert_eq!(peer.reply(1).text(), "hello you");
    for (stream, path) in [(3, "/drop"), (5, "/abort"), (7, "/half"), (9, "/panic")] {
        peer.get(stream, path);
        peer.reply(stream);
    }
    peer.get(11, "/streamed");
    assert_eq!(peer.reply(11).body.len(), 40_002);
    peer.head(13, END, &head("HEAD", "/head", &[]));
    assert_eq!(peer.reply(13).status(), 200);
    // The listener's own answers.
    let mut unknown = head("GET", "/ftp", &[]);
    unknown[1].1 = "ftp";
    peer.head(15, END, &unknown);
    assert_eq!(peer.reply(15).status(), 400);
    peer.head(17, END, &head("GET", "/bad", &[("x", " a")]));
    assert_eq!(peer.reply(17).reset, Some(code::PROTOCOL));
    // One that `h2` refuses by itself has none.
    peer.head(19, END, &head("GET", "/none", &[("connection", "close")]));
    assert_eq!(peer.reply(19).reset, Some(code::PROTOCOL));
    let mut rows = rows(&log, &lines, 9);
    // A request that is none has no path: one that was answered, one that was not.
    let no_path = |row: &Row| row["cs-uri-stem"] == "-";
    let mut broken: Vec<_> = rows.iter().filter(|row| no_path(row)).map(told).collect();
    broken.sort();
    let expected = [
        ["-", "-", "Aborted", "0", "0"],
        ["-", "400", "BadRequest", "0", "16"],
    ];
    assert_eq!(broken, expected);
    rows.retain(|row| !no_path(row));
    let rows = by_path(rows);
    for (path, expected) in [
        ("/echo", ["HTTP/2.0", "200", "-", "9", "9"]),
        ("/drop", ["HTTP/2.0", "-", "Unanswered", "0", "0"]),
        ("/abort", ["HTTP/2.0", "-", "Aborted", "0", "0"]),
        ("/half", ["HTTP/2.0", "200", "Aborted", "0", "5"]),
        ("/panic", ["HTTP/2.0", "500", "Failed", "0", "26"]),
        ("/streamed", ["HTTP/2.0", "200", "-", "0", "40002"]),
        ("/head", ["HTTP/2.0", "200", "-", "0", "0"]),
    ] {
        assert_eq!(told(&rows[path]), expected, "{path}");
    }
    let echo = &rows["/echo"];
    assert_eq!(echo["cs-uri-query"], "a=1");
    assert_eq!(echo["cs-host"], "localhost");
    assert_eq!(echo["cs(User-Agent)"], "by+hand");
    assert_eq!(echo["cs(Referer)"], "http://h/r?q");
}

/// Those that run when their connection ends have a line each, with what was sent by then; and a whole
/// body that the client does not take counts what it took.
#[test]
fn streams_that_are_cut_have_their_lines() {
    let (sender, contexts) = mpsc::channel();
    let listener = HttpListener::test_http().unwrap();
    let (log, lines) = logged(&listener, Default::default());
    let taking = listener.listener().clone();
    std::thread::spawn(move || {
        while let Ok(mut context) = taking.get_context() {
            match context.request().raw_url() {
                "/whole" => context.response_mut().close_with(vec![0; 100]).unwrap(),
                _ => sender.send(context).unwrap(),
            }
        }
    });
    let mut peer = Peer::silent(&listener.url(""));
    peer.answers = false;
    // A window of ten bytes for each stream.
    peer.begin_with(&[(4, 10)])
        .get(1, "/waits")
        .get(3, "/whole")
        .get(5, "/cancelled");
    peer.until(3, 1, 10);
    let held: Vec<_> = (0..2)
        .map(|_| contexts.recv_timeout(HANG).unwrap())
        .collect();
    peer.reset(5, code::CANCEL);
    peer.ping();
    drop(peer);
    let gone = |row: &Row| row["s-reason"] == "Aborted";
    // The others go with their contexts.
    drop(held);
    listener.drain().unwrap();
    let rows = rows(&log, &lines, 3);
    let whole = by_path(rows).remove("/whole").unwrap();
    assert!(gone(&whole));
    assert_eq!(told(&whole), ["HTTP/2.0", "200", "Aborted", "0", "10"]);
}

#[test]
fn users_and_hosts_are_logged() {
    let listener = service();
    listener.set_authentication_schemes(AuthenticationSchemes::BASIC);
    let (log, lines) = logged(&listener, Default::default());
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/a");
    assert_eq!(peer.reply(1).status(), 401);
    // "joe:secret"
    let login = [("authorization", "Basic am9lOnNlY3JldA==")];
    peer.head(3, END, &head("GET", "/b", &login));
    assert_eq!(peer.reply(3).status(), 200);
    let users = by_path(rows(&log, &lines, 2));
    let of = |path: &str| (&*users[path]["cs-username"], &*users[path]["s-reason"]);
    assert_eq!(of("/a"), ("-", "Login"));
    assert_eq!(of("/b"), ("joe", "-"));

    // A host that no prefix has, by both versions.
    let listener = HttpListener::new_in(&system_net_config::NetContext::new());
    listener.prefixes().add("http://example.org:0/").unwrap();
    listener.start().unwrap();
    let (log, lines) = logged(&listener, Default::default());
    let port = listener.local_endpoints().unwrap()[0].port();
    let url = format!("http://127.0.0.1:{port}/");
    let mut peer = Peer::new(&url);
    peer.get(1, "/two");
    assert_eq!(peer.reply(1).status(), 400);
    assert_eq!(crate::support::Client::to(&url).get("/one").status(), 400);
    let rows = by_path(rows(&log, &lines, 2));
    for path in ["/one", "/two"] {
        assert_eq!(told(&rows[path])[1..3], ["400", "Hostname"], "{path}");
    }
}
