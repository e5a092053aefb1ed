//! Calls of a traced member, for counting instructions:
//!
//! ```text
//! cargo build --release -p system-net-diagnostics --example trace_instructions
//! valgrind --tool=callgrind target/release/examples/trace_instructions FORM ROUNDS
//! ```
//!
//! A call is entered, tells of 64 bytes of data, and is exited with their number. FORM is `none`
//! (the same without a trace), `off` (nobody hears), `errors` (a file that errors alone go to),
//! `file` (a file in the guide's form), `json` (lines of JSON). Take the difference of two numbers
//! of rounds.

use std::hint::black_box;
use std::io;
use std::process::ExitCode;

use system_net_config::{
    NetContext, Settings, TraceListenerChange, TraceListenerSettings, TraceSourceSettings,
};
use system_net_diagnostics::{Emitter, Source, Traced, shown};

struct Socket {
    traced: Traced,
}

impl Socket {
    #[inline(never)]
    fn plain(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    #[inline(never)]
    fn traced(&self, bytes: &[u8]) -> io::Result<usize> {
        let emitter = Emitter::new(Source::Sockets, "Socket", &self.traced);
        let call = emitter.enter("Send", format_args!(""));
        let sent = Ok(black_box(bytes).len());
        emitter.data("Send", bytes);
        call.exit_result(&sent, shown);
        sent
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [form, rounds] => rounds.parse().ok().and_then(|rounds| run(form, rounds)),
        [] => run("off", 10),
        _ => None,
    };
    #[allow(clippy::print_stderr, reason = "it reports")]
    if done.is_none() {
        eprintln!("usage: trace_instructions [none|off|errors|file|json ROUNDS]");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(form: &str, rounds: usize) -> Option<()> {
    let (level, type_name) = match form {
        "none" | "off" => ("Off", ""),
        "errors" => ("Error", "System.Diagnostics.TextWriterTraceListener"),
        "file" => ("Verbose", "System.Diagnostics.TextWriterTraceListener"),
        "json" => ("Verbose", "SystemNet.Diagnostics.JsonLinesTraceListener"),
        _ => return None,
    };
    let mut settings = Settings::default();
    settings.diagnostics.sources.push(TraceSourceSettings {
        switch_value: Some(level.to_owned()),
        listeners: vec![TraceListenerChange::Add(TraceListenerSettings {
            name: "null".to_owned(),
            type_name: Some(type_name.to_owned()),
            initialize_data: Some("/dev/null".to_owned()),
            trace_output_options: None,
        })],
        ..TraceSourceSettings::new("System.Net.Sockets")
    });
    let context = NetContext::with_settings(settings);
    let socket = Socket {
        traced: Traced::new(),
    };
    let bytes = [b'a'; 64];
    for _ in 0..rounds {
        let sent = if form == "none" {
            socket.plain(black_box(&bytes))
        } else {
            socket.traced(black_box(&bytes))
        };
        black_box(sent).ok()?;
    }
    drop(context);
    Some(())
}
