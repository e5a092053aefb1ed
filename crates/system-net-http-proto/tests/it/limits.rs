//! Each limit, at its value and one over, and that work grows with the input only.

use std::sync::LazyLock;
use std::time::{Duration, Instant};
use std::{fs, thread};

use system_net_http_proto::{ClientConnection, ClientEvent, Limits, ServerConnection};

use crate::record::{GET, ask, bytewise, client, server};

/// What a client says, the same for both ways the bytes arrive.
fn client_says(limits: Limits, input: &[u8]) -> Vec<String> {
    let whole = client(&[GET], limits, &[input]);
    assert_eq!(whole, client(&[GET], limits, &bytewise(input)));
    whole
}

fn server_says(limits: Limits, input: &[u8]) -> Vec<String> {
    let whole = server(limits, &[input]);
    assert_eq!(whole, server(limits, &bytewise(input)));
    whole
}

#[track_caller]
fn refused(lines: &[String], limit: &str, place: &str) {
    let wanted = format!("error LimitExceeded({limit}) {place}");
    let last = lines.last().unwrap();
    assert!(last.starts_with(&wanted), "{last}");
}

#[track_caller]
fn accepted(lines: &[String]) {
    assert!(
        !lines.iter().any(|line| line.starts_with("error")),
        "{lines:?}"
    );
}

#[test]
fn limit_head_bytes() {
    let response = b"HTTP/1.1 204 No Content\r\nA: bcdef\r\n\r\n";
    let limits = |head_bytes| Limits {
        head_bytes,
        ..Limits::default()
    };
    accepted(&client_says(limits(response.len()), response));
    refused(
        &client_says(limits(response.len() - 1), response),
        "HeadBytes",
        "Headers",
    );
    let request = b"GET / HTTP/1.1\r\nHost: abcdef\r\n\r\n";
    accepted(&server_says(limits(request.len()), request));
    let lines = server_says(limits(request.len() - 1), request);
    refused(&lines, "HeadBytes", "Headers");
    assert!(lines[0].ends_with("-> 431"));
    // The limit is on each head alone, and on no single line of it.
    let twice = [&request[..], request].concat();
    accepted(&server_says(limits(request.len()), &twice));
}

#[test]
fn limit_start_line_bytes() {
    let response = b"HTTP/1.1 204 No Content\r\n\r\n";
    let limits = |start_line_bytes| Limits {
        start_line_bytes,
        ..Limits::default()
    };
    accepted(&client_says(limits(response.len() - 2), response));
    refused(
        &client_says(limits(response.len() - 3), response),
        "StartLineBytes",
        "StartLine",
    );
    let request = b"GET /long HTTP/1.1\r\n";
    let whole = [&request[..], b"Host: a.very.long.name.indeed\r\n\r\n"].concat();
    accepted(&server_says(limits(request.len()), &whole));
    let lines = server_says(limits(request.len() - 1), &whole);
    refused(&lines, "StartLineBytes", "StartLine");
    assert!(lines[0].ends_with("-> 414"));
}

#[test]
fn limit_headers() {
    for count in [0, 1, 7, 100] {
        let limits = Limits {
            headers: count,
            ..Limits::default()
        };
        let response = |n| format!("HTTP/1.1 204 No Content\r\n{}\r\n", "A: b\r\n".repeat(n));
        accepted(&client_says(limits, response(count).as_bytes()));
        refused(
            &client_says(limits, response(count + 1).as_bytes()),
            "Headers",
            "Headers",
        );
    }
    let limits = Limits {
        headers: 2,
        ..Limits::default()
    };
    let request = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n";
    accepted(&server_says(limits, format!("{request}\r\n").as_bytes()));
    let lines = server_says(limits, format!("{request}C: d\r\n\r\n").as_bytes());
    refused(&lines, "Headers", "Headers");
    assert!(lines[0].ends_with("-> 431"));
    // Folded lines count once.
    let limits = Limits {
        headers: 1,
        unsafe_header_parsing: true,
        ..Limits::default()
    };
    accepted(&client_says(
        limits,
        b"HTTP/1.1 204 No Content\r\nA: b\r\n c\r\n d\r\n\r\n",
    ));
}

#[test]
fn limit_informational() {
    let limits = Limits {
        informational: 3,
        ..Limits::default()
    };
    let input = |n| "HTTP/1.1 102 Processing\r\n\r\n".repeat(n) + "HTTP/1.1 204 No Content\r\n\r\n";
    accepted(&client_says(limits, input(3).as_bytes()));
    refused(
        &client_says(limits, input(4).as_bytes()),
        "Informational",
        "StartLine",
    );
    // The count begins anew with each request.
    let twice = input(3).repeat(2);
    accepted(&client(&[GET, GET], limits, &[twice.as_bytes()]));
}

#[test]
fn limit_trailer_bytes() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let trailers = "A: bcd\r\nE: f\r\n\r\n";
    let input = format!("{head}0\r\n{trailers}");
    let limits = |trailer_bytes| Limits {
        trailer_bytes,
        ..Limits::default()
    };
    accepted(&client_says(limits(trailers.len()), input.as_bytes()));
    let lines = client_says(limits(trailers.len() - 1), input.as_bytes());
    refused(&lines, "TrailerBytes", "Trailers");
    let limits = |headers| Limits {
        headers,
        ..Limits::default()
    };
    accepted(&client_says(limits(2), input.as_bytes()));
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let input = format!("{head}0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n");
    refused(
        &client_says(limits(2), input.as_bytes()),
        "Headers",
        "Trailers",
    );
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    let lines = server_says(
        Limits {
            trailer_bytes: 8,
            ..Limits::default()
        },
        format!("{request}A: b\r\nC: d\r\n\r\n").as_bytes(),
    );
    refused(&lines, "TrailerBytes", "Trailers");
    assert!(lines[1].ends_with("-> 431"));
}

#[test]
fn limit_chunk_extension_bytes() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for most in [2, 256] {
        let limits = Limits {
            chunk_extension_bytes: most,
            ..Limits::default()
        };
        let input = |n: usize| format!("{head}1;{}\r\nx\r\n0\r\n\r\n", "a".repeat(n - 1));
        accepted(&client_says(limits, input(most).as_bytes()));
        let lines = client_says(limits, input(most + 1).as_bytes());
        refused(&lines, "ChunkExtensionBytes", "ChunkSize");
    }
    let limits = Limits {
        chunk_extension_bytes: 0,
        ..Limits::default()
    };
    accepted(&client_says(
        limits,
        format!("{head}1\r\nx\r\n0\r\n\r\n").as_bytes(),
    ));
    let lines = client_says(limits, format!("{head}1;a\r\nx\r\n0\r\n\r\n").as_bytes());
    refused(&lines, "ChunkExtensionBytes", "ChunkSize");
}

#[test]
fn limit_leading_empty_lines() {
    for most in [0, 1, 4] {
        let limits = Limits {
            leading_empty_lines: most,
            ..Limits::default()
        };
        let input = |n: u32| "\r\n".repeat(n as usize) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        accepted(&server_says(limits, input(most).as_bytes()));
        let lines = server_says(limits, input(most + 1).as_bytes());
        refused(&lines, "LeadingEmptyLines", "Start");
    }
}

/// Limits can be changed between messages, as when a request has its own.
#[test]
fn limits_can_be_set_later() {
    let mut connection = ClientConnection::new(Limits::default());
    connection.set_limits(Limits {
        headers: 0,
        ..Limits::default()
    });
    ask(&mut connection, &[GET]);
    connection.handle_input(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
    assert!(connection.poll_event().is_err());
}

/// More than the floods that are read to their end.
const ROOM: usize = 3 << 20;

fn feed_client(limits: Limits, input: &[u8], piece: usize) -> Result<(), String> {
    let mut connection = ClientConnection::new(limits);
    ask(&mut connection, &[GET]);
    // The same memory for all lengths: what is measured is the reading.
    connection.input_space(ROOM);
    for piece in input.chunks(piece) {
        connection.input_space(piece.len())[..piece.len()].copy_from_slice(piece);
        connection.input_filled(piece.len());
        match connection.poll_event() {
            Ok(ClientEvent::NeedInput) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

/// The processor time this thread has used, where the system tells, so that other programs on a
/// busy machine do not count; else the time of day.
#[allow(
    clippy::disallowed_methods,
    reason = "the test is about time spent, not about deadlines"
)]
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let spent = fs::read_to_string("/proc/thread-self/schedstat").ok();
    match spent
        .as_deref()
        .and_then(|text| text.split(' ').next()?.parse().ok())
    {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => START.elapsed(),
    }
}

/// The shortest of several runs.
fn time(run: impl Fn()) -> Duration {
    let measure = || {
        // The system brings its count up to date when the thread gives way.
        thread::yield_now();
        let begin = clock();
        run();
        thread::yield_now();
        clock() - begin
    };
    (0..5).map(|_| measure()).min().unwrap()
}

/// Security: a long head is refused at the limit at once; and where the limit is lifted, reading
/// it in small pieces costs in proportion to its length.
#[test]
fn header_flood_linear_time() {
    let flood = |begin: &str, unit: &str, bytes: usize| {
        [begin, &unit.repeat(bytes / unit.len())]
            .concat()
            .into_bytes()
    };
    for (begin, unit, limit) in [
        ("HTTP/1.1 200 OK\r\nX: ", "a", "head_bytes in the headers"),
        (
            "HTTP/1.1 200 OK\r\nX: ",
            "a\r\nX: ",
            "head_bytes in the headers",
        ),
        ("HTTP/1.1 200 OK\r\nX: ", "\t", "head_bytes in the headers"),
        ("HTTP/1.1 200 ", "a", "start_line_bytes in the first line"),
    ] {
        let input = flood(begin, unit, 20 << 20);
        let spent = time(|| {
            let refused = feed_client(Limits::default(), &input, 16 * 1024).unwrap_err();
            assert!(refused.starts_with(&format!("the message exceeds the limit {limit}")));
        });
        assert!(spent < Duration::from_millis(50), "{spent:?}");

        let open = Limits {
            head_bytes: usize::MAX,
            start_line_bytes: 1 << 30,
            headers: usize::MAX,
            ..Limits::default()
        };
        let (once, twice) = (&input[..1 << 18], &input[..1 << 19]);
        // A machine that is busy with something else can spoil a measurement, not all of them.
        let linear = (0..5).any(|_| {
            let n = time(|| feed_client(open, once, 256).unwrap());
            let n2 = time(|| feed_client(open, twice, 256).unwrap());
            n2 < n * 5 / 2
        });
        assert!(
            linear,
            "twice the head takes more than 2.5 times as long: {begin:?} {unit:?}"
        );
    }
}

/// The buffer of a head that comes in small pieces is moved a few times only, and is given back
/// after the message.
#[test]
fn the_buffer_grows_by_doubling() {
    let open = Limits {
        head_bytes: usize::MAX,
        ..Limits::default()
    };
    let mut connection = ClientConnection::new(open);
    ask(&mut connection, &[GET]);
    let mut sizes = Vec::new();
    let mut fed = 0;
    for piece in [
        &b"HTTP/1.1 204 No Content\r\nX: "[..],
        &[b'a'; 2 << 20],
        b"\r\n\r\n",
    ]
    .concat()
    .chunks(100)
    {
        let room = connection.input_space(piece.len());
        room[..piece.len()].copy_from_slice(piece);
        sizes.push(fed + room.len());
        fed += piece.len();
        connection.input_filled(piece.len());
    }
    sizes.dedup();
    assert!(sizes.len() <= 20, "{sizes:?}");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(connection.input_space(1).len() < 1024);
}

/// The same for a server, whose peers are less known.
#[test]
fn request_header_flood_linear_time() {
    let mut input = b"GET / HTTP/1.1\r\nX: ".to_vec();
    input.resize(20 << 20, b'a');
    let spent = time(|| {
        let mut connection = ServerConnection::new(Limits::default());
        for piece in input.chunks(16 * 1024) {
            connection.handle_input(piece);
            if let Err(error) = connection.poll_event() {
                assert_eq!(error.response_status(), Some(431));
                return;
            }
        }
        panic!("the flood was not refused");
    });
    assert!(spent < Duration::from_millis(50), "{spent:?}");
}
