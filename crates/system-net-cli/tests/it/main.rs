//! The tests of `sysnet`, run as a program against scripted peers and against itself.
//!
//! - `program`: starting it, and what it left behind
//! - `get`, `post_put`, `head`, `serve`, `tour`, `uri`, `dns`, `completions`: one verb each;
//!   `sockets`: `tcp` and `udp`
//! - `config`: the verb, and the option that all verbs have; `config_broken`: files that are broken
//! - `trace`: the verb, and the option that all verbs have
//! - `proxy`: `-x`, `--noproxy`, `-U`, and the environment
//! - `verbose`: what `-v` shows is what was sent
//! - `exit_codes`: each failure with its number
//! - `memory`: large transfers in little memory
//! - `terminal`: what is different on a terminal
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails by panicking, and says what it left out"
)]

mod completions;
mod config;
mod config_broken;
mod dns;
mod exit_codes;
mod get;
mod head;
mod memory;
mod post_put;
mod program;
mod proxy;
mod serve;
mod sockets;
mod terminal;
mod tour;
mod trace;
mod uri;
mod verbose;
