//! The heads of requests for `-v`: as the library sends them, for every redirect and every retry.

use std::fmt::Debug;
use std::io::Write;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Where the library traces them, without their secrets.
pub(crate) const TARGET: &str = "System.Net.Wire";

/// Prints the heads on stderr.
pub(crate) struct Heads;

impl<S: Subscriber> Layer<S> for Heads {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Printer);
    }
}

struct Printer;

impl Visit for Printer {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() != "head" {
            return;
        }
        let mut lines = String::new();
        for line in value.lines().filter(|line| !line.is_empty()) {
            lines.push_str(&format!("> {line}\n"));
        }
        lines.push_str(">\n");
        // All at once, so that another transfer's lines stay apart. Nothing can be done about a
        // stderr that has gone.
        let _ = std::io::stderr().write_all(lines.as_bytes());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
