//! The small elements of `<settings>`: `ipv6`, `performanceCounters`, `webProxyScript`, `webUtility`,
//! `windowsAuthentication` and `ntlm`.
//!
//! .NET: `System.Net.Configuration.Ipv6Element`,
//! `System.Net.Configuration.PerformanceCountersElement`,
//! `System.Net.Configuration.WebProxyScriptElement`, `System.Net.Configuration.WebUtilityElement`,
//! `System.Net.Configuration.WindowsAuthenticationElement`

use system_net_primitives::{UnicodeDecodingConformance, UnicodeEncodingConformance};

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use crate::Settings;

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

pub(super) fn ipv6(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/ipv6");
    value::set(element, "enabled", value::boolean, &mut settings.ipv6)
}

pub(super) fn performance_counters(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/performanceCounters");
    let into = &mut settings.performance_counters;
    report.keep(element, "enabled", value::boolean, into, |it| it)
}

pub(super) fn web_proxy_script(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/webProxyScript");
    let into = &mut settings.web_proxy_script;
    report.keep(element, "downloadTimeout", value::span, into, |it| {
        &mut it.download_timeout
    })?;
    report.days(element, &["downloadTimeout"]);
    let seconds = |e: &Element<'_>, name: &str| value::count(e, name, value::from(0));
    report.keep(element, "autoConfigUrlRetryInterval", seconds, into, |it| {
        &mut it.auto_config_url_retry_interval
    })
}

pub(super) fn web_utility(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/webUtility");
    let into = &mut settings.web_utility;
    let decoding = |e: &Element<'_>, name: &str| value::meaning(e, name, DECODING);
    report.keep(
        element,
        "unicodeDecodingConformance",
        decoding,
        into,
        |it| &mut it.unicode_decoding_conformance,
    )?;
    let encoding = |e: &Element<'_>, name: &str| value::meaning(e, name, ENCODING);
    report.keep(
        element,
        "unicodeEncodingConformance",
        encoding,
        into,
        |it| &mut it.unicode_encoding_conformance,
    )
}

/// `ntlm`, which .NET keeps in the registry.
pub(super) fn ntlm(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/ntlm");
    let into = &mut settings.ntlm;
    if let Some(names) = value::text(element, "backConnectionHostNames") {
        let names = names.unwrap_or_default();
        let names = names
            .split(';')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        into.back_connection_host_names = names.map(str::to_owned).collect();
        report.check_room(element, into.back_connection_host_names.len())?;
    }
    value::set(
        element,
        "disableLoopbackCheck",
        value::boolean,
        &mut into.disable_loopback_check,
    )
}

pub(super) fn windows_authentication(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/windowsAuthentication");
    let size = |e: &Element<'_>, name: &str| value::count(e, name, value::from(0));
    report.keep(
        element,
        "defaultCredentialsHandleCacheSize",
        size,
        &mut settings.windows_authentication,
        |it| &mut it.default_credentials_handle_cache_size,
    )
}
