//! The layer: the same lines as those of a listener, without a configuration.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use system_net_config::TraceMode;
use system_net_diagnostics::{
    Emitter, JsonLinesTraceListener, Source, TextWriterTraceListener, TraceLayer, Traced,
};
use tracing::Dispatch;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::{Traces, bare, emit_all, to_file, turn};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn emit_with_dumps(object: &Traced) {
    emit_all(Source::Net, object);
    let emitter = Emitter::new(Source::Net, "Thing", object);
    emitter.data(
        "WriteHeaders",
        b"GET / HTTP/1.1\r\nAuthorization: Basic abcd\r\n\r\n",
    );
}

/// The listener of a configuration and the layer, side by side.
#[test]
fn layer_and_listener_write_the_same_lines() {
    for mode in [TraceMode::IncludeHex, TraceMode::ProtocolOnly] {
        let name = match mode {
            TraceMode::IncludeHex => "includehex",
            TraceMode::ProtocolOnly => "protocolonly",
        };
        let section = to_file("System.Net", "Verbose").replace(
            "<source name",
            &format!("<source tracemode='{name}' maxdatasize='20' name"),
        );
        let traces = Traces::new(&section);
        let written = Shared::default();
        let layer = TraceLayer::new(TextWriterTraceListener::new(written.clone()))
            .with_trace_mode(mode)
            .with_max_data_size(20)
            .with_filter(Targets::new().with_target("System.Net", LevelFilter::TRACE));
        let object = Traced::new();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            emit_with_dumps(&object);
            tracing::info!(target: "System.Net", "of another");
            tracing::info!("of another");
        });
        let lines = traces.lines("network.log", &object);
        assert!(lines.len() > 10);
        assert_eq!(bare(&written.text(), &object), lines);
    }
}

/// Targets are the sources' names.
#[test]
fn layer_filters_by_target() {
    let _turn = turn();
    let written = Shared::default();
    let layer = TraceLayer::new(JsonLinesTraceListener::new(written.clone()))
        .with_filter(Targets::new().with_target("System.Net.Cache", LevelFilter::WARN));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for source in Source::ALL {
            emit_all(source, &Traced::new());
        }
    });
    let text = written.text();
    assert_eq!(text.lines().count(), 3, "{text}");
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["source"], "System.Net.Cache");
    }
}

/// Any subscriber gets the parts as fields.
#[test]
fn a_subscriber_without_the_layer() {
    let _turn = turn();
    let written = Shared::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let object = Traced::new();
    tracing::subscriber::with_default(subscriber, || emit_with_dumps(&object));
    let text = written.text();
    let number = object.number();
    let first = text.lines().next().unwrap();
    assert_eq!(
        first.trim(),
        format!(
            "DEBUG System.Net: Entering Thing#{number}::Call(1#1) kind=\"enter\" \
             object=\"Thing#{number}\" method=\"Call\" arguments=\"1#1\""
        )
    );
    // `Basic ****`
    assert!(
        text.contains("42 61 73 69 63 20 2a 2a 2a 2a 0d 0a"),
        "{text}"
    );
}

/// What a layer writes to may wait for a thread that emits.
#[test]
fn the_listener_of_a_layer_may_wait_for_whoever_emits() {
    struct Waiting {
        written: Shared,
        of: mpsc::Receiver<thread::JoinHandle<()>>,
        dispatch: mpsc::Sender<()>,
    }
    impl Write for Waiting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.written.text().is_empty() {
                self.dispatch.send(()).unwrap();
                self.of.recv().unwrap().join().unwrap();
            }
            self.written.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let _turn = turn();
    let written = Shared::default();
    let (handle, of) = mpsc::channel();
    let (dispatch, busy) = mpsc::channel();
    let listener = TextWriterTraceListener::new(Waiting {
        written: written.clone(),
        of,
        dispatch,
    });
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(TraceLayer::new(listener)));
    let (ended, ends) = mpsc::channel();
    let note = |text: &'static str| {
        let dispatch = dispatch.clone();
        let ended = ended.clone();
        thread::spawn(move || {
            tracing::dispatcher::with_default(&dispatch, || {
                Emitter::of_class(Source::Net, "T").note(format_args!("{text}"));
            });
            ended.send(()).unwrap();
        })
    };
    let first = note("one");
    busy.recv().unwrap();
    handle.send(note("two")).unwrap();
    for _ in 0..2 {
        ends.recv_timeout(Duration::from_secs(300))
            .expect("it hangs");
    }
    first.join().unwrap();
    let lines = bare(&written.text(), &Traced::new());
    assert_eq!(lines, ["T - one", "T - two"]);
}
