//! `<system.web><httpRuntime targetFramework>`: the version of the .NET Framework that a web
//! application was written for. All else in the section is for ASP.NET.

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use crate::{Settings, TargetFramework, TargetFrameworkSource};

/// The attributes of `httpRuntime` that are for ASP.NET.
const OF_ASP_NET: &[&str] = &[
    "allowDynamicModuleRegistration",
    "apartmentThreading",
    "appRequestQueueLimit",
    "asyncPreloadMode",
    "defaultRegexMatchTimeout",
    "delayNotificationTimeout",
    "enable",
    "enableHeaderChecking",
    "enableKernelOutputCache",
    "enableVersionHeader",
    "encoderType",
    "executionTimeout",
    "fcnMode",
    "maxQueryStringLength",
    "maxRequestLength",
    "maxUrlLength",
    "maxWaitChangeNotification",
    "minFreeThreads",
    "minLocalRequestFreeThreads",
    "relaxedUrlToFileSystemMapping",
    "requestLengthDiskThreshold",
    "requestPathInvalidCharacters",
    "requestValidationMode",
    "requestValidationType",
    "requireRootedSaveAsPath",
    "sendCacheControlHeader",
    "shutdownTimeout",
    "targetFramework",
    "useFullyQualifiedRedirectUrl",
    "waitChangeNotification",
];

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let ours = |child: &&Element<'_>| child.name == "httpRuntime";
    if !element.children.iter().all(|child| ours(&child)) || element.children.is_empty() {
        report.foreign_section(element, &[]);
    }
    for child in element.children.iter().filter(ours) {
        report.check(child, OF_ASP_NET);
        let Some(version) = child.attribute("targetFramework") else {
            continue;
        };
        match TargetFramework::parse(&version.value) {
            Some(target) => {
                let target = (target, TargetFrameworkSource::HttpRuntime);
                super::set_target(child, "targetFramework", target, settings, report);
            }
            None => report.attribute_not_applied(
                child,
                "targetFramework",
                "it names no version of the .NET Framework, as `4.7.2` does",
            ),
        }
    }
    Ok(())
}
