// Reading a capture: what a real client and a recording server said to each other.

/// One capture file.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    pub(crate) scenario: String,
    pub(crate) runtime: String,
    /// Requests with their answers, in the order of the requests.
    pub(crate) exchanges: Vec<Exchange>,
    /// The `RESULT:` lines: what the API returned.
    pub(crate) results: Vec<String>,
}

/// One request and what the server did about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    /// The number of the connection, from 1.
    pub(crate) connection: usize,
    pub(crate) head: Vec<u8>,
    /// The body as it was framed; also what came after the answer.
    pub(crate) body: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    pub(crate) after: After,
    /// The server sends `100 Continue` before it reads the body.
    pub(crate) sends_continue: bool,
    /// The server answers before it reads the body.
    pub(crate) answers_early: bool,
    /// The client began a TLS handshake instead of a request.
    pub(crate) tls: bool,
}

/// What the server does after its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum After {
    #[default]
    KeepOpen,
    Close,
    StaySilent,
}

impl Capture {
    /// Reads the text of a file; `None` when it is no capture.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut words = lines
            .next()?
            .strip_prefix("# scenario ")?
            .split_whitespace();
        let scenario = words.next()?.to_owned();
        let runtime = words.nth(1)?.to_owned();
        let mut capture = Self {
            scenario,
            runtime,
            ..Self::default()
        };
        for line in lines {
            if let Some(result) = line.strip_prefix("RESULT: ") {
                capture.results.push(result.to_owned());
            } else if let Some(event) = line.strip_prefix("-- ") {
                capture.event(event);
            } else if let Some((from, bytes)) = line.split_once(": ") {
                capture.bytes(from, bytes);
            }
        }
        Some(capture)
    }

    /// Whether the request or result that a difference is about (`request 3 header ...`) was
    /// recorded at all: what never came cannot agree.
    pub(crate) fn reaches(&self, what: &str) -> bool {
        let mut words = what.split(' ');
        let count = match words.next() {
            Some("request") => self.exchanges.len(),
            Some("result") => self.results.len(),
            _ => return true,
        };
        let number = words.next().and_then(|number| number.parse().ok());
        number.is_none_or(|number: usize| number <= count)
    }

    fn event(&mut self, event: &str) {
        if event.contains("client starts TLS") {
            let connection = number(event).unwrap_or(1);
            self.exchanges.push(Exchange {
                connection,
                tls: true,
                ..Exchange::default()
            });
            return;
        }
        let Some(exchange) = self.exchanges.last_mut() else {
            return;
        };
        if event.starts_with("server sent 100 Continue") {
            exchange.sends_continue = true;
        } else if event.starts_with("server answers before the body") {
            exchange.answers_early = true;
        } else if event.starts_with("server closes connection") {
            exchange.after = After::Close;
        } else if event.starts_with("server stays silent") {
            exchange.after = After::StaySilent;
        }
    }

    fn bytes(&mut self, from: &str, text: &str) {
        let connection = number(from).unwrap_or(1);
        let bytes = unescape(text);
        if from.starts_with('C') {
            if is_request_line(&bytes) {
                self.exchanges.push(Exchange {
                    connection,
                    ..Exchange::default()
                });
            }
            if let Some(exchange) = self.exchanges.last_mut() {
                let part = if exchange.head.ends_with(b"\r\n\r\n") {
                    &mut exchange.body
                } else {
                    &mut exchange.head
                };
                part.extend_from_slice(&bytes);
            }
        } else if let Some(exchange) = self.exchanges.last_mut() {
            // A long line was cut by the recorder; any length beyond the limit does as well.
            match bytes.strip_suffix(b"...") {
                Some(cut) => {
                    exchange.answer.extend_from_slice(cut);
                    exchange.answer.resize(exchange.answer.len() + 70_000, b'a');
                    exchange.answer.extend_from_slice(b"\r\n");
                }
                None => exchange.answer.extend_from_slice(&bytes),
            }
        }
    }
}

fn number(text: &str) -> Option<usize> {
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn is_request_line(bytes: &[u8]) -> bool {
    bytes.ends_with(b" HTTP/1.1\r\n") || bytes.ends_with(b" HTTP/1.0\r\n")
}

/// `\r`, `\n`, `\t`, `\\` and `\xNN` back into bytes.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, used) = match (first, tail.first()) {
            (b'\\', Some(b'r')) => (b'\r', 1),
            (b'\\', Some(b'n')) => (b'\n', 1),
            (b'\\', Some(b't')) => (b'\t', 1),
            (b'\\', Some(b'\\')) => (b'\\', 1),
            (b'\\', Some(b'x')) => match tail.get(1..3).and_then(hex) {
                Some(byte) => (byte, 3),
                None => (first, 0),
            },
            _ => (first, 0),
        };
        bytes.push(byte);
        rest = &tail[used..];
    }
    bytes
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exchanges_events_and_results() {
        let capture = Capture::parse(
            "# scenario s   runtime mono\n\
             -- connection 1 accepted\n\
             C1: POST /p HTTP/1.1\\r\\n\n\
             C1: Host: h\\r\\n\n\
             C1: \\r\\n\n\
             -- server sent 100 Continue\n\
             C1: h\\xc3\\xa9\n\
             S1: HTTP/1.1 200 OK\\r\\n\n\
             S1: \\r\\n\n\
             -- server closes connection 1\n\
             -- connection 2 accepted\n\
             C2: GET / HTTP/1.0\\r\\n\n\
             C2: \\r\\n\n\
             -- server stays silent\n\
             RESULT: status=200 body=a: b\n",
        )
        .unwrap();
        assert_eq!(
            (capture.scenario.as_str(), capture.runtime.as_str()),
            ("s", "mono")
        );
        let [first, second] = &capture.exchanges[..] else {
            panic!("two exchanges")
        };
        assert_eq!(first.head, b"POST /p HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(first.body, "hé".as_bytes());
        assert_eq!(first.answer, b"HTTP/1.1 200 OK\r\n\r\n");
        assert!(first.sends_continue && !first.answers_early);
        assert_eq!((first.connection, first.after), (1, After::Close));
        assert_eq!((second.connection, second.after), (2, After::StaySilent));
        assert_eq!(capture.results, ["status=200 body=a: b"]);
        assert!(capture.reaches("request 2 header A") && !capture.reaches("request 3 line"));
        assert!(capture.reaches("result 1 body") && !capture.reaches("result 2 body"));
        assert!(capture.reaches("connections"));
        assert!(Capture::parse("no capture").is_none());
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape(r"a\r\n\t\\\x00\xff\q"), b"a\r\n\t\\\x00\xff\\q");
    }
}
