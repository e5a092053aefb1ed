//! `--trace` and `sysnet trace`: the traces of the guide, written by a listener of the library for
//! the settings that the options make.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use system_net::diagnostics::{
    JsonLinesTraceListener, TextWriterTraceListener, TraceListener, TraceListenerConstructor,
};
use system_net::{
    DiagnosticsSettings, NetContext, TraceListenerChange, TraceListenerSettings, TraceMode,
    TraceSettings, TraceSourceSettings, TypeRegistry,
};

use crate::failure::{Failure, WRITE};

/// The sources of the guide.
const SOURCES: [&str; 6] = [
    "System.Net",
    "System.Net.Cache",
    "System.Net.Http",
    "System.Net.HttpListener",
    "System.Net.Sockets",
    "System.Net.WebSockets",
];

/// The name of the listener and of its type, which the program registers.
const LISTENER: &str = "sysnet";

/// What traces shall be written, and where to.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// `None` for stderr.
    pub(crate) file: Option<PathBuf>,
    /// Whether data are shown as numbers too.
    pub(crate) hex: bool,
    pub(crate) max_data_size: u32,
    /// Lines of JSON.
    pub(crate) json: bool,
}

impl Trace {
    /// What `--trace FILE` asks for: the form that is usual in .NET.
    pub(crate) fn to(file: &Path) -> Self {
        Self {
            file: (file != Path::new("-")).then(|| file.to_owned()),
            hex: true,
            max_data_size: TraceSourceSettings::new("").max_data_size,
            json: false,
        }
    }

    /// Everything of all sources, to the one listener: in place of what files ask for.
    pub(crate) fn settings(&self) -> DiagnosticsSettings {
        let listener = |type_name: Option<&str>| {
            TraceListenerChange::Add(TraceListenerSettings {
                name: LISTENER.to_owned(),
                type_name: type_name.map(str::to_owned),
                ..TraceListenerSettings::default()
            })
        };
        let source = |name: &str| TraceSourceSettings {
            switch_value: Some("Verbose".to_owned()),
            trace_mode: match self.hex {
                true => TraceMode::IncludeHex,
                false => TraceMode::ProtocolOnly,
            },
            max_data_size: self.max_data_size,
            listeners: vec![listener(None)],
            ..TraceSourceSettings::new(name)
        };
        DiagnosticsSettings {
            sources: SOURCES.into_iter().map(source).collect(),
            shared_listeners: vec![listener(Some(LISTENER))],
            trace: TraceSettings {
                auto_flush: true,
                ..TraceSettings::default()
            },
            ..DiagnosticsSettings::default()
        }
    }

    /// Makes the type of the listener known; the file is there from now on, and empty.
    pub(crate) fn register(&self, context: &NetContext) -> Result<(), Failure> {
        let file = match &self.file {
            None => None,
            Some(path) => Some(
                File::create(path).map_err(|error| Failure::file(WRITE, path.display(), &error))?,
            ),
        };
        let json = self.json;
        let make: Arc<TraceListenerConstructor> = Arc::new(move |_| {
            Ok(match &file {
                None => listener(io::stderr(), json),
                Some(file) => listener(file.try_clone()?, json),
            })
        });
        TypeRegistry::of(context).register(LISTENER, make);
        Ok(())
    }
}

fn listener(writer: impl io::Write + Send + 'static, json: bool) -> Box<dyn TraceListener> {
    match json {
        true => Box::new(JsonLinesTraceListener::new(writer)),
        false => Box::new(TextWriterTraceListener::new(writer)),
    }
}
