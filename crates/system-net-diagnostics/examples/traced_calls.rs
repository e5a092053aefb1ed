//! A class that is traced, and a program that knows nothing of traces: its configuration file says
//! whether there are any, and where they go.
//!
//! ```text
//! SYSTEM_NET_CONFIG=app.config cargo run --example traced_calls
//! ```
//!
//! An argument says how the program ends: `exit` by `process::exit` on another thread, `abort`
//! without a word. With `late` it does nothing for half a second first. With `many` and a number it
//! makes so many calls, from the end of its standard input on.

use std::io;
use std::thread;
use std::time::Duration;

use system_net_diagnostics::{Emitter, Source, Traced, shown};

#[derive(Default)]
struct Socket {
    traced: Traced,
}

impl Socket {
    fn trace(&self) -> Emitter<'_> {
        Emitter::new(Source::Sockets, "Socket", &self.traced)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let call = self.trace().enter("Send", format_args!(""));
        self.trace().data("Send", bytes);
        let sent = Ok(bytes.len());
        call.exit_result(&sent, shown);
        sent
    }
}

#[allow(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> io::Result<()> {
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some("late") {
        pause();
    }
    let socket = Socket::default();
    if argument.as_deref() == Some("many") {
        return many(&socket);
    }
    let head = b"GET /wpad.dat HTTP/1.1\r\nHost: itgproxy\r\nConnection: Close\r\n\r\n";
    let sent = socket.send(head)?;
    println!("{sent} bytes sent");
    match argument.as_deref() {
        Some("exit") => {
            let leaving = thread::Builder::new().spawn(leave)?;
            leaving.join().map_err(|_| io::Error::other("still here"))
        }
        Some("abort") => std::process::abort(),
        _ => Ok(()),
    }
}

/// Begins with its standard input's end, so that several programs begin together.
fn many(socket: &Socket) -> io::Result<()> {
    let number = std::env::args().nth(2).and_then(|text| text.parse().ok());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    for _ in 0..number.unwrap_or(1) {
        socket.send(b"")?;
    }
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the time that goes by is what is shown"
)]
fn pause() {
    thread::sleep(Duration::from_millis(500));
}

#[allow(clippy::exit, reason = "that nothing is lost by it is what is shown")]
fn leave() {
    std::process::exit(0);
}
