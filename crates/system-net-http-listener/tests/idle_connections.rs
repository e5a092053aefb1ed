//! What connections that wait for their next request keep in memory: a program of its own, as what it
//! counts is the memory of the process.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on shall fail, and says what it leaves out; its client is a process"
)]

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use system_net_http_listener::{HttpListenerContext, HttpListenerError, TestListener};

const CONNECTIONS: u64 = 10_000;
/// What else a process has open.
const OTHERS: u64 = 200;
/// Where the process of the clients finds the address.
const ADDRESS: &str = "IDLE_CONNECTIONS_TO";

/// 10,000 connections that have been answered and are kept alive: under 8 KiB each.
#[test]
fn ten_thousand_idle_connections() {
    if !may_open(CONNECTIONS + OTHERS) {
        println!("skipped: the process may not open {CONNECTIONS} sockets (ulimit -n)");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = TestListener::http().unwrap();
    let address = listener.url("").split('/').nth(2).unwrap().to_owned();
    runtime.block_on(async {
        let served = listener.serve(answer);
        let held = tokio::task::spawn_blocking(move || {
            // What a first connection brings with it is there once.
            let _first = Clients::start(&address, 10);
            let before = resident_kib();
            let _all = Clients::start(&address, CONNECTIONS);
            let each = (resident_kib() - before) * 1024 / CONNECTIONS;
            println!("{each} bytes for each connection");
            each
        });
        tokio::select! {
            served = served => panic!("it ended by itself: {served:?}"),
            held = held => {
                let each = held.unwrap();
                assert!(each < 8 * 1024, "{each} bytes for each connection");
            }
        }
    });
}

async fn answer(mut context: HttpListenerContext) -> Result<(), HttpListenerError> {
    let response = context.response_mut();
    response.set_content_type("text/plain")?;
    response.close_with("Hello, World!")
}

/// The other end, in a process of its own; the test above starts it.
#[test]
fn clients_of_the_idle_connections() {
    let Ok(text) = std::env::var(ADDRESS) else {
        return;
    };
    let (address, count) = text.split_once(' ').unwrap();
    let count = count.parse().unwrap();
    assert!(may_open(count + OTHERS), "the other process may");
    let connections: Vec<TcpStream> = (0..count).map(|_| ask(address)).collect();
    println!("all are answered");
    // Until the other process closes its end.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(connections);
}

fn ask(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUser-Agent: test\r\nAccept: */*\r\n\
         Accept-Language: en\r\nAccept-Encoding: gzip, deflate\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"World!") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "closed within the answer");
        answer.extend_from_slice(&piece[..read]);
    }
    stream
}

/// A process that holds connections that were answered.
struct Clients {
    process: Child,
    /// Kept open, as it writes a last line.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Clients {
    fn start(address: &str, count: u64) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut process = Command::new(program)
            .args(["--exact", "clients_of_the_idle_connections", "--nocapture"])
            .env(ADDRESS, format!("{address} {count}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let answered = lines.any(|line| line.unwrap().ends_with("all are answered"));
        assert!(answered, "the clients have failed");
        Self {
            process,
            _lines: lines,
        }
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let ended = self.process.wait();
        assert!(std::thread::panicking() || ended.unwrap().success());
    }
}

/// Whether so many descriptors may be open, by the process's limit or a higher one it may set itself.
fn may_open(wanted: u64) -> bool {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return true;
    }
    let raised = Rlimit {
        current: Some(wanted),
        ..limit
    };
    limit.maximum.is_none_or(|maximum| maximum >= wanted)
        && setrlimit(Resource::Nofile, raised).is_ok()
}

/// The memory of this process that is really there.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = { status.lines() }.find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}
