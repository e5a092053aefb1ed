//! What `-v` tells of the library's traces, as curl does: `>` before what is sent, `<` before what
//! is received, `*` before what happens beside. Heads are shown, not bodies; every redirect, retry
//! and login has its own.

use std::fmt::{Debug, Write as _};
use std::io::Write;
use std::net::IpAddr;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// What the names of all sources begin with; the library has taken out the secrets.
pub(crate) const TARGET: &str = "System.Net";

/// Prints it on stderr.
pub(crate) struct Verbose;

impl<S: Subscriber> Layer<S> for Verbose {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut trace = Trace::default();
        event.record(&mut trace);
        if let Some(lines) = trace.lines() {
            // All at once, so that another transfer's lines stay apart. Nothing can be done about a
            // stderr that has gone.
            let _ = std::io::stderr().write_all(lines.as_bytes());
        }
    }
}

/// Fields that hold nothing but secrets.
const SECRET: [&str; 4] = [
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
];

/// What an event says.
#[derive(Default)]
struct Trace {
    kind: String,
    object: String,
    method: String,
    arguments: String,
    text: String,
    data: Vec<u8>,
}

impl Trace {
    /// What is shown of it, if anything.
    fn lines(&self) -> Option<String> {
        let text = &self.text;
        match &*self.kind {
            "data" => match &*self.method {
                "WriteHeaders" | "SendHeaders" => Some(self.head('>')),
                "ReadHeaders" | "Headers" => Some(self.head('<')),
                _ => None,
            },
            // The heads say it.
            "information" if text.starts_with("Request: ") => None,
            "information" if text.starts_with("Received status line: ") => None,
            "information" if self.object.starts_with("HttpListenerResponse#") => None,
            "information" | "error" => Some(format!("* {text}\n")),
            "enter" if self.object == "DNS" => self.looked_up(),
            _ => None,
        }
    }

    /// What the name service is asked; addresses of an address it is not.
    fn looked_up(&self) -> Option<String> {
        let method = self.method.trim_end_matches("Async");
        let is_address = self.arguments.parse::<IpAddr>().is_ok();
        let asked = method != "GetHostAddresses" || !is_address;
        asked.then(|| format!("* {method}({})\n", self.arguments))
    }

    fn head(&self, mark: char) -> String {
        let text = String::from_utf8_lossy(&self.data);
        let mut lines = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let shown = match line.split_once(':') {
                Some((name, _)) if SECRET.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
                    format!("{name}: <redacted>")
                }
                _ => without_controls(line),
            };
            // Writing to a string does not fail.
            let _ = writeln!(lines, "{mark} {shown}");
        }
        let _ = writeln!(lines, "{mark}");
        lines
    }
}

/// What a peer sends does not control the terminal.
fn without_controls(line: &str) -> String {
    let dot = |c: char| if c.is_control() && c != '\t' { '.' } else { c };
    line.chars().map(dot).collect()
}

impl Visit for Trace {
    fn record_str(&mut self, field: &Field, value: &str) {
        let of = match field.name() {
            "kind" => &mut self.kind,
            "object" => &mut self.object,
            "method" => &mut self.method,
            "arguments" => &mut self.arguments,
            "text" => &mut self.text,
            _ => return,
        };
        value.clone_into(of);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        if field.name() == "data" {
            self.data = value.to_vec();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
