//! Bytes of a file as text: its size, its encoding.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::MAX_SIZE;
use super::error::{ConfigurationError, ConfigurationErrorKind as Kind, Fault};

/// The bytes of a file, at most one more than [`MAX_SIZE`].
pub(super) fn read(file: &Path) -> Result<Vec<u8>, ConfigurationError> {
    let io = |error| ConfigurationError::io(file, "read", error);
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    File::open(file)
        .map_err(io)?
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    Ok(bytes)
}

/// The text of a file in UTF-8, or in UTF-16 with a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    if bytes.len() > MAX_SIZE {
        let message = format!("larger than {} MiB", MAX_SIZE >> 20);
        return Err(Fault::at_start(Kind::Limit, message));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }?;
    // It would be a character of the text, and be taken for the mark when the text is read again.
    if text.starts_with('\u{feff}') {
        return Err(Fault::at_start(Kind::Encoding, "two byte order marks"));
    }
    Ok(text)
}

/// How the text of a file is kept in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8Marked,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] => Self::Utf16Big,
            [0xef, 0xbb, 0xbf, ..] => Self::Utf8Marked,
            _ => Self::Utf8,
        }
    }

    /// The bytes that [`decode`] makes the text of.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        let units = || "\u{feff}".encode_utf16().chain(text.encode_utf16());
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Marked => ["\u{feff}", text].concat().into_bytes(),
            Self::Utf16Little => units().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Big => units().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let message = format!("byte {} is not UTF-8", error.valid_up_to());
            Err(Fault::at_start(Kind::Encoding, message))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Fault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .ok()
        .filter(|_| rest.is_empty())
        .ok_or_else(|| Fault::at_start(Kind::Encoding, "not UTF-16 as its first bytes promise"))
}
