//! Replays captures of real .NET clients: each capture's server side runs as a scripted peer, the
//! scenario it is named after drives our public API against it, and what our client sent and
//! returned is compared with what the recorded clients did.
//!
//! usage: wire DIR... [--only SCENARIO] [--json]
//!
//! A folder holds captures (`*.txt`) or folders of them, one for each runtime. A scenario passes
//! when requests and results agree with one runtime's capture after the normalisation that
//! `compare.rs` describes; it is an accepted difference when each single thing agrees with one of
//! them, or is listed in `tests/wire/differences.tsv` with its reason. Exit 1 on any failure.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program"
)]

mod capture;
mod compare;
mod replay;
mod scenarios;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{PoisonError, mpsc};
use std::time::Duration;

use capture::Capture;
use compare::Request;
use scenarios::{Scenario, Stage};

/// How long one scenario may take; the captures' own time-outs are a second or less.
const LIMIT: Duration = Duration::from_secs(30);

enum Outcome {
    Passed(String),
    Accepted(Vec<String>),
    Failed(Vec<String>),
    NoSuchScenario,
}

fn main() -> ExitCode {
    let mut folders = Vec::new();
    let mut only = None;
    let mut json = false;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" => {
                println!("usage: wire DIR... [--only SCENARIO] [--json]");
                return ExitCode::SUCCESS;
            }
            "--only" => only = words.next(),
            "--json" => json = true,
            _ => folders.push(word),
        }
    }
    if folders.is_empty() {
        eprintln!("wire: no folder; usage: wire DIR... [--only SCENARIO] [--json]");
        return ExitCode::from(2);
    }
    let mut captures: BTreeMap<String, Vec<Capture>> = BTreeMap::new();
    for folder in &folders {
        if let Err(error) = read_folder(Path::new(folder), &mut captures) {
            eprintln!("wire: {folder}: {error}");
            return ExitCode::from(2);
        }
    }
    captures.retain(|name, _| only.as_ref().is_none_or(|only| only == name));
    if captures.is_empty() {
        eprintln!("wire: no capture in {}", folders.join(" "));
        return ExitCode::from(2);
    }
    report(
        captures
            .into_iter()
            .map(|(name, list)| (run(&name, &list), name)),
        json,
    )
}

fn read_folder(
    folder: &Path,
    captures: &mut BTreeMap<String, Vec<Capture>>,
) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read_folder(&path, captures)?;
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            if let Some(capture) = Capture::parse(&text) {
                captures
                    .entry(capture.scenario.clone())
                    .or_default()
                    .push(capture);
            }
        }
    }
    Ok(())
}

/// Runs a scenario against each capture of it until one agrees.
fn run(name: &str, captures: &[Capture]) -> Outcome {
    let Some(scenario) = scenarios::find(name) else {
        return Outcome::NoSuchScenario;
    };
    let listed = Listed::of(name);
    let mut failures = Vec::new();
    for capture in captures {
        let Some(Performance {
            requests,
            results,
            skipped,
        }) = perform(scenario, capture)
        else {
            failures.push(vec![format!(
                "{}: did not end within {LIMIT:?}",
                capture.runtime
            )]);
            continue;
        };
        let of = |capture: &Capture| {
            let mut problems = compare::requests(&requests, capture, &skipped);
            problems.extend(compare::results(&results, capture));
            problems
        };
        let problems = of(capture);
        if problems.is_empty() {
            return listed.unless_stale(&[], Outcome::Passed(capture.runtime.clone()));
        }
        // What another runtime does the same way is no difference of ours, whatever it is.
        let elsewhere: Vec<Vec<String>> = captures.iter().map(of).collect();
        let alone: Vec<String> = problems
            .into_iter()
            .filter(|problem| {
                let what = what(problem);
                elsewhere
                    .iter()
                    .all(|others| others.iter().any(|other| self::what(other) == what))
            })
            .map(|problem| format!("{}: {problem}", capture.runtime))
            .collect();
        let unlisted: Vec<String> = alone
            .iter()
            .filter(|problem| !listed.covers(problem))
            .cloned()
            .collect();
        if unlisted.is_empty() {
            let mut reasons = listed.reasons(&alone);
            if reasons.is_empty() {
                reasons.push("each thing is as one of the recorded clients did it".to_owned());
            }
            return listed.unless_stale(&alone, Outcome::Accepted(reasons));
        }
        let more = unlisted.len().saturating_sub(6);
        let mut shown: Vec<String> = unlisted.into_iter().take(6).collect();
        if more > 0 {
            shown.push(format!("{}: and {more} more differences", capture.runtime));
        }
        failures.push(shown);
    }
    Outcome::Failed(failures.concat())
}

/// Drives the scenario against a replay of the capture; `None` when it does not end.
fn perform(scenario: Scenario, capture: &Capture) -> Option<Performance> {
    let (peer, skipped) = replay::replay(capture);
    let port = peer.port();
    let (done, wait) = mpsc::channel();
    // A thread of its own, so that a scenario that hangs is a failure and not a hang.
    let _detached = std::thread::Builder::new()
        .name("scenario".into())
        .spawn(move || {
            let _nobody_waits = done.send(scenario(&Stage::new(port)));
        });
    let results = wait.recv_timeout(LIMIT).ok()?;
    let requests = peer
        .requests()
        .iter()
        .map(|request| Request::new(&request.head, &request.body, request.connection + 1, port))
        .collect();
    let results = results
        .into_iter()
        .map(|line| line.replace(&format!(":{port}"), ":{PORT}"))
        .collect();
    let skipped = skipped
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    Some(Performance {
        requests,
        results,
        skipped,
    })
}

/// What our client sent and returned.
struct Performance {
    requests: Vec<Request>,
    results: Vec<String>,
    skipped: Vec<usize>,
}

/// What a problem is about: the text before its detail.
fn what(problem: &str) -> &str {
    problem.split(": ").next().unwrap_or_default()
}

/// The listed differences of one scenario.
struct Listed(Vec<(&'static str, &'static str)>);

impl Listed {
    fn of(scenario: &str) -> Self {
        let text = include_str!("../../../wire/differences.tsv");
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        Self(
            lines
                .filter_map(|line| {
                    let mut columns = line.split('\t');
                    let name = columns.next()?;
                    let what = columns.next()?;
                    (name == scenario).then_some((what, columns.next()?))
                })
                .collect(),
        )
    }

    /// `problem` is `runtime: what: detail`.
    fn covers(&self, problem: &str) -> bool {
        let about = problem.split_once(": ").map_or("", |(_, rest)| what(rest));
        self.0.iter().any(|(pattern, _)| names(pattern, about))
    }

    /// The outcome, unless a line of the list explains nothing: then that is a failure.
    fn unless_stale(&self, problems: &[String], outcome: Outcome) -> Outcome {
        let about = |problem: &String| {
            problem
                .split_once(": ")
                .map_or(String::new(), |(_, rest)| what(rest).to_owned())
        };
        let stale: Vec<String> = self
            .0
            .iter()
            .filter(|(pattern, _)| {
                !problems
                    .iter()
                    .any(|problem| names(pattern, &about(problem)))
            })
            .map(|(pattern, _)| format!("listed difference `{pattern}` is none any more"))
            .collect();
        if stale.is_empty() {
            outcome
        } else {
            Outcome::Failed(stale)
        }
    }

    /// The reasons that apply, each with what it explains; what they do not explain is done by one
    /// of the recorded clients in each single thing.
    fn reasons(&self, problems: &[String]) -> Vec<String> {
        let about = |problem: &String| {
            problem
                .split_once(": ")
                .map_or(String::new(), |(_, rest)| what(rest).to_owned())
        };
        let explained = |pattern: &str| {
            let list: Vec<String> = problems
                .iter()
                .map(about)
                .filter(|about| names(pattern, about))
                .collect();
            if list.len() > 3 {
                format!("{} and others", list[..3].join(", "))
            } else {
                list.join(", ")
            }
        };
        self.0
            .iter()
            .map(|(pattern, reason)| (explained(pattern), reason))
            .filter(|(explained, _)| !explained.is_empty())
            .map(|(explained, reason)| format!("{explained}: {reason}"))
            .collect()
    }
}

/// Whether a listed pattern names this; a star at its end stands for any text.
fn names(pattern: &str, about: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => about.starts_with(start),
        None => pattern == about,
    }
}

fn report(outcomes: impl Iterator<Item = (Outcome, String)>, json: bool) -> ExitCode {
    let (mut passed, mut accepted, mut failed, mut missing) = (0, 0, 0, Vec::new());
    let mut rows = serde_json::Map::new();
    for (outcome, name) in outcomes {
        let (word, details) = match outcome {
            Outcome::Passed(runtime) => {
                passed += 1;
                ("passed", vec![format!("as {runtime}")])
            }
            Outcome::Accepted(reasons) => {
                accepted += 1;
                ("accepted difference", reasons)
            }
            Outcome::Failed(problems) => {
                failed += 1;
                ("FAILED", problems)
            }
            Outcome::NoSuchScenario => {
                missing.push(name.clone());
                ("no such scenario yet", Vec::new())
            }
        };
        if !json && word != "no such scenario yet" {
            println!(
                "{name}: {word}{}",
                if word == "passed" {
                    format!(" {}", details[0])
                } else {
                    String::new()
                }
            );
            for detail in details.iter().filter(|_| word != "passed") {
                println!("    {detail}");
            }
        }
        rows.insert(
            name,
            serde_json::json!({"outcome": word, "details": details}),
        );
    }
    if json {
        println!("{}", serde_json::Value::from(rows));
    } else {
        println!("no such scenario yet: {}", missing.join(" "));
        println!(
            "{passed} passed, {accepted} accepted differences, {failed} failed, {} without a scenario",
            missing.len()
        );
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
