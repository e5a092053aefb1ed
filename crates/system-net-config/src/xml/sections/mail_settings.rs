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
    let usual = SmtpSettings::default();
    let value = value::meaning(element, "deliveryMethod", METHODS)?;
    report.keep(
        element,
        "deliveryMethod",
        value,
        &mut into.delivery_method,
        &usual.delivery_method,
    );
    let value = value::meaning(element, "deliveryFormat", FORMATS)?;
    report.keep(
        element,
        "deliveryFormat",
        value,
        &mut into.delivery_format,
        &usual.delivery_format,
    );
    let value = value::text(element, "from");
    report.keep(element, "from", value, &mut into.from, &usual.from);
    for child in &element.children {
        let known = schema::attributes(&format!("{PATH}/{}", child.name));
        match child.name {
            "network" => {
                report.check_leaf(child, &known);
                network(child, &mut into.network, report)?;
            }
            "specifiedPickupDirectory" => {
                report.check_leaf(child, &known);
                let value = value::text(child, "pickupDirectoryLocation");
                report.keep(
                    child,
                    "pickupDirectoryLocation",
                    value,
                    &mut into.pickup_directory_location,
                    &usual.pickup_directory_location,
                );
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
    let usual = SmtpNetworkSettings::default();
    // The range leaves nothing that does not fit.
    let port = value::number(element, "port", 1..=65_535)?;
    let port = port.map(|port| u16::try_from(port).unwrap_or(u16::MAX));
    report.keep(element, "port", port, &mut into.port, &usual.port);
    let value = value::text(element, "host");
    report.keep(element, "host", value, &mut into.host, &usual.host);
    let value = value::text(element, "clientDomain");
    report.keep(
        element,
        "clientDomain",
        value,
        &mut into.client_domain,
        &usual.client_domain,
    );
    let value = value::boolean(element, "defaultCredentials")?;
    report.keep(
        element,
        "defaultCredentials",
        value,
        &mut into.default_credentials,
        &usual.default_credentials,
    );
    let value = value::boolean(element, "enableSsl")?;
    report.keep(
        element,
        "enableSsl",
        value,
        &mut into.enable_ssl,
        &usual.enable_ssl,
    );
    let value = value::text(element, "userName");
    report.keep(
        element,
        "userName",
        value,
        &mut into.user_name,
        &usual.user_name,
    );
    let value = value::text(element, "targetName");
    report.keep(
        element,
        "targetName",
        value,
        &mut into.target_name,
        &usual.target_name,
    );
    // As it stands: blanks may be part of it.
    let password = element.attribute("password").map(|attribute| {
        let password = attribute.value.clone().into_owned();
        (!password.is_empty()).then_some(password)
    });
    report.keep(
        element,
        "password",
        password,
        &mut into.password,
        &usual.password,
    );
    Ok(())
}
