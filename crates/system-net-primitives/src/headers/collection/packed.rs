//! The head of a message as a parser leaves it: its text and the list of its fields in one block of
//! memory. Whoever changes the collection gets the list out of it first.

use std::ops::Range;

use super::{Field, WebHeaderCollection};

/// What one field takes in the list.
const ENTRY: usize = 16;

/// For protocol crates.
impl WebHeaderCollection {
    /// A collection over the copied text of a message head, with room for so many fields but none
    /// yet; a parser adds them with [`push_offsets`](Self::push_offsets).
    ///
    /// # Panics
    /// If the text has 4 GiB or more.
    #[must_use]
    pub fn with_text(text: &[u8], fields: usize) -> Self {
        let packed = u32::try_from(text.len()).expect("the text of a head stays below 4 GiB");
        let mut block = Vec::with_capacity(text.len() + fields * ENTRY);
        block.extend_from_slice(text);
        Self {
            block,
            packed,
            ..Self::new()
        }
    }

    /// Adds a field that stands in the text already. The parser has checked both parts.
    ///
    /// # Panics
    /// If a range does not lie within the text, or the collection was changed since it was made.
    #[inline]
    pub fn push_offsets(&mut self, name: Range<u32>, value: Range<u32>) {
        let fits = |r: &Range<u32>| r.start <= r.end && r.end <= self.packed;
        assert!(
            fits(&name) && fits(&value) && self.packed > 0,
            "offsets lie within the text"
        );
        let mut entry = [0; ENTRY];
        entry[..4].copy_from_slice(&name.start.to_le_bytes());
        entry[4..8].copy_from_slice(&(name.end - name.start).to_le_bytes());
        entry[8..12].copy_from_slice(&value.start.to_le_bytes());
        entry[12..].copy_from_slice(&(value.end - value.start).to_le_bytes());
        self.block.extend_from_slice(&entry);
    }

    pub(super) fn packed_len(&self) -> usize {
        (self.block.len() - self.packed as usize) / ENTRY
    }

    pub(super) fn packed_field(&self, index: usize) -> Field {
        let entry = &self.block[self.packed as usize + index * ENTRY..][..ENTRY];
        let number = |at: usize| {
            let bytes = [entry[at], entry[at + 1], entry[at + 2], entry[at + 3]];
            u32::from_le_bytes(bytes)
        };
        Field {
            name_start: number(0),
            name_len: number(4),
            value_start: number(8),
            value_len: number(12),
        }
    }

    /// Takes the list of fields out of the block, so that it can be changed.
    pub(super) fn unpack(&mut self) {
        if self.packed > 0 {
            self.fields = self.fields().collect();
            self.block.truncate(self.packed as usize);
            self.packed = 0;
        }
    }
}
