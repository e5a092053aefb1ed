//! Tests of the crate at its boundary, one binary.
//!
//! - `oracle`: rows recorded from .NET, the vendored sample and a whole file named by
//!   `SYSTEM_NET_ORACLE`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod oracle;
