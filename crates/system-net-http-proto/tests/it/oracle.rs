//! The same heads read with `httparse`: what one accepts the other accepts, with the same fields,
//! but for the differences listed here.

use proptest::prelude::*;
use system_net_http_proto::{ClientConnection, ClientEvent, Limits, ServerConnection, ServerEvent};

use crate::record::{GET, ask};

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Start line and fields as `httparse` reads them.
fn their_response(input: &[u8]) -> Option<(u16, Fields)> {
    let mut fields = [httparse::EMPTY_HEADER; 128];
    let mut response = httparse::Response::new(&mut fields);
    response
        .parse(input)
        .ok()?
        .is_complete()
        .then(|| (response.code.unwrap(), owned(response.headers)))
}

fn their_request(input: &[u8]) -> Option<(String, String, Fields)> {
    let mut fields = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut fields);
    request.parse(input).ok()?.is_complete().then(|| {
        let (method, path) = (request.method.unwrap(), request.path.unwrap());
        (method.to_owned(), path.to_owned(), owned(request.headers))
    })
}

fn owned(fields: &[httparse::Header<'_>]) -> Fields {
    fields
        .iter()
        .map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec()))
        .collect()
}

fn our_response(input: &[u8]) -> Option<(u16, Fields)> {
    let mut connection = ClientConnection::new(Limits::default());
    ask(&mut connection, &[GET]);
    connection.handle_input(input);
    match connection.poll_event().ok()? {
        ClientEvent::Head(head) | ClientEvent::Informational(head) => {
            let fields = head.headers.iter_bytes();
            Some((
                head.status,
                fields.map(|(n, v)| (n.to_vec(), v.to_vec())).collect(),
            ))
        }
        _ => None,
    }
}

fn our_request(input: &[u8]) -> Option<(String, String, Fields)> {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(input);
    match connection.poll_event().ok()? {
        ServerEvent::Head(head) => {
            let fields = head.headers.iter_bytes();
            let fields = fields.map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
            Some((head.method.into_owned(), head.target, fields))
        }
        _ => None,
    }
}

/// A field line: mostly good, now and then with any byte in it. Line ends are left whole, since
/// `httparse` takes a bare LF for one and this crate does not.
fn field_line() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        8 => "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    let value = prop_oneof![
        8 => "[ \t]{0,2}[ -~\t]{0,40}[ \t]{0,2}".prop_map(String::into_bytes),
        2 => prop::collection::vec(0x20..=255u8, 0..40),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    (name, value).prop_map(|(name, value)| {
        let mut line = [&name[..], b":", &value].concat();
        line.retain(|&b| b != b'\r' && b != b'\n');
        line.extend_from_slice(b"\r\n");
        line
    })
}

/// Names that decide about framing or hosts are refused by their values here, not there.
fn decides(fields: &Fields) -> bool {
    fields.iter().any(|(name, _)| {
        let names = ["content-length", "transfer-encoding", "host"];
        names
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn heads_agree_with_httparse(lines in prop::collection::vec(field_line(), 0..12)) {
        let fields = lines.concat();
        let response = [b"HTTP/1.1 203 Fine\r\n", &fields[..], b"\r\n"].concat();
        let theirs = their_response(&response);
        if !theirs.as_ref().is_some_and(|(_, fields)| decides(fields)) {
            prop_assert_eq!(our_response(&response), theirs, "{}", response.escape_ascii());
        }
        let request = [b"GET /x HTTP/1.1\r\nHost: a\r\n", &fields[..], b"\r\n"].concat();
        let theirs = their_request(&request);
        if !theirs.as_ref().is_some_and(|(.., fields)| decides(&fields[1..].to_vec())) {
            prop_assert_eq!(our_request(&request), theirs, "{}", request.escape_ascii());
        }
    }
}

/// Where this crate is stricter on purpose.
#[test]
fn stricter_than_httparse() {
    for input in [
        &b"HTTP/1.1 200 OK\nA: b\n\n"[..],
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
    ] {
        assert!(their_response(input).is_some() && our_response(input).is_none());
    }
    for input in [
        &b"GET / HTTP/1.1\nHost: a\n\n"[..],
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        assert!(their_request(input).is_some() && our_request(input).is_none());
    }
}
