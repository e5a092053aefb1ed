//! The schema: each attribute is read, and acts or is reported; the page of the documentation.

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
        assert_eq!(warning.kind(), Kind::NotApplied, "{text}: {warning}");
        reported.extend(warning.attribute().map(str::to_owned));
    }
    (settings, reported)
}

/// What acts is no matter of this crate: the test that shows it, by the element.
const EFFECT_TESTS: &[(&str, &str)] = &[
    (
        "system.diagnostics/sharedListeners/add",
        "trace_shared_listener_file",
    ),
    (
        "system.diagnostics/sharedListeners/remove",
        "the_default_listener_and_the_console",
    ),
    ("system.diagnostics/sources/source", "trace_hex_vs_text"),
    ("system.diagnostics/switches/add", "trace_switch_levels"),
    ("system.diagnostics/trace", "trace_shared_listener_file"),
    (
        "system.net/authenticationModules/add",
        "config_authentication_modules",
    ),
    (
        "system.net/authenticationModules/remove",
        "config_authentication_modules",
    ),
    (
        "system.net/connectionManagement/add",
        "config_connection_management",
    ),
    ("system.net/defaultProxy", "config_default_proxy"),
    (
        "system.net/defaultProxy/bypasslist/add",
        "config_bypass_regex",
    ),
    (
        "system.net/defaultProxy/module",
        "config_proxy_module_by_name",
    ),
    ("system.net/defaultProxy/proxy", "config_proxy_attrs"),
    (
        "system.net/settings/httpListener",
        "config_unescape_request_url",
    ),
    (
        "system.net/settings/httpListener/timeouts",
        "config_listener_timeouts",
    ),
    (
        "system.net/settings/httpWebRequest",
        "config_http_web_request",
    ),
    (
        "system.net/settings/servicePointManager",
        "config_service_point_manager",
    ),
    ("system.net/settings/ipv6", "dns_resolve_obeys_ipv6_switch"),
    (
        "system.net/webRequestModules/add",
        "config_web_request_modules",
    ),
    (
        "system.net/webRequestModules/remove",
        "config_remove_prefix",
    ),
    ("uri/idn", "config_idn_iri_elements"),
    ("uri/iriParsing", "config_idn_iri_elements"),
    ("uri/schemeSettings/add", "config_uri_section"),
];

/// Each attribute acts, which a test shows, or is reported: no third case.
#[test]
fn config_every_attribute_accounted() {
    every_attribute_is_read_and_reported_unless_it_acts();
    what_acts_has_a_test();
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
        // two attributes nothing is kept, as their warnings say.
        let vain = attribute.element.ends_with("/remove")
            || ["encryptionPolicy", "ipProtectionLevel"].contains(&attribute.name);
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
    let mut sources = String::new();
    for krate in fs::read_dir(root).unwrap() {
        read_sources(&krate.unwrap().path().join("tests"), &mut sources);
    }
    for (element, test) in EFFECT_TESTS {
        assert!(
            sources.contains(&format!("fn {test}()")),
            "{element}: {test}"
        );
    }
    let acting = Configuration::schema().filter(|attribute| attribute.effect == Effect::Acts);
    let mut without = Vec::new();
    for attribute in acting {
        let shown = EFFECT_TESTS
            .iter()
            .any(|(element, _)| *element == attribute.element);
        if !shown {
            without.push(attribute.name);
        }
    }
    assert!(
        without.is_empty(),
        "no test shows the effect of {without:?}"
    );
}

fn read_sources(folder: &Path, into: &mut String) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *into += &fs::read_to_string(path).unwrap();
        }
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
