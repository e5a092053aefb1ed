//! Every file of `config-samples` that this crate reads, and the settings it makes.

use std::path::Path;
use std::time::Duration;

use system_net_config::{
    AppContextSwitch, AuthenticationModuleChange, Configuration, ConfigurationWarningKind,
    ConnectionManagementEntry, DefaultProxySettings, DiagnosticsSettings,
    ExtendedProtectionPolicyElement, FtpCachePolicySettings, HttpCachePolicySettings,
    HttpListenerSettings, HttpListenerTimeoutSettings, HttpRequestCacheLevel,
    HttpWebRequestSettings, ModuleChange, NtlmSettings, ProxySettings, RequestCacheLevel,
    RequestCachingSettings, ServiceNameElement, ServiceNameElementCollection,
    ServicePointManagerSettings, Settings, SmtpNetworkSettings, SmtpSettings, TraceListenerChange,
    TraceListenerSettings, TraceMode, TraceSettings, TraceSourceSettings, TraceSwitchSettings,
    WebProxyScriptSettings, WebUtilitySettings, WindowsAuthenticationSettings,
};
use system_net_primitives::{
    PolicyEnforcement, ProtectionScenario, UnicodeDecodingConformance, UnicodeEncodingConformance,
};

/// Loads a sample; it must make exactly these settings, and nothing in it may be in vain but these
/// attributes. A `type` among them is one that the program has to register.
#[track_caller]
fn check_sample(name: &str, expected: Settings, without_effect: &[&str]) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config-samples/");
    let configuration = Configuration::from_files(None, Some((folder.to_owned() + name).as_ref()));
    let (settings, warnings) = configuration.unwrap().into_parts();
    assert_eq!(settings, expected);
    let not_applied: Vec<_> = warnings
        .iter()
        .map(|warning| (warning.kind(), warning.attribute().unwrap_or_default()))
        .collect();
    let without_effect: Vec<_> = without_effect
        .iter()
        .map(|name| match *name {
            "type" => (ConfigurationWarningKind::UnregisteredType, "type"),
            name => (ConfigurationWarningKind::NotApplied, name),
        })
        .collect();
    assert_eq!(not_applied, without_effect);
}

#[test]
fn config_connection_management() {
    let entry = |address: &str, maxconnection| ConnectionManagementEntry {
        address: address.to_owned(),
        maxconnection,
    };
    check_sample(
        "connection-management.config",
        Settings {
            connection_management: vec![
                entry("http://www.contoso.com", 2),
                entry("192.168.1.2", 4),
                entry("*", 1),
            ],
            ..Settings::default()
        },
        &[],
    );
}

#[test]
fn config_web_request_modules() {
    let add = |prefix: &str, type_name: &str| ModuleChange::Add {
        prefix: prefix.to_owned(),
        type_name: type_name.to_owned(),
    };
    check_sample(
        "web-request-modules.config",
        Settings {
            web_request_modules: vec![
                add("HTTP", "MyHttpRequestCreator, MyHttpRequest"),
                ModuleChange::Remove {
                    prefix: "ftp:".to_owned(),
                },
                add("svn:", "SvnRequestCreator"),
            ],
            ..Settings::default()
        },
        &["type", "type"],
    );
}

#[test]
fn config_http_web_request() {
    check_sample(
        "http-web-request.config",
        Settings {
            http_web_request: HttpWebRequestSettings {
                maximum_response_headers_length: 128,
                maximum_error_response_length: None,
                maximum_unauthorized_upload_length: Some(4096),
                use_unsafe_header_parsing: false,
            },
            ..Settings::default()
        },
        &[],
    );
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn proxy() -> DefaultProxySettings {
    DefaultProxySettings {
        proxy: ProxySettings {
            use_system_default: Some(false),
            proxy_address: text("http://proxyserver:80"),
            bypass_on_local: Some(true),
            ..ProxySettings::default()
        },
        bypass_list: vec![r"http://[a-z]+\.contoso\.com$".to_owned()],
        ..DefaultProxySettings::default()
    }
}

fn modules() -> Vec<AuthenticationModuleChange> {
    vec![
        AuthenticationModuleChange::Remove {
            type_name: "System.Net.BasicClient".to_owned(),
        },
        AuthenticationModuleChange::Add {
            type_name: "MyAuthModule, MyAuthModule.dll".to_owned(),
        },
    ]
}

fn caching() -> RequestCachingSettings {
    RequestCachingSettings {
        default_http_cache_policy: Some(HttpCachePolicySettings {
            policy_level: HttpRequestCacheLevel::CacheIfAvailable,
            maximum_age: Some(Duration::from_secs(3 * 86_400)),
            maximum_stale: Some(Duration::from_secs(600)),
            minimum_fresh: Some(Duration::from_secs(60)),
        }),
        default_ftp_cache_policy: Some(FtpCachePolicySettings {
            policy_level: RequestCacheLevel::Revalidate,
        }),
        ..RequestCachingSettings::default()
    }
}

fn smtp() -> SmtpSettings {
    SmtpSettings {
        from: text("ben@contoso.com"),
        network: SmtpNetworkSettings {
            host: text("mail.contoso.com"),
            port: 587,
            enable_ssl: true,
            user_name: text("ben"),
            client_domain: text("contoso.com"),
            ..SmtpNetworkSettings::default()
        },
        pickup_directory_location: text("/var/spool/pickup"),
        ..SmtpSettings::default()
    }
}

fn listener() -> HttpListenerSettings {
    HttpListenerSettings {
        unescape_request_url: false,
        timeouts: HttpListenerTimeoutSettings {
            header_wait: Duration::from_secs(30),
            entity_body: Duration::from_secs(120),
            drain_entity_body: Duration::from_secs(10),
            idle_connection: Duration::from_secs(300),
            request_queue: Duration::from_secs(120),
            min_send_bytes_per_second: 150,
        },
        extended_protection_policy: Some(ExtendedProtectionPolicyElement {
            policy_enforcement: PolicyEnforcement::Always,
            protection_scenario: ProtectionScenario::TrustedProxy,
            custom_service_names: {
                let mut names = ServiceNameElementCollection::new();
                names.add(ServiceNameElement::new("HTTP/www.contoso.com"));
                names
            },
        }),
    }
}

/// The settings of `small-settings.config` over others.
fn small(settings: Settings) -> Settings {
    Settings {
        performance_counters: true,
        web_proxy_script: WebProxyScriptSettings {
            download_timeout: Duration::from_secs(30),
            auto_config_url_retry_interval: 60,
        },
        web_utility: WebUtilitySettings {
            unicode_decoding_conformance: UnicodeDecodingConformance::Strict,
            unicode_encoding_conformance: UnicodeEncodingConformance::Compat,
        },
        windows_authentication: WindowsAuthenticationSettings {
            default_credentials_handle_cache_size: 8,
        },
        ..settings
    }
}

fn diagnostics() -> DiagnosticsSettings {
    let shared = || {
        TraceListenerChange::Add(TraceListenerSettings {
            name: "System.Net".to_owned(),
            ..TraceListenerSettings::default()
        })
    };
    let switch = |name: &str, value: &str| TraceSwitchSettings {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let no_default = TraceListenerChange::Remove {
        name: "Default".to_owned(),
    };
    DiagnosticsSettings {
        sources: vec![
            TraceSourceSettings {
                listeners: vec![shared()],
                ..TraceSourceSettings::new("System.Net")
            },
            TraceSourceSettings {
                trace_mode: TraceMode::ProtocolOnly,
                listeners: vec![no_default, shared()],
                ..TraceSourceSettings::new("System.Net.Sockets")
            },
        ],
        switches: vec![
            switch("System.Net", "Verbose"),
            switch("System.Net.Sockets", "Information"),
        ],
        shared_listeners: vec![TraceListenerChange::Add(TraceListenerSettings {
            name: "System.Net".to_owned(),
            type_name: text("System.Diagnostics.TextWriterTraceListener"),
            initialize_data: text("network.log"),
            trace_output_options: None,
        })],
        trace: TraceSettings {
            auto_flush: true,
            ..TraceSettings::default()
        },
    }
}

fn switches() -> Vec<AppContextSwitch> {
    let switch = |name: &str, enabled| AppContextSwitch {
        name: name.to_owned(),
        enabled,
    };
    vec![
        switch("Switch.System.Net.DontEnableSchUseStrongCrypto", false),
        switch(
            "Switch.System.Net.DontEnableSystemDefaultTlsVersions",
            false,
        ),
        switch("Switch.Contoso.Fast", false),
    ]
}

#[test]
fn samples_of_sections() {
    let usual = Settings::default;
    check_sample(
        "default-proxy.config",
        Settings {
            default_proxy: proxy(),
            ..usual()
        },
        &[],
    );
    check_sample(
        "static-proxy.config",
        Settings {
            default_proxy: DefaultProxySettings {
                proxy: ProxySettings {
                    proxy_address: text("http://proxy.contoso.com:3128"),
                    bypass_on_local: Some(true),
                    ..ProxySettings::default()
                },
                bypass_list: vec!["[a-z]+.blueyonderairlines.com$".to_owned()],
                ..DefaultProxySettings::default()
            },
            ..usual()
        },
        &[],
    );
    check_sample(
        "authentication-modules.config",
        Settings {
            authentication_modules: modules(),
            ..usual()
        },
        &["type"],
    );
    check_sample(
        "request-caching.config",
        Settings {
            request_caching: caching(),
            ..usual()
        },
        &[
            "policyLevel",
            "maximumAge",
            "maximumStale",
            "minimumFresh",
            "policyLevel",
        ],
    );
    check_sample(
        "mail-settings.config",
        Settings {
            smtp: smtp(),
            ..usual()
        },
        &[
            "from",
            "port",
            "host",
            "clientDomain",
            "enableSsl",
            "userName",
            "pickupDirectoryLocation",
        ],
    );
    let points = ServicePointManagerSettings {
        expect_100_continue: false,
        use_nagle_algorithm: false,
        ..ServicePointManagerSettings::default()
    };
    check_sample(
        "service-point-manager.config",
        Settings {
            service_point_manager: points,
            ..usual()
        },
        &[],
    );
    check_sample(
        "ipv6.config",
        Settings {
            ipv6: false,
            ..usual()
        },
        &[],
    );
    let mut socket = usual();
    socket.socket.always_use_completion_ports_for_accept = true;
    check_sample(
        "socket.config",
        socket,
        &["alwaysUseCompletionPortsForAccept", "ipProtectionLevel"],
    );
    check_sample(
        "http-listener.config",
        Settings {
            http_listener: listener(),
            ..usual()
        },
        &[],
    );
    check_sample(
        "small-settings.config",
        small(usual()),
        &[
            "enabled",
            "downloadTimeout",
            "autoConfigUrlRetryInterval",
            "unicodeDecodingConformance",
            "unicodeEncodingConformance",
            "defaultCredentialsHandleCacheSize",
        ],
    );
    let names = ["contoso", "www.contoso.com"];
    check_sample(
        "ntlm.config",
        Settings {
            ntlm: NtlmSettings {
                back_connection_host_names: names.map(str::to_owned).to_vec(),
                disable_loopback_check: false,
            },
            ..usual()
        },
        &[],
    );
    check_sample(
        "system-diagnostics.config",
        Settings {
            diagnostics: diagnostics(),
            ..usual()
        },
        // The section as a whole, where there is nothing that it could ask for.
        if cfg!(feature = "trace") { &[] } else { &[""] },
    );
    check_sample(
        "runtime.config",
        Settings {
            app_context_switches: switches(),
            ..usual()
        },
        &["value"],
    );
}

#[test]
fn sample_of_a_program_over_the_sample_of_a_machine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config-samples");
    let [machine, application] = ["machine.config", "app.config"].map(|name| folder.join(name));
    let read = |machine: Option<&Path>, application: Option<&Path>| {
        let configuration = Configuration::from_files(machine, application).unwrap();
        let not_applied = |kind| {
            [
                ConfigurationWarningKind::NotApplied,
                ConfigurationWarningKind::UnregisteredType,
            ]
            .contains(&kind)
        };
        assert!(
            configuration
                .warnings()
                .iter()
                .all(|warning| not_applied(warning.kind()))
        );
        configuration.into_parts().0
    };
    let limit = |maxconnection| {
        vec![ConnectionManagementEntry {
            address: "*".to_owned(),
            maxconnection,
        }]
    };
    let mut expected = Settings {
        connection_management: limit(4),
        default_proxy: proxy(),
        ipv6: false,
        ..Settings::default()
    };
    expected.service_point_manager.expect_100_continue = false;
    expected.uri.idn.enabled = system_net_uri::UriIdnScope::AllExceptIntranet;
    assert_eq!(read(Some(&machine), None), expected);

    // The program's file: what it leaves out is the machine's.
    let mut expected = small(Settings {
        connection_management: limit(8),
        authentication_modules: modules(),
        request_caching: caching(),
        smtp: smtp(),
        http_listener: listener(),
        diagnostics: diagnostics(),
        app_context_switches: switches(),
        ipv6: true,
        web_request_modules: vec![ModuleChange::Add {
            prefix: "svn:".to_owned(),
            type_name: "SvnRequestCreator".to_owned(),
        }],
        ..expected
    });
    expected.default_proxy.proxy.proxy_address = text("http://other:3128");
    expected.default_proxy.bypass_list = vec![r"[a-z]+\.blueyonderairlines\.com$".to_owned()];
    expected.http_web_request.maximum_response_headers_length = 128;
    expected.service_point_manager.use_nagle_algorithm = false;
    expected.socket.always_use_completion_ports_for_accept = true;
    expected.uri.idn.enabled = system_net_uri::UriIdnScope::All;
    assert_eq!(read(Some(&machine), Some(&application)), expected);
}

#[test]
fn every_sample_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config-samples");
    let tests = include_str!("samples.rs").to_owned() + include_str!("uri_section.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            tests.contains(&format!("{name}\"")),
            "{name} is loaded by no test"
        );
    }
}
