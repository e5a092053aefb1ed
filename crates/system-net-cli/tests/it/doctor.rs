//! `sysnet doctor`: what is said of each step, by which exit code it ends, and what it advises.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use system_net_testkit::{
    Authority, HttpPeer, PASSWORD, RecordedRequest, Response, Script, Validity, basic_login,
    refused_port,
};

use crate::program::{Run, finish, run, sysnet};

/// The table of a run, as `step state` and what is said.
struct Table {
    run: Run,
    lines: Vec<String>,
}

impl Table {
    #[track_caller]
    fn of(run: Run, code: i32) -> Self {
        let text = run.text();
        assert_eq!(run.code, code, "{text}\n{}", run.stderr);
        let lines = text.lines().map(str::to_owned).collect();
        Self { run, lines }
    }

    /// A step's own line.
    #[track_caller]
    fn step(&self, name: &str) -> &str {
        let of = |line: &&String| line.split(' ').next() == Some(name);
        self.lines.iter().find(of).unwrap()
    }

    #[track_caller]
    fn has(&self, state: &str, step: &str, text: &str) -> &Self {
        let line = self.step(step);
        let found = line[8..].trim_start();
        assert!(found.starts_with(state), "{line}");
        assert!(found.contains(text), "{text:?} in {line}");
        self
    }

    #[track_caller]
    fn advises(&self, text: &str) -> &Self {
        let advice = |line: &&String| line.trim_start().starts_with("- ");
        let mut advice = self.lines.iter().filter(advice);
        assert!(
            advice.any(|line| line.contains(text)),
            "{text:?} in {}",
            self.run.text()
        );
        self
    }
}

#[track_caller]
fn examine(arguments: &[&str], code: i32) -> Table {
    Table::of(run(&[&["doctor"], arguments].concat()), code)
}

/// With this password in the environment.
#[track_caller]
fn examine_as(password: &str, arguments: &[&str], code: i32) -> Table {
    let mut command = sysnet(&[&["doctor"], arguments].concat());
    Table::of(finish(command.env("SYSNET_PASSWORD", password)), code)
}

/// Wants `joe` by Basic, and offers what else is named.
fn basic(others: &'static [&'static str]) -> HttpPeer {
    HttpPeer::serve(move |request| match good(request, "Authorization") {
        true => Response::new(200),
        false => others
            .iter()
            .fold(Response::new(401), |answer, other| {
                answer.header("WWW-Authenticate", other)
            })
            .header("WWW-Authenticate", "Basic realm=\"the realm\""),
    })
}

fn good(request: &RecordedRequest, field: &str) -> bool {
    request.header(field).as_deref() == Some(&*basic_login("joe"))
}

#[test]
fn every_step_of_a_good_connection() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| {
        Response::new(200).header("Server", "contoso/1")
    });
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("authority.pem");
    fs::write(&trusted, authority.certificate_pem()).unwrap();
    let url = peer.url_localhost("/").replace("http:", "https:");
    let table = examine(&["--cacert", trusted.to_str().unwrap(), &url], 0);
    table
        .has("ok", "address", "https, host localhost, port")
        .has("ok", "proxy", "this machine is always reached directly")
        .has("ok", "resolve", "localhost: 127.0.0.1")
        .has("ok", "connect", "the server: 1 of")
        .has("ok", "tls", "TLSv1.3")
        .has("ok", "request", "HTTP/1.1 200 OK")
        .has("-", "schemes", "no login is asked for")
        .has("-", "ticket", "not needed")
        .has("-", "login", "not needed");
    let text = table.run.text();
    for told in [
        "for localhost",
        "issued by CN=system-net testkit",
        "valid from Wed, 01 Jan 2020",
        "Server: contoso/1",
    ] {
        assert!(text.contains(told), "{told:?} in {text}");
    }
}

#[test]
fn a_certificate_that_is_not_trusted() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200));
    let url = peer.url_localhost("/").replace("http:", "https:");
    examine(&[&url], 60)
        .has("ok", "connect", "1 of")
        .has("FAIL", "tls", "leads to no trusted authority")
        .has("-", "request", "not reached")
        .advises("--cacert");
    assert_eq!(peer.request_count(), 0);
    examine(&["-k", &url], 0)
        .has("WARN", "tls", "TLSv1.3")
        .has("ok", "request", "200");

    let no_tls = HttpPeer::each(
        Script::new()
            .send("HTTP/1.1 400 Bad Request\r\n\r\n")
            .close(),
    );
    let url = no_tls.url("/").replace("http:", "https:");
    examine(&[&url], 35)
        .has("FAIL", "tls", "")
        .has("-", "request", "not reached");
}

#[test]
fn no_way_to_the_server() {
    examine(&[&format!("http://{}/", refused_port())], 7)
        .has("FAIL", "connect", "refused")
        .has("-", "tls", "not reached")
        .has("-", "login", "not reached")
        .advises("listens on this port");
    let missing = ["--resolve", "a.example:80:127.0.0.1", "http://b.invalid/"];
    examine(&missing, 6)
        .has("FAIL", "resolve", "b.invalid")
        .advises("sysnet dns b.invalid");
    examine(&["-x", "http://proxy.invalid:1", "http://a.example/"], 5)
        .has("ok", "proxy", "http://proxy.invalid:1/, of -x")
        .has("FAIL", "resolve", "proxy.invalid")
        .advises("--noproxy");
    examine(&["ftp://a.example/"], 2).has("FAIL", "address", "ftp");
    examine(&["http://a b/"], 3).has("FAIL", "address", "");
}

/// A name with two addresses, of which one does not answer.
#[test]
fn one_address_of_two() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let port = peer.port();
    let resolve = format!("two.example:{port}:127.0.0.1,127.0.0.2");
    let url = format!("http://two.example:{port}/");
    examine(&["--noproxy", "*", "--resolve", &resolve, &url], 0)
        .has("ok", "resolve", "127.0.0.1, 127.0.0.2")
        .has("WARN", "connect", "1 of 2")
        .has("ok", "request", "200")
        .advises("take those that do not answer out of DNS");
}

#[test]
fn a_login_that_is_asked_for() {
    let peer = basic(&["Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", "Bearer"]);
    let url = peer.url("/");
    examine(&["--basic", &url], 22)
        .has(
            "WARN",
            "schemes",
            "the server offers Digest, Bearer, Basic; Basic is taken",
        )
        .has("-", "ticket", "none of these schemes needs one")
        .has("FAIL", "login", "none is given")
        .advises("-u NAME")
        .advises("use https");
    examine_as(PASSWORD, &["--basic", "-u", "joe", &url], 0).has(
        "ok",
        "login",
        "joe by Basic: 200",
    );
    let refused = examine_as("wrong-one", &["--basic", "-u", "joe", &url], 22);
    refused
        .has("FAIL", "login", "Basic: the server refused joe")
        .advises("check the name and the password");
    assert!(!refused.run.text().contains("wrong-one"));
    // All schemes are asked whether they have a login; the one that answers is told.
    examine_as("secret", &["-u", "joe", &url], 22)
        .has("ok", "schemes", "Digest is taken")
        .has("FAIL", "login", "Digest: the server refused joe");
    examine(&["--ntlm", &url], 22)
        .has("FAIL", "schemes", "offers Digest, Bearer, Basic")
        .advises("allow Digest or Basic");
    let unknown = HttpPeer::serve(|_| Response::new(401).header("WWW-Authenticate", "Bearer"));
    examine(&[&unknown.url("/")], 22)
        .has("FAIL", "schemes", "the server offers Bearer")
        .advises("must offer one of Negotiate, Kerberos, NTLM, Digest, Basic");
}

#[test]
fn a_ticket_that_is_not_there() {
    let peer = HttpPeer::serve(|_| Response::new(401).header("WWW-Authenticate", "Negotiate"));
    let folder = tempfile::tempdir().unwrap();
    let none: PathBuf = folder.path().join("no-such-cache");
    let mut command = sysnet(&["doctor", "--negotiate", "-u", ":", &peer.url("/")]);
    command
        .env("KRB5CCNAME", format!("FILE:{}", none.display()))
        .env("KRB5_CONFIG", "/dev/null")
        .env_remove("NTLM_USER_FILE");
    Table::of(finish(&mut command), 22)
        .has("ok", "schemes", "Negotiate is taken")
        .has("WARN", "ticket", "none for HTTP/127.0.0.1:")
        .has("FAIL", "login", "the user who runs this");
}

#[test]
fn a_proxy_that_asks() {
    let proxy = HttpPeer::proxy(|request| {
        match good(request, "Proxy-Authorization") {
            true => Response::new(200),
            false => Response::new(407).header("Proxy-Authenticate", "Basic realm=\"p\""),
        }
        .into()
    });
    let address = proxy.url("");
    let url = "http://a.example/";
    examine(&["-x", &address, url], 22)
        .has("ok", "connect", "the proxy: 1 of 1")
        .has("ok", "schemes", "the proxy offers Basic")
        .has(
            "FAIL",
            "login",
            "the proxy asks for a login, and none is given",
        )
        .advises("-U NAME");
    examine_as("wrong-one", &["-x", &address, "-U", "joe", url], 22).has(
        "FAIL",
        "login",
        "the proxy refused \"joe\"",
    );
    examine_as(PASSWORD, &["-x", &address, "-U", "joe", url], 0).has("ok", "request", "200");
    // The tunnel is asked for by the same login.
    examine(&["-x", &address, "https://a.example/"], 22)
        .has("-", "tls", "not reached")
        .has("FAIL", "login", "none is given");
}

#[test]
fn answers_that_are_no_good() {
    for (status, advice) in [
        (400, "https may be meant"),
        (403, "no login helps"),
        (404, "the path is not"),
        (503, "look at its log"),
    ] {
        let peer = HttpPeer::serve(move |_| Response::new(status));
        examine(&[&peer.url("/")], 0)
            .has("WARN", "request", &status.to_string())
            .advises(advice);
    }
    let peer = HttpPeer::serve(|_| Response::new(302).header("Location", "/next"));
    let table = examine(&[&peer.url("/")], 0);
    table.has("ok", "request", "302");
    assert!(table.run.text().contains("Location: /next"));
    assert_eq!(peer.request_count(), 1, "redirects are told, not followed");
}

#[test]
fn as_json() {
    let url = format!("http://joe:geheim-Zx81@{}/", refused_port());
    let run = run(&["doctor", "--json", &url]);
    assert_eq!(run.code, 7);
    let text = run.text();
    assert!(!text.contains(PASSWORD), "{text}");
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["schema"], "sysnet.doctor/1");
    assert_eq!(object["exit_code"], 7);
    let steps = object["steps"].as_array().unwrap();
    let states: Vec<_> = steps
        .iter()
        .map(|step| {
            (
                step["step"].as_str().unwrap(),
                step["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("address", "ok"),
            ("proxy", "ok"),
            ("resolve", "ok"),
            ("connect", "failed"),
            ("tls", "not_reached"),
            ("request", "not_reached"),
            ("schemes", "not_reached"),
            ("ticket", "not_reached"),
            ("login", "not_reached"),
        ]
    );
    assert!(!steps[3]["advice"].as_array().unwrap().is_empty());
}
