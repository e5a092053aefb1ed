//! A small HTTP/1 server around a handler: keep-alive, bodies of both framings, HEAD.

use std::fmt::Write as _;

use crate::RecordedRequest;
use crate::connection::{Connection, Stop};

/// What a handler answers.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    chunk: Option<usize>,
    close: bool,
    framed: bool,
}

impl Response {
    /// A response with this status, no headers of its own and an empty body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: reason(status).to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            chunk: None,
            close: false,
            framed: true,
        }
    }

    /// Another reason phrase than the usual one.
    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// One more header line.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Sends the body in chunks of this size.
    ///
    /// # Panics
    ///
    /// When `size` is zero.
    pub fn chunked(mut self, size: usize) -> Self {
        assert!(size > 0, "a chunk holds at least one byte");
        self.chunk = Some(size);
        self
    }

    /// Closes the connection after this response, and says so.
    pub fn close(mut self) -> Self {
        self.close = true;
        self
    }

    /// Gives no length: the body ends with the connection.
    pub fn until_close(mut self) -> Self {
        self.close = true;
        self.framed = false;
        self
    }

    pub(crate) fn closes(&self) -> bool {
        self.close
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        let bodiless = self.status < 200 || self.status == 204 || self.status == 304;
        for (name, value) in &self.headers {
            // Writing into a string cannot fail.
            let _infallible = write!(head, "{name}: {value}\r\n");
        }
        if self.framed && !bodiless {
            match self.chunk {
                Some(_) => head.push_str("Transfer-Encoding: chunked\r\n"),
                None => {
                    let _infallible = write!(head, "Content-Length: {}\r\n", self.body.len());
                }
            }
        }
        if self.close {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head
    }

    fn bytes(&self, with_body: bool) -> Vec<u8> {
        let mut bytes = self.head().into_bytes();
        if !with_body || self.status == 204 || self.status == 304 {
            return bytes;
        }
        match self.chunk.filter(|_| self.framed) {
            None => bytes.extend_from_slice(&self.body),
            Some(size) => {
                for chunk in self.body.chunks(size) {
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
        }
        bytes
    }
}

/// Answers requests until one side closes.
pub(crate) fn run(
    connection: &mut Connection,
    handler: &(dyn Fn(&RecordedRequest) -> Response + Send + Sync),
) -> Stop {
    loop {
        match serve_one(connection, handler) {
            Ok(true) => {}
            Ok(false) => return connection.close(),
            Err(stop) => return stop,
        }
    }
}

fn serve_one(
    connection: &mut Connection,
    handler: &(dyn Fn(&RecordedRequest) -> Response + Send + Sync),
) -> Result<bool, Stop> {
    let (request, keep_alive) = read_request(connection)?;
    let response = handler(&request);
    answer(connection, &request, &response)?;
    Ok(keep_alive && !response.close)
}

/// Reads a request with its body, and whether the client wants to go on after it.
pub(crate) fn read_request(connection: &mut Connection) -> Result<(RecordedRequest, bool), Stop> {
    let Some(mut request) = connection.read_head()? else {
        return Err(Stop::ClientClosed);
    };
    let has = |name: &str, token: &str| {
        request
            .header(name)
            .is_some_and(|value| value.to_ascii_lowercase().contains(token))
    };
    if has("expect", "100-continue") {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let keep_alive = match request.version().as_str() {
        "HTTP/1.0" => has("connection", "keep-alive"),
        _ => !has("connection", "close") && !has("proxy-connection", "close"),
    };
    request.body = connection.read_framed(&request)?.unwrap_or_default();
    Ok((request, keep_alive))
}

pub(crate) fn answer(
    connection: &mut Connection,
    request: &RecordedRequest,
    response: &Response,
) -> Result<(), Stop> {
    connection.send(&response.bytes(request.method() != "HEAD"))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        417 => "Expectation Failed",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unnamed",
    }
}
