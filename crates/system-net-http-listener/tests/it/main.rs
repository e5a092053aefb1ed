//! The listener at its boundary: raw sockets as clients, on loopback.
//!
//! - `access_log`: a line for each request
//! - `around_answers`: what comes around the answers to requests from the queue
//! - `bad_requests`: what breaks the protocol, and that nothing of it gets further
//! - `bandwidth`: responses that may go out only so fast
//! - `bodies`: bodies both ways, in every framing
//! - `client_certificates`: clients that show one
//! - `configured`: what a configuration file changes
//! - `configured_policy`: what ties logins to their service by one
//! - `digest_bodies`: logins by Digest that cover bodies
//! - `extended_protection`: logins that are tied to their channel or service
//! - `faults`: answers that come to harm on purpose
//! - `http2`: a client that speaks HTTP/2, frame by frame
//! - `injection`: line breaks in what a program sets
//! - `kept_logins`: logins that hold for their connection
//! - `lifetime`: start, stop, abort, close, and the ways to take a request
//! - `limits`: connections, queue
//! - `logins`: who is let in by which scheme
//! - `members`: the members of requests and responses one by one
//! - `ntlm_client`: a client of NTLM, written by hand
//! - `permissions`: what may be served
//! - `pipeline`: several requests on one connection
//! - `prefixes`: which requests belong to which prefix
//! - `properties`: what a request shows and a response sets
//! - `queued`: requests that are taken from the queue
//! - `raw_bytes`: the exact bytes of requests
//! - `said_once`: what a response says once, and what it is too late to say
//! - `serve`: handlers
//! - `shared_ports`: several listeners on one port
//! - `timeouts`: clients that take their time
//! - `tls`: HTTPS
//! - `trace_lines`: what is told of refused logins
//! - `upgrade`: connections that go on with another protocol

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![allow(
    clippy::disallowed_methods,
    reason = "clients are plain threads, and real time passes for them"
)]

mod access_log;
mod around_answers;
mod bad_requests;
mod bandwidth;
mod bodies;
mod client_certificates;
mod configured;
mod configured_policy;
mod digest_bodies;
mod extended_protection;
mod faults;
mod gone_clients;
mod http2;
mod injection;
mod kept_logins;
mod lifetime;
mod limits;
mod logins;
mod members;
mod ntlm_client;
mod permissions;
mod pipeline;
mod prefixes;
mod properties;
mod queued;
mod raw_bytes;
mod said_once;
mod serve;
mod shared_ports;
mod support;
mod timeouts;
mod tls;
mod trace_lines;
mod upgrade;
