//! Where a host begins and ends, with which error it is refused, and paths of Unix behind it.

use system_net_uri::{
    GenericUriParser, GenericUriParserOptions, HostAddress, PathRules, Uri, UriFormatErrorKind,
    UriHostNameType, UriKind, UriParserTable, UriSettings,
};

use crate::uri;

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
        ("http://u@", Kind::BadHostName, 7),
        ("http://@", Kind::BadHostName, 7),
        ("http://u@/", Kind::BadHostName, 7),
        ("http://h:65536/", Kind::BadPort, 13),
        ("http://h:8x/", Kind::BadPort, 10),
        ("http://h:8@/", Kind::BadHostName, 7),
        ("foo://h:8x/", Kind::BadPort, 9),
        ("foo://h:65536", Kind::BadPort, 12),
        ("foo://h\\a", Kind::BadHostName, 7),
        ("http://h\\a", Kind::BadHostName, 7),
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
