//! What configuration files do, through the facade alone.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use system_net::{
    Configuration, Dns, HttpListener, IpAddress, NetContext, Resolver, SocketError, WebRequest,
};
use system_net_testkit::{HttpPeer, Response};

/// A hang is a failure; nothing here takes that long.
const HANG: Duration = Duration::from_secs(20);

#[track_caller]
fn read(text: &str) -> Configuration {
    let mut configuration = Configuration::new();
    configuration.apply_str(text, "app.config").unwrap();
    configuration
}

fn settings(elements: &str) -> String {
    format!(
        "<configuration><system.net><settings>{elements}</settings></system.net></configuration>"
    )
}

/// Every name has these addresses.
struct Everything(Vec<IpAddress>);

impl Resolver for Everything {
    fn resolve(&self, _host: &str) -> system_net::BoxFuture<Result<Vec<IpAddress>, SocketError>> {
        let addresses = self.0.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

fn resolve_to(context: &NetContext, addresses: &[&str]) {
    let addresses = addresses.iter().map(|text| text.parse().unwrap());
    let resolver = Everything(addresses.collect());
    Dns::set_resolver_in(context, Some(Arc::new(resolver)));
}

/// How many connections at once eight requests get. The server answers none before `expected` of
/// them are there.
fn connections_at_once(context: &NetContext, host: &str, peer: HttpPeer, port: u16) -> usize {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let url = format!("http://{host}:{port}/");
                let mut request = WebRequest::create_in(context, url).unwrap();
                let response = request.get_response().unwrap();
                assert_eq!(response.into_string().unwrap(), "x");
            });
        }
    });
    assert_eq!(peer.request_count(), 8);
    peer.most_connections_open()
}

/// A server that answers when so many requests wait at once, and all that come later.
fn answers_together(count: usize) -> HttpPeer {
    let waiting = Arc::new((Mutex::new(0), Condvar::new()));
    HttpPeer::serve(move |_| {
        let (number, changed) = &*waiting;
        let mut number = number.lock().unwrap();
        *number += 1;
        changed.notify_all();
        let enough = |number: &mut usize| *number < count;
        let (_number, wait) = changed.wait_timeout_while(number, HANG, enough).unwrap();
        assert!(!wait.timed_out(), "fewer than {count} connections");
        Response::new(200).body("x")
    })
}

/// The guide's example: two connections to a web server, four to an address, one to any other. Its
/// hosts lead to servers of this test, whose ports are put in.
#[test]
fn config_connection_management() {
    let sample = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../config-samples/connection-management.config"
    );
    let sample = std::fs::read_to_string(sample).unwrap();
    for (address, maxconnection) in [("www.contoso.com", 2), ("192.168.1.2", 4), ("*", 1)] {
        let entry = format!("{address}\" maxconnection=\"{maxconnection}\"");
        assert!(sample.contains(&entry), "{entry}");
    }
    for (host, expected) in [
        ("www.contoso.com", 2),
        ("127.0.0.1", 4),
        ("www.adatum.com", 1),
    ] {
        let peer = answers_together(expected);
        let port = peer.port();
        let file = sample
            .replace("www.contoso.com", &format!("www.contoso.com:{port}"))
            .replace("192.168.1.2", "127.0.0.1");
        assert_ne!(file, sample);
        let context = NetContext::from_configuration(read(&file));
        assert_eq!(context.configuration_warnings(), []);
        resolve_to(&context, &["127.0.0.1"]);
        let most = connections_at_once(&context, host, peer, port);
        assert_eq!(most, expected, "{host}");
    }
}

/// The families of the addresses that `Dns.Resolve` gives.
#[expect(
    deprecated,
    reason = "the members that obey the switch are the obsolete ones"
)]
fn gives_ipv6(file: &str) -> bool {
    let context = NetContext::from_configuration(read(file));
    resolve_to(&context, &["10.0.0.1", "fd00::1"]);
    let entry = Dns::resolve_in(&context, "host.contoso.com").unwrap();
    entry
        .address_list()
        .iter()
        .any(|address| address.to_string() == "fd00::1")
}

#[test]
fn config_settings_misc() {
    // ipv6: the obsolete members of Dns. A machine without IPv6 has none in any case.
    let has_ipv6 = gives_ipv6("<configuration/>");
    for (enabled, expected) in [("true", has_ipv6), ("false", false)] {
        let file = settings(&format!("<ipv6 enabled='{enabled}'/>"));
        assert_eq!(gives_ipv6(&file), expected, "{enabled}");
    }

    // httpListener: what a request shows as its URL.
    for (unescape, expected) in [("true", "/a;b"), ("false", "/a%3Bb")] {
        let file = settings(&format!("<httpListener unescapeRequestUrl='{unescape}'/>"));
        let context = NetContext::from_configuration(read(&file));
        let listener = HttpListener::new_in(&context);
        listener.prefixes().add("http://127.0.0.1:0/").unwrap();
        listener.start().unwrap();
        let url = listener.url("a%3Bb").unwrap();
        let client = thread::spawn(move || {
            let mut request = WebRequest::create_in(&NetContext::new(), url).unwrap();
            request.get_response().unwrap().into_string().unwrap()
        });
        let mut asked = listener.get_context().unwrap();
        let (request, response) = asked.split();
        let path = request.url().unwrap().absolute_path().to_owned();
        response.close_with(path).unwrap();
        assert_eq!(client.join().unwrap(), expected);
    }

    // The others change nothing, and say so, each for itself.
    for (element, attribute, usual, other) in [
        (
            "socket",
            "alwaysUseCompletionPortsForAccept",
            "false",
            "true",
        ),
        (
            "socket",
            "alwaysUseCompletionPortsForConnect",
            "false",
            "true",
        ),
        ("socket", "ipProtectionLevel", "Unspecified", "Restricted"),
        ("webUtility", "unicodeDecodingConformance", "Auto", "Strict"),
        ("webUtility", "unicodeEncodingConformance", "Auto", "Compat"),
        ("performanceCounters", "enabled", "false", "true"),
    ] {
        for (value, told) in [(usual, 0), (other, 1)] {
            let file = settings(&format!("<{element} {attribute}='{value}'/>"));
            let configuration = read(&file);
            let warnings = configuration.warnings();
            assert_eq!(warnings.len(), told, "{file}");
            for warning in warnings {
                assert_eq!(warning.attribute(), Some(attribute));
                assert!(warning.to_string().contains("not applied"), "{warning}");
            }
        }
    }
}

#[test]
fn config_appcontext() {
    let file = |switches: &str| {
        format!(
            "<configuration><runtime><AppContextSwitchOverrides value='{switches}'/></runtime>\
             </configuration>"
        )
    };
    // The one that acts.
    let has_ipv6 = gives_ipv6("<configuration/>");
    for (value, expected) in [("true", false), ("false", has_ipv6)] {
        let file = file(&format!("System.Net.DisableIPv6={value}"));
        assert_eq!(gives_ipv6(&file), expected);
        assert_eq!(read(&file).settings().ipv6, value == "false");
        assert_eq!(read(&file).warnings(), []);
    }
    // Others are kept for the program, and each is reported that asks for something.
    let configuration = read(&file(
        "Switch.System.Net.DontEnableSchUseStrongCrypto=true; Switch.Contoso.Fast=false;\
         System.Net.DisableIPv6=false",
    ));
    let warnings = configuration.warnings().iter();
    let warnings: Vec<_> = warnings.map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].contains("DontEnableSchUseStrongCrypto=true asks for weak cryptography"),
        "{warnings:?}"
    );
    assert!(warnings[1].ends_with("not applied: nothing acts on the switch `Switch.Contoso.Fast`"));
    let kept = configuration.settings().app_context_switches.iter();
    let kept: Vec<_> = kept.map(|switch| (&*switch.name, switch.enabled)).collect();
    assert_eq!(
        kept,
        [
            ("Switch.System.Net.DontEnableSchUseStrongCrypto", true),
            ("Switch.Contoso.Fast", false),
            ("System.Net.DisableIPv6", false),
        ]
    );
}
