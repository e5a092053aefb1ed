//! Changes to the System.Uri namespace in version 2.0, one test per line of that chapter.

use std::collections::HashSet;

use system_net_uri::{Uri, UriFormatErrorKind, UriHostNameType, UriKind};

use crate::{any, uri};

#[test]
fn uri_obsolete_ctor_deprecated() {
    // `expect` fails to compile (with -D warnings) once the constructors are not deprecated.
    #[expect(deprecated, reason = "that they are is what is tested")]
    let made = [
        Uri::parse_dont_escape("http://h/a b", true).unwrap(),
        uri("http://h/x").combine_dont_escape("a b", true).unwrap(),
    ];
    for uri in made {
        assert!(uri.user_escaped());
        assert_eq!(
            uri.absolute_uri(),
            "http://h/a b",
            "the caller vouched for the escaping"
        );
    }
    #[expect(deprecated, reason = "that it is is what is tested")]
    let escaped = Uri::parse_dont_escape("http://h/a b", false).unwrap();
    assert_eq!(escaped.absolute_uri(), "http://h/a%20b");
}

#[test]
#[expect(deprecated, reason = "that they are is what is tested")]
fn uri_obsolete_members_present() {
    let some = uri("http://h/a/b");
    some.check_security();
    some.canonicalize();
    some.escape();
    some.reparse();
    assert_eq!(some, uri("http://h/a/b"));
    assert_eq!(some.make_relative(&uri("http://h/a/c")).unwrap(), "c");
    assert_eq!(
        some.make_relative(&uri("http://i/a b")).unwrap(),
        "http://i/a b"
    );
    assert_eq!(some.unescape("%41%2f%zz"), "A/%zz");
    assert_eq!(Uri::escape_string("a b%41?"), "a%20b%41%3F");
    assert!(Uri::is_reserved_character('&') && !Uri::is_reserved_character('a'));
    assert!(Uri::is_excluded_character('\\') && !Uri::is_excluded_character('a'));
    assert!(Uri::is_bad_file_system_character('*') && !Uri::is_bad_file_system_character('a'));
}

#[test]
fn uri20_question_mark_no_query() {
    #[track_caller]
    fn check(text: &str, absolute_uri: &str, query: &str, local_path: &str) {
        let uri = uri(text);
        assert_eq!(uri.absolute_uri(), absolute_uri, "{text}");
        assert_eq!(uri.query(), query, "{text}");
        assert_eq!(uri.local_path(), local_path, "{text}");
    }
    check("file:///c:/a?b", "file:///c:/a?b", "?b", r"c:\a");
    check(r"c:\q?x", "file:///c:/q%3Fx", "", r"c:\q?x");
    check("ftp://h?x", "ftp://h/%3Fx", "", "/?x");
    check("news:a?b#c", "news:a%3Fb#c", "", "a?b");
    check(r"\\srv\sh\q?x", "file://srv/sh/q%3Fx", "", r"\\srv\sh\q?x");
    check("nntp://host?q", "nntp://host/%3Fq", "", "/?q");
    check("http://h/?x", "http://h/?x", "?x", "/");
}

#[test]
fn uri20_hash_in_implicit_file() {
    let implicit = uri(r"c:\dir\a#b.txt");
    assert_eq!(implicit.absolute_uri(), "file:///c:/dir/a%23b.txt");
    assert_eq!(implicit.to_string(), "file:///c:/dir/a%23b.txt");
    assert_eq!(implicit.fragment(), "");
    assert_eq!(implicit.local_path(), r"c:\dir\a#b.txt");
    assert_eq!(uri("file:///c:/dir/a#b").fragment(), "#b");
}

#[test]
fn uri20_unc_host() {
    let share = uri(r"\\Server\Share\x y");
    assert!(share.is_unc() && share.is_file());
    assert_eq!(share.host(), "server");
    assert_eq!(share.host_name_type(), UriHostNameType::Dns);
    assert_eq!(share.absolute_uri(), "file://server/Share/x%20y");
    assert_eq!(share.local_path(), r"\\server\Share\x y");
    let international = uri("\\\\sr\u{fc}v\\s");
    assert_eq!(international.idn_host().unwrap(), "xn--srv-ioa");
    assert_eq!(uri(r"\\_x\y").host_name_type(), UriHostNameType::Basic);
    // Relative wins over a path with slashes, not over one with backslashes.
    assert!(!any("//server/share").is_absolute_uri());
    assert!(any(r"\\server\share").is_absolute_uri());
}

#[test]
fn uri20_local_path() {
    for (text, expected) in [
        ("http://h/a%20b%2Fc%3F%23%25", "/a b/c?#%"),
        ("file:///c:/a%20b/%23", r"c:\a b\#"),
        ("file://srv/sh/%E4%BD%A0", "\\\\srv\\sh\\\u{4f60}"),
        (r"c:\a%20b", r"c:\a%20b"),
        ("file:///etc/a%20b", "/etc/a b"),
        ("http://h/%zz%C3", "/%zz%C3"),
    ] {
        assert_eq!(uri(text).local_path(), expected, "{text}");
    }
}

#[test]
fn uri20_tostring_keeps() {
    for (text, expected) in [
        ("http://h/a%25b%3Fc%23d", "http://h/a%25b%3Fc%23d"),
        ("http://h/a%20b?c%20d#e%20f", "http://h/a b?c d#e f"),
        ("http://h/%E4%BD%A0", "http://h/\u{4f60}"),
        ("http://h/?%25%23", "http://h/?%25%23"),
        ("http://h/a%", "http://h/a%25"),
    ] {
        assert_eq!(uri(text).to_string(), expected, "{text}");
    }
}

#[test]
fn uri20_equals_query() {
    assert_ne!(uri("http://h/a?x"), uri("http://h/a?y"));
    assert_ne!(uri("http://h/a?x"), uri("http://h/a"));
    assert_eq!(
        uri("http://h/a?x#1"),
        uri("http://h/a?x#2"),
        "the fragment does not count"
    );
    assert_eq!(
        uri("http://u:p@h/a"),
        uri("http://h/a"),
        "nor does user info"
    );
}

#[allow(
    clippy::eq_op,
    clippy::op_ref,
    reason = "the operators are what is tested"
)]
#[test]
fn uri20_eq_operator() {
    let (a, b, c) = (
        uri("HTTP://Contoso.COM:80/%7Ea/../b"),
        uri("http://contoso.com/b"),
        uri("http://contoso.com/B"),
    );
    assert!(a == b && !(a != b));
    assert!(a != c && !(a == c));
    assert!(a == "http://contoso.com/b" && &a == "http://contoso.com/x/../b");
    assert!(
        uri(r"c:\A\b") == uri("file:///C:/a/B"),
        "Windows paths in any letter case"
    );
    assert!(any("a/b") == any("a/b") && any("a/b") != any("A/b"));
    assert!(a.eq(&b), "the operator is Equals");
}

#[test]
fn uri20_is_loopback_table() {
    for (text, expected) in [
        ("http://localhost/", true),
        ("http://LOCALHOST:81/", true),
        ("http://loopback/", true),
        ("http://127.0.0.1/", true),
        ("http://127.255.255.254/", true),
        ("http://0x7f.1/", true),
        ("http://[::1]/", true),
        ("http://[::ffff:127.0.0.1]/", true),
        ("http://[0:0:0:0:0:0:0:1%3]/", true),
        ("file:///c:/x", true),
        ("file:///etc/x", true),
        ("http://localhost.contoso.com/", false),
        ("http://128.0.0.1/", false),
        ("http://[::2]/", false),
        (r"\\server\x", false),
        ("news:a", false),
    ] {
        assert_eq!(uri(text).is_loopback(), expected, "{text}");
    }
}

#[test]
fn uri20_file_triple_slash() {
    let file = uri("file:///path");
    assert_eq!(file.absolute_uri(), "file:///path");
    assert_eq!((file.host(), file.absolute_path()), ("", "/path"));
    assert_eq!(uri("file://path").host(), "path");
}

#[test]
fn uri20_hash_ends_host() {
    let some = uri("http://contoso.com#fragment");
    assert_eq!(some.absolute_uri(), "http://contoso.com/#fragment");
    assert_eq!((some.host(), some.fragment()), ("contoso.com", "#fragment"));
}

#[test]
fn uri20_base_plus_fragment() {
    for (base, fragment, expected) in [
        ("http://h/a?q#old", "#new", "http://h/a?q#new"),
        ("http://h/a", "#", "http://h/a#"),
        ("file:///c:/a?q", "#f", "file:///c:/a?q#f"),
        ("ftp://h/a", "#f", "ftp://h/a#f"),
    ] {
        assert_eq!(
            uri(base).combine(fragment).unwrap().absolute_uri(),
            expected,
            "{base} {fragment}"
        );
    }
    assert_eq!(
        uri(r"c:\a\b").combine("#f").unwrap().local_path(),
        r"c:\a\#f"
    );
}

#[test]
fn uri20_host_name_type_table() {
    for (text, expected) in [
        ("http://contoso.com/", UriHostNameType::Dns),
        ("http://1.2.3.4/", UriHostNameType::IPv4),
        ("http://1.2.3.4.5/", UriHostNameType::Dns),
        ("http://[::1]/", UriHostNameType::IPv6),
        ("file:///c:/x", UriHostNameType::Basic),
        ("news:a", UriHostNameType::Unknown),
        ("mailto:a@b", UriHostNameType::Dns),
        ("x-custom://../a", UriHostNameType::Basic),
        ("urn:a:b", UriHostNameType::Unknown),
    ] {
        assert_eq!(uri(text).host_name_type(), expected, "{text}");
    }
}

#[test]
fn uri20_news_nntp() {
    for (text, path, host, port) in [
        ("news:comp.lang", "comp.lang", "", None),
        ("news:1234@host.com", "1234@host.com", "", None),
        ("news:*", "*", "", None),
        ("nntp://host/group/12", "/group/12", "host", Some(119)),
        ("nntp://host:0/", "/", "host", Some(0)),
    ] {
        let uri = uri(text);
        assert_eq!(
            (uri.absolute_path(), uri.host(), uri.port()),
            (path, host, port),
            "{text}"
        );
    }
    assert!(Uri::parse("nntp:group").is_err());
}

#[test]
fn uri20_http_colon_no_slashes() {
    let error = Uri::parse("HTTP:contoso.com").unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (UriFormatErrorKind::BadAuthority, 5)
    );
    assert!(error.to_string().contains("two slashes"), "{error}");
    assert!(
        !any("HTTP:contoso.com").is_absolute_uri(),
        "only absolute URIs are refused"
    );
    assert!(Uri::parse_kind("HTTP:contoso.com", UriKind::Relative).is_ok());
}

#[test]
fn uri20_userinfo() {
    for (text, user_info, host) in [
        ("http://u:p@h/", "u:p", "h"),
        ("http://u@h/", "u", "h"),
        ("http://@h/", "", "h"),
        ("http://:p@h/", ":p", "h"),
        ("http://u%40v:p%3A@h/", "u%40v:p%3A", "h"),
        ("http://a b@h/", "a%20b", "h"),
        ("http://h/x@y", "", "h"),
        ("http://h?x@y", "", "h"),
    ] {
        let uri = uri(text);
        assert_eq!((uri.user_info(), uri.host()), (user_info, host), "{text}");
        assert_eq!(uri.authority(), host, "no user info in {text}");
    }
    assert!(Uri::parse("http://a@b@c/").is_err());
    assert!(!format!("{:?}", uri("http://u:secret@h/")).contains("secret"));
}

#[test]
fn uri_hash_equals_law() {
    let texts = [
        "http://h/a",
        "HTTP://H:80/a",
        "http://u:p@h/a#f",
        "http://h/A",
        "http://h/a?q",
        "http://h/%61",
        "http://h/x/../a",
        r"c:\a",
        r"C:\A",
        "file:///c:/a",
        "http://xn--4ca.com/",
        "http://\u{e4}.com/",
        "a",
        "A",
        "http://h/\u{e4}",
        "http://h/%C3%A4",
    ];
    let uris: Vec<Uri> = texts.iter().map(|text| any(text)).collect();
    for a in &uris {
        for b in &uris {
            assert_eq!(a == b, b == a, "{a} {b}");
            let set: HashSet<&Uri> = [a, b].into();
            assert_eq!(set.len() == 1, a == b, "{a} {b}");
        }
    }
}

/// What makes two addresses equal is the text that `SafeUnescaped` gives, as in .NET, and a host
/// in any letter case.
#[test]
fn uri_hash_equals_law_table() {
    #[track_caller]
    fn check(a: &str, b: &str, equal: bool) {
        let (a, b) = (uri(a), uri(b));
        assert_eq!((a == b, b == a), (equal, equal), "{a} {b}");
        let set: HashSet<&Uri> = [&a, &b].into();
        assert_eq!(set.len() == 1, equal, "{a} {b}");
    }
    // A backslash in a query goes out escaped, yet stays apart from its escape, and so do the
    // reserved characters; what has no meaning of its own is the same either way.
    check("http://h/?\\", "http://h/?%5C", false);
    check("http://h/?\\", "http://h/?\\#x", true);
    check("http://h/?[", "http://h/?%5B", false);
    check("http://h/?|", "http://h/?%7C", true);
    check("http://h/? ", "http://h/?#", true);
    check("http://h/a b", "http://h/a%20b", true);
    check("http://h/a\\b", "http://h/a/b", true);
    // Capitals outside ASCII.
    check(
        "http://\u{e4}.com\u{376}0/",
        "http://u@\u{e4}.COM\u{376}0/",
        true,
    );
    check("http://\u{c4}.com/", "http://\u{e4}.com/", true);
    check("http://\u{2160}.com/", "http://\u{2170}.com/", true);
    check("http://J\u{30c}.com/", "http://\u{1f0}.com/", true);
    check("http://I\u{307}.com/", "http://i\u{307}.com/", true);
    check("http://\u{3a3}.com/", "http://\u{3c3}.com/", true);
    check(
        "http://\u{e4}.com/\u{c4}",
        "http://\u{e4}.com/\u{e4}",
        false,
    );
    check("http://\u{e4}.com/", "http://a\u{308}.com/", true);
    // The form for DNS is another name as far as `Equals` is concerned.
    check("http://\u{e4}.com/", "http://xn--4ca.com/", false);
    let way = uri("http://\u{c4}.com/a").make_relative_uri(&uri("http://\u{e4}.com/b"));
    assert_eq!(way.unwrap().to_string(), "b");
}
