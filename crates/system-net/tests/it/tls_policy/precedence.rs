//! Code over switches over the registry over the target framework.

use system_net::{AppContextSwitch, Settings, SslProtocols, TargetFramework, TlsRule};

use super::{clients, hello};

const NAME: &str = "Switch.System.Net.DontEnableSystemDefaultTlsVersions";

#[test]
fn tls_policy_precedence_table() {
    for target in [TargetFramework::V4_6, TargetFramework::V4_7_1] {
        for in_registry in [false, true] {
            for in_switch in [false, true] {
                for in_code in [false, true] {
                    check(target, in_registry, in_switch, in_code);
                }
            }
        }
    }
}

/// Each rule says the contrary of what the rules below it come to.
#[track_caller]
fn check(target: TargetFramework, in_registry: bool, in_switch: bool, in_code: bool) {
    let mut settings = Settings::for_target(target);
    let mut system_chooses = target == TargetFramework::V4_7_1;
    if in_registry {
        system_chooses = !system_chooses;
        settings.tls.registry = Some(format!(
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
             \"SystemDefaultTlsVersions\"=dword:{}\n",
            u8::from(system_chooses)
        ));
    }
    if in_switch {
        system_chooses = !system_chooses;
        settings.app_context_switches.push(AppContextSwitch {
            name: NAME.to_owned(),
            enabled: !system_chooses,
        });
    }
    let named = in_code.then_some(SslProtocols::TLS13);
    let (offer, decision) = clients(&settings, named);
    let versions = match (in_code, system_chooses) {
        (true, _) => vec![hello::TLS13],
        (false, true) => vec![hello::TLS13, hello::TLS12],
        (false, false) => vec![hello::TLS12],
    };
    assert_eq!(offer.unwrap().versions, versions, "{decision}");
    let rule = decision.versions_decided_by();
    let report = decision.to_string();
    let decider = match (in_code, in_switch, in_registry) {
        (true, ..) => {
            assert_eq!(rule, &TlsRule::Code);
            "decided by the program".to_owned()
        }
        (false, true, _) => {
            let value = !system_chooses;
            assert_eq!(rule, &TlsRule::Switch { name: NAME, value });
            format!("decided by the switch {NAME}={value}")
        }
        (false, false, true) => {
            assert!(matches!(rule, TlsRule::Registry { value, .. } if *value == system_chooses));
            format!(
                "decided by the registry value HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\\
                 .NETFramework\\v4.0.30319: SystemDefaultTlsVersions={}",
                u8::from(system_chooses)
            )
        }
        (false, false, false) => {
            assert!(matches!(rule, TlsRule::Target { target: it, .. } if *it == target));
            format!("decided by the target framework {target}, by the program")
        }
    };
    assert_eq!(report.lines().nth(1).map(str::trim), Some(&*decider));
}

/// In code, `SystemDefault` is a choice too.
#[test]
fn system_default_in_code_counts_over_what_asks_for_old_versions() {
    let settings = Settings::for_target(TargetFramework::V4_5_2);
    let (none, decision) = clients(&settings, None);
    assert_eq!(none, None, "{decision}");
    let (offer, decision) = clients(&settings, Some(SslProtocols::SYSTEM_DEFAULT));
    assert_eq!(offer.unwrap().versions, [hello::TLS13, hello::TLS12]);
    assert_eq!(decision.versions_decided_by(), &TlsRule::Code);
    let (none, _) = clients(
        &Settings::default(),
        Some(SslProtocols::TLS | SslProtocols::TLS11),
    );
    assert_eq!(none, None);
    let all = SslProtocols::TLS | SslProtocols::TLS11 | SslProtocols::TLS12;
    let (offer, _) = clients(&Settings::default(), Some(all));
    assert_eq!(offer.unwrap().versions, [hello::TLS12]);
}
