//! `Socket`: connections, streams, datagrams.

use std::io::{IoSlice, IoSliceMut};

use system_net::runtime::block_on;
use system_net::*;

use crate::{Table, ip_place, loopback, pair, place, socket, stream};

pub(crate) fn connections() {
    let mut table = Table::default();
    let server = table.row("Socket::Socket", stream);
    table
        .row("Socket::Bind", || server.bind(loopback()))
        .unwrap();
    table.row("Socket::Listen", || server.listen(64)).unwrap();
    let at = place(&server);
    let port = ip_place(&server).port();
    let addresses = [IpAddress::LOOPBACK];
    let one = stream();
    table
        .row("Socket::Connect", || one.connect(at.clone()))
        .unwrap();
    let other = table.row("Socket::Accept", || server.accept()).unwrap();
    table
        .row("Socket::Shutdown", || one.shutdown(SocketShutdown::Both))
        .unwrap();
    table
        .row("Socket::Disconnect", || one.disconnect(true))
        .unwrap();
    table.row("Socket::Close", || one.close());
    table.row("Socket::Close", || other.close_timeout(1));
    let host = "127.0.0.1";
    table
        .row("Socket::Connect", || stream().connect_host(host, port))
        .unwrap();
    table
        .row("Socket::Connect", || {
            stream().connect_addresses(&addresses, port)
        })
        .unwrap();
    let one = stream();
    table
        .row("Socket::ConnectAsync", || {
            block_on(one.connect_async(at.clone()))
        })
        .unwrap();
    table
        .row("Socket::DisconnectAsync", || {
            block_on(one.disconnect_async(false))
        })
        .unwrap();
    table
        .row("Socket::ConnectAsync", || {
            block_on(stream().connect_host_async(host, port))
        })
        .unwrap();
    table
        .row("Socket::ConnectAsync", || {
            block_on(stream().connect_addresses_async(&addresses, port))
        })
        .unwrap();
    table
        .row("Socket::AcceptAsync", || block_on(server.accept_async()))
        .unwrap();
    let one = stream();
    let begun = table.row("Socket::BeginConnect", || {
        one.begin_connect(at.clone(), None, None)
    });
    table
        .row("Socket::EndConnect", || one.end_connect(&begun))
        .unwrap();
    let begun = table.row("Socket::BeginDisconnect", || {
        one.begin_disconnect(false, None, None)
    });
    table
        .row("Socket::EndDisconnect", || one.end_disconnect(&begun))
        .unwrap();
    let one = stream();
    let begun = table.row("Socket::BeginConnect", || {
        one.begin_connect_host(host, port, None, None)
    });
    one.end_connect(&begun).unwrap();
    let one = stream();
    let begun = table.row("Socket::BeginConnect", || {
        one.begin_connect_addresses(&addresses, port, None, None)
    });
    one.end_connect(&begun).unwrap();
    let begun = table.row("Socket::BeginAccept", || server.begin_accept(None, None));
    table
        .row("Socket::EndAccept", || server.end_accept(&begun))
        .unwrap();
    let pid = i32::try_from(std::process::id()).unwrap();
    let one = stream();
    let handed = table
        .row("Socket::DuplicateAndClose", || one.duplicate_and_close(pid))
        .unwrap();
    Socket::from_information(&handed).unwrap();
    table.end(25);
}

pub(crate) fn transfers() {
    let mut table = Table::default();
    let (one, other) = pair();
    let none = SocketFlags::NONE;
    let mut buffer = [0; 4];
    table.row("Socket::Send", || one.send(b"ab")).unwrap();
    table
        .row("Socket::Receive", || other.receive(&mut buffer))
        .unwrap();
    table
        .row("Socket::Send", || one.send_with(b"ab", none))
        .unwrap();
    table
        .row("Socket::Receive", || other.receive_with(&mut buffer, none))
        .unwrap();
    table
        .row("Socket::Send", || {
            one.send_buffers(&[IoSlice::new(b"ab")], none)
        })
        .unwrap();
    table
        .row("Socket::Receive", || {
            other.receive_buffers(&mut [IoSliceMut::new(&mut buffer)], none)
        })
        .unwrap();
    table
        .row("Socket::SendAsync", || {
            block_on(one.send_async(b"ab", none))
        })
        .unwrap();
    table
        .row("Socket::ReceiveAsync", || {
            block_on(other.receive_async(&mut buffer, none))
        })
        .unwrap();
    table
        .row("Socket::SendAsync", || {
            block_on(one.send_buffers_async(&[IoSlice::new(b"ab")], none))
        })
        .unwrap();
    table
        .row("Socket::ReceiveAsync", || {
            block_on(other.receive_buffers_async(&mut [IoSliceMut::new(&mut buffer)], none))
        })
        .unwrap();
    let begun = table.row("Socket::BeginSend", || {
        one.begin_send(b"ab".to_vec(), none, None, None)
    });
    table
        .row("Socket::EndSend", || one.end_send(&begun))
        .0
        .unwrap();
    let begun = table.row("Socket::BeginReceive", || {
        other.begin_receive(vec![0; 4], none, None, None)
    });
    table
        .row("Socket::EndReceive", || other.end_receive(&begun))
        .0
        .unwrap();
    let begun = table.row("Socket::BeginSend", || {
        one.begin_send_buffers(vec![b"ab".to_vec()], none, None, None)
    });
    table
        .row("Socket::EndSend", || one.end_send_buffers(&begun))
        .0
        .unwrap();
    let begun = table.row("Socket::BeginReceive", || {
        other.begin_receive_buffers(vec![vec![0; 4]], none, None, None)
    });
    table
        .row("Socket::EndReceive", || other.end_receive_buffers(&begun))
        .0
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "ab").unwrap();
    table
        .row("Socket::SendFile", || one.send_file(file.path()))
        .unwrap();
    let default = TransmitFileOptions::USE_DEFAULT_WORKER_THREAD;
    table
        .row("Socket::SendFile", || {
            one.send_file_with(Some(file.path()), b"a", b"b", default)
        })
        .unwrap();
    let begun = table.row("Socket::BeginSendFile", || {
        one.begin_send_file(file.path(), None, None)
    });
    table
        .row("Socket::EndSendFile", || one.end_send_file(&begun))
        .unwrap();
    table.end(22);
}

pub(crate) fn datagrams() {
    let mut table = Table::default();
    let one = socket(SocketType::Dgram, ProtocolType::UDP);
    one.bind(loopback()).unwrap();
    let at = place(&one);
    let none = SocketFlags::NONE;
    let mut buffer = [0; 4];
    table
        .row("Socket::SendTo", || one.send_to(b"ab", none, at.clone()))
        .unwrap();
    table
        .row("Socket::ReceiveFrom", || {
            one.receive_from(&mut buffer, none)
        })
        .unwrap();
    table
        .row("Socket::SendToAsync", || {
            block_on(one.send_to_async(b"ab", none, at.clone()))
        })
        .unwrap();
    table
        .row("Socket::ReceiveMessageFrom", || {
            one.receive_message_from(&mut buffer, none)
        })
        .unwrap();
    let send = || one.begin_send_to(b"ab".to_vec(), none, at.clone(), None, None);
    let begun = table.row("Socket::BeginSendTo", send);
    table
        .row("Socket::EndSendTo", || one.end_send_to(&begun))
        .0
        .unwrap();
    table
        .row("Socket::ReceiveFromAsync", || {
            block_on(one.receive_from_async(&mut buffer, none))
        })
        .unwrap();
    one.send_to(b"ab", none, at.clone()).unwrap();
    table
        .row("Socket::ReceiveMessageFromAsync", || {
            block_on(one.receive_message_from_async(&mut buffer, none))
        })
        .unwrap();
    one.send_to(b"ab", none, at.clone()).unwrap();
    let begun = table.row("Socket::BeginReceiveFrom", || {
        one.begin_receive_from(vec![0; 4], none, None, None)
    });
    table
        .row("Socket::EndReceiveFrom", || one.end_receive_from(&begun))
        .0
        .unwrap();
    one.send_to(b"ab", none, at).unwrap();
    let begun = table.row("Socket::BeginReceiveMessageFrom", || {
        one.begin_receive_message_from(vec![0; 4], none, None, None)
    });
    table
        .row("Socket::EndReceiveMessageFrom", || {
            one.end_receive_message_from(&begun)
        })
        .0
        .unwrap();
    table.end(12);
}
