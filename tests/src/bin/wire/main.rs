//! Replays captures of real .NET clients: each capture's server side runs as a scripted peer, the
//! scenario it is named after drives our public API against it, and what our client sent and
//! returned is compared with what the recorded clients did.
//!
//! usage: wire DIR... [--only SCENARIO] [--json]
//!
//! A folder holds captures (`*.txt`) or folders of them, one for each runtime. A scenario passes
//! when requests and results agree with one runtime's capture after the normalisation that
//! `compare.rs` describes; a name that no scenario has is driven by what was recorded. It is an accepted difference when each single thing agrees with one of
//! them, or is listed in `tests/wire/differences.tsv` with its reason. Exit 1 on any failure.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program"
)]

mod capture;
mod compare;
mod differences;
mod replay;
mod scenarios;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::Duration;

use capture::Capture;
use compare::Request;
use differences::{Listed, what};
use scenarios::{Scenario, Stage};

/// How long one scenario may take; the captures' own time-outs are a second or less.
const LIMIT: Duration = Duration::from_secs(30);

/// How the names of scenarios begin whose part of the API is still to come, and which part that is.
const LATER: [(&str, &str); 3] = [
    ("cachepolicy_", "cache policies"),
    ("ftp_", "FTP"),
    ("httpclient_", "HttpClient"),
];

enum Outcome {
    Passed(String),
    Accepted(Vec<String>),
    Failed(Vec<String>),
    /// And what differs when what was recorded is asked for.
    NoSuchScenario(Vec<String>),
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
    let Some(scenario) = scenarios::find(name).map(Arc::new) else {
        return unknown(name, captures);
    };
    let listed = Listed::of(name);
    let mut failures = Vec::new();
    for capture in captures {
        let Some(Performance {
            requests,
            results,
            skipped,
        }) = perform(&scenario, capture)
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
                elsewhere.iter().zip(captures).all(|(others, capture)| {
                    !capture.reaches(what)
                        || others.iter().any(|other| differences::what(other) == what)
                })
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

/// A name that nobody knows: what was recorded is asked for, and compared with each runtime.
fn unknown(name: &str, captures: &[Capture]) -> Outcome {
    let mut all = Vec::new();
    // A plain request says nothing about what they are about.
    if LATER.iter().any(|(start, _)| name.starts_with(start)) {
        return Outcome::NoSuchScenario(all);
    }
    for capture in captures {
        let Some(scenario) = scenarios::as_recorded::scenario(capture).map(Arc::new) else {
            return Outcome::NoSuchScenario(Vec::new());
        };
        let Some(done) = perform(&scenario, capture) else {
            all.push(format!("{}: did not end within {LIMIT:?}", capture.runtime));
            continue;
        };
        let mut problems = compare::requests(&done.requests, capture, &done.skipped);
        problems.extend(compare::results(&done.results, capture));
        if problems.is_empty() {
            return Outcome::Passed(format!("{}, driven by what was recorded", capture.runtime));
        }
        let of_runtime = |problem| format!("{}: {problem}", capture.runtime);
        all.extend(problems.into_iter().map(of_runtime));
    }
    Outcome::NoSuchScenario(all)
}

/// Drives the scenario against a replay of the capture; `None` when it does not end.
fn perform(scenario: &Arc<Scenario>, capture: &Capture) -> Option<Performance> {
    let (peer, skipped) = replay::replay(capture);
    let port = peer.port();
    let (done, wait) = mpsc::channel();
    let scenario = Arc::clone(scenario);
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

fn list(names: &[&String]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    names.join(" ")
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
            Outcome::NoSuchScenario(differences) => {
                missing.push(name.clone());
                ("no such scenario yet", differences)
            }
        };
        if !json && (word != "no such scenario yet" || !details.is_empty()) {
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
        let mut unknown: Vec<&String> = missing.iter().collect();
        for (start, part) in LATER {
            let (later, other): (Vec<_>, Vec<_>) =
                missing.iter().partition(|name| name.starts_with(start));
            if !later.is_empty() {
                println!("wait for {part}: {}", list(&later));
            }
            unknown.retain(|name| other.contains(name));
        }
        println!("no such scenario yet: {}", list(&unknown));
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
