//! Reads the words of a `.netrc` file.

use system_net_primitives::NetworkCredential;
use zeroize::Zeroizing;

use super::{Entry, Netrc, NetrcError};

/// A word, which may be a password.
type Word = Zeroizing<String>;

pub(super) fn read(text: &str) -> Result<Netrc, NetrcError> {
    if text.len() > Netrc::MAX_LENGTH {
        return Err(NetrcError::too_long());
    }
    let mut words = Words {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
        line_start: true,
    };
    let mut netrc = Netrc::default();
    let mut draft: Option<Draft> = None;
    while let Some(word) = words.keyword()? {
        let line = words.line;
        match (word.as_str(), &mut draft) {
            ("machine", _) => {
                let machine = words.value("a host belongs behind the word machine")?;
                netrc.entries.extend(draft.take().map(Draft::finish));
                draft = Some(Draft::of(Some(machine)));
            }
            ("default", _) => {
                netrc.entries.extend(draft.take().map(Draft::finish));
                draft = Some(Draft::of(None));
            }
            ("login", Some(draft)) => {
                draft.login = words.value("a name belongs behind the word login")?;
            }
            ("password", Some(draft)) => {
                draft.password = words.value("a password belongs behind the word password")?;
            }
            ("account", Some(_)) => {
                words.value("an account belongs behind the word account")?;
            }
            ("macdef", _) => words.skip_macro(),
            _ => {
                if netrc.skipped_lines.last() != Some(&line) {
                    netrc.skipped_lines.push(line);
                }
            }
        }
    }
    netrc.entries.extend(draft.map(Draft::finish));
    Ok(netrc)
}

/// An entry that is being read.
struct Draft {
    machine: Option<Word>,
    login: Word,
    password: Word,
}

impl Draft {
    fn of(machine: Option<Word>) -> Self {
        Self {
            machine,
            login: Word::default(),
            password: Word::default(),
        }
    }

    fn finish(self) -> Entry {
        Entry {
            machine: self.machine.map(|machine| machine.to_string()),
            credential: NetworkCredential::new(self.login.as_str(), self.password.as_str()),
        }
    }
}

/// What is left of the text.
struct Words<'a> {
    rest: &'a str,
    line: usize,
    /// Nothing but blanks stands before the rest on its line.
    line_start: bool,
}

impl Words<'_> {
    fn step(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next()?;
        self.rest = characters.as_str();
        if next == '\n' {
            self.line += 1;
            self.line_start = true;
        }
        Some(next)
    }

    fn skip_line(&mut self) {
        while self.step().is_some_and(|next| next != '\n') {}
    }

    fn skip_blanks(&mut self) {
        while self.rest.starts_with(is_blank) {
            self.step();
        }
    }

    /// The next word, comments skipped; `None` at the end.
    fn keyword(&mut self) -> Result<Option<Word>, NetrcError> {
        self.skip_blanks();
        while self.line_start && self.rest.starts_with('#') {
            self.skip_line();
            self.skip_blanks();
        }
        match self.rest.is_empty() {
            true => Ok(None),
            false => self.word().map(Some),
        }
    }

    /// The word behind a keyword, which may begin with `#`.
    fn value(&mut self, missing: &'static str) -> Result<Word, NetrcError> {
        let line = self.line;
        self.skip_blanks();
        match self.rest.is_empty() {
            true => Err(NetrcError::at(line, missing)),
            false => self.word(),
        }
    }

    fn word(&mut self) -> Result<Word, NetrcError> {
        self.line_start = false;
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let end = self.rest.find(is_blank).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(Word::new(word.to_owned()))
    }

    fn quoted(&mut self) -> Result<Word, NetrcError> {
        let line = self.line;
        let open = NetrcError::at(line, "a quotation mark is not closed");
        self.step();
        // Large enough for all of it: no copy of a password is left behind by growing.
        let mut word = Word::new(String::with_capacity(
            self.rest.find('\n').unwrap_or(self.rest.len()),
        ));
        loop {
            let next = match self.step() {
                Some('"') => break,
                Some('\\') => match self.step() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some(other) if other != '\n' => other,
                    _ => return Err(open),
                },
                // A word ends on its line.
                None | Some('\n') => return Err(open),
                Some(other) => other,
            };
            word.push(next);
        }
        self.line_start = false;
        Ok(word)
    }

    /// A macro goes on to an empty line.
    fn skip_macro(&mut self) {
        self.skip_line();
        while !self.rest.is_empty() {
            let is_empty = self.rest.starts_with('\n') || self.rest.starts_with("\r\n");
            self.skip_line();
            if is_empty {
                break;
            }
        }
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\x0c' | '\x0b')
}
