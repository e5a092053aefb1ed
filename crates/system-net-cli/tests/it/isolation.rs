//! `sysnet isolation check`: twelve manifests, what is said of each, and the exit code.

use crate::program::run_in;

#[track_caller]
fn check(inside: &str, options: &[&str], code: i32, says: &str) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("AppxManifest.xml");
    std::fs::write(manifest, inside).unwrap();
    let mut arguments = vec!["isolation", "check", "AppxManifest.xml"];
    arguments.extend(options);
    let run = run_in(folder.path(), &arguments);
    let told = format!("{}{}", run.text(), run.stderr);
    assert_eq!(run.code, code, "{inside} {options:?}: {told}");
    assert!(told.contains(says), "{inside} {options:?}: {told}");
}

fn with(names: &[&str]) -> String {
    let list: String = names
        .iter()
        .map(|name| format!("<Capability Name=\"{name}\"/>"))
        .collect();
    format!("<Package xmlns=\"urn:x\"><Capabilities>{list}</Capabilities></Package>")
}

#[test]
fn sysnet_isolation_check() {
    let client = with(&["internetClient"]);
    let server = with(&["internetClientServer"]);
    let private = with(&["privateNetworkClientServer"]);
    check(
        &client,
        &["--connect", "8.8.8.8"],
        0,
        "connect to 8.8.8.8: allowed",
    );
    check(
        &server,
        &["--accept", "8.8.8.8"],
        0,
        "accept at 8.8.8.8: allowed",
    );
    check(
        &private,
        &["--accept", "10.0.0.1"],
        0,
        "accept at 10.0.0.1: allowed",
    );
    // Missing, or for the other direction.
    check(
        &client,
        &["--accept", "8.8.8.8"],
        1,
        "needs the capability internetClientServer,",
    );
    check(
        &client,
        &["--connect", "10.0.0.1"],
        1,
        "privateNetworkClientServer",
    );
    check(
        &client,
        &["--connect", "127.0.0.1"],
        1,
        "loopback exemption",
    );
    // More than is needed.
    check(
        &server,
        &["--connect", "8.8.8.8"],
        1,
        "internetClientServer is superfluous",
    );
    let both = with(&["internetClient", "internetClientServer"]);
    check(&both, &[], 1, "internetClient is superfluous");
    check(&with(&[]), &[], 1, "no network capability");
    check(
        &with(&["InternetClient"]),
        &[],
        1,
        "internetClient may be meant",
    );
    // Not to be read.
    check("<Package><Capabilities>", &[], 26, "cannot be read");
    check("<Manifest/>", &[], 26, "<Package> was expected");
}
