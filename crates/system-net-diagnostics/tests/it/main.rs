//! Traces at the crate's boundary: from a configuration file to lines.
//!
//! Traces are of the process and so hear every test: all tests take turns, by [`Traces`].

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::disallowed_methods,
    reason = "threads and clocks are what some of the tests are about"
)]

mod busy_listeners;
mod concurrency;
mod files;
mod ids;
mod json;
mod layer;
mod levels;
mod own_listeners;
mod redaction;
#[cfg(unix)]
mod shared_files;
mod switches;

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use system_net_config::{Configuration, NetContext, TypeRegistry};
use system_net_diagnostics::{Emitter, Source, TraceListenerConstructor, Traced};

static TURN: Mutex<()> = Mutex::new(());

/// Keeps other tests from being heard.
fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Traces of a configuration, in a folder of their own.
struct Traces {
    context: Option<NetContext>,
    folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Traces {
    /// From what stands in `<system.diagnostics>`; `{folder}` is the folder.
    fn new(section: &str) -> Self {
        Self::with_types(section, |_| {})
    }

    fn with_types(section: &str, register: fn(&TypeRegistry<TraceListenerConstructor>)) -> Self {
        let turn = turn();
        let folder = tempfile::tempdir().unwrap();
        let section = section.replace("{folder}", folder.path().to_str().unwrap());
        let text = format!(
            "<configuration><system.diagnostics>{section}</system.diagnostics></configuration>"
        );
        let mut configuration = Configuration::new();
        configuration.apply_str(&text, "app.config").unwrap();
        let context = NetContext::from_configuration(configuration);
        register(&TypeRegistry::of(&context));
        Self {
            context: Some(context),
            folder,
            _turn: turn,
        }
    }

    fn context(&self) -> &NetContext {
        self.context.as_ref().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a file holds; empty if it is not there.
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// The lines of a file without thread and time, and with the number of an object as `#N`.
    fn lines(&self, name: &str, object: &Traced) -> Vec<String> {
        bare(&self.read(name), object)
    }
}

/// Lines without thread and time, and with the number of an object as `#N`.
fn bare(text: &str, object: &Traced) -> Vec<String> {
    let number = format!("#{}", object.number());
    text.lines()
        .map(|line| {
            let line = match line
                .strip_prefix('[')
                .and_then(|line| line.split_once(") "))
            {
                Some((_, line)) => line,
                None => line,
            };
            // The number of the object, not one that begins like it or a result.
            line.replace(&format!("{number}:"), "#N:")
                .replace(&format!("{number} "), "#N ")
        })
        .collect()
}

/// A source whose listener `file` appends to `network.log` in the folder.
fn to_file(source: &str, level: &str) -> String {
    format!(
        "<sources><source name='{source}'><listeners><add name='file' \
         type='System.Diagnostics.TextWriterTraceListener' initializeData='{{folder}}/network.log'/>\
         </listeners></source></sources><switches><add name='{source}' value='{level}'/></switches>"
    )
}

/// One of everything, from one object.
fn emit_all(source: Source, object: &Traced) {
    let other = Traced::new();
    let emitter = Emitter::new(source, "Thing", object);
    let call = emitter.enter("Call", format_args!("1#1"));
    emitter.data("Call", b"abc");
    emitter.associate(&Emitter::of_class(source, "Other"));
    emitter.note(format_args!("note"));
    emitter.information("Call", format_args!("info"));
    emitter.warning("Call", format_args!("warn"));
    emitter.error("Call", format_args!("fail"));
    emitter.exception("Call", &std::io::Error::other("broken"));
    call.exit(format_args!(
        "{}",
        Emitter::new(source, "Other", &other).name().class()
    ));
}
