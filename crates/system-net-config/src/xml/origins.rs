//! Where each value comes from: the files once more, attribute by attribute, as they were merged.
//!
//! The readers in `sections` make settings; here nothing is judged, the files were read before. The
//! test `values_are_the_settings` holds the two together.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::configuration::{AppliedFile, Configuration};
use super::document::{self, Element, Position};
use super::hint;
use super::schema::{ConfigurationAttribute, ConfigurationEffect};
use crate::shown;

/// A value that holds, and where it comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigurationValue {
    path: String,
    attribute: Option<String>,
    value: Option<String>,
    place: Option<Place>,
    effect: ConfigurationEffect,
    is_secret: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Place {
    file: Arc<Path>,
    position: Position,
}

impl ConfigurationValue {
    /// The element below `configuration`, as `system.net/settings/ipv6`; of a list with the entry,
    /// as `system.net/connectionManagement/add[@address="*"]`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name of the attribute. `None` for an element without one, as `clear`.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// The value as the file has it, or the default. `None` if there is none.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether it is a password.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Whether something acts on it.
    #[must_use]
    pub fn effect(&self) -> ConfigurationEffect {
        self.effect
    }

    /// The file that sets it; `None` for a default.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| &*place.file)
    }

    /// The line in the file, from 1; 0 for a default.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.place.as_ref().map_or(0, |place| place.position.line)
    }

    /// The character in the line, from 1; 0 for a default.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.place.as_ref().map_or(0, |place| place.position.column)
    }

    /// The place as `file:line:column`, or `default`.
    #[must_use]
    pub fn origin(&self) -> Cow<'static, str> {
        match &self.place {
            None => Cow::Borrowed("default"),
            Some(Place { file, position }) => Cow::Owned(format!(
                "{}:{}:{}",
                file.display(),
                position.line,
                position.column
            )),
        }
    }
}

impl fmt::Debug for ConfigurationValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = self.attribute.as_deref().unwrap_or_default();
        let value = match (&self.value, self.is_secret) {
            (Some(_), true) => Some(Cow::Borrowed("<redacted>")),
            (value, _) => shown::masked_option(value),
        };
        let origin = self.origin();
        let path = shown::masked(&self.path);
        write!(f, "{path}/@{attribute} = {value:?} ({origin})")
    }
}

/// How the entries of a list meet.
struct Rule {
    /// The element around them.
    list: &'static str,
    /// The attribute by which an entry is found; empty if all changes are kept in order.
    key: &'static str,
    /// Whether letter case does not count in it.
    folds: bool,
    /// Whether a later entry of the same key takes the place of the earlier one, and not the last
    /// place.
    stays: bool,
}

const RULES: &[Rule] = &[
    rule("system.diagnostics/sharedListeners", "", false, false),
    rule("system.diagnostics/sources", "name", false, true),
    rule("system.diagnostics/switches", "name", false, false),
    rule(LISTENERS_OF_ALL, "", false, false),
    rule("system.net/authenticationModules", "", false, false),
    rule("system.net/connectionManagement", "address", true, true),
    rule(
        "system.net/defaultProxy/bypasslist",
        "address",
        false,
        false,
    ),
    rule(SERVICE_NAMES_OF_LISTENERS, "name", true, false),
    rule("system.net/webRequestModules", "", false, false),
    rule("uri/schemeSettings", "name", true, false),
];

const LISTENERS_OF_ALL: &str = "system.diagnostics/trace/listeners";
const SERVICE_NAMES_OF_LISTENERS: &str =
    "system.net/settings/httpListener/extendedProtectionPolicy/customServiceNames";
const SWITCHES: &str = "runtime/AppContextSwitchOverrides";

const fn rule(list: &'static str, key: &'static str, folds: bool, stays: bool) -> Rule {
    Rule {
        list,
        key,
        folds,
        stays,
    }
}

/// All values of files that were applied one over the other.
pub(super) fn values(files: &[AppliedFile]) -> Vec<ConfigurationValue> {
    let mut merged = Merged::default();
    for applied in files {
        // It went well when the file was applied.
        if let Ok(root) = document::parse(&applied.text) {
            merged.sections(&root, &applied.file);
        }
    }
    merged.into_values()
}

/// What the files have set so far.
#[derive(Default)]
struct Merged {
    /// By the path of the element and the name of the attribute.
    single: HashMap<(String, String), Set>,
    /// By the path of the element around the entries.
    lists: HashMap<&'static str, List>,
    switches: List,
}

/// What an attribute was set to.
struct Set {
    value: String,
    place: Place,
}

#[derive(Default)]
struct List {
    /// In order, by numbers that only grow.
    entries: BTreeMap<usize, Entry>,
    by_key: HashMap<String, usize>,
    next: usize,
}

struct Entry {
    /// The name of the element.
    name: String,
    /// What is shown behind the name.
    key: Option<(String, String)>,
    place: Place,
    attributes: Vec<(String, Set)>,
    /// The listeners of a source.
    listeners: List,
}

impl Merged {
    /// As the reader does: a `location` without a path is not there.
    fn sections(&mut self, element: &Element<'_>, file: &Arc<Path>) {
        for child in &element.children {
            let path = child.attribute("path").map_or("", |path| path.value.trim());
            match child.name {
                "location" if path.is_empty() || path == "." => self.sections(child, file),
                name => self.element(child, name, file),
            }
        }
    }

    fn element(&mut self, element: &Element<'_>, path: &str, file: &Arc<Path>) {
        if let Some(rule) = RULES.iter().find(|rule| rule.list == path) {
            let list = self.lists.entry(rule.list).or_default();
            element
                .children
                .iter()
                .for_each(|child| list.change(child, rule, file));
            return;
        }
        for attribute in &element.attributes {
            let known =
                |row: ConfigurationAttribute| row.element == path && row.name == attribute.name;
            if !Configuration::schema().any(known) {
                continue;
            }
            let set = Set::new(&attribute.value, attribute.position, file);
            if path == SWITCHES {
                self.switches(&set);
            } else {
                let key = (path.to_owned(), attribute.name.to_owned());
                self.single.insert(key, set);
            }
        }
        let mut runtime_seen = false;
        for child in &element.children {
            let path = format!("{path}/{}", child.name);
            // Of several the first counts.
            let is_runtime = path == "startup/supportedRuntime";
            if is_runtime && std::mem::replace(&mut runtime_seen, true) {
                continue;
            }
            let inside = format!("{path}/");
            let mut rows = Configuration::schema();
            if path == LISTENERS_OF_ALL
                || rows.any(|row| row.element == path || row.element.starts_with(&inside))
            {
                self.element(child, &path, file);
            }
        }
    }

    /// `Name=true;Other=false`: each switch by itself.
    fn switches(&mut self, set: &Set) {
        for entry in set.value.split(';') {
            let Some((name, value)) = entry.split_once('=') else {
                continue;
            };
            let key = ("name".to_owned(), name.trim().to_owned());
            let entry = Entry {
                name: "AppContextSwitchOverrides".to_owned(),
                place: set.place.clone(),
                attributes: vec![(
                    "value".to_owned(),
                    Set {
                        value: value.trim().to_owned(),
                        place: set.place.clone(),
                    },
                )],
                listeners: List::default(),
                key: Some(key.clone()),
            };
            self.switches.remove(&key.1);
            self.switches.push(Some(key.1), entry);
        }
    }

    fn into_values(mut self) -> Vec<ConfigurationValue> {
        let mut values = Vec::new();
        let mut last = "";
        for row in Configuration::schema() {
            let around = row
                .element
                .rsplit_once('/')
                .map_or("", |(around, _)| around);
            if last == "system.diagnostics/trace" && row.element != last {
                self.show_list(LISTENERS_OF_ALL, &mut values);
            }
            let is_new = row.element != last;
            last = row.element;
            if row.element == SWITCHES {
                let switches = std::mem::take(&mut self.switches);
                switches.show("runtime", "runtime", &mut values);
            } else if RULES.iter().any(|rule| rule.list == around) {
                if is_new {
                    self.show_list(around, &mut values);
                }
            } else {
                let key = (row.element.to_owned(), row.name.to_owned());
                let set = self.single.remove(&key);
                values.push(value(row.element, &row, set));
            }
        }
        values
    }

    /// Once: the list is gone then.
    fn show_list(&mut self, path: &str, values: &mut Vec<ConfigurationValue>) {
        if let Some(list) = self.lists.remove(path) {
            list.show(path, path, values);
        }
    }
}

impl List {
    fn change(&mut self, element: &Element<'_>, rule: &Rule, file: &Arc<Path>) {
        let keep_all = rule.key.is_empty();
        let key = element.attribute(rule.key).map(|key| {
            let key = source_name(rule, key.value.trim());
            if rule.folds {
                key.to_ascii_lowercase()
            } else {
                key.to_owned()
            }
        });
        match (element.name, key) {
            ("add" | "remove" | "clear", _) if keep_all => {
                self.push(None, Entry::new(element, "", file));
            }
            ("clear", _) => *self = Self::default(),
            ("remove", Some(key)) => self.remove(&key),
            ("add" | "source", Some(key)) => {
                let place = self.by_key.get(&key).copied();
                match place.and_then(|place| self.entries.get_mut(&place)) {
                    Some(entry) if rule.stays => entry.set(element, file),
                    _ => {
                        self.remove(&key);
                        let mut entry = Entry::new(element, rule.key, file);
                        if let Some((_, shown)) = &mut entry.key {
                            *shown = source_name(rule, shown).to_owned();
                        }
                        self.push(Some(key), entry);
                    }
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some(place) = self.by_key.remove(key) {
            self.entries.remove(&place);
        }
    }

    fn push(&mut self, key: Option<String>, entry: Entry) {
        if let Some(key) = key {
            self.by_key.insert(key, self.next);
        }
        self.entries.insert(self.next, entry);
        self.next += 1;
    }

    /// `known` is the path of the element around without keys.
    fn show(self, around: &str, known: &str, values: &mut Vec<ConfigurationValue>) {
        for entry in self.entries.into_values() {
            entry.show(around, known, values);
        }
    }
}

impl Entry {
    fn new(element: &Element<'_>, key: &str, file: &Arc<Path>) -> Self {
        // Of a change in a list that keeps all of them, the first attribute is what it is about.
        let key = match key {
            "" => element
                .attributes
                .iter()
                .find(|a| ["name", "prefix", "type"].contains(&a.name)),
            key => element.attribute(key),
        };
        let mut entry = Self {
            name: element.name.to_owned(),
            key: key.map(|key| (key.name.to_owned(), key.value.trim().to_owned())),
            place: Place::new(element.position, file),
            attributes: Vec::new(),
            listeners: List::default(),
        };
        entry.set(element, file);
        entry
    }

    /// Takes what the element says over what is there.
    fn set(&mut self, element: &Element<'_>, file: &Arc<Path>) {
        for attribute in &element.attributes {
            let set = Set::new(&attribute.value, attribute.position, file);
            let known = |(name, _): &&mut (String, Set)| name == attribute.name;
            match self.attributes.iter_mut().find(known) {
                Some((_, old)) => *old = set,
                None => self.attributes.push((attribute.name.to_owned(), set)),
            }
        }
        let inside = element
            .children
            .iter()
            .filter(|child| child.name == "listeners");
        for change in inside.flat_map(|listeners| &listeners.children) {
            if ["add", "remove", "clear"].contains(&change.name) {
                self.listeners.push(None, Self::new(change, "", file));
            }
        }
    }

    fn show(self, around: &str, known: &str, values: &mut Vec<ConfigurationValue>) {
        let mut path = format!("{around}/{}", self.name);
        if let Some((name, value)) = &self.key {
            path += &format!("[@{name}=\"{value}\"]");
        }
        let element = format!("{known}/{}", self.name);
        let known = hint::schema_path(&element);
        let mut set: HashMap<String, Set> = self.attributes.into_iter().collect();
        let before = values.len();
        for row in Configuration::schema().filter(|row| row.element == known) {
            let set = set.remove(row.name);
            if set.is_some() || row.default.is_some() {
                values.push(value(&path, &row, set));
            }
        }
        if values.len() == before {
            values.push(ConfigurationValue {
                path: path.clone(),
                attribute: None,
                value: None,
                place: Some(self.place),
                effect: ConfigurationEffect::Key,
                is_secret: false,
            });
        }
        let (path, element) = (format!("{path}/listeners"), format!("{element}/listeners"));
        self.listeners.show(&path, &element, values);
    }
}

impl Set {
    fn new(value: &str, position: Position, file: &Arc<Path>) -> Self {
        Self {
            value: value.to_owned(),
            place: Place::new(position, file),
        }
    }
}

impl Place {
    fn new(position: Position, file: &Arc<Path>) -> Self {
        Self {
            file: Arc::clone(file),
            position,
        }
    }
}

fn value(path: &str, row: &ConfigurationAttribute, set: Option<Set>) -> ConfigurationValue {
    let (value, place) = match set {
        Some(set) => (Some(set.value), Some(set.place)),
        None => (row.default.map(str::to_owned), None),
    };
    ConfigurationValue {
        path: path.to_owned(),
        attribute: Some(row.name.to_owned()),
        value,
        place,
        effect: row.effect,
        is_secret: row.name == "password",
    }
}

/// The guide has two names for one source.
fn source_name<'a>(rule: &Rule, name: &'a str) -> &'a str {
    match name {
        "System.Net.WebSockets.WebSocket" if rule.list.starts_with("system.diagnostics") => {
            "System.Net.WebSockets"
        }
        name => name,
    }
}
