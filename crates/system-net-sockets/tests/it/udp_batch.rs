//! Many datagrams in one call: none lost, mixed up or put together for the receiver.

use std::net::UdpSocket;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint, Misuse};
use system_net_sockets::{SocketErrorCode, SocketFlags, UdpBatch, UdpClient};
use system_net_testkit::{Blocked, Namespace};

/// The hang limit of a receive.
const LIMIT_MS: i32 = 20_000;

fn bound_to(address: IpAddress) -> (UdpClient, IpEndPoint) {
    let client = UdpClient::with_local_end_point(IpEndPoint::new(address, 0)).unwrap();
    client.client().set_receive_timeout(LIMIT_MS).unwrap();
    let end_point = client.local_end_point().unwrap();
    (client, end_point)
}

/// A block whose every segment differs from the others.
fn block(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

fn collect(receiver: &UdpClient, count: usize) -> Vec<(Vec<u8>, IpEndPoint)> {
    let mut batch = UdpBatch::new();
    let mut all = Vec::new();
    while all.len() < count {
        let number = receiver.receive_batch(&mut batch).unwrap();
        assert_eq!(number, batch.len());
        assert_eq!(number, batch.iter().count());
        assert!(!batch.is_empty());
        all.extend(batch.iter().map(|(data, from)| (data.to_vec(), from)));
    }
    all
}

#[track_caller]
fn check(length: usize, segment_size: usize, connected: bool) {
    for address in [IpAddress::LOOPBACK, IpAddress::IPV6_LOOPBACK] {
        let (receiver, to) = bound_to(address);
        let (sender, from) = bound_to(address);
        let data = block(length);
        let expected: Vec<_> = data
            .chunks(segment_size)
            .map(|segment| (segment.to_vec(), from))
            .collect();
        let sent = if connected {
            sender.connect(to).unwrap();
            sender.send_batch(&data, segment_size).unwrap()
        } else {
            sender.send_batch_to(&data, segment_size, to).unwrap()
        };
        assert_eq!(sent, expected.len());
        let received = collect(&receiver, sent);
        assert!(
            received == expected,
            "{length} by {segment_size} at {address}"
        );
    }
}

#[test]
fn udp_batches() {
    for connected in [false, true] {
        check(1, 1, connected);
        check(1200 * 40, 1200, connected);
        check(1200 * 40 + 7, 1200, connected);
        check(64 * 100, 64, connected);
        check(5, 1200, connected);
        check(90_000, 30_000, connected);
        check(65_507, 65_507, connected);
    }
}

#[test]
fn udp_batch_misuse() {
    let (client, end_point) = bound_to(IpAddress::LOOPBACK);
    let error = client.send_batch_to(b"x", 0, end_point).unwrap_err();
    assert_eq!(
        error.misuse().and_then(Misuse::param_name),
        Some("segmentSize")
    );
    assert_eq!(client.send_batch_to(b"", 7, end_point).unwrap(), 0);
    assert!(client.send_batch(b"x", 1).unwrap_err().misuse().is_some());
    let error = client
        .send_batch_to(&block(70_000), 70_000, end_point)
        .unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::MessageSize);
    client.connect(end_point).unwrap();
    let error = client.send_batch_to(b"x", 1, end_point).unwrap_err();
    assert!(error.misuse().is_some());
    assert_eq!(UdpBatch::with_capacity(0).capacity(), 1);
    assert_eq!(UdpBatch::with_capacity(5).capacity(), 5);
    assert_eq!(UdpBatch::with_capacity(1000).capacity(), 32);
    assert!(UdpBatch::default().is_empty());
}

/// Whoever receives, by whichever call: every datagram once, whole and apart, in order.
#[test]
fn udp_batch_then_one_by_one() {
    let (receiver, to) = bound_to(IpAddress::LOOPBACK);
    let sender = UdpClient::new().unwrap();
    let mut batch = UdpBatch::with_capacity(1);
    sender.send_to(b"first", to).unwrap();
    assert_eq!(receiver.receive_batch(&mut batch).unwrap(), 1);

    let data = block(100 * 12);
    let expected: Vec<_> = data.chunks(100).collect();
    assert_eq!(sender.send_batch_to(&data, 100, to).unwrap(), 12);
    assert_eq!(receiver.receive().unwrap().buffer(), expected[0]);
    // The others came with it.
    assert_eq!(receiver.available().unwrap(), 100);
    let mut small = [0; 30];
    let error = receiver.receive_into(&mut small).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::MessageSize);
    assert_eq!(small, expected[1][..30]);
    let mut enough = [0; 200];
    let (length, from) = receiver.receive_into(&mut enough).unwrap();
    assert_eq!(&enough[..length], expected[2]);
    assert_eq!(from.port(), sender.local_end_point().unwrap().port());
    // A batch goes on where the single calls were, then the single calls again.
    assert_eq!(receiver.receive_batch(&mut batch).unwrap(), 1);
    assert_eq!(batch.iter().next().unwrap().0, expected[3]);
    for expected in &expected[4..] {
        assert_eq!(receiver.receive().unwrap().buffer(), *expected);
    }
    assert_eq!(receiver.available().unwrap(), 0);
    let rest = system_net_runtime::block_on(async {
        sender.send_batch_to(&data, 100, to).unwrap();
        let mut all = Vec::new();
        for _ in 0..12 {
            all.push(receiver.receive_async().await.unwrap().into_buffer());
        }
        all
    });
    assert_eq!(rest, expected);
}

/// Datagrams of several senders and of no length stay apart.
#[test]
fn udp_batch_of_strangers() {
    let (receiver, to) = bound_to(IpAddress::LOOPBACK);
    let senders: Vec<_> = (0..5)
        .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
        .collect();
    let to = std::net::SocketAddr::from(to);
    let mut expected = Vec::new();
    for round in 0..20_u8 {
        for sender in &senders {
            let data = vec![round; usize::from(round % 4)];
            sender.send_to(&data, to).unwrap();
            expected.push((data, sender.local_addr().unwrap().into()));
        }
    }
    assert_eq!(collect(&receiver, 100), expected);
}

#[test]
fn udp_batch_dual_mode() {
    let sender = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
    sender.client().set_dual_mode(true).unwrap();
    let (receiver, to) = bound_to(IpAddress::LOOPBACK);
    assert_eq!(sender.send_batch_to(&block(30), 10, to).unwrap(), 3);
    assert_eq!(collect(&receiver, 3).len(), 3);
}

#[test]
fn udp_batch_waits_as_the_socket_does() {
    let (client, end_point) = bound_to(IpAddress::LOOPBACK);
    let mut batch = UdpBatch::new();
    client.client().set_receive_timeout(20).unwrap();
    for _ in 0..2 {
        let error = client.receive_batch(&mut batch).unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::TimedOut);
        let error = client.receive().unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::TimedOut);
    }
    client.client().set_blocking(false).unwrap();
    let error = client.receive_batch(&mut batch).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::WouldBlock);
    client.client().set_blocking(true).unwrap();
    client.client().set_receive_timeout(0).unwrap();
    client.send_batch_to(b"abc", 1, end_point).unwrap();
    assert_eq!(collect(&client, 3).len(), 3);

    let client = Arc::new(client);
    let waiting = Arc::clone(&client);
    let (begins, begun) = std::sync::mpsc::channel();
    let receiver = thread::spawn(move || {
        begins.send(Blocked::this_thread()).unwrap();
        waiting.receive_batch(&mut UdpBatch::new())
    });
    begun.recv().unwrap().wait();
    client.close();
    let error = receiver.join().unwrap().unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::Interrupted, "{error:?}");
}

/// A client that sends batches sends everything else as before.
#[test]
fn udp_batch_leaves_the_options() {
    let (client, end_point) = bound_to(IpAddress::LOOPBACK);
    assert!(!client.dont_fragment().unwrap());
    client.send_batch_to(b"abcd", 2, end_point).unwrap();
    assert!(!client.dont_fragment().unwrap());
    // Not put together yet: nobody asked for a batch.
    for expected in ["ab", "cd"] {
        let mut buffer = [0; 100];
        let length = client.client().receive(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], expected.as_bytes());
    }
    assert!(client.client().blocking());
}

/// A client that has received a batch, and the end of a block for it that nobody has asked for.
fn after_a_batch(sender: &UdpClient) -> (UdpClient, IpEndPoint) {
    let (receiver, to) = bound_to(IpAddress::LOOPBACK);
    sender.send_to(b"first", to).unwrap();
    assert_eq!(collect(&receiver, 1)[0].0, b"first");
    assert_eq!(sender.send_batch_to(b"one.two.end", 4, to).unwrap(), 3);
    (receiver, to)
}

#[test]
fn udp_batch_ends_without_loss() {
    let (sender, _) = bound_to(IpAddress::LOOPBACK);
    // What was put together, whether it was taken apart already or not, is handed back; later
    // ones come one by one.
    for taken in [0, 1, 3] {
        let (receiver, to) = after_a_batch(&sender);
        let all: [&[u8]; 3] = [b"one.", b"two.", b"end"];
        for datagram in &all[..taken] {
            assert_eq!(receiver.receive().unwrap().buffer(), *datagram);
        }
        let left = receiver.end_batches().unwrap();
        let left: Vec<_> = left.iter().map(|left| left.buffer()).collect();
        assert_eq!(left, all[taken..]);
        assert_eq!(receiver.end_batches().unwrap(), []);
        let socket = UdpSocket::try_from(receiver).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        assert_eq!(sender.send_batch_to(b"one.two.end", 4, to).unwrap(), 3);
        let mut buffer = [0; 64];
        for datagram in all {
            let length = socket.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], datagram);
        }
    }
    // Nothing is lost unsaid.
    for taken in [0, 1] {
        let (receiver, _) = after_a_batch(&sender);
        for _ in 0..taken {
            receiver.receive().unwrap();
        }
        let error = UdpSocket::try_from(receiver).unwrap_err();
        let misuse = error.misuse();
        assert!(
            matches!(misuse, Some(Misuse::InvalidOperation(_))),
            "{error:?}"
        );
    }
}

#[test]
fn udp_batch_leaves_the_socket_below_alone() {
    let (sender, _) = bound_to(IpAddress::LOOPBACK);
    let (receiver, to) = after_a_batch(&sender);
    let socket = Arc::clone(receiver.client());
    assert_eq!(sender.send_batch_to(b"ONE.TWO.END", 4, to).unwrap(), 3);
    let mut buffer = [0; 64];
    for datagram in [&b"ONE."[..], b"TWO.", b"END"] {
        let received = socket.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
        assert_eq!(&buffer[..received.received_bytes], datagram);
    }
    // What came before is the client's, also in batches, which go on.
    let kept: Vec<_> = collect(&receiver, 3);
    assert_eq!(kept[2].0, b"end");
    assert_eq!(sender.send_batch_to(b"one.two.end", 4, to).unwrap(), 3);
    assert_eq!(collect(&receiver, 3)[1].0, b"two.");
}

#[test]
fn udp_batch_async() {
    let (receiver, to) = bound_to(IpAddress::LOOPBACK);
    let data = block(1200 * 64);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let expected: Vec<_> = data.chunks(1200).map(<[u8]>::to_vec).collect();
    let receiving = async move {
        let mut batch = UdpBatch::new();
        let mut all = Vec::new();
        while all.len() < 64 {
            receiver.receive_batch_async(&mut batch).await.unwrap();
            all.extend(batch.iter().map(|(data, _)| data.to_vec()));
        }
        all
    };
    let received = runtime.block_on(async {
        let receiving = tokio::spawn(receiving);
        tokio::task::yield_now().await;
        let sender = UdpClient::new().unwrap();
        sender.connect(to).unwrap();
        // In parts that the receiver's buffer has room for.
        for part in data.chunks(1200 * 16) {
            assert_eq!(sender.send_batch_async(part, 1200).await.unwrap(), 16);
        }
        receiving.await.unwrap()
    });
    assert!(received == expected);
}

/// Over a link with short packets: blocks of what fits, and of what has to be cut in fragments.
#[test]
fn udp_batch_over_a_link() {
    let Some((here, there)) = Namespace::pair("udp_batch_over_a_link") else {
        return;
    };
    for (address, any) in [
        ("10.9.8.2", IpAddress::ANY),
        ("fd09::2", IpAddress::IPV6_ANY),
    ] {
        let receiver = there.run(|| bound_to(any).0);
        let port = receiver.local_end_point().unwrap().port();
        let to = IpEndPoint::new(address.parse().unwrap(), port);
        for segment_size in [1200, 4000] {
            let data = block(segment_size * 20 + 3);
            let sent = here.run(|| {
                let sender = UdpClient::with_address_family(to.address_family()).unwrap();
                sender.send_batch_to(&data, segment_size, to).unwrap()
            });
            assert_eq!(sent, 21);
            let received: Vec<_> = collect(&receiver, 21)
                .into_iter()
                .map(|(data, _)| data)
                .collect();
            let expected: Vec<_> = data.chunks(segment_size).map(<[u8]>::to_vec).collect();
            assert!(received == expected, "{segment_size} to {address}");
        }
    }
}
