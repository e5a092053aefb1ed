//! `wire DIR`: replays recorded conversations with a scripted server against the public API. The
//! program is `tests/src/bin/wire.rs`.

use crate::forward::{Options, to_test_program};
use crate::workspace::{Outcome, Workspace};

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    to_test_program("wire", options, workspace)
}
