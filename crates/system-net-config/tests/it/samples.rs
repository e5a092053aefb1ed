//! Every file of `config-samples` that this crate reads, and the settings it makes.

use system_net_config::{
    Configuration, ConfigurationWarningKind, ConnectionManagementEntry, HttpWebRequestSettings,
    ModuleChange, Settings,
};

/// Loads a sample; it must make exactly these settings, and nothing in it may be in vain but these
/// attributes.
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
        .map(|name| (ConfigurationWarningKind::NotApplied, *name))
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
        &[],
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
        &[
            "maximumErrorResponseLength",
            "maximumUnauthorizedUploadLength",
        ],
    );
}
