//! Several threads, and calls that move between them.

use std::fmt::Write as _;
use std::thread;

use system_net_diagnostics::{Call, Emitter, Source, Traced};

use crate::{Traces, to_file};

/// Lines are whole, and a dump is one block, whoever else writes.
#[test]
fn threads_write_whole_blocks() {
    for global_lock in ["true", "false"] {
        let section = to_file("System.Net", "Verbose")
            .replace("</sources>", "</sources><trace useGlobalLock='LOCK'/>");
        let traces = Traces::new(&section.replace("LOCK", global_lock));
        let objects: Vec<Traced> = (0..4).map(|_| Traced::new()).collect();
        thread::scope(|scope| {
            for object in &objects {
                scope.spawn(move || {
                    let emitter = Emitter::new(Source::Net, "Thing", object);
                    for _ in 0..50 {
                        emitter.data("Write", &[b'a'; 40]);
                    }
                });
            }
        });
        let text = traces.read("network.log");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4 * 50 * 4);
        for block in lines.chunks(4) {
            let prefix = block[0].split("Data from").next().unwrap();
            let mut expected = String::new();
            for (offset, length) in [(0, 16), (16, 16), (32, 8)] {
                let numbers: Vec<&str> = vec!["61"; length];
                let mut numbers = numbers.join(" ");
                if length > 8 {
                    numbers.replace_range(23..24, "-");
                }
                let text = "a".repeat(length);
                writeln!(expected, "{prefix}{offset:08X} : {numbers} : {text}").unwrap();
            }
            assert_eq!(block[1..].join("\n") + "\n", expected);
        }
    }
}

/// A call may live in a future that another thread ends; nothing of its object is borrowed.
#[test]
fn a_call_ends_on_another_thread() {
    fn is_send<T: Send + 'static>(value: T) -> T {
        value
    }
    let traces = Traces::new(&to_file("System.Net", "Verbose"));
    let object = Traced::new();
    let call = is_send(Emitter::new(Source::Net, "Thing", &object).enter("M", format_args!("")));
    thread::spawn(move || call.exit(format_args!("1#1")))
        .join()
        .unwrap();
    drop(Call::NONE);
    assert_eq!(
        traces.lines("network.log", &object),
        ["Entering Thing#N::M()", "Exiting Thing#N::M()-> 1#1"]
    );
}

/// Contexts that ask for the same are heard once, and those that ask for more beside them; each
/// until it goes.
#[test]
fn contexts_come_and_go() {
    let section = to_file("System.Net", "Error");
    let mut traces = Traces::new(&section);
    let settings = traces.context().settings().clone();
    let same = system_net_config::NetContext::with_settings(settings.clone());
    let mut other = settings;
    let path = traces.path("other.log").to_str().unwrap().to_owned();
    let system_net_config::TraceListenerChange::Add(listener) =
        &mut other.diagnostics.sources[0].listeners[0]
    else {
        panic!("a listener");
    };
    listener.initialize_data = Some(path);
    let other = system_net_config::NetContext::with_settings(other);
    let object = Traced::new();
    let tell = |text: &str| {
        Emitter::new(Source::Net, "T", &object).error("M", format_args!("{text}"));
    };
    tell("1");
    traces.context = None;
    tell("2");
    drop(other);
    tell("3");
    drop(same);
    tell("4");
    let line = |text: &str| format!("T#N::M() - {text}");
    assert_eq!(
        traces.lines("network.log", &object),
        [line("1"), line("2"), line("3")]
    );
    assert_eq!(traces.lines("other.log", &object), [line("1"), line("2")]);
}
