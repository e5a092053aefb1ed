//! `TcpClient` and `TcpListener`.

use system_net::runtime::block_on;
use system_net::*;

use crate::{Table, ip_place, listening, loopback, stream};

pub(crate) fn tcp_clients() {
    let mut table = Table::default();
    let server = listening();
    let end = ip_place(&server);
    let (address, port, host) = (IpAddress::LOOPBACK, end.port(), "127.0.0.1");
    let v4 = || TcpClient::with_address_family(AddressFamily::InterNetwork).unwrap();
    table.row("TcpClient::TcpClient", TcpClient::new).unwrap();
    table.row("TcpClient::TcpClient", v4);
    table
        .row("TcpClient::TcpClient", || {
            TcpClient::with_local_end_point(loopback())
        })
        .unwrap();
    let client = table
        .row("TcpClient::TcpClient", || TcpClient::connect_to(host, port))
        .unwrap();
    table
        .row("TcpClient::GetStream", || client.get_stream())
        .unwrap();
    table.row("TcpClient::Close", || client.close());
    table
        .row("TcpClient::Connect", || v4().connect(end))
        .unwrap();
    table
        .row("TcpClient::Connect", || v4().connect_address(address, port))
        .unwrap();
    table
        .row("TcpClient::Connect", || {
            v4().connect_addresses(&[address], port)
        })
        .unwrap();
    table
        .row("TcpClient::Connect", || v4().connect_host(host, port))
        .unwrap();
    table
        .row("TcpClient::ConnectAsync", || {
            block_on(v4().connect_async(end))
        })
        .unwrap();
    table
        .row("TcpClient::ConnectAsync", || {
            block_on(v4().connect_address_async(address, port))
        })
        .unwrap();
    table
        .row("TcpClient::ConnectAsync", || {
            block_on(v4().connect_addresses_async(&[address], port))
        })
        .unwrap();
    table
        .row("TcpClient::ConnectAsync", || {
            block_on(v4().connect_host_async(host, port))
        })
        .unwrap();
    let client = v4();
    let begun = table.row("TcpClient::BeginConnect", || {
        client.begin_connect(address, port, None, None)
    });
    table
        .row("TcpClient::EndConnect", || client.end_connect(&begun))
        .unwrap();
    let client = v4();
    let begun = table.row("TcpClient::BeginConnect", || {
        client.begin_connect_addresses(vec![address], port, None, None)
    });
    client.end_connect(&begun).unwrap();
    let client = v4();
    let begun = table.row("TcpClient::BeginConnect", || {
        client.begin_connect_host(host, port, None, None)
    });
    client.end_connect(&begun).unwrap();
    table.end(18);
}

pub(crate) fn tcp_listeners() {
    let mut table = Table::default();
    table
        .row("TcpListener::TcpListener", || {
            TcpListener::with_local_end_point(loopback())
        })
        .unwrap();
    table
        .row("TcpListener::TcpListener", || TcpListener::with_port(0))
        .unwrap();
    let listener = table
        .row("TcpListener::TcpListener", || {
            TcpListener::new(IpAddress::LOOPBACK, 0)
        })
        .unwrap();
    table
        .row("TcpListener::Start", || listener.start())
        .unwrap();
    let end = listener.local_endpoint().unwrap();
    let clients: Vec<Socket> = (0..6)
        .map(|_| {
            let client = stream();
            client.connect(end).unwrap();
            client
        })
        .collect();
    table
        .row("TcpListener::AcceptSocket", || listener.accept_socket())
        .unwrap();
    table
        .row("TcpListener::AcceptTcpClient", || {
            listener.accept_tcp_client()
        })
        .unwrap();
    table
        .row("TcpListener::AcceptSocketAsync", || {
            block_on(listener.accept_socket_async())
        })
        .unwrap();
    table
        .row("TcpListener::AcceptTcpClientAsync", || {
            block_on(listener.accept_tcp_client_async())
        })
        .unwrap();
    let begun = table
        .row("TcpListener::BeginAcceptSocket", || {
            listener.begin_accept_socket(None, None)
        })
        .unwrap();
    table
        .row("TcpListener::EndAcceptSocket", || {
            listener.end_accept_socket(&begun)
        })
        .unwrap();
    let begun = table
        .row("TcpListener::BeginAcceptTcpClient", || {
            listener.begin_accept_tcp_client(None, None)
        })
        .unwrap();
    table
        .row("TcpListener::EndAcceptTcpClient", || {
            listener.end_accept_tcp_client(&begun)
        })
        .unwrap();
    table.row("TcpListener::Stop", || listener.stop());
    table
        .row("TcpListener::Start", || listener.start_with_backlog(5))
        .unwrap();
    drop(clients);
    table.end(14);
}
