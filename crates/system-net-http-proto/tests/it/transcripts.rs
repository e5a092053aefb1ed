//! Whole conversations, both sides from one text.
//!
//! A transcript has lines of the client (`C:`) and of the server (`S:`), in the order in which the
//! bytes pass. `\r\n` at the end of a line is written out; a line without it goes on with the next
//! one of that side. Comments begin with `#`. The client and the server of this crate are connected
//! to each other; each side's commands are the test's, and every byte that passes has to be the one
//! in the text.

use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, Limits, ServerConnection, ServerEvent,
};
use system_net_primitives::HttpVersion;

/// A client and a server, and what is to pass between them.
struct Conversation {
    client: ClientConnection,
    server: ServerConnection,
    /// Who speaks, and what.
    expected: Vec<(char, Vec<u8>)>,
}

impl Conversation {
    fn new(transcript: &str) -> Self {
        let mut expected: Vec<(char, Vec<u8>)> = Vec::new();
        for line in transcript.lines().map(str::trim_start) {
            let (side, text) = match line.split_once(": ") {
                Some((side @ ("C" | "S"), text)) => (side.chars().next().unwrap(), text),
                _ if line.is_empty() || line.starts_with('#') => continue,
                _ => panic!("not a line of a transcript: {line:?}"),
            };
            let bytes = text.replace("\\r\\n", "\r\n").into_bytes();
            match expected.last_mut() {
                Some((last, said)) if *last == side => said.extend_from_slice(&bytes),
                _ => expected.push((side, bytes)),
            }
        }
        expected.reverse();
        Self {
            client: ClientConnection::new(Limits::default()),
            server: ServerConnection::new(Limits::default()),
            expected,
        }
    }

    /// Carries the client's output over; it has to be what the client says next in the text.
    #[track_caller]
    fn client_speaks(&mut self) {
        let (side, said) = self.expected.pop().expect("the transcript goes on");
        let output = self.client.output();
        assert_eq!(
            (side, said.escape_ascii().to_string()),
            ('C', output.escape_ascii().to_string())
        );
        self.server.handle_input(output);
        self.client.consume_output(said.len());
    }

    #[track_caller]
    fn server_speaks(&mut self) {
        let (side, said) = self.expected.pop().expect("the transcript goes on");
        let output = self.server.output();
        assert_eq!(
            (side, said.escape_ascii().to_string()),
            ('S', output.escape_ascii().to_string())
        );
        self.client.handle_input(output);
        self.server.consume_output(said.len());
    }

    #[track_caller]
    fn done(self) {
        assert!(self.expected.is_empty(), "not said: {:?}", self.expected);
        assert!(self.client.output().is_empty() && self.server.output().is_empty());
    }

    /// Begins a request with a Host field.
    fn ask(&mut self, method: &str, target: &str) {
        self.client
            .begin_request(method, target, HttpVersion::VERSION11)
            .unwrap();
        self.client.write_header(b"Host", b"a.example").unwrap();
    }

    /// Reads the rest of the request's body.
    fn request_body(&mut self) -> String {
        let mut body = Vec::new();
        // No conversation here has so many events.
        for _ in 0..1000 {
            match self.server.poll_event().unwrap() {
                ServerEvent::Body => {
                    body.extend_from_slice(self.server.body());
                    self.server.consume_body(self.server.body().len());
                }
                ServerEvent::Head(_) | ServerEvent::Trailers(_) => {}
                _ => return String::from_utf8(body).unwrap(),
            }
        }
        panic!("the request does not end")
    }

    /// Reads the response; gives its status and body.
    fn response(&mut self) -> (u16, String) {
        let (mut status, mut body) = (0, Vec::new());
        // No conversation here has so many events.
        for _ in 0..1000 {
            match self.client.poll_event().unwrap() {
                ClientEvent::Head(head) => status = head.status,
                ClientEvent::Body => {
                    body.extend_from_slice(self.client.body());
                    self.client.consume_body(self.client.body().len());
                }
                ClientEvent::Informational(_) | ClientEvent::Trailers(_) => {}
                _ => return (status, String::from_utf8(body).unwrap()),
            }
        }
        panic!("the response does not end")
    }
}

#[test]
fn two_requests_on_one_connection() {
    let mut talk = Conversation::new(
        r"
        C: GET /1 HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: \r\n
        S: HTTP/1.1 200 OK\r\n
        S: Content-Type: text/plain\r\n
        S: Content-Length: 5\r\n
        S: \r\n
        S: hello
        C: POST /2 HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: Content-Length: 4\r\n
        C: Connection: close\r\n
        C: \r\n
        C: data
        S: HTTP/1.1 201 Created\r\n
        S: Content-Length: 0\r\n
        S: Connection: close\r\n
        S: \r\n
        ",
    );
    talk.ask("GET", "/1");
    talk.client.end_head().unwrap();
    talk.client_speaks();
    assert_eq!(talk.request_body(), "");
    talk.server.begin_response(200, "OK", None).unwrap();
    talk.server
        .write_header(b"Content-Type", b"text/plain")
        .unwrap();
    talk.server.write_body_length(BodyLength::Fixed(5)).unwrap();
    talk.server.end_head().unwrap();
    talk.server.send_body(b"hello").unwrap();
    talk.server.end_body(None).unwrap();
    talk.server_speaks();
    assert!(talk.server.next_request().unwrap());
    assert_eq!(talk.response(), (200, "hello".to_owned()));
    assert!(talk.client.can_reuse());

    talk.ask("POST", "/2");
    talk.client.write_body_length(BodyLength::Fixed(4)).unwrap();
    talk.client.write_header(b"Connection", b"close").unwrap();
    talk.client.end_head().unwrap();
    talk.client.send_body(b"data").unwrap();
    talk.client.end_body(None).unwrap();
    talk.client_speaks();
    assert_eq!(talk.request_body(), "data");
    talk.server.begin_response(201, "Created", None).unwrap();
    talk.server.end_head().unwrap();
    talk.server_speaks();
    assert!(!talk.server.next_request().unwrap());
    assert_eq!(talk.response(), (201, String::new()));
    assert!(!talk.client.can_reuse());
    talk.done();
}

#[test]
fn upload_after_continue_in_chunks() {
    let mut talk = Conversation::new(
        r"
        C: PUT /x HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: Expect: 100-continue\r\n
        C: Transfer-Encoding: chunked\r\n
        C: \r\n
        S: HTTP/1.1 100 Continue\r\n
        S: \r\n
        C: 6\r\n
        C: first \r\n
        C: 6\r\n
        C: second\r\n
        C: 0\r\n
        C: \r\n
        # The length of this answer is not known beforehand.
        S: HTTP/1.1 200 OK\r\n
        S: Transfer-Encoding: chunked\r\n
        S: \r\n
        S: 3\r\n
        S: yes\r\n
        S: 0\r\n
        S: \r\n
        ",
    );
    talk.ask("PUT", "/x");
    talk.client
        .write_header(b"Expect", b"100-continue")
        .unwrap();
    talk.client.write_body_length(BodyLength::Chunked).unwrap();
    talk.client.end_head().unwrap();
    talk.client_speaks();
    assert!(matches!(talk.server.poll_event(), Ok(ServerEvent::Head(_))));
    talk.server.send_continue().unwrap();
    talk.server_speaks();
    assert!(matches!(
        talk.client.poll_event(),
        Ok(ClientEvent::Informational(_))
    ));
    for piece in ["first ", "second"] {
        talk.client.send_body(piece.as_bytes()).unwrap();
    }
    talk.client.end_body(None).unwrap();
    talk.client_speaks();
    assert_eq!(talk.request_body(), "first second");
    talk.server.begin_response(200, "OK", None).unwrap();
    talk.server.write_body_length(BodyLength::Chunked).unwrap();
    talk.server.end_head().unwrap();
    talk.server.send_body(b"yes").unwrap();
    talk.server.end_body(None).unwrap();
    talk.server_speaks();
    assert_eq!(talk.response(), (200, "yes".to_owned()));
    assert!(talk.client.can_reuse() && talk.server.next_request().unwrap());
    talk.done();
}

#[test]
fn tunnel_through_a_proxy() {
    let mut talk = Conversation::new(
        r"
        C: CONNECT b.example:443 HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: \r\n
        S: HTTP/1.1 407 Proxy Authentication Required\r\n
        S: Proxy-Authenticate: Basic realm=x\r\n
        S: Content-Length: 0\r\n
        S: \r\n
        C: CONNECT b.example:443 HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: Proxy-Authorization: Basic eDp5\r\n
        C: \r\n
        S: HTTP/1.1 200 Connection established\r\n
        S: \r\n
        ",
    );
    talk.ask("CONNECT", "b.example:443");
    talk.client.end_head().unwrap();
    talk.client_speaks();
    assert_eq!(talk.request_body(), "");
    talk.server
        .begin_response(407, "Proxy Authentication Required", None)
        .unwrap();
    talk.server
        .write_header(b"Proxy-Authenticate", b"Basic realm=x")
        .unwrap();
    talk.server.end_head().unwrap();
    talk.server_speaks();
    assert!(talk.server.next_request().unwrap());
    assert_eq!(talk.response(), (407, String::new()));
    assert!(talk.client.can_reuse());

    talk.ask("CONNECT", "b.example:443");
    talk.client
        .write_header(b"Proxy-Authorization", b"Basic eDp5")
        .unwrap();
    talk.client.end_head().unwrap();
    talk.client_speaks();
    assert_eq!(talk.request_body(), "");
    talk.server
        .begin_response(200, "Connection established", None)
        .unwrap();
    talk.server.end_head().unwrap();
    talk.server_speaks();
    assert!(talk.server.is_upgraded());
    assert_eq!(talk.response(), (200, String::new()));
    assert!(matches!(
        talk.client.poll_event(),
        Ok(ClientEvent::Upgraded)
    ));
    talk.done();
}

/// Two requests are under way before the first answer; the answers keep their order.
#[test]
fn pipelining() {
    let mut talk = Conversation::new(
        r"
        C: GET /1 HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: \r\n
        C: HEAD /2 HTTP/1.1\r\n
        C: Host: a.example\r\n
        C: \r\n
        S: HTTP/1.1 200 OK\r\n
        S: Content-Length: 1\r\n
        S: \r\n
        S: 1
        S: HTTP/1.1 200 OK\r\n
        S: Content-Length: 1\r\n
        S: \r\n
        ",
    );
    talk.ask("GET", "/1");
    talk.client.end_head().unwrap();
    talk.ask("HEAD", "/2");
    talk.client.end_head().unwrap();
    assert_eq!(talk.client.in_flight(), 2);
    talk.client_speaks();
    for target in ["/1", "/2"] {
        let Ok(ServerEvent::Head(head)) = talk.server.poll_event() else {
            panic!()
        };
        assert_eq!(&*head.target, target);
        assert!(matches!(talk.server.poll_event(), Ok(ServerEvent::End)));
        talk.server.begin_response(200, "OK", None).unwrap();
        talk.server.write_body_length(BodyLength::Fixed(1)).unwrap();
        talk.server.end_head().unwrap();
        talk.server.send_body(&target.as_bytes()[1..]).unwrap();
        talk.server.end_body(None).unwrap();
        assert!(talk.server.next_request().unwrap());
    }
    talk.server_speaks();
    assert_eq!(talk.response(), (200, "1".to_owned()));
    assert_eq!(talk.response(), (200, String::new()));
    assert!(talk.client.can_reuse());
    talk.done();
}
