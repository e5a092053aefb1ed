//! Levels by name and number, and lists of listeners.

use system_net_config::{TraceListenerChange as Change, TraceSettings, TraceSwitchSettings};

use super::*;

fn file(name: &str) -> TraceListenerSettings {
    TraceListenerSettings {
        name: name.to_owned(),
        type_name: Some("System.Diagnostics.TextWriterTraceListener".to_owned()),
        initialize_data: Some(format!("{name}.log")),
        trace_output_options: None,
    }
}

fn named(name: &str) -> Change {
    Change::Add(TraceListenerSettings {
        name: name.to_owned(),
        ..TraceListenerSettings::default()
    })
}

fn remove(name: &str) -> Change {
    let name = name.to_owned();
    Change::Remove { name }
}

/// Settings with one source, its switch at `Verbose`, and two shared listeners.
fn settings(of_source: Vec<Change>, of_trace: Vec<Change>) -> DiagnosticsSettings {
    DiagnosticsSettings {
        sources: vec![TraceSourceSettings {
            listeners: of_source,
            ..TraceSourceSettings::new("System.Net.Sockets")
        }],
        switches: vec![TraceSwitchSettings {
            name: "System.Net.Sockets".to_owned(),
            value: "Verbose".to_owned(),
        }],
        shared_listeners: vec![Change::Add(file("a")), Change::Add(file("b"))],
        trace: TraceSettings {
            listeners: of_trace,
            ..TraceSettings::default()
        },
    }
}

#[track_caller]
fn check(of_source: Vec<Change>, of_trace: Vec<Change>, expected: &[&str], problems: &[&str]) {
    let plan = Plan::new(&settings(of_source, of_trace));
    let source = &plan.sources[Source::Sockets as usize];
    let names: Vec<&str> = source
        .listeners
        .iter()
        .map(|&place| &*plan.listeners[place].name)
        .collect();
    assert_eq!(names, expected);
    assert_eq!(source.levels, if expected.is_empty() { 0 } else { 31 });
    let found: Vec<&str> = plan.problems.iter().map(|(name, _)| &**name).collect();
    assert_eq!(found, problems);
    for other in Source::ALL.into_iter().filter(|it| *it != Source::Sockets) {
        assert_eq!(plan.sources[other as usize].levels, 0, "{other:?}");
    }
}

#[test]
fn listeners_of_a_source() {
    // The default listener is heard only alone, or if it is named.
    check(vec![], vec![], &["Default"], &[]);
    check(vec![named("a")], vec![], &["a"], &[]);
    check(vec![named("a"), named("b")], vec![], &["a", "b"], &[]);
    check(
        vec![named("Default"), named("b")],
        vec![],
        &["Default", "b"],
        &[],
    );
    check(vec![remove("Default")], vec![], &[], &[]);
    check(vec![Change::Clear], vec![], &[], &[]);
    check(
        vec![named("a"), Change::Clear, named("b")],
        vec![],
        &["b"],
        &[],
    );
    check(
        vec![named("a"), named("b"), remove("a")],
        vec![],
        &["b"],
        &[],
    );
    check(vec![Change::Add(file("own"))], vec![], &["own"], &[]);
    // A name is in a list once.
    check(vec![named("a"), named("a")], vec![], &["a"], &[]);
    check(
        vec![named("a"), named("b"), Change::Add(file("a"))],
        vec![],
        &["a", "b"],
        &[],
    );
    check(
        vec![named("Default"), named("Default")],
        vec![],
        &["Default"],
        &[],
    );
    check(
        vec![],
        vec![named("b"), Change::Add(file("b"))],
        &["b"],
        &[],
    );
    check(vec![named("c")], vec![], &["Default"], &["c"]);
    // Erratum: a source without listeners has those of all traces.
    check(vec![], vec![named("b")], &["b"], &[]);
    check(vec![], vec![Change::Add(file("own"))], &["own"], &[]);
    check(vec![], vec![remove("Default")], &[], &[]);
    check(vec![named("a")], vec![named("b")], &["a"], &[]);
}

/// What comes later is in the place of what came before.
#[test]
fn the_last_listener_of_a_name_is_heard() {
    let later = TraceListenerSettings {
        initialize_data: Some("later.log".to_owned()),
        ..file("a")
    };
    let of_source = vec![named("a"), named("b"), Change::Add(later.clone())];
    let plan = Plan::new(&settings(of_source, vec![]));
    assert_eq!(plan.listeners, [later, file("b")]);
}

#[test]
fn shared_listeners_are_one() {
    let mut settings = settings(vec![named("a")], vec![named("a")]);
    settings.switches.push(TraceSwitchSettings {
        name: "System.Net".to_owned(),
        value: "Error".to_owned(),
    });
    let plan = Plan::new(&settings);
    assert_eq!(plan.listeners, [file("a")]);
    assert_eq!(plan.sources[Source::Net as usize].listeners, [0]);
    assert_eq!(plan.sources[Source::Net as usize].levels, 3);
    assert_eq!(plan.sources[Source::Sockets as usize].listeners, [0]);
    settings.shared_listeners.push(remove("b"));
    settings.shared_listeners.push(named("untyped"));
    settings
        .shared_listeners
        .push(Change::Add(TraceListenerSettings {
            initialize_data: Some("other.log".to_owned()),
            ..file("a")
        }));
    let plan = Plan::new(&settings);
    assert_eq!(
        plan.listeners[0].initialize_data.as_deref(),
        Some("other.log")
    );
    assert_eq!(plan.problems.len(), 1);
}

#[test]
fn trace_switch_levels_by_name_and_number() {
    for (value, expected) in [
        ("Off", 0),
        ("Critical", 0b1),
        ("Error", 0b11),
        ("Warning", 0b111),
        ("Information", 0b1111),
        ("Verbose", 0b11111),
        ("verbose", 0b11111),
        ("All", 0b11111),
        ("ActivityTracing", 0),
        ("0", 0),
        ("31", 0b11111),
        ("3", 0b11),
        // A sum of bits, as in .NET: the warnings alone.
        ("4", 0b100),
        ("-1", 0b11111),
        ("65280", 0),
        ("Error, 16", 0b10011),
        ("99999999999999999999", 0),
        ("", 0),
    ] {
        assert_eq!(bits(value), expected, "{value:?}");
    }
}

#[test]
fn the_switch_of_a_source() {
    let switch = |name: &str, value: &str| TraceSwitchSettings {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let mut source = TraceSourceSettings::new("System.Net");
    let mut settings = DiagnosticsSettings::default();
    assert_eq!(levels(&settings, &source), 0);
    source.switch_value = Some("Error".to_owned());
    assert_eq!(levels(&settings, &source), 3);
    settings.switches.push(switch("System.Net", "Warning"));
    assert_eq!(levels(&settings, &source), 7);
    source.switch_name = Some("mine".to_owned());
    assert_eq!(levels(&settings, &source), 3);
    settings.switches.push(switch("mine", "Off"));
    assert_eq!(levels(&settings, &source), 0);
}
