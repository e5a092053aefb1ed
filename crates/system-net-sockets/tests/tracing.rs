//! Traces: what a program that knows nothing of them writes when a configuration file asks for
//! them.
#![cfg(all(target_os = "linux", feature = "tokio", feature = "trace"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the tests read their own environment and output, and fail by panics"
)]

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint};
use system_net_runtime::block_on;
use system_net_sockets::{
    Dns, ProtocolType, Socket, SocketErrorCode, SocketFlags, SocketType, TcpClient, TcpListener,
};

/// The guide's listing of "How to: Configure Network Tracing", whole.
const GUIDE: &str = include_str!("../../../tests/conformance/guide-config/trace-sources.xml");

const CHILD: &str = "SYSTEM_NET_SOCKETS_TRACED";
/// The request of the guide's sample: 61 bytes.
const REQUEST: &[u8] = b"GET /wpad.dat HTTP/1.1\r\nHost: itgproxy\r\nConnection: Close\r\n\r\n";

/// A program without a word of traces in it.
fn program() {
    assert_eq!(Dns::get_host_addresses("127.0.0.1").unwrap().len(), 1);
    let listener = TcpListener::new(IpAddress::LOOPBACK, 0).unwrap();
    listener.start().unwrap();
    let at = listener.local_endpoint().unwrap();
    let client = TcpClient::with_address_family(AddressFamily::InterNetwork).unwrap();
    client.connect(at).unwrap();
    let server = listener.accept_socket().unwrap();
    let peer = server.remote_end_point().unwrap().unwrap();
    println!("{} {}", at.port(), peer.port());
    let stream = client.get_stream().unwrap();
    stream.write(REQUEST).unwrap();
    let mut buffer = [0; 100];
    assert_eq!(server.receive(&mut buffer).unwrap(), REQUEST.len());
    assert_eq!(server.send(b"ok").unwrap(), 2);
    assert_eq!(stream.read(&mut buffer).unwrap(), 2);
    server.close();
    client.close();
    listener.stop();
    let refused = socket(SocketType::Stream, ProtocolType::TCP).connect(at);
    let refused = refused.unwrap_err().code();
    assert_eq!(refused, SocketErrorCode::ConnectionRefused);

    // Each line names its thread.
    thread::spawn(|| {
        let one = socket(SocketType::Dgram, ProtocolType::UDP);
        one.bind(IpEndPoint::new(IpAddress::LOOPBACK, 0)).unwrap();
        let own = one.local_end_point().unwrap().unwrap();
        println!("{}", own.port());
        one.send_to(b"abc", SocketFlags::NONE, own).unwrap();
        let mut buffer = [0; 10];
        block_on(one.receive_async(&mut buffer, SocketFlags::NONE)).unwrap();
        one.close();
    })
    .join()
    .unwrap();

    // The Begin and End form.
    let one = Arc::new(socket(SocketType::Dgram, ProtocolType::UDP));
    one.bind(IpEndPoint::new(IpAddress::LOOPBACK, 0)).unwrap();
    let own = one.local_end_point().unwrap().unwrap();
    println!("{}", own.port());
    let sending = one.begin_send_to(b"xyz".to_vec(), SocketFlags::NONE, own, None, None);
    one.end_send_to(&sending).0.unwrap();
    let receiving = one.begin_receive(vec![0; 10], SocketFlags::NONE, None, None);
    one.end_receive(&receiving).0.unwrap();
}

fn socket(kind: SocketType, protocol: ProtocolType) -> Socket {
    Socket::new(AddressFamily::InterNetwork, kind, protocol).unwrap()
}

/// Runs the program with this configuration; gives what was traced, and the ports it used.
fn run(config: &str) -> (Vec<(String, String)>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.config"), config).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["the_program", "--exact", "--nocapture"])
        .current_dir(folder.path())
        .env(CHILD, "1")
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .env("SYSTEM_NET_CONFIG", folder.path().join("app.config"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let log = fs::read_to_string(folder.path().join("network.log")).unwrap_or_default();
    let lines = log.lines().map(|line| {
        let (thread, rest) = line.strip_prefix('[').unwrap().split_once("] (").unwrap();
        let (_, text) = rest.split_once(") ").unwrap();
        (thread.to_owned(), text.to_owned())
    });
    let printed = String::from_utf8(output.stdout).unwrap();
    let words = printed.split_whitespace();
    let ports = words.filter(|word| word.len() > 3 && word.parse::<u16>().is_ok());
    (lines.collect(), ports.map(str::to_owned).collect())
}

/// The program in a process of its own; in any other it does nothing.
#[test]
fn the_program() {
    if std::env::var_os(CHILD).is_some() {
        program();
    }
}

/// Ports are the system's choice; the number behind an end point stands for it and goes with it.
fn without_ports(line: &str, ports: &[String]) -> String {
    let mut line = line.to_owned();
    for (name, port) in ["SERVER", "CLIENT", "UDP1", "UDP2"].iter().zip(ports) {
        let found = format!("127.0.0.1:{port}");
        let mut out = String::new();
        let mut rest = line.as_str();
        while let Some(at) = rest.find(&found) {
            out.push_str(&rest[..at]);
            out.push_str(name);
            rest = &rest[at + found.len()..];
            if let Some(number) = rest.strip_prefix('#') {
                rest = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
            }
        }
        out.push_str(rest);
        line = out;
    }
    line
}

#[test]
fn trace_source_sockets() {
    let (lines, ports) = run(GUIDE);
    assert_eq!(ports.len(), 4, "{ports:?}");
    let first = &lines[0].0;
    let of = |own: bool| -> Vec<String> {
        let lines = lines.iter().filter(|(thread, _)| (thread == first) == own);
        lines.map(|(_, text)| without_ports(text, &ports)).collect()
    };
    let expected: Vec<&str> = MAIN_THREAD.trim().lines().collect();
    assert_eq!(of(true), expected, "{:#?}", of(true));
    let expected: Vec<&str> = OTHER_THREAD.trim().lines().collect();
    assert_eq!(of(false), expected, "{:#?}", of(false));

    // Nothing of this source if others alone are switched on, and errors alone if so asked.
    let other = GUIDE.replace(
        r#"<add name="System.Net.Sockets" value="Verbose"/>"#,
        r#"<add name="System.Net.Sockets" value="Off"/>"#,
    );
    assert_eq!(run(&other).0, []);
    let errors = GUIDE.replace(
        r#"<add name="System.Net.Sockets" value="Verbose"/>"#,
        r#"<add name="System.Net.Sockets" value="Error"/>"#,
    );
    let (lines, ports) = run(&errors);
    let lines: Vec<_> = lines
        .iter()
        .map(|(_, text)| without_ports(text, &ports))
        .collect();
    let failed = MAIN_THREAD
        .lines()
        .find(|line| line.starts_with("Exception"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let without_number = |line: &str| line.replace(|c: char| c.is_ascii_digit(), "");
    assert_eq!(without_number(&lines[0]), without_number(failed.unwrap()));
}

/// Each class that the guide's table names for this source.
#[test]
fn trace_every_class_emits() {
    let (lines, _) = run(GUIDE);
    for class in ["Socket#", "TcpListener#", "TcpClient#", "DNS::"] {
        for what in ["Entering", "Exiting"] {
            let begins = format!("{what} {class}");
            let found = lines.iter().any(|(_, text)| text.starts_with(&begins));
            assert!(found, "{begins}");
        }
    }
}

const MAIN_THREAD: &str = r"
Entering DNS::GetHostAddresses(127.0.0.1)
Exiting DNS::GetHostAddresses()-> IPAddress[]
Entering Socket#1::Socket(InterNetwork#2)
Exiting Socket#1::Socket()
Entering TcpListener#2::TcpListener(127.0.0.1:0#16777343)
Exiting TcpListener#2::TcpListener()
Entering TcpListener#2::Start(2147483647#2147483647)
Entering Socket#1::Bind(127.0.0.1:0#16777343)
Exiting Socket#1::Bind()
Entering Socket#1::Listen(2147483647#2147483647)
Exiting Socket#1::Listen()
Exiting TcpListener#2::Start()
Entering Socket#3::Socket(InterNetwork#2)
Exiting Socket#3::Socket()
Entering TcpClient#4::TcpClient(InterNetwork#2)
Exiting TcpClient#4::TcpClient()
Entering TcpClient#4::Connect(SERVER)
Entering Socket#3::Connect(SERVER)
Socket#3::Connect(Created connection from CLIENT to SERVER.)
Exiting Socket#3::Connect()
Exiting TcpClient#4::Connect()
Entering TcpListener#2::AcceptSocket()
Entering Socket#1::Accept()
Socket#5::Accept(Accepted connection from SERVER to CLIENT.)
Exiting Socket#1::Accept()-> Socket#5
Exiting TcpListener#2::AcceptSocket()-> Socket#5
Entering TcpClient#4::GetStream()
Exiting TcpClient#4::GetStream()-> NetworkStream
Entering Socket#3::Send()
Data from Socket#3::Send
00000000 : 47 45 54 20 2F 77 70 61-64 2E 64 61 74 20 48 54 : GET /wpad.dat HT
00000010 : 54 50 2F 31 2E 31 0D 0A-48 6F 73 74 3A 20 69 74 : TP/1.1..Host: it
00000020 : 67 70 72 6F 78 79 0D 0A-43 6F 6E 6E 65 63 74 69 : gproxy..Connecti
00000030 : 6F 6E 3A 20 43 6C 6F 73-65 0D 0A 0D 0A : on: Close....
Exiting Socket#3::Send()-> 61#61
Entering Socket#5::Receive()
Data from Socket#5::Receive
00000000 : 47 45 54 20 2F 77 70 61-64 2E 64 61 74 20 48 54 : GET /wpad.dat HT
00000010 : 54 50 2F 31 2E 31 0D 0A-48 6F 73 74 3A 20 69 74 : TP/1.1..Host: it
00000020 : 67 70 72 6F 78 79 0D 0A-43 6F 6E 6E 65 63 74 69 : gproxy..Connecti
00000030 : 6F 6E 3A 20 43 6C 6F 73-65 0D 0A 0D 0A : on: Close....
Exiting Socket#5::Receive()-> 61#61
Entering Socket#5::Send()
Data from Socket#5::Send
00000000 : 6F 6B : ok
Exiting Socket#5::Send()-> 2#2
Entering Socket#3::Receive()
Data from Socket#3::Receive
00000000 : 6F 6B : ok
Exiting Socket#3::Receive()-> 2#2
Entering Socket#5::Close()
Exiting Socket#5::Close()
Entering TcpClient#4::Close()
Entering Socket#3::Close()
Exiting Socket#3::Close()
Exiting TcpClient#4::Close()
Entering TcpListener#2::Stop()
Entering Socket#1::Close()
Exiting Socket#1::Close()
Exiting TcpListener#2::Stop()
Entering Socket#6::Socket(InterNetwork#2)
Exiting Socket#6::Socket()
Entering Socket#6::Connect(SERVER)
Exception in Socket#6::Connect - connect to SERVER: the connection was refused (os error 111).
Exiting Socket#6::Connect()
Entering Socket#8::Socket(InterNetwork#2)
Exiting Socket#8::Socket()
Entering Socket#8::Bind(127.0.0.1:0#16777343)
Exiting Socket#8::Bind()
Entering Socket#8::BeginSendTo(UDP2)
Exiting Socket#8::BeginSendTo()-> AsyncResult
Entering Socket#8::EndSendTo(AsyncResult)
Data from Socket#8::EndSendTo
00000000 : 78 79 7A : xyz
Exiting Socket#8::EndSendTo()-> 3#3
Entering Socket#8::BeginReceive()
Exiting Socket#8::BeginReceive()-> AsyncResult
Entering Socket#8::EndReceive(AsyncResult)
Data from Socket#8::EndReceive
00000000 : 78 79 7A : xyz
Exiting Socket#8::EndReceive()-> 3#3
";

const OTHER_THREAD: &str = r"
Entering Socket#7::Socket(InterNetwork#2)
Exiting Socket#7::Socket()
Entering Socket#7::Bind(127.0.0.1:0#16777343)
Exiting Socket#7::Bind()
Entering Socket#7::SendTo(UDP1)
Data from Socket#7::SendTo
00000000 : 61 62 63 : abc
Exiting Socket#7::SendTo()-> 3#3
Entering Socket#7::ReceiveAsync()
Data from Socket#7::ReceiveAsync
00000000 : 61 62 63 : abc
Exiting Socket#7::ReceiveAsync()-> 3#3
Entering Socket#7::Close()
Exiting Socket#7::Close()
";
