//! HttpListener: processing HTTP requests within an application.
//!
//! `cargo run --example http_listener -- [PREFIX...]` listens for the prefixes (such as
//! `http://localhost:8080/`), shows every request and answers it with a page that has a form, until its
//! standard input ends. Without a prefix it takes a free port, sends the requests itself, and ends.
#![allow(clippy::print_stdout, reason = "the program shows what it is asked")]
#![allow(
    clippy::disallowed_methods,
    reason = "requests are answered on threads"
)]

use std::error::Error;
use std::io::Read;
use std::thread;

use system_net::QueryString;
use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let prefixes: Vec<String> = std::env::args().skip(1).collect();
    if !HttpListener::is_supported() {
        return Err("this system has nothing to listen with".into());
    }

    // Create a listener, and add the prefixes.
    let listener = HttpListener::new();
    for prefix in &prefixes {
        listener.prefixes().add(prefix)?;
    }
    if prefixes.is_empty() {
        listener.prefixes().add("http://localhost:0/")?;
    }
    listener.start()?;
    println!("Listening at {}", listener.url("")?);

    // Each thread takes one request after the other.
    let answering: Vec<_> = (0..4)
        .map(|_| {
            let listener = listener.clone();
            thread::spawn(move || {
                // Note: get_context blocks while it waits for a request.
                while let Ok(context) = listener.get_context() {
                    if let Err(error) = answer(context) {
                        println!("The client did not get its answer: {error}");
                    }
                }
            })
        })
        .collect();
    if prefixes.is_empty() {
        ask(&listener.url("")?)?;
    } else {
        std::io::stdin().read_to_end(&mut Vec::new())?;
    }
    listener.drain()?;
    for thread in answering {
        thread.join().map_err(|_| "a thread has panicked")?;
    }
    Ok(())
}

fn answer(mut context: HttpListenerContext) -> Result<(), Box<dyn Error>> {
    let request = context.request();
    println!("{} {}", request.http_method(), request.raw_url());
    let mut body = String::new();
    if request.has_entity_body() {
        request.input_stream().read_to_string(&mut body)?;
    }
    let name = match request.http_method() {
        "GET" | "HEAD" => request.query_string().get("name").map(String::from),
        "POST" => QueryString::parse(&body).get("name").map(String::from),
        _ => {
            let response = context.response_mut();
            response.set_status_code(HttpStatusCode::METHOD_NOT_ALLOWED)?;
            response.add_header("Allow", "GET, HEAD, POST")?;
            return Ok(response.close()?);
        }
    };
    let name = name.unwrap_or_else(|| "world".to_owned());
    // What clients send is never HTML of ours.
    let name = system_net::WebUtility::html_encode(&name).into_owned();
    let response = context.response_mut();
    response.set_content_type("text/html; charset=utf-8")?;
    response.close_with(format!(
        "<html><body>Hello {name}!\
         <form method=\"post\"><input name=\"name\"><input type=\"submit\"></form></body></html>\n"
    ))?;
    Ok(())
}

/// A client of the listener.
fn ask(address: &str) -> Result<(), Box<dyn Error>> {
    let client = WebClient::new();
    print!("{}", client.download_string(address)?);
    print!(
        "{}",
        client.download_string(&format!("{address}?name=J%C3%BCrgen"))?
    );
    let form = client.upload_values(address, None, &[("name", "<b>")])?;
    print!("{}", String::from_utf8(form)?);
    let mut request = WebRequest::create_http(address)?;
    request.set_method("DELETE")?;
    match request.get_response() {
        Ok(response) => println!("DELETE: {}", response.status_description()),
        Err(error) => println!("DELETE: {}", error.status()),
    }
    Ok(())
}
