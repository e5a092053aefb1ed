//! Fuzz body: any bytes, read whole and byte by byte, give the same events on both sides.
//!
//! The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use system_net_http_proto::{ClientConnection, ClientEvent, Limits, ServerConnection, ServerEvent};
use system_net_primitives::HttpVersion;

/// Compares the two ways to read `data`.
///
/// # Panics
/// If they differ.
pub(crate) fn fuzz_differential(data: &[u8]) {
    for unsafe_header_parsing in [false, true] {
        let limits = Limits {
            unsafe_header_parsing,
            ..Limits::default()
        };
        for method in ["GET", "HEAD", "CONNECT"] {
            let whole = client_says(data, data.len().max(1), method, limits);
            assert_eq!(whole, client_says(data, 1, method, limits));
        }
    }
    let whole = server_says(data, data.len().max(1));
    assert_eq!(whole, server_says(data, 1));
}

/// Events as text; pieces of a body become one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Events {
    lines: Vec<String>,
    body: Vec<u8>,
}

impl Events {
    fn push(&mut self, line: String) {
        if !self.body.is_empty() {
            let body = std::mem::take(&mut self.body);
            self.lines.push(format!("body {}", body.escape_ascii()));
        }
        self.lines.push(line);
    }
}

fn client_says(data: &[u8], piece: usize, method: &str, limits: Limits) -> Events {
    let mut connection = ClientConnection::new(limits);
    let requests = if method == "CONNECT" { 1 } else { 3 };
    for _ in 0..requests {
        let target = if method == "CONNECT" { "a:1" } else { "/" };
        connection
            .begin_request(method, target, HttpVersion::VERSION11)
            .expect("a good request");
        connection.end_head().expect("a good head");
    }
    let mut pieces = data.chunks(piece);
    let mut events = Events::default();
    // More than so many bytes can give events, so that a circle ends.
    let mut polls = 0..4 * data.len() + 64;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        match connection.poll_event() {
            Ok(ClientEvent::NeedInput) => match pieces.next() {
                Some(piece) => connection.handle_input(piece),
                None => connection.handle_eof(),
            },
            Ok(ClientEvent::Body) => {
                events.body.extend_from_slice(connection.body());
                connection.consume_body(connection.body().len());
            }
            Ok(ClientEvent::Informational(head) | ClientEvent::Head(head)) => {
                let (status, reason) = (head.status, head.reason());
                let fields: Vec<_> = head.headers.iter().collect();
                events.push(format!(
                    "{} {status} {reason} {:?} {fields:?}",
                    head.version, head.framing
                ));
            }
            Ok(ClientEvent::Trailers(trailers)) => {
                events.push(format!("{:?}", trailers.iter().collect::<Vec<_>>()));
            }
            Ok(ClientEvent::End) => {
                events.push("end".to_owned());
                if connection.in_flight() == 0 {
                    pieces.for_each(|piece| connection.handle_input(piece));
                    events.push(format!("reuse {}", connection.can_reuse()));
                    return events;
                }
            }
            Ok(ClientEvent::Upgraded) => {
                pieces.for_each(|piece| connection.handle_input(piece));
                events.push(format!("upgraded {:?}", connection.take_upgraded()));
                return events;
            }
            Ok(_) => unreachable!("all events are listed"),
            Err(error) => {
                events.push(format!("{error:?}"));
                return events;
            }
        }
    }
}

fn server_says(data: &[u8], piece: usize) -> Events {
    let mut connection = ServerConnection::new(Limits::default());
    let mut pieces = data.chunks(piece);
    let mut events = Events::default();
    // More than so many bytes can give events, so that a circle ends.
    let mut polls = 0..4 * data.len() + 64;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        match connection.poll_event() {
            Ok(ServerEvent::NeedInput) => match pieces.next() {
                Some(piece) => connection.handle_input(piece),
                None => connection.handle_eof(),
            },
            Ok(ServerEvent::Body) => {
                events.body.extend_from_slice(connection.body());
                connection.consume_body(connection.body().len());
            }
            Ok(ServerEvent::Head(head)) => {
                let fields: Vec<_> = head.headers.iter().collect();
                events.push(format!(
                    "{} {} {:?} {} {:?} {} {} {} {fields:?}",
                    head.method,
                    head.target,
                    head.form,
                    head.version,
                    head.body_length,
                    head.expect_continue,
                    head.keep_alive,
                    head.upgrade,
                ));
            }
            Ok(ServerEvent::Trailers(trailers)) => {
                events.push(format!("{:?}", trailers.iter().collect::<Vec<_>>()));
            }
            Ok(ServerEvent::End) => {
                connection
                    .begin_response(204, "", None)
                    .expect("a request awaits its answer");
                connection.end_head().expect("the head is begun");
                if !connection
                    .next_request()
                    .expect("both messages are complete")
                {
                    events.push("end".to_owned());
                    return events;
                }
                connection.consume_output(connection.output().len());
            }
            Ok(ServerEvent::Closed) => {
                events.push("closed".to_owned());
                return events;
            }
            Ok(_) => unreachable!("all events are listed"),
            Err(error) => {
                events.push(format!("{error:?}"));
                return events;
            }
        }
    }
}
