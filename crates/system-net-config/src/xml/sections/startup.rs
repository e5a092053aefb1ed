//! `<startup><supportedRuntime>`: the version of the .NET Framework that a program was written for.
//! Of several elements the first counts, which .NET tries first.

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use crate::{Settings, TargetFramework, TargetFrameworkSource};

const PATH: &str = "startup/supportedRuntime";

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let mut first = true;
    for child in &element.children {
        if child.name != "supportedRuntime" {
            report.foreign_section(child, &["supportedRuntime"]);
            continue;
        }
        report.check_leaf(child, PATH);
        if std::mem::take(&mut first) {
            runtime(child, settings, report);
        }
    }
    if element.children.is_empty() {
        report.foreign_section(element, &[]);
    }
    Ok(())
}

fn runtime(element: &Element<'_>, settings: &mut Settings, report: &mut Report<'_>) {
    let version = element.attribute("version");
    let (name, text) = match (element.attribute("sku"), version) {
        // `.NETFramework,Version=v4.5.2,Profile=Client`
        (Some(sku), _) => ("sku", version_of(&sku.value)),
        (None, Some(version)) => ("version", Some(&*version.value)),
        (None, None) => return,
    };
    let target = match text.and_then(TargetFramework::parse) {
        // The runtime of 2.0 runs programs for 3.5 too, which are the youngest that name it.
        Some(TargetFramework::V2_0) if name == "version" => Some(TargetFramework::V3_5),
        target => target,
    };
    match target {
        Some(target) => {
            let source = TargetFrameworkSource::SupportedRuntime;
            super::set_target(element, name, (target, source), settings, report);
        }
        None => report.attribute_not_applied(
            element,
            name,
            "it names no version of the .NET Framework, as `.NETFramework,Version=v4.7.2` does",
        ),
    }
}

fn version_of(sku: &str) -> Option<&str> {
    let mut parts = sku.split(',').map(str::trim);
    let is_framework = parts.next()?.eq_ignore_ascii_case(".NETFramework");
    let versions = parts.filter_map(|part| part.split_once('='));
    let mut versions = versions.filter(|(name, _)| name.trim().eq_ignore_ascii_case("Version"));
    match is_framework {
        true => versions.next().map(|(_, version)| version),
        false => None,
    }
}
