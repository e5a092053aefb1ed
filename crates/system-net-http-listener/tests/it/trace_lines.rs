//! What the trace source of listeners is told: by a configuration, as an operator asks for it.

use std::fs;
use std::net::SocketAddr;
use std::sync::OnceLock;

use system_net_config::{Configuration, NetContext};
use tempfile::TempDir;

struct Traces {
    folder: TempDir,
    /// Traces last as long as the context that asks for them.
    _context: NetContext,
}

/// Lines of all tests stand in one file: traces are of the process.
static TRACES: OnceLock<Traces> = OnceLock::new();

/// Begins to write down what is told from the level of warnings up.
pub(crate) fn begin() {
    TRACES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("network.log");
        let text = format!(
            "<configuration><system.diagnostics><sources><source name='System.Net.HttpListener' \
             switchValue='Warning'><listeners><add name='file' \
             type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/></listeners>\
             </source></sources><trace autoflush='true'/></system.diagnostics></configuration>",
            path.display()
        );
        let mut configuration = Configuration::new();
        configuration.apply_str(&text, "app.config").unwrap();
        Traces {
            folder,
            _context: NetContext::from_configuration(configuration),
        }
    });
}

/// What is told of a client from now on: the system gives the port of an ended connection to a new
/// one, and lines of the ended one tell of the same address. Make it while the client is connected.
pub(crate) struct Told {
    of_client: String,
    before: usize,
}

impl Told {
    pub(crate) fn of(client: SocketAddr) -> Self {
        let mut it = Self {
            of_client: format!("::Authenticate() - {client}: "),
            before: 0,
        };
        it.before = it.lines().len();
        it
    }

    /// Each line without what stands before the status.
    pub(crate) fn lines(&self) -> Vec<String> {
        system_net_diagnostics::flush();
        let path = TRACES.get().unwrap().folder.path().join("network.log");
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines();
        lines
            .filter_map(|line| line.split_once(&self.of_client))
            .map(|(_, told)| told.to_owned())
            .skip(self.before)
            .collect()
    }
}
