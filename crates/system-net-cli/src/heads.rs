//! The heads of requests for `-v`: as the library sends them, for every redirect and every retry.
//! They are the data that it traces of `WriteHeaders`.

use std::fmt::Debug;
use std::io::Write;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Where the library traces them, without their secrets.
pub(crate) const TARGET: &str = "System.Net";

/// Prints the heads on stderr.
pub(crate) struct Heads;

impl<S: Subscriber> Layer<S> for Heads {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut head = Head::default();
        event.record(&mut head);
        if head.is_one {
            head.print();
        }
    }
}

/// Fields that hold nothing but secrets.
const SECRET: [&str; 3] = ["Authorization", "Proxy-Authorization", "Cookie"];

/// What an event says of a head.
#[derive(Default)]
struct Head {
    is_one: bool,
    data: Vec<u8>,
}

impl Head {
    fn print(&self) {
        let text = String::from_utf8_lossy(&self.data);
        let mut lines = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            match line.split_once(':') {
                Some((name, _)) if SECRET.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
                    lines.push_str(&format!("> {name}: <redacted>\n"));
                }
                _ => lines.push_str(&format!("> {line}\n")),
            }
        }
        lines.push_str(">\n");
        // All at once, so that another transfer's lines stay apart. Nothing can be done about a
        // stderr that has gone.
        let _ = std::io::stderr().write_all(lines.as_bytes());
    }
}

impl Visit for Head {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_one |= field.name() == "method" && value == "WriteHeaders";
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        if field.name() == "data" {
            self.data = value.to_vec();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
