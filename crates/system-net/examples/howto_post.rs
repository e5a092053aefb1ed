//! How to: Send Data Using the WebRequest Class.
//!
//! `cargo run --example howto_post -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::io::{BufReader, Read, Write};

use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    // Create a request using a URL that can receive a post.
    let mut request = WebRequest::create(fixture::address("/PostAcceptor.aspx"))?;
    // Set the Method property of the request to POST.
    request.set_method("POST")?;
    // Create POST data and convert it to a byte array.
    let post_data = "This is a test that posts this string to a Web server.";
    let byte_array = post_data.as_bytes();
    // Set the ContentType property of the WebRequest.
    request.set_content_type(Some("application/x-www-form-urlencoded"))?;
    // Set the ContentLength property of the WebRequest.
    request.set_content_length(byte_array.len() as u64)?;
    // Get the request stream.
    let mut data_stream = request.get_request_stream()?;
    // Write the data to the request stream.
    data_stream.write_all(byte_array)?;
    // Close the stream.
    data_stream.close()?;
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
