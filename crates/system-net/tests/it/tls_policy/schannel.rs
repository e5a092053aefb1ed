//! The keys of Schannel: each value of each version, for clients and servers.

use system_net::{Settings, SslProtocols, TlsPolicy, TlsRole};

use super::{clients, hello, servers};

const VERSIONS: [(&str, SslProtocols); 5] = [
    ("SSL 2.0", SslProtocols::SSL2),
    ("SSL 3.0", SslProtocols::SSL3),
    ("TLS 1.0", SslProtocols::TLS),
    ("TLS 1.1", SslProtocols::TLS11),
    ("TLS 1.2", SslProtocols::TLS12),
];

fn registry(version: &str, role: &str, values: &[(&str, u32)]) -> Settings {
    let mut text = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\\
         CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\{version}\\{role}]\r\n"
    );
    for (name, value) in values {
        text += &format!("\"{name}\"=dword:{value:08x}\r\n");
    }
    let mut settings = Settings::default();
    settings.tls.registry = Some(text);
    settings
}

#[test]
fn schannel_policy_model() {
    let usual = SslProtocols::TLS | SslProtocols::TLS11 | SslProtocols::TLS12 | SslProtocols::TLS13;
    for (version, bits) in VERSIONS {
        for role in [TlsRole::Client, TlsRole::Server] {
            let name = match role {
                TlsRole::Client => "Client",
                TlsRole::Server => "Server",
            };
            for (value, number) in [
                ("Enabled", 0),
                ("Enabled", 0xffff_ffff),
                ("DisabledByDefault", 0),
                ("DisabledByDefault", 1),
            ] {
                let settings = registry(version, name, &[(value, number)]);
                let is_off = (value == "Enabled") == (number == 0);
                let is_usual = usual.contains(bits);
                let expected = match (is_usual, is_off) {
                    (true, true) => SslProtocols::from_bits(usual.bits() & !bits.bits()).unwrap(),
                    // SSL stays off: 2.0 is not there, 3.0 goes not with strong cryptography.
                    _ => usual,
                };
                let decision = TlsPolicy::of_settings(&settings)
                    .unwrap()
                    .decide(role, None);
                let told = format!("{version} {name} {value}={number}: {decision}");
                assert_eq!(decision.offered_by_dotnet(), expected, "{told}");
                let mut versions = vec![hello::TLS13, hello::TLS12];
                if !expected.contains(SslProtocols::TLS12) {
                    versions.pop();
                    assert_eq!(decision.withheld().len(), 1, "{told}");
                }
                let seen = match role {
                    TlsRole::Client => clients(&settings, None).0.unwrap().versions,
                    TlsRole::Server => servers(&settings),
                };
                assert_eq!(seen, versions, "{told}");
                // The other side is not meant.
                let other = match role {
                    TlsRole::Client => TlsRole::Server,
                    TlsRole::Server => TlsRole::Client,
                };
                let other = TlsPolicy::of_settings(&settings)
                    .unwrap()
                    .decide(other, None);
                assert_eq!(other.offered_by_dotnet(), usual, "{told}");
            }
        }
    }
}

/// What is disabled by default is spoken if it is named; what is not enabled is not.
#[test]
fn versions_that_are_named_in_code() {
    let tls12 = Some(SslProtocols::TLS12);
    let by_default = registry("TLS 1.2", "Client", &[("DisabledByDefault", 1)]);
    let (offer, _) = clients(&by_default, tls12);
    assert_eq!(offer.unwrap().versions, [hello::TLS12]);
    let at_all = registry("TLS 1.2", "Client", &[("Enabled", 0)]);
    let (offer, decision) = clients(&at_all, tls12);
    assert_eq!(offer, None);
    let text = decision.versions().unwrap_err().to_string();
    for part in ["Tls12 is kept back", "Enabled=0", "TLS 1.2\\Client"] {
        assert!(text.contains(part), "{text}");
    }
    // 1.3 has keys too, which the guide does not know yet.
    let newest = registry("TLS 1.3", "Client", &[("Enabled", 0)]);
    let (offer, _) = clients(&newest, None);
    assert_eq!(offer.unwrap().versions, [hello::TLS12]);
    // SSL that the registry switches on is offered by .NET without strong cryptography alone.
    let mut ssl = registry(
        "SSL 3.0",
        "Client",
        &[("Enabled", 1), ("DisabledByDefault", 0)],
    );
    ssl.app_context_switches = super::read(&super::switches(
        "Switch.System.Net.DontEnableSchUseStrongCrypto=true",
    ))
    .0
    .app_context_switches;
    let (offer, decision) = clients(&ssl, None);
    assert!(decision.offered_by_dotnet().contains(SslProtocols::SSL3));
    assert_eq!(offer.unwrap().versions, [hello::TLS13, hello::TLS12]);
}
