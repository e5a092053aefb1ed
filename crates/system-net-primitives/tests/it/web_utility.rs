// WebUtility: recorded rows, what they do not reach, there and back.

use proptest::prelude::*;
use serde_json::Value;
use system_net_primitives::{UnicodeDecodingConformance, UnicodeEncodingConformance, WebUtility};

use crate::cookie_answers;
use crate::rows::check_rows;

#[test]
fn web_utility_rows() {
    let rows = include_str!("../../../../tests/conformance/webutility/rows.jsonl");
    // The row about null cannot be said in Rust.
    check_rows(rows, 1, &[], |op, input| {
        assert_eq!(op, "webutil");
        match cookie_answers::webutil(input)? {
            Value::Object(fields) => Some(fields),
            other => panic!("not an object: {other}"),
        }
    });
}

#[track_caller]
fn check_html(text: &str, encoded: &str) {
    assert_eq!(WebUtility::html_encode(text), encoded, "{text:?}");
    assert_eq!(WebUtility::html_decode(encoded), text, "{encoded:?}");
    let mut written = String::new();
    WebUtility::html_encode_to(text, &mut written).unwrap();
    assert_eq!(written, encoded);
    written.clear();
    WebUtility::html_decode_to(encoded, &mut written).unwrap();
    assert_eq!(written, text);
}

#[test]
fn web_utility_html_is_that_of_the_framework() {
    check_html("", "");
    check_html("a", "a");
    check_html("<>&\"'", "&lt;&gt;&amp;&quot;&#39;");
    // 160 to 255 as numbers, their neighbours as they are.
    check_html("\u{9f}\u{a0}\u{ff}\u{100}", "\u{9f}&#160;&#255;\u{100}");
    check_html("\u{ffff}\u{10000}\u{10ffff}", "\u{ffff}&#65536;&#1114111;");
}

#[test]
fn web_utility_html_reads_references() {
    for (text, expected) in [
        ("&lt;&LT;&nbsp;", "<&LT;\u{a0}"),
        ("&apos;&#39;&#x27;&#X27;", "''''"),
        (
            "&Aacute;&aacute;&euro;&hearts;",
            "\u{c1}\u{e1}\u{20ac}\u{2665}",
        ),
        ("&amp;lt;", "&lt;"),
        ("&lt", "&lt"),
        ("&&lt;", "&<"),
        ("&#;&#x;&#y;", "&#;&#x;&#y;"),
        ("&# 65;&#+65;&#-0;&#-1;", "AA\0&#-1;"),
        ("&#x 41;&#x+41;", "&#x 41;&#x+41;"),
        (
            "&#xD7FF;&#xD800;&#xDFFF;&#xE000;",
            "\u{d7ff}&#xD800;&#xDFFF;\u{e000}",
        ),
        ("&#1114111;&#1114112;", "\u{10ffff}&#1114112;"),
        ("&#4294967295;&#4294967296;", "&#4294967295;&#4294967296;"),
        (
            "\u{4e2d}&\u{4e2d};&#\u{4e2d};",
            "\u{4e2d}&\u{4e2d};&#\u{4e2d};",
        ),
    ] {
        assert_eq!(WebUtility::html_decode(text), expected, "{text}");
    }
}

#[test]
fn web_utility_modes_of_the_configuration() {
    use UnicodeDecodingConformance as Decoding;
    use UnicodeEncodingConformance as Encoding;
    for (mode, expected) in [
        (Encoding::Auto, "&lt;&#228;&#128512;"),
        (Encoding::Strict, "&lt;&#228;&#128512;"),
        (Encoding::Compat, "&lt;&#228;\u{1f600}"),
    ] {
        let ours = WebUtility::html_encode_with("<\u{e4}\u{1f600}", mode);
        assert_eq!(ours, expected, "{mode:?}");
    }
    for (text, strict, compat, loose) in [
        ("&#228;", "\u{e4}", "\u{e4}", "\u{e4}"),
        ("&#128512;", "\u{1f600}", "&#128512;", "\u{1f600}"),
        (
            "&#55357;&#56832;",
            "&#55357;&#56832;",
            "\u{1f600}",
            "\u{1f600}",
        ),
        ("&#xD83D;x", "&#xD83D;x", "\u{fffd}x", "\u{fffd}x"),
        (
            "&#xDE00;&#xD83D;",
            "&#xDE00;&#xD83D;",
            "\u{fffd}\u{fffd}",
            "\u{fffd}\u{fffd}",
        ),
        ("&#xD83D;&lt;", "&#xD83D;<", "\u{fffd}<", "\u{fffd}<"),
        ("&#0;", "\0", "&#0;", "\0"),
        ("&#x110000;", "&#x110000;", "&#x110000;", "&#x110000;"),
    ] {
        for (mode, expected) in [
            (Decoding::Auto, strict),
            (Decoding::Strict, strict),
            (Decoding::Compat, compat),
            (Decoding::Loose, loose),
        ] {
            let ours = WebUtility::html_decode_with(text, mode);
            assert_eq!(ours, expected, "{text} {mode:?}");
        }
    }
}

#[test]
fn web_utility_url_in_bytes() {
    let encoded = WebUtility::url_encode_to_bytes(b"a b\xff~(");
    assert_eq!(encoded, b"a+b%FF%7E(");
    assert_eq!(WebUtility::url_decode_to_bytes(&encoded), b"a b\xff~(");
    assert_eq!(
        WebUtility::url_decode_to_bytes(b"%4%41%%4g+%"),
        b"%4A%%4g %"
    );
    // Half a character, and one that another text ends.
    assert_eq!(
        WebUtility::url_decode("%c3\u{a4}%a4"),
        "\u{fffd}\u{a4}\u{fffd}"
    );
}

proptest! {
    #[test]
    fn web_utility_there_and_back(text in "\\PC*|[&;#x0-9a-z<>% +]{0,20}") {
        let html = WebUtility::html_encode(&text);
        prop_assert!(!html.contains(['<', '>', '"', '\'']));
        prop_assert_eq!(WebUtility::html_decode(&html), text.as_str());
        let url = WebUtility::url_encode(&text);
        prop_assert!(url.is_ascii() && !url.contains([' ', '&', '=', '#']));
        prop_assert_eq!(WebUtility::url_decode(&url), text.as_str());
        prop_assert_eq!(
            WebUtility::url_decode_to_bytes(&WebUtility::url_encode_to_bytes(text.as_bytes())),
            text.as_bytes()
        );
        // Any text can be read.
        let _ = (WebUtility::html_decode(&text), WebUtility::url_decode(&text));
    }
}
