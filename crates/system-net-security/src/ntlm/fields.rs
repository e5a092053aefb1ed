//! Reading and writing the parts of messages: numbers, and payloads that a field points to.
//!
//! [MS-NLMP] section 2.2: little-endian; a field is length, most length and offset from the
//! message's beginning.

use crate::mechanism::LogonError;

/// `NTLMSSP` and a zero.
pub(super) const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// What is sent as the version of this side: 10.0, the one most servers see, and revision 15.
/// Nobody decides anything by it.
pub(super) const VERSION: [u8; 8] = [0x0a, 0x00, 0xee, 0x42, 0x00, 0x00, 0x00, 0x0f];

/// A message that is read.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Message<'a> {
    /// Checks signature and type.
    pub(super) fn read(bytes: &'a [u8], kind: u32, what: &'static str) -> Result<Self, LogonError> {
        if bytes.len() > super::MAX_MESSAGE {
            return Err(LogonError::invalid(format!(
                "the NTLM {what} message has {} bytes, more than the {} that are read",
                bytes.len(),
                super::MAX_MESSAGE
            )));
        }
        let message = Self { bytes, what };
        if !bytes.starts_with(SIGNATURE) || message.u32_at(8)? != kind {
            return Err(LogonError::invalid(format!(
                "the peer's message is not an NTLM {what} message, which is due now"
            )));
        }
        Ok(message)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn u32_at(&self, at: usize) -> Result<u32, LogonError> {
        self.array_at(at).map(u32::from_le_bytes)
    }

    pub(super) fn array_at<const N: usize>(&self, at: usize) -> Result<[u8; N], LogonError> {
        self.slice(at, N)?
            .try_into()
            .map_err(|_impossible| self.cut())
    }

    /// What the field at `at` points to.
    pub(super) fn payload_at(&self, at: usize) -> Result<&'a [u8], LogonError> {
        let length = usize::from(u16::from_le_bytes(self.array_at(at)?));
        if length == 0 {
            return Ok(&[]);
        }
        let offset = usize::try_from(self.u32_at(at + 4)?).map_err(|_too_far| self.cut())?;
        self.slice(offset, length)
    }

    /// A payload of UTF-16.
    pub(super) fn text_at(&self, at: usize) -> Result<String, LogonError> {
        text(self.payload_at(at)?).ok_or_else(|| {
            LogonError::invalid(format!(
                "a name in the NTLM {} message is not UTF-16",
                self.what
            ))
        })
    }

    /// A payload in a code page that nobody names: what all of them have in common is understood.
    pub(super) fn ascii_at(&self, at: usize) -> Result<String, LogonError> {
        let bytes = self.payload_at(at)?;
        let text = str::from_utf8(bytes).ok().filter(|text| text.is_ascii());
        text.map(str::to_owned).ok_or_else(|| {
            LogonError::invalid(format!(
                "a name in the NTLM {} message stands in a code page, and has other characters than \
                 ASCII's: the client must send Unicode for that",
                self.what
            ))
        })
    }

    fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], LogonError> {
        let end = at.checked_add(length).ok_or_else(|| self.cut())?;
        self.bytes.get(at..end).ok_or_else(|| self.cut())
    }

    fn cut(&self) -> LogonError {
        LogonError::invalid(format!(
            "the NTLM {} message ends before its fields do",
            self.what
        ))
    }
}

/// The text of UTF-16 bytes; `None` for an odd count or a lone surrogate.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair)))
        .collect::<Result<String, _>>()
        .ok()
}

/// UTF-16, little-endian.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// ASCII, with question marks for what it has not.
pub(super) fn ascii(text: &str) -> Vec<u8> {
    let byte = |c: char| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

/// A message that is written: a head with fields, and the payloads behind it.
pub(super) struct Writer {
    head: Vec<u8>,
    payload: Vec<u8>,
    /// The head's length once it is whole.
    head_length: usize,
}

impl Writer {
    pub(super) fn new(kind: u32, head_length: usize) -> Self {
        let mut head = Vec::with_capacity(head_length);
        head.extend_from_slice(SIGNATURE);
        head.extend_from_slice(&kind.to_le_bytes());
        Self {
            head,
            payload: Vec::new(),
            head_length,
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.head.extend_from_slice(bytes);
    }

    /// A field, and its payload behind what is there.
    ///
    /// Gives an error if the payload is longer than a field can say.
    pub(super) fn field(&mut self, payload: &[u8]) -> Result<(), LogonError> {
        let too_long = |_| {
            LogonError::invalid(format!(
                "a name or answer of {} bytes does not fit into an NTLM message",
                payload.len()
            ))
        };
        let length = u16::try_from(payload.len()).map_err(too_long)?;
        let offset = u32::try_from(self.head_length + self.payload.len()).map_err(too_long)?;
        self.bytes(&length.to_le_bytes());
        self.bytes(&length.to_le_bytes());
        self.bytes(&offset.to_le_bytes());
        self.payload.extend_from_slice(payload);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        debug_assert_eq!(self.head.len(), self.head_length, "the head as announced");
        self.head.append(&mut self.payload);
        self.head
    }
}
