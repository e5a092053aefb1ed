//! `sysnet dns`, with what the hosts file of every machine knows, and with names that no server
//! needs to be asked for. A name server is asked with the feature `hickory`.

use serde_json::{Value, json};

use crate::program::{Run, run, run_with_input};

fn dns(arguments: &[&str]) -> Run {
    run(&[&["dns"], arguments].concat())
}

/// It fails with this code, and says this on stderr alone.
#[track_caller]
fn refused(code: i32, arguments: &[&str], stderr: &[&str]) {
    let run = dns(arguments);
    assert_eq!((run.code, &*run.text()), (code, ""), "{arguments:?}");
    for part in stderr {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

/// A name that nobody is asked for: a label may not be that long.
fn impossible() -> String {
    format!("{}.invalid", "x".repeat(64))
}

#[test]
fn dns_prints_name_aliases_and_addresses() {
    let text = dns(&["localhost", "--type", "A"]).ok().text();
    assert!(text.starts_with("name     "), "{text}");
    assert!(text.ends_with("\naddress  127.0.0.1\n"), "{text}");
    let all = dns(&["localhost"]).ok().text();
    assert!(all.contains("address  127.0.0.1\n"), "{all}");
    // An address has a name, which has addresses.
    for arguments in [&["127.0.0.1"][..], &["-x", "127.0.0.1"]] {
        let text = dns(arguments).ok().text();
        assert!(text.starts_with("name     localhost\n"), "{text}");
        assert!(text.contains("address  127.0.0.1\n"), "{text}");
    }
}

#[test]
fn dns_json_is_one_object() {
    let printed = dns(&["localhost", "--type", "a", "--json"]).ok();
    let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(object["schema"], "sysnet.dns/1");
    assert_eq!(object["text"], "localhost");
    assert_eq!(object["address_list"], json!(["127.0.0.1"]));
    assert!(object["host_name"].is_string() && object["aliases"].is_array());
    assert_eq!(object["error"], Value::Null);
    let name = impossible();
    let printed = dns(&[&name, "--json"]);
    assert_eq!(printed.code, 6);
    let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(object["text"], name);
    assert_eq!(object["error"]["exit_code"], 6);
    assert!(object["error"]["status"].is_string(), "{object}");
    assert!(
        object["error"]["advice"]
            .as_array()
            .is_some_and(|advice| !advice.is_empty())
    );
}

#[test]
fn dns_answers_each_line() {
    let input = format!("127.0.0.1\n{}\nlocalhost\n", impossible());
    let run = run_with_input(&["dns", "-", "--type", "A"], input.as_bytes());
    assert_eq!(run.code, 6);
    let text = run.text();
    assert_eq!(text.matches("address  127.0.0.1\n").count(), 2, "{text}");
    assert!(text.contains("\n\nname     "), "{text}");
    assert!(
        run.stderr.starts_with("sysnet: line 2: look-up of"),
        "{}",
        run.stderr
    );
    let run = run_with_input(&["dns", "-", "--json"], input.as_bytes());
    assert_eq!(run.text().lines().count(), 3);
}

#[test]
fn dns_failures_have_codes_and_advice() {
    refused(6, &[&impossible()], &["look-up of \"xxx", "\n  - "]);
    refused(6, &["a b"], &["look-up of \"a b\"", "\n  - "]);
    refused(2, &[&"x.".repeat(200)], &["255 characters"]);
    refused(2, &["0.0.0.0"], &["stand for all interfaces"]);
    refused(2, &[""], &["a host name is needed", "\n  - "]);
    refused(
        2,
        &["-x", "localhost"],
        &["expected an IPv4 or IPv6 address", "--reverse"],
    );
    refused(
        2,
        &["-x", "127.0.0.1", "--type", "a"],
        &["cannot be used with"],
    );
    refused(
        2,
        &["localhost", "--max-time", "0"],
        &["more than 0 seconds"],
    );
    refused(2, &[], &["NAME"]);
    // With a limit it is the same, only not for ever.
    assert!(
        dns(&["localhost", "-m", "20"])
            .ok()
            .text()
            .contains("address  ")
    );
}

#[cfg(not(feature = "hickory"))]
#[test]
fn dns_server_needs_a_client() {
    let words = ["this build asks no name server", "--features hickory"];
    refused(1, &["localhost", "--server", "127.0.0.1"], &words);
}

#[cfg(feature = "hickory")]
#[test]
fn dns_asks_the_server_that_is_named() {
    use system_net_testkit::{DnsPeer, DnsType, DnsZone, ResponseCode};

    let zone = DnsZone::new()
        .host("host.test", &["10.0.0.1", "fd00::1"])
        .alias("www.test", "host.test")
        .pointer("10.0.0.1", "host.test")
        .failing("failing.test", ResponseCode::ServFail)
        .silent("silent.test");
    let peer = DnsPeer::serve(zone);
    let server = peer.address().to_string();
    let ask = |arguments: &[&str]| dns(&[&["--server", &server], arguments].concat());
    let known = "name     host.test\naddress  fd00::1\naddress  10.0.0.1\n";
    assert_eq!(ask(&["host.test"]).ok().text(), known);
    assert_eq!(ask(&["10.0.0.1"]).ok().text(), known);
    let aliased = known.replacen('\n', "\nalias    www.test\n", 1);
    assert_eq!(ask(&["www.test"]).ok().text(), aliased);
    peer.take_queries();
    let one = "name     host.test\naddress  10.0.0.1\n";
    assert_eq!(ask(&["host.test", "-t", "a"]).ok().text(), one);
    assert!(
        peer.take_queries()
            .iter()
            .all(|query| query.kind == DnsType::A)
    );
    for (arguments, code) in [
        (&["missing.test"][..], 6),
        (&["failing.test"], 6),
        (&["silent.test", "-m", "0.2"], 28),
    ] {
        assert_eq!(
            ask(arguments).code,
            code,
            "{arguments:?}: {}",
            ask(arguments).stderr
        );
    }
    refused(
        2,
        &["--server", "localhost", "host.test"],
        &["is no address", "dns-query"],
    );
    refused(
        2,
        &["--server", "http://127.0.0.1/", "host.test"],
        &["only https://"],
    );
}
