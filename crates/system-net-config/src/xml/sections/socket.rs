//! `<settings><socket>`: starting values of sockets.
//!
//! .NET: `System.Net.Configuration.SocketElement`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use crate::{Settings, SocketSettings};

type Flag = fn(&mut SocketSettings) -> &mut bool;

const FLAGS: [(&str, Flag); 2] = [
    ("alwaysUseCompletionPortsForAccept", |it| {
        &mut it.always_use_completion_ports_for_accept
    }),
    ("alwaysUseCompletionPortsForConnect", |it| {
        &mut it.always_use_completion_ports_for_connect
    }),
];

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/socket");
    for (name, flag) in FLAGS {
        report.keep(element, name, value::boolean, &mut settings.socket, flag)?;
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
