//! Escapes of forms, `application/x-www-form-urlencoded`, with the characters .NET leaves alone.

use std::borrow::Cow;

pub(super) fn encode(value: &str) -> Cow<'_, str> {
    if value.bytes().all(is_safe) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() * 2);
    encode_into(value.as_bytes(), |byte| out.push(char::from(byte)));
    Cow::Owned(out)
}

pub(super) fn encode_bytes(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 2);
    encode_into(value, |byte| out.push(byte));
    out
}

/// Gives out ASCII only.
fn encode_into(value: &[u8], mut push: impl FnMut(u8)) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in value {
        if is_safe(byte) {
            push(byte);
        } else if byte == b' ' {
            push(b'+');
        } else {
            push(b'%');
            push(DIGITS[usize::from(byte >> 4)]);
            push(DIGITS[usize::from(byte & 15)]);
        }
    }
}

const fn is_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')')
}

pub(super) fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return Cow::Borrowed(value);
    }
    let bytes = decode_bytes(value.as_bytes());
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

pub(super) fn decode_bytes(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [byte, behind @ ..] = rest {
        let escape = match rest {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)),
            _ => None,
        };
        rest = behind;
        match (escape, byte) {
            (Some((high, low)), _) => {
                out.push(high << 4 | low);
                rest = &rest[2..];
            }
            (None, b'+') => out.push(b' '),
            (None, &byte) => out.push(byte),
        }
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}
