//! `<webRequestModules>`: which type serves which prefix.
//!
//! .NET: `System.Net.Configuration.WebRequestModulesSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{ModuleChange, Settings};

const PREFIX: &str = "the start of the addresses to serve, as `ftp:`";

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        let change = match child.name {
            "add" => {
                report.check_leaf(
                    child,
                    &schema::attributes("system.net/webRequestModules/add"),
                );
                let prefix = value::required_text(child, "prefix", PREFIX)?;
                let type_name = value::required_text(child, "type", "the name of a type")?;
                ModuleChange::Add { prefix, type_name }
            }
            "remove" => {
                report.check_leaf(
                    child,
                    &schema::attributes("system.net/webRequestModules/remove"),
                );
                ModuleChange::Remove {
                    prefix: value::required_text(child, "prefix", PREFIX)?,
                }
            }
            "clear" => {
                report.check_leaf(child, &[]);
                ModuleChange::Clear
            }
            _ => {
                report.unknown_element(child, &["add", "remove", "clear"]);
                continue;
            }
        };
        report.check_room(child, settings.web_request_modules.len())?;
        settings.web_request_modules.push(change);
    }
    Ok(())
}
