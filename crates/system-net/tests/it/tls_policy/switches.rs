//! The switches of `AppContext`, from files, at real connections.

use std::process::Command;

use system_net::{
    Configuration, Settings, SslClientAuthenticationOptions, SslProtocols, SslStream,
    TargetFramework, TlsClientOptions,
};

use super::hello::{self, offered};
use super::{clients, read, switches};

const STRONG: &str = "Switch.System.Net.DontEnableSchUseStrongCrypto";
const SYSTEM: &str = "Switch.System.Net.DontEnableSystemDefaultTlsVersions";
const FRAMEWORK: u32 = 192 | 768 | 3072;

/// The settings of a program for a version, with a file of switches.
fn program(target: TargetFramework, value: &str) -> Settings {
    let mut configuration = Configuration::for_target(target);
    configuration
        .apply_str(&switches(value), "app.config")
        .unwrap();
    configuration.into_parts().0
}

#[test]
fn switch_strong_crypto_matrix() {
    for (target, by_target) in [
        (TargetFramework::V4_0, false),
        (TargetFramework::V4_5_2, false),
        (TargetFramework::V4_6, true),
        (TargetFramework::V4_7, true),
        (TargetFramework::V4_7_1, true),
    ] {
        for (value, by_switch) in [
            (None, None),
            (Some("false"), Some(true)),
            (Some("true"), Some(false)),
        ] {
            // The Framework chooses, so that it matters what it chooses.
            let file = match value {
                Some(value) => format!("{SYSTEM}=true; {STRONG}={value}"),
                None => format!("{SYSTEM}=true"),
            };
            let settings = program(target, &file);
            let strong = by_switch.unwrap_or(by_target);
            let (offer, decision) = clients(&settings, None);
            let told = format!("{target} {value:?}: {decision}");
            assert_eq!(decision.strong_crypto(), strong, "{told}");
            let requested = if strong { FRAMEWORK } else { 240 };
            assert_eq!(decision.requested().bits(), requested, "{told}");
            match strong {
                true => assert_eq!(offer.unwrap().versions, [hello::TLS12], "{told}"),
                // SSL 3.0 and TLS 1.0 are what .NET would offer.
                false => {
                    let text = decision.versions().unwrap_err().to_string();
                    assert!(text.contains("Default") && offer.is_none(), "{text}");
                }
            }
        }
    }
}

#[test]
fn switch_system_default_tls() {
    for (target, by_target) in [
        (TargetFramework::V4_6, false),
        (TargetFramework::V4_7, true),
        (TargetFramework::V4_7_1, true),
    ] {
        for (file, by_switch) in [
            (String::new(), None),
            (format!("{SYSTEM}=false"), Some(true)),
            (format!("{SYSTEM}=true"), Some(false)),
        ] {
            let system = by_switch.unwrap_or(by_target);
            let (offer, decision) = clients(&program(target, &file), None);
            assert_eq!(
                decision.requested() == SslProtocols::NONE,
                system,
                "{decision}"
            );
            let versions: &[u16] = match system {
                true => &[hello::TLS13, hello::TLS12],
                false => &[hello::TLS12],
            };
            assert_eq!(offer.unwrap().versions, versions, "{target} {file}");
        }
    }
    // A program for 4.5.2 of which a file says that the system shall choose.
    let (offer, _) = clients(
        &program(TargetFramework::V4_5_2, &format!("{SYSTEM}=false")),
        None,
    );
    assert_eq!(offer.unwrap().versions, [hello::TLS13, hello::TLS12]);
}

#[test]
fn switch_servicemodel_reported() {
    let (settings, warnings) = read(&switches(
        "Switch.System.ServiceModel.DisableUsingServicePointManagerSecurityProtocols=true;\
         Switch.System.ServiceModel.DontEnableSystemDefaultTlsVersions=true",
    ));
    let told = |name: &str| {
        format!(
            "app.config:1:52: element `AppContextSwitchOverrides`, attribute `value`: not applied: \
             the switch `Switch.System.ServiceModel.{name}` is for WCF, which is not part of this \
             library"
        )
    };
    assert_eq!(
        warnings,
        [
            told("DisableUsingServicePointManagerSecurityProtocols"),
            told("DontEnableSystemDefaultTlsVersions"),
        ]
    );
    let (offer, _) = clients(&settings, None);
    assert_eq!(offer.unwrap().versions, [hello::TLS13, hello::TLS12]);
}

/// Suites that authenticate what they encrypt and keep no secret for later: the only ones there are.
const STRONG_SUITES: &[u16] = &[
    0x1301, 0x1302, 0x1303, // TLS 1.3
    0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, // ECDHE with AES-GCM and ChaCha20
    0x00ff, // no suite: the signal of RFC 5746
];

#[test]
fn strong_crypto_offered_list() {
    let registry = |value: u8| {
        let mut settings = Settings::for_target(TargetFramework::V4_6);
        settings.tls.registry = Some(format!(
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
             \"SchUseStrongCrypto\"=dword:{value}\n"
        ));
        settings
    };
    let all = SslProtocols::TLS | SslProtocols::TLS11 | SslProtocols::TLS12;
    let newest = TargetFramework::V4_7_1;
    for (settings, named, strong) in [
        (Settings::default(), None, true),
        (program(newest, &format!("{STRONG}=false")), None, true),
        (program(newest, &format!("{STRONG}=true")), None, false),
        (registry(1), Some(all), true),
        (registry(0), Some(all), false),
        (registry(1), None, true),
        // Named in code, with SSL beside it.
        (Settings::default(), Some(SslProtocols::TLS12), true),
        (Settings::default(), Some(all), true),
        (Settings::default(), Some(all | SslProtocols::SSL3), true),
        (program(newest, &format!("{STRONG}=true")), Some(all), false),
    ] {
        let (offer, decision) = clients(&settings, named);
        let offer = offer.unwrap();
        assert_eq!(decision.strong_crypto(), strong, "{decision}");
        assert!(!offer.suites.is_empty());
        for suite in &offer.suites {
            assert!(STRONG_SUITES.contains(suite), "{suite:04x} in {decision}");
        }
        for version in &offer.versions {
            assert!([hello::TLS12, hello::TLS13].contains(version), "{decision}");
        }
        if strong {
            assert!(
                !decision.offered_by_dotnet().contains(SslProtocols::SSL3),
                "{decision}"
            );
        }
    }
}

const CHILD: &str = "SYSTEM_NET_TEST_TLS_POLICY";

/// A stream that is given no policy goes by that of the process, which has its file.
#[test]
fn streams_go_by_the_file_of_the_process() {
    if std::env::var(CHILD).is_ok() {
        let tls = TlsClientOptions {
            use_system_roots: false,
            ..TlsClientOptions::default()
        };
        let options = SslClientAuthenticationOptions::with_tls("localhost", tls);
        let offer = offered(|server| {
            let stream = std::net::TcpStream::connect(server).unwrap();
            let error = SslStream::over_blocking(stream).authenticate_as_client_with(&options);
            println!("error: {}", error.unwrap_err());
        });
        println!("versions: {:?}", offer.map(|offer| offer.versions));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.config");
    for (text, expected) in [
        (switches(""), "versions: Some([772, 771])"),
        (switches(&format!("{SYSTEM}=true")), "versions: Some([771])"),
        (
            switches(&format!("{SYSTEM}=true;{STRONG}=true")),
            "error: no version of TLS is left that is spoken here",
        ),
        ("<configuration>".to_owned(), "app.config:1:"),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tls_policy::switches::streams_go_by_the_file_of_the_process",
                "--nocapture",
            ])
            .env(CHILD, "")
            .env("SYSTEM_NET_MACHINE_CONFIG", "")
            .env("SYSTEM_NET_CONFIG", &file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains(expected),
            "{expected}: {said}"
        );
    }
}
