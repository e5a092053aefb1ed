//! `<settings><httpListener>`: starting values of HTTP listeners.
//!
//! .NET: `System.Net.Configuration.HttpListenerElement`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use super::extended_protection;
use crate::{HttpListenerTimeoutSettings, Settings};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const PATH: &str = "system.net/settings/httpListener";
    report.check(element, &schema::attributes(PATH));
    let into = &mut settings.http_listener;
    let unescape = &mut into.unescape_request_url;
    value::set(element, "unescapeRequestUrl", value::boolean, unescape)?;
    for child in &element.children {
        match child.name {
            "timeouts" => {
                report.check_leaf(child, &format!("{PATH}/timeouts"));
                timeouts(child, &mut into.timeouts)?;
                report.days(child, TIMES);
            }
            "extendedProtectionPolicy" => {
                let policy = into.extended_protection_policy.get_or_insert_default();
                let path = format!("{PATH}/extendedProtectionPolicy");
                extended_protection::read(child, &path, policy, report)?;
            }
            _ => report.unknown_element(child, &["timeouts", "extendedProtectionPolicy"]),
        }
    }
    Ok(())
}

const TIMES: &[&str] = &[
    "entityBody",
    "drainEntityBody",
    "requestQueue",
    "idleConnection",
    "headerWait",
];

fn timeouts(element: &Element<'_>, into: &mut HttpListenerTimeoutSettings) -> Result<(), Fault> {
    for (name, place) in [
        ("entityBody", &mut into.entity_body),
        ("drainEntityBody", &mut into.drain_entity_body),
        ("requestQueue", &mut into.request_queue),
        ("idleConnection", &mut into.idle_connection),
        ("headerWait", &mut into.header_wait),
    ] {
        value::set(element, name, value::span, place)?;
    }
    let speed = |e: &Element<'_>, name: &str| value::count(e, name, 0..=i64::from(u32::MAX));
    let into = &mut into.min_send_bytes_per_second;
    value::set(element, "minSendBytesPerSecond", speed, into)
}
