//! What holds for every text.

use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;
use system_net_uri::{PathRules, Uri, UriBuilder, UriIdnScope, UriKind, UriSettings, address};

use crate::fuzz_uri::{ask_both, ask_everything, ask_texts, check_read_again};

/// So many cases, or as many as the variable `PROPTEST_CASES` says.
#[allow(clippy::disallowed_methods, reason = "a switch of the test runner")]
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return config;
    }
    ProptestConfig {
        cases: usual,
        ..config
    }
}

/// Texts that look like URIs, with all that makes them difficult.
fn text() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        Just(""),
        Just("http:"),
        Just("HTTPS:"),
        Just("file:"),
        Just("ftp:"),
        Just("mailto:"),
        Just("news:"),
        Just("foo:"),
        Just("net.tcp:"),
        Just("vsmacros:"),
        Just("c:"),
        Just("ldap:"),
        Just("urn:"),
        Just(" ws:"),
    ];
    let slashes = prop_oneof![
        Just(""),
        Just("/"),
        Just("//"),
        Just("///"),
        Just("\\\\"),
        Just("////")
    ];
    let host = prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9._-]{1,8}",
        Just("[::1]".to_owned()),
        Just("1.2.3.4".to_owned()),
        Just("u:p@h:81".to_owned()),
        Just("\u{e4}.com".to_owned()),
        Just("xn--4ca.com".to_owned()),
        Just("c:".to_owned()),
        ".{0,4}",
    ];
    let rest = prop_oneof![
        "[a-zA-Z0-9/.?#%\\\\:@ ]{0,16}",
        "(/|\\.\\.|\\.|a|%2e|%2F|%5c|\\\\|\\?|#|%41|%C3%A4|\u{e4}|\u{200e}|\u{1f600}|%){0,12}",
        ".{0,8}",
    ];
    (scheme, slashes, host, rest).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"))
}

/// Texts that the web knows, with any name and any path.
fn web_text() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[a-zA-Z0-9._-]{1,8}",
        "[a-zJ\u{c0}-\u{24f}\u{300}-\u{315}\u{370}-\u{3ff}\u{2160}\u{1e9e}.]{1,6}",
        "[a-z]{1,3}.{1,3}",
    ];
    let rest = prop_oneof![
        "[a-zA-Z0-9/.?#%\\\\:@ |^\"{}<>`\\[\\]]{0,16}",
        "(/|\\.\\.|\\.|a|%2e|%2F|%5c|%5B|%7C|\\\\|\\?|#|%41|%C3%A4|%c3|\u{e4}|\u{200e}|%){0,12}",
        ".{0,8}",
    ];
    ("https?", host, rest).prop_map(|(scheme, host, rest)| format!("{scheme}://{host}/{rest}"))
}

fn hash(uri: &Uri) -> u64 {
    let mut hasher = DefaultHasher::new();
    uri.hash(&mut hasher);
    hasher.finish()
}

/// The text of an `http` URI in another spelling of the same: capitals for small letters in
/// scheme and host, with user info and with another fragment.
fn spelled_otherwise(uri: &Uri, user: &str, fragment: &str) -> Option<String> {
    if !uri.scheme().starts_with("http") || !uri.user_info().is_empty() {
        return None;
    }
    let space = [' ', '\t', '\n', '\r'];
    let text = uri.original_string().trim_start_matches(space);
    if text.ends_with(space) {
        // At the end it is none of the URI's; before a fragment it would be.
        return None;
    }
    let (scheme, rest) = text.split_once(':')?;
    // Two slashes, or two backslashes.
    let (slashes, rest) = rest.split_at(2);
    let (host, rest) = rest.split_at(rest.find(['/', '?', '#', ':']).unwrap_or(rest.len()));
    if host.contains('@') {
        // Empty user info is one as well.
        return None;
    }
    let rest = rest.split('#').next().unwrap_or("");
    let (scheme, host) = (scheme.to_uppercase(), capitals(host));
    Some(format!("{scheme}:{slashes}{user}@{host}{rest}#{fragment}"))
}

/// Capitals where that is a matter of letter case alone: `\u{131}` and `\u{17f}` have capitals
/// that belong to other letters.
fn capitals(text: &str) -> String {
    let one = |c: char| {
        let (upper, back) = (
            c.to_uppercase(),
            c.to_uppercase().flat_map(char::to_lowercase),
        );
        if back.eq([c]) {
            upper.to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(one).collect()
}

fn all_settings() -> impl Strategy<Value = UriSettings> {
    let idn = prop_oneof![
        Just(UriIdnScope::None),
        Just(UriIdnScope::AllExceptIntranet),
        Just(UriIdnScope::All)
    ];
    (any::<bool>(), idn, any::<bool>()).prop_map(|(iri, idn, unix)| {
        let mut settings = UriSettings::new();
        settings.set_iri_parsing(iri);
        settings.set_idn(idn);
        settings.set_paths(if unix {
            PathRules::Unix
        } else {
            PathRules::Windows
        });
        settings
    })
}

/// Paths that try to leave.
fn climbing() -> impl Strategy<Value = String> {
    let piece = "(/|\\.\\./|\\./|a/|\\.\\.\\\\|b|%2e%2e/|%2f|%5c|\\\\|\\?|#|c:/| ){0,12}";
    piece.prop_map(|path| path)
}

/// A base of each kind: with depth, without a host, with a path alone. Not `mailto:a@h`, where
/// .NET writes a relative path right behind the host (`mailto:a@hx`), as recorded.
const BASES: [&str; 26] = [
    "http://h/x/y",
    "https://u:p@h:81/x/y/z/../w?q#f",
    "ftp://h/x/y/z",
    "net.tcp://h:9/x/y",
    "ldap://h/x/y",
    "ldap:///x/y",
    "x-custom://h/x/y/",
    "x-custom:///x/y",
    "x-custom:/x/y",
    "x-custom:x/y/z",
    "urn:x/y",
    "news:x/y",
    "http://[fe80::1%eth0]/x/y",
    "file:///a/b",
    "file:///a/b/c/",
    "file:///c:/x/y",
    "file://s/sh/x/y",
    "file:///x/..//evil/share",
    "file:///%2fevil/share",
    "vsmacros:///x/y",
    "vsmacros:///c:/x/y",
    "vsmacros://h/x/y",
    r"c:\x\y",
    r"\\s\sh\x\y",
    "/x/y",
    "/x/..//evil/share",
];

/// What begins with neither two slashes nor a scheme leads to no other host, and to no `..`.
fn check_stays_below_root(base: &Uri, reference: &str) {
    let Ok(combined) = base.combine(reference) else {
        return;
    };
    let settings = base.settings();
    let space = [' ', '\t', '\n', '\r'];
    let mut rest = reference.trim_matches(space);
    if let Some((scheme, behind)) = rest.split_once(':')
        && scheme.eq_ignore_ascii_case(base.scheme())
    {
        rest = behind;
    }
    let two_slashes = rest.starts_with(['/', '\\']) && rest[1..].starts_with(['/', '\\']);
    let relative = Uri::parse_in(reference, UriKind::RelativeOrAbsolute, settings);
    if two_slashes || relative.is_ok_and(|uri| uri.is_absolute_uri()) {
        return;
    }
    let told = format!(
        "{} with {reference:?} gives {} of {}",
        base.original_string(),
        combined.absolute_uri(),
        combined.original_string()
    );
    assert_eq!(combined.host(), base.host(), "{told}");
    assert_eq!(combined.host_address(), base.host_address(), "{told}");
    assert_eq!(combined.is_unc(), base.is_unc(), "{told}");
    if !["http", "https", "ftp", "net.tcp", "file"].contains(&combined.scheme()) {
        // Escaped dots are unescaped, not resolved, as recorded (`gopher://h/../x`); and dots mean
        // nothing without a host.
        return;
    }
    let climbs = combined.absolute_path().split('/').any(|part| part == "..");
    assert!(!climbs, "{told}");
}

/// Every letter once, alone and before a mark that it may be composed with.
#[test]
fn hosts_are_equal_in_any_letter_case() {
    for c in '\u{a1}'..='\u{1ffff}' {
        let upper = capitals(&c.to_string());
        if upper.starts_with(c) {
            continue;
        }
        for behind in ["", "\u{307}", "\u{30c}"] {
            let (a, b) = (
                format!("http://x{c}{behind}/"),
                format!("http://X{upper}{behind}/"),
            );
            let (Ok(a), Ok(b)) = (Uri::parse(&a), Uri::parse(&b)) else {
                continue;
            };
            assert_eq!(a, b);
            assert_eq!(hash(&a), hash(&b), "{a} {b}");
        }
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn uri_never_panics(a in prop_oneof![text(), web_text()], b in text(), settings in all_settings()) {
        for kind in [UriKind::Absolute, UriKind::Relative, UriKind::RelativeOrAbsolute] {
            let Ok(uri) = Uri::parse_in(&a, kind, &settings) else { continue };
            ask_everything(&uri);
            if let Ok(combined) = uri.combine(&b) {
                ask_everything(&combined);
                ask_both(&combined, &uri);
                ask_both(&uri, &combined);
            }
        }
    }

    #[test]
    fn uri_any_text_never_panics(a in any::<String>(), settings in all_settings()) {
        if let Ok(uri) = Uri::parse_in(&a, UriKind::RelativeOrAbsolute, &settings) {
            ask_everything(&uri);
        }
        ask_texts(&a);
    }

    #[test]
    fn uri_normalize_idempotent(a in prop_oneof![text(), web_text()], b in climbing(), settings in all_settings()) {
        for settings in [UriSettings::new(), settings] {
            let Ok(uri) = Uri::parse_in(&a, UriKind::Absolute, &settings) else { continue };
            check_read_again(&uri);
            if let Ok(combined) = uri.combine(&b) {
                check_read_again(&combined);
            }
        }
    }

    #[test]
    fn uri_hash_equals_law_property(a in prop_oneof![text(), web_text()], b in text(), user in "[a-z]{1,4}", fragment in "[a-z]{0,4}") {
        let read = |text: &str| Uri::parse_kind(text, UriKind::RelativeOrAbsolute).ok();
        let (Some(a), Some(b)) = (read(&a), read(&b)) else { return Ok(()) };
        let mut same = vec![a.clone(), b.clone()];
        if let Some(other) = spelled_otherwise(&a, &user, &fragment) {
            let other = read(&other);
            prop_assert_eq!(other.as_ref(), Some(&a));
            same.extend(other);
        }
        for x in &same {
            for y in &same {
                prop_assert_eq!(x == y, y == x);
                if x == y {
                    prop_assert_eq!(hash(x), hash(y), "{} {}", x, y);
                }
            }
        }
    }

    #[test]
    fn uri20_no_climb_above_root(path in "(/|\\.\\./|\\./|a/|%2e%2e/|\\.\\.\\\\|b){0,12}") {
        for base in ["http://h/", "ftp://h/", "file:///c:/", "file://s/sh/", "net.pipe://h/"] {
            let uri = Uri::parse(&format!("{base}{path}")).unwrap();
            let local = uri.absolute_path();
            let climbs = local.split('/').any(|segment| segment == "..");
            prop_assert!(!climbs, "{} {}", base, local);
        }
    }

    #[test]
    fn uri_combine_stays_below_root(path in prop_oneof![climbing(), text()], settings in all_settings()) {
        for base in BASES {
            let Ok(base) = Uri::parse_in(base, UriKind::Absolute, &settings) else { continue };
            check_stays_below_root(&base, &path);
            // A path of slashes at the root of no host, as dots or escapes make it.
            if let Ok(next) = base.combine("a/%2f/../..//b/%2fc") {
                check_stays_below_root(&next, &path);
            }
        }
    }

    #[test]
    fn uri_escape_round_trip(text in any::<String>()) {
        let escaped = Uri::escape_data_string(&text);
        prop_assert!(escaped.is_ascii());
        prop_assert_eq!(Uri::unescape_data_string(&escaped), text.as_str());
    }

    #[test]
    fn uri_builder_roundtrip_property(a in "https?://([a-z]{1,4}(:[a-z]{1,3})?@)?[a-z]{1,5}(:[1-9][0-9]{0,3})?/[a-z/]{0,8}(\\?[a-z=]{0,5})?(#[a-z]{0,4})?") {
        let uri = Uri::parse(&a).unwrap();
        let rebuilt = UriBuilder::from_uri(&uri).unwrap().uri().unwrap();
        prop_assert_eq!(rebuilt.absolute_uri(), uri.absolute_uri());
    }

    #[test]
    fn ipv6_text_round_trip(bits in any::<u128>(), sparse in 0u128..0x1_0000_0000) {
        for bits in [bits, sparse, bits & 0xffff_0000_0000_0000_0000_0000_0000_ffff] {
            let ip = std::net::Ipv6Addr::from(bits);
            let text = address::format_ipv6(ip).to_string();
            prop_assert_eq!(address::parse_ipv6(&text), Some((ip, None)));
            // The standard library's text reads the same, but for .NET's reading of `::` before
            // seven groups.
            let standard = ip.to_string();
            if !(standard.starts_with("::") && standard.matches(':').count() == 8) {
                prop_assert_eq!(address::parse_ipv6(&standard), Some((ip, None)));
            }
        }
    }
}
