//! The sections of a file, each in a module of its own.
//!
//! To add one: write its module with a `read` function, and put it into the table of its parent.

mod connection_management;
mod http_web_request;
mod ipv6;
mod service_point_manager;
mod socket;
mod uri;
mod web_request_modules;

use super::document::Element;
use super::error::{ConfigurationErrorKind as Kind, Fault};
use super::report::Report;
use crate::Settings;

/// How an element is read: into settings, with a report of what has no effect.
type Read = fn(&Element<'_>, &mut Settings, &mut Report<'_>) -> Result<(), Fault>;

/// The elements of `<configuration>`.
const CONFIGURATION: &[(&str, Read)] = &[("system.net", system_net), ("uri", uri::read)];

/// The elements of `<system.net>`.
const SYSTEM_NET: &[(&str, Read)] = &[
    ("connectionManagement", connection_management::read),
    ("settings", settings),
    ("webRequestModules", web_request_modules::read),
];

/// Elements of `<system.net>` that .NET has and that change nothing here yet.
const SYSTEM_NET_NOT_APPLIED: &[&str] = &[
    "authenticationModules",
    "defaultProxy",
    "mailSettings",
    "requestCaching",
];

/// The elements of `<settings>`.
const SETTINGS: &[(&str, Read)] = &[
    ("httpWebRequest", http_web_request::read),
    ("ipv6", ipv6::read),
    ("servicePointManager", service_point_manager::read),
    ("socket", socket::read),
];

/// Elements of `<settings>` that .NET has and that change nothing here yet.
const SETTINGS_NOT_APPLIED: &[&str] = &[
    "httpListener",
    "performanceCounters",
    "webProxyScript",
    "webUtility",
    "windowsAuthentication",
];

/// Reads a whole document.
pub(super) fn configuration(
    root: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    if root.name != "configuration" {
        let message = "expected `configuration` as the outermost element";
        return Err(Fault::new(Kind::Root, root.position, message).in_element(root.name));
    }
    report.check(root, &[]);
    for child in &root.children {
        match find(CONFIGURATION, child.name) {
            Some(read) => read(child, settings, report)?,
            None => report.foreign_section(child, &names(CONFIGURATION)),
        }
    }
    Ok(())
}

fn system_net(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    group(
        element,
        SYSTEM_NET,
        SYSTEM_NET_NOT_APPLIED,
        settings,
        report,
    )
}

fn settings(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    group(element, SETTINGS, SETTINGS_NOT_APPLIED, settings, report)
}

/// An element that does nothing but hold others.
fn group(
    element: &Element<'_>,
    table: &[(&str, Read)],
    not_applied: &[&str],
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        match find(table, child.name) {
            Some(read) => read(child, settings, report)?,
            None if not_applied.contains(&child.name) => {
                report.element_not_applied(child, "this version does not read the section");
            }
            None => report.unknown_element(child, &[&names(table)[..], not_applied].concat()),
        }
    }
    Ok(())
}

fn find(table: &[(&str, Read)], name: &str) -> Option<Read> {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, read)| *read)
}

fn names<'a>(table: &[(&'a str, Read)]) -> Vec<&'a str> {
    table.iter().map(|(name, _)| *name).collect()
}
