//! XML text as a small tree in which everything knows its place.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::errors::Error as XmlError;
use quick_xml::escape::EscapeError;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::reader::Reader;

use super::error::{ConfigurationErrorKind as Kind, Fault};
use super::syntax::{self, Flaw};
use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, source};
use crate::shown;

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

impl Attribute<'_> {
    fn fault(&self, element: &str, kind: Kind, message: impl Into<String>) -> Fault {
        let mut fault = Fault::new(kind, self.position, message).in_element(element);
        fault.attribute = Some(self.name.to_owned());
        fault
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
    reader.config_mut().check_comments = true;
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
        let fault = Fault::new(Kind::Syntax, end, message).in_element(element.name);
        return Err(fault.with_hint(syntax::CUT_OFF));
    }
    builder.root.ok_or_else(|| {
        let message = "expected `<configuration>`, and there is no element";
        Fault::new(Kind::Syntax, end, message).with_hint(syntax::ROOT)
    })
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
        if name.is_empty() {
            let message = "expected the name of an element behind `<`";
            return Err(Fault::new(Kind::Syntax, position, message).with_hint(syntax::LESS));
        }
        let mut attributes: Vec<Attribute<'a>> = Vec::new();
        // Duplicates are looked for below, within the limit; the reader's own search has none.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => self.attribute(name, &attribute)?,
                Err(error) => {
                    let flaw = syntax::of_attributes(bytes.start + 1, &error);
                    return Err(self.flaw(flaw).in_element(name));
                }
            };
            if attributes.len() == MAX_ATTRIBUTES {
                let message = format!("more than {MAX_ATTRIBUTES} attributes");
                return Err(attribute.fault(name, Kind::Limit, message));
            }
            if attributes.iter().any(|other| other.name == attribute.name) {
                return Err(attribute.fault(name, Kind::Syntax, "given twice"));
            }
            attributes.push(attribute);
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

    /// An attribute of the element of this name.
    fn attribute(
        &mut self,
        element: &str,
        read: &quick_xml::events::attributes::Attribute<'_>,
    ) -> Result<Attribute<'a>, Fault> {
        let name = self.slice(read.key.0);
        let start = self.offset_of(name);
        let position = self.place.at(start);
        let raw = self.offset_of(&read.value);
        let mut attribute = Attribute {
            name,
            value: Cow::Borrowed(""),
            position,
            start,
            raw: raw..raw + read.value.len(),
        };
        let before = self.text[..start].chars().next_back();
        if !before.is_some_and(char::is_whitespace) {
            let message = "expected a blank before the attribute";
            return Err(attribute.fault(element, Kind::Syntax, message));
        }
        if let Some(less) = read.value.find('<') {
            let mut fault = attribute.fault(element, Kind::Syntax, "a `<` within a value");
            fault.position = self.place.at(raw + less);
            return Err(fault.with_hint(syntax::LESS));
        }
        match read.normalized_value(XmlVersion::Implicit1_0) {
            Ok(value) => {
                if let Some(c) = value.chars().find(|c| source::is_refused(*c)) {
                    let message = source::refused(c);
                    return Err(attribute.fault(element, Kind::Syntax, message));
                }
                attribute.value = Cow::Owned(value.into_owned());
                Ok(attribute)
            }
            Err(XmlError::Escape(EscapeError::UnrecognizedEntity(_, entity))) => {
                // It may be a part of the secret.
                let entity = match name.eq_ignore_ascii_case("password") || read.value.contains('@')
                {
                    true => "an entity".to_owned(),
                    false => format!("the entity {}", shown::quoted(&entity)),
                };
                let message = format!("{entity} is not declared, and files cannot declare any");
                Err(attribute.fault(element, Kind::DocumentType, message))
            }
            Err(error) => {
                let mut fault = self.flaw(syntax::of_value(raw, &error)).in_element(element);
                fault.attribute = Some(name.to_owned());
                Err(fault)
            }
        }
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
            None if self.root.is_none() => {
                let message = "expected `<configuration>`, found other text";
                Err(Fault::new(Kind::Syntax, position, message).with_hint(syntax::ROOT))
            }
            None => {
                let message = "text outside of the outermost element";
                Err(Fault::new(Kind::Syntax, position, message).with_hint(syntax::ROOT))
            }
        }
    }

    /// That the encoding it names is that of the bytes is checked where there are bytes.
    fn declaration(&mut self, start: usize, declaration: &BytesDecl<'_>) -> Result<(), Fault> {
        let position = self.place.at(start);
        if start > 0 {
            let message = "the XML declaration is not at the start of the file";
            let fault = Fault::new(Kind::Syntax, position, message);
            return Err(fault.with_hint(syntax::DECLARATION));
        }
        match declaration.encoding() {
            Some(Err(error)) => Err(Fault::new(Kind::Syntax, position, error.to_string())),
            None | Some(Ok(_)) => Ok(()),
        }
    }

    fn syntax(&mut self, at: usize, error: &XmlError) -> Fault {
        let open = self.open.last();
        let open = open.map(|element| (element.name, element.position.line));
        self.flaw(syntax::of_reader(self.text, at, error, open))
    }

    fn flaw(&mut self, flaw: Flaw) -> Fault {
        let mut fault = Fault::new(Kind::Syntax, self.place.at(flaw.at), flaw.message);
        fault.hint = flaw.hint;
        fault
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
