//! Forms that programs were deceived with: one parser for check and connect.

use std::net::{Ipv4Addr, Ipv6Addr};

use system_net_uri::{HostAddress, Uri, UriFormatErrorKind, UriHostNameType, address};

use crate::uri;

#[track_caller]
fn check(text: &str, expected: HostAddress<'_>) {
    assert_eq!(uri(text).host_address(), expected, "{text}");
}

/// Under each scheme of the web: what is checked is what is connected to, also when the form for
/// the wire is read by somebody else. Returns how many forms that were.
#[track_caller]
fn check_host(text: &str, expected: Option<&str>) -> usize {
    let schemes = ["http", "https", "ws", "wss"];
    for scheme in schemes {
        let text = text.replacen("http", scheme, 1);
        let Some(expected) = expected else {
            assert!(Uri::parse(&text).is_err(), "{text} is refused");
            continue;
        };
        let read = uri(&text);
        let again = uri(read.absolute_uri());
        let combined = read.combine("/x").unwrap();
        for uri in [&read, &again, &combined] {
            assert_eq!(uri.host_address(), HostAddress::Dns(expected), "{text}");
        }
    }
    schemes.len()
}

#[test]
fn host_confusion_corpus() {
    let mut count = 0;
    for (text, host) in [
        ("http://a@b/", "b"),
        ("http://a:b@c/", "c"),
        ("http://b#@c/", "b"),
        ("http://a:b%40d@c/", "c"),
        ("http://b:81?x=@c/", "b"),
        ("http://b:81#:@c/", "b"),
        ("http://b?@c/", "b"),
        ("http://b/@c", "b"),
        ("http://b/\\@c", "b"),
        ("http:\\\\b/c", "b"),
        ("http:/\\b", "b"),
        ("http://B.Example", "b.example"),
        ("  http://b/ ", "b"),
        ("http://b%2f@c/", "c"),
        ("http://b%23@c/", "c"),
        ("http://b:80", "b"),
        ("http://b:00080/", "b"),
        ("http://b./", "b."),
        ("http://a_b/", "a_b"),
        ("http://\u{ff42}/", "b"),
        ("http://b\u{3002}example/", "b.example"),
        ("http://b\u{200e}/", "b"),
        ("http://\u{2488}com/", "1.com"),
    ] {
        if text.contains('\u{2488}') {
            // A digit with its dot in one character: no form for DNS, so nothing is connected to.
            assert_eq!(uri(text).host_address(), HostAddress::None);
            continue;
        }
        count += check_host(text, Some(host));
    }
    // What follows the bracket is the path, here and where it is read again.
    check("http://[::1]x/", HostAddress::V6(Ipv6Addr::LOCALHOST, None));
    assert_eq!(uri("http://[::1]x/").absolute_uri(), "http://[::1]/x/");
    for text in [
        "http://a@b@c/",
        "http://b\\@c/",
        "http://b\\c/",
        "http://b%2fc/",
        "http://b%00/",
        "http://b\t/",
        "http://b c/",
        "http://b\0c/",
        "http://b:80@c:x/",
        "http://b:65536/",
        "http://b:-1/",
        "http://b:8 0/",
        "http://[::1",
        "http://::1/",
        "http://b..c/",
        "http://.b/",
        "http:///b",
        "http://",
        "http:b",
        "http:/b",
        "http://b,c/",
        "http://b;c/",
        "http://b|c/",
        "http://<b>/",
        "http://b\u{7f}/",
        "http://b\u{85}/",
        "http://-b..c/",
        "http://b%25/",
        "http://[v1.x]/",
        "http://a:b:c/",
    ] {
        count += check_host(text, None);
    }
    assert!(Uri::parse("mailto:[::1]%\\@a").is_err());
    assert!(count >= 200, "{count} forms");
}

/// A zone goes into header lines, file names and logs with the host.
#[test]
fn zone_without_controls_and_blanks() {
    for scheme in ["http", "ws", "ftp", "x-custom", "ldap", "net.tcp", "file"] {
        for zone in [
            "a\r\nX: y",
            "\r",
            "a\n",
            "a b",
            " ",
            "a\tb",
            "\0",
            "a\u{7f}",
            "a\u{85}b",
            "\u{a0}",
            "a\u{2028}b",
            "\u{e4} b",
        ] {
            let text = format!("{scheme}://[fe80::1%{zone}]/");
            let error = Uri::parse(&text).unwrap_err();
            assert_eq!(error.kind(), UriFormatErrorKind::BadHostName, "{text:?}");
            let offset = zone.find(|c: char| c.is_control() || c.is_whitespace());
            let zone_at = text.find('%').unwrap() + 1;
            assert_eq!(error.offset(), zone_at + offset.unwrap(), "{text:?}");
            assert_eq!(address::parse_ipv6(&format!("fe80::1%{zone}")), None);
            let name = format!("[fe80::1%{zone}]");
            assert_eq!(Uri::check_host_name(&name), UriHostNameType::Unknown);
        }
        for zone in ["eth0", "1", "", "25eth0", "a.b-c_d", "\u{e4}"] {
            let uri = uri(&format!("{scheme}://[fe80::1%{zone}]/"));
            let address = "fe80::1".parse().unwrap();
            assert_eq!(uri.host_address(), HostAddress::V6(address, Some(zone)));
        }
    }
}

#[test]
fn ip_spelling_table() {
    for text in [
        "http://127.0.0.1/",
        "http://0177.0.0.1/",
        "http://0177.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7F000001/",
        "http://127.1/",
        "http://017700000001:80/",
        "x-custom://0x7f.1/",
        "ws://127.0.0x1/",
        "x-custom://127.0.0.01/",
    ] {
        check(text, HostAddress::V4(Ipv4Addr::LOCALHOST));
    }
    for text in [
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://1.2.3.4x/",
        "http://08.1/",
    ] {
        assert!(
            matches!(uri(text).host_address(), HostAddress::Dns(_)),
            "{text}"
        );
    }
    check(
        "http://[::ffff:7f00:1]/",
        HostAddress::V6("::ffff:127.0.0.1".parse().unwrap(), None),
    );
    check(
        "http://[0:0::1]/",
        HostAddress::V6(Ipv6Addr::LOCALHOST, None),
    );
    check(
        "http://[fe80::1%25eth0]/",
        HostAddress::V6("fe80::1".parse().unwrap(), Some("25eth0")),
    );
    for (text, loopback) in [
        ("http://0x7f.1/", true),
        ("http://[::ffff:127.0.0.1]/", true),
        ("http://0x80.1/", false),
        ("x-custom://0x7f.1/", false),
        ("http://\u{ff11}27.0.0.1/", true),
        ("http://127.0.0.1\u{200e}/", true),
        ("http://\u{ff4c}ocalhost/", true),
    ] {
        assert_eq!(uri(text).is_loopback(), loopback, "{text}");
    }
}

#[test]
fn idn_fake_ascii_label() {
    // Punycode that decodes to ASCII, is not canonical, or is broken.
    for text in [
        "http://xn--example-.com/",
        "http://xn--a.com/",
        "http://xn--/",
        "http://xn--80ak6aa92e-.com/",
    ] {
        let Ok(uri) = Uri::parse(text) else { continue };
        // It stays the very name that is asked for: never another one.
        let name = text.trim_start_matches("http://").trim_end_matches('/');
        assert_eq!(uri.host_address(), HostAddress::Dns(name));
        let normalized = uri
            .components(
                system_net_uri::UriComponents::NORMALIZED_HOST,
                system_net_uri::UriFormat::UriEscaped,
            )
            .unwrap();
        assert_eq!(normalized, name, "not shown as something else");
    }
    // Characters that stand for delimiters end no host.
    for text in [
        "http://a\u{2100}b/",
        "http://a\u{ff0f}b/",
        "http://a\u{ff1f}b/",
        "http://a\u{ff03}b/",
        "http://a\u{ff20}b/",
        "http://a\u{ff1a}80/",
    ] {
        if let Ok(uri) = Uri::parse(text) {
            assert_eq!(uri.host_address(), HostAddress::None, "{text}");
            assert!(uri.idn_host().is_err(), "{text}");
        }
    }
}

/// The table of `docs/porting/uri.md`: what the form for the wire is read as, as in .NET.
#[test]
fn uri_text_read_again_table() {
    for (text, wire, again) in [
        ("file:///x/..//s/share", "file:////s/share", Some("s")),
        ("file:///%2fs/share", "file:////s/share", Some("s")),
        ("file:///./c:/a", "file:///c:/a", Some("")),
        ("file:///./c:a", "file:///c:a", None),
        ("vsmacros://h?x", "vsmacros://h%3Fx", None),
        ("http://a\u{37e}b/", "http://a;b/", None),
    ] {
        let read = uri(text);
        assert_eq!(read.absolute_uri(), wire);
        let host = Uri::parse(wire).ok().map(|uri| uri.host().to_owned());
        assert_eq!(host.as_deref(), again, "{wire}");
        if read.scheme() != "vsmacros" {
            assert_eq!(read.host_address(), HostAddress::None, "{text}");
        }
    }
}

/// Composing turns the Greek question mark into a semicolon, and mapping a wide one: `Host` and
/// `IdnHost` show it as in .NET, but it is no name to ask for.
#[test]
fn composed_delimiters_are_no_name() {
    for (text, shown) in [
        ("http://a\u{37e}b/", "a;b"),
        ("http://a\u{1fef}b/", "a`b"),
        ("http://a\u{ff1b}b/", "a;b"),
    ] {
        assert_eq!(uri(text).idn_host(), Ok(shown), "{text:?}");
        assert_eq!(uri(text).host_address(), HostAddress::None, "{text:?}");
    }
    check(
        "http://\u{e4}_b-1.com/",
        HostAddress::Dns("xn--_b-1-koa.com"),
    );
}

#[test]
fn uri20_no_climb_above_root_table() {
    for (text, path) in [
        ("http://h/../../a", "/a"),
        ("http://h/a/../../../b", "/b"),
        ("http://h/%2e%2e/%2E./a", "/a"),
        ("http://h/..\\..\\a", "/a"),
        ("ftp://h/../a", "/a"),
        ("file:///c:/../../a", "c:/a"),
        ("file://server/share/../../a", "/a"),
        ("file:///../a", "/a"),
        ("file:///c:/a/%2e%2e%2f%2e%2e/b", "c:/b"),
        ("net.tcp://h/%2e%2e%5c%2e%2e/a", "/a"),
    ] {
        assert_eq!(uri(text).absolute_path(), path, "{text}");
    }
}

/// Slashes that dots and escapes leave at the root of a path announce no server, unlike in .NET.
#[test]
fn combined_path_becomes_no_host() {
    for (base, reference, expected) in [
        (
            "file:///a/b",
            "..//evil.com/share",
            "file:///evil.com/share",
        ),
        ("file:///a/b", "../..///evil/share", "file:///evil/share"),
        ("file:///a/b", r"..\\evil\share", "file:///evil/share"),
        ("file:///%2fevil/share", "x", "file:///evil/x"),
        ("file:///x/..//evil/share", "#f", "file:///evil/share#f"),
        ("file:///x/..//evil/share", "?q", "file:///evil/share?q"),
        ("file:///x/..//evil/share", "", "file:///evil/share"),
        (
            "file:///c:/a/b",
            "..//..//evil/share",
            "file:///c://evil/share",
        ),
        (
            "file://s/sh/a",
            "..//..//evil/share",
            "file://s//evil/share",
        ),
        ("x-c:/a/b", "..//evil/share", "x-c:/evil/share"),
        // Who writes two slashes names a server.
        ("file:///a/b", "//s/share", "file://s/share"),
        ("x-c:/a/b", "//s/share", "x-c://s/share"),
    ] {
        let base = uri(base);
        let combined = base.combine(reference).unwrap();
        assert_eq!(combined.absolute_uri(), expected, "{base} {reference}");
        assert_eq!(uri(expected).host(), combined.host());
        let named = reference.starts_with("//");
        assert_eq!(combined.host() == base.host(), !named, "{reference}");
    }
    // The zone is a part of the host, and stays.
    for reference in ["", "#f", "?q", "x", "/x"] {
        let combined = uri("http://[fe80::1%eth0]/a?b").combine(reference).unwrap();
        let zoned = HostAddress::V6("fe80::1".parse().unwrap(), Some("eth0"));
        assert_eq!(combined.host_address(), zoned, "{reference}");
    }
}

/// What is decoded beside a stray `%` makes no escape that was not there.
#[test]
fn uri_normalize_idempotent_table() {
    for (text, expected) in [
        ("http://h/%%368", "http://h/%2568"),
        // Lower case has a single character for what capitals have two.
        ("http://J\u{30c}.com/%", "http://\u{1f0}.com/%25"),
        ("http://h/%%36%38", "http://h/%2568"),
        ("http://h/%4%31", "http://h/%2541"),
        ("http://h/?%%41", "http://h/?%25A"),
        ("http://h/#%%2541", "http://h/#%25%2541"),
        ("http://h/%zz%41", "http://h/%25zzA"),
        ("http://h/%%2e%2e/a", "http://h/%25../a"),
        ("file:///%%2e%2e/a", "file:///%25../a"),
    ] {
        let uri = uri(text);
        assert_eq!(uri.absolute_uri(), expected, "{text}");
        assert_eq!(crate::uri(expected).absolute_uri(), expected, "{text}");
        assert!(!uri.is_well_formed_original_string(), "{text}");
    }
}
