//! Our servers before curl.

use std::process::Command;
use std::sync::Arc;

use system_net_security::accounts::Accounts;
use system_net_security::authentication::{
    DigestAlgorithm, DigestRequest, DigestServer, DigestServerOptions,
};
use system_net_testkit::{HttpPeer, RecordedRequest, Response};

use crate::enabled;

/// A server that lets `joe` and `Jäsøn Doe` in.
fn guarded(options: DigestServerOptions) -> HttpPeer {
    let server = DigestServer::new("the realm", options).unwrap();
    let users = Arc::new(Accounts::new());
    users.add("joe", "", "secret");
    users.add("J\u{e4}s\u{f8}n Doe", "", "Secret, or not?");
    HttpPeer::serve(move |request| answer(&server, &users, request))
}

fn answer(server: &DigestServer, users: &Accounts, request: &RecordedRequest) -> Response {
    let refuse = |number, stale| {
        let challenges = server.challenges(stale).unwrap();
        let add = |response: Response, field: &String| response.header("WWW-Authenticate", field);
        challenges.iter().fold(Response::new(number), add)
    };
    let Some(field) = request.header("Authorization") else {
        return refuse(401, false);
    };
    let (method, target) = (request.method(), request.target());
    let asked = DigestRequest::new(&method, &target).with_body(&request.body);
    // The peer shows bytes as the characters of the same numbers.
    let field: Vec<u8> = field.chars().filter_map(|c| u8::try_from(c).ok()).collect();
    match server.check(&field, &asked, users) {
        Ok(accepted) => Response::new(200)
            .header(
                "Authentication-Info",
                &accepted.authentication_info(Some(b"in")),
            )
            .body("in"),
        Err(refusal) => refuse(refusal.status_code(), refusal.is_stale()),
    }
}

/// The status that curl ends with.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn curl_logs_in_by_digest() {
    if !enabled("curl_logs_in_by_digest") {
        return;
    }
    for algorithms in [
        vec![DigestAlgorithm::SHA_256, DigestAlgorithm::MD5],
        vec![DigestAlgorithm::MD5],
        vec![DigestAlgorithm::MD5_SESS],
        vec![DigestAlgorithm::SHA_256],
        vec![DigestAlgorithm::SHA_256_SESS],
    ] {
        for user_hash in [false, true] {
            let options = DigestServerOptions {
                algorithms: algorithms.clone(),
                user_hash,
                ..DigestServerOptions::default()
            };
            let peer = guarded(options);
            let url = peer.url("/a?b=c");
            let status = |user: &str, more: &[&str]| {
                curl(&[&["--digest", "-u", user], more, &[&*url]].concat())
            };
            let with = format!("{algorithms:?}, userhash {user_hash}");
            assert_eq!(status("joe:secret", &[]), "200", "{with}");
            assert_eq!(status("joe:secret", &["-d", "content"]), "200", "{with}");
            assert_eq!(
                status("J\u{e4}s\u{f8}n Doe:Secret, or not?", &[]),
                "200",
                "{with}"
            );
            assert_eq!(status("joe:wrong", &[]), "401", "{with}");
            assert_eq!(status("nobody:secret", &[]), "401", "{with}");
            assert_eq!(
                curl(&["--basic", "-u", "joe:secret", &url]),
                "401",
                "{with}"
            );
        }
    }
}
