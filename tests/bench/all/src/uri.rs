//! The table of URI parsing: time, instructions and allocations per text of the usual mix, and
//! the growth of instructions on hostile texts of double length.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Options, fail, instructions, median, pinned};

/// The name of this table among the modes.
pub(crate) const MODE: &str = "uri";

/// A program: its name in the table, its binary, and what it does beside finding the parts.
const PROGRAMS: [(&str, &str, &str); 5] = [
    (crate::OURS, "bench-uri", "normalizes"),
    ("url", "peer-uri-url", "normalizes"),
    ("iri-string", "peer-uri-iri", "splits at each question"),
    ("http::Uri", "peer-uri-http", "splits, no fragment"),
    ("fluent-uri", "peer-uri-fluent", "splits"),
];

/// Kinds of hostile texts, as `bench-uri-corpus` knows them.
const HOSTILE: [&str; 8] = [
    "dots", "escapes", "labels", "users", "slashes", "colons", "unicode", "percents",
];

/// Texts of the mix that is counted; time is taken over ten times as many.
const COUNTED: u64 = 10_000;

/// Prints the tables.
pub(crate) fn measure(target: &Path, options: &Options) {
    let programs: Vec<(&str, PathBuf, &str)> = PROGRAMS
        .iter()
        .filter(|(name, ..)| options.wants(name))
        .map(|(name, binary, what)| (*name, target.join(binary), *what))
        .filter(|(_, binary, _)| binary.exists())
        .collect();
    let mix = corpus(target, "mix", &["--lines", &(10 * COUNTED).to_string()]);
    time(&programs, &mix, options);
    if options.instructions && instructions::available() {
        let mix = corpus(target, "counted", &["--lines", &COUNTED.to_string()]);
        count(&programs, &mix);
        grow(target, &programs);
    }
}

/// Writes a corpus beside the programs and returns its path.
fn corpus(target: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let output = Command::new(target.join("bench-uri-corpus"))
        .args(arguments)
        .output();
    let path = target.join(format!("bench-uri-{name}.txt"));
    match output {
        Ok(output) if output.status.success() => {
            std::fs::write(&path, output.stdout).unwrap_or_else(|error| fail(&error.to_string()));
        }
        _ => fail("bench-uri-corpus failed"),
    }
    path
}

fn arguments(file: &Path, passes: u64) -> [String; 4] {
    [
        "--corpus".to_owned(),
        file.display().to_string(),
        "--n".to_owned(),
        passes.to_string(),
    ]
}

fn time(programs: &[(&str, PathBuf, &str)], file: &Path, options: &Options) {
    let passes = ((5.0 * options.scale) as u64).max(1);
    let run = |binary: &Path| -> Option<f64> {
        let output = pinned(binary, 1).args(arguments(file, passes)).output();
        let value: Value = serde_json::from_slice(&output.ok()?.stdout).ok()?;
        let seconds = value["user_s"].as_f64()? + value["sys_s"].as_f64()?;
        Some(seconds / value["ops"].as_f64()? * 1e9)
    };
    let mut runs: Vec<Vec<f64>> = vec![Vec::new(); programs.len()];
    for _ in 0..options.rounds {
        for ((_, binary, _), runs) in programs.iter().zip(&mut runs) {
            runs.push(run(binary).unwrap_or(f64::NAN));
        }
    }
    println!(
        "\nuri ({passes} passes over {} texts, median of {} rounds)",
        10 * COUNTED,
        options.rounds
    );
    println!(
        "{:12} {:>12} {:>8}  what it does",
        "parser", "cpu ns/text", "ratio"
    );
    let ours = programs.iter().position(|(name, ..)| *name == crate::OURS);
    for ((name, _, what), times) in programs.iter().zip(&runs) {
        let ratio = ours.map_or(f64::NAN, |ours| {
            median(times.iter().zip(&runs[ours]).map(|(a, b)| a / b).collect())
        });
        println!(
            "{name:12} {:>12.0} {ratio:>8.2}  {what}",
            median(times.clone())
        );
    }
}

/// Instructions and allocations per text, as the slope between one pass and three.
fn count(programs: &[(&str, PathBuf, &str)], file: &Path) {
    println!("\nuri: user instructions (callgrind) and allocations (memcheck) per text");
    println!(
        "{:12} {:>12} {:>8} {:>12}",
        "parser", "instructions", "ratio", "allocations"
    );
    let mut ours = None;
    for (name, binary, _) in programs {
        let slope = |of: fn(&Path, &[String]) -> Option<f64>| {
            let at = |passes| of(binary, &arguments(file, passes));
            Some((at(3)? - at(1)?) / (2 * COUNTED) as f64)
        };
        let (Some(instructions), Some(allocations)) =
            (slope(instructions::count), slope(instructions::allocations))
        else {
            println!("{name:12} failed");
            continue;
        };
        let ratio = instructions / *ours.get_or_insert(instructions);
        println!("{name:12} {instructions:>12.0} {ratio:>8.2} {allocations:>12.2}");
    }
}

/// How many times as much work a hostile text of double length is.
fn grow(target: &Path, programs: &[(&str, PathBuf, &str)]) {
    let Some((name, ours, _)) = programs.first() else {
        return;
    };
    println!("\nuri: {name} on hostile texts, instructions for 16 and 32 KiB (linear is 2.00)");
    for kind in HOSTILE {
        let at = |length: u64| {
            let length = length.to_string();
            let file = corpus(target, kind, &["--hostile", kind, "--length", &length]);
            let of = |passes| instructions::count(ours, &arguments(&file, passes));
            Some((of(101)? - of(1)?) / 100.0)
        };
        match at(16_384).zip(at(32_768)) {
            Some((once, twice)) => {
                println!("{kind:12} {once:>12.0} {twice:>12.0} {:>8.2}", twice / once);
            }
            None => println!("{kind:12} failed"),
        }
    }
}
