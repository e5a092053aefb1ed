//! The examples of Using TCP Services and Using UDP Services, each server with its client.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use crate::examples::{example, printed};

/// A program that runs beside the test; killed if the test ends first.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(example(name))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("one line more").unwrap()
    }

    /// The port of `Listening on port N`.
    fn port(&mut self) -> u16 {
        let line = self.line();
        let port = line.strip_prefix("Listening on port ");
        port.unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    }

    /// What it still printed, after it ended well.
    fn rest(mut self) -> String {
        let rest: Vec<String> = self.lines.by_ref().map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success());
        rest.join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_http_date(text: &str) -> bool {
    httpdate::parse_http_date(text).is_ok()
}

#[test]
fn example_daytime_server() {
    let mut server = Running::start("daytime_server", &["0", "3"]);
    let port = server.port();
    assert_eq!(server.line(), "Waiting for connection...");
    let told = printed("daytime_client", &["localhost", &port.to_string()]);
    assert!(is_http_date(told.trim_end()), "{told}");
    // A client that is not ours, over either kind of address.
    for host in ["127.0.0.1", "::1"] {
        let mut told = String::new();
        let mut stream = TcpStream::connect((host, port)).unwrap();
        stream.read_to_string(&mut told).unwrap();
        assert!(is_http_date(&told), "{told}");
    }
    assert_eq!(
        server.rest(),
        "Connection accepted.\n\
         Waiting for connection...\nConnection accepted.\n\
         Waiting for connection...\nConnection accepted."
    );
}

#[test]
fn example_daytime_client() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"half past seven").unwrap();
    });
    assert_eq!(
        printed("daytime_client", &["127.0.0.1", &port]),
        "half past seven\n"
    );
    server.join().unwrap();

    let alone = printed("daytime_client", &[]);
    assert_eq!(alone, "Mon, 23 Nov 2026 07:00:00 GMT\n");
}

/// The broadcast address of the loopback network stands for the guide's 192.168.1.255.
#[test]
fn example_udp_listen_and_udp_send() {
    let mut listener = Running::start("udp_listen", &["0", "2"]);
    let port = listener.port().to_string();
    assert_eq!(listener.line(), "Waiting for broadcast");
    assert_eq!(
        printed("udp_send", &["Is anybody there?", "127.255.255.255", &port]),
        "Message sent to the broadcast address\n"
    );
    let from = listener.line();
    assert!(
        from.starts_with("Received broadcast from 127.0.0.1:") && from.ends_with(" :"),
        "{from}"
    );
    assert_eq!(listener.line(), " Is anybody there?");

    // A sender that is not ours.
    let std = UdpSocket::bind("127.0.0.1:0").unwrap();
    std.send_to(b"me", format!("127.0.0.1:{port}")).unwrap();
    let own = std.local_addr().unwrap();
    assert_eq!(
        listener.rest(),
        format!("\nWaiting for broadcast\nReceived broadcast from {own} :\n me\n")
    );
}

/// The guide's best practice, "use TcpClient or UdpClient whenever possible instead of writing directly
/// to a Socket": the page says it, and the programs that could need a `Socket` do without.
#[test]
fn tcp_and_udp_clients_before_socket() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let read = |path: &str| std::fs::read_to_string(format!("{root}{path}")).unwrap();
    let page = read("../../docs/porting/best-practices.md");
    assert!(page.contains("## TcpClient and UdpClient before Socket"));
    let names = |text: &str, name: &str| {
        text.split(|character: char| !character.is_alphanumeric() && character != '_')
            .any(|word| word == name)
    };
    for (program, written_to) in [
        ("daytime_client", "TcpClient"),
        ("daytime_server", "TcpListener"),
        ("udp_listen", "UdpClient"),
    ] {
        let source = read(&format!("examples/{program}.rs"));
        assert!(names(&source, written_to), "{program}");
        assert!(!names(&source, "Socket"), "{program}");
        assert!(
            page.contains(&format!("`examples/{program}.rs`")),
            "{program}"
        );
    }
}
