//! Values of attributes, and what is said when they do not fit.

use std::ops::RangeInclusive;

use super::document::{Attribute, Element};
use super::error::{ConfigurationErrorKind as Kind, Fault};

/// The range of a .NET `Int32` from a lowest value.
pub(super) const fn from(lowest: i64) -> RangeInclusive<i64> {
    lowest..=i32::MAX as i64
}

pub(super) fn boolean(element: &Element<'_>, name: &str) -> Result<Option<bool>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    let value = attribute.value.trim();
    if value.eq_ignore_ascii_case("true") {
        Ok(Some(true))
    } else if value.eq_ignore_ascii_case("false") {
        Ok(Some(false))
    } else {
        Err(unexpected(element, attribute, "`true` or `false`"))
    }
}

pub(super) fn number(
    element: &Element<'_>,
    name: &str,
    range: RangeInclusive<i64>,
) -> Result<Option<i64>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    match attribute.value.trim().parse::<i64>() {
        Ok(number) if range.contains(&number) => Ok(Some(number)),
        _ => {
            let expected = format!("a number from {} to {}", range.start(), range.end());
            Err(unexpected(element, attribute, &expected))
        }
    }
}

/// As [`number`], of an attribute that must be there.
pub(super) fn required_number(
    element: &Element<'_>,
    name: &str,
    range: RangeInclusive<i64>,
) -> Result<i64, Fault> {
    let expected = || format!("a number from {} to {}", range.start(), range.end());
    let missing = Fault::missing(element, name, &expected());
    number(element, name, range)?.ok_or(missing)
}

/// One of several words; gives its place among them.
pub(super) fn word(
    element: &Element<'_>,
    name: &str,
    words: &[&str],
) -> Result<Option<usize>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    let found = words.iter().position(|word| *word == attribute.value);
    match found {
        Some(index) => Ok(Some(index)),
        None => Err(unexpected(
            element,
            attribute,
            &format!("one of {}", words.join(", ")),
        )),
    }
}

/// A text that must be there and must not be empty.
pub(super) fn required_text(
    element: &Element<'_>,
    name: &str,
    expected: &str,
) -> Result<String, Fault> {
    match element.attribute(name) {
        None => Err(Fault::missing(element, name, expected)),
        Some(attribute) if attribute.value.trim().is_empty() => {
            Err(unexpected(element, attribute, expected))
        }
        Some(attribute) => Ok(attribute.value.trim().to_owned()),
    }
}

fn unexpected(element: &Element<'_>, attribute: &Attribute<'_>, expected: &str) -> Fault {
    let message = format!("expected {expected}, found `{}`", attribute.value);
    let mut fault = Fault::new(Kind::Value, attribute.position, message).in_element(element.name);
    fault.attribute = Some(attribute.name.to_owned());
    fault
}
