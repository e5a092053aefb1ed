//! The crate without a key distribution center: `library`: finding and loading it, `objects`: names,
//! credentials and contexts that fail. `tests/leaks.rs` has a process to itself, as it measures that.
//!
//! Where the library is not installed, these tests say so and are skipped. Real logins are made in
//! the workspace's `tests/interop`.
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

mod library;
mod objects;

use system_net_gssapi::{GssErrorKind, Gssapi};

/// The system's library; `None` if there is none, which is said.
fn system(test: &str) -> Option<Gssapi> {
    match Gssapi::load() {
        Ok(library) => Some(library),
        Err(error) => {
            assert_eq!(error.kind(), GssErrorKind::LibraryMissing);
            println!("skipped: {test}: {error}");
            None
        }
    }
}
