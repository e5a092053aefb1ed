//! `<requestCaching>`: what is taken from the cache.
//!
//! .NET: `System.Net.Configuration.RequestCachingSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{
    FtpCachePolicySettings, HttpCachePolicySettings, HttpRequestCacheLevel, RequestCacheLevel,
    RequestCachingSettings, Settings,
};

const LEVELS: &[(&str, RequestCacheLevel)] = &[
    ("Default", RequestCacheLevel::Default),
    ("BypassCache", RequestCacheLevel::BypassCache),
    ("CacheOnly", RequestCacheLevel::CacheOnly),
    ("CacheIfAvailable", RequestCacheLevel::CacheIfAvailable),
    ("Revalidate", RequestCacheLevel::Revalidate),
    ("Reload", RequestCacheLevel::Reload),
    ("NoCacheNoStore", RequestCacheLevel::NoCacheNoStore),
];

const HTTP_LEVELS: &[(&str, HttpRequestCacheLevel)] = &[
    ("Default", HttpRequestCacheLevel::Default),
    ("BypassCache", HttpRequestCacheLevel::BypassCache),
    ("CacheOnly", HttpRequestCacheLevel::CacheOnly),
    ("CacheIfAvailable", HttpRequestCacheLevel::CacheIfAvailable),
    ("Revalidate", HttpRequestCacheLevel::Revalidate),
    ("Reload", HttpRequestCacheLevel::Reload),
    ("NoCacheNoStore", HttpRequestCacheLevel::NoCacheNoStore),
    (
        "CacheOrNextCacheOnly",
        HttpRequestCacheLevel::CacheOrNextCacheOnly,
    ),
    ("Refresh", HttpRequestCacheLevel::Refresh),
];

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const HTTP: &str = "system.net/requestCaching/defaultHttpCachePolicy";
    const FTP: &str = "system.net/requestCaching/defaultFtpCachePolicy";
    report.check(element, &schema::attributes("system.net/requestCaching"));
    let usual = RequestCachingSettings::default();
    let into = &mut settings.request_caching;
    let value = value::meaning(element, "defaultPolicyLevel", LEVELS)?;
    report.keep(
        element,
        "defaultPolicyLevel",
        value,
        &mut into.default_policy_level,
        &usual.default_policy_level,
    );
    let value = value::boolean(element, "disableAllCaching")?;
    report.keep(
        element,
        "disableAllCaching",
        value,
        &mut into.disable_all_caching,
        &usual.disable_all_caching,
    );
    let value = value::boolean(element, "isPrivateCache")?;
    report.keep(
        element,
        "isPrivateCache",
        value,
        &mut into.is_private_cache,
        &usual.is_private_cache,
    );
    let value = value::span(element, "unspecifiedMaximumAge")?;
    report.keep(
        element,
        "unspecifiedMaximumAge",
        value,
        &mut into.unspecified_maximum_age,
        &usual.unspecified_maximum_age,
    );
    for child in &element.children {
        match child.name {
            "defaultHttpCachePolicy" => {
                report.check_leaf(child, &schema::attributes(HTTP));
                http(
                    child,
                    into.default_http_cache_policy.get_or_insert_default(),
                    report,
                )?;
            }
            "defaultFtpCachePolicy" => {
                report.check_leaf(child, &schema::attributes(FTP));
                let usual = FtpCachePolicySettings::default();
                let into = into.default_ftp_cache_policy.get_or_insert_default();
                let value = value::meaning(child, "policyLevel", LEVELS)?;
                report.keep(
                    child,
                    "policyLevel",
                    value,
                    &mut into.policy_level,
                    &usual.policy_level,
                );
            }
            _ => {
                report.unknown_element(child, &["defaultHttpCachePolicy", "defaultFtpCachePolicy"])
            }
        }
    }
    Ok(())
}

fn http(
    element: &Element<'_>,
    into: &mut HttpCachePolicySettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let usual = HttpCachePolicySettings::default();
    let value = value::meaning(element, "policyLevel", HTTP_LEVELS)?;
    report.keep(
        element,
        "policyLevel",
        value,
        &mut into.policy_level,
        &usual.policy_level,
    );
    let value = value::span(element, "maximumAge")?.map(Some);
    report.keep(
        element,
        "maximumAge",
        value,
        &mut into.maximum_age,
        &usual.maximum_age,
    );
    let value = value::span(element, "maximumStale")?.map(Some);
    report.keep(
        element,
        "maximumStale",
        value,
        &mut into.maximum_stale,
        &usual.maximum_stale,
    );
    let value = value::span(element, "minimumFresh")?.map(Some);
    report.keep(
        element,
        "minimumFresh",
        value,
        &mut into.minimum_fresh,
        &usual.minimum_fresh,
    );
    Ok(())
}
