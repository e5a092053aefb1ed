//! `sysnet tcp` and `sysnet udp`, with peers of std and with each other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::process::{Child, Stdio};
use std::time::Duration;

use system_net_testkit::{Blackhole, refused_port};

use crate::program::{run, run_with_input, sysnet};

/// Bytes in which a missing, doubled or shifted part shows.
fn pattern(length: u32) -> Vec<u8> {
    (0..length)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// A running program with what it says on stderr.
struct Running {
    child: Child,
    says: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = sysnet(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stderr.take().unwrap());
        Self { child, says }
    }

    /// The next line, but for what the library does.
    fn line(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.says.read_line(&mut line).unwrap();
            if !line.starts_with("* ") {
                return line.trim_end().to_owned();
            }
        }
    }

    /// The port behind `listening at`.
    fn port(&mut self) -> String {
        let line = self.line();
        let end = line.strip_prefix("listening at ").unwrap();
        end.rsplit_once(':').unwrap().1.to_owned()
    }

    /// It has nothing to send, and ends when its peer has sent all.
    fn without_input(mut self) -> Self {
        drop(self.child.stdin.take());
        self
    }

    /// Gives it all of its input; its exit code and output.
    fn finish(mut self, input: &[u8]) -> (i32, Vec<u8>) {
        let stdin = self.child.stdin.take();
        let mut stdout = self.child.stdout.take().unwrap();
        let printed = std::thread::scope(|scope| {
            scope.spawn(move || {
                let _may_have_ended = stdin.map(|mut stdin| stdin.write_all(input));
            });
            let mut printed = Vec::new();
            stdout.read_to_end(&mut printed).unwrap();
            printed
        });
        (self.child.wait().unwrap().code().unwrap(), printed)
    }
}

#[test]
fn tcp_sends_stdin_and_prints_the_answer() {
    for (address, flag) in [("127.0.0.1", "-4"), ("::1", "-6")] {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        std::thread::scope(|scope| {
            // It answers once it has seen the end of what it is sent: the half close.
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut all = Vec::new();
                stream.read_to_end(&mut all).unwrap();
                all.reverse();
                stream.write_all(&all).unwrap();
            });
            let printed = run_with_input(&["tcp", flag, address, &port], b"abc\n").ok();
            assert_eq!(printed.stdout, b"\ncba");
        });
    }
}

#[test]
fn tcp_moves_both_directions_at_once() {
    let (there, back) = (pattern(4 << 20), pattern(3 << 20));
    let mut listening = Running::start(&["tcp", "-l", "127.0.0.1", "0"]);
    let port = listening.port();
    std::thread::scope(|scope| {
        let listening = scope.spawn(|| listening.finish(&back));
        let printed = run_with_input(&["tcp", "127.0.0.1", &port], &there).ok();
        assert!(printed.stdout == back);
        let (code, printed) = listening.join().unwrap();
        assert!((code, printed) == (0, there));
    });
}

#[test]
fn tcp_listens_for_both_protocols() {
    for host in ["127.0.0.1", "::1", "localhost"] {
        let mut listening = Running::start(&["tcp", "-lv", "0"]).without_input();
        let port = listening.port();
        let said = run_with_input(&["tcp", "-v", host, &port], b"hello");
        assert_eq!((said.code, &*said.stdout), (0, &b""[..]));
        let mut lines = said.stderr.lines();
        assert!(
            lines.any(|line| line.starts_with("connected to ")),
            "{}",
            said.stderr
        );
        assert!(listening.line().starts_with("connected to "));
        assert_eq!(listening.finish(b""), (0, b"hello".to_vec()));
    }
}

#[test]
fn tcp_goes_on_sending_after_the_answer_has_ended() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let data = pattern(2 << 20);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            all
        });
        run_with_input(&["tcp", "127.0.0.1", &port], &data).ok();
        assert!(server.join().unwrap() == data);
    });
}

#[test]
fn tcp_local_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("peer.sock");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            stream.write_all(&all).unwrap();
        });
        let arguments = ["tcp", "--unix", path.to_str().unwrap()];
        assert_eq!(run_with_input(&arguments, b"local").ok().stdout, b"local");
    });
    // Each other, by a path and by an abstract name; the path is taken away again.
    let path = folder.path().join("ours.sock").to_str().unwrap().to_owned();
    for name in [path.clone(), format!("@sysnet-test-{}", std::process::id())] {
        let mut listening = Running::start(&["tcp", "-l", "--unix", &name]).without_input();
        assert_eq!(listening.line(), format!("listening at {name}"));
        run_with_input(&["tcp", "--unix", &name], b"hello").ok();
        assert_eq!(listening.finish(b""), (0, b"hello".to_vec()));
    }
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn tcp_failures_have_their_codes() {
    let refused = refused_port().port().to_string();
    let hole = Blackhole::new();
    let swallowed = hole.address().port().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let long = "x".repeat(64);
    for (arguments, code, part) in [
        (vec!["127.0.0.1", &*refused], 7, "nobody listens there"),
        (vec!["-w", "0.3", "127.0.0.1", &*swallowed], 28, "-w"),
        (
            vec!["-l", "127.0.0.1", &*port],
            1,
            "another program has the address",
        ),
        (vec!["-l", "-w", "0.2", "127.0.0.1", "0"], 28, "-w"),
        (vec![&*long, "1"], 6, "sysnet dns"),
        (vec!["127.0.0.1"], 2, "a port is needed"),
        (vec!["127.0.0.1", "70000"], 2, "70000"),
        (vec!["--unix", ""], 2, "path"),
        (vec!["--unix", "/nonexistent/socket"], 7, "socket"),
        (vec!["-4", "-6", "127.0.0.1", "1"], 2, "cannot be used with"),
    ] {
        let run = run(&[&["tcp"], &arguments[..]].concat());
        assert_eq!(
            (run.code, &*run.stdout),
            (code, &b""[..]),
            "{arguments:?}: {}",
            run.stderr
        );
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn tcp_silence_ends_it_with_w() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let running = Running::start(&["tcp", "-w", "10", "127.0.0.1", &port]);
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"one word").unwrap();
    let (mut says, mut child) = (running.says, running.child);
    // Its stdin stays open and its peer is silent.
    assert_eq!(child.wait().unwrap().code(), Some(28));
    let (mut printed, mut said) = (String::new(), String::new());
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut printed)
        .unwrap();
    says.read_to_string(&mut said).unwrap();
    assert_eq!(printed, "one word");
    assert!(said.contains("nothing happened for 10s"), "{said}");
}

#[test]
fn udp_sends_lines_and_prints_answers() {
    let talk = |address: &str| {
        let server = UdpSocket::bind((address, 0)).unwrap();
        server
            .set_read_timeout(Some(Duration::from_secs(300)))
            .unwrap();
        let port = server.local_addr().unwrap().port().to_string();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut buffer = [0; 100];
                for expected in [&b"one\n"[..], b"two"] {
                    let (count, peer) = server.recv_from(&mut buffer).unwrap();
                    assert_eq!(&buffer[..count], expected);
                    server.send_to(b"seen\n", peer).unwrap();
                }
            });
            let printed = run_with_input(&["udp", "-w", "10", address, &port], b"one\ntwo").ok();
            assert_eq!(printed.text(), "seen\nseen\n");
        });
    };
    // Each takes the time of silence.
    std::thread::scope(|scope| {
        for address in ["127.0.0.1", "::1"] {
            scope.spawn(move || talk(address));
        }
    });
}

/// Without -w it waits a second for answers, and ends as well as with one.
#[test]
fn udp_ends_when_nobody_answers() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let run = run_with_input(&["udp", "127.0.0.1", &port], b"one").ok();
    assert_eq!(run.text(), "");
    let mut buffer = [0; 100];
    assert_eq!(silent.recv(&mut buffer).unwrap(), 3);
}

/// The network says that nobody listens; a stranger who sends something is not heard.
#[test]
fn udp_hears_its_host_alone() {
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port().to_string();
    drop(gone);
    let run = run_with_input(&["udp", "-w", "10", "127.0.0.1", &port], b"one");
    assert_eq!((run.code, run.text()), (7, String::new()), "{}", run.stderr);
    assert!(run.stderr.contains("nobody listens"), "{}", run.stderr);

    let host = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port().to_string();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (_, client) = host.recv_from(&mut [0; 10]).unwrap();
            let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
            stranger.send_to(b"psst", client).unwrap();
            host.send_to(b"answer", client).unwrap();
        });
        let run = run_with_input(&["udp", "127.0.0.1", &port], b"one").ok();
        assert_eq!(run.text(), "answer");
    });
}

#[test]
fn udp_listens_and_answers() {
    let mut listening = Running::start(&["udp", "-lv", "-w", "10", "127.0.0.1", "0"]);
    let port = listening.port();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(300)))
        .unwrap();
    client.connect(format!("127.0.0.1:{port}")).unwrap();
    client.send(b"hello\n").unwrap();
    // What it says of the datagram comes before it has it as the one to answer.
    assert!(listening.line().starts_with("6 bytes from 127.0.0.1:"));
    let mut first = [0; 6];
    listening
        .child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    let (code, printed) = listening.finish(b"answer\n");
    assert_eq!((code, &printed[..], &first), (0, &b""[..], b"hello\n"));
    let mut buffer = [0; 100];
    let count = client.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..count], b"answer\n");
}

#[test]
fn udp_failures_have_their_codes() {
    for (arguments, input, code, part) in [
        (vec!["255.255.255.255", "9"], &b"x\n"[..], 55, "-b allows"),
        (
            vec!["-l", "-w", "300", "127.0.0.1", "0"],
            b"x\n",
            55,
            "nobody has sent",
        ),
        (vec!["127.0.0.1", "x"], b"", 2, "no port"),
        (vec!["-l"], b"", 2, "a port is needed"),
    ] {
        let run = run_with_input(&[&["udp"], &arguments[..]].concat(), input);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
    let long = [vec![b'x'; 70_000], vec![b'\n']].concat();
    let run = run_with_input(&["udp", "127.0.0.1", "9"], &long);
    assert_eq!(run.code, 55, "{}", run.stderr);
    assert!(
        run.stderr.contains("a line is one datagram"),
        "{}",
        run.stderr
    );
}
