//! XML text as a small tree in which everything knows its place.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::errors::{Error as XmlError, IllFormedError};
use quick_xml::escape::EscapeError;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::reader::Reader;

use super::error::{ConfigurationErrorKind as Kind, Fault};
use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS};

/// A place in a text, both from 1; zeros stand for the text as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Position {
    /// The place behind a text.
    pub(super) fn behind(text: &str) -> Self {
        Place::new(text).at(text.len())
    }
}

#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    pub(super) position: Position,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) children: Vec<Self>,
    /// Where text begins that is not white space.
    pub(super) text: Option<Position>,
    /// The bytes of the start tag, `<` and `>` included.
    pub(super) tag: Range<usize>,
    /// Behind the last byte of the element.
    pub(super) end: usize,
    /// The first byte of the end tag; the end of the start tag if there is none.
    pub(super) inner_end: usize,
}

#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: Cow<'a, str>,
    pub(super) position: Position,
    /// Where the name begins.
    pub(super) start: usize,
    /// The bytes between the quotes.
    pub(super) raw: Range<usize>,
}

impl Element<'_> {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute<'_>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

/// The element at a place, or with an attribute there, by those around it below the outermost one.
pub(super) fn path_of(root: &Element<'_>, position: Position) -> Option<String> {
    let here = |element: &Element<'_>| {
        element.position == position || element.attributes.iter().any(|a| a.position == position)
    };
    fn find<'e>(
        element: &'e Element<'_>,
        here: &impl Fn(&Element<'_>) -> bool,
        path: &mut Vec<&'e str>,
    ) -> bool {
        for child in &element.children {
            path.push(child.name);
            if here(child) || find(child, here, path) {
                return true;
            }
            path.pop();
        }
        false
    }
    let mut path = Vec::new();
    find(root, &here, &mut path).then(|| path.join("/"))
}

/// Reads a document and gives its outermost element.
pub(super) fn parse(text: &str) -> Result<Element<'_>, Fault> {
    let mut reader = Reader::from_str(text);
    let mut builder = Builder {
        text,
        place: Place::new(text),
        open: Vec::new(),
        root: None,
        elements: 0,
    };
    loop {
        let start = offset(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => builder.event(start..offset(reader.buffer_position()), event)?,
            Err(error) => {
                let at = offset(reader.error_position());
                return Err(builder.syntax(at, &error));
            }
        }
    }
    let end = builder.place.at(text.len());
    if let Some(element) = builder.open.last() {
        let message = format!("not closed; opened in line {}", element.position.line);
        return Err(Fault::new(Kind::Syntax, end, message).in_element(element.name));
    }
    builder
        .root
        .ok_or_else(|| Fault::new(Kind::Syntax, end, "expected an element"))
}

struct Builder<'a> {
    text: &'a str,
    place: Place<'a>,
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Builder<'a> {
    fn event(&mut self, bytes: Range<usize>, event: Event<'a>) -> Result<(), Fault> {
        let start = bytes.start;
        match event {
            Event::Start(tag) => {
                let element = self.element(bytes, &tag)?;
                if self.open.len() == MAX_DEPTH {
                    let message = format!("nested deeper than {MAX_DEPTH} levels");
                    return Err(
                        Fault::new(Kind::Limit, element.position, message).in_element(element.name)
                    );
                }
                self.open.push(element);
            }
            Event::Empty(tag) => {
                let element = self.element(bytes, &tag)?;
                self.close(element);
            }
            Event::End(_) => {
                // That the names fit is checked by the reader.
                if let Some(mut element) = self.open.pop() {
                    (element.inner_end, element.end) = (start, bytes.end);
                    self.close(element);
                }
            }
            Event::Text(text) => {
                let blank = text.len() - text.trim_start().len();
                if blank < text.len() {
                    self.content(start + blank)?;
                }
            }
            Event::CData(_) | Event::GeneralRef(_) => self.content(start)?,
            Event::DocType(_) => {
                let position = self.place.at(start);
                return Err(Fault::new(
                    Kind::DocumentType,
                    position,
                    "a document type declaration is not allowed in a configuration file",
                ));
            }
            Event::Decl(declaration) => self.declaration(start, &declaration)?,
            Event::Comment(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn element(&mut self, bytes: Range<usize>, tag: &BytesStart<'a>) -> Result<Element<'a>, Fault> {
        let position = self.place.at(bytes.start);
        let name = self.slice(tag.name().0);
        if self.open.is_empty() && self.root.is_some() {
            let message = "a second outermost element; expected the end of the file";
            return Err(Fault::new(Kind::Syntax, position, message).in_element(name));
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            let message = format!("more than {MAX_ELEMENTS} elements");
            return Err(Fault::new(Kind::Limit, position, message));
        }
        let mut attributes: Vec<Attribute<'a>> = Vec::new();
        // Duplicates are looked for below, within the limit; the reader's own search has none.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| {
                Fault::new(Kind::Syntax, position, error.to_string()).in_element(name)
            })?;
            let key = self.slice(attribute.key.0);
            let start = self.offset_of(key);
            let position = self.place.at(start);
            let raw = self.offset_of(&attribute.value);
            let raw = raw..raw + attribute.value.len();
            let fault = |kind, message: String| {
                let mut fault = Fault::new(kind, position, message).in_element(name);
                fault.attribute = Some(key.to_owned());
                fault
            };
            if attributes.len() == MAX_ATTRIBUTES {
                let message = format!("more than {MAX_ATTRIBUTES} attributes");
                return Err(fault(Kind::Limit, message));
            }
            if attributes.iter().any(|other| other.name == key) {
                return Err(fault(Kind::Syntax, "given twice".to_owned()));
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => Cow::Owned(value.into_owned()),
                Err(XmlError::Escape(EscapeError::UnrecognizedEntity(_, entity))) => {
                    let message = format!(
                        "the entity `{entity}` is not declared, and files cannot declare any"
                    );
                    return Err(fault(Kind::DocumentType, message));
                }
                Err(error) => return Err(fault(Kind::Syntax, error.to_string())),
            };
            attributes.push(Attribute {
                name: key,
                value,
                position,
                start,
                raw,
            });
        }
        Ok(Element {
            name,
            position,
            attributes,
            children: Vec::new(),
            text: None,
            end: bytes.end,
            inner_end: bytes.end,
            tag: bytes,
        })
    }

    fn close(&mut self, element: Element<'a>) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    /// Text that is not white space.
    fn content(&mut self, start: usize) -> Result<(), Fault> {
        let position = self.place.at(start);
        match self.open.last_mut() {
            Some(element) => {
                element.text.get_or_insert(position);
                Ok(())
            }
            None => {
                let message = "text outside of the outermost element";
                Err(Fault::new(Kind::Syntax, position, message))
            }
        }
    }

    /// That the encoding it names is that of the bytes is checked where there are bytes.
    fn declaration(&mut self, start: usize, declaration: &BytesDecl<'_>) -> Result<(), Fault> {
        match declaration.encoding() {
            Some(Err(error)) => {
                let position = self.place.at(start);
                Err(Fault::new(Kind::Syntax, position, error.to_string()))
            }
            None | Some(Ok(_)) => Ok(()),
        }
    }

    fn syntax(&mut self, at: usize, error: &XmlError) -> Fault {
        let message = match error {
            XmlError::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                format!("expected `</{expected}>`, found `</{found}>`")
            }
            error => error.to_string(),
        };
        Fault::new(Kind::Syntax, self.place.at(at), message)
    }

    /// The same characters, as a part of the text.
    fn slice(&self, part: &str) -> &'a str {
        let start = self.offset_of(part);
        self.text.get(start..start + part.len()).unwrap_or_default()
    }

    /// Where a part that the reader handed out stands in the text: the reader copies nothing.
    fn offset_of(&self, part: &str) -> usize {
        part.as_ptr()
            .addr()
            .wrapping_sub(self.text.as_ptr().addr())
            .min(self.text.len())
    }
}

/// Offsets as lines and columns. Asked in ascending order it goes over the text once.
struct Place<'a> {
    text: &'a str,
    offset: usize,
    position: Position,
}

impl<'a> Place<'a> {
    const START: Position = Position { line: 1, column: 1 };

    const fn new(text: &'a str) -> Self {
        Self {
            text,
            offset: 0,
            position: Self::START,
        }
    }

    fn at(&mut self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        if offset < self.offset {
            (self.offset, self.position) = (0, Self::START);
        }
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        for c in passed.chars() {
            if c == '\n' {
                self.position.line += 1;
                self.position.column = 1;
            } else {
                self.position.column += 1;
            }
        }
        self.offset = offset;
        self.position
    }
}

/// The reader counts in 64 bits; a text in memory fits.
fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
