//! `<extendedProtectionPolicy>`, wherever it stands: what ties logins to their channel or service.
//!
//! .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ExtendedProtectionPolicyElement`

use system_net_primitives::{PolicyEnforcement, ProtectionScenario};

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use super::list::{Change, changes};
use crate::{ExtendedProtectionPolicyElement, ServiceNameElement};

const NAME: &str = "the name of a service, as `HTTP/www.contoso.com`";

const ENFORCEMENTS: &[(&str, PolicyEnforcement)] = &[
    ("Never", PolicyEnforcement::Never),
    ("WhenSupported", PolicyEnforcement::WhenSupported),
    ("Always", PolicyEnforcement::Always),
];

const SCENARIOS: &[(&str, ProtectionScenario)] = &[
    ("TransportSelected", ProtectionScenario::TransportSelected),
    ("TrustedProxy", ProtectionScenario::TrustedProxy),
];

/// Reads the element at a path over what earlier files have said.
pub(super) fn read(
    element: &Element<'_>,
    path: &str,
    into: &mut ExtendedProtectionPolicyElement,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &schema::attributes(path));
    let enforcement = |e: &Element<'_>, name: &str| value::meaning(e, name, ENFORCEMENTS);
    let scenario = |e: &Element<'_>, name: &str| value::meaning(e, name, SCENARIOS);
    let place = &mut into.policy_enforcement;
    value::set(element, "policyEnforcement", enforcement, place)?;
    let place = &mut into.protection_scenario;
    value::set(element, "protectionScenario", scenario, place)?;
    let names = &mut into.custom_service_names;
    for child in &element.children {
        if child.name != "customServiceNames" {
            report.unknown_element(child, &["customServiceNames"]);
            continue;
        }
        let path = format!("{path}/customServiceNames");
        changes(child, &path, report, |change, child, report| {
            let name = || value::required_text(child, "name", NAME);
            match change {
                Change::Add => {
                    report.check_room(child, names.len())?;
                    names.add(ServiceNameElement::new(name()?));
                }
                Change::Remove => {
                    names.remove(&name()?);
                }
                Change::Clear => names.clear(),
            }
            Ok(())
        })?;
    }
    if into.policy_enforcement == PolicyEnforcement::Never && !names.is_empty() {
        let why = "with policyEnforcement=`Never` nothing is compared";
        report.element_not_applied(element, why);
    }
    Ok(())
}
