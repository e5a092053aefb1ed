//! Each element and attribute, one file over another, and what is reported.

use std::time::Duration;

use system_net_config::{
    Configuration, ConfigurationErrorKind as Kind, ConfigurationWarning, HttpWebRequestSettings,
    ModuleChange, Settings, TargetFramework, TargetFrameworkSource,
};

/// The settings and warnings of files applied in order, each given as what stands within
/// `<system.net>`.
#[track_caller]
fn read(files: &[&str]) -> (Settings, Vec<ConfigurationWarning>) {
    let mut configuration = Configuration::new();
    for (n, inner) in files.iter().enumerate() {
        let text = format!("<configuration><system.net>\n{inner}\n</system.net></configuration>");
        configuration
            .apply_str(&text, format!("{n}.config"))
            .unwrap();
    }
    configuration.into_parts()
}

/// What an attribute's value is refused with.
#[track_caller]
fn check_refused(element: &str, attribute: &str, value: &str, expected: &str) {
    let text = format!(
        "<configuration><system.net><settings><{element} {attribute}='{value}'/></settings>\
         </system.net></configuration>"
    );
    let error = Configuration::new().apply_str(&text, "f").unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    assert_eq!(
        (error.element(), error.attribute()),
        (Some(element), Some(attribute))
    );
    let text = error.to_string();
    assert!(
        text.ends_with(&format!(": expected {expected}, found `{value}`")),
        "{text}"
    );
}

fn limits(settings: &Settings) -> Vec<(&str, u32)> {
    let entries = settings.connection_management.iter();
    entries
        .map(|entry| (&*entry.address, entry.maxconnection))
        .collect()
}

#[test]
fn config_merge_order() {
    let machine = "<connectionManagement>
        <add address='a' maxconnection='1'/><add address='b' maxconnection='2'/>
        <add address='c' maxconnection='3'/>
      </connectionManagement>
      <settings><servicePointManager expect100Continue='false' useNagleAlgorithm='false'/></settings>";
    let application = "<connectionManagement>
        <add address='B' maxconnection='20'/><remove address='a'/><add address='d' maxconnection='4'/>
      </connectionManagement>
      <settings><servicePointManager useNagleAlgorithm='true'/></settings>";
    let (merged, warnings) = read(&[machine, application]);
    assert_eq!(warnings, []);
    assert_eq!(limits(&merged), [("b", 20), ("c", 3), ("d", 4)]);
    let points = &merged.service_point_manager;
    assert!(
        !points.expect_100_continue,
        "what the application leaves out stays"
    );
    assert!(points.use_nagle_algorithm, "what it says wins");

    let (merged, _) = read(&[
        machine,
        "<connectionManagement><clear/></connectionManagement>",
    ]);
    assert_eq!(limits(&merged), []);
    let (merged, _) = read(&[application, machine]);
    assert_eq!(limits(&merged), [("B", 2), ("d", 4), ("a", 1), ("c", 3)]);
}

#[test]
fn machine_then_app_config_precedence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, inner: &str| {
        let file = folder.path().join(name);
        let text = format!(
            "<configuration><system.net><settings>{inner}</settings></system.net></configuration>"
        );
        std::fs::write(&file, text).unwrap();
        file
    };
    let on = write("on.config", "<ipv6 enabled='true'/>");
    let off = write("off.config", "<ipv6 enabled='false'/>");
    let silent = write("silent.config", "");
    for (machine, application, expected) in [
        (None, None, true),
        (Some(&off), None, false),
        (None, Some(&off), false),
        (Some(&off), Some(&on), true),
        (Some(&on), Some(&off), false),
        (Some(&off), Some(&silent), false),
    ] {
        let configuration =
            Configuration::from_files(machine.map(AsRef::as_ref), application.map(AsRef::as_ref));
        assert_eq!(configuration.unwrap().settings().ipv6, expected);
    }
}

#[test]
fn config_web_request_modules_elements() {
    let (settings, warnings) = read(&[
        "<webRequestModules><clear/><add prefix=' ftp ' type='T, A'/><remove prefix='x'/>\
         </webRequestModules>",
    ]);
    assert_eq!(warnings.len(), 1, "of the type that is not registered");
    assert_eq!(
        settings.web_request_modules,
        [
            ModuleChange::Clear,
            ModuleChange::Add {
                prefix: "ftp".to_owned(),
                type_name: "T, A".to_owned()
            },
            ModuleChange::Remove {
                prefix: "x".to_owned()
            },
        ]
    );
    let (merged, _) = read(&[
        "<webRequestModules><add prefix='a' type='1'/></webRequestModules>",
        "<webRequestModules><add prefix='a' type='2'/></webRequestModules>",
    ]);
    assert_eq!(
        merged.web_request_modules.len(),
        2,
        "changes are applied in order"
    );
}

#[test]
fn http_web_request_attributes() {
    let read = |attributes: &str| {
        let text = format!("<settings><httpWebRequest {attributes}/></settings>");
        read(&[&text]).0.http_web_request
    };
    assert_eq!(read(""), HttpWebRequestSettings::default());
    let none = read(
        "maximumResponseHeadersLength='-1' maximumErrorResponseLength='-1' \
         maximumUnauthorizedUploadLength='-1' useUnsafeHeaderParsing='True'",
    );
    assert_eq!(
        none.maximum_response_headers_length,
        HttpWebRequestSettings::MAX_HEAD_KIB
    );
    assert_eq!(none.maximum_error_response_length, None);
    assert_eq!(none.maximum_unauthorized_upload_length, None);
    assert!(none.use_unsafe_header_parsing);
    let zero = read("maximumResponseHeadersLength='0' maximumErrorResponseLength='0'");
    assert_eq!(zero.maximum_response_headers_length, 0);
    assert_eq!(zero.maximum_error_response_length, Some(0));
    let range = "a number from -1 to 2147483647";
    for name in [
        "maximumResponseHeadersLength",
        "maximumErrorResponseLength",
        "maximumUnauthorizedUploadLength",
    ] {
        for value in ["-2", "2147483648", "64k", ""] {
            check_refused("httpWebRequest", name, value, range);
        }
    }
    check_refused(
        "httpWebRequest",
        "useUnsafeHeaderParsing",
        "yes",
        "`true` or `false`",
    );
}

#[test]
fn config_service_point_manager() {
    let read = |attributes: &str| {
        let text = format!("<settings><servicePointManager {attributes}/></settings>");
        read(&[&text]).0.service_point_manager
    };
    let all = read(
        "checkCertificateName='false' checkCertificateRevocationList='true' \
         dnsRefreshTimeout='1500' enableDnsRoundRobin='TRUE' expect100Continue='false' \
         useNagleAlgorithm='False' encryptionPolicy='RequireEncryption'",
    );
    assert!(!all.check_certificate_name);
    assert!(all.check_certificate_revocation_list);
    assert_eq!(all.dns_refresh_timeout, Some(Duration::from_millis(1500)));
    assert!(all.enable_dns_round_robin);
    assert!(!all.expect_100_continue);
    assert!(!all.use_nagle_algorithm);
    assert_eq!(read("dnsRefreshTimeout='-1'").dns_refresh_timeout, None);
    assert_eq!(read("").dns_refresh_timeout, Some(Duration::from_secs(120)));
    check_refused(
        "servicePointManager",
        "encryptionPolicy",
        "None",
        "one of RequireEncryption, AllowNoEncryption, NoEncryption",
    );
    check_refused(
        "servicePointManager",
        "expect100Continue",
        "1",
        "`true` or `false`",
    );
}

#[test]
fn nothing_is_swallowed() {
    let (_, warnings) = read(&["<connectionManagement limit='3'>
  <add address='*' maxconnection='1' MaxConnection='2'><deeper/></add>
  <add address='*' maxconnection='2'/>
  <append/>
  text
</connectionManagement>
<Settings/>
<defaultProxy><proxy autoDetect='true'/></defaultProxy>
<settings>
  <socket alwaysUseCompletionPortsForAccept='true' ipProtectionLevel='Restricted'/>
  <servicePointManager encryptionPolicy='NoEncryption'/>
  <performanceCounters enabled='true'/>
  <ipv4 xmlns='urn:x' xmlns:y='urn:y'/>
</settings>"]);
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "0.config:2:23: element `connectionManagement`, attribute `limit`: unknown attribute",
            "0.config:6:3: element `connectionManagement`: the text has no meaning here",
            "0.config:3:38: element `add`, attribute `MaxConnection`: \
             unknown attribute; meant is perhaps `maxconnection`",
            "0.config:3:56: element `deeper`: unknown element",
            "0.config:4:3: element `add`: an earlier entry for `*` in this file is replaced",
            "0.config:5:3: element `append`: unknown element",
            "0.config:8:1: element `Settings`: unknown element; meant is perhaps `settings`",
            "0.config:9:22: element `proxy`, attribute `autoDetect`: \
             not applied: this version runs no scripts that choose a proxy",
            "0.config:11:11: element `socket`, attribute `alwaysUseCompletionPortsForAccept`: \
             not applied: nothing acts on it yet",
            "0.config:11:52: element `socket`, attribute `ipProtectionLevel`: \
             not applied: this version does not read the level from files",
            "0.config:12:24: element `servicePointManager`, attribute `encryptionPolicy`: \
             not applied: TLS without encryption does not exist here",
            "0.config:13:24: element `performanceCounters`, attribute `enabled`: \
             not applied: this version has no performance counters",
            "0.config:14:3: element `ipv4`: unknown element",
        ]
    );
}

#[test]
fn sections_of_others_are_reported() {
    let mut configuration = Configuration::new();
    let text =
        "<configuration><runtime><x y='z'/></runtime><appSettings/>\n<system.Net/></configuration>";
    configuration.apply_str(text, "f").unwrap();
    let warnings: Vec<_> = configuration
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        warnings,
        [
            "f:1:25: element `x`: not read: a section of another product",
            "f:1:45: element `appSettings`: not read: a section of another product",
            "f:2:1: element `system.Net`: not read; meant is perhaps `system.net`",
        ]
    );
}

#[test]
fn an_error_changes_nothing() {
    let mut configuration = Configuration::new();
    let text = "<configuration><a/><system.net><connectionManagement>
        <add address='x' maxconnection='1'/><add address='y' maxconnection='0'/>
      </connectionManagement></system.net></configuration>";
    assert!(configuration.apply_str(text, "f").is_err());
    assert_eq!(configuration.settings(), &Settings::default());
    assert_eq!(configuration.warnings(), []);
}

#[test]
fn ipv6_switch_default_by_target() {
    let on = r#"<configuration><system.net><settings><ipv6 enabled="true"/></settings></system.net></configuration>"#;
    let silent = "<configuration><system.net><settings/></system.net></configuration>";
    let off = on.replace("true", "false");
    #[track_caller]
    fn check(target: TargetFramework, files: &[&str], expected: bool) {
        let mut configuration = Configuration::for_target(target);
        for file in files {
            configuration.apply_str(file, "test.config").unwrap();
        }
        assert!(configuration.warnings().is_empty());
        let mut settings = configuration.into_parts().0;
        assert_eq!(settings.ipv6, expected, "{target:?} {files:?}");
        // Only the rule for the default proxy depends on the version too.
        assert_eq!(settings.default_proxy.target, target);
        settings.ipv6 = true;
        settings.default_proxy.target = TargetFramework::default();
        // As do those for TLS.
        assert_eq!(settings.target_framework, target);
        settings.target_framework = TargetFramework::default();
        settings.target_framework_source = TargetFrameworkSource::default();
        assert_eq!(settings, Settings::default());
    }
    let (old, new) = (TargetFramework::V1_1, TargetFramework::V2_0);
    for (target, default) in [(old, false), (new, true)] {
        assert_eq!(Settings::for_target(target).ipv6, default);
        check(target, &[], default);
        check(target, &[silent], default);
        // A file says otherwise, and the application's goes before the machine's.
        check(target, &[on], true);
        check(target, &[&off], false);
        check(target, &[&off, on], true);
        check(target, &[on, &off], false);
        check(target, &[&off, silent], false);
    }
    assert!(TargetFramework::default() >= new);
    assert!(Settings::default().ipv6 && Configuration::new().settings().ipv6);
}
