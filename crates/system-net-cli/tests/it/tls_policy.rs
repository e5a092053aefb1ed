//! `sysnet config check` and `config tls`: what makes TLS worse than it can be, and who decides.

use std::fs;

use crate::program::run_in;

const SWITCHES: &str = "<configuration>
  <startup><supportedRuntime version='v4.0' sku='.NETFramework,Version=v4.5.2'/></startup>
  <runtime>
    <AppContextSwitchOverrides value='Switch.System.Net.DontEnableSchUseStrongCrypto=true;\
Switch.System.Net.DontEnableSystemDefaultTlsVersions=true'/>
  </runtime>
  <system.serviceModel><bindings><customBinding><binding>
    <sslStreamSecurity sslProtocols='Tls'/>
  </binding></customBinding></bindings></system.serviceModel>
</configuration>
";

const REGISTRY: &str = "Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]
\"SchUseStrongCrypto\"=dword:00000001
  \"SystemDefaultTlsVersions\"=dword:00000000

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server]
\"Enabled\"=dword:ffffffff
";

#[test]
fn tls_audit_findings() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("app.config", SWITCHES);
    write("tls.reg", REGISTRY);
    let check = |arguments: &[&str]| {
        run_in(
            folder.path(),
            &[&["config", "check"][..], arguments].concat(),
        )
    };
    let run = check(&["app.config", "tls.reg"]);
    assert_eq!((run.code, &*run.stderr), (1, ""));
    let text = run.text();
    let found: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(": audit: "))
        .collect();
    let expected = [
        (
            "app.config:2:45: audit: ",
            "for 4.5.2 leave the choice of TLS versions to the Framework",
        ),
        (
            "app.config:4:32: audit: ",
            "DontEnableSchUseStrongCrypto=true asks for weak cryptography",
        ),
        (
            "app.config:4:32: audit: ",
            "DontEnableSystemDefaultTlsVersions=true lets the Framework",
        ),
        (
            "app.config:7:24: audit: ",
            "fixes the versions `Tls` of TLS",
        ),
        (
            "tls.reg:5:3: audit: ",
            "`SystemDefaultTlsVersions`: lets the Framework choose",
        ),
        ("tls.reg:8:1: audit: ", "switches TLS 1.0 on for the server"),
    ];
    assert_eq!(found.len(), expected.len(), "{text}");
    for (line, (place, said)) in found.iter().zip(expected) {
        assert!(
            line.starts_with(place) && line.contains(said),
            "{place} {said}: {line}"
        );
    }
    assert!(
        text.contains("app.config: 0 errors, 1 warning, 4 findings of the audit\n"),
        "{text}"
    );
    assert!(
        text.ends_with("tls.reg: 0 errors, 0 warnings, 2 findings of the audit\n"),
        "{text}"
    );

    let json = check(&["--json", "tls.reg"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let first = &report["files"][0]["warnings"][0];
    assert_eq!(
        (&first["kind"], &first["line"]),
        (&"TlsAudit".into(), &5.into())
    );

    // What is as it should be is no finding.
    write(
        "good.config",
        &SWITCHES
            .replace("=true", "=false")
            .replace("4.5.2", "4.7.2")
            .replace("'Tls'", "'None'"),
    );
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            REGISTRY
                .replace("00000000", "1")
                .replace("ffffffff", "0")
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    fs::write(folder.path().join("GOOD.REG"), wide).unwrap();
    let run = check(&["good.config", "GOOD.REG"]);
    assert_eq!(run.code, 0, "{}", run.text());
    write("broken.reg", "[HKEY");
    let run = check(&["broken.reg"]);
    assert_eq!(run.code, 1);
    assert!(
        run.text()
            .starts_with("broken.reg:1: error: the key has no closing bracket"),
        "{}",
        run.text()
    );
}

#[test]
fn config_tls_names_who_decides() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("app.config", SWITCHES);
    write("tls.reg", REGISTRY);
    let tls =
        |arguments: &[&str]| run_in(folder.path(), &[&["config", "tls"][..], arguments].concat());
    let run = tls(&[]);
    assert_eq!(run.code, 0);
    assert!(
        run.text()
            .starts_with("client: SystemDefault\n  decided by the target framework 4.7.1"),
        "{}",
        run.text()
    );
    let run = tls(&["--registry", "tls.reg"]);
    assert_eq!(run.code, 0);
    assert!(
        run.text()
            .contains("v4.0.30319: SystemDefaultTlsVersions=0\n"),
        "{}",
        run.text()
    );
    assert!(
        run.text().contains("here: Tls12\nserver: "),
        "{}",
        run.text()
    );
    let run = tls(&["--config", "app.config", "--registry", "tls.reg", "--json"]);
    assert_eq!(run.code, 1);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let client = &report["client"];
    assert_eq!(client["requested"], "Default");
    assert_eq!(
        client["decided_by"],
        "the switch Switch.System.Net.DontEnableSystemDefaultTlsVersions=true"
    );
    assert!(
        client["error"]
            .as_str()
            .unwrap()
            .contains("no version of TLS is left")
    );
    let run = tls(&["--registry", "none.reg"]);
    assert_eq!(run.code, 26);
    assert!(run.stderr.contains("none.reg"), "{}", run.stderr);
}
