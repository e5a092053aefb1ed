//! Our sockets with ncat, socat and Python at the other end, each way, IPv4, IPv6 and local.

use std::net::IpAddr;

use system_net_primitives::{AddressFamily, EndPoint, IpEndPoint, UnixDomainSocketEndPoint};
use system_net_sockets::{
    NetworkStream, ProtocolType, Socket, SocketFlags, SocketShutdown, SocketType,
};
use tempfile::TempDir;

use crate::enabled;
use crate::peers::{Peer, feed, free_port, pattern};

/// More than all buffers between two sockets, so that both ends must read while they write.
const LENGTH: usize = 8 << 20;
const LOOPBACK: [&str; 2] = ["127.0.0.1", "::1"];

fn stream(end_point: &EndPoint) -> Socket {
    let protocol = match end_point.address_family() {
        AddressFamily::Unix => ProtocolType::UNSPECIFIED,
        _ => ProtocolType::TCP,
    };
    Socket::new(end_point.address_family(), SocketType::Stream, protocol).unwrap()
}

fn ip(address: &str, port: u16) -> EndPoint {
    IpEndPoint::new(address.parse().unwrap(), port).into()
}

fn listen(end_point: EndPoint) -> (Socket, u16) {
    let server = stream(&end_point);
    server.bind(end_point).unwrap();
    server.listen(4).unwrap();
    let port = server.local_end_point().unwrap().unwrap().port();
    (server, port)
}

fn connect(end_point: EndPoint) -> Socket {
    let client = stream(&end_point);
    client.connect(end_point).unwrap();
    client
}

fn receive_all(socket: &Socket) -> Vec<u8> {
    socket.set_receive_timeout(30_000).unwrap();
    let (mut all, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match socket.receive(&mut buffer).unwrap() {
            0 => return all,
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Sends data, ends the direction, and gives what came back meanwhile.
fn exchange(socket: &Socket, data: &[u8]) -> Vec<u8> {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(socket.send(data).unwrap(), data.len());
            socket.shutdown(SocketShutdown::Send).unwrap();
        });
        receive_all(socket)
    })
}

/// The same, but the direction ends only when all has come back: a listening ncat leaves at the end
/// of what it receives, and drops what it has not sent.
fn exchange_before_the_end(socket: &Socket, data: &[u8]) -> Vec<u8> {
    let mut back = vec![0; data.len()];
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(socket.send(data).unwrap(), data.len()));
        socket.set_receive_timeout(30_000).unwrap();
        let mut filled = 0;
        while filled < back.len() {
            match socket.receive(&mut back[filled..]).unwrap() {
                0 => break,
                count => filled += count,
            }
        }
        back.truncate(filled);
    });
    socket.shutdown(SocketShutdown::Send).unwrap();
    back.extend(receive_all(socket));
    back
}

#[track_caller]
fn assert_same(left: &[u8], right: &[u8], what: &str) {
    assert!(
        left == right,
        "{what}: {} and {} bytes",
        left.len(),
        right.len()
    );
}

/// Every way in which a program can be the server, with an echo behind it, and ours the client.
#[test]
fn our_client_and_their_echo_servers() {
    if !enabled("our_client_and_their_echo_servers") {
        return;
    }
    const PYTHON: &str = "
import socket, sys, threading
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.create_server((sys.argv[1], 0), family=family)
print(s.getsockname()[1])
c, _ = s.accept()
while data := c.recv(65536):
    c.sendall(data)
c.close()
";
    let data = pattern(LENGTH);
    for address in LOOPBACK {
        let parsed: IpAddr = address.parse().unwrap();
        let (number, bracketed) = match parsed {
            IpAddr::V4(_) => ("4", address.to_owned()),
            IpAddr::V6(_) => ("6", format!("[{address}]")),
        };
        let port = free_port(address);
        let text = port.to_string();
        let mut ncat = Peer::start("ncat", &["-l", address, &text]);
        feed(ncat.stdin(), data.clone());
        ncat.wait_for_port(parsed, port, "tcp");
        let client = connect(ip(address, port));
        let printed = std::thread::spawn(|| ncat.end());
        assert_same(&exchange_before_the_end(&client, &data), &data, "ncat");
        assert_same(&printed.join().unwrap().1, &data, "ncat");

        let port = free_port(address);
        let listen = format!("TCP{number}-LISTEN:{port},bind={bracketed}");
        let mut socat = Peer::start("socat", &["-t", "30", &listen, "EXEC:cat"]);
        socat.wait_for_port(parsed, port, "tcp");
        assert_same(
            &exchange(&connect(ip(address, port)), &data),
            &data,
            "socat",
        );

        let mut python = Peer::python(PYTHON, &[address]);
        let port = python.line().parse().unwrap();
        assert_same(
            &exchange(&connect(ip(address, port)), &data),
            &data,
            "Python",
        );
        assert_eq!(python.end().0, Some(0));
    }
}

#[test]
fn their_clients_and_our_echo_server() {
    if !enabled("their_clients_and_our_echo_server") {
        return;
    }
    const PYTHON: &str = "
import socket, sys, threading
c = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def send():
    c.sendall(sys.stdin.buffer.read())
    c.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
while data := c.recv(65536):
    sys.stdout.buffer.write(data)
sys.stdout.buffer.flush()
";
    let data = pattern(LENGTH);
    for address in LOOPBACK {
        let (server, port) = listen(ip(address, 0));
        let text = port.to_string();
        let bracketed = match address.contains(':') {
            true => format!("[{address}]"),
            false => address.to_owned(),
        };
        let target = format!("TCP:{bracketed}:{port}");
        for (program, arguments) in [
            ("ncat", vec![address, &*text]),
            ("socat", vec!["-t", "30", "STDIO", &target]),
            ("python3", vec!["-c", PYTHON, address, &text]),
        ] {
            let mut peer = Peer::start(program, &arguments);
            feed(peer.stdin(), data.clone());
            let peer = std::thread::spawn(|| peer.end());
            let client = server.accept().unwrap();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match client.receive(&mut buffer).unwrap() {
                    0 => break,
                    count => assert_eq!(client.send(&buffer[..count]).unwrap(), count),
                }
            }
            client.shutdown(SocketShutdown::Both).unwrap();
            client.close();
            let (code, printed) = peer.join().unwrap();
            assert_eq!(code, Some(0), "{program} {address}");
            assert_same(&printed, &data, program);
        }
    }
}

#[test]
fn local_sockets_both_ways() {
    if !enabled("local_sockets_both_ways") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let data = pattern(LENGTH);
    let at = |path: &std::path::Path| UnixDomainSocketEndPoint::new(path).unwrap();
    let path = folder.path().join("socat.sock");
    let listen_at = format!("UNIX-LISTEN:{}", path.display());
    let mut socat = Peer::start("socat", &["-t", "30", &listen_at, "EXEC:cat"]);
    socat.wait_for_path(&path);
    assert_same(&exchange(&connect(at(&path).into()), &data), &data, "socat");

    // A name that only the kernel has.
    let name = format!("system-net-{}", std::process::id());
    let listen_at = format!("ABSTRACT-LISTEN:{name}");
    let mut socat = Peer::start("socat", &["-t", "30", &listen_at, "EXEC:cat"]);
    socat.wait_for_path(format!("@{name}").as_ref());
    let abstract_name = UnixDomainSocketEndPoint::from_abstract_name(name.as_bytes()).unwrap();
    let client = connect(abstract_name.into());
    assert_same(&exchange(&client, &data), &data, "socat");

    let path = folder.path().join("ours.sock");
    let (server, _) = listen(at(&path).into());
    let target = format!("UNIX:{}", path.display());
    for (program, arguments) in [
        ("ncat", vec!["-U", path.to_str().unwrap()]),
        ("socat", vec!["-t", "30", "STDIO", &target]),
    ] {
        let mut peer = Peer::start(program, &arguments);
        feed(peer.stdin(), data.clone());
        let peer = std::thread::spawn(|| peer.end());
        let client = server.accept().unwrap();
        let mut stream = NetworkStream::with_ownership(client.into(), true).unwrap();
        assert_same(&echo(&mut stream), &data, program);
        drop(stream);
        let (code, printed) = peer.join().unwrap();
        assert_eq!(code, Some(0), "{program}");
        assert_same(&printed, &data, program);
    }
    assert_eq!(
        server.local_end_point().unwrap(),
        Some(EndPoint::from(at(&path)))
    );
}

#[test]
fn datagrams_both_ways() {
    if !enabled("datagrams_both_ways") {
        return;
    }
    const PYTHON: &str = "
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
print(s.getsockname()[1])
while True:
    data, peer = s.recvfrom(65536)
    s.sendto(data[::-1], peer)
    if data == b'end':
        break
";
    const ASKS: &str = "
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(30)
s.connect((sys.argv[1], int(sys.argv[2])))
s.send(sys.stdin.buffer.read())
sys.stdout.buffer.write(s.recv(65536))
";
    for address in LOOPBACK {
        let mut python = Peer::python(PYTHON, &[address]);
        let port = python.line().parse().unwrap();
        let target = ip(address, port);
        let ours = Socket::new(
            target.address_family(),
            SocketType::Dgram,
            ProtocolType::UDP,
        );
        let ours = ours.unwrap();
        ours.set_receive_timeout(30_000).unwrap();
        for size in [0, 1, 1472, 9000, 65_000] {
            let data = pattern(size);
            ours.send_to(&data, SocketFlags::NONE, target.clone())
                .unwrap();
            let mut buffer = vec![0; 65_536];
            let got = ours.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
            let reversed: Vec<u8> = data.iter().rev().copied().collect();
            assert_same(&buffer[..got.received_bytes], &reversed, "Python");
            assert_eq!(got.remote_end_point, target, "{size}");
        }
        ours.send_to(b"end", SocketFlags::NONE, target).unwrap();
        assert_eq!(python.end().0, Some(0));

        // And theirs to ours.
        let server = Socket::new(ours.address_family(), SocketType::Dgram, ProtocolType::UDP);
        let server = server.unwrap();
        server.bind(ip(address, 0)).unwrap();
        server.set_receive_timeout(30_000).unwrap();
        let port = server.local_end_point().unwrap().unwrap().port();
        let mut peer = Peer::python(ASKS, &[address, &port.to_string()]);
        feed(peer.stdin(), b"to our server".to_vec());
        let mut buffer = [0; 100];
        let got = server.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
        assert_eq!(&buffer[..got.received_bytes], b"to our server");
        server
            .send_to(b"from our server", SocketFlags::NONE, got.remote_end_point)
            .unwrap();
        assert_eq!(peer.end(), (Some(0), b"from our server".to_vec()));
    }
}

/// What the peer does to the connection is what our socket tells.
#[test]
fn resets_of_theirs() {
    if !enabled("resets_of_theirs") {
        return;
    }
    const PYTHON: &str = "
import socket, struct, sys
s = socket.create_server(('127.0.0.1', 0))
print(s.getsockname()[1])
c, _ = s.accept()
c.recv(1)
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
c.close()
";
    let mut python = Peer::python(PYTHON, &[]);
    let port = python.line().parse().unwrap();
    let client = connect(ip("127.0.0.1", port));
    client.send(b"x").unwrap();
    let error = client.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.code().name(), "ConnectionReset");
    assert_eq!(python.end().0, Some(0));
}

/// The asynchronous forms meet the same peers.
#[test]
fn asynchronous_calls_and_their_servers() {
    if !enabled("asynchronous_calls_and_their_servers") {
        return;
    }
    let data = pattern(LENGTH);
    let port = free_port("127.0.0.1");
    let listen_at = format!("TCP4-LISTEN:{port},bind=127.0.0.1");
    let mut socat = Peer::start("socat", &["-t", "30", &listen_at, "EXEC:cat"]);
    socat.wait_for_port("127.0.0.1".parse().unwrap(), port, "tcp");
    let end_point = ip("127.0.0.1", port);
    let client = stream(&end_point);
    let back = system_net_runtime::block_on(async {
        client.connect_async(end_point).await.unwrap();
        let send = async {
            let mut rest = &data[..];
            while !rest.is_empty() {
                let sent = client.send_async(rest, SocketFlags::NONE).await.unwrap();
                rest = &rest[sent..];
            }
            client.shutdown(SocketShutdown::Send).unwrap();
        };
        let receive = async {
            let (mut all, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
            loop {
                let count = client.receive_async(&mut buffer, SocketFlags::NONE).await;
                match count.unwrap() {
                    0 => return all,
                    count => all.extend_from_slice(&buffer[..count]),
                }
            }
        };
        both(send, receive).await
    });
    assert_same(&back, &data, "socat");
}

/// Drives two futures at once; the value of the second.
async fn both<T>(first: impl Future<Output = ()>, second: impl Future<Output = T>) -> T {
    let (mut first, mut second) = (Box::pin(first), Box::pin(second));
    let (mut first_done, mut value) = (false, None);
    std::future::poll_fn(|cx| {
        if !first_done && first.as_mut().poll(cx).is_ready() {
            first_done = true;
        }
        if value.is_none()
            && let std::task::Poll::Ready(ready) = second.as_mut().poll(cx)
        {
            value = Some(ready);
        }
        match (first_done, value.take()) {
            (true, Some(value)) => std::task::Poll::Ready(value),
            (_, unfinished) => {
                value = unfinished;
                std::task::Poll::Pending
            }
        }
    })
    .await
}

/// Sends back all that comes; what it was.
fn echo(stream: &mut NetworkStream) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let (mut all, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return all,
            count => {
                stream.write_all(&buffer[..count]).unwrap();
                all.extend_from_slice(&buffer[..count]);
            }
        }
    }
}
