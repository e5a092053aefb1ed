//! `<authenticationModules>`: which types answer challenges.
//!
//! .NET: `System.Net.Configuration.AuthenticationModulesSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{AuthenticationModuleChange, Settings};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        let path = format!("system.net/authenticationModules/{}", child.name);
        let change = match child.name {
            "add" | "remove" => {
                report.check_leaf(child, &schema::attributes(&path));
                let type_name = value::required_text(child, "type", "the name of a type")?;
                if child.name == "add" {
                    AuthenticationModuleChange::Add { type_name }
                } else {
                    AuthenticationModuleChange::Remove { type_name }
                }
            }
            "clear" => {
                report.check_leaf(child, &[]);
                AuthenticationModuleChange::Clear
            }
            _ => {
                report.unknown_element(child, &["add", "remove", "clear"]);
                continue;
            }
        };
        report.check_room(child, settings.authentication_modules.len())?;
        settings.authentication_modules.push(change);
    }
    Ok(())
}
