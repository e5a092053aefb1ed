//! The tables of sockets: ping-pong, bulk, accepting, idle connections; ours in every form of call
//! beside std and tokio. Two of the figures are goals, and missing one fails the run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{OURS, Options, instructions, median, pinned};

/// The name of these tables among the modes.
pub(crate) const MODE: &str = "sock";

/// A program: its name in the tables, its binary, and the one it is compared with.
const PROGRAMS: [(&str, &str, &str); 6] = [
    ("std", "peer-sock-std", "std"),
    ("ours", "bench-sock", "std"),
    ("tokio", "peer-sock-tokio", "tokio"),
    ("ours, async", "bench-sock-async", "tokio"),
    ("ours, Begin/End", BEGIN_END, BEGIN_END),
    ("ours, contexts", CONTEXTS, BEGIN_END),
];

const BEGIN_END: &str = "bench-sock-apm";
const CONTEXTS: &str = "bench-sock-saea";

/// A context takes at most this part of the instructions of Begin/End.
const MOST_INSTRUCTIONS: f64 = 0.7;
/// The most user memory of one idle connection.
const MOST_BYTES: f64 = 600.0;

/// A table: its mode, its arguments, operations, what one is.
const TABLES: [(&str, &[&str], u64, &str); 3] = [
    ("pingpong", &["--size", "64"], 20_000, "round trip"),
    ("accept", &[], 20_000, "connection"),
    ("bulk", &["--bytes", "1073741824"], 1, "MiB"),
];

/// Prints the tables; false if a goal is missed.
pub(crate) fn measure(target: &Path, options: &Options) -> bool {
    let programs: Vec<(&str, PathBuf, &str)> = PROGRAMS
        .iter()
        .filter(|(name, ..)| options.wants(name) || options.wants(OURS))
        .map(|(name, binary, other)| (*name, target.join(binary), *other))
        .filter(|(_, binary, _)| binary.exists())
        .collect();
    for (mode, more, n, what) in TABLES {
        let n = ((n as f64 * options.scale) as u64).max(1);
        time(&programs, mode, more, n, what, options);
    }
    let mut met = idle(&programs);
    if !options.instructions || !instructions::available() {
        println!("\nsock instructions: skipped (turned off, or valgrind is not installed)");
    } else {
        met &= count(&programs);
    }
    met
}

fn arguments(mode: &str, more: &[&str], n: u64) -> Vec<String> {
    let mut words = vec![mode.to_owned(), "--n".to_owned(), n.to_string()];
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}

/// One run: what the program printed, `None` when it does not do the mode.
fn run(binary: &Path, arguments: &[String]) -> Option<Value> {
    // Both ends on one CPU: two idle ones that wake each other cost what the hypervisor likes.
    let output = pinned(binary, 0).args(arguments).output().ok()?;
    if !output.status.success() {
        if output.status.code() != Some(3) {
            let errors = String::from_utf8_lossy(&output.stderr);
            eprintln!("{} {arguments:?}: {errors}", binary.display());
        }
        return None;
    }
    serde_json::from_slice(&output.stdout).ok()
}

fn time(
    programs: &[(&str, PathBuf, &str)],
    mode: &str,
    more: &[&str],
    n: u64,
    what: &str,
    options: &Options,
) {
    let number = |value: &Value, key: &str| value[key].as_f64().unwrap_or(f64::NAN);
    let cpu = |value: &Value| {
        (number(value, "user_s") + number(value, "sys_s")) / number(value, "ops") * 1e6
    };
    let mut runs: Vec<Vec<f64>> = vec![Vec::new(); programs.len()];
    for _ in 0..options.rounds {
        for ((_, binary, _), runs) in programs.iter().zip(&mut runs) {
            let value = run(binary, &arguments(mode, more, n));
            runs.push(value.as_ref().map_or(f64::NAN, cpu));
        }
    }
    println!(
        "\nsock {mode} (both ends on one CPU, median of {} rounds)",
        options.rounds
    );
    println!(
        "{:16} {:>12} {:>8}",
        "sockets",
        format!("cpu us/{what}"),
        "ratio"
    );
    for ((name, _, other), times) in programs.iter().zip(&runs) {
        let own = median(times.clone());
        if own.is_nan() {
            continue;
        }
        let base = programs.iter().position(|(_, binary, _)| {
            binary.file_name().is_some_and(|name| {
                name.to_string_lossy() == *other
                    || name.to_string_lossy().ends_with(&format!("-{other}"))
            })
        });
        let ratio = base.map_or(f64::NAN, |base| {
            median(times.iter().zip(&runs[base]).map(|(a, b)| a / b).collect())
        });
        let ratio = if ratio.is_nan() {
            "-".to_owned()
        } else {
            format!("{ratio:.2}")
        };
        println!("{name:16} {own:>12.2} {ratio:>8}");
    }
}

fn idle(programs: &[(&str, PathBuf, &str)]) -> bool {
    println!("\nsock idle: user memory of one of 10,000 connections, each waiting for a byte");
    let mut met = true;
    for (name, binary, _) in programs {
        let Some(value) = run(binary, &arguments("idle", &[], 10_000)) else {
            continue;
        };
        let bytes = value["bytes_per_conn"].as_f64().unwrap_or(f64::NAN);
        let goal = binary.ends_with(CONTEXTS);
        met &= !goal || bytes <= MOST_BYTES;
        let note = if goal { "  goal: at most 600" } else { "" };
        println!("{name:16} {bytes:>12.0}{note}");
    }
    met
}

/// Instructions per round trip, as the slope between two numbers of them.
fn count(programs: &[(&str, PathBuf, &str)]) -> bool {
    println!("\nsock pingpong: user instructions per round trip, both ends (callgrind)");
    let counts: Vec<(&str, &PathBuf, f64)> = programs
        .iter()
        .filter_map(|(name, binary, _)| {
            let at = |n| instructions::count(binary, &arguments("pingpong", &["--size", "64"], n));
            Some((*name, binary, (at(1300)? - at(300)?) / 1000.0))
        })
        .collect();
    let of = |end: &str| {
        let found = counts.iter().find(|(_, binary, _)| binary.ends_with(end));
        found.map(|(.., count)| *count)
    };
    for (name, _, count) in &counts {
        println!("{name:16} {count:>12.0}");
    }
    let Some((contexts, begin_end)) = of(CONTEXTS).zip(of(BEGIN_END)) else {
        return true;
    };
    let ratio = contexts / begin_end;
    println!("contexts to Begin/End: {ratio:.2}, goal: at most {MOST_INSTRUCTIONS}");
    ratio <= MOST_INSTRUCTIONS
}
