//! Conversions to and from other crates' types.

#[cfg(feature = "serde")]
mod serde {
    use system_net_uri::Uri;

    #[test]
    fn uri_serde_round_trip() {
        for (text, json) in [
            ("http://h/a b", r#""http://h/a%20b""#),
            ("http://[fe80::1%eth0]/", r#""http://[fe80::1%eth0]/""#),
            ("a/b?c", r#""a/b?c""#),
        ] {
            let uri = crate::any(text);
            assert_eq!(serde_json::to_string(&uri).unwrap(), json);
            let back: Uri = serde_json::from_str(json).unwrap();
            assert_eq!(back, uri);
            assert_eq!(back.is_absolute_uri(), uri.is_absolute_uri());
        }
        assert!(serde_json::from_str::<Uri>(r#""http://a b c""#).is_err());
    }
}

#[cfg(feature = "url")]
mod url {
    use system_net_uri::Uri;

    #[test]
    fn uri_and_url_convert() {
        let uri = crate::uri("http://\u{e4}.com/a b?q#f");
        let url = url::Url::try_from(&uri).unwrap();
        assert_eq!(url.as_str(), "http://xn--4ca.com/a%20b?q#f");
        assert_eq!(Uri::try_from(&url).unwrap().absolute_uri(), url.as_str());
        assert!(url::Url::try_from(&crate::any("a/b")).is_err());
        assert!(Uri::try_from(&url::Url::parse("http://a!b/").unwrap()).is_err());
    }

    /// The table of `docs/porting.md`.
    #[test]
    fn uri_differs_from_url_table() {
        for (text, ours, theirs) in [
            ("http:contoso.com", None, Some("http://contoso.com/")),
            ("http:///contoso.com/", None, Some("http://contoso.com/")),
            ("http://h/a%41", Some("http://h/aA"), Some("http://h/a%41")),
            (
                "http://h/a b",
                Some("http://h/a%20b"),
                Some("http://h/a%20b"),
            ),
            ("http://h/|", Some("http://h/%7C"), Some("http://h/|")),
            (
                "http://h/?a'b",
                Some("http://h/?a'b"),
                Some("http://h/?a%27b"),
            ),
            (
                "http://\u{e4}.com/",
                Some("http://\u{e4}.com/"),
                Some("http://xn--4ca.com/"),
            ),
            ("http://h:/", Some("http://h/"), Some("http://h/")),
            (
                r"c:\dir\file",
                Some("file:///c:/dir/file"),
                Some(r"c:\dir\file"),
            ),
            (r"\\server\share", Some("file://server/share"), None),
            ("ftp://h/a?b", Some("ftp://h/a%3Fb"), Some("ftp://h/a?b")),
            ("foo://h/a/../b", Some("foo://h/b"), Some("foo://h/b")),
            ("mailto:a@h", Some("mailto:a@h"), Some("mailto:a@h")),
            ("http://[fe80::1%eth0]/", Some("http://[fe80::1]/"), None),
            (
                "http://0x7f.1/",
                Some("http://127.0.0.1/"),
                Some("http://127.0.0.1/"),
            ),
            (
                "x-custom://0x7f.1/",
                Some("x-custom://0x7f.1/"),
                Some("x-custom://0x7f.1/"),
            ),
        ] {
            let uri = Uri::parse(text).ok();
            assert_eq!(uri.as_ref().map(Uri::absolute_uri), ours, "{text}");
            let url = url::Url::parse(text).ok();
            assert_eq!(url.as_ref().map(url::Url::as_str), theirs, "{text}");
        }
    }
}
