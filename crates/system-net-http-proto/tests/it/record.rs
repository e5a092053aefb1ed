//! Runs a connection over pieces of input and writes down what it says, one line for an event.

use std::fmt::Write as _;

use system_net_http_proto::{
    BodyFraming, BodyLength, ClientConnection, ClientEvent, Limits, ProtoError, ResponseHead,
    ServerConnection, ServerEvent,
};
use system_net_primitives::{HttpVersion, WebHeaderCollection};

/// A request a client begins before the input arrives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) version: HttpVersion,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

impl Asked {
    pub(crate) const fn method(method: &'static str) -> Self {
        Self {
            method,
            version: HttpVersion::VERSION11,
            headers: &[],
            body: "",
        }
    }
}

pub(crate) const GET: Asked = Asked::method("GET");
pub(crate) const HEAD: Asked = Asked::method("HEAD");
pub(crate) const CONNECT: Asked = Asked::method("CONNECT");
pub(crate) const UPGRADE: Asked = Asked {
    headers: &[("Connection", "upgrade"), ("Upgrade", "echo")],
    ..Asked::method("GET")
};

/// Begins the requests and drops the output.
pub(crate) fn ask(connection: &mut ClientConnection, requests: &[Asked]) {
    for request in requests {
        let target = if request.method == "CONNECT" {
            "a.example:443"
        } else {
            "/"
        };
        connection
            .begin_request(request.method, target, request.version)
            .unwrap();
        connection.write_header(b"Host", b"a.example").unwrap();
        for (name, value) in request.headers {
            connection
                .write_header(name.as_bytes(), value.as_bytes())
                .unwrap();
        }
        if !request.body.is_empty() {
            connection
                .write_body_length(BodyLength::Fixed(request.body.len() as u64))
                .unwrap();
        }
        connection.end_head().unwrap();
        connection.send_body(request.body.as_bytes()).unwrap();
        connection.end_body(None).unwrap();
    }
    connection.consume_output(connection.output().len());
}

/// What a client says to the answers that arrive in these pieces, and the verdict at the end. The
/// peer closes behind the last piece.
pub(crate) fn client(requests: &[Asked], limits: Limits, pieces: &[&[u8]]) -> Vec<String> {
    let mut connection = ClientConnection::new(limits);
    ask(&mut connection, requests);
    let mut lines = Vec::new();
    let mut body = Vec::new();
    let mut polls = enough(pieces.iter().map(|piece| piece.len()).sum());
    let mut pieces = pieces.iter().filter(|piece| !piece.is_empty());
    let mut eof = false;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        let event = connection.poll_event();
        if !matches!(event, Ok(ClientEvent::Body | ClientEvent::NeedInput)) && !body.is_empty() {
            lines.push(format!("body {}", body.escape_ascii()));
            body.clear();
        }
        match event {
            Ok(ClientEvent::NeedInput) => match pieces.next() {
                Some(piece) => {
                    connection.input_space(piece.len())[..piece.len()].copy_from_slice(piece);
                    connection.input_filled(piece.len());
                }
                None => {
                    assert!(!eof, "wants more after the end: {lines:?}");
                    eof = true;
                    connection.handle_eof();
                }
            },
            Ok(ClientEvent::Informational(head)) => {
                lines.push(format!("info {}", response_line(&head)));
            }
            Ok(ClientEvent::Head(head)) => lines.push(format!("head {}", response_line(&head))),
            Ok(ClientEvent::Body) => {
                assert!(!connection.body().is_empty());
                body.extend_from_slice(connection.body());
                connection.consume_body(connection.body().len());
            }
            Ok(ClientEvent::Trailers(trailers)) => {
                lines.push(format!("trailers{}", fields(&trailers)));
            }
            Ok(ClientEvent::End) => {
                lines.push("end".to_owned());
                if connection.in_flight() == 0 {
                    for piece in pieces {
                        connection.handle_input(piece);
                    }
                    let verdict = if connection.can_reuse() {
                        "reuse"
                    } else {
                        "close"
                    };
                    lines.push(verdict.to_owned());
                    return lines;
                }
            }
            Ok(ClientEvent::Upgraded) => {
                assert!(!connection.can_reuse());
                for piece in pieces {
                    connection.handle_input(piece);
                }
                lines.push(format!(
                    "upgraded {}",
                    connection.take_upgraded().escape_ascii()
                ));
                return lines;
            }
            Ok(other) => panic!("unknown event {other:?}"),
            Err(error) => {
                assert_eq!(connection.poll_event().unwrap_err(), error, "errors stay");
                assert!(!connection.can_reuse());
                lines.push(error_line(&error));
                return lines;
            }
        }
    }
}

/// What a server says to the requests that arrive in these pieces. It answers each with 204 once
/// it is complete and goes on while the connection may be kept. The peer closes behind the last
/// piece.
pub(crate) fn server(limits: Limits, pieces: &[&[u8]]) -> Vec<String> {
    let mut connection = ServerConnection::new(limits);
    let mut lines = Vec::new();
    let mut body = Vec::new();
    let mut polls = enough(pieces.iter().map(|piece| piece.len()).sum());
    let mut pieces = pieces.iter().filter(|piece| !piece.is_empty());
    let mut eof = false;
    loop {
        assert!(polls.next().is_some(), "it goes on for ever");
        let event = connection.poll_event();
        if !matches!(event, Ok(ServerEvent::Body | ServerEvent::NeedInput)) && !body.is_empty() {
            lines.push(format!("body {}", body.escape_ascii()));
            body.clear();
        }
        match event {
            Ok(ServerEvent::NeedInput) => match pieces.next() {
                Some(piece) => {
                    connection.input_space(piece.len())[..piece.len()].copy_from_slice(piece);
                    connection.input_filled(piece.len());
                }
                None => {
                    assert!(!eof, "wants more after the end: {lines:?}");
                    eof = true;
                    connection.handle_eof();
                }
            },
            Ok(ServerEvent::Head(head)) => {
                let mut line = format!(
                    "head {} {} {} {}{}",
                    head.method,
                    head.target,
                    head.version,
                    framing(head.body_length),
                    fields(&head.headers),
                );
                for (name, set) in [
                    ("expect", head.expect_continue),
                    ("keep", head.keep_alive),
                    ("upgrade", head.upgrade),
                ] {
                    if set {
                        let _ = write!(line, " {name}");
                    }
                }
                lines.push(line);
                connection.recycle(head);
            }
            Ok(ServerEvent::Body) => {
                assert!(!connection.body().is_empty());
                body.extend_from_slice(connection.body());
                connection.consume_body(connection.body().len());
            }
            Ok(ServerEvent::Trailers(trailers)) => {
                lines.push(format!("trailers{}", fields(&trailers)));
            }
            Ok(ServerEvent::End) => {
                connection.begin_response(204, "", None).unwrap();
                connection.end_head().unwrap();
                connection.consume_output(connection.output().len());
                if connection.next_request().unwrap_or(false) {
                    lines.push("end".to_owned());
                } else {
                    lines.push("end close".to_owned());
                    return lines;
                }
            }
            Ok(ServerEvent::Closed) => {
                lines.push("closed".to_owned());
                return lines;
            }
            Ok(other) => panic!("unknown event {other:?}"),
            Err(error) => {
                assert_eq!(connection.poll_event().unwrap_err(), error, "errors stay");
                let mut line = error_line(&error);
                if let Some(status) = error.response_status() {
                    let _ = write!(line, " -> {status}");
                }
                lines.push(line);
                return lines;
            }
        }
    }
}

/// More polls than so many bytes can give events: whoever needs more goes round in a circle.
pub(crate) fn enough(bytes: usize) -> std::ops::Range<usize> {
    0..4 * bytes + 64
}

/// The input as one piece, and as one piece for each byte.
pub(crate) fn bytewise(input: &[u8]) -> Vec<&[u8]> {
    input.chunks(1).collect()
}

fn response_line(head: &ResponseHead) -> String {
    let conflict = if head.conflicting_lengths {
        " conflict"
    } else {
        ""
    };
    format!(
        "{} {} {}/{}{conflict}{}",
        head.version,
        head.status,
        head.reason(),
        framing(head.framing),
        fields(&head.headers),
    )
}

fn framing(framing: BodyFraming) -> String {
    match framing {
        BodyFraming::None => "none".to_owned(),
        BodyFraming::Fixed(length) => format!("fixed {length}"),
        BodyFraming::Chunked => "chunked".to_owned(),
        BodyFraming::UntilClose => "until close".to_owned(),
    }
}

fn fields(headers: &WebHeaderCollection) -> String {
    let mut text = String::new();
    for (name, value) in headers.iter_bytes() {
        let _ = write!(text, " [{}: {}]", name.escape_ascii(), value.escape_ascii());
    }
    text
}

fn error_line(error: &ProtoError) -> String {
    let mut line = format!("error {:?} {:?}", error.kind(), error.place());
    if let Some(number) = error.line() {
        let _ = write!(line, " line {number}");
    }
    if let Some(offset) = error.offset() {
        let _ = write!(line, " @{offset}");
    }
    line
}
