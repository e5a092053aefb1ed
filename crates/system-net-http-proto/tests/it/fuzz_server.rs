//! Fuzz body: any bytes as requests to a server, cut in pieces decided by the bytes themselves. Each
//! request is answered, and the answers are read back with a client.
//!
//! The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use system_net_http_proto::{
    BodyFraming, BodyLength, ClientConnection, ClientEvent, Limits, RequestHead, ServerConnection,
    ServerEvent,
};
use system_net_primitives::HttpVersion;

/// Reads `data` as requests.
///
/// # Panics
/// If the connection breaks one of its promises.
pub(crate) fn fuzz_server(data: &[u8]) {
    read_requests(data, Limits::default());
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
    read_requests(data, small);
}

fn read_requests(data: &[u8], limits: Limits) {
    let mut connection = ServerConnection::new(limits);
    let mut random = seed(data);
    let mut rest = data;
    let mut eof = false;
    let mut current: Option<RequestHead> = None;
    let mut body_seen = 0u64;
    // More than so many bytes can give events, so that a circle ends.
    let mut polls = 0..4 * data.len() + 64;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        match connection.poll_event() {
            Ok(ServerEvent::NeedInput) => {
                assert!(!eof, "nothing more can come");
                if rest.is_empty() {
                    eof = true;
                    connection.handle_eof();
                    continue;
                }
                let wanted = next(&mut random, 40).min(rest.len());
                let (piece, after) = rest.split_at(wanted);
                connection.handle_input(piece);
                rest = after;
            }
            Ok(ServerEvent::Head(head)) => {
                check_head(&head, &limits);
                body_seen = 0;
                current = Some(*head);
            }
            Ok(ServerEvent::Body) => {
                let used = next(&mut random, connection.body().len());
                connection.consume_body(used);
                body_seen += used as u64;
            }
            Ok(ServerEvent::Trailers(trailers)) => assert!(trailers.len() <= limits.headers),
            Ok(ServerEvent::End) => {
                let head = current.take().expect("a head came before the end");
                match head.body_length {
                    BodyFraming::Fixed(length) => assert_eq!(body_seen, length),
                    BodyFraming::None => assert_eq!(body_seen, 0),
                    _ => {}
                }
                if !answer(&mut connection, &head, next(&mut random, 4)) {
                    return;
                }
            }
            Ok(ServerEvent::Closed) => {
                assert!(eof && rest.is_empty());
                return;
            }
            Ok(_) => unreachable!("all events are listed"),
            Err(error) => {
                assert_eq!(connection.poll_event().expect_err("errors stay"), error);
                if let Some(status) = error.response_status() {
                    connection
                        .begin_response(status, "No", None)
                        .expect("one answer is allowed");
                    connection.end_head().expect("the head is begun");
                    assert!(!connection.next_request().expect("the answer is complete"));
                    read_back(connection.output(), current.as_ref(), &[]);
                }
                return;
            }
        }
    }
}

/// What every head that is handed out keeps to.
fn check_head(head: &RequestHead, limits: &Limits) {
    assert!(head.headers.len() <= limits.headers);
    assert!(!head.method.is_empty() && head.method.bytes().all(|b| b.is_ascii_graphic()));
    assert!(!head.target.is_empty() && head.target.bytes().all(|b| b.is_ascii_graphic()));
    assert_eq!(head.version.major(), 1);
    assert_ne!(head.body_length, BodyFraming::UntilClose);
    assert_ne!(head.body_length, BodyFraming::Fixed(0));
    let hosts = head.headers.get_all("Host").count();
    assert!(hosts == 1 || hosts == 0 && head.version == HttpVersion::VERSION10);
    let lengths = head.headers.contains("Content-Length");
    assert!(!(lengths && head.headers.contains("Transfer-Encoding")));
    for (name, value) in head.headers.iter_bytes() {
        assert!(!name.is_empty() && name.iter().all(|b| b.is_ascii_graphic() && *b != b':'));
        assert!(value.iter().all(|&b| b == b'\t' || b >= b' ' && b != 0x7f));
    }
}

/// Answers with a body of one kind or another. Says whether the connection goes on.
fn answer(connection: &mut ServerConnection, head: &RequestHead, kind: usize) -> bool {
    let body = b"some body";
    let length = match kind {
        1 => BodyLength::None,
        2 => BodyLength::Fixed(body.len() as u64),
        3 => BodyLength::Chunked,
        _ => BodyLength::UntilClose,
    };
    let status = if head.method == "CONNECT" { 403 } else { 200 };
    connection
        .begin_response(status, "Reason", None)
        .expect("a request awaits its answer");
    connection
        .write_body_length(length)
        .expect("the head is begun");
    connection.end_head().expect("the head is begun");
    let sent: &[u8] = if length == BodyLength::None {
        b""
    } else {
        body
    };
    connection.send_body(sent).expect("the length fits");
    connection.end_body(None).expect("the length fits");
    let goes_on = connection
        .next_request()
        .expect("both messages are complete");
    let kept = read_back(connection.output(), Some(head), sent);
    if !head.headers.contains("Proxy-Connection") {
        assert_eq!(goes_on, kept, "both sides judge the connection alike");
    }
    connection.consume_output(connection.output().len());
    goes_on
}

/// Reads an answer with a client that asked the same; gives the client's verdict.
fn read_back(output: &[u8], head: Option<&RequestHead>, sent: &[u8]) -> bool {
    let mut client = ClientConnection::new(Limits::default());
    let (method, version) = head.map_or(("GET", HttpVersion::VERSION11), |head| {
        (&*head.method, head.version)
    });
    let version = version.min(HttpVersion::VERSION11);
    client
        .begin_request(method, "/", version)
        .expect("the request was accepted");
    for (name, value) in head.into_iter().flat_map(|head| head.headers.iter_bytes()) {
        if name.eq_ignore_ascii_case(b"connection") {
            client
                .write_header(name, value)
                .expect("the field was accepted");
        }
    }
    client.end_head().expect("the head is begun");
    client.consume_output(client.output().len());
    client.handle_input(output);
    let mut body = Vec::new();
    let mut needs_close = false;
    // More than so many bytes can give events, so that a circle ends.
    let mut polls = 0..4 * output.len() + 64;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        match client.poll_event().expect("we write what we can read") {
            ClientEvent::NeedInput => {
                assert!(!needs_close);
                needs_close = true;
                client.handle_eof();
            }
            ClientEvent::Body => {
                body.extend_from_slice(client.body());
                client.consume_body(client.body().len());
            }
            ClientEvent::End => break,
            _ => {}
        }
    }
    if method != "HEAD" {
        assert_eq!(body, sent);
    }
    client.can_reuse()
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
