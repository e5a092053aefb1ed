//! What a container takes, and for whom: the checks of names, values, domains, paths, ports and
//! prefixes. RFC 6265 section 5.1 and 5.3, rfc6265bis section 5.6 and 5.7, and .NET's rules for
//! cookies of version 1.

use std::borrow::Cow;

use system_net_uri::{HostAddress, Uri};

use super::cookie::Variant;
use super::token::unquoted;
use super::{Cookie, CookieError, CookieErrorKind, PublicSuffixList};

/// Where a cookie comes from or goes to.
pub(super) struct Place<'a> {
    pub(super) host: Host<'a>,
    pub(super) port: Option<u16>,
    pub(super) path: &'a str,
    /// Over TLS.
    pub(super) secure: bool,
}

/// A host in the one form that cookies are kept under.
pub(super) struct Host<'a> {
    /// A name of DNS in lower case, an IPv4 address, or an IPv6 address in brackets.
    pub(super) name: Cow<'a, str>,
    pub(super) is_address: bool,
}

impl<'a> Host<'a> {
    pub(super) fn of(uri: &'a Uri) -> Option<Self> {
        let (name, is_address) = match uri.host_address() {
            HostAddress::Dns(name) => (Cow::Borrowed(name), false),
            HostAddress::V4(address) => (Cow::Owned(address.to_string()), true),
            HostAddress::V6(address, None) => (Cow::Owned(format!("[{address}]")), true),
            HostAddress::V6(address, Some(zone)) => {
                (Cow::Owned(format!("[{address}%{zone}]")), true)
            }
            HostAddress::None => return None,
        };
        (!name.is_empty()).then_some(Self { name, is_address })
    }
}

impl<'a> Place<'a> {
    pub(super) fn of(uri: &'a Uri) -> Result<Self, CookieError> {
        let path = uri.absolute_path();
        Ok(Self {
            host: Host::of(uri).ok_or(CookieErrorKind::Host)?,
            port: uri.port(),
            path: if path.is_empty() { "/" } else { path },
            secure: is_secure(uri),
        })
    }
}

/// Whether cookies for safe connections may go there.
pub(super) fn is_secure(uri: &Uri) -> bool {
    matches!(uri.scheme(), "https" | "wss")
}

/// Who gives the cookie to the container.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A server, in a header.
    Server,
    /// The program, which may do what a server may not: set secure cookies for later.
    Program,
}

/// What the container files a cookie under.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) domain: String,
    /// For that host alone.
    pub(super) host_only: bool,
}

/// Checks a cookie for a place, and fills in the domain and path that were not set.
pub(super) fn admit(
    cookie: &mut Cookie,
    place: &Place<'_>,
    by: By,
    suffixes: &PublicSuffixList,
) -> Result<Key, CookieError> {
    cookie.variant = match (cookie.version, by) {
        (0, _) => Variant::Plain,
        (_, By::Server) => Variant::Rfc2109,
        (_, By::Program) => cookie.variant,
    };
    check_characters(cookie)?;
    let key = if cookie.domain_implicit {
        place.host.name.as_ref().clone_into(&mut cookie.domain);
        Key {
            domain: cookie.domain.clone(),
            host_only: true,
        }
    } else {
        key_of(cookie, &place.host, suffixes)?
    };
    // RFC 6265 section 5.2.4: an empty one is none.
    cookie.path_implicit |= unquoted(&cookie.path).is_empty();
    if cookie.path_implicit {
        default_path(place.path).clone_into(&mut cookie.path);
    }
    check_port(cookie, place)?;
    if by == By::Server && cookie.secure && !place.secure {
        // rfc6265bis section 5.7, step 13: ignore it entirely.
        return Err(CookieErrorKind::NotSecure.into());
    }
    check_prefix(cookie, by)?;
    Ok(key)
}

/// A name as .NET takes it, without control characters.
pub(super) fn check_name(name: &str) -> Result<(), CookieError> {
    let fine = !name.is_empty()
        && !name.starts_with(['$', ' '])
        && !name.ends_with(' ')
        && !name.contains(|c: char| c.is_ascii_control() || matches!(c, '=' | ';' | ','));
    if fine {
        Ok(())
    } else {
        Err(CookieError::with_text(CookieErrorKind::Name, name))
    }
}

/// Checks what can stand in a header.
pub(super) fn check_characters(cookie: &Cookie) -> Result<(), CookieError> {
    check_name(&cookie.name)?;
    if !is_text(&cookie.value) {
        return Err(CookieErrorKind::Value.into());
    }
    if !is_text(&cookie.comment) {
        return Err(CookieError::with_text(
            CookieErrorKind::Comment,
            &cookie.comment,
        ));
    }
    // A tab would end the path in a jar on disk.
    if !is_text(&cookie.path) || cookie.path.contains('\t') {
        return Err(CookieError::with_text(CookieErrorKind::Path, &cookie.path));
    }
    Ok(())
}

/// No control character but tabs (rfc6265bis section 5.6, step 1), no separator outside of quotes.
fn is_text(text: &str) -> bool {
    let quoted = text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    !text.contains(|c: char| match c {
        '\t' => false,
        ';' | ',' => !quoted,
        _ => c.is_ascii_control(),
    })
}

/// A domain without the dot in front.
pub(super) fn bare(domain: &str) -> &str {
    domain.strip_prefix('.').unwrap_or(domain)
}

/// The key of a cookie with a domain of its own.
fn key_of(
    cookie: &Cookie,
    host: &Host<'_>,
    suffixes: &PublicSuffixList,
) -> Result<Key, CookieError> {
    let refused = |kind| Err(CookieError::with_text(kind, &cookie.domain));
    if cookie.variant == Variant::Rfc2109 && !cookie.domain.starts_with('.') {
        // RFC 2109 section 4.3.2.
        return refused(CookieErrorKind::Domain);
    }
    let domain = bare(&cookie.domain).to_ascii_lowercase();
    let name = domain.strip_suffix('.').unwrap_or(&domain);
    if domain == *host.name {
        // What is open to everybody, and what is an address, is for itself alone (rfc6265bis
        // section 5.7, step 10).
        let host_only = host.is_address || suffixes.suffix(name) == name;
        return Ok(Key { domain, host_only });
    }
    let is_name = domain
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    // A name of one label is open to everybody, whatever the list says. One that ends like an
    // address would be for that address, which has nothing below it.
    let like_address = name
        .rsplit('.')
        .next()
        .is_some_and(|label| label.starts_with(|c: char| c.is_ascii_digit()));
    if !is_name || like_address || !name.contains('.') {
        return refused(CookieErrorKind::Domain);
    }
    let fits = match cookie.variant {
        Variant::Plain => is_below(&host.name, &domain),
        // One level at most.
        _ => parent(&host.name) == Some(&*domain),
    };
    if !fits {
        return refused(CookieErrorKind::Domain);
    }
    if suffixes.suffix(name) == name {
        return refused(CookieErrorKind::PublicSuffix);
    }
    Ok(Key {
        domain,
        host_only: false,
    })
}

/// Whether a host is below a domain, which is no host of its own.
pub(super) fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|front| front.ends_with('.'))
}

/// A name without its first label.
pub(super) fn parent(name: &str) -> Option<&str> {
    name.split_once('.').map(|(_, parent)| parent)
}

/// RFC 6265 section 5.1.4: the path up to its last slash, but never nothing.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(slash) if slash > 0 && path.starts_with('/') => &path[..slash],
        _ => "/",
    }
}

/// RFC 6265 section 5.1.4: the same path, or one below. Quotes around the cookie's do not count.
pub(super) fn path_matches(request: &str, cookie: &str) -> bool {
    let cookie = unquoted(cookie);
    request
        .strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.ends_with('/'))
}

fn check_port(cookie: &mut Cookie, place: &Place<'_>) -> Result<(), CookieError> {
    if cookie.port_implicit {
        return Ok(());
    }
    if cookie.port.is_empty() {
        cookie.ports = Some(place.port.into_iter().collect());
    }
    let fits = |ports: &Vec<u16>| place.port.is_some_and(|port| ports.contains(&port));
    if cookie.ports.as_ref().is_some_and(fits) {
        Ok(())
    } else {
        Err(CookieError::with_text(CookieErrorKind::Port, &cookie.port))
    }
}

/// rfc6265bis section 4.1.3: what a name promises. The letter case of the prefix does not matter,
/// as servers that take any case would be fooled otherwise.
fn check_prefix(cookie: &Cookie, by: By) -> Result<(), CookieError> {
    let has = |prefix: &str| {
        cookie
            .name
            .get(..prefix.len())
            .is_some_and(|front| front.eq_ignore_ascii_case(prefix))
    };
    let host_only_root = cookie.domain_implicit
        && cookie.path == "/"
        // A server says so, a program may leave it to the address.
        && (by == By::Program || !cookie.path_implicit);
    let kept = if has("__Host-") {
        cookie.secure && host_only_root
    } else {
        cookie.secure || !has("__Secure-")
    };
    if kept {
        Ok(())
    } else {
        Err(CookieError::with_text(
            CookieErrorKind::Prefix,
            &cookie.name,
        ))
    }
}
