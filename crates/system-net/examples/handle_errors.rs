//! Handling Errors: the status of a failed request, and the response of a protocol error.
//!
//! `cargo run --example handle_errors -- [URL]`
//!
//! Without an address: a page that is missing, then a port at which nobody listens.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::io::Read;

use system_net::{Phase, WebError, WebExceptionStatus, WebRequest};

fn main() {
    match std::env::args().nth(1) {
        Some(url) => show(&url),
        None => {
            show(&fixture::start("/missing.html"));
            show(&fixture::closed_port());
        }
    }
}

fn show(url: &str) {
    let Err(web_excp) = read(url) else { return };
    // If you reach this point, an error has been caught.
    println!("A WebError has been caught.");
    // Write out the message of the error.
    println!("{web_excp}");
    // Get the status code.
    let status = web_excp.status();
    println!("{status}");
    // If status is ProtocolError, there has been a protocol error and a response should exist.
    // Display the protocol error.
    if status == WebExceptionStatus::ProtocolError {
        print!("The server returned protocol error ");
        // Get the HttpWebResponse so that you can check the HTTP status code.
        if let Some(http_response) = web_excp.response().and_then(|response| response.as_http()) {
            let code = http_response.status_code();
            println!("{} - {}", code.as_u16(), code.name());
        }
    }
}

fn read(url: &str) -> Result<(), WebError> {
    // Create a request instance.
    let mut my_request = WebRequest::create(url)?;
    // Get the response.
    let my_response = my_request.get_response()?;
    // Get a readable stream from the server.
    let mut sr = my_response.get_response_stream()?;

    // Read from the stream and write any data to the console.
    let mut my_buffer = [0; 256];
    loop {
        let bytes_read = sr.read(&mut my_buffer).map_err(|error| {
            WebError::from_io(
                error,
                WebExceptionStatus::ReceiveFailure,
                Phase::ReadingBody,
            )
        })?;
        if bytes_read == 0 {
            break;
        }
        for byte in &my_buffer[..bytes_read] {
            print!("{byte}");
        }
        println!();
    }
    sr.close();
    my_response.close();
    Ok(())
}
