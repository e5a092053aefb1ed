//! Fuzz body: any bytes as the answer to a client, cut in pieces decided by the bytes themselves.
//!
//! The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use system_net_http_proto::{BodyFraming, BodyLength, ClientConnection, ClientEvent, Limits};
use system_net_primitives::{HttpVersion, WebHeaderCollection};

/// Reads `data` as the answers to several kinds of requests.
///
/// # Panics
/// If the connection breaks one of its promises.
pub(crate) fn fuzz_client(data: &[u8]) {
    for (index, method) in ["GET", "HEAD", "CONNECT", "POST", "UPGRADE"]
        .into_iter()
        .enumerate()
    {
        let limits = Limits {
            unsafe_header_parsing: index % 2 == 1,
            ..Limits::default()
        };
        read_answers(data, method, limits);
    }
    let small = Limits {
        head_bytes: 200,
        start_line_bytes: 40,
        headers: 4,
        informational: 2,
        trailer_bytes: 40,
        chunk_extension_bytes: 8,
        leading_empty_lines: 1,
        unsafe_header_parsing: true,
    };
    read_answers(data, "GET", small);
}

fn begin(connection: &mut ClientConnection, method: &str) {
    let upgrade = method == "UPGRADE";
    let target = if method == "CONNECT" {
        "a.example:443"
    } else {
        "/"
    };
    let method = if upgrade { "GET" } else { method };
    connection
        .begin_request(method, target, HttpVersion::VERSION11)
        .expect("a good request");
    connection
        .write_header(b"Host", b"a.example")
        .expect("a good field");
    if upgrade {
        connection
            .write_header(b"Connection", b"upgrade")
            .expect("a good field");
        connection
            .write_header(b"Upgrade", b"x")
            .expect("a good field");
    }
    if method == "POST" {
        connection
            .write_header(b"Expect", b"100-continue")
            .expect("a good field");
        connection
            .write_body_length(BodyLength::Fixed(5))
            .expect("a good length");
    }
    connection.end_head().expect("a good head");
}

fn read_answers(data: &[u8], method: &str, limits: Limits) {
    let mut connection = ClientConnection::new(limits);
    begin(&mut connection, method);
    if method == "GET" {
        begin(&mut connection, "GET");
    }
    let mut random = seed(data);
    let mut rest = data;
    let mut eof = false;
    let mut interim = 0;
    let mut owed = None;
    let mut body_seen = 0u64;
    // More than so many bytes can give events, so that a circle ends.
    let mut polls = 0..4 * data.len() + 64;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        match connection.poll_event() {
            Ok(ClientEvent::NeedInput) => {
                assert!(!eof, "nothing more can come");
                if rest.is_empty() {
                    eof = true;
                    connection.handle_eof();
                    continue;
                }
                // Read past the buffer where that is offered, else into it.
                let wanted = next(&mut random, 40).min(rest.len());
                let direct = connection.direct_read_limit().min(wanted as u64);
                if direct > 0 {
                    connection.direct_read(direct);
                    body_seen += direct;
                    rest = &rest[direct as usize..];
                } else {
                    let (piece, after) = rest.split_at(wanted);
                    connection.input_space(wanted)[..wanted].copy_from_slice(piece);
                    connection.input_filled(wanted);
                    rest = after;
                }
            }
            Ok(ClientEvent::Informational(head)) => {
                assert!((100..200).contains(&head.status) && head.status != 101);
                check_fields(&head.headers, &limits);
                interim += 1;
                assert!(interim <= limits.informational);
            }
            Ok(ClientEvent::Head(head)) => {
                assert!((101..1000).contains(&head.status));
                check_fields(&head.headers, &limits);
                owed = match head.framing {
                    BodyFraming::Fixed(length) => {
                        assert_ne!(length, 0);
                        Some(length)
                    }
                    BodyFraming::None => Some(0),
                    _ => None,
                };
                body_seen = 0;
            }
            Ok(ClientEvent::Body) => {
                let available = connection.body().len();
                assert_ne!(available, 0);
                let used = next(&mut random, available);
                connection.consume_body(used);
                body_seen += used as u64;
            }
            Ok(ClientEvent::Trailers(trailers)) => {
                assert!(!trailers.is_empty());
                check_fields(&trailers, &limits);
            }
            Ok(ClientEvent::End) => {
                if let Some(owed) = owed {
                    assert_eq!(body_seen, owed, "a body has the length it was said to have");
                }
                interim = 0;
                if connection.in_flight() == 0 {
                    assert!(!(connection.can_reuse() && connection.has_surplus()));
                    return;
                }
            }
            Ok(ClientEvent::Upgraded) => {
                assert!(!connection.can_reuse());
                let leftover = connection.take_upgraded();
                assert!(data.ends_with(&[&leftover[..], rest].concat()));
                return;
            }
            Ok(_) => unreachable!("all events are listed"),
            Err(error) => {
                assert_eq!(connection.poll_event().expect_err("errors stay"), error);
                assert!(!connection.can_reuse());
                assert!(!error.to_string().is_empty());
                return;
            }
        }
    }
}

/// What every field that is handed out keeps to.
fn check_fields(headers: &WebHeaderCollection, limits: &Limits) {
    assert!(headers.len() <= limits.headers);
    for (name, value) in headers.iter_bytes() {
        assert!(!name.is_empty() && name.iter().all(|b| b.is_ascii_graphic() && *b != b':'));
        assert!(value.iter().all(|&b| b == b'\t' || b >= b' ' && b != 0x7f));
        assert_eq!(value.trim_ascii(), value);
    }
}

/// A number made of all bytes, so that every input has its own cuts, always the same.
fn seed(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A number from 1 to `most`.
fn next(random: &mut u64, most: usize) -> usize {
    *random = random
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    1 + (*random >> 33) as usize % most
}
