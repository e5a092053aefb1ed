//! `sysnet config show`: every setting and where it comes from.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use system_net::{
    Configuration, ConfigurationValue, ConfigurationWarning, ConfigurationWarningKind,
};

use super::Warning;
use crate::arguments::Show;
use crate::excerpt::visible;
use crate::password;
use crate::report;
use crate::setup::{Files, Setup};
use crate::verbs::Outcome;

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    machine: Option<&'a Path>,
    application: Option<&'a Path>,
    values: Vec<Value<'a>>,
    warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
struct Value<'a> {
    path: &'a str,
    attribute: Option<&'a str>,
    value: Option<Cow<'a, str>>,
    /// Null for a default, as are line and column.
    file: Option<&'a Path>,
    line: Option<u32>,
    column: Option<u32>,
    /// Whether it is read in vain: nothing acts on it, as a warning says.
    in_vain: bool,
}

pub(super) fn run(options: &Show, setup: &Setup) -> Outcome {
    let mut files = setup.files();
    if let Some(file) = &options.file {
        files.application = Some(file.clone());
    }
    let configuration = files.read()?;
    let mut values = configuration.values();
    if options.set {
        values.retain(|value| value.file().is_some());
    }
    if options.json {
        report::print(&in_json(&files, &configuration, &values))?;
        return Ok(0);
    }
    super::say(&in_text(&files, configuration.warnings(), &values))?;
    Ok(0)
}

fn in_json<'a>(
    files: &'a Files,
    configuration: &'a Configuration,
    values: &'a [ConfigurationValue],
) -> Report<'a> {
    let in_json = |value: &'a ConfigurationValue| {
        let is_set = value.file().is_some();
        Value {
            path: value.path(),
            attribute: value.attribute(),
            value: shown(value),
            file: value.file(),
            line: is_set.then_some(value.line()),
            column: is_set.then_some(value.column()),
            in_vain: is_in_vain(value, configuration.warnings()),
        }
    };
    Report {
        schema: "sysnet.config.show/1",
        machine: files.machine.as_deref(),
        application: files.application.as_deref(),
        values: values.iter().map(in_json).collect(),
        warnings: configuration.warnings().iter().map(Warning::from).collect(),
    }
}

/// One block for each element: its attributes, their values, where they come from.
fn in_text(
    files: &Files,
    warnings: &[ConfigurationWarning],
    values: &[ConfigurationValue],
) -> String {
    let name = |file: &Option<std::path::PathBuf>| match file {
        Some(file) => file.display().to_string(),
        None => "none".to_owned(),
    };
    let mut text = format!(
        "machine      {}\napplication  {}\n",
        name(&files.machine),
        name(&files.application)
    );
    for element in values.chunk_by(|a, b| a.path() == b.path()) {
        // Writing into a text cannot fail.
        let _ = write!(text, "\n{}", visible(element[0].path()));
        let cells: Vec<[String; 3]> = element.iter().map(|value| row(value, warnings)).collect();
        let width = |column: usize| {
            let lengths = cells.iter().map(|row| row[column].chars().count());
            lengths.max().unwrap_or_default()
        };
        let (names, contents) = (width(0), width(1).min(40));
        if element[0].attribute().is_none() {
            let _ = writeln!(text, "  {}", cells[0][2]);
            continue;
        }
        text.push('\n');
        for [name, content, origin] in &cells {
            let _ = writeln!(text, "  {name:names$}  {content:contents$}  {origin}");
        }
    }
    text
}

/// Whether a warning says that nothing acts on the value.
fn is_in_vain(value: &ConfigurationValue, warnings: &[ConfigurationWarning]) -> bool {
    let place = (value.file(), value.line(), value.column());
    warnings.iter().any(|warning| {
        warning.kind() == ConfigurationWarningKind::NotApplied
            && (Some(warning.file()), warning.line(), warning.column()) == place
    })
}

/// Name, value, origin.
fn row(value: &ConfigurationValue, warnings: &[ConfigurationWarning]) -> [String; 3] {
    let note = match is_in_vain(value, warnings) {
        true => " (nothing acts on it)",
        false => "",
    };
    [
        value.attribute().unwrap_or_default().to_owned(),
        shown(value).map_or_else(|| "-".to_owned(), |value| visible(&value)),
        visible(&value.origin()) + note,
    ]
}

/// The value without its secrets.
fn shown(value: &ConfigurationValue) -> Option<Cow<'_, str>> {
    match value.value()? {
        _ if value.is_secret() => Some("<redacted>".into()),
        text if text.contains('@') => Some(password::hidden(text).into()),
        text => Some(text.into()),
    }
}
