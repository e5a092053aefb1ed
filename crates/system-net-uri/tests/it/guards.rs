//! What mutants of the parser and its guards showed to be untested: edges of lengths, hosts and
//! names, members the recorded rows do not reach.

use std::sync::{Arc, Mutex};

use system_net_uri::address::{parse_ipv6, parse_prefix};
use system_net_uri::{
    GenericUriParserOptions, HostAddress, HttpStyleUriParser, PathRules, StringComparison, Uri,
    UriBuilder, UriComponents, UriFormat, UriFormatError, UriFormatErrorKind, UriHostNameType,
    UriKind, UriParser, UriParserImpl, UriParserTable, UriSettings,
};

use crate::{any, uri};

/// DNS counts a label's characters as .NET does: one for Latin-1, two for each other UTF-16 unit,
/// four for the prefix of Punycode; 63 are allowed.
#[test]
fn label_lengths() {
    for (c, most) in [
        ('a', 63),
        ('\u{a1}', 59),
        ('\u{ff}', 59),
        ('\u{101}', 29),
        ('\u{4e2d}', 29),
        ('\u{20000}', 14),
    ] {
        for (length, fits) in [(1, true), (most, true), (most + 1, false)] {
            let label: String = std::iter::repeat_n(c, length).collect();
            for name in [format!("{label}.com"), format!("www.{label}")] {
                let kind = Uri::check_host_name(&name);
                assert_eq!(kind == UriHostNameType::Dns, fits, "{c} {length}: {name}");
            }
        }
    }
    let long = "a.".repeat(16_383);
    assert_eq!(
        Uri::check_host_name(&format!("{long}b")),
        UriHostNameType::Dns
    );
    assert_eq!(
        Uri::check_host_name(&format!("{long}bc")),
        UriHostNameType::Unknown
    );
}

#[test]
fn host_names_end_where_they_end() {
    for (name, kind) in [
        ("::1", UriHostNameType::IPv6),
        ("[::1]", UriHostNameType::IPv6),
        ("::1]", UriHostNameType::Unknown),
        ("::1]x", UriHostNameType::Unknown),
        ("[::1]x", UriHostNameType::Unknown),
        ("1.2.3.4", UriHostNameType::IPv4),
        ("1.2.3.4x", UriHostNameType::Dns),
        ("1.2.3.4/", UriHostNameType::Unknown),
        ("a..b", UriHostNameType::Unknown),
        ("a.", UriHostNameType::Dns),
        ("", UriHostNameType::Unknown),
    ] {
        assert_eq!(Uri::check_host_name(name), kind, "{name}");
    }
}

#[test]
fn addresses_have_eight_groups() {
    for text in [
        "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4x",
        ":1::",
    ] {
        assert_eq!(parse_ipv6(text), None, "{text}");
    }
    assert!(parse_ipv6("1:2:3::5:6:7:8").is_some());
    for (text, accepted) in [
        ("::/0", true),
        ("::/032", true),
        ("::/0032", false),
        ("::/", false),
    ] {
        assert_eq!(parse_prefix(text).is_some(), accepted, "{text}");
    }
}

/// Names of file servers that are no domain names.
#[test]
fn file_server_names() {
    #[track_caller]
    fn check(name: &str, accepted: bool) {
        let text = format!(r"\\{name}\share\x");
        match Uri::parse(&text) {
            Ok(uri) => {
                assert!(accepted, "{name} is a server: {uri:?}");
                assert_eq!((uri.host(), uri.is_unc()), (name, true), "{name}");
            }
            Err(error) => assert!(!accepted, "{name}: {error}"),
        }
    }
    for name in [
        "a", "a.b", "-", "_", "-.a", "_.a.b", "-a", "a-b", "-.1", "-.1-", "-.a_", "-1.a.", "-.-",
        "-._a", "-.a.1", "-.a.b-", "-.",
    ] {
        check(name, true);
    }
    for name in [
        "-..a", ".-", "-.a..b", "-.a.-", "-.a._b", "1.-", "-+", "-a b", "-.a.b..c", "-.a..",
    ] {
        check(name, false);
    }
}

#[test]
fn builders_put_slashes_before_a_host() {
    for (scheme, host, expected) in [
        ("http", "h", "http://h/"),
        ("http", "", "http:///"),
        ("mailto", "h", "mailto:h/"),
        ("news", "h", "news:h/"),
        ("ldap", "h", "ldap://h/"),
        ("ldap", "", "ldap:///"),
        ("file", "h", "file://h/"),
        ("x-c", "h", "x-c://h/"),
        ("x-c", "", "x-c:/"),
    ] {
        let mut builder = UriBuilder::new();
        builder.set_scheme(scheme).unwrap();
        builder.set_host(host);
        assert_eq!(builder.to_string(), expected, "{scheme} {host}");
    }
    let mut table = UriParserTable::new();
    table
        .register(HttpStyleUriParser, "x-web", Some(80))
        .unwrap();
    let mut settings = UriSettings::new();
    settings.set_parsers(Some(Arc::new(table)));
    let mut builder = UriBuilder::new();
    builder.set_settings(settings);
    builder.set_scheme("x-web").unwrap();
    builder.set_host("");
    assert_eq!(builder.to_string(), "x-web:///");
}

/// The form for the wire of some of these is read as something else.
#[test]
fn unchanged_builders_give_the_uri_back() {
    for text in [
        "HTTP://u:p@H:80/a/../b#f",
        "file:///x/..//h/share",
        "file:///./c:/a",
        "vsmacros:///x/..//e/f",
        r"\\server\share",
        "mailto:a@h",
        "x-c:a",
        "http://[fe80::1%eth0]/",
    ] {
        let made_of = uri(text);
        let mut builder = UriBuilder::from_uri(&made_of).unwrap();
        let again = builder.uri().unwrap();
        assert_eq!(again.original_string(), text);
        assert_eq!(again.absolute_uri(), made_of.absolute_uri());
        assert_eq!(again.host_address(), made_of.host_address());
    }
    // A part that is set counts, even if it is set to what it was.
    let mut builder = UriBuilder::from_uri(&uri("HTTP://H/a/../b")).unwrap();
    builder.set_query("");
    assert_eq!(builder.uri().unwrap().original_string(), "http://h:80/b");
    builder.set_fragment("f");
    assert_eq!(builder.uri().unwrap().original_string(), "http://h:80/b#f");
}

#[test]
fn builders_compare_by_what_they_build() {
    let read = |text: &str| text.parse::<UriBuilder>().unwrap();
    assert_eq!(
        read("http://u@h:81/p?q#f").to_string(),
        "http://u@h:81/p?q#f"
    );
    assert!("http:// /".parse::<UriBuilder>().is_err());
    assert_eq!(read("http://u@h/").user_name(), "u");
    assert_eq!(read("http://h/").user_name(), "");
    assert!(read("http://H/a/../b") == read("http://h/b"));
    let hash = |builder: &UriBuilder| {
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(builder, &mut hasher);
        std::hash::Hasher::finish(&hasher)
    };
    assert_eq!(
        hash(&read("http://H/a/../b")),
        hash(&read("http://u@h/b#f"))
    );
    assert_ne!(hash(&read("http://h/a")), hash(&read("http://h/b")));
    assert!(read("http://h/a") != read("http://h/b"));
    let broken = |host: &str| {
        let mut builder = UriBuilder::new();
        builder.set_host(host);
        builder
    };
    assert!(broken("a b") == broken("a b"));
    assert!(broken("a b") != broken("a c"));
    assert!(broken("a b") != broken("a"));
    assert_eq!(
        format!("{:?}", read("http://u:secret@h:81/p?q#f")),
        "UriBuilder { scheme: \"http\", user_name: \"u\", host: \"h\", port: Some(81), \
         path: \"/p\", query: \"?q\", fragment: \"#f\", .. }"
    );
}

#[test]
fn errors_say_where_and_what_to_do() {
    let error = Uri::parse("http://h:x/").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} (at byte {}); {}",
            "the port is not valid",
            error.offset(),
            error.hint()
        )
    );
    assert!(error.offset() > 0);
    for (text, offset) in [
        ("http://a b/", 8),
        ("http://u:p@a b/", 12),
        ("http://a%2fb/", 8),
        ("http://b..c/", 9),
        ("http://.b/", 7),
        ("http://a\u{85}b/", 8),
        ("http:///x", 7),
        ("http://[::1", 7),
        ("http://b c:81/", 8),
    ] {
        let error = Uri::parse(text).unwrap_err();
        assert_eq!(error.kind(), UriFormatErrorKind::BadHostName, "{text}");
        assert_eq!(error.offset(), offset, "{text}");
    }
    let error = Uri::parse("").unwrap_err();
    assert_eq!(error.offset(), 0);
    assert!(!error.to_string().contains("at byte"), "{error}");
    assert_eq!(
        format!("{error:?}"),
        format!("UriFormatError {{ kind: {:?}, offset: 0 }}", error.kind())
    );
}

#[test]
fn debug_hides_the_password() {
    for (text, shown) in [
        ("http://u:secret@h/a", r#"Uri("http://u:***@h/a")"#),
        ("http://u@H/a b", r#"Uri("http://u@h/a%20b")"#),
        ("a b", r#"Uri("a b")"#),
    ] {
        assert_eq!(format!("{:?}", any(text)), shown);
    }
    let mut settings = UriSettings::new();
    settings.set_paths(PathRules::Unix);
    assert_eq!(
        format!("{settings:?}"),
        "UriSettings { iri_parsing: true, idn: None, paths: Unix, parsers: false }"
    );
}

#[test]
fn uris_compare_with_text() {
    assert!(uri("http://H/a") == "http://h/a");
    assert!(uri("http://h/a") != "http://h/b");
    assert!(uri("http://h/a") != " : ");
    assert_eq!(
        Uri::compare(
            &uri("http://h/a"),
            &uri("http://h/A"),
            UriComponents::PATH,
            UriFormat::UriEscaped,
            StringComparison::OrdinalIgnoreCase,
        ),
        std::cmp::Ordering::Equal
    );
}

#[test]
fn relative_uris_have_no_host() {
    let relative = any("a/b");
    assert_eq!(relative.idn_host().unwrap(), "");
    assert_eq!(relative.host_address(), HostAddress::None);
    assert!(!relative.is_base_of(&uri("http://h/")));
}

#[test]
fn hex_unescape_gives_the_next_index() {
    for (text, index, expected) in [
        ("ab", 0, ('a', 1)),
        ("ab", 1, ('b', 2)),
        ("a\u{e4}b", 1, ('\u{e4}', 3)),
        ("a%41b", 1, ('A', 4)),
        ("a%4", 1, ('%', 2)),
        ("a%4g", 1, ('%', 2)),
    ] {
        assert_eq!(Uri::hex_unescape(text, index).unwrap(), expected, "{text}");
        assert_eq!(
            Uri::is_hex_encoding(text, index),
            expected.1 - index == 3,
            "{text}"
        );
    }
    assert!(Uri::hex_unescape("ab", 2).is_err());
    assert!(
        !Uri::is_hex_encoding("a41", 0),
        "digits without a percent sign"
    );
}

#[test]
fn texts_are_judged_by_kind() {
    for (text, kind, expected) in [
        ("http://h/a", UriKind::Absolute, true),
        ("http://h/a b", UriKind::Absolute, false),
        ("http://h/a", UriKind::Relative, false),
        ("a/b", UriKind::Relative, true),
        ("a b", UriKind::Relative, false),
        ("a/b", UriKind::Absolute, false),
    ] {
        assert_eq!(
            Uri::is_well_formed_uri_string(text, kind),
            expected,
            "{text}"
        );
    }
}

/// A parser without code of its own, that notes its registration and whether it was asked.
#[derive(Default)]
struct Plain(Arc<Mutex<Vec<String>>>);

impl UriParserImpl for Plain {
    fn on_register(&self, scheme: &str, default_port: Option<u16>) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{scheme} {default_port:?}"));
    }
}

/// The methods a parser does not write are those of the built-in one.
#[test]
fn parsers_have_the_built_in_behaviour() {
    struct Empty;
    impl UriParserImpl for Empty {}

    let seen = Arc::default();
    let mut table = UriParserTable::new();
    let style = || Some(HttpStyleUriParser.into());
    let empty = UriParser::from_impl(Empty, style());
    assert_eq!(format!("{empty:?}"), "UriParser { custom: true, .. }");
    table.register(empty, "x-empty", None).unwrap();
    let plain = Plain(Arc::clone(&seen));
    table
        .register(UriParser::from_impl(plain, style()), "x-plain", Some(7))
        .unwrap();
    assert!(!format!("{table:?}").is_empty());
    assert_eq!(*seen.lock().unwrap(), ["x-plain Some(7)"]);
    let mut settings = UriSettings::new();
    settings.set_parsers(Some(Arc::new(table)));
    for scheme in ["x-empty", "x-plain"] {
        let read = |rest: &str| -> Result<Uri, UriFormatError> {
            Uri::parse_in(
                &format!("{scheme}://h/{rest}"),
                UriKind::Absolute,
                &settings,
            )
        };
        let (base, inside) = (read("a/").unwrap(), read("a/b c").unwrap());
        assert_eq!(inside.absolute_uri(), format!("{scheme}://h/a/b%20c"));
        assert!(base.is_base_of(&inside));
        assert!(!base.is_base_of(&read("b/c").unwrap()));
        assert!(base.is_well_formed_original_string());
        assert!(!inside.is_well_formed_original_string());
        let path = inside.components(UriComponents::PATH, UriFormat::UriEscaped);
        assert_eq!(path.unwrap(), "a/b%20c");
        assert_eq!(
            base.combine("x").unwrap().absolute_uri(),
            format!("{scheme}://h/a/x")
        );
    }
}

#[test]
fn scheme_options_are_kept_by_scheme() {
    let literal = GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES;
    let none = GenericUriParserOptions::DEFAULT;
    let mut settings = UriSettings::new();
    let path = |settings: &UriSettings, text: &str| {
        Uri::parse_in(text, UriKind::Absolute, settings)
            .unwrap()
            .absolute_path()
            .to_owned()
    };
    let (tcp, pipe) = ("net.tcp://h/a%2Fb/..", "net.pipe://h/a%2Fb/..");
    assert_eq!(settings.scheme_options("net.tcp"), none);
    settings.set_scheme_options("NET.TCP", literal);
    settings.set_scheme_options("net.pipe", literal | GenericUriParserOptions::NO_PORT);
    settings.set_scheme_options("file", none);
    assert_eq!(settings.scheme_options("Net.Tcp"), literal);
    assert_eq!(settings.scheme_options("net.pipe"), literal);
    assert_eq!(settings.scheme_options("file"), none);
    assert_eq!(path(&settings, tcp), "/");
    settings.set_scheme_options("net.tcp", none);
    assert_eq!(settings.scheme_options("net.tcp"), none);
    assert_eq!(settings.scheme_options("net.pipe"), literal);
    assert_eq!(path(&settings, tcp), "/a/");
    assert_eq!(path(&settings, pipe), "/");
}

#[test]
fn options_are_joined() {
    let (a, b) = (
        GenericUriParserOptions::NO_PORT,
        GenericUriParserOptions::NO_QUERY,
    );
    let mut both = a | b;
    assert_eq!(both.bits(), 24);
    both |= b;
    assert_eq!(both.bits(), 24);
    let mut one = a;
    one |= b;
    assert_eq!(one, both);
}
