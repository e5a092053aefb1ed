//! Tests of the crate at its boundary, one binary.
//!
//! - `oracle`: rows recorded from .NET, the vendored sample and a whole file named by
//!   `SYSTEM_NET_ORACLE`.
//! - `uri20`: the chapter "Changes to the System.Uri namespace in version 2.0".
//! - `international`: the chapter on IRI and IDN, and the modes.
//! - `interop`: `http`, `url` and `serde`, behind their features.
//! - `members`: builder, parsers, enumerations, texts of the guide.
//! - `security`: forms that other programs were deceived with.
//! - `guards`: edges and members that mutants showed to be untested.
//! - `hosts`: where hosts begin and end, and how they are refused.
//! - `beginnings`: no path becomes a host or a drive, whatever is taken out of it.
//! - `corpus`: what a fuzz run found, read again; `fuzz_uri` is the body of the fuzz target.
//! - `properties`: what holds for every text.
//! - `wpt`: the texts of web-platform-tests.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod beginnings;
mod corpus;
mod fuzz_uri;
mod guards;
mod hosts;
mod international;
mod interop;
mod members;
mod oracle;
mod properties;
mod security;
mod uri20;
mod wpt;

use system_net_uri::{Uri, UriKind};

/// An absolute URI.
#[track_caller]
fn uri(text: &str) -> Uri {
    match Uri::parse(text) {
        Ok(uri) => uri,
        Err(error) => panic!("{text}: {error}"),
    }
}

/// A URI of any kind.
#[track_caller]
fn any(text: &str) -> Uri {
    match Uri::parse_kind(text, UriKind::RelativeOrAbsolute) {
        Ok(uri) => uri,
        Err(error) => panic!("{text}: {error}"),
    }
}
