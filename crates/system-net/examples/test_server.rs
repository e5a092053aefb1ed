//! A server over https within a test: a free port, and a certificate of an authority that is made for the
//! purpose and trusted by the test's own context alone.
//!
//! `cargo run --example test_server`; for a program of one's own the feature `test-util` has to be on.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

use std::error::Error;

use system_net::TestListener;
use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let server = TestListener::https()?.answering(|mut context| {
        let text = format!("You asked for {}", context.request().raw_url());
        context.response_mut().close_with_text(&text)
    })?;
    let client = WebClient::new_in(&server.client_context());
    let text = client.download_string(&server.url("/hello"))?;
    assert_eq!(text, "You asked for /hello");
    println!("{text}");

    // Nobody else trusts it.
    let stranger = WebClient::new_in(&NetContext::new());
    if let Err(error) = stranger.download_string(&server.url("/hello")) {
        println!("without trust: {}", error.status());
    }

    // What a client sends, byte for byte.
    let server = TestListener::http()?;
    server.set_kept_request_bytes(Some(4096));
    let server = server.answering(|mut context| {
        let bytes = context.request().raw_bytes().unwrap_or_default();
        context.response_mut().close_with(bytes)
    })?;
    let mut request = WebRequest::create_http_in(&server.client_context(), server.url("/x"))?;
    request.set_user_agent(Some("test"))?;
    print!("{}", request.get_response()?.into_string()?);
    Ok(())
}
