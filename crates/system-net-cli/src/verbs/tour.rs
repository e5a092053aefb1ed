//! `sysnet tour`: everything at work on this machine alone, as a table.

mod document;
mod lines;
mod servers;
mod steps;
mod table;

use serde::Serialize;

use self::servers::Servers;
use self::steps::Step;
use super::Outcome;
use crate::arguments::Tour;
use crate::failure::{FAILED, Failure};
use crate::report;
use crate::setup::Setup;
use crate::told::Told;

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    passed: bool,
    steps: &'a [Step],
}

pub(super) fn run(options: &Tour, setup: &Setup) -> Outcome {
    Told::of(setup.verbose, false).begin();
    let servers = Servers::start(setup)?;
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::file(FAILED, "cannot make a folder", &error))?;
    if !options.json {
        servers.introduce();
    }
    let steps = steps::run(&servers, folder.path(), !options.json)?;
    servers.stop();
    let failed = steps.iter().filter(|step| step.failure.is_some()).count();
    if options.json {
        report::print(&Report {
            schema: "sysnet.tour/1",
            passed: failed == 0,
            steps: &steps,
        })?;
    } else {
        table::print_end(steps.len(), failed);
    }
    Ok(if failed == 0 { 0 } else { FAILED })
}
