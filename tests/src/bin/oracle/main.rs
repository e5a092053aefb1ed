//! Grades recorded rows of real .NET answers: each row runs through the public API of our crates
//! and is compared field by field with what was recorded.
//!
//! usage: oracle FILE... [--json] [--pac] [--noproxy] [--idn none|all|allexceptintranet]
//!               [--iri on|off] [--show N] [--exceptions FILE]
//!
//! Files hold one JSON row a line: op, cat, in, expect, agree, diff, core31_sides_with,
//! parameter_order_unstable, machine_dependent. `--pac` and `--noproxy` say that the files are
//! proxy script rows or no_proxy rows instead. International settings not given are taken from the
//! name of the file (`idn-all`, `idn-allexceptintranet`, `iri-off`). Exit 1 on any failure.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program"
)]

mod compare;
mod doubled;
mod exceptions;
mod ops;
mod report;
mod row;

use std::process::ExitCode;

use compare::Verdict;
use doubled::Doubled;
use exceptions::Exceptions;
use ops::{Idn, Run, Settings};
use report::{Outcome, Report};
use row::{Flavour, Row, Unreadable};

struct Arguments {
    files: Vec<String>,
    json: bool,
    flavour: Flavour,
    idn: Option<Idn>,
    iri: Option<bool>,
    show: usize,
    exceptions: Option<String>,
}

const USAGE: &str = "usage: oracle FILE... [--json] [--pac] [--noproxy] \
    [--idn none|all|allexceptintranet] [--iri on|off] [--show N] [--exceptions FILE]";

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match arguments(std::env::args().skip(1)).and_then(|arguments| grade(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("oracle: {message}");
            ExitCode::from(2)
        }
    }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        files: Vec::new(),
        json: false,
        flavour: Flavour::DotNet,
        idn: None,
        iri: None,
        show: 5,
        exceptions: None,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--json" => arguments.json = true,
            "--pac" => arguments.flavour = Flavour::Pac,
            "--noproxy" => arguments.flavour = Flavour::NoProxy,
            "--idn" => arguments.idn = Some(Idn::from_word(&value()?)?),
            "--iri" => arguments.iri = Some(value()? == "on"),
            "--show" => arguments.show = value()?.parse().map_err(|_| "--show needs a number")?,
            "--exceptions" => arguments.exceptions = Some(value()?),
            _ if word.starts_with('-') => return Err(format!("unknown option {word}")),
            _ => arguments.files.push(word),
        }
    }
    if arguments.files.is_empty() {
        return Err(format!("no file to grade; {USAGE}"));
    }
    Ok(arguments)
}

fn grade(arguments: &Arguments) -> Result<bool, String> {
    let mut exceptions = match &arguments.exceptions {
        Some(path) => Exceptions::parse(None, &read(path)?)?,
        None => Exceptions::vendored()?,
    };
    let mut report = Report::default();
    for file in &arguments.files {
        let settings = Settings {
            idn: arguments.idn.unwrap_or_else(|| Idn::from_file_name(file)),
            iri: arguments.iri.unwrap_or_else(|| !file.contains("iri-off")),
        };
        for (number, line) in read(file)?.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            match row::parse(line, arguments.flavour) {
                Ok(row) => grade_row(&row, settings, &mut exceptions, &mut report),
                Err(Unreadable::Origin) => {}
                Err(Unreadable::LoneSurrogate) => report.add_lone_surrogate(),
                Err(Unreadable::Format(why)) => {
                    return Err(format!("{file}:{}: {why}", number + 1));
                }
            }
        }
    }
    report.add_stale(exceptions.stale());
    if arguments.json {
        println!("{}", report.json());
    } else {
        print!("{}", report.text(arguments.show));
    }
    Ok(report.is_clean())
}

fn grade_row(row: &Row, settings: Settings, exceptions: &mut Exceptions, report: &mut Report) {
    let Some(op) = ops::find(&row.op) else {
        report.add(row, Outcome::NoSuchOp);
        return;
    };
    // A panic is the answer of one row, not the end of the grading.
    let ran = std::panic::catch_unwind(|| (op.run)(&row.input, settings));
    let ours = match ran {
        Ok(Run::Answer(ours)) => ours,
        Ok(Run::NotExpressible) => return report.add(row, Outcome::NotExpressible),
        Ok(Run::NotYet) => return report.add(row, Outcome::NotYet),
        Err(_) => serde_json::json!({"!": "panic"}),
    };
    let outcome = match compare::compare(&ours, &row.variants, row.unordered, op.not_yet) {
        Verdict::Passed => Outcome::Passed,
        Verdict::Accepted => Outcome::Accepted,
        Verdict::Failed(_) if row.machine => Outcome::Machine,
        Verdict::Failed(mut fields) => {
            let mode = settings.mode();
            if let Some(rule) = Doubled::of(mode, &row.op, &row.input, &ours) {
                fields.retain(|field| !rule.explains(field));
            }
            let ruled = fields.is_empty();
            let fields = exceptions.keep_unlisted(mode, &row.op, &row.input, fields);
            if ruled {
                Outcome::Accepted
            } else if fields.is_empty() {
                Outcome::Exception
            } else {
                Outcome::Failed(fields)
            }
        }
    };
    if matches!(outcome, Outcome::Passed | Outcome::Accepted) {
        exceptions.note_pass(settings.mode(), &row.op, &row.input);
    }
    report.add(row, outcome);
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}
