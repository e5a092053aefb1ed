//! `<runtime><AppContextSwitchOverrides>`: switches by name. What else `<runtime>` holds is for
//! the runtime of .NET.

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use crate::{AppContextSwitch, Settings, shown};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        match child.name {
            "AppContextSwitchOverrides" => {
                report.check_leaf(child, "runtime/AppContextSwitchOverrides");
                switches(child, settings, report)?;
            }
            _ => report.foreign_section(child, &["AppContextSwitchOverrides"]),
        }
    }
    Ok(())
}

const DISABLE_IPV6: &str = "System.Net.DisableIPv6";
const STRONG_CRYPTO: &str = "Switch.System.Net.DontEnableSchUseStrongCrypto";
const SYSTEM_DEFAULT: &str = "Switch.System.Net.DontEnableSystemDefaultTlsVersions";
/// All switches of WCF, of which the guide has two.
const SERVICE_MODEL: &str = "Switch.System.ServiceModel.";

/// `Name=true;Other=false`, where blanks do not count.
fn switches(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const EXPECTED: &str = "switches as `Switch.Name=true;Switch.Other=false`";
    let Some(attribute) = element.attribute("value") else {
        return Err(Fault::missing(element, "value", EXPECTED));
    };
    let entries = attribute.value.split(';').map(str::trim);
    for entry in entries.filter(|entry| !entry.is_empty()) {
        let switch = entry.split_once('=').and_then(|(name, value)| {
            let (name, value) = (name.trim(), value.trim());
            let enabled = value.eq_ignore_ascii_case("true");
            let known = enabled || value.eq_ignore_ascii_case("false");
            (known && !name.is_empty()).then(|| AppContextSwitch {
                name: name.to_owned(),
                enabled,
            })
        });
        let refused = || value::part_refused(element, attribute, entry, EXPECTED);
        let switch = switch.ok_or_else(refused)?;
        match &*switch.name {
            // As `<ipv6 enabled="false"/>`; false asks for nothing.
            DISABLE_IPV6 => settings.ipv6 &= !switch.enabled,
            // False is how it should be.
            STRONG_CRYPTO | SYSTEM_DEFAULT if !switch.enabled => {}
            STRONG_CRYPTO => {
                let message = format!(
                    "{STRONG_CRYPTO}=true asks for weak cryptography: the versions that the Framework \
                     chooses are then SSL 3.0 and TLS 1.0, which are not spoken here"
                );
                report.tls_audit(element, "value", &message);
            }
            SYSTEM_DEFAULT => {
                let message = format!(
                    "{SYSTEM_DEFAULT}=true lets the Framework choose the versions of TLS and not the \
                     system: none after TLS 1.2"
                );
                report.tls_audit(element, "value", &message);
            }
            name if name.starts_with(SERVICE_MODEL) => {
                let why = format!(
                    "the switch {} is for WCF, which is not part of this library",
                    shown::quoted(name)
                );
                report.attribute_not_applied(element, "value", &why);
            }
            name => {
                let why = format!("nothing acts on the switch {}", shown::quoted(name));
                report.attribute_not_applied(element, "value", &why);
            }
        }
        let kept = &mut settings.app_context_switches;
        kept.retain(|other| other.name != switch.name);
        report.check_room(element, kept.len())?;
        kept.push(switch);
    }
    Ok(())
}
