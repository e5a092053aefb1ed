//! Digest over whole bodies (`auth-int`), by a client that computes by itself: which requests are let
//! in, what is held of them, and what is proved with responses.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use md5::{Digest as _, Md5};
use system_net_http_listener::{AuthenticationSchemes, HttpListenerContext, TestListener};
use system_net_primitives::WebHeaderCollection;
use system_net_security::authentication::{DigestAlgorithm, DigestServerOptions};

use crate::logins::users;
use crate::support::{Answer, Client, answer_with};

const PASSWORD: &str = "joes:own";
const REALM: &str = "covered";

pub(crate) fn md5(bytes: impl AsRef<[u8]>) -> String {
    let hash = Md5::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `response`, or with an empty method `rspauth`: RFC 7616 sections 3.4.1 to 3.5.
pub(crate) fn proof(nonce: &str, nc: u32, method: &str, path: &str, body: &[u8]) -> String {
    let secret = md5(format!("joe:{REALM}:{PASSWORD}"));
    let message = md5(format!("{method}:{path}:{}", md5(body)));
    md5(format!("{secret}:{nonce}:{nc:08x}:abc:auth-int:{message}"))
}

/// The value of the field by which joe sends this.
pub(crate) fn covering(nonce: &str, nc: u32, method: &str, path: &str, body: &[u8]) -> String {
    let proof = proof(nonce, nc, method, path, body);
    format!(
        "Digest username=\"joe\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{path}\", \
         algorithm=MD5, qop=auth-int, nc={nc:08x}, cnonce=\"abc\", response=\"{proof}\""
    )
}

/// What the listener proves with a body.
pub(crate) fn info(nonce: &str, nc: u32, path: &str, body: &[u8]) -> String {
    let proof = proof(nonce, nc, "", path, body);
    format!("rspauth=\"{proof}\", {}", unproven(nc))
}

fn unproven(nc: u32) -> String {
    format!("qop=auth-int, nc={nc:08x}, cnonce=\"abc\"")
}

/// A listener that offers to cover bodies, and how many requests got through.
pub(crate) fn covered(auth: bool) -> (TestListener, Arc<AtomicUsize>) {
    let listener = TestListener::http().unwrap();
    listener.set_authentication_schemes(AuthenticationSchemes::DIGEST);
    listener.set_credential_validator(Some(users()));
    listener.set_realm(Some(REALM)).unwrap();
    let options = DigestServerOptions {
        algorithms: vec![DigestAlgorithm::MD5],
        auth,
        auth_int: true,
        ..DigestServerOptions::default()
    };
    listener.set_digest_options(options).unwrap();
    listener.start().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    answer_with(&listener, move |context| {
        count.fetch_add(1, Ordering::SeqCst);
        respond(context);
    });
    (listener, seen)
}

/// The body of a request.
fn read(context: &HttpListenerContext) -> String {
    let mut body = String::new();
    let mut stream = context.request().input_stream();
    // From two streams, which go on where the other one ended.
    let mut first = [0; 3];
    let length = stream.read(&mut first).unwrap();
    body.push_str(std::str::from_utf8(&first[..length]).unwrap());
    let mut rest = context.request().input_stream();
    rest.read_to_string(&mut body).unwrap();
    body
}

/// Answers by what the path asks for.
fn respond(mut context: HttpListenerContext) {
    let user = context.user().map(|user| user.name().to_owned());
    let text = format!("{} {}", user.unwrap(), read(&context));
    let path = context.request().raw_url().to_owned();
    let response = context.response_mut();
    match &*path {
        "/none" => response.close().unwrap(),
        "/empty" => {
            response.set_status_code(204_u16).unwrap();
            response.close().unwrap();
        }
        "/unchanged" => {
            response.set_status_code(304_u16).unwrap();
            response.close_with(text).unwrap();
        }
        "/second" => {
            response.set_status_code(204_u16).unwrap();
            response.close_with("a body").unwrap_err();
            response.set_status_code(200_u16).unwrap();
            response.close_with(text).unwrap();
        }
        "/announced" => {
            response.set_content_length64(text.len() as u64).unwrap();
            let mut stream = response.output_stream().unwrap();
            stream.write_all(text.as_bytes()).unwrap();
        }
        "/stream" | "/fields" => {
            let mut stream = response.output_stream().unwrap();
            let (one, two) = text.split_at(4);
            stream.write_all(one.as_bytes()).unwrap();
            stream.write_all(two.as_bytes()).unwrap();
            let mut fields = WebHeaderCollection::for_response();
            fields.add("X-Sum", "3").unwrap();
            match &*path {
                "/stream" => stream.close().unwrap(),
                _ => stream.close_with_trailers(&fields).unwrap(),
            }
        }
        _ => response.close_with(text).unwrap(),
    }
}

/// A client and the nonce it was given.
struct Joe {
    client: Client,
    nonce: String,
    nc: u32,
}

impl Joe {
    fn new(listener: &TestListener) -> Self {
        let mut client = Client::new(listener);
        let asked = client.get("/");
        assert_eq!(asked.status(), 401);
        let challenge = asked.header("WWW-Authenticate").unwrap();
        let (_, rest) = challenge.split_once("nonce=\"").unwrap();
        let nonce = rest.split('"').next().unwrap().to_owned();
        Self {
            client,
            nonce,
            nc: 0,
        }
    }

    /// The next login, as a line.
    fn login(&mut self, method: &str, path: &str, body: &[u8]) -> String {
        self.nc += 1;
        let value = covering(&self.nonce, self.nc, method, path, body);
        format!("Authorization: {value}")
    }

    /// Sends one body under the proof of another.
    fn post(&mut self, path: &str, covered: &str, sent: &str) -> &mut Client {
        let login = self.login("POST", path, covered.as_bytes());
        let length = format!("Content-Length: {}", sent.len());
        let line = format!("POST {path}");
        self.client.request(&line, &[&login, &length], sent)
    }

    fn info(&self, path: &str, body: &str) -> String {
        info(&self.nonce, self.nc, path, body.as_bytes())
    }
}

#[test]
fn a_request_is_let_in_with_the_body_that_was_covered() {
    let (listener, seen) = covered(true);
    let mut joe = Joe::new(&listener);
    let long = "x".repeat(100_000);
    for body in ["content", "c", "", &long] {
        let answer = joe.post("/a", body, body).answer();
        assert_eq!(answer.text(), format!("joe {body}"));
    }
    // In chunks.
    let login = joe.login("POST", "/a", b"content");
    let chunked = [&*login, "Transfer-Encoding: chunked"];
    let body = "3\r\ncon\r\n4\r\ntent\r\n0\r\n\r\n";
    let answer = joe.client.request("POST /a", &chunked, body).answer();
    assert_eq!(answer.text(), "joe content");
    // A client that waits to be asked for the body.
    let login = joe.login("POST", "/a", b"content");
    let waiting = [&*login, "Content-Length: 7", "Expect: 100-continue"];
    joe.client.request("POST /a", &waiting, "");
    let go_on = joe.client.until("\r\n\r\n");
    assert!(go_on.starts_with("HTTP/1.1 100 "), "{go_on}");
    assert_eq!(joe.client.send("content").answer().text(), "joe content");
    // Without a body.
    let login = joe.login("GET", "/a", b"");
    let answer = joe.client.request("GET /a", &[&login], "").answer();
    assert_eq!(answer.text(), "joe ");
    assert_eq!(seen.load(Ordering::SeqCst), 7);
}

#[test]
fn a_request_with_another_body_is_never_seen() {
    let (listener, seen) = covered(true);
    let mut joe = Joe::new(&listener);
    for (covered, sent) in [
        ("content", "contens"),
        ("content", "content "),
        ("content", "conten"),
        ("content", ""),
        ("", "c"),
    ] {
        let answer = joe.post("/a", covered, sent).answer();
        assert_eq!(answer.status(), 401, "{covered} {sent}");
        let challenge = answer.header("WWW-Authenticate").unwrap();
        assert!(!challenge.contains("stale"), "{challenge}");
        assert_eq!(answer.header("Connection"), None, "it stays");
    }
    let login = joe.login("POST", "/a", b"content");
    let chunked = [&*login, "Transfer-Encoding: chunked"];
    let body = "3\r\ncon\r\n4\r\ntenT\r\n0\r\n\r\n";
    let answer = joe.client.request("POST /a", &chunked, body).answer();
    assert_eq!(answer.status(), 401);
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    // The right one is let in, once.
    assert_eq!(joe.post("/a", "content", "content").answer().status(), 200);
    joe.nc -= 1;
    let again = joe.post("/a", "content", "content").answer();
    assert_eq!(again.status(), 401);
    assert!(
        again
            .header("WWW-Authenticate")
            .unwrap()
            .contains("stale=true")
    );
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    // A body that is none.
    let login = joe.login("POST", "/a", b"content");
    let chunked = [&*login, "Transfer-Encoding: chunked"];
    joe.client.request("POST /a", &chunked, "x\r\n");
    assert_eq!(joe.client.answer().status(), 400);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

/// Where nothing but `auth-int` is offered, less is not enough.
#[test]
fn a_listener_may_offer_nothing_else() {
    let (listener, seen) = covered(false);
    let mut client = Client::new(&listener);
    let asked = client.get("/");
    let challenge = asked.header("WWW-Authenticate").unwrap();
    assert!(challenge.contains("qop=\"auth-int\""), "{challenge}");
    let mut joe = Joe::new(&listener);
    let secret = md5(format!("joe:{REALM}:{PASSWORD}"));
    let less = md5(format!(
        "{secret}:{}:00000001:abc:auth:{}",
        joe.nonce,
        md5("GET:/")
    ));
    let covered = joe.login("GET", "/", b"");
    let right = proof(&joe.nonce, 1, "GET", "/", b"");
    let login = covered.replace("auth-int", "auth").replace(&right, &less);
    assert_ne!(login, covered);
    let answer = joe.client.request("GET /", &[&login], "").answer();
    assert_eq!(answer.status(), 401);
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    let answer = joe.client.request("GET /", &[&covered], "").answer();
    assert_eq!(answer.status(), 200);
}

#[test]
fn what_is_held_of_bodies_has_limits() {
    let (listener, seen) = covered(true);
    let mut limits = listener.limits();
    assert_eq!(limits.digest_body_bytes, 1024 * 1024);
    limits.digest_body_bytes = 10;
    listener.set_limits(limits);
    let check = |length: usize, chunked: bool, status: u16| {
        let mut joe = Joe::new(&listener);
        let body = "x".repeat(length);
        let login = joe.login("POST", "/a", body.as_bytes());
        if chunked {
            let fields = [&*login, "Transfer-Encoding: chunked"];
            let body = format!(
                "4\r\nxxxx\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                length - 4,
                &body[4..]
            );
            joe.client.request("POST /a", &fields, &body);
        } else {
            let announced = format!("Content-Length: {length}");
            // Of one that is too long nothing need come.
            let sent = if length > 10 { "" } else { &body };
            joe.client.request("POST /a", &[&login, &announced], sent);
        }
        let answer = joe.client.answer();
        assert_eq!(answer.status(), status, "{length} {chunked}");
    };
    for chunked in [false, true] {
        check(10, chunked, 200);
        check(11, chunked, 413);
    }
    // The limit of all bodies holds for these as well.
    let limits = system_net_http_listener::HttpListenerLimits {
        digest_body_bytes: 100,
        body_bytes: Some(10),
        ..limits
    };
    listener.set_limits(limits);
    check(10, true, 200);
    check(11, true, 413);
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

#[test]
fn what_is_held_of_all_bodies_has_a_limit() {
    let listener = TestListener::http().unwrap();
    listener.set_authentication_schemes(AuthenticationSchemes::DIGEST);
    listener.set_credential_validator(Some(users()));
    listener.set_realm(Some(REALM)).unwrap();
    let options = DigestServerOptions {
        algorithms: vec![DigestAlgorithm::MD5],
        auth_int: true,
        ..DigestServerOptions::default()
    };
    listener.set_digest_options(options).unwrap();
    let mut limits = listener.limits();
    limits.digest_bodies_bytes = 10;
    listener.set_limits(limits);
    listener.start().unwrap();
    let (sender, contexts) = mpsc::channel();
    answer_with(&listener, move |context| sender.send(context).unwrap());
    let mut first = Joe::new(&listener);
    first.post("/a", "12345678", "12345678");
    let held = contexts.recv().unwrap();
    // There is room for two bytes more.
    assert_eq!(
        Joe::new(&listener)
            .post("/a", "123", "123")
            .answer()
            .status(),
        503
    );
    let mut second = Joe::new(&listener);
    second.post("/a", "12", "12");
    respond(contexts.recv().unwrap());
    assert_eq!(second.client.answer().text(), "joe 12");
    respond(held);
    assert_eq!(first.client.answer().text(), "joe 12345678");
    let mut third = Joe::new(&listener);
    third.post("/a", "1234567890", "1234567890");
    respond(contexts.recv().unwrap());
    assert_eq!(third.client.answer().text(), "joe 1234567890");
}

#[test]
fn a_covered_body_that_does_not_come_is_not_waited_for() {
    let (listener, seen) = covered(true);
    let time = Duration::from_millis(200);
    listener.timeout_manager().set_entity_body(time);
    let mut joe = Joe::new(&listener);
    let login = joe.login("POST", "/a", b"content");
    joe.client
        .request("POST /a", &[&login, "Content-Length: 7"], "cont");
    assert_eq!(joe.client.answer().status(), 408);
    joe.client.expect_closed();
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

/// The head has the proof of a body that is known, the trailers that of one in chunks.
#[test]
fn responses_are_proved_with_their_bodies() {
    let (listener, _) = covered(true);
    let mut joe = Joe::new(&listener);
    for (path, body) in [
        ("/whole", "joe content"),
        ("/second", "joe content"),
        ("/none", ""),
        ("/empty", ""),
    ] {
        let answer = joe.post(path, "content", "content").answer();
        assert_eq!(answer.text(), body, "{path}");
        let said = answer.header("Authentication-Info");
        assert_eq!(said, Some(&*joe.info(path, body)), "{path}");
        assert_eq!(answer.header("Trailer"), None, "{path}");
    }
    let client = joe.post("/unchanged", "content", "content");
    let answer = Answer {
        head: client.until("\r\n\r\n"),
        body: Vec::new(),
    };
    assert_eq!(
        (answer.status(), answer.header("Content-Length")),
        (304, Some("11"))
    );
    let said = answer.header("Authentication-Info");
    assert_eq!(said, Some(&*joe.info("/unchanged", "")));
    // Behind a body whose length was announced there is no place.
    let answer = joe.post("/announced", "content", "content").answer();
    assert_eq!(answer.text(), "joe content");
    let said = answer.header("Authentication-Info");
    assert_eq!(said, Some(&*unproven(joe.nc)));
    for (path, own) in [("/stream", ""), ("/fields", "X-Sum: 3\r\n")] {
        let client = joe.post(path, "content", "content");
        let head = client.until("\r\n\r\n");
        let body = client.until("0\r\n");
        assert_eq!(body, "4\r\njoe \r\n7\r\ncontent\r\n0\r\n");
        let trailers = client.until("\r\n\r\n");
        let answer = Answer {
            head,
            body: Vec::new(),
        };
        assert_eq!(answer.header("Authentication-Info"), None, "{path}");
        assert_eq!(answer.header("Trailer"), Some("Authentication-Info"));
        let said = joe.info(path, "joe content");
        assert_eq!(
            trailers,
            format!("{own}Authentication-Info: {said}\r\n\r\n")
        );
    }
    // There is no body, whatever the program writes.
    for path in ["/whole", "/stream", "/announced"] {
        let login = joe.login("HEAD", path, b"");
        joe.client.request(&format!("HEAD {path}"), &[&login], "");
        let answer = Answer {
            head: joe.client.until("\r\n\r\n"),
            body: Vec::new(),
        };
        let said = answer.header("Authentication-Info");
        assert_eq!(said, Some(&*joe.info(path, "")), "{path}");
    }
    // A client of HTTP/1.0 gets no trailers.
    let login = joe.login("GET", "/stream", b"");
    let head = format!("GET /stream HTTP/1.0\r\nHost: localhost\r\n{login}\r\n\r\n");
    let answer = joe.client.send(head).answer();
    assert_eq!(answer.text(), "joe ");
    let said = answer.header("Authentication-Info");
    assert_eq!(said, Some(&*unproven(joe.nc)));
}
