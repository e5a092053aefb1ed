//! Every example is run as a program, as a reader would run it: against a scripted peer, and alone.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use system_net_testkit::{HttpPeer, Response, refused_port};

/// An example that cargo has built beside this test.
#[track_caller]
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program: PathBuf = [profile, "examples".as_ref(), name.as_ref()]
        .iter()
        .collect();
    assert!(
        program.exists(),
        "{} is missing: run `cargo test -p system-net` without --test, or build it with `cargo build --examples`",
        program.display()
    );
    program
}

/// Runs an example.
#[track_caller]
fn run(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(example(name))
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// What a successful example printed.
#[track_caller]
pub(crate) fn printed(name: &str, arguments: &[&str]) -> String {
    printed_with(name, arguments, &[])
}

/// The same, with this in its environment.
#[track_caller]
pub(crate) fn printed_with(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(name, arguments, environment);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name} {arguments:?}: {:?}\n{errors}",
        output.status
    );
    assert_eq!(errors, "", "{name} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn page() -> HttpPeer {
    HttpPeer::serve(|_| Response::new(200).body("<p>first line\nsecond line</p>"))
}

#[test]
fn example_howto_stream() {
    let peer = page();
    let text = printed("howto_stream", &[&peer.url("/index.htm")]);
    assert_eq!(text, "<p>first line\nsecond line</p>\n");
    assert_eq!(peer.requests()[0].request_line(), "GET /index.htm HTTP/1.1");

    let alone = printed("howto_stream", &[]);
    assert_eq!(alone, "<html><body>Hello from Contoso.</body></html>\n");
}

#[test]
fn example_howto_get() {
    let peer = page();
    let text = printed("howto_get", &[&peer.url("/default.html")]);
    assert_eq!(text, "OK\n<p>first line\nsecond line</p>\n");
    let request = &peer.requests()[0];
    assert_eq!(request.request_line(), "GET /default.html HTTP/1.1");
    assert_eq!(
        request.header("Authorization"),
        None,
        "nobody asked for credentials"
    );

    let alone = printed("howto_get", &[]);
    assert_eq!(alone, "OK\n<html><body>Hello from Contoso.</body></html>\n");
}

#[test]
fn example_howto_post() {
    const SENT: &str = "This is a test that posts this string to a Web server.";
    let peer = HttpPeer::serve(|request| {
        let text = format!("thanks for {} bytes", request.body.len());
        Response::new(201).body(text)
    });
    let text = printed("howto_post", &[&peer.url("/PostAcceptor.aspx")]);
    assert_eq!(text, "Created\nthanks for 54 bytes\n");
    let request = &peer.requests()[0];
    assert_eq!(request.request_line(), "POST /PostAcceptor.aspx HTTP/1.1");
    assert_eq!(request.header("Content-Length").as_deref(), Some("54"));
    assert_eq!(
        request.header("Content-Type").as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.body, SENT.as_bytes());

    assert_eq!(
        printed("howto_post", &[]),
        format!("OK\nReceived: {SENT}\n")
    );
}

#[test]
fn example_howto_typed_response() {
    let peer = HttpPeer::serve(|_| Response::new(200).reason("Fine"));
    assert_eq!(
        printed("howto_typed_response", &[&peer.url("/")]),
        "HttpWebResponse: Fine\n"
    );

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seven.txt");
    std::fs::write(&file, "7 bytes").unwrap();
    let url = format!("file://{}", file.display());
    assert_eq!(
        printed("howto_typed_response", &[&url]),
        "FileWebResponse: Some(7) bytes\n"
    );
    assert_eq!(
        printed("howto_typed_response", &[]),
        "HttpWebResponse: OK\n"
    );
}

#[test]
fn example_client_get_async() {
    // Characters of three bytes at odd places: pieces of 1,024 bytes cut some of them.
    let page: String = std::iter::repeat_n("a€b", 2_000).collect();
    let body = page.clone();
    let peer = HttpPeer::serve(move |_| Response::new(200).body(&body).chunked(700));
    assert_eq!(
        printed("client_get_async", &[&peer.url("/x")]),
        format!("{page}\n")
    );
}

#[test]
fn example_client_get_async_without_argument_prints_usage() {
    let output = run("client_get_async", &[], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Attempts to GET a URL\n\nUsage:\n    client_get_async URL\n    Example:\n        \
         client_get_async http://www.contoso.com/\n"
    );
}

#[test]
fn example_client_get_async_tells_of_a_failure() {
    let url = format!("http://{}/", refused_port());
    let output = run("client_get_async", &[&url], &[]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.starts_with("ConnectFailure at http://127.0.0.1:"),
        "{errors}"
    );
}

#[test]
fn example_register_custom_protocol() {
    let peer = HttpPeer::converse(|conversation| {
        while !conversation.peek()?.ends_with(b"\n") {
            // The line comes in one piece; a client that closed early ends the conversation.
            conversation.pause(Duration::from_millis(1))?;
        }
        conversation.send("OK 5\nhello, and this is past the end")?;
        conversation.close()
    });
    let url = format!("custom://127.0.0.1:{}/a/path?q=1", peer.port());
    assert_eq!(printed("register_custom_protocol", &[&url]), "hello\n");
    drop(peer);

    let peer = HttpPeer::converse(|conversation| {
        conversation.peek()?;
        conversation.send("ERROR no such thing\n")?;
        conversation.close()
    });
    let url = format!("custom://127.0.0.1:{}/", peer.port());
    let output = run("register_custom_protocol", &[&url], &[]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("ERROR no such thing"), "{errors}");

    assert_eq!(
        printed("register_custom_protocol", &[]),
        "You asked for / over custom:\n"
    );
}

#[test]
fn example_typecast_request() {
    let peer = page();
    assert_eq!(printed("typecast_request", &[&peer.url("/")]), "OK\n");
    assert_eq!(
        peer.requests()[0].header("User-Agent").as_deref(),
        Some(".NET Framework Example Client")
    );
    assert_eq!(printed("typecast_request", &[]), "OK\n");
}

#[test]
fn example_http_properties() {
    let peer = page();
    assert_eq!(printed("http_properties", &[&peer.url("/")]), "1.1\n");
    assert_eq!(
        peer.requests()[0].header("Connection").as_deref(),
        Some("Close")
    );
    let old = HttpPeer::each(
        system_net_testkit::Script::new()
            .answer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
            .close(),
    );
    assert_eq!(printed("http_properties", &[&old.url("/")]), "1.0\n");
    assert_eq!(printed("http_properties", &[]), "1.1\n");
}

#[test]
fn example_handle_errors() {
    let peer = HttpPeer::serve(|_| Response::new(404).body("no"));
    let url = peer.url("/missing.html");
    assert_eq!(
        printed("handle_errors", &[&url]),
        format!(
            "A WebError has been caught.\n\
             ProtocolError at {url} while following the response: the remote server returned an \
             error: (404) Not Found\n\
             ProtocolError\n\
             The server returned protocol error 404 - NotFound\n"
        )
    );

    let url = format!("http://{}/", refused_port());
    let text = printed("handle_errors", &[&url]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[1].starts_with(&format!("ConnectFailure at {url} while connecting")),
        "{text}"
    );
    assert_eq!(lines[2], "ConnectFailure");

    let peer = HttpPeer::serve(|_| Response::new(200).body("AB"));
    assert_eq!(printed("handle_errors", &[&peer.url("/")]), "6566\n");

    let alone = printed("handle_errors", &[]);
    assert!(alone.contains("404 - NotFound\n"), "{alone}");
    assert!(alone.ends_with("\nConnectFailure\n"), "{alone}");
}

#[test]
fn example_network_streams() {
    let peer = HttpPeer::serve(|request| Response::new(200).body(&request.body));
    let text = printed("network_streams", &[&peer.url("/echo")]);
    assert_eq!(
        text,
        "request stream: can read false, can write true, can seek false\n\
         response stream: can read true, can write false, can seek false\n\
         the data to send\n"
    );
    assert_eq!(peer.requests()[0].body, b"the data to send");
    assert!(printed("network_streams", &[]).ends_with("Received: the data to send\n"));
}

#[test]
fn example_download_progress() {
    let body: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    let served = body.clone();
    let peer = HttpPeer::serve(move |_| Response::new(200).body(&served));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("download.bin");
    let path = file.to_str().unwrap();

    let mut expected: String = (1..=10)
        .map(|tenth| format!("{:3} % of 300000 bytes\n", tenth * 10))
        .collect();
    expected.push_str(&format!("Download complete: saved as {path}\n"));
    assert_eq!(
        printed("download_progress", &[&peer.url("/big"), path]),
        expected
    );
    assert_eq!(std::fs::read(&file).unwrap(), body);

    let alone = printed("download_progress", &[]);
    assert!(alone.starts_with(" 10 % of 1048576 bytes\n"), "{alone}");
    assert!(
        alone.ends_with("100 % of 1048576 bytes\nDownload complete: 1048576 bytes\n"),
        "{alone}"
    );
}

#[test]
fn example_global_proxy() {
    let proxy = HttpPeer::proxy(|request| Response::new(200).body(request.target()).into());
    let text = printed("global_proxy", &[&proxy.url("/")]);
    assert_eq!(text, "http://www.contoso.com/default.html\n");
    let alone = printed("global_proxy", &[]);
    assert_eq!(alone, "<html><body>Hello from Contoso.</body></html>\n");
}

#[test]
fn example_override_proxy() {
    let proxy = HttpPeer::proxy(|request| Response::new(200).body(request.target()).into());
    let text = printed("override_proxy", &[&proxy.url("/")]);
    let direct = "<html><body>Hello from Contoso.</body></html>\n";
    assert_eq!(
        text,
        format!("http://www.contoso.com/default.html\n{direct}")
    );
    assert_eq!(proxy.request_count(), 1);
    assert_eq!(printed("override_proxy", &[]), format!("{direct}{direct}"));
}

#[test]
fn example_manage_connections() {
    // How many requests have come, and who waits for more of them.
    let arrivals = (Mutex::new(0), Condvar::new());
    let peer = HttpPeer::serve(move |_| {
        let (arrived, changed) = &arrivals;
        let mut arrived = arrived.lock().unwrap();
        *arrived += 1;
        changed.notify_all();
        // The first 8 are answered when 4 are there, of the next 12 none before 6 are.
        let wanted = if *arrived <= 8 { 4 } else { 8 + 6 };
        let patience = Duration::from_secs(30);
        let too_few = |arrived: &mut usize| *arrived < wanted;
        let waited = changed.wait_timeout_while(arrived, patience, too_few);
        let (arrived, waited) = waited.unwrap();
        drop(arrived);
        Response::new(if waited.timed_out() { 503 } else { 200 })
    });
    assert_eq!(
        printed("manage_connections", &[&peer.url("/")]),
        "8 responses\n4 connections at most, now 6\n12 responses\n"
    );
    let used = |from: usize, to: usize| {
        let requests = &peer.requests()[from..to];
        let connections = requests.iter().map(|request| request.connection);
        connections.collect::<BTreeSet<_>>().len()
    };
    assert_eq!((used(0, 8), used(8, 20)), (4, 6));
    assert_eq!((peer.connections_opened(), peer.request_count()), (6, 20));
    printed("manage_connections", &[]);
}

#[test]
fn example_group_connections() {
    // Of "CONTOSO\Joe:Joe's password" and so on, as another program encodes it.
    const JOE: &str = "Basic Q09OVE9TT1xKb2U6Sm9lJ3MgcGFzc3dvcmQ=";
    const SUSAN: &str = "Basic Q09OVE9TT1xTdXNhbjpTdXNhbidzIHBhc3N3b3Jk";
    let peer = HttpPeer::serve(|request| match request.header("Authorization").as_deref() {
        Some(JOE) => Response::new(200).body("for Joe"),
        Some(SUSAN) => Response::new(200).body("for Susan"),
        _ => Response::new(401).header("WWW-Authenticate", "Basic realm=\"payroll\""),
    });
    assert_eq!(
        printed("group_connections", &[&peer.url("/payroll")]),
        "Joe: for Joe\nSusan: for Susan\nJoe: for Joe\nSusan: for Susan\n2 connections\n"
    );
    // Each user's requests over a connection of their own, one for all of them.
    assert_eq!(peer.connections_opened(), 2);
    let users: BTreeSet<(usize, String)> = peer
        .requests()
        .iter()
        .filter_map(|request| Some((request.connection, request.header("Authorization")?)))
        .collect();
    assert_eq!(users, [(0, JOE.to_owned()), (1, SUSAN.to_owned())].into());
    let alone = printed("group_connections", &[]);
    assert!(alone.ends_with("\n2 connections\n"), "{alone}");
}
