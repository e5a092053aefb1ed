//! `<connectionManagement>`: how many connections a server gets.
//!
//! .NET: `System.Net.Configuration.ConnectionManagementSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{ConnectionManagementEntry, Settings};

const ADDRESS: &str = "a host, an address or `*`";

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    let entries = &mut settings.connection_management;
    // Addresses that this file has named already, to tell a slip from an override.
    let mut named: Vec<String> = Vec::new();
    for child in &element.children {
        match child.name {
            "add" => {
                report.check_leaf(
                    child,
                    &schema::attributes("system.net/connectionManagement/add"),
                );
                let address = value::required_text(child, "address", ADDRESS)?;
                let maxconnection = value::required_number(child, "maxconnection", value::from(1))?;
                // The range leaves nothing that does not fit.
                let maxconnection = u32::try_from(maxconnection).unwrap_or(u32::MAX);
                if named.iter().any(|other| same(other, &address)) {
                    report.duplicate(child, &address);
                } else {
                    named.push(address.clone());
                }
                match entries
                    .iter_mut()
                    .find(|entry| same(&entry.address, &address))
                {
                    Some(entry) => entry.maxconnection = maxconnection,
                    None => {
                        report.check_room(child, entries.len())?;
                        entries.push(ConnectionManagementEntry {
                            address,
                            maxconnection,
                        });
                    }
                }
            }
            "remove" => {
                report.check_leaf(
                    child,
                    &schema::attributes("system.net/connectionManagement/remove"),
                );
                let address = value::required_text(child, "address", ADDRESS)?;
                entries.retain(|entry| !same(&entry.address, &address));
                named.retain(|other| !same(other, &address));
            }
            "clear" => {
                report.check_leaf(child, &[]);
                entries.clear();
                named.clear();
            }
            _ => report.unknown_element(child, &["add", "remove", "clear"]),
        }
    }
    Ok(())
}

/// Hosts and schemes have no letter case.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}
