//! What the guide says of configuration: each listing and each sentence that promises something has a
//! row that names the test of it; the listings themselves are tried here, as they stand, through the
//! facade.

use std::path::Path;
use std::sync::Arc;

use system_net::prelude::*;
use system_net::{
    Configuration, Dns, OverrideResolver, ServicePointManager, register_authentication_module_in,
    register_module_in,
};
use system_net_testkit::{HttpPeer, Response};

use crate::login_module::LoginModule;

/// Section of the guide, what it promises, and the test that shows it or the row that waits.
const PROMISES: &[(&str, &str, &str)] = &[
    (
        "Enabling and Disabling IPv6",
        "listing",
        "guide_ipv6_listings",
    ),
    (
        "Enabling and Disabling IPv6",
        "the application's file goes before the machine's",
        "guide_ipv6_listings",
    ),
    (
        "Enabling and Disabling IPv6",
        "members of Dns give IPv6 addresses, whatever the switch says",
        "guide_ipv6_listings",
    ),
    (
        "Enabling and Disabling IPv6",
        "obsolete members of Dns obey the switch",
        "guide_ipv6_listings",
    ),
    (
        "Modify the Computer Configuration File",
        "listing",
        "guide_ipv6_listings",
    ),
    (
        "Modify the Computer Configuration File",
        "a machine.config in a folder for each version",
        "config_machine_file_search",
    ),
    (
        "Modify the Computer Configuration File",
        "on by default in 2.0, off in 1.1",
        "ipv6_switch_default_by_target",
    ),
    (
        "Configuring Internet Applications",
        "listing of the proxy: the slip in it is told (E3)",
        "guide_default_proxy_listing",
    ),
    (
        "Configuring Internet Applications",
        "the proxy serves, but not local addresses and contoso.com",
        "guide_default_proxy_listing",
    ),
    (
        "Configuring Internet Applications",
        "the proxy that GlobalProxySelection returns",
        "example_global_proxy",
    ),
    (
        "Configuring Internet Applications",
        "any request without a proxy of its own uses it",
        "config_default_proxy_precedence",
    ),
    (
        "Configuring Internet Applications",
        "the system's settings combined, the file's over them",
        "config_over_system_proxy",
    ),
    (
        "Configuring Internet Applications",
        "listing of 2, 4 and 1 connections",
        "guide_connection_management_listing",
    ),
    (
        "Configuring Internet Applications",
        "2, 4 and 1 connections, counted at servers",
        "config_connection_management",
    ),
    (
        "Configuring Internet Applications",
        "listing of an authentication module",
        "guide_module_listings",
    ),
    (
        "Configuring Internet Applications",
        "listing of a request module, which overrides http (E34)",
        "guide_module_listings",
    ),
    (
        "Configuring Internet Applications",
        "https and file are overridden too",
        "config_overrides_builtin_http",
    ),
    (
        "Enabling Network Tracing",
        "listing of a log file",
        "trace_root_listener_file",
    ),
    (
        "Enabling Network Tracing",
        "the default listener if there is no other",
        "the_default_listener_and_the_console",
    ),
    (
        "How to: Configure Network Tracing",
        "listing",
        "no_line_is_lost_at_the_end",
    ),
    (
        "How to: Configure Network Tracing",
        "traces of an unchanged program by a file alone",
        "trace_by_config_only",
    ),
    (
        "How to: Configure Network Tracing",
        "the application's file goes before the machine's",
        "trace_machine_then_app",
    ),
    (
        "How to: Configure Network Tracing",
        "which classes each source is of",
        "trace_every_class_emits",
    ),
    (
        "How to: Configure Network Tracing",
        "two names of the source of web sockets (E2)",
        "sources_are_told_apart_by_their_names",
    ),
    (
        "How to: Configure Network Tracing",
        "levels; value on a source is an error",
        "trace_attribute_errors",
    ),
    (
        "How to: Configure Network Tracing",
        "maxdatasize, 1024 by default; on a switch an error",
        "trace_maxdatasize",
    ),
    (
        "How to: Configure Network Tracing",
        "tracemode in both places (E1)",
        "trace_attributes_in_both_places",
    ),
    (
        "How to: Configure Network Tracing",
        "tracemode: with numbers, or text alone",
        "trace_hex_vs_text",
    ),
    ("Configuring Caching", "a cache policy by a file", "F08-13"),
    (
        "Cache Policy",
        "the request's policy goes before the file's",
        "F08-13",
    ),
    (
        "Proxy Configuration",
        "listing of an adaptive proxy",
        "guide_proxy_listings",
    ),
    (
        "Proxy Configuration",
        "listing of a static proxy",
        "guide_proxy_listings",
    ),
    (
        "Proxy Configuration",
        "proxyaddress, bypassonlocal, usesystemdefault",
        "config_proxy_attrs",
    ),
    (
        "Proxy Configuration",
        "bypasslist, by regular expressions",
        "config_bypass_regex",
    ),
    (
        "Proxy Configuration",
        "usesystemdefault under 1.1 and 2.0 (E35)",
        "what_the_system_proxy_leaves_without_effect_is_told",
    ),
    ("Automatic Proxy Detection", "a script by a file", "F08-03"),
    (
        "Security via AppContext switches",
        "switches by a file",
        "config_appcontext",
    ),
    (
        "International Resource Identifiers",
        "idn and iriParsing by a file",
        "config_uri_section",
    ),
    (
        "International Resource Identifiers",
        "without IRI parsing there is no IDN",
        "config_idn_iri_elements",
    ),
    (
        "International Resource Identifiers",
        "read once",
        "uri_config_read_once",
    ),
    (
        "Extended Protection",
        "targetName of SmtpNetworkElement",
        "F08-25",
    ),
    (
        "Problems and their solutions",
        "useUnsafeHeaderParsing",
        "config_http_web_request",
    ),
    (
        "Understanding WebRequest Problems",
        "every status of the Framework, the guide's 18 marked (E14)",
        "status_enum_is_complete",
    ),
];

/// Each row names a test that there is, or a feature that is still open.
#[test]
fn guide_promises_are_accounted_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let features = std::fs::read_to_string(root.join("docs/features.md")).unwrap();
    let mut sources = String::new();
    read_sources(&root.join("crates"), &mut sources);
    let mut wrong = Vec::new();
    for (section, promise, test) in PROMISES {
        let found = match test.starts_with('F') {
            true => features
                .lines()
                .any(|line| line.starts_with(&format!("| {test} |")) && line.contains("| open |")),
            false => sources.contains(&format!("fn {test}()")),
        };
        if !found {
            wrong.push((section, promise, test));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn read_sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *into += &std::fs::read_to_string(path).unwrap();
        }
    }
}

/// A listing of the guide with what its host names are replaced by, as a file.
fn listing(name: &str, replaced: &[(&str, &str)]) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/conformance/guide-config"
    );
    let mut text = std::fs::read_to_string(Path::new(folder).join(name)).unwrap();
    for (from, to) in replaced {
        assert!(text.contains(from), "{name}: {from}");
        text = text.replace(from, to);
    }
    match text.contains("<configuration>") {
        true => text,
        false => format!("<configuration>{text}</configuration>"),
    }
}

/// A context of files, one over the other. Names lead nowhere but where `hosts` says.
#[track_caller]
fn context_of(files: &[&str], hosts: &[(&str, &[&str])]) -> NetContext {
    let mut configuration = Configuration::new();
    for text in files {
        configuration.apply_str(text, "app.config").unwrap();
    }
    let context = NetContext::from_configuration(configuration);
    let mut resolver = OverrideResolver::closed();
    for (host, addresses) in hosts {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        resolver.insert(host, addresses.collect());
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    context
}

/// What answers: its text, or the status of the failure.
fn answered(context: &NetContext, url: &str) -> String {
    let mut request = WebRequest::create_in(context, url).unwrap();
    match request.get_response() {
        Ok(response) => response.into_string().unwrap(),
        Err(error) => format!("{:?}", error.status()),
    }
}

/// A request that the proxy did not get: no such name can be looked up.
const DIRECT: &str = "NameResolutionFailure";

#[test]
#[expect(
    deprecated,
    reason = "the members that obey the switch are the obsolete ones"
)]
fn guide_ipv6_listings() {
    let host = "host.contoso.com";
    let families = |files: &[&str]| {
        let context = context_of(files, &[(host, &["10.0.0.1", "fd00::1"])]);
        let has_6 = |entry: system_net::IpHostEntry| {
            let mut addresses = entry.address_list().iter();
            addresses.any(|address| address.to_string() == "fd00::1")
        };
        (
            has_6(Dns::resolve_in(&context, host).unwrap()),
            has_6(Dns::get_host_entry_in(&context, host).unwrap()),
        )
    };
    // A machine without IPv6 has none in any case.
    let (machine_has, _) = families(&[]);
    for name in ["ipv6-switch.xml", "ipv6-machine.xml"] {
        let on = listing(name, &[]);
        let off = listing(name, &[("enabled=\"true\"", "enabled=\"false\"")]);
        assert_eq!(families(&[&on]), (machine_has, machine_has), "{name}");
        assert_eq!(families(&[&off]), (false, machine_has), "{name}");
        assert_eq!(families(&[&off, &on]), (machine_has, machine_has), "{name}");
        assert_eq!(families(&[&on, &off]), (false, machine_has), "{name}");
    }
}

/// A proxy that answers with its target, and its address as listings have it.
fn proxy() -> (HttpPeer, String) {
    let peer = HttpPeer::proxy(|request| Response::new(200).body(request.target()).into());
    let address = peer.url("");
    let address = address.trim_end_matches('/').to_owned();
    (peer, address)
}

#[test]
fn guide_default_proxy_listing() {
    // As it stands it is refused: what it means could never match.
    let error = Configuration::new()
        .apply_str(&listing("default-proxy.xml", &[]), "app.config")
        .unwrap_err();
    assert!(
        error
            .message()
            .contains(r"meant is perhaps `http://[a-z]+\.contoso\.com$`")
    );
    let (peer, address) = proxy();
    let meant = [
        ("http://proxyserver:80", &*address),
        (r"\.\contoso\.com/", r"\.contoso\.com$"),
    ];
    let context = context_of(&[&listing("default-proxy.xml", &meant)], &[]);
    let elsewhere = "http://www.fabrikam.com/a?b";
    assert_eq!(answered(&context, elsewhere), elsewhere);
    assert_eq!(answered(&context, "http://intranet/"), DIRECT);
    assert_eq!(answered(&context, "http://www.contoso.com/a"), DIRECT);
    let other = "http://www.contoso.com.fabrikam.com/";
    assert_eq!(answered(&context, other), other);
    assert_eq!(peer.request_count(), 2);
}

#[test]
fn guide_proxy_listings() {
    let (peer, address) = proxy();
    let fixed = listing(
        "static-proxy.xml",
        &[("http://proxy.contoso.com:3128", &address)],
    );
    let context = context_of(&[&fixed], &[]);
    let elsewhere = "http://www.contoso.com/";
    assert_eq!(answered(&context, elsewhere), elsewhere);
    assert_eq!(answered(&context, "http://intranet/"), DIRECT);
    assert_eq!(
        answered(&context, "http://www.blueyonderairlines.com/"),
        DIRECT
    );
    assert_eq!(peer.request_count(), 1);
    // Adaptive: the machine's fixed proxy is used, since the listing says nothing against it; alone it
    // leaves no proxy but one of a script.
    let adaptive = listing("adaptive-proxy.xml", &[]);
    let context = context_of(&[&fixed, &adaptive], &[]);
    assert_eq!(answered(&context, elsewhere), elsewhere);
    assert_eq!(answered(&context_of(&[&adaptive], &[]), elsewhere), DIRECT);
}

#[test]
fn guide_connection_management_listing() {
    let context = context_of(&[&listing("connection-management.xml", &[])], &[]);
    assert_eq!(context.configuration_warnings(), []);
    let manager = ServicePointManager::of(&context);
    for (url, limit) in [
        ("http://www.contoso.com/", 2),
        ("http://www.contoso.com/default.htm", 2),
        ("http://192.168.1.2/", 4),
        ("http://192.168.1.2:8080/", 4),
        ("https://192.168.1.2/", 4),
        ("http://www.adatum.com/", 1),
        ("http://192.168.1.3/", 1),
    ] {
        assert_eq!(
            manager.find(url).unwrap().connection_limit(),
            limit,
            "{url}"
        );
    }
}

/// Makes requests for another address.
struct Instead(Uri);

impl WebRequestCreate for Instead {
    fn create(&self, _context: &NetContext, _uri: &Uri) -> Result<WebRequest, WebError> {
        WebRequest::create_in(&NetContext::new(), &self.0)
    }
}

#[test]
fn guide_module_listings() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(login) => Response::new(200).body(login),
        None => Response::new(401).header("WWW-Authenticate", "My realm='r'"),
    });
    let context = context_of(&[&listing("authentication-modules.xml", &[])], &[]);
    assert_eq!(context.configuration_warnings().len(), 1, "of the type");
    let module = LoginModule {
        scheme: "My",
        answer: "My login",
        answers: |_, _| true,
    };
    register_authentication_module_in(&context, "MyAuthModule", module);
    assert_eq!(context.configuration_warnings(), []);
    let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
    request
        .set_credentials(Some(Arc::new(NetworkCredential::new("a", "b"))))
        .unwrap();
    let body = request.get_response().unwrap().into_string().unwrap();
    assert_eq!(body, "My login");

    // The creator of the listing makes requests for a file in place of those by HTTP.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "by MyHttpRequestCreator").unwrap();
    let instead = Uri::parse(&format!("file://{}", file.path().display())).unwrap();
    let context = context_of(&[&listing("web-request-modules.xml", &[])], &[]);
    register_module_in(&context, "MyHttpRequestCreator", Instead(instead));
    assert_eq!(
        answered(&context, &peer.url("/")),
        "by MyHttpRequestCreator"
    );
}
