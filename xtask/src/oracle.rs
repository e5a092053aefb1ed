//! `oracle FILE…`: runs each recorded row of the files through the public API and prints per
//! operation what passed. The program is `tests/src/bin/oracle.rs`.

use crate::forward::{Options, to_test_program};
use crate::workspace::{Outcome, Workspace};

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    to_test_program("oracle", options, workspace)
}
