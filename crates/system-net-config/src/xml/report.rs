//! Collects what has no effect while a file is read.

use std::path::Path;

use super::Configuration;
use super::document::{Element, Position};
use super::error::{ConfigurationErrorKind, Fault};
use super::warning::{ConfigurationWarning, ConfigurationWarningKind as Kind};

pub(super) struct Report<'a> {
    file: &'a Path,
    warnings: Vec<ConfigurationWarning>,
    /// How many there are that are not told.
    more: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a Path) -> Self {
        Self {
            file,
            warnings: Vec::new(),
            more: 0,
        }
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
            element: element.to_owned(),
            attribute: attribute.map(str::to_owned),
            message,
        });
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
                let message = format!("unknown attribute{}", hint(name, known));
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

    /// Checks an element that has no elements inside.
    pub(super) fn check_leaf(&mut self, element: &Element<'_>, known: &[&str]) {
        self.check(element, known);
        for child in &element.children {
            self.unknown_element(child, &[]);
        }
    }

    pub(super) fn unknown_element(&mut self, element: &Element<'_>, known: &[&str]) {
        let message = format!("unknown element{}", hint(element.name, known));
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

    /// Reports a setting that is read and kept though nothing acts on it. The value that is usual
    /// anyway asks for nothing.
    pub(super) fn kept_without_effect<T: PartialEq>(
        &mut self,
        element: &Element<'_>,
        name: &str,
        value: &T,
        usual: &T,
    ) {
        if value != usual {
            self.attribute_not_applied(element, name, "nothing acts on it yet");
        }
    }

    /// Sets a field that nothing acts on to an attribute's value, if there is one, and reports it.
    pub(super) fn keep<T: PartialEq>(
        &mut self,
        element: &Element<'_>,
        name: &str,
        value: Option<T>,
        into: &mut T,
        usual: &T,
    ) {
        if let Some(value) = value {
            self.kept_without_effect(element, name, &value, usual);
            *into = value;
        }
    }

    pub(super) fn duplicate(&mut self, element: &Element<'_>, key: &str) {
        let message = format!("an earlier entry for `{key}` in this file is replaced");
        self.push(
            Kind::Duplicate,
            element.name,
            None,
            element.position,
            message,
        );
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
