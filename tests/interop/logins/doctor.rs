//! `sysnet doctor` at Apache's mod_auth_gssapi: the ticket that is there, and those that are not.

use std::path::PathBuf;
use std::process::Command;

use crate::http::Apache;
use crate::realm::in_realm;

/// The program, built with the profile of this test and found beside it.
fn sysnet() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--package", "system-net-cli"])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success(), "sysnet does not build");
    // This test is target/PROFILE/deps/interop_logins-HASH.
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join("sysnet")
}

#[test]
fn doctor_tells_of_tickets() {
    in_realm("doctor::doctor_tells_of_tickets", |realm| {
        let apache = Apache::start(realm);
        let program = sysnet();
        let examine = |cache: &str, host: &str| {
            let output = Command::new(&program)
                .args(["doctor", "--negotiate", "-u", ":"])
                .arg(format!("http://{host}:{}/page", apache.port()))
                .env("KRB5CCNAME", cache)
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            (output.status.code().unwrap(), text)
        };
        let has = |text: &str, lines: &[&str]| {
            for line in lines {
                assert!(text.contains(line), "{line:?} in {text}");
            }
        };
        let (code, text) = examine(&realm.tickets_of("ann"), "localhost");
        has(
            &text,
            &[
                "ticket   ok   there is one for HTTP/localhost",
                "login    ok   the user who runs this by Negotiate: 200 OK, and the server has proved",
            ],
        );
        assert_eq!(code, 0, "{text}");

        // A service that the realm does not know under this name.
        let (code, text) = examine(&realm.tickets_of("ann"), "127.0.0.1");
        has(
            &text,
            &[
                "ticket   WARN none for HTTP/127.0.0.1: ",
                "(SPN)",
                "login    FAIL",
            ],
        );
        assert_eq!(code, 22, "{text}");

        let none = format!("FILE:{}", realm.path("no-cache").display());
        let (code, text) = examine(&none, "localhost");
        has(&text, &["ticket   WARN none for HTTP/localhost: ", "kinit"]);
        assert_eq!(code, 22, "{text}");
    });
}
