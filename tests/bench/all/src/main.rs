//! Builds and runs every bench program and prints the tables.
//!
//! usage: bench-all [--rounds R] [--scale S] [--only a,b] [--modes get-seq,tls-download,h2,uri]
//!                  [--no-build] [--no-instr]
//!
//! Rounds are interleaved: each round runs every client once, ratios are taken round by round and
//! the median is printed, so that a neighbour's noise hits all of them. CPU is user and system
//! time of the client's own process; wall figures are informative only. Instructions are user
//! space, counted by callgrind as the slope between two numbers of requests.

mod instructions;
mod modes;
mod origin;
mod sock;
mod udp;
mod uri;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

use modes::{MODES, Mode};
use origin::Origins;
use serde_json::Value;

/// The client the others are compared with.
const OURS: &str = "system-net";

/// The same library through its blocking calls; ureq is its peer.
const BLOCKING: &str = "blocking";

/// The same library's `SslStream` by itself; the raw client is its peer.
const SSL_STREAM: &str = "ssl-stream";

/// A client: its name in the table and its binary.
const CLIENTS: [(&str, &str); 8] = [
    ("raw *", "peer-raw"),
    (OURS, "bench-client"),
    (BLOCKING, "bench-client-blocking"),
    (SSL_STREAM, "bench-client-tls"),
    ("hyper", "peer-hyper-conn"),
    ("hyper-util", "peer-hyper"),
    ("reqwest", "peer-reqwest"),
    ("ureq", "peer-ureq"),
];

/// What a request may take at most, in user instructions: what it takes today and a little more, so
/// that nothing is lost unseen. A run in which one takes more fails.
const BUDGETS: [(&str, &str, f64); 2] =
    [("get-seq", OURS, 12_600.0), ("get-seq", BLOCKING, 12_100.0)];

struct Options {
    rounds: usize,
    scale: f64,
    only: Vec<String>,
    modes: Vec<String>,
    build: bool,
    instructions: bool,
}

impl Options {
    /// Whether a program of this name is to run.
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }

    /// Whether this table is to be made.
    fn does(&self, mode: &str) -> bool {
        self.modes.is_empty() || self.modes.iter().any(|name| name == mode)
    }
}

fn main() {
    let options = options();
    let target = target_directory();
    if options.build {
        build();
    }
    if options.does(uri::MODE) {
        uri::measure(&target, &options);
    }
    if options.does(udp::MODE) {
        udp::measure(&target, &options);
    }
    let mut met = true;
    if MODES.iter().any(|mode| options.does(mode.name)) {
        met &= requests(&target, &options);
    }
    if options.does(sock::MODE) {
        met &= sock::measure(&target, &options);
    }
    if !met {
        eprintln!("bench-all: a goal is missed");
        exit(1);
    }
}

/// The tables of the clients; false if one is over its budget.
fn requests(target: &Path, options: &Options) -> bool {
    let mut origins = Origins::start(target);
    let clients: Vec<(&str, PathBuf)> = CLIENTS
        .iter()
        .filter(|(name, _)| options.wants(name))
        .map(|(name, binary)| (*name, target.join(binary)))
        .filter(|(_, binary)| binary.exists())
        .collect();
    println!("* is a physical floor, not a product; ratios are to {OURS} (below 1: cheaper)");
    println!("{BLOCKING} is {OURS} through its blocking calls, on as many threads as connections");
    for mode in MODES.iter().filter(|mode| options.does(mode.name)) {
        measure(mode, &clients, &origins, options);
    }
    let mut met = true;
    if options.instructions {
        if instructions::available() {
            for mode in MODES.iter() {
                met &= count(mode, &clients, &origins, options);
            }
        } else {
            println!("\ninstructions: skipped (valgrind is not installed)");
        }
    }
    origins.stop();
    met
}

fn options() -> Options {
    let mut options = Options {
        rounds: 5,
        scale: 1.0,
        only: Vec::new(),
        modes: Vec::new(),
        build: true,
        instructions: true,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .unwrap_or_else(|| fail(&format!("{word} needs a value")))
        };
        let list = |text: String| text.split(',').map(str::to_owned).collect();
        match word.as_str() {
            "--rounds" => options.rounds = value().parse().unwrap_or_else(|_| fail("--rounds R")),
            "--scale" => options.scale = value().parse().unwrap_or_else(|_| fail("--scale S")),
            "--only" => options.only = list(value()),
            "--modes" => options.modes = list(value()),
            "--help" => {
                println!(
                    "usage: bench-all [--rounds R] [--scale S] [--only a,b] [--modes get-seq,tls-download,h2,uri,sock,udp] \
                     [--no-build] [--no-instr]"
                );
                exit(0);
            }
            "--no-build" => options.build = false,
            "--no-instr" => options.instructions = false,
            _ => fail(&format!("unknown option {word}")),
        }
    }
    options
}

fn fail(message: &str) -> ! {
    eprintln!("bench-all: {message}");
    exit(2)
}

/// Where this program lies, the others lie too.
fn target_directory() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_else(|error| fail(&error.to_string()));
    own.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn build() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--quiet",
            "--workspace",
            "--exclude",
            "bench-all",
        ])
        .args(["--manifest-path", manifest])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        fail("the build failed");
    }
}

/// The program on one CPU, where the system can do that.
fn pinned(binary: &Path, cpu: usize) -> Command {
    let pins = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1)
        && Command::new("taskset").arg("--version").output().is_ok();
    if !pins {
        return Command::new(binary);
    }
    let mut command = Command::new("taskset");
    command.arg("-c").arg(cpu.to_string()).arg(binary);
    command
}

/// One run: what the client printed, `None` when it failed or does not do the mode.
fn run(mode: &Mode, client: &str, binary: &Path, origins: &Origins, n: u64) -> Option<Value> {
    let output = pinned(binary, usize::from(!mode.turns))
        .args(mode.arguments(client, origins, n))
        .stderr(Stdio::piped())
        .output()
        .ok()?;
    if !output.status.success() {
        if output.status.code() != Some(3) {
            eprintln!(
                "{} {}: {} {}",
                binary.display(),
                mode.name,
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        return None;
    }
    serde_json::from_slice(output.stdout.split(|&byte| byte == b'\n').next()?).ok()
}

fn measure(mode: &Mode, clients: &[(&str, PathBuf)], origins: &Origins, options: &Options) {
    let n = if mode.n > 1 {
        ((mode.n as f64 * options.scale) as u64).max(1)
    } else {
        1
    };
    let mut runs: Vec<Vec<Value>> = vec![Vec::new(); clients.len()];
    for _ in 0..options.rounds {
        for ((name, binary), runs) in clients.iter().zip(&mut runs) {
            runs.extend(run(mode, name, binary, origins, n));
        }
    }
    let number = |value: &Value, key: &str| value[key].as_f64().unwrap_or(f64::NAN);
    let cpu = |value: &Value| {
        (number(value, "user_s") + number(value, "sys_s")) / number(value, "ops") * 1e6
    };
    // What the full client does not do is compared with the stream below it.
    let ours: Vec<f64> = [OURS, SSL_STREAM]
        .into_iter()
        .filter_map(|own| clients.iter().position(|(name, _)| *name == own))
        .map(|index| runs[index].iter().map(cpu).collect())
        .find(|times: &Vec<f64>| !times.is_empty())
        .unwrap_or_default();
    println!(
        "\n{} ({n} operations, median of {} rounds)",
        mode.name, options.rounds
    );
    println!(
        "{:12} {:>12} {:>12} {:>12} {:>8} {:>10} {:>10} {:>9}",
        "client", "cpu us/op", "user us/op", "sys us/op", "ratio", "ops/s", "MiB/s", "rss KiB"
    );
    for ((name, _), runs) in clients.iter().zip(&runs) {
        if runs.is_empty() {
            println!("{name:12} does not do this");
            continue;
        }
        let of = |get: &dyn Fn(&Value) -> f64| median(runs.iter().map(get).collect());
        let per_op = |key: &'static str| {
            of(&|value: &Value| number(value, key) / number(value, "ops") * 1e6)
        };
        let ratio = median(
            runs.iter()
                .map(cpu)
                .zip(&ours)
                .map(|(a, b)| a / b)
                .collect(),
        );
        println!(
            "{name:12} {:>12.2} {:>12.2} {:>12.2} {:>8} {:>10.0} {:>10.0} {:>9.0}",
            of(&cpu),
            per_op("user_s"),
            per_op("sys_s"),
            if ratio.is_nan() {
                "-".to_owned()
            } else {
                format!("{ratio:.2}")
            },
            of(&|value: &Value| number(value, "ops") / number(value, "wall_s")),
            of(&|value: &Value| number(value, "bytes") / number(value, "wall_s") / 1_048_576.0),
            of(&|value: &Value| number(value, "maxrss_kib")),
        );
    }
}

/// Prints the instructions of a mode; false if one is over its budget.
fn count(mode: &Mode, clients: &[(&str, PathBuf)], origins: &Origins, options: &Options) -> bool {
    let Some((low, high)) = mode.slope else {
        return true;
    };
    if !options.does(mode.name) {
        return true;
    }
    println!(
        "\n{}: user instructions per operation (callgrind, slope {low} to {high})",
        mode.name
    );
    let counts: Vec<(&str, Option<f64>)> = clients
        .iter()
        // Many threads under valgrind say little.
        .filter(|(name, _)| mode.name != "get-conc" || !["ureq", BLOCKING].contains(name))
        .map(|(name, binary)| {
            let at = |n| instructions::count(binary, &mode.arguments(name, origins, n));
            let per_op = at(low)
                .zip(at(high))
                .map(|(a, b)| (b - a) / (high - low) as f64);
            (*name, per_op)
        })
        .collect();
    let ours = counts
        .iter()
        .find(|(name, _)| *name == OURS)
        .and_then(|(_, count)| *count);
    let mut met = true;
    for (name, per_op) in counts {
        let Some(per_op) = per_op else {
            println!("{name:12} failed or does not do this");
            continue;
        };
        let ratio = ours.map_or("-".to_owned(), |ours| format!("{:.2}", per_op / ours));
        println!("{name:12} {per_op:>10.0} {ratio:>8}");
        for (_, _, most) in BUDGETS.iter().filter(|(budgeted, client, most)| {
            *budgeted == mode.name && *client == name && per_op > *most
        }) {
            println!("{name:12} {most:>10.0} is the most it may take");
            met = false;
        }
    }
    met
}

fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}
