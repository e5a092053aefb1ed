//! The header collection: one block of bytes, and where in it names and values stand.

mod by_name;
mod change;
mod packed;
mod same_name;
mod typed;

use std::borrow::Cow;
use std::fmt;

use self::same_name::same_name;
use super::HeaderSet;

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
    /// Empty as long as the fields are `packed`.
    fields: Vec<Field>,
    /// How much of the block, from its beginning, is a list of the fields in the text behind it;
    /// 0: the list is `fields`.
    packed: u32,
    /// Bytes of the block that no field uses any more, since the last clean-up.
    dead: u32,
    set: HeaderSet,
}

/// Offsets into the block.
#[derive(Clone, Copy, PartialEq, Eq)]
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
            packed: 0,
            dead: 0,
            set,
        }
    }

    /// Adds a field whose parts the caller has checked, for protocol crates.
    ///
    /// # Panics
    /// If the collection would reach 4 GiB.
    pub fn push_raw(&mut self, name: &[u8], value: &[u8]) {
        self.unpack();
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
        match self.packed {
            0 => self.fields.len(),
            _ => self.packed_len(),
        }
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of the first field with this name.
    #[inline]
    #[must_use]
    pub fn get_first(&self, name: &str) -> Option<&[u8]> {
        let index = self.position(name)?;
        Some(self.value_of(self.field(index)))
    }

    /// The values of all fields with this name, one after the other, unsplit.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let fields = self
            .fields()
            .filter(move |field| self.is_named(*field, name));
        fields.map(|field| self.value_of(field))
    }

    /// Whether a field has this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// All fields as bytes.
    pub fn iter_bytes(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields()
            .map(|field| (self.name_of(field), self.value_of(field)))
    }

    /// All fields as text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Cow<'_, str>)> {
        self.iter_bytes()
            .map(|(name, value)| (name_text(name), latin1(value)))
    }

    /// The bytes of memory that the collection owns, for tests and diagnostics.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.block.capacity() + self.fields.capacity() * size_of::<Field>()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields().position(|field| self.is_named(field, name))
    }

    #[inline]
    fn field(&self, index: usize) -> Field {
        match self.packed {
            0 => self.fields[index],
            _ => self.packed_field(index),
        }
    }

    #[inline]
    fn fields(&self) -> impl ExactSizeIterator<Item = Field> + Clone {
        (0..self.len()).map(|index| self.field(index))
    }

    #[inline]
    fn is_named(&self, field: Field, name: &str) -> bool {
        field.name_len as usize == name.len() && same_name(self.name_of(field), name.as_bytes())
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
