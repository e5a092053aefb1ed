//! Which settings nothing acts on yet: their docs say so, and files that set them are told.

use system_net_config::{
    Configuration, ConfigurationWarningKind as Kind, HttpWebRequestSettings,
    ServicePointManagerSettings, Settings, SocketSettings,
};

/// The list. Whoever makes a setting work takes it out here, out of its docs, out of its section
/// in `src/xml/sections`, and out of `docs/porting/differences.md`.
const WITHOUT_EFFECT: &[&str] = &[
    "always_use_completion_ports_for_accept",
    "always_use_completion_ports_for_connect",
];

/// Sections of which nothing acts on any part; the schema reports each of their attributes.
const SECTIONS_WITHOUT_EFFECT: &[&str] = &[
    "request_caching",
    "smtp",
    "performance_counters",
    "web_proxy_script",
    "web_utility",
    "windows_authentication",
];

/// Each attribute of `<settings>` that becomes a field, with its usual value and another one.
const ATTRIBUTES: &[(&str, &str, &str, &str)] = &[
    ("httpWebRequest", "maximumResponseHeadersLength", "64", "65"),
    ("httpWebRequest", "maximumErrorResponseLength", "64", "-1"),
    (
        "httpWebRequest",
        "maximumUnauthorizedUploadLength",
        "-1",
        "0",
    ),
    ("httpWebRequest", "useUnsafeHeaderParsing", "false", "true"),
    (
        "servicePointManager",
        "checkCertificateName",
        "true",
        "false",
    ),
    (
        "servicePointManager",
        "checkCertificateRevocationList",
        "false",
        "true",
    ),
    ("servicePointManager", "dnsRefreshTimeout", "120000", "-1"),
    (
        "servicePointManager",
        "enableDnsRoundRobin",
        "false",
        "true",
    ),
    ("servicePointManager", "expect100Continue", "true", "false"),
    ("servicePointManager", "useNagleAlgorithm", "true", "false"),
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
    ("ipv6", "enabled", "true", "false"),
];

/// Each field that an attribute of `<settings>` sets, as name and value. A new field does not
/// compile here before somebody has said where it belongs.
fn fields(settings: &Settings) -> Vec<(&'static str, String)> {
    macro_rules! shown {
        ($($field:ident)*) => { vec![$((stringify!($field), format!("{:?}", $field))),*] };
    }
    let Settings {
        connection_management: _, // elements
        http_web_request,
        service_point_manager,
        socket,
        ipv6,
        web_request_modules: _,             // elements
        tls: _,                             // not in files
        os_supports_extended_protection: _, // not in files
        uri: _,                             // all of it acts: the test `config_uri_section`
        authentication_modules: _,          // elements
        http_listener: _,                   // all of it acts: the test `config_listener_timeouts`
        diagnostics: _,                     // all of it acts: the tests of system-net-diagnostics
        ntlm: _,          // all of it acts: the test `back_connection_names_sources`
        default_proxy: _, // all acts but scripts: the test `config_default_proxy` and others
        // None of these acts: the test `config_every_attribute_accounted`.
        request_caching: _,
        smtp: _,
        performance_counters: _,
        web_proxy_script: _,
        web_utility: _,
        windows_authentication: _,
        app_context_switches: _, // those of TLS: the test `switch_strong_crypto_matrix`
        // Both by the test `target_framework_sources`.
        target_framework: _,
        target_framework_source: _,
    } = settings;
    let HttpWebRequestSettings {
        maximum_response_headers_length,
        maximum_error_response_length,
        maximum_unauthorized_upload_length,
        use_unsafe_header_parsing,
    } = http_web_request;
    let ServicePointManagerSettings {
        check_certificate_name,
        check_certificate_revocation_list,
        dns_refresh_timeout,
        enable_dns_round_robin,
        expect_100_continue,
        use_nagle_algorithm,
    } = service_point_manager;
    let SocketSettings {
        always_use_completion_ports_for_accept,
        always_use_completion_ports_for_connect,
    } = socket;
    shown![
        maximum_response_headers_length maximum_error_response_length
        maximum_unauthorized_upload_length use_unsafe_header_parsing
        check_certificate_name check_certificate_revocation_list dns_refresh_timeout
        enable_dns_round_robin expect_100_continue use_nagle_algorithm
        always_use_completion_ports_for_accept always_use_completion_ports_for_connect ipv6
    ]
}

/// Reads a file that sets one attribute, in its third line. Gives the fields that are not as usual,
/// and whether there was a warning.
#[track_caller]
fn check(element: &str, attribute: &str, value: &str) -> (Vec<&'static str>, bool) {
    let text = format!(
        "<configuration><system.net>\n<settings>\n <{element} {attribute}='{value}'/>\n</settings>\
         </system.net></configuration>"
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let (settings, mut warnings) = configuration.into_parts();
    let usual = fields(&Settings::default());
    let changed = fields(&settings)
        .into_iter()
        .zip(usual)
        .filter(|(now, usual)| now != usual)
        .map(|((name, _), _)| name)
        .collect();
    // What has its effect and gives up safety for it is told for that.
    warnings.retain(|warning| warning.kind() != Kind::Dangerous);
    for warning in &warnings {
        assert_eq!(warning.kind(), Kind::NotApplied);
        assert_eq!(
            warning.to_string(),
            format!(
                "app.config:3:{}: element `{element}`, attribute `{attribute}`: \
                 not applied: nothing acts on it yet",
                element.len() + 4
            )
        );
    }
    assert!(warnings.len() <= 1, "{warnings:?}");
    (changed, warnings.len() == 1)
}

#[test]
fn settings_without_effect() {
    let (mut set, mut reported) = (Vec::new(), Vec::new());
    for (element, attribute, usual, other) in ATTRIBUTES {
        assert_eq!(
            check(element, attribute, usual),
            (vec![], false),
            "{attribute}='{usual}'"
        );
        let (changed, warned) = check(element, attribute, other);
        assert_eq!(changed.len(), 1, "{attribute}='{other}': {changed:?}");
        if warned {
            reported.extend_from_slice(&changed);
        }
        set.extend(changed);
    }
    let all: Vec<_> = fields(&Settings::default())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(set, all, "an attribute for each field");
    assert_eq!(reported, WITHOUT_EFFECT, "what files are told");
    let all = [SECTIONS_WITHOUT_EFFECT, WITHOUT_EFFECT].concat();
    assert_eq!(documented(), all, "what the docs say first");
}

/// The fields whose docs begin with the sentence.
fn documented() -> Vec<&'static str> {
    let mut found = Vec::new();
    let (mut begins, mut says) = (true, false);
    for line in include_str!("../../src/settings.rs").lines() {
        let line = line.trim_start();
        if let Some(docs) = line.strip_prefix("///") {
            says |= begins && docs.starts_with(" Read and kept; nothing acts on it yet.");
            begins = false;
        } else if !line.starts_with("#[") {
            let field = line
                .strip_prefix("pub ")
                .and_then(|rest| rest.split_once(':'));
            if says {
                found.push(field.expect("the docs of a field").0);
            }
            (begins, says) = (true, false);
        }
    }
    found
}

#[test]
fn a_second_file_is_told_for_itself() {
    let file = |value: &str| {
        format!(
            "<configuration><system.net><settings>\
             <socket alwaysUseCompletionPortsForAccept='{value}'/>\
             </settings></system.net></configuration>"
        )
    };
    let mut configuration = Configuration::new();
    for (name, value) in [("machine", "true"), ("quiet", "false"), ("app", "True")] {
        configuration.apply_str(&file(value), name).unwrap();
    }
    let told: Vec<_> = configuration
        .warnings()
        .iter()
        .map(|warning| (warning.file().to_str().unwrap(), warning.attribute()))
        .collect();
    assert_eq!(
        told,
        [
            ("machine", Some("alwaysUseCompletionPortsForAccept")),
            ("app", Some("alwaysUseCompletionPortsForAccept")),
        ]
    );
}

/// What waits for a part that nobody has built yet is told by what is missing.
#[test]
fn what_is_missing_is_told() {
    const MAIL: &str = "this version sends no mail";
    const CACHE: &str = "this version has no cache";
    const SCRIPTS: &str = "this version runs no scripts that choose a proxy";
    const NOTHING: [(&str, &str); 0] = [];
    for (inner, expected) in [
        (
            "<mailSettings><smtp from='a@b' deliveryMethod='PickupDirectoryFromIis'>\
             <network host='h' port='25'/><specifiedPickupDirectory pickupDirectoryLocation='/x'/>\
             </smtp></mailSettings>",
            &[
                ("deliveryMethod", MAIL),
                ("from", MAIL),
                ("host", MAIL),
                ("pickupDirectoryLocation", MAIL),
            ][..],
        ),
        (
            "<requestCaching disableAllCaching='true' isPrivateCache='true'>\
             <defaultHttpCachePolicy policyLevel='Refresh' maximumAge='00:00:01'/></requestCaching>",
            &[
                ("disableAllCaching", CACHE),
                ("policyLevel", CACHE),
                ("maximumAge", CACHE),
            ],
        ),
        // Being there is enough to ask for the cache.
        (
            "<requestCaching><defaultHttpCachePolicy/>\
             <defaultFtpCachePolicy policyLevel='Default'/></requestCaching>",
            &[("", CACHE), ("", CACHE)],
        ),
        (
            "<defaultProxy><proxy autoDetect='True' scriptLocation='http://wpad/wpad.dat'/>\
             </defaultProxy><settings><webProxyScript downloadTimeout='00:00:01'/></settings>",
            &[
                ("autoDetect", SCRIPTS),
                ("scriptLocation", SCRIPTS),
                ("downloadTimeout", SCRIPTS),
            ],
        ),
        (
            "<settings><windowsAuthentication defaultCredentialsHandleCacheSize='1'/></settings>",
            &[(
                "defaultCredentialsHandleCacheSize",
                "this version has no logins by Windows",
            )],
        ),
        // What holds anyway asks for nothing.
        (
            "<requestCaching defaultPolicyLevel='BypassCache' disableAllCaching='false'/>\
             <mailSettings><smtp deliveryMethod='Network'><network/></smtp></mailSettings>\
             <defaultProxy><proxy autoDetect='Unspecified'/></defaultProxy>",
            &NOTHING,
        ),
    ] {
        let text = format!("<configuration><system.net>{inner}</system.net></configuration>");
        let mut configuration = Configuration::new();
        configuration.apply_str(&text, "app.config").unwrap();
        let told = configuration.warnings().iter();
        let told: Vec<_> = told
            .map(|it| {
                assert_eq!(it.kind(), Kind::NotApplied, "{it}");
                let why = it.message().strip_prefix("not applied: ").unwrap();
                (it.attribute().unwrap_or_default(), why)
            })
            .collect();
        assert_eq!(told, expected, "{inner}");
    }
}
