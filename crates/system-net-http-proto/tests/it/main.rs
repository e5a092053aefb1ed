//! Tests at the crate's boundary: raw text in, text out.
//!
//! * `record`: runs a connection over pieces of input and writes down what it says
//! * `client_table`, `server_table`: messages and the events they give
//! * `chunks`: bodies in chunks, read to where they are wanted
//! * `framing`: where bodies end; the tables of `Content-Length` and `Transfer-Encoding`
//! * `header_bytes`: which bytes may stand where in a head
//! * `limits`: each limit, at its value and one over; work that grows with the input only
//! * `persistence`: when a connection is used again, on both sides
//! * `repeated_heads`, `repeated_names`: heads do not depend on the ones before
//! * `smuggling`: messages two peers could read differently
//! * `expect`: 100 (Continue) and other interim responses
//! * `writing`: what goes out, and what is refused before it does
//! * `texts`: what errors say, what is shown and what is not
//! * `questions`: what a connection answers about itself, what it does with its buffers
//! * `prepared`: requests made on one machine and sent on another
//! * `prepared_responses`: heads of responses that are written again
//! * `transcripts`: whole conversations, both sides from one text
//! * `splits`: events do not depend on how the bytes arrive
//! * `oracle`: the same heads read with `httparse`
//! * `fuzz_client`, `fuzz_server`, `fuzz_differential`: bodies of the fuzz targets
//! * `corpus`: replays the fuzz corpus

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chunks;
mod client_table;
mod corpus;
mod expect;
mod framing;
mod fuzz_client;
mod fuzz_differential;
mod fuzz_server;
mod header_bytes;
mod limits;
mod oracle;
mod persistence;
mod prepared;
mod prepared_responses;
mod questions;
mod record;
mod repeated_heads;
mod repeated_names;
mod server_table;
mod smuggling;
mod splits;
mod texts;
mod transcripts;
mod writing;
