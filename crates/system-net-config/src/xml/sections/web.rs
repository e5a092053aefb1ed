//! The small elements of `<settings>`: `performanceCounters`, `webProxyScript`, `webUtility` and
//! `windowsAuthentication`.
//!
//! .NET: `System.Net.Configuration.PerformanceCountersElement`,
//! `System.Net.Configuration.WebProxyScriptElement`, `System.Net.Configuration.WebUtilityElement`,
//! `System.Net.Configuration.WindowsAuthenticationElement`

use system_net_primitives::{UnicodeDecodingConformance, UnicodeEncodingConformance};

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{Settings, WebProxyScriptSettings, WebUtilitySettings, WindowsAuthenticationSettings};

const DECODING: &[(&str, UnicodeDecodingConformance)] = &[
    ("Auto", UnicodeDecodingConformance::Auto),
    ("Strict", UnicodeDecodingConformance::Strict),
    ("Compat", UnicodeDecodingConformance::Compat),
    ("Loose", UnicodeDecodingConformance::Loose),
];

const ENCODING: &[(&str, UnicodeEncodingConformance)] = &[
    ("Auto", UnicodeEncodingConformance::Auto),
    ("Strict", UnicodeEncodingConformance::Strict),
    ("Compat", UnicodeEncodingConformance::Compat),
];

pub(super) fn performance_counters(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(
        element,
        &schema::attributes("system.net/settings/performanceCounters"),
    );
    let value = value::boolean(element, "enabled")?;
    report.keep(
        element,
        "enabled",
        value,
        &mut settings.performance_counters,
        &false,
    );
    Ok(())
}

pub(super) fn web_proxy_script(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(
        element,
        &schema::attributes("system.net/settings/webProxyScript"),
    );
    let usual = WebProxyScriptSettings::default();
    let into = &mut settings.web_proxy_script;
    let value = value::span(element, "downloadTimeout")?;
    report.keep(
        element,
        "downloadTimeout",
        value,
        &mut into.download_timeout,
        &usual.download_timeout,
    );
    let value = value::count(element, "autoConfigUrlRetryInterval", value::from(0))?;
    report.keep(
        element,
        "autoConfigUrlRetryInterval",
        value,
        &mut into.auto_config_url_retry_interval,
        &usual.auto_config_url_retry_interval,
    );
    Ok(())
}

pub(super) fn web_utility(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(
        element,
        &schema::attributes("system.net/settings/webUtility"),
    );
    let usual = WebUtilitySettings::default();
    let into = &mut settings.web_utility;
    let value = value::meaning(element, "unicodeDecodingConformance", DECODING)?;
    report.keep(
        element,
        "unicodeDecodingConformance",
        value,
        &mut into.unicode_decoding_conformance,
        &usual.unicode_decoding_conformance,
    );
    let value = value::meaning(element, "unicodeEncodingConformance", ENCODING)?;
    report.keep(
        element,
        "unicodeEncodingConformance",
        value,
        &mut into.unicode_encoding_conformance,
        &usual.unicode_encoding_conformance,
    );
    Ok(())
}

pub(super) fn windows_authentication(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(
        element,
        &schema::attributes("system.net/settings/windowsAuthentication"),
    );
    let usual = WindowsAuthenticationSettings::default();
    let into = &mut settings.windows_authentication;
    let value = value::count(element, "defaultCredentialsHandleCacheSize", value::from(0))?;
    report.keep(
        element,
        "defaultCredentialsHandleCacheSize",
        value,
        &mut into.default_credentials_handle_cache_size,
        &usual.default_credentials_handle_cache_size,
    );
    Ok(())
}
