//! Reading of the lexical elements that challenges are made of.

/// A position in a field value. Cloning it is how the parser looks ahead.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    pub(super) const fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the list element ends here: the end of the text or a comma.
    pub(super) fn at_element_end(&self) -> bool {
        matches!(self.rest.first(), None | Some(b','))
    }

    /// Skips blanks and commas: RFC 9110 section 5.6.1.2 wants empty list elements ignored.
    pub(super) fn skip_list_separators(&mut self) {
        self.skip_while(|byte| is_blank(byte) || byte == b',');
    }

    /// Skips spaces and tabs; tells whether there was one.
    pub(super) fn skip_blanks(&mut self) -> bool {
        self.skip_while(is_blank) > 0
    }

    pub(super) fn skip_byte(&mut self, wanted: u8) -> bool {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A token of at least one character.
    pub(super) fn token(&mut self) -> Option<&'a str> {
        let length = self
            .rest
            .iter()
            .take_while(|&&byte| is_token_byte(byte))
            .count();
        let (token, rest) = self.rest.split_at(length);
        self.rest = rest;
        // Token bytes are ASCII, so this cannot fail for anything but an empty one.
        std::str::from_utf8(token)
            .ok()
            .filter(|token| !token.is_empty())
    }

    /// A token68, if one fills the element up to its end; else nothing moves.
    pub(super) fn token68_element(&mut self) -> Option<&'a str> {
        let mut ahead = self.clone();
        let body = ahead.skip_while(is_token68_byte);
        if body == 0 {
            return None;
        }
        let padding = ahead.skip_while(|byte| byte == b'=');
        let token = &self.rest[..body + padding];
        ahead.skip_blanks();
        if !ahead.at_element_end() {
            return None;
        }
        *self = ahead;
        std::str::from_utf8(token).ok()
    }

    /// Whether `token BWS "="` stands here, rather than the name of the next scheme.
    pub(super) fn looks_like_parameter(&self) -> bool {
        let mut ahead = self.clone();
        ahead.token().is_some() && {
            ahead.skip_blanks();
            ahead.skip_byte(b'=')
        }
    }

    /// A token or a quoted string, unquoted. Neither may be missing; a quoted string may be empty.
    pub(super) fn parameter_value(&mut self) -> Option<String> {
        if self.skip_byte(b'"') {
            self.quoted_rest()
        } else {
            self.token().map(str::to_owned)
        }
    }

    /// The rest of a quoted string, RFC 9110 section 5.6.4, behind its opening quote.
    fn quoted_rest(&mut self) -> Option<String> {
        let mut value = Vec::new();
        loop {
            match self.next_byte()? {
                b'"' => return Some(text_of(value)),
                b'\\' => value.push(self.next_byte().filter(|&byte| is_text_byte(byte))?),
                byte if is_text_byte(byte) => value.push(byte),
                _ => return None,
            }
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let length = self.rest.iter().take_while(|&&byte| wanted(byte)).count();
        self.rest = &self.rest[length..];
        length
    }
}

/// Today's servers write UTF-8, older ones Latin-1; what is not valid as the first is the second.
fn text_of(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// RFC 9110 section 5.6.2: tchar.
const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// RFC 9110 section 11.2: token68 without its padding.
const fn is_token68_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

/// What may stand in a quoted string: tab, visible ASCII, space, and bytes from 0x80.
const fn is_text_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}
