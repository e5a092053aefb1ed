//! From bytes that come in pieces to characters, and from those to lines. No I/O.

use std::io;

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// What becomes of bytes that are no text in the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MalformedText {
    /// U+FFFD stands for them.
    #[default]
    Replace,
    /// Reading ends with an error, of the kind `InvalidData`.
    Refuse,
}

/// Text that has come and was not taken yet.
pub(super) struct Decoding {
    decoder: Decoder,
    malformed: MalformedText,
    text: String,
    /// What of `text` was taken.
    taken: usize,
    /// Up to where there is no end of a line.
    searched: usize,
    /// A carriage return ended the last line: a line feed behind it belongs to it.
    after_return: bool,
    /// Bytes that were decoded, to say where something is wrong.
    bytes: u64,
    ended: bool,
}

impl Decoding {
    /// A mark at the beginning tells the encoding, else it is this one.
    pub(super) fn new(encoding: &'static Encoding) -> Self {
        Self {
            decoder: encoding.new_decoder(),
            malformed: MalformedText::Replace,
            text: String::new(),
            taken: 0,
            searched: 0,
            after_return: false,
            bytes: 0,
            ended: false,
        }
    }

    pub(super) fn set_malformed(&mut self, malformed: MalformedText) {
        self.malformed = malformed;
    }

    pub(super) fn encoding(&self) -> &'static Encoding {
        self.decoder.encoding()
    }

    /// All bytes have come.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes the next bytes; none are the end.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        if self.taken > 0 {
            self.text.drain(..self.taken);
            self.searched -= self.taken.min(self.searched);
            self.taken = 0;
        }
        self.ended = bytes.is_empty();
        match self.malformed {
            MalformedText::Replace => self.replace(bytes),
            MalformedText::Refuse => self.refuse(bytes),
        }
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self.decoder.max_utf8_buffer_length(bytes.len());
        self.text.reserve(room.ok_or_else(too_long)?);
        // So much room is enough for all of it.
        let _ = self
            .decoder
            .decode_to_string(bytes, &mut self.text, self.ended);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn refuse(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(bytes.len());
        self.text.reserve(room.ok_or_else(too_long)?);
        let (result, read) =
            self.decoder
                .decode_to_string_without_replacement(bytes, &mut self.text, self.ended);
        self.bytes += read as u64;
        if let DecoderResult::Malformed(length, behind) = result {
            let begin = self.bytes - u64::from(length) - u64::from(behind);
            // Nothing follows what is no text.
            self.ended = true;
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("byte {begin} begins no text in {}", self.encoding().name()),
            ));
        }
        Ok(())
    }

    /// The text that is there.
    fn rest(&self) -> &str {
        &self.text[self.taken..]
    }

    /// A line feed that belongs to a line taken before goes; true if nothing was left.
    fn pass_line_feed(&mut self) -> bool {
        if self.after_return && !self.rest().is_empty() {
            self.after_return = false;
            self.taken += usize::from(self.rest().starts_with('\n'));
            self.searched = self.searched.max(self.taken);
        }
        self.rest().is_empty()
    }

    /// The next character, left where it is. `None`: more bytes are needed, or the end has come.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.pass_line_feed();
        self.rest().chars().next()
    }

    /// The next character.
    pub(super) fn character(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.taken += character.len_utf8();
        self.searched = self.searched.max(self.taken);
        Some(character)
    }

    /// A line without its end, which is `\n`, `\r\n` or `\r`. `None`: more bytes are needed;
    /// `Some(None)`: the end has come.
    ///
    /// A line that is longer than `limit` bytes is an error.
    pub(super) fn line(&mut self, limit: u64) -> io::Result<Option<Option<String>>> {
        if self.pass_line_feed() {
            return Ok(self.ended.then_some(None));
        }
        let found = self.text.as_bytes()[self.searched..]
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'));
        let end = match found {
            Some(at) => self.searched + at,
            None => self.text.len(),
        };
        if (end - self.taken) as u64 > limit {
            return Err(longer_than(limit));
        }
        if found.is_none() && !self.ended {
            self.searched = end;
            return Ok(None);
        }
        let line = self.text[self.taken..end].to_owned();
        self.after_return = found.is_some() && self.text.as_bytes()[end] == b'\r';
        self.taken = end + usize::from(found.is_some());
        self.searched = self.taken;
        Ok(Some(Some(line)))
    }

    /// All text that is there, to the end. `None`: more bytes are needed.
    pub(super) fn all(&mut self, limit: u64) -> io::Result<Option<String>> {
        self.pass_line_feed();
        if self.rest().len() as u64 > limit {
            return Err(longer_than(limit));
        }
        if !self.ended {
            return Ok(None);
        }
        let mut text = std::mem::take(&mut self.text);
        text.drain(..self.taken);
        (self.taken, self.searched) = (0, 0);
        Ok(Some(text))
    }

    /// Forgets what has come and was not taken.
    pub(super) fn discard(&mut self) {
        let malformed = self.malformed;
        *self = Self::new(self.encoding());
        self.malformed = malformed;
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, "the text is too long")
}

fn longer_than(limit: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the text is longer than {limit} bytes"),
    )
}
