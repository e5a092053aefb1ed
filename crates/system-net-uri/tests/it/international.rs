//! International identifiers and domain names, and the modes of the configuration.

use system_net_uri::{
    GenericUriParser, GenericUriParserOptions, Uri, UriComponents, UriFormat, UriHostNameType,
    UriIdnScope, UriKind, UriParserTable, UriSettings, address,
};

use crate::uri;

fn settings(iri: bool, idn: UriIdnScope) -> UriSettings {
    let mut settings = UriSettings::new();
    settings.set_iri_parsing(iri);
    settings.set_idn(idn);
    settings
}

#[track_caller]
fn read(text: &str, settings: &UriSettings) -> Uri {
    Uri::parse_in(text, UriKind::Absolute, settings).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn iri_default_modes() {
    let settings = UriSettings::default();
    assert!(settings.iri_parsing());
    assert_eq!(settings.idn(), UriIdnScope::None);
    assert_eq!(uri("http://h/%41\u{e4}").absolute_uri(), "http://h/A%C3%A4");
}

#[test]
fn idn_mode_table() {
    #[track_caller]
    fn check(text: &str, idn: UriIdnScope, host: &str, dns_safe_host: &str) {
        let uri = read(text, &settings(true, idn));
        assert_eq!(
            (uri.host(), uri.dns_safe_host()),
            (host, dns_safe_host),
            "{text} {idn:?}"
        );
    }
    use UriIdnScope::{All, AllExceptIntranet, None};
    let (unicode, ascii) = ("\u{e4}.com", "xn--4ca.com");
    check("http://\u{e4}.com/", None, unicode, unicode);
    check("http://\u{e4}.com/", All, unicode, ascii);
    check("http://\u{e4}.com/", AllExceptIntranet, unicode, ascii);
    check("http://xn--4ca.com/", None, ascii, ascii);
    check("http://xn--4ca.com/", All, unicode, ascii);
    check("http://xn--4ca.com/", AllExceptIntranet, unicode, ascii);
    // A name without a dot is of the intranet.
    check("http://\u{e4}/", All, "\u{e4}", "xn--4ca");
    check("http://\u{e4}/", AllExceptIntranet, "\u{e4}", "\u{e4}");
    check("http://plain.com/", All, "plain.com", "plain.com");
    // Punycode of what is no name: a hyphen in front, more characters than a label has.
    let hyphen = "xn---bxn---bxn-efoo";
    check(&format!("http://{hyphen}/"), All, hyphen, hyphen);
    let long = format!("xn--mxa{}", "a".repeat(39));
    check(&format!("http://{long}/"), All, &long, &long);
    check("http://1.2.3.4/", All, "1.2.3.4", "1.2.3.4");
    let refused = Uri::parse_in(
        "http://a\u{378}.com/",
        UriKind::Absolute,
        &settings(true, All),
    );
    assert!(refused.is_err(), "no form for DNS");
}

#[test]
fn idn_without_iri_ignored() {
    let off = settings(false, UriIdnScope::All);
    assert_eq!(off.idn(), UriIdnScope::None);
    let plain = read("http://xn--4ca.com/", &off);
    assert_eq!(
        (plain.host(), plain.dns_safe_host()),
        ("xn--4ca.com", "xn--4ca.com")
    );
}

/// Rules that only the Framework has, in the modes that only the Framework has.
#[test]
fn idn_modes_follow_the_framework() {
    #[track_caller]
    fn check(text: &str, idn: UriIdnScope, absolute: &str, well_formed: bool) {
        let uri = read(text, &settings(true, idn));
        assert_eq!(
            (uri.absolute_uri(), uri.is_well_formed_original_string()),
            (absolute, well_formed),
            "{text} {idn:?}"
        );
    }
    use UriIdnScope::{All, None};
    // A character beyond the ranges of RFC 3987 is escaped, and its second half once more.
    let noncharacter = "http://h/\u{1fffe}";
    check(noncharacter, None, "http://h/%F0%9F%BF%BE", true);
    check(noncharacter, All, "http://h/%F0%9F%BF%BE%EF%BF%BD", true);
    // One part of IRI text is an excuse for the blank in another.
    check("http://h/a b?\u{e4}", None, "http://h/a%20b?%C3%A4", false);
    check("http://h/a b?\u{e4}", All, "http://h/a%20b?%C3%A4", true);
    check("http://h/a b?c", All, "http://h/a%20b?c", false);
}

/// Names are converted by RFC 3490 there, by UTS 46 elsewhere.
#[test]
fn idn_modes_convert_names_as_the_framework() {
    #[track_caller]
    fn check(name: &str, framework: Option<&str>, current: Option<&str>) {
        let text = format!("http://{name}/");
        for iri in [true, false] {
            // With IRI parsing off no name is refused; it only has no form for DNS.
            let read = Uri::parse_in(&text, UriKind::Absolute, &settings(iri, UriIdnScope::All));
            let idn_host = read.as_ref().ok().and_then(|uri| uri.idn_host().ok());
            assert_eq!(idn_host, framework, "{name:?}, IRI parsing {iri}");
            assert!(!iri || read.is_ok() == framework.is_some(), "{name:?}");
        }
        assert_eq!(uri(&text).idn_host().ok(), current, "{name:?}");
    }
    check("\u{e4}.com", Some("xn--4ca.com"), Some("xn--4ca.com"));
    check("fa\u{df}.de", Some("xn--fa-hia.de"), Some("xn--fa-hia.de"));
    check(
        "FA\u{1e9e}.de",
        Some("xn--fa-64s.de"),
        Some("xn--fa-hia.de"),
    );
    check("\u{300}a.com", Some("xn--a-ubb.com"), None);
    check("\u{ad}.com", Some("xn--kba.com"), None);
    check("\u{1f4a9}.la", None, Some("xn--ls8h.la"));
    check("a\u{378}.com", None, None);
    check("a\u{2fff}.com", None, None);
    // A name that is in Punycode already, and one that only looks so.
    check("xn--4ca.com", Some("xn--4ca.com"), Some("xn--4ca.com"));
    check("xn--\u{e4}.com", None, None);
    // Compatibility forms make neither delimiters nor new labels.
    for c in [
        '\u{2100}', '\u{ff0f}', '\u{ff20}', '\u{2488}', '\u{2026}', '\u{a8}',
    ] {
        let text = format!("http://a{c}b/");
        let read = Uri::parse_in(&text, UriKind::Absolute, &settings(true, UriIdnScope::All));
        assert!(read.is_err(), "{text}");
    }
}

#[test]
fn dns_safe_host_table() {
    for (text, dns_safe_host, idn_host) in [
        ("http://\u{e4}.com/", "\u{e4}.com", "xn--4ca.com"),
        ("http://fa\u{df}.de/", "fa\u{df}.de", "xn--fa-hia.de"),
        ("http://Contoso.com/", "contoso.com", "contoso.com"),
        ("http://[fe80::1%eth0]/", "fe80::1%eth0", "fe80::1%eth0"),
        ("http://[::1]/", "::1", "::1"),
        ("http://1.2.3.4/", "1.2.3.4", "1.2.3.4"),
        ("file:///c:/x", "", ""),
        ("http://a\u{3002}b/", "a\u{3002}b", "a.b"),
    ] {
        let uri = uri(text);
        assert_eq!(
            (uri.dns_safe_host(), uri.idn_host().unwrap()),
            (dns_safe_host, idn_host),
            "{text}"
        );
    }
}

#[test]
fn ipv6_scope_id() {
    let scoped = uri("http://[FE80::1%eth0]:81/");
    assert_eq!(scoped.host(), "[fe80::1]");
    assert_eq!(scoped.absolute_uri(), "http://[fe80::1]:81/");
    let all = scoped.components(
        UriComponents::SERIALIZATION_INFO_STRING,
        UriFormat::UriEscaped,
    );
    assert_eq!(all.unwrap(), "http://[fe80::1%eth0]:81/");
    assert_eq!(
        scoped.combine("/x").unwrap().dns_safe_host(),
        "fe80::1%eth0"
    );
}

/// Texts that look like IPv6 addresses and are none, as addresses and as hosts.
#[test]
fn ipv6_text_refused_table() {
    #[track_caller]
    fn refused(text: &str) {
        assert_eq!(address::parse_ipv6(text), None, "{text}");
        for host in [format!("http://[{text}]/"), format!("x-foo://[{text}]:1/")] {
            assert!(Uri::parse(&host).is_err(), "{host}");
        }
        let bracketed = format!("[{text}]");
        assert_ne!(
            Uri::check_host_name(&bracketed),
            UriHostNameType::IPv6,
            "{text}"
        );
        assert_ne!(Uri::check_host_name(text), UriHostNameType::IPv6, "{text}");
    }
    for text in [
        // Two `::`.
        "1::2::3",
        "::1::",
        "1:::8",
        ":::",
        "::::",
        // Seven groups, nine groups; eight with a `::` beside them.
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "1:2:3:4::5:6:7:8",
        // Five digits, other letters, nothing.
        "12345::",
        "::00001",
        "g::1",
        "",
        ":",
        ":1",
        "1:",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7",
        // The tail of an IPv4 address too early, too late, twice, or none.
        "1.2.3.4::",
        "1:1.2.3.4:2::",
        "::1.2.3.4:1",
        "1:2:3:4:5:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4",
        "::1.2.3",
        "::1.2.3.4.5",
        "::.1.2.3",
        "::256.1.1.1",
        "::1.2.3.4:1.2.3.4",
        // What surrounds it.
        " ::1",
        "::1 ",
        "::1/129",
        "v1.fe80::a+en1",
    ] {
        refused(text);
    }
    // The recorded rows: every text with a colon that .NET's IPAddress refuses, and every host in
    // brackets that its Uri does.
    let rows = |file: &str| {
        let text = std::fs::read_to_string(crate::oracle::conformance().join(file)).unwrap();
        let rows = text
            .lines()
            .skip(1)
            .map(|line| serde_json::from_str(line).unwrap());
        rows.collect::<Vec<serde_json::Value>>()
    };
    let (mut addresses, mut hosts) = (0, 0);
    for row in rows("../ip/rows.jsonl") {
        let text = row["in"][0].as_str().unwrap_or_default();
        if row["op"] == "ip" && row["expect"]["TryParse"] == false && text.contains(':') {
            assert_eq!(address::parse_ipv6(text), None, "{text}");
            addresses += 1;
        }
    }
    for row in rows("rows.jsonl") {
        let text = row["in"][0].as_str().unwrap_or_default();
        if row["cat"] == "ipv6" && row["expect"]["absolute"]["!"] == "UriFormatException" {
            assert!(Uri::parse(text).is_err(), "{text}");
            hosts += 1;
        }
    }
    assert!(addresses >= 10 && hosts >= 3, "{addresses}, {hosts}");
}

#[test]
fn punycode_rfc3492_vectors() {
    // RFC 3492 section 7.1, samples whose labels are domain names today.
    for (unicode, ascii) in [
        (
            "\u{4ed6}\u{4eec}\u{4e3a}\u{4ec0}\u{4e48}\u{4e0d}\u{8bf4}\u{4e2d}\u{6587}",
            "xn--ihqwcrb4cv8a8dqg056pqjye",
        ),
        (
            "\u{306a}\u{305c}\u{307f}\u{3093}\u{306a}\u{65e5}\u{672c}\u{8a9e}\u{3092}\u{8a71}\u{3057}\u{3066}\u{304f}\u{308c}\u{306a}\u{3044}\u{306e}\u{304b}",
            "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
        ),
        (
            "3\u{5e74}b\u{7d44}\u{91d1}\u{516b}\u{5148}\u{751f}",
            "xn--3b-ww4c5e180e575a65lsy2b",
        ),
        (
            "\u{3072}\u{3068}\u{3064}\u{5c4b}\u{6839}\u{306e}\u{4e0b}2",
            "xn--2-u9tlzr9756bt3uc0v",
        ),
        (
            "maji\u{3067}koi\u{3059}\u{308b}5\u{79d2}\u{524d}",
            "xn--majikoi5-783gue6qz075azm5e",
        ),
        (
            "\u{30d1}\u{30d5}\u{30a3}\u{30fc}de\u{30eb}\u{30f3}\u{30d0}",
            "xn--de-jg4avhby1noc0d",
        ),
        (
            "\u{305d}\u{306e}\u{30b9}\u{30d4}\u{30fc}\u{30c9}\u{3067}",
            "xn--d9juau41awczczp",
        ),
    ] {
        let uri = uri(&format!("http://{unicode}/"));
        assert_eq!(uri.idn_host().unwrap(), ascii);
        let back = crate::uri(&format!("http://{ascii}/"));
        let normalized = back
            .components(UriComponents::NORMALIZED_HOST, UriFormat::UriEscaped)
            .unwrap();
        assert_eq!(normalized, unicode);
    }
}

#[test]
fn iri_changes_four_members() {
    let (on, off) = (
        settings(true, UriIdnScope::None),
        settings(false, UriIdnScope::None),
    );
    let text = "http://h/%41b/\u{e4}";
    let (with, without) = (read(text, &on), read(text, &off));
    // OriginalString is what was written in both.
    assert_eq!(
        (with.original_string(), without.original_string()),
        (text, text)
    );
    // GetComponents: what needs no escape is unescaped only with IRI.
    let path = |uri: &Uri| {
        uri.components(UriComponents::PATH, UriFormat::UriEscaped)
            .unwrap()
            .into_owned()
    };
    assert_eq!(
        (path(&with), path(&without)),
        ("Ab/%C3%A4".to_owned(), "%41b/%C3%A4".to_owned())
    );
    // IsWellFormedOriginalString: an IRI is well formed only with IRI.
    let iri = "http://h/\u{e4}";
    assert!(read(iri, &on).is_well_formed_original_string());
    assert!(!read(iri, &off).is_well_formed_original_string());
    // Equals: the escaped form of a private character.
    assert_eq!(read("http://h/%41", &on), read("http://h/A", &on));
}

#[test]
fn iri_nfc_and_bidi_table() {
    for (text, host, absolute_uri) in [
        // A host is put into NFC, other components are not.
        ("http://a\u{308}.com/", "\u{e4}.com", "http://\u{e4}.com/"),
        ("http://h/a\u{308}", "h", "http://h/a%CC%88"),
        // Bidirectional controls are taken out of hosts.
        ("http://a\u{200e}b.com/", "ab.com", "http://ab.com/"),
        // Characters that RFC 3987 does not allow stay escaped or are escaped.
        ("http://h/%EF%BF%BF", "h", "http://h/%EF%BF%BF"),
        ("http://h/\u{e000}", "h", "http://h/%EE%80%80"),
        ("http://h/?\u{e000}", "h", "http://h/?%EE%80%80"),
    ] {
        let uri = uri(text);
        assert_eq!(
            (uri.host(), uri.absolute_uri()),
            (host, absolute_uri),
            "{text}"
        );
    }
    assert_eq!(uri("http://h/\u{e000}").to_string(), "http://h/%EE%80%80");
    assert_eq!(
        uri("http://h/?\u{e000}").to_string(),
        "http://h/?\u{e000}",
        "private in a query"
    );
}

#[test]
fn generic_parser_options_bits() {
    type Options = GenericUriParserOptions;
    let read = |options: Options, text: &str| {
        let mut table = UriParserTable::new();
        table
            .register(GenericUriParser::new(options), "gp", None)
            .unwrap();
        let mut settings = UriSettings::new();
        settings.set_parsers(Some(table.into()));
        read(text, &settings)
    };
    let text = "gp://h/%41\u{e4}";
    assert_eq!(
        read(Options::DEFAULT, text).absolute_uri(),
        "gp://h/%41%C3%A4"
    );
    assert_eq!(
        read(Options::IRI_PARSING, text).absolute_uri(),
        "gp://h/A%C3%A4"
    );
    let host = "gp://\u{e4}/";
    use system_net_uri::UriHostNameType::{Basic, Dns};
    assert_eq!(
        read(Options::DEFAULT, host).host_name_type(),
        Basic,
        "a server name"
    );
    assert_eq!(read(Options::IDN, host).host_name_type(), Dns);
}
