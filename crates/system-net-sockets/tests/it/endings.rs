//! Every End member refuses what another object or another member began, and a second end.
//!
//! Members whose operations end in the same type stand in one group: others the compiler tells
//! apart. In a group every End member of every object is given every operation.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::{AsyncOrigin, AsyncResult, IpAddress, Misuse};
use system_net_sockets::{
    BufferResult, BuffersResult, Dns, NetworkStream, Socket, SocketError, SocketFlags, TcpClient,
    TcpListener, UdpClient,
};

use crate::stream_support::{LATE, address, listener, loopback, pair, tcp, udp};

const NONE: SocketFlags = SocketFlags::NONE;

/// An operation: who began it.
struct Begun<T> {
    object: &'static str,
    member: &'static str,
    result: AsyncResult<T>,
}

/// An End member of an object.
struct End<T> {
    object: &'static str,
    member: &'static str,
    /// The members whose operations it takes.
    begins: &'static [&'static str],
    call: Call<T>,
}

type Call<T> = Box<dyn Fn(&AsyncResult<T>) -> Result<(), SocketError>>;

const fn begun<T>(object: &'static str, member: &'static str, result: AsyncResult<T>) -> Begun<T> {
    Begun {
        object,
        member,
        result,
    }
}

fn end<T>(
    object: &'static str,
    member: &'static str,
    begins: &'static [&'static str],
    call: impl Fn(&AsyncResult<T>) -> Result<(), SocketError> + 'static,
) -> End<T> {
    End {
        object,
        member,
        begins,
        call: Box::new(call),
    }
}

impl<T> End<T> {
    fn takes(&self, begun: &Begun<T>) -> bool {
        self.object == begun.object && self.begins.contains(&begun.member)
    }

    /// What it says to an operation that it does not take.
    fn refusal(&self, begun: &Begun<T>) -> String {
        let member = begun.member;
        if self.begins.contains(&member) {
            format!(
                "expected an operation of this object, got one that {member} of another object began"
            )
        } else {
            let begins = self.begins.join(" or ");
            format!("expected an operation that {begins} began, got one of {member}")
        }
    }
}

/// Each operation is refused by whoever did not begin it, before and after it has ended, and is
/// then there for the one that did; once.
#[track_caller]
fn check<T>(operations: &[Begun<T>], ends: &[End<T>], complete: impl FnOnce()) {
    refuse(operations, ends);
    complete();
    for operation in operations {
        assert!(operation.result.wait_timeout(LATE), "{}", operation.member);
    }
    refuse(operations, ends);
    for operation in operations {
        let Begun { object, member, .. } = *operation;
        let takers: Vec<_> = ends.iter().filter(|end| end.takes(operation)).collect();
        assert!(!takers.is_empty(), "nothing ends {member} of {object}");
        (takers[0].call)(&operation.result).unwrap_or_else(|error| {
            panic!("{} of {member} of {object}: {error:?}", takers[0].member)
        });
        for taker in takers {
            let again = (taker.call)(&operation.result).unwrap_err();
            assert_eq!(
                again.misuse(),
                Some(&Misuse::invalid_operation(
                    "the result of this operation was taken already"
                )),
                "{} a second time",
                taker.member
            );
        }
    }
}

#[track_caller]
fn refuse<T>(operations: &[Begun<T>], ends: &[End<T>]) {
    // Nobody's operation, or one that something else of the program drives.
    let (strange, completer) = AsyncResult::<T>::new(None);
    let origin = AsyncOrigin::new("Other.Begin", 1);
    let (foreign, _) = AsyncResult::<T>::begun_by(origin, None, None);
    let none = |end: &End<T>| {
        format!(
            "expected an operation that {} began",
            end.begins.join(" or ")
        )
    };
    for end in ends {
        assert_refused(end, &strange, &none(end));
        assert_refused(
            end,
            &foreign,
            &format!("{}, got one of Other.Begin", none(end)),
        );
        for operation in operations.iter().filter(|operation| !end.takes(operation)) {
            assert_refused(end, &operation.result, &end.refusal(operation));
        }
    }
    drop(completer);
}

#[track_caller]
fn assert_refused<T>(end: &End<T>, result: &AsyncResult<T>, message: &str) {
    let error = (end.call)(result).unwrap_err();
    let expected = Misuse::invalid_argument("asyncResult", message.to_owned());
    assert_eq!(
        error.misuse(),
        Some(&expected),
        "{} of {}",
        end.member,
        end.object
    );
}

/// The End members of a socket whose operations give back a buffer and a count.
fn transfers(object: &'static str, socket: &Arc<Socket>) -> Vec<End<BufferResult<usize>>> {
    let [receive, send, send_to] = [(); 3].map(|()| Arc::clone(socket));
    vec![
        end(
            object,
            "EndReceive",
            &["Socket.BeginReceive", "NetworkStream.BeginRead"],
            move |result| receive.end_receive(result).0.map(drop),
        ),
        end(
            object,
            "EndSend",
            &["Socket.BeginSend", "NetworkStream.BeginWrite"],
            move |result| send.end_send(result).0.map(drop),
        ),
        end(
            object,
            "EndSendTo",
            &["Socket.BeginSendTo"],
            move |result| send_to.end_send_to(result).0.map(drop),
        ),
    ]
}

/// The same of a stream.
fn reads_and_writes(
    object: &'static str,
    stream: &Arc<NetworkStream>,
) -> Vec<End<BufferResult<usize>>> {
    let [reader, writer] = [(); 2].map(|()| Arc::clone(stream));
    vec![
        end(
            object,
            "EndRead",
            &["NetworkStream.BeginRead", "Socket.BeginReceive"],
            move |result| reader.end_read(result).0.map(drop),
        ),
        end(
            object,
            "EndWrite",
            &["NetworkStream.BeginWrite", "Socket.BeginSend"],
            move |result| writer.end_write(result).0,
        ),
    ]
}

/// Sockets, and streams over them: what a stream begins is an operation of its socket.
#[test]
fn transfers_end_where_they_began() {
    let (first, mut first_peer) = pair();
    let (second, mut second_peer) = pair();
    let (datagrams, at) = udp();
    let stream = |socket: &Arc<Socket>| Arc::new(NetworkStream::new(Arc::clone(socket)).unwrap());
    let (first_stream, second_stream) = (stream(&first), stream(&second));

    let mut operations = Vec::new();
    let sides = [
        ("first", &first, &first_stream),
        ("second", &second, &second_stream),
    ];
    for (object, socket, stream) in sides {
        let text = || b"text".to_vec();
        operations.extend([
            begun(
                object,
                "Socket.BeginReceive",
                socket.begin_receive(vec![0; 4], NONE, None, None),
            ),
            begun(
                object,
                "NetworkStream.BeginRead",
                stream.begin_read(vec![0; 4], None, None),
            ),
            // What ends at once as well as what does not.
            begun(
                object,
                "NetworkStream.BeginRead",
                stream.begin_read(Vec::new(), None, None),
            ),
            begun(
                object,
                "Socket.BeginSend",
                socket.begin_send(text(), NONE, None, None),
            ),
            begun(
                object,
                "NetworkStream.BeginWrite",
                stream.begin_write(text(), None, None),
            ),
        ]);
    }
    let sent = datagrams.begin_send_to(b"text".to_vec(), NONE, at, None, None);
    operations.push(begun("datagrams", "Socket.BeginSendTo", sent));

    let mut ends = transfers("first", &first);
    ends.extend(transfers("second", &second));
    ends.extend(transfers("datagrams", &datagrams));
    ends.extend(reads_and_writes("first", &first_stream));
    ends.extend(reads_and_writes("second", &second_stream));
    check(&operations, &ends, || {
        first_peer.write_all(b"12345678").unwrap();
        second_peer.write_all(b"12345678").unwrap();
    });
}

#[test]
fn transfers_of_several_buffers_end_where_they_began() {
    let (first, mut peer) = pair();
    let (second, _second_peer) = pair();
    let buffers = || vec![vec![1; 2], vec![2; 3]];
    let operations = [
        begun(
            "first",
            "Socket.BeginReceive",
            first.begin_receive_buffers(buffers(), NONE, None, None),
        ),
        begun(
            "first",
            "Socket.BeginSend",
            first.begin_send_buffers(buffers(), NONE, None, None),
        ),
        begun(
            "second",
            "Socket.BeginSend",
            second.begin_send_buffers(buffers(), NONE, None, None),
        ),
    ];
    let mut ends: Vec<End<BuffersResult<usize>>> = Vec::new();
    for (object, socket) in [("first", &first), ("second", &second)] {
        let [receive, send] = [(); 2].map(|()| Arc::clone(socket));
        ends.extend([
            end(
                object,
                "EndReceive",
                &["Socket.BeginReceive", "NetworkStream.BeginRead"],
                move |result| receive.end_receive_buffers(result).0.map(drop),
            ),
            end(
                object,
                "EndSend",
                &["Socket.BeginSend", "NetworkStream.BeginWrite"],
                move |result| send.end_send_buffers(result).0.map(drop),
            ),
        ]);
    }
    check(&operations, &ends, || peer.write_all(b"text").unwrap());
}

/// The End members of a socket whose operations give nothing.
fn calls(object: &'static str, socket: &Arc<Socket>) -> Vec<End<Result<(), SocketError>>> {
    let [connect, disconnect, send] = [(); 3].map(|()| Arc::clone(socket));
    vec![
        end(
            object,
            "EndConnect",
            &["Socket.BeginConnect", "TcpClient.BeginConnect"],
            move |result| connect.end_connect(result),
        ),
        end(
            object,
            "EndDisconnect",
            &["Socket.BeginDisconnect"],
            move |result| disconnect.end_disconnect(result),
        ),
        end(
            object,
            "EndSendFile",
            &["Socket.BeginSendFile"],
            move |result| send.end_send_file(result),
        ),
    ]
}

/// Also of clients: what a client begins is an operation of its socket.
#[test]
fn connects_disconnects_and_files_end_where_they_began() {
    let (server, at) = listener();
    let file = tempfile::NamedTempFile::new().unwrap();
    let [by_address, by_name, by_list] = [(); 3].map(|()| Arc::new(tcp()));
    let (connected, _peer) = pair();
    let (other, _other_peer) = pair();
    let [client, second_client, third_client] =
        [(); 3].map(|()| Arc::new(TcpClient::new().unwrap()));
    let port = at.port();
    let own = IpAddress::LOOPBACK;
    let operations = [
        begun(
            "address",
            "Socket.BeginConnect",
            by_address.begin_connect(at, None, None),
        ),
        begun(
            "name",
            "Socket.BeginConnect",
            by_name.begin_connect_host("127.0.0.1", port, None, None),
        ),
        begun(
            "list",
            "Socket.BeginConnect",
            by_list.begin_connect_addresses(&[own], port, None, None),
        ),
        begun(
            "connected",
            "Socket.BeginSendFile",
            connected.begin_send_file(file.path(), None, None),
        ),
        begun(
            "other",
            "Socket.BeginDisconnect",
            other.begin_disconnect(false, None, None),
        ),
        begun(
            "client",
            "TcpClient.BeginConnect",
            client.begin_connect(own, port, None, None),
        ),
        begun(
            "second client",
            "TcpClient.BeginConnect",
            second_client.begin_connect_host("127.0.0.1", port, None, None),
        ),
        begun(
            "third client",
            "TcpClient.BeginConnect",
            third_client.begin_connect_addresses(vec![own], port, None, None),
        ),
    ];
    let mut ends = Vec::new();
    for (object, socket) in [
        ("address", &by_address),
        ("name", &by_name),
        ("list", &by_list),
        ("connected", &connected),
        ("other", &other),
    ] {
        ends.extend(calls(object, socket));
    }
    for (object, client) in [
        ("client", &client),
        ("second client", &second_client),
        ("third client", &third_client),
    ] {
        let own = Arc::clone(client);
        let begins = &["TcpClient.BeginConnect", "Socket.BeginConnect"];
        ends.push(end(object, "TcpClient.EndConnect", begins, move |result| {
            own.end_connect(result)
        }));
        ends.extend(calls(object, client.client()));
    }
    check(&operations, &ends, || {});
    for client in [client, second_client, third_client] {
        assert!(client.active(), "its own end was the first");
    }
    drop(server);
}

#[test]
fn accepts_end_where_they_began() {
    let (first, first_at) = listener();
    let (second, second_at) = listener();
    let [third, fourth] = [(); 2].map(|()| {
        let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
        listener.start().unwrap();
        Arc::new(listener)
    });
    let operations = [
        begun(
            "first",
            "Socket.BeginAccept",
            first.begin_accept(None, None),
        ),
        begun(
            "second",
            "Socket.BeginAccept",
            second.begin_accept(None, None),
        ),
        begun(
            "third",
            "TcpListener.BeginAcceptSocket",
            third.begin_accept_socket(None, None).unwrap(),
        ),
        begun(
            "fourth",
            "TcpListener.BeginAcceptSocket",
            fourth.begin_accept_socket(None, None).unwrap(),
        ),
    ];
    let mut ends = Vec::new();
    for (object, socket) in [("first", &first), ("second", &second)] {
        let own = Arc::clone(socket);
        ends.push(end(
            object,
            "EndAccept",
            &["Socket.BeginAccept"],
            move |result| own.end_accept(result).map(drop),
        ));
    }
    for (object, listener) in [("third", &third), ("fourth", &fourth)] {
        let own = Arc::clone(listener);
        ends.push(end(
            object,
            "EndAcceptSocket",
            &["TcpListener.BeginAcceptSocket"],
            move |result| own.end_accept_socket(result).map(drop),
        ));
    }
    let ports = [
        first_at.port(),
        second_at.port(),
        third.local_endpoint().unwrap().port(),
        fourth.local_endpoint().unwrap().port(),
    ];
    let mut clients = Vec::new();
    check(&operations, &ends, || {
        clients.extend(ports.map(|port| TcpStream::connect(("127.0.0.1", port)).unwrap()));
    });
}

#[test]
fn accepts_of_clients_and_with_bytes_end_where_they_began() {
    let listeners = [(); 2].map(|()| {
        let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
        listener.start().unwrap();
        Arc::new(listener)
    });
    let names = ["first", "second"];
    let mut clients = Vec::new();
    let mut operations = Vec::new();
    let mut ends = Vec::new();
    for (object, listener) in names.into_iter().zip(&listeners) {
        let begin = listener.begin_accept_tcp_client(None, None).unwrap();
        operations.push(begun(object, "TcpListener.BeginAcceptTcpClient", begin));
        let own = Arc::clone(listener);
        ends.push(end(
            object,
            "EndAcceptTcpClient",
            &["TcpListener.BeginAcceptTcpClient"],
            move |result| own.end_accept_tcp_client(result).map(drop),
        ));
        clients.push(listener.local_endpoint().unwrap().port());
    }
    let mut streams = Vec::new();
    check(&operations, &ends, || {
        streams.extend(
            clients
                .iter()
                .map(|port| TcpStream::connect(("127.0.0.1", *port)).unwrap()),
        );
    });

    let (first, first_at) = listener();
    let (second, second_at) = listener();
    let mut operations = Vec::new();
    let mut ends = Vec::new();
    for (object, socket) in names.into_iter().zip([&first, &second]) {
        let begin = socket.begin_accept_and_receive(4, None, None);
        operations.push(begun(object, "Socket.BeginAccept", begin));
        let own = Arc::clone(socket);
        ends.push(end(
            object,
            "EndAccept",
            &["Socket.BeginAccept"],
            move |result| own.end_accept_and_receive(result).map(drop),
        ));
    }
    check(&operations, &ends, || {
        for at in [first_at, second_at] {
            let mut stream = TcpStream::connect(at).unwrap();
            stream.write_all(b"text").unwrap();
            streams.push(stream);
        }
    });
}

#[test]
fn messages_end_where_they_began() {
    let peer = UdpSocket::bind(loopback()).unwrap();
    let names = ["first", "second"];
    let sockets = [udp().0, udp().0];
    let all = || {
        for socket in &sockets {
            peer.send_to(b"text", address(socket)).unwrap();
        }
    };
    let mut operations = Vec::new();
    let mut ends = Vec::new();
    for (object, socket) in names.into_iter().zip(&sockets) {
        let begin = socket.begin_receive_from(vec![0; 4], NONE, None, None);
        operations.push(begun(object, "Socket.BeginReceiveFrom", begin));
        let own = Arc::clone(socket);
        ends.push(end(
            object,
            "EndReceiveFrom",
            &["Socket.BeginReceiveFrom"],
            move |result| own.end_receive_from(result).0.map(drop),
        ));
    }
    check(&operations, &ends, all);

    let mut operations = Vec::new();
    let mut ends = Vec::new();
    for (object, socket) in names.into_iter().zip(&sockets) {
        let begin = socket.begin_receive_message_from(vec![0; 4], NONE, None, None);
        operations.push(begun(object, "Socket.BeginReceiveMessageFrom", begin));
        let own = Arc::clone(socket);
        let begins = &["Socket.BeginReceiveMessageFrom"];
        ends.push(end(
            object,
            "EndReceiveMessageFrom",
            begins,
            move |result| own.end_receive_message_from(result).0.map(drop),
        ));
    }
    check(&operations, &ends, all);
}

#[test]
fn datagrams_of_clients_end_where_they_began() {
    let names = ["first", "second"];
    let clients = [(); 2].map(|()| {
        let any = loopback().into();
        Arc::new(UdpClient::with_local_end_point(any).unwrap())
    });
    let at = clients[0].local_end_point().unwrap();
    let mut operations = Vec::new();
    let mut ends = Vec::new();
    for (object, client) in names.into_iter().zip(&clients) {
        let begin = client
            .begin_send_to(b"text".to_vec(), at, None, None)
            .unwrap();
        operations.push(begun(object, "UdpClient.BeginSend", begin));
        let begin = client.begin_send_to_host(b"text".to_vec(), "127.0.0.1", at.port(), None, None);
        operations.push(begun(object, "UdpClient.BeginSend", begin.unwrap()));
        let own = Arc::clone(client);
        ends.push(end(
            object,
            "EndSend",
            &["UdpClient.BeginSend"],
            move |result| own.end_send(result).map(drop),
        ));
    }
    check(&operations, &ends, || {});

    let mut operations = Vec::new();
    let mut ends = Vec::new();
    for (object, client) in names.into_iter().zip(&clients) {
        let begin = client.begin_receive(None, None);
        operations.push(begun(object, "UdpClient.BeginReceive", begin));
        let own = Arc::clone(client);
        ends.push(end(
            object,
            "EndReceive",
            &["UdpClient.BeginReceive"],
            move |result| own.end_receive(result).map(drop),
        ));
    }
    check(&operations, &ends, || {
        let peer = UdpSocket::bind(loopback()).unwrap();
        for client in &clients {
            let port = client.local_end_point().unwrap().port();
            peer.send_to(b"text", ("127.0.0.1", port)).unwrap();
        }
    });
}

/// Static members: the member alone tells.
#[test]
#[expect(deprecated, reason = "obsolete members are pairs too")]
fn look_ups_end_where_they_began() {
    let context = NetContext::default();
    let host = "127.0.0.1";
    let own = IpAddress::LOOPBACK;
    let entry = &["Dns.BeginGetHostEntry"];
    let operations = [
        begun(
            "Dns",
            entry[0],
            Dns::begin_get_host_entry_in(&context, host, None, None),
        ),
        begun(
            "Dns",
            entry[0],
            Dns::begin_get_host_entry_by_address_in(&context, own, None, None),
        ),
        begun(
            "Dns",
            "Dns.BeginGetHostByName",
            Dns::begin_get_host_by_name_in(&context, host, None, None),
        ),
        begun(
            "Dns",
            "Dns.BeginResolve",
            Dns::begin_resolve_in(&context, host, None, None),
        ),
    ];
    let ends = [
        end("Dns", "EndGetHostEntry", entry, |result| {
            Dns::end_get_host_entry(result).map(drop)
        }),
        end(
            "Dns",
            "EndGetHostByName",
            &["Dns.BeginGetHostByName"],
            |result| Dns::end_get_host_by_name(result).map(drop),
        ),
        end("Dns", "EndResolve", &["Dns.BeginResolve"], |result| {
            Dns::end_resolve(result).map(drop)
        }),
    ];
    check(&operations, &ends, || {});

    let addresses = &["Dns.BeginGetHostAddresses"];
    let begin = Dns::begin_get_host_addresses_in(&context, host, None, None);
    let operations = [begun("Dns", addresses[0], begin)];
    let ends = [end("Dns", "EndGetHostAddresses", addresses, |result| {
        Dns::end_get_host_addresses(result).map(drop)
    })];
    check(&operations, &ends, || {});
}

/// A callback ends its operation, also one that ended within the call that began it.
#[test]
fn callbacks_end_what_ended_at_once() {
    let (socket, _peer) = pair();
    let (other, _other_peer) = pair();
    let (sender, ended) = std::sync::mpsc::channel();
    let own = Arc::clone(&socket);
    let callback = move |result: &AsyncResult<BufferResult<usize>>| {
        let refused = other.end_send(result).0.unwrap_err();
        sender
            .send((refused.misuse().is_some(), own.end_send(result)))
            .unwrap();
    };
    let result = socket.begin_send(b"text".to_vec(), NONE, Some(Box::new(callback)), None);
    assert!(result.completed_synchronously());
    let (refused, (sent, buffer)) = ended.recv_timeout(LATE).unwrap();
    assert!(refused);
    assert_eq!((sent.unwrap(), &buffer[..]), (4, &b"text"[..]));
}
