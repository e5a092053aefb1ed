//! Tables of prefixes: what `Add` takes, and what `Start` makes of it.

use super::*;

#[test]
fn the_outer_form() {
    #[track_caller]
    fn check_row(text: &str, good: bool) {
        assert_eq!(check(text).is_ok(), good, "{text}");
    }
    // What recorded .NET implementations agree on.
    check_row("http://*:80/", true);
    check_row("http://*/", true);
    check_row("http://localhost:8080/x", false);
    check_row("http://x:80/a/../b/", true);
    check_row("http://x/?q/", true);
    check_row("http://x/#f/", true);
    check_row("http://u@x/", true);
    check_row("http://[::1]:80/", true);
    check_row("http://1.2.3.4/", true);
    check_row("http://x/a b/", true);
    check_row("http:/x/", false);
    check_row("x", false);
    check_row("http://*.x.com/", true);
    check_row("http://**/", true);
    check_row("http://\u{e4}/", true);
    check_row("http://x/\u{e4}/", true);
    // Where they differ, the stricter one; 0 is an extension.
    check_row("http:///", false);
    check_row("http://x:0/", true);
    check_row("http://x:65536/", false);
    check_row("http://x:80:81/", false);
    check_row("http://x:/", false);
    check_row("http://x:+80/", false);
    check_row("http://[::1/", false);
    check_row("http://[::1]x/", false);
    check_row("HTTPS://+/", true);
    check_row("ftp://x/", false);
    check_row("http://", false);
    check_row("http://\u{1F600}", false);
    check_row("\u{e4}\u{e4}\u{e4}\u{e4}", false);
    check_row("", false);
}

#[test]
fn what_can_be_listened_for() {
    #[track_caller]
    fn good(text: &str, host: PrefixHost, port: u16, path: &str) {
        let prefix = Prefix::parse(text).unwrap();
        assert_eq!(prefix.host, host, "{text}");
        assert_eq!(prefix.port, port, "{text}");
        assert_eq!(prefix.path.escape_ascii().to_string(), path, "{text}");
        assert_eq!(
            prefix.secure,
            text.to_ascii_lowercase().starts_with("https")
        );
    }
    let name = |name: &str| PrefixHost::Name(name.into());
    good("http://+/", PrefixHost::Strong, 80, "/");
    good("https://+/", PrefixHost::Strong, 443, "/");
    good("http://*:8080/A/b/", PrefixHost::Weak, 8080, "/a/b/");
    good("http://Example.ORG./", name("example.org"), 80, "/");
    good(
        "http://b\u{fc}cher.example/",
        name("xn--bcher-kva.example"),
        80,
        "/",
    );
    good(
        "http://127.0.0.1:0/",
        PrefixHost::Address([127, 0, 0, 1].into()),
        0,
        "/",
    );
    good(
        "http://[::ffff:127.0.0.1]/",
        PrefixHost::Address([127, 0, 0, 1].into()),
        80,
        "/",
    );
    let loopback: IpAddr = "::1".parse().unwrap();
    good(
        "http://[::1]:81/x/",
        PrefixHost::Address(loopback),
        81,
        "/x/",
    );
    good("http://x/a/../b/", name("x"), 80, "/b/");
    good("http://x/%41%2f/", name("x"), 80, "/a%2f/");
    good("http://x/\u{e4}/", name("x"), 80, "/\\xc3\\xa4/");

    #[track_caller]
    fn bad(text: &str, reason: &str) {
        let error = Prefix::parse(text).unwrap_err();
        assert_eq!(error.kind(), HttpListenerErrorKind::InvalidPrefix, "{text}");
        assert_eq!(error.error_code(), 87);
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
    bad("http://x/?q/", "no query");
    bad("http://x/#f/", "no query");
    bad("http://u@x/", "user name");
    bad("http://*.x.com/", "whole host");
    bad("http://**/", "whole host");
    bad("http://x:70000/", "port");
    bad("http://[fe80::1%25eth0]/", "zone");
    bad("http://a b/", "host");
    bad("http://0.0.0.0/", "write + or *");
    bad("http://[::]:81/", "write + or *");
    bad("http://[::ffff:0.0.0.0]/", "write + or *");
}
