//! `--trace` and `sysnet trace`: the traces of the guide, written by a listener of the library for
//! the settings that the options make.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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

/// What stands for stderr, as for curl.
pub(crate) const STDERR: &str = "%";

/// What traces shall be written, and where to.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) file: PathBuf,
    /// Whether data are shown as numbers too.
    pub(crate) hex: bool,
    pub(crate) max_data_size: u32,
    /// Lines of JSON.
    pub(crate) json: bool,
}

impl Form {
    /// What `--trace FILE` asks for: the form that is usual in .NET.
    pub(crate) fn of_option(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            hex: true,
            max_data_size: TraceSourceSettings::new("").max_data_size,
            json: false,
        }
    }
}

/// Where traces go.
#[derive(Debug)]
enum Target {
    Stdout,
    Stderr,
    File(File),
}

/// Traces in such a form.
#[derive(Debug)]
pub(crate) struct Trace {
    form: Form,
    target: Arc<Target>,
}

impl Trace {
    /// The file is there from now on, and empty; a new one is its owner's alone, as it may hold
    /// what no mask has found. Whatever the verb is, it has not begun. What the command names as
    /// something else too, to be sent for instance, stays as it is.
    pub(crate) fn begin(form: Form) -> Result<Self, Failure> {
        let target = match form.file.to_str() {
            Some("-") => Target::Stdout,
            Some(STDERR) => Target::Stderr,
            _ => {
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false).mode(0o600);
                let failed = |error| Failure::file(WRITE, form.file.display(), &error);
                let file = options.open(&form.file).map_err(failed)?;
                let is = file.metadata().map_err(failed)?;
                if is.is_file() {
                    if is.len() > 0 && times_named(&is) > 1 {
                        let message = format!(
                            "the trace would overwrite {}, which the command names twice",
                            form.file.display()
                        );
                        return Err(Failure::new(WRITE, message)
                            .advise("write the trace to a file of its own"));
                    }
                    file.set_len(0).map_err(failed)?;
                }
                Target::File(file)
            }
        };
        Ok(Self {
            form,
            target: Arc::new(target),
        })
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
            trace_mode: match self.form.hex {
                true => TraceMode::IncludeHex,
                false => TraceMode::ProtocolOnly,
            },
            max_data_size: self.form.max_data_size,
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

    /// Makes the type of the listener known.
    pub(crate) fn register(&self, context: &NetContext) {
        let (target, json) = (Arc::clone(&self.target), self.form.json);
        let make: Arc<TraceListenerConstructor> = Arc::new(move |_| {
            Ok(match &*target {
                Target::Stdout => listener(io::stdout(), json),
                Target::Stderr => listener(io::stderr(), json),
                Target::File(file) => listener(file.try_clone()?, json),
            })
        });
        TypeRegistry::of(context).register(LISTENER, make);
    }
}

/// How many arguments of this program name a file: as a whole, or behind the last `@` or `=`, as
/// in `-d @FILE`, `-F name=@FILE` and `--config=FILE`.
fn times_named(file: &Metadata) -> usize {
    let names = |argument: &OsString| {
        let bytes = argument.as_bytes();
        let behind = |sign| bytes.rsplit(move |byte| *byte == sign).next();
        let mut paths = [Some(bytes), behind(b'@'), behind(b'=')]
            .into_iter()
            .flatten();
        paths.any(|path| {
            std::fs::metadata(OsStr::from_bytes(path))
                .is_ok_and(|other| (other.dev(), other.ino()) == (file.dev(), file.ino()))
        })
    };
    std::env::args_os().skip(1).filter(names).count()
}

fn listener(writer: impl io::Write + Send + 'static, json: bool) -> Box<dyn TraceListener> {
    match json {
        true => Box::new(JsonLinesTraceListener::new(writer)),
        false => Box::new(TextWriterTraceListener::new(writer)),
    }
}
