//! `NegotiateStream` against .NET's, both ways: by Kerberos with a realm of the test's own, by NTLM
//! with gss-ntlmssp, which .NET uses on this system.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use system_net_primitives::{CredentialCache, Credentials as _, NetworkCredential};
use system_net_security::extended_protection::{
    ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario, ServiceNameCollection,
};
use system_net_security::kerberos::{
    KerberosClientOptions, KerberosProvider, KerberosServer, KerberosServerOptions,
};
use system_net_security::mechanism::{LogonErrorKind, Mechanism, MechanismProvider};
use system_net_security::negotiate::NegotiateServer;
use system_net_security::ntlm::{NtHash, NtlmProvider, NtlmServer, NtlmServerOptions};
use system_net_security::{
    NegotiateClientOptions, NegotiateServerOptions, NegotiateStream, ProtectionLevel,
};
use tempfile::TempDir;

use crate::peer::{DotNet, SIZES, answer, speak};
use crate::realm::in_realm;

const LEVELS: [(ProtectionLevel, &str); 3] = [
    (ProtectionLevel::None, "None"),
    (ProtectionLevel::Sign, "Sign"),
    (ProtectionLevel::EncryptAndSign, "EncryptAndSign"),
];

fn dotnet(what: &str, mut options: Value, environment: &[(&str, &Path)]) -> DotNet {
    options["sizes"] = json!(SIZES);
    DotNet::start(what, &options, environment)
}

/// Both sides say the same of how their talk is guarded, and it is as much as was demanded.
#[track_caller]
fn agree(stream: &NegotiateStream, facts: &Value, demanded: ProtectionLevel) {
    assert_eq!(facts["encrypted"], stream.is_encrypted(), "{facts}");
    assert_eq!(facts["signed"], stream.is_signed(), "{facts}");
    assert_eq!(facts["server"], !stream.is_server(), "{facts}");
    assert!(stream.is_signed() || demanded == ProtectionLevel::None);
    assert!(stream.is_encrypted() || demanded < ProtectionLevel::EncryptAndSign);
}

#[test]
fn kerberos_client_and_dotnet_server() {
    in_realm("negotiate::kerberos_client_and_dotnet_server", |realm| {
        let tickets = realm.tickets_of("ann");
        let default = CredentialCache::default_network_credentials();
        let by_password = NetworkCredential::with_domain("joe", "joes-own", "EXAMPLE.COM");
        for (level, name) in LEVELS {
            for (user, expected) in [
                (&default, "ann@EXAMPLE.COM"),
                (&by_password, "joe@EXAMPLE.COM"),
            ] {
                let mut server = dotnet("negotiate_server", json!({"protection": name}), &[]);
                let provider = KerberosProvider {
                    options: KerberosClientOptions {
                        credential_cache: user.is_default().then(|| tickets.clone()),
                        ..KerberosClientOptions::default()
                    },
                    ..KerberosProvider::default()
                };
                let options = NegotiateClientOptions {
                    target_name: Some("HTTP/www.example.com".to_owned()),
                    required_protection_level: level,
                    providers: vec![Arc::new(provider)],
                    ..NegotiateClientOptions::default()
                };
                let socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
                let end = socket.try_clone().unwrap();
                let mut stream = NegotiateStream::over_blocking(socket);
                stream.authenticate_as_client(user, &options).unwrap();
                speak(&mut stream);
                end.shutdown(Shutdown::Write).unwrap();
                let facts = server.facts().unwrap();
                agree(&stream, &facts, level);
                assert_eq!(facts["remote"], expected, "{facts}");
                assert_eq!(facts["type"], "Kerberos", "{facts}");
                assert!(stream.is_mutually_authenticated());
                assert_eq!(
                    stream.remote_identity().unwrap().authentication_type,
                    "Kerberos"
                );
            }
        }
    });
}

fn kerberos_server() -> Box<dyn Mechanism> {
    let kerberos = KerberosServer::new(KerberosServerOptions::default());
    Box::new(NegotiateServer::new(vec![Box::new(kerberos)]))
}

#[test]
fn dotnet_client_and_kerberos_server() {
    in_realm("negotiate::dotnet_client_and_kerberos_server", |realm| {
        let cache = PathBuf::from(realm.tickets_of("ann"));
        // Without protection this .NET logs in by NTLM alone, and signing alone it takes for
        // impossible, as MIT Kerberos can always hide as well.
        for (level, name) in &LEVELS[2..] {
            for (user, expected) in [
                (json!({}), "EXAMPLE.COM\\ann"),
                (
                    json!({"user": "joe", "password": "joes-own", "domain": "EXAMPLE.COM"}),
                    "EXAMPLE.COM\\joe",
                ),
            ] {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let mut options = user;
                options["port"] = json!(listener.local_addr().unwrap().port());
                options["target"] = json!("HTTP/localhost");
                options["protection"] = json!(name);
                let mut client = dotnet("negotiate_client", options, &[("KRB5CCNAME", &cache)]);
                let mut stream = NegotiateStream::over_blocking(listener.accept().unwrap().0);
                let options = NegotiateServerOptions {
                    required_protection_level: *level,
                    ..NegotiateServerOptions::default()
                };
                stream
                    .authenticate_as_server(kerberos_server(), &options)
                    .unwrap();
                answer(&mut stream);
                let facts = client.facts().unwrap();
                agree(&stream, &facts, *level);
                let remote = stream.remote_identity().unwrap();
                assert_eq!(
                    (&*remote.name, remote.authentication_type),
                    (expected, "Kerberos")
                );
                assert_eq!(facts["mutual"], true, "{facts}");
            }
        }
        // The policy compares the service that .NET's ticket is for.
        for (service, is_let_in) in [("HTTP/localhost", true), ("HTTP/other", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let options = json!({
                "port": listener.local_addr().unwrap().port(),
                "target": "HTTP/localhost", "protection": "EncryptAndSign",
            });
            let mut client = dotnet("negotiate_client", options, &[("KRB5CCNAME", &cache)]);
            let mut stream = NegotiateStream::over_blocking(listener.accept().unwrap().0);
            let policy = ExtendedProtectionPolicy::with_service_names(
                PolicyEnforcement::Always,
                ProtectionScenario::TrustedProxy,
                Some(ServiceNameCollection::new([service]).unwrap()),
            );
            let options = NegotiateServerOptions {
                policy: Some(policy.unwrap()),
                ..NegotiateServerOptions::default()
            };
            let result = stream.authenticate_as_server(kerberos_server(), &options);
            match is_let_in {
                true => {
                    result.unwrap();
                    answer(&mut stream);
                    client.facts().unwrap();
                }
                false => {
                    let kind = result.unwrap_err().kind();
                    assert_eq!(kind, LogonErrorKind::BindingDiffers);
                    let told = client.facts().unwrap_err();
                    assert!(told.contains("Exception"), "{told}");
                }
            }
        }
    });
}

fn users_file() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("users");
    std::fs::write(&path, "EXAMPLE:ann:secret\n").unwrap();
    (folder, path)
}

fn ntlm() -> Vec<Arc<dyn MechanismProvider>> {
    vec![Arc::new(NtlmProvider::default())]
}

#[test]
fn ntlm_client_and_dotnet_server() {
    if !crate::enabled("ntlm_client_and_dotnet_server") {
        return;
    }
    let (_folder, users) = users_file();
    for (password, is_let_in) in [("secret", true), ("wrong", false)] {
        let options = json!({"protection": "EncryptAndSign"});
        let mut server = dotnet("negotiate_server", options, &[("NTLM_USER_FILE", &users)]);
        let socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        let end = socket.try_clone().unwrap();
        let mut stream = NegotiateStream::over_blocking(socket);
        let ann = NetworkCredential::with_domain("ann", password, "EXAMPLE");
        let options = NegotiateClientOptions {
            target_name: Some("HTTP/localhost".to_owned()),
            providers: ntlm(),
            ..NegotiateClientOptions::default()
        };
        let result = stream.authenticate_as_client(&ann, &options);
        if !is_let_in {
            let kind = result.unwrap_err().kind();
            assert_eq!(kind, LogonErrorKind::Refused);
            let told = server.facts().unwrap_err();
            assert!(told.contains("Exception"), "{told}");
            continue;
        }
        result.unwrap();
        speak(&mut stream);
        end.shutdown(Shutdown::Write).unwrap();
        let facts = server.facts().unwrap();
        agree(&stream, &facts, ProtectionLevel::EncryptAndSign);
        let name = facts["remote"].as_str().unwrap();
        // This .NET leaves the end of a C string in the name.
        assert_eq!(name.trim_end_matches('\0'), "EXAMPLE\\ann", "{facts}");
    }
}

#[test]
fn dotnet_client_and_ntlm_server() {
    if !crate::enabled("dotnet_client_and_ntlm_server") {
        return;
    }
    // This .NET asks for more than it is told with `Sign`, and then fails by its own demand.
    for (level, asked, password, is_let_in) in [
        (
            ProtectionLevel::EncryptAndSign,
            "EncryptAndSign",
            "secret",
            true,
        ),
        (
            ProtectionLevel::EncryptAndSign,
            "EncryptAndSign",
            "wrong",
            false,
        ),
        // NTLM without a negotiation around it.
        (ProtectionLevel::None, "None", "secret", true),
        (ProtectionLevel::None, "None", "wrong", false),
        (ProtectionLevel::Sign, "None", "secret", false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let options = json!({
            "port": listener.local_addr().unwrap().port(),
            "user": "ann", "password": password, "domain": "EXAMPLE",
            "target": "HTTP/localhost", "protection": asked,
        });
        let mut client = dotnet("negotiate_client", options, &[]);
        let mut stream = NegotiateStream::over_blocking(listener.accept().unwrap().0);
        let accounts = |user: &str, domain: &str| {
            let known = user == "ann" && domain == "EXAMPLE";
            known.then(|| NtHash::of_password("secret"))
        };
        let ntlm = NtlmServer::new(accounts, NtlmServerOptions::default());
        let login = NegotiateServer::new(vec![Box::new(ntlm)]);
        let options = NegotiateServerOptions {
            required_protection_level: level,
            ..NegotiateServerOptions::default()
        };
        let result = stream.authenticate_as_server(Box::new(login), &options);
        if !is_let_in {
            let kind = match password {
                "wrong" => LogonErrorKind::Refused,
                _ => LogonErrorKind::NotAllowed,
            };
            assert_eq!(result.unwrap_err().kind(), kind, "{asked} {password}");
            let told = client.facts().unwrap_err();
            assert!(told.contains("Exception"), "{told}");
            continue;
        }
        result.unwrap();
        answer(&mut stream);
        let facts = client.facts().unwrap();
        agree(&stream, &facts, level);
        let remote = stream.remote_identity().unwrap();
        assert_eq!(
            (&*remote.name, remote.authentication_type),
            ("EXAMPLE\\ann", "NTLM")
        );
    }
}
