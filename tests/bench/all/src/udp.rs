//! The table of datagrams: processor time per datagram, one per call and in batches.

use std::path::Path;

use serde_json::Value;

use crate::{Options, median, pinned};

/// The name of this table among the modes.
pub(crate) const MODE: &str = "udp";

/// A program: its name in the table, its binary, its mode.
const PROGRAMS: [(&str, &str, &str); 4] = [
    ("std", "peer-udp-std", ""),
    ("tokio", "peer-udp-tokio", ""),
    (crate::OURS, "bench-udp", "single"),
    ("ours, batch", "bench-udp", "batch"),
];

const SIZES: [usize; 2] = [1200, 64];

/// Datagrams of one run at scale 1.
const COUNT: f64 = 320_000.0;

/// Prints the tables.
pub(crate) fn measure(target: &Path, options: &Options) {
    for size in SIZES {
        let n = (COUNT * options.scale) as u64;
        println!(
            "\nudp: {n} datagrams of {size} bytes in bursts of 32, median of {} rounds",
            options.rounds
        );
        println!("{:12} {:>15} {:>8}", "peer", "cpu us/datagram", "x std");
        let programs: Vec<_> = PROGRAMS
            .iter()
            .filter(|(name, binary, _)| options.wants(name) && target.join(binary).exists())
            .collect();
        let mut runs = vec![Vec::new(); programs.len()];
        for _ in 0..options.rounds {
            for ((_, binary, mode), runs) in programs.iter().zip(&mut runs) {
                runs.push(run(&target.join(binary), mode, n, size).unwrap_or(f64::NAN));
            }
        }
        let floor = programs.iter().position(|program| program.0 == "std");
        for ((name, ..), times) in programs.iter().zip(&runs) {
            let ratio = floor.map_or(f64::NAN, |floor| {
                median(times.iter().zip(&runs[floor]).map(|(a, b)| a / b).collect())
            });
            println!("{name:12} {:>15.3} {ratio:>8.2}", median(times.clone()));
        }
    }
}

/// Microseconds of processor time per datagram.
fn run(binary: &Path, mode: &str, n: u64, size: usize) -> Option<f64> {
    let mut command = pinned(binary, 1);
    if !mode.is_empty() {
        command.arg(mode);
    }
    command.args(["--n", &n.to_string(), "--size", &size.to_string()]);
    let value: Value = serde_json::from_slice(&command.output().ok()?.stdout).ok()?;
    let seconds = value["user_s"].as_f64()? + value["sys_s"].as_f64()?;
    Some(seconds / value["ops"].as_f64()? * 1e6)
}
