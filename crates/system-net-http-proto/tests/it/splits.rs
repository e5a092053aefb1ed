//! Events do not depend on how the bytes arrive.

use proptest::prelude::*;
use system_net_http_proto::{ClientConnection, ClientEvent, Limits};

use crate::record::{Asked, CONNECT, GET, HEAD, UPGRADE, client, server};

/// Lines that good, odd and bad messages are made of; any order gives something.
const PARTS: [&str; 34] = [
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "GET / HTTP/1.1\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\n",
    "HEAD http://a/ HTTP/1.0\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n",
    "Host: a\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: x\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Expect: 100-continue\r\n",
    "X-Y: some value\r\n",
    " folded\r\n",
    "X : y\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    "\0",
    "hello",
    "5\r\nhello\r\n",
    "5;a=b\r\nhello\r\n",
    "fffffffffffffffff\r\n",
    "0\r\n\r\n",
    "0\r\nX-T: 1\r\n\r\n",
    "x",
    "\u{e4}",
];

fn messages() -> impl Strategy<Value = Vec<u8>> {
    let usual = prop_oneof![
        Just("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        Just("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Just("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
        Just("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Just(""),
    ];
    let parts = prop::collection::vec(prop::sample::select(&PARTS[..]), 0..12);
    (usual, parts).prop_map(|(usual, parts)| [usual.as_bytes(), parts.concat().as_bytes()].concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    let small = Limits {
        head_bytes: 60,
        start_line_bytes: 25,
        headers: 2,
        informational: 1,
        trailer_bytes: 9,
        chunk_extension_bytes: 3,
        leading_empty_lines: 1,
        unsafe_header_parsing: false,
    };
    let relaxed = Limits {
        unsafe_header_parsing: true,
        ..Limits::default()
    };
    prop_oneof![4 => Just(Limits::default()), 1 => Just(small), 1 => Just(relaxed)]
}

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    prop_oneof![
        4 => Just(vec![GET]),
        2 => Just(vec![GET, HEAD, GET]),
        1 => Just(vec![HEAD]),
        1 => Just(vec![CONNECT]),
        1 => Just(vec![UPGRADE]),
    ]
}

/// The input cut at these places.
fn cut(input: &[u8], mut at: Vec<prop::sample::Index>) -> Vec<&[u8]> {
    let mut places: Vec<usize> = at
        .drain(..)
        .map(|index| index.index(input.len() + 1))
        .collect();
    places.extend([0, input.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &input[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_split_gives_same_events(
        input in messages(),
        limits in limits(),
        asked in asked(),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let pieces = cut(&input, at);
        prop_assert_eq!(
            client(&asked, limits, &[&input]),
            client(&asked, limits, &pieces),
            "client, {}", input.escape_ascii()
        );
        prop_assert_eq!(
            server(limits, &[&input]),
            server(limits, &pieces),
            "server, {}", input.escape_ascii()
        );
    }
}

/// Bytes read past the buffer count as those read into it.
#[test]
fn direct_reads_are_body() {
    let input = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let mut connection = ClientConnection::new(Limits::default());
    crate::record::ask(&mut connection, &[GET, GET, GET]);
    assert_eq!(connection.direct_read_limit(), 0);
    connection.handle_input(input);
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert_eq!(connection.direct_read_limit(), 0, "bytes are buffered");
    connection.consume_body(5);
    assert!(matches!(
        connection.poll_event(),
        Ok(ClientEvent::NeedInput)
    ));
    assert_eq!(connection.direct_read_limit(), 5);
    connection.direct_read(3);
    assert_eq!(connection.direct_read_limit(), 2);
    connection.direct_read(2);
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert_eq!(connection.direct_read_limit(), 0);

    connection.handle_input(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(
        connection.poll_event(),
        Ok(ClientEvent::NeedInput)
    ));
    assert_eq!(
        connection.direct_read_limit(),
        0,
        "chunks go through the buffer"
    );
    connection.handle_input(b"hello\r\n0\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Body)));
    connection.consume_body(5);
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));

    connection.handle_input(b"HTTP/1.1 200 OK\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert_eq!(connection.direct_read_limit(), u64::MAX);
    connection.direct_read(1 << 40);
    connection.handle_eof();
    assert_eq!(connection.direct_read_limit(), 0);
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
}
