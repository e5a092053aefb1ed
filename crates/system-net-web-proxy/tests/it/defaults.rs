//! What settings and the system come to together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_config::{Configuration, DefaultProxySettings, NetContext, TargetFramework};
use system_net_web_proxy::{DefaultWebProxy, WebProxy, register_proxy_module_in};

use crate::route;

/// The settings of a file whose `<defaultProxy>` is this.
fn settings(default_proxy: &str) -> DefaultProxySettings {
    let text = format!("<configuration><system.net>{default_proxy}</system.net></configuration>");
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    configuration.into_parts().0.default_proxy
}

fn context(default_proxy: &str) -> NetContext {
    let text = format!("<configuration><system.net>{default_proxy}</system.net></configuration>");
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    NetContext::from_configuration(configuration)
}

/// A system whose proxy serves all but `.sys.com`.
fn system() -> WebProxy {
    WebProxy::from_variables(|name| match name {
        "all_proxy" => Some("system:1".to_owned()),
        "no_proxy" => Some("sys.com".to_owned()),
        _ => None,
    })
}

/// Where the default proxy sends a far server, a local one, one that the file excepts and one that
/// the system excepts.
#[track_caller]
fn check(settings: &DefaultProxySettings, expected: [&str; 4]) {
    let made = DefaultWebProxy::from_settings(settings, system()).unwrap();
    let routes = [
        "http://far.com/",
        "http://near/",
        "http://a.file.com/",
        "http://a.sys.com/",
    ]
    .map(|destination| {
        let name = made
            .as_ref()
            .map_or_else(|| "direct".to_owned(), |proxy| route(&**proxy, destination));
        match name.as_str() {
            "http://system:1/" => "system",
            "http://file:1/" => "file",
            "direct" => "direct",
            other => panic!("{other}"),
        }
    });
    assert_eq!(routes, expected, "{settings:?}");
}

const LIST: &str = r"<bypasslist><add address='file\.com'/></bypasslist>";

/// A `<defaultProxy>` with this `usesystemdefault` and everything else the file can say.
fn all(use_system_default: &str) -> DefaultProxySettings {
    settings(&format!(
        "<defaultProxy><proxy usesystemdefault='{use_system_default}' proxyaddress='http://file:1' \
         bypassonlocal='true'/>{LIST}</defaultProxy>"
    ))
}

fn alone(use_system_default: &str) -> DefaultProxySettings {
    settings(&format!(
        "<defaultProxy><proxy usesystemdefault='{use_system_default}'/></defaultProxy>"
    ))
}

const SYSTEM: [&str; 4] = ["system", "system", "system", "direct"];
const FILE: [&str; 4] = ["file", "direct", "direct", "file"];

#[test]
fn usesystemdefault_matrix() {
    check(&all("true"), SYSTEM);
    check(&all("false"), FILE);
    check(&all("unspecified"), FILE);
    check(&alone("true"), SYSTEM);
    check(&alone("false"), ["direct"; 4]);
    check(&alone("unspecified"), SYSTEM);
    // Not set: one by one.
    check(&settings("<defaultProxy/>"), SYSTEM);
    check(
        &settings("<defaultProxy><proxy bypassonlocal='true'/></defaultProxy>"),
        ["system", "direct", "system", "direct"],
    );
    check(
        &settings("<defaultProxy><proxy proxyaddress='http://file:1'/></defaultProxy>"),
        ["file", "file", "file", "direct"],
    );
    check(
        &settings(&format!("<defaultProxy>{LIST}</defaultProxy>")),
        ["system", "system", "direct", "system"],
    );
    check(
        &settings(
            "<defaultProxy enabled='false'><proxy proxyaddress='http://file:1'/></defaultProxy>",
        ),
        ["direct"; 4],
    );
}

#[test]
fn usesystemdefault_versions() {
    let of = |target, settings| DefaultProxySettings { target, ..settings };
    for (value, later, older) in [
        ("true", SYSTEM, FILE),
        ("false", FILE, FILE),
        ("unspecified", FILE, FILE),
    ] {
        check(&of(TargetFramework::V2_0, all(value)), later);
        check(&of(TargetFramework::V1_1, all(value)), older);
    }
    for (value, expected) in [
        ("true", SYSTEM),
        ("false", ["direct"; 4]),
        ("unspecified", SYSTEM),
    ] {
        check(&of(TargetFramework::V2_0, alone(value)), expected);
        check(&of(TargetFramework::V1_1, alone(value)), expected);
    }
    let only_address = settings(
        "<defaultProxy><proxy usesystemdefault='true' proxyaddress='http://file:1'/></defaultProxy>",
    );
    check(
        &of(TargetFramework::V1_1, only_address),
        ["file", "file", "file", "direct"],
    );
}

#[test]
fn a_login_stays_with_the_address_it_came_with() {
    let system = || {
        WebProxy::from_variables(|name| {
            (name == "http_proxy").then(|| "ben:secret@system:1".to_owned())
        })
    };
    let made = |settings: &DefaultProxySettings| {
        DefaultWebProxy::from_settings(settings, system())
            .unwrap()
            .unwrap()
    };
    assert!(made(&settings("<defaultProxy/>")).credentials().is_some());
    let other = settings("<defaultProxy><proxy proxyaddress='http://file:1'/></defaultProxy>");
    assert!(made(&other).credentials().is_none());
}

#[test]
fn default_credentials_of_the_file_reach_the_proxy() {
    let given = |text: &str| {
        let proxy = DefaultWebProxy::of(&context(text)).get().unwrap().unwrap();
        proxy
            .credentials()
            .is_some_and(|credentials| credentials.is_default())
    };
    assert!(given(
        "<defaultProxy useDefaultCredentials='true'><proxy proxyaddress='http://p'/></defaultProxy>"
    ));
    assert!(given("<defaultProxy useDefaultCredentials='true'/>"));
    assert!(!given(
        "<defaultProxy><proxy proxyaddress='http://p'/></defaultProxy>"
    ));
}

#[test]
fn modules_are_made_once_when_they_are_first_needed() {
    let context = context("<defaultProxy><module type='My.Proxy, Assembly'/></defaultProxy>");
    let default = DefaultWebProxy::of(&context);
    let error = default.get().err().unwrap().to_string();
    assert!(error.contains("element `module`, attribute `type`: no type `My.Proxy, Assembly` is registered; none is at all"), "{error}");
    let made = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&made);
    let registered = register_proxy_module_in(&context, "My.Proxy", move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Arc::new(WebProxy::new("mine:1").unwrap())
    });
    assert!(registered);
    assert!(!register_proxy_module_in(&context, "My.Proxy", || panic!(
        "the name is taken"
    )));
    for _ in 0..3 {
        let proxy = default.get().unwrap().unwrap();
        assert_eq!(route(&*proxy, "http://far.com/"), "http://mine:1/");
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
    default.set(None);
    assert!(default.get().unwrap().is_none());
}

/// What a file's listeners hear of a default proxy whose settings are not all used.
#[cfg(feature = "trace")]
#[test]
fn warnings_of_the_default_proxy_are_traced() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "<configuration><system.diagnostics><sources>\
         <source name='System.Net' switchValue='Warning'><listeners>\
         <add name='f' type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/>\
         </listeners></source></sources></system.diagnostics><system.net><defaultProxy>\
         <proxy usesystemdefault='true' proxyaddress='http://file:1'/>\
         </defaultProxy></system.net></configuration>",
        log.path().display()
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let context = NetContext::from_configuration(configuration);
    DefaultWebProxy::of(&context).get().unwrap();
    let _ =
        WebProxy::from_variables(|name| (name == "http_proxy").then(|| "ben:s3cret@".to_owned()));
    let module =
        settings("<defaultProxy><module type='Contoso.dll, Contoso.Traced'/></defaultProxy>");
    let with_module = NetContext::with_settings(system_net_config::Settings {
        default_proxy: module,
        ..system_net_config::Settings::default()
    });
    register_proxy_module_in(&with_module, "Contoso.Traced", || {
        Arc::new(WebProxy::default())
    });
    DefaultWebProxy::of(&with_module).get().unwrap();

    let lines = std::fs::read_to_string(log.path()).unwrap();
    for told in [
        "DefaultWebProxy::Get() - usesystemdefault is true: the other settings of the default \
         proxy are not used",
        "WebProxy::System() - the environment variable http_proxy holds no address of a proxy: it \
         is not used",
        "DefaultWebProxy::Get() - the type stands behind the assembly in `Contoso.dll, \
         Contoso.Traced`; it should stand first",
    ] {
        assert!(lines.contains(told), "{told}: {lines}");
    }
    assert!(!lines.contains("s3cret"), "{lines}");
}
