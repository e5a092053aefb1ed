//! `sysnet uri`: what an address is made of, and how one is made. Nothing is sent.

mod builder;
mod excerpt;
mod idn;
mod parse;
mod problem;
mod properties;
mod resolve;

use std::fmt::{self, Display};
use std::io::{self, Write};

use serde::Serialize;
use system_net::Uri;

use self::problem::Problem;
use super::Outcome;
use crate::arguments;
use crate::failure::{FAILED, Failure, READ, WRITE};

pub(super) fn run(verb: &arguments::Uri) -> Outcome {
    match verb {
        arguments::Uri::Parse(options) => parse::run(options),
        arguments::Uri::Resolve(options) => resolve::run(options),
        arguments::Uri::Escape(options) => {
            let call = Call::lines("sysnet.uri.escape/1", options.form.json);
            call.answer(Some(&options.text), |text| {
                let escaped = match options.uri {
                    true => Uri::escape_uri_string(text),
                    false => Uri::escape_data_string(text),
                };
                let escaped = escaped.into_owned();
                Ok(Escaped { escaped })
            })
        }
        arguments::Uri::Unescape(options) => {
            let call = Call::lines("sysnet.uri.unescape/1", options.form.json);
            call.answer(Some(&options.text), |text| {
                let unescaped = Uri::unescape_data_string(text).into_owned();
                Ok(Unescaped { unescaped })
            })
        }
        arguments::Uri::Idn(options) => idn::run(options),
        arguments::Uri::Builder(options) => builder::run(options),
    }
}

/// What the verbs share: texts are answered one by one, and printed in one of two forms.
struct Call {
    schema: &'static str,
    json: bool,
    /// An empty line stands between two answers.
    apart: bool,
}

/// What `--json` prints for one text.
#[derive(Serialize)]
struct Answer<'a, T> {
    schema: &'static str,
    /// The text as given; null where none is needed.
    text: Option<&'a str>,
    #[serde(flatten)]
    value: Option<&'a T>,
    error: Option<&'a Problem>,
}

impl Call {
    /// A verb with one line for each text.
    const fn lines(schema: &'static str, json: bool) -> Self {
        Self {
            schema,
            json,
            apart: false,
        }
    }

    /// A verb with a table for each text.
    const fn tables(schema: &'static str, json: bool) -> Self {
        Self {
            schema,
            json,
            apart: true,
        }
    }

    /// Answers the text, or each line of stdin for `-`. What goes wrong with one line is printed,
    /// and the next one is answered; the first failure is the exit code.
    fn answer<T: Serialize + Display>(
        &self,
        text: Option<&str>,
        answer: impl Fn(&str) -> Result<T, Problem>,
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
    fn show<T: Serialize + Display>(
        &self,
        text: Option<&str>,
        line: Option<usize>,
        outcome: Result<T, Problem>,
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
            Some(problem) => problem.print(line),
        })
    }
}

/// Prints a line. Whoever reads it may have gone, which is no reason to panic.
fn say(line: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{line}").map_err(|error| Failure::file(WRITE, "stdout", &error))
}

/// What resolve and builder make.
#[derive(Serialize)]
struct Made {
    uri: String,
}

impl From<Uri> for Made {
    fn from(uri: Uri) -> Self {
        Self {
            uri: uri.absolute_uri().to_owned(),
        }
    }
}

impl Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

#[derive(Serialize)]
struct Escaped {
    escaped: String,
}

impl Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.escaped)
    }
}

#[derive(Serialize)]
struct Unescaped {
    unescaped: String,
}

impl Display for Unescaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unescaped)
    }
}
