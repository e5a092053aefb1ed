//! `-w`: what is printed after a transfer, with curl's variables.

use std::io::{self, Read, Write};

use serde_json::{Map, Value, json};

use crate::failure::{Failure, READ, WRITE};
use crate::report::TransferReport;

/// A format, taken apart.
#[derive(Debug)]
pub(crate) struct Format {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Variable(&'static Variable),
    /// A header of the answer.
    Header(String),
    /// All variables as one object.
    Json,
    /// All headers as one object.
    HeaderJson,
    Stdout,
    Stderr,
    /// What follows is for failures only.
    OnError,
}

/// What a variable stands for.
#[derive(Debug)]
struct Variable {
    name: &'static str,
    value: fn(&TransferReport) -> Of,
}

/// A value, with how it is written.
enum Of {
    Text(Option<String>),
    Number(u64),
    /// Three digits.
    Status(Option<u16>),
    Seconds(f64),
}

const VARIABLES: &[Variable] = &[
    variable("content_type", |of| Of::Text(of.header("Content-Type"))),
    variable("errormsg", |of| {
        Of::Text(of.error.as_ref().map(|failure| failure.message.clone()))
    }),
    variable("exitcode", |of| {
        Of::Number(of.error.as_ref().map_or(0, |failure| failure.code.into()))
    }),
    variable("filename_effective", |of| {
        Of::Text(of.saved_as.as_ref().map(|path| path.display().to_string()))
    }),
    variable("http_code", |of| Of::Status(of.status)),
    variable("http_version", |of| {
        Of::Text(Some(
            of.http_version.clone().unwrap_or_else(|| "0".to_owned()),
        ))
    }),
    variable("local_ip", |of| {
        Of::Text(of.local_end_point.map(|at| at.ip().to_string()))
    }),
    variable("local_port", |of| {
        Of::Number(of.local_end_point.map_or(0, |at| at.port().into()))
    }),
    variable("method", |of| Of::Text(Some(of.method.clone()))),
    variable("num_connects", |of| {
        Of::Number(of.connections_opened.into())
    }),
    variable("num_headers", |of| Of::Number(of.headers.len() as u64)),
    variable("num_redirects", |of| Of::Number(of.redirects.into())),
    variable("redirect_url", |of| Of::Text(of.redirect_url.clone())),
    variable("referer", |of| Of::Text(of.referer.clone())),
    variable("remote_ip", |of| {
        Of::Text(of.remote_end_point.map(|at| at.ip().to_string()))
    }),
    variable("remote_port", |of| {
        Of::Number(of.remote_end_point.map_or(0, |at| at.port().into()))
    }),
    variable("response_code", |of| Of::Status(of.status)),
    variable("scheme", |of| Of::Text(of.scheme())),
    variable("size_download", |of| Of::Number(of.bytes_received)),
    variable("size_upload", |of| Of::Number(of.bytes_sent)),
    variable("speed_download", |of| {
        Of::Number(per_second(of.bytes_received, of.seconds))
    }),
    variable("speed_upload", |of| {
        Of::Number(per_second(of.bytes_sent, of.seconds))
    }),
    variable("time_appconnect", |of| Of::Seconds(of.times.app_connect)),
    variable("time_connect", |of| Of::Seconds(of.times.connect)),
    variable("time_namelookup", |of| Of::Seconds(of.times.name_lookup)),
    variable("time_pretransfer", |of| Of::Seconds(of.times.pre_transfer)),
    variable("time_redirect", |of| Of::Seconds(of.times.redirect)),
    variable("time_starttransfer", |of| {
        Of::Seconds(of.seconds_to_answer.unwrap_or(0.0))
    }),
    variable("time_total", |of| Of::Seconds(of.seconds)),
    variable("url", |of| Of::Text(Some(of.url.clone()))),
    variable("url_effective", |of| {
        Of::Text(Some(
            of.response_url.clone().unwrap_or_else(|| of.url.clone()),
        ))
    }),
    variable("urlnum", |of| Of::Number(of.number as u64)),
];

const fn variable(name: &'static str, value: fn(&TransferReport) -> Of) -> Variable {
    Variable { name, value }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rate is not exact"
)]
fn per_second(bytes: u64, seconds: f64) -> u64 {
    match seconds > 0.0 {
        true => (bytes as f64 / seconds) as u64,
        false => 0,
    }
}

impl Format {
    /// The format of the option: a text, `@FILE`, or `@-`.
    pub(crate) fn of_option(text: &str) -> Result<Self, Failure> {
        let fail = |error: io::Error| Failure::file(READ, text, &error);
        match text.strip_prefix('@') {
            None => Self::parse(text),
            Some("-") => {
                let mut all = String::new();
                io::stdin().read_to_string(&mut all).map_err(fail)?;
                Self::parse(&all)
            }
            Some(path) => Self::parse(&std::fs::read_to_string(path).map_err(fail)?),
        }
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(first) = rest.chars().next() {
            let escape = ["%%", "\\n", "\\r", "\\t"]
                .iter()
                .zip(["%", "\n", "\r", "\t"])
                .find(|(sign, _)| rest.starts_with(**sign));
            if let Some((sign, meaning)) = escape {
                plain.push_str(meaning);
                rest = &rest[sign.len()..];
                continue;
            }
            let header = rest.strip_prefix("%header{");
            let Some(inside) = header.or_else(|| rest.strip_prefix("%{")) else {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            };
            let Some((name, behind)) = inside.split_once('}') else {
                return Err(Failure::usage(format_args!("-w: no }} behind {rest:?}")));
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(match header {
                Some(_) => Piece::Header(name.to_owned()),
                None => Piece::named(name)?,
            });
            rest = behind;
        }
        pieces.push(Piece::Text(plain));
        Ok(Self { pieces })
    }

    /// Prints it, on stdout unless it says otherwise.
    pub(crate) fn print(&self, of: &TransferReport) -> Result<(), Failure> {
        let (mut on_stderr, mut text) = (false, String::new());
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Variable(variable) => text.push_str(&(variable.value)(of).text()),
                Piece::Header(name) => text.push_str(&of.header(name).unwrap_or_default()),
                Piece::Json => text.push_str(&all(of).to_string()),
                Piece::HeaderJson => text.push_str(&headers(of).to_string()),
                Piece::OnError if of.error.is_none() => break,
                Piece::OnError => {}
                Piece::Stdout | Piece::Stderr => {
                    say(on_stderr, &std::mem::take(&mut text))?;
                    on_stderr = matches!(piece, Piece::Stderr);
                }
            }
        }
        say(on_stderr, &text)
    }
}

impl Piece {
    fn named(name: &str) -> Result<Self, Failure> {
        match name {
            "json" => return Ok(Self::Json),
            "header_json" => return Ok(Self::HeaderJson),
            "stdout" => return Ok(Self::Stdout),
            "stderr" => return Ok(Self::Stderr),
            "onerror" => return Ok(Self::OnError),
            _ => {}
        }
        let known = VARIABLES.iter().find(|variable| variable.name == name);
        known.map(Self::Variable).ok_or_else(|| {
            let names: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
            Failure::usage(format_args!("-w: %{{{name}}} is no variable")).advise(format!(
                "the variables are {}, json, header_json, onerror, stdout, stderr, and %header{{NAME}}",
                names.join(", ")
            ))
        })
    }
}

impl Of {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone().unwrap_or_default(),
            Self::Number(number) => number.to_string(),
            Self::Status(status) => format!("{:03}", status.unwrap_or(0)),
            Self::Seconds(seconds) => format!("{seconds:.6}"),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Status(status) => json!(status.unwrap_or(0)),
            Self::Seconds(seconds) => json!(seconds),
        }
    }
}

fn all(of: &TransferReport) -> Value {
    let pair = |variable: &Variable| (variable.name.to_owned(), (variable.value)(of).json());
    Value::Object(VARIABLES.iter().map(pair).collect())
}

/// Names in small letters, each with a list of its values.
fn headers(of: &TransferReport) -> Value {
    let mut object = Map::new();
    for (name, value) in &of.headers {
        let values = object
            .entry(name.to_ascii_lowercase())
            .or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!(value));
        }
    }
    Value::Object(object)
}

fn say(on_stderr: bool, text: &str) -> Result<(), Failure> {
    let (outcome, name) = match on_stderr {
        true => (io::stderr().write_all(text.as_bytes()), "stderr"),
        false => {
            let mut stdout = io::stdout().lock();
            let written = stdout.write_all(text.as_bytes());
            (written.and_then(|()| stdout.flush()), "stdout")
        }
    };
    outcome.map_err(|error| Failure::file(WRITE, name, &error))
}
