//! Takes secrets out of what is traced: byte by byte, so that a secret is found wherever a dump is
//! cut. Each byte of a secret becomes a `*`, so that what is around it stays where it was.
//!
//! Secret are
//! * the values of fields that carry credentials, as `Authorization: Basic dXNlcg==`, up to the end
//!   of the line and of the lines that continue it; the scheme stays
//! * tokens of NTLM, Negotiate and others in challenges; those of Basic, Digest and Bearer, which
//!   hold none, stay
//! * the values of parameters with telling names, as `password=x`, `"token": "x"`, arrays and
//!   objects among them; elements and parts of forms with such names
//! * what stands before the `@` of an address, as in `http://user:word@host/`
//! * what follows `PASS`, `ACCT`, `ADAT` and `AUTH` of FTP and mail at the start of a line

mod names;

use names::{Field, command, field, has_secret_part, is_parameter, is_secret};

/// What a secret's bytes become.
const MASK: u8 = b'*';

/// As many bytes of a name as are compared; of longer names the end.
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
    /// Whether blanks or a backslash have followed it.
    name_ended: bool,
    /// Whether the part of a long name that was not kept tells of a secret.
    name_secret: bool,
    /// How much of `://` has been seen.
    slashes: u8,
    tag: Tag,
    form: Form,
}

/// Where in a tag of XML the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    None,
    /// In the name of an element.
    Name,
    /// In the attributes of an element whose name tells of a secret.
    Secret,
}

/// What is known of a part of a form, in whose fields the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    None,
    Part,
    /// A name in its fields tells of a secret: the part holds one.
    Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    /// In the value of a field; `Some` while what may be a scheme is looked at.
    Value {
        scheme: Option<Scheme>,
    },
    /// Behind the end of a line of such a value: a blank continues it.
    Folded {
        challenge: bool,
    },
    /// In the value of a challenge that holds no secret. Another challenge may follow on the line:
    /// `word` is what may be its scheme.
    Challenge {
        word: Option<Scheme>,
        quoted: bool,
        escaped: bool,
    },
    /// Behind the name of a parameter: blanks, perhaps a quote, with so many backslashes.
    Before {
        kind: Parameter,
        backslashes: u8,
    },
    /// In the value of a parameter; with the quote it stands in.
    Parameter {
        kind: Parameter,
        quote: Option<Quote>,
    },
    /// In an array or object of JSON that is the value of a parameter.
    Nested {
        depth: u32,
        quote: Option<Quote>,
        backslashes: u8,
    },
    /// A name in quotes that tells of a secret has ended; `:` follows if it is a member.
    Member,
    /// In an element of XML; whether `<` came last.
    Element {
        opened: bool,
    },
    /// In a part of a form, up to a line that begins with `--`; with the dashes that this line
    /// began with, if nothing else has come.
    Part {
        dashes: Option<u8>,
    },
    /// In an address, where `@` may yet come.
    Authority,
}

/// How the value of a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    /// Of a query or a form: `a=b`.
    Form,
    /// Such a one of several words: `authorization=Basic dXNlcg==`.
    Words,
    /// Of JSON: `"a": "b"`.
    Member,
}

/// A quote that was opened. JSON in a text of JSON has backslashes before its quotes: as many as
/// the one that opened, and those that stand for others in the text, are before the one that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quote {
    byte: u8,
    opening: u8,
    backslashes: u8,
}

impl Quote {
    const fn new(byte: u8, backslashes: u8) -> Self {
        // So deep nothing is nested in earnest.
        let opening = if backslashes > 63 { 63 } else { backslashes };
        Self {
            byte,
            opening,
            backslashes: 0,
        }
    }

    /// The next byte; whether it ends what is quoted.
    const fn ends(&mut self, byte: u8) -> bool {
        if byte == b'\\' {
            self.backslashes = (self.backslashes + 1) % (2 * (self.opening + 1));
            return false;
        }
        let ends = byte == self.byte && self.backslashes == self.opening;
        self.backslashes = 0;
        ends
    }
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
            name_ended: false,
            name_secret: false,
            slashes: 0,
            tag: Tag::None,
            form: Form::None,
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

    /// Most bytes of no secret, by a short way: those of names, and those that end a name and say
    /// nothing else.
    #[inline]
    fn is_passed_over(&mut self, byte: u8) -> bool {
        match CLASSES[usize::from(byte)] {
            Class::Name => {
                if self.name_ended {
                    self.forget_name();
                    self.name_first = false;
                }
                if self.name_length == NAME {
                    self.name_secret |= has_secret_part(&self.name);
                    self.name.copy_within(NAME / 2.., 0);
                    self.name_length = NAME / 2;
                }
                self.name[self.name_length] = byte.to_ascii_lowercase();
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
        let secret = self.name_secret || is_secret(name);
        if self.form == Form::None && name == b"form-data" {
            self.form = Form::Part;
        } else if self.form == Form::Part
            && (secret || is_parameter(name))
            && matches!(byte, b'"' | b'\'' | b';' | b' ' | b'\t' | b'\r' | b'\n')
        {
            self.form = Form::Secret;
        }
        let empty = self.name_first && self.name_length == 0;
        let secret_tag = self.tag == Tag::Secret || self.tag == Tag::Name && secret;
        let found = match byte {
            b':' if self.name_secret => Some(Mode::Value { scheme: None }),
            b':' => field(name).map(|kind| Mode::Value {
                scheme: Some(Scheme::new(kind)),
            }),
            b'=' if matches!(field(name), Some(Field::Credentials)) => Some(Mode::Before {
                kind: Parameter::Words,
                backslashes: 0,
            }),
            b'=' if secret || is_parameter(name) => Some(Mode::Before {
                kind: Parameter::Form,
                backslashes: 0,
            }),
            b'"' | b'\'' if self.form == Form::None && (secret || field(name).is_some()) => {
                Some(Mode::Member)
            }
            b' ' if self.name_first && !self.name_ended => command(name).map(|kind| Mode::Value {
                scheme: Some(Scheme::new(kind)),
            }),
            b'>' if secret_tag => Some(Mode::Element { opened: false }),
            b'\n' if empty && self.form == Form::Secret => Some(Mode::Part { dashes: Some(0) }),
            _ => None,
        };
        self.tag = match (byte, self.tag) {
            (b'<', _) => Tag::Name,
            (b'>', _) => Tag::None,
            (b' ' | b'\t' | b'\r' | b'\n', Tag::Name) if secret_tag => Tag::Secret,
            (b' ' | b'\t' | b'\r' | b'\n', Tag::Name) => Tag::None,
            (_, tag) => tag,
        };
        if byte == b'\n' && empty {
            self.form = Form::None;
        }
        if let Some(mode) = found {
            self.mode = mode;
            self.slashes = 0;
        } else if matches!(byte, b' ' | b'\t' | b'\\') && self.name_length > 0 {
            // A colon may follow, or the quote that the backslash is of.
            self.name_ended = true;
            return;
        }
        self.forget_name();
        self.name_first = byte == b'\n' || byte == b'\r' && empty;
    }

    /// The first byte of no secret behind one.
    fn plain_again(&mut self, byte: u8) -> bool {
        self.mode = Mode::Plain;
        self.plain(byte);
        false
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
    fn challenge(&mut self, byte: u8, word: Option<Scheme>, quoted: bool, escaped: bool) {
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

    /// A byte between the name of a parameter and its value.
    fn before(&mut self, byte: u8, kind: Parameter, backslashes: u8) -> bool {
        match byte {
            b' ' | b'\t' => return false,
            b'\r' | b'\n' if kind == Parameter::Member => return false,
            b'"' | b'\'' => {
                let quote = Some(Quote::new(byte, backslashes));
                self.mode = Mode::Parameter { kind, quote };
                return false;
            }
            b'\\' => {
                let backslashes = backslashes.saturating_add(1);
                self.mode = Mode::Before { kind, backslashes };
                return true;
            }
            b'[' | b'{' if kind == Parameter::Member => {
                self.mode = Mode::Nested {
                    depth: 1,
                    quote: None,
                    backslashes: 0,
                };
                return false;
            }
            _ => {}
        }
        self.parameter(byte, kind, None)
    }

    /// A byte of the value of a parameter.
    fn parameter(&mut self, byte: u8, kind: Parameter, mut quote: Option<Quote>) -> bool {
        let ends = match (&mut quote, kind) {
            (Some(quote), _) => quote.ends(byte),
            (None, Parameter::Form) => byte <= b' ' || byte == b'&' || byte == b'#',
            (None, Parameter::Words) => matches!(byte, b'&' | b'#' | b'\r' | b'\n'),
            (None, Parameter::Member) => byte <= b' ' || matches!(byte, b',' | b']' | b'}'),
        };
        if !ends {
            self.mode = Mode::Parameter { kind, quote };
            return true;
        }
        if quote.is_some() {
            self.mode = Mode::Plain;
            return false;
        }
        self.plain_again(byte)
    }

    /// A byte of an array or object that is the value of a parameter.
    fn nested(&mut self, byte: u8, depth: u32, mut quote: Option<Quote>, backslashes: u8) -> bool {
        let mut depth = depth;
        if let Some(open) = &mut quote {
            if open.ends(byte) {
                quote = None;
            }
        } else {
            match byte {
                b'"' => quote = Some(Quote::new(byte, backslashes)),
                b'[' | b'{' => depth = depth.saturating_add(1),
                b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        if depth == 0 {
            return self.plain_again(byte);
        }
        let backslashes = if quote.is_none() && byte == b'\\' {
            backslashes.saturating_add(1)
        } else {
            0
        };
        self.mode = Mode::Nested {
            depth,
            quote,
            backslashes,
        };
        byte != b'\r' && byte != b'\n'
    }

    /// A byte of a part of a form.
    fn form_part(&mut self, byte: u8, dashes: Option<u8>) -> bool {
        let next = match (byte, dashes) {
            (b'\n', _) => Some(0),
            (b'-', Some(dashes)) => Some(dashes.saturating_add(1)),
            // The lines that a key in PEM begins and ends with.
            (b'B' | b'E', Some(5)) => None,
            (_, Some(2..)) => {
                self.form = Form::None;
                self.forget_name();
                self.name_first = false;
                return self.plain_again(byte);
            }
            _ => None,
        };
        self.mode = Mode::Part { dashes: next };
        !matches!(byte, b'\r' | b'\n') && next.is_none()
    }

    const fn forget_name(&mut self) {
        self.name_length = 0;
        self.name_ended = false;
        self.name_secret = false;
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
            length: self.length.saturating_add(1),
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
