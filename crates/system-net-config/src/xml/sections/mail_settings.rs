//! `<mailSettings><smtp>`: how mail leaves.
//!
//! .NET: `System.Net.Configuration.SmtpSection`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{Settings, SmtpDeliveryFormat, SmtpDeliveryMethod, SmtpNetworkSettings, SmtpSettings};

const METHODS: &[(&str, SmtpDeliveryMethod)] = &[
    ("Network", SmtpDeliveryMethod::Network),
    (
        "SpecifiedPickupDirectory",
        SmtpDeliveryMethod::SpecifiedPickupDirectory,
    ),
    (
        "PickupDirectoryFromIis",
        SmtpDeliveryMethod::PickupDirectoryFromIis,
    ),
];

const FORMATS: &[(&str, SmtpDeliveryFormat)] = &[
    ("SevenBit", SmtpDeliveryFormat::SevenBit),
    ("International", SmtpDeliveryFormat::International),
];

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        match child.name {
            "smtp" => smtp(child, &mut settings.smtp, report)?,
            _ => report.unknown_element(child, &["smtp"]),
        }
    }
    Ok(())
}

fn smtp(
    element: &Element<'_>,
    into: &mut SmtpSettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const PATH: &str = "system.net/mailSettings/smtp";
    report.check(element, &schema::attributes(PATH));
    let method = |e: &Element<'_>, name: &str| value::meaning(e, name, METHODS);
    report.keep(element, "deliveryMethod", method, into, |it| {
        &mut it.delivery_method
    })?;
    let format = |e: &Element<'_>, name: &str| value::meaning(e, name, FORMATS);
    report.keep(element, "deliveryFormat", format, into, |it| {
        &mut it.delivery_format
    })?;
    report.keep(element, "from", value::any_text, into, |it| &mut it.from)?;
    for child in &element.children {
        let path = format!("{PATH}/{}", child.name);
        match child.name {
            "network" => {
                report.check_leaf(child, &path);
                network(child, &mut into.network, report)?;
            }
            "specifiedPickupDirectory" => {
                report.check_leaf(child, &path);
                report.keep(
                    child,
                    "pickupDirectoryLocation",
                    value::any_text,
                    into,
                    |it| &mut it.pickup_directory_location,
                )?;
            }
            _ => report.unknown_element(child, &["network", "specifiedPickupDirectory"]),
        }
    }
    Ok(())
}

fn network(
    element: &Element<'_>,
    into: &mut SmtpNetworkSettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let text = value::any_text;
    report.keep(element, "port", port, into, |it| &mut it.port)?;
    report.keep(element, "host", text, into, |it| &mut it.host)?;
    report.keep(element, "clientDomain", text, into, |it| {
        &mut it.client_domain
    })?;
    report.keep(element, "defaultCredentials", value::boolean, into, |it| {
        &mut it.default_credentials
    })?;
    report.keep(element, "enableSsl", value::boolean, into, |it| {
        &mut it.enable_ssl
    })?;
    report.keep(element, "userName", text, into, |it| &mut it.user_name)?;
    report.keep(element, "targetName", text, into, |it| &mut it.target_name)?;
    report.keep(element, "password", password, into, |it| &mut it.password)
}

fn port(element: &Element<'_>, name: &str) -> Result<Option<u16>, Fault> {
    let port = value::number(element, name, 1..=65_535)?;
    // The range leaves nothing that does not fit.
    Ok(port.map(|port| u16::try_from(port).unwrap_or(u16::MAX)))
}

/// As it stands: blanks may be part of it.
fn password(element: &Element<'_>, name: &str) -> Result<Option<Option<String>>, Fault> {
    let password = element.attribute(name).map(|attribute| {
        let password = attribute.value.clone().into_owned();
        (!password.is_empty()).then_some(password)
    });
    Ok(password)
}
