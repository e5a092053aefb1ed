//! A server remembers the fields of the last request: what the next one says must not depend on it.

use system_net_http_proto::{Limits, ServerConnection, ServerEvent};

use crate::record::{bytewise, server};

/// Heads as they may follow each other.
fn heads() -> Vec<String> {
    let fields = [
        "Host: a\r\nUser-Agent: x\r\n",
        // A part of it, more than it, the same in another form.
        "Host: a\r\n",
        "Host: a\r\nUser-Agent: x\r\nAccept: */*\r\n",
        "Host: a\r\nUser-Agent: x\r\nHost: a\r\n",
        "Host: a\r\nUser-Agent: x\r\n Accept: */*\r\n",
        "Host: a\r\nUser-Agent: y\r\n",
        "Host: b\r\nUser-Agent: x\r\n",
        "host: a\r\nUser-Agent: x\r\n",
        "Host: a\r\nUser-Agent: x \r\n",
        "User-Agent: x\r\nHost: a\r\n",
        "User-Agent: x\r\n",
        "",
        // What decides on the body or the connection.
        "Host: a\r\nContent-Length: 2\r\n",
        "Host: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n",
        "Host: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Host: a\r\nConnection: close\r\n",
        "Host: a\r\nConnection: keep-alive\r\n",
        "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\n",
        // What is refused.
        "Host: a\r\nX : 1\r\n",
        "Host: a\r\nX: \x01\r\n",
        "Host: a\nX: 1\r\n",
        "Host: a/b\r\n",
    ];
    let lines = [
        "GET / HTTP/1.1",
        "GET /a?b HTTP/1.1",
        "HEAD / HTTP/1.1",
        "GETS / HTTP/1.1",
        "POST / HTTP/1.0",
        "OPTIONS * HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "GET http://b/ HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.2",
        "GET /\u{e4} HTTP/1.1",
        "G@T / HTTP/1.1",
    ];
    let body = |fields: &str| match fields {
        _ if fields.contains("chunked") => "2\r\nok\r\n0\r\n\r\n",
        _ if fields.contains("Content-Length") => "ok",
        _ => "",
    };
    let first = fields[0];
    let of_lines = lines[1..]
        .iter()
        .map(|line| format!("{line}\r\n{first}\r\n"));
    let of_fields = fields
        .iter()
        .map(|fields| format!("{}\r\n{fields}\r\n{}", lines[0], body(fields)));
    let long = (1020..1028).map(|length| {
        let value = "v".repeat(length - "Host: a\r\nX: \r\n".len());
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {value}\r\n\r\n")
    });
    of_fields.chain(of_lines).chain(long).collect()
}

#[test]
fn fields_of_the_last_request_change_nothing() {
    let mut followed = 0;
    let heads = heads();
    for first in &heads {
        // Byte by byte, nothing is read in one go, and nothing remembered.
        let before = server(Limits::default(), &bytewise(first.as_bytes()));
        assert_eq!(before, server(Limits::default(), &[first.as_bytes()]));
        let Some((last, told)) = before.split_last() else {
            panic!("{first:?} gives nothing");
        };
        if last != "closed" {
            continue;
        }
        for second in &heads {
            let alone = server(Limits::default(), &bytewise(second.as_bytes()));
            let behind = server(Limits::default(), &[first.as_bytes(), second.as_bytes()]);
            let pipelined = format!("{first}{second}");
            let pipelined = server(Limits::default(), &[pipelined.as_bytes()]);
            let expected = [told, &alone[..]].concat();
            assert_eq!(behind, expected, "{second:?} behind {first:?}");
            assert_eq!(pipelined, expected, "{second:?} right behind {first:?}");
            followed += 1;
        }
    }
    assert!(followed > 500, "{followed}");
}

#[test]
fn limits_hold_for_repeated_heads() {
    let head = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n";
    let longer = "GET /longer HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n";
    #[track_caller]
    fn check(limits: Limits, head: &str, longer: &str) {
        let pieces = [head.as_bytes(), longer.as_bytes()];
        let told = server(limits, &pieces);
        let mut slow = bytewise(head.as_bytes());
        slow.extend(bytewise(longer.as_bytes()));
        assert_eq!(told, server(limits, &slow));
        assert!(told[2].starts_with("error LimitExceeded"), "{told:?}");
    }
    let base = Limits::default();
    let (head_bytes, start_line_bytes) = (head.len(), "GET / HTTP/1.1\r\n".len());
    check(Limits { head_bytes, ..base }, head, longer);
    check(
        Limits {
            start_line_bytes,
            ..base
        },
        head,
        longer,
    );
}

/// Only what the request right before said counts as said again.
#[test]
fn same_fields_are_those_of_the_request_before() {
    let mut connection = ServerConnection::new(Limits::default());
    #[track_caller]
    fn check(connection: &mut ServerConnection, pieces: &[&str], same: bool) {
        for piece in pieces {
            connection.handle_input(piece.as_bytes());
            match connection.poll_event() {
                Ok(ServerEvent::NeedInput) => {}
                Ok(ServerEvent::Head(head)) => assert_eq!(head.same_fields, same, "{pieces:?}"),
                other => panic!("{other:?}"),
            }
        }
        connection.begin_response(204, "", None).unwrap();
        connection.end_head().unwrap();
        assert!(connection.next_request().unwrap());
    }
    let one = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let other = "GET / HTTP/1.1\r\nHost: b\r\n\r\n";
    check(&mut connection, &[one], false);
    check(&mut connection, &[one], true);
    check(
        &mut connection,
        &["PUT /x HTTP/1.1\r\nHost: a\r\n\r\n"],
        true,
    );
    check(&mut connection, &[other], false);
    check(&mut connection, &[one], false);
    // In two pieces, which are read another way.
    check(
        &mut connection,
        &["GET / HTTP/1.1\r\nHost: b", "\r\n\r\n"],
        false,
    );
    check(&mut connection, &[one], false);
    check(&mut connection, &[one], true);
    connection.release_buffers();
    check(&mut connection, &[one], false);
}
