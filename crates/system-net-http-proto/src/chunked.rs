//! The chunked transfer coding, incoming: RFC 9112 section 7.1.

use crate::bytes::{is_ows, token_len};
use crate::error::{Place, ProtoError, Rule};
use crate::limits::{LimitName, Limits};

/// Most hexadecimal digits of a chunk size; that is what 64 bits hold.
const MAX_SIZE_DIGITS: usize = 16;

/// Reads the line that begins a chunk: `chunk-size [ chunk-ext ] CRLF`.
///
/// Gives the size and the length of the line, or `None` while the line is incomplete. The line is
/// short by its limits, so it is simply read again when more has arrived; errors come in the order
/// of the bytes.
pub(crate) fn parse_size_line(
    data: &[u8],
    limits: &Limits,
) -> Result<Option<(u64, usize)>, ProtoError> {
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
