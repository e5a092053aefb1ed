//! The tests of `sysnet`, run as a program against scripted peers and against itself.
//!
//! - `program`: starting it, and what it left behind
//! - `get`, `post_put`, `head`, `serve`, `tour`, `completions`: one verb each
//! - `exit_codes`: each failure with its number
//! - `memory`: large transfers in little memory

mod completions;
mod exit_codes;
mod get;
mod head;
mod memory;
mod post_put;
mod program;
mod serve;
mod tour;
