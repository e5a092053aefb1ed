//! Answers a request with itself: its line, its headers, its body, kept in a file until it is whole.

use std::fs::File;
use std::io::{self, Read, Seek};

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
    // All of it is read before the answer begins: a client that has not finished sending need not
    // read an answer, and both would wait for each other.
    let Ok((body, length)) = spool(&mut request.input_stream()) else {
        // The body is broken, or there is no room for it: dropping the response closes the
        // connection.
        return Ok(());
    };
    response.set_content_length64(head.len() as u64 + length)?;
    let mut output = response.output_stream()?;
    // Both ends are the client's: when one fails there is nobody to tell.
    match io::copy(&mut head.as_bytes().chain(body), &mut output) {
        Ok(_) => output.close(),
        Err(_) => Ok(()),
    }
}

/// The body in a file without a name, from its start, and its length.
fn spool(body: &mut impl Read) -> io::Result<(File, u64)> {
    let mut file = tempfile::tempfile()?;
    let length = io::copy(body, &mut file)?;
    file.rewind()?;
    Ok((file, length))
}
