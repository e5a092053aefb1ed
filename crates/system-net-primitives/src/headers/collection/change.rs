//! Adding, replacing and removing, and the care for the block.

use super::{Field, WebHeaderCollection, to_u32};
use crate::Misuse;
use crate::headers::{HeaderSet, rules};

/// Below this much waste, a clean-up of the block is not worth it.
const MIN_DEAD: u32 = 512;

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
    #[doc(alias = "WebHeaderCollection.Add")]
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
    #[doc(alias = "WebHeaderCollection.Item")]
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
        self.packed = 0;
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
        self.unpack();
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
        self.unpack();
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
        self.unpack();
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
        let message = match self.set {
            HeaderSet::Response => format!("`{name}` is written by the listener"),
            _ => format!("`{name}` is set through a property of the request"),
        };
        Err(Misuse::invalid_argument("name", message))
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
    pub(super) fn push_tail(&mut self, start: usize, name_len: usize) {
        let value_start = start + name_len;
        self.fields.push(Field {
            name_start: to_u32(start),
            name_len: to_u32(name_len),
            value_start: to_u32(value_start),
            value_len: to_u32(self.block.len() - value_start),
        });
    }
}
