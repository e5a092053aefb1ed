//! HTTP/2, with a client written by hand, frame by frame.
//!
//! - `peer`: that client
//! - `requests`: what requests show and responses set, compared with HTTP/1.1
//! - `bodies`: bodies both ways, windows, trailers, 100 (Continue)
//! - `lifetime`: which connections speak it, stop, abort, and the ways to take a request
//! - `certificates`: clients that show one
//! - `log`: the access log
//! - `limits`: how long bodies may be and how fast they go; what is of HTTP/1 alone
//! - `logins`: which schemes work
//! - `digest_bodies`: logins that cover bodies
//! - `floods`: what clients may not do too often
//! - `gone_clients`: requests that are given up while they are in the queue
//! - `guards`: time for the handshake, requests given up, secrets in tables
//! - `conformance`: a table of frames and what has to be answered to them
//! - `messages`: the same of requests and of header blocks
//! - `shared_ports`: several listeners on one port
//! - `multiplex`: many requests at once

mod bodies;
mod certificates;
mod conformance;
mod digest_bodies;
mod floods;
mod gone_clients;
mod guards;
mod lifetime;
mod limits;
mod log;
mod logins;
mod messages;
mod multiplex;
mod peer;
mod requests;
mod shared_ports;

/// Asks over a connection of its own, and gives all fields of all heads that come back.
pub(crate) fn asked_over_http2(url: &str, path: &str) -> String {
    let mut peer = peer::Peer::new(url);
    peer.get(1, path);
    format!("{:?}", peer.reply(1).heads)
}
