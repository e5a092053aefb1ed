//! `sysnet get`: output, options, redirects, JSON.

use std::os::unix::fs::PermissionsExt;

use system_net_testkit::{Authority, HttpPeer, Response, Script, Validity};

use crate::program::{pages, run, run_in, sysnet};

#[test]
fn get_prints_the_body_and_nothing_else() {
    let peer = pages();
    let run = run(&["get", &peer.url("/page")]).ok();
    assert_eq!(run.text(), "a page\n");
    let request = &peer.requests()[0];
    assert_eq!(request.request_line(), "GET /page HTTP/1.1");
    assert_eq!(request.header("Accept").as_deref(), Some("*/*"));
    let agent = request.header("User-Agent").unwrap();
    assert!(agent.starts_with("sysnet/"), "{agent}");
}

#[test]
fn get_adds_the_scheme() {
    let peer = pages();
    let address = format!("127.0.0.1:{}/page", peer.port());
    assert_eq!(run(&["get", &address]).ok().text(), "a page\n");
}

#[test]
fn get_several_urls_over_one_connection() {
    let peer = pages();
    let urls = [peer.url("/1"), peer.url("/2"), peer.url("/3")];
    let run = run(&["get", &urls[0], &urls[1], &urls[2]]).ok();
    assert_eq!(run.text(), "a page\n".repeat(3));
    assert_eq!(peer.connections_opened(), 1);
}

#[test]
fn get_binary_data_goes_through_a_pipe_unchanged() {
    let run = run(&["get", &pages().url("/binary")]).ok();
    assert_eq!(run.stdout, [0, 159, 146, 150]);
}

#[test]
fn get_output_file_appears_whole() {
    let folder = tempdir();
    let peer = pages();
    let file = folder.path().join("page.txt");
    let path = file.to_str().unwrap();
    let first = run(&["get", "-o", path, &peer.url("/page")]).ok();
    assert_eq!(first.text(), "");
    assert_eq!(std::fs::read(&file).unwrap(), b"a page\n");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o600, 0o600);
    assert_ne!(mode & 0o044, 0, "readable as the mask allows: {mode:o}");

    // A transfer that is cut leaves the old file, and no other.
    let cut = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")
            .close(),
    );
    assert_eq!(run_code(&["get", "-o", path, &cut.url("/")]), 18);
    assert_eq!(std::fs::read(&file).unwrap(), b"a page\n");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}

#[test]
fn get_output_to_a_device() {
    let peer = pages();
    assert_eq!(run_code(&["get", "-o", "/dev/null", &peer.url("/page")]), 0);
    let run = run(&["get", "-o", "-", &peer.url("/binary")]).ok();
    assert_eq!(run.stdout.len(), 4);
}

#[test]
fn get_remote_name_stays_in_the_folder() {
    let outer = tempdir();
    let folder = outer.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(outer.path().join("victim"), "untouched").unwrap();
    std::os::unix::fs::symlink("../victim", folder.join("link")).unwrap();
    let peer = pages();

    for path in ["/a/page.txt", "/x/%2e%2e%2fvictim", "/link", "/.hidden"] {
        run_in(&folder, &["get", "-O", &peer.url(path)]).ok();
    }
    let mut names: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["hidden", "link", "page.txt", "victim"]);
    let victim = outer.path().join("victim");
    assert_eq!(std::fs::read(victim).unwrap(), b"untouched");

    let run = run_in(&folder, &["get", "-O", &peer.url("/folder/")]);
    assert_eq!(run.code, 23, "{run:?}");
    assert!(run.stderr.contains("names no file"), "{run:?}");
}

#[test]
fn get_include_prints_the_headers_first() {
    let peer = pages();
    let run = run(&["get", "-i", &peer.url("/page")]).ok();
    let text = run.text();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("\r\nX-Case: Kept\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\na page\n"), "{text}");
}

#[test]
fn get_follows_redirects_unless_told_not_to() {
    let peer = pages();
    let url = peer.url("/moved");
    assert_eq!(run(&["get", &url]).ok().text(), "a page\n");
    assert_eq!(run(&["get", "--no-location", &url]).ok().text(), "go");
    let back = ["get", "--no-location", "-L", &url];
    assert_eq!(run(&back).ok().text(), "a page\n");
}

#[test]
fn get_headers_reach_the_server() {
    let peer = pages();
    let arguments = [
        "get",
        "-H",
        "X-One: 1",
        "-H",
        "X-Empty;",
        "-H",
        "Host: other.example",
        "-H",
        "Accept:",
        "-H",
        "Connection: close",
        "-A",
        "Tester/2",
        "-e",
        "http://from.example/",
        &peer.url("/page"),
    ];
    run(&arguments).ok();
    let request = &peer.requests()[0];
    for (name, value) in [
        ("X-One", Some("1")),
        ("X-Empty", Some("")),
        ("Host", Some("other.example")),
        ("Accept", None),
        ("Connection", Some("Close")),
        ("User-Agent", Some("Tester/2")),
        ("Referer", Some("http://from.example/")),
    ] {
        assert_eq!(request.header(name).as_deref(), value, "{name}");
    }
}

/// Headers that a request has properties for: each goes where it belongs, or says why not.
#[test]
fn get_headers_with_a_property_of_their_own() {
    let date = "Thu, 02 Jan 2020 03:04:05 GMT";
    for (given, name, sent) in [
        ("Range: bytes=0-3", "Range", "bytes=0-3"),
        ("range: bytes=0-3, 10-,-5", "Range", "bytes=0-3,10-,-5"),
        ("Range: items=7-", "Range", "items=7-"),
        (
            "If-Modified-Since: Thu, 02 Jan 2020 03:04:05 GMT",
            "If-Modified-Since",
            date,
        ),
        (
            "If-Modified-Since: Thursday, 02-Jan-20 03:04:05 GMT",
            "If-Modified-Since",
            date,
        ),
        ("Date: Thu Jan  2 03:04:05 2020", "Date", date),
        ("Content-Type: a/b", "Content-Type", "a/b"),
        ("User-Agent: x", "User-Agent", "x"),
        ("Accept: a/b", "Accept", "a/b"),
        ("Referer: http://r/", "Referer", "http://r/"),
        ("Host: h:81", "Host", "h:81"),
    ] {
        let peer = pages();
        run(&["get", "-H", given, &peer.url("/")]).ok();
        let header = peer.requests()[0].header(name);
        assert_eq!(header.as_deref(), Some(sent), "{given}");
    }
    // Left out, or never there.
    let peer = pages();
    for given in ["Range:", "Date:", "If-Modified-Since:", "Proxy-Connection:"] {
        run(&["get", "-H", given, &peer.url("/")]).ok();
        let names = peer.requests().pop().unwrap().header_names().join(" ");
        assert_eq!(names, "Accept User-Agent Host Connection", "{given}");
    }

    let peer = pages();
    for (given, words) in [
        ("Range: bytes", "bytes=0-499"),
        ("Range: bytes=", "bytes=0-499"),
        ("Range: bytes=a-b", "bytes=0-499"),
        ("Range: bytes=+1-2", "bytes=0-499"),
        ("Range: bytes=-0", "bytes=0-499"),
        ("Range: bytes=1--2", "bytes=0-499"),
        ("Range: bytes=9-1", "9 is behind the end, 1"),
        ("Range: by tes=0-1", "not a unit of ranges"),
        ("Date: yesterday", "Thu, 02 Jan 2020"),
        ("If-Modified-Since: 2020-01-02", "Thu, 02 Jan 2020"),
        ("Connection: upgrade", "only close and keep-alive"),
        ("Connection:", "only close and keep-alive"),
        ("Expect: x", "only 100-continue"),
        ("Transfer-Encoding: chunked", "--data-binary @-"),
        ("Proxy-Connection: x", "Connection: close"),
        ("Content-Length: 3", "post -d"),
        ("Host:", "HTTP/1.1 needs it"),
    ] {
        let run = run(&["get", "-H", given, &peer.url("/")]);
        assert_eq!(run.code, 2, "{given}: {run:?}");
        assert!(run.stderr.contains(words), "{given}: {}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{given}: {}", run.stderr);
    }
    assert_eq!(peer.connections_opened(), 0, "nothing was sent");
}

#[test]
fn get_method_is_what_x_says() {
    let peer = pages();
    run(&["get", "-X", "DELETE", &peer.url("/page")]).ok();
    assert_eq!(peer.requests()[0].method(), "DELETE");
}

#[test]
fn get_http_error_is_output_without_f() {
    let peer = pages();
    let run = run(&["get", &peer.url("/missing")]).ok();
    assert_eq!(run.text(), "no such page\n");
}

#[test]
fn get_not_modified_is_an_answer() {
    let peer = HttpPeer::serve(|_| Response::new(304).header("ETag", "\"x\""));
    let run = run(&["get", "-i", "-H", "If-None-Match: \"x\"", &peer.url("/")]).ok();
    assert!(
        run.text().starts_with("HTTP/1.1 304 Not Modified\r\n"),
        "{run:?}"
    );
}

#[test]
fn get_verbose_tells_on_stderr_and_hides_secrets() {
    let peer = pages();
    let url = peer.url("/page");
    let run = run(&["get", "-v", "-H", "Authorization: Bearer geheim-Zx81", &url]);
    assert_eq!((run.code, run.text().as_str()), (0, "a page\n"));
    for part in [
        "> GET /page HTTP/1.1",
        "< HTTP/1.1 200 OK",
        "< X-Case: Kept",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
    let sent = peer.requests()[0].header("Authorization");
    assert_eq!(sent.as_deref(), Some("Bearer geheim-Zx81"));
}

#[test]
fn get_user_answers_a_challenge() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization").as_deref() {
        Some("Basic anVlcmc6cGE6c3M=") => Response::new(200).body("in"),
        _ => Response::new(401)
            .header("WWW-Authenticate", "Basic realm=\"r\"")
            .body("out"),
    });
    let url = peer.url("/");
    let by_environment = sysnet(&["get", "-s", "-u", "juerg", &url])
        .env("SYSNET_PASSWORD", "pa:ss")
        .output()
        .unwrap();
    assert_eq!(by_environment.stdout, b"in");
    assert_eq!(by_environment.stderr, b"");
    assert_eq!(
        peer.requests()[0].header("Authorization"),
        None,
        "not unasked"
    );

    let run = run(&["get", "-u", "juerg:pa:ss", &url]);
    assert_eq!((run.code, run.text().as_str()), (0, "in"));
    assert!(run.stderr.contains("can see a password"), "{}", run.stderr);
    assert!(
        run.stderr.contains("unencrypted connection"),
        "{}",
        run.stderr
    );
}

/// As with `-u`, which goes before it.
#[test]
fn get_user_in_the_address() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(login) => Response::new(200).body(login),
        None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
    });
    let login = |user: &str, options: &[&str], password: Option<&str>| {
        let url = format!("http://{user}@127.0.0.1:{}/", peer.port());
        let mut command = sysnet(&[&["get", "-s"], options, &[&url]].concat());
        if let Some(password) = password {
            command.env("SYSNET_PASSWORD", password);
        }
        let output = command.output().unwrap();
        assert_eq!(output.stderr, b"");
        String::from_utf8(output.stdout).unwrap()
    };
    // ann:p@ss, ann: and ann:env, bob:pw in base 64.
    assert_eq!(login("ann:p%40ss", &[], None), "Basic YW5uOnBAc3M=");
    assert_eq!(login("ann", &[], None), "Basic YW5uOg==");
    assert_eq!(login("ann", &[], Some("env")), "Basic YW5uOmVudg==");
    assert_eq!(login("ann:x", &["-u", "bob:pw"], None), "Basic Ym9iOnB3");
    for request in peer.requests() {
        assert_eq!(request.target(), "/");
        assert!(
            !request.head_text().contains('@'),
            "{}",
            request.head_text()
        );
    }

    // Not the password of other tests: this peer says the login back.
    let url = format!("http://ann:lesson@127.0.0.1:{}/", peer.port());
    let run = run(&["get", "-v", &url]);
    assert!(run.stderr.contains("can see a password"), "{}", run.stderr);
    assert!(!run.stderr.contains("lesson"), "{}", run.stderr);
}

#[test]
fn get_https_with_an_authority_of_ones_own() {
    let folder = tempdir();
    let authority = Authority::new();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.certificate_pem()).unwrap();
    let issued = authority.issue(&["localhost"], Validity::Now);
    let peer = HttpPeer::serve_tls(&issued.identity(), |_| Response::new(200).body("secret"));
    let url = peer.url_localhost("/");
    let path = file.to_str().unwrap();
    assert_eq!(run(&["get", "--cacert", path, &url]).ok().text(), "secret");
    let anyone = run(&["get", "-k", &url]);
    assert_eq!((anyone.code, anyone.text().as_str()), (0, "secret"));
    assert!(
        anyone.stderr.contains("accepted all the same"),
        "{anyone:?}"
    );
    assert_eq!(run(&["get", "-k", "-s", &url]).ok().text(), "secret");
    assert_eq!(run_code(&["get", &url]), 60);
    // Trusted, but for another name.
    let other = peer.url("/");
    assert_eq!(run_code(&["get", "--cacert", path, &other]), 60);
}

#[test]
fn get_file_urls() {
    let folder = tempdir();
    let file = folder.path().join("a b.txt");
    std::fs::write(&file, "from a file").unwrap();
    let url = format!("file://{}", file.display());
    assert_eq!(run(&["get", &url]).ok().text(), "from a file");
    let refused = run(&["get", "-H", "A: b", &url]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("means nothing"), "{refused:?}");
}

#[test]
fn get_config_file_sets_limits() {
    let folder = tempdir();
    let file = folder.path().join("app.config");
    std::fs::write(
        &file,
        r#"<configuration><system.net><settings>
             <httpWebRequest maximumResponseHeadersLength="1"/>
           </settings></system.net></configuration>"#,
    )
    .unwrap();
    let peer = HttpPeer::serve(|_| Response::new(200).header("X-Long", &"x".repeat(2000)));
    let config = file.to_str().unwrap();
    assert_eq!(run_code(&["get", &peer.url("/")]), 0);
    assert_eq!(run_code(&["get", "--config", config, &peer.url("/")]), 56);
    std::fs::write(&file, "<configuration>").unwrap();
    assert_eq!(run_code(&["get", "--config", config, &peer.url("/")]), 2);
}

#[test]
fn get_json_is_one_object() {
    let peer = pages();
    let urls = [
        peer.url("/moved"),
        peer.url("/binary"),
        peer.url("/missing"),
    ];
    let run = run(&["get", "--json", &urls[0], &urls[1], &urls[2]]).ok();
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["schema"], "sysnet.transfers/1");
    let [moved, binary, missing] = &report["transfers"].as_array().unwrap()[..] else {
        panic!("{report}");
    };
    assert_eq!(moved["url"], urls[0].as_str());
    assert_eq!(moved["response_url"], peer.url("/page").as_str());
    assert_eq!(moved["status"], 200);
    assert_eq!(moved["body"], "a page\n");
    assert_eq!(moved["bytes_received"], 7);
    assert_eq!(moved["headers"][1], serde_json::json!(["X-Case", "Kept"]));
    assert!(moved["error"].is_null());
    assert!(binary["body"].is_null());
    assert_eq!(binary["body_base64"], "AJ+Slg==");
    assert_eq!(missing["status"], 404);

    let failed = crate::program::run(&["get", "--json", "-s", &dead_url()]);
    assert_eq!((failed.code, &*failed.stderr), (7, ""));
    let report: serde_json::Value = serde_json::from_slice(&failed.stdout).unwrap();
    let error = &report["transfers"][0]["error"];
    assert_eq!(error["exit_code"], 7);
    assert_eq!(error["status"], "ConnectFailure");
    assert!(!error["advice"].as_array().unwrap().is_empty());
}

#[test]
fn get_prints_as_data_arrives() {
    use std::io::Read;
    use std::process::Stdio;

    let go_on = system_net_testkit::Signal::new();
    let peer = HttpPeer::scripts([Script::new()
        .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1")
        .wait_for(&go_on)
        .send("2")]);
    let mut child = sysnet(&["get", &peer.url("/")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut byte = [0];
    stdout.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"1");
    go_on.raise();
    stdout.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"2");
    assert!(child.wait().unwrap().success());
}

fn run_code(arguments: &[&str]) -> i32 {
    run(arguments).code
}

fn dead_url() -> String {
    format!("http://{}/", system_net_testkit::refused_port())
}

fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
