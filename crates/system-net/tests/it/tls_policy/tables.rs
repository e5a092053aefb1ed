//! The tables of `docs/tls.md`: those of the guide row by row, and that of targets against what the
//! policy says.

use system_net::{Settings, SslProtocols, TargetFramework, TlsPolicy, TlsRole};

/// The cells of the table that has this head, in rows.
fn table<'a>(page: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let cells = |line: &'a str| line.trim_matches('|').split('|').map(str::trim).collect();
    let mut lines = page.lines().skip_while(|line| *line != head);
    assert!(lines.next().is_some(), "no table {head}");
    lines
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect()
}

#[test]
fn docs_tls_tables_present() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tls.md");
    let page = std::fs::read_to_string(file).unwrap();
    let systems = [
        "Windows 10, Windows Server 2016",
        "Windows 8.1, Windows Server 2012 R2",
        "Windows 8.0, Windows Server 2012",
        "Windows 7 SP1, Windows Server 2008 R2 SP1",
        "Windows Server 2008",
        "Windows Vista",
    ];
    for (head, second) in [
        (
            "| operating system | TLS 1.2 support |",
            [
                "Supported, and enabled by default.",
                "Supported, and enabled by default.",
                "Supported, and enabled by default.",
                "Supported, but not enabled by default",
                "requires an update",
                "Not supported.",
            ],
        ),
        (
            "| operating system | least update for TLS 1.2 with .NET Framework 3.5 |",
            [
                "Cumulative Update for Windows 10 Version 1511 and Windows Server 2016 Technical Preview 4: May 10, 2016",
                "Framework 3.5 on Windows 8.1 and Windows Server 2012 R2",
                "Framework 3.5 on Windows Server 2012",
                "Framework 3.5.1 on Windows 7 SP1 and Server 2008 R2 SP1",
                "Framework 2.0 SP2 on Windows Vista SP2 and Server 2008 SP2",
                "Not supported",
            ],
        ),
    ] {
        let rows = table(&page, head);
        assert_eq!(rows.len(), systems.len(), "{head}");
        for (row, (system, said)) in rows.iter().zip(systems.iter().zip(second)) {
            assert!(row[0] == *system && row[1].contains(said), "{row:?}");
        }
    }
    let updates = table(&page, "| update | for |");
    let numbers: Vec<_> = updates.iter().map(|row| row[0]).collect();
    assert_eq!(
        numbers,
        ["KB3154518", "KB3154519", "KB3154520", "KB3156421"]
    );
    let azure = table(&page, "| image | .NET Framework | registry |");
    assert!(
        azure[0][0].contains("Family 5") && azure[0][1].starts_with("4.6.2"),
        "{azure:?}"
    );
    assert!(
        azure[0][2].contains("`SchUseStrongCrypto` is 1"),
        "{azure:?}"
    );
    assert!(page.contains("**Linux**"), "no answer for Linux");
    targets(&page);
}

fn targets(page: &str) {
    let head = "| program for | who chooses | what .NET asks for | strong cryptography | here |";
    let rows = table(page, head);
    let versions = [
        TargetFramework::V2_0,
        TargetFramework::V3_5,
        TargetFramework::V4_5_2,
        TargetFramework::V4_6,
        TargetFramework::V4_7,
        TargetFramework::V4_7_1,
    ];
    assert_eq!(rows.len(), versions.len());
    for (row, version) in rows.iter().zip(versions) {
        assert!(row[0].contains(version.as_str()), "{row:?}");
        let policy = TlsPolicy::of_settings(&Settings::for_target(version)).unwrap();
        let decision = policy.decide(TlsRole::Client, None);
        let by_system = decision.requested() == SslProtocols::NONE;
        assert_eq!(row[1] == "the system", by_system, "{row:?}");
        let asked = match decision.requested() {
            SslProtocols::NONE => "what the system has",
            SslProtocols::DEFAULT => "SSL 3.0, TLS 1.0",
            _ => "TLS 1.0, 1.1, 1.2",
        };
        assert_eq!(row[2], asked, "{row:?}");
        assert_eq!(row[3] == "yes", decision.strong_crypto(), "{row:?}");
        let here = match (decision.versions().is_ok(), by_system) {
            (false, _) => "an error",
            (true, true) => "TLS 1.2, 1.3",
            (true, false) => "TLS 1.2",
        };
        assert_eq!(row[4], here, "{row:?}");
    }
}
