//! Reading by name, with the values of a name joined, as .NET does.

use std::borrow::Cow;

use super::{WebHeaderCollection, latin1, name_text};
use crate::headers::known;

/// Reading, by name, as .NET does.
impl WebHeaderCollection {
    /// The values of a header joined with commas.
    ///
    /// .NET: `System.Net.WebHeaderCollection.Get`, `System.Net.WebHeaderCollection.Item`
    #[doc(alias = "WebHeaderCollection.Get")]
    #[doc(alias = "WebHeaderCollection.Item")]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.fields().filter(|field| self.is_named(*field, name));
        let first = latin1(self.value_of(values.next()?));
        let Some(second) = values.next() else {
            return Some(first);
        };
        let mut joined = first.into_owned();
        for field in std::iter::once(second).chain(values) {
            joined.push(',');
            joined.push_str(&latin1(self.value_of(field)));
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
        for field in self.fields().filter(|field| self.is_named(*field, name)) {
            let value = self.value_of(field);
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
        let firsts = self.fields().enumerate().filter(|&(index, field)| {
            let name = self.name_of(field);
            !self
                .fields()
                .take(index)
                .any(|f| self.name_of(f).eq_ignore_ascii_case(name))
        });
        firsts.map(|(_, field)| name_text(self.name_of(field)))
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
        let mut bytes = Vec::with_capacity(self.block.len() + 4 * self.len() + 2);
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
