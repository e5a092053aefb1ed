//! Changes files and leaves as it is whatever is not changed: comments, blanks, unknown elements.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::document::{self, Element};
use super::error::{ConfigurationError, ConfigurationErrorKind as Kind, Fault};
use super::save::{self, Expected};
use super::source::{self, Encoding};
use super::{Configuration, patch};
use crate::shown;

/// A configuration file that is being changed.
///
/// Elements are named by a path below `configuration`, as `system.net/settings/ipv6`. Of several
/// elements of one path the last counts. A change after which the file could not be read is
/// refused and not made. Nothing is written before [`save`](Self::save); contexts that are made
/// already never change.
///
/// .NET: `System.Configuration.Configuration`
///
/// # Examples
/// ```
/// use system_net_config::ConfigurationEditor;
///
/// let text = "<configuration>\n  <!-- limits -->\n</configuration>\n";
/// let mut file = ConfigurationEditor::from_text(text, "app.config")?;
/// file.set_attribute("system.net/settings/ipv6", "enabled", "false")?;
/// assert!(file.text().contains("<!-- limits -->"));
/// assert!(!file.configuration()?.settings().ipv6);
/// assert!(file.set_attribute("system.net/settings/ipv6", "enabled", "maybe").is_err());
/// # Ok::<(), system_net_config::ConfigurationError>(())
/// ```
#[doc(alias = "System.Configuration.Configuration")]
#[derive(Clone)]
pub struct ConfigurationEditor {
    file: PathBuf,
    text: String,
    encoding: Encoding,
    expected: Expected,
}

/// Files hold passwords: nothing of the text is shown.
impl fmt::Debug for ConfigurationEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigurationEditor")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What a file that does not exist begins with.
const EMPTY: &str =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n</configuration>\n";

impl ConfigurationEditor {
    /// How long [`save`](Self::save) waits for another program that holds a lock on the file.
    pub const LOCK_WAIT: Duration = save::LOCK_WAIT;

    /// Opens a file. One that does not exist is made when it is saved, on Unix for nobody but its
    /// owner: it may come to hold passwords.
    ///
    /// # Errors
    /// The kinds of [`ConfigurationErrorKind`](crate::ConfigurationErrorKind): the file must be
    /// one that [`Configuration::apply_file`] takes.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, ConfigurationError> {
        let file = file.as_ref();
        match fs::metadata(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self {
                expected: Expected::nothing(),
                ..Self::from_text(EMPTY, file)?
            }),
            _ => Self::from_bytes(source::read(file)?, file),
        }
    }

    /// Takes the text of a file; `file` is where it is saved, in UTF-8 unless the text declares
    /// `utf-16`, and over whatever is there by then.
    ///
    /// # Errors
    /// The kinds of [`ConfigurationErrorKind`](crate::ConfigurationErrorKind) but `Io`.
    pub fn from_text(text: &str, file: impl AsRef<Path>) -> Result<Self, ConfigurationError> {
        let file = file.as_ref();
        Configuration::new().apply_str(text, file)?;
        let decoded = source::text(text).map_err(|fault| ConfigurationError::new(file, fault))?;
        Ok(Self {
            file: file.to_owned(),
            text: decoded.to_owned(),
            encoding: Encoding::for_text(decoded),
            expected: Expected::anything(),
        })
    }

    fn from_bytes(bytes: Vec<u8>, file: &Path) -> Result<Self, ConfigurationError> {
        let of_file = |fault| ConfigurationError::new(file, fault);
        Configuration::new().apply_bytes(&bytes, file)?;
        let text = source::decode(&bytes).map_err(of_file)?.into_owned();
        let encoding = Encoding::of(&bytes).map_err(of_file)?;
        Ok(Self {
            file: file.to_owned(),
            text,
            encoding,
            expected: Expected::bytes(bytes),
        })
    }

    /// Where the file is saved.
    ///
    /// .NET: `System.Configuration.Configuration.FilePath`
    #[doc(alias = "Configuration.FilePath")]
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The text as it stands.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The default settings with this file over them.
    ///
    /// # Errors
    /// None that a change could have made: each was tried.
    pub fn configuration(&self) -> Result<Configuration, ConfigurationError> {
        let mut configuration = Configuration::new();
        configuration.apply_str(&self.text, &self.file)?;
        Ok(configuration)
    }

    /// The value of an attribute, if it is there.
    #[must_use]
    pub fn attribute(&self, path: &str, name: &str) -> Option<String> {
        let root = document::parse(&self.text).ok()?;
        let elements = find(&root, path);
        let attribute = elements.iter().rev().find_map(|e| e.attribute(name))?;
        Some(attribute.value.clone().into_owned())
    }

    /// The attributes of each element of a path, in the order of the file.
    #[must_use]
    pub fn entries(&self, path: &str) -> Vec<Vec<(String, String)>> {
        let Ok(root) = document::parse(&self.text) else {
            return Vec::new();
        };
        let attributes = |element: &&Element<'_>| {
            let attributes = element.attributes.iter();
            attributes
                .map(|a| (a.name.to_owned(), a.value.clone().into_owned()))
                .collect()
        };
        find(&root, path).iter().map(attributes).collect()
    }

    /// Sets an attribute; makes the element, and those around it, if they are not there.
    ///
    /// # Errors
    /// If the file could not be read with it, or a name is none.
    pub fn set_attribute(
        &mut self,
        path: &str,
        name: &str,
        value: &str,
    ) -> Result<(), ConfigurationError> {
        self.change(|text| {
            let root = document::parse(text)?;
            let elements = find(&root, path);
            let with = elements.iter().rev().find(|e| e.attribute(name).is_some());
            match with.or_else(|| elements.last()) {
                Some(element) => patch::set_attribute(text, element, name, value),
                None => patch::insert(text, &root, path, &[(name, value)]),
            }
        })
    }

    /// Takes an attribute out of the last element of a path that has it. `false` if none has.
    ///
    /// # Errors
    /// If the file could not be read without it.
    pub fn remove_attribute(&mut self, path: &str, name: &str) -> Result<bool, ConfigurationError> {
        let before = self.text.len();
        self.change(|text| {
            let root = document::parse(text)?;
            let elements = find(&root, path);
            let found = elements.iter().rev().find_map(|e| e.attribute(name));
            Ok(found.map_or_else(|| text.to_owned(), |a| patch::without_attribute(text, a)))
        })?;
        Ok(self.text.len() != before)
    }

    /// Sets attributes of the entry of a list in which the attribute `key.0` has the value `key.1`;
    /// adds one at the end if there is none.
    ///
    /// # Errors
    /// If the file could not be read with it, or a name is none.
    ///
    /// # Examples
    /// ```
    /// use system_net_config::ConfigurationEditor;
    ///
    /// let mut file = ConfigurationEditor::from_text("<configuration/>", "app.config")?;
    /// let entry = "system.net/connectionManagement/add";
    /// file.set_entry(entry, ("address", "*"), &[("maxconnection", "8")])?;
    /// assert_eq!(file.configuration()?.settings().connection_management[0].maxconnection, 8);
    /// # Ok::<(), system_net_config::ConfigurationError>(())
    /// ```
    pub fn set_entry(
        &mut self,
        path: &str,
        key: (&str, &str),
        attributes: &[(&str, &str)],
    ) -> Result<(), ConfigurationError> {
        self.change(|text| {
            let mut changed = text.to_owned();
            for (name, value) in attributes {
                let root = document::parse(&changed)?;
                changed = match entry(&root, path, key) {
                    Some(element) => patch::set_attribute(&changed, element, name, value)?,
                    None => patch::insert(&changed, &root, path, &[key, (name, value)])?,
                };
            }
            if attributes.is_empty() {
                let root = document::parse(text)?;
                if entry(&root, path, key).is_none() {
                    return patch::insert(text, &root, path, &[key]);
                }
            }
            Ok(changed)
        })
    }

    /// Adds an element at the end of those around it, as `remove` or `clear` of a list.
    ///
    /// # Errors
    /// If the file could not be read with it, or a name is none.
    pub fn add_element(
        &mut self,
        path: &str,
        attributes: &[(&str, &str)],
    ) -> Result<(), ConfigurationError> {
        self.change(|text| patch::insert(text, &document::parse(text)?, path, attributes))
    }

    /// Takes out the last element of a path, with all that is in it. `false` if there is none.
    ///
    /// # Errors
    /// If the file could not be read without it.
    pub fn remove_element(&mut self, path: &str) -> Result<bool, ConfigurationError> {
        self.remove(|root| find(root, path).pop())
    }

    /// Takes out the entry in which the attribute `key.0` has the value `key.1`. `false` if there
    /// is none.
    ///
    /// # Errors
    /// If the file could not be read without it.
    pub fn remove_entry(
        &mut self,
        path: &str,
        key: (&str, &str),
    ) -> Result<bool, ConfigurationError> {
        self.remove(|root| entry(root, path, key))
    }

    fn remove(
        &mut self,
        choose: impl for<'r, 't> Fn(&'r Element<'t>) -> Option<&'r Element<'t>>,
    ) -> Result<bool, ConfigurationError> {
        let before = self.text.len();
        self.change(|text| {
            let root = document::parse(text)?;
            let found = choose(&root);
            Ok(found.map_or_else(|| text.to_owned(), |e| patch::without_element(text, e)))
        })?;
        Ok(self.text.len() != before)
    }

    /// Makes a change if the file can be read afterwards.
    fn change(
        &mut self,
        change: impl FnOnce(&str) -> Result<String, Fault>,
    ) -> Result<(), ConfigurationError> {
        let text =
            change(&self.text).map_err(|fault| ConfigurationError::new(&self.file, fault))?;
        Configuration::new().apply_str(&text, &self.file)?;
        self.text = text;
        Ok(())
    }

    /// Writes the file, in the encoding it had. Others see the old file or the new one, and never
    /// a part. It keeps the rights it had; of a link the target is written.
    ///
    /// A file that somebody else has changed since it was opened, or made, or taken away, stays as
    /// it is.
    ///
    /// .NET: `System.Configuration.Configuration.Save`
    ///
    /// # Errors
    /// [`ConfigurationErrorKind::Changed`](crate::ConfigurationErrorKind::Changed), and
    /// [`ConfigurationErrorKind::Io`](crate::ConfigurationErrorKind::Io); the old file is then
    /// still there.
    ///
    /// # Blocking
    /// While another editor saves, which takes no time to speak of, and for at most
    /// [`LOCK_WAIT`](Self::LOCK_WAIT) while another program holds a lock on the file (`flock(2)`);
    /// then it fails with an [`io_error`](crate::ConfigurationError::io_error) of the kind
    /// `TimedOut`.
    ///
    /// # Examples
    /// ```
    /// use system_net_config::{ConfigurationEditor, ConfigurationErrorKind};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("app.config");
    /// let ipv6 = "system.net/settings/ipv6";
    /// let mut mine = ConfigurationEditor::open(&path)?;
    /// let mut yours = ConfigurationEditor::open(&path)?;
    /// mine.set_attribute(ipv6, "enabled", "false")?;
    /// mine.save()?;
    /// yours.set_attribute(ipv6, "enabled", "true")?;
    /// assert_eq!(yours.save().unwrap_err().kind(), ConfigurationErrorKind::Changed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "Configuration.Save")]
    pub fn save(&self) -> Result<(), ConfigurationError> {
        let bytes = self.encoding.encode(&self.text);
        save::over(&self.file, bytes, &self.expected)
    }

    /// Writes another file, over whatever is there. The file itself is written as by
    /// [`save`](Self::save).
    ///
    /// .NET: `System.Configuration.Configuration.SaveAs`
    ///
    /// # Errors
    /// As [`save`](Self::save).
    #[doc(alias = "Configuration.SaveAs")]
    pub fn save_as(&self, file: impl AsRef<Path>) -> Result<(), ConfigurationError> {
        let file = file.as_ref();
        if save::is_same(file, &self.file) {
            return self.save();
        }
        let bytes = self.encoding.encode(&self.text);
        save::over(file, bytes, &Expected::anything())
    }
}

/// The elements of a path, in the order of the file.
fn find<'r, 't>(root: &'r Element<'t>, path: &str) -> Vec<&'r Element<'t>> {
    path.split('/').fold(vec![root], |parents, name| {
        let children = parents.into_iter().flat_map(|parent| &parent.children);
        children.filter(|child| child.name == name).collect()
    })
}

/// The last element of a path that has an attribute of this value.
fn entry<'r, 't>(
    root: &'r Element<'t>,
    path: &str,
    (name, value): (&str, &str),
) -> Option<&'r Element<'t>> {
    let is_meant = |element: &&Element<'_>| {
        let attribute = element.attribute(name);
        attribute.is_some_and(|attribute| attribute.value == value)
    };
    find(root, path).into_iter().rev().find(is_meant)
}

/// The fault for a name that an element or attribute cannot have.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    if name.starts_with(begins) && name.chars().all(goes_on) {
        return Ok(());
    }
    let name = shown::quoted(name);
    let message = format!("expected the name of an element or attribute, found {name}");
    Err(Fault::at_start(Kind::Syntax, message))
}
