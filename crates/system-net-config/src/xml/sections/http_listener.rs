//! `<settings><httpListener>`: starting values of HTTP listeners.
//!
//! .NET: `System.Net.Configuration.HttpListenerElement`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{HttpListenerSettings, HttpListenerTimeoutSettings, Settings};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const PATH: &str = "system.net/settings/httpListener";
    report.check(element, &schema::attributes(PATH));
    let usual = HttpListenerSettings::default();
    let into = &mut settings.http_listener;
    let value = value::boolean(element, "unescapeRequestUrl")?;
    report.keep(
        element,
        "unescapeRequestUrl",
        value,
        &mut into.unescape_request_url,
        &usual.unescape_request_url,
    );
    for child in &element.children {
        match child.name {
            "timeouts" => {
                report.check_leaf(child, &schema::attributes(&format!("{PATH}/timeouts")));
                timeouts(child, &mut into.timeouts, report)?;
            }
            _ => report.unknown_element(child, &["timeouts"]),
        }
    }
    Ok(())
}

fn timeouts(
    element: &Element<'_>,
    into: &mut HttpListenerTimeoutSettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let usual = HttpListenerTimeoutSettings::default();
    let value = value::span(element, "entityBody")?;
    report.keep(
        element,
        "entityBody",
        value,
        &mut into.entity_body,
        &usual.entity_body,
    );
    let value = value::span(element, "drainEntityBody")?;
    report.keep(
        element,
        "drainEntityBody",
        value,
        &mut into.drain_entity_body,
        &usual.drain_entity_body,
    );
    let value = value::span(element, "requestQueue")?;
    report.keep(
        element,
        "requestQueue",
        value,
        &mut into.request_queue,
        &usual.request_queue,
    );
    let value = value::span(element, "idleConnection")?;
    report.keep(
        element,
        "idleConnection",
        value,
        &mut into.idle_connection,
        &usual.idle_connection,
    );
    let value = value::span(element, "headerWait")?;
    report.keep(
        element,
        "headerWait",
        value,
        &mut into.header_wait,
        &usual.header_wait,
    );
    let value = value::count(element, "minSendBytesPerSecond", 0..=i64::from(u32::MAX))?;
    report.keep(
        element,
        "minSendBytesPerSecond",
        value,
        &mut into.min_send_bytes_per_second,
        &usual.min_send_bytes_per_second,
    );
    Ok(())
}
