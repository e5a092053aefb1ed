//! The asynchronous calls and Begin/End of `TcpClient`, `TcpListener` and `UdpClient`.

use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use system_net_primitives::{AddressFamily, AsyncState, IpAddress, IpEndPoint, Misuse};
use system_net_runtime::block_on;
use system_net_sockets::{
    ProtocolType, Socket, SocketErrorCode, SocketFlags, SocketType, TcpClient, TcpListener,
    UdpClient,
};

fn listener() -> (TcpListener, IpEndPoint) {
    let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
    listener.start().unwrap();
    let end_point = listener.local_endpoint().unwrap();
    (listener, end_point)
}

fn udp() -> (UdpClient, IpEndPoint) {
    let client = UdpClient::with_local_end_point(IpEndPoint::new(IpAddress::LOOPBACK, 0)).unwrap();
    let end_point = client.local_end_point().unwrap();
    (client, end_point)
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn tcp_conversation() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (listener, end_point) = listener();
    let port = end_point.port();
    let connect = async {
        let by_end_point = TcpClient::new().unwrap();
        by_end_point.connect_async(end_point).await.unwrap();
        let by_host = TcpClient::new().unwrap();
        by_host.connect_host_async("localhost", port).await.unwrap();
        let twice = by_host.connect_host_async("localhost", port).await;
        assert_eq!(twice.unwrap_err().code(), SocketErrorCode::IsConnected);
        let by_addresses = TcpClient::new().unwrap();
        let addresses = [IpAddress::IPV6_LOOPBACK, IpAddress::LOOPBACK];
        by_addresses
            .connect_addresses_async(&addresses, port)
            .await
            .unwrap();
        for client in [by_end_point, by_host, by_addresses] {
            assert!(client.active());
            let mut stream = client.get_stream().unwrap();
            stream.write_all(b"ping").await.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            assert_eq!(text, "pong");
        }
    };
    let serve = async {
        let mut clients = vec![listener.accept_tcp_client_async().await.unwrap()];
        let socket = listener.accept_socket_async().await.unwrap();
        clients.push(TcpClient::from(socket));
        clients.push(listener.accept_tcp_client_async().await.unwrap());
        for client in clients {
            let mut stream = client.get_stream().unwrap();
            let mut bytes = [0; 4];
            stream.read_exact(&mut bytes).await.unwrap();
            assert_eq!(&bytes, b"ping");
            stream.write_all(b"pong").await.unwrap();
            client.close();
        }
    };
    both(connect, serve).await;
}

/// Two futures, polled in turn.
async fn both(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut one_done, mut other_done) = (false, false);
    std::future::poll_fn(|cx| {
        one_done = one_done || one.as_mut().poll(cx).is_ready();
        other_done = other_done || other.as_mut().poll(cx).is_ready();
        if one_done && other_done {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

async fn udp_conversation() {
    let (here, here_at) = udp();
    let (there, there_at) = udp();
    let ask = async {
        here.send_to_async(b"one", there_at).await.unwrap();
        here.send_to_host_async(b"two", "localhost", there_at.port())
            .await
            .unwrap();
        assert!(here.send_async(b"no").await.unwrap_err().misuse().is_some());
        here.connect_host_async("127.0.0.1", there_at.port())
            .await
            .unwrap();
        here.send_async(b"three").await.unwrap();
        let answer = here.receive_async().await.unwrap();
        assert_eq!(answer.buffer(), b"onetwothree");
        assert_eq!(answer.remote_end_point(), there_at);
    };
    let answer = async {
        let mut all = Vec::new();
        for _ in 0..3 {
            let received = there.receive_async().await.unwrap();
            assert_eq!(received.remote_end_point(), here_at);
            all.extend(received.into_buffer());
        }
        there.send_to_async(&all, here_at).await.unwrap();
    };
    both(ask, answer).await;
}

#[test]
fn tcp_and_udp_async_everywhere() {
    block_on(tcp_conversation());
    block_on(udp_conversation());
    tokio_runtime().block_on(tcp_conversation());
    tokio_runtime().block_on(udp_conversation());
}

/// What a dropped future did not give out, the next one gets.
#[test]
fn tcp_and_udp_async_dropped() {
    let (client, end_point) = udp();
    let (listener, listening_at) = listener();
    tokio_runtime().block_on(async {
        let waker = Waker::noop();
        let mut cx = Context::from_waker(waker);
        assert!(pin!(client.receive_async()).poll(&mut cx).is_pending());
        assert!(
            pin!(listener.accept_socket_async())
                .poll(&mut cx)
                .is_pending()
        );
        client.send_to(b"kept", end_point).unwrap();
        let _peer = std::net::TcpStream::connect(std::net::SocketAddr::from(listening_at)).unwrap();
        assert_eq!(client.receive_async().await.unwrap().buffer(), b"kept");
        listener.accept_socket_async().await.unwrap();
    });
}

#[test]
fn tcp_and_udp_async_closed() {
    let (client, _) = udp();
    let (listener, _) = listener();
    tokio_runtime().block_on(async {
        let mut receive = pin!(client.receive_async());
        let mut accept = pin!(listener.accept_tcp_client_async());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(receive.as_mut().poll(&mut cx).is_pending());
        assert!(accept.as_mut().poll(&mut cx).is_pending());
        client.close();
        listener.stop();
        let aborted = SocketErrorCode::OperationAborted;
        assert_eq!(receive.await.unwrap_err().code(), aborted);
        assert_eq!(accept.await.unwrap_err().code(), aborted);
    });
}

/// Each Begin with a callback and a state, and the same without.
#[test]
fn tcp_and_udp_begin_end() {
    use std::io::{Read, Write};

    let (listener, end_point) = listener();
    let listener = Arc::new(listener);
    let port = end_point.port();
    let (told, callbacks) = mpsc::channel();
    let state: AsyncState = Arc::new("state");

    // Accept: begun before anybody connects.
    let accepting = Arc::clone(&listener);
    let tell = told.clone();
    let first = listener
        .begin_accept_tcp_client(
            Some(Box::new(move |result| {
                let text = result.async_state().unwrap().downcast_ref::<&str>();
                assert_eq!(text, Some(&"state"));
                let client = accepting.end_accept_tcp_client(result).unwrap();
                (&client.get_stream().unwrap()).write_all(b"hello").unwrap();
                client.close();
                tell.send("accepted").unwrap();
            })),
            Some(Arc::clone(&state)),
        )
        .unwrap();
    assert!(!first.is_completed());

    let clients: Vec<_> = (0..2)
        .map(|_| Arc::new(TcpClient::new().unwrap()))
        .collect();
    let connecting = Arc::clone(&clients[0]);
    clients[0].begin_connect(
        IpAddress::LOOPBACK,
        port,
        Some(Box::new(move |result| {
            connecting.end_connect(result).unwrap();
            told.send("connected").unwrap();
        })),
        Some(state),
    );
    let mut said: Vec<_> = (0..2)
        .map(|_| callbacks.recv_timeout(Duration::from_secs(20)).unwrap())
        .collect();
    said.sort_unstable();
    assert_eq!(said, ["accepted", "connected"]);
    assert!(clients[0].active());
    let mut text = String::new();
    (&clients[0].get_stream().unwrap())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "hello");

    let second = listener.begin_accept_socket(None, None);
    let begun = clients[1].begin_connect_host("localhost", port, None, None);
    clients[1].end_connect(&begun).unwrap();
    assert!(clients[1].connected());
    let twice = clients[1].end_connect(&begun).unwrap_err();
    assert!(
        matches!(twice.misuse(), Some(Misuse::InvalidOperation(_))),
        "{twice:?}"
    );
    let accepted = listener.end_accept_socket(&second.unwrap()).unwrap();
    assert!(accepted.connected());
    let third = TcpClient::new().unwrap();
    let begun = third.begin_connect_addresses(vec![IpAddress::LOOPBACK], port, None, None);
    third.end_connect(&begun).unwrap();

    drop(listener.accept_socket().unwrap());

    // A listener that is stopped ends what was begun; one that is, begins nothing.
    let waiting = listener.begin_accept_socket(None, None).unwrap();
    let waiting_too = listener.begin_accept_tcp_client(None, None).unwrap();
    listener.stop();
    let aborted = SocketErrorCode::OperationAborted;
    let error = listener.end_accept_socket(&waiting).unwrap_err();
    assert_eq!(error.code(), aborted, "{error:?}");
    let error = listener.end_accept_tcp_client(&waiting_too).unwrap_err();
    assert_eq!(error.code(), aborted, "{error:?}");
    let error = listener.begin_accept_socket(None, None).unwrap_err();
    assert!(matches!(error.misuse(), Some(Misuse::InvalidOperation(_))));

    let (here, here_at) = udp();
    let receiving = here.begin_receive(None, None);
    let (sender, sender_at) = udp();
    let sending = sender
        .begin_send_to(b"one".to_vec(), here_at, None, None)
        .unwrap();
    assert_eq!(sender.end_send(&sending).unwrap(), 3);
    let received = here.end_receive(&receiving).unwrap();
    assert_eq!(received.buffer(), b"one");
    assert_eq!(received.remote_end_point(), sender_at);
    assert!(sender.begin_send(b"no".to_vec(), None, None).is_err());
    let sending = sender
        .begin_send_to_host(b"to".to_vec(), "localhost", here_at.port(), None, None)
        .unwrap();
    assert_eq!(sender.end_send(&sending).unwrap(), 2);
    sender.connect(here_at).unwrap();
    let sending = sender.begin_send(b"four".to_vec(), None, None).unwrap();
    assert_eq!(sender.end_send(&sending).unwrap(), 4);
    assert!(
        sender
            .begin_send_to(b"no".to_vec(), here_at, None, None)
            .is_err()
    );
    for expected in ["to", "four"] {
        let receiving = here.begin_receive(None, None);
        assert_eq!(
            here.end_receive(&receiving).unwrap().buffer(),
            expected.as_bytes()
        );
    }
    let receiving = here.begin_receive(None, None);
    here.close();
    let error = here.end_receive(&receiving).unwrap_err();
    assert_eq!(error.code(), aborted, "{error:?}");
    let late = here.begin_receive(None, None);
    assert!(late.is_completed());
    let error = here.end_receive(&late).unwrap_err();
    assert!(matches!(error.misuse(), Some(Misuse::Disposed { .. })));
}

/// Dropping the owner closes, whatever was begun: the operation ends as aborted, and the port is
/// free.
#[test]
fn drop_with_an_operation_begun_closes() {
    const LIMIT: Duration = Duration::from_secs(20);
    const ABORTED: SocketErrorCode = SocketErrorCode::OperationAborted;

    let (client, end_point) = udp();
    let receiving = client.begin_receive(None, None);
    drop(client);
    assert!(receiving.wait_timeout(LIMIT), "UdpClient");
    let ended = receiving.end().unwrap();
    assert_eq!(ended.unwrap_err().code(), ABORTED);
    UdpClient::with_local_end_point(end_point).unwrap();

    let (server, end_point) = listener();
    let accepting = server.begin_accept_socket(None, None).unwrap();
    drop(server);
    assert!(accepting.wait_timeout(LIMIT), "TcpListener");
    let ended = accepting.end().unwrap();
    assert_eq!(ended.unwrap_err().code(), ABORTED);
    let refused = TcpClient::new().unwrap().connect(end_point).unwrap_err();
    assert_eq!(refused.code(), SocketErrorCode::ConnectionRefused);

    let (server, end_point) = listener();
    let socket = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap();
    socket.connect(end_point).unwrap();
    let peer = server.accept_socket().unwrap();
    let receiving = socket.begin_receive(vec![0; 8], SocketFlags::NONE, None, None);
    drop(socket);
    assert!(receiving.wait_timeout(LIMIT), "Socket");
    let (ended, buffer) = receiving.end().unwrap();
    assert_eq!(ended.unwrap_err().code(), ABORTED);
    assert_eq!(buffer.len(), 8);
    peer.set_receive_timeout(20_000).unwrap();
    assert_eq!(peer.receive(&mut [0; 8]).unwrap(), 0);
}

/// What has another owner stays open.
#[test]
fn drop_of_one_owner_closes_nothing() {
    let (server, end_point) = listener();
    let client = TcpClient::new().unwrap();
    client.connect(end_point).unwrap();
    let stream = client.get_stream().unwrap();
    let kept = Arc::clone(client.client());
    let reading = stream.begin_read(vec![0; 8], None, None);
    drop(client);
    drop(stream);
    let peer = server.accept_socket().unwrap();
    peer.send(b"here").unwrap();
    let (read, buffer) = reading.end().unwrap();
    assert_eq!(&buffer[..read.unwrap()], b"here");
    kept.send(b"there").unwrap();
    assert_eq!(peer.receive(&mut [0; 8]).unwrap(), 5);
    assert!(server.active());
}
