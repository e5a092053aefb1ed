// credcache, netcred: credentials by address and by host.

use serde_json::{Map, Value, json};
use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use system_net_uri::Uri;

use super::{Op, Run, Settings, exception, misuse, text};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "credcache",
        run: credcache,
        not_yet: &[],
    },
    // SecureString has no counterpart, and a secret is never shown.
    Op {
        name: "netcred",
        run: netcred,
        not_yet: &["SecurePassword.Length", "ToString"],
    },
];

/// The arguments of a step: an address and a type, or a host, a port and a type.
enum Place<'a> {
    Address(&'a str, &'a str),
    Host(&'a str, i64, &'a str),
}

fn place(step: &Value) -> Option<Place<'_>> {
    match step.as_array()?.as_slice() {
        [address, kind] => Some(Place::Address(address.as_str()?, kind.as_str()?)),
        [host, port, kind] => Some(Place::Host(host.as_str()?, port.as_i64()?, kind.as_str()?)),
        _ => None,
    }
}

fn credcache(input: &[Value], _: Settings) -> Run {
    let (Some(Value::Array(adds)), Some(Value::Array(queries))) = (input.first(), input.get(1))
    else {
        return Run::NotExpressible;
    };
    let mut cache = CredentialCache::new();
    let mut fields = Map::new();
    for (index, step) in adds.iter().enumerate() {
        let credential = NetworkCredential::new(format!("u{index}"), "p");
        let added = match place(step) {
            Some(Place::Address(address, kind)) => match Uri::parse(address) {
                Ok(uri) => cache
                    .add(&uri, kind, credential)
                    .map_err(|error| misuse(&error)),
                Err(error) => Err(super::uri::failure(error)),
            },
            Some(Place::Host(host, port, kind)) => match u16::try_from(port) {
                Ok(port) => cache
                    .add_for_host(host, port, kind, credential)
                    .map_err(|error| misuse(&error)),
                // The type of the argument says it already.
                Err(_) => Err(exception("ArgumentOutOfRangeException")),
            },
            None => return Run::NotExpressible,
        };
        if let Err(error) = added {
            fields.insert(format!("add{index}"), error);
        }
    }
    let found: Option<Vec<Value>> = queries
        .iter()
        .map(|query| {
            let credential = match place(query)? {
                Place::Address(address, kind) => {
                    cache.get_credential(&Uri::parse(address).ok()?, kind)
                }
                Place::Host(host, port, kind) => {
                    cache.get_credential_by_host(host, u16::try_from(port).ok()?, kind)
                }
            };
            Some(credential.map_or(Value::Null, |credential| credential.user_name().into()))
        })
        .collect();
    let Some(found) = found else {
        return Run::NotExpressible;
    };
    fields.insert("q".into(), found.into());
    fields.insert("count".into(), cache.iter().count().into());
    Run::Answer(fields.into())
}

fn netcred(input: &[Value], _: Settings) -> Run {
    let Some(user) = text(input, 0) else {
        return Run::NotExpressible;
    };
    // A password or domain of null is an empty one.
    let credential = NetworkCredential::with_domain(
        user,
        text(input, 1).unwrap_or_default(),
        text(input, 2).unwrap_or_default(),
    );
    let uri = Uri::parse("http://h/").expect("a valid address");
    let same = credential
        .get_credential(&uri, "Basic")
        .is_some_and(|given| {
            (given.user_name(), given.password(), given.domain())
                == (
                    credential.user_name(),
                    credential.password(),
                    credential.domain(),
                )
        });
    Run::Answer(json!({
        "UserName": credential.user_name(),
        "Password": credential.password(),
        "Domain": credential.domain(),
        "GetCredential same": same,
    }))
}
