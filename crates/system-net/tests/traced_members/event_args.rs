//! `Socket` with `SocketAsyncEventArgs`.

use std::thread;

use system_net::*;

use crate::{Table, listening, loopback, place, socket, stream};

pub(crate) fn event_args() {
    let mut table = Table::default();
    // What goes on is waited for; what ends at once has no event.
    let whole = |args: &SocketAsyncEventArgs, begun: Result<bool, SocketError>| {
        begun.unwrap();
        while args.is_in_progress() {
            thread::yield_now();
        }
        assert_eq!(args.socket_error(), SocketErrorCode::Success);
    };
    let with = |text: &str, end: Option<EndPoint>| {
        let args = SocketAsyncEventArgs::new();
        args.set_memory_buffer(text.as_bytes()).unwrap();
        args.set_remote_end_point(end);
        args
    };
    let server = listening();
    let one = stream();
    let args = SocketAsyncEventArgs::new();
    args.set_remote_end_point(Some(place(&server)));
    table.row("Socket::ConnectAsync", || {
        whole(&args, one.connect_args(&args))
    });
    let args = SocketAsyncEventArgs::new();
    table.row("Socket::AcceptAsync", || {
        whole(&args, server.accept_args(&args))
    });
    let other = args.take_accept_socket().unwrap();
    let args = with("ab", None);
    table.row("Socket::SendAsync", || whole(&args, one.send_args(&args)));
    let args = with("....", None);
    table.row("Socket::ReceiveAsync", || {
        whole(&args, other.receive_args(&args))
    });
    let args = SocketAsyncEventArgs::new();
    let elements = vec![SendPacketsElement::from_buffer(b"ab".to_vec())];
    args.set_send_packets_elements(Some(elements)).unwrap();
    table.row("Socket::SendPacketsAsync", || {
        whole(&args, one.send_packets_args(&args))
    });
    let args = SocketAsyncEventArgs::new();
    table.row("Socket::DisconnectAsync", || {
        whole(&args, one.disconnect_args(&args))
    });
    let one = socket(SocketType::Dgram, ProtocolType::UDP);
    one.bind(loopback()).unwrap();
    let at = Some(place(&one));
    for receive in [
        "Socket::ReceiveFromAsync",
        "Socket::ReceiveMessageFromAsync",
    ] {
        let args = with("ab", at.clone());
        table.row("Socket::SendToAsync", || {
            whole(&args, one.send_to_args(&args))
        });
        let args = with("....", at.clone());
        table.row(receive, || {
            let begun = match receive {
                "Socket::ReceiveFromAsync" => one.receive_from_args(&args),
                _ => one.receive_message_from_args(&args),
            };
            whole(&args, begun);
        });
    }
    table.end(10);
}
