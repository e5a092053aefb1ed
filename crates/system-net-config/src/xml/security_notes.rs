//! What files ask for safety and do not get: told on the standard error output too, whether or not
//! anybody listens to traces. Whoever wrote it believes to be safe.

use std::io::{self, Write};

use super::warning::{ConfigurationWarning, ConfigurationWarningKind as Kind};
use crate::NetContext;

/// Elements and attributes that make connections safer, or keep others from making them less so.
const SAFETY: &[(&str, &str)] = &[
    ("servicePointManager", "encryptionPolicy"),
    ("socket", "ipProtectionLevel"),
    ("*", "lockAllAttributesExcept"),
    ("*", "lockAllElementsExcept"),
    ("*", "lockAttributes"),
    ("*", "lockElements"),
    ("*", "lockItem"),
];

/// Elements of which an attribute that is spelled wrong may have been meant for safety.
const SAFETY_ELEMENTS: &[&str] = &["defaultProxy", "servicePointManager"];

/// Tells it, once for a context that is that of the process.
pub(crate) fn tell(context: &NetContext) {
    let warnings = context.configuration_warnings();
    for warning in warnings.iter().filter(|it| is_about_safety(it)) {
        // If that fails, there is nobody left to tell.
        let _ = io::stderr().write_all(format!("system-net: {warning}\n").as_bytes());
    }
}

fn is_about_safety(warning: &ConfigurationWarning) -> bool {
    let element = warning.element.as_str();
    let Some(attribute) = warning.attribute.as_deref() else {
        return false;
    };
    match warning.kind {
        Kind::NotApplied => SAFETY
            .iter()
            .any(|(known, name)| *name == attribute && ["*", element].contains(known)),
        Kind::UnknownAttribute => SAFETY_ELEMENTS.contains(&element),
        _ => false,
    }
}
