//! `sysnet config`: what configuration files come to, and what is wrong with them.

mod check;
mod registry;
mod show;
mod tls;

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use system_net::ConfigurationWarning;

use super::Outcome;
use crate::arguments::Config;
use crate::failure::{Failure, WRITE};
use crate::setup::Setup;

pub(super) fn run(verb: &Config, setup: &Setup) -> Outcome {
    match verb {
        Config::Show(options) => show::run(options, setup),
        Config::Check(options) => check::run(options),
        Config::Tls(options) => tls::run(options, setup),
    }
}

/// A warning in JSON.
#[derive(Serialize)]
struct Warning<'a> {
    kind: String,
    file: &'a Path,
    line: u32,
    column: u32,
    element: &'a str,
    attribute: Option<&'a str>,
    message: &'a str,
}

impl<'a> From<&'a ConfigurationWarning> for Warning<'a> {
    fn from(warning: &'a ConfigurationWarning) -> Self {
        Self {
            kind: format!("{:?}", warning.kind()),
            file: warning.file(),
            line: warning.line(),
            column: warning.column(),
            element: warning.element(),
            attribute: warning.attribute(),
            message: warning.message(),
        }
    }
}

/// Prints a text. Whoever reads it may have gone, which is no reason to panic.
fn say(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::file(WRITE, "stdout", &error))
}
