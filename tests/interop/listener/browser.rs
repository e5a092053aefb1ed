//! Chromium: a page over TLS, whose form it submits.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::site::Site;
use crate::{enabled, printed};

/// The hash by which Chromium knows a public key.
fn key_hash(site: &Site) -> String {
    let key = printed(
        Command::new("openssl")
            .args(["x509", "-pubkey", "-noout", "-in"])
            .arg(site.file("server.pem")),
    );
    let piped = |arguments: &[&str], input: &[u8]| {
        let mut openssl = Command::new("openssl")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        openssl.stdin.take().unwrap().write_all(input).unwrap();
        openssl.wait_with_output().unwrap().stdout
    };
    let der = piped(&["pkey", "-pubin", "-outform", "der"], key.as_bytes());
    let hash = piped(&["dgst", "-sha256", "-binary"], &der);
    let text = piped(&["enc", "-base64"], &hash);
    String::from_utf8(text).unwrap().trim().to_owned()
}

#[test]
fn chromium_submits_a_form_over_tls() {
    if !enabled("chromium_submits_a_form_over_tls") {
        return;
    }
    let site = Site::secure();
    let profile = site.file("profile");
    let page = printed(
        Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!(
                "--ignore-certificate-errors-spki-list={}",
                key_hash(&site)
            ))
            .args(["--virtual-time-budget=10000", "--dump-dom"])
            .arg(site.url("/page"))
            .stderr(Stdio::null()),
    );
    assert!(page.contains("<title>Thanks</title>"), "{page}");
    let form = "name=J\u{fc}rgen &amp; co text=a+b type=application/x-www-form-urlencoded";
    assert!(page.contains(form), "{page}");
    assert!(site.requests() >= 2);
}
