//! Takes secrets out of what is traced: byte by byte, so that a secret is found wherever a dump is
//! cut. Each byte of a secret becomes a `*`, so that what is around it stays where it was.
//!
//! Secret are
//! * the values of fields that carry credentials, as `Authorization: Basic dXNlcg==`, up to the end
//!   of the line and of the lines that continue it; the scheme stays
//! * tokens of NTLM, Negotiate and others in challenges; those of Basic, Digest and Bearer, which
//!   hold none, stay
//! * the values of parameters with telling names, as `password=x`, `"token": "x"`, arrays and
//!   objects among them; elements, with their attributes, and parts of forms with such names
//! * private keys in PEM
//! * what stands before the `@` of an address, as in `http://user:word@host/`
//! * what follows `PASS`, `ACCT`, `ADAT` and `AUTH` of FTP and mail at the start of a line

mod field;
mod mode;
mod names;
mod parameter;
mod plain;
mod quote;
mod scheme;

use mode::{Form, Mode, Parameter, Tag};
use names::{Field, NAME};
use scheme::Scheme;

/// What a secret's bytes become.
const MASK: u8 = b'*';

/// Finds the secrets in one stream of bytes, which may come in any number of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redactor {
    mode: Mode,
    /// The last run of bytes that names have, in lower case, as far as it was kept.
    name: [u8; NAME],
    name_length: usize,
    /// Which of them were capitals, a bit each.
    name_upper: u64,
    /// Whether the run began at the start of a line.
    name_first: bool,
    /// Whether blanks or a backslash have followed it.
    name_ended: bool,
    /// Whether the part of a long name that was not kept tells of a secret.
    name_secret: bool,
    /// How much of `://` has been seen.
    slashes: u8,
    tag: Tag,
    form: Form,
    /// Whether `-----BEGIN` came, and words since.
    pem: bool,
}

impl Default for Redactor {
    fn default() -> Self {
        Self {
            mode: Mode::Plain,
            name: [0; NAME],
            name_length: 0,
            name_upper: 0,
            name_first: true,
            name_ended: false,
            name_secret: false,
            slashes: 0,
            tag: Tag::None,
            form: Form::None,
            pem: false,
        }
    }
}

impl Redactor {
    /// Whether nothing that came before bears on what comes next.
    pub(crate) fn is_idle(&self) -> bool {
        self.mode == Mode::Plain
            && self.name_length == 0
            && self.slashes == 0
            && self.tag == Tag::None
            && self.form == Form::None
            && !self.pem
    }

    /// Masks the secrets in the next part of the stream. What may yet turn out to be one, as its
    /// end has not come, is masked too.
    pub(crate) fn part(&mut self, bytes: &mut [u8]) {
        let open = self.scan(bytes);
        if let Some(start) = open {
            bytes[start..].fill(MASK);
        }
    }

    /// Whether only what follows can tell whether the last bytes were a secret.
    const fn is_open(&self) -> bool {
        match self.mode {
            Mode::Authority => true,
            Mode::Value {
                scheme: Some(scheme),
            } => scheme.length > 0,
            _ => false,
        }
    }

    /// Gives the place from which on bytes may be a secret, which only what follows can tell.
    fn scan(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let mut start = 0;
        for index in 0..bytes.len() {
            if self.mode == Mode::Plain && self.is_passed_over(bytes[index]) {
                continue;
            }
            let before = self.mode;
            if self.byte(bytes, index, start) {
                bytes[index] = MASK;
            }
            match self.mode {
                Mode::Authority if before != Mode::Authority => start = index + 1,
                Mode::Value {
                    scheme: Some(scheme),
                } if scheme.length == 1 => start = index,
                _ => {}
            }
        }
        self.is_open().then_some(start.min(bytes.len()))
    }

    /// One byte; whether it is to be masked. `start` is where the run that is being looked at
    /// begins in these bytes.
    fn byte(&mut self, bytes: &mut [u8], index: usize, start: usize) -> bool {
        let byte = bytes[index];
        match self.mode {
            Mode::Folded { challenge } if byte == b' ' || byte == b'\t' => {
                self.mode = if challenge {
                    Mode::Challenge {
                        word: Some(Scheme::new(Field::Challenge)),
                        quoted: false,
                        escaped: false,
                    }
                } else {
                    Mode::Value { scheme: None }
                };
                false
            }
            Mode::Folded { .. } => self.plain_again(byte),
            Mode::Value { scheme } => self.value(bytes, index, start, scheme),
            Mode::Challenge {
                word,
                quoted,
                escaped,
            } => {
                self.challenge(byte, word, quoted, escaped);
                false
            }
            Mode::Before { kind, backslashes } => self.before(byte, kind, backslashes),
            Mode::Parameter { kind, quote } => self.parameter(byte, kind, quote),
            Mode::Nested {
                depth,
                quote,
                backslashes,
            } => self.nested(byte, depth, quote, backslashes),
            Mode::Member => match byte {
                b' ' | b'\t' | b'\r' | b'\n' => false,
                b':' => {
                    self.mode = Mode::Before {
                        kind: Parameter::Member,
                        backslashes: 0,
                    };
                    false
                }
                _ => self.plain_again(byte),
            },
            Mode::Element { opened: true } if byte == b'/' => self.plain_again(byte),
            Mode::Element { .. } => {
                let opened = byte == b'<';
                self.mode = Mode::Element { opened };
                !opened && byte != b'\r' && byte != b'\n'
            }
            Mode::Part { dashes } => self.form_part(byte, dashes),
            Mode::Key { begun, dashes } => self.private_key(byte, begun, dashes),
            Mode::Authority => {
                let goes_on =
                    !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'<' | b'>') && byte > b' ';
                if byte == b'@' {
                    // Another may follow, and the last one counts.
                    bytes[start..index].fill(MASK);
                } else if !goes_on {
                    self.mode = Mode::Plain;
                    self.plain(byte);
                }
                false
            }
            Mode::Plain => {
                self.plain(byte);
                false
            }
        }
    }
}

/// Takes the secrets out of a text, each with `***` in its place.
pub(crate) fn text(text: &str) -> String {
    // What is masked is told by its mask; what looks like one is, for the search, something else
    // that neither names nor ends anything.
    let unmasked = |byte| if byte == MASK { b'!' } else { byte };
    let mut bytes: Vec<u8> = text.bytes().map(unmasked).collect();
    let mut redactor = Redactor {
        // Arguments begin anywhere; commands at the start of a line are of streams.
        name_first: false,
        ..Redactor::default()
    };
    redactor.scan(&mut bytes);
    let mut shown = Vec::with_capacity(bytes.len());
    let mut in_secret = false;
    for (byte, original) in bytes.into_iter().zip(text.bytes()) {
        let masked = byte == MASK;
        if !masked {
            shown.push(original);
        } else if !in_secret {
            shown.extend_from_slice(b"***");
        }
        in_secret = masked;
    }
    String::from_utf8_lossy(&shown).into_owned()
}

#[cfg(test)]
mod tests;
