// CookieContainer: RFC 6265, time, limits and ageing, sharing, and the members of Cookie and
// CookieCollection that the recorded rows do not reach.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use system_net_primitives::{
    Clock, Cookie, CookieCollection, CookieContainer, CookieErrorKind, FakeClock, Misuse, SameSite,
};
use system_net_uri::Uri;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// A container whose clock stands still.
fn container() -> (CookieContainer, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::new());
    let jar = CookieContainer::new();
    jar.set_clock(clock.clone());
    (jar, clock)
}

/// Sets the fields at one address, and compares the headers for others.
#[track_caller]
fn check(set_at: &str, fields: &[&str], expected: &[(&str, &str)]) {
    let (jar, _) = container();
    for field in fields {
        jar.accept_set_cookie(&uri(set_at), field);
    }
    for (address, header) in expected {
        assert_eq!(
            jar.get_cookie_header(&uri(address)),
            *header,
            "{fields:?} at {address}"
        );
    }
}

#[test]
fn cookie_rfc6265_table() {
    // 5.1.3: domains.
    check(
        "http://site.example.com/",
        &["a=b; domain=example.com", "h=host"],
        &[
            ("http://site.example.com/", "a=b; h=host"),
            ("http://SITE.EXAMPLE.COM/", "a=b; h=host"),
            ("http://other.example.com/", "a=b"),
            ("http://a.b.c.example.com/", "a=b"),
            ("http://example.com/", "a=b"),
            ("http://x.site.example.com/", "a=b"),
            ("http://notexample.com/", ""),
            ("http://example.com.evil.org/", ""),
            ("http://com/", ""),
        ],
    );
    check(
        "http://example.com/",
        &[
            "a=1",
            "a=2; domain=example.com",
            "a=; domain=other.com; max-age=0",
        ],
        &[
            ("http://example.com/", "a=1; a=2"),
            ("http://x.example.com/", "a=2"),
        ],
    );
    // The newest counts, of whatever version it is.
    check(
        "http://h/",
        &["a=1; version=1; path=/", "a=2; path=/"],
        &[("http://h/", "a=2")],
    );
    for refused in [
        "a=b; domain=site.example.com.",
        "a=b; domain=ite.example.com",
        "a=b; domain=x.site.example.com",
        "a=b; domain=other.example.com",
        "a=b; domain=other.com",
        "a=b; domain=.",
        "a=b; domain=..example.com",
        "a=b; domain=example.com:80",
        "a=b; domain=*.example.com",
    ] {
        check(
            "http://site.example.com/",
            &[refused],
            &[("http://site.example.com/", "")],
        );
    }
    // 5.1.4: the path of an address, and which paths a path is for.
    for (address, there, elsewhere) in [
        ("http://h/a/b/c", "http://h/a/b/", "http://h/a/"),
        ("http://h/a/b/", "http://h/a/b", "http://h/a/bc"),
        ("http://h/a/b/?x/y", "http://h/a/b/z", "http://h/x"),
        ("http://h/a", "http://h/", "http://g/"),
        ("http://h/", "http://h/x/y", "http://g/"),
        ("http://h", "http://h/x/y", "http://g/"),
    ] {
        check(
            address,
            &["a=b"],
            &[(address, "a=b"), (there, "a=b"), (elsewhere, "")],
        );
    }
    check(
        "http://h/a/b/c",
        &["a=b; path=", "c=d; path=\"\""],
        &[("http://h/a/b", "a=b; c=d"), ("http://h/a/", "")],
    );
    check(
        "http://h/",
        &["a=b; path=/foo", "c=d; path=/foo/"],
        &[
            ("http://h/foo", "a=b"),
            ("http://h/foo/", "c=d; a=b"),
            ("http://h/foo/bar", "c=d; a=b"),
            ("http://h/foobar", ""),
            ("http://h/FOO", ""),
            ("http://h/", ""),
        ],
    );
    // 5.4: the longest path first, then the oldest; over all domains.
    check(
        "http://www.example.com/a/b/c",
        &[
            "p=1; path=/",
            "q=2; path=/a; domain=example.com",
            "r=3; path=/a/b",
            "s=4; path=/a",
        ],
        &[("http://www.example.com/a/b/c", "r=3; q=2; s=4; p=1")],
    );
    // A new value stands where the old one did.
    check(
        "http://h/",
        &["a=1", "b=2", "a=3"],
        &[("http://h/", "a=3; b=2")],
    );
    // Secure, on a safe connection and on another one.
    check(
        "https://h/",
        &["a=b; Secure", "c=d"],
        &[
            ("https://h/", "a=b; c=d"),
            ("http://h/", "c=d"),
            ("wss://h/", "a=b; c=d"),
            ("ws://h/", "c=d"),
        ],
    );
    // Ports are no borders.
    check(
        "http://h:81/",
        &["a=b"],
        &[("http://h/", "a=b"), ("https://h:444/", "a=b")],
    );
    // International names meet in the form of DNS.
    check(
        "http://www.b\u{fc}cher.example/",
        &["a=b; domain=xn--bcher-kva.example"],
        &[
            ("http://x.xn--bcher-kva.example/", "a=b"),
            ("http://B\u{dc}CHER.example/", "a=b"),
        ],
    );
}

#[test]
fn cookie_rfc6265_life_table() {
    let day = Duration::from_secs(86_400);
    // The clock begins at 2010-01-01.
    for (field, life) in [
        ("a=b", None),
        ("a=b; Max-Age=86400", Some(day)),
        ("a=b; max-age=\"86400\"", Some(day)),
        ("a=b; Expires=Sat, 02 Jan 2010 00:00:00 GMT", Some(day)),
        ("a=b; expires=Saturday, 02-Jan-10 00:00:00 GMT", Some(day)),
        ("a=b; expires=\"Sat, 02 Jan 2010 00:00:00 GMT\"", Some(day)),
        // 5.3, step 3: the age counts more, wherever it stands.
        (
            "a=b; Max-Age=86400; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            Some(day),
        ),
        (
            "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=86400",
            Some(day),
        ),
        // 5.2.1 and 5.2.2: what is none does not count.
        ("a=b; Expires=0", None),
        ("a=b; Expires=Session", None),
        ("a=b; Max-Age=soon", None),
        ("a=b; Max-Age=+5", None),
        ("a=b; Max-Age=", None),
        (
            "a=b; Max-Age=x; Expires=Sat, 02 Jan 2010 00:00:00 GMT",
            Some(day),
        ),
        // rfc6265bis 5.5: 400 days at most.
        ("a=b; Max-Age=99999999999999999999999999", Some(400 * day)),
        (
            "a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
            Some(400 * day),
        ),
    ] {
        let (jar, clock) = container();
        let start = clock.utc_now();
        jar.set_cookies(&uri("http://h/"), field).unwrap();
        let cookies = jar.get_cookies(&uri("http://h/"));
        let cookie = cookies.get("a").unwrap();
        assert_eq!(cookie.expires(), life.map(|life| start + life), "{field}");
        assert_eq!(cookie.time_stamp(), start, "{field}");
        clock.advance(life.unwrap_or(1000 * day) - Duration::from_secs(1));
        assert_eq!(jar.get_cookie_header(&uri("http://h/")), "a=b", "{field}");
        clock.advance(Duration::from_secs(1));
        let after = if life.is_some() { "" } else { "a=b" };
        assert_eq!(jar.get_cookie_header(&uri("http://h/")), after, "{field}");
        assert_eq!(
            jar.count(),
            after.len() / 3,
            "{field}: what has ended is gone"
        );
    }
    for field in [
        "a=; Max-Age=0",
        "a=; Max-Age=-5",
        "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ] {
        let (jar, _) = container();
        jar.set_cookies(&uri("http://h/"), "a=b").unwrap();
        let taken = jar.accept_set_cookie(&uri("http://h/"), field);
        assert_eq!((taken.count(), jar.count()), (1, 0), "{field}");
    }
    // Another path, another cookie.
    check(
        "http://h/x/",
        &["a=b", "a=; Max-Age=0; path=/"],
        &[("http://h/x/", "a=b")],
    );
}

#[test]
fn cookie_attributes_are_kept() {
    let (jar, _) = container();
    let field = "a=b; HttpOnly; SameSite=strict; Comment=why; CommentURL=\"http://h/why\"; Discard";
    jar.set_cookies(&uri("http://h/"), field).unwrap();
    let cookies = jar.get_cookies(&uri("http://h/"));
    let cookie = cookies.get("A").unwrap();
    assert!(cookie.http_only() && cookie.discard() && !cookie.secure());
    assert_eq!(cookie.same_site(), SameSite::Strict);
    assert_eq!(cookie.comment(), "why");
    assert_eq!(
        cookie.comment_uri().map(|uri| uri.absolute_uri()),
        Some("http://h/why")
    );
    // An attribute of more than 1024 bytes does not count, one of 1024 does.
    for (length, path) in [
        (1024, format!("/{}", "x".repeat(1023))),
        (1025, "/".to_owned()),
    ] {
        let (jar, _) = container();
        let long = format!("a=b; path=/{}", "x".repeat(length - 1));
        jar.set_cookies(&uri("http://h/"), &long).unwrap();
        assert_eq!(
            jar.get_all_cookies().get_at(0).map(Cookie::path),
            Some(&*path)
        );
    }
}

#[test]
fn cookie_of_version_1_goes_one_level_down() {
    let (jar, _) = container();
    let field = "a=b; Version=\"1\"; Domain=\".example.com\"; Path=/x";
    jar.set_cookies(&uri("http://www.example.com/x/"), field)
        .unwrap();
    let header = "$Version=\"1\"; a=b; $Path=/x; $Domain=\".example.com\"";
    assert_eq!(
        jar.get_cookie_header(&uri("http://www.example.com/x")),
        header
    );
    assert_eq!(jar.get_cookie_header(&uri("http://example.com/x")), header);
    assert_eq!(
        jar.get_cookie_header(&uri("http://a.www.example.com/x")),
        ""
    );
    for refused in [
        "a=b; Version=1; Domain=example.com",
        "a=b; Version=-1",
        "a=b; Version=one",
    ] {
        assert!(
            jar.set_cookies(&uri("http://www.example.com/"), refused)
                .is_err(),
            "{refused}"
        );
    }
    let two_levels = "a=b; Version=1; Domain=.example.com";
    assert!(
        jar.set_cookies(&uri("http://a.www.example.com/"), two_levels)
            .is_err()
    );
}

#[test]
fn cookie_ports() {
    let (jar, _) = container();
    jar.set_cookies(&uri("http://h:81/"), "a=b; Port; Path=/")
        .unwrap();
    assert_eq!(jar.get_cookie_header(&uri("http://h:81/")), "a=b; $Port");
    assert_eq!(jar.get_cookie_header(&uri("http://h/")), "");
    let mut cookie = Cookie::new("a", "b").unwrap();
    for (port, fine) in [
        ("\"80\"", true),
        ("\"80, 8080 443\"", true),
        ("\"\"", true),
        ("", true),
        ("80", false),
        ("\"80", false),
        ("\"", false),
        ("\"-1\"", false),
        ("\"65536\"", false),
        ("\"80;81\"", false),
    ] {
        let before = cookie.port().to_owned();
        let outcome = cookie.set_port(port);
        assert_eq!(outcome.is_ok(), fine, "{port}");
        assert_eq!(cookie.port(), if fine { port } else { &before });
    }
}

#[test]
fn cookie_container_has_limits() {
    let jar = CookieContainer::new();
    assert_eq!(
        (
            jar.capacity(),
            jar.per_domain_capacity(),
            jar.max_cookie_size()
        ),
        (300, 20, 4096)
    );
    let param = |result: Result<(), Misuse>| result.unwrap_err().param_name();
    assert_eq!(param(jar.set_capacity(0)), Some("value"));
    assert_eq!(param(jar.set_capacity(19)), Some("value"));
    assert_eq!(param(jar.set_per_domain_capacity(0)), Some("value"));
    assert_eq!(param(jar.set_per_domain_capacity(301)), Some("value"));
    assert_eq!(param(jar.set_max_cookie_size(0)), Some("value"));
    jar.set_per_domain_capacity(usize::MAX).unwrap();
    jar.set_capacity(1).unwrap();
    for (capacity, per_domain, size, param) in [
        (0, 1, 1, "capacity"),
        (1, 0, 1, "perDomainCapacity"),
        (1, 2, 1, "perDomainCapacity"),
        (1, 1, 0, "maxCookieSize"),
    ] {
        let error = CookieContainer::with_limits(capacity, per_domain, size).unwrap_err();
        assert_eq!(error.param_name(), Some(param));
    }
    assert!(CookieContainer::with_capacity(0).is_err());
    assert_eq!(
        CookieContainer::with_capacity(5)
            .unwrap()
            .per_domain_capacity(),
        5
    );
    // The size is that of name and value.
    let jar = CookieContainer::with_limits(1, 1, 3).unwrap();
    assert!(jar.set_cookies(&uri("http://h/"), "a=bc").is_ok());
    let error = jar.set_cookies(&uri("http://h/"), "a=bcd").unwrap_err();
    assert_eq!(error.kind(), CookieErrorKind::TooLong);
    assert!(jar.accept_set_cookie(&uri("http://h/"), "a=bcd").is_empty());
    assert_eq!(jar.get_cookie_header(&uri("http://h/")), "a=bc");
}

#[test]
fn cookie_container_ages() {
    let (jar, clock) = container();
    let host = uri("https://h.example/");
    let names = |jar: &CookieContainer| {
        let mut names: Vec<_> = jar
            .get_all_cookies()
            .into_iter()
            .map(|c| c.name().to_owned())
            .collect();
        names.sort();
        names.join(" ")
    };
    jar.set_capacity(4).unwrap_err();
    jar.set_per_domain_capacity(3).unwrap();
    jar.set_capacity(4).unwrap();
    for field in ["a=1; path=/a", "b=1; path=/b", "c=1; path=/c; Secure"] {
        jar.set_cookies(&host, field).unwrap();
    }
    // Whoever was sent last stays: of a, b and c, `b` was not.
    assert_eq!(jar.get_cookie_header(&uri("https://h.example/a")), "a=1");
    jar.set_cookies(&host, "d=1; path=/d").unwrap();
    assert_eq!(names(&jar), "a c d");
    // What is for safe connections stays, though it was not used for longer.
    jar.set_cookies(&host, "e=1; path=/e").unwrap();
    assert_eq!(names(&jar), "c d e");
    // Being set is being used.
    jar.set_cookies(&host, "d=2; path=/d").unwrap();
    jar.set_cookies(&host, "g=1; path=/g").unwrap();
    assert_eq!(names(&jar), "c d g");
    jar.set_cookies(&host, "e=1; path=/e").unwrap();
    jar.set_cookies(&host, "d=3; path=/d").unwrap();
    assert_eq!(names(&jar), "c d e");
    // What has ended goes first.
    jar.set_cookies(&host, "e=2; path=/e; Max-Age=5").unwrap();
    clock.advance(Duration::from_secs(5));
    jar.set_cookies(&host, "f=1; path=/f").unwrap();
    assert_eq!(names(&jar), "c d f");
    // The container as a whole.
    jar.set_cookies(&uri("https://g.example/"), "x=1").unwrap();
    assert_eq!(names(&jar), "c d f x");
    jar.set_cookies(&uri("https://k.example/"), "y=1").unwrap();
    assert_eq!(names(&jar), "c f x y");
    assert_eq!(jar.count(), 4);
    // Smaller limits hold at once.
    jar.set_per_domain_capacity(1).unwrap();
    assert_eq!(names(&jar), "c x y");
    jar.set_capacity(1).unwrap();
    assert_eq!((names(&jar), jar.count()), ("c".to_owned(), 1));
    // Setting again needs no room.
    jar.set_cookies(&host, "c=2; path=/c; Secure").unwrap();
    assert_eq!(jar.get_cookie_header(&uri("https://h.example/c")), "c=2");
    jar.clear();
    assert_eq!((jar.count(), jar.get_all_cookies().count()), (0, 0));
}

#[test]
fn cookie_container_is_shared_by_its_clones() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}
    let jar = CookieContainer::with_limits(1000, 1000, 10).unwrap();
    is_send_and_sync(&jar);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let jar = jar.clone();
            scope.spawn(move || {
                for number in 0..100 {
                    let field = format!("c{thread}x{number}=1; path=/{thread}");
                    jar.set_cookies(&uri("http://h/"), &field).unwrap();
                    let _ = jar.get_cookie_header(&uri("http://h/0"));
                }
            });
        }
    });
    assert_eq!(jar.count(), 400);
    assert_eq!(jar.get_cookies(&uri("http://h/3")).count(), 100);
}

#[test]
fn cookie_container_add_and_remove() {
    let (jar, _) = container();
    let cookie = Cookie::with_domain("a", "1", "/", ".example.com").unwrap();
    jar.add(&cookie).unwrap();
    assert_eq!(
        jar.get_cookie_header(&uri("http://x.y.example.com/")),
        "a=1"
    );
    assert!(jar.remove(&cookie) && !jar.remove(&cookie));
    for (domain, fine) in [
        ("example.com", true),
        ("127.0.0.1", true),
        ("[::1]", true),
        ("localhost", true),
        ("", false),
        (".", false),
        (".com", false),
        ("com", true), // for the host `com` alone
        ("co.uk/", false),
        ("example.com:80", false),
        ("user@example.com", false),
        ("example.com/path", false),
        ("a b.com", false),
    ] {
        let (jar, _) = container();
        let cookie = Cookie::with_domain("a", "1", "/", domain).unwrap();
        let taken = jar.add(&cookie).is_ok();
        assert_eq!(taken && domain != ".com", fine, "{domain}");
        assert_eq!(jar.get_cookie_header(&uri("http://x.com/")), "");
    }
    // What was taken out can be put back.
    jar.set_cookies(&uri("http://www.example.com/x/"), "h=1")
        .unwrap();
    jar.set_cookies(&uri("http://www.example.com/x/"), "d=1; domain=example.com")
        .unwrap();
    let all = jar.get_all_cookies();
    let again = container().0;
    again.add_all(&all).unwrap();
    assert_eq!(
        again.get_cookie_header(&uri("http://www.example.com/x/")),
        "h=1; d=1"
    );
    assert_eq!(
        again.get_cookie_header(&uri("http://other.example.com/x/")),
        "d=1"
    );
    again
        .add_all_for(
            &uri("http://www.example.com/y/"),
            &[Cookie::new("n", "2").unwrap()].into_iter().collect(),
        )
        .unwrap();
    assert_eq!(
        again.get_cookie_header(&uri("http://www.example.com/y/z")),
        "n=2"
    );
    // One that has ended takes the other away.
    let mut ended = Cookie::with_path("n", "", "/y").unwrap();
    ended.set_expires(Some(SystemTime::UNIX_EPOCH));
    again
        .add_for(&uri("http://www.example.com/y/"), &ended)
        .unwrap();
    assert_eq!(
        again.get_cookie_header(&uri("http://www.example.com/y/z")),
        ""
    );
    for nowhere in ["file:///x", "urn:a:b"] {
        let error = jar.set_cookies(&uri(nowhere), "a=b").unwrap_err();
        assert_eq!(error.kind(), CookieErrorKind::Host, "{nowhere}");
        assert!(jar.get_cookies(&uri(nowhere)).is_empty());
    }
}

#[test]
fn cookie_collection_members() {
    let cookie = |name: &str, domain: &str| Cookie::with_domain(name, "v", "/", domain).unwrap();
    let mut list: CookieCollection = [cookie("a", "h"), cookie("b", "h")].into_iter().collect();
    list.add(cookie("A", ".H"));
    list.add(cookie("a", "g"));
    assert_eq!(list.count(), 3);
    assert_eq!(list.get("a").map(Cookie::name), Some("A"));
    assert_eq!(list.get_at(2).map(Cookie::domain), Some("g"));
    assert!(list.get_at(3).is_none() && list.get("c").is_none());
    let mut other = CookieCollection::new();
    other.add_all(list.clone());
    assert_eq!(other, list);
    assert!(other.contains(&cookie("b", "H")));
    assert!(other.remove(&cookie("b", "h")).is_some());
    assert!(other.remove(&cookie("b", "h")).is_none());
    assert_eq!(other.as_slice().len(), (&other).into_iter().count());
    other.clear();
    assert!(other.is_empty() && !other.is_read_only() && !other.is_synchronized());
}

#[test]
fn cookie_members() {
    let mut cookie = Cookie::empty();
    assert_eq!(cookie.to_string(), "");
    assert_eq!(cookie, Cookie::default());
    assert!(cookie.set_name("").is_err() && cookie.set_name("$a").is_err());
    cookie.set_name("a").unwrap();
    assert!(cookie.set_name("b;").is_err());
    assert_eq!(cookie.name(), "a");
    cookie.set_expired(false);
    assert!(!cookie.expired() && cookie.expires().is_none());
    cookie.set_expired(true);
    assert!(cookie.expired());
    let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
    cookie.set_expires(Some(ends));
    assert!(cookie.expired_at(ends) && !cookie.expired_at(ends - Duration::from_nanos(1)));
    // Equality is that of .NET.
    let one = Cookie::with_domain("Name", "v", "/p", "H").unwrap();
    let mut two = Cookie::with_domain("NAME", "v", "/p", "h").unwrap();
    two.set_secure(true);
    assert_eq!(one, two);
    two.set_version(1);
    assert_ne!(one, two);
    assert_ne!(one, Cookie::with_domain("Name", "V", "/p", "H").unwrap());
    assert_ne!(one, Cookie::with_domain("Name", "v", "/P", "H").unwrap());
    let set: std::collections::HashSet<Cookie> = [
        one.clone(),
        Cookie::with_domain("name", "v", "/p", "h").unwrap(),
    ]
    .into_iter()
    .collect();
    assert_eq!(set.len(), 1);
    // What a server writes, a client reads.
    let mut cookie = Cookie::with_domain("a", "b", "/", "example.com").unwrap();
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_comment("why");
    cookie.set_comment_uri(Some(uri("http://h/")));
    cookie.set_discard(true);
    let now = FakeClock::new().utc_now();
    cookie.set_expires(Some(now + Duration::from_secs(60)));
    let field = cookie.to_set_cookie(now).unwrap();
    assert_eq!(
        field,
        "a=b; Domain=example.com; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax; \
         Comment=why; CommentURL=\"http://h/\"; Discard"
    );
    let (jar, _) = container();
    let taken = jar.accept_set_cookie(&uri("https://www.example.com/"), &field);
    assert_eq!(taken.get_at(0).unwrap().to_set_cookie(now).unwrap(), field);
}

#[test]
fn cookie_header_of_a_request_is_read() {
    for (header, expected) in [
        ("", ""),
        ("a=1", "a=1"),
        ("a=1; b=2;c=\"3;4\"", "a=1|b=2|c=\"3;4\""),
        (
            "$Version=1; a=1; $Path=/x; $Domain=.h; b=2; $Port=\"80\"",
            "$Version=1; a=1; $Path=/x; $Domain=.h|$Version=1; b=2; $Port=\"80\"",
        ),
        ("$Path=/; a=1", "a=1"),
        (" ; =x; ok", "ok="),
    ] {
        let cookies = CookieCollection::from_cookie_header(header);
        let shown: Vec<String> = cookies.iter().map(ToString::to_string).collect();
        assert_eq!(shown.join("|"), expected, "{header}");
    }
}

proptest! {
    /// A second door to the rule of RFC 6265 section 5.1.3, over names that often fit.
    #[test]
    fn cookie_container_never_tells_a_host_outside(
        set in "(a\\.|b\\.|ab\\.){0,3}(x\\.example|xx\\.example|co\\.uk|github\\.io|10\\.0\\.0\\.1)",
        domain in "\\.?(a\\.|b\\.|ab\\.){0,2}(x\\.example|xx\\.example|example|co\\.uk|uk|github\\.io|0\\.0\\.1)",
        get in "(a\\.|b\\.|ab\\.){0,3}(x\\.example|xx\\.example|co\\.uk|github\\.io|10\\.0\\.0\\.1)",
    ) {
        let (Ok(set), Ok(get)) = (Uri::parse(&format!("http://{set}/")), Uri::parse(&format!("http://{get}/"))) else {
            return Ok(());
        };
        let jar = container().0;
        let taken = jar.set_cookies(&set, &format!("a=1; domain={domain}")).is_ok();
        let sent = !jar.get_cookie_header(&get).is_empty();
        let bare = domain.trim_start_matches('.');
        let within = |host: &str| host == bare || host.ends_with(&format!(".{bare}"));
        let open = ["example", "co.uk", "uk", "github.io", "0.0.1"].contains(&bare);
        let is_address = |uri: &Uri| uri.host().ends_with(".1");
        let fits = within(set.host()) && (!open || set.host() == bare) && !is_address(&set);
        prop_assert_eq!(taken, fits);
        let expected = fits && within(get.host()) && (!open || get.host() == set.host());
        prop_assert_eq!(sent, expected);
    }
}
