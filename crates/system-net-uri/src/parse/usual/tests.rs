//! The short way and the long way read the same.

use super::*;
use crate::{Uri, UriKind};
use proptest::prelude::*;

/// All that is known about a URI.
fn facts(inner: &Inner) -> impl PartialEq + std::fmt::Debug {
    (
        (
            inner.text.clone(),
            inner.wire,
            inner.scheme,
            inner.source,
            inner.source_text,
        ),
        (
            inner.original,
            inner.idn,
            inner.zone,
            inner.flags,
            inner.rules,
            inner.host,
        ),
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
        "http://H/",
        "http://u@h/",
        "http://h:80/",
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
        "ftp://h/",
        "http://h/?a#b#c",
        "http://-a/",
        "http://h/\u{e4}",
    ] {
        assert!(!check_same(text), "{text}");
    }
}

proptest! {
    #[test]
    fn short_and_long_way_agree(text in "https?://([a-z0-9.-]{1,12}|[0-9]{1,3}\\.[0-9]\\.[0-9]\\.[0-9]{1,3})(:[0-9]{1,5})?(/[a-zA-Z0-9/.?#:@!$&'()*+,;=~_%\\\\ \\[-]{0,16}|(/|%20|%41|%2f|%zz|%C3%A4|a|\\?|#|\\.){0,10})") {
        check_same(&text);
    }
}
