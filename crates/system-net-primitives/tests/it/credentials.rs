//! Credentials: recorded rows, the longest prefix, secrets.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use system_net_primitives::{CredentialCache, Credentials, Misuse, NetworkCredential};
use system_net_uri::Uri;

use crate::rows::{Exception, check_rows, misuse, object};

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// Adds an entry of a row: address and type, or host, port and type. `None` for a port that Rust
/// cannot say.
fn add(cache: &mut CredentialCache, entry: &Value, user: &str) -> Option<Result<(), Misuse>> {
    let credential = NetworkCredential::new(user, "p");
    Some(match entry.as_array()?.as_slice() {
        [prefix, auth_type] => cache.add(&uri(prefix.as_str()?), auth_type.as_str()?, credential),
        [host, port, auth_type] => {
            let port = u16::try_from(port.as_i64()?).ok()?;
            cache.add_for_host(host.as_str()?, port, auth_type.as_str()?, credential)
        }
        other => panic!("an entry that no row had: {other:?}"),
    })
}

fn find(cache: &CredentialCache, query: &Value) -> Option<NetworkCredential> {
    match query.as_array()?.as_slice() {
        [address, auth_type] => cache.get_credential(&uri(address.as_str()?), auth_type.as_str()?),
        [host, port, auth_type] => {
            let port = u16::try_from(port.as_i64()?).ok()?;
            cache.get_credential_by_host(host.as_str()?, port, auth_type.as_str()?)
        }
        other => panic!("a query that no row had: {other:?}"),
    }
}

fn cache_row(input: &[Value]) -> Option<Map<String, Value>> {
    let mut cache = CredentialCache::new();
    let mut answer = Map::new();
    for (n, entry) in input[0].as_array()?.iter().enumerate() {
        if let Err(error) = add(&mut cache, entry, &format!("u{n}"))? {
            answer.insert(format!("add{n}"), misuse(&error));
        }
    }
    let found = input[1]
        .as_array()?
        .iter()
        .map(|query| find(&cache, query).map_or(Value::Null, |found| found.user_name().into()));
    answer.insert("q".into(), found.collect());
    answer.insert("count".into(), cache.iter().count().into());
    Some(answer)
}

fn credential_row(input: &[Value]) -> Map<String, Value> {
    let word = |n: usize| input.get(n).and_then(Value::as_str).unwrap_or_default();
    let credential = match input.len() {
        2 => NetworkCredential::new(word(0), word(1)),
        _ => NetworkCredential::with_domain(word(0), word(1), word(2)),
    };
    let same = credential
        .get_credential(&uri("http://anywhere/"), "Any")
        .as_ref()
        == Some(&credential)
        && credential.get_credential_by_host("h", 1, "Any").as_ref() == Some(&credential);
    object(json!({
        "UserName": credential.user_name(),
        "Password": credential.password(),
        "Domain": credential.domain(),
        "SecurePassword.Length": credential.password().encode_utf16().count(),
        "GetCredential same": same,
        "ToString": format!("{credential:?}"),
    }))
}

const NO_TYPE_NAMES: &str = "a .NET type name says nothing here; the debug form shows the user";

const EXCEPTIONS: &[Exception] = &[
    Exception {
        op: "netcred",
        input: r#"["u","p"]"#,
        fields: &["ToString"],
        reason: NO_TYPE_NAMES,
    },
    Exception {
        op: "netcred",
        input: r#"["u","p","d"]"#,
        fields: &["ToString"],
        reason: NO_TYPE_NAMES,
    },
    Exception {
        op: "netcred",
        input: r#"["d\\u","p"]"#,
        fields: &["ToString"],
        reason: NO_TYPE_NAMES,
    },
    Exception {
        op: "netcred",
        input: r#"["",""]"#,
        fields: &["ToString"],
        reason: NO_TYPE_NAMES,
    },
    Exception {
        op: "netcred",
        input: r#"["u",null,null]"#,
        fields: &["ToString"],
        reason: NO_TYPE_NAMES,
    },
];

#[test]
fn network_credential_rows() {
    let rows = include_str!("../../../../tests/conformance/credentials/rows.jsonl");
    // The row with the port -1 cannot be said in Rust.
    check_rows(rows, 1, EXCEPTIONS, |op, input| match op {
        "credcache" => cache_row(input),
        "netcred" => Some(credential_row(input)),
        other => panic!("unknown op {other}"),
    });
}

#[test]
fn credential_cache_longest_prefix() {
    let mut cache = CredentialCache::new();
    for (prefix, user) in [
        ("http://h/", "root"),
        ("http://h/a/", "a"),
        ("http://h/a/b/c/", "c"),
        ("http://h/a/b/", "b"),
        ("http://h:8080/a/", "port"),
        ("https://h/a/", "tls"),
    ] {
        cache
            .add(&uri(prefix), "Basic", NetworkCredential::new(user, "p"))
            .unwrap();
    }
    for (address, expected) in [
        ("http://h/", Some("root")),
        ("http://h/x/y", Some("root")),
        ("http://h/a", Some("root")),
        ("http://h/a/", Some("a")),
        ("http://h/ab/", Some("a")),
        ("http://h/a/x", Some("a")),
        ("http://h/a/b/x", Some("b")),
        ("http://h/a/b/c/d/e?q#f", Some("c")),
        ("http://H/A/B/", Some("b")),
        ("http://h:80/a/", Some("a")),
        ("http://h:8080/a/x", Some("port")),
        ("http://h:8080/", None),
        ("https://h/a/b/", Some("tls")),
        ("https://h/", None),
        ("http://h.example/a/", None),
        ("http://xh/a/", None),
        ("ftp://h/a/", None),
    ] {
        let found = cache.get_credential(&uri(address), "basic");
        assert_eq!(
            found.as_ref().map(NetworkCredential::user_name),
            expected,
            "{address}"
        );
        assert_eq!(cache.get_credential(&uri(address), "Digest"), None);
    }
    cache.remove(&uri("http://h/a/b/"), "BASIC");
    let found = cache
        .get_credential(&uri("http://h/a/b/x"), "Basic")
        .unwrap();
    assert_eq!(found.user_name(), "a");
}

#[test]
fn hosts_are_a_world_of_their_own() {
    let mut cache = CredentialCache::new();
    let credential = || NetworkCredential::new("mail", "p");
    cache
        .add_for_host("Smtp.example", 25, "NTLM", credential())
        .unwrap();
    assert!(
        cache
            .add_for_host("smtp.EXAMPLE", 25, "ntlm", credential())
            .is_err()
    );
    assert!(
        cache
            .get_credential_by_host("smtp.example", 25, "Ntlm")
            .is_some()
    );
    assert!(
        cache
            .get_credential_by_host("smtp.example", 587, "NTLM")
            .is_none()
    );
    assert!(
        cache
            .get_credential(&uri("http://smtp.example:25/"), "NTLM")
            .is_none()
    );
    cache.remove_for_host("SMTP.example", 25, "NTLM");
    assert_eq!(cache.iter().count(), 0);
}

#[test]
fn default_credentials_keep_to_types_that_reveal_nothing() {
    let default = CredentialCache::default_network_credentials();
    assert!(default.is_default() && CredentialCache::default_credentials().is_default());
    assert_eq!((default.user_name(), default.password()), ("", ""));
    let mut cache = CredentialCache::new();
    for (auth_type, allowed) in [
        ("NTLM", true),
        ("negotiate", true),
        ("Kerberos", true),
        ("Basic", false),
        ("Digest", false),
    ] {
        let by_uri = cache.add(&uri("http://h/"), auth_type, default.clone());
        assert_eq!(by_uri.is_ok(), allowed, "{auth_type}");
        let by_host = cache.add_for_host("h", 1, auth_type, default.clone());
        assert_eq!(by_host.is_ok(), allowed, "{auth_type}");
    }
    assert!(!NetworkCredential::NONE.is_default());
    assert_ne!(NetworkCredential::NONE, default);
}

#[test]
fn secrets_do_not_show() {
    let mut credential = NetworkCredential::with_domain("ann", "hunter2", "dom");
    credential.set_password("hunter3");
    credential.set_user_name("bob");
    credential.set_domain("net");
    assert_eq!(
        (credential.user_name(), credential.domain()),
        ("bob", "net")
    );
    let mut cache = CredentialCache::new();
    cache
        .add(&uri("http://me:hunter1@h/a/"), "Basic", credential.clone())
        .unwrap();
    cache
        .add_for_host("h", 25, "Basic", credential.clone())
        .unwrap();
    let shared: Arc<dyn Credentials> = Arc::new(cache.clone());
    assert!(
        shared
            .get_credential(&uri("http://h/a/"), "Basic")
            .is_some()
    );
    assert!(shared.get_credential_by_host("h", 25, "Basic").is_some());
    let shown = format!("{credential:?} {cache:?}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(shown.contains("bob") && shown.contains("http://h/a/") && shown.contains("h:25"));
}
