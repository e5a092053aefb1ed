//! Listeners as files name them: shared, default, of the root, of our own, and such as fail.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use system_net_config::{Configuration, NetContext};
use system_net_diagnostics::{
    Emitter, Source, TraceListener, TraceListenerArguments, TraceListenerConstructor, TraceRecord,
    Traced, problems,
};

use crate::{Traces, bare, emit_all, to_file, turn};

/// The guide's listing of "How to: Configure Network Tracing", whole.
const GUIDE: &str = include_str!("../../../../tests/conformance/guide-config/trace-sources.xml");

/// The guide's listing of "Enabling Network Tracing", and switches, which that page sends to the
/// other for.
const ROOT: &str = r#"
<trace autoflush="true" indentsize="4">
  <listeners>
    <add name="file" type="System.Diagnostics.TextWriterTraceListener" initializeData="trace.log"/>
  </listeners>
</trace>"#;

/// Runs the example in a folder, with a configuration file of that text.
fn run(folder: &Path, config: &str, arguments: &[&str]) -> Output {
    fs::write(folder.join("app.config"), config).unwrap();
    command(folder, arguments)
        .env("SYSTEM_NET_CONFIG", folder.join("app.config"))
        .output()
        .unwrap()
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let test = std::env::current_exe().unwrap();
    let examples = test.parent().unwrap().with_file_name("examples");
    let program = examples.join("traced_calls");
    assert!(
        program.exists(),
        "{} is missing: run `cargo test -p system-net-diagnostics` without --test",
        program.display()
    );
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("SYSTEM_NET_MACHINE_CONFIG", "");
    command
}

/// What the example traces.
fn example_lines() -> Vec<String> {
    let lines = [
        "Entering Socket#1::Send()",
        "Data from Socket#1::Send",
        "00000000 : 47 45 54 20 2F 77 70 61-64 2E 64 61 74 20 48 54 : GET /wpad.dat HT",
        "00000010 : 54 50 2F 31 2E 31 0D 0A-48 6F 73 74 3A 20 69 74 : TP/1.1..Host: it",
        "00000020 : 67 70 72 6F 78 79 0D 0A-43 6F 6E 6E 65 63 74 69 : gproxy..Connecti",
        "00000030 : 6F 6E 3A 20 43 6C 6F 73-65 0D 0A 0D 0A : on: Close....",
        "Exiting Socket#1::Send()-> 61#61",
    ];
    lines.map(str::to_owned).to_vec()
}

fn bare_file(path: &Path) -> Vec<String> {
    bare(
        &fs::read_to_string(path).unwrap_or_default(),
        &Traced::new(),
    )
}

#[test]
fn trace_by_config_only() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("network.log");
    // Without a file nothing is traced.
    let output = command(folder.path(), &[])
        .env("SYSTEM_NET_CONFIG", "")
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    assert_eq!(output.stdout, b"61 bytes sent\n");
    assert!(!log.exists());
    let output = run(folder.path(), GUIDE, &[]);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    assert_eq!(output.stdout, b"61 bytes sent\n");
    assert_eq!(bare_file(&log), example_lines());
    // Another run goes on where this one ended.
    run(folder.path(), GUIDE, &[]);
    assert_eq!(bare_file(&log), [example_lines(), example_lines()].concat());
}

/// Of a program that traces nothing for half a second at first: the first line tells of it.
#[test]
#[cfg(target_os = "linux")]
fn milliseconds_count_from_the_start_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let before = std::time::Instant::now();
    run(folder.path(), GUIDE, &["late"]);
    let lived = before.elapsed().as_millis();
    let text = fs::read_to_string(folder.path().join("network.log")).unwrap();
    for line in text.lines() {
        let (_, rest) = line.split_once("] (").unwrap();
        let milliseconds: u128 = rest.split_once(") ").unwrap().0.parse().unwrap();
        // The system tells the start in hundredths of a second.
        assert!(milliseconds >= 480, "{line}");
        assert!(milliseconds <= lived + 20, "{line}: {lived}");
    }
}

/// However a program ends, and whether each line is flushed or not.
#[test]
fn no_line_is_lost_at_the_end() {
    for autoflush in ["true", "false"] {
        for end in ["", "exit", "abort"] {
            let folder = tempfile::tempdir().unwrap();
            let config = GUIDE.replace("\"true\"", &format!("\"{autoflush}\""));
            run(folder.path(), &config, &[end]);
            let lines = bare_file(&folder.path().join("network.log"));
            assert_eq!(lines, example_lines(), "{autoflush} {end}");
        }
    }
}

#[test]
fn trace_root_listener_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("trace.log");
    let config = |rest: &str| {
        format!(
            "<configuration><system.diagnostics>{ROOT}{rest}</system.diagnostics></configuration>"
        )
    };
    // A destination alone says nothing of what is traced.
    run(folder.path(), &config(""), &[]);
    assert!(!log.exists());
    let switches = "<switches><add name='System.Net.Sockets' value='Verbose'/></switches>";
    let output = run(folder.path(), &config(switches), &[]);
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!(bare_file(&log), example_lines());
    // A source that is named and says nothing of listeners is no other.
    fs::remove_file(&log).unwrap();
    let source = "<sources><source name='System.Net.Sockets' switchValue='Verbose'/></sources>";
    run(folder.path(), &config(source), &[]);
    assert_eq!(bare_file(&log), example_lines());
    // One that has listeners of its own does not use those of the root.
    fs::remove_file(&log).unwrap();
    let own = "<sources><source name='System.Net.Sockets' switchValue='Verbose'><listeners>\
               <add name='own' type='System.Diagnostics.TextWriterTraceListener' \
               initializeData='own.log'/></listeners></source></sources>";
    run(folder.path(), &config(own), &[]);
    assert!(!log.exists());
    assert_eq!(bare_file(&folder.path().join("own.log")), example_lines());
}

#[test]
fn the_default_listener_and_the_console() {
    let folder = tempfile::tempdir().unwrap();
    let switch = "<switches><add name='System.Net.Sockets' value='Verbose'/></switches>";
    let config = |rest: &str| {
        format!(
            "<configuration><system.diagnostics>{switch}{rest}</system.diagnostics></configuration>"
        )
    };
    let listener =
        |listener: &str| config(&format!("<trace><listeners>{listener}</listeners></trace>"));
    let console = |data: &str| {
        listener(&format!(
            "<add name='c' type='System.Diagnostics.ConsoleTraceListener' {data}/>"
        ))
    };
    let default = "<add name='d' type='System.Diagnostics.DefaultTraceListener, System'/>";
    for (config, on_output, on_error) in [
        (config(""), false, true),
        (listener(default), false, true),
        (listener("<remove name='Default'/>"), false, false),
        (listener("<clear/>"), false, false),
        (console(""), true, false),
        (console("initializeData='false'"), true, false),
        (console("initializeData='true'"), false, true),
    ] {
        let output = run(folder.path(), &config, &[]);
        let traced = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let lines = bare(&text, &Traced::new());
            let traces: Vec<String> = lines
                .into_iter()
                .filter(|line| !line.ends_with("bytes sent"))
                .collect();
            assert!(
                traces.is_empty() || traces == example_lines(),
                "{config}: {traces:?}"
            );
            !traces.is_empty()
        };
        assert_eq!(traced(&output.stdout), on_output, "{config}");
        assert_eq!(traced(&output.stderr), on_error, "{config}");
    }
}

#[test]
fn trace_shared_listener_file() {
    let section = "<sources>\
        <source name='System.Net'><listeners><add name='shared'/></listeners></source>\
        <source name='System.Net.Sockets'><listeners><add name='shared'/><add name='own' \
          type='System.Diagnostics.TextWriterTraceListener' initializeData='{folder}/own.log' \
          traceOutputOptions='ProcessId, ThreadId, DateTime'/></listeners></source>\
      </sources>\
      <switches><add name='System.Net' value='Error'/><add name='System.Net.Sockets' value='Error'/>\
      </switches>\
      <sharedListeners><add name='shared' type='System.Diagnostics.TextWriterTraceListener' \
        initializeData='{folder}/shared.log'/></sharedListeners>\
      <trace autoflush='true' indentsize='2'/>";
    let traces = Traces::new(section);
    let object = Traced::new();
    Emitter::new(Source::Net, "A", &object).error("M", format_args!("one"));
    Emitter::new(Source::Sockets, "B", &object).error("M", format_args!("two"));
    assert_eq!(
        traces.lines("shared.log", &object),
        ["A#N::M() - one", "B#N::M() - two"]
    );
    let own = traces.lines("own.log", &object);
    assert_eq!(own.len(), 4, "{own:?}");
    assert_eq!(own[0], "B#N::M() - two");
    // Indented by one level, in the order of .NET.
    assert_eq!(own[1], format!("  ProcessId={}", std::process::id()));
    assert!(own[2].starts_with("  ThreadId="), "{own:?}");
    assert!(
        own[3].starts_with("  DateTime=20") && own[3].ends_with('Z'),
        "{own:?}"
    );
    assert!(problems(traces.context()).is_empty());
}

#[test]
fn rotation_by_size_from_a_file() {
    let section = to_file("System.Net", "Error")
        .replace(
            "System.Diagnostics.TextWriterTraceListener",
            "SystemNet.Diagnostics.RollingFileTraceListener",
        )
        .replace("network.log", "network.log;maxsize=100;files=2");
    let traces = Traces::new(&section);
    let object = Traced::new();
    for number in 0..20 {
        let emitter = Emitter::new(Source::Net, "Thing", &object);
        emitter.error("M", format_args!("{number:030}"));
    }
    let line = |number: u32| format!("Thing#N::M() - {number:030}");
    assert_eq!(traces.lines("network.log", &object), [line(19)]);
    assert_eq!(traces.lines("network.log.1", &object), [line(18)]);
    assert_eq!(traces.lines("network.log.2", &object), [line(17)]);
    assert!(!traces.path("network.log.3").exists());
}

#[test]
fn a_listener_that_does_not_work_is_reported() {
    let listener = |type_name: &str, data: &str| {
        to_file("System.Net", "Error")
            .replace("System.Diagnostics.TextWriterTraceListener", type_name)
            .replace("{folder}/network.log", data)
    };
    let text = "System.Diagnostics.TextWriterTraceListener";
    for (section, expected) in [
        (listener(text, "{folder}/none/network.log"), "cannot open"),
        (listener(text, "{folder}"), "cannot open"),
        (listener(text, ""), "initializeData names no file"),
        (
            listener("System.Diagnostics.EventLogTraceListener", "x"),
            "there is no event log",
        ),
        (
            listener("System.Diagnostics.ConsoleTraceListener", "maybe"),
            "initializeData `maybe` is no true or false",
        ),
        (
            listener(
                "SystemNet.Diagnostics.RollingFileTraceListener",
                "a;maxsize=x",
            ),
            "`x` is no size",
        ),
        (
            listener("Contoso.Listener, Contoso", "x"),
            "no type `Contoso.Listener, Contoso` is registered; known are",
        ),
    ] {
        let traces = Traces::new(&section);
        let emitter = Emitter::of_class(Source::Net, "Thing");
        for _ in 0..3 {
            emitter.error("M", format_args!("text"));
        }
        let problems = problems(traces.context());
        // Once, not with every line.
        assert_eq!(problems.len(), 1, "{section}: {problems:?}");
        assert_eq!(problems[0].listener(), "file");
        assert!(problems[0].message().contains(expected), "{problems:?}");
    }
}

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A listener that is traced itself, and one that panics at the second line.
struct Own {
    name: String,
    heard: u32,
}

impl TraceListener for Own {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        emit_all(Source::Net, &Traced::new());
        system_net_diagnostics::flush();
        self.heard += 1;
        HEARD
            .lock()
            .unwrap()
            .push(format!("{} {}", self.name, record.message()));
        assert!(self.name != "second" || self.heard < 2, "enough");
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        HEARD.lock().unwrap().push(format!("{} flushed", self.name));
        Ok(())
    }
}

/// Types of the program's own; what they emit themselves is let go, and a panic is theirs alone.
#[test]
fn listeners_of_a_program() {
    let section = "<switches><add name='System.Net' value='Error'/></switches><trace><listeners>\
        <add name='first' type='Contoso.Own, Contoso' initializeData='x'/>\
        <add name='second' type='Contoso.Own'/></listeners></trace>";
    let mut traces = Traces::with_types(section, |types| {
        let make = |arguments: &TraceListenerArguments<'_>| {
            emit_all(Source::Net, &Traced::new());
            let name = arguments.name().to_owned();
            assert_eq!(arguments.initialize_data().is_some(), name == "first");
            Ok(Box::new(Own { name, heard: 0 }) as Box<dyn TraceListener>)
        };
        let make: Arc<TraceListenerConstructor> = Arc::new(make);
        assert!(types.register("Contoso.Own", make));
    });
    HEARD.lock().unwrap().clear();
    for text in ["a", "b", "c"] {
        Emitter::of_class(Source::Net, "Thing").error("M", format_args!("{text}"));
    }
    assert_eq!(
        *HEARD.lock().unwrap(),
        [
            "first Thing::M() - a",
            "second Thing::M() - a",
            "first Thing::M() - b",
            "second Thing::M() - b",
            "first Thing::M() - c",
        ]
    );
    let told = problems(traces.context());
    assert_eq!(told.len(), 1);
    assert!(told[0].message().contains("it panicked"), "{told:?}");
    HEARD.lock().unwrap().clear();
    system_net_diagnostics::flush();
    assert_eq!(*HEARD.lock().unwrap(), ["first flushed"]);
    // The listeners go with their context.
    traces.context = None;
    assert_eq!(*HEARD.lock().unwrap(), ["first flushed", "first flushed"]);
    Emitter::of_class(Source::Net, "Thing").error("M", format_args!("d"));
    assert_eq!(HEARD.lock().unwrap().len(), 2);
}

#[test]
fn trace_machine_then_app() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let listeners = |log: &str| {
        let log = folder.path().join(log);
        format!(
            "<sharedListeners><add name='log' type='System.Diagnostics.TextWriterTraceListener' \
             initializeData='{}'/></sharedListeners>",
            log.display()
        )
    };
    let source = "<sources><source name='System.Net'><listeners><add name='log'/></listeners>\
                  </source><source name='System.Net.Sockets'><listeners><add name='log'/>\
                  </listeners></source></sources>";
    let section = |inner: &str| {
        format!("<configuration><system.diagnostics>{inner}</system.diagnostics></configuration>")
    };
    let machine = format!(
        "{source}{}<switches><add name='System.Net' value='Verbose'/>\
         <add name='System.Net.Sockets' value='Error'/></switches>",
        listeners("machine.log")
    );
    let application = format!(
        "{}<switches><add name='System.Net' value='Error'/></switches>",
        listeners("app.log")
    );
    let mut configuration = Configuration::new();
    configuration
        .apply_str(&section(&machine), "machine.config")
        .unwrap();
    configuration
        .apply_str(&section(&application), "app.config")
        .unwrap();
    let _context = NetContext::from_configuration(configuration);
    let object = Traced::new();
    let net = Emitter::new(Source::Net, "A", &object);
    net.note(format_args!("the machine's level"));
    net.error("M", format_args!("one"));
    Emitter::new(Source::Sockets, "B", &object).error("M", format_args!("two"));
    // The application's switch and listener win; what it does not say is as the machine says.
    assert_eq!(
        bare_file(&folder.path().join("app.log")).len(),
        2,
        "the machine's source, listener and other switch hold"
    );
    assert!(!folder.path().join("machine.log").exists());
}

/// Both files hold the guide's listing, or one of them a listener twice: each trace is one line, in
/// the application's file.
#[test]
fn trace_machine_then_app_with_the_same_listeners() {
    let _turn = turn();
    let listener = "<add name='log'/>";
    let own = "<add name='log' type='System.Diagnostics.TextWriterTraceListener' \
               initializeData='{folder}/{file}.log'/>";
    for (of_source, shared) in [
        (listener.to_owned(), own.to_owned()),
        (listener.repeat(2), own.repeat(2)),
        (own.to_owned(), String::new()),
        (format!("{own}{listener}"), own.to_owned()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut configuration = Configuration::new();
        for file in ["machine", "app"] {
            let text = format!(
                "<configuration><system.diagnostics><sources><source name='System.Net'>\
                 <listeners>{of_source}</listeners></source></sources>\
                 <sharedListeners>{shared}</sharedListeners>\
                 <switches><add name='System.Net' value='Verbose'/></switches>\
                 </system.diagnostics></configuration>"
            );
            let text = text
                .replace("{folder}", folder.path().to_str().unwrap())
                .replace("{file}", file);
            configuration.apply_str(&text, file).unwrap();
        }
        let _context = NetContext::from_configuration(configuration);
        Emitter::of_class(Source::Net, "A").error("M", format_args!("one"));
        assert_eq!(
            bare_file(&folder.path().join("app.log")),
            ["A::M() - one"],
            "{of_source}"
        );
        assert!(!folder.path().join("machine.log").exists(), "{of_source}");
    }
}
