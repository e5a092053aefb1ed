//! Programs of others: ncat, socat and Python, as clients and as servers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A limit for what must come.
const LONG: Duration = Duration::from_secs(30);

/// A running program; it ends with this value at the latest.
pub(crate) struct Peer {
    child: Child,
    name: String,
}

impl Peer {
    /// Starts a program whose standard input and output the test has.
    #[track_caller]
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments);
        Self::run(command)
    }

    /// As [`start`](Self::start), for a command.
    #[track_caller]
    pub(crate) fn run(mut command: Command) -> Self {
        let name = format!("{command:?}");
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, name }
    }

    /// Starts Python with a program text.
    #[track_caller]
    pub(crate) fn python(text: &str, arguments: &[&str]) -> Self {
        let mut all = vec!["-u", "-c", text];
        all.extend(arguments);
        Self::start("python3", &all)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The program's standard input, to be closed by dropping it.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// The first line that the program prints.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let mut output = BufReader::with_capacity(1, self.child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        self.child.stdout = Some(output.into_inner());
        line.trim_end().to_owned()
    }

    /// Waits until the program has ended; its exit code and what it printed since.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<u8>) {
        drop(self.child.stdin.take());
        let (mut output, mut errors) = (
            self.child.stdout.take().unwrap(),
            self.child.stderr.take().unwrap(),
        );
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut printed = Vec::new();
            output.read_to_end(&mut printed).unwrap();
            let _nobody_waits = sender.send(printed);
        });
        let printed = receiver.recv_timeout(LONG);
        if printed.is_err() {
            let _already_gone = self.child.kill();
        }
        let mut said = String::new();
        errors.read_to_string(&mut said).unwrap();
        if !said.is_empty() {
            println!("{}: {}", self.name, said.trim());
        }
        let printed = printed.unwrap_or_else(|_| panic!("{} does not end", self.name));
        (self.child.wait().unwrap().code(), printed)
    }

    /// Waits until the process has a socket at this port, by the lists of the kernel: connecting
    /// to try would be a first client.
    #[track_caller]
    pub(crate) fn wait_for_port(&mut self, address: IpAddr, port: u16, protocol: &str) {
        let file = match address {
            IpAddr::V4(_) => format!("/proc/{}/net/{protocol}", self.id()),
            IpAddr::V6(_) => format!("/proc/{}/net/{protocol}6", self.id()),
        };
        // The state of a listener is 0A; that of a bound datagram socket is 07.
        let state = if protocol == "tcp" { " 0A " } else { " 07 " };
        let wanted = format!(":{port:04X} ");
        self.wait_until(|| {
            let list = std::fs::read_to_string(&file).unwrap_or_default();
            list.lines()
                .any(|line| line.contains(&wanted) && line.contains(state))
        });
    }

    /// Waits until there is a local socket at this path.
    #[track_caller]
    pub(crate) fn wait_for_path(&mut self, path: &Path) {
        self.wait_until(|| {
            let list = std::fs::read_to_string("/proc/net/unix").unwrap_or_default();
            list.contains(path.to_str().unwrap())
        });
    }

    #[track_caller]
    fn wait_until(&mut self, ready: impl Fn() -> bool) {
        let deadline = Instant::now() + LONG;
        while !ready() {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut said = String::new();
                let mut errors = self.child.stderr.take().unwrap();
                errors.read_to_string(&mut said).unwrap();
                panic!("{} ended with {status}: {said}", self.name);
            }
            assert!(Instant::now() < deadline, "{} does not listen", self.name);
            // The lists of the kernel announce nothing.
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// Writes all of it from another thread, so that the peer may write meanwhile.
pub(crate) fn feed(mut input: impl Write + Send + 'static, data: Vec<u8>) {
    std::thread::spawn(move || {
        // A peer that ends early shows by what it printed.
        let _may_be_gone = input.write_all(&data);
    });
}

/// A loopback port that was free a moment ago, for programs that cannot be asked which they got.
pub(crate) fn free_port(address: &str) -> u16 {
    std::net::TcpListener::bind((address, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Bytes in which a missing, doubled or shifted part shows.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}
