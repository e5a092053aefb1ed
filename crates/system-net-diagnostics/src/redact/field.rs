//! The values of fields: credentials, challenges, and what is secret as a whole.

use super::mode::Mode;
use super::names::Field;
use super::scheme::{OPEN_CHALLENGES, Scheme};
use super::{MASK, Redactor};

impl Redactor {
    /// A byte of the value of a field.
    pub(super) fn value(
        &mut self,
        bytes: &mut [u8],
        index: usize,
        start: usize,
        scheme: Option<Scheme>,
    ) -> bool {
        let byte = bytes[index];
        if byte == b'\n' {
            self.end_line();
            self.mode = Mode::Folded { challenge: false };
            return false;
        }
        if byte == b'\r' {
            return false;
        }
        let Some(scheme) = scheme else {
            return true;
        };
        let blank = byte == b' ' || byte == b'\t';
        if scheme.length == 0 && blank {
            return false;
        }
        if scheme.kind == Field::Secret {
            self.mode = Mode::Value { scheme: None };
            return true;
        }
        if blank {
            let known = scheme.known();
            self.mode = match known {
                Some(place) if scheme.kind == Field::Challenge && place < OPEN_CHALLENGES => {
                    Mode::Challenge {
                        word: None,
                        quoted: false,
                        escaped: false,
                    }
                }
                _ => Mode::Value { scheme: None },
            };
            if known.is_none() {
                // The start of a scheme's name and a blank: a secret.
                bytes[start..index].fill(MASK);
            }
            return false;
        }
        let next = scheme.with(byte.to_ascii_lowercase());
        if next.candidates == 0 {
            // No scheme after all: what was let through so far belongs to the secret.
            if scheme.length > 0 {
                bytes[start..index].fill(MASK);
            }
            self.mode = Mode::Value { scheme: None };
            return true;
        }
        self.mode = Mode::Value { scheme: Some(next) };
        false
    }

    /// A byte of a challenge that holds no secret: a comma may lead to one that does.
    pub(super) fn challenge(
        &mut self,
        byte: u8,
        word: Option<Scheme>,
        quoted: bool,
        escaped: bool,
    ) {
        if byte == b'\n' {
            self.end_line();
            self.mode = Mode::Folded { challenge: true };
            return;
        }
        let fresh = Some(Scheme::new(Field::Challenge));
        let word = match (byte, word) {
            _ if quoted => None,
            (b',', _) => fresh,
            (b' ' | b'\t', Some(word)) if word.length > 0 => {
                if word.known().is_none_or(|place| place >= OPEN_CHALLENGES) {
                    self.mode = Mode::Value { scheme: None };
                    return;
                }
                None
            }
            (b' ' | b'\t' | b'\r', word) => word,
            (b'=' | b'"', _) | (_, None) => None,
            (_, Some(word)) => Some(word.with(byte.to_ascii_lowercase())),
        };
        self.mode = Mode::Challenge {
            word,
            quoted: quoted ^ (byte == b'"' && !escaped),
            escaped: quoted && !escaped && byte == b'\\',
        };
    }
}
