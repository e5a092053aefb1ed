//! Clients not written by us at our `HttpListener`. Runs with `SYSTEM_NET_INTEROP=1` only;
//! `cargo xtask interop --suite interop-listener` installs what is missing and sets it.
//!
//! - `site`: the listener that all of them ask, with and without TLS.
//! - `curl`: every verb and kind of body, old clients, client certificates; `app_host`: curl at the example
//!   `listener_app_host`.
//! - `scripts`: Python's requests and httpx, Node's fetch.
//! - `browser`: Chromium gets a page and submits a form.
//! - `proxy`: nginx in front; `load`: wrk.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment, starts threads and waits for programs"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod app_host;
mod browser;
mod curl;
mod load;
#[path = "../nginx.rs"]
#[expect(dead_code, reason = "the other suite needs more of it")]
mod nginx;
mod proxy;
mod scripts;
mod site;

use std::process::{Command, Output};

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}

/// Runs a program to its end; what it printed.
#[track_caller]
fn run(command: &mut Command) -> Output {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The same, as text.
#[track_caller]
fn printed(command: &mut Command) -> String {
    String::from_utf8(run(command).stdout).unwrap()
}
