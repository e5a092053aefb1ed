//! Scripts: each step, and how a connection ends.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use system_net_testkit::{Ended, HttpPeer, Script, Signal};

use crate::{connect, expect};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn one_script_for_each_connection() {
    let peer = HttpPeer::scripts([
        Script::new().answer(OK).close(),
        Script::new().head().body(3).send("two").close(),
    ]);
    let mut first = connect(&peer);
    first.write_all(GET).unwrap();
    expect(&mut first, OK);
    assert_eq!(first.read(&mut [0]).unwrap(), 0);
    let mut second = connect(&peer);
    second.write_all(b"PUT / HTTP/1.1\r\n\r\nabc").unwrap();
    expect(&mut second, "two");
    // The third has no script: closed at once.
    assert_eq!(connect(&peer).read(&mut [0]).unwrap(), 0);
    peer.wait_for_open_at_most(0);
    let ends: Vec<Ended> = peer
        .connections()
        .into_iter()
        .map(|one| one.ended)
        .collect();
    assert_eq!(ends, [Ended::ByPeer, Ended::ByPeer, Ended::ByPeer]);
    assert_eq!(peer.requests()[1].body, b"abc");
    assert_eq!(peer.requests()[1].connection, 1);
}

#[test]
fn repeats_and_leaves_the_connection_open() {
    let peer = HttpPeer::each(Script::new().answer(OK).repeat(2));
    let mut client = connect(&peer);
    for _ in 0..2 {
        client.write_all(GET).unwrap();
        expect(&mut client, OK);
    }
    client.write_all(b"surplus").unwrap();
    drop(client);
    peer.wait_for_open_at_most(0);
    let connection = peer.connections().remove(0);
    assert_eq!(connection.ended, Ended::ByClient);
    assert!(
        connection.received.ends_with(b"surplus"),
        "what comes later is recorded"
    );
}

#[test]
fn reset_arrives_as_reset() {
    let peer = HttpPeer::each(Script::new().answer("HTTP/1.1 200 OK\r\n").reset());
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    let error = client.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn close_delivers_what_was_sent_despite_unread_bytes() {
    let peer = HttpPeer::each(Script::new().answer(OK).close());
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    client.write_all(b"a body that nobody reads").unwrap();
    let mut answer = String::new();
    // The peer may close before the second write arrives; what it sent must be there anyway.
    let _late_reset = client.read_to_string(&mut answer);
    assert_eq!(answer, OK);
}

#[test]
fn half_close_still_reads() {
    let peer = HttpPeer::each(Script::new().close_sending().head());
    let mut client = connect(&peer);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    client.write_all(GET).unwrap();
    peer.wait_for_requests(1);
}

#[test]
fn slow_pieces_arrive_apart() {
    let pause = Duration::from_millis(20);
    let peer = HttpPeer::each(Script::new().send_slow("abcdef", 2, pause).close());
    let mut client = connect(&peer);
    // The test is about time.
    #[allow(clippy::disallowed_methods, reason = "measures the pauses")]
    let start = Instant::now();
    let mut sizes = Vec::new();
    loop {
        let mut piece = [0; 16];
        match client.read(&mut piece).unwrap() {
            0 => break,
            count => sizes.push(count),
        }
    }
    assert!(start.elapsed() >= pause * 2);
    assert_eq!(sizes.iter().sum::<usize>(), 6);
    assert!(sizes.len() >= 2, "{sizes:?}");
}

#[test]
fn signals_order_two_sides() {
    let (go, reached) = (Signal::new(), Signal::new());
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .raise(&reached)
            .wait_for(&go)
            .send("go"),
    );
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    assert!(reached.wait(Duration::from_secs(20)));
    client.set_nonblocking(true).unwrap();
    assert_eq!(
        client.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    client.set_nonblocking(false).unwrap();
    go.raise();
    expect(&mut client, "go");
}

#[test]
fn discards_and_sends_in_bulk() {
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .discard(1_000_000)
            .send_pattern(600_000),
    );
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    client.write_all(&vec![b'x'; 1_000_000]).unwrap();
    let mut pattern = vec![0; 600_000];
    client.read_exact(&mut pattern).unwrap();
    assert!(
        pattern
            .iter()
            .enumerate()
            .all(|(at, &byte)| usize::from(byte) == at % 251)
    );
    let connection = peer.connections().remove(0);
    assert_eq!(connection.received_length, 1_000_000 + GET.len() as u64);
    // What came in one read with the head is recorded, the rest is not.
    assert!(connection.received.len() < 20_000);
}

#[test]
fn dropping_the_peer_ends_every_kind_of_wait() {
    let never = Signal::new();
    let waits = [
        Script::new().stall(),
        Script::new().hold(),
        Script::new().head(),
        Script::new().wait_for(&never),
        Script::new().send_slow("ab", 1, Duration::from_secs(600)),
        // More than socket buffers hold: the peer waits in a write.
        Script::new().send_pattern(1 << 30),
    ];
    let count = waits.len();
    let peer = HttpPeer::scripts(waits);
    let mut clients: Vec<TcpStream> = Vec::new();
    for accepted in 1..=count {
        clients.push(connect(&peer));
        peer.wait_for_connections(accepted);
    }
    drop(peer);
    for mut client in clients {
        // Nothing is left that could keep a connection open: each ends by close or reset.
        let mut rest = Vec::new();
        let ended = client.read_to_end(&mut rest);
        assert!(ended.is_ok() || ended.unwrap_err().kind() == ErrorKind::ConnectionReset);
    }
}

#[test]
fn silent_peers_never_answer() {
    let peer = HttpPeer::silent();
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    client
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let error = client.read(&mut [0]).unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    drop(client);
    peer.wait_for_open_at_most(0);
    assert_eq!(peer.connections()[0].received, GET);
}

#[test]
fn a_closure_decides_as_it_reads() {
    let peer = HttpPeer::converse(|talk| {
        assert!(talk.peek()?.starts_with(b"P"));
        let head = talk.head()?;
        if head.method() == "PUT" {
            talk.reset()?;
        }
        let body = talk.body(&head)?.unwrap_or_default();
        talk.send(format!("{} on {}", body.len(), talk.connection_index()))?;
        talk.close()
    });
    let mut post = connect(&peer);
    post.write_all(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
        .unwrap();
    let mut answer = String::new();
    post.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "3 on 0");
    let mut put = connect(&peer);
    put.write_all(b"PUT / HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(
        put.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
}
