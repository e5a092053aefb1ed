//! `sysnet config check`: all that is wrong with files, told as compilers tell it.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use system_net::{Configuration, ConfigurationError, ConfigurationErrorKind, ConfigurationReport};

use super::Warning;
use crate::arguments::Check;
use crate::excerpt::visible;
use crate::failure::{FAILED, Failure, READ};
use crate::verbs::Outcome;
use crate::{report, source_line};

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a Path,
    errors: Vec<Problem<'a>>,
    warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    kind: String,
    /// Null if the whole file is meant, as is the column.
    line: Option<u32>,
    column: Option<u32>,
    path: Option<&'a str>,
    element: Option<&'a str>,
    attribute: Option<&'a str>,
    message: String,
    hint: Option<String>,
}

pub(super) fn run(options: &Check) -> Outcome {
    let mut reports = Vec::new();
    for file in &options.files {
        reports.push(if file == Path::new("-") {
            from_stdin()?
        } else {
            Configuration::check_file(file)
        });
    }
    let is_bad = |report: &ConfigurationReport| {
        !report.errors().is_empty() || options.strict && !report.warnings().is_empty()
    };
    let code = if reports.iter().any(is_bad) {
        FAILED
    } else {
        0
    };
    if options.json {
        let files = reports.iter().map(in_json).collect();
        report::print(&Report {
            schema: "sysnet.config.check/1",
            files,
        })?;
    } else {
        let text: String = reports.iter().map(in_text).collect();
        super::say(&text)?;
    }
    Ok(code)
}

fn from_stdin() -> Result<ConfigurationReport, Failure> {
    let mut bytes = Vec::new();
    // One byte more than is allowed, to see that there are more.
    let limit = Configuration::MAX_SIZE as u64 + 1;
    std::io::stdin()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file(READ, "reading stdin", &error))?;
    Ok(Configuration::check_bytes(&bytes, "<stdin>"))
}

fn in_json(report: &ConfigurationReport) -> File<'_> {
    let errors = report.errors().iter().map(|error| Problem {
        kind: format!("{:?}", error.kind()),
        line: Some(error.line()).filter(|line| *line > 0),
        column: Some(error.column()).filter(|column| *column > 0),
        path: error.path(),
        element: error.element(),
        attribute: error.attribute(),
        message: message(error),
        hint: hint(error),
    });
    File {
        file: report.file(),
        errors: errors.collect(),
        warnings: report.warnings().iter().map(Warning::from).collect(),
    }
}

/// Everything in the order of the file, and a last line that counts.
fn in_text(report: &ConfigurationReport) -> String {
    let mut told: Vec<((u32, u32), String)> = Vec::new();
    for error in report.errors() {
        let place = (error.line(), error.column());
        let (element, attribute) = (error.element(), error.attribute());
        let said = said(element, attribute, &message(error));
        let text = block(report, place, "error", &said, hint(error));
        told.push((place, text));
    }
    for warning in report.warnings() {
        let place = (warning.line(), warning.column());
        let said = said(
            Some(warning.element()),
            warning.attribute(),
            warning.message(),
        );
        told.push((place, block(report, place, "warning", &said, None)));
    }
    told.sort_by_key(|(place, _)| *place);
    let mut text: String = told.into_iter().map(|(_, text)| text).collect();
    let _ = writeln!(
        text,
        "{}: {}, {}",
        visible(&report.file().display().to_string()),
        counted(report.errors().len(), "error"),
        counted(report.warnings().len(), "warning")
    );
    text
}

/// `app.config:3:5: error: …`, the line with a caret, and what to do.
fn block(
    report: &ConfigurationReport,
    (line, column): (u32, u32),
    what: &str,
    said: &str,
    hint: Option<String>,
) -> String {
    let mut text = report.file().display().to_string();
    // Writing into a text cannot fail.
    if line > 0 {
        let _ = write!(text, ":{line}:{column}");
    }
    let _ = write!(text, ": {what}: {said}");
    text = visible(&text) + "\n";
    for shown in source_line::lines(report, line, column) {
        let _ = writeln!(text, "  {shown}");
    }
    if let Some(hint) = hint {
        let _ = writeln!(text, "  = {hint}");
    }
    text
}

fn said(element: Option<&str>, attribute: Option<&str>, message: &str) -> String {
    let mut text = String::new();
    if let Some(element) = element {
        let _ = write!(text, "element `{element}`");
        if let Some(attribute) = attribute {
            let _ = write!(text, ", attribute `{attribute}`");
        }
        text.push_str(": ");
    }
    text + message
}

/// The message with its cause, and without the password of an address in it.
fn message(error: &ConfigurationError) -> String {
    let message = source_line::masked(error.message());
    match error.source() {
        None => message,
        Some(cause) => format!("{message}: {cause}"),
    }
}

/// What to do; of a pipe, that there is another way.
fn hint(error: &ConfigurationError) -> Option<String> {
    let hint = error.hint()?;
    Some(match error.kind() {
        ConfigurationErrorKind::NotAFile => format!("{hint}; - stands for stdin"),
        _ => hint,
    })
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
