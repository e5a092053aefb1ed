//! Kerberos against MIT's own library under python-gssapi, with a key distribution center.

use serde_json::json;
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_security::extended_protection::{BindingCheck, ChannelBinding, ChannelBindingKind};
use system_net_security::kerberos::{
    KerberosClient, KerberosClientOptions, KerberosDelegation, KerberosServer,
    KerberosServerOptions,
};
use system_net_security::mechanism::{LogonError, LogonErrorKind, Mechanism as _};

use crate::peer::{Failure, Peer, hex, let_in, log_in_at, talk};
use crate::realm::{Realm, in_realm};

const WWW: &str = "HTTP/www.example.com";

fn default() -> NetworkCredential {
    CredentialCache::default_network_credentials()
}

fn with_tickets(cache: String) -> KerberosClientOptions {
    KerberosClientOptions {
        credential_cache: Some(cache),
        ..KerberosClientOptions::default()
    }
}

fn binding(text: &str) -> ChannelBinding {
    ChannelBinding::new(ChannelBindingKind::Endpoint, text.as_bytes())
}

/// Logs a client in at a server of ours.
fn ours(
    mut client: KerberosClient,
    options: KerberosServerOptions,
) -> Result<KerberosServer, LogonError> {
    let mut server = KerberosServer::new(options);
    let first = client.step(None)?.message;
    let answer = server.step(first.as_deref())?.message;
    assert!(client.step(answer.as_deref())?.complete);
    Ok(server)
}

#[test]
fn client_logs_in_at_mit() {
    in_realm("kerberos::client_logs_in_at_mit", |realm| {
        let ticket = with_tickets(realm.tickets_of("ann"));
        let by_password = NetworkCredential::with_domain("ann", "secret", "EXAMPLE.COM");
        let whole_name = NetworkCredential::new("ann@EXAMPLE.COM", "secret");
        let short_name = NetworkCredential::new("ann", "secret");
        for (user, options) in [
            (default(), ticket.clone()),
            (
                NetworkCredential::with_domain("ann", "", "EXAMPLE.COM"),
                ticket,
            ),
            (by_password, KerberosClientOptions::default()),
            (whole_name, KerberosClientOptions::default()),
            (short_name, KerberosClientOptions::default()),
        ] {
            let mut peer = Peer::start("accept", "gssapi", &json!({"keytab": realm.keytab()}));
            let mut client = KerberosClient::new(WWW, &user, options);
            let facts = log_in_at(&mut client, &mut peer).unwrap();
            assert_eq!(facts["user"], "ann@EXAMPLE.COM");
            assert_eq!(facts["service"], "HTTP/www.example.com@EXAMPLE.COM");
            assert_eq!(facts["delegated"], false);
            assert!(client.is_mutually_authenticated());
            talk(&mut client, &mut peer);
        }
    });
}

#[test]
fn server_lets_mit_in() {
    in_realm("kerberos::server_lets_mit_in", |realm| {
        let cache = realm.tickets_of("ann");
        let options = json!({"target": "HTTP/www.example.com@EXAMPLE.COM"});
        let mut peer = Peer::start_with("initiate", "gssapi", &options, &[("KRB5CCNAME", &cache)]);
        let mut server = KerberosServer::new(KerberosServerOptions {
            keytab: Some(realm.keytab()),
            ..KerberosServerOptions::default()
        });
        let facts = let_in(&mut server, &mut peer).unwrap();
        assert_eq!(facts["complete"], true);
        let accepted = server.accepted().unwrap();
        assert_eq!(
            (&*accepted.user_name, &*accepted.domain),
            ("ann", "EXAMPLE.COM")
        );
        assert_eq!(accepted.service_name.as_deref(), Some(WWW));
        assert_eq!(accepted.binding, BindingCheck::Absent);
        talk(&mut server, &mut peer);
    });
}

#[test]
fn errors_say_what_is_missing() {
    in_realm("kerberos::errors_say_what_is_missing", |realm| {
        #[track_caller]
        fn check(client: &mut KerberosClient, kind: LogonErrorKind, part: &str) {
            let error = client.step(None).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
        let client = |user: &NetworkCredential| {
            KerberosClient::new(WWW, user, KerberosClientOptions::default())
        };
        let none = LogonErrorKind::NoCredentials;
        check(&mut client(&default()), none, "kinit");
        let wrong = NetworkCredential::with_domain("ann", "wrong", "EXAMPLE.COM");
        check(
            &mut client(&wrong),
            LogonErrorKind::Refused,
            "the password is wrong",
        );
        let nobody = NetworkCredential::with_domain("nobody", "secret", "EXAMPLE.COM");
        check(&mut client(&nobody), none, "not found in Kerberos database");
        let elsewhere = NetworkCredential::with_domain("ann", "secret", "OTHER.COM");
        check(
            &mut client(&elsewhere),
            LogonErrorKind::Unavailable,
            "OTHER.COM",
        );
        let ticket = with_tickets(realm.tickets_of("ann"));
        let mut unknown =
            KerberosClient::new("HTTP/unknown.example.com", &default(), ticket.clone());
        check(&mut unknown, none, "SPN");

        // A service that the server has no key of.
        let other = KerberosClient::new("HTTP/without-key.example.com", &default(), ticket);
        let keys = KerberosServerOptions {
            keytab: Some(realm.keytab()),
            ..KerberosServerOptions::default()
        };
        let error = ours(other, keys).err().unwrap();
        assert_eq!(error.kind(), none, "{error}");
        assert!(error.to_string().contains("keytab"), "{error}");

        realm.stop_center();
        let known = NetworkCredential::with_domain("ann", "secret", "EXAMPLE.COM");
        check(
            &mut client(&known),
            LogonErrorKind::Unavailable,
            "krb5.conf",
        );
    });
}

/// With a binding demanded: the right one is let in, none and that of another channel are not.
#[test]
fn channel_binding_at_mit() {
    in_realm("kerberos::channel_binding_at_mit", |realm| {
        const CHANNEL_BOUND: u64 = 0x800;
        let ticket = with_tickets(realm.tickets_of("ann"));
        for (sent, let_in) in [(Some("this"), true), (None, false), (Some("other"), false)] {
            let options = json!({"keytab": realm.keytab(), "binding": hex(b"this")});
            let mut peer = Peer::start("accept", "gssapi", &options);
            let mut client = KerberosClient::new(
                WWW,
                &default(),
                KerberosClientOptions {
                    channel_binding: sent.map(binding),
                    ..ticket.clone()
                },
            );
            let result = log_in_at(&mut client, &mut peer);
            // The acceptor lets a login without a binding pass; the flag is what to look at.
            let bound = result
                .as_ref()
                .is_ok_and(|facts| facts["flags"].as_u64().unwrap() & CHANNEL_BOUND != 0);
            assert_eq!(bound, let_in, "{sent:?}: {result:?}");
            assert_eq!(
                result.is_err(),
                sent == Some("other"),
                "{sent:?}: {result:?}"
            );
        }
        // And the other way round.
        let cache = realm.tickets_of("ann");
        for (sent, expected) in [
            (Some("this"), Ok(BindingCheck::Matches)),
            (None, Ok(BindingCheck::Absent)),
            (Some("other"), Err(LogonErrorKind::BindingDiffers)),
        ] {
            let mut options = json!({"target": "HTTP/www.example.com@EXAMPLE.COM"});
            if let Some(sent) = sent {
                options["binding"] = hex(sent.as_bytes()).into();
            }
            let mut peer =
                Peer::start_with("initiate", "gssapi", &options, &[("KRB5CCNAME", &cache)]);
            let mut server = KerberosServer::new(KerberosServerOptions {
                channel_binding: Some(binding("this")),
                ..KerberosServerOptions::default()
            });
            let found = match let_in(&mut server, &mut peer) {
                Ok(_) => Ok(server.accepted().unwrap().binding),
                Err(Failure::Ours(error)) => Err(error.kind()),
                Err(Failure::Theirs(error)) => panic!("{error}"),
            };
            assert_eq!(found, expected, "{sent:?}");
        }
    });
}

/// `ip6-loopback` is another name of `localhost` in the file of hosts, and both are services. The
/// ticket is for the one that was named, unless the program lets the library look.
#[test]
fn spn_not_from_cname_kerberos() {
    in_realm("kerberos::spn_not_from_cname_kerberos", |realm| {
        let ticket = with_tickets(realm.tickets_of("ann"));
        let service = |options: KerberosClientOptions| {
            let client = KerberosClient::new("HTTP/ip6-loopback", &default(), options);
            let server = ours(client, KerberosServerOptions::default()).unwrap();
            server.accepted().unwrap().service_name.clone().unwrap()
        };
        assert_eq!(service(ticket.clone()), "HTTP/ip6-loopback");
        let canonical = KerberosClientOptions {
            canonicalize_host: true,
            ..ticket
        };
        let found = service(canonical);
        let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
        let is_alias = hosts.lines().any(|line| {
            let names: Vec<&str> = line.split_whitespace().skip(1).collect();
            names.first() == Some(&"localhost") && names.contains(&"ip6-loopback")
        });
        match is_alias {
            true => assert_eq!(
                found, "HTTP/localhost",
                "that is what must not happen by itself"
            ),
            false => println!("skipped: this machine's ip6-loopback is no alias of localhost"),
        }
    });
}

/// A middle tier logs in at its back end as its callers, each with the tickets it got from them.
#[test]
fn kerberos_delegation_to_a_back_end() {
    in_realm("kerberos::kerberos_delegation_to_a_back_end", |realm| {
        let mut callers = Vec::new();
        for user in ["joe", "susan"] {
            let options = KerberosClientOptions {
                delegation: KerberosDelegation::Always,
                ..with_tickets(realm.tickets_of(user))
            };
            let client = KerberosClient::new("HTTP/front.example.com", &default(), options);
            let front = ours(client, KerberosServerOptions::default()).unwrap();
            let accepted = front.accepted().unwrap();
            assert!(accepted.delegated);
            assert_eq!(accepted.user_name, user);
            callers.push((user, front.delegated_credential().unwrap().clone()));
        }
        // In turns, and from several threads at once.
        let call = |(user, delegated): &(&str, _)| {
            let options = KerberosClientOptions {
                credential: Some(Clone::clone(delegated)),
                ..KerberosClientOptions::default()
            };
            let client = KerberosClient::new("HTTP/back.example.com", &default(), options);
            let back = ours(client, KerberosServerOptions::default()).unwrap();
            let accepted = back.accepted().unwrap();
            assert_eq!(accepted.user_name, *user);
            assert_eq!(
                accepted.service_name.as_deref(),
                Some("HTTP/back.example.com")
            );
            assert!(!accepted.delegated);
        };
        for caller in callers.iter().chain(&callers) {
            call(caller);
        }
        std::thread::scope(|scope| {
            for at in 0..8 {
                let (caller, call) = (&callers[at % 2], &call);
                scope.spawn(move || (0..5).for_each(|_| call(caller)));
            }
        });

        // Only where the realm trusts the service with it, or to nobody.
        for (target, delegation, expected) in [
            (
                "HTTP/front.example.com",
                KerberosDelegation::WhenTrusted,
                true,
            ),
            (
                "HTTP/back.example.com",
                KerberosDelegation::WhenTrusted,
                false,
            ),
            ("HTTP/back.example.com", KerberosDelegation::Always, true),
            ("HTTP/front.example.com", KerberosDelegation::Never, false),
        ] {
            let options = KerberosClientOptions {
                delegation,
                ..with_tickets(realm.tickets_of("joe"))
            };
            let client = KerberosClient::new(target, &default(), options);
            let server = ours(client, KerberosServerOptions::default()).unwrap();
            let accepted = server.accepted().unwrap();
            assert_eq!(accepted.delegated, expected, "{target} {delegation:?}");
        }
    });
}

/// Whole logins leave nothing behind, on either side.
#[test]
fn kerberos_logins_leave_nothing_behind() {
    in_realm("kerberos::kerberos_logins_leave_nothing_behind", |realm| {
        const ROUNDS: usize = 500;
        let resident = || {
            let text = std::fs::read_to_string("/proc/self/statm").unwrap();
            let pages = text.split_whitespace().nth(1).unwrap();
            pages.parse::<usize>().unwrap() * 4096
        };
        let options = KerberosClientOptions {
            delegation: KerberosDelegation::Always,
            channel_binding: Some(binding("this")),
            ..with_tickets(realm.tickets_of("ann"))
        };
        let run = || {
            for _ in 0..ROUNDS {
                let client =
                    KerberosClient::new("HTTP/front.example.com", &default(), options.clone());
                let server = KerberosServerOptions {
                    channel_binding: Some(binding("this")),
                    ..KerberosServerOptions::default()
                };
                assert!(ours(client, server).unwrap().accepted().unwrap().delegated);
            }
        };
        // The allocator and the library take what they keep in the first rounds.
        for _ in 0..3 {
            run();
        }
        let before = resident();
        run();
        let grown = resident().saturating_sub(before);
        assert!(grown < ROUNDS * 512, "{grown} bytes in {ROUNDS} logins");
    });
}

/// A realm that is asked by many threads at once with a password each.
#[test]
fn logins_in_parallel() {
    in_realm("kerberos::logins_in_parallel", |_: &Realm| {
        std::thread::scope(|scope| {
            for at in 0..6 {
                let (user, password) = [("joe", "joes-own"), ("susan", "susans-own")][at % 2];
                scope.spawn(move || {
                    for _ in 0..3 {
                        let known = NetworkCredential::with_domain(user, password, "EXAMPLE.COM");
                        let client = KerberosClient::new(WWW, &known, Default::default());
                        let server = ours(client, KerberosServerOptions::default()).unwrap();
                        assert_eq!(server.accepted().unwrap().user_name, user);
                    }
                });
            }
        });
    });
}
