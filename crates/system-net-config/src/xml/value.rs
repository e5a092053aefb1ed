//! Values of attributes, and what is said when they do not fit.

use std::ops::RangeInclusive;
use std::time::Duration;

use system_net_uri::Uri;

use super::document::{Attribute, Element};
use super::error::{ConfigurationErrorKind as Kind, Fault};
use crate::shown;

/// The range of a .NET `Int32` from a lowest value.
pub(super) const fn from(lowest: i64) -> RangeInclusive<i64> {
    lowest..=i32::MAX as i64
}

/// Sets a field to an attribute's value, if there is one.
pub(super) fn set<T>(
    element: &Element<'_>,
    name: &str,
    read: impl FnOnce(&Element<'_>, &str) -> Result<Option<T>, Fault>,
    field: &mut T,
) -> Result<(), Fault> {
    if let Some(value) = read(element, name)? {
        *field = value;
    }
    Ok(())
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

/// One of several words with meanings.
pub(super) fn meaning<T: Copy>(
    element: &Element<'_>,
    name: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, Fault> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    Ok(word(element, name, &names)?.map(|index| words[index].1))
}

/// As [`meaning`], with blanks around the word and in any letter case.
pub(super) fn loose_meaning<T: Copy>(
    element: &Element<'_>,
    name: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    let text = attribute.value.trim();
    let found = words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    match found {
        Some((_, meaning)) => Ok(Some(*meaning)),
        None => {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            let expected = format!("one of {}", names.join(", "));
            Err(unexpected(element, attribute, &expected))
        }
    }
}

/// A text; an empty one says that there is none.
pub(super) fn text(element: &Element<'_>, name: &str) -> Option<Option<String>> {
    let text = element.attribute(name)?.value.trim();
    Some((!text.is_empty()).then(|| text.to_owned()))
}

/// As [`text`], in the form of the readers of other values.
pub(super) fn any_text(element: &Element<'_>, name: &str) -> Result<Option<Option<String>>, Fault> {
    Ok(text(element, name))
}

/// An absolute URI; an empty text says that there is none.
pub(super) fn uri(element: &Element<'_>, name: &str) -> Result<Option<Option<String>>, Fault> {
    let text = text(element, name);
    if let Some(Some(text)) = &text
        && Uri::parse(text).is_err()
    {
        return Err(refused(
            element,
            name,
            "an absolute URI, as `http://proxy:80`",
        ));
    }
    Ok(text)
}

/// A number that fits into a field of 32 bits without sign.
pub(super) fn count(
    element: &Element<'_>,
    name: &str,
    range: RangeInclusive<i64>,
) -> Result<Option<u32>, Fault> {
    let number = number(element, name, range)?;
    // The ranges leave nothing that does not fit.
    Ok(number.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}

/// A span of time as .NET writes it, which is not negative: `days`, `hours:minutes`,
/// `hours:minutes:seconds`, before which days and behind which a fraction may stand.
pub(super) fn span(element: &Element<'_>, name: &str) -> Result<Option<Duration>, Fault> {
    let Some(attribute) = element.attribute(name) else {
        return Ok(None);
    };
    match time_span(attribute.value.trim()) {
        Some(span) => Ok(Some(span)),
        None => Err(unexpected(
            element,
            attribute,
            "a time as `hours:minutes:seconds` or `days.hours:minutes:seconds`",
        )),
    }
}

/// The form that `System.TimeSpan.Parse` reads, without a sign.
fn time_span(text: &str) -> Option<Duration> {
    let number = |text: &str, end: u64| {
        let digits =
            !text.is_empty() && text.len() <= 8 && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits {
            text.parse().ok()?
        } else {
            return None;
        };
        (number < end).then_some(number)
    };
    // Whole days of the greatest span.
    const DAYS: u64 = 10_675_199;
    let mut parts = text.split(':');
    let first = parts.next()?;
    let (days, hours) = match first.split_once('.') {
        Some((days, hours)) => (number(days, DAYS)?, Some(hours)),
        None => (0, Some(first)),
    };
    let Some(minutes) = parts.next() else {
        // A number alone counts days.
        return number(text, DAYS).map(|days| Duration::from_secs(days * 86_400));
    };
    let hours = number(hours?, 24)?;
    let minutes = number(minutes, 60)?;
    let seconds = parts.next().unwrap_or("0");
    if parts.next().is_some() {
        return None;
    }
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let seconds = number(seconds, 60)?;
    if fraction.len() > 7 {
        return None;
    }
    let nanos = number(&format!("{fraction:0<7}"), 10_000_000)? * 100;
    let whole = days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
    Some(Duration::new(whole, u32::try_from(nanos).ok()?))
}

/// The error for a value that an attribute has and that does not fit.
pub(super) fn refused(element: &Element<'_>, name: &str, expected: &str) -> Fault {
    match element.attribute(name) {
        Some(attribute) => unexpected(element, attribute, expected),
        None => Fault::missing(element, name, expected),
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

/// As [`refused`], of a part of the value that does not fit while others may.
pub(super) fn part_refused(
    element: &Element<'_>,
    attribute: &Attribute<'_>,
    part: &str,
    expected: &str,
) -> Fault {
    let message = format!("expected {expected}, found {}", shown::quoted(part));
    let mut fault = Fault::new(Kind::Value, attribute.position, message).in_element(element.name);
    fault.attribute = Some(attribute.name.to_owned());
    fault
}

fn unexpected(element: &Element<'_>, attribute: &Attribute<'_>, expected: &str) -> Fault {
    part_refused(element, attribute, &attribute.value, expected)
}
