//! Files that several programs write to, and whose they are.

use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::fs::{FlockOperation, flock};
use system_net_diagnostics::{Emitter, Source, Traced, problems};

use crate::files::command;
use crate::{Traces, to_file};

/// A section whose only listener is of this type and writes to `network.log` with parameters.
fn listener(type_name: &str, parameters: &str) -> String {
    to_file("System.Net.Sockets", "Verbose")
        .replace("System.Diagnostics.TextWriterTraceListener", type_name)
        .replace("network.log", &format!("network.log{parameters}"))
}

const ROLLING: &str = "SystemNet.Diagnostics.RollingFileTraceListener";

/// Programs that make so many calls each, all from the same moment on.
fn run_together(folder: &Path, section: &str, programs: usize, calls: usize) {
    let section = section.replace("{folder}", folder.to_str().unwrap());
    let text = format!(
        "<configuration><system.diagnostics>{section}</system.diagnostics></configuration>"
    );
    let config = folder.join("app.config");
    fs::write(&config, text).unwrap();
    let begin = || {
        command(folder, &["many", &calls.to_string()])
            .env("SYSTEM_NET_CONFIG", &config)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut running: Vec<Child> = (0..programs).map(|_| begin()).collect();
    for program in &mut running {
        drop(program.stdin.take());
    }
    for program in running {
        let output = program.wait_with_output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

/// The files of a trace that were kept, the oldest first.
fn kept(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for number in (1..).map_while(|number| {
        let path = folder.join(format!("network.log.{number}"));
        path.exists().then_some(path)
    }) {
        texts.push(fs::read_to_string(number).unwrap());
    }
    texts.reverse();
    texts.push(fs::read_to_string(folder.join("network.log")).unwrap());
    texts
}

/// No file is greater than it may be, no line is lost or torn, and those of one program keep their
/// order, from file to file.
#[test]
fn programs_put_one_file_aside_together() {
    const PROGRAMS: usize = 4;
    const CALLS: usize = 1000;
    const MAX_SIZE: usize = 4000;
    let folder = tempfile::tempdir().unwrap();
    let section = listener(ROLLING, ";maxsize=4000;files=1000");
    run_together(folder.path(), &section, PROGRAMS, CALLS);
    let files = kept(folder.path());
    assert!(files.len() > 20, "{}", files.len());
    let mut of_threads: HashMap<String, Vec<String>> = HashMap::new();
    for file in &files {
        assert!(file.len() <= MAX_SIZE, "{}", file.len());
        assert!(file.ends_with('\n'));
        for line in file.lines() {
            let (thread, rest) = line.split_once("] (").unwrap();
            let (_, told) = rest.split_once(") ").unwrap();
            let lines = of_threads.entry(thread.to_owned()).or_default();
            lines.push(told.to_owned());
        }
    }
    assert_eq!(of_threads.len(), PROGRAMS);
    let call = [
        "Entering Socket#1::Send()",
        "Data from Socket#1::Send",
        "Exiting Socket#1::Send()-> 0#0",
    ];
    for lines in of_threads.values() {
        assert_eq!(lines.len(), CALLS * call.len());
        for lines in lines.chunks(call.len()) {
            assert_eq!(lines, call);
        }
    }
}

/// Where nothing is kept, what there is is the end; never more than it may be.
#[test]
fn programs_begin_one_file_anew_together() {
    let folder = tempfile::tempdir().unwrap();
    let section = listener(ROLLING, ";maxsize=1000;files=0");
    run_together(folder.path(), &section, 4, 1000);
    let files = kept(folder.path());
    assert_eq!(files.len(), 1);
    assert!(
        !files[0].is_empty() && files[0].len() <= 1000,
        "{}",
        files[0].len()
    );
    let last = files[0].lines().last().unwrap();
    assert!(last.ends_with("Exiting Socket#1::Send()-> 0#0"), "{last}");
}

/// A program that keeps the lock, as one that was stopped, delays traces once; it ends nobody, and
/// loses nothing but the limit.
#[test]
fn a_lock_that_is_not_given_back_is_reported() {
    let traces = Traces::new(&listener(ROLLING, ";maxsize=60;files=3"));
    let path = traces.path("network.log");
    let other = File::create(&path).unwrap();
    flock(&other, FlockOperation::LockExclusive).unwrap();
    let object = Traced::new();
    let socket = Emitter::new(Source::Sockets, "Socket", &object);
    for text in ["one", "two", "three"] {
        socket.note(format_args!("{text}"));
    }
    let expected = ["Socket#N - one", "Socket#N - two", "Socket#N - three"];
    assert_eq!(traces.lines("network.log", &object), expected);
    let problems = problems(traces.context());
    let [problem] = &problems[..] else {
        panic!("{problems:?}");
    };
    assert!(
        problem.message().contains("another program has locked it"),
        "{problem}"
    );
    // Given back, the limit holds again.
    drop(other);
    socket.note(format_args!("four"));
    assert_eq!(traces.lines("network.log", &object), ["Socket#N - four"]);
    assert_eq!(traces.lines("network.log.1", &object), expected);
}

/// What no mask has found is for the owner's eyes alone.
#[test]
fn files_that_are_made_are_private() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for (type_name, parameters) in [
        ("System.Diagnostics.TextWriterTraceListener", ""),
        ("System.Diagnostics.DelimitedListTraceListener", ""),
        ("System.Diagnostics.XmlWriterTraceListener", ""),
        ("SystemNet.Diagnostics.JsonLinesTraceListener", ""),
        (ROLLING, ";maxsize=1"),
    ] {
        for existing in [None, Some(0o644), Some(0o666), Some(0o400 | 0o222)] {
            let traces = Traces::new(&listener(type_name, parameters));
            let path = traces.path("network.log");
            if let Some(mode) = existing {
                fs::write(&path, "").unwrap();
                fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            }
            let socket = Emitter::of_class(Source::Sockets, "Socket");
            socket.note(format_args!("one"));
            assert!(traces.read("network.log").contains("one"), "{type_name}");
            let expected = existing.unwrap_or(0o600);
            assert_eq!(mode(&path), expected, "{type_name}");
            if type_name == ROLLING {
                // The file that follows is a new one.
                socket.note(format_args!("two"));
                assert_eq!(mode(&path), 0o600);
                assert_eq!(mode(&traces.path("network.log.1")), expected);
            }
        }
    }
}

/// The program goes on, and hears of it, where a trace would wait for a reader or is no file.
#[test]
fn what_is_no_file_is_refused() {
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
    let section = |type_name: &str| listener(type_name, "");
    for (type_name, reader) in [
        ("System.Diagnostics.TextWriterTraceListener", false),
        ("System.Diagnostics.TextWriterTraceListener", true),
        ("System.Diagnostics.XmlWriterTraceListener", false),
        ("SystemNet.Diagnostics.JsonLinesTraceListener", false),
        (ROLLING, false),
    ] {
        let traces = Traces::new(&section(type_name));
        let path = traces.path("network.log");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let reader = reader.then(|| {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK;
            File::from(open(&path, flags, Mode::empty()).unwrap())
        });
        Emitter::of_class(Source::Sockets, "A").error("M", format_args!("one"));
        let told = problems(traces.context());
        assert_eq!(told.len(), 1, "{type_name}: {told:?}");
        assert!(
            told[0]
                .message()
                .contains("it is a pipe; traces go to files"),
            "{type_name}: {told:?}"
        );
        drop(reader);
    }
    let traces = Traces::new(&section("System.Diagnostics.TextWriterTraceListener"));
    let _socket = std::os::unix::net::UnixListener::bind(traces.path("network.log")).unwrap();
    Emitter::of_class(Source::Sockets, "A").error("M", format_args!("one"));
    let told = problems(traces.context());
    assert!(told[0].message().contains("it is a socket"), "{told:?}");
}

/// Devices are written to, and what the standard error output goes to, be it a pipe.
#[test]
fn devices_are_written_to() {
    let null =
        to_file("System.Net.Sockets", "Verbose").replace("{folder}/network.log", "/dev/null");
    let traces = Traces::new(&null);
    Emitter::of_class(Source::Sockets, "A").error("M", format_args!("one"));
    assert_eq!(problems(traces.context()), []);
    let folder = tempfile::tempdir().unwrap();
    let section = null.replace("/dev/null", "/dev/stderr");
    let config = folder.path().join("app.config");
    let text = format!(
        "<configuration><system.diagnostics>{section}</system.diagnostics></configuration>"
    );
    fs::write(&config, text).unwrap();
    let output = command(folder.path(), &[])
        .env("SYSTEM_NET_CONFIG", &config)
        .output()
        .unwrap();
    let written = String::from_utf8(output.stderr).unwrap();
    assert!(
        written.contains("] (") && !written.contains("cannot open"),
        "{written:?}"
    );
}
