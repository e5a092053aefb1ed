//! `HttpPeer::serve`: what it answers and what it counts.

use std::io::{Read, Write};

use system_net_testkit::{HttpPeer, Response};

use crate::{connect, exchange, expect};

fn echo() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
        "/chunked" => Response::new(200).body("hello world").chunked(5),
        "/until-close" => Response::new(200).body("to the end").until_close(),
        "/none" => Response::new(204),
        "/missing" => Response::new(404).header("X-Why", "gone").body("no"),
        _ => Response::new(200).body(&request.body),
    })
}

#[track_caller]
fn check(request: &str, expected: &str) {
    let peer = echo();
    assert_eq!(exchange(&peer, request), expected);
    assert_eq!((peer.request_count(), peer.connections_opened()), (1, 1));
}

#[test]
fn answers_by_framing() {
    check(
        "GET /missing HTTP/1.1\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nX-Why: gone\r\nContent-Length: 2\r\n\r\nno",
    );
    check(
        "GET /chunked HTTP/1.1\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\n worl\r\n1\r\nd\r\n0\r\n\r\n",
    );
    check(
        "GET /until-close HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end",
    );
    check(
        "GET /none HTTP/1.0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
    );
    check(
        "HEAD /missing HTTP/1.0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nX-Why: gone\r\nContent-Length: 2\r\n\r\n",
    );
    check(
        "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    );
    check(
        "POST / HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n\
         2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: v\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    );
}

#[test]
fn keeps_alive_and_records_exactly() {
    let peer = echo();
    let mut client = connect(&peer);
    let first = "POST /1 HTTP/1.1\r\nhOST: h\r\nX-b: 1\r\nx-A:  2\r\nContent-Length: 2\r\n\r\n";
    client.write_all(first.as_bytes()).unwrap();
    client.write_all(b"ab").unwrap();
    expect(
        &mut client,
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
    );
    client
        .write_all(b"GET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n")
        .unwrap();
    expect(
        &mut client,
        &"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".repeat(2),
    );
    assert_eq!((peer.connections_opened(), peer.connections_open()), (1, 1));

    let requests = peer.requests();
    assert_eq!(requests[0].head, first.as_bytes());
    assert_eq!(requests[0].body, b"ab");
    assert_eq!(
        requests[0].header_names(),
        ["hOST", "X-b", "x-A", "Content-Length"]
    );
    assert_eq!(requests[0].header("X-a").as_deref(), Some("2"));
    assert_eq!(requests[0].version(), "HTTP/1.1");
    let targets: Vec<String> = requests.iter().map(|request| request.target()).collect();
    assert_eq!(targets, ["/1", "/2", "/3"]);
    drop(client);
    peer.wait_for_open_at_most(0);
}

#[test]
fn records_raw_chunks() {
    let peer = echo();
    let mut client = connect(&peer);
    let framed = "3\r\nabc\r\n2;ext\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    client
        .write_all(format!("{head}{framed}").as_bytes())
        .unwrap();
    expect(
        &mut client,
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    );
    let request = peer.requests().remove(0);
    assert_eq!(request.raw_body, framed.as_bytes());
    assert_eq!(request.body, b"abcde");
    assert_eq!(
        peer.connections()[0].received,
        format!("{head}{framed}").as_bytes()
    );
}

#[test]
fn counts_the_most_connections_at_once() {
    let peer = echo();
    let clients: Vec<_> = (0..3).map(|_| connect(&peer)).collect();
    peer.wait_for_connections(3);
    drop(clients);
    peer.wait_for_open_at_most(0);
    let mut one_more = connect(&peer);
    one_more.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    one_more.read_to_end(&mut Vec::new()).unwrap();
    peer.wait_for_open_at_most(0);
    assert_eq!(
        (peer.connections_opened(), peer.most_connections_open()),
        (4, 3)
    );
}

#[test]
fn stops_listening_but_serves_on() {
    let mut peer = echo();
    let mut client = connect(&peer);
    peer.wait_for_connections(1);
    peer.stop_listening();
    client.write_all(b"GET /none HTTP/1.1\r\n\r\n").unwrap();
    expect(&mut client, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(peer.connections_opened(), 1);
}
