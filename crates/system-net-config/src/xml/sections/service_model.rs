//! `<system.serviceModel>`: the places where WCF fixes versions of TLS. WCF is not part of this
//! library, so they change nothing; they are recognised and told.
//!
//! To read: the guide, "For WCF TCP transport using transport security with certificate credentials".

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use crate::{Settings, shown};

/// Below `bindings`: the elements on the way, and the attributes there that are for WCF.
const PLACES: [(&[&str], &[&str]); 2] = [
    (
        &["netTcpBinding", "binding", "security", "transport"],
        &["clientCredentialType", "protectionLevel", "sslProtocols"],
    ),
    (
        &["customBinding", "binding", "sslStreamSecurity"],
        &["requireClientCertificate", "sslProtocols"],
    ),
];

pub(super) fn read(
    element: &Element<'_>,
    _: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    let before = report.len();
    let is_bindings = |child: &&Element<'_>| child.name == "bindings";
    for bindings in element.children.iter().filter(is_bindings) {
        for (way, attributes) in PLACES {
            places(bindings, way, attributes, report);
        }
    }
    if report.len() == before {
        report.foreign_section(element, &[]);
    }
    report.sort_from(before);
    Ok(())
}

fn places(element: &Element<'_>, way: &[&str], attributes: &[&str], report: &mut Report<'_>) {
    let Some((next, way)) = way.split_first() else {
        return place(element, attributes, report);
    };
    for child in element.children.iter().filter(|child| child.name == *next) {
        places(child, way, attributes, report);
    }
}

fn place(element: &Element<'_>, attributes: &[&str], report: &mut Report<'_>) {
    let Some(protocols) = element.attribute("sslProtocols") else {
        return;
    };
    report.check(element, attributes);
    let why = "it is for WCF, which is not part of this library";
    report.attribute_not_applied(element, "sslProtocols", why);
    let fixed = protocols.value.trim();
    if fixed != "None" {
        let message = format!(
            "fixes the versions {} of TLS; `None` leaves the choice to the system",
            shown::quoted(fixed)
        );
        report.tls_audit(element, "sslProtocols", &message);
    }
}
