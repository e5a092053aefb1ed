//! Conversions to and from other crates' types.

#[cfg(feature = "http-types")]
mod http {
    use system_net_uri::{Uri, UriFormatErrorKind as Kind};

    #[test]
    fn uri_and_http_uri_convert() {
        #[track_caller]
        fn check(text: &str, expected: Result<&str, Kind>) {
            let uri = crate::any(text);
            let target = http::Uri::try_from(&uri);
            let shown = target.as_ref().map(ToString::to_string);
            assert_eq!(
                shown.as_deref().map_err(|error| error.kind()),
                expected,
                "{text}"
            );
            let Ok(target) = target else { return };
            let back = Uri::try_from(&target).unwrap();
            assert_eq!(back.is_absolute_uri(), uri.is_absolute_uri(), "{text}");
            if uri.is_absolute_uri() {
                assert_eq!(back.path_and_query(), uri.path_and_query(), "{text}");
                assert_eq!(back.idn_host(), uri.idn_host(), "{text}");
                assert_eq!(back.port(), uri.port(), "{text}");
            }
        }
        check(
            "http://u@\u{e4}.com:81/a b?q=\u{e4}#f",
            Ok("http://u@xn--4ca.com:81/a%20b?q=%C3%A4"),
        );
        check("HTTPS://Host:443", Ok("https://host/"));
        check("http://0x7f.1/", Ok("http://127.0.0.1/"));
        check("http://[::1]:8080/", Ok("http://[::1]:8080/"));
        check("net.tcp://h:9/svc", Ok("net.tcp://h:9/svc"));
        check("/a b?c#d", Ok("/a%20b?c"));
        check("a/b", Err(Kind::NotAbsolute));
        check("?q", Err(Kind::NotAbsolute));
        check("//h/a", Err(Kind::NotAbsolute));
        check("mailto:a@h", Err(Kind::BadAuthority));
        check("file:///etc/passwd", Err(Kind::BadAuthority));
        check("urn:isbn:1", Err(Kind::BadAuthority));
        check("http://a\u{ff0f}b/", Err(Kind::BadUnicodeHost));
        check(&format!("{}://h/", "s".repeat(65)), Err(Kind::BadFormat));
    }

    #[test]
    fn uri_from_http_uri_forms() {
        #[track_caller]
        fn check(target: &str, expected: Result<&str, Kind>) {
            let target: http::Uri = target.parse().unwrap();
            let base = crate::uri("http://base/x/y");
            let uri = Uri::try_from(&target).map(|uri| base.combine_uri(&uri).unwrap());
            let shown = uri.as_ref().map(Uri::absolute_uri);
            assert_eq!(shown.map_err(|error| error.kind()), expected, "{target}");
        }
        check("http://h/a?b", Ok("http://h/a?b"));
        check("/a?b", Ok("http://base/a?b"));
        // A path stays a path.
        check("//h/a", Ok("http://base//h/a"));
        check("/\\h/a", Ok("http://base//h/a"));
        check("h:443", Err(Kind::BadFormat));
        check("h", Err(Kind::BadFormat));
        check("*", Err(Kind::BadFormat));
        check("http://a!b/", Err(Kind::BadHostName));
    }
}

#[cfg(feature = "serde")]
mod serde {
    use system_net_uri::{PathRules, Uri, UriKind, UriSettings};

    #[test]
    fn uri_serde_round_trip() {
        for (text, json) in [
            ("http://h/a b", r#""http://h/a b""#),
            ("http://[fe80::1%eth0]/", r#""http://[fe80::1%eth0]/""#),
            ("HTTP://u@H/#f", r#""HTTP://u@H/#f""#),
            ("a/b?c", r#""a/b?c""#),
            (r"c:\dir", r#""c:\\dir""#),
            (r"\\server\a b", r#""\\\\server\\a b""#),
        ] {
            let uri = crate::any(text);
            assert_eq!(serde_json::to_string(&uri).unwrap(), json);
            let back: Uri = serde_json::from_str(json).unwrap();
            assert_eq!(back, uri);
            assert_eq!(back.is_absolute_uri(), uri.is_absolute_uri());
        }
        assert!(serde_json::from_str::<Uri>(r#""http://a b c""#).is_err());
    }

    /// Texts whose form for the wire is read as something else: a path on a server, or a drive.
    #[test]
    fn uri_serde_keeps_the_host() {
        for text in [
            "file:///x/..//evil.com/share",
            "file:///a/..//b",
            "file:///.//b",
            "file:///..//b",
            "file:///%2fb",
            "file:///%5cb",
            "file:///%2e/%2fb/c",
            "file:///./c:/a",
            "vsmacros:///x/..//e/f",
        ] {
            let uri = crate::uri(text);
            let json = serde_json::to_string(&uri).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            let back: Uri = serde_json::from_str(&json).unwrap();
            assert_eq!(back, uri);
            assert_eq!(back.host(), uri.host(), "{text}");
            assert_eq!(back.host_address(), uri.host_address(), "{text}");
            assert_eq!(back.absolute_uri(), uri.absolute_uri(), "{text}");
        }
    }

    /// Texts that say something else without the settings or the kind they were read with.
    #[test]
    fn uri_serde_absolute_paths() {
        let mut unix = UriSettings::new();
        unix.set_paths(PathRules::Unix);
        for (text, settings, json) in [
            (
                "//server/a b",
                UriSettings::new(),
                r#""file://server/a%20b""#,
            ),
            ("/etc/a b", unix.clone(), r#""file:///etc/a%20b""#),
            // In the form for the wire this would be a server.
            ("/x/..//h/a", unix, r#""/x/..//h/a""#),
        ] {
            let uri = Uri::parse_in(text, UriKind::Absolute, &settings).unwrap();
            assert_eq!(serde_json::to_string(&uri).unwrap(), json);
            let back: Uri = serde_json::from_str(json).unwrap();
            assert!(!back.is_absolute_uri() || back.host() == uri.host());
        }
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

    /// The table of `docs/porting/uri.md`.
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
