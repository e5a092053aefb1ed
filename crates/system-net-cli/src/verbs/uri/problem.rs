//! An address that cannot be read: what is wrong, the place in the text, and what to do about it.

use serde::Serialize;
use system_net::{UriFormatError, UriFormatErrorKind};

use crate::excerpt;
use crate::failure::{BAD_URL, Failure};
use crate::verbs::answers::Refusal;

/// What is wrong with a text.
#[derive(Debug, Serialize)]
pub(super) struct Problem(Box<Details>);

#[derive(Debug, Serialize)]
struct Details {
    #[serde(flatten)]
    failure: Failure,
    /// The name of the kind, as `UriFormatErrorKind` has it.
    kind: String,
    /// The text that was read, in which the offset counts: the one given, or one made of it.
    text: String,
    /// In bytes.
    offset: usize,
}

impl Problem {
    /// The text was read and refused.
    pub(super) fn with(text: &str, error: &UriFormatError) -> Self {
        Self::at(text, error.offset(), error)
    }

    /// A text that `text` is a part of was read and refused; the place in `text` is `offset`.
    pub(super) fn at(text: &str, offset: usize, error: &UriFormatError) -> Self {
        // The error says the place and the hint in its one line; here each has its own.
        let whole = error.to_string();
        let message = whole
            .strip_suffix(error.hint())
            .and_then(|rest| rest.strip_suffix("; "))
            .unwrap_or(&whole);
        let place = format!(" (at byte {})", error.offset());
        let message = message.strip_suffix(&place).unwrap_or(message);
        let hint = match error.kind() {
            // The hint is a program's.
            UriFormatErrorKind::CannotCreateRelative => "--kind either takes both",
            _ => error.hint(),
        };
        Self::new(text, offset, &format!("{:?}", error.kind()), message).advise(hint)
    }

    /// For what only the caller finds wrong.
    pub(super) fn new(text: &str, offset: usize, kind: &str, message: &str) -> Self {
        let mut failure = match offset {
            0 => Failure::new(BAD_URL, message),
            _ => Failure::new(BAD_URL, format_args!("{message} (at byte {offset})")),
        };
        failure.excerpt = excerpt::around(text, offset);
        Self(Box::new(Details {
            failure,
            kind: kind.to_owned(),
            text: text.to_owned(),
            offset,
        }))
    }

    pub(super) fn advise(mut self, advice: &str) -> Self {
        self.0.failure.advice.push(advice.to_owned());
        self
    }

    /// Says first what the text is.
    pub(super) fn of(mut self, what: &str) -> Self {
        let message = &mut self.0.failure.message;
        *message = format!("{what}: {message}");
        self
    }
}

impl Refusal for Problem {
    fn tell(self, line: Option<usize>) -> u8 {
        let problem = match line {
            None => self,
            Some(index) => self.of(&format!("line {}", index + 1)),
        };
        problem.0.failure.print();
        problem.0.failure.code
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        problem.0.failure
    }
}
