//! `-w`: what is printed after a transfer.

use serde_json::Value;
use system_net_testkit::refused_port;

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

#[test]
fn formats_that_are_wrong() {
    let unknown = run(&["get", "-w", "%{no_such}", "http://127.0.0.1:1/"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("%{no_such} is no variable"),
        "{unknown:?}"
    );
    assert!(
        unknown.stderr.contains("size_download"),
        "it tells those there are: {unknown:?}"
    );
    assert_eq!(
        run(&["get", "-w", "%{http_code", "http://127.0.0.1:1/"]).code,
        2
    );
    assert_eq!(
        run(&["get", "--json", "-w", "x", "http://127.0.0.1:1/"]).code,
        2
    );
}
