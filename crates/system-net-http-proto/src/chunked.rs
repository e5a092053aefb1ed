//! The chunked transfer coding, incoming: RFC 9112 section 7.1.

use crate::buffer::InputBuffer;
use crate::bytes::{is_ows, token_len};
use crate::error::{Place, ProtoError, Rule};
use crate::limits::{LimitName, Limits};

/// Most hexadecimal digits of a chunk size; that is what 64 bits hold.
const MAX_SIZE_DIGITS: usize = 16;

/// What stood between the last two chunks: the CR LF of the one and the size line of the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChunkFrame {
    bytes: [u8; Self::MOST],
    length: usize,
    size: u64,
    repeated: bool,
}

impl ChunkFrame {
    /// The longest that is kept: a size without extensions.
    pub(crate) const MOST: usize = MAX_SIZE_DIGITS + 4;

    /// A chunk of this size began with this line.
    fn learn(&mut self, line: &[u8], size: u64) {
        let length = line.len() + 2;
        if length > Self::MOST {
            *self = Self::default();
            return;
        }
        self.repeated = self.length == length && self.bytes[2..length] == *line;
        if !self.repeated {
            self.bytes[..2].copy_from_slice(b"\r\n");
            self.bytes[2..length].copy_from_slice(line);
            (self.length, self.size) = (length, size);
        }
    }

    /// The frame and the size of the chunk behind it, if it was the same twice.
    pub(crate) fn repeated(&self) -> Option<(&[u8], u64)> {
        self.repeated
            .then(|| (&self.bytes[..self.length], self.size))
    }
}

/// Takes the line that begins a chunk off the input; its size, or `None` while it is incomplete.
pub(crate) fn take_size_line(
    input: &mut InputBuffer,
    limits: &Limits,
    offset: &mut u64,
    frame: Option<&mut ChunkFrame>,
) -> Result<Option<u64>, ProtoError> {
    let found = parse_size_line(input.data(), limits).map_err(|error| error.shifted(*offset))?;
    let Some((size, line)) = found else {
        return Ok(None);
    };
    if let Some(frame) = frame {
        frame.learn(&input.data()[..line], size);
    }
    input.consume(line);
    *offset += line as u64;
    Ok(Some(size))
}

/// Reads the line that begins a chunk: `chunk-size [ chunk-ext ] CRLF`.
///
/// Gives the size and the length of the line, or `None` while the line is incomplete. The line is
/// short by its limits, so it is simply read again when more has arrived; errors come in the order
/// of the bytes.
fn parse_size_line(data: &[u8], limits: &Limits) -> Result<Option<(u64, usize)>, ProtoError> {
    let bad_size = |at: usize| ProtoError::grammar(Rule::ChunkSize, Place::ChunkSize).at(at);
    let mut size = 0u64;
    let mut at = 0;
    loop {
        let Some(&b) = data.get(at) else {
            return Ok(None);
        };
        let Some(digit) = char::from(b).to_digit(16) else {
            break;
        };
        if at == MAX_SIZE_DIGITS {
            return Err(bad_size(at));
        }
        size = size << 4 | u64::from(digit);
        at += 1;
    }
    if at == 0 || size > i64::MAX as u64 {
        return Err(bad_size(at));
    }
    let extension_start = at;
    let end = match data[at] {
        b'\r' => at,
        b';' | b' ' | b'\t' => match extension_end(data, at, limits)? {
            Some(end) => end,
            None => return Ok(None),
        },
        b'\n' => return Err(ProtoError::grammar(Rule::LineEnd, Place::ChunkSize).at(at)),
        _ => return Err(bad_size(at)),
    };
    match data.get(end + 1) {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) => return Err(ProtoError::grammar(Rule::LineEnd, Place::ChunkSize).at(end)),
    }
    if !is_extension_list(&data[extension_start..end]) {
        return Err(ProtoError::grammar(Rule::ChunkExtension, Place::ChunkSize).at(extension_start));
    }
    Ok(Some((size, end + 2)))
}

/// The place of the CR behind the extensions that begin at `start`.
fn extension_end(data: &[u8], start: usize, limits: &Limits) -> Result<Option<usize>, ProtoError> {
    for (offset, &b) in data[start..].iter().enumerate() {
        let at = start + offset;
        match b {
            b'\r' => return Ok(Some(at)),
            _ if offset >= limits.chunk_extension_bytes => {
                return Err(
                    ProtoError::limit(LimitName::ChunkExtensionBytes, Place::ChunkSize).at(at),
                );
            }
            b'\n' => return Err(ProtoError::grammar(Rule::LineEnd, Place::ChunkSize).at(at)),
            b'\t' => {}
            0..0x20 | 0x7f => {
                return Err(ProtoError::grammar(Rule::ChunkExtension, Place::ChunkSize).at(at));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// RFC 9112 section 7.1.1:
/// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS ( token / quoted-string ) ] )`
fn is_extension_list(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        rest = skip_ows(rest);
        let Some((b';', after)) = rest.split_first() else {
            return false;
        };
        rest = skip_ows(after);
        let name = token_len(rest);
        if name == 0 {
            return false;
        }
        rest = &rest[name..];
        if let Some((b'=', after)) = skip_ows(rest).split_first() {
            let after = skip_ows(after);
            let value = if after.first() == Some(&b'"') {
                quoted_len(after)
            } else {
                token_len(after)
            };
            if value == 0 {
                return false;
            }
            rest = &after[value..];
        }
    }
    true
}

fn skip_ows(rest: &[u8]) -> &[u8] {
    let lead = rest.iter().position(|&b| !is_ows(b)).unwrap_or(rest.len());
    &rest[lead..]
}

/// The length of the quoted string at the front, quotes included; 0 if it does not end.
fn quoted_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&b) = bytes.get(at) {
        match b {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    0
}
