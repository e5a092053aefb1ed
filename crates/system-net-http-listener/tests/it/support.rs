//! A client that sends bytes and reads responses, and listeners with a given handler.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use system_net_http_listener::{HttpListener, HttpListenerContext, TestListener};

/// A hang is a failure; nothing here takes that long.
pub(crate) const HANG: Duration = Duration::from_secs(20);

/// A response as the client saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The value of a field; it has to be the only one of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().skip(1).filter_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        });
        let value = values.next();
        assert_eq!(values.next(), None, "{name} twice in {}", self.head);
        value
    }
}

/// One connection to a listener.
pub(crate) struct Client<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
}

pub(crate) fn connect(url: &str) -> TcpStream {
    let authority = url
        .split('/')
        .nth(2)
        .unwrap()
        .replace("localhost", "127.0.0.1");
    let stream = TcpStream::connect(&*authority).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.set_write_timeout(Some(HANG)).unwrap();
    stream
}

impl Client {
    pub(crate) fn new(listener: &HttpListener) -> Self {
        Self::over(connect(&listener.url("").unwrap()))
    }

    pub(crate) fn to(url: &str) -> Self {
        Self::over(connect(url))
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(crate) fn end_sending(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The stream, and what was read of it and not looked at.
    pub(crate) fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.buffer)
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    pub(crate) fn inner(&self) -> &S {
        &self.stream
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.stream.write_all(bytes.as_ref()).unwrap();
        self.stream.flush().unwrap();
        self
    }

    /// A request with a `Host` and these lines.
    pub(crate) fn request(&mut self, line: &str, fields: &[&str], body: &str) -> &mut Self {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        self.send(format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{body}"
        ))
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.request(&format!("GET {path}"), &[], "").answer()
    }

    /// Reads more; false at the end.
    fn more(&mut self) -> bool {
        let mut block = [0; 65_536];
        match self.stream.read(&mut block) {
            Ok(length) => {
                self.buffer.extend_from_slice(&block[..length]);
                length > 0
            }
            // A process that was stopped and goes on hears of that in reads with a time-out.
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("hang"),
            // A reset is an end too, and so is a TLS connection without farewell.
            Err(_) => false,
        }
    }

    /// The bytes up to and with `end`.
    pub(crate) fn until(&mut self, end: &str) -> String {
        let end = end.as_bytes();
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|w| w == end) {
                let rest = self.buffer.split_off(at + end.len());
                return String::from_utf8(std::mem::replace(&mut self.buffer, rest)).unwrap();
            }
            let so_far = self.buffer.escape_ascii().to_string();
            assert!(self.more(), "closed before {end:?}, after {so_far}");
        }
    }

    pub(crate) fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            assert!(
                self.more(),
                "closed after {} of {length}",
                self.buffer.len()
            );
        }
        let rest = self.buffer.split_off(length);
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Reads one response to a request that was not HEAD.
    pub(crate) fn answer(&mut self) -> Answer {
        let head = self.until("\r\n\r\n");
        let mut answer = Answer {
            head: head.trim_end().to_owned(),
            body: Vec::new(),
        };
        if let Some(length) = answer.header("Content-Length") {
            answer.body = self.exactly(length.parse().unwrap());
        } else if answer.header("Transfer-Encoding").is_some() {
            loop {
                let line = self.until("\r\n");
                let length = usize::from_str_radix(line.trim(), 16).unwrap();
                if length == 0 {
                    assert_eq!(self.until("\r\n"), "\r\n");
                    break;
                }
                answer.body.extend(self.exactly(length));
                assert_eq!(self.until("\r\n"), "\r\n");
            }
        } else if !matches!(answer.status(), 100..=199 | 204 | 304) {
            answer.body = self.rest();
        }
        answer
    }

    /// Everything up to the end of the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.buffer)
    }

    /// A request over a TLS connection that is not made: it cannot be sent, or nothing comes back.
    #[track_caller]
    pub(crate) fn expect_no_answer(&mut self, line: &str) {
        let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let sent = self.stream.write_all(request.as_bytes());
        if sent.and_then(|()| self.stream.flush()).is_ok() {
            self.expect_closed();
        }
    }

    #[track_caller]
    pub(crate) fn expect_closed(&mut self) {
        assert_eq!(self.rest().escape_ascii().to_string(), "");
    }
}

/// A listener on a free port whose requests go to `handler`, one after the other, on a thread.
pub(crate) fn answering(handler: impl FnMut(HttpListenerContext) + Send + 'static) -> TestListener {
    let listener = HttpListener::test_http().unwrap();
    answer_with(&listener, handler);
    listener
}

pub(crate) fn answer_with(
    listener: &TestListener,
    mut handler: impl FnMut(HttpListenerContext) + Send + 'static,
) {
    let listener = listener.listener().clone();
    // The thread keeps the listener alive; it ends with the process at the latest.
    std::thread::spawn(move || {
        while let Ok(context) = listener.get_context() {
            handler(context);
        }
    });
}

/// A listener that answers with what it was asked: method, raw URL, and the body.
pub(crate) fn echoing() -> TestListener {
    answering(|mut context| {
        let mut body = Vec::new();
        context
            .request()
            .input_stream()
            .read_to_end(&mut body)
            .unwrap();
        let (request, response) = context.split();
        let mut answer = format!("{} {} ", request.http_method(), request.raw_url()).into_bytes();
        answer.extend(body);
        response.close_with(answer).unwrap();
    })
}
