//! Absolute form and tunnels.

use std::io::{Read, Write};

use system_net_testkit::{HttpPeer, ProxyAnswer, Response};

use crate::{connect, exchange};

#[test]
fn absolute_form_is_answered_by_the_handler() {
    let proxy = HttpPeer::proxy(|request| Response::new(200).body(request.target()).into());
    let answer = exchange(
        &proxy,
        "GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nProxy-Connection: close\r\n\r\n",
    );
    assert!(answer.ends_with("\r\n\r\nhttp://a.example/x"), "{answer}");
    assert_eq!(proxy.requests()[0].target(), "http://a.example/x");
}

#[test]
fn a_tunnel_passes_bytes_on_in_both_directions() {
    let origin = HttpPeer::serve(|request| Response::new(200).body(&request.body));
    let to = origin.address();
    let proxy = HttpPeer::proxy(move |request| match request.method().as_str() {
        "CONNECT" => ProxyAnswer::Tunnel(to),
        _ => Response::new(400).into(),
    });
    let mut client = connect(&proxy);
    client
        .write_all(b"CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n")
        .unwrap();
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let mut answer = vec![0; established.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, established);
    let body = "x".repeat(100_000);
    let request =
        format!("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n{body}");
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with(&body));
    assert_eq!((proxy.request_count(), origin.request_count()), (1, 1));
    proxy.wait_for_open_at_most(0);
}
