//! `<requestCaching>`: what is taken from the cache.
//!
//! .NET: `System.Net.Configuration.RequestCachingSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{HttpCachePolicySettings, HttpRequestCacheLevel, RequestCacheLevel, Settings};

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
    let into = &mut settings.request_caching;
    report.keep(element, "defaultPolicyLevel", level, into, |it| {
        &mut it.default_policy_level
    })?;
    report.keep(element, "disableAllCaching", value::boolean, into, |it| {
        &mut it.disable_all_caching
    })?;
    report.keep(element, "isPrivateCache", value::boolean, into, |it| {
        &mut it.is_private_cache
    })?;
    report.keep(element, "unspecifiedMaximumAge", value::span, into, |it| {
        &mut it.unspecified_maximum_age
    })?;
    report.days(element, &["unspecifiedMaximumAge"]);
    for child in &element.children {
        match child.name {
            "defaultHttpCachePolicy" => {
                report.check_leaf(child, HTTP);
                usual_policy(child, report);
                let into = into.default_http_cache_policy.get_or_insert_default();
                http(child, into, report)?;
            }
            "defaultFtpCachePolicy" => {
                report.check_leaf(child, FTP);
                usual_policy(child, report);
                let into = into.default_ftp_cache_policy.get_or_insert_default();
                report.keep(child, "policyLevel", level, into, |it| &mut it.policy_level)?;
            }
            _ => {
                report.unknown_element(child, &["defaultHttpCachePolicy", "defaultFtpCachePolicy"])
            }
        }
    }
    Ok(())
}

/// A policy without a level, or with the usual one, asks for a cache by being there at all.
fn usual_policy(element: &Element<'_>, report: &mut Report<'_>) {
    let level = value::text(element, "policyLevel").flatten();
    if level.is_none_or(|level| level == "Default") {
        report.element_without_effect(element);
    }
}

fn http(
    element: &Element<'_>,
    into: &mut HttpCachePolicySettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let level = |e: &Element<'_>, name: &str| value::meaning(e, name, HTTP_LEVELS);
    report.keep(element, "policyLevel", level, into, |it| {
        &mut it.policy_level
    })?;
    let span = |e: &Element<'_>, name: &str| Ok(value::span(e, name)?.map(Some));
    report.keep(element, "maximumAge", span, into, |it| &mut it.maximum_age)?;
    report.keep(element, "maximumStale", span, into, |it| {
        &mut it.maximum_stale
    })?;
    report.keep(element, "minimumFresh", span, into, |it| {
        &mut it.minimum_fresh
    })?;
    report.days(element, &["maximumAge", "maximumStale", "minimumFresh"]);
    Ok(())
}

fn level(element: &Element<'_>, name: &str) -> Result<Option<RequestCacheLevel>, Fault> {
    value::meaning(element, name, LEVELS)
}
