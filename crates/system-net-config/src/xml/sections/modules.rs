//! `<authenticationModules>`: which types answer challenges; `<webRequestModules>`: which type serves
//! which prefix.
//!
//! .NET: `System.Net.Configuration.AuthenticationModulesSection`,
//! `System.Net.Configuration.WebRequestModulesSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use super::list::{Change, changes};
use crate::{AuthenticationModuleChange, ModuleChange, Settings};

const TYPE: &str = "the name of a type";
const PREFIX: &str = "the start of the addresses to serve, as `ftp:`";

/// The types of .NET's modules that exist here too.
const CLIENTS: &[&str] = &[
    "System.Net.BasicClient",
    "System.Net.DigestClient",
    "System.Net.KerberosClient",
    "System.Net.NegotiateClient",
    "System.Net.NtlmClient",
];
const CREATORS: &[&str] = &[
    "System.Net.FileWebRequestCreator",
    "System.Net.HttpRequestCreator",
];

/// Those that do not exist yet, and what is not served without them.
const NO_CREATORS: &[(&str, &str)] = &[("System.Net.FtpWebRequestCreator", "ftp:")];

pub(super) fn authentication(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let into = &mut settings.authentication_modules;
    let path = "system.net/authenticationModules";
    changes(element, path, report, |change, child, report| {
        let type_name = || value::required_text(child, "type", TYPE);
        let made = match change {
            Change::Add => {
                let type_name = type_name()?;
                report.check_type(child, CLIENTS, "register_authentication_module_in");
                AuthenticationModuleChange::Add { type_name }
            }
            Change::Remove => AuthenticationModuleChange::Remove {
                type_name: type_name()?,
            },
            Change::Clear => AuthenticationModuleChange::Clear,
        };
        report.check_room(child, into.len())?;
        into.push(made);
        Ok(())
    })
}

pub(super) fn web_request(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let into = &mut settings.web_request_modules;
    let path = "system.net/webRequestModules";
    changes(element, path, report, |change, child, report| {
        let prefix = || value::required_text(child, "prefix", PREFIX);
        let made = match change {
            Change::Add => {
                let prefix = prefix()?;
                let type_name = value::required_text(child, "type", TYPE)?;
                match missing(&type_name, NO_CREATORS) {
                    Some(scheme) => {
                        let why = format!("nothing serves {scheme} yet");
                        report.attribute_not_applied(child, "type", &why);
                    }
                    None => report.check_type(child, CREATORS, "register_module_in"),
                }
                ModuleChange::Add { prefix, type_name }
            }
            Change::Remove => ModuleChange::Remove { prefix: prefix()? },
            Change::Clear => ModuleChange::Clear,
        };
        report.check_room(child, into.len())?;
        into.push(made);
        Ok(())
    })
}

/// What a type of .NET would serve that does not exist here.
fn missing(type_name: &str, types: &[(&str, &'static str)]) -> Option<&'static str> {
    let name = type_name.split(',').next().unwrap_or_default().trim();
    let found = types.iter().find(|(known, _)| *known == name);
    found.map(|(_, serves)| *serves)
}
