//! Faults, read byte by byte by a raw client, over http and https.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
use system_net_http_listener::{Fault, Faults, HttpListener, TestListener};

use crate::support::{Answer, Client, answer_with, connect};
use crate::tls::tls_client;

/// A client of either kind.
enum Raw {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Raw {
    fn new(listener: &TestListener) -> Self {
        match listener.ca() {
            None => Self::Plain(connect(&listener.url(""))),
            Some(ca) => Self::Tls(Box::new(
                tls_client(&listener.url(""), ca, "localhost").into_inner(),
            )),
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref(),
        }
    }
}

impl Read for Raw {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buf),
            Self::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Raw {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(buf),
            Self::Tls(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// How the bytes of an answer ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed,
    /// Over TLS, without its farewell.
    Cut,
    Reset,
}

/// Asks, and reads to the end of the connection.
fn read(listener: &TestListener, path: &str) -> (String, End) {
    let mut raw = Raw::new(listener);
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    raw.write_all(request.as_bytes()).unwrap();
    raw.flush().unwrap();
    let mut got = Vec::new();
    let mut block = [0; 1024];
    let end = loop {
        match raw.read(&mut block) {
            Ok(0) => break End::Closed,
            Ok(read) => got.extend_from_slice(&block[..read]),
            Err(error) => match error.kind() {
                ErrorKind::UnexpectedEof => break End::Cut,
                ErrorKind::ConnectionReset => break End::Reset,
                kind => panic!("{kind:?}: {error}"),
            },
        }
    };
    (String::from_utf8(got).unwrap(), end)
}

const BODY: &str = "0123456789";

/// Both kinds of listeners, with an answer of ten bytes for each path.
fn with_both(test: impl Fn(&TestListener, &Faults)) {
    for secure in [false, true] {
        let listener = match secure {
            false => HttpListener::test_http().unwrap(),
            true => HttpListener::test_https().unwrap(),
        };
        let faults = Faults::new();
        listener.set_faults(Some(faults.clone()));
        answer_with(&listener, |mut context| {
            // What comes of it is what the test looks at.
            let _ = context.response_mut().close_with(BODY);
        });
        assert_eq!(answer(&listener).text(), BODY);
        assert_eq!(faults.touched(), 0);
        test(&listener, &faults);
    }
}

fn answer(listener: &TestListener) -> Answer {
    Client::over(Raw::new(listener)).get("/plain")
}

/// The head of the answers, as they are without faults.
fn head(listener: &TestListener) -> String {
    format!("{}\r\n\r\n", answer(listener).head)
}

#[test]
fn answers_that_break_off() {
    with_both(|listener, faults| {
        let length = head(listener).len() as u64 + 4;
        faults.add("/cut", Fault::Cut { after: length });
        faults.add("/cut-in-head", Fault::Cut { after: 9 });
        faults.add("/nothing", Fault::Cut { after: 0 });
        faults.add("/reset", Fault::Reset { after: 0 });
        let closed = match listener.ca() {
            None => End::Closed,
            Some(_) => End::Cut,
        };
        let (got, end) = read(listener, "/cut");
        assert!(got.ends_with("\r\n\r\n0123"), "{got}");
        assert_eq!(end, closed);
        let (got, end) = read(listener, "/cut-in-head?x");
        assert_eq!((&*got, end), ("HTTP/1.1 ", closed));
        assert_eq!(read(listener, "/nothing").0, "");
        let reset = read(listener, "/reset");
        assert_eq!(reset, (String::new(), End::Reset));
        assert_eq!(faults.touched(), 4);
    });
}

#[test]
fn answers_that_stall() {
    with_both(|listener, faults| {
        let timeouts = listener.timeout_manager();
        timeouts.set_min_send_bytes_per_second(0).unwrap();
        let length = head(listener).len() as u64 + 3;
        faults.add("/stall", Fault::Stall { after: length });
        let mut raw = Raw::new(listener);
        raw.write_all(b"GET /stall HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        raw.flush().unwrap();
        let mut got = vec![0; usize::try_from(length).unwrap()];
        raw.read_exact(&mut got).unwrap();
        assert!(got.ends_with(b"\r\n\r\n012"), "{}", got.escape_ascii());
        let short = Some(Duration::from_millis(300));
        raw.socket().set_read_timeout(short).unwrap();
        let silence = raw.read(&mut [0; 8]).unwrap_err().kind();
        assert!(
            matches!(silence, ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "{silence:?}"
        );
        // Others are served meanwhile, and the end of the listener is the end of it.
        faults.add("/silent", Fault::Stall { after: 0 });
        let mut raw = Raw::new(listener);
        raw.write_all(b"GET /silent HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        raw.flush().unwrap();
        while faults.touched() < 2 {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(answer(listener).text(), BODY);
        listener.abort();
        let ended = raw.read(&mut [0; 8]);
        assert!(!matches!(ended, Ok(1..)), "{ended:?}");
    });
}

#[test]
fn answers_that_lie() {
    with_both(|listener, faults| {
        faults.add("/long", Fault::WrongLength { announced: 100 });
        faults.add("/short", Fault::WrongLength { announced: 4 });
        faults.add("/chunk", Fault::BadChunk);
        for (path, framing, body) in [
            ("/long", "\r\nContent-Length: 100\r\n\r\n", BODY),
            ("/short", "\r\nContent-Length: 4\r\n\r\n", BODY),
            (
                "/chunk",
                "\r\nTransfer-Encoding: chunked\r\n\r\n",
                "no size\r\n0123456789",
            ),
        ] {
            let (got, end) = read(listener, path);
            assert!(got.starts_with("HTTP/1.1 200 OK\r\n"), "{got}");
            assert!(got.ends_with(&format!("{framing}{body}")), "{path}: {got}");
            assert_eq!(
                got.matches("Content-Length").count(),
                usize::from(path != "/chunk")
            );
            assert_eq!(end, End::Closed, "{path}");
        }
    });
}

#[test]
fn answers_that_come_in_drops() {
    with_both(|listener, faults| {
        let total = head(listener).len() + BODY.len();
        let every = Duration::from_millis(20);
        faults.add("/drip", Fault::SlowDrip { bytes: 8, every });
        let mut raw = Raw::new(listener);
        let begun = Instant::now();
        raw.write_all(b"GET /drip HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        raw.flush().unwrap();
        let (mut got, mut block) = (Vec::new(), [0; 1024]);
        while got.len() < total {
            let read = raw.read(&mut block).unwrap();
            assert!(read > 0, "closed after {}", got.len());
            got.extend_from_slice(&block[..read]);
        }
        assert!(got.ends_with(BODY.as_bytes()));
        // The first piece comes at once.
        let pauses = (total - 1) / 8;
        assert!(
            begun.elapsed() >= every * pauses as u32,
            "{:?}",
            begun.elapsed()
        );
        // It was one answer alone; the connection goes on.
        let mut client = Client::over(raw);
        assert_eq!(client.get("/next").text(), BODY);
    });
}

/// By number of the request, over several connections and on one.
#[test]
fn faults_of_the_nth_request() {
    with_both(|listener, faults| {
        faults.add_nth("/x", 3, Fault::Cut { after: 0 });
        let mut client = Client::over(Raw::new(listener));
        assert_eq!(client.get("/x").text(), BODY);
        assert_eq!(client.get("/y").text(), BODY);
        assert_eq!(Client::over(Raw::new(listener)).get("/x").text(), BODY);
        // Pipelined behind one that is answered whole.
        client
            .request("GET /y", &[], "")
            .request("GET /x", &[], "")
            .request("GET /y", &[], "");
        assert_eq!(client.answer().text(), BODY);
        client.expect_closed();
        assert_eq!(Client::over(Raw::new(listener)).get("/x").text(), BODY);
        assert_eq!(faults.touched(), 1);
    });
}
