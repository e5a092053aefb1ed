//! `NegotiateStream` with pyspnego at its other end: both sides, Begin and End, channel bindings and
//! policies, by NTLM and by Kerberos.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_security::extended_protection::{
    ChannelBinding, ChannelBindingKind, ExtendedProtectionPolicy, PolicyEnforcement,
    ProtectionScenario, ServiceNameCollection,
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

use crate::peer::hex;
use crate::realm::in_realm;

const WWW: &str = "HTTP/www.example.com";

/// A process that runs `stream.py`; dropping it ends it.
struct Python {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Python {
    fn start(side: &str, options: &Value, environment: &[(&str, &Path)]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/logins/stream.py");
        let python = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
        let mut child = Command::new(python.as_deref().unwrap_or("/usr/bin/python3"))
            .args([script, side, &options.to_string()])
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, said }
    }

    fn next(&mut self) -> Value {
        let line = self.said.next().expect("it says something").unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

fn binding(text: &str) -> ChannelBinding {
    ChannelBinding::new(ChannelBindingKind::Endpoint, text.as_bytes())
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

/// Says three messages by Begin and End, and hears them turned around.
fn speak(stream: &NegotiateStream) {
    for size in [1, 100, 60_000] {
        let result = stream.begin_write(pattern(size), None, None);
        let (written, sent) = stream.end_write(&result);
        assert_eq!(written.unwrap(), size);
        let mut heard = Vec::new();
        while heard.len() < size {
            let result = stream.begin_read(vec![0; 65_536], None, None);
            let (length, buffer) = stream.end_read(&result);
            let length = length.unwrap();
            assert_ne!(length, 0, "it ended");
            heard.extend_from_slice(&buffer[..length]);
        }
        heard.reverse();
        assert!(heard == sent, "{size}");
    }
}

/// Answers three messages.
fn answer(mut stream: &NegotiateStream) {
    for size in [1, 100, 60_000] {
        let mut heard = vec![0; size];
        stream.read_exact(&mut heard).unwrap();
        heard.reverse();
        stream.write_all(&heard).unwrap();
    }
}

/// Our client at pyspnego's server. `Ok` is what pyspnego says at its end.
fn connect(
    server: &mut Python,
    user: &NetworkCredential,
    options: &NegotiateClientOptions,
) -> Result<Value, LogonErrorKind> {
    let port = server.next()["port"].as_u64().unwrap();
    let socket = TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).unwrap();
    let stream = NegotiateStream::over_blocking(socket);
    let begun = stream.begin_authenticate_as_client(user, options, None, None);
    let ended = stream.end_authenticate_as_client(&begun);
    // It can be ended once.
    let again = stream.end_authenticate_as_client(&begun).unwrap_err();
    assert_eq!(again.kind(), LogonErrorKind::InvalidState);
    ended.map_err(|error| error.kind())?;
    speak(&stream);
    let level = options.required_protection_level;
    assert!(stream.is_encrypted() || level < ProtectionLevel::EncryptAndSign);
    Ok(server.next())
}

#[test]
fn negotiate_stream_client_and_pyspnego() {
    if !crate::enabled("negotiate_stream_client_and_pyspnego") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users");
    std::fs::write(&users, "EXAMPLE:ann:secret\n").unwrap();
    for (level, name) in [
        (ProtectionLevel::EncryptAndSign, "EncryptAndSign"),
        (ProtectionLevel::Sign, "Sign"),
    ] {
        for (password, sent, demanded, expected) in [
            ("secret", None, None, true),
            ("wrong", None, None, false),
            ("secret", Some("this"), Some("this"), true),
            ("secret", Some("other"), Some("this"), false),
        ] {
            let mut options = json!({
                "protocol": "ntlm", "level": name, "host": "www.example.com",
            });
            if let Some(demanded) = demanded {
                let demanded: &str = demanded;
                options["binding"] = hex(demanded.as_bytes()).into();
            }
            let mut server = Python::start("accept", &options, &[("NTLM_USER_FILE", &users)]);
            let ann = NetworkCredential::with_domain("ann", password, "EXAMPLE");
            let provider: Arc<dyn MechanismProvider> = Arc::new(NtlmProvider::default());
            let options = NegotiateClientOptions {
                target_name: Some(WWW.to_owned()),
                required_protection_level: level,
                channel_binding: sent.map(binding),
                providers: vec![provider],
                ..NegotiateClientOptions::default()
            };
            let row = format!("{name} {password} {sent:?}");
            match connect(&mut server, &ann, &options) {
                Ok(facts) => {
                    assert!(expected, "{row}");
                    assert_eq!(facts["user"], "EXAMPLE\\ann", "{row} {facts}");
                    assert_eq!(facts["mechanism"], "ntlm", "{row} {facts}");
                }
                Err(kind) => {
                    assert!(!expected, "{row} {kind:?}");
                    assert_eq!(kind, LogonErrorKind::Refused, "{row}");
                }
            }
        }
    }
}

#[test]
fn negotiate_stream_client_and_pyspnego_by_kerberos() {
    in_realm(
        "streams::negotiate_stream_client_and_pyspnego_by_kerberos",
        |realm| {
            let cache = realm.tickets_of("ann");
            let default = CredentialCache::default_network_credentials();
            let options = json!({
                "protocol": "kerberos", "level": "EncryptAndSign", "host": "www.example.com",
                "binding": hex(b"this"),
            });
            for (sent, expected) in [("this", true), ("other", false)] {
                let mut server = Python::start("accept", &options, &[]);
                let provider: Arc<dyn MechanismProvider> = Arc::new(KerberosProvider {
                    options: KerberosClientOptions {
                        credential_cache: Some(cache.clone()),
                        ..KerberosClientOptions::default()
                    },
                    ..KerberosProvider::default()
                });
                let options = NegotiateClientOptions {
                    target_name: Some(WWW.to_owned()),
                    channel_binding: Some(binding(sent)),
                    providers: vec![provider],
                    ..NegotiateClientOptions::default()
                };
                let result = connect(&mut server, &default, &options);
                assert_eq!(result.is_ok(), expected, "{sent}: {result:?}");
                if let Ok(facts) = result {
                    assert_eq!(facts["mechanism"], "kerberos", "{facts}");
                    assert_eq!(facts["user"], "ann@EXAMPLE.COM", "{facts}");
                }
            }
        },
    );
}

fn ntlm_server(demanded: Option<ChannelBinding>) -> Box<dyn Mechanism> {
    let accounts = |user: &str, domain: &str| {
        let known = user == "ann" && domain == "EXAMPLE";
        known.then(|| NtHash::of_password("secret"))
    };
    let options = NtlmServerOptions {
        channel_binding: demanded,
        ..NtlmServerOptions::default()
    };
    Box::new(NtlmServer::new(accounts, options))
}

fn kerberos_server(demanded: Option<ChannelBinding>) -> Box<dyn Mechanism> {
    Box::new(KerberosServer::new(KerberosServerOptions {
        channel_binding: demanded,
        ..KerberosServerOptions::default()
    }))
}

/// The overloads with a policy: its binding, its names, and both ways of enforcing them.
#[test]
fn negotiate_stream_server_and_pyspnego() {
    in_realm("streams::negotiate_stream_server_and_pyspnego", |realm| {
        let cache = std::path::PathBuf::from(realm.tickets_of("ann"));
        let (always, lenient) = (PolicyEnforcement::Always, PolicyEnforcement::WhenSupported);
        let with_binding = |enforcement| {
            Some(ExtendedProtectionPolicy::with_channel_binding(
                enforcement,
                binding("this"),
            ))
        };
        let with_name = |name: &str| {
            let names = ServiceNameCollection::new([name]).unwrap();
            let scenario = ProtectionScenario::TrustedProxy;
            Some(ExtendedProtectionPolicy::with_service_names(
                always,
                scenario,
                Some(names),
            ))
        };
        for protocol in ["ntlm", "kerberos"] {
            for (sent, policy, expected) in [
                (None, None, true),
                (Some("this"), with_binding(always), true),
                (None, with_binding(always), false),
                (None, with_binding(lenient), true),
                (Some("other"), with_binding(lenient), false),
                (None, with_name(WWW), true),
                (None, with_name("HTTP/other.example.com"), false),
            ] {
                let row = format!("{protocol} {sent:?} {policy:?}");
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let mut options = json!({
                    "port": listener.local_addr().unwrap().port(), "protocol": protocol,
                    "level": "EncryptAndSign", "host": "www.example.com",
                });
                if protocol == "ntlm" {
                    options["user"] = json!("EXAMPLE\\ann");
                    options["password"] = json!("secret");
                }
                if let Some(sent) = sent {
                    let sent: &str = sent;
                    options["binding"] = hex(sent.as_bytes()).into();
                }
                let mut client = Python::start("connect", &options, &[("KRB5CCNAME", &cache)]);
                let stream = NegotiateStream::over_blocking(listener.accept().unwrap().0);
                let policy = policy.map(Result::unwrap);
                let demanded = policy
                    .as_ref()
                    .and_then(|policy| policy.custom_channel_binding().cloned());
                let login = match protocol {
                    "ntlm" => ntlm_server(demanded),
                    _ => kerberos_server(demanded),
                };
                let login = Box::new(NegotiateServer::new(vec![login]));
                let options = NegotiateServerOptions {
                    policy,
                    ..NegotiateServerOptions::default()
                };
                let begun = stream.begin_authenticate_as_server(login, &options, None, None);
                match stream.end_authenticate_as_server(&begun) {
                    Ok(()) => {
                        assert!(expected, "{row}");
                        answer(&stream);
                        let facts = client.next();
                        assert_eq!(facts["mechanism"], protocol, "{row} {facts}");
                        let remote = stream.remote_identity().unwrap();
                        assert!(remote.name.ends_with("\\ann"), "{row} {remote:?}");
                    }
                    Err(error) => {
                        assert!(!expected, "{row} {error}");
                        assert_eq!(error.kind(), LogonErrorKind::BindingDiffers, "{row}");
                        let told = client.next();
                        let told = told["error"].as_str().unwrap_or_default();
                        assert!(told.starts_with("PermissionError"), "{row} {told}");
                    }
                }
            }
        }
    });
}
