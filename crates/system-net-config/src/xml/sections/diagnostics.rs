//! `<system.diagnostics>`: which traces are written, and where to.

mod in_vain;

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

const SOURCE_SWITCH: &str = "System.Diagnostics.SourceSwitch";

const NAME: &str = "the name of a trace source, as `System.Net`";

/// Whether anything that this section asks for is there.
const TRACES: bool = cfg!(feature = "trace");

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let first = report.len();
    report.check(element, &[]);
    let into = &mut settings.diagnostics;
    let asked = |name| element.children.iter().any(|child| child.name == name);
    if !TRACES && (asked("sources") || asked("switches")) {
        report.element_not_applied(element, "built without traces, the feature `trace`");
    }
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
    if TRACES {
        in_vain::section(element, into, report);
        report.sort_from(first);
    }
    Ok(())
}

/// The sources of `System.Net`.
const SOURCES: &[&str] = &[
    "System.Net",
    "System.Net.Sockets",
    "System.Net.HttpListener",
    "System.Net.Cache",
    "System.Net.Http",
    "System.Net.WebSockets",
    WEB_SOCKET,
];

/// Those of them that nothing emits yet.
const SILENT: [&str; 3] = [
    "System.Net.Cache",
    "System.Net.Http",
    "System.Net.WebSockets",
];

const NOTHING_TRACED: &str = "nothing is traced by this source yet";

/// The guide has two names for one source.
const WEB_SOCKET: &str = "System.Net.WebSockets.WebSocket";

fn source_name(element: &Element<'_>, report: &mut Report<'_>) -> Result<String, Fault> {
    let name = value::required_text(element, "name", NAME)?;
    if name == WEB_SOCKET {
        return Ok("System.Net.WebSockets".to_owned());
    }
    let same_letters = |known: &&&str| known.eq_ignore_ascii_case(&name) && **known != name;
    if let Some(known) = SOURCES.iter().find(same_letters) {
        let why = format!("no source has this name; meant is perhaps `{known}`");
        report.attribute_not_applied(element, "name", &why);
    }
    Ok(name)
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
                report.check_leaf(child, "system.diagnostics/sources/remove");
                let name = source_name(child, report)?;
                sources.retain(|source| source.name != name);
            }
            "clear" => {
                report.check_leaf(child, "system.diagnostics/sources/clear");
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
    let mut known = schema::attributes("system.diagnostics/sources/source");
    known.push("switchType");
    report.check(element, &known);
    let switch_type = value::text(element, "switchType").flatten();
    if switch_type.is_some_and(|it| it.split(',').next().map(str::trim) != Some(SOURCE_SWITCH)) {
        let why = "every switch is a System.Diagnostics.SourceSwitch here";
        report.attribute_not_applied(element, "switchType", why);
    }
    if element.attribute("value").is_some() {
        let place = "no attribute `value` here: it belongs to `add` under `switches`, \
                     or is `switchValue`";
        return Err(value::refused(element, "value", place));
    }
    let name = source_name(element, report)?;
    if TRACES && SILENT.contains(&&*name) {
        report.element_not_applied(element, NOTHING_TRACED);
    }
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
    if let Some(value) = level(element, "switchValue", &usual.name)? {
        into.switch_value = Some(value);
    }
    value::set(
        element,
        "switchName",
        value::any_text,
        &mut into.switch_name,
    )?;
    let mode = |e: &Element<'_>, name: &str| value::meaning(e, name, MODES);
    value::set(element, "tracemode", mode, &mut into.trace_mode)?;
    let size = |e: &Element<'_>, name: &str| value::count(e, name, value::from(0));
    value::set(element, "maxdatasize", size, &mut into.max_data_size)?;
    let show = &mut into.dangerously_show_secrets;
    value::set(element, "dangerouslyShowSecrets", value::boolean, show)?;
    if *show && element.attribute("dangerouslyShowSecrets").is_some() {
        let why = "passwords, tokens and cookies are written to the listeners of this source";
        report.dangerous(element, "dangerouslyShowSecrets", why);
    }
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
    misplaced(element, report)?;
    report.check(element, MISPLACED);
    for child in &element.children {
        match child.name {
            "add" => {
                let mut known = schema::attributes("system.diagnostics/switches/add");
                known.extend_from_slice(MISPLACED);
                report.check(child, &known);
                for inner in &child.children {
                    report.unknown_element(inner, &[]);
                }
                misplaced(child, report)?;
                let name = source_name(child, report)?;
                let value = level(child, "value", &name)?
                    .ok_or_else(|| Fault::missing(child, "value", "a level, as `Verbose`"))?;
                switches.retain(|switch| switch.name != name);
                report.check_room(child, switches.len())?;
                switches.push(TraceSwitchSettings { name, value });
            }
            "remove" => {
                report.check_leaf(child, "system.diagnostics/switches/remove");
                let name = source_name(child, report)?;
                switches.retain(|switch| switch.name != name);
            }
            "clear" => {
                report.check_leaf(child, "system.diagnostics/switches/clear");
                switches.clear();
            }
            _ => report.unknown_element(child, &["add", "remove", "clear"]),
        }
    }
    Ok(())
}

/// Attributes of a source. The guide's table puts `tracemode` on the switches, against its own
/// listing and what .NET reads; of `maxdatasize` it says that it is an error there.
const MISPLACED: &[&str] = &["maxdatasize", "tracemode"];

fn misplaced(element: &Element<'_>, report: &mut Report<'_>) -> Result<(), Fault> {
    if element.attribute("maxdatasize").is_some() {
        let place = "no attribute `maxdatasize` here: it belongs to the element `source`";
        return Err(value::refused(element, "maxdatasize", place));
    }
    if element.attribute("tracemode").is_some() {
        let why = "it belongs to the element `source`";
        report.attribute_not_applied(element, "tracemode", why);
    }
    Ok(())
}

/// A level. Switches of other products than `System.Net` may have any value.
fn level(element: &Element<'_>, name: &str, source: &str) -> Result<Option<String>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    let text = attribute.value.trim();
    // As flags in .NET: names with commas between.
    let known = |text: &str| {
        let mut levels = LEVELS.iter();
        levels.find(|level| level.eq_ignore_ascii_case(text.trim()))
    };
    let named: Option<Vec<&str>> = text.split(',').map(|text| known(text).copied()).collect();
    let ours = source == "System.Net" || source.starts_with("System.Net.");
    match named {
        Some(levels) => Ok(Some(levels.join(", "))),
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
        match child.name {
            "add" => {
                report.check(
                    child,
                    &schema::attributes("system.diagnostics/sharedListeners/add"),
                );
                for inner in &child.children {
                    match inner.name {
                        "filter" => report.element_not_applied(inner, "nothing acts on it yet"),
                        _ => report.unknown_element(inner, &["filter"]),
                    }
                }
                if TRACES {
                    in_vain::listener(child, report);
                }
                let text = |name| value::text(child, name).flatten();
                changes.push(TraceListenerChange::Add(TraceListenerSettings {
                    name: value::required_text(child, "name", LISTENER)?,
                    type_name: text("type"),
                    initialize_data: text("initializeData"),
                    trace_output_options: text("traceOutputOptions"),
                }));
            }
            "remove" => {
                report.check_leaf(child, "system.diagnostics/sharedListeners/remove");
                changes.push(TraceListenerChange::Remove {
                    name: value::required_text(child, "name", LISTENER)?,
                });
            }
            "clear" => {
                report.check_leaf(child, "system.diagnostics/sharedListeners/clear");
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
    value::set(element, "autoflush", value::boolean, &mut into.auto_flush)?;
    value::set(
        element,
        "useGlobalLock",
        value::boolean,
        &mut into.use_global_lock,
    )?;
    let size = |e: &Element<'_>, name: &str| value::count(e, name, value::from(0));
    value::set(element, "indentsize", size, &mut into.indent_size)?;
    for child in &element.children {
        match child.name {
            "listeners" => listeners(child, &mut into.listeners, report)?,
            _ => report.unknown_element(child, &["listeners"]),
        }
    }
    Ok(())
}
