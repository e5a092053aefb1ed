//! The environment's certificate store. It is read once per process, so each case is a child
//! process: this very binary, told to run one test.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use system_net_security::test_util::TestCa;
use system_net_security::{TlsClientOptions, TlsErrorKind, TlsServerIdentity};
use system_net_uri::HostAddress;

use crate::pair::{acceptor, connector, shake};

/// Where the parent put the server's certificate and key.
const FOLDER: &str = "SYSTEM_NET_TEST_FOLDER";

/// Connects with default options to a server of the parent's authority, twice, and prints what
/// happened. Does nothing unless a parent asks.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let identity = TlsServerIdentity::from_pem(&read("server.pem"), &read("key.pem")).unwrap();
    let options = TlsClientOptions {
        accept_any_certificate: false,
        ..TlsClientOptions::default()
    };
    for _ in 0..2 {
        let connector = connector(&options);
        let acceptor = acceptor(identity.clone());
        let (client, _) = shake(&connector, &acceptor, HostAddress::Dns("localhost"));
        match client {
            Ok(_) => println!("CONNECTED"),
            Err(error) if error.kind() == TlsErrorKind::Configuration => println!("STORE {error}"),
            Err(error) => println!("REFUSED {:?}", error.kind()),
        }
        // The store was read already: what becomes of the file does not matter.
        let _ = fs::remove_file(folder.join("ca.pem"));
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("system-net-security-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("empty")).unwrap();
        let ca = TestCa::new();
        let (certificate, key) = ca.issue_pem(&["localhost"]);
        fs::write(path.join("ca.pem"), ca.ca_pem()).unwrap();
        fs::write(path.join("server.pem"), certificate).unwrap();
        fs::write(path.join("key.pem"), key).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the child with one variable of the store set to a path below its folder.
#[track_caller]
fn check(variable: &str, path: &str, expected: &str) {
    let folder = Folder::new(&format!("{variable}-{}", path.replace('/', "")));
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "system_roots::child", "--nocapture"])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .env(FOLDER, &folder.0)
        .env(variable, folder.0.join(path))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(expected))
        .collect();
    assert_eq!(lines.len(), 2, "{text}");
}

#[test]
fn system_roots_loaded() {
    check("SSL_CERT_FILE", "ca.pem", "CONNECTED");
    check("SSL_CERT_DIR", ".", "CONNECTED");
    // Without either, the system's own store, or the built-in list: neither knows the authority.
    check(
        "SYSTEM_NET_UNRELATED",
        "ca.pem",
        "REFUSED Trust(UnknownIssuer)",
    );
    check("SSL_CERT_DIR", "empty", "REFUSED Trust(UnknownIssuer)");
}

#[test]
fn unreadable_store_is_an_error_at_the_connection() {
    check(
        "SSL_CERT_FILE",
        "missing.pem",
        "missing.pem (SSL_CERT_FILE) cannot be read",
    );
    check(
        "SSL_CERT_DIR",
        "missing",
        "missing (SSL_CERT_DIR) cannot be read",
    );
}
