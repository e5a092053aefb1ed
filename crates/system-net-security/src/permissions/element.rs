//! Permissions as XML, in the form of .NET's `SecurityElement`: an `IPermission` with its class and
//! attributes, and one level of lists below it.

use std::error::Error;
use std::fmt;
use std::fmt::Write;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Deeper than any permission.
const DEEPEST: usize = 8;

/// Deeper than any manifest.
const DEEPEST_DOCUMENT: usize = 64;

/// An element with its attributes and children.
///
/// .NET: `System.Security.SecurityElement`
#[doc(alias = "SecurityElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionElement {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
}

impl PermissionElement {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// The root of a permission of a class.
    pub(super) fn of_class(class: &str, unrestricted: bool) -> Self {
        let this = Self::new("IPermission")
            .with("class", class)
            .with("version", "1");
        match unrestricted {
            true => this.with("Unrestricted", "true"),
            false => this,
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn push(&mut self, child: Self) {
        self.children.push(child);
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(own, _)| own == name)
            .map(|(_, value)| &**value)
    }

    /// The elements in it.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// Reads one element.
    ///
    /// # Errors
    /// What is no XML, has no or more than one root, nests deeper than eight elements, or has a
    /// document type.
    pub fn parse(text: &str) -> Result<Self, PermissionXmlError> {
        Self::read_all(text, DEEPEST, false)
    }

    /// As [`parse`](Self::parse), of a document with more levels, and with text, which is left out.
    pub(crate) fn parse_document(text: &str) -> Result<Self, PermissionXmlError> {
        Self::read_all(text, DEEPEST_DOCUMENT, true)
    }

    fn read_all(text: &str, deepest: usize, texts: bool) -> Result<Self, PermissionXmlError> {
        let failed = |error: &dyn fmt::Display| PermissionXmlError::new(error.to_string());
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let event = reader.read_event().map_err(|error| failed(&error))?;
            let closed = match event {
                Event::Start(start) if open.len() < deepest => {
                    open.push(Self::read(&start)?);
                    None
                }
                Event::Start(_) => {
                    return Err(failed(&format!("elements nest deeper than {deepest}")));
                }
                Event::Empty(start) => Some(Self::read(&start)?),
                Event::End(_) => open.pop(),
                Event::DocType(_) => return Err(failed(&"a document type is not taken")),
                Event::Text(text) => {
                    let text: &str = &text;
                    match text.trim().is_empty() || texts && !open.is_empty() {
                        true => None,
                        false => return Err(failed(&format!("unexpected text {:?}", text.trim()))),
                    }
                }
                Event::CData(_) | Event::GeneralRef(_) if texts && !open.is_empty() => None,
                Event::CData(_) | Event::GeneralRef(_) => return Err(failed(&"unexpected text")),
                Event::Eof => break,
                _ => None,
            };
            match (closed, open.last_mut()) {
                (Some(element), Some(parent)) => parent.children.push(element),
                (Some(element), None) if root.is_none() => root = Some(element),
                (Some(_), None) => return Err(failed(&"there is more than one element")),
                (None, _) => {}
            }
        }
        match (root, open.is_empty()) {
            (Some(root), true) => Ok(root),
            _ => Err(failed(&"the element does not end")),
        }
    }

    fn read(start: &BytesStart<'_>) -> Result<Self, PermissionXmlError> {
        let failed = |error: &dyn fmt::Display| PermissionXmlError::new(error.to_string());
        let name = |text: &str| text.rsplit(':').next().unwrap_or_default().to_owned();
        let mut this = Self::new("");
        this.name = name(start.name().as_ref());
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| failed(&error))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| failed(&error))?;
            let key = name(attribute.key.as_ref());
            this.attributes.push((key, value.into_owned()));
        }
        Ok(this)
    }

    /// Checks the root of a permission of a class; whether it is unrestricted.
    pub(super) fn check_class(&self, class: &str) -> Result<bool, PermissionXmlError> {
        if self.name != "IPermission" && self.name != "Permission" {
            return Err(PermissionXmlError::new(format!(
                "<{}> where <IPermission> was expected",
                self.name
            )));
        }
        let own = self.attribute("class").unwrap_or_default();
        // What follows the comma names the assembly.
        if own.split(',').next().unwrap_or_default().trim() != class {
            return Err(PermissionXmlError::new(format!(
                "the class is {own:?}, and {class} was expected"
            )));
        }
        self.unrestricted()
    }

    /// What the attribute `Unrestricted` says.
    pub(super) fn unrestricted(&self) -> Result<bool, PermissionXmlError> {
        match self.attribute("Unrestricted") {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(PermissionXmlError::new(format!(
                "Unrestricted is {text:?}, and true or false were expected"
            ))),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        write!(f, "{:1$}<{2}", "", depth * 2, self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"")?;
            for character in value.chars() {
                match character {
                    '<' => f.write_str("&lt;")?,
                    '>' => f.write_str("&gt;")?,
                    '&' => f.write_str("&amp;")?,
                    '"' => f.write_str("&quot;")?,
                    '\'' => f.write_str("&apos;")?,
                    '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(character))?,
                    other => f.write_char(other)?,
                }
            }
            f.write_char('"')?;
        }
        if self.children.is_empty() {
            return f.write_str("/>\n");
        }
        f.write_str(">\n")?;
        for child in &self.children {
            child.write(f, depth + 1)?;
        }
        writeln!(f, "{:1$}</{2}>", "", depth * 2, self.name)
    }
}

impl fmt::Display for PermissionElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// A permission could not be read from XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionXmlError {
    message: String,
}

impl PermissionXmlError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl PermissionXmlError {
    /// What is wrong with it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for PermissionXmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the permission cannot be read: {}", self.message)
    }
}

impl Error for PermissionXmlError {}
