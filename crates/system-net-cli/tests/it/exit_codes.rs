//! Each failure with its exit code, and a line on stderr that says what happened where.

use system_net_testkit::{Authority, Blackhole, HttpPeer, Script, Validity, refused_port};

use crate::program::{pages, run, sysnet};

/// Runs it and expects this code and these words.
#[track_caller]
fn check(code: i32, words: &[&str], arguments: &[&str]) {
    let run = run(arguments);
    assert_eq!(run.code, code, "{arguments:?}: {run:?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word:?}: {}", run.stderr);
    }
}

/// A server that answers any request with these bytes and closes.
fn answers(bytes: &str) -> HttpPeer {
    HttpPeer::each(Script::new().answer(bytes).close())
}

#[test]
fn exit_2_usage() {
    check(2, &["Usage"], &["get"]);
    check(
        2,
        &["unexpected argument"],
        &["get", "--no-such-option", "http://h/"],
    );
    for (seconds, words) in [
        ("0", "more than 0"),
        ("-1", "more than 0"),
        ("nan", "more than 0"),
        ("x", "not a number"),
        ("1e-300", "at least 1e-9"),
        ("1e300", "at most 18446744073709551615 seconds"),
        ("inf", "at most 18446744073709551615 seconds"),
    ] {
        let limit = format!("--max-time={seconds}");
        check(2, &[words], &["get", &limit, "http://h/"]);
    }
    check(
        2,
        &["\"Name: value\""],
        &["get", "-H", "nonsense", "http://h/"],
    );
    check(
        2,
        &["Content-Length"],
        &["get", "-H", "Content-Length: 3", "http://h/"],
    );
    check(
        2,
        &["one URL"],
        &["get", "-o", "f", "http://h/", "http://i/"],
    );
    check(
        2,
        &["cannot be used with"],
        &["get", "-k", "--cacert", "f", "https://h/"],
    );
}

#[test]
fn exit_1_no_protocol_for_the_scheme() {
    check(
        1,
        &["no protocol is registered", "gopher"],
        &["get", "gopher://h/"],
    );
}

#[test]
fn exit_3_bad_url() {
    check(3, &["port"], &["get", "http://host:99999/"]);
    check(3, &[], &["get", "http://"]);
}

#[test]
fn exit_6_host_name() {
    // No name server is asked for a name with a label of more than 63 characters.
    let url = format!("http://{}.invalid/", "x".repeat(64));
    check(
        6,
        &["NameResolutionFailure", "  - check the spelling"],
        &["get", &url],
    );
}

/// The reason stands behind the address, and is not lost behind a long one.
#[test]
fn exit_codes_with_long_addresses() {
    let long = "x".repeat(5000);
    let dead = format!("http://{}/{long}", refused_port());
    for (code, reason, url) in [
        (7, "while connecting", dead),
        (3, "port", format!("http://host:99999/{long}")),
    ] {
        let run = run(&["get", &url]);
        assert_eq!(run.code, code);
        let line = run.stderr.lines().next().unwrap();
        assert!(line.contains(reason), "{line}");
        assert!(line.contains("xxx..."), "{line}");
        assert!(line.len() < 400, "{line}");
    }
}

#[test]
fn exit_7_connect() {
    let url = format!("http://{}/", refused_port());
    check(
        7,
        &["ConnectFailure", &url, "  - check that the service runs"],
        &["get", &url],
    );
    let said = run(&["get", &url]).stderr;
    assert_eq!(
        said.matches("refused").count(),
        1,
        "the cause is told once: {said}"
    );
}

#[test]
fn exit_8_not_http() {
    let peer = answers("SSH-2.0-OpenSSH_9.9\r\n");
    check(8, &["ServerProtocolViolation"], &["get", &peer.url("/")]);
}

#[test]
fn exit_18_partial_body() {
    let peer = answers("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
    check(18, &["ConnectionClosed", "body"], &["get", &peer.url("/")]);
    let peer = answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n");
    check(18, &["ConnectionClosed"], &["get", &peer.url("/")]);
}

#[test]
fn exit_22_http_error_with_f() {
    let peer = pages();
    let run = run(&["get", "-f", &peer.url("/missing")]);
    assert_eq!((run.code, run.text().as_str()), (22, ""));
    assert!(run.stderr.contains("404 Not Found"), "{}", run.stderr);
}

#[test]
fn exit_23_writing() {
    let peer =
        HttpPeer::serve(|_| system_net_testkit::Response::new(200).body(vec![b'x'; 100_000]));
    let url = peer.url("/");
    check(23, &["/dev/full"], &["get", "-o", "/dev/full", &url]);
    check(
        23,
        &["/no/such/folder"],
        &["get", "-o", "/no/such/folder/file", &url],
    );
    check(23, &["names no file"], &["get", "-O", &url]);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = sysnet(&["get", &url]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(23), "{output:?}");
}

#[test]
fn exit_26_reading_the_upload() {
    let peer = pages();
    check(
        26,
        &["/no/such/file"],
        &["put", "/no/such/file", &peer.url("/")],
    );
    check(
        26,
        &["/no/such"],
        &["post", "-d", "@/no/such", &peer.url("/")],
    );
    check(26, &["directory"], &["put", "/", &peer.url("/")]);
    assert_eq!(peer.connections_opened(), 0, "nothing was sent");
}

#[test]
fn exit_28_timeouts() {
    let silent = HttpPeer::silent();
    let url = silent.url("/");
    check(28, &["300ms", "--max-time"], &["get", "-m", "0.3", &url]);
    let stalls = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
            .stall(),
    );
    check(28, &["300ms"], &["get", "-m", "0.3", &stalls.url("/")]);
    check(
        28,
        &["Timeout"],
        &[
            "get",
            "--connect-timeout",
            "0.3",
            &url.replace("http:", "https:"),
        ],
    );
    let hole = Blackhole::new();
    let url = format!("http://{}/", hole.address());
    check(
        28,
        &["connecting", "300ms"],
        &["get", "--connect-timeout", "0.3", &url],
    );
}

#[test]
fn exit_35_tls() {
    // What a server of plain HTTP makes of a TLS greeting.
    let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let plain = HttpPeer::each(Script::new().send(refusal).stall());
    let url = plain.url("/").replace("http:", "https:");
    check(
        35,
        &["SecureChannelFailure", "http: may be meant"],
        &["get", &url],
    );
}

#[test]
fn exit_37_file() {
    check(37, &["/no/such/file"], &["get", "file:///no/such/file"]);
}

#[test]
fn exit_47_redirects() {
    let peer = pages();
    check(47, &["too many", "50"], &["get", &peer.url("/loop")]);
    let leads_away =
        answers("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
    check(
        47,
        &["'file'", "not followed"],
        &["get", &leads_away.url("/")],
    );
}

/// The redirect wants a body again that was sent as it was read.
#[test]
fn exit_47_body_that_is_gone() {
    let peer = answers("HTTP/1.1 307 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "content").unwrap();
    let run = run(&["put", "-L", file.path().to_str().unwrap(), &peer.url("/")]);
    assert_eq!(run.code, 47, "{run:?}");
    assert!(run.stderr.contains("wants the body again"), "{run:?}");
    assert!(!run.stderr.contains("allow_"), "{run:?}");
}

#[test]
fn exit_52_empty_reply() {
    let peer = HttpPeer::each(Script::new().head().close());
    check(52, &["ConnectionClosed"], &["get", &peer.url("/")]);
}

#[test]
fn exit_55_sending() {
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .send("HTTP/1.1 100 Continue\r\n\r\n")
            .body(1000)
            .reset(),
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(64 << 20).unwrap();
    let path = file.path().to_str().unwrap();
    check(55, &["SendFailure"], &["put", path, &peer.url("/")]);
}

#[test]
fn exit_56_receiving() {
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
            .reset(),
    );
    check(56, &["ReceiveFailure"], &["get", &peer.url("/")]);
    let header = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    check(
        56,
        &["MessageLengthLimitExceeded"],
        &["get", &answers(&header).url("/")],
    );
}

#[test]
fn exit_60_certificate() {
    let words = ["TrustFailure", "  - add the certificate of the authority"];
    let self_signed = Authority::self_signed(&["localhost"]);
    let peer = HttpPeer::each_tls(&self_signed.identity(), Script::new().stall());
    check(60, &words, &["get", &peer.url_localhost("/")]);

    let authority = Authority::new();
    let pem = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(pem.path(), authority.certificate_pem()).unwrap();
    let pem = pem.path().to_str().unwrap();
    let expired = authority.issue(&["localhost"], Validity::Past);
    let peer = HttpPeer::each_tls(&expired.identity(), Script::new().stall());
    check(
        60,
        &["expired"],
        &["get", "--cacert", pem, &peer.url_localhost("/")],
    );
}

#[test]
fn exit_77_authority_file() {
    check(
        77,
        &["/no/such.pem"],
        &["get", "--cacert", "/no/such.pem", "https://h/"],
    );
    let empty = tempfile::NamedTempFile::new().unwrap();
    let path = empty.path().to_str().unwrap();
    check(
        77,
        &["no certificate"],
        &["get", "--cacert", path, "https://h/"],
    );
}

#[test]
fn exit_130_interrupted_leaves_no_file() {
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
            .stall(),
    );
    let mut child = sysnet(&["get", "-o", "file", &peer.url("/")])
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = || folder.path().read_dir().unwrap().next();
    while part().is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(part().is_none(), "no file is left");
}

#[test]
fn silent_hides_the_line_and_show_error_brings_it_back() {
    let url = format!("http://{}/", refused_port());
    let quiet = run(&["get", "-s", &url]);
    assert_eq!((quiet.code, &*quiet.stderr), (7, ""));
    check(7, &["ConnectFailure"], &["get", "-s", "-S", &url]);
}

#[test]
fn first_failure_of_several_urls_is_the_exit_code() {
    let peer = pages();
    let dead = format!("http://{}/", refused_port());
    let run = run(&[
        "get",
        "-f",
        &peer.url("/missing"),
        &dead,
        &peer.url("/page"),
    ]);
    assert_eq!((run.code, run.text().as_str()), (22, "a page\n"));
}
