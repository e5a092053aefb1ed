//! The examples of HttpListener, and a test server in ten lines.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use system_net::{NetContext, TestListener, WebClient, WebRequest};

use crate::examples::{example, printed};

/// An example that listens until its input ends; killed if the test ends first.
struct Host {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Host {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(example(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            input: child.stdin.take(),
            child,
            lines,
        }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("one line more").unwrap()
    }

    #[track_caller]
    fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    /// The URL of `Listening at URL`.
    fn url(&mut self) -> String {
        let line = self.line();
        let url = line.strip_prefix("Listening at ");
        url.unwrap_or_else(|| panic!("{line}")).to_owned()
    }

    fn command(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// What it still prints after its input has ended, until it ends well.
    fn end(mut self) -> Vec<String> {
        self.input = None;
        let rest = self.lines.by_ref().map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn example_http_listener() {
    let alone = printed("http_listener", &[]);
    let form =
        "<form method=\"post\"><input name=\"name\"><input type=\"submit\"></form></body></html>";
    let page = |name: &str| format!("<html><body>Hello {name}!{form}");
    let lines: Vec<&str> = alone.lines().collect();
    assert!(
        lines[0].starts_with("Listening at http://localhost:"),
        "{alone}"
    );
    assert_eq!(
        lines[1..],
        [
            "GET /",
            &page("world"),
            "GET /?name=J%C3%BCrgen",
            &page("J&#252;rgen"),
            "POST /",
            &page("&lt;b&gt;"),
            "DELETE /",
            "DELETE: ProtocolError",
        ]
    );
    // For others, until its input ends.
    let mut host = Host::start("http_listener", &["http://127.0.0.1:0/app/"]);
    let url = host.url();
    assert!(url.ends_with("/app/"), "{url}");
    let client = WebClient::new_in(&NetContext::new());
    let text = client.download_string(&format!("{url}?name=x")).unwrap();
    assert!(text.contains("Hello x!"), "{text}");
    host.expect("GET /app/?name=x");
    assert!(host.end().is_empty());
}

#[test]
fn example_listener_auth() {
    let alone = printed("listener_auth", &[]);
    let lines: Vec<&str> = alone.lines().skip(1).collect();
    let known = [
        "public: somebody",
        "basic: Joe by Basic",
        "digest: Joe by Digest",
        "ntlm: Joe by NTLM",
    ];
    assert_eq!(lines[..4], known);
    let refused = [
        ("digest: ", "(401) Unauthorized"),
        ("basic: ", "(401) Unauthorized"),
        ("private: ", "(403) Forbidden"),
    ];
    assert_eq!(lines.len(), 7, "{alone}");
    for (line, (path, status)) in lines[4..].iter().zip(refused) {
        assert!(line.starts_with(path) && line.ends_with(status), "{line}");
    }
}

#[test]
fn example_test_server() {
    let alone = printed("test_server", &[]);
    let (told, bytes) = alone.split_once("\nGET ").unwrap();
    assert_eq!(told, "You asked for /hello\nwithout trust: TrustFailure");
    assert!(bytes.starts_with("/x HTTP/1.1\r\n"), "{bytes}");
    assert!(bytes.contains("\r\nUser-Agent: test\r\n"), "{bytes}");
    assert!(bytes.ends_with("\r\n\r\n"), "{bytes}");
}

/// F26-17.
#[test]
fn test_server_tls_ten_lines() {
    // From here
    let server = TestListener::https().unwrap();
    let server = server.answering(|mut context| {
        let path = context.request().raw_url().to_owned();
        context.response_mut().close_with(path)
    });
    let server = server.unwrap();
    let client = WebClient::new_in(&server.client_context());
    let answer = client.download_string(&server.url("/hello")).unwrap();
    assert_eq!(answer, "/hello");
    // to here
    let own = include_str!("listener_examples.rs");
    let own = own.split_once("// From here\n").unwrap().1;
    let own = own.split_once("// to here\n").unwrap().0;
    let lines = own.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 10, "{lines} lines");
    assert!(server.url("").starts_with("https://"));
}

fn request(address: &str, method: &str) -> WebRequest {
    let mut request = WebRequest::create_in(&NetContext::new(), address).unwrap();
    request.set_method(method).unwrap();
    request
}

/// Status and body, whatever the status is.
fn answer(mut request: WebRequest, body: Option<&[u8]>) -> (u16, Vec<u8>) {
    let response = match body {
        None => request.get_response(),
        Some(body) => {
            let mut stream = request.get_request_stream().unwrap();
            stream.write_all(body).unwrap();
            stream.close().unwrap();
            request.get_response()
        }
    };
    let response = match response {
        Ok(response) => response,
        Err(error) => error.into_response().expect("a response"),
    };
    let status = response.as_http().unwrap().status_code().as_u16();
    let mut bytes = Vec::new();
    let mut stream = response.get_response_stream().unwrap();
    stream.read_to_end(&mut bytes).unwrap();
    (status, bytes)
}

fn get(address: &str) -> (u16, String) {
    let (status, body) = answer(request(address, "GET"), None);
    (status, String::from_utf8(body).unwrap())
}

/// F24-04, driven by our client; `tests/interop/listener` has curl do the same.
#[test]
fn listener_app_host() {
    let mut host = Host::start("listener_app_host", &[]);
    host.expect("loaded guestbook");
    host.expect("loaded files");
    let url = host.url();
    let page = |list: &str| {
        format!(
            "<html><body><ul>{list}</ul><form method=\"post\"><input name=\"name\">\
             <input name=\"text\"><input type=\"submit\"></form></body></html>\n"
        )
    };
    let guestbook = format!("{url}guestbook/");
    assert_eq!(get(&guestbook), (200, page("")));
    let client = WebClient::new_in(&NetContext::new());
    let fields = [("name", "J\u{fc}rgen"), ("text", "a < b & c")];
    let posted = client.upload_values(&guestbook, None, &fields).unwrap();
    let entry = "<li>J&#252;rgen: a &lt; b &amp; c</li>";
    assert_eq!(String::from_utf8(posted).unwrap(), page(entry));
    assert_eq!(get(&guestbook), (200, page(entry)));
    assert_eq!(get(&format!("{guestbook}none")).0, 404);
    assert_eq!(get(&format!("{url}elsewhere/")).0, 404);

    // An upload, and the same bytes back.
    let file: Vec<u8> = (0..1_000_000_u32)
        .map(|at| (at.wrapping_mul(at) >> 7) as u8)
        .collect();
    let address = format!("{url}files/a%20file.bin");
    let put = answer(request(&address, "PUT"), Some(&file));
    assert_eq!(put.0, 201);
    assert_eq!(put.1, b"<html><body>1000000 bytes.</body></html>\n");
    host.expect("receiving a%20file.bin");
    assert!(answer(request(&address, "GET"), None) == (200, file));

    // Error pages tell nothing of what went wrong; a panic ends one request.
    let failed = get(&format!("{guestbook}fail"));
    let text = "<html><body>The application guestbook failed.</body></html>\n";
    assert_eq!(failed, (500, text.to_owned()));
    host.expect("guestbook failed: the guest book has lost a page");
    assert_eq!(get(&format!("{guestbook}panic")).0, 500);
    assert_eq!(get(&guestbook).0, 200);

    // Unloaded while a request runs: that one is finished, others find nothing.
    let authority = url.split('/').nth(2).unwrap();
    let mut slow = TcpStream::connect(authority).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(
        slow,
        "PUT /files/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nfirst"
    )
    .unwrap();
    host.expect("receiving slow");
    host.command("unload files");
    host.expect("unloading files");
    assert_eq!(get(&format!("{url}files/a%20file.bin")).0, 404);
    assert_eq!(get(&guestbook).0, 200, "the others go on");
    slow.write_all(b" half").unwrap();
    let mut answered = String::new();
    slow.read_to_string(&mut answered).unwrap();
    assert!(
        answered.starts_with("HTTP/1.1 201 Created\r\n"),
        "{answered}"
    );
    assert!(answered.contains("\r\nConnection: close\r\n"), "{answered}");
    assert!(
        answered.ends_with("10 bytes.</body></html>\n"),
        "{answered}"
    );
    host.expect("unloaded files");
    // And back again, with what it has.
    host.command("load files");
    host.expect("loaded files");
    assert_eq!(
        get(&format!("{url}files/slow")),
        (200, "first half".to_owned())
    );
    host.command("load nothing");
    host.expect("load nothing: no such application");
    host.command("unload nothing");
    host.expect("unload nothing: it is not loaded");
    host.command("x");
    host.expect("x: commands are load NAME and unload NAME");
    let rest = host.end();
    assert_eq!(
        rest,
        [
            "unloading guestbook",
            "unloaded guestbook",
            "unloading files",
            "unloaded files"
        ]
    );
}
