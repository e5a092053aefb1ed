//! Bytes that go into the library, and bytes that come out of it.

use std::ptr;

use crate::abi::Buffer;
use crate::library::Gssapi;

/// A buffer that points to these bytes. The library reads it during the call and never writes.
pub(crate) fn input(bytes: &[u8]) -> Buffer {
    Buffer {
        length: bytes.len(),
        value: bytes.as_ptr().cast_mut().cast(),
    }
}

pub(crate) const fn empty() -> Buffer {
    Buffer {
        length: 0,
        value: ptr::null_mut(),
    }
}

/// A buffer that the library fills and takes back.
pub(crate) struct Output<'a> {
    library: &'a Gssapi,
    buffer: Buffer,
}

impl<'a> Output<'a> {
    pub(crate) fn new(library: &'a Gssapi) -> Self {
        Self {
            library,
            buffer: empty(),
        }
    }

    pub(crate) fn as_mut(&mut self) -> *mut Buffer {
        &raw mut self.buffer
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.buffer.value.is_null() || self.buffer.length == 0 {
            return &[];
        }
        // SAFETY: the library filled both fields; the bytes are its own until they are released,
        // which is when this value is dropped, and nobody writes to them.
        unsafe { std::slice::from_raw_parts(self.buffer.value.cast(), self.buffer.length) }
    }

    pub(crate) fn to_text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: the buffer is empty or was filled by this library.
        unsafe { (self.library.functions().release_buffer)(&raw mut minor, &raw mut self.buffer) };
    }
}
