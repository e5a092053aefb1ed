//! `-w`: what is printed after a transfer.

use serde_json::Value;
use system_net_testkit::{Authority, HttpPeer, Response, Validity, refused_port};

use crate::program::{pages, run, run_in, run_with_input};

#[test]
fn variables() {
    let peer = pages();
    let url = peer.url("/moved");
    let format = "%{http_code} %{response_code} %{method} %{scheme} %{http_version} %{size_download} \
                  %{size_upload} %{content_type} %{exitcode} [%{errormsg}] %{num_headers} \
                  %header{x-case} [%header{none}] %% %x 100%\\t\\n";
    let text = run(&["get", "-w", format, &url]).ok().text();
    assert_eq!(
        text,
        "a page\n200 200 GET http 1.1 7 0 text/plain 0 [] 3 Kept [] % %x 100%\t\n"
    );
    let text = run(&[
        "get",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{url} %{url_effective}",
        &url,
    ]);
    assert_eq!(text.ok().text(), format!("{url} {}", peer.url("/page")));
    let text = run(&[
        "post",
        "-d",
        "abc",
        "-e",
        "http://from/",
        "-w",
        "%{size_upload} %{referer}",
        &url,
    ]);
    assert_eq!(text.ok().text(), "go3 http://from/");
    // For each transfer.
    let text = run(&["head", "-w", "%{http_code};", &url, &peer.url("/missing")])
        .ok()
        .text();
    assert_eq!(text.matches("200;").count(), 1, "{text}");
    assert!(text.ends_with("404;"), "{text}");
}

#[test]
fn times_and_rates() {
    let peer = pages();
    let format = "%{time_total} %{time_starttransfer} %{speed_download} %{speed_upload}";
    let text = run(&["get", "-o", "/dev/null", "-w", format, &peer.url("/page")])
        .ok()
        .text();
    let numbers: Vec<f64> = text
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    assert!(numbers[0] >= numbers[1] && numbers[1] > 0.0, "{text}");
    assert!(numbers[2] > 0.0 && numbers[3] == 0.0, "{text}");
    assert_eq!(
        text.split(' ')
            .next()
            .unwrap()
            .split_once('.')
            .unwrap()
            .1
            .len(),
        6
    );
}

/// One after the other, as curl has them; those of redirects are added up.
#[test]
fn times_of_stages() {
    let format = "%{time_namelookup} %{time_connect} %{time_appconnect} %{time_pretransfer} \
                  %{time_starttransfer} %{time_total} %{time_redirect} %{redirect_url} %{urlnum};";
    let stages = |arguments: &[&str]| {
        let start = ["get", "-s", "-o", "/dev/null", "-w", format];
        let text = run(&[&start[..], arguments].concat()).text();
        let line = text.trim_end_matches(';').rsplit(';').next().unwrap();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let times: Vec<f64> = words[..7]
            .iter()
            .map(|word| word.parse().unwrap())
            .collect();
        for word in &words[..7] {
            assert_eq!(word.split_once('.').unwrap().1.len(), 6, "{line}");
        }
        (times, words[7].clone(), words[8].clone())
    };
    let peer = pages();
    let (times, redirect, number) = stages(&[&peer.url("/page")]);
    let [name, connect, secured, ready, first, all, redirected] = times[..] else {
        panic!("{times:?}")
    };
    assert!(
        0.0 < name && name <= connect && connect <= ready,
        "{times:?}"
    );
    assert!(ready <= first && first <= all, "{times:?}");
    assert_eq!((secured, redirected), (0.0, 0.0));
    assert_eq!((&*redirect, &*number), ("", "0"));

    let (times, _, _) = stages(&[&peer.url("/moved")]);
    assert!(0.0 < times[6] && times[6] <= times[4], "{times:?}");
    // Not followed: where to.
    let (times, redirect, _) = stages(&["--max-redirs", "0", &peer.url("/moved")]);
    assert_eq!((times[6], redirect), (0.0, peer.url("/page")));
}

#[test]
fn what_is_for_failures_only() {
    let peer = pages();
    let format = "%{http_code}%{onerror} failed with %{exitcode}";
    let told = |url: &str| run(&["get", "-s", "-o", "/dev/null", "-w", format, url]);
    assert_eq!(told(&peer.url("/page")).ok().text(), "200");
    let url = format!("http://{}/", refused_port());
    let told = told(&url);
    assert_eq!(told.text(), "000 failed with 7");
}

#[test]
fn variables_of_connections() {
    let peer = pages();
    let format =
        "%{num_redirects} %{num_connects} %{remote_ip}:%{remote_port} %{local_ip} %{local_port};";
    let text = run(&[
        "get",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        format,
        &peer.url("/moved"),
    ])
    .ok()
    .text();
    let expected = format!("1 1 {} 127.0.0.1 ", peer.address());
    assert!(text.starts_with(&expected), "{text}");
    let port: u16 = text[expected.len()..]
        .trim_end_matches(';')
        .parse()
        .unwrap();
    assert!(port != 0 && port != peer.port(), "{text}");
    // The second goes over the connection of the first.
    let text = run(&[
        "head",
        "-s",
        "-w",
        "%{num_connects};",
        &peer.url("/1"),
        &peer.url("/2"),
    ]);
    let text = text.ok().text();
    assert!(text.contains("1;") && text.ends_with("0;"), "{text}");
    let report = run(&["get", "--json", &peer.url("/moved")]).ok().text();
    let report: Value = serde_json::from_str(&report).unwrap();
    let transfer = &report["transfers"][0];
    assert_eq!(
        (&transfer["redirects"], &transfer["connections_opened"]),
        (&1.into(), &1.into())
    );
    assert_eq!(transfer["remote_end_point"], peer.address().to_string());
}

#[test]
fn variables_of_failures() {
    let url = format!("http://{}/", refused_port());
    let run = run(&[
        "get",
        "-s",
        "-w",
        "%{exitcode} %{http_code} %{errormsg}\\n",
        &url,
    ]);
    let text = run.text();
    assert_eq!(run.code, 7);
    assert!(
        text.starts_with("7 000 ") && text.contains("ConnectFailure"),
        "{text}"
    );
}

#[test]
fn formats_from_files_and_to_stderr() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("format"), "from a file: %{http_code}").unwrap();
    let peer = pages();
    let url = peer.url("/binary");
    let text = run_in(folder.path(), &["head", "-w", "@format", &url])
        .ok()
        .text();
    assert!(text.ends_with("from a file: 200"), "{text}");
    let text = run_with_input(&["head", "-w", "@-", &url], b"%{http_code}!")
        .ok()
        .text();
    assert!(text.ends_with("200!"), "{text}");
    let format = "out1 %{stderr}err %{http_code}%{stdout} out2";
    let split = run(&["get", "-o", "/dev/null", "-w", format, &url]);
    assert_eq!((&*split.text(), &*split.stderr), ("out1  out2", "err 200"));
    assert_eq!(run(&["get", "-w", "@/nowhere/at/all", &url]).code, 26);
}

#[test]
fn all_variables_as_json() {
    let peer = pages();
    let text = run(&[
        "get",
        "-o",
        "/dev/null",
        "-w",
        "%{json}\\n%{header_json}",
        &peer.url("/page"),
    ]);
    let text = text.ok().text();
    let (all, headers) = text.split_once('\n').unwrap();
    let all: Value = serde_json::from_str(all).unwrap();
    assert_eq!(all["http_code"], 200);
    assert_eq!(all["url_effective"], peer.url("/page"));
    let headers: Value = serde_json::from_str(headers).unwrap();
    assert_eq!(headers["x-case"], serde_json::json!(["Kept"]));
}

/// As for curl: what is no variable is told on stderr and stands for nothing; a brace that nothing
/// closes is text.
#[test]
fn formats_that_are_wrong() {
    let peer = pages();
    let url = peer.url("/page");
    let unknown = run(&["get", "-o", "/dev/null", "-w", "a%{no_such}b", &url]);
    assert_eq!((unknown.code, &*unknown.text()), (0, "ab"));
    for part in ["%{no_such} is no variable", "size_download", "urle.port"] {
        assert!(unknown.stderr.contains(part), "{part}: {unknown:?}");
    }
    let open = run(&["get", "-o", "/dev/null", "-w", "%{http_code", &url]).ok();
    assert_eq!(open.text(), "%{http_code");
    assert_eq!(
        run(&["get", "--json", "-w", "x", "http://127.0.0.1:1/"]).code,
        2
    );
}

/// Heads are counted to the byte, with those of redirects and interim responses.
#[test]
fn sizes_of_heads() {
    let (moved, answer) = (
        "HTTP/1.1 302 Found\r\nLocation:  /b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nX:1\r\nContent-Length: 2\r\n\r\n",
    );
    let peer = HttpPeer::converse(move |talk| {
        loop {
            let head = talk.head()?;
            talk.send(match head.target().as_str() {
                "/a" => moved.to_owned(),
                _ => format!("{answer}ok"),
            })?;
        }
    });
    let format = "%{size_header} %{size_request} %{size_download} %{num_retries} %{http_connect}";
    let url = peer.url("/a");
    let text = run(&["get", "-o", "/dev/null", "-w", format, &url])
        .ok()
        .text();
    let sent: usize = peer
        .requests()
        .iter()
        .map(|request| request.head.len())
        .sum();
    let received = moved.len() + answer.len();
    assert_eq!(text, format!("{received} {sent} 2 0 000"));
}

#[test]
fn retries_and_tunnels_are_told() {
    let peer = HttpPeer::serve(|_| Response::new(503));
    let format = "%{num_retries} %{xfer_id};";
    let arguments = [
        "get",
        "-s",
        "--retry",
        "2",
        "--retry-delay",
        "0.01",
        "-w",
        format,
    ];
    let url = peer.url("/");
    let text = run(&[&arguments[..], &[&url, &url]].concat()).text();
    assert_eq!(text, "2 0;2 1;");
    let proxy = HttpPeer::serve(|_| Response::new(502));
    let refused = run(&[
        "get",
        "-s",
        "-x",
        &proxy.url(""),
        "-w",
        "%{http_connect}",
        "https://server.example/",
    ]);
    assert_eq!(refused.text(), "502", "{refused:?}");
}

#[test]
fn certificates_are_judged() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("ok"));
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("ca.pem");
    std::fs::write(&trusted, authority.certificate_pem()).unwrap();
    let url = format!("https://localhost:{}/", peer.port());
    let plain = pages();
    for (options, url, code, verdict) in [
        (&["--cacert", trusted.to_str().unwrap()][..], &url, 0, "0 0"),
        (&["-k"], &url, 0, "1 0"),
        (&[], &url, 60, "1 0"),
        (&["-k"], &plain.url("/page"), 0, "0 0"),
    ] {
        let format = "%{ssl_verify_result} %{proxy_ssl_verify_result}";
        let fixed = ["get", "-s", "-o", "/dev/null", "-w", format];
        let told = run(&[&fixed[..], options, &[url]].concat());
        assert_eq!((told.code, &*told.text()), (code, verdict), "{options:?}");
    }
}

/// The parts of addresses, as curl writes them.
#[test]
fn parts_of_addresses() {
    let peer = pages();
    let port = peer.port();
    let parts = |name: &str| {
        [
            "scheme", "user", "host", "port", "path", "query", "fragment", "options", "zoneid",
        ]
        .map(|part| format!("%{{{name}.{part}}}"))
        .join("|")
    };
    let url = format!("http://me@127.0.0.1:{port}/moved?a=b%20c#f");
    let text = run(&["get", "-s", "-o", "/dev/null", "-w", &parts("url"), &url]);
    assert_eq!(
        text.ok().text(),
        format!("http|me|127.0.0.1|{port}|/moved|a=b%20c|f||")
    );
    let url = format!("http://me@127.0.0.1:{port}/moved");
    let text = run(&["get", "-s", "-o", "/dev/null", "-w", &parts("urle"), &url]);
    let text = text.ok().text();
    assert!(
        text.starts_with(&format!("http|me|127.0.0.1|{port}|/page|")),
        "{text}"
    );
    // A port is told where none stands, and a password never.
    let refused = refused_port().port();
    let url = format!("http://me:geheim-Zx81@[::1]:{refused}");
    let text = run(&[
        "get",
        "-s",
        "-w",
        "%{url.host} %{url.path} [%{url.password}]",
        &url,
    ]);
    assert_eq!(text.text(), "[::1] / []");
    let usual = run(&[
        "get",
        "-s",
        "-w",
        "%{url.port}",
        "https://localhost./",
        "--resolve",
        "localhost.:443:127.0.0.2",
    ]);
    assert_eq!(usual.text(), "443");
}

#[test]
fn files_take_what_is_printed() {
    let peer = pages();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log"), "before\n").unwrap();
    let format = "a%output{new}%{http_code}%output{>>log}%{method}\n%{stdout}b";
    for _ in 0..2 {
        let arguments = ["get", "-o", "/dev/null", "-w", format, &peer.url("/page")];
        assert_eq!(run_in(folder.path(), &arguments).ok().text(), "ab");
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        (&*read("new"), &*read("log")),
        ("200", "before\nGET\nGET\n")
    );
    let nowhere = run(&[
        "get",
        "-o",
        "/dev/null",
        "-w",
        "%output{/no/such}x",
        &peer.url("/page"),
    ]);
    assert_eq!(nowhere.code, 23);
}
