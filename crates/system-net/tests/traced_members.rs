//! The table of the guide's "How to: Configure Network Tracing", member by member: each one that
//! outputs traces is called, and is entered and exited. In a process of its own, as listeners hear
//! all of it.
#![cfg(all(
    target_os = "linux",
    feature = "http-listener",
    feature = "requests",
    feature = "trace"
))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(deprecated, reason = "what is deprecated is traced too")]

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use system_net::diagnostics::{TraceListener, TraceListenerConstructor, TraceRecord};
use system_net::runtime::block_on;
use system_net::*;
use system_net_testkit::{HttpPeer, Response};

/// What was traced, without data.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Collecting;

impl TraceListener for Collecting {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        LINES.lock().unwrap().push(record.message().to_owned());
        Ok(())
    }
}

/// A context that has all sources traced, as long as it lives.
fn traced() -> NetContext {
    let mut settings = Settings::default();
    let source = |name: &str| TraceSourceSettings {
        switch_value: Some("Verbose".to_owned()),
        listeners: vec![TraceListenerChange::Add(TraceListenerSettings {
            name: "all".to_owned(),
            type_name: Some("Tests.Collecting".to_owned()),
            ..TraceListenerSettings::default()
        })],
        ..TraceSourceSettings::new(name)
    };
    settings.diagnostics.sources = [
        "System.Net",
        "System.Net.Sockets",
        "System.Net.HttpListener",
    ]
    .map(source)
    .to_vec();
    let context = NetContext::with_settings(settings);
    let make: Arc<TraceListenerConstructor> = Arc::new(|_| Ok(Box::new(Collecting)));
    TypeRegistry::of(&context).register("Tests.Collecting", make);
    context
}

/// What is missing, of all the rows.
#[derive(Default)]
struct Table {
    rows: usize,
    missing: Vec<String>,
}

impl Table {
    /// Calls a member, `Class::Method`; one object of the class enters it and then exits it.
    fn row<T>(&mut self, member: &str, call: impl FnOnce() -> T) -> T {
        let found = self.lines(call);
        let (value, lines) = found;
        let (class, method) = member.split_once("::").unwrap();
        let entered = lines.iter().enumerate().find_map(|(place, line)| {
            let (object, rest) = line.strip_prefix("Entering ")?.split_once("::")?;
            let is =
                object.split('#').next() == Some(class) && rest.split('(').next() == Some(method);
            is.then_some((place, object))
        });
        let exited = entered.is_some_and(|(place, object)| {
            let exit = format!("Exiting {object}::{method}()");
            lines[place..].iter().any(|line| line.starts_with(&exit))
        });
        if !exited {
            self.missing.push(format!("{member}: {lines:#?}"));
        }
        value
    }

    /// Calls a member of which .NET tells in one line.
    fn note<T>(&mut self, member: &str, call: impl FnOnce() -> T) -> T {
        let (value, lines) = self.lines(call);
        let (class, method) = member.split_once("::").unwrap();
        let is = |line: &String| {
            line.starts_with(&format!("{class}#")) && line.contains(&format!("::{method}("))
        };
        if !lines.iter().any(is) {
            self.missing.push(format!("{member}: {lines:#?}"));
        }
        value
    }

    fn lines<T>(&mut self, call: impl FnOnce() -> T) -> (T, Vec<String>) {
        self.rows += 1;
        diagnostics::flush();
        LINES.lock().unwrap().clear();
        let value = call();
        diagnostics::flush();
        (value, LINES.lock().unwrap().clone())
    }

    #[track_caller]
    fn end(self, rows: usize) {
        assert!(self.missing.is_empty(), "{}", self.missing.join("\n"));
        assert_eq!(self.rows, rows);
    }
}

#[test]
fn traced_members() {
    let _context = traced();
    names();
    connections();
    transfers();
    datagrams();
    event_args();
    tcp_clients();
    tcp_listeners();
    requests();
    listeners();
}

fn loopback() -> IpEndPoint {
    IpEndPoint::new(IpAddress::LOOPBACK, 0)
}

fn socket(kind: SocketType, protocol: ProtocolType) -> Socket {
    Socket::new(AddressFamily::InterNetwork, kind, protocol).unwrap()
}

fn stream() -> Socket {
    socket(SocketType::Stream, ProtocolType::TCP)
}

fn listening() -> Socket {
    let socket = stream();
    socket.bind(loopback()).unwrap();
    socket.listen(64).unwrap();
    socket
}

fn place(socket: &Socket) -> EndPoint {
    socket.local_end_point().unwrap().unwrap()
}

fn ip_place(socket: &Socket) -> IpEndPoint {
    match place(socket) {
        EndPoint::Ip(place) => place,
        other => panic!("{other}"),
    }
}

fn pair() -> (Socket, Socket) {
    let (listening, one) = (listening(), stream());
    one.connect(place(&listening)).unwrap();
    let other = listening.accept().unwrap();
    (one, other)
}

fn names() {
    let mut table = Table::default();
    let (name, address) = ("127.0.0.1", IpAddress::LOOPBACK);
    let v4 = AddressFamily::InterNetwork;
    let _ = table.row("DNS::GetHostEntry", || Dns::get_host_entry(name));
    let _ = table.row("DNS::GetHostEntry", || {
        Dns::get_host_entry_by_address(address)
    });
    let _ = table.row("DNS::GetHostEntry", || {
        Dns::get_host_entry_of_family(name, v4)
    });
    let _ = table.row("DNS::GetHostAddresses", || Dns::get_host_addresses(name));
    let _ = table.row("DNS::GetHostAddresses", || {
        Dns::get_host_addresses_of_family(name, v4)
    });
    let _ = table.row("DNS::Resolve", || Dns::resolve(name));
    let _ = table.row("DNS::GetHostByName", || Dns::get_host_by_name(name));
    let _ = table.row("DNS::GetHostByAddress", || {
        Dns::get_host_by_address(address)
    });
    let _ = table.row("DNS::GetHostByAddress", || {
        Dns::get_host_by_address_from_str(name)
    });
    let _ = table.row("DNS::GetHostEntryAsync", || {
        block_on(Dns::get_host_entry_async(name))
    });
    let _ = table.row("DNS::GetHostEntryAsync", || {
        block_on(Dns::get_host_entry_by_address_async(address))
    });
    let _ = table.row("DNS::GetHostAddressesAsync", || {
        block_on(Dns::get_host_addresses_async(name))
    });
    let begun = table.row("DNS::BeginGetHostAddresses", || {
        Dns::begin_get_host_addresses(name, None, None)
    });
    let _ = table.row("DNS::EndGetHostAddresses", || {
        Dns::end_get_host_addresses(&begun)
    });
    let begun = table.row("DNS::BeginGetHostEntry", || {
        Dns::begin_get_host_entry(name, None, None)
    });
    let _ = table.row("DNS::EndGetHostEntry", || Dns::end_get_host_entry(&begun));
    let begun = table.row("DNS::BeginGetHostEntry", || {
        Dns::begin_get_host_entry_by_address(address, None, None)
    });
    let _ = Dns::end_get_host_entry(&begun);
    let begun = table.row("DNS::BeginGetHostByName", || {
        Dns::begin_get_host_by_name(name, None, None)
    });
    let _ = table.row("DNS::EndGetHostByName", || {
        Dns::end_get_host_by_name(&begun)
    });
    let begun = table.row("DNS::BeginResolve", || Dns::begin_resolve(name, None, None));
    let _ = table.row("DNS::EndResolve", || Dns::end_resolve(&begun));
    table.end(21);
}

fn connections() {
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

fn transfers() {
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

fn datagrams() {
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

fn event_args() {
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

fn tcp_clients() {
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
        .row("TcpClient::Connect", || v4().connect(end.clone()))
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
            block_on(v4().connect_async(end.clone()))
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

fn tcp_listeners() {
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
            client.connect(end.clone()).unwrap();
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

fn requests() {
    let mut table = Table::default();
    let peer = HttpPeer::serve(|_| Response::new(200).body("x"));
    let url = peer.url("/");
    let http = || WebRequest::create_http(&*url).unwrap();
    table
        .row("WebRequest::Create", || WebRequest::create(&*url))
        .unwrap();
    table
        .row("WebRequest::CreateDefault", || {
            WebRequest::create_default(&*url)
        })
        .unwrap();
    table
        .row("WebRequest::CreateHttp", || WebRequest::create_http(&*url))
        .unwrap();
    table.row("HttpWebRequest::HttpWebRequest", http);
    let mut request = http();
    let response = table
        .row("HttpWebRequest::GetResponse", || request.get_response())
        .unwrap();
    let mut body = table
        .row("HttpWebResponse::GetResponseStream", || {
            response.get_response_stream()
        })
        .unwrap();
    let mut text = String::new();
    table
        .row("ConnectStream::Read", || body.read_to_string(&mut text))
        .unwrap();
    table.row("HttpWebResponse::Close", || response.close());
    let mut request = http();
    table
        .row("HttpWebRequest::GetResponseAsync", || {
            block_on(request.get_response_async())
        })
        .unwrap();
    let mut request = http();
    let begun = table.row("HttpWebRequest::BeginGetResponse", || {
        request.begin_get_response(None, None)
    });
    table
        .row("HttpWebRequest::EndGetResponse", || {
            request.end_get_response(&begun)
        })
        .unwrap();
    let post = || {
        let mut request = http();
        request.set_method("POST").unwrap();
        request
    };
    let mut request = post();
    let mut stream = table
        .row("HttpWebRequest::GetRequestStream", || {
            request.get_request_stream()
        })
        .unwrap();
    table
        .row("ConnectStream::Write", || stream.write_all(b"a"))
        .unwrap();
    table
        .row("ConnectStream::Close", || stream.close())
        .unwrap();
    let mut request = post();
    table
        .row("HttpWebRequest::GetRequestStreamAsync", || {
            block_on(request.get_request_stream_async())
        })
        .unwrap();
    let mut request = post();
    let begun = table.row("HttpWebRequest::BeginGetRequestStream", || {
        request.begin_get_request_stream(None, None)
    });
    table
        .row("HttpWebRequest::EndGetRequestStream", || {
            request.end_get_request_stream(&begun)
        })
        .unwrap();
    table.row("HttpWebRequest::Abort", || request.abort());
    // The same members of the base class.
    let mut request = WebRequest::create(&*url).unwrap();
    table
        .row("HttpWebRequest::GetResponse", || request.get_response())
        .unwrap();
    let mut request = WebRequest::create(&*url).unwrap();
    table
        .row("HttpWebRequest::GetResponseAsync", || {
            block_on(request.get_response_async())
        })
        .unwrap();
    let mut request = WebRequest::create(&*url).unwrap();
    let begun = table.row("HttpWebRequest::BeginGetResponse", || {
        request.begin_get_response(None, None)
    });
    table
        .row("HttpWebRequest::EndGetResponse", || {
            request.end_get_response(&begun)
        })
        .unwrap();
    table
        .row("HttpWebRequest::Abort", || request.abort())
        .unwrap();
    table.end(23);
}

/// Sends a request from another thread; its answer is let go.
fn ask(listener: &HttpListener) {
    let url = listener.url("").unwrap().to_string();
    let at = url.split('/').nth(2).unwrap().to_owned();
    thread::Builder::new()
        .spawn(move || {
            let mut stream = TcpStream::connect(at).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(300)))
                .unwrap();
            let request = "POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
            stream.write_all(request.as_bytes()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        })
        .unwrap();
}

fn listeners() {
    let mut table = Table::default();
    let listener = table.row("HttpListener::HttpListener", HttpListener::new);
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    table
        .row("HttpListener::Start", || listener.start())
        .unwrap();
    ask(&listener);
    let mut context = table
        .row("HttpListener::GetContext", || listener.get_context())
        .unwrap();
    let mut input = table.row("HttpListenerRequest::InputStream_get", || {
        context.request().input_stream()
    });
    let mut body = [0; 2];
    table
        .row("HttpRequestStream::Read", || input.read(&mut body))
        .unwrap();
    let response = context.response_mut();
    table
        .note("HttpListenerResponse::AddHeader", || {
            response.add_header("A", "b")
        })
        .unwrap();
    table
        .note("HttpListenerResponse::AppendHeader", || {
            response.append_header("A", "c")
        })
        .unwrap();
    table
        .note("HttpListenerResponse::Redirect", || {
            response.redirect("http://h/")
        })
        .unwrap();
    let mut output = table
        .row("HttpListenerResponse::OutputStream_get", || {
            response.output_stream()
        })
        .unwrap();
    table
        .row("HttpResponseStream::Write", || output.write_all(b"x"))
        .unwrap();
    table
        .row("HttpResponseStream::Close", || output.close())
        .unwrap();
    ask(&listener);
    let mut context = table
        .row("HttpListener::GetContextAsync", || {
            block_on(listener.get_context_async())
        })
        .unwrap();
    let response = context.response_mut();
    table
        .row("HttpListenerResponse::Close", || response.close())
        .unwrap();
    ask(&listener);
    let begun = table
        .row("HttpListener::BeginGetContext", || {
            listener.begin_get_context(None, None)
        })
        .unwrap();
    let mut context = table
        .row("HttpListener::EndGetContext", || {
            listener.end_get_context(&begun)
        })
        .unwrap();
    let response = context.response_mut();
    table
        .row("HttpListenerResponse::Close", || response.close_with("x"))
        .unwrap();
    ask(&listener);
    let mut context = listener.get_context().unwrap();
    let response = context.response_mut();
    table.row("HttpListenerResponse::Abort", || response.abort());
    table.row("HttpListener::Stop", || listener.stop()).unwrap();
    table.row("HttpListener::Close", || listener.close());
    let other = HttpListener::new();
    table.row("HttpListener::Abort", || other.abort());
    table.end(20);
}
