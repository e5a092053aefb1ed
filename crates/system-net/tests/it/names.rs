//! One flat namespace: the names of every crate, and no two things under one name.

/// Glob exports of one name would be ambiguous, which only a use shows.
#[test]
fn facade_names_are_not_ambiguous() {
    fn exists<T: ?Sized>() -> &'static str {
        std::any::type_name::<T>()
    }
    for (name, end) in [
        (exists::<system_net::Uri>(), "Uri"),
        (exists::<system_net::UriBuilder>(), "UriBuilder"),
        (exists::<system_net::IpEndPoint>(), "IpEndPoint"),
        (exists::<system_net::SocketError>(), "SocketError"),
        (exists::<system_net::TlsError>(), "TlsError"),
        (exists::<system_net::HttpWebRequest>(), "HttpWebRequest"),
        (exists::<system_net::HttpListener>(), "HttpListener"),
        (exists::<system_net::Settings>(), "Settings"),
        (exists::<system_net::Configuration>(), "Configuration"),
        (exists::<system_net::AsyncResult<()>>(), "AsyncResult<()>"),
        (exists::<dyn system_net::Resolver>(), "Resolver"),
        (exists::<dyn system_net::Proxy>(), "Proxy"),
    ] {
        assert!(name.ends_with(end), "{name}");
    }
    let _future: system_net::BoxFuture<()> = Box::pin(async {});
    let _limit: Option<system_net::RateLimit> = None;
}

/// The exported names of two crates, read from their sources, differ, but for what both have from a crate below.
#[test]
fn facade_crates_share_no_names() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut homes = std::collections::BTreeMap::<String, Vec<&str>>::new();
    for part in [
        "uri",
        "primitives",
        "config",
        "sockets",
        "security",
        "requests",
        "http-listener",
        "web-proxy",
    ] {
        let path = format!("{crates}/system-net-{part}/src/lib.rs");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut names = 0;
        for statement in text.split("\npub use ").skip(1) {
            let statement = statement.split(';').next().unwrap();
            let list = statement.rsplit("::").next().unwrap();
            for name in list.split(['{', '}', ',']).map(str::trim) {
                if !name.is_empty() {
                    homes.entry(name.to_owned()).or_default().push(part);
                    names += 1;
                }
            }
        }
        assert!(names > 3, "{path}: {names} names");
    }
    homes.retain(|_, homes| homes.len() > 1);
    let shared = ["BoxFuture", "RateLimit"];
    assert_eq!(homes.keys().collect::<Vec<_>>(), shared, "{homes:?}");
}

#[test]
fn prelude_makes_a_request() {
    use system_net::prelude::*;

    let context = NetContext::new();
    let request = WebRequest::create_in(&context, "http://www.contoso.com/").unwrap();
    assert_eq!(request.method().unwrap(), "GET");
    let error = WebRequest::create_in(&context, "gopher://www.contoso.com/").unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::NotSupported(_))),
        "{error:?}"
    );
}
