//! Using Streams on the Network: both listings, sending and receiving.
//!
//! `cargo run --example network_streams -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::io::{BufReader, Read, Write};

use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let send_data = b"the data to send";
    let send_length = send_data.len();

    let mut request = WebRequest::create_http(fixture::address("/PostAcceptor.aspx"))?;
    request.set_method("POST")?;
    request.set_content_length(send_length as u64)?;
    match request.get_request_stream() {
        Ok(mut send_stream) => {
            send_stream.write_all(&send_data[..send_length])?;
            println!(
                "request stream: can read {}, can write {}, can seek {}",
                send_stream.can_read(),
                send_stream.can_write(),
                send_stream.can_seek()
            );
            send_stream.close()?;
        }
        // Handle errors . . .
        Err(error) => return Err(format!("{error:#}").into()),
    }

    // Create a response object.
    let response = request.get_response()?;
    // Get a readable stream from the server.
    let stream = response.get_response_stream()?;
    println!(
        "response stream: can read {}, can write {}, can seek {}",
        stream.can_read(),
        stream.can_write(),
        stream.can_seek()
    );
    let mut sr = BufReader::new(stream);
    // Use the stream. Remember when you are through with the stream to close it.
    let mut text = String::new();
    sr.read_to_string(&mut text)?;
    println!("{text}");
    drop(sr);
    Ok(())
}
