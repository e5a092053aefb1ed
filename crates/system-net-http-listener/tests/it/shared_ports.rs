//! Several listeners on one port: of one context, and of several processes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind, HttpListenerLimits};
use system_net_security::ClientCertificateOptions;
use system_net_security::test_util::TestCa;

use crate::support::{Client, HANG};
use crate::tls::{tls_client, tls_stream_to};

fn listening(context: &NetContext, prefix: &str) -> HttpListener {
    let listener = HttpListener::new_in(context);
    listener.prefixes().add(prefix).unwrap();
    listener
}

/// A started listener that answers with its name, the path and the body; its name stands in `Server`.
pub(crate) fn named(context: &NetContext, name: &'static str, prefix: &str) -> HttpListener {
    let listener = listening(context, prefix);
    listener.start().unwrap();
    answer_as(&listener, name);
    listener
}

pub(crate) fn answer_as(listener: &HttpListener, name: &'static str) {
    listener.set_server_header(Some(name)).unwrap();
    let listener = listener.clone();
    thread::spawn(move || {
        while let Ok(mut context) = listener.get_context() {
            let mut text = format!("{name} {} ", context.request().raw_url());
            let mut body = context.request().input_stream();
            body.read_to_string(&mut text).unwrap();
            context.response_mut().close_with(text).unwrap();
        }
    });
}

pub(crate) fn port(listener: &HttpListener) -> u16 {
    listener.local_endpoints().unwrap()[0].port()
}

fn client(port: u16) -> Client {
    Client::to(&format!("http://127.0.0.1:{port}/"))
}

#[test]
fn listeners_of_a_context_share_a_port() {
    let context = NetContext::new();
    let root = named(&context, "root", "http://+:0/");
    let port = port(&root);
    let _below = named(&context, "below", &format!("http://+:{port}/below/"));
    let _other = named(&context, "other", &format!("http://other:{port}/"));
    let mut client = client(port);
    // On one connection, to and fro: the longest path, whoever has it.
    for _ in 0..3 {
        for (path, text) in [
            ("/", "root / "),
            ("/below/x", "below /below/x "),
            ("/below", "below /below "),
            ("/below/%2e%2e/y", "root /below/%2e%2e/y "),
            ("/belowx", "root /belowx "),
        ] {
            let answer = client.get(path);
            assert_eq!(answer.text(), text);
            let name = text.split(' ').next();
            assert_eq!(answer.header("Server"), name, "each with its own settings");
        }
    }
    // + stands before every name.
    client.send("GET / HTTP/1.1\r\nHost: other\r\n\r\n");
    assert_eq!(client.answer().text(), "root / ");
}

#[test]
fn requests_that_wait_and_bodies_go_along() {
    let context = NetContext::new();
    let first = named(&context, "a", "http://*:0/a/");
    let port = port(&first);
    let _second = named(&context, "b", &format!("http://*:{port}/b/"));
    let mut client = client(port);
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    let all: String = ["/a/1", "/b/2", "/b/3", "/a/4", "/none", "/b/5"]
        .into_iter()
        .map(request)
        .collect();
    client.send(all);
    for text in [
        "a /a/1 ",
        "b /b/2 ",
        "b /b/3 ",
        "a /a/4 ",
        "404 Not Found\n",
        "b /b/5 ",
    ] {
        assert_eq!(client.answer().text(), text);
    }
    client.request("POST /a/", &["Content-Length: 5"], "hel");
    client.send("lo");
    assert_eq!(client.answer().text(), "a /a/ hello");
    client.request("POST /b/", &["Transfer-Encoding: chunked"], "2\r\nhe\r\n");
    client.send("3\r\nllo\r\n0\r\n\r\n");
    assert_eq!(client.answer().text(), "b /b/ hello");
    client.request(
        "POST /a/",
        &["Content-Length: 2", "Expect: 100-continue"],
        "",
    );
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 100 "));
    client.send("hi");
    assert_eq!(client.answer().text(), "a /a/ hi");
}

#[test]
fn handlers_and_queues_share_a_port() {
    let context = NetContext::new();
    let queue = named(&context, "queue", "http://*:0/queue/");
    let port = port(&queue);
    let served = listening(&context, &format!("http://*:{port}/served/"));
    let serving = served.clone();
    let server = thread::spawn(move || {
        serving.serve_blocking(|mut context| context.response_mut().close_with("served"))
    });
    while !served.is_listening() {
        assert!(!server.is_finished());
        thread::sleep(Duration::from_millis(1));
    }
    let mut client = client(port);
    for _ in 0..20 {
        assert_eq!(client.get("/queue/").text(), "queue /queue/ ");
        assert_eq!(client.get("/served/").text(), "served");
    }
    served.stop().unwrap();
    server.join().unwrap().unwrap();
    client.expect_closed();
}

#[test]
fn conflicts_between_listeners_are_refused() {
    let context = NetContext::new();
    let first = named(&context, "first", "http://*:0/x/");
    let port = port(&first);
    for (prefix, kind) in [
        (format!("http://*:{port}/x/"), Kind::AlreadyExists),
        (format!("http://*:{port}/X/./"), Kind::AlreadyExists),
    ] {
        let second = listening(&context, &prefix);
        let error = second.start().unwrap_err();
        assert_eq!(
            (error.kind(), error.error_code()),
            (kind, 183),
            "{prefix}: {error}"
        );
        assert!(error.to_string().contains("another listener"), "{error}");
    }
    let secure = listening(&context, &format!("https://*:{port}/y/"));
    secure
        .set_tls_identity(TestCa::new().issue(&["localhost"]))
        .unwrap();
    let error = secure.start().unwrap_err();
    assert_eq!(error.kind(), Kind::AlreadyExists, "{error}");
    assert!(error.to_string().contains("scheme"), "{error}");
    // A running listener may not take one that is there either, and has what it had.
    let second = named(&context, "second", &format!("http://*:{port}/y/"));
    let error = second
        .prefixes()
        .add(&format!("http://*:{port}/x/"))
        .unwrap_err();
    assert_eq!(error.kind(), Kind::AlreadyExists, "{error}");
    assert_eq!(client(port).get("/y/").text(), "second /y/ ");
    first.stop().unwrap();
    second
        .prefixes()
        .add(&format!("http://*:{port}/x/"))
        .unwrap();
    assert_eq!(client(port).get("/x/").text(), "second /x/ ");
    // Listeners of other contexts know nothing of these.
    let stranger = listening(&NetContext::new(), &format!("http://*:{port}/z/"));
    assert_eq!(stranger.start().unwrap_err().kind(), Kind::AddressInUse);
}

/// At an address that no other test listens at, so that nobody takes the port when it is free.
#[test]
#[cfg(target_os = "linux")]
fn a_listener_that_stops_leaves_the_port_to_the_others() {
    const ADDRESS: &str = "127.77.3.9";
    let client = |port: u16| {
        let stream = TcpStream::connect((ADDRESS, port)).unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        Client::over(stream)
    };
    let context = NetContext::new();
    let first = named(&context, "first", &format!("http://{ADDRESS}:0/first/"));
    let port = port(&first);
    let prefix = |path: &str| format!("http://{ADDRESS}:{port}{path}");
    let second = named(&context, "second", &prefix("/second/"));
    let mut moved = client(port);
    assert_eq!(moved.get("/first/").text(), "first /first/ ");
    assert_eq!(moved.get("/second/").text(), "second /second/ ");
    first.abort();
    let answer = moved.get("/second/");
    assert_eq!(
        answer.text(),
        "second /second/ ",
        "not the first's any more"
    );
    for _ in 0..20 {
        let mut client = client(port);
        assert_eq!(client.get("/second/").text(), "second /second/ ");
        assert_eq!(client.get("/first/").status(), 404);
    }
    let third = listening(&context, &prefix("/third/"));
    third.bind().unwrap();
    let status = moved.get("/third/").status();
    assert_eq!(status, 503, "bound, and not started");
    drop(moved);
    third.start().unwrap();
    answer_as(&third, "third");
    assert_eq!(client(port).get("/third/").text(), "third /third/ ");
    second.close();
    third.close();
    assert!(TcpStream::connect((ADDRESS, port)).is_err());
    // The port can be had anew.
    let _fourth = named(&context, "fourth", &prefix("/"));
    assert_eq!(client(port).get("/").text(), "fourth / ");
}

#[test]
fn limits_are_those_of_whom_a_request_is_for() {
    let context = NetContext::new();
    let first = named(&context, "first", "http://*:0/first/");
    let port = port(&first);
    let second = listening(&context, &format!("http://*:{port}/second/"));
    second.set_limits(HttpListenerLimits {
        connections: 1,
        ..HttpListenerLimits::default()
    });
    second.bind().unwrap();
    // Accepted by the first while the second does not run.
    let mut clients: Vec<_> = (0..2).map(|_| client(port)).collect();
    for client in &mut clients {
        assert_eq!(client.get("/first/").status(), 200);
    }
    second.start().unwrap();
    answer_as(&second, "second");
    assert_eq!(clients[0].get("/second/").status(), 200);
    assert_eq!(clients[1].get("/second/").status(), 503);
}

#[test]
fn certificates_are_those_of_the_eldest() {
    let context = NetContext::new();
    let ca = TestCa::new();
    let start = |name: &'static str, prefix: &str| {
        let listener = listening(&context, prefix);
        let identity = ca.issue(&[name, "127.0.0.1"]);
        listener.set_tls_identity(identity).unwrap();
        listener.start().unwrap();
        answer_as(&listener, name);
        listener
    };
    let first = start("first.example", "https://*:0/");
    let url = format!("https://127.0.0.1:{}/", port(&first));
    let second = start(
        "second.example",
        &format!("https://*:{}/second/", port(&first)),
    );
    for _ in 0..8 {
        let mut client = tls_client(&url, &ca, "first.example");
        assert_eq!(client.get("/").text(), "first.example / ");
        assert_eq!(client.get("/second/").text(), "second.example /second/ ");
    }
    // HTTP/2 is for who has the port for itself.
    let chosen = || {
        let mut stream = tls_stream_to(&url, &ca, "127.0.0.1", &["h2", "http/1.1"]);
        stream.flush().unwrap();
        stream.conn.alpn_protocol().map(<[u8]>::to_vec).unwrap()
    };
    assert_eq!(chosen(), b"http/1.1");
    first.stop().unwrap();
    assert_eq!(chosen(), b"h2");
    let mut client = tls_client(&url, &ca, "second.example");
    assert_eq!(client.get("/second/").text(), "second.example /second/ ");
    drop(second);
}

/// The first listener of a port asks for what it wants in the handshake; another one that wants more is
/// not reached past it.
#[test]
fn a_handshake_of_another_listener_opens_nothing() {
    #[track_caller]
    fn check(demand: impl FnOnce(&HttpListener, &TestCa)) {
        let context = NetContext::new();
        let ca = TestCa::new();
        let identity = || ca.issue(&["first.example", "127.0.0.1"]);
        let first = listening(&context, "https://*:0/");
        first.set_tls_identity(identity()).unwrap();
        first.start().unwrap();
        answer_as(&first, "first");
        let url = format!("https://127.0.0.1:{}/", port(&first));
        let second = listening(&context, &format!("https://*:{}/second/", port(&first)));
        second.set_tls_identity(identity()).unwrap();
        demand(&second, &ca);
        second.start().unwrap();
        answer_as(&second, "second");
        for _ in 0..4 {
            let mut client = tls_client(&url, &ca, "first.example");
            assert_eq!(client.get("/second/").status(), 421);
            let mut client = tls_client(&url, &ca, "first.example");
            assert_eq!(client.get("/").text(), "first / ");
            assert_eq!(client.get("/second/").status(), 421);
        }
        // Alone it asks by itself, and without TLS 1.3's delay nobody would hear of it before an answer.
        first.stop().unwrap();
        let mut stream = tls_stream_to(&url, &ca, "first.example", &[]);
        let asked = stream.write_all(b"GET /second/ HTTP/1.1\r\nHost: h\r\n\r\n");
        let read = asked.and_then(|()| stream.read(&mut [0; 16]));
        assert!(!matches!(read, Ok(1..)), "{read:?}");
    }
    check(|listener, ca| {
        let options = ClientCertificateOptions::require(vec![ca.ca_der()]);
        listener
            .set_client_certificate_options(Some(options))
            .unwrap();
    });
    check(|listener, ca| {
        let other = vec![ca.issue(&["second.example"])];
        listener.set_strict_tls_identities(other).unwrap();
    });
}

#[test]
fn contexts_share_ports_if_they_are_told_to() {
    let listener = |port: u16| {
        let listener = listening(&NetContext::new(), &format!("http://127.0.0.1:{port}/"));
        listener.set_reuse_port(true);
        assert!(listener.reuse_port());
        listener
    };
    let first = listener(0);
    first.start().unwrap();
    answer_as(&first, "first");
    let port = port(&first);
    let second = listener(port);
    second.start().unwrap();
    answer_as(&second, "second");
    assert_eq!(who_answers(port, 2), ["first", "second"]);
    let alone = listening(&NetContext::new(), &format!("http://127.0.0.1:{port}/"));
    assert_eq!(alone.start().unwrap_err().kind(), Kind::AddressInUse);
}

/// The names of those that answer, until there are so many. That a connection goes to the same one of two
/// 200 times is not to be expected in the life of the universe.
fn who_answers(port: u16, wanted: usize) -> Vec<String> {
    let mut names = BTreeSet::new();
    for _ in 0..200 {
        let answer = client(port).get("/");
        names.insert(answer.text().split(' ').next().unwrap().to_owned());
        if names.len() == wanted {
            break;
        }
    }
    names.into_iter().collect()
}

const CHILD_PORT: &str = "SYSTEM_NET_TEST_REUSED_PORT";

/// The other process of the test below: not a test by itself.
#[test]
fn reused_port_of_another_process() {
    let Ok(port) = std::env::var(CHILD_PORT) else {
        return;
    };
    let listener = listening(&NetContext::new(), &format!("http://127.0.0.1:{port}/"));
    listener.set_reuse_port(true);
    listener.start().unwrap();
    answer_as(&listener, "child");
    std::io::stderr().write_all(b"ready\n").unwrap();
    // Until the parent lets go, or is gone.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // It may be over.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// F03-27.
#[test]
#[cfg(target_os = "linux")]
fn listener_reuse_port() {
    let parent = listening(&NetContext::new(), "http://127.0.0.1:0/");
    parent.set_reuse_port(true);
    parent.start().unwrap();
    answer_as(&parent, "parent");
    let port = port(&parent);
    let mut child = KillOnDrop(
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "shared_ports::reused_port_of_another_process",
            ])
            .env(CHILD_PORT, port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let lines = BufReader::new(child.0.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    assert!(lines.any(|line| line == "ready"), "the child gave up");
    assert_eq!(who_answers(port, 2), ["child", "parent"]);
    // The limit that is documented: a connection is one process's, whatever its requests are for.
    let mut one = client(port);
    let name = |text: &str| text.split(' ').next().unwrap().to_owned();
    let first = name(one.get("/").text());
    for _ in 0..10 {
        assert_eq!(name(one.get("/").text()), first);
    }
    // Without the option the port is taken.
    let alone = listening(&NetContext::new(), &format!("http://127.0.0.1:{port}/"));
    assert_eq!(alone.start().unwrap_err().kind(), Kind::AddressInUse);
    // One goes, the other serves on.
    parent.close();
    for _ in 0..20 {
        assert_eq!(client(port).get("/").text(), "child / ");
    }
    drop(child.0.stdin.take());
    assert!(child.0.wait().unwrap().success());
}
