//! The tests of `sysnet`, run as a program against scripted peers and against itself.
//!
//! - `program`: starting it, and what it left behind
//! - `get`, `post_put`, `head`, `serve`, `tour`, `uri`, `dns`, `completions`: one verb each;
//!   `sockets`: `tcp` and `udp`
//! - `serve_files`, `serve_http2`, `serve_logins`: what `serve` sends, by which version, and to whom
//! - `config`: the verb, and the option that all verbs have; `config_broken`: files that are broken
//! - `certificate_store`: `cert`, and `serve --cert-store`
//! - `trust_options`: `--pinnedpubkey`, `--crl-file`, `--cert-status`
//! - `tls_policy`: `config tls`, and what `config check` finds of TLS
//! - `trace`: the verb, and the option that all verbs have
//! - `bodies`: what is sent, from options and items; `cookies`: `-b` and `-c`
//! - `parts`: `-C`, `-r`, `-z`; `files`: where bodies go; `write_out`: `-w`
//! - `versions`: HTTP/1.0, redirects, compression, retries, rates
//! - `manual`: the options in docs/cli.md and in the help are the same
//! - `routes`: where connections go
//! - `schemes`: by which schemes a login is answered
//! - `upload_logins`: files, and logins that the server has to ask for
//! - `netrc`: `-n` and its like
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

mod bodies;
mod certificate_store;
mod client_certificates;
mod completions;
mod config;
mod config_broken;
mod cookies;
mod dns;
mod doctor;
mod exit_codes;
mod files;
mod get;
mod head;
mod isolation;
mod manual;
mod memory;
mod netrc;
mod parts;
mod post_put;
mod program;
mod proxy;
mod routes;
mod schemes;
mod serve;
mod serve_files;
mod serve_http2;
mod serve_logins;
mod sockets;
mod terminal;
mod tls_policy;
mod tour;
mod trace;
mod trust_options;
mod upload_logins;
mod uri;
mod verbose;
mod versions;
mod write_out;
