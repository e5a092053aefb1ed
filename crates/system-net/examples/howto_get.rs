//! How to: Request Data Using the WebRequest Class. The guide's first program.
//!
//! `cargo run --example howto_get -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::io::{BufReader, Read};

use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    // Create a request for the URL.
    let mut request = WebRequest::create(fixture::address("/default.html"))?;
    // If required by the server, set the credentials.
    request.set_credentials(Some(CredentialCache::default_credentials()))?;
    // Get the response.
    let response = request.get_response()?;
    // Display the status.
    let http = response.as_http().ok_or("the address is not one of HTTP")?;
    println!("{}", http.status_description());
    // Get the stream containing content returned by the server.
    let data_stream = response.get_response_stream()?;
    // Open the stream using a reader for easy access.
    let mut reader = BufReader::new(data_stream);
    // Read the content.
    let mut response_from_server = String::new();
    reader.read_to_string(&mut response_from_server)?;
    // Display the content.
    println!("{response_from_server}");
    // Clean up the streams and the response.
    drop(reader);
    response.close();
    Ok(())
}
