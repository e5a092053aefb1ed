//! Listeners of a program's own that wait for others who emit.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use system_net_config::TypeRegistry;
use system_net_diagnostics::{
    Emitter, Source, TraceListener, TraceListenerArguments, TraceListenerConstructor, TraceRecord,
    Traced, flush,
};

use crate::Traces;

/// What a listener does while it is told `wait`, and where to.
type Meanwhile = Box<dyn FnOnce() + Send>;

static MEANWHILE: Mutex<Option<Meanwhile>> = Mutex::new(None);

/// What it was told, in order.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Busy;

impl TraceListener for Busy {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        if record.detail() == "wait" {
            let meanwhile = MEANWHILE.lock().unwrap().take();
            meanwhile.into_iter().for_each(|meanwhile| meanwhile());
        }
        HEARD.lock().unwrap().push(record.detail().to_owned());
        Ok(())
    }
}

fn register(types: &TypeRegistry<TraceListenerConstructor>) {
    let make: Arc<TraceListenerConstructor> =
        Arc::new(|_: &TraceListenerArguments<'_>| Ok(Box::new(Busy) as Box<dyn TraceListener>));
    assert!(types.register("Contoso.Busy", make));
}

/// The traces of `wait`, during which the listener does what is said; a file before it and one
/// behind hear the same. Fails, rather than hangs, if that does not end.
fn traces(global_lock: bool, meanwhile: impl FnOnce() + Send + 'static) -> Traces {
    let file = |name: &str| {
        format!(
            "<add name='{name}' type='System.Diagnostics.TextWriterTraceListener' \
             initializeData='{{folder}}/{name}.log'/>"
        )
    };
    let section = format!(
        "<sources><source name='System.Net' switchValue='Verbose'><listeners>{}\
         <add name='busy' type='Contoso.Busy'/>{}</listeners></source></sources>\
         <trace useGlobalLock='{global_lock}'/>",
        file("before"),
        file("behind")
    );
    let traces = Traces::with_types(&section, register);
    HEARD.lock().unwrap().clear();
    *MEANWHILE.lock().unwrap() = Some(Box::new(meanwhile));
    let (ended, ends) = channel();
    thread::spawn(move || {
        note("wait");
        ended.send(())
    });
    ends.recv_timeout(Duration::from_secs(300))
        .expect("it hangs");
    traces
}

fn note(text: &str) {
    Emitter::of_class(Source::Net, "Thing").note(format_args!("{text}"));
}

fn heard() -> Vec<String> {
    HEARD.lock().unwrap().clone()
}

/// What a file was told.
fn written(traces: &Traces, name: &str) -> Vec<String> {
    let lines = traces.lines(&format!("{name}.log"), &Traced::new());
    let texts = lines.iter().map(|line| line.strip_prefix("Thing - "));
    texts.map(|text| text.unwrap().to_owned()).collect()
}

/// It waits for two threads that emit much; all hear all, and of each thread in order.
#[test]
fn a_listener_may_wait_for_whoever_emits() {
    for global_lock in [true, false] {
        let traces = traces(global_lock, || {
            thread::scope(|scope| {
                for name in ["a", "b"] {
                    scope.spawn(move || {
                        for number in 0..300 {
                            note(&format!("{name} {number}"));
                        }
                    });
                }
            });
        });
        let in_order = |texts: &[String]| {
            assert_eq!(texts.len(), 601, "{global_lock}");
            for name in ["a ", "b "] {
                let of_thread = texts.iter().filter_map(|text| text.strip_prefix(name));
                let numbers: Vec<usize> = of_thread.map(|text| text.parse().unwrap()).collect();
                assert_eq!(numbers, Vec::from_iter(0..300), "{global_lock}");
            }
        };
        let heard = heard();
        assert_eq!(heard[0], "wait");
        in_order(&heard);
        for name in ["before", "behind"] {
            let written = written(&traces, name);
            in_order(&written);
            if global_lock {
                assert_eq!(written, heard, "all listeners have the same order");
            }
        }
    }
}

#[test]
fn a_listener_that_panics_while_others_emit_loses_its_own_traces_alone() {
    for global_lock in [true, false] {
        let traces = traces(global_lock, || {
            thread::spawn(|| note("meanwhile")).join().unwrap();
            panic!("as tests want it");
        });
        note("later");
        assert_eq!(written(&traces, "before"), ["wait", "meanwhile", "later"]);
        // Without the lock the listeners behind a busy one do not wait for it.
        let expected = match global_lock {
            true => ["wait", "meanwhile", "later"],
            false => ["meanwhile", "wait", "later"],
        };
        assert_eq!(written(&traces, "behind"), expected);
        assert_eq!(heard(), [""; 0]);
    }
}

/// Who flushes finds told what was emitted before.
#[test]
fn flush_waits_for_a_busy_listener() {
    for global_lock in [true, false] {
        let (begin, begun): (Sender<()>, Receiver<()>) = channel();
        let (found, finds) = channel();
        let traces = traces(global_lock, move || {
            note("of its own thread: not heard");
            thread::spawn(|| note("meanwhile")).join().unwrap();
            thread::spawn(move || {
                begin.send(()).unwrap();
                flush();
                found.send(heard())
            });
            begun.recv().unwrap();
            // Who does not wait is done before this is.
            thread::sleep(Duration::from_millis(100));
        });
        let found = finds.recv().unwrap();
        assert_eq!(found, ["wait", "meanwhile"], "{global_lock}");
        drop(traces);
    }
}

/// For whatever it is told it has another thread emit, and waits for that.
struct Feeding;

static FED: AtomicUsize = AtomicUsize::new(0);

impl TraceListener for Feeding {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        if record.detail().starts_with("feed") {
            FED.fetch_add(1, Ordering::SeqCst);
            thread::spawn(|| note("feed")).join().unwrap();
        }
        Ok(())
    }
}

fn register_feeding(types: &TypeRegistry<TraceListenerConstructor>) {
    let make: Arc<TraceListenerConstructor> =
        Arc::new(|_: &TraceListenerArguments<'_>| Ok(Box::new(Feeding) as Box<dyn TraceListener>));
    assert!(types.register("Contoso.Feeding", make));
}

/// The program goes on, with all it emits itself told, and what is lost is said.
#[test]
fn a_listener_that_feeds_itself_holds_nobody_up_for_ever() {
    let section = "<sources><source name='System.Net' switchValue='Verbose'><listeners>\
                   <add name='fed' type='Contoso.Feeding'/><add name='behind' \
                   type='System.Diagnostics.TextWriterTraceListener' \
                   initializeData='{folder}/behind.log'/></listeners></source></sources>";
    let traces = Traces::with_types(section, register_feeding);
    let (ended, ends) = channel();
    thread::spawn(move || {
        for number in 0..8 {
            note(&format!("feed {number}"));
        }
        ended.send(())
    });
    ends.recv_timeout(Duration::from_secs(300))
        .expect("it hangs");
    let written = written(&traces, "behind");
    let own: Vec<&String> = written.iter().filter(|text| *text != "feed").collect();
    let expected: Vec<String> = (0..8).map(|number| format!("feed {number}")).collect();
    assert_eq!(own, Vec::from_iter(&expected));
    assert_eq!(
        written.len(),
        FED.load(Ordering::SeqCst),
        "all hear the same"
    );
    let told = system_net_diagnostics::problems(traces.context());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].message().contains("again and again"), "{told:?}");
}
