//! `sysnet cert`, and `serve --cert-store`, which shows each client the certificate for its name.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use system_net_testkit::{Authority, Validity};

use crate::program::{Run, run_in};
use crate::serve::Server;

/// A hang is a failure; nothing here takes that long.
const HANG: Duration = Duration::from_secs(60);

/// A folder with an authority, `NAME.pem` and `NAME.key` for two names, and a page to serve.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("ca.pem", authority.certificate_pem());
    for name in ["a.test", "b.test"] {
        let issued = authority.issue(&[name], Validity::Now);
        write(&format!("{name}.pem"), &issued.certificate_pem);
        write(&format!("{name}.key"), &issued.key_pem);
    }
    fs::create_dir(folder.path().join("pages")).unwrap();
    write("pages/index.html", "served");
    folder
}

#[track_caller]
fn cert(folder: &Path, arguments: &[&str]) -> Run {
    run_in(
        folder,
        &[&["cert"][..], arguments, &["--store", "store"]].concat(),
    )
}

/// A GET of a server on this machine under a name.
fn get(folder: &Path, url: &str, name: &str) -> Run {
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap();
    let resolve = format!("{name}:{port}:127.0.0.1");
    let url = format!("https://{name}:{port}/index.html");
    run_in(
        folder,
        &["get", "--cacert", "ca.pem", "--resolve", &resolve, &url],
    )
}

#[test]
fn sysnet_cert_keeps_certificates_for_serve() {
    let folder = folder();
    let folder = folder.path();
    for name in ["a.test", "b.test"] {
        let key = format!("{name}.key");
        let added = cert(folder, &["add", &format!("{name}.pem"), "--key", &key])
            .ok()
            .text();
        assert!(added.contains(&format!("  {name}  until ")), "{added}");
    }
    let listed = cert(folder, &["list"]).ok().text();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let json = cert(folder, &["list", "--json"]).ok();
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["schema"], "sysnet.cert.list/1");
    let mut names: Vec<_> = report["certificates"].as_array().unwrap().iter().collect();
    names.sort_by_key(|it| it["names"][0].to_string());
    assert_eq!(names[0]["names"], serde_json::json!(["a.test"]));

    let store = format!("--cert-store={}", folder.join("store").display());
    let pages = folder.join("pages");
    let server = Server::start(&[pages.to_str().unwrap(), "--tls", &store, "-s"]);
    for name in ["a.test", "b.test"] {
        assert_eq!(get(folder, server.address(), name).ok().text(), "served");
    }
    // Another name is refused in the handshake, by 35 as curl.
    let other = get(folder, server.address(), "c.test");
    assert_eq!(other.code, 35, "{}", other.stderr);
    assert!(other.stderr.contains("AccessDenied"), "{}", other.stderr);

    // What is deleted is served no longer, though the server runs on; what is left is.
    let deleted = cert(folder, &["delete", "B.test"]).ok().text();
    assert!(deleted.contains("  b.test  "), "{deleted}");
    wait_for(|| get(folder, server.address(), "b.test").code == 35);
    assert_eq!(
        get(folder, server.address(), "a.test").ok().text(),
        "served"
    );
    let thumbprint = names[0]["thumbprint"].as_str().unwrap();
    cert(folder, &["delete", thumbprint]).ok();
    wait_for(|| get(folder, server.address(), "a.test").code == 35);
    // It may come back.
    cert(folder, &["add", "a.test.pem", "--key", "a.test.key"]).ok();
    wait_for(|| get(folder, server.address(), "a.test").code == 0);
}

/// The server looks at its store now and then.
#[track_caller]
#[allow(clippy::disallowed_methods, reason = "a limit for hangs")]
fn wait_for(happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < HANG, "it did not happen");
    }
}

#[test]
fn sysnet_cert_says_what_is_wrong() {
    let folder = folder();
    let folder = folder.path();
    for (arguments, code, part) in [
        (&["add", "missing.pem"][..], 58, "missing.pem"),
        (&["add", "a.test.pem"], 58, "name it with --key"),
        (
            &["add", "a.test.pem", "--key", "b.test.key"],
            58,
            "not that of the certificate",
        ),
        (&["add", "a.test.pem", "--key", "none.key"], 58, "none.key"),
        (&["add", "pages/index.html"], 58, "index.html"),
        (&["delete", "a.test"], 1, "no certificate for \"a.test\""),
    ] {
        let run = cert(folder, arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert_eq!(cert(folder, &["list"]).ok().text(), "");
    // Without --tls there is nothing to show, and a store is not for a certificate of one's own.
    for arguments in [
        &["serve", "--cert-store"][..],
        &[
            "serve",
            "--tls",
            "--cert-store",
            "--cert",
            "a.test.pem",
            "--key",
            "a.test.key",
        ],
    ] {
        assert_eq!(run_in(folder, arguments).code, 2, "{arguments:?}");
    }
}
