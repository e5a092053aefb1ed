//! `sysnet completions`: from the same definitions as the options themselves.

use std::io::Write;

use clap::CommandFactory;

use super::Outcome;
use crate::arguments::{Completions, Program};
use crate::failure::{Failure, WRITE};

pub(super) fn run(options: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut Program::command(),
        "sysnet",
        &mut script,
    );
    std::io::stdout()
        .write_all(&script)
        .map_err(|error| Failure::file(WRITE, "stdout", &error))?;
    Ok(0)
}
