//! `<settings><servicePointManager>`: starting values of service points.
//!
//! .NET: `System.Net.Configuration.ServicePointManagerElement`

use std::time::Duration;

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use crate::Settings;

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/servicePointManager");
    let into = &mut settings.service_point_manager;
    for (name, flag) in [
        ("checkCertificateName", &mut into.check_certificate_name),
        (
            "checkCertificateRevocationList",
            &mut into.check_certificate_revocation_list,
        ),
        ("enableDnsRoundRobin", &mut into.enable_dns_round_robin),
        ("expect100Continue", &mut into.expect_100_continue),
        ("useNagleAlgorithm", &mut into.use_nagle_algorithm),
    ] {
        value::set(element, name, value::boolean, flag)?;
    }
    if let Some(milliseconds) = value::number(element, "dnsRefreshTimeout", value::from(-1))? {
        // -1 stands for ever.
        into.dns_refresh_timeout = u64::try_from(milliseconds).ok().map(Duration::from_millis);
    }
    let policies = ["RequireEncryption", "AllowNoEncryption", "NoEncryption"];
    if value::word(element, "encryptionPolicy", &policies)?.is_some_and(|policy| policy > 0) {
        let why = "TLS without encryption does not exist here";
        report.attribute_not_applied(element, "encryptionPolicy", why);
    }
    Ok(())
}
