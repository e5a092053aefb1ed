//! `sysnet`: the program of system-net.
//!
//! What is where: `arguments` is the command line, `verbs` has one module for each verb, `transfer`
//! is what get, head, post and put share, `failure` the errors and their exit codes.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program prints; the body goes to stdout, everything else to stderr"
)]

mod address;
mod advice;
mod arguments;
mod client_certificate;
mod condition;
mod content;
mod excerpt;
mod failure;
mod file_name;
mod headers;
mod interruption;
mod items;
mod jar;
mod multipart;
mod netrc;
mod output;
mod overrides;
mod password;
mod progress;
mod proxy;
mod report;
mod resume;
mod retries;
mod schemes;
mod setup;
mod source_line;
mod told;
mod trace;
mod transfer;
mod upload;
mod verbose;
mod verbs;
mod write_out;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Usage errors end here, with exit code 2.
    let program = arguments::Program::parse();
    match verbs::run(program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(code),
    }
}
