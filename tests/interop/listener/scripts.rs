//! Clients of other languages: Python's requests and httpx, Node's fetch. What they check is in their
//! scripts.

use std::process::Command;

use crate::site::Site;
use crate::{enabled, run};

fn python(library: &str) {
    for site in [Site::plain(), Site::secure()] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/listener/client.py");
        let interpreter = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
        let ca = site.file("ca.pem");
        let ca = if ca.exists() { ca } else { "".into() };
        run(
            Command::new(interpreter.as_deref().unwrap_or("/usr/bin/python3"))
                .args([script, library, &site.url("/")])
                .arg(ca),
        );
        assert!(site.requests() > 10);
    }
}

#[test]
fn python_requests() {
    if enabled("python_requests") {
        python("requests");
    }
}

#[test]
fn python_httpx() {
    if enabled("python_httpx") {
        python("httpx");
    }
}

#[test]
fn node_fetch() {
    if !enabled("node_fetch") {
        return;
    }
    for site in [Site::plain(), Site::secure()] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/listener/client.mjs");
        let mut node = Command::new("node");
        let ca = site.file("ca.pem");
        if ca.exists() {
            node.env("NODE_EXTRA_CA_CERTS", ca);
        }
        run(node.args([script, &site.url("/")]));
        assert!(site.requests() > 10);
    }
}
