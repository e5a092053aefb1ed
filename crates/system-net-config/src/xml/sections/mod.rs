//! The sections of a file, each in a module of its own.
//!
//! To add one: write its module with a `read` function, and put it into the table of its parent.

mod connection_management;
mod default_proxy;
mod diagnostics;
mod extended_protection;
mod http_listener;
mod http_web_request;
mod list;
mod mail_settings;
mod modules;
mod request_caching;
mod runtime;
mod service_model;
mod service_point_manager;
mod socket;
mod startup;
mod system_web;
mod uri;
mod web;

use super::document::Element;
use super::error::{ConfigurationErrorKind as Kind, Fault};
use super::repeated;
use super::report::Report;
use crate::{Settings, TargetFramework, TargetFrameworkSource};

/// How an element is read: into settings, with a report of what has no effect.
type Read = fn(&Element<'_>, &mut Settings, &mut Report<'_>) -> Result<(), Fault>;

/// The elements of `<configuration>`.
const CONFIGURATION: &[(&str, Read)] = &[
    ("runtime", runtime::read),
    ("startup", startup::read),
    ("system.diagnostics", diagnostics::read),
    ("system.net", system_net),
    ("system.serviceModel", service_model::read),
    ("system.web", system_web::read),
    ("uri", uri::read),
];

/// The elements of `<system.net>`.
const SYSTEM_NET: &[(&str, Read)] = &[
    ("authenticationModules", modules::authentication),
    ("connectionManagement", connection_management::read),
    ("defaultProxy", default_proxy::read),
    ("mailSettings", mail_settings::read),
    ("requestCaching", request_caching::read),
    ("settings", settings),
    ("webRequestModules", modules::web_request),
];

/// The elements of `<settings>`.
const SETTINGS: &[(&str, Read)] = &[
    ("httpListener", http_listener::read),
    ("httpWebRequest", http_web_request::read),
    ("ipv6", web::ipv6),
    ("ntlm", web::ntlm),
    ("performanceCounters", web::performance_counters),
    ("servicePointManager", service_point_manager::read),
    ("socket", socket::read),
    ("webProxyScript", web::web_proxy_script),
    ("webUtility", web::web_utility),
    ("windowsAuthentication", web::windows_authentication),
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
    sections(root, settings, report)?;
    let before = report.len();
    repeated::report(root, report);
    if report.len() > before {
        report.sort_from(0);
    }
    Ok(())
}

/// The sections of a file, or of a `location` in it.
fn sections(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    for child in &element.children {
        match (child.name, find(CONFIGURATION, child.name)) {
            (_, Some(read)) => read(child, settings, report)?,
            ("location", None) => location(child, settings, report)?,
            ("configSections", None) => {
                report.declarations(child, "sections are known here by their names");
            }
            _ => report.foreign_section(child, &names(CONFIGURATION)),
        }
    }
    Ok(())
}

/// A part of a file for one folder of a web site; without a folder it is for all.
fn location(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(
        element,
        &["allowOverride", "inheritInChildApplications", "path"],
    );
    let path = element
        .attribute("path")
        .map_or("", |path| path.value.trim());
    if path.is_empty() || path == "." {
        return sections(element, settings, report);
    }
    report.element_not_applied(element, "it is for a part of a web site");
    Ok(())
}

fn system_net(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    group(element, SYSTEM_NET, settings, report)
}

fn settings(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    group(element, SETTINGS, settings, report)
}

/// Takes what a file says of the version that the program was written for, unless who says otherwise
/// knows it better.
fn set_target(
    element: &Element<'_>,
    name: &str,
    (target, source): (TargetFramework, TargetFrameworkSource),
    settings: &mut Settings,
    report: &mut Report<'_>,
) {
    if settings.target_framework_source > source {
        return;
    }
    settings.target_framework = target;
    settings.target_framework_source = source;
    if target < TargetFramework::V4_7 {
        let message = format!(
            "programs for {target} leave the choice of TLS versions to the Framework, which takes {}; \
             4.7 and later leave it to the system",
            match target < TargetFramework::V4_6 {
                true => "SSL 3.0 and TLS 1.0, which are not spoken here",
                false => "none after TLS 1.2",
            }
        );
        report.tls_audit(element, name, &message);
    }
}

/// An element that does nothing but hold others.
fn group(
    element: &Element<'_>,
    table: &[(&str, Read)],
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        match find(table, child.name) {
            Some(read) => read(child, settings, report)?,
            None => report.unknown_element(child, &names(table)),
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
