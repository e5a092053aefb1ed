//! When listeners of a program's own are called: flushes and turns.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use system_net_config::TypeRegistry;
use system_net_diagnostics::{
    Emitter, Source, TraceListener, TraceListenerArguments, TraceListenerConstructor, TraceRecord,
};

use crate::Traces;

static HEARD: AtomicUsize = AtomicUsize::new(0);
static FLUSHED: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl TraceListener for Counting {
    fn trace(&mut self, _: &TraceRecord<'_>) -> io::Result<()> {
        HEARD.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        FLUSHED.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn register<T: TraceListener + 'static>(
    types: &TypeRegistry<TraceListenerConstructor>,
    make: fn() -> T,
) {
    let make: Arc<TraceListenerConstructor> = Arc::new(move |_: &TraceListenerArguments<'_>| {
        Ok(Box::new(make()) as Box<dyn TraceListener>)
    });
    assert!(types.register("Contoso.Own", make));
}

#[test]
fn autoflush_flushes_each_line() {
    for (attribute, expected) in [("autoflush='true'", 3), ("autoflush='false'", 0), ("", 0)] {
        HEARD.store(0, Ordering::SeqCst);
        FLUSHED.store(0, Ordering::SeqCst);
        let section = format!(
            "<switches><add name='System.Net' value='Error'/></switches><trace {attribute}>\
             <listeners><add name='own' type='Contoso.Own'/></listeners></trace>"
        );
        let _traces = Traces::with_types(&section, |types| register(types, || Counting));
        for _ in 0..3 {
            Emitter::of_class(Source::Net, "Thing").error("M", format_args!("text"));
        }
        assert_eq!(HEARD.load(Ordering::SeqCst), 3);
        let flushed = || FLUSHED.load(Ordering::SeqCst);
        assert_eq!(flushed(), expected, "{attribute}");
        system_net_diagnostics::flush();
        assert_eq!(flushed(), expected + 1, "{attribute}");
    }
}

/// How many are in listeners, and how many have met there.
static INSIDE: Mutex<(usize, usize)> = Mutex::new((0, 0));
static ENTERED: Condvar = Condvar::new();

/// Waits for another listener to be called meanwhile.
struct Meeting(Duration);

impl TraceListener for Meeting {
    fn trace(&mut self, _: &TraceRecord<'_>) -> io::Result<()> {
        let mut inside = INSIDE.lock().unwrap();
        inside.0 += 1;
        inside.1 = inside.1.max(inside.0);
        ENTERED.notify_all();
        let (mut inside, _) = ENTERED
            .wait_timeout_while(inside, self.0, |(_, most)| *most < 2)
            .unwrap();
        inside.0 -= 1;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two threads call two listeners: one after the other, or at once where the file says so.
#[test]
fn use_global_lock_makes_listeners_take_turns() {
    let meeting: [fn(&TypeRegistry<TraceListenerConstructor>); 2] = [
        |types| register(types, || Meeting(Duration::from_millis(300))),
        |types| register(types, || Meeting(Duration::from_secs(300))),
    ];
    for (attribute, types, expected) in [
        ("", meeting[0], 1),
        ("useGlobalLock='true'", meeting[0], 1),
        ("useGlobalLock='false'", meeting[1], 2),
    ] {
        *INSIDE.lock().unwrap() = (0, 0);
        let source = |name: &str| {
            format!(
                "<source name='{name}' switchValue='Error'><listeners>\
                 <add name='{name}' type='Contoso.Own'/></listeners></source>"
            )
        };
        let section = format!(
            "<sources>{}{}</sources><trace {attribute}/>",
            source("System.Net"),
            source("System.Net.Sockets")
        );
        let _traces = Traces::with_types(&section, types);
        thread::scope(|scope| {
            for source in [Source::Net, Source::Sockets] {
                scope.spawn(move || {
                    Emitter::of_class(source, "Thing").error("M", format_args!("text"));
                });
            }
        });
        assert_eq!(*INSIDE.lock().unwrap(), (0, expected), "{attribute}");
    }
}

/// Panics as it goes.
struct Parting;

impl TraceListener for Parting {
    fn trace(&mut self, _: &TraceRecord<'_>) -> io::Result<()> {
        HEARD.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Drop for Parting {
    fn drop(&mut self) {
        FLUSHED.fetch_add(1, Ordering::SeqCst);
        panic!("as tests want it");
    }
}

/// Two of them, so that the panic of the second would be one amid another.
#[test]
fn a_listener_that_panics_as_it_goes_takes_nobody_along() {
    let section = "<switches><add name='System.Net' value='Error'/></switches><trace><listeners>\
                   <add name='one' type='Contoso.Own'/><add name='two' type='Contoso.Own'/>\
                   </listeners></trace>";
    let mut traces = Traces::with_types(section, |types| register(types, || Parting));
    HEARD.store(0, Ordering::SeqCst);
    FLUSHED.store(0, Ordering::SeqCst);
    Emitter::of_class(Source::Net, "Thing").error("M", format_args!("text"));
    assert_eq!(HEARD.load(Ordering::SeqCst), 2);
    traces.context = None;
    assert_eq!(FLUSHED.load(Ordering::SeqCst), 2, "both are gone");
}
