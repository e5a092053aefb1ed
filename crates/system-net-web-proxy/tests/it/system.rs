//! Environment variables and `no_proxy`.

use system_net_web_proxy::{NoProxy, WebProxy};

use crate::{route, uri};

/// A proxy from variables that stand as `name=value`.
fn from(variables: &'static [&'static str]) -> WebProxy {
    WebProxy::from_variables(|name| {
        let set = variables
            .iter()
            .filter_map(|variable| variable.split_once('='));
        set.filter(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
            .next()
    })
}

#[track_caller]
fn check(variables: &'static [&'static str], routes: &[(&str, &str)]) {
    let proxy = from(variables);
    for (destination, expected) in routes {
        assert_eq!(
            route(&proxy, destination),
            *expected,
            "{variables:?} {destination}"
        );
    }
}

#[test]
fn env_proxy_table() {
    const HTTP: &str = "http://a.com/";
    const HTTPS: &str = "https://a.com/";
    const FTP: &str = "ftp://a.com/";
    check(&[], &[(HTTP, "direct"), (HTTPS, "direct")]);
    check(
        &["http_proxy=p:1"],
        &[
            (HTTP, "http://p:1/"),
            (HTTPS, "direct"),
            ("http://127.0.0.1/", "direct"),
        ],
    );
    check(&["HTTP_PROXY=p:1"], &[(HTTP, "http://p:1/")]);
    check(
        &["http_proxy=small:1", "HTTP_PROXY=large:1"],
        &[(HTTP, "http://small:1/")],
    );
    check(
        &["https_proxy=", "HTTPS_PROXY=large:1"],
        &[(HTTPS, "http://large:1/"), (HTTP, "direct")],
    );
    check(
        &["all_proxy=p:1", "https_proxy=s:1"],
        &[
            (HTTP, "http://p:1/"),
            (HTTPS, "http://s:1/"),
            (FTP, "http://p:1/"),
            ("ws://a.com/", "http://p:1/"),
            ("wss://a.com/", "http://s:1/"),
        ],
    );
    check(&["ALL_PROXY=socks5h://p:1"], &[(HTTP, "socks5h://p:1/")]);
    check(
        &["ftp_proxy=http://p:1/path?x"],
        &[(FTP, "http://p:1/"), (HTTP, "direct")],
    );
    check(&["http_proxy=:::"], &[(HTTP, "direct")]);
    check(
        &["http_proxy=p:1", "no_proxy=b.com, .c.com"],
        &[
            (HTTP, "http://p:1/"),
            ("http://www.b.com/", "direct"),
            ("http://x.c.com/", "direct"),
        ],
    );
    check(&["http_proxy=p:1", "NO_PROXY=*"], &[(HTTP, "direct")]);
    check(
        &["http_proxy=p:1", "no_proxy=a.com:8080"],
        &[(HTTP, "http://p:1/"), ("http://a.com:8080/", "direct")],
    );
    check(
        &["http_proxy=p:1", "no_proxy=10.0.0.0/8"],
        &[
            ("http://10.1.2.3/", "direct"),
            ("http://11.1.2.3/", "http://p:1/"),
            ("http://0x0a010203/", "direct"),
        ],
    );

    // The lists, as curl reads them.
    let rows = include_str!("../../../../tests/conformance/proxy/no-proxy.tsv");
    let mut count = 0;
    for row in rows.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let expected = *columns.last().unwrap();
        let port = Some(80);
        let covered = NoProxy::parse(columns[1]).covers(columns[0], port);
        assert_eq!(covered, expected == "direct", "{row}");
        count += 1;
    }
    assert_eq!(count, 61);
}

#[test]
fn httpoxy_ignored() {
    const HTTP: &str = "http://a.com/";
    for cgi in ["REQUEST_METHOD", "GATEWAY_INTERFACE"] {
        let inside = |own: &'static str| {
            WebProxy::from_variables(move |name| match name {
                "HTTP_PROXY" => Some("evil:1".to_owned()),
                name if name == cgi => Some("GET".to_owned()),
                name if name == own => Some("good:1".to_owned()),
                _ => None,
            })
        };
        assert_eq!(route(&inside(""), HTTP), "direct", "{cgi}");
        assert_eq!(
            route(&inside("http_proxy"), HTTP),
            "http://good:1/",
            "{cgi}"
        );
        // No header is called so.
        assert_eq!(
            route(&inside("HTTPS_PROXY"), "https://a.com/"),
            "http://good:1/",
            "{cgi}"
        );
    }
}

#[test]
fn logins_in_variables_belong_to_their_proxy() {
    let proxy = from(&[
        "http_proxy=http://ben:s%40cret%3A@p:1",
        "https_proxy=ann:p@ss/w@s:2",
        "all_proxy=nobody:3",
    ]);
    assert_eq!(route(&proxy, "http://a.com/"), "http://p:1/");
    assert_eq!(route(&proxy, "https://a.com/"), "http://s:2/");
    let credentials = proxy.credentials().unwrap();
    let login = |address| {
        let login = credentials.get_credential(&uri(address), "Basic")?;
        Some((login.user_name().to_owned(), login.password().to_owned()))
    };
    let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
    assert_eq!(login("http://p:1/"), pair("ben", "s@cret:"));
    assert_eq!(login("http://s:2/"), pair("ann", "p@ss/w"));
    assert_eq!(login("http://nobody:3/"), None);
    assert_eq!(login("http://p:2/"), None);
    assert!(!format!("{proxy:?}").contains("cret"));
    assert!(from(&["http_proxy=p:1"]).credentials().is_none());
}

#[test]
fn one_proxy_for_all_is_an_address() {
    let address = |variables| from(variables).address();
    assert_eq!(address(&["all_proxy=p:1"]), Some(uri("http://p:1/")));
    assert_eq!(
        address(&["all_proxy=p:1", "http_proxy=p:1"]),
        Some(uri("http://p:1/"))
    );
    assert_eq!(address(&["all_proxy=p:1", "http_proxy=q:1"]), None);
    assert_eq!(address(&["http_proxy=q:1"]), None);
}
