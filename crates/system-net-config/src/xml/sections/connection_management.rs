//! `<connectionManagement>`: how many connections a server gets.
//!
//! .NET: `System.Net.Configuration.ConnectionManagementSection`

use system_net_uri::Uri;

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use super::list::{Change, changes};
use crate::{ConnectionManagementEntry, Settings};

const ADDRESS: &str = "a host, an address or `*`";

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let entries = &mut settings.connection_management;
    // Addresses that this file has named already, to tell a slip from an override.
    let mut named: Vec<String> = Vec::new();
    let path = "system.net/connectionManagement";
    changes(element, path, report, |change, child, report| {
        let address = || value::required_text(child, "address", ADDRESS);
        match change {
            Change::Add => add(child, address()?, entries, &mut named, report)?,
            Change::Remove => {
                let address = address()?;
                entries.retain(|entry| !same(&entry.address, &address));
                named.retain(|other| !same(other, &address));
            }
            Change::Clear => {
                entries.clear();
                named.clear();
            }
        }
        Ok(())
    })
}

fn add(
    element: &Element<'_>,
    address: String,
    entries: &mut Vec<ConnectionManagementEntry>,
    named: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let maxconnection = value::required_number(element, "maxconnection", value::from(1))?;
    if !can_match(&address) {
        let why = "no server has this address; expected a host, an address as \
                   `http://www.contoso.com`, or `*`";
        report.attribute_not_applied(element, "address", why);
    }
    // The range leaves nothing that does not fit.
    let maxconnection = u32::try_from(maxconnection).unwrap_or(u32::MAX);
    if named.iter().any(|other| same(other, &address)) {
        report.duplicate(element, &address);
    } else {
        named.push(address.clone());
    }
    let known = entries
        .iter_mut()
        .find(|entry| same(&entry.address, &address));
    match known {
        Some(entry) => entry.maxconnection = maxconnection,
        None => {
            report.check_room(element, entries.len())?;
            entries.push(ConnectionManagementEntry {
                address,
                maxconnection,
            });
        }
    }
    Ok(())
}

/// Whether some server can be meant: an address with a host, or what is one behind `http://`.
fn can_match(address: &str) -> bool {
    if address == "*" {
        return true;
    }
    match Uri::parse(address) {
        Ok(uri) => !uri.host().is_empty() && !["file", "mailto"].contains(&uri.scheme()),
        // As a bare host it is compared with the hosts of addresses, letter by letter.
        Err(_) => Uri::parse(&format!("http://{address}/"))
            .is_ok_and(|uri| uri.host().eq_ignore_ascii_case(address)),
    }
}

/// Hosts and schemes have no letter case.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}
