//! `<settings><ipv6>`: whether IPv6 is used.
//!
//! .NET: `System.Net.Configuration.Ipv6Element`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::Settings;

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, &schema::attributes("system.net/settings/ipv6"));
    if let Some(enabled) = value::boolean(element, "enabled")? {
        settings.ipv6 = enabled;
    }
    Ok(())
}
