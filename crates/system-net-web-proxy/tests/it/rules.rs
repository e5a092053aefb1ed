//! What a `WebProxy` serves and what not.

use std::sync::Arc;

use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use system_net_uri::Uri;
use system_net_web_proxy::{GlobalProxySelection, Proxy, WebProxy, WebProxyError};

use crate::{route, uri};

const PROXY: &str = "http://p:8080/";

/// Which of the destinations the proxy serves.
#[track_caller]
fn check(proxy: &WebProxy, served: &[&str], bypassed: &[&str]) {
    for destination in served {
        assert_eq!(route(proxy, destination), PROXY, "{destination} {proxy:?}");
    }
    for destination in bypassed {
        assert_eq!(
            route(proxy, destination),
            "direct",
            "{destination} {proxy:?}"
        );
    }
}

fn proxy(bypass_on_local: bool, list: &[&str]) -> WebProxy {
    WebProxy::new_with_bypass("p:8080", bypass_on_local, list).unwrap()
}

#[test]
fn web_proxy_bypass_table() {
    check(
        &proxy(false, &[]),
        &[
            "http://host/",
            "http://www.contoso.com/",
            "ftp://a.b.c/",
            "https://10.1.2.3/",
        ],
        &[
            "http://localhost/",
            "http://LOOPBACK/x",
            "http://127.0.0.1:81/",
            "http://127.1.2.3/",
            "http://[::1]/",
            "file:///x",
        ],
    );
    check(
        &proxy(true, &[]),
        &["http://www.contoso.com/"],
        &["http://host/"],
    );
    check(
        &proxy(false, &[r"10\..*", "https"]),
        &["http://www.contoso.com/", "http://11.1.2.3/"],
        &["http://10.1.2.3:81/x?y", "https://www.contoso.com/"],
    );
    let none = WebProxy::default();
    check(&none, &[], &["http://www.contoso.com/"]);
    none.set_address(Some(uri("http://p:8080")));
    check(&none, &["http://www.contoso.com/"], &[]);
    none.set_address(None);
    check(&none, &[], &["http://www.contoso.com/"]);
    assert_eq!(none.address(), None);
    // The proxy's own credentials.
    let login: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("ben", "geheim-Zx81"));
    let with = WebProxy::new_with_credentials("p", true, &["a"], Some(login)).unwrap();
    assert!(with.bypass_proxy_on_local() && with.bypass_list() == ["a"]);
    let given = with
        .credentials()
        .unwrap()
        .get_credential(&uri("http://p/"), "Basic");
    assert_eq!(given.unwrap().user_name(), "ben");
    assert!(!with.use_default_credentials());
    with.set_use_default_credentials(true);
    assert!(with.use_default_credentials() && with.credentials().unwrap().is_default());
    with.set_use_default_credentials(false);
    assert!(with.credentials().is_none());
    with.set_credentials(Some(CredentialCache::default_credentials()));
    assert!(with.use_default_credentials());
}

#[test]
fn proxy_address_forms() {
    let check = |given: &str, expected: Option<&str>| {
        let made = WebProxy::new(given).ok();
        let address = made.and_then(|proxy| proxy.address());
        let shown = address.map(|address| address.absolute_uri().to_string());
        assert_eq!(shown.as_deref(), expected, "{given}");
    };
    check(
        "http://proxy.contoso.com:3128",
        Some("http://proxy.contoso.com:3128/"),
    );
    check(
        "proxy.contoso.com:3128",
        Some("http://proxy.contoso.com:3128/"),
    );
    check("proxy", Some("http://proxy/"));
    check("1.2.3.4:80", Some("http://1.2.3.4/"));
    check("[::1]:3128", Some("http://[::1]:3128/"));
    check("https://p:1/x", Some("https://p:1/x"));
    check("//p:80", None);
    check("", None);
    check("http://", None);
    let error = WebProxy::new("http://").unwrap_err();
    assert!(matches!(error, WebProxyError::Address(_)), "{error}");
    let port =
        |host: &str| WebProxy::new_with_port(host, 3128).map(|proxy| route(&proxy, "http://a.b/"));
    assert_eq!(port("p").unwrap(), "http://p:3128/");
    assert_eq!(port("[::1]").unwrap(), "http://[::1]:3128/");
    assert!(port("::1").is_err());
    let by_uri = WebProxy::new(uri("http://p:8080")).unwrap();
    assert_eq!(by_uri.address(), Some(uri("http://p:8080/")));
    // Nobody reads a password in a log.
    let secret = WebProxy::new("http://ben:geheim-Zx81@p:1").unwrap();
    assert_eq!(
        format!("{secret:?}"),
        "WebProxy { address: Some(\"http://p:1\"), bypass_proxy_on_local: false, bypass_list: [], .. }"
    );
}

#[test]
fn bypass_on_local_rule() {
    let local = proxy(true, &[]);
    check(
        &local,
        &[
            "http://www.contoso.com/",
            "http://192.0.2.77/",
            "http://[2001:db8::77]/",
        ],
        &[
            "http://intranet/",
            "http://intranet:81/x",
            "http://127.0.0.1/",
            "http://[::1]/",
        ],
    );
    // The machine's own domain: as the kernel has it, if it has one.
    let read = |name: &str| std::fs::read_to_string(format!("/proc/sys/kernel/{name}"));
    let (domain, host) = (read("domainname"), read("hostname"));
    let domain = domain.ok().map(|domain| domain.trim().to_owned());
    let own = domain
        .filter(|domain| !domain.is_empty() && domain != "(none)")
        .or_else(|| {
            let host = host.ok()?;
            Some(host.trim().split_once('.')?.1.to_owned())
        });
    if let Some(own) = own {
        check(
            &local,
            &[&format!("http://a.b.{own}/")],
            &[&format!("http://a.{own}/")],
        );
    }
    check(&proxy(false, &[]), &["http://intranet/"], &[]);
}

#[test]
fn bypass_list_regex_and_glob() {
    // Anywhere in the server, in any letter case.
    check(
        &proxy(false, &["CONTOSO"]),
        &["http://www.fabrikam.com/contoso", "http://contos.o/"],
        &["http://www.contoso.com/", "ftp://contoso/"],
    );
    check(
        &proxy(false, &[":8080$", r"^https://.*\.com$"]),
        &["http://a.com/", "https://a.com:81/", "http://a.com:80/"],
        &[
            "http://a.com:8080/x",
            "https://a.com/",
            "https://a.com:443/",
        ],
    );
    check(&proxy(false, &[""]), &[], &["http://www.contoso.com/"]);
    // What is a pattern of file names is no expression, and is not taken for one that matches nothing.
    let error = WebProxy::new_with_bypass("p", false, &["a", "*.contoso.com"]).unwrap_err();
    let told = error.to_string();
    assert!(matches!(error, WebProxyError::BypassList(_)), "{told}");
    assert!(
        told.contains("entry 2 of the bypass list, '*.contoso.com'"),
        "{told}"
    );
    assert!(
        told.contains(r"meant is perhaps '.*\.contoso\.com$'"),
        "{told}"
    );
    // In linear time only: no look-around, nothing of endless size.
    for refused in ["(?=a)", r"(a)\1", "(((a{100}){100}){100})", "(", r"\c"] {
        let made = WebProxy::new_with_bypass("p", false, &[refused]);
        assert!(made.is_err(), "{refused}");
    }
    let changed = proxy(false, &["a"]);
    assert!(changed.set_bypass_list(&["("]).is_err());
    assert_eq!(changed.bypass_list(), ["a"]);
    changed.set_bypass_list(&["b", "c"]).unwrap();
    assert_eq!(changed.bypass_list(), ["b", "c"]);
}

#[test]
fn bypass_array_list_is_live() {
    let proxy = proxy(false, &[]);
    let list = proxy.bypass_array_list();
    assert!(list.is_empty());
    list.add("contoso").unwrap();
    list.add("fabrikam").unwrap();
    check(
        &proxy,
        &["http://a.b/"],
        &["http://www.contoso.com/", "http://fabrikam.com/"],
    );
    assert!(list.add("(").is_err());
    assert_eq!(
        (list.len(), list.to_vec()),
        (2, vec!["contoso".to_owned(), "fabrikam".to_owned()])
    );
    assert!(list.remove("contoso"));
    assert!(!list.remove("contoso"));
    check(
        &proxy,
        &["http://www.contoso.com/"],
        &["http://fabrikam.com/"],
    );
    list.clear();
    check(&proxy, &["http://fabrikam.com/"], &[]);
}

#[test]
fn guide_static_proxy_listing() {
    let proxy = WebProxy::new_with_bypass(
        "http://proxy.contoso.com:3128",
        true,
        &["[a-z]+.blueyonderairlines.com$"],
    )
    .unwrap();
    let check =
        |destination, expected| assert_eq!(route(&proxy, destination), expected, "{destination}");
    let served = "http://proxy.contoso.com:3128/";
    check("http://www.blueyonderairlines.com/", "direct");
    check("https://WWW.BlueYonderAirlines.com/a?b", "direct");
    // Its dots are any character, and its beginning is free.
    check("http://www-blueyonderairlines.com/", "direct");
    check("http://www.blueyonderairlines-com/", "direct");
    // The end is not: a port behind it is another server.
    check("http://www.blueyonderairlines.com:8080/", served);
    check("http://www.blueyonderairlines.com:80/", "direct");
    check("http://www.blueyonderairlines.com.evil.com/", served);
    check("http://blueyonderairlines.com/", served);
    check("http://www.contoso.com/", served);
    check("http://intranet/", "direct");
}

/// A proxy of one's own: everything that is not of one server goes through it.
struct Custom(Uri);

impl Proxy for Custom {
    fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
        (!self.is_bypassed(destination)).then(|| self.0.clone())
    }

    fn is_bypassed(&self, host: &Uri) -> bool {
        host.host() == "direct.com"
    }
}

#[test]
fn a_proxy_of_ones_own_needs_two_methods() {
    let custom = Custom(uri(PROXY));
    assert_eq!(route(&custom, "http://direct.com/"), "direct");
    assert_eq!(route(&custom, "http://other.com/"), PROXY);
    assert!(custom.credentials().is_none());
    assert!(custom.set_credentials(None).is_err());
}

#[test]
#[expect(deprecated, reason = "the obsolete members are tested as well")]
fn the_empty_proxy_serves_nothing() {
    let empty = GlobalProxySelection::get_empty_web_proxy();
    assert_eq!(route(&*empty, "http://www.contoso.com/"), "direct");
    let destination = uri("http://www.contoso.com/");
    assert_eq!(empty.get_proxy(&destination), Some(destination));
    empty
        .set_credentials(Some(CredentialCache::default_credentials()))
        .unwrap();
    assert!(empty.credentials().unwrap().is_default());
}
