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

    /// As [`release`](Self::release), if it is more than `most`.
    #[inline]
    pub(crate) fn release_above(&mut self, most: usize) {
        if self.block.capacity() > most {
            self.release();
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

    /// As [`release`](Self::release), if it is more than `most`.
    #[inline]
    pub(crate) fn release_above(&mut self, most: usize) {
        if self.block.capacity() > most {
            self.release();
        }
    }

    /// All that was put, unless a part of it was consumed.
    pub(crate) fn into_whole(self) -> Option<Vec<u8>> {
        (self.start == 0 && !self.block.is_empty()).then_some(self.block)
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

#[cfg(test)]
mod tests {
    //! What is kept and what is given back; the bytes themselves are tested at the boundary.
    use super::*;

    fn filled(room: usize, content: usize) -> InputBuffer {
        let mut buffer = InputBuffer::default();
        buffer.space(room);
        buffer.filled(content);
        buffer
    }

    #[test]
    fn room_is_made_only_where_it_lacks() {
        let mut buffer = filled(100, 60);
        buffer.consume(10);
        assert_eq!((buffer.len(), buffer.data().len()), (50, 50));
        assert_eq!(buffer.space(40).len(), 40, "there is room behind");
        assert_eq!(buffer.space(50).len(), 50, "there is room once moved");
        assert_eq!(buffer.len(), 50);
        assert_eq!(buffer.space(51).len(), 150, "doubled");
        assert_eq!(buffer.space(1000).len(), 1000, "more than doubled");
    }

    #[test]
    fn only_unusual_input_memory_is_given_back() {
        for (room, kept) in [(KEEP, KEEP), (KEEP + 1, 0)] {
            let mut buffer = filled(room, 1);
            buffer.shrink();
            assert_eq!(buffer.block.len(), room, "something is buffered");
            buffer.consume(1);
            buffer.shrink();
            assert_eq!(buffer.block.len(), kept);
        }
        assert_eq!(KEEP, 0x4_0000, "more than the largest usual head");
    }

    #[test]
    fn memory_above_what_is_kept_is_given_back() {
        for (most, kept) in [(100, 100), (99, 0)] {
            let mut input = filled(100, 1);
            input.release_above(most);
            assert_eq!(input.block.len(), 100, "something is buffered");
            input.consume(1);
            input.release_above(most);
            assert_eq!(input.block.len(), kept);
            let mut output = OutputBuffer::default();
            output.block.reserve_exact(100);
            output.put(&[0]);
            output.release_above(most);
            assert_eq!(output.data(), [0]);
            output.consume(1);
            output.release_above(most);
            assert_eq!(output.block.capacity(), kept);
        }
    }

    #[test]
    fn output_memory_is_given_back() {
        let mut buffer = OutputBuffer::default();
        buffer.put(b"abc");
        buffer.consume(1);
        buffer.release();
        assert_eq!(buffer.data(), b"bc", "what is to be written stays");
        buffer.consume(2);
        assert_ne!(buffer.block.capacity(), 0, "kept for the next message");
        buffer.release();
        assert_eq!(buffer.block.capacity(), 0);
        for (len, kept) in [(KEEP, true), (KEEP + 1, false)] {
            let mut buffer = OutputBuffer::default();
            buffer.block.reserve_exact(len);
            buffer.put(&vec![0; len]);
            assert_eq!(buffer.block.capacity(), len);
            buffer.consume(len - 1);
            assert_eq!(buffer.data(), [0]);
            buffer.consume(1);
            assert_eq!(buffer.block.capacity() != 0, kept, "{len}");
        }
    }

    #[test]
    fn contents_are_not_shown() {
        let mut input = InputBuffer::default();
        input.extend(b"secret");
        input.consume(1);
        assert_eq!(format!("{input:?}"), "5 bytes");
        let mut output = OutputBuffer::default();
        output.put(b"secret");
        assert_eq!(format!("{output:?}"), "6 bytes");
    }
}
