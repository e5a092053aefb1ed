//! The short way and the long way read the same.

use super::*;
use crate::{Uri, UriKind};
use proptest::prelude::*;

/// All that is known about a URI, wherever it stands in its string.
fn facts(inner: &Inner) -> impl PartialEq + std::fmt::Debug {
    let parts = |at: Offsets| {
        let ends = [
            at.scheme,
            at.user,
            at.host,
            at.port,
            at.path,
            at.query,
            at.fragment,
            at.end,
        ];
        let parts = ends.windows(2).map(|pair| inner.slice(pair[0], pair[1]));
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let text = |span: Option<Span>| span.map(|span| inner.at(span).to_owned());
    (
        (parts(inner.wire), parts(inner.source)),
        [
            Some(inner.scheme),
            Some(inner.source_text),
            Some(inner.original),
            inner.idn,
            inner.zone,
        ]
        .map(text),
        (inner.flags, inner.rules, inner.host),
        (inner.port, inner.default_port, inner.absolute),
    )
}

#[track_caller]
fn check_same(text: &str) -> bool {
    let settings = UriSettings::default();
    let Some(short) = read(text, &settings) else {
        return false;
    };
    let long = crate::parse::parse_long(text, UriKind::Absolute, &settings, false).unwrap();
    assert_eq!(facts(&short), facts(Uri::inner(&long)), "{text}");
    true
}

#[test]
fn usual_forms_are_read_here() {
    for text in [
        "http://example.com/",
        "https://a-b.c_d.example:8443/x/y.z?q=a/b?c&d=.#frag?/",
        "http://localhost:81/a;b=c/@:,x",
        "https://host/?",
        "https://host/#",
        "http://example.com",
        "http://h:81",
        "http://127.0.0.1:8080",
        "http://1.2.3.4/a%20b?%26#%2f",
        "http://Example.COM/",
        "http://[::1]/",
        "https://[2001:db8::1:2]:443/%C3%A4",
        "http://[::ffff:1.2.3.4]:81",
        "http://LocalHost",
        "https://h:443/a",
        "https://H:443",
        "ftp://h/",
        "ftp://h:22/a%3Fb#c",
        "wss://h/a?b",
        "http://h/%C3%A4",
        "http://h/%C3%A4%20b?%C3%A4%7C#%20%C3%A4",
        "http://h/a%20b?%E4%BD%A0%2f#%22x",
        "http://h/%F0%9F%98%80?%EE%80%80",
        "http://H:80/%C3%A4?%2F%C3%A4#a",
    ] {
        assert!(check_same(text), "{text}");
    }
}

#[test]
fn unusual_forms_go_the_long_way() {
    for text in [
        "http://h?q",
        "http://1.2.3.4.5/",
        "http://1.2.3/",
        "http://h/%zz",
        "http://h/%4",
        "HTTP://h/",
        "http://u@h/",
        "http://LoopBack/",
        "http://[::1%3]/",
        "http://[0::1]/",
        "http://[::A]/",
        "http://[::1/64]/",
        "http://[::1]x/",
        "ftp://h/?",
        "http://h/%c3%a4",
        "http://h/%C3%A4%3c",
        "http://h/%C3%A4%20",
        "http://h/%C3",
        "http://h/%EE%80%80",
        "http://h/%C3%A4%41",
        "http://h/%C2%80",
        "http://h:081/",
        "http://h:65536/",
        "http://h/a//b",
        "http://h/a/./b",
        "http://h/a.",
        "http://h/%41",
        "http://h/a b",
        "http://h/ ",
        "http://loopback/",
        "http://a..b/",
        "http://a./",
        "http://h\\",
        "http://h/?a#b#c",
        "http://-a/",
        "http://h/\u{e4}",
    ] {
        assert!(!check_same(text), "{text}");
    }
}

proptest! {
    #[test]
    fn international_ways_agree(text in "(http|ftp|ws)://[a-zA-Z]{1,3}(:80)?/(%C3%A4|%E4%BD%A0|%F0%9F%98%80|%EE%80%80|%E2%80%8E|%20|%3C|%3c|%7C|%2F|%5c|%26|%25|%C3|%85|/|[a-z.:]|\\?|#){0,8}") {
        check_same(&text);
    }

    #[test]
    fn short_and_long_way_agree(text in "(https?|ftp|wss)://([a-zA-Z0-9.-]{1,12}|\\[(::|[0-9a-f]{1,4}:|1.2.3.4){1,9}\\]|[0-9]{1,3}\\.[0-9]\\.[0-9]\\.[0-9]{1,3})(:[0-9]{1,5})?(/[a-zA-Z0-9/.?#:@!$&'()*+,;=~_%\\\\ \\[-]{0,16}|(/|%20|%41|%2f|%zz|%C3%A4|a|\\?|#|\\.){0,10})") {
        check_same(&text);
    }
}
