//! A connection remembers the last head, as a whole and by its names: what the next one says must not
//! depend on it.

use system_net_http_proto::Limits;

use crate::record::{GET, client};

/// The fields of heads as they may follow each other.
fn heads() -> Vec<String> {
    let fixed = [
        "Server: a\r\nX-One: 1\r\nContent-Length: 2\r\n",
        // The same and more, other values, another order, one more, one less.
        "Server: a\r\nX-One: 1\r\nContent-Length: 2\r\nX-Two: 2\r\n",
        "Server: a\r\nX-One: 1\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        "Server: a\r\nX-One: 1\r\nContent-Length: 2\r\n X-Two: 2\r\n",
        "Server: b\r\nX-One: \r\nContent-Length: 3\r\n",
        "X-One: 1\r\nServer: a\r\nContent-Length: 2\r\n",
        "Server: a\r\nX-New: n\r\nX-One: 1\r\nContent-Length: 2\r\n",
        "Server: a\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\n",
        // Nearly the same names.
        "server: a\r\nX-One : 1\r\nContent-Length: 2\r\n",
        "Server:a\r\nX-One:  1\r\nContent-Length: 2\r\n",
        "Servers: a\r\nX-One1: 1\r\nContent-Length: 2\r\n",
        "Serve: a\r\nX-On: 1\r\nContent-Lengt: 2\r\n",
        "Server: a\r\nX-One: 1\r\ncontent-length: 2\r\n",
        "Server: a\r\n X-One: 1\r\nContent-Length: 2\r\n",
        "Server\r\nX-One: 1\r\nContent-Length: 2\r\n",
        // What decides on the body or the connection, where before something else stood.
        "Server: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Server: a\r\nConnection: close\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2\r\nX-One: 1\r\nContent-Length: x\r\n",
        "Server: a\x01\r\nX-One: 1\r\nContent-Length: 2\r\n",
        "Server: a\nX-One: 1\r\nContent-Length: 2\r\n",
        "Server: a\r\nX-One: \u{e4}\r\nContent-Length: 2\r\n",
    ];
    let long = |length: usize| format!("{}: 1\r\nContent-Length: 2\r\n", "N".repeat(length));
    let many = |count: usize| {
        let fields: String = (0..count).map(|i| format!("X-{i}: {i}\r\n")).collect();
        fields + "Content-Length: 2\r\n"
    };
    let made = [27, 28, 29, 30, 31, 64].map(long).into_iter();
    let made = made.chain([30, 31, 32, 33, 60, 99, 100].map(many));
    // As much as is remembered as a whole, and more.
    let value = |length: usize| format!("X-One: {}\r\nContent-Length: 2\r\n", "v".repeat(length));
    let made = made.chain([995, 996, 997, 1100].map(value));
    fixed.map(str::to_owned).into_iter().chain(made).collect()
}

#[test]
fn names_of_the_last_head_change_nothing() {
    let good = "HTTP/1.1 200 OK\r\n";
    let heads = heads();
    for first in &heads {
        let first = format!("{good}{first}\r\nok");
        let before = client(&[GET], Limits::default(), &[first.as_bytes()]);
        // Only behind a response that leaves the connection as it is comes another.
        if before.last().is_none_or(|verdict| verdict != "reuse") {
            continue;
        }
        let told = before.len() - 1;
        for second in &heads {
            let second = format!("{good}{second}\r\nok");
            let alone = client(&[GET], Limits::default(), &[second.as_bytes()]);
            let behind = client(
                &[GET, GET],
                Limits::default(),
                &[first.as_bytes(), second.as_bytes()],
            );
            assert_eq!(behind[..told], before[..told], "{first:?}");
            assert_eq!(behind[told..], alone, "{second:?} behind {first:?}");
        }
    }
}
