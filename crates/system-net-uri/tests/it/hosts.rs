//! Where a host begins and ends, with which error it is refused, and paths of Unix behind it.

use system_net_uri::{
    GenericUriParser, GenericUriParserOptions, HostAddress, PathRules, Uri, UriFormatErrorKind,
    UriHostNameType, UriIdnScope, UriKind, UriParserTable, UriSettings,
};

use crate::{any, uri};

#[track_caller]
fn refused(text: &str, kind: UriFormatErrorKind, offset: usize) {
    match Uri::parse(text) {
        Ok(uri) => panic!("{text} is accepted: {uri:?}"),
        Err(error) => assert_eq!((error.kind(), error.offset()), (kind, offset), "{text}"),
    }
}

#[test]
fn refusals_tell_the_place() {
    use UriFormatErrorKind as Kind;
    for (text, kind, offset) in [
        ("c:x", Kind::MustRootedPath, 2),
        (" c|x", Kind::MustRootedPath, 3),
        ("file:///c:x", Kind::MustRootedPath, 10),
        ("/:a", Kind::BadScheme, 0),
        ("1:a", Kind::BadScheme, 0),
        ("1|a:b", Kind::BadFormat, 0),
        ("1|a", Kind::BadFormat, 0),
        (" abc", Kind::BadFormat, 4),
        ("ab c:", Kind::BadScheme, 2),
        ("http:/h", Kind::BadAuthority, 5),
        ("http:///h", Kind::BadHostName, 7),
        ("http://u@", Kind::BadHostName, 8),
        ("http://@", Kind::BadHostName, 7),
        ("http://u@/", Kind::BadHostName, 9),
        ("http://h:65536/", Kind::BadPort, 13),
        ("http://h:8x/", Kind::BadPort, 10),
        ("http://h:8@/", Kind::BadHostName, 11),
        ("foo://h:8x/", Kind::BadPort, 9),
        ("foo://h:65536", Kind::BadPort, 12),
        ("foo://h\\a", Kind::BadHostName, 7),
        ("http://h\\a", Kind::BadHostName, 8),
    ] {
        refused(text, kind, offset);
    }
    assert_eq!(uri("http://h:65535/").port(), Some(65535));
    assert_eq!(uri("foo://h:65535").port(), Some(65535));
}

/// A parser that takes any text for a host.
fn generic() -> UriSettings {
    let mut table = UriParserTable::new();
    let options = GenericUriParserOptions::GENERIC_AUTHORITY;
    table
        .register(GenericUriParser::new(options), "x-gen", Some(7))
        .unwrap();
    let mut settings = UriSettings::new();
    settings.set_parsers(Some(table.into()));
    settings
}

#[test]
fn free_style_hosts() {
    let settings = generic();
    for (authority, host) in [
        ("h", "h"),
        ("h:8x", "h:8x"),
        ("h:65536", "h:65536"),
        ("1.2.3.4", "1.2.3.4"),
        ("[::1]", "[::1]"),
        ("u@h:1", "u@h:1"),
    ] {
        let text = format!("x-gen://{authority}/p");
        let uri = Uri::parse_in(&text, UriKind::Absolute, &settings).unwrap();
        assert_eq!(uri.host(), host, "{text}");
        assert_eq!(uri.host_name_type(), UriHostNameType::Basic, "{text}");
        assert_eq!(uri.host_address(), HostAddress::None, "{text}");
        assert_eq!(uri.absolute_path(), "/p", "{text}");
    }
}

/// Security: what has no form for DNS is not connected to.
#[test]
fn file_servers_outside_ascii_have_no_address() {
    let server = uri("\\\\-\u{e9}\\share");
    assert_eq!(server.host_name_type(), UriHostNameType::Basic);
    assert_eq!(server.host_address(), HostAddress::None);
    assert_eq!(uri(r"\\-e\share").host_address(), HostAddress::Dns("-e"));
}

/// Security: an address is the whole host or none of it.
#[test]
fn nothing_follows_an_address() {
    // One zero before the last number .NET takes for an address in a scheme it does not know; two
    // make a name, whatever a resolver would make of it.
    assert_eq!(
        uri("foo://1.2.3.01/").host_name_type(),
        UriHostNameType::IPv4
    );
    assert_eq!(
        uri("foo://1.2.3.001/").host_name_type(),
        UriHostNameType::Dns
    );
    for scheme in ["http", "ftp", "foo", "ldap"] {
        for host in ["1.2.3.4x", "1.2.3.4.x", "0x7f.1x", "1.2.3.4-"] {
            let uri = uri(&format!("{scheme}://{host}/p"));
            assert_eq!(uri.host(), host, "{scheme}");
            assert_eq!(uri.host_address(), HostAddress::Dns(host), "{scheme}");
            assert_eq!(uri.absolute_path(), "/p", "{scheme} {host}");
        }
    }
}

/// The settings of a Unix: a backslash is a character of a path, and three slashes begin one.
#[test]
fn unix_paths_behind_file() {
    let mut unix = UriSettings::new();
    unix.set_paths(PathRules::Unix);
    for (text, path, on_unix, query) in [
        ("file:///a/b", "/a/b", "/a/b", ""),
        (r"file:///a\b/../c", "/a/c", "/c", ""),
        ("file:///a?b", "/a", "/a", "?b"),
        (r"file://srv/a\b/../c", "/a/c", "/c", ""),
        (r"file:///c:\a\b", "c:/a/b", "c:/a/b", ""),
    ] {
        let windows = uri(text);
        assert_eq!(windows.absolute_path(), path, "{text}");
        let uri = Uri::parse_in(text, UriKind::Absolute, &unix).unwrap();
        assert_eq!(
            (uri.absolute_path(), uri.query()),
            (on_unix, query),
            "{text}"
        );
        assert!(uri.is_file(), "{text}");
    }
}

/// RFC 3454's tables of what no name may have, in the modes that go by them.
#[test]
fn characters_that_stand_in_no_name() {
    let mut settings = UriSettings::new();
    settings.set_idn(UriIdnScope::All);
    for c in [
        '\u{1680}', '\u{2028}', '\u{2029}', '\u{fffc}', '\u{fffd}', '\u{206a}', '\u{85}', '\u{378}',
    ] {
        let text = format!("http://a{c}b.com/");
        let read = Uri::parse_in(&text, UriKind::Absolute, &settings);
        assert!(read.is_err(), "U+{:04X}: {read:?}", u32::from(c));
    }
    let text = "http://a\u{e4}b.com/";
    let read = Uri::parse_in(text, UriKind::Absolute, &settings).unwrap();
    assert_eq!(read.host_address(), HostAddress::Dns("xn--ab-via.com"));
}

/// What is escaped while dots are resolved, with and without a drive.
#[test]
fn escapes_in_resolved_paths() {
    for (text, path) in [
        ("http://h/a/../b%4", "/b%254"),
        ("http://h/a/../b%", "/b%25"),
        ("http://h/a/../%41%4g", "/A%254g"),
        ("http://h/a/../%2f", "/%2f"),
        ("http://h/a/../b c%7", "/b%20c%257"),
        (r"c:\a\..\%20", "c:/%2520"),
        (r"c:\a\..\b%4", "c:/b%254"),
        ("file:///c:/a/../%7E%4", "c:/~%254"),
        ("file:///c|/a/../%2541%2e", "c:/%2541."),
        ("file:///c:/a/../b%41/%2e%2e/d", "c:/d"),
    ] {
        assert_eq!(uri(text).absolute_path(), path, "{text}");
    }
    let mut unix = UriSettings::new();
    unix.set_paths(PathRules::Unix);
    for (text, path) in [
        ("file:///a%5C..%5Cb/%2E%2E/c%5Cd", "/c%5Cd"),
        ("file:///a/%5C%2E%2E/b", "/a/%5C../b"),
    ] {
        let uri = Uri::parse_in(text, UriKind::Absolute, &unix).unwrap();
        assert_eq!(uri.absolute_path(), path, "{text}");
    }
}

/// The zone and the port of an IPv6 base stay.
#[test]
fn combining_keeps_the_server() {
    for (base, relative, expected) in [
        ("http://[::1]:81/a/b", "c", "http://[::1]:81/a/c"),
        ("http://[::1]:81/a/b", "/c", "http://[::1]:81/c"),
        ("http://u@[::1]/a", "c", "http://u@[::1]/c"),
        ("http://h:81/a/b", "?x", "http://h:81/a/b?x"),
        ("http://h:81/a/b", "#x", "http://h:81/a/b#x"),
        ("http://h/a/b/", "../../../c", "http://h/c"),
    ] {
        let combined = uri(base).combine(relative).unwrap();
        assert_eq!(combined.absolute_uri(), expected, "{base} {relative}");
    }
}

/// What is compared and looked up is the name without marks of direction, in every mode.
#[test]
fn names_in_other_modes() {
    let mut table = UriParserTable::new();
    let options = GenericUriParserOptions::IDN;
    table
        .register(GenericUriParser::new(options), "x-idn", None)
        .unwrap();
    let mut settings = UriSettings::new();
    settings.set_parsers(Some(table.into()));
    let text = "x-idn://b\u{200e}\u{e4}/";
    let read = Uri::parse_in(text, UriKind::Absolute, &settings).unwrap();
    assert_eq!(read.host_address(), HostAddress::Dns("xn--b-0fa"));

    let mut framework = UriSettings::new();
    framework.set_idn(UriIdnScope::All);
    let read = |text: &str| Uri::parse_in(text, UriKind::Absolute, &framework).unwrap();
    // The Framework has no small letter for the capital sharp s.
    assert_ne!(read("http://fa\u{1e9e}.de/"), read("http://fa\u{df}.de/"));
    assert_eq!(read("http://\u{c4}.de/"), read("http://\u{e4}.de/"));
}

#[test]
fn relative_uris_are_bases_of_nothing() {
    for (base, other) in [("a/", "a/b"), ("a/", "http://h/a/b"), ("", "")] {
        assert!(!any(base).is_base_of(&any(other)), "{base:?} {other:?}");
    }
}

#[test]
#[allow(
    deprecated,
    reason = "the constructors of the first version are part of the crate"
)]
fn escaped_by_the_caller() {
    let read = |text: &str| Uri::parse_dont_escape(text, true).unwrap();
    assert_eq!(read("file:///c|/a b/../c d").absolute_path(), "c:/c d");
    assert_eq!(read("http://h/a b/../c d").absolute_path(), "/c d");
}
