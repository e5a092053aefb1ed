//! `sysnet config check`: all that is wrong with files, told as compilers tell it, and what in them
//! makes TLS worse than it can be.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use system_net::{
    Configuration, ConfigurationError, ConfigurationErrorKind, ConfigurationReport,
    ConfigurationWarningKind,
};

use super::Warning;
use super::registry::Registry;
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
pub(super) struct File<'a> {
    pub(super) file: &'a Path,
    pub(super) errors: Vec<Problem<'a>>,
    pub(super) warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
pub(super) struct Problem<'a> {
    pub(super) kind: String,
    /// Null if the whole file is meant, as is the column.
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) path: Option<&'a str>,
    pub(super) element: Option<&'a str>,
    pub(super) attribute: Option<&'a str>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// A file that was read: a configuration file, or one of the registry.
enum Checked {
    Configuration(ConfigurationReport),
    Registry(Registry),
}

impl Checked {
    fn is_bad(&self, strict: bool) -> bool {
        match self {
            Self::Configuration(report) => {
                let mut warnings = report.warnings().iter();
                let audit = ConfigurationWarningKind::TlsAudit;
                !report.errors().is_empty() || warnings.any(|it| strict || it.kind() == audit)
            }
            Self::Registry(registry) => registry.is_bad(),
        }
    }

    fn in_json(&self) -> File<'_> {
        match self {
            Self::Configuration(report) => in_json(report),
            Self::Registry(registry) => registry.in_json(),
        }
    }

    fn in_text(&self) -> String {
        match self {
            Self::Configuration(report) => in_text(report),
            Self::Registry(registry) => registry.in_text(),
        }
    }
}

pub(super) fn run(options: &Check) -> Outcome {
    let mut reports = Vec::new();
    for file in &options.files {
        let is_registry = file
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("reg"));
        reports.push(if file == Path::new("-") {
            Checked::Configuration(from_stdin()?)
        } else if is_registry {
            Checked::Registry(Registry::read(file))
        } else {
            Checked::Configuration(Configuration::check_file(file))
        });
    }
    let code = match reports.iter().any(|report| report.is_bad(options.strict)) {
        true => FAILED,
        false => 0,
    };
    if options.json {
        let files = reports.iter().map(Checked::in_json).collect();
        report::print(&Report {
            schema: "sysnet.config.check/1",
            files,
        })?;
    } else {
        let text: String = reports.iter().map(Checked::in_text).collect();
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
        let what = match warning.kind() {
            ConfigurationWarningKind::TlsAudit => "audit",
            _ => "warning",
        };
        told.push((place, block(report, place, what, &said, None)));
    }
    told.sort_by_key(|(place, _)| *place);
    let text: String = told.into_iter().map(|(_, text)| text).collect();
    let audit = ConfigurationWarningKind::TlsAudit;
    let found = report.warnings().iter().filter(|it| it.kind() == audit);
    let found = found.count();
    text + &counts(
        report.file(),
        report.errors().len(),
        report.warnings().len() - found,
        found,
    )
}

/// The last line of a file, which counts.
pub(super) fn counts(file: &Path, errors: usize, warnings: usize, found: usize) -> String {
    let file = visible(&file.display().to_string());
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    match found {
        0 => format!("{file}: {errors}, {warnings}\n"),
        _ => format!(
            "{file}: {errors}, {warnings}, {} of the audit\n",
            counted(found, "finding")
        ),
    }
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
