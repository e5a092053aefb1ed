//! The two byte queues of a connection: what was read and what is to be written.

use std::fmt;

/// Capacity a buffer keeps when it runs empty; more is given back after an unusual message.
const KEEP: usize = 256 * 1024;

/// Bytes read from the peer and not yet used, in one reused block.
#[derive(Default)]
pub(crate) struct InputBuffer {
    /// Always initialised over its whole length; `start..end` is the content.
    block: Vec<u8>,
    start: usize,
    end: usize,
}

impl InputBuffer {
    #[inline]
    pub(crate) fn data(&self) -> &[u8] {
        &self.block[self.start..self.end]
    }

    #[inline]
    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.block[self.start..self.end]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room of at least `min` bytes behind the content.
    #[inline]
    pub(crate) fn space(&mut self, min: usize) -> &mut [u8] {
        if self.block.len() - self.end < min {
            self.make_room(min);
        }
        &mut self.block[self.end..]
    }

    #[cold]
    fn make_room(&mut self, min: usize) {
        let len = self.len();
        if self.start > 0 {
            self.block.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, len);
        }
        let wanted = len + min;
        if self.block.len() < wanted {
            // Doubling keeps the copying linear in what the peer sends.
            self.block.resize(wanted.max(2 * self.block.len()), 0);
        }
    }

    /// Says that `n` bytes of the room were filled.
    #[inline]
    pub(crate) fn filled(&mut self, n: usize) {
        assert!(
            n <= self.block.len() - self.end,
            "filled more bytes than there was room for"
        );
        self.end += n;
    }

    pub(crate) fn extend(&mut self, data: &[u8]) {
        self.space(data.len())[..data.len()].copy_from_slice(data);
        self.filled(data.len());
    }

    #[inline]
    pub(crate) fn consume(&mut self, n: usize) {
        assert!(n <= self.len(), "consumed more bytes than there are");
        self.start += n;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Gives the memory of an unusually large message back, if nothing is buffered.
    #[inline]
    pub(crate) fn shrink(&mut self) {
        if self.block.len() > KEEP {
            self.release();
        }
    }

    /// Gives all memory back, if nothing is buffered.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            self.block = Vec::new();
        }
    }

    pub(crate) fn into_data(self) -> Vec<u8> {
        let mut block = self.block;
        block.truncate(self.end);
        block.drain(..self.start);
        block
    }
}

// What passes through the buffers may be secret, so it is not shown.
impl fmt::Debug for InputBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl fmt::Debug for OutputBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.data().len())
    }
}

/// Bytes to be written to the peer.
#[derive(Default)]
pub(crate) struct OutputBuffer {
    block: Vec<u8>,
    start: usize,
}

impl OutputBuffer {
    #[inline]
    pub(crate) fn data(&self) -> &[u8] {
        &self.block[self.start..]
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }

    /// `name: value` and a line end.
    #[inline]
    pub(crate) fn put_field(&mut self, name: &[u8], value: &[u8]) {
        self.block.reserve(name.len() + value.len() + 4);
        self.block.extend_from_slice(name);
        self.block.extend_from_slice(b": ");
        self.block.extend_from_slice(value);
        self.block.extend_from_slice(b"\r\n");
    }

    #[inline]
    pub(crate) fn reserve(&mut self, n: usize) {
        self.block.reserve(n);
    }

    /// Gives all memory back, if nothing is to be written.
    pub(crate) fn release(&mut self) {
        if self.data().is_empty() {
            *self = Self::default();
        }
    }

    /// A mark to come back to with [`rewind`](Self::rewind).
    #[inline]
    pub(crate) fn mark(&self) -> usize {
        self.block.len()
    }

    /// Forgets what was put after the mark; nothing may have been consumed since.
    pub(crate) fn rewind(&mut self, mark: usize) {
        self.block.truncate(mark.max(self.start));
    }

    #[inline]
    pub(crate) fn consume(&mut self, n: usize) {
        assert!(
            n <= self.block.len() - self.start,
            "consumed more output than there is"
        );
        self.start += n;
        if self.start == self.block.len() {
            self.start = 0;
            if self.block.capacity() > KEEP {
                self.block = Vec::new();
            } else {
                self.block.clear();
            }
        }
    }
}
