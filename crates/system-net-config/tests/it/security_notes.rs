//! What is asked for safety and not done, on the standard error output of processes of its own.

use std::process::Command;

/// What the child that prints its global context writes to the standard error output.
fn told(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.config");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "context::child_prints_the_global_context"])
        .env("SYSTEM_NET_TEST_CHILD", "1")
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .env("SYSTEM_NET_CONFIG", &file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn safety_that_is_not_given_is_told_without_any_trace() {
    let manager = |attribute: &str| {
        format!(
            "<configuration><system.net><settings>\n<servicePointManager {attribute}/>\n\
             </settings></system.net></configuration>"
        )
    };
    for (attribute, said) in [
        (
            "encryptionPolicy='NoEncryption'",
            "attribute `encryptionPolicy`: not applied: TLS without encryption does not exist",
        ),
        (
            "checkCertificateRevokationList='true'",
            "attribute `checkCertificateRevokationList`: unknown attribute",
        ),
        (
            "checkCertificateName='true' lockItem='true'",
            "attribute `lockItem`: not applied",
        ),
    ] {
        let told = told(&manager(attribute));
        let [line] = told.lines().collect::<Vec<_>>()[..] else {
            panic!("{attribute}: {told}");
        };
        assert!(
            line.starts_with("system-net: ") && line.contains("app.config:2:"),
            "{line}"
        );
        assert!(line.contains(said), "{line}");
    }
    // What is as usual, or about something else, is not.
    for text in [
        manager("checkCertificateRevocationList='true' dnsRefreshTimeout='1'"),
        "<configuration><system.net><requestCaching disableAllCaching='true'/><misspelt/>\
         </system.net></configuration>"
            .to_owned(),
    ] {
        assert_eq!(told(&text), "", "{text}");
    }
}
