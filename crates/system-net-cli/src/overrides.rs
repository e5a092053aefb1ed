//! `--resolve`: where connections to a host and a port go.

use std::net::IpAddr;
use std::sync::Arc;

use system_net::{Dns, IpAddress, NetContext, OverrideResolver};

use crate::failure::Failure;

/// Puts the addresses of the options before the name service of the context.
pub(crate) fn apply(context: &NetContext, options: &[String]) -> Result<(), Failure> {
    if options.is_empty() {
        return Ok(());
    }
    let mut resolver = OverrideResolver::new(Dns::resolver_in(context));
    for text in options {
        let (host, port, addresses) = parse(text).ok_or_else(|| {
            Failure::usage(format_args!(
                "--resolve {text:?} is not of the form HOST:PORT:ADDRESS, with a name as HOST"
            ))
        })?;
        resolver.insert_for_port(host, port, addresses);
    }
    Dns::set_resolver_in(context, Some(Arc::new(resolver)));
    Ok(())
}

/// `HOST:PORT:ADDRESS[,ADDRESS]`. What would never be looked up is no host, and wildcards and the
/// signs that curl has before a host mean nothing here.
fn parse(text: &str) -> Option<(&str, u16, Vec<IpAddress>)> {
    let (host, rest) = text.split_once(':')?;
    let (port, addresses) = rest.split_once(':')?;
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte) || !byte.is_ascii();
    let is_name = !host.is_empty()
        && !host.starts_with('-')
        && host.bytes().all(plain)
        && host.parse::<IpAddr>().is_err();
    let address = |text: &str| {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let address = bare.unwrap_or(text).parse::<IpAddr>();
        address.ok().map(IpAddress::from)
    };
    let addresses: Option<Vec<_>> = addresses.split(',').map(address).collect();
    let port = port.parse().ok().filter(|port| *port != 0)?;
    addresses
        .filter(|_| is_name)
        .map(|addresses| (host, port, addresses))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn overrides_are_taken_apart() {
        for (text, count) in [
            ("h.example:80:127.0.0.1", Some(1)),
            ("h:443:127.0.0.1,[::1],::1", Some(3)),
            ("h:80", None),
            ("h:80:", None),
            ("h:0:127.0.0.1", None),
            ("h:80:name", None),
            (":80:127.0.0.1", None),
            ("*:80:127.0.0.1", None),
            ("+h:80:127.0.0.1", None),
            ("-h:80", None),
            ("127.0.0.2:80:127.0.0.1", None),
        ] {
            let found = parse(text).map(|(_, _, addresses)| addresses.len());
            assert_eq!(found, count, "{text}");
        }
    }
}
