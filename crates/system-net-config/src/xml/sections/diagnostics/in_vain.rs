//! Entries of `<system.diagnostics>` that are good by themselves and yet trace nothing: what they
//! would need is not there.
//!
//! Types of listeners may be registered by the program; of them nothing but the name is known here.

use std::collections::HashSet;

use super::super::super::document::Element;
use super::super::super::report::Report;
use super::super::super::value;
use super::{SILENT, SOURCES, WEB_SOCKET};
use crate::{DiagnosticsSettings, TraceListenerChange, shown};

/// The types that write to the file that `initializeData` names.
const WRITERS: &[&str] = &[
    "System.Diagnostics.DelimitedListTraceListener",
    "System.Diagnostics.TextWriterTraceListener",
    "System.Diagnostics.XmlWriterTraceListener",
    JSON_LINES,
    ROLLING,
];

const JSON_LINES: &str = "SystemNet.Diagnostics.JsonLinesTraceListener";

const ROLLING: &str = "SystemNet.Diagnostics.RollingFileTraceListener";

/// The other types that are always there.
const OTHERS: &[&str] = &[
    "System.Diagnostics.ConsoleTraceListener",
    "System.Diagnostics.DefaultTraceListener",
];

const EVENT_LOG: &str = "System.Diagnostics.EventLogTraceListener";

/// The words of `traceOutputOptions` that are applied.
const OPTIONS: &[&str] = &["None", "DateTime", "Timestamp", "ProcessId", "ThreadId"];

/// Reports what one listener lacks.
pub(super) fn listener(element: &Element<'_>, report: &mut Report<'_>) {
    let text = |name| value::text(element, name).flatten();
    let options = text("traceOutputOptions").unwrap_or_default();
    let known = |word: &str| OPTIONS.iter().any(|known| known.eq_ignore_ascii_case(word));
    let unknown: Vec<String> = options
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty() && !known(word))
        .map(shown::quoted)
        .collect();
    if !unknown.is_empty() {
        let (words, known) = (unknown.join(", "), OPTIONS.join(", "));
        let why = format!("{words}; what is written beside the text is of {known}");
        report.attribute_not_applied(element, "traceOutputOptions", &why);
    }
    let Some(type_name) = text("type") else {
        return;
    };
    let type_name = type_name.split(',').next().unwrap_or_default().trim();
    match type_name {
        EVENT_LOG => {
            let why = "there is no event log of Windows here";
            report.attribute_not_applied(element, "type", why);
        }
        _ => {
            let known = [WRITERS, OTHERS].concat();
            report.check_type(element, &known, "TypeRegistry::register");
        }
    }
    match text("initializeData") {
        None if WRITERS.contains(&type_name) => {
            let why = "its traces are lost: `initializeData` names no file";
            report.element_not_applied(element, why);
        }
        Some(data) if type_name == ROLLING && !has_size(&data) => {
            let why = "no limit is set, and one file grows: add `;maxsize=10MB`";
            report.attribute_not_applied(element, "initializeData", why);
        }
        Some(data) if [JSON_LINES, ROLLING].contains(&type_name) => {
            if let Some(bad) = data.split(';').skip(1).find(|it| !is_parameter(it)) {
                let bad = shown::quoted(bad.trim());
                let why =
                    format!("its traces are lost: {bad} is none of `maxsize=10MB` and `files=5`");
                report.attribute_not_applied(element, "initializeData", &why);
            }
        }
        _ => {}
    }
}

/// Whether the listener takes a parameter: a size as `512`, `64KB`, `10MB`, `1GB`, or a number of files.
fn is_parameter(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    match &*name {
        "maxsize" => is_size(&value.to_ascii_uppercase()),
        "files" => value.parse().is_ok_and(|files: u32| files <= 1000),
        name => name.is_empty() && !parameter.contains('='),
    }
}

fn is_size(text: &str) -> bool {
    let units = [("KB", 10), ("MB", 20), ("GB", 30)].into_iter();
    let (digits, shift) = { units }
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, shift)))
        .unwrap_or((text, 0));
    let number: Result<u64, _> = digits.trim().parse();
    number.is_ok_and(|number| number > 0 && number.checked_mul(1 << shift).is_some())
}

/// Whether there is a size in `network.log;maxsize=10MB;files=5`.
fn has_size(data: &str) -> bool {
    let mut parameters = data.split(';').skip(1);
    parameters.any(|it| {
        let name = it.split('=').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("maxsize")
    })
}

/// Reports what the section lacks as a whole, with what earlier files have set.
pub(super) fn section(
    element: &Element<'_>,
    settings: &DiagnosticsSettings,
    report: &mut Report<'_>,
) {
    let within = |name: &'static str| element.children.iter().filter(move |it| it.name == name);
    let adds = |list: &Element<'_>| list.children.iter().any(|it| it.name == "add");
    let shared = shared(settings);
    for list in within("sharedListeners") {
        for child in list.children.iter().filter(|it| it.name == "add") {
            if value::text(child, "type").flatten().is_none() {
                report.element_not_applied(child, "a shared listener needs a `type`");
            }
        }
    }
    for switch in within("switches").flat_map(|it| &it.children) {
        // A source of that name has been told of itself.
        let name = value::text(switch, "name").flatten().unwrap_or_default();
        let name = if name == WEB_SOCKET { SILENT[2] } else { &name };
        let silent = switch.name == "add" && SILENT.contains(&name);
        if silent && !settings.sources.iter().any(|source| source.name == name) {
            report.element_not_applied(switch, super::NOTHING_TRACED);
        }
    }

    let of_sources = within("sources")
        .flat_map(|it| &it.children)
        .filter(|it| it.name == "source");
    let mut ours = None;
    for holder in of_sources.chain(within("trace")) {
        for list in holder.children.iter().filter(|it| it.name == "listeners") {
            for child in list.children.iter().filter(|it| it.name == "add") {
                unknown_reference(child, &shared, report);
            }
            let name = value::text(holder, "name").flatten();
            let is_ours = name.is_none_or(|name| SOURCES.contains(&&*name));
            if is_ours && adds(list) {
                ours = ours.or(Some(list));
            }
        }
    }
    if let Some(list) = ours
        && !is_any_switched(settings)
    {
        let why = "listeners, but no source is switched on: add a switch";
        report.element_not_applied(list, why);
    }
}

fn unknown_reference(element: &Element<'_>, shared: &HashSet<&str>, report: &mut Report<'_>) {
    let text = |name| value::text(element, name).flatten();
    let name = text("name").unwrap_or_default();
    // Every list has the listener of this name to begin with.
    let known = name == "Default" || shared.contains(&*name);
    if text("type").is_none() && !known {
        let why = "no shared listener has this name, in this file or one before it";
        report.attribute_not_applied(element, "name", why);
    }
}

/// The names of the shared listeners.
fn shared(settings: &DiagnosticsSettings) -> HashSet<&str> {
    let mut names = HashSet::new();
    for change in &settings.shared_listeners {
        match change {
            TraceListenerChange::Add(listener) if listener.type_name.is_none() => {}
            TraceListenerChange::Add(listener) => {
                names.insert(&*listener.name);
            }
            TraceListenerChange::Remove { name } => {
                names.remove(&**name);
            }
            TraceListenerChange::Clear => names.clear(),
        }
    }
    names
}

/// Whether a level is said for any source. Whoever says `Off` knows that there is a switch.
fn is_any_switched(settings: &DiagnosticsSettings) -> bool {
    SOURCES.iter().any(|name| {
        let source = settings.sources.iter().find(|source| source.name == *name);
        let switch_name = source.and_then(|source| source.switch_name.as_deref());
        let switch_name = switch_name.unwrap_or(name);
        let mut switches = settings.switches.iter();
        switches.any(|switch| switch.name == switch_name)
            || source.is_some_and(|source| source.switch_value.is_some())
    })
}
