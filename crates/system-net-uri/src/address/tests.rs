//! Tables of address text.

use super::*;

#[track_caller]
fn check_v6(text: &str, expected: Option<(&str, Option<&str>)>) {
    let parsed = parse_ipv6(text).map(|(address, zone)| (format_ipv6(address).to_string(), zone));
    assert_eq!(
        parsed
            .as_ref()
            .map(|(address, zone)| (address.as_str(), *zone)),
        expected,
        "{text}"
    );
}

#[test]
fn ipv6_text_table() {
    // The examples of the guide: full, leading zeros left out, compressed, mixed.
    for (text, expected) in [
        (
            "FEDC:BA98:7654:3210:FEDC:BA98:7654:3210",
            "fedc:ba98:7654:3210:fedc:ba98:7654:3210",
        ),
        ("1080:0:0:0:8:800:200C:417A", "1080::8:800:200c:417a"),
        ("1080::8:800:200C:417A", "1080::8:800:200c:417a"),
        ("FF01::101", "ff01::101"),
        ("::1", "::1"),
        ("::", "::"),
        ("0:0:0:0:0:0:13.1.68.3", "::13.1.68.3"),
        ("::FFFF:129.144.52.38", "::ffff:129.144.52.38"),
    ] {
        check_v6(text, Some((expected, None)));
    }
    for text in [
        "",
        ":",
        ":1",
        "1:",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        ":::",
        "12345::",
        "::1.2.3",
        "1.2.3.4::",
        "::01.2.3.4",
        "g::",
        "::1/64",
    ] {
        check_v6(text, None);
    }
}

#[test]
fn ipv6_scope_id() {
    check_v6("fe80::1%eth0", Some(("fe80::1", Some("eth0"))));
    check_v6("fe80::1%3", Some(("fe80::1", Some("3"))));
    check_v6("fe80::1%", Some(("fe80::1", Some(""))));
    check_v6("%3", None);
}

#[test]
fn ipv6_prefix_table() {
    #[track_caller]
    fn check(text: &str, expected: Option<(&str, u8)>) {
        let parsed = parse_prefix(text).map(|(address, length)| (address.to_string(), length));
        assert_eq!(
            parsed.as_ref().map(|(a, l)| (a.as_str(), *l)),
            expected,
            "{text}"
        );
    }
    check("3ffe:ffff:0:cd30::/60", Some(("3ffe:ffff:0:cd30::", 60)));
    check("fe80::/10", Some(("fe80::", 10)));
    check("::/0", Some(("::", 0)));
    check("::1/128", Some(("::1", 128)));
    check("::1/129", None);
    check("::1/", None);
    check("::1/+1", None);
    check("::1", None);
    check("10.0.0.0/8", Some(("10.0.0.0", 8)));
    check("10.0.0.0/33", None);
    check("fe80::1%3/64", None);
}

#[test]
fn ip_spelling_table() {
    #[track_caller]
    fn check(text: &str, strict: Option<[u8; 4]>, loose: Option<[u8; 4]>) {
        assert_eq!(parse_ipv4(text), strict.map(Into::into), "{text}");
        assert_eq!(parse_ipv4_loose(text), loose.map(Into::into), "{text}");
    }
    let local = Some([127, 0, 0, 1]);
    check("127.0.0.1", local, local);
    for text in [
        "0177.1",
        "2130706433",
        "0x7f.1",
        "0x7F000001",
        "017700000001",
        "127.1",
        "0177.0.0.01",
        "127.0.1",
    ] {
        check(text, None, local);
    }
    for text in [
        "",
        "1.2.3.4.5",
        "1.2.3.",
        ".1",
        "256.1",
        "0x",
        "08",
        "1.2.3.256",
        "4294967296",
        "1..2",
        "1.2.3.4 ",
        "-1",
        "1.16777216",
    ] {
        check(text, None, None);
    }
}

#[test]
fn loopback_forms() {
    for (text, expected) in [
        ("127.0.0.1", true),
        ("127.255.0.3", true),
        ("128.0.0.1", false),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("::127.0.0.1", true),
        ("::2", false),
        ("::ffff:127.0.0.2", false),
    ] {
        assert_eq!(is_loopback(text.parse().unwrap()), expected, "{text}");
    }
}
