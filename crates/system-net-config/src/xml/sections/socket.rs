//! `<settings><socket>`: starting values of sockets.
//!
//! .NET: `System.Net.Configuration.SocketElement`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{Settings, SocketSettings};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const ACCEPT: &str = "alwaysUseCompletionPortsForAccept";
    const CONNECT: &str = "alwaysUseCompletionPortsForConnect";
    report.check_leaf(element, &schema::attributes("system.net/settings/socket"));
    let usual = SocketSettings::default();
    let into = &mut settings.socket;
    let flags = [
        (
            ACCEPT,
            &mut into.always_use_completion_ports_for_accept,
            usual.always_use_completion_ports_for_accept,
        ),
        (
            CONNECT,
            &mut into.always_use_completion_ports_for_connect,
            usual.always_use_completion_ports_for_connect,
        ),
    ];
    for (name, flag, usual) in flags {
        if let Some(value) = value::boolean(element, name)? {
            *flag = value;
            report.kept_without_effect(element, name, &value, &usual);
        }
    }
    let levels = [
        "Unspecified",
        "Unrestricted",
        "EdgeRestricted",
        "Restricted",
    ];
    if value::word(element, "ipProtectionLevel", &levels)?.is_some_and(|level| level > 0) {
        let why = "this version does not read the level from files";
        report.attribute_not_applied(element, "ipProtectionLevel", why);
    }
    Ok(())
}
