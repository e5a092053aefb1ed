//! How to: Retrieve a Protocol-Specific WebResponse that Matches a WebRequest.
//!
//! `cargo run --example howto_typed_response -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use system_net::prelude::*;

fn main() -> Result<(), WebError> {
    let mut req = WebRequest::create(fixture::address("/"))?;
    let resp = req.get_response()?;

    // The response is of the type that matches the request, whatever the scheme.
    if let Some(http) = resp.as_http() {
        println!("HttpWebResponse: {}", http.status_description());
    } else if resp.downcast_ref::<FileWebResponse>().is_some() {
        println!("FileWebResponse: {:?} bytes", resp.content_length()?);
    } else {
        println!("a response of another protocol");
    }
    Ok(())
}
