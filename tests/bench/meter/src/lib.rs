//! What every bench program shares: the command line, the meter, the runtime.
//!
//! A client is called `BIN MODE --url URL --n N [--conc C] [--body BYTES] [--ca PEM]
//! [--threads T] [--depth D]`, a server `BIN --port P --threads T`, a program of sockets
//! `BIN MODE --n N [--size S] [--bytes B]`. All but servers print one JSON line:
//! operations, bytes, wall, user and system seconds, voluntary and involuntary context switches,
//! peak resident size. A mode it does not do ends with exit code 3.

mod idle;

use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

pub use idle::{Connector, connect_as_child, raise_descriptors, report_idle, resident_kib};

/// The command line; any option may come with any mode.
#[derive(Clone, Debug)]
pub struct Args {
    /// The first word that is no option.
    pub mode: String,
    /// What to fetch.
    pub url: String,
    /// How many operations.
    pub n: u64,
    /// How many of them at once.
    pub conc: usize,
    /// Bytes of a request body.
    pub body: usize,
    /// A file with the only trust anchors.
    pub ca: Option<String>,
    /// Worker threads of the runtime; 1 is the current thread.
    pub threads: usize,
    /// Outstanding requests of pipelining; 0 turns TLS resumption off.
    pub depth: usize,
    /// The port of a server.
    pub port: u16,
    /// Bytes of a message or a datagram.
    pub size: usize,
    /// Bytes of a stream.
    pub bytes: u64,
}

/// Reads the command line; ends the program with code 2 when it is wrong.
pub fn args() -> Args {
    let mut args = Args {
        mode: String::new(),
        url: String::new(),
        n: 1000,
        conc: 64,
        body: 65_536,
        ca: None,
        threads: 1,
        depth: 16,
        port: 0,
        size: 64,
        bytes: 1 << 30,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            args.mode = word;
            continue;
        }
        let Some(value) = words.next() else {
            usage(&word)
        };
        match word.as_str() {
            "--url" => args.url = value,
            "--n" => args.n = number(&word, &value),
            "--conc" => args.conc = number(&word, &value),
            "--body" => args.body = number(&word, &value),
            "--ca" => args.ca = Some(value),
            "--threads" => args.threads = number(&word, &value),
            "--depth" => args.depth = number(&word, &value),
            "--port" => args.port = number(&word, &value),
            "--size" => args.size = number(&word, &value),
            "--bytes" => args.bytes = number(&word, &value),
            _ => usage(&word),
        }
    }
    args
}

fn number<T: std::str::FromStr>(word: &str, value: &str) -> T {
    value.parse().unwrap_or_else(|_| usage(word))
}

fn usage(word: &str) -> ! {
    eprintln!("unknown or incomplete option {word}");
    exit(2)
}

/// Ends a program that does not do a mode.
pub fn unsupported() -> ! {
    println!("{{\"unsupported\":true}}");
    exit(3)
}

/// `http://host:port/path` in its parts; other schemes are not done by the plain peers.
pub fn split_url(url: &str) -> (String, u16, String) {
    let Some(rest) = url.strip_prefix("http://") else {
        unsupported()
    };
    split(rest)
}

/// `https://host:port/path` in its parts; `None` for other schemes.
pub fn split_https(url: &str) -> Option<(String, u16, String)> {
    url.strip_prefix("https://").map(split)
}

fn split(rest: &str) -> (String, u16, String) {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    (host.to_owned(), number("--url", port), format!("/{path}"))
}

/// A current-thread runtime for one thread, else a pool.
pub fn runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = if threads <= 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    builder
        .worker_threads(threads.max(1))
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Lets the library of TLS gather its randomness, some 20 ms once in a process, before the clock
/// starts.
///
/// # Panics
/// Where the system gives no randomness.
#[cfg(feature = "tls")]
pub fn seed() {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    provider
        .secure_random
        .fill(&mut [0; 32])
        .expect("randomness");
}

/// Operations that several workers take from one heap.
#[derive(Debug)]
pub struct Shares(AtomicU64);

impl Shares {
    /// `n` operations.
    pub fn new(n: u64) -> Self {
        Self(AtomicU64::new(n))
    }

    /// Takes one; `false` when none is left.
    pub fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok()
    }
}

/// Measures the work between start and finish.
pub struct Meter {
    start: Instant,
    usage: Usage,
}

impl Meter {
    /// Begins to measure.
    pub fn start() -> Self {
        let usage = usage_now();
        Self {
            start: Instant::now(),
            usage,
        }
    }

    /// Prints the one line a bench program prints.
    pub fn finish(self, ops: u64, bytes: u64) {
        let wall = self.start.elapsed().as_secs_f64();
        let now = usage_now();
        let seconds = |get: fn(&Usage) -> nix::sys::time::TimeVal| {
            (get(&now) - get(&self.usage)).num_microseconds() as f64 / 1e6
        };
        let user = seconds(Usage::user_time);
        let system = seconds(Usage::system_time);
        let voluntary = now.voluntary_context_switches() - self.usage.voluntary_context_switches();
        let involuntary =
            now.involuntary_context_switches() - self.usage.involuntary_context_switches();
        println!(
            "{{\"ops\":{ops},\"bytes\":{bytes},\"wall_s\":{wall:.6},\"user_s\":{user:.6},\
             \"sys_s\":{system:.6},\"vcsw\":{voluntary},\"ivcsw\":{involuntary},\
             \"maxrss_kib\":{}}}",
            peak_kib()
        );
    }
}

fn usage_now() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).expect("the usage of this process")
}

/// The peak of this program image; `getrusage` would carry over the parent's.
fn peak_kib() -> u64 {
    status_kib("VmHWM:")
}

fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
