//! `<settings><servicePointManager>`: starting values of service points.
//!
//! .NET: `System.Net.Configuration.ServicePointManagerElement`

use std::time::Duration;

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use crate::{ServicePointManagerSettings, Settings};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(
        element,
        &schema::attributes("system.net/settings/servicePointManager"),
    );
    let usual = ServicePointManagerSettings::default();
    let into = &mut settings.service_point_manager;
    let revocation = value::boolean(element, "checkCertificateRevocationList")?;
    report.keep(
        element,
        "checkCertificateRevocationList",
        revocation,
        &mut into.check_certificate_revocation_list,
        &usual.check_certificate_revocation_list,
    );
    let flags = [
        ("checkCertificateName", &mut into.check_certificate_name),
        ("enableDnsRoundRobin", &mut into.enable_dns_round_robin),
        ("expect100Continue", &mut into.expect_100_continue),
        ("useNagleAlgorithm", &mut into.use_nagle_algorithm),
    ];
    for (name, flag) in flags {
        if let Some(value) = value::boolean(element, name)? {
            *flag = value;
        }
    }
    if let Some(milliseconds) = value::number(element, "dnsRefreshTimeout", value::from(-1))? {
        // -1 stands for ever.
        into.dns_refresh_timeout = u64::try_from(milliseconds).ok().map(Duration::from_millis);
    }
    let policies = ["RequireEncryption", "AllowNoEncryption", "NoEncryption"];
    if value::word(element, "encryptionPolicy", &policies)?.is_some_and(|policy| policy > 0) {
        report.attribute_not_applied(
            element,
            "encryptionPolicy",
            "TLS without encryption does not exist here",
        );
    }
    Ok(())
}
