//! Takes secrets out of what is traced: byte by byte, so that a secret is found wherever a dump is
//! cut. Each byte of a secret becomes a `*`, so that what is around it stays where it was.
//!
//! Secret are
//! * the values of fields that carry credentials, as `Authorization: Basic dXNlcg==`, up to the end
//!   of the line and of the lines that continue it; the scheme stays
//! * tokens of NTLM, Negotiate and others in challenges; those of Basic, Digest and Bearer, which
//!   hold none, stay
//! * the values of parameters with telling names, as `password=x`, `"token": "x"`
//! * what stands before the `@` of an address, as in `http://user:word@host/`
//! * what follows `PASS`, `ACCT`, `ADAT` and `AUTH` of FTP and mail at the start of a line

mod names;

use names::{Field, command, field, is_secret};

/// What a secret's bytes become.
const MASK: u8 = b'*';

/// As many bytes of a name as are compared; longer names are told by their start.
const NAME: usize = 64;

/// Finds the secrets in one stream of bytes, which may come in any number of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redactor {
    mode: Mode,
    /// The last run of bytes that names have, in lower case, as far as it was kept.
    name: [u8; NAME],
    name_length: usize,
    /// Whether the run began at the start of a line.
    name_first: bool,
    /// How much of `://` has been seen.
    slashes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    /// In the value of a field; `Some` while what may be a scheme is looked at.
    Value {
        scheme: Option<Scheme>,
    },
    /// Behind the end of a line of such a value: a blank continues it.
    Folded,
    /// In the value of a challenge that holds no secret.
    Challenge,
    /// Behind the name of a parameter: blanks, perhaps a quote.
    Before,
    /// In the value of a parameter; with the quote it stands in.
    Parameter {
        quote: Option<u8>,
        escaped: bool,
    },
    /// A name in quotes that tells of a secret has ended; `:` follows if it is a member, and an
    /// empty line if it is a part of a form.
    Member {
        lines: u8,
    },
    /// In an address, where `@` may yet come.
    Authority,
}

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
        if character.is_ascii_alphanumeric() || matches!(character, b'-' | b'_' | b'.') {
            classes[byte] = Class::Name;
        } else if matches!(character, b':' | b'/' | b'=' | b'"' | b'\'' | b' ' | b'\n') {
            classes[byte] = Class::Sign;
        }
        byte += 1;
    }
    classes
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scheme {
    kind: Field,
    /// How many bytes of it there are.
    length: u8,
    /// The schemes that it may be yet, one bit each.
    candidates: u16,
}

const SCHEMES: &[&[u8]] = &[
    b"basic",
    b"digest",
    b"bearer",
    b"negotiate",
    b"ntlm",
    b"kerberos",
    b"plain",
    b"login",
    b"xoauth2",
    b"cram-md5",
    b"gssapi",
    b"tls",
    b"ssl",
];

/// Of them those whose challenges hold no secret.
const OPEN_CHALLENGES: usize = 3;

impl Default for Redactor {
    fn default() -> Self {
        Self {
            mode: Mode::Plain,
            name: [0; NAME],
            name_length: 0,
            name_first: true,
            slashes: 0,
        }
    }
}

impl Redactor {
    /// Whether nothing that came before bears on what comes next.
    pub(crate) fn is_idle(&self) -> bool {
        self.mode == Mode::Plain && self.name_length == 0 && self.slashes == 0
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
            Mode::Folded if byte == b' ' || byte == b'\t' => {
                self.mode = Mode::Value { scheme: None };
                false
            }
            Mode::Folded => {
                self.mode = Mode::Plain;
                self.plain(byte);
                false
            }
            Mode::Value { scheme } => self.value(bytes, index, start, scheme),
            Mode::Challenge => {
                if byte == b'\n' {
                    self.end_line();
                }
                false
            }
            Mode::Before => self.before(byte),
            Mode::Parameter { quote, escaped } => self.parameter(byte, quote, escaped),
            Mode::Member { lines } => {
                match byte {
                    b' ' | b'\t' | b'\r' => {}
                    b'\n' if lines == 0 => self.mode = Mode::Member { lines: 1 },
                    b'\n' => self.mode = Mode::Value { scheme: None },
                    b':' => self.mode = Mode::Before,
                    _ => {
                        self.mode = Mode::Plain;
                        self.plain(byte);
                    }
                }
                false
            }
            Mode::Authority => {
                let goes_on =
                    !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'<' | b'>' | b'\'') && byte > b' ';
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

    /// Most bytes of no secret, by a short way: those of names, and those that end a name and say
    /// nothing else.
    #[inline]
    fn is_passed_over(&mut self, byte: u8) -> bool {
        match CLASSES[usize::from(byte)] {
            Class::Name => {
                if self.name_length < NAME {
                    self.name[self.name_length] = byte.to_ascii_lowercase();
                    self.name_length += 1;
                }
            }
            Class::Other => {
                self.name_length = 0;
                self.name_first = false;
            }
            Class::Sign => return false,
        }
        self.slashes = 0;
        true
    }

    /// A byte of no secret.
    fn plain(&mut self, byte: u8) {
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
        let found = match byte {
            b':' => field(name).map(|kind| Mode::Value {
                scheme: Some(Scheme::new(kind)),
            }),
            b'=' if is_secret(name) => Some(Mode::Before),
            b'"' | b'\'' if is_secret(name) || field(name).is_some() => {
                Some(Mode::Member { lines: 0 })
            }
            b' ' if self.name_first => command(name).map(|kind| Mode::Value {
                scheme: Some(Scheme::new(kind)),
            }),
            _ => None,
        };
        if let Some(mode) = found {
            self.mode = mode;
            self.slashes = 0;
        }
        self.forget_name();
        self.name_first = byte == b'\n';
    }

    /// A byte of the value of a field.
    fn value(
        &mut self,
        bytes: &mut [u8],
        index: usize,
        start: usize,
        scheme: Option<Scheme>,
    ) -> bool {
        let byte = bytes[index];
        if byte == b'\n' {
            self.end_line();
            self.mode = Mode::Folded;
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
                    Mode::Challenge
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

    /// A byte between the name of a parameter and its value.
    fn before(&mut self, byte: u8) -> bool {
        match byte {
            b' ' | b'\t' => false,
            b'"' | b'\'' => {
                self.mode = Mode::Parameter {
                    quote: Some(byte),
                    escaped: false,
                };
                false
            }
            _ => {
                self.mode = Mode::Parameter {
                    quote: None,
                    escaped: false,
                };
                self.parameter(byte, None, false)
            }
        }
    }

    /// A byte of the value of a parameter.
    fn parameter(&mut self, byte: u8, quote: Option<u8>, escaped: bool) -> bool {
        let ends = match quote {
            Some(quote) => !escaped && byte == quote,
            None => {
                byte <= b' '
                    || matches!(byte, b'&' | b';' | b'"' | b'\'' | b'<' | b'>' | b'#' | b',')
                    || matches!(byte, b')' | b'}' | b']')
            }
        };
        if ends {
            self.mode = Mode::Plain;
            if quote.is_none() {
                self.plain(byte);
            }
            return false;
        }
        self.mode = Mode::Parameter {
            quote,
            escaped: !escaped && byte == b'\\',
        };
        true
    }

    const fn forget_name(&mut self) {
        self.name_length = 0;
    }

    const fn end_line(&mut self) {
        self.mode = Mode::Plain;
        self.name_first = true;
        self.slashes = 0;
        self.forget_name();
    }
}

impl Scheme {
    const fn new(kind: Field) -> Self {
        Self {
            kind,
            length: 0,
            candidates: (1 << SCHEMES.len()) - 1,
        }
    }

    /// With one byte more.
    fn with(self, byte: u8) -> Self {
        let place = usize::from(self.length);
        let mut candidates = self.candidates;
        for (bit, scheme) in SCHEMES.iter().enumerate() {
            if scheme.get(place) != Some(&byte) {
                candidates &= !(1 << bit);
            }
        }
        Self {
            length: self.length + 1,
            candidates,
            ..self
        }
    }

    /// The scheme that it is.
    fn known(self) -> Option<usize> {
        SCHEMES.iter().enumerate().position(|(bit, scheme)| {
            self.candidates & (1 << bit) != 0 && scheme.len() == usize::from(self.length)
        })
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
