//! The schema: each attribute is read, and acts or is reported; the page of the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use system_net_config::{
    Configuration, ConfigurationAttribute, ConfigurationEffect as Effect,
    ConfigurationWarningKind as Kind, Settings,
};

/// Attributes that an element needs beside the one that is tried.
fn companions(attribute: &ConfigurationAttribute) -> Vec<(&'static str, &'static str)> {
    let needed: &[(&str, &str)] = match attribute.element {
        "system.net/connectionManagement/add" => &[("address", "x"), ("maxconnection", "2")],
        "system.net/webRequestModules/add" => &[("prefix", "x:"), ("type", "T")],
        "uri/schemeSettings/add" => &[("name", "ftp"), ("genericUriParserOptions", "Default")],
        "system.diagnostics/sharedListeners/add" | "system.diagnostics/sources/source" => {
            &[("name", "n")]
        }
        "system.diagnostics/switches/add" => &[("name", "n"), ("value", "Off")],
        _ => &[],
    };
    let others = needed.iter().filter(|(name, _)| *name != attribute.name);
    others.copied().collect()
}

/// A file that sets one attribute.
fn file(attribute: &ConfigurationAttribute, value: &str) -> String {
    let names: Vec<_> = attribute.element.split('/').collect();
    let (last, outer) = names.split_last().unwrap();
    let mut text = "<configuration>".to_owned();
    outer.iter().for_each(|name| text += &format!("<{name}>"));
    let escaped = value.replace('&', "&amp;").replace('"', "&quot;");
    text += &format!("<{last} {}=\"{escaped}\"", attribute.name);
    for (name, value) in companions(attribute) {
        text += &format!(" {name}=\"{value}\"");
    }
    text += "/>";
    outer
        .iter()
        .rev()
        .for_each(|name| text += &format!("</{name}>"));
    text + "</configuration>"
}

/// The settings, and the attributes that are reported.
#[track_caller]
fn apply(attribute: &ConfigurationAttribute, value: &str) -> (Settings, Vec<String>) {
    let text = file(attribute, value);
    let mut configuration = Configuration::new();
    let applied = configuration.apply_str(&text, "f");
    applied.unwrap_or_else(|error| panic!("{text}: {error}"));
    let (settings, warnings) = configuration.into_parts();
    let mut reported = Vec::new();
    for warning in warnings {
        // A type that only a program can know acts once it is registered; what is dangerous acts.
        if ![
            Kind::UnregisteredType,
            Kind::Dangerous,
            Kind::Doubtful,
            Kind::TlsAudit,
        ]
        .contains(&warning.kind())
        {
            assert_eq!(warning.kind(), Kind::NotApplied, "{text}: {warning}");
            reported.extend(warning.attribute().map(str::to_owned));
        }
    }
    (settings, reported)
}

/// What acts is no matter of this crate: the test that shows it, in another one, for each attribute of
/// an element. The section `uri` acts on [`NetContext::uri_settings`] alone, which is here.
///
/// [`NetContext::uri_settings`]: system_net_config::NetContext::uri_settings
const EFFECT_TESTS: &[(&str, &[&str], &str)] = &[
    (
        "runtime/AppContextSwitchOverrides",
        &["value"],
        "switch_strong_crypto_matrix",
    ),
    (
        "startup/supportedRuntime",
        &["sku", "version"],
        "target_framework_sources",
    ),
    (
        "system.web/httpRuntime",
        &["targetFramework"],
        "target_framework_sources",
    ),
    (
        "system.diagnostics/sharedListeners/add",
        &["initializeData", "name", "traceOutputOptions", "type"],
        "trace_shared_listener_file",
    ),
    (
        "system.diagnostics/sharedListeners/remove",
        &["name"],
        "the_default_listener_and_the_console",
    ),
    (
        "system.diagnostics/sources/remove",
        &["name"],
        "config_removed_sources_and_switches",
    ),
    (
        "system.diagnostics/sources/source",
        &["dangerouslyShowSecrets"],
        "trace_secrets_where_they_are_asked_for",
    ),
    (
        "system.diagnostics/sources/source",
        &["maxdatasize"],
        "trace_maxdatasize",
    ),
    (
        "system.diagnostics/sources/source",
        &["name"],
        "sources_are_told_apart_by_their_names",
    ),
    (
        "system.diagnostics/sources/source",
        &["switchName"],
        "a_switch_by_another_name",
    ),
    (
        "system.diagnostics/sources/source",
        &["switchValue"],
        "trace_root_listener_file",
    ),
    (
        "system.diagnostics/sources/source",
        &["tracemode"],
        "trace_hex_vs_text",
    ),
    (
        "system.diagnostics/switches/add",
        &["name", "value"],
        "trace_switch_levels",
    ),
    (
        "system.diagnostics/switches/remove",
        &["name"],
        "config_removed_sources_and_switches",
    ),
    (
        "system.diagnostics/trace",
        &["autoflush", "indentsize"],
        "trace_shared_listener_file",
    ),
    (
        "system.diagnostics/trace",
        &["useGlobalLock"],
        "use_global_lock_makes_listeners_take_turns",
    ),
    (
        "system.net/authenticationModules/add",
        &["type"],
        "config_authentication_modules",
    ),
    (
        "system.net/authenticationModules/remove",
        &["type"],
        "config_authentication_modules",
    ),
    (
        "system.net/connectionManagement/add",
        &["address", "maxconnection"],
        "config_connection_management",
    ),
    (
        "system.net/connectionManagement/remove",
        &["address"],
        "config_removed_limits",
    ),
    (
        "system.net/defaultProxy",
        &["enabled", "useDefaultCredentials"],
        "config_default_proxy",
    ),
    (
        "system.net/defaultProxy/bypasslist/add",
        &["address"],
        "config_bypass_regex",
    ),
    (
        "system.net/defaultProxy/bypasslist/remove",
        &["address"],
        "config_bypass_regex",
    ),
    (
        "system.net/defaultProxy/module",
        &["type"],
        "config_proxy_module_by_name",
    ),
    (
        "system.net/defaultProxy/proxy",
        &["bypassonlocal", "proxyaddress", "usesystemdefault"],
        "config_proxy_attrs",
    ),
    (
        "system.net/settings/httpListener",
        &["unescapeRequestUrl"],
        "config_unescape_request_url",
    ),
    (
        "system.net/settings/httpListener/extendedProtectionPolicy",
        &["policyEnforcement", "protectionScenario"],
        "config_extended_protection_elements",
    ),
    (
        "system.net/settings/httpListener/extendedProtectionPolicy/customServiceNames/add",
        &["name"],
        "config_extended_protection_elements",
    ),
    (
        "system.net/settings/httpListener/extendedProtectionPolicy/customServiceNames/remove",
        &["name"],
        "config_extended_protection_elements",
    ),
    (
        "system.net/settings/httpListener/timeouts",
        &[
            "drainEntityBody",
            "entityBody",
            "headerWait",
            "idleConnection",
            "minSendBytesPerSecond",
            "requestQueue",
        ],
        "config_listener_timeouts",
    ),
    (
        "system.net/settings/httpWebRequest",
        &[
            "maximumErrorResponseLength",
            "maximumResponseHeadersLength",
            "maximumUnauthorizedUploadLength",
            "useUnsafeHeaderParsing",
        ],
        "config_http_web_request",
    ),
    (
        "system.net/settings/ntlm",
        &["backConnectionHostNames", "disableLoopbackCheck"],
        "back_connection_names_sources",
    ),
    (
        "system.net/settings/ipv6",
        &["enabled"],
        "config_settings_misc",
    ),
    (
        "system.net/settings/servicePointManager",
        &[
            "checkCertificateName",
            "checkCertificateRevocationList",
            "dnsRefreshTimeout",
            "enableDnsRoundRobin",
            "expect100Continue",
            "useNagleAlgorithm",
        ],
        "config_service_point_manager",
    ),
    (
        "system.net/webRequestModules/add",
        &["prefix", "type"],
        "config_type_name_registry",
    ),
    (
        "system.net/webRequestModules/remove",
        &["prefix"],
        "config_removed_modules",
    ),
    ("uri/idn", &["enabled"], "config_uri_section"),
    ("uri/iriParsing", &["enabled"], "config_idn_iri_elements"),
    (
        "uri/schemeSettings/add",
        &["genericUriParserOptions", "name"],
        "uri_section_machine_then_app",
    ),
    (
        "uri/schemeSettings/remove",
        &["name"],
        "uri_section_machine_then_app",
    ),
];

/// What else .NET has in these elements and is reported as not applied, beside the schema.
const ALSO_REPORTED: &[(&str, &str)] = &[
    ("system.diagnostics/sources/source", "switchType"),
    ("system.diagnostics/switches", "tracemode"),
    ("system.diagnostics/switches/add", "tracemode"),
    ("system.net/requestCaching", "configSource"),
    ("system.net/settings/ipv6", "lockAttributes"),
];

/// Each attribute acts, which a test shows, or is reported: no third case.
#[test]
fn config_every_attribute_accounted() {
    every_attribute_is_read_and_reported_unless_it_acts();
    what_acts_has_a_test();
    what_is_not_in_the_schema_is_told();
}

fn every_attribute_is_read_and_reported_unless_it_acts() {
    for attribute in Configuration::schema() {
        let shown = format!("{} {}", attribute.element, attribute.name);
        let (settings, reported) = apply(&attribute, attribute.example);
        let is_reported = reported.iter().any(|name| name == attribute.name);
        match attribute.effect {
            Effect::Reported => assert!(is_reported, "{shown} is swallowed"),
            Effect::Acts | Effect::Key => assert!(!is_reported, "{shown} acts, it says"),
            _ => unreachable!("a new kind of effect"),
        }
        // What a file says is in the settings; what is taken out of an empty list is not, and of
        // three attributes nothing is kept, as their warnings say.
        let vain = attribute.element.ends_with("/remove")
            || ["encryptionPolicy", "ipProtectionLevel", "sslProtocols"].contains(&attribute.name);
        let unset = attribute.effect == Effect::Key && attribute.name != "name" || vain;
        let same_as_default = settings == Settings::default();
        if !unset {
            assert!(
                !same_as_default,
                "{shown}=`{}` changes nothing",
                attribute.example
            );
        }
        if let Some(default) = attribute.default {
            let (settings, reported) = apply(&attribute, default);
            assert!(
                !reported.iter().any(|name| name == attribute.name),
                "{shown}: the usual value is reported"
            );
            let policy = attribute.name == "policyLevel";
            if !policy {
                let expected = apply_without(&attribute);
                assert_eq!(
                    settings, expected,
                    "{shown}: `{default}` is not the default"
                );
            }
        }
    }
}

/// The settings if the attribute is missing: its element, with what it needs, is there.
fn apply_without(attribute: &ConfigurationAttribute) -> Settings {
    let default = attribute.default.unwrap();
    let text = file(attribute, default);
    let without = text.replace(&format!(" {}=\"{default}\"", attribute.name), "");
    assert_ne!(text, without);
    let mut configuration = Configuration::new();
    configuration.apply_str(&without, "f").unwrap();
    configuration.into_parts().0
}

fn what_acts_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The tests of other crates, and of this one for the section that is settled here.
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for krate in fs::read_dir(root).unwrap() {
        let krate = krate.unwrap().path();
        let is_this = krate.ends_with("system-net-config");
        let into = if is_this { &mut ours } else { &mut others };
        read_sources(&krate.join("tests"), into);
    }
    let mut shown = Vec::new();
    for (element, attributes, test) in EFFECT_TESTS {
        let files = match element.starts_with("uri/") {
            true => &ours,
            false => &others,
        };
        for attribute in *attributes {
            // The file, since a function may leave the writing of an element to another.
            let is_in =
                |text: &&String| text.contains(&format!("fn {test}()")) && text.contains(attribute);
            assert!(
                files.iter().any(|text| is_in(&text)),
                "{element} {attribute}: {test}"
            );
            shown.push((*element, *attribute));
        }
    }
    let acting: Vec<_> = Configuration::schema()
        .filter(|attribute| attribute.effect != Effect::Reported)
        .map(|attribute| (attribute.element, attribute.name))
        .collect();
    let without: Vec<_> = acting.iter().filter(|it| !shown.contains(it)).collect();
    assert!(
        without.is_empty(),
        "no test shows the effect of {without:?}"
    );
    let more: Vec<_> = shown.iter().filter(|it| !acting.contains(it)).collect();
    assert!(more.is_empty(), "these do not act, by the schema: {more:?}");
}

fn read_sources(folder: &Path, into: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// What the schema does not have is an attribute that nobody knows, or is told as not applied.
fn what_is_not_in_the_schema_is_told() {
    let elements: BTreeSet<&str> = Configuration::schema().map(|row| row.element).collect();
    let unknown = elements
        .iter()
        .map(|element| (*element, "x-unknown", Kind::UnknownAttribute));
    let known = ALSO_REPORTED
        .iter()
        .map(|(element, name)| (*element, *name, Kind::NotApplied));
    for (element, name, kind) in unknown.chain(known) {
        let row = Configuration::schema().find(|row| row.element == element);
        let text = match row {
            Some(row) => {
                let set = format!("{}=\"{}\"", row.name, row.example);
                let text = file(&row, row.example);
                text.replacen(&set, &format!("{set} {name}=\"1\""), 1)
            }
            None => {
                let names: Vec<_> = element.split('/').collect();
                let open = names
                    .iter()
                    .map(|name| format!("<{name}>"))
                    .collect::<String>();
                let close = names
                    .iter()
                    .rev()
                    .map(|name| format!("</{name}>"))
                    .collect::<String>();
                let open = open.trim_end_matches('>');
                format!("<configuration>{open} {name}=\"1\">{close}</configuration>")
            }
        };
        let mut configuration = Configuration::new();
        configuration.apply_str(&text, "f").unwrap();
        let told = configuration.warnings().iter();
        let told = told.filter(|it| it.attribute() == Some(name));
        let kinds: Vec<_> = told.map(|it| it.kind()).collect();
        assert_eq!(kinds, [kind], "{text}");
    }
}

/// `SYSTEM_NET_WRITE_DOCS=1` writes the page anew.
#[test]
#[allow(clippy::disallowed_methods, reason = "how the page is written anew")]
fn configuration_page_is_the_schema() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = Configuration::schema_page();
    if std::env::var_os("SYSTEM_NET_WRITE_DOCS").is_some() {
        fs::write(&file, &page).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap();
    assert!(
        kept == page,
        "docs/configuration.md is old: run this test with SYSTEM_NET_WRITE_DOCS=1"
    );
}
