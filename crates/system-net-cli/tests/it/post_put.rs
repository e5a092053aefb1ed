//! `sysnet post` and `sysnet put`: what is sent, and how.

use system_net_testkit::{HttpPeer, PASSWORD, RecordedRequest, Response, basic_login};

use crate::program::{Run, run, run_with_input};

fn acceptor() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
        "/moved" => Response::new(307).header("Location", "/there"),
        "/see" => Response::new(303).header("Location", "/there"),
        _ => Response::new(201).body(format!("{} bytes", request.body.len())),
    })
}

/// Runs it against the acceptor; gives the one request it made.
#[track_caller]
fn sent(run: impl FnOnce(&str) -> Run) -> RecordedRequest {
    let peer = acceptor();
    let run = run(&peer.url("/accept")).ok();
    let requests = peer.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(run.text(), format!("{} bytes", requests[0].body.len()));
    requests[0].clone()
}

#[test]
fn post_sends_a_form() {
    let request = sent(|url| run(&["post", "-d", "a=1", "-d", "b=2", url]));
    assert_eq!(request.request_line(), "POST /accept HTTP/1.1");
    assert_eq!(request.body, b"a=1&b=2");
    assert_eq!(request.header("Content-Length").as_deref(), Some("7"));
    assert_eq!(
        request.header("Content-Type").as_deref(),
        Some("application/x-www-form-urlencoded")
    );
}

#[test]
fn post_reads_files_and_stdin() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "x=1\r\n&y=2\n").unwrap();
    let data = format!("@{}", file.path().display());

    let request = sent(|url| run(&["post", "-d", &data, url]));
    assert_eq!(request.body, b"x=1&y=2", "-d leaves line ends out");

    let request = sent(|url| run(&["post", "--data-binary", &data, url]));
    assert_eq!(request.body, b"x=1\r\n&y=2\n", "--data-binary keeps them");
    assert_eq!(request.header("Content-Length").as_deref(), Some("10"));

    let request = sent(|url| run_with_input(&["post", "--data-binary", "@-", url], b"in\nput"));
    assert_eq!(request.body, b"in\nput");
    assert_eq!(
        request.header("Transfer-Encoding").as_deref(),
        Some("chunked")
    );
    assert_eq!(request.header("Content-Length"), None);
}

#[test]
fn post_takes_headers_and_methods() {
    let request = sent(|url| {
        let json = "Content-Type: application/json";
        run(&[
            "post",
            "-X",
            "PATCH",
            "-H",
            json,
            "--data-binary",
            "{}",
            url,
        ])
    });
    assert_eq!(request.method(), "PATCH");
    assert_eq!(
        request.header("Content-Type").as_deref(),
        Some("application/json")
    );
}

/// As curl: only for a long body, or one of unknown length, is the server asked first.
#[test]
fn long_bodies_ask_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    let file = path.to_str().unwrap();
    let expect = |length: u64, header: &[&str]| {
        let body = std::fs::File::create(&path).unwrap();
        body.set_len(length).unwrap();
        let request = sent(|url| run(&[&["put"], header, &[file, url]].concat()));
        assert_eq!(request.body.len() as u64, length);
        request.header("Expect")
    };
    let asks = Some("100-continue".to_owned());
    assert_eq!(expect(0, &[]), None);
    assert_eq!(expect(1 << 20, &[]), None);
    assert_eq!(expect((1 << 20) + 1, &[]), asks);
    assert_eq!(expect((1 << 20) + 1, &["-H", "Expect:"]), None);
    assert_eq!(expect(1, &["-H", "Expect: 100-continue"]), asks);
    let request = sent(|url| run(&["post", "-d", "x", url]));
    assert_eq!(request.header("Expect"), None);
}

#[test]
fn post_follows_redirects_only_with_l() {
    let peer = acceptor();
    run(&["post", "-d", "x", &peer.url("/moved")]).ok();
    assert_eq!(peer.request_count(), 1);

    let text = run(&["post", "-L", "-d", "x", &peer.url("/moved")])
        .ok()
        .text();
    assert_eq!(text, "1 bytes", "307 wants the body again");
    let text = run(&["post", "-L", "-d", "x", &peer.url("/see")])
        .ok()
        .text();
    assert_eq!(text, "0 bytes", "303 wants a GET");
    assert_eq!(peer.requests().last().unwrap().method(), "GET");
}

#[test]
fn post_without_data_has_an_empty_body() {
    let request = sent(|url| run(&["post", url]));
    assert_eq!(request.request_line(), "POST /accept HTTP/1.1");
    assert_eq!(request.header("Content-Length").as_deref(), Some("0"));
    assert_eq!(request.header("Content-Type"), None);
}

#[test]
fn bodies_have_one_source() {
    for (arguments, reason) in [
        (
            &["post", "-d", "a", "-F", "a=b", "http://h/"][..],
            "not from both",
        ),
        (
            &["post", "-d", "a", "-T", "-", "http://h/"],
            "not from both",
        ),
        (&["post", "-F", "a=b", "http://h/", "x=y"], "not from both"),
        (&["put", "-d", "a", "file", "http://h/"], "not from both"),
        (&["put", "http://h/"], "what shall be sent"),
        (&["put", "a", "b", "c"], "one file and one URL"),
        (&["post", "http://h/", "http://i/"], "takes one URL"),
        (&["post", "--form", "http://h/"], "there are none"),
        (
            &["post", "--json", "{}", "http://h/"],
            "--json describes the transfer",
        ),
        (
            &["post", "--data-json", "1", "-d", "2", "http://h/"],
            "no other data",
        ),
        (&["get", "http://h/", "a=b"], "get sends no body"),
        (&["head", "http://h/", "a=b"], "head sends no body"),
        (&["get", "-d", "a", "http://h/"], "get sends no body"),
        (&["get", "-G", "http://h/"], "required"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn put_sends_a_file_with_its_length() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let content: Vec<u8> = (0..200_000_u32).map(|i| (i % 253) as u8).collect();
    std::fs::write(file.path(), &content).unwrap();
    let path = file.path().to_str().unwrap();
    let request = sent(|url| run(&["put", path, url]));
    assert_eq!(request.request_line(), "PUT /accept HTTP/1.1");
    assert_eq!(request.header("Content-Length").as_deref(), Some("200000"));
    assert!(request.body == content, "the file arrives unchanged");
}

#[test]
fn put_sends_stdin_in_chunks() {
    let input = vec![b'z'; 300_000];
    let request = sent(|url| run_with_input(&["put", "-", url], &input));
    assert_eq!(
        request.header("Transfer-Encoding").as_deref(),
        Some("chunked")
    );
    assert!(request.body == input);
}

#[test]
fn put_of_an_empty_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let request = sent(|url| run(&["put", file.path().to_str().unwrap(), url]));
    assert_eq!(request.header("Content-Length").as_deref(), Some("0"));
}

#[test]
fn put_sends_the_login_along() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "x").unwrap();
    let peer = acceptor();
    let output = crate::program::sysnet(&[
        "put",
        "-u",
        "ann",
        file.path().to_str().unwrap(),
        &peer.url("/accept"),
    ])
    .env("SYSNET_PASSWORD", PASSWORD)
    .output()
    .unwrap();
    assert!(output.status.success(), "{output:?}");
    let sent = peer.requests()[0].header("Authorization");
    assert_eq!(sent, Some(basic_login("ann")));
}

#[test]
fn put_writes_a_file_url() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from");
    let to = folder.path().join("to");
    std::fs::write(&from, "the content").unwrap();
    let url = format!("file://{}", to.display());
    run(&["put", from.to_str().unwrap(), &url]).ok();
    assert_eq!(std::fs::read(&to).unwrap(), b"the content");
}

#[test]
fn put_shows_the_answer_of_a_server_that_refuses_the_body() {
    use system_net_testkit::Script;
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
            .close(),
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![0; 4 << 20]).unwrap();
    let run = run(&["put", file.path().to_str().unwrap(), &peer.url("/")]);
    assert_eq!((run.code, run.text().as_str()), (0, "no\n"), "{run:?}");
}
