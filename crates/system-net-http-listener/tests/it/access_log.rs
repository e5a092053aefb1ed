//! The access log, read by a reader of its own.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use system_net_http_listener::{
    AccessLog, AccessLogField, AccessLogFormat, AccessLogOptions, AccessLogRotation,
    AuthenticationSchemes, HttpListener, HttpListenerLimits, RateLimit, TestListener,
};
use system_net_primitives::{Clock, FakeClock};

use crate::support::{Client, HANG, answering, connect};
use crate::tls::tls_client;

/// Lines that went to a writer.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

pub(crate) type Row = HashMap<String, String>;

/// Reads the W3C format by its own directives.
fn w3c(text: &str) -> Vec<Row> {
    let mut names: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    for line in text.lines() {
        if let Some(fields) = line.strip_prefix("#Fields: ") {
            names = fields.split(' ').collect();
        } else if !line.starts_with('#') {
            let values: Vec<&str> = line.split(' ').collect();
            assert_eq!(values.len(), names.len(), "{line}");
            let own = |text: &&str| (*text).to_owned();
            rows.push(names.iter().map(own).zip(values.iter().map(own)).collect());
        }
    }
    rows
}

pub(crate) fn logged(listener: &HttpListener, options: AccessLogOptions) -> (AccessLog, Lines) {
    let lines = Lines::default();
    let log = AccessLog::to_writer(lines.clone(), options).unwrap();
    listener.set_access_log(Some(log.clone()));
    (log, lines)
}

/// Waits until so many lines are there: the line of a request comes when its answer is written, which its
/// client may see before.
#[track_caller]
pub(crate) fn rows(log: &AccessLog, lines: &Lines, count: usize) -> Vec<Row> {
    for _ in 0..HANG.as_millis() / 5 {
        log.flush().unwrap();
        let rows = w3c(&lines.text());
        if rows.len() >= count {
            assert_eq!(rows.len(), count, "{}", lines.text());
            return rows;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{count} lines did not come: {}", lines.text());
}

/// Answers with the path; `/drop`, `/abort`, `/cut` and `/panic` do not.
fn service() -> TestListener {
    answering(|mut context| {
        let path = context.request().raw_url().to_owned();
        match path.split('?').next().unwrap() {
            "/drop" => drop(context),
            "/abort" => context.response_mut().abort(),
            "/cut" => {
                let response = context.response_mut();
                response.set_content_length64(10_000).unwrap();
                let mut stream = response.output_stream().unwrap();
                stream.write_all(b"0123456789").unwrap();
            }
            "/panic" => {
                let panicked = thread::spawn(move || {
                    let _context = context;
                    panic!("on purpose");
                });
                assert!(panicked.join().is_err());
            }
            _ => context.response_mut().close_with(path).unwrap(),
        }
    })
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n")
}

/// F03-26: the duties of HTTP.sys. Connections above the limit are refused or wait, as set; responses go out
/// as fast as they may; each request has its line, however it ended.
#[test]
fn listener_limits() {
    let listener = service();
    let (log, lines) = logged(&listener, AccessLogOptions::default());
    manage_connections(&listener);
    // However a request ends.
    let alone = |request: &str| {
        let mut client = Client::new(&listener);
        client.send(request);
        client.rest().len()
    };
    for path in ["/drop", "/abort", "/cut", "/panic"] {
        alone(&get(path));
    }
    alone("BROKEN\r\n\r\n");
    alone("GET /half HTTP/1.1\r\nBroken Field: x\r\n\r\n");
    let mut unfinished = Client::new(&listener);
    unfinished.send("GET /unfinished HT").end_sending();
    unfinished.rest();
    let times = listener.timeout_manager();
    let before = times.header_wait();
    times.set_header_wait(Duration::from_millis(50));
    alone("GET /slow HT");
    times.set_header_wait(before);
    let all = rows(&log, &lines, 12);
    for (method, path, status, reason) in [
        ("GET", "/first", "200", "-"),
        ("-", "-", "503", "Connections"),
        ("GET", "/second", "200", "-"),
        ("GET", "/waits", "200", "-"),
        ("GET", "/drop", "-", "Unanswered"),
        ("GET", "/abort", "-", "Aborted"),
        ("GET", "/cut", "200", "Aborted"),
        ("GET", "/panic", "500", "Failed"),
        ("-", "-", "-", "HeaderWait"),
    ] {
        let found = all.iter().filter(|row| {
            row["cs-method"] == method
                && row["cs-uri-stem"] == path
                && row["sc-status"] == status
                && row["s-reason"] == reason
        });
        assert_eq!(found.count(), 1, "{path} {reason}: {}", lines.text());
    }
    let bad = all.iter().filter(|row| row["sc-status"] == "400");
    assert!(bad.count() >= 2, "{}", lines.text());

    // What went over the wire is what the log says.
    let cut = all.iter().find(|row| row["cs-uri-stem"] == "/cut").unwrap();
    assert_eq!(cut["cs-bytes"], get("/cut").len().to_string());
    let mut client = Client::new(&listener);
    client.send(get("/size")).end_sending();
    let answer = client.rest().len();
    let sized = rows(&log, &lines, 13).pop().unwrap();
    assert_eq!(sized["sc-bytes"], answer.to_string(), "{sized:?}");
    assert_eq!(sized["cs-bytes"], get("/size").len().to_string());
    assert_eq!(
        (&*sized["cs-host"], &*sized["cs-version"]),
        ("h", "HTTP/1.1")
    );
    throttle();
}

/// One connection above the limit gets 503, or waits.
fn manage_connections(listener: &TestListener) {
    let before = listener.limits();
    let limits = HttpListenerLimits {
        connections: 1,
        ..before
    };
    listener.set_limits(limits);
    let mut first = Client::new(listener);
    assert_eq!(first.get("/first?x=1").text(), "/first?x=1");
    let mut refused = Client::new(listener);
    assert_eq!(refused.request("GET /r", &[], "").answer().status(), 503);
    refused.expect_closed();
    listener.set_limits(HttpListenerLimits {
        wait_for_connection: true,
        ..limits
    });
    let mut waiting = Client::new(listener);
    waiting.request("GET /waits", &[], "");
    assert_eq!(first.get("/second").text(), "/second");
    drop(first);
    assert_eq!(waiting.answer().text(), "/waits");
    listener.set_limits(before);
}

/// Bytes by a clock that is moved by hand.
fn throttle() {
    const RATE: u64 = 1 << 20;
    let clock = Arc::new(FakeClock::new());
    let begun = clock.now();
    let listener = answering(|mut context| {
        let body = vec![b'x'; 3 << 20];
        context.response_mut().close_with(body).unwrap();
    });
    let rate = NonZeroU64::new(RATE).unwrap();
    let limit = RateLimit::with_clock(rate, Arc::<FakeClock>::clone(&clock));
    listener.set_bandwidth_limit(Some(limit)).unwrap();
    let mut stream = connect(&listener.url(""));
    stream.write_all(get("/").as_bytes()).unwrap();
    let (mut got, mut block) = (0, vec![0; 65_536]);
    let passed = || (clock.now() - begun).as_millis() as u64;
    while got < 2 * RATE {
        let due = RATE * passed() / 1000 + RATE / 10;
        if got + RATE / 20 >= due {
            clock.advance(Duration::from_millis(50));
            continue;
        }
        got += stream.read(&mut block).unwrap() as u64;
        assert!(got <= due, "{got} of {due}");
    }
    assert!((1800..=2200).contains(&passed()), "{} ms", passed());
}

/// Nothing is lost on stop, and who waits for an answer does not wait for the log.
#[test]
fn nothing_is_lost_on_stop() {
    struct Held(Lines, mpsc::Receiver<()>);
    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Only the heading goes before the test lets it.
            if !bytes.starts_with(b"#") {
                let _ = self.1.recv_timeout(HANG);
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (lines, (go, held)) = (Lines::default(), mpsc::channel());
    let held = Held(lines.clone(), held);
    let log = AccessLog::to_writer(held, AccessLogOptions::default()).unwrap();
    let listener = service();
    listener.set_access_log(Some(log.clone()));
    thread::scope(|scope| {
        for client in 0..4 {
            let listener = &listener;
            scope.spawn(move || {
                let mut connection = Client::new(listener);
                for request in 0..250 {
                    let path = format!("/{client}/{request}");
                    assert_eq!(connection.get(&path).text(), path);
                }
            });
        }
    });
    assert_eq!(w3c(&lines.text()), [], "the log is held");
    drop(go);
    listener.drain().unwrap();
    let rows = w3c(&lines.text());
    assert_eq!(rows.len(), 1000);
    for client in 0..4 {
        let folder = format!("/{client}/");
        let of_client = rows
            .iter()
            .filter_map(|row| row["cs-uri-stem"].strip_prefix(&folder));
        let expected: Vec<String> = (0..250).map(|request| request.to_string()).collect();
        assert_eq!(of_client.collect::<Vec<_>>(), expected, "in their order");
    }
    assert_eq!(log.lost_lines(), 0);
}

/// Pipelined requests have each their line, with their own bytes.
#[test]
fn pipelined_requests_have_their_own_lines() {
    let listener = service();
    let (log, lines) = logged(&listener, AccessLogOptions::default());
    let mut client = Client::new(&listener);
    let requests = ["/a", "/b?longer", "/c"].map(get);
    client.send(requests.concat()).end_sending();
    let total = client.rest().len();
    let rows = rows(&log, &lines, 3);
    let number = |row: &Row, name: &str| row[name].parse::<usize>().unwrap();
    for (row, request) in rows.iter().zip(&requests) {
        assert_eq!(number(row, "cs-bytes"), request.len());
    }
    let sent: usize = rows.iter().map(|row| number(row, "sc-bytes")).sum();
    assert_eq!(sent, total);
    assert_eq!(rows[1]["cs-uri-query"], "longer");
    assert_eq!(rows[0]["cs-uri-query"], "-");
}

/// Whatever a client sends: no line of its own, no second field, and no secret.
#[test]
fn log_injection_and_secrets() {
    for format in [AccessLogFormat::W3c, AccessLogFormat::Json] {
        let listener = service();
        let options = AccessLogOptions {
            format,
            redact_query: true,
            ..AccessLogOptions::default()
        };
        let (log, lines) = logged(&listener, options);
        let mut client = Client::new(&listener);
        let fields = [
            "Authorization: Basic c2VjcmV0OnNlY3JldA==",
            "Proxy-Authorization: Bearer secret",
            "Cookie: session=secret",
            "User-Agent: x\t\"#Fields: time\" \u{9b}31m \u{2028}{\"a\":1}",
            "Referer: https://joe:secret@h/p?token=secret",
        ];
        client.request("GET /p%0d%0aq?token=secret&x=%22", &fields, "");
        assert_eq!(client.answer().status(), 200);
        client.send("GET http://joe:secret@h/absolute HTTP/1.1\r\nHost: h\r\n\r\n");
        client.answer();
        drop(client);
        listener.drain().unwrap();
        log.flush().unwrap();
        let text = lines.text();
        for secret in ["secret", "c2Vj", "joe"] {
            assert!(!text.contains(secret), "{text}");
        }
        let kept = text.contains("[redacted]") && text.contains("/p%0d%0aq");
        assert!(kept, "{text}");
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{2028}';
        assert!(!text.contains(harmful), "{text:?}");
        if format == AccessLogFormat::W3c {
            assert_eq!(w3c(&text).len(), 2, "{text}");
            continue;
        }
        let rows: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.len(), 2, "{text}");
        assert_eq!(rows[0]["status"], 200);
        assert_eq!(rows[0]["user"], serde_json::Value::Null);
        let agent = rows[0]["user_agent"].as_str().unwrap();
        assert!(agent.starts_with("x\t\"#Fields: time\" "), "{agent:?}");
    }
}

#[test]
fn users_are_logged_and_who_is_refused_too() {
    let listener = service();
    listener.set_authentication_schemes(AuthenticationSchemes::BASIC);
    let (log, lines) = logged(&listener, AccessLogOptions::default());
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").status(), 401);
    // "j oe:secret"
    client.request("GET /", &["Authorization: Basic aiBvZTpzZWNyZXQ="], "");
    assert_eq!(client.answer().status(), 200);
    drop(client);
    let rows = rows(&log, &lines, 2);
    let of = |row: &Row| (row["cs-username"].clone(), row["s-reason"].clone());
    assert_eq!(of(&rows[0]), ("-".to_owned(), "Login".to_owned()));
    assert_eq!(of(&rows[1]), ("j+oe".to_owned(), "-".to_owned()));
}

#[test]
fn plain_http_to_a_tls_port_has_its_line() {
    let listener = HttpListener::test_https().unwrap();
    let (log, lines) = logged(&listener, AccessLogOptions::default());
    let mut plain = Client::over(connect(&listener.url("")));
    assert_eq!(plain.request("GET /", &[], "").answer().status(), 400);
    plain.expect_closed();
    drop(plain);
    rows(&log, &lines, 1);
    let mut client = tls_client(&listener.url(""), listener.ca().unwrap(), "localhost");
    client.request("GET /tls", &[], "");
    let mut context = listener.get_context().unwrap();
    context.response_mut().close_with("x").unwrap();
    assert_eq!(client.answer().text(), "x");
    let rows = rows(&log, &lines, 2);
    let of = |row: &Row| (row["sc-status"].clone(), row["s-reason"].clone());
    assert_eq!(of(&rows[0]), ("400".to_owned(), "PlainHttp".to_owned()));
    assert_eq!(of(&rows[1]), ("200".to_owned(), "-".to_owned()));
    assert_eq!(rows[1]["cs-uri-stem"], "/tls");
}

/// With no room, lines are lost and counted; requests go on.
#[test]
fn a_full_buffer_loses_lines_and_says_so() {
    let listener = service();
    let options = AccessLogOptions {
        buffer_bytes: 10,
        fields: vec![AccessLogField::Status],
        ..AccessLogOptions::default()
    };
    let (log, lines) = logged(&listener, options);
    // There is room for two lines besides the one that is being written, which is held here.
    let mut client = Client::new(&listener);
    let held = lines.0.lock().unwrap();
    for _ in 0..20 {
        assert_eq!(client.get("/").status(), 200);
    }
    drop(held);
    listener.drain().unwrap();
    let text = lines.text();
    let kept = w3c(&text).len() as u64;
    assert_eq!(kept + log.lost_lines(), 20, "{text}");
    assert!(kept < 20, "{text}");
    assert!(text.contains(" lines were lost\n"), "{text}");
}

#[test]
fn a_log_that_cannot_be_written_says_so() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match bytes.starts_with(b"#") {
                true => Ok(bytes.len()),
                false => Err(io::Error::other("on purpose")),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let listener = service();
    let log = AccessLog::to_writer(Broken, AccessLogOptions::default()).unwrap();
    listener.set_access_log(Some(log.clone()));
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").status(), 200);
    listener.drain().unwrap();
    assert_eq!(log.flush().unwrap_err().to_string(), "on purpose");
    log.flush().unwrap();
    assert_eq!(log.lost_lines(), 1);
    let missing = Path::new("/no/such/folder/log");
    let error = AccessLog::to_file(missing, AccessLogOptions::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

/// Each file begins with what its lines are; nothing is lost between them.
#[test]
fn files_are_put_aside_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let (sender, aside) = mpsc::channel();
    let sender = Mutex::new(sender);
    let options = AccessLogOptions {
        rotation: AccessLogRotation::Bytes(2000),
        rotated: Some(Box::new(move |path| {
            sender.lock().unwrap().send(path.to_owned()).unwrap();
        })),
        ..AccessLogOptions::default()
    };
    let listener = service();
    let log = AccessLog::to_file(&path, options).unwrap();
    listener.set_access_log(Some(log.clone()));
    let mut client = Client::new(&listener);
    for request in 0..100 {
        let path = format!("/{request}");
        assert_eq!(client.get(&path).text(), path);
    }
    drop(client);
    listener.drain().unwrap();
    log.flush().unwrap();
    let mut files: Vec<_> = aside.try_iter().collect();
    assert!(files.len() > 3, "{files:?}");
    files.push(path.clone());
    let mut paths = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.len() <= 2000, "{}: {}", file.display(), text.len());
        assert!(text.starts_with("#Software: "), "{text}");
        paths.extend(w3c(&text).into_iter().map(|row| row["cs-uri-stem"].clone()));
    }
    let expected: Vec<String> = (0..100).map(|request| format!("/{request}")).collect();
    assert_eq!(paths, expected);

    // Moved away by somebody else.
    let moved = folder.path().join("moved");
    std::fs::rename(&path, &moved).unwrap();
    log.reopen().unwrap();
    let fresh = std::fs::read_to_string(&path).unwrap();
    assert!(fresh.starts_with("#Software: ") && w3c(&fresh).is_empty());
}

/// The day is that of the clock that the log is given; a file begun on another day is put aside with the
/// first line of the new one, also if it was begun by a program that has ended since.
#[test]
fn daily_files_by_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    // 2026-01-02T23:59:59Z.
    let evening = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_398_399);
    let clock = Arc::new(FakeClock::starting_at(evening));
    let asides = Arc::new(Mutex::new(Vec::new()));
    let open = |clock: &Arc<FakeClock>| {
        let told = Arc::clone(&asides);
        let options = AccessLogOptions {
            rotation: AccessLogRotation::Daily,
            rotated: Some(Box::new(move |path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                told.lock().unwrap().push(name.to_owned());
            })),
            clock: Arc::<FakeClock>::clone(clock),
            ..AccessLogOptions::default()
        };
        AccessLog::to_file(&path, options).unwrap()
    };
    let paths = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.starts_with("#Software: "), "{text}");
        let rows = w3c(&text).into_iter();
        rows.map(|row| row["cs-uri-stem"].clone()).collect()
    };
    let ask = |log: &AccessLog, path: &str| {
        let listener = service();
        listener.set_access_log(Some(log.clone()));
        assert_eq!(Client::new(&listener).get(path).text(), path);
        listener.drain().unwrap();
        log.flush().unwrap();
    };
    let mut log = open(&clock);
    ask(&log, "/1");
    ask(&log, "/2");
    clock.advance(Duration::from_secs(1));
    assert_eq!(*asides.lock().unwrap(), [""; 0], "no line, no new file");
    ask(&log, "/3");
    let first = "access.log.20260103-000000";
    assert_eq!(*asides.lock().unwrap(), [first]);
    assert_eq!(paths(first), ["/1", "/2"]);
    // Until midnight, and not a second longer.
    clock.advance(Duration::from_secs(86_399));
    ask(&log, "/4");
    assert_eq!(asides.lock().unwrap().len(), 1);
    // A jump over several days puts one file aside.
    clock.advance(Duration::from_secs(3 * 86_400 + 1));
    ask(&log, "/5");
    let second = "access.log.20260107-000000";
    assert_eq!(*asides.lock().unwrap(), [first, second]);
    assert_eq!(paths(second), ["/3", "/4"]);
    assert_eq!(paths("access.log"), ["/5"]);

    // Another program, a day later: what it finds was written yesterday.
    drop(log);
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(clock.utc_now()).unwrap();
    drop(file);
    clock.advance(Duration::from_secs(86_400));
    log = open(&clock);
    ask(&log, "/6");
    let third = "access.log.20260108-000000";
    assert_eq!(*asides.lock().unwrap(), [first, second, third]);
    assert_eq!(paths(third), ["/5"]);
    assert_eq!(paths("access.log"), ["/6"]);
}

/// What `logrotate` does: the file is moved away while requests come, and opened by its name again. Each
/// line is in one of the files, in its order; a name that cannot be opened loses none.
#[test]
fn files_that_are_moved_away_are_opened_again() {
    const FILES: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("logs");
    std::fs::create_dir(&place).unwrap();
    let path = place.join("access.log");
    let listener = service();
    let log = AccessLog::to_file(&path, AccessLogOptions::default()).unwrap();
    listener.set_access_log(Some(log.clone()));
    // One connection: lines of several ones have no order.
    let mut client = Client::new(&listener);
    let mut count = 0;
    for number in 0..FILES {
        thread::scope(|scope| {
            let mover = scope.spawn(|| {
                let moved = place.join(format!("moved.{number}"));
                std::fs::rename(&path, moved).unwrap();
                log.reopen().unwrap();
            });
            // Until it is moved, and beyond.
            loop {
                let last = mover.is_finished();
                for _ in 0..10 {
                    let path = format!("/{count}");
                    assert_eq!(client.get(&path).text(), path);
                    count += 1;
                }
                if last {
                    break;
                }
            }
            mover.join().unwrap();
        });
    }
    // The folder is away: there is nothing to open, and lines go where they went.
    let away = folder.path().join("away");
    std::fs::rename(&place, &away).unwrap();
    assert_eq!(log.reopen().unwrap_err().kind(), io::ErrorKind::NotFound);
    let last = format!("/{count}");
    assert_eq!(client.get(&last).text(), last);
    drop(client);
    count += 1;
    listener.drain().unwrap();
    log.flush().unwrap();
    assert_eq!(log.lost_lines(), 0);
    let mut paths = Vec::new();
    let moved = (0..FILES).map(|number| format!("moved.{number}"));
    for name in moved.chain(["access.log".to_owned()]) {
        let text = std::fs::read_to_string(away.join(&name)).unwrap();
        assert!(text.starts_with("#Software: "), "{name}: {text}");
        paths.extend(w3c(&text).into_iter().map(|row| row["cs-uri-stem"].clone()));
    }
    let expected: Vec<String> = (0..count).map(|request| format!("/{request}")).collect();
    assert_eq!(paths, expected);
}
