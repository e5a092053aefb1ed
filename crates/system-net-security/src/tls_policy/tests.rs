//! The policy as a table: what each rule comes to.

use system_net_config::{AppContextSwitch, Settings, TargetFramework};

use super::{SecurityProtocolTypeExtensions, SslProtocols, SslProtocolsExtensions};
use super::{TlsDecision, TlsPolicy, TlsRole, TlsRule};
use TargetFramework::{V1_1, V2_0, V3_5, V4_0, V4_5_2, V4_6, V4_7, V4_7_1};

/// What the Framework takes by strong cryptography.
const FRAMEWORK: SslProtocols = SslProtocols::from_bits(192 | 768 | 3072).unwrap();

/// A policy; switches by the ends of their names, `Some(true)` asks for less safety.
#[derive(Clone, Copy, Default)]
struct Of {
    target: TargetFramework,
    weak: Option<bool>,
    framework: Option<bool>,
    registry: &'static str,
}

impl Of {
    fn decide(self, named: Option<SslProtocols>) -> TlsDecision {
        let mut settings = Settings::for_target(self.target);
        for (name, value) in [
            ("DontEnableSchUseStrongCrypto", self.weak),
            ("DontEnableSystemDefaultTlsVersions", self.framework),
        ] {
            settings
                .app_context_switches
                .extend(value.map(|enabled| AppContextSwitch {
                    name: format!("Switch.System.Net.{name}"),
                    enabled,
                }));
        }
        settings.tls.registry = Some(self.registry.to_owned());
        let policy = TlsPolicy::of_settings(&settings).unwrap();
        policy.decide(TlsRole::Client, named)
    }
}

/// Values for programs of 4.0 and later.
const ALL_ON: &str = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
    \"SchUseStrongCrypto\"=dword:1\n\"SystemDefaultTlsVersions\"=dword:1\n\
    [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727]\n\
    \"SchUseStrongCrypto\"=dword:1\n\"SystemDefaultTlsVersions\"=dword:1\n";
const STRONG_35: &str = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727]\n\
    \"SchUseStrongCrypto\"=dword:1\n";

#[test]
fn tls_default_by_target_table() {
    for (target, requested, strong) in [
        (V1_1, SslProtocols::DEFAULT, false),
        (V2_0, SslProtocols::DEFAULT, false),
        (V3_5, SslProtocols::DEFAULT, false),
        (V4_0, SslProtocols::DEFAULT, false),
        (V4_5_2, SslProtocols::DEFAULT, false),
        (V4_6, FRAMEWORK, true),
        (V4_7, SslProtocols::NONE, true),
        (V4_7_1, SslProtocols::NONE, true),
    ] {
        let of = Of {
            target,
            ..Of::default()
        };
        for role in [TlsRole::Client, TlsRole::Server] {
            let settings = Settings::for_target(target);
            let policy = TlsPolicy::of_settings(&settings).unwrap();
            let decision = policy.decide(role, None);
            assert_eq!(decision.requested(), requested, "{target}");
            assert_eq!(decision.strong_crypto(), strong, "{target}");
            for rule in [
                decision.versions_decided_by(),
                decision.strong_crypto_decided_by(),
            ] {
                assert!(matches!(rule, TlsRule::Target { target: it, .. } if *it == target));
            }
        }
        let decision = of.decide(None);
        let versions = decision.versions();
        match requested {
            SslProtocols::DEFAULT => {
                let text = versions.unwrap_err().to_string();
                for part in ["Default", &format!("target framework {target}"), "4.7"] {
                    assert!(text.contains(part), "{target}: {text}");
                }
            }
            SslProtocols::NONE => assert_eq!(versions.unwrap(), (None, None)),
            _ => assert_eq!(decision.offered(), SslProtocols::TLS12),
        }
    }
}

#[test]
fn tls_35_rules() {
    assert_eq!(SecurityProtocolTypeExtensions::TLS12.bits(), 3072);
    assert_eq!(SecurityProtocolTypeExtensions::TLS11.bits(), 768);
    assert_eq!(SecurityProtocolTypeExtensions::SYSTEM_DEFAULT.bits(), 0);
    assert_eq!(SslProtocolsExtensions::TLS12.bits(), 3072);
    assert_eq!(SslProtocolsExtensions::TLS11.bits(), 768);
    assert_eq!(SslProtocolsExtensions::SYSTEM_DEFAULT.bits(), 0);
    let of = |registry| Of {
        target: V3_5,
        registry,
        ..Of::default()
    };
    // Strong cryptography counts with an explicit value alone.
    let unnamed = of(STRONG_35).decide(None);
    assert_eq!(
        (unnamed.requested(), unnamed.strong_crypto()),
        (SslProtocols::DEFAULT, false)
    );
    let system = Some(SecurityProtocolTypeExtensions::SYSTEM_DEFAULT);
    assert!(!of(STRONG_35).decide(system).strong_crypto());
    for named in [
        SslProtocolsExtensions::TLS12,
        SslProtocolsExtensions::TLS11 | SslProtocolsExtensions::TLS12,
        SslProtocols::TLS,
    ] {
        let decision = of(STRONG_35).decide(Some(named));
        assert!(decision.strong_crypto(), "{named}");
        assert!(matches!(
            decision.strong_crypto_decided_by(),
            TlsRule::Registry {
                version: "v2.0.50727",
                ..
            }
        ));
        assert_eq!(decision.versions_decided_by(), &TlsRule::Code);
        assert!(!of("").decide(Some(named)).strong_crypto());
    }
    // The other value counts with none: then the system chooses.
    let system = of(ALL_ON).decide(None);
    assert_eq!(system.requested(), SslProtocols::NONE);
    // The keys of 4.0 are not for it, nor are switches.
    let later = ALL_ON.split_inclusive("[HKEY").next().unwrap();
    assert_eq!(
        of(later.trim_end_matches("[HKEY")).decide(None).requested(),
        SslProtocols::DEFAULT
    );
    let switched = Of {
        weak: Some(false),
        framework: Some(false),
        ..of("")
    };
    assert_eq!(switched.decide(None).requested(), SslProtocols::DEFAULT);
    // SSL alone, named in code, goes without the flag, and is not spoken here.
    let named = of(STRONG_35).decide(Some(SslProtocols::SSL3));
    assert!(!named.strong_crypto());
    assert!(named.versions().unwrap_err().to_string().contains("Ssl3"));
}

/// The order of the rules for strong cryptography; for the versions the table of connections has it.
#[test]
fn strong_crypto_by_the_order_of_rules() {
    const OFF: &str = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
        \"SchUseStrongCrypto\"=dword:0\n";
    const ON: &str = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
        \"SchUseStrongCrypto\"=dword:1\n";
    for (target, by_target) in [(V4_5_2, false), (V4_6, true), (V4_7_1, true)] {
        for (registry, by_registry) in [("", None), (OFF, Some(false)), (ON, Some(true))] {
            for weak in [None, Some(false), Some(true)] {
                let of = Of {
                    target,
                    weak,
                    framework: Some(true),
                    registry,
                };
                let decision = of.decide(None);
                let by_switch = weak.map(|weak| !weak);
                let expected = by_switch.or(by_registry).unwrap_or(by_target);
                assert_eq!(decision.strong_crypto(), expected, "{decision}");
                let requested = match expected {
                    true => FRAMEWORK,
                    false => SslProtocols::DEFAULT,
                };
                assert_eq!(decision.requested(), requested, "{decision}");
                let rule = decision.strong_crypto_decided_by();
                assert_eq!(matches!(rule, TlsRule::Switch { .. }), weak.is_some());
                let by_key = weak.is_none() && by_registry.is_some();
                assert_eq!(matches!(rule, TlsRule::Registry { .. }), by_key);
                // Named in code, TLS goes with the flag as well, and SSL beside it is kept back.
                let named = of.decide(Some(SslProtocols::SSL3 | SslProtocols::TLS12));
                assert_eq!(named.strong_crypto(), expected);
                let ssl = named.offered_by_dotnet().contains(SslProtocols::SSL3);
                assert_eq!(ssl, !expected, "{named}");
                assert_eq!(named.offered(), SslProtocols::TLS12);
            }
        }
    }
}

#[test]
fn a_report_names_rules_and_what_to_do() {
    let decision = Of {
        target: V4_5_2,
        framework: Some(true),
        registry: ALL_ON,
        ..Of::default()
    };
    let report = decision.decide(None).to_string();
    for part in [
        "client: Tls, Tls11, Tls12",
        "decided by the switch Switch.System.Net.DontEnableSystemDefaultTlsVersions=true",
        "strong cryptography: on",
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319: SchUseStrongCrypto=1",
        "here: Tls12",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let mut settings = Settings::default();
    settings.tls.registry = Some("nonsense".to_owned());
    let error = TlsPolicy::of_settings(&settings).unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
    let none = TlsPolicy::default();
    let report = none
        .decide(TlsRole::Server, Some(SslProtocols::TLS11))
        .to_string();
    assert!(report.contains("no connection"), "{report}");
}

/// Values that an audit finds, with their lines.
#[test]
fn registry_values_that_make_tls_worse() {
    let schannel = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\\
        SCHANNEL\\Protocols";
    let text = format!(
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319]\n\
         \"SchUseStrongCrypto\"=dword:0\n\"SystemDefaultTlsVersions\"=dword:00000000\n\
         {schannel}\\TLS 1.2\\Client]\n\"Enabled\"=dword:0\n\"DisabledByDefault\"=dword:1\n\
         {schannel}\\SSL 3.0\\Server]\n\"Enabled\"=dword:ffffffff\n\"DisabledByDefault\"=dword:1\n\
         {schannel}\\TLS 1.0\\Client]\n\"Enabled\"=dword:0\n\"DisabledByDefault\"=dword:0\n"
    );
    let registry = super::TlsRegistry::parse(&text).unwrap();
    let found: Vec<_> = registry
        .audit()
        .iter()
        .map(|finding| (finding.line(), finding.name().to_owned()))
        .collect();
    let expected = [
        (3, "SchUseStrongCrypto"),
        (4, "SystemDefaultTlsVersions"),
        (6, "Enabled"),
        (7, "DisabledByDefault"),
        (9, "Enabled"),
        (13, "DisabledByDefault"),
    ];
    let expected: Vec<_> = expected.map(|(line, name)| (line, name.to_owned())).into();
    assert_eq!(found, expected);
    let text = registry.audit()[0].to_string();
    assert!(
        text.starts_with("line 3: `HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node"),
        "{text}"
    );
}
