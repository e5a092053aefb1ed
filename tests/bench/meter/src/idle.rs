//! Many connections that do nothing: a child that opens and holds them, and what they cost here.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::Args;

/// The modes a program that measures connections hands to its child.
const HOLD: &str = "idle-connect";
const DROP: &str = "accept-connect";

/// How many connections are opened between two breaths: an overflowing queue stalls for seconds.
const BREATH: u64 = 64;

/// Raises the limit of descriptors as far as the system lets this process.
pub fn raise_descriptors() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Whoever needs more will fail with the system's own message.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// If the program was started as the connecting child, does that and says so.
pub fn connect_as_child(args: &Args) -> bool {
    match args.mode.as_str() {
        HOLD => hold(args),
        DROP => open_and_drop(args),
        _ => return false,
    }
    true
}

/// Opens connections, then holds them until its input ends.
fn hold(args: &Args) {
    raise_descriptors();
    let mut held = Vec::new();
    for number in 1..=args.n {
        held.push(TcpStream::connect(("127.0.0.1", args.port)).expect("a connection"));
        if number % BREATH == 0 {
            std::thread::sleep(Duration::from_millis(3));
        }
    }
    wait_for_end();
}

/// Waits for the line that starts it, then opens connections one after the other.
fn open_and_drop(args: &Args) {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .expect("the line that starts the work");
    for _ in 0..args.n {
        let mut stream = TcpStream::connect(("127.0.0.1", args.port)).expect("a connection");
        // The other end drops it; taking turns, no queue overflows.
        let _ = stream.read(&mut [0]);
        // Reset, so that no port is kept waiting.
        let _ = nix::sys::socket::setsockopt(
            &stream,
            nix::sys::socket::sockopt::Linger,
            &nix::libc::linger {
                l_onoff: 1,
                l_linger: 0,
            },
        );
    }
    wait_for_end();
}

fn wait_for_end() {
    let mut line = String::new();
    // The end of the input and its failure mean the same here.
    let _ = BufReader::new(std::io::stdin()).read_line(&mut line);
}

/// The child that connects, so that its work and memory are not counted here.
pub struct Connector(Child);

impl Connector {
    /// Opens `n` connections to a port at once, and holds them.
    pub fn hold(port: u16, n: u64) -> Self {
        Self::spawn(HOLD, port, n)
    }

    /// Opens and drops `n` connections to a port after [`start`](Self::start).
    pub fn open_and_drop(port: u16, n: u64) -> Self {
        Self::spawn(DROP, port, n)
    }

    fn spawn(mode: &str, port: u16, n: u64) -> Self {
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args([mode, "--port", &port.to_string(), "--n", &n.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a child");
        Self(child)
    }

    /// Lets an opening child begin.
    pub fn start(&mut self) {
        let input = self.0.stdin.as_mut().expect("the child's input");
        input.write_all(b"go\n").expect("the child listens");
    }

    /// Ends the child.
    pub fn finish(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("the child ends");
    }
}

/// The resident memory of this process.
pub fn resident_kib() -> u64 {
    crate::status_kib("VmRSS:")
}

/// Prints the line of the idle mode.
pub fn report_idle(n: u64, before_kib: u64) {
    let after = resident_kib();
    println!(
        "{{\"ops\":{n},\"rss_before_kib\":{before_kib},\"rss_after_kib\":{after},\
         \"bytes_per_conn\":{}}}",
        after.saturating_sub(before_kib) * 1024 / n.max(1)
    );
}
