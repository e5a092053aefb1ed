//! Answers a request with itself: its line, its headers, its body as it comes.

use std::io::{self, Read};

use system_net::{HttpListenerContext, HttpListenerError};

pub(super) fn answer(context: &mut HttpListenerContext) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    let mut head = format!(
        "{} {} HTTP/{}\r\n",
        request.http_method(),
        request.raw_url(),
        request.protocol_version()
    );
    for (name, value) in request.headers().iter() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    response.set_content_type("text/plain; charset=utf-8")?;
    if !request.has_entity_body() {
        return response.close_with(head);
    }
    // Read before the answer begins: reading is what tells a client that asked by
    // `Expect: 100-continue` to go on, and one that sees an answer first need not send its body.
    let mut body = request.input_stream();
    let mut first = vec![0; 64 * 1024];
    let Ok(read) = body.read(&mut first) else {
        // The body is broken; dropping the response closes the connection.
        return Ok(());
    };
    let mut start = head.as_bytes().chain(&first[..read]).chain(body);
    let mut output = response.output_stream()?;
    // Both ends are the client's: when one fails there is nobody to tell.
    let copied = io::copy(&mut start, &mut output);
    match copied {
        Ok(_) => output.close(),
        Err(_) => Ok(()),
    }
}
