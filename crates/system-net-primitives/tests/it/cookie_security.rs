// Cookies: what a server may not do. rfc6265bis sections 4.1.3, 5.6 and 5.7; publicsuffix.org.

use system_net_primitives::{Cookie, CookieContainer, CookieErrorKind, PublicSuffixList};
use system_net_uri::Uri;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// Sets a cookie in a new container; `None` if it is taken.
fn refusal(address: &str, field: &str) -> Option<CookieErrorKind> {
    let jar = CookieContainer::new();
    let outcome = jar.set_cookies(&uri(address), field);
    // Both doors say the same.
    let taken = CookieContainer::new().accept_set_cookie(&uri(address), field);
    assert_eq!(
        taken.count(),
        usize::from(outcome.is_ok()),
        "{address} {field}"
    );
    assert_eq!(jar.count(), taken.count(), "{address} {field}");
    outcome.err().map(|error| error.kind())
}

#[track_caller]
fn check(address: &str, field: &str, expected: impl Into<Option<CookieErrorKind>>) {
    assert_eq!(
        refusal(address, field),
        expected.into(),
        "{address} {field}"
    );
}

#[test]
fn cookie_psl_refused() {
    use CookieErrorKind::{Domain, PublicSuffix};
    for (host, domain, expected) in [
        ("www.example.com", "com", Some(Domain)),
        ("www.example.com", ".com", Some(Domain)),
        ("www.example.com", ".com.", Some(Domain)),
        ("www.example.com.", ".com.", Some(Domain)),
        ("www.example.co.uk", "co.uk", Some(PublicSuffix)),
        ("www.example.co.uk", ".CO.UK", Some(PublicSuffix)),
        ("www.example.co.uk.", "co.uk.", Some(PublicSuffix)),
        ("a.github.io", "github.io", Some(PublicSuffix)),
        ("a.b.kawasaki.jp", "b.kawasaki.jp", Some(PublicSuffix)),
        ("a.city.kawasaki.jp", "city.kawasaki.jp", None),
        ("a.b.example.ck", "example.ck", Some(PublicSuffix)),
        ("www.www.ck", "www.ck", None),
        ("a.xn--55qx5d.cn", "xn--55qx5d.cn", Some(PublicSuffix)),
        ("a.\u{516c}\u{53f8}.cn", "xn--55qx5d.cn", Some(PublicSuffix)),
        ("www.example.co.uk", "example.co.uk", None),
        ("www.example.com", "example.com", None),
        ("host.intranet", "intranet", Some(Domain)),
        ("a.b.intranet", "b.intranet", None),
    ] {
        check(
            &format!("https://{host}/"),
            &format!("a=b; domain={domain}"),
            expected,
        );
    }
}

#[test]
fn cookie_psl_of_the_host_itself_is_for_it_alone() {
    for host in ["github.io", "localhost", "co.uk"] {
        let jar = CookieContainer::new();
        jar.set_cookies(
            &uri(&format!("http://{host}/")),
            &format!("a=b; domain={host}"),
        )
        .unwrap();
        assert_eq!(
            jar.get_cookie_header(&uri(&format!("http://{host}/"))),
            "a=b"
        );
        assert_eq!(
            jar.get_cookie_header(&uri(&format!("http://x.{host}/"))),
            ""
        );
    }
}

#[test]
fn cookie_of_an_address_is_for_it_alone() {
    for (host, field, expected) in [
        ("127.0.0.1", "a=b", None),
        ("127.0.0.1", "a=b; domain=127.0.0.1", None),
        ("127.0.0.1", "a=b; domain=.127.0.0.1", None),
        (
            "127.0.0.1",
            "a=b; domain=0.0.1",
            Some(CookieErrorKind::Domain),
        ),
        (
            "127.0.0.1",
            "a=b; domain=.0.1",
            Some(CookieErrorKind::Domain),
        ),
        ("0x7f.1", "a=b; domain=127.0.0.1", None),
        ("[::1]", "a=b", None),
        ("[::1]", "a=b; domain=[::1]", None),
        ("[::1]", "a=b; domain=::1", Some(CookieErrorKind::Domain)),
        (
            "[::ffff:127.0.0.1]",
            "a=b; domain=127.0.0.1",
            Some(CookieErrorKind::Domain),
        ),
    ] {
        check(&format!("http://{host}/"), field, expected);
    }
    let jar = CookieContainer::new();
    jar.set_cookies(&uri("http://10.0.0.1/"), "a=b; domain=10.0.0.1")
        .unwrap();
    for (host, header) in [
        ("10.0.0.1", "a=b"),
        ("1.10.0.0.1", ""),
        ("x.10.0.0.1", ""),
        ("110.0.0.1", ""),
        ("0.0.1", ""),
    ] {
        // Not all of these are addresses, or hosts at all.
        let Ok(uri) = Uri::parse(&format!("http://{host}/")) else {
            continue;
        };
        assert_eq!(jar.get_cookie_header(&uri), header, "{host}");
    }
}

/// The table of the list's own authors, through the embedded list and through its text.
#[test]
fn cookie_psl_table() {
    let table = include_str!("../../../../tests/conformance/cookies/public-suffix-tests.txt");
    let list = PublicSuffixList::embedded();
    let mut rows = 0;
    for line in table.lines() {
        let Some((name, expected)) = line.split_once(' ').filter(|_| !line.starts_with("//"))
        else {
            continue;
        };
        rows += 1;
        let ours = list.registrable_domain(name);
        // In the form of DNS, whichever way it is written.
        let expected = (expected != "null").then(|| {
            uri(&format!("http://{expected}/"))
                .idn_host()
                .unwrap()
                .to_owned()
        });
        assert_eq!(ours, expected, "{name}");
        // What somebody has registered may have cookies, what is above may not.
        let Some(registered) = expected else {
            continue;
        };
        let host = format!("https://a.b.{registered}/");
        check(&host, &format!("a=b; domain={registered}"), None);
        let above = registered.split_once('.').unwrap().1;
        if above == "kobe.jp" {
            // `*.kobe.jp` says nothing about itself, and `!city.kobe.jp` is an exception.
            continue;
        }
        assert!(
            refusal(&host, &format!("a=b; domain={above}")).is_some(),
            "{above}"
        );
        assert!(list.is_public_suffix(above), "{above}");
        assert!(!list.is_public_suffix(&registered), "{registered}");
    }
    assert!(rows > 70, "{rows}");
    // Not yet old enough to be a danger; renew the list when it is.
    assert!(list.date().unwrap() >= "2026-11-05");
}

#[test]
fn cookie_psl_can_be_replaced() {
    let text = "// VERSION: 2030-01-02_03-04-05_UTC\n\
        // ===BEGIN ICANN DOMAINS===\n\ncom\nUK comment\n*.ck\n!www.ck\n\u{516c}\u{53f8}.cn\nteam.corp\n";
    let list = PublicSuffixList::read(text.as_bytes()).unwrap();
    assert_eq!(list.date(), Some("2030-01-02"));
    for (name, expected) in [
        ("com", None),
        ("a.b.com", Some("b.com")),
        ("B.Com.", Some("b.com")),
        ("x.co.uk", Some("co.uk")),
        ("a.b.ck", Some("a.b.ck")),
        ("b.ck", None),
        ("ck", None),
        ("a.www.ck", Some("www.ck")),
        ("a.\u{516c}\u{53f8}.cn", Some("a.xn--55qx5d.cn")),
        ("xn--55qx5d.cn", None),
        ("a.team.corp", Some("a.team.corp")),
        ("a.other.corp", Some("other.corp")),
        ("unknown", None),
        ("", None),
        (".", None),
        ("a..com", None),
        ("a/b.com", None),
    ] {
        assert_eq!(list.registrable_domain(name).as_deref(), expected, "{name}");
    }
    let jar = CookieContainer::new();
    jar.set_public_suffixes(list);
    let field = "a=b; domain=team.corp";
    assert!(jar.set_cookies(&uri("http://x.team.corp/"), field).is_err());
    assert!(
        jar.set_cookies(&uri("http://x.example.co.uk/"), "a=b; domain=co.uk")
            .is_ok()
    );
    assert_eq!(jar.public_suffixes().date(), Some("2030-01-02"));
    for (text, line) in [("com\n\n*.*.x\n", 3), ("a..b", 1), ("com\n!\n", 2)] {
        let error = PublicSuffixList::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.line(), line, "{text}: {error}");
    }
}

#[test]
fn cookie_prefix_table() {
    use CookieErrorKind::{NotSecure, Prefix};
    let (https, http) = ("https://www.example.com/a/b", "http://www.example.com/a/b");
    for (address, field, expected) in [
        (https, "__Secure-a=b; Secure", None),
        (
            https,
            "__Secure-a=b; Secure; Domain=example.com; Path=/a",
            None,
        ),
        (https, "__Secure-a=b", Some(Prefix)),
        (https, "__SECURE-a=b", Some(Prefix)),
        (http, "__Secure-a=b; Secure", Some(NotSecure)),
        (http, "__Secure-a=b", Some(Prefix)),
        (https, "__Host-a=b; Secure; Path=/", None),
        (https, "__host-a=b; Secure; Path=/", None),
        (https, "__Host-a=b; Secure; Path=/; Max-Age=100", None),
        (https, "__Host-a=b; Secure", Some(Prefix)),
        (https, "__Host-a=b; Path=/", Some(Prefix)),
        (https, "__Host-a=b; Secure; Path=/a", Some(Prefix)),
        (https, "__Host-a=b; Secure; Path=\"/\"", Some(Prefix)),
        (
            https,
            "__hOsT-a=b; Secure; Path=/; Domain=www.example.com",
            Some(Prefix),
        ),
        (
            https,
            "__Host-a=b; Secure; Path=/; Domain=example.com",
            Some(Prefix),
        ),
        // Not taken for a command to forget either.
        (https, "__Host-a=b; Path=/; Max-Age=0", Some(Prefix)),
        (http, "__Host-a=b; Secure; Path=/", Some(NotSecure)),
        // Close, but no prefixes.
        (http, "__Secure=b", None),
        (http, "_Host-a=b", None),
        (http, "x__Host-a=b", None),
        // At the root of a server, the path has to be said all the same.
        (
            "https://www.example.com/",
            "__Host-a=b; Secure",
            Some(Prefix),
        ),
        // The attributes by themselves.
        (http, "a=b; Secure", Some(NotSecure)),
        (https, "a=b; SECURE", None),
        ("wss://www.example.com/", "a=b; Secure", None),
    ] {
        check(address, field, expected);
    }
    // A program is bound by the names as well, and may set secure cookies for later.
    let jar = CookieContainer::new();
    let mut cookie = Cookie::new("__Host-a", "b").unwrap();
    let error = jar
        .add_for(&uri("https://www.example.com/"), &cookie)
        .unwrap_err();
    assert_eq!(error.kind(), Prefix);
    assert!(error.hint().contains("Secure"));
    cookie.set_secure(true);
    jar.add_for(&uri("http://www.example.com/"), &cookie)
        .unwrap();
    assert_eq!(jar.get_cookie_header(&uri("http://www.example.com/")), "");
    assert_eq!(
        jar.get_cookie_header(&uri("https://www.example.com/")),
        "__Host-a=b"
    );
    assert_eq!(
        jar.get_cookie_header(&uri("https://x.www.example.com/")),
        ""
    );
}

#[test]
fn cookie_leave_secure_alone() {
    let https = uri("https://www.example.com/a/b");
    for (secure, plain, refused) in [
        // (set over https, then over http)
        ("s=1; Secure; Path=/", "s=2; Path=/", true),
        ("s=1; Secure; Path=/", "S=2; Path=/", true),
        ("s=1; Secure; Path=/", "s=2; Path=/; Max-Age=0", true),
        ("s=1; Secure; Path=/", "s=2; Path=/a", true),
        ("s=1; Secure; Path=/a", "s=2; Path=/", false),
        ("s=1; Secure; Path=/a", "s=2; Path=/ab", false),
        ("s=1; Secure; Path=/a", "s=2; Path=\"/a\"", true),
        (
            "s=1; Secure; Path=/; Domain=example.com",
            "s=2; Path=/",
            true,
        ),
        (
            "s=1; Secure; Path=/",
            "s=2; Path=/; Domain=example.com",
            true,
        ),
        (
            "s=1; Secure; Path=/; Domain=example.com",
            "s=2; Path=/; Domain=.example.com",
            true,
        ),
        ("s=1; Secure; Path=/", "t=2; Path=/", false),
        ("s=1; Path=/", "s=2; Path=/", false),
    ] {
        let jar = CookieContainer::new();
        jar.set_cookies(&https, secure).unwrap();
        let outcome = jar.set_cookies(&uri("http://www.example.com/a/b"), plain);
        let kind = outcome.err().map(|error| error.kind());
        let expected = refused.then_some(CookieErrorKind::SecureExists);
        assert_eq!(kind, expected, "{secure} then {plain}");
        if refused {
            assert_eq!(
                jar.get_cookie_header(&https),
                "s=1",
                "{secure} then {plain}"
            );
            assert_eq!(
                jar.get_cookie_header(&uri("http://www.example.com/a/b")),
                ""
            );
        }
        // Over a safe connection, the server may.
        jar.set_cookies(&https, plain).unwrap();
    }
    // One that became secure counts as well, and one that is secure no longer does not.
    let (jar, http) = (CookieContainer::new(), uri("http://www.example.com/"));
    jar.set_cookies(&https, "s=1; Path=/").unwrap();
    jar.set_cookies(&https, "s=1; Path=/; Secure").unwrap();
    assert!(jar.set_cookies(&http, "s=2; Path=/").is_err());
    jar.set_cookies(&https, "s=3; Path=/").unwrap();
    assert!(jar.set_cookies(&http, "s=4; Path=/").is_ok());
    // A host elsewhere is not concerned.
    let jar = CookieContainer::new();
    jar.set_cookies(&https, "s=1; Secure; Path=/").unwrap();
    for host in ["other.example.com", "wwww.example.com", "ww.example.com"] {
        jar.set_cookies(&uri(&format!("http://{host}/")), "s=2; Path=/")
            .unwrap();
    }
    // A program knows what it does.
    let cookie = Cookie::with_path("s", "3", "/").unwrap();
    jar.add_for(&uri("http://www.example.com/"), &cookie)
        .unwrap();
    assert_eq!(jar.get_cookie_header(&https), "s=3");
}

#[test]
fn cookie_control_characters_never_come_in() {
    use CookieErrorKind::{Comment, Domain, Name, Path, Value};
    for control in ('\0'..' ').chain(['\u{7f}']) {
        for (field, kind) in [
            (format!("a{control}c=b"), Name),
            (format!("a=b{control}c"), Value),
            (format!("a=\"b{control}c\""), Value),
            (format!("a=b; path=/{control}c"), Path),
            (format!("a=b; domain=example{control}.com"), Domain),
            (format!("a=b; comment=x{control}y"), Comment),
        ] {
            // Tabs within values and comments are text.
            let fine = control == '\t' && matches!(kind, Value | Comment);
            check("http://www.example.com/", &field, (!fine).then_some(kind));
        }
        if control != '\t' {
            let jar = CookieContainer::new();
            let cookie = Cookie::new("a", &format!("b{control}Set-Cookie: x=y")).unwrap();
            assert!(jar.add_for(&uri("http://h/"), &cookie).is_err());
            assert!(cookie.to_set_cookie(cookie.time_stamp()).is_err());
            assert!(Cookie::new(&format!("a{control}"), "b").is_err());
        }
    }
}

/// A server's own cookie: what it makes of a domain ends no attribute, and no field.
#[test]
fn domains_of_set_cookie_are_no_attributes() {
    let mut cookie = Cookie::new("a", "b").unwrap();
    let now = cookie.time_stamp();
    for fine in ["example.com", ".example.com", ""] {
        cookie.set_domain(fine);
        cookie.to_set_cookie(now).unwrap();
    }
    for broken in ["\r\nX: y", "\0", "\t", "\u{7f}", ";", "; Path=/", ",", " "] {
        for domain in [format!("example{broken}.com"), format!("\"e{broken}\"")] {
            cookie.set_domain(&domain);
            let error = cookie.to_set_cookie(now).unwrap_err();
            assert_eq!(error.kind(), CookieErrorKind::Domain, "{domain:?}");
        }
    }
}

#[test]
fn cookie_secrets_are_not_shown() {
    let jar = CookieContainer::new();
    let uri = uri("http://www.example.com/");
    let cookie = Cookie::new("name", "marker-value").unwrap();
    jar.add_for(&uri, &cookie).unwrap();
    let error = jar.set_cookies(&uri, "a=marker-value\u{1}").unwrap_err();
    for text in [
        format!("{cookie:?}"),
        format!("{jar:?}"),
        format!("{:?}", jar.get_cookies(&uri)),
        format!("{error:?} {error}"),
    ] {
        assert!(!text.contains("marker-value"), "{text}");
    }
    assert!(!error.hint().is_empty());
}
