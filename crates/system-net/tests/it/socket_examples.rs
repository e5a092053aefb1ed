//! The guide's socket listings, run as programs: clients and servers of each kind with each other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::examples::example;

/// A limit for what must come.
const LONG: Duration = Duration::from_secs(60);

/// A server program on a port that the system chose; it ends with this value.
struct Server {
    child: Child,
    /// What it printed after its address, and who reads it.
    shown: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    host: String,
    port: String,
}

impl Server {
    #[track_caller]
    fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(example(name))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("Listening at ").unwrap();
        let (host, port) = address.rsplit_once(':').unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&shown);
        let reader = thread::spawn(move || {
            for line in output.lines() {
                let mut shown = into.lock().unwrap();
                shown.push_str(&line.unwrap());
                shown.push('\n');
            }
        });
        Self {
            shown,
            reader: Some(reader),
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.to_owned(),
            child,
        }
    }

    /// Ends the server when it has printed so many of these, which it may do after it has let its
    /// client go; what it printed after its address.
    fn end_after(mut self, count: usize, of: &str) -> String {
        let limit = Instant::now() + LONG;
        while self.shown.lock().unwrap().matches(of).count() < count && Instant::now() < limit {
            thread::sleep(Duration::from_millis(2));
        }
        self.child.kill().unwrap();
        self.reader.take().unwrap().join().unwrap();
        self.shown.lock().unwrap().clone()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((&*self.host, self.port.parse().unwrap())).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

fn run(name: &str, arguments: &[&str]) -> Output {
    Command::new(example(name))
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn printed(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn example_sync_client_and_sync_server() {
    for host in ["localhost", "127.0.0.1", "::1"] {
        let server = Server::start("sync_server", &[host, "0"]);
        let connected = match &*server.host {
            v6 if v6.contains(':') => format!("[{v6}]:{}", server.port),
            v4 => format!("{v4}:{}", server.port),
        };
        for _ in 0..2 {
            assert_eq!(
                printed("sync_client", &[&server.host, &server.port]),
                format!("Socket connected to {connected}\nEchoed test = This is a test<EOF>\n")
            );
        }
        let shown = server.end_after(3, "Waiting for a connection...\n");
        let round = "Waiting for a connection...\nText received : This is a test<EOF>\n";
        assert_eq!(
            shown,
            format!("{round}{round}Waiting for a connection...\n")
        );
    }
}

#[test]
fn example_sync_server_survives_its_clients() {
    let server = Server::start("sync_server", &["127.0.0.1", "0"]);
    // Gone before the `<EOF>`; and a message in pieces, after it.
    server.connect().write_all(b"unfinished").unwrap();
    let mut pieces = server.connect();
    for piece in ["in p", "ieces<E", "OF>"] {
        pieces.write_all(piece.as_bytes()).unwrap();
    }
    let mut echo = String::new();
    pieces.read_to_string(&mut echo).unwrap();
    assert_eq!(echo, "in pieces<EOF>");
    let shown = server.end_after(2, "Text received : ");
    assert!(shown.contains("Text received : unfinished\n"), "{shown}");
    assert!(
        shown.contains("Text received : in pieces<EOF>\n"),
        "{shown}"
    );
}

#[test]
fn example_async_client() {
    for server in ["sync_server", "async_server"] {
        let server = Server::start(server, &["127.0.0.1", "0"]);
        assert_eq!(
            printed("async_client", &[&server.host, &server.port]),
            format!(
                "Socket connected to 127.0.0.1:{}\nSent 19 bytes to server.\n\
                 Response received : This is a test<EOF>\n",
                server.port
            )
        );
    }
}

#[test]
fn example_clients_say_what_failed() {
    let refused = system_net_testkit::refused_port().port().to_string();
    for client in ["sync_client", "async_client"] {
        let output = run(client, &["127.0.0.1", &refused]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{client}");
        assert!(said.to_lowercase().contains("refused"), "{client}: {said}");
    }
}

#[test]
fn example_async_server_with_100_clients() {
    const CLIENTS: usize = 100;
    let server = Server::start("async_server", &["127.0.0.1", "0"]);
    // All are connected, and half of each message is there, before any message ends.
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| server.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        write!(client, "message of client {number}").unwrap();
    }
    for client in &mut clients {
        client.write_all(b"<EOF>").unwrap();
    }
    for (number, client) in clients.iter_mut().enumerate() {
        let mut echo = String::new();
        client.read_to_string(&mut echo).unwrap();
        assert_eq!(echo, format!("message of client {number}<EOF>"));
    }
    let shown = server.end_after(CLIENTS, " bytes to client.");
    assert_eq!(shown.matches(" Data : message of client ").count(), CLIENTS);
    let sent: usize = shown
        .lines()
        .filter_map(|line| {
            line.strip_prefix("Sent ")?
                .strip_suffix(" bytes to client.")
        })
        .map(|number| number.parse::<usize>().unwrap())
        .sum();
    let expected: usize = (0..CLIENTS)
        .map(|number| format!("message of client {number}<EOF>").len())
        .sum();
    assert_eq!(sent, expected);
}

#[test]
fn example_async_server_drops_unfinished_clients() {
    let server = Server::start("async_server", &["127.0.0.1", "0"]);
    let mut unfinished = server.connect();
    unfinished.write_all(b"unfinished").unwrap();
    unfinished.shutdown(Shutdown::Write).unwrap();
    assert_eq!(unfinished.read(&mut [0; 16]).unwrap(), 0);
    // The next one is served all the same.
    let mut next = server.connect();
    next.write_all(b"x<EOF>").unwrap();
    let mut echo = String::new();
    next.read_to_string(&mut echo).unwrap();
    assert_eq!(echo, "x<EOF>");
}

#[test]
fn example_create_socket() {
    let shown = printed("create_socket", &[]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "InterNetwork Stream Tcp");
    assert_eq!(lines[1], "InterNetwork Dgram Udp");
    assert!(
        lines[2].starts_with("Stream with Udp: ProtocolNotSupported ("),
        "{shown}"
    );
}

#[test]
fn example_ipv6_sockets() {
    let shown = printed("ipv6_sockets", &[]);
    for line in [
        "IPv4: true, IPv6: true",
        "A client of IPv4: 127.0.0.1",
        "A client of IPv6: ::1",
    ] {
        assert!(shown.lines().any(|l| l == line), "{line}\n{shown}");
    }
    assert_eq!(shown.matches("Echo: Hello\n").count(), 2, "{shown}");

    let server = Server::start("ipv6_sockets", &["server"]);
    let client = printed("ipv6_sockets", &["client", "localhost", &server.port]);
    assert!(client.ends_with("Echo: Hello\n"), "{client}");
}

#[test]
fn example_servers_say_what_failed() {
    let taken = Server::start("sync_server", &["127.0.0.1", "0"]);
    for server in ["sync_server", "async_server"] {
        for port in ["70000", &taken.port] {
            let output = run(server, &["127.0.0.1", port]);
            assert_eq!(output.status.code(), Some(1), "{server} {port}");
            assert!(!output.stderr.is_empty(), "{server} {port}");
        }
    }
}

#[test]
fn example_saea_echo_server() {
    let server = Server::start("saea_echo_server", &["127.0.0.1", "0"]);
    assert_eq!(
        printed("sync_client", &[&server.host, &server.port]),
        format!(
            "Socket connected to 127.0.0.1:{}\nEchoed test = This is a test<EOF>\n",
            server.port
        )
    );
    // More clients than there are contexts, one after the other and many at once: contexts return.
    const AT_ONCE: usize = 40;
    const TURNS: usize = 5;
    for turn in 0..TURNS {
        let mut clients: Vec<_> = (0..AT_ONCE).map(|_| server.connect()).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            write!(client, "turn {turn} of client {number}").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        }
        for (number, client) in clients.iter_mut().enumerate() {
            let mut echo = String::new();
            client.read_to_string(&mut echo).unwrap();
            assert_eq!(echo, format!("turn {turn} of client {number}"));
        }
    }
    // Far more than a buffer and the system hold, both ways at once.
    const LARGE: usize = 20_000_000;
    let mut writing = server.connect();
    let mut reading = writing.try_clone().unwrap();
    let writer = thread::spawn(move || {
        let data: Vec<u8> = (0..LARGE).map(|index| (index % 251) as u8).collect();
        writing.write_all(&data).unwrap();
        writing.shutdown(Shutdown::Write).unwrap();
        data
    });
    let mut echo = Vec::new();
    reading.read_to_end(&mut echo).unwrap();
    assert!(writer.join().unwrap() == echo);
    let shown = server.end_after(AT_ONCE * TURNS + 2, "Echoed ");
    assert_eq!(shown.matches("Echoed ").count(), AT_ONCE * TURNS + 2);
    assert!(shown.contains("Echoed 19 bytes\n"), "{shown}");
    assert!(!shown.contains("Turned away"), "{shown}");
}
