//! Collects what has no effect while a file is read.

use std::path::Path;

use super::Configuration;
use super::document::{Element, Position};
use super::error::{ConfigurationErrorKind, Fault};
use super::schema;
use super::warning::{ConfigurationWarning, ConfigurationWarningKind as Kind};
use crate::bypass_expressions::Charges;
use crate::shown;

pub(super) struct Report<'a> {
    file: &'a Path,
    warnings: Vec<ConfigurationWarning>,
    /// How many there are that are not told.
    more: usize,
    charges: Charges,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a Path) -> Self {
        Self {
            file,
            warnings: Vec::new(),
            more: 0,
            charges: Charges::default(),
        }
    }

    /// For another reading of the same file: what its expressions cost is known.
    pub(super) fn again(file: &'a Path, charges: Charges) -> Self {
        let charges = charges.again();
        Self {
            charges,
            ..Self::new(file)
        }
    }

    /// What the expressions of the file cost.
    pub(super) const fn charges(&mut self) -> &mut Charges {
        &mut self.charges
    }

    /// The same, for [`again`](Self::again).
    pub(super) fn take_charges(&mut self) -> Charges {
        std::mem::take(&mut self.charges)
    }

    /// The warnings; the last of very many counts the others.
    pub(super) fn into_warnings(mut self) -> Vec<ConfigurationWarning> {
        if self.more > 0
            && let Some(last) = self.warnings.last_mut()
        {
            last.message += &format!("; {} more warnings are not told", self.more);
        }
        self.warnings
    }

    /// How many warnings there are so far, for [`sort_from`](Self::sort_from).
    pub(super) fn len(&self) -> usize {
        self.warnings.len()
    }

    /// Puts the warnings after the first so many in the order of the file: what a section lacks as a
    /// whole is known at its end, and told where it shows.
    pub(super) fn sort_from(&mut self, first: usize) {
        self.warnings[first..]
            .sort_by_key(|warning| (warning.position.line, warning.position.column));
    }

    /// The fault of an element that would add an entry to a list that is full.
    pub(super) fn check_room(&self, element: &Element<'_>, entries: usize) -> Result<(), Fault> {
        if entries < Configuration::MAX_ENTRIES {
            return Ok(());
        }
        let message = format!("more than {} entries in a list", Configuration::MAX_ENTRIES);
        let fault = Fault::new(ConfigurationErrorKind::Limit, element.position, message);
        Err(fault.in_element(element.name))
    }

    fn push(
        &mut self,
        kind: Kind,
        element: &str,
        attribute: Option<&str>,
        position: Position,
        message: String,
    ) {
        if self.warnings.len() == Configuration::MAX_WARNINGS {
            self.more += 1;
            return;
        }
        self.warnings.push(ConfigurationWarning {
            kind,
            file: self.file.to_owned(),
            position,
            element: shown::name(element),
            attribute: attribute.map(shown::name),
            message: shown::message(&message),
            type_name: None,
        });
    }

    /// [`near_hint`], as long as warnings are kept at all: it is what costs most of one.
    fn near_hint(&self, name: &str, known: &[&str]) -> String {
        match self.warnings.len() == Configuration::MAX_WARNINGS {
            true => String::new(),
            false => near_hint(name, known),
        }
    }

    /// Checks an element of which these attributes and no text are read.
    pub(super) fn check(&mut self, element: &Element<'_>, known: &[&str]) {
        for attribute in &element.attributes {
            let (name, position) = (attribute.name, attribute.position);
            let is_namespace = name == "xmlns" || name.starts_with("xmlns:");
            if is_namespace || known.contains(&name) {
                continue;
            }
            if name == "configSource" {
                let why = "no other file is read; give the section itself";
                self.attribute_not_applied(element, name, why);
            } else if LOCKS.contains(&name) {
                let why = "later files may change whatever earlier ones set";
                self.attribute_not_applied(element, name, why);
            } else {
                let message = format!("unknown attribute{}", self.near_hint(name, known));
                self.push(
                    Kind::UnknownAttribute,
                    element.name,
                    Some(name),
                    position,
                    message,
                );
            }
        }
        if let Some(position) = element.text {
            let message = "the text has no meaning here".to_owned();
            self.push(Kind::UnexpectedText, element.name, None, position, message);
        }
    }

    /// Checks an element that has no elements inside, and the attributes that the schema has for this
    /// path.
    pub(super) fn check_leaf(&mut self, element: &Element<'_>, path: &str) {
        self.check(element, &schema::attributes(path));
        for child in &element.children {
            self.unknown_element(child, &[]);
        }
    }

    pub(super) fn unknown_element(&mut self, element: &Element<'_>, known: &[&str]) {
        let message = format!("unknown element{}", self.near_hint(element.name, known));
        self.push(
            Kind::UnknownElement,
            element.name,
            None,
            element.position,
            message,
        );
    }

    pub(super) fn foreign_section(&mut self, element: &Element<'_>, known: &[&str]) {
        let message = match hint(element.name, known) {
            hint if hint.is_empty() => "not read: a section of another product".to_owned(),
            hint => format!("not read{hint}"),
        };
        self.push(
            Kind::ForeignSection,
            element.name,
            None,
            element.position,
            message,
        );
    }

    /// Declarations of sections, which are not needed.
    pub(super) fn declarations(&mut self, element: &Element<'_>, why: &str) {
        let message = format!("not read: {why}");
        self.push(
            Kind::ForeignSection,
            element.name,
            None,
            element.position,
            message,
        );
    }

    pub(super) fn element_not_applied(&mut self, element: &Element<'_>, why: &str) {
        let message = format!("not applied: {why}");
        self.push(
            Kind::NotApplied,
            element.name,
            None,
            element.position,
            message,
        );
    }

    /// Reports an element that asks for what is not there.
    pub(super) fn element_without_effect(&mut self, element: &Element<'_>) {
        self.element_not_applied(element, without_effect(element.name));
    }

    pub(super) fn attribute_not_applied(&mut self, element: &Element<'_>, name: &str, why: &str) {
        let position = element
            .attribute(name)
            .map_or(element.position, |a| a.position);
        let message = format!("not applied: {why}");
        self.push(
            Kind::NotApplied,
            element.name,
            Some(name),
            position,
            message,
        );
    }

    /// Sets a field that nothing acts on to an attribute's value, if there is one, and reports it. The
    /// value that is usual anyway asks for nothing.
    pub(super) fn keep<S: Default, T: PartialEq>(
        &mut self,
        element: &Element<'_>,
        name: &str,
        read: impl FnOnce(&Element<'_>, &str) -> Result<Option<T>, Fault>,
        settings: &mut S,
        field: fn(&mut S) -> &mut T,
    ) -> Result<(), Fault> {
        if let Some(value) = read(element, name)? {
            if value != *field(&mut S::default()) {
                self.attribute_not_applied(element, name, without_effect(element.name));
            }
            *field(settings) = value;
        }
        Ok(())
    }

    /// Reports the type that an element names if it is none of those that are always there: only the
    /// program can know it. What [`NetContext::configuration_warnings`] tells is what it has not
    /// registered by then.
    ///
    /// [`NetContext::configuration_warnings`]: crate::NetContext::configuration_warnings
    pub(super) fn check_type(&mut self, element: &Element<'_>, known: &[&str], how: &str) {
        let Some(attribute) = element.attribute("type") else {
            return;
        };
        let type_name = attribute.value.trim();
        let named = |part: &str| known.contains(&part);
        if type_name.is_empty() || type_name.split(',').map(str::trim).any(named) {
            return;
        }
        let message = format!(
            "no type {} is registered; the program has to, by `{how}`",
            shown::quoted(type_name)
        );
        let before = self.warnings.len();
        self.push(
            Kind::UnregisteredType,
            element.name,
            Some("type"),
            attribute.position,
            message,
        );
        if let Some(warning) = self.warnings.get_mut(before) {
            warning.type_name = Some(type_name.to_owned());
        }
    }

    /// Reports an element that stands beside an earlier one of its name.
    pub(super) fn repeated(&mut self, element: &Element<'_>) {
        let message = "given twice, which .NET refuses; here both are read, the later over the \
                       earlier";
        self.push(
            Kind::Duplicate,
            element.name,
            None,
            element.position,
            message.to_owned(),
        );
    }

    /// Reports an attribute that makes TLS worse than it can be.
    pub(super) fn tls_audit(&mut self, element: &Element<'_>, name: &str, message: &str) {
        let attribute = element.attribute(name);
        let position = attribute.map_or(element.position, |a| a.position);
        let message = message.to_owned();
        self.push(Kind::TlsAudit, element.name, Some(name), position, message);
    }

    /// Reports an attribute that has its effect.
    pub(super) fn dangerous(&mut self, element: &Element<'_>, name: &str, message: &str) {
        let attribute = element.attribute(name);
        let position = attribute.map_or(element.position, |a| a.position);
        let message = message.to_owned();
        self.push(Kind::Dangerous, element.name, Some(name), position, message);
    }

    /// Reports times without a colon, which count days as everywhere in .NET: most who write
    /// `headerWait="30"` mean seconds.
    pub(super) fn days(&mut self, element: &Element<'_>, names: &[&str]) {
        let given = names.iter().filter_map(|name| element.attribute(name));
        for attribute in given {
            let text = attribute.value.trim();
            let days = text.trim_start_matches('0');
            if days.is_empty() || !days.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let days = shown::name(days);
            let mut message = format!("a number alone counts days, so this is {days} day(s)");
            if let Ok(seconds @ 1..86_400) = days.parse::<u32>() {
                let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                message +=
                    &format!("; that many seconds are `{hours:02}:{minutes:02}:{seconds:02}`");
            }
            self.push(
                Kind::Doubtful,
                element.name,
                Some(attribute.name),
                attribute.position,
                message,
            );
        }
    }

    pub(super) fn duplicate(&mut self, element: &Element<'_>, key: &str) {
        let key = shown::quoted(key);
        let message = format!("an earlier entry for {key} in this file is replaced");
        self.push(
            Kind::Duplicate,
            element.name,
            None,
            element.position,
            message,
        );
    }
}

/// Why nothing acts on the attributes of an element.
fn without_effect(element: &str) -> &'static str {
    match element {
        "smtp" | "network" | "specifiedPickupDirectory" => "this version sends no mail",
        "requestCaching" | "defaultHttpCachePolicy" | "defaultFtpCachePolicy" => {
            "this version has no cache"
        }
        "proxy" | "webProxyScript" => "this version runs no scripts that choose a proxy",
        "performanceCounters" => "this version has no performance counters",
        "windowsAuthentication" => "this version has no logins by Windows",
        _ => "nothing acts on it yet",
    }
}

/// What .NET bears on any element: locks against files that are applied later.
const LOCKS: &[&str] = &[
    "lockAllAttributesExcept",
    "lockAllElementsExcept",
    "lockAttributes",
    "lockElements",
    "lockItem",
];

/// Names are told apart by letter case, which is easily got wrong.
fn hint(name: &str, known: &[&str]) -> String {
    match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => format!("; meant is perhaps `{known}`"),
        None => String::new(),
    }
}

/// As [`hint`], also for a slip or two. Not for sections: those of other products have names that
/// differ from ours by as little.
fn near_hint(name: &str, known: &[&str]) -> String {
    let same = hint(name, known);
    if !same.is_empty() || name.len() > LONGEST {
        return same;
    }
    let slips = |known: &str| slips(&name.to_ascii_lowercase(), &known.to_ascii_lowercase());
    // Most names are too long or too short to be meant: those cost nothing.
    let near = known
        .iter()
        .filter(|known| known.len().abs_diff(name.len()) <= 2);
    let nearest = near.map(|known| (slips(known), known)).min();
    match nearest {
        Some((slips, known)) if slips <= 2 && slips * 4 < known.len() => {
            format!("; meant is perhaps `{known}`")
        }
        _ => String::new(),
    }
}

/// The longest name that is compared with others, in bytes.
const LONGEST: usize = 64;

/// How many characters have to be put in, taken out or changed to make one text of the other.
fn slips(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{near_hint, slips};

    #[test]
    fn slips_are_counted() {
        for (a, b, count) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("maxconection", "maxconnection", 1),
            ("adress", "address", 1),
            ("nmae", "name", 2),
            ("\u{e4}b", "ab", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!((slips(a, b), slips(b, a)), (count, count), "{a} {b}");
        }
    }

    #[test]
    fn only_what_is_near_is_meant() {
        let known = ["address", "maxconnection", "add"];
        for (name, meant) in [
            ("Address", "address"),
            ("maxConections", "maxconnection"),
            ("adress", "address"),
            ("value", ""),
            // A short name leaves no room for guesses.
            ("odd", ""),
            ("ad", ""),
            (&"a".repeat(1000), ""),
        ] {
            let hint = near_hint(name, &known);
            match meant {
                "" => assert_eq!(hint, "", "{name}"),
                meant => assert_eq!(hint, format!("; meant is perhaps `{meant}`")),
            }
        }
        assert_eq!(near_hint("a", &[]), "");
    }
}
