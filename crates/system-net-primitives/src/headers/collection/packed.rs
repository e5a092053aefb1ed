//! The head of a message as a parser leaves it: the list of its fields and their text in one block
//! of memory. Whoever changes the collection gets the list out of it first.

use super::{Field, HeaderSet, WebHeaderCollection, to_u32};

/// What one field takes in the list.
const ENTRY: usize = 16;

/// For protocol crates.
impl WebHeaderCollection {
    /// A collection of fields that the caller has checked, in one block of memory; `fields` is asked
    /// for them three times.
    ///
    /// # Panics
    /// If they take 4 GiB or more.
    #[must_use]
    pub fn of_fields<'a, I>(set: HeaderSet, fields: impl Fn() -> I) -> Self
    where
        I: Iterator<Item = (&'a [u8], &'a [u8])>,
    {
        let mut this = Self::new();
        this.refill(set, fields);
        this
    }

    /// Makes it what [`of_fields`](Self::of_fields) gives, in the memory that it has, if that is enough.
    ///
    /// # Panics
    /// As there.
    pub fn refill<'a, I>(&mut self, set: HeaderSet, fields: impl Fn() -> I)
    where
        I: Iterator<Item = (&'a [u8], &'a [u8])>,
    {
        self.clear();
        self.set = set;
        let memory = fields().fold(0, |sum, (name, value)| {
            sum + ENTRY + name.len() + value.len()
        });
        assert!(u32::try_from(memory).is_ok(), "a head stays below 4 GiB");
        self.block.reserve(memory);
        let mut start = 0;
        fields().for_each(|(name, value)| {
            let (name, value) = (to_u32(name.len()), to_u32(value.len()));
            self.push_offsets(start, name, start + name, value);
            start += name + value;
        });
        fields().for_each(|(name, value)| {
            self.block.extend_from_slice(name);
            self.block.extend_from_slice(value);
        });
    }

    /// An empty collection with so much memory, for a parser: that of its fields is 16 bytes each,
    /// and then there is the text of the head.
    #[must_use]
    pub fn with_memory(bytes: usize) -> Self {
        Self {
            block: Vec::with_capacity(bytes),
            ..Self::new()
        }
    }

    /// Adds a field that stands in the text of the head, which [`set_text`](Self::set_text) brings:
    /// where its name and its value begin there and how long they are. The parser has checked both.
    ///
    /// # Panics
    /// If the collection was changed in another way.
    #[inline]
    pub fn push_offsets(&mut self, name: u32, name_len: u32, value: u32, value_len: u32) {
        assert!(
            self.block.len() == self.packed as usize,
            "offsets are noted before anything else"
        );
        let mut entry = [0; ENTRY];
        entry[..4].copy_from_slice(&name.to_le_bytes());
        entry[4..8].copy_from_slice(&name_len.to_le_bytes());
        entry[8..12].copy_from_slice(&value.to_le_bytes());
        entry[12..].copy_from_slice(&value_len.to_le_bytes());
        self.block.extend_from_slice(&entry);
        self.packed += ENTRY as u32;
    }

    /// Copies the text of the head that the offsets of [`push_offsets`](Self::push_offsets) mean.
    ///
    /// # Panics
    /// If the last one does not lie within the text (others do when they are read), the collection
    /// was changed in another way, or the whole has 4 GiB or more.
    #[inline]
    pub fn set_text(&mut self, text: &[u8]) {
        assert!(
            self.block.len() == self.packed as usize,
            "the text comes once"
        );
        assert!(
            u32::try_from(self.block.len() + text.len()).is_ok(),
            "a head stays below 4 GiB"
        );
        self.block.extend_from_slice(text);
        if let Some(last) = self.packed_len().checked_sub(1) {
            let last = self.packed_field(last);
            let end = last.value_start as usize + last.value_len as usize;
            assert!(end <= self.block.len(), "offsets lie within the text");
        }
    }

    /// The text that [`set_text`](Self::set_text) brought, if the collection was not changed since.
    #[inline]
    #[must_use]
    pub fn text(&self) -> Option<&[u8]> {
        match self.packed {
            0 => None,
            packed => self.block.get(packed as usize..),
        }
    }

    /// Makes it a copy of `other`, in the memory that it has, if that is enough.
    #[inline]
    pub fn copy_from(&mut self, other: &Self) {
        self.block.clear();
        self.block.extend_from_slice(&other.block);
        self.fields.clear();
        if !other.fields.is_empty() {
            self.fields.extend_from_slice(&other.fields);
        }
        (self.packed, self.dead, self.set) = (other.packed, other.dead, other.set);
    }

    /// Whether both have the same fields because they were made in the same way. False says nothing.
    #[inline]
    #[must_use]
    pub fn is_copy(&self, other: &Self) -> bool {
        self.packed == other.packed && self.block == other.block && self.fields == other.fields
    }

    pub(super) fn packed_len(&self) -> usize {
        self.packed as usize / ENTRY
    }

    pub(super) fn packed_field(&self, index: usize) -> Field {
        let entry = &self.block[index * ENTRY..][..ENTRY];
        let number = |at: usize| {
            let bytes = [entry[at], entry[at + 1], entry[at + 2], entry[at + 3]];
            u32::from_le_bytes(bytes)
        };
        Field {
            name_start: self.packed + number(0),
            name_len: number(4),
            value_start: self.packed + number(8),
            value_len: number(12),
        }
    }

    /// Takes the list of fields out of the block, so that it can be changed.
    pub(super) fn unpack(&mut self) {
        if self.packed == 0 {
            return;
        }
        let list = self.packed;
        let in_text = |field: Field| Field {
            name_start: field.name_start - list,
            value_start: field.value_start - list,
            ..field
        };
        self.fields = self.fields().map(in_text).collect();
        self.block.drain(..list as usize);
        self.packed = 0;
    }
}
