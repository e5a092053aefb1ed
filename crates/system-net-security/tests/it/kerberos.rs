//! Kerberos without a key distribution center: a ticket cache and a keytab of a throw-away realm,
//! whose tickets are good until 2036. Both sides are the system's library, and what goes between
//! them is read here by hand.

use std::path::{Path, PathBuf};

use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_security::extended_protection::{BindingCheck, ChannelBinding, ChannelBindingKind};
use system_net_security::kerberos::{
    KerberosClient, KerberosClientOptions, KerberosProvider, KerberosServer, KerberosServerOptions,
};
use system_net_security::mechanism::{
    Accepted, ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider as _,
};
use system_net_security::negotiate::{NegotiateClient, NegotiateServer};
use system_net_security::ntlm::{
    NtHash, NtlmClient, NtlmClientOptions, NtlmServer, NtlmServerOptions,
};
use system_net_testkit::PASSWORD;
use tempfile::TempDir;

const TARGET: &str = "HTTP/www.example.com";

/// The throw-away realm's files, copied: the library may write to a cache.
struct Realm {
    folder: TempDir,
}

impl Realm {
    /// `None` where the library is not installed, which is said.
    fn new(test: &str) -> Option<Self> {
        if let Err(error) = system_net_gssapi::Gssapi::load() {
            println!("skipped: {test}: {error}");
            return None;
        }
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/kerberos");
        let folder = TempDir::new().unwrap();
        for name in ["ann.ccache", "www.keytab"] {
            std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
        }
        Some(Self { folder })
    }

    fn file(&self, name: &str) -> String {
        format!("FILE:{}", self.folder.path().join(name).display())
    }

    fn client_options(&self) -> KerberosClientOptions {
        KerberosClientOptions {
            credential_cache: Some(self.file("ann.ccache")),
            ..KerberosClientOptions::default()
        }
    }

    fn client_with(&self, options: KerberosClientOptions) -> KerberosClient {
        KerberosClient::new(TARGET, &default(), options)
    }

    fn client(&self) -> KerberosClient {
        self.client_with(self.client_options())
    }

    fn server_options(&self) -> KerberosServerOptions {
        KerberosServerOptions {
            keytab: Some(self.file("www.keytab")),
            ..KerberosServerOptions::default()
        }
    }

    fn server(&self) -> KerberosServer {
        KerberosServer::new(self.server_options())
    }
}

fn default() -> NetworkCredential {
    CredentialCache::default_network_credentials()
}

/// Passes messages until both sides are complete.
fn log_in(client: &mut dyn Mechanism, server: &mut dyn Mechanism) -> Result<usize, LogonError> {
    let mut message = client.step(None)?.message;
    for leg in 1..10 {
        let answer = server.step(message.as_deref())?;
        if client.is_complete() && answer.message.is_none() {
            return Ok(leg);
        }
        message = client.step(answer.message.as_deref())?.message;
        if message.is_none() && server.is_complete() {
            return Ok(leg);
        }
    }
    panic!("the login does not end");
}

/// The content of a DER element with this tag, and what follows it.
#[track_caller]
fn element(bytes: &[u8], tag: u8) -> (&[u8], &[u8]) {
    assert_eq!(bytes[0], tag, "{:02x?}", &bytes[..bytes.len().min(16)]);
    let (length, start) = match bytes[1] {
        short @ ..0x80 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7f);
            let digits = &bytes[2..2 + count];
            let length = digits
                .iter()
                .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            (length, 2 + count)
        }
    };
    bytes[start..].split_at(length)
}

/// RFC 2743 section 3.1, RFC 4121 section 4.1, RFC 4120 section 5.5.1: who is asked for, and that
/// the service must prove itself.
#[test]
fn kerberos_fixture_ap_req() {
    let Some(realm) = Realm::new("kerberos_fixture_ap_req") else {
        return;
    };
    let mut client = realm.client();
    let first = client.step(None).unwrap();
    assert!(!first.complete, "the server has to prove itself");
    let token = first.message.unwrap();

    let (framed, rest) = element(&token, 0x60);
    assert!(rest.is_empty());
    let (oid, inner) = element(framed, 0x06);
    assert_eq!(oid, client.oid());
    assert_eq!(inner[..2], [1, 0], "an AP-REQ");
    let (ap_req, _) = element(&inner[2..], 0x6e);
    let (fields, _) = element(ap_req, 0x30);
    let (version, fields) = element(fields, 0xa0);
    assert_eq!(version, [2, 1, 5]);
    let (kind, fields) = element(fields, 0xa1);
    assert_eq!(kind, [2, 1, 14]);
    let (options, fields) = element(fields, 0xa2);
    assert_eq!(options, [3, 5, 0, 0x20, 0, 0, 0], "mutual-required");
    let (ticket, _) = element(fields, 0xa3);
    let (ticket, _) = element(element(ticket, 0x61).0, 0x30);
    let (_version, ticket) = element(ticket, 0xa0);
    let (realm_name, ticket) = element(ticket, 0xa1);
    assert_eq!(element(realm_name, 0x1b).0, b"EXAMPLE.COM");
    let (service, _) = element(ticket, 0xa2);
    let (_kind, names) = element(element(service, 0x30).0, 0xa0);
    let (names, _) = element(element(names, 0xa1).0, 0x30);
    let (class, names) = element(names, 0x1b);
    assert_eq!(
        (class, element(names, 0x1b).0),
        (&b"HTTP"[..], &b"www.example.com"[..])
    );

    let mut server = realm.server();
    let answer = server.step(Some(&token)).unwrap();
    assert!(answer.complete && server.is_complete());
    let expected = Accepted::new("ann", "EXAMPLE.COM");
    let accepted = server.accepted().unwrap();
    assert_eq!(accepted.service_name.as_deref(), Some(TARGET));
    assert_eq!(
        (
            &accepted.user_name,
            &accepted.domain,
            accepted.binding,
            accepted.delegated
        ),
        (
            &expected.user_name,
            &expected.domain,
            BindingCheck::Absent,
            false
        )
    );
    let last = client.step(answer.message.as_deref()).unwrap();
    assert!(last.complete && last.message.is_none() && client.is_complete());
    assert!(client.is_mutually_authenticated() && server.is_mutually_authenticated());
    assert!(client.can_sign() && client.can_encrypt() && server.can_sign() && server.can_encrypt());

    // And what is said then.
    for encrypt in [true, false] {
        let sent = client.wrap(b"to the server", encrypt).unwrap();
        let is_hidden = !sent.windows(13).any(|part| part == b"to the server");
        assert_eq!(is_hidden, encrypt);
        assert_eq!(server.unwrap(&sent, encrypt).unwrap(), b"to the server");
        let signature = server.sign(b"to the client").unwrap();
        client.verify(b"to the client", &signature).unwrap();
        let again = client.verify(b"to the client", &signature).unwrap_err();
        assert_eq!(again.kind(), LogonErrorKind::Tampered, "{again}");
    }
    let signed = client.wrap(b"to the server", false).unwrap();
    let error = server.unwrap(&signed, true).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::Tampered);
    let mut sent = client.wrap(b"to the server", true).unwrap();
    *sent.last_mut().unwrap() ^= 1;
    let error = server.unwrap(&sent, true).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::Tampered, "{error}");
}

fn binding(text: &str) -> ChannelBinding {
    ChannelBinding::new(ChannelBindingKind::Endpoint, text.as_bytes())
}

#[test]
fn kerberos_channel_binding_table() {
    let Some(realm) = Realm::new("kerberos_channel_binding_table") else {
        return;
    };
    let differs = Err(LogonErrorKind::BindingDiffers);
    for (sent, expected, result) in [
        (None, None, Ok(BindingCheck::Absent)),
        (Some("one"), Some("one"), Ok(BindingCheck::Matches)),
        (Some("other"), Some("one"), differs),
        (None, Some("one"), Ok(BindingCheck::Absent)),
        (Some("one"), None, Ok(BindingCheck::Absent)),
    ] {
        let mut client = realm.client_with(KerberosClientOptions {
            channel_binding: sent.map(binding),
            ..realm.client_options()
        });
        let mut server = KerberosServer::new(KerberosServerOptions {
            channel_binding: expected.map(binding),
            ..realm.server_options()
        });
        let found = log_in(&mut client, &mut server)
            .map(|_| server.accepted().unwrap().binding)
            .map_err(|error| error.kind());
        // The client says that it knows of bindings and has none. A library that passes that on
        // (MIT Kerberos 1.21) lets the server see that the client's channel ends elsewhere.
        let may_differ = sent.is_none() && expected.is_some() && found == differs;
        assert!(
            found == result || may_differ,
            "{sent:?} {expected:?}: {found:?}"
        );
    }
}

#[test]
fn kerberos_without_what_it_needs() {
    #[track_caller]
    fn check(
        mechanism: &mut dyn Mechanism,
        message: Option<&[u8]>,
        kind: LogonErrorKind,
        part: &str,
    ) {
        let error = mechanism.step(message).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(part), "{error}");
        let error = mechanism.step(message).unwrap_err();
        assert_eq!(
            error.kind(),
            LogonErrorKind::InvalidState,
            "and then it is over"
        );
        assert!(!mechanism.is_complete() && mechanism.accepted().is_none());
        assert!(!mechanism.can_sign() && !mechanism.can_encrypt());
        assert!(mechanism.sign(b"x").is_err() && mechanism.unwrap(b"x", false).is_err());
    }
    let nowhere = || Some(PathBuf::from("/nowhere/libgssapi_krb5.so.2"));
    let mut client = KerberosClient::new(
        TARGET,
        &default(),
        KerberosClientOptions {
            library: nowhere(),
            ..KerberosClientOptions::default()
        },
    );
    let unavailable = LogonErrorKind::Unavailable;
    check(&mut client, None, unavailable, "libgssapi-krb5-2");
    let mut server = KerberosServer::new(KerberosServerOptions {
        library: nowhere(),
        ..KerberosServerOptions::default()
    });
    check(&mut server, Some(b"\x6e\0"), unavailable, "krb5-libs");

    let Some(realm) = Realm::new("kerberos_without_what_it_needs") else {
        return;
    };
    let none = LogonErrorKind::NoCredentials;
    let mut client = realm.client_with(KerberosClientOptions {
        credential_cache: Some(realm.file("no-such-cache")),
        ..KerberosClientOptions::default()
    });
    check(&mut client, None, none, "kinit");
    // Tickets of somebody else.
    let susan = NetworkCredential::with_domain("susan", "", "EXAMPLE.COM");
    let mut client = KerberosClient::new(TARGET, &susan, realm.client_options());
    check(&mut client, None, none, "kinit");
    let mut server = KerberosServer::new(KerberosServerOptions {
        keytab: Some(realm.file("no-such-keytab")),
        ..KerberosServerOptions::default()
    });
    check(&mut server, Some(b"\x6e\0"), none, "keytab");
    // A message of another mechanism, or of none, does not reach one.
    for message in [&b"NTLMSSP\0\x01\0\0\0"[..], b"\x60\x02\x06\x00", b""] {
        let invalid = LogonErrorKind::InvalidToken;
        check(
            &mut realm.server(),
            Some(message),
            invalid,
            "not one of Kerberos",
        );
    }
}

#[test]
fn kerberos_server_takes_one_login_for_its_service_once() {
    let Some(realm) = Realm::new("kerberos_server_takes_one_login_for_its_service_once") else {
        return;
    };
    let token = realm.client().step(None).unwrap().message;
    assert!(realm.server().step(token.as_deref()).unwrap().complete);
    let error = realm.server().step(token.as_deref()).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::Tampered, "{error}");

    // Of any of its names, of this one, of another.
    for (name, is_mine) in [
        ("HTTP/www.example.com", true),
        ("HTTP/www.example.com@EXAMPLE.COM", true),
        ("HTTP/mail.example.com", false),
        ("imap/www.example.com@EXAMPLE.COM", false),
    ] {
        let mut server = KerberosServer::new(KerberosServerOptions {
            service_name: Some(name.to_owned()),
            ..realm.server_options()
        });
        let result = log_in(&mut realm.client(), &mut server);
        assert_eq!(result.is_ok(), is_mine, "{name}: {result:?}");
    }
}

/// No change of the client's message is let in under another name, wherever it is made.
#[test]
fn kerberos_tampered_messages() {
    let Some(realm) = Realm::new("kerberos_tampered_messages") else {
        return;
    };
    let token = realm.client().step(None).unwrap().message.unwrap();
    let mut refused = 0;
    for at in (0..token.len()).step_by(7) {
        let mut changed = token.clone();
        changed[at] ^= 0x10;
        let mut server = realm.server();
        match server.step(Some(&changed)) {
            Ok(_) => assert_eq!(server.accepted().unwrap().user_name, "ann"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > token.len() / 7 / 2, "{refused}");
}

#[test]
fn kerberos_is_negotiated() {
    let Some(realm) = Realm::new("kerberos_is_negotiated") else {
        return;
    };
    let accounts = |_: &str, _: &str| Some(NtHash::of_password(PASSWORD));
    let ntlm_server = || Box::new(NtlmServer::new(accounts, NtlmServerOptions::default()));
    let ann = NetworkCredential::new("ann", PASSWORD);
    let ntlm_client = || Box::new(NtlmClient::new(&ann, NtlmClientOptions::default()));
    let cases = [
        (true, true, "Kerberos"),
        // The server cannot: the client begins anew, and the list is signed.
        (true, false, "NTLM"),
    ];
    for (_, server_has, expected) in cases {
        let mut client = NegotiateClient::new(vec![Box::new(realm.client()), ntlm_client()]);
        let mut mechanisms: Vec<Box<dyn Mechanism>> = Vec::new();
        if server_has {
            mechanisms.push(Box::new(realm.server()));
        }
        mechanisms.push(ntlm_server());
        let mut server = NegotiateServer::new(mechanisms);
        log_in(&mut client, &mut server).unwrap();
        assert_eq!((client.name(), server.name()), (expected, expected));
        assert_eq!(server.accepted().unwrap().user_name, "ann");
        assert!(server.delegated_credential().is_none());
        let sent = client.wrap(b"text", false).unwrap();
        assert_eq!(server.unwrap(&sent, false).unwrap(), b"text");
    }
    // Kerberos without the negotiation around it is answered in kind.
    let mut server = NegotiateServer::new(vec![ntlm_server(), Box::new(realm.server())]);
    let mut client = realm.client();
    assert_eq!(log_in(&mut client, &mut server).unwrap(), 1);
    assert_eq!(server.name(), "Kerberos");

    // Without a ticket NTLM is offered alone; if only Kerberos is wanted, nothing is.
    let provider = KerberosProvider {
        options: KerberosClientOptions {
            credential_cache: Some(realm.file("no-such-cache")),
            ..KerberosClientOptions::default()
        },
        ..KerberosProvider::default()
    };
    let user = default();
    let logon = ClientLogon {
        target_name: Some(TARGET),
        ..ClientLogon::new(&user)
    };
    let mut client = NegotiateClient::new(vec![provider.client(&logon).unwrap(), ntlm_client()]);
    let mut server = NegotiateServer::new(vec![Box::new(realm.server()), ntlm_server()]);
    log_in(&mut client, &mut server).unwrap();
    assert_eq!((client.name(), server.name()), ("NTLM", "NTLM"));
    let mut client = NegotiateClient::new(vec![provider.client(&logon).unwrap()]);
    let error = client.step(None).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::NoCredentials);
    let nameless = provider.client(&ClientLogon::new(&user)).err().unwrap();
    assert_eq!(nameless.kind(), LogonErrorKind::NoCredentials);
}
