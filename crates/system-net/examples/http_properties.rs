//! How to: Access HTTP-Specific Properties: turn keep-alive off, get the server's HTTP version.
//!
//! `cargo run --example http_properties -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;

use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut request = WebRequest::create(fixture::address("/"))?;
    let http_w_req = request
        .as_http_mut()
        .ok_or("the address is not one of HTTP")?;
    // Turn off connection keep-alives.
    http_w_req.set_keep_alive(false)?;

    let http_w_resp = http_w_req.get_response()?;

    // Get the HTTP protocol version number returned by the server.
    let ver = http_w_resp.protocol_version().to_string();
    println!("{ver}");
    http_w_resp.close();
    Ok(())
}
