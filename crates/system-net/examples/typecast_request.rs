//! How to: Typecast a WebRequest to Access Protocol Specific Properties.
//!
//! `cargo run --example typecast_request -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;

use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let request = WebRequest::create(fixture::address("/"))?;
    let mut httpreq: HttpWebRequest = request
        .downcast()
        .map_err(|other| format!("{other:?} is not an HTTP request"))?;
    httpreq.set_user_agent(Some(".NET Framework Example Client"))?;

    let response = httpreq.get_response()?;
    println!("{}", response.status_description());
    Ok(())
}
