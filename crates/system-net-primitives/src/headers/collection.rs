//! The header collection: one block of bytes, and where in it names and values stand.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::{HeaderSet, HttpRequestHeader, HttpResponseHeader, known, rules};
use crate::Misuse;

/// The header fields of a message, in order and with their letter case kept.
///
/// A name may occur several times; each occurrence is a *field*. [`iter`](Self::iter) and
/// [`len`](Self::len) speak of fields, the .NET members ([`get`](Self::get),
/// [`all_keys`](Self::all_keys), [`count`](Self::count), [`Display`](fmt::Display)) of names, whose
/// values they join with commas. Names compare without regard to ASCII case.
///
/// Values are bytes. As in .NET, text stands for them as Latin-1: one character, one byte.
/// An empty collection owns no memory, and reading with [`get_first`](Self::get_first) or
/// [`iter_bytes`](Self::iter_bytes) allocates none.
///
/// .NET: `System.Net.WebHeaderCollection`
///
/// # Differences from .NET
/// * Values with line breaks are refused altogether; .NET lets folded lines pass.
/// * Characters above U+00FF are refused; .NET cuts them to their low byte on the wire.
/// * `Set-Cookie` values are never split at commas.
///
/// # Examples
/// ```
/// use system_net_primitives::WebHeaderCollection;
///
/// let mut headers = WebHeaderCollection::for_request();
/// headers.add("X-Trace", "1")?;
/// assert!(headers.add("Host", "example.org").is_err(), "a property of the request");
/// assert_eq!(headers.to_string(), "X-Trace: 1\r\n\r\n");
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Clone, Default)]
pub struct WebHeaderCollection {
    block: Vec<u8>,
    fields: Vec<Field>,
    /// Bytes of the block that no field uses any more, since the last clean-up.
    dead: u32,
    set: HeaderSet,
}

/// Offsets into the block.
#[derive(Clone, Copy)]
struct Field {
    name_start: u32,
    name_len: u32,
    value_start: u32,
    value_len: u32,
}

impl Field {
    fn len(self) -> u32 {
        self.name_len + self.value_len
    }
}

/// Below this much waste, a clean-up of the block is not worth it.
const MIN_DEAD: u32 = 512;

/// Making collections.
impl WebHeaderCollection {
    /// An empty collection that takes every header.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_set(HeaderSet::Plain)
    }

    /// An empty collection for a request: it refuses the headers that are properties of the
    /// request or belong to the engine.
    #[must_use]
    pub const fn for_request() -> Self {
        Self::with_set(HeaderSet::Request)
    }

    /// An empty collection for a listener's response: it refuses the headers the listener writes.
    #[must_use]
    pub const fn for_response() -> Self {
        Self::with_set(HeaderSet::Response)
    }

    const fn with_set(set: HeaderSet) -> Self {
        Self {
            block: Vec::new(),
            fields: Vec::new(),
            dead: 0,
            set,
        }
    }

    /// A collection over the copied bytes of a message head, without fields yet; a parser adds
    /// them with [`push_offsets`](Self::push_offsets).
    ///
    /// # Panics
    /// If the block has 4 GiB or more.
    #[must_use]
    pub fn with_block(block: Vec<u8>) -> Self {
        assert!(
            u32::try_from(block.len()).is_ok(),
            "a block of headers stays below 4 GiB"
        );
        Self {
            block,
            ..Self::new()
        }
    }

    /// Makes room for that many fields.
    pub fn reserve_fields(&mut self, fields: usize) {
        self.fields.reserve(fields);
    }

    /// Adds a field that stands in the block already. The parser has checked both parts.
    ///
    /// # Panics
    /// If a range does not lie within the block.
    #[inline]
    pub fn push_offsets(&mut self, name: Range<u32>, value: Range<u32>) {
        let fits = |r: &Range<u32>| r.start <= r.end && r.end as usize <= self.block.len();
        assert!(fits(&name) && fits(&value), "offsets lie within the block");
        self.fields.push(Field {
            name_start: name.start,
            name_len: name.end - name.start,
            value_start: value.start,
            value_len: value.end - value.start,
        });
    }

    /// Adds a field whose parts the caller has checked, for protocol crates.
    ///
    /// # Panics
    /// If the collection would reach 4 GiB.
    pub fn push_raw(&mut self, name: &[u8], value: &[u8]) {
        let start = self.block.len();
        self.block.reserve(name.len() + value.len());
        self.block.extend_from_slice(name);
        self.block.extend_from_slice(value);
        self.push_tail(start, name.len());
    }

    /// Which restrictions apply.
    #[must_use]
    pub const fn header_set(&self) -> HeaderSet {
        self.set
    }

    /// Changes which restrictions apply from now on; fields already there stay.
    pub fn set_header_set(&mut self, set: HeaderSet) {
        self.set = set;
    }
}

/// Reading, by field. Nothing here allocates, but text of values that are not ASCII.
impl WebHeaderCollection {
    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of the first field with this name.
    #[inline]
    #[must_use]
    pub fn get_first(&self, name: &str) -> Option<&[u8]> {
        let index = self.position(name)?;
        Some(self.value_of(self.fields[index]))
    }

    /// The values of all fields with this name, one after the other, unsplit.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let fields = self
            .fields
            .iter()
            .filter(move |field| self.is_named(**field, name));
        fields.map(|field| self.value_of(*field))
    }

    /// Whether a field has this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// All fields as bytes.
    pub fn iter_bytes(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields
            .iter()
            .map(|field| (self.name_of(*field), self.value_of(*field)))
    }

    /// All fields as text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Cow<'_, str>)> {
        self.iter_bytes()
            .map(|(name, value)| (name_text(name), latin1(value)))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields
            .iter()
            .position(|field| self.is_named(*field, name))
    }

    #[inline]
    fn is_named(&self, field: Field, name: &str) -> bool {
        field.name_len as usize == name.len()
            && self.name_of(field).eq_ignore_ascii_case(name.as_bytes())
    }

    #[inline]
    fn name_of(&self, field: Field) -> &[u8] {
        &self.block[field.name_start as usize..][..field.name_len as usize]
    }

    #[inline]
    fn value_of(&self, field: Field) -> &[u8] {
        &self.block[field.value_start as usize..][..field.value_len as usize]
    }
}

/// Reading, by name, as .NET does.
impl WebHeaderCollection {
    /// The values of a header joined with commas.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Get`, `System.Net.WebHeaderCollection.Item`
    #[doc(alias = "WebHeaderCollection.Get")]
    #[doc(alias = "WebHeaderCollection.Item")]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self
            .fields
            .iter()
            .filter(|field| self.is_named(**field, name));
        let first = latin1(self.value_of(*values.next()?));
        let Some(second) = values.next() else {
            return Some(first);
        };
        let mut joined = first.into_owned();
        for field in std::iter::once(second).chain(values) {
            joined.push(',');
            joined.push_str(&latin1(self.value_of(*field)));
        }
        Some(Cow::Owned(joined))
    }

    /// The single values of a header. Headers known to be lists are split at the commas outside
    /// of quotes; `None` if there is no such header.
    ///
    /// .NET: `System.Net.WebHeaderCollection.GetValues`
    #[doc(alias = "WebHeaderCollection.GetValues")]
    #[must_use]
    pub fn get_values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        self.position(name)?;
        let split = known::is_list(name);
        let mut values = Vec::new();
        for field in self
            .fields
            .iter()
            .filter(|field| self.is_named(**field, name))
        {
            let value = self.value_of(*field);
            if split {
                split_list(value, |part| values.push(latin1(part)));
            } else {
                values.push(latin1(value));
            }
        }
        Some(values)
    }

    /// The number of different names.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Count`
    #[doc(alias = "WebHeaderCollection.Count")]
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys().count()
    }

    /// The different names, each in the spelling of its first field.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Keys`
    #[doc(alias = "WebHeaderCollection.Keys")]
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let firsts = self.fields.iter().enumerate().filter(|&(index, field)| {
            let name = self.name_of(*field);
            !self.fields[..index]
                .iter()
                .any(|f| self.name_of(*f).eq_ignore_ascii_case(name))
        });
        firsts.map(|(_, field)| name_text(self.name_of(*field)))
    }

    /// As [`keys`](Self::keys), collected.
    ///
    /// .NET: `System.Net.WebHeaderCollection.AllKeys`
    #[doc(alias = "WebHeaderCollection.AllKeys")]
    #[must_use]
    pub fn all_keys(&self) -> Vec<&str> {
        self.keys().collect()
    }

    /// The name at a place among the different names.
    ///
    /// .NET: `System.Net.WebHeaderCollection.GetKey`
    #[doc(alias = "WebHeaderCollection.GetKey")]
    #[must_use]
    pub fn key(&self, index: usize) -> Option<&str> {
        self.keys().nth(index)
    }

    /// The bytes of the collection as they would stand in a message, one line for a name, closed
    /// by an empty line.
    ///
    /// .NET: `System.Net.WebHeaderCollection.ToByteArray`
    #[doc(alias = "WebHeaderCollection.ToByteArray")]
    #[must_use]
    pub fn to_byte_array(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.block.len() + 4 * self.fields.len() + 2);
        for name in self.keys() {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            for (index, value) in self.get_all(name).enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                bytes.extend_from_slice(value);
            }
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// Changing.
impl WebHeaderCollection {
    /// Adds a field behind the others.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Add`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a name that is no token, a restricted header, or a value
    /// with line breaks, control characters or characters above U+00FF.
    #[doc(alias = "WebHeaderCollection.Add")]
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        self.check_allowed(name)?;
        self.add_engine(name, value)
    }

    /// Adds a field from a line, `name: value`.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Add(String)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] without a colon, otherwise as [`add`](Self::add).
    pub fn add_line(&mut self, header: &str) -> Result<(), Misuse> {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Misuse::invalid_argument("header", "expected name: value"))?;
        self.add(name, value)
    }

    /// Replaces all fields of a name by one, at the place of the first.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Set`, `System.Net.WebHeaderCollection.Item`
    ///
    /// # Errors
    /// As [`add`](Self::add).
    #[doc(alias = "WebHeaderCollection.Set")]
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        self.check_allowed(name)?;
        self.set_engine(name, value)
    }

    /// Removes all fields of a name; it is no error if there are none.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Remove`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a name that is no token, or a restricted header.
    #[doc(alias = "WebHeaderCollection.Remove")]
    pub fn remove(&mut self, name: &str) -> Result<(), Misuse> {
        self.check_allowed(name)?;
        self.remove_engine(name);
        Ok(())
    }

    /// Removes all fields and keeps the memory for the next.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Clear`
    #[doc(alias = "WebHeaderCollection.Clear")]
    pub fn clear(&mut self) {
        self.block.clear();
        self.fields.clear();
        self.dead = 0;
    }

    /// Whether a program may not set the header itself, in a request or in a listener's response.
    ///
    /// .NET: `System.Net.WebHeaderCollection.IsRestricted`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a name that is no token.
    #[doc(alias = "WebHeaderCollection.IsRestricted")]
    pub fn is_restricted(name: &str, response: bool) -> Result<bool, Misuse> {
        rules::check_name(name)?;
        let set = if response {
            HeaderSet::Response
        } else {
            HeaderSet::Request
        };
        Ok(set.is_restricted(name))
    }

    /// As [`add`](Self::add), past the restrictions: for the engine, which owns those headers.
    #[doc(hidden)]
    pub fn add_engine(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        rules::check_name(name)?;
        let value = rules::check_value(value)?;
        self.check_room(name.len() + value.len())?;
        let start = self.block.len();
        self.block.reserve(name.len() + value.len());
        self.block.extend_from_slice(name.as_bytes());
        rules::push_latin1(&mut self.block, value);
        self.push_tail(start, name.len());
        Ok(())
    }

    /// As [`set`](Self::set), past the restrictions: for the engine, which owns those headers.
    #[doc(hidden)]
    pub fn set_engine(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        rules::check_name(name)?;
        let Some(index) = self.position(name) else {
            return self.add_engine(name, value);
        };
        let value = rules::check_value(value)?;
        self.check_room(value.len())?;
        let start = self.block.len();
        rules::push_latin1(&mut self.block, value);
        let field = &mut self.fields[index];
        self.dead += field.value_len;
        (field.value_start, field.value_len) = (to_u32(start), to_u32(self.block.len() - start));
        self.remove_after(index + 1, name);
        Ok(())
    }

    /// As [`remove`](Self::remove), past the restrictions: for the engine.
    #[doc(hidden)]
    pub fn remove_engine(&mut self, name: &str) {
        self.remove_after(0, name);
    }

    /// Removes the fields of a name from `from` on, and cleans up when much of the block is waste.
    fn remove_after(&mut self, from: usize, name: &str) {
        let mut kept = from;
        for index in from..self.fields.len() {
            let field = self.fields[index];
            if self.is_named(field, name) {
                self.dead += field.len();
            } else {
                self.fields[kept] = field;
                kept += 1;
            }
        }
        self.fields.truncate(kept);
        if self.fields.is_empty() {
            self.clear();
        } else if self.dead >= MIN_DEAD && self.dead as usize > self.block.len() / 2 {
            self.compact();
        }
    }

    fn compact(&mut self) {
        let live = self.fields.iter().map(|field| field.len() as usize).sum();
        let mut block = Vec::with_capacity(live);
        for index in 0..self.fields.len() {
            let field = self.fields[index];
            let name_start = to_u32(block.len());
            block.extend_from_slice(self.name_of(field));
            let value_start = to_u32(block.len());
            block.extend_from_slice(self.value_of(field));
            self.fields[index] = Field {
                name_start,
                value_start,
                ..field
            };
        }
        self.block = block;
        self.dead = 0;
    }

    fn check_allowed(&self, name: &str) -> Result<(), Misuse> {
        rules::check_name(name)?;
        if !self.set.is_restricted(name) {
            return Ok(());
        }
        let way = match self.set {
            HeaderSet::Response => "property or method of the response",
            _ => "property of the request",
        };
        Err(Misuse::invalid_argument(
            "name",
            format!("{name} is set through the {way}"),
        ))
    }

    fn check_room(&self, more: usize) -> Result<(), Misuse> {
        match u32::try_from(self.block.len() + more) {
            Ok(_) => Ok(()),
            Err(_) => Err(Misuse::out_of_range(
                "value",
                "headers together stay below 4 GiB",
            )),
        }
    }

    /// Makes a field of what was appended to the block: the name, then the value.
    fn push_tail(&mut self, start: usize, name_len: usize) {
        let value_start = start + name_len;
        self.fields.push(Field {
            name_start: to_u32(start),
            name_len: to_u32(name_len),
            value_start: to_u32(value_start),
            value_len: to_u32(self.block.len() - value_start),
        });
    }
}

/// The same by the members of the two enumerations.
impl WebHeaderCollection {
    /// As [`add`](Self::add).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Add(HttpRequestHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_request_header(
        &mut self,
        header: HttpRequestHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Request)?;
        self.add(header.name(), value)
    }

    /// As [`set`](Self::set).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Set(HttpRequestHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Misuse::InvalidOperation`] for a response's collection.
    pub fn set_request_header(
        &mut self,
        header: HttpRequestHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Request)?;
        self.set(header.name(), value)
    }

    /// As [`remove`](Self::remove).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Remove(HttpRequestHeader)`
    ///
    /// # Errors
    /// As [`remove`](Self::remove), and [`Misuse::InvalidOperation`] for a response's collection.
    pub fn remove_request_header(&mut self, header: HttpRequestHeader) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Request)?;
        self.remove(header.name())
    }

    /// As [`add`](Self::add).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Add(HttpResponseHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Misuse::InvalidOperation`] for a request's collection.
    pub fn add_response_header(
        &mut self,
        header: HttpResponseHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Response)?;
        self.add(header.name(), value)
    }

    /// As [`set`](Self::set).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Set(HttpResponseHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Misuse::InvalidOperation`] for a request's collection.
    pub fn set_response_header(
        &mut self,
        header: HttpResponseHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Response)?;
        self.set(header.name(), value)
    }

    /// As [`remove`](Self::remove).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Remove(HttpResponseHeader)`
    ///
    /// # Errors
    /// As [`remove`](Self::remove), and [`Misuse::InvalidOperation`] for a request's collection.
    pub fn remove_response_header(&mut self, header: HttpResponseHeader) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Response)?;
        self.remove(header.name())
    }

    fn check_set(&self, wanted: HeaderSet) -> Result<(), Misuse> {
        if self.set == HeaderSet::Plain || self.set == wanted {
            return Ok(());
        }
        Err(Misuse::invalid_operation(match wanted {
            HeaderSet::Request => "request headers cannot be changed in a response",
            _ => "response headers cannot be changed in a request",
        }))
    }
}

impl fmt::Display for WebHeaderCollection {
    /// The text of [`to_byte_array`](WebHeaderCollection::to_byte_array).
    ///
    /// .NET: `System.Net.WebHeaderCollection.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&latin1(&self.to_byte_array()))
    }
}

impl fmt::Debug for WebHeaderCollection {
    /// Names alone: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter_bytes().map(|(name, _)| name_text(name)))
            .finish()
    }
}

/// Parts of a list between the commas outside of quotes, without the white space around them.
fn split_list<'a>(value: &'a [u8], mut part: impl FnMut(&'a [u8])) {
    let (mut quoted, mut start) = (false, 0);
    for (index, byte) in value.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                part(value[start..index].trim_ascii());
                start = index + 1;
            }
            _ => {}
        }
    }
    part(value[start..].trim_ascii());
}

/// Bytes as text, one character for a byte.
fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// Names are tokens, checked by whoever put them in.
fn name_text(name: &[u8]) -> &str {
    std::str::from_utf8(name).unwrap_or_default()
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("headers together stay below 4 GiB, checked on every way in")
}
