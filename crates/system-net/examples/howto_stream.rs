//! How to: Request a Web Page and Retrieve the Results as a Stream.
//!
//! `cargo run --example howto_stream -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::io::{BufRead, BufReader};

use system_net::WebClient;

fn main() -> Result<(), Box<dyn Error>> {
    let url = fixture::address("/index.htm");

    let my_client = WebClient::new();
    let response = my_client.open_read(&url)?;
    // The stream data is used here.
    for line in BufReader::new(response).lines() {
        println!("{}", line?);
    }
    // The stream was closed when it was dropped.
    Ok(())
}
