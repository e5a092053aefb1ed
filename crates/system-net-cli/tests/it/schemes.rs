//! `--basic`, `--digest`, `--ntlm`, `--negotiate`, `--anyauth` and the same for proxies: which
//! scheme answers.

use system_net_testkit::{HttpPeer, Response};

use crate::program::{finish, sysnet};

const OFFERED: [&str; 4] = [
    "Basic realm=\"r\"",
    "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
    "NTLM",
    "Negotiate",
];

/// Asks by these, and answers with the name of the scheme that came.
fn asking(offered: &'static [&'static str], number: u16) -> HttpPeer {
    let (asks, says) = match number {
        407 => ("Proxy-Authenticate", "Proxy-Authorization"),
        _ => ("WWW-Authenticate", "Authorization"),
    };
    let answer = move |said: Option<String>| match said {
        Some(said) => Response::new(200).body(said.split(' ').next().unwrap()),
        None => {
            let challenge = |response: Response, field: &&str| response.header(asks, field);
            offered.iter().fold(Response::new(number), challenge)
        }
    };
    match number {
        407 => HttpPeer::proxy(move |request| answer(request.header(says)).into()),
        _ => HttpPeer::serve(move |request| answer(request.header(says))),
    }
}

/// What answers under these options, or the exit code.
#[track_caller]
fn check(offered: &'static [&'static str], options: &[&str], expected: &str) {
    let peer = asking(offered, 401);
    let url = peer.url("/");
    let run = finish(&mut sysnet(
        &[&["get", "-sSf", "-u", "joe:pw"], options, &[&url]].concat(),
    ));
    let got = if run.code == 0 {
        run.text()
    } else {
        run.code.to_string()
    };
    assert_eq!(got, expected, "{options:?} {offered:?}");

    let proxy = asking(offered, 407);
    let address = proxy.url("");
    let options: Vec<_> = options
        .iter()
        .map(|o| o.replace("--", "--proxy-"))
        .collect();
    let options: Vec<&str> = options.iter().map(|option| &**option).collect();
    let first = ["get", "-sSf", "-x", &address, "-U", "joe:pw"];
    let arguments = [&first[..], &options, &["http://a.example/"]].concat();
    let run = finish(&mut sysnet(&arguments));
    let got = if run.code == 0 {
        run.text()
    } else {
        run.code.to_string()
    };
    assert_eq!(got, expected, "at the proxy: {options:?} {offered:?}");
}

#[test]
fn options_allow_schemes() {
    check(&OFFERED, &["--basic"], "Basic");
    check(&OFFERED, &["--digest"], "Digest");
    check(&OFFERED, &["--basic", "--digest"], "Digest");
    // The strongest of what is left, and nothing that was not named.
    check(&OFFERED[..2], &[], "Digest");
    check(&OFFERED[..2], &["--anyauth"], "Digest");
    check(&OFFERED[..2], &["--basic", "--anyauth"], "Digest");
    check(&OFFERED[..1], &["--digest"], "22");
    check(&OFFERED[1..2], &["--basic"], "22");
    check(&OFFERED[..2], &["--ntlm"], "22");
    check(&OFFERED[..2], &["--negotiate", "--ntlm"], "22");
}

#[test]
fn logins_of_connections_are_chosen_too() {
    // Only what goes out first matters here: these logins take several messages.
    for (options, expected) in [
        (&["--ntlm"][..], "NTLM"),
        (&["--negotiate"], "Negotiate"),
        (&["--anyauth"], "Negotiate"),
        (&["--ntlm", "--digest"], "NTLM"),
    ] {
        let peer = asking(&OFFERED, 401);
        let url = peer.url("/");
        let arguments = [&["get", "-sS", "-u", "joe:pw"], options, &[&url]].concat();
        finish(&mut sysnet(&arguments));
        let requests = peer.requests();
        let said = requests
            .iter()
            .find_map(|request| request.header("Authorization"))
            .unwrap();
        assert!(
            said.starts_with(&format!("{expected} ")),
            "{options:?}: {said}"
        );
    }
}

#[test]
fn a_body_that_is_read_once_needs_basic() {
    let run = finish(&mut sysnet(&[
        "put",
        "-sS",
        "-u",
        "joe:pw",
        "--digest",
        "-T",
        "-",
        "http://127.0.0.1:1/",
    ]));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("--basic"), "{}", run.stderr);
}
