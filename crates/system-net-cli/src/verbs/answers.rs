//! What the verbs share that answer a text, or each line of stdin: `uri`, `dns`.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use super::Outcome;
use crate::failure::{FAILED, Failure, READ, WRITE};

/// Why there is no answer to a text.
pub(super) trait Refusal: Serialize {
    /// Prints it, with the number of the line if it was one of stdin. Gives the exit code.
    fn tell(self, line: Option<usize>) -> u8;
}

impl Refusal for Failure {
    fn tell(mut self, line: Option<usize>) -> u8 {
        if let Some(index) = line {
            self.message = format!("line {}: {}", index + 1, self.message);
        }
        self.print();
        self.code
    }
}

/// Texts are answered one by one, and printed in one of two forms.
pub(super) struct Call {
    schema: &'static str,
    json: bool,
    /// An empty line stands between two answers.
    apart: bool,
}

/// What `--json` prints for one text.
#[derive(Serialize)]
struct Answer<'a, T, P> {
    schema: &'static str,
    /// The text as given; null where none is needed.
    text: Option<&'a str>,
    #[serde(flatten)]
    value: Option<&'a T>,
    error: Option<&'a P>,
}

impl Call {
    /// A verb with one line for each text.
    pub(super) const fn lines(schema: &'static str, json: bool) -> Self {
        Self {
            schema,
            json,
            apart: false,
        }
    }

    /// A verb with a table for each text.
    pub(super) const fn tables(schema: &'static str, json: bool) -> Self {
        Self {
            schema,
            json,
            apart: true,
        }
    }

    /// Answers the text, or each line of stdin for `-`. What goes wrong with one line is printed,
    /// and the next one is answered; the first failure is the exit code.
    pub(super) fn answer<T: Serialize + Display, P: Refusal>(
        &self,
        text: Option<&str>,
        answer: impl Fn(&str) -> Result<T, P>,
    ) -> Outcome {
        if text != Some("-") {
            return self.show(text, None, answer(text.unwrap_or_default()));
        }
        let mut exit = 0;
        for (index, line) in io::stdin().lines().enumerate() {
            let line = line.map_err(|error| {
                Failure::file(READ, format_args!("stdin, line {}", index + 1), &error)
            })?;
            let code = self.show(Some(&line), Some(index), answer(&line))?;
            exit = if exit == 0 { code } else { exit };
        }
        Ok(exit)
    }

    /// Prints what came of a text, which may be a line of stdin.
    fn show<T: Serialize + Display, P: Refusal>(
        &self,
        text: Option<&str>,
        line: Option<usize>,
        outcome: Result<T, P>,
    ) -> Outcome {
        let (value, problem) = match outcome {
            Ok(value) => (Some(value), None),
            Err(problem) => (None, Some(problem)),
        };
        if self.json {
            let answer = Answer {
                schema: self.schema,
                text,
                value: value.as_ref(),
                error: problem.as_ref(),
            };
            let object = match line {
                None => serde_json::to_string_pretty(&answer),
                Some(_) => serde_json::to_string(&answer),
            };
            say(object.map_err(|error| Failure::new(FAILED, error))?)?;
        } else if let Some(value) = value {
            if self.apart && line.is_some_and(|line| line > 0) {
                say("")?;
            }
            say(value)?;
        }
        Ok(match problem {
            None => 0,
            Some(problem) => problem.tell(line),
        })
    }
}

/// Prints a line. Whoever reads it may have gone, which is no reason to panic.
fn say(line: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{line}").map_err(|error| Failure::file(WRITE, "stdout", &error))
}
