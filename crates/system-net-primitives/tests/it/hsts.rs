// HSTS: the header, which hosts count, time, addresses that change, the file. RFC 6797.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use system_net_primitives::HstsStore;
use system_net_uri::Uri;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// 2010-01-01.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_262_304_000)
}

#[test]
fn hsts_header_table() {
    for (field, counts, below) in [
        ("max-age=100", true, false),
        ("max-age=\"100\"", true, false),
        ("MAX-AGE=100 ; INCLUDESUBDOMAINS", true, true),
        ("includeSubDomains; max-age=100", true, true),
        ("; max-age=100 ;; includeSubDomains;", true, true),
        ("max-age=100; preload; x=\"a;b\"; y", true, false),
        ("max-age=99999999999999999999999", true, false),
        ("", false, false),
        ("includeSubDomains", false, false),
        ("max-age", false, false),
        ("max-age=", false, false),
        ("max-age=\"\"", false, false),
        ("max-age=-1", false, false),
        ("max-age=1.5", false, false),
        ("max-age=100; max-age=100", false, false),
        (
            "max-age=100; includeSubDomains; includeSubDomains",
            false,
            false,
        ),
        ("max-age=100; includeSubDomains=1", false, false),
        ("max-age=100; x=\"a", false, false),
        ("max-age=100, max-age=200", false, false),
    ] {
        let mut store = HstsStore::new();
        let took = store.accept(&uri("https://example.com/"), field, now());
        assert_eq!(took, counts, "{field}");
        assert_eq!(store.is_known("example.com", now()), counts, "{field}");
        assert_eq!(store.is_known("www.example.com", now()), below, "{field}");
        assert!(!store.is_known("com", now()));
    }
}

#[test]
fn hsts_counts_over_tls_and_for_names_only() {
    for (address, counts) in [
        ("https://example.com/", true),
        ("wss://example.com/", true),
        ("https://example.com./", true),
        ("https://b\u{fc}cher.example/", true),
        ("http://example.com/", false),
        ("ftp://example.com/", false),
        ("https://127.0.0.1/", false),
        ("https://0x7f.1/", false),
        ("https://[::1]/", false),
    ] {
        let mut store = HstsStore::new();
        assert_eq!(
            store.accept(&uri(address), "max-age=5", now()),
            counts,
            "{address}"
        );
        assert_eq!(store.count(), usize::from(counts), "{address}");
    }
}

#[test]
fn hsts_store_upgrades_addresses() {
    let mut store = HstsStore::new();
    store.accept(
        &uri("https://example.com/"),
        "max-age=60; includeSubDomains",
        now(),
    );
    store.accept(&uri("https://only.example.org/"), "max-age=60", now());
    for (from, to) in [
        ("http://example.com/", Some("https://example.com/")),
        (
            "http://example.com:80/a?b#c",
            Some("https://example.com/a?b#c"),
        ),
        (
            "http://user@EXAMPLE.com:8080/",
            Some("https://user@example.com:8080/"),
        ),
        ("http://a.b.example.com/", Some("https://a.b.example.com/")),
        ("http://example.com./", Some("https://example.com./")),
        ("http://example.com:443/", Some("https://example.com/")),
        ("ws://example.com/s", Some("wss://example.com/s")),
        ("https://example.com/", None),
        ("ftp://example.com/", None),
        ("http://notexample.com/", None),
        (
            "http://only.example.org/",
            Some("https://only.example.org/"),
        ),
        ("http://x.only.example.org/", None),
        ("http://example.org/", None),
        ("http://127.0.0.1/", None),
    ] {
        let upgraded = store.upgrade(&uri(from), now());
        assert_eq!(upgraded.as_ref().map(Uri::absolute_uri), to, "{from}");
    }
    let later = now() + Duration::from_secs(59);
    assert!(store.upgrade(&uri("http://example.com/"), later).is_some());
    assert!(
        store
            .upgrade(&uri("http://example.com/"), later + Duration::from_secs(1))
            .is_none()
    );
    // A later word of the host counts, and it can be forgotten.
    store.accept(&uri("https://example.com/"), "max-age=600", later);
    assert!(!store.is_known("www.example.com", later));
    assert!(store.is_known("example.com", later + Duration::from_secs(599)));
    assert!(store.accept(&uri("https://example.com/"), "max-age=0", later));
    assert!(!store.is_known("example.com", later));
    assert!(store.remove("ONLY.example.org") && !store.remove("only.example.org"));
    assert_eq!(store.count(), 0);
}

#[test]
fn hsts_file_of_curl_there_and_back() {
    let text = "# Your HSTS cache.\n\n.example.com \"20301231 23:59:59\"\nexample.org \"20100101 00:00:01\"\r\nfor.ever \"unlimited\"\nold.example \"20091231 23:59:59\"\n";
    let mut store = HstsStore::new();
    assert_eq!(store.read(text.as_bytes()).unwrap(), 4);
    assert!(store.is_known("x.example.com", now()) && store.is_known("for.ever", now()));
    assert!(store.is_known("example.org", now()) && !store.is_known("x.example.org", now()));
    assert!(!store.is_known("example.org", now() + Duration::from_secs(1)));
    let mut file = Vec::new();
    store.write(&mut file, now()).unwrap();
    let written = String::from_utf8(file).unwrap();
    assert!(written.starts_with("# "));
    assert!(written.ends_with(
        ".example.com \"20301231 23:59:59\"\nexample.org \"20100101 00:00:01\"\nfor.ever \"unlimited\"\n"
    ));
    let mut again = HstsStore::new();
    assert_eq!(again.read(written.as_bytes()).unwrap(), 3);
    store.remove("old.example");
    assert_eq!(again, store);
    for (line, number) in [
        ("example.com", 1),
        ("example.com tomorrow", 1),
        ("example.com \"20301331 23:59:59\"", 1),
        ("example.com \"20301231 23:59\"", 1),
        ("example.com \"+0301231 23:59:59\"", 1),
        ("# x\n127.0.0.1 \"unlimited\"", 2),
        ("a/b \"unlimited\"", 1),
    ] {
        let error = HstsStore::new().read(line.as_bytes()).unwrap_err();
        assert_eq!(error.line(), number, "{line}");
    }
    assert!(!format!("{store:?}").contains("example"));
    let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert!(store.add("old.example", true, Some(long_ago)));
    assert!(!store.is_known("old.example", now()) && !store.add("::1", true, None));
    // Beyond the years that can be written: for ever.
    let mut far = HstsStore::new();
    far.accept(&uri("https://example.com/"), "max-age=9999999999999", now());
    let mut file = Vec::new();
    far.write(&mut file, now()).unwrap();
    assert!(
        String::from_utf8(file)
            .unwrap()
            .ends_with("example.com \"unlimited\"\n")
    );
}

#[test]
fn hsts_store_has_a_limit() {
    let mut store = HstsStore::new();
    for host in 0..HstsStore::LIMIT + 10 {
        let field = format!("max-age={}", 100 + host);
        store.accept(&uri(&format!("https://h{host}.example/")), &field, now());
    }
    assert_eq!(store.count(), HstsStore::LIMIT);
    assert!(!store.is_known("h9.example", now()) && store.is_known("h10.example", now()));
}

proptest! {
    #[test]
    fn hsts_takes_any_field(field in "([a-zA-Z-]{0,8}|max-age|includeSubDomains)([=\"; ,\\\\]{0,3}[0-9]{0,25}){0,4}\\PC{0,5}") {
        let mut store = HstsStore::new();
        let took = store.accept(&uri("https://h.example/"), &field, now());
        prop_assert!(took || store.count() == 0);
        prop_assert!(store.upgrade(&uri("http://other.example/"), now()).is_none());
    }
}
