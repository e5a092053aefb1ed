//! One binary for what the crate promises at its boundary.
//!
//! - async_result: callbacks, waiting threads, futures, cancellation
//! - cookie_answers: what recorded rows ask of cookies and WebUtility; the grader takes it as well
//! - cookie_container: RFC 6265, time, limits, sharing, members
//! - cookie_jar: the format of Netscape
//! - cookie_rows: recorded rows
//! - cookie_security: what a server may not do: public suffixes, prefixes, secure cookies
//! - corpus: inputs of the fuzz target, kept and made; fuzz_cookie is its body
//! - credentials: recorded rows, longest prefix, secrets
//! - event: order, locks, removal
//! - header_block: what a header collection owns, members the rows do not reach
//! - headers: recorded rows, restrictions, the block, properties
//! - hsts: the header, hosts, time, the file
//! - ip: recorded rows, scope ids, Teredo
//! - ip_extensions: tunnels, networks, interface identifiers
//! - link_layer_end_point: addresses of frames, and of kinds without a type of their own
//! - rows: reading recorded rows and comparing answers, for the modules above
//! - status: the table of status codes
//! - unix_end_point: addresses of local sockets
//! - wait_handle: events for threads and tasks
//! - web_utility: recorded rows, there and back

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod async_result;
mod cookie_answers;
mod cookie_container;
mod cookie_jar;
mod cookie_rows;
mod cookie_security;
mod corpus;
mod credentials;
mod event;
mod fuzz_cookie;
mod header_block;
mod headers;
mod hsts;
mod ip;
mod ip_extensions;
mod link_layer_end_point;
mod rows;
mod status;
mod unix_end_point;
mod wait_handle;
mod web_utility;
