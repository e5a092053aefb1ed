//! `<system.diagnostics>`: which traces are written, and where to.

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{
    Settings, TraceListenerChange, TraceListenerSettings, TraceMode, TraceSettings,
    TraceSourceSettings, TraceSwitchSettings,
};

const MODES: &[(&str, TraceMode)] = &[
    ("includehex", TraceMode::IncludeHex),
    ("protocolonly", TraceMode::ProtocolOnly),
];

/// The levels of a switch; a number stands for a sum of them.
const LEVELS: &[&str] = &[
    "Off",
    "Critical",
    "Error",
    "Warning",
    "Information",
    "Verbose",
    "ActivityTracing",
    "All",
];

const NAME: &str = "the name of a trace source, as `System.Net`";

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    let into = &mut settings.diagnostics;
    for child in &element.children {
        match child.name {
            "sources" => sources(child, &mut into.sources, report)?,
            "switches" => switches(child, &mut into.switches, report)?,
            "sharedListeners" => listeners(child, &mut into.shared_listeners, report)?,
            "trace" => trace(child, &mut into.trace, report)?,
            "assert" | "performanceCounters" => {
                report.element_not_applied(child, "there is no such thing here");
            }
            _ => {
                report.unknown_element(child, &["sharedListeners", "sources", "switches", "trace"])
            }
        }
    }
    Ok(())
}

/// The guide has two names for one source.
fn source_name(element: &Element<'_>) -> Result<String, Fault> {
    let name = value::required_text(element, "name", NAME)?;
    Ok(match &*name {
        "System.Net.WebSockets.WebSocket" => "System.Net.WebSockets".to_owned(),
        _ => name,
    })
}

fn sources(
    element: &Element<'_>,
    sources: &mut Vec<TraceSourceSettings>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        match child.name {
            "source" => source(child, sources, report)?,
            "remove" => {
                report.check_leaf(
                    child,
                    &schema::attributes("system.diagnostics/sources/remove"),
                );
                let name = source_name(child)?;
                sources.retain(|source| source.name != name);
            }
            "clear" => {
                report.check_leaf(child, &[]);
                sources.clear();
            }
            _ => report.unknown_element(child, &["source", "remove", "clear"]),
        }
    }
    Ok(())
}

fn source(
    element: &Element<'_>,
    sources: &mut Vec<TraceSourceSettings>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(
        element,
        &schema::attributes("system.diagnostics/sources/source"),
    );
    let name = source_name(element)?;
    report.attribute_without_effect(element, "name");
    let usual = TraceSourceSettings::new(name);
    let index = match sources.iter().position(|source| source.name == usual.name) {
        Some(index) => index,
        None => {
            report.check_room(element, sources.len())?;
            sources.push(usual.clone());
            sources.len() - 1
        }
    };
    let into = &mut sources[index];
    let value = level(element, "switchValue", &usual.name)?.map(Some);
    report.keep(
        element,
        "switchValue",
        value,
        &mut into.switch_value,
        &usual.switch_value,
    );
    let value = value::text(element, "switchName");
    report.keep(
        element,
        "switchName",
        value,
        &mut into.switch_name,
        &usual.switch_name,
    );
    let value = value::meaning(element, "tracemode", MODES)?;
    report.keep(
        element,
        "tracemode",
        value,
        &mut into.trace_mode,
        &usual.trace_mode,
    );
    let value = value::count(element, "maxdatasize", value::from(0))?;
    report.keep(
        element,
        "maxdatasize",
        value,
        &mut into.max_data_size,
        &usual.max_data_size,
    );
    for child in &element.children {
        match child.name {
            "listeners" => listeners(child, &mut into.listeners, report)?,
            _ => report.unknown_element(child, &["listeners"]),
        }
    }
    Ok(())
}

fn switches(
    element: &Element<'_>,
    switches: &mut Vec<TraceSwitchSettings>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    misplaced(element, report);
    report.check(element, MISPLACED);
    for child in &element.children {
        match child.name {
            "add" => {
                let mut known = schema::attributes("system.diagnostics/switches/add");
                known.extend_from_slice(MISPLACED);
                report.check_leaf(child, &known);
                misplaced(child, report);
                let name = source_name(child)?;
                let value = level(child, "value", &name)?
                    .ok_or_else(|| Fault::missing(child, "value", "a level, as `Verbose`"))?;
                switches.retain(|switch| switch.name != name);
                report.attribute_without_effect(child, "value");
                report.check_room(child, switches.len())?;
                switches.push(TraceSwitchSettings { name, value });
            }
            "remove" => {
                report.check_leaf(
                    child,
                    &schema::attributes("system.diagnostics/switches/remove"),
                );
                let name = source_name(child)?;
                switches.retain(|switch| switch.name != name);
            }
            "clear" => {
                report.check_leaf(child, &[]);
                switches.clear();
            }
            _ => report.unknown_element(child, &["add", "remove", "clear"]),
        }
    }
    Ok(())
}

/// Attributes of a source that the guide's table puts on the switches, against its own listing.
const MISPLACED: &[&str] = &["maxdatasize", "tracemode"];

fn misplaced(element: &Element<'_>, report: &mut Report<'_>) {
    for name in MISPLACED {
        if element.attribute(name).is_some() {
            report.attribute_not_applied(element, name, "it belongs to the element `source`");
        }
    }
}

/// A level. Switches of other products than `System.Net` may have any value.
fn level(element: &Element<'_>, name: &str, source: &str) -> Result<Option<String>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    let text = attribute.value.trim();
    let known = LEVELS.iter().find(|level| level.eq_ignore_ascii_case(text));
    let ours = source == "System.Net" || source.starts_with("System.Net.");
    match known {
        Some(level) => Ok(Some((*level).to_owned())),
        None if !ours || text.parse::<i32>().is_ok() => Ok(Some(text.to_owned())),
        None => {
            let expected = format!("one of {}, or a number", LEVELS.join(", "));
            Err(value::refused(element, name, &expected))
        }
    }
}

fn listeners(
    element: &Element<'_>,
    changes: &mut Vec<TraceListenerChange>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const LISTENER: &str = "the name of a listener";
    report.check(element, &[]);
    for child in &element.children {
        report.check_room(child, changes.len())?;
        let known = schema::attributes(&format!(
            "system.diagnostics/sharedListeners/{}",
            child.name
        ));
        match child.name {
            "add" => {
                report.check(child, &known);
                for inner in &child.children {
                    match inner.name {
                        "filter" => report.element_not_applied(inner, "nothing acts on it yet"),
                        _ => report.unknown_element(inner, &["filter"]),
                    }
                }
                report.attribute_without_effect(child, "name");
                let text = |name| value::text(child, name).flatten();
                changes.push(TraceListenerChange::Add(TraceListenerSettings {
                    name: value::required_text(child, "name", LISTENER)?,
                    type_name: text("type"),
                    initialize_data: text("initializeData"),
                    trace_output_options: text("traceOutputOptions"),
                }));
                for name in ["type", "initializeData", "traceOutputOptions"] {
                    report.attribute_without_effect(child, name);
                }
            }
            "remove" => {
                report.check_leaf(child, &known);
                report.attribute_without_effect(child, "name");
                changes.push(TraceListenerChange::Remove {
                    name: value::required_text(child, "name", LISTENER)?,
                });
            }
            "clear" => {
                report.check_leaf(child, &[]);
                report.element_not_applied(child, "nothing acts on it yet");
                changes.push(TraceListenerChange::Clear);
            }
            _ => report.unknown_element(child, &["add", "remove", "clear"]),
        }
    }
    Ok(())
}

fn trace(
    element: &Element<'_>,
    into: &mut TraceSettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &schema::attributes("system.diagnostics/trace"));
    let usual = TraceSettings::default();
    let value = value::boolean(element, "autoflush")?;
    report.keep(
        element,
        "autoflush",
        value,
        &mut into.auto_flush,
        &usual.auto_flush,
    );
    let value = value::boolean(element, "useGlobalLock")?;
    report.keep(
        element,
        "useGlobalLock",
        value,
        &mut into.use_global_lock,
        &usual.use_global_lock,
    );
    let value = value::count(element, "indentsize", value::from(0))?;
    report.keep(
        element,
        "indentsize",
        value,
        &mut into.indent_size,
        &usual.indent_size,
    );
    for child in &element.children {
        match child.name {
            "listeners" => listeners(child, &mut into.listeners, report)?,
            _ => report.unknown_element(child, &["listeners"]),
        }
    }
    Ok(())
}
