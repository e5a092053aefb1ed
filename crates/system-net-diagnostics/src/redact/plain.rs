//! Bytes of no secret: the names that tell of one, and what begins it.

use super::Redactor;
use super::mode::{Form, Mode, Parameter, Tag};
use super::names::{Field, NAME, Name, Told, command, has_secret_part, told};
use super::scheme::Scheme;

/// What a byte may mean where no secret is.
#[derive(Clone, Copy)]
enum Class {
    /// It belongs to names.
    Name,
    /// What follows a name, or begins an address.
    Sign,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        if character.is_ascii_alphanumeric()
            || matches!(character, b'-' | b'_' | b'.' | b'[' | b']' | b'%')
        {
            classes[byte] = Class::Name;
        } else if matches!(
            character,
            b':' | b'/' | b'=' | b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n' | b'\\'
        ) || matches!(character, b'<' | b'>' | b';')
        {
            classes[byte] = Class::Sign;
        }
        byte += 1;
    }
    classes
};

impl Redactor {
    /// Most bytes of no secret, by a short way: those of names, and those that end a name and say
    /// nothing else.
    #[inline]
    pub(super) fn is_passed_over(&mut self, byte: u8) -> bool {
        match CLASSES[usize::from(byte)] {
            Class::Name => {
                if self.name_ended {
                    self.forget_name();
                    self.name_first = false;
                }
                if self.name_length == NAME {
                    self.name_secret |= has_secret_part(&self.name);
                    self.name.copy_within(NAME / 2.., 0);
                    self.name_upper >>= NAME / 2;
                    self.name_length = NAME / 2;
                }
                self.name[self.name_length] = byte.to_ascii_lowercase();
                self.name_upper |= u64::from(byte.is_ascii_uppercase()) << self.name_length;
                self.name_length += 1;
            }
            Class::Other => {
                self.forget_name();
                self.name_first = false;
            }
            Class::Sign => return false,
        }
        self.slashes = 0;
        true
    }

    /// A byte of no secret.
    pub(super) fn plain(&mut self, byte: u8) {
        self.slashes = match (byte, self.slashes) {
            (b':', _) => 1,
            (b'/', 1) => 2,
            (b'/', 2) => {
                self.mode = Mode::Authority;
                self.forget_name();
                0
            }
            _ => 0,
        };
        if self.mode == Mode::Authority {
            return;
        }
        if self.is_passed_over(byte) {
            return;
        }
        let name = &self.name[..self.name_length];
        // Behind most names comes what makes nothing of them.
        let asks = matches!(byte, b':' | b'=' | b'"' | b'\'')
            || self.form == Form::Part
            || self.tag == Tag::Name;
        let told = if asks {
            told(Name {
                bytes: name,
                upper: self.name_upper,
            })
        } else {
            Told::default()
        };
        let secret = self.name_secret || told.secret;
        if self.form == Form::None && name == b"form-data" {
            self.form = Form::Part;
        } else if self.form == Form::Part
            && (secret || told.parameter)
            && matches!(byte, b'"' | b'\'' | b';' | b' ' | b'\t' | b'\r' | b'\n')
        {
            self.form = Form::Secret;
        }
        let empty = self.name_first && self.name_length == 0;
        let blank = matches!(byte, b' ' | b'\t');
        let value = |kind| Mode::Value {
            scheme: Some(Scheme::new(kind)),
        };
        let before = |kind| Mode::Before {
            kind,
            backslashes: 0,
        };
        let secret_tag = self.tag == Tag::Secret || self.tag == Tag::Name && secret;
        let found = match byte {
            b':' if self.name_secret => Some(Mode::Value { scheme: None }),
            b':' => told.field_at(self.name_first).map(value),
            b'=' if self.tag == Tag::Secret && self.name_length > 0 => {
                Some(before(Parameter::Attribute))
            }
            b'=' if secret && self.tag == Tag::Attributes => Some(before(Parameter::Attribute)),
            b'=' if told.field == Some(Field::Credentials) => Some(before(Parameter::Words)),
            b'=' if secret || told.parameter => Some(before(Parameter::Form)),
            b'"' | b'\'' if self.form == Form::None && (secret || told.field.is_some()) => {
                Some(Mode::Member)
            }
            b' ' if self.pem && name == b"private" => Some(Mode::Key {
                begun: false,
                dashes: 0,
            }),
            b' ' | b'\t' if self.name_first && !self.name_ended => command(name).map(value),
            b'>' if secret_tag => Some(Mode::Element { opened: false }),
            b'\n' if empty && self.form == Form::Secret => Some(Mode::Part { dashes: Some(0) }),
            _ => None,
        };
        let space = blank || matches!(byte, b'\r' | b'\n');
        self.tag = match (byte, self.tag) {
            (b'<', _) => Tag::Name,
            (b'>', _) => Tag::None,
            // An end, or an element without content.
            (b'/', Tag::Name | Tag::Secret) => Tag::None,
            (_, Tag::Name) if space && secret_tag => Tag::Secret,
            (_, Tag::Name) if space && self.name_length > 0 => Tag::Attributes,
            (_, Tag::Name) if space => Tag::None,
            (_, tag) => tag,
        };
        self.pem = blank && found.is_none() && (self.pem || name.ends_with(b"-----begin"));
        if byte == b'\n' && empty {
            self.form = Form::None;
        }
        if let Some(mode) = found {
            self.mode = mode;
            self.slashes = 0;
        } else if (blank || byte == b'\\') && self.name_length > 0 {
            // A colon may follow, or the quote that the backslash is of.
            self.name_ended = true;
            return;
        }
        self.forget_name();
        self.name_first = byte == b'\n' || byte == b'\r' && empty;
    }

    /// The first byte of no secret behind one.
    pub(super) fn plain_again(&mut self, byte: u8) -> bool {
        self.mode = Mode::Plain;
        self.plain(byte);
        false
    }

    /// A byte of a private key in PEM: up to the dashes that its last line begins with.
    pub(super) fn private_key(&mut self, byte: u8, begun: bool, dashes: u8) -> bool {
        let line_ends = matches!(byte, b'\r' | b'\n');
        if line_ends && !begun {
            return self.plain_again(byte);
        }
        let dashes = if byte == b'-' { dashes + 1 } else { 0 };
        if dashes < 5 {
            self.mode = Mode::Key { begun, dashes };
        } else if begun {
            self.mode = Mode::Plain;
        } else {
            self.mode = Mode::Key {
                begun: true,
                dashes: 0,
            };
        }
        begun && dashes == 0 && !line_ends
    }

    pub(super) const fn forget_name(&mut self) {
        self.name_length = 0;
        self.name_upper = 0;
        self.name_ended = false;
        self.name_secret = false;
    }

    pub(super) const fn end_line(&mut self) {
        self.mode = Mode::Plain;
        self.name_first = true;
        self.slashes = 0;
        self.forget_name();
    }
}
