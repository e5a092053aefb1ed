//! Negotiate and NTLM against pyspnego and MIT's own negotiation, both ways.

use std::path::PathBuf;

use serde_json::json;
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_security::extended_protection::{BindingCheck, ChannelBinding, ChannelBindingKind};
use system_net_security::kerberos::{
    KerberosClient, KerberosClientOptions, KerberosServer, KerberosServerOptions,
};
use system_net_security::mechanism::{LogonErrorKind, Mechanism};
use system_net_security::negotiate::{NegotiateClient, NegotiateServer};
use system_net_security::ntlm::{
    NtHash, NtlmClient, NtlmClientOptions, NtlmServer, NtlmServerOptions,
};

use crate::peer::{Failure, Peer, hex, let_in, log_in_at, talk};
use crate::realm::in_realm;

const WWW: &str = "HTTP/www.example.com";

fn ann() -> NetworkCredential {
    NetworkCredential::with_domain("ann", "secret", "EXAMPLE")
}

/// Logs in with hidden messages afterwards.
fn ntlm_client(binding: Option<ChannelBinding>) -> Box<dyn Mechanism> {
    let options = NtlmClientOptions {
        target_name: Some(WWW.to_owned()),
        channel_binding: binding,
        encrypt: true,
        ..NtlmClientOptions::default()
    };
    Box::new(NtlmClient::new(&ann(), options))
}

fn ntlm_server(binding: Option<ChannelBinding>) -> Box<dyn Mechanism> {
    let accounts = |user: &str, domain: &str| {
        let known = user == "ann" && domain == "EXAMPLE";
        known.then(|| NtHash::of_password("secret"))
    };
    let options = NtlmServerOptions {
        channel_binding: binding,
        ..NtlmServerOptions::default()
    };
    Box::new(NtlmServer::new(accounts, options))
}

fn binding(text: &str) -> ChannelBinding {
    ChannelBinding::new(ChannelBindingKind::Endpoint, text.as_bytes())
}

/// pyspnego's acceptor of NTLM reads its users from a file.
fn users_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    std::fs::write(&path, "EXAMPLE:ann:secret\n").unwrap();
    (folder, path)
}

fn spnego_acceptor(protocol: &str, options: &serde_json::Value) -> Peer {
    let (folder, path) = users_file();
    let path = path.to_str().unwrap().to_owned();
    let peer = Peer::start_with("accept", protocol, options, &[("NTLM_USER_FILE", &path)]);
    // It reads the file at the last message.
    std::mem::forget(folder);
    peer
}

#[test]
fn ntlm_client_at_pyspnego() {
    if !crate::enabled("ntlm_client_at_pyspnego") {
        return;
    }
    for (protocol, sent, is_let_in) in [
        ("ntlm", None, true),
        ("ntlm", Some("this"), true),
        ("ntlm", Some("other"), false),
        ("negotiate", Some("this"), true),
        ("negotiate", Some("other"), false),
    ] {
        let options = json!({"python": true, "binding": hex(b"this")});
        let mut peer = spnego_acceptor(protocol, &options);
        let mut client = ntlm_client(sent.map(binding));
        if protocol == "negotiate" {
            client = Box::new(NegotiateClient::new(vec![client]));
        }
        match log_in_at(&mut *client, &mut peer) {
            Ok(facts) => {
                assert!(is_let_in, "{protocol} {sent:?}");
                assert_eq!(facts["user"], "EXAMPLE\\ann");
                assert_eq!(facts["mechanism"], "ntlm");
                talk(&mut *client, &mut peer);
            }
            Err(failure) => assert!(!is_let_in, "{protocol} {sent:?}: {failure:?}"),
        }
    }
}

#[test]
fn pyspnego_at_ntlm_server() {
    if !crate::enabled("pyspnego_at_ntlm_server") {
        return;
    }
    for protocol in ["ntlm", "negotiate"] {
        for (password, sent, expected) in [
            ("secret", Some("this"), Ok(BindingCheck::Matches)),
            ("secret", Some("other"), Ok(BindingCheck::Differs)),
            ("secret", None, Ok(BindingCheck::Absent)),
            ("wrong", None, Err(LogonErrorKind::Refused)),
        ] {
            let mut options = json!({
                "python": true, "user": "EXAMPLE\\ann", "password": password,
                "host": "www.example.com", "service": "HTTP",
            });
            if let Some(sent) = sent {
                options["binding"] = hex(sent.as_bytes()).into();
            }
            let mut peer = Peer::start("initiate", protocol, &options);
            let mut server = ntlm_server(Some(binding("this")));
            if protocol == "negotiate" {
                server = Box::new(NegotiateServer::new(vec![server]));
            }
            let found = match let_in(&mut *server, &mut peer) {
                Ok(_) => {
                    let accepted = server.accepted().unwrap().clone();
                    assert_eq!(
                        (&*accepted.user_name, &*accepted.domain),
                        ("ann", "EXAMPLE")
                    );
                    let service = accepted.service_name.unwrap();
                    assert!(service.eq_ignore_ascii_case(WWW), "{service}");
                    talk(&mut *server, &mut peer);
                    Ok(accepted.binding)
                }
                Err(Failure::Ours(error)) => Err(error.kind()),
                Err(Failure::Theirs(error)) => panic!("{protocol} {sent:?}: {error}"),
            };
            assert_eq!(found, expected, "{protocol} {password} {sent:?}");
        }
    }
}

/// Kerberos inside of the negotiation of pyspnego and of MIT, both ways.
#[test]
fn kerberos_is_negotiated_with_others() {
    in_realm("negotiation::kerberos_is_negotiated_with_others", |realm| {
        let cache = realm.tickets_of("ann");
        let default = CredentialCache::default_network_credentials();
        let kerberos_client = || {
            let options = KerberosClientOptions {
                credential_cache: Some(cache.clone()),
                ..KerberosClientOptions::default()
            };
            Box::new(KerberosClient::new(WWW, &default, options))
        };
        let kerberos_server = || Box::new(KerberosServer::new(KerberosServerOptions::default()));

        // Our client: at pyspnego's negotiation, and at MIT's.
        let python = json!({"python": true, "host": "www.example.com", "service": "HTTP"});
        let mit = json!({"keytab": realm.keytab(), "spnego": true});
        for (library, options) in [("negotiate", python), ("gssapi", mit)] {
            let mut peer = Peer::start("accept", library, &options);
            let mut client = NegotiateClient::new(vec![kerberos_client(), ntlm_client(None)]);
            let facts = log_in_at(&mut client, &mut peer).unwrap();
            assert_eq!(client.name(), "Kerberos");
            assert!(
                facts["user"].as_str().unwrap().starts_with("ann"),
                "{facts}"
            );
            assert!(client.is_mutually_authenticated());
            talk(&mut client, &mut peer);
        }

        // Our server.
        let python = json!({
            "python": true, "host": "www.example.com", "service": "HTTP",
        });
        let mit = json!({"target": "HTTP/www.example.com@EXAMPLE.COM", "spnego": true});
        for (library, options) in [("negotiate", python), ("gssapi", mit)] {
            let environment = [("KRB5CCNAME", &*cache)];
            let mut peer = Peer::start_with("initiate", library, &options, &environment);
            let mut server = NegotiateServer::new(vec![kerberos_server(), ntlm_server(None)]);
            let_in(&mut server, &mut peer).unwrap();
            assert_eq!(server.name(), "Kerberos", "{library}");
            assert_eq!(server.accepted().unwrap().user_name, "ann");
            talk(&mut server, &mut peer);
        }
    });
}

/// F11-29: which is chosen when, as pyspnego sees it; nothing is where only Kerberos is wanted.
#[test]
fn negotiate_fallback_to_ntlm() {
    in_realm("negotiation::negotiate_fallback_to_ntlm", |realm| {
        let cache = realm.tickets_of("ann");
        let none = format!("FILE:{}", realm.path("no-such-cache").display());
        let default = CredentialCache::default_network_credentials();
        let kerberos = |cache: &str, target: &str| -> Box<dyn Mechanism> {
            let options = KerberosClientOptions {
                credential_cache: Some(cache.to_owned()),
                ..KerberosClientOptions::default()
            };
            Box::new(KerberosClient::new(target, &default, options))
        };
        let check = |cache: &str, target: &str, expected: &str, alone: Option<LogonErrorKind>| {
            let options = json!({"python": true, "host": "www.example.com", "service": "HTTP"});
            let mut peer = spnego_acceptor("negotiate", &options);
            let mechanisms = vec![kerberos(cache, target), ntlm_client(None)];
            let mut client = NegotiateClient::new(mechanisms);
            let facts = log_in_at(&mut client, &mut peer).unwrap();
            assert_eq!(facts["mechanism"], expected, "{target}: {facts}");
            talk(&mut client, &mut peer);

            let mut only = NegotiateClient::new(vec![kerberos(cache, target)]);
            let kind = only.step(None).map_err(|error| error.kind()).err();
            assert_eq!(kind, alone, "{target}");
        };
        let no_credentials = Some(LogonErrorKind::NoCredentials);
        check(&cache, WWW, "kerberos", None);
        check(&none, WWW, "ntlm", no_credentials);
        check(&cache, "HTTP/unknown.example.com", "ntlm", no_credentials);
        realm.stop_center();
        // The ticket for this service is there; that for another cannot be had.
        check(&cache, WWW, "kerberos", None);
        let back = "HTTP/back.example.com";
        check(&cache, back, "ntlm", Some(LogonErrorKind::Unavailable));
    });
}
