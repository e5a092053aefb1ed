//! Traces that a file asks for and that could reach nobody: what it lacks is told.

use system_net_config::{Configuration, ConfigurationWarningKind as Kind};

const WRITER: &str = "type='System.Diagnostics.TextWriterTraceListener, System'";
const ON: &str = "<switches><add name='System.Net' value='Verbose'/></switches>";

/// The warnings of a section, when it is checked and when it is read: `line:column element@attribute
/// why`.
fn told(before: &str, inner: &str) -> Vec<String> {
    let file = |inner: &str| {
        format!("<configuration><system.diagnostics>\n{inner}</system.diagnostics></configuration>")
    };
    let mut configuration = Configuration::new();
    configuration.apply_str(&file(before), "m").unwrap();
    let quiet = configuration.warnings().len();
    configuration.apply_str(&file(inner), "f").unwrap();
    let warnings = &configuration.warnings()[quiet..];
    if before.is_empty() {
        let report = Configuration::check_bytes(file(inner).as_bytes(), "f");
        assert_eq!(report.warnings(), warnings);
    }
    let shown = warnings.iter().map(|it| {
        let why = match it.kind() {
            Kind::NotApplied => it.message().strip_prefix("not applied: ").unwrap(),
            // Only the program can know whether it registers the type.
            kind => {
                assert_eq!(kind, Kind::UnregisteredType);
                it.message()
            }
        };
        let attribute = it.attribute().unwrap_or_default();
        format!(
            "{}:{} {}@{attribute} {why}",
            it.line(),
            it.column(),
            it.element()
        )
    });
    shown.collect()
}

#[track_caller]
fn check(inner: &str, expected: &[&str]) {
    assert_eq!(told("", inner), expected, "{inner}");
}

#[test]
fn sources_that_nothing_emits_are_told() {
    const WHY: &str = "nothing is traced by this source yet";
    for name in [
        "System.Net.Cache",
        "System.Net.Http",
        "System.Net.WebSockets",
        "System.Net.WebSockets.WebSocket",
    ] {
        let source = format!("<sources><source name='{name}' switchValue='All'/></sources>");
        check(&source, &[&format!("2:10 source@ {WHY}")]);
        let switch = format!("<switches><add name='{name}' value='All'/></switches>");
        check(&switch, &[&format!("2:11 add@ {WHY}")]);
        // Once for both.
        check(&(source + &switch), &[&format!("2:10 source@ {WHY}")]);
    }
    for name in [
        "System.Net",
        "System.Net.Sockets",
        "System.Net.HttpListener",
        "Contoso",
    ] {
        check(
            &format!("<sources><source name='{name}' switchValue='All'/></sources>"),
            &[],
        );
    }
}

#[test]
fn listeners_without_a_switch_are_told() {
    const WHY: &str = "listeners, but no source is switched on: add a switch";
    let add = format!("<listeners><add name='x' {WRITER} initializeData='x'/></listeners>");
    let trace = format!("<trace>{add}</trace>");
    check(&trace, &[&format!("2:8 listeners@ {WHY}")]);
    check(&format!("{ON}{trace}"), &[]);
    let source = |more: &str| format!("<sources><source {more}>{add}</source></sources>");
    // Once, at the first of them.
    let both = source("name='System.Net'") + &trace;
    check(&both, &[&format!("2:36 listeners@ {WHY}")]);
    check(&source("name='System.Net' switchValue='Error'"), &[]);
    // Its switch has another name, and is there or not.
    let named = source("name='System.Net' switchName='mine'");
    check(&named, &[&format!("2:54 listeners@ {WHY}")]);
    check(
        &(named + "<switches><add name='mine' value='1'/></switches>"),
        &[],
    );
    // Somebody has switched it off, or it is of another product.
    check(
        &(source("name='System.Net'") + &ON.replace("Verbose", "Off")),
        &[],
    );
    check(&source("name='Contoso'"), &[]);
    // An earlier file has the switch.
    assert_eq!(told(ON, &trace), [""; 0]);
}

#[test]
fn listeners_that_lack_something_are_told() {
    let list =
        |add: &str| format!("{ON}\n<trace><listeners>\n<add name='x' {add}/></listeners></trace>");
    const UNKNOWN: &str =
        "4:6 add@name no shared listener has this name, in this file or one before it";
    check(&list(""), &[UNKNOWN]);
    check(&list("").replace("'x'", "'Default'"), &[]);
    let shared =
        format!("<sharedListeners><add name='x' {WRITER} initializeData='x'/></sharedListeners>");
    check(&(shared.clone() + &list("")), &[]);
    assert_eq!(told(&shared, &list("")), [""; 0]);
    let taken = shared.replace("</", "<remove name='x'/></");
    check(&(taken + &list("")), &[UNKNOWN]);
    check(
        "<sharedListeners><add name='x'/></sharedListeners>",
        &["2:18 add@ a shared listener needs a `type`"],
    );

    const NO_FILE: &str = "4:1 add@ its traces are lost: `initializeData` names no file";
    check(&list(WRITER), &[NO_FILE]);
    check(&list(&format!("{WRITER} initializeData=' '")), &[NO_FILE]);
    check(&list("type='System.Diagnostics.ConsoleTraceListener'"), &[]);
    let no_type = |name: &str| {
        format!(
            "4:15 add@type no type `{name}` is registered; the program has to, by `TypeRegistry::register`"
        )
    };
    check(
        &list("type='Contoso.Listener'"),
        &[&no_type("Contoso.Listener")],
    );

    let rolling = |data: &str| {
        list(&format!(
            "type='SystemNet.Diagnostics.RollingFileTraceListener' initializeData='{data}'"
        ))
    };
    for data in ["a.log", "a.log;files=3", "maxsize"] {
        let why = "add@initializeData no limit is set, and one file grows: add `;maxsize=10MB`";
        check(&rolling(data), &[&format!("4:69 {why}")]);
    }
    check(&rolling("a.log; MaxSize = 1MB"), &[]);

    let options = |words: &str| list(&format!("type='T' traceOutputOptions='{words}'"));
    check(
        &options("datetime, ThreadId,ProcessId , Timestamp,None,"),
        &[&no_type("T")],
    );
    check(
        &options("Callstack, DateTime, odd"),
        &[
            &no_type("T"),
            "4:24 add@traceOutputOptions `Callstack`, `odd`; what is written beside the text is of \
           None, DateTime, Timestamp, ProcessId, ThreadId",
        ],
    );
}

#[test]
fn parameters_of_files_that_no_listener_takes_are_told() {
    for type_name in [
        "SystemNet.Diagnostics.RollingFileTraceListener",
        "SystemNet.Diagnostics.JsonLinesTraceListener",
    ] {
        let listener = |data: &str| {
            format!(
                "<sharedListeners><add name='a' type='{type_name}' initializeData='{data}'/>\
                 </sharedListeners>"
            )
        };
        let column = listener("").find("initializeData").unwrap() + 1;
        for (data, bad) in [
            ("a.log;maxsize=1XB", "maxsize=1XB"),
            ("a.log;maxsize=0", "maxsize=0"),
            ("a.log;maxsize=", "maxsize="),
            ("a.log;maxsize=99999999999GB", "maxsize=99999999999GB"),
            ("a.log;maxsize=1KB; files=-1", "files=-1"),
            ("a.log;maxsize=1KB;files=1001", "files=1001"),
            ("a.log;maxsize=1KB;size=2", "size=2"),
            ("a.log;maxsize=1KB;=2", "=2"),
        ] {
            let why = format!(
                "2:{column} add@initializeData its traces are lost: `{bad}` is none of \
                 `maxsize=10MB` and `files=5`"
            );
            check(&listener(data), &[&why]);
        }
        for data in [
            "a;maxsize=512",
            "a; MaxSize = 64 kb ;files=0;;",
            "a;files=1000;maxsize=1GB",
        ] {
            check(&listener(data), &[]);
        }
    }
}
