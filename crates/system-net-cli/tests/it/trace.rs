//! `sysnet trace` and `--trace`: the traces of the guide, compared with what peers saw.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;
use system_net_testkit::{HttpPeer, Response, refused_port};

use crate::program::{Run, pages, run, run_in, run_with_input};
use crate::serve::Server;

/// Whether a line begins as the guide's do: `[1234] (56) `.
fn is_traced(line: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] ("));
    let parts = parts.and_then(|(thread, rest)| Some((thread, rest.split_once(") ")?.0)));
    parts.is_some_and(|(thread, millis)| digits(thread) && digits(millis))
}

/// The text of a line behind thread and time.
fn told(trace: &str) -> Vec<&str> {
    let lines = trace.lines().filter(|line| is_traced(line));
    lines.map(|line| line.split_once(") ").unwrap().1).collect()
}

/// The bytes of the dumps of a member, of a trace with numbers.
fn dumped(trace: &str, member: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut inside = false;
    for line in told(trace) {
        match line.split_once(" : ") {
            Some((offset, rest)) if offset.len() == 8 && inside => {
                let numbers = rest.split(" : ").next().unwrap();
                let numbers = numbers.split([' ', '-']).filter(|number| number.len() == 2);
                bytes.extend(numbers.map(|number| u8::from_str_radix(number, 16).unwrap()));
            }
            _ if line.starts_with("(printing ") => {}
            _ => inside = line.starts_with("Data from ") && line.ends_with(member),
        }
    }
    bytes
}

#[test]
fn trace_shows_calls_and_bytes() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("a page of \u{e4}\u{f6}\u{fc}\n"));
    let url = peer.url("/page?q=1");
    let traced = run(&["trace", "--hex", "--", "get", &url]);
    assert_eq!(traced.code, 0, "{}", traced.stderr);
    assert_eq!(traced.text(), "a page of \u{e4}\u{f6}\u{fc}\n");
    let trace = traced.stderr;
    assert!(trace.lines().all(is_traced), "{trace}");
    let lines = told(&trace);
    assert_eq!(lines[0], format!("Entering WebRequest::Create({url})"));
    let exits = |line: &&str| {
        line.starts_with("Exiting HttpWebRequest#1::GetResponse()-> HttpWebResponse#")
    };
    assert!(lines.iter().any(exits), "{trace}");
    let sent = peer.requests()[0].head_text();
    let shown = dumped(&trace, "::WriteHeaders");
    assert_eq!(String::from_utf8(shown).unwrap(), sent);
    assert_eq!(
        dumped(&trace, "::Read"),
        "a page of \u{e4}\u{f6}\u{fc}\n".as_bytes()
    );
}

#[test]
fn trace_options_say_how_data_are_shown() {
    let peer = pages();
    let url = peer.url("/");
    let text = run(&["trace", "--", "get", &url]).stderr;
    assert!(text.contains("::WriteHeaders<<GET / HTTP/1.1"), "{text}");
    assert!(!text.contains(" : 47 45 54"), "{text}");
    let cut = run(&["trace", "--hex", "--max-data", "5", "--", "get", &url]).stderr;
    assert!(cut.contains("00000000 : 47 45 54 20 2F"), "{cut}");
    let length = peer.requests()[0].head_text().len();
    assert!(
        cut.contains(&format!("(printing 5 out of {length})")),
        "{cut}"
    );
    assert_eq!(dumped(&cut, "::WriteHeaders"), b"GET /");
}

#[test]
fn trace_json_is_a_line_for_each() {
    let peer = pages();
    let run = run(&["trace", "--json", "--", "get", &peer.url("/")]);
    assert_eq!(run.text(), "a page\n");
    let mut kinds = Vec::new();
    for line in run.stderr.lines() {
        let trace: serde_json::Value = serde_json::from_str(line).unwrap();
        let source = trace["source"].as_str().unwrap();
        assert!(source.starts_with("System.Net"), "{line}");
        assert!(
            trace["thread"].is_u64() && trace["time"].is_string(),
            "{line}"
        );
        kinds.push(trace["kind"].as_str().unwrap().to_owned());
    }
    for kind in ["enter", "exit", "data", "associate"] {
        assert!(kinds.iter().any(|other| other == kind), "{kind}: {kinds:?}");
    }
}

/// Every verb that sends something leaves a trace in the file, and says no more than without.
#[test]
fn trace_option_of_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.log");
    fs::write(folder.path().join("data"), "sent").unwrap();
    let path = file.to_str().unwrap();
    let peer = pages();
    let url = peer.url("/");
    let verbs: [&[&str]; 4] = [
        &["get", &url],
        &["head", &url],
        &["post", "-d", "a=1", &url],
        &["put", "data", &url],
    ];
    for verb in verbs {
        let plain = run_in(folder.path(), verb);
        assert_eq!(plain.stderr, "", "{verb:?}");
        // What an earlier run wrote is gone.
        fs::write(&file, "old").unwrap();
        let traced = run_in(folder.path(), &[verb, &["--trace", path][..]].concat());
        assert_eq!((traced.code, &*traced.stderr), (0, ""), "{verb:?}");
        let without_date = |run: &Run| {
            let text = run.text();
            let lines = text.lines().filter(|line| !line.starts_with("Date:"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(without_date(&traced), without_date(&plain), "{verb:?}");
        let trace = fs::read_to_string(&file).unwrap();
        assert!(
            is_traced(trace.lines().next().unwrap()),
            "{verb:?}: {trace}"
        );
        let sent = peer.requests().last().unwrap().head_text();
        assert_eq!(
            String::from_utf8(dumped(&trace, "::WriteHeaders")).unwrap(),
            sent,
            "{verb:?}"
        );
    }
}

/// As for curl, `-` is stdout, and `%` stderr.
#[test]
fn trace_to_the_standard_streams() {
    let peer = pages();
    let url = peer.url("/");
    let plain = run(&["get", &url]).ok().text();
    for call in [
        &["--trace", "%", "get", &url][..],
        &["trace", "--hex", "--", "get", &url],
        &["trace", "--hex", "--trace", "%", "--", "get", &url],
    ] {
        let run = run(call);
        assert_eq!((run.code, run.text()), (0, plain.clone()), "{call:?}");
        assert!(run.stderr.lines().all(is_traced), "{}", run.stderr);
        assert!(run.stderr.contains("::WriteHeaders"), "{}", run.stderr);
    }
    for call in [
        &["--trace", "-", "get", &url, "-o", "/dev/null"][..],
        &["get", "--trace", "-", &url, "-o", "/dev/null"],
        &[
            "trace",
            "--hex",
            "--trace",
            "-",
            "--",
            "get",
            &url,
            "-o",
            "/dev/null",
        ],
    ] {
        let run = run(call).ok();
        let text = run.text();
        assert!(text.lines().all(is_traced), "{text}");
        assert!(text.contains("::WriteHeaders"), "{text}");
    }
    assert!(!std::path::Path::new("-").exists() && !std::path::Path::new("%").exists());
}

/// A file that cannot be written ends every verb alike, before it does anything.
#[test]
fn trace_to_a_file_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "no/such/folder/file";
    let here = folder.path().to_str().unwrap();
    let peer = pages();
    let url = peer.url("/");
    for file in [bad, here] {
        for call in [
            &["--trace", file, "get", &url][..],
            &["get", "--trace", file, &url],
            &["trace", "--trace", file, "--", "get", &url],
            &["trace", "--json", "--", "get", "--trace", file, &url],
            &["--trace", file, "trace", "--", "put", "-", &url],
            &["--trace", file, "post", "-d", "a", &url],
            &["--trace", file, "get", "not a url"],
            &["--trace", file, "tour"],
            &["--trace", file, "serve", "--echo"],
            &["--trace", file, "dns", "127.0.0.1"],
            &["--trace", file, "tcp", "127.0.0.1", "1"],
            &["--trace", file, "udp", "127.0.0.1", "1"],
            &["--trace", file, "uri", "builder"],
            &["--trace", file, "config", "show"],
            &["--trace", file, "completions", "bash"],
        ] {
            let run = run_in(folder.path(), call);
            assert_eq!((run.code, run.text()), (23, String::new()), "{call:?}");
            let line = format!("sysnet: {file}: ");
            assert!(run.stderr.starts_with(&line), "{call:?}: {}", run.stderr);
        }
    }
    assert_eq!(peer.request_count(), 0);
}

/// What the command reads is not what it writes over, however it is named.
#[test]
fn trace_to_a_file_that_the_command_reads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept");
    let path = file.to_str().unwrap();
    let peer = pages();
    let url = peer.url("/");
    fs::write(&file, "<configuration/>").unwrap();
    fs::hard_link(&file, folder.path().join("linked")).unwrap();
    for call in [
        &["--trace", path, "--config", path, "get", &url][..],
        &["--trace", path, "--config=kept", "get", &url],
        &["--trace", "kept", "put", path, &url],
        &["--trace", "linked", "put", path, &url],
        &["--trace", path, "post", "-d", "@kept", &url],
        &["--trace", path, "post", "-F", "name=@kept", &url],
        &[
            "trace", "--", "get", "--trace", path, "--cacert", path, &url,
        ],
    ] {
        let run = run_in(folder.path(), call);
        assert_eq!((run.code, run.text()), (23, String::new()), "{call:?}");
        assert!(
            run.stderr.contains("names twice"),
            "{call:?}: {}",
            run.stderr
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), "<configuration/>");
    }
    assert_eq!(peer.request_count(), 0);
}

/// What no mask has found is for the owner's eyes; a file that is there keeps its mode.
#[test]
fn trace_files_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let path = file.to_str().unwrap();
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    run(&["--trace", path, "uri", "builder"]).ok();
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    run(&["--trace", path, "uri", "builder"]).ok();
    assert_eq!(mode(), 0o644);
}

/// Sockets by themselves, and names: what stdin held is what was sent, as the peer saw it.
#[test]
fn trace_of_sockets_and_names() {
    let peer = pages();
    let url = peer.url("/");
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let (host, port) = address.split_once(':').unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let call = ["trace", "--hex", "--", "tcp", host, port];
    let traced = run_with_input(&call, request.as_bytes());
    assert_eq!(traced.code, 0, "{}", traced.stderr);
    assert_eq!(dumped(&traced.stderr, "::Send"), request.as_bytes());
    assert_eq!(dumped(&traced.stderr, "::Receive"), traced.stdout);
    assert_eq!(peer.requests()[0].head_text(), request);
    let lines = told(&traced.stderr);
    let all = request.len();
    for line in [
        "Entering Socket#1::Send()".to_owned(),
        format!("Exiting Socket#1::Send()-> {all}#{all}"),
    ] {
        assert!(lines.contains(&&*line), "{line}: {}", traced.stderr);
    }
    let names = run(&["trace", "--", "dns", "127.0.0.1"]);
    let lines = told(&names.stderr);
    assert!(
        lines[0].starts_with("Entering DNS::GetHost"),
        "{}",
        names.stderr
    );
    assert!(
        lines.iter().all(|line| line.contains(" DNS::")),
        "{}",
        names.stderr
    );
}

/// A server traces what it was asked and what it answered.
#[test]
fn trace_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.log");
    let server = Server::start(&["--echo", "-s", "--trace", file.to_str().unwrap()]);
    let answer = server.raw("/asked");
    server.end(Signal::TERM);
    let trace = fs::read_to_string(&file).unwrap();
    assert!(trace.lines().all(is_traced), "{trace}");
    let asked = dumped(&trace, "::Headers");
    let request = "GET /asked HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    assert_eq!(String::from_utf8(asked).unwrap(), request);
    let body = dumped(&trace, "::Close");
    assert_eq!(
        body,
        answer.split_once("\r\n\r\n").unwrap().1.as_bytes(),
        "{trace}"
    );
}

#[test]
fn traces_hold_no_secrets() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        None => Response::new(401)
            .header("WWW-Authenticate", "Basic realm=\"r\"")
            .header("Set-Cookie", "session=geheim-Zx81"),
        Some(_) => Response::new(200).body("ok"),
    });
    let with_login = peer
        .url("/?token=geheim-Zx81")
        .replace("http://", "http://ben:geheim-Zx81@");
    let plain = peer.url("/");
    for call in [
        &["get", &with_login][..],
        &["get", "-u", "ben:geheim-Zx81", &plain],
        &[
            "get",
            "-H",
            "Authorization: Bearer geheim-Zx81",
            "-H",
            "Cookie: a=geheim-Zx81",
            &plain,
        ],
        &[
            "get",
            "-H",
            "Proxy-Authorization: Basic geheim-Zx81",
            "-f",
            &plain,
        ],
    ] {
        for form in [
            &["trace", "--hex", "--"][..],
            &["trace", "--"],
            &["trace", "--json", "--"],
        ] {
            let traced = run(&[form, call].concat()).stderr;
            assert!(traced.contains("WriteHeaders"), "{traced}");
            let numbers = "67 65 68 65 69 6D";
            let flat = traced.replace('-', " ");
            let encoded = "YmVuOmdlaGVpbQ";
            for secret in ["geheim", numbers, encoded] {
                assert!(!flat.contains(secret), "{call:?} {form:?}: {traced}");
            }
        }
    }
}

/// Bytes of a socket are not known to be HTTP; heads in them lose their secrets all the same.
#[test]
fn traces_of_sockets_hold_no_secrets() {
    let peer = pages();
    let url = peer.url("/");
    let (host, port) = url[7..].trim_end_matches('/').split_once(':').unwrap();
    let request = "GET /?access_token=geheim-Zx81 HTTP/1.1\r\nHost: h\r\nCookie: a=geheim-Zx81\r\n\
                   Authorization: Bearer geheim-Zx81\r\nConnection: close\r\n\r\n";
    for form in [&["--hex"][..], &[], &["--json"]] {
        let call = [&["trace"][..], form, &["--", "tcp", host, port]].concat();
        let traced = run_with_input(&call, request.as_bytes());
        assert_eq!(traced.code, 0);
        let flat = traced.stderr.replace('-', " ");
        assert!(flat.contains("Send"), "{flat}");
        for secret in ["geheim", "67 65 68 65 69 6D"] {
            assert!(!flat.contains(secret), "{form:?}: {flat}");
        }
        let seen = peer.requests().pop().unwrap().head_text();
        assert_eq!(seen, request, "what is sent is not changed");
    }
}

#[test]
fn trace_ends_as_its_verb() {
    let dead = format!("http://{}/", refused_port());
    let failed = run(&["trace", "--", "get", &dead]);
    assert_eq!(failed.code, 7);
    assert!(
        failed.stderr.contains("\nsysnet: ConnectFailure at "),
        "{}",
        failed.stderr
    );
    for (code, call) in [
        (2, &["trace"][..]),
        (2, &["trace", "--"]),
        (2, &["trace", "--", "no-such-verb"]),
        (2, &["trace", "--", "trace", "--", "uri", "builder"]),
        (2, &["trace", "--max-data", "x", "--", "uri", "builder"]),
        (0, &["trace", "--", "uri", "builder"]),
    ] {
        let run = run(call);
        assert_eq!(run.code, code, "{call:?}: {}", run.stderr);
    }
    let piped = run_with_input(&["trace", "--", "uri", "parse", "-"], b"http://h/\n");
    assert_eq!(piped.code, 0);
}

/// A configuration file traces too; the option takes the place of what it says.
#[test]
fn trace_by_configuration_or_by_option() {
    let folder = tempfile::tempdir().unwrap();
    let text = "<configuration><system.diagnostics><sources>\
                <source name='System.Net'><listeners><add name='L' \
                type='System.Diagnostics.TextWriterTraceListener' initializeData='by-file.log'/>\
                </listeners></source></sources>\
                <switches><add name='System.Net' value='Verbose'/></switches>\
                </system.diagnostics></configuration>";
    fs::write(folder.path().join("app.config"), text).unwrap();
    let (by_file, by_option) = (
        folder.path().join("by-file.log"),
        folder.path().join("mine"),
    );
    let peer = pages();
    let url = peer.url("/");
    let call = ["get", "-s", "--config", "app.config", &url];
    assert_eq!(run_in(folder.path(), &call).code, 0);
    let lines = fs::read_to_string(&by_file).unwrap();
    assert!(lines.lines().all(is_traced), "{lines}");
    fs::remove_file(&by_file).unwrap();
    let call = [&call[..], &["--trace", "mine"]].concat();
    assert_eq!(run_in(folder.path(), &call).code, 0);
    assert!(!by_file.exists());
    assert!(
        fs::read_to_string(&by_option)
            .unwrap()
            .contains("Entering WebRequest::Create")
    );
    // Before the verb or behind it, an option of the program is the same.
    let call = [
        "trace",
        "--config",
        "app.config",
        "--trace",
        "mine",
        "--",
        "get",
        "-s",
        &url,
    ];
    let traced = run_in(folder.path(), &call);
    assert_eq!((traced.code, &*traced.stderr), (0, ""));
    assert!(!by_file.exists());
}
