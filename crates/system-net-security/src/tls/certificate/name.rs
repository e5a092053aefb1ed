//! Distinguished names as text.

use std::fmt::Write as _;

use crate::der::{self, Reader};

/// The content of a Name, most specific part first: `CN=www.example.com, O=Example, C=DE`.
pub(super) fn show(name: &[u8]) -> String {
    let mut parts = Vec::new();
    for set in Reader::new(name) {
        for attribute in Reader::new(set.content) {
            parts.extend(show_attribute(attribute.content));
        }
    }
    parts.reverse();
    parts.join(", ")
}

/// The common names in it, as they are.
pub(super) fn common_names(name: &[u8]) -> Vec<String> {
    let sets = Reader::new(name);
    let attributes = sets.flat_map(|set| Reader::new(set.content));
    let texts = attributes.filter_map(|it| match read_attribute(it.content)? {
        ([0x55, 0x04, 0x03], text) => Some(text),
        _ => None,
    });
    texts.collect()
}

fn read_attribute(attribute: &[u8]) -> Option<(&[u8], String)> {
    let mut attribute = Reader::new(attribute);
    let id = attribute.expect(der::OBJECT_IDENTIFIER)?;
    let value = attribute.next()?;
    let text = match value.tag {
        // T61String, in practice Latin-1
        0x14 => value.content.iter().copied().map(char::from).collect(),
        // BMPString
        0x1e => {
            let units = value.content.chunks_exact(2);
            let units = units.map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        _ => String::from_utf8_lossy(value.content).into_owned(),
    };
    Some((id, text))
}

fn show_attribute(attribute: &[u8]) -> Option<String> {
    let (id, text) = read_attribute(attribute)?;
    let mut shown = match short_name(id) {
        Some(name) => name.to_owned(),
        None => dotted(id),
    };
    shown.push('=');
    let text = printable(&text);
    match needs_quotes(&text) {
        true => {
            shown.push('"');
            shown.push_str(&text.replace('"', "\"\""));
            shown.push('"');
        }
        false => shown.push_str(&text),
    }
    Some(shown)
}

/// As .NET has it: a value with one of these could pass for several.
fn needs_quotes(text: &str) -> bool {
    text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains([',', '+', '=', '"', '<', '>', '#', ';'])
}

/// The text without anything that could move a cursor or fake a second line: it comes from a
/// peer and ends in logs and on terminals.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Besides control characters: marks that change the direction of the text.
        if character.is_control()
            || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn short_name(id: &[u8]) -> Option<&'static str> {
    Some(match id {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x05] => "SERIALNUMBER",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "S",
        [0x55, 0x04, 0x09] => "STREET",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        // 1.2.840.113549.1.9.1
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01] => "E",
        // 0.9.2342.19200300.100.1.25
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
        _ => return None,
    })
}

/// The identifier as `OID.1.2.3`, X.690 section 8.19.
fn dotted(id: &[u8]) -> String {
    let mut shown = "OID".to_owned();
    let mut number = 0_u64;
    for (index, &byte) in id.iter().enumerate() {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        // Writing to a String does not fail.
        let _ = if index == 0 {
            // The first byte holds the first two numbers.
            let first = (number / 40).min(2);
            write!(shown, ".{first}.{}", number - first * 40)
        } else {
            write!(shown, ".{number}")
        };
        number = 0;
    }
    shown
}
