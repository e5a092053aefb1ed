//! The listings of the guide, as they stand there: each loads, or is refused where it has a slip.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use system_net_config::{
    AuthenticationModuleChange, Configuration, ConfigurationError, ConfigurationErrorKind,
    ConfigurationWarningKind as Kind, ConnectionManagementEntry, DefaultProxySettings,
    DiagnosticsSettings, ModuleChange, NetContext, ProxySettings, Settings, TraceListenerChange,
    TraceListenerSettings, TraceMode, TraceSettings, TraceSourceSettings, TraceSwitchSettings,
    TypeRegistry,
};

fn folder() -> PathBuf {
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/conformance/guide-config"
    )
    .into()
}

/// What a file with the listing in it comes to. A listing that shows a section alone gets the
/// element around it, behind the line that says where it is from.
fn load(name: &str) -> Result<Configuration, ConfigurationError> {
    let listing = fs::read_to_string(folder().join(name)).unwrap();
    let (origin, listing) = listing.split_once('\n').unwrap();
    assert!(origin.starts_with("<!-- Listing of "), "{name}");
    let text = if listing.trim_start().starts_with("<configuration>") {
        format!("{origin}\n{listing}")
    } else {
        format!("{origin}<configuration>\n{listing}</configuration>")
    };
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, name).map(|()| configuration)
}

/// The settings that it makes, and the warnings but those for what nothing acts on: these are of
/// `without_effect`.
#[track_caller]
fn check(seen: &mut BTreeSet<String>, name: &str, expected: Settings, warnings: &[(Kind, u32)]) {
    let (settings, told) = load(name).unwrap().into_parts();
    assert_eq!(settings, expected, "{name}");
    let others = told
        .iter()
        .filter(|warning| warning.kind() != Kind::NotApplied);
    let others: Vec<_> = others
        .map(|warning| (warning.kind(), warning.line()))
        .collect();
    assert_eq!(others, warnings, "{name}: {told:?}");
    assert!(seen.insert(name.to_owned()));
}

/// What in a listing has no effect: the elements, and why.
#[track_caller]
fn check_not_applied(name: &str, expected: &[(&str, &str)]) {
    let configuration = load(name).unwrap();
    let told = configuration.warnings().iter();
    let told: Vec<_> = told.map(|it| (it.element(), it.message())).collect();
    assert_eq!(told, expected, "{name}");
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn guide_listings_load() {
    let usual = Settings::default;
    let mut seen = BTreeSet::new();
    let seen = &mut seen;

    // The dots of both listings are texts without a meaning, and reported as such.
    let text = Kind::UnexpectedText;
    check(
        seen,
        "ipv6-switch.xml",
        Settings {
            ipv6: true,
            ..usual()
        },
        &[(text, 2), (text, 3)],
    );
    check(
        seen,
        "ipv6-machine.xml",
        Settings {
            ipv6: true,
            ..usual()
        },
        &[(text, 3), (text, 5)],
    );

    // Erratum: `\c` begins a control character, and the expression could never match.
    let error = load("default-proxy.xml").unwrap_err();
    assert_eq!(
        error.to_string(),
        "default-proxy.xml:11:14: element `add`, attribute `address`: expected a regular \
         expression (at character 16 `\\c` stands for a control character in .NET, which no \
         address has; meant is perhaps `http://[a-z]+\\.contoso\\.com$`), found \
         `http://[a-z]+\\.\\contoso\\.com/`"
    );
    assert_eq!(error.kind(), ConfigurationErrorKind::Value);
    seen.insert("default-proxy.xml".to_owned());

    let limit = |address: &str, maxconnection| ConnectionManagementEntry {
        address: address.to_owned(),
        maxconnection,
    };
    let connection_management = vec![
        limit("http://www.contoso.com", 2),
        limit("192.168.1.2", 4),
        limit("*", 1),
    ];
    let expected = Settings {
        connection_management,
        ..usual()
    };
    check(seen, "connection-management.xml", expected, &[]);

    let module = AuthenticationModuleChange::Add {
        type_name: "MyAuthModule, MyAuthModule.dll".to_owned(),
    };
    let expected = Settings {
        authentication_modules: vec![module],
        ..usual()
    };
    // Only the program can know the type, here and below.
    let type_in = |line| [(Kind::UnregisteredType, line)];
    check(seen, "authentication-modules.xml", expected, &type_in(5));

    // Erratum: the assembly stands first. The name is kept as it is; see below what it resolves to.
    let type_name = "MyHttpRequest.dll, MyHttpRequestCreator";
    let module = ModuleChange::Add {
        prefix: "HTTP".to_owned(),
        type_name: type_name.to_owned(),
    };
    let expected = Settings {
        web_request_modules: vec![module],
        ..usual()
    };
    check(seen, "web-request-modules.xml", expected, &type_in(7));
    let types = TypeRegistry::<str>::of(&NetContext::new());
    types.register("MyHttpRequestCreator", Arc::from("made"));
    let found = types.resolve("add", type_name).ok().unwrap();
    assert!(found.assembly_first);

    let proxy = |proxy, bypass: &[&str]| Settings {
        default_proxy: DefaultProxySettings {
            proxy,
            bypass_list: bypass.iter().map(|entry| (*entry).to_owned()).collect(),
            ..DefaultProxySettings::default()
        },
        ..usual()
    };
    let adaptive = ProxySettings {
        use_system_default: Some(false),
        ..ProxySettings::default()
    };
    check(seen, "adaptive-proxy.xml", proxy(adaptive, &[]), &[]);
    let fixed = ProxySettings {
        proxy_address: some("http://proxy.contoso.com:3128"),
        bypass_on_local: Some(true),
        ..ProxySettings::default()
    };
    let bypass = ["[a-z]+.blueyonderairlines.com$"];
    check(seen, "static-proxy.xml", proxy(fixed, &bypass), &[]);

    check(seen, "trace-listener.xml", trace_listener(), &[]);
    check(seen, "trace-sources.xml", trace_sources(), &[]);
    if cfg!(feature = "trace") {
        // Listeners alone switch nothing on.
        let why = "not applied: listeners, but no source is switched on: add a switch";
        check_not_applied("trace-listener.xml", &[("listeners", why)]);
        // Those of the cache, of HttpClient and of web sockets.
        let why = "not applied: nothing is traced by this source yet";
        check_not_applied("trace-sources.xml", &[("source", why); 3]);
    }

    let files = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name());
    let files = files.map(|name| name.into_string().unwrap());
    let listings: BTreeSet<String> = files.filter(|name| name.ends_with(".xml")).collect();
    assert_eq!(*seen, listings);
}

fn listener(name: &str, type_name: Option<&str>, data: Option<&str>) -> TraceListenerChange {
    TraceListenerChange::Add(TraceListenerSettings {
        name: name.to_owned(),
        type_name: type_name.map(str::to_owned),
        initialize_data: data.map(str::to_owned),
        ..TraceListenerSettings::default()
    })
}

const WRITER: &str = "System.Diagnostics.TextWriterTraceListener";

fn trace_listener() -> Settings {
    Settings {
        diagnostics: DiagnosticsSettings {
            trace: TraceSettings {
                auto_flush: true,
                indent_size: 4,
                listeners: vec![listener("file", Some(WRITER), Some("trace.log"))],
                ..TraceSettings::default()
            },
            ..DiagnosticsSettings::default()
        },
        ..Settings::default()
    }
}

fn trace_sources() -> Settings {
    let names = [
        "System.Net",
        "System.Net.Cache",
        "System.Net.Http",
        "System.Net.Sockets",
        "System.Net.WebSockets",
    ];
    let source = |name: &str| TraceSourceSettings {
        trace_mode: TraceMode::IncludeHex,
        max_data_size: 1024,
        listeners: vec![listener("System.Net", None, None)],
        ..TraceSourceSettings::new(name)
    };
    let switch = |name: &str| TraceSwitchSettings {
        name: name.to_owned(),
        value: "Verbose".to_owned(),
    };
    Settings {
        diagnostics: DiagnosticsSettings {
            sources: names.into_iter().map(source).collect(),
            switches: names.into_iter().map(switch).collect(),
            shared_listeners: vec![listener("System.Net", Some(WRITER), Some("network.log"))],
            trace: TraceSettings {
                auto_flush: true,
                ..TraceSettings::default()
            },
        },
        ..Settings::default()
    }
}
