//! `-w`: what is printed after a transfer, with curl's variables.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use serde_json::{Map, Value, json};
use system_net::Uri;

use crate::failure::{CERTIFICATE, Failure, READ, WRITE};
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
    /// What follows goes to this file; true: behind what is in it.
    Output(String, bool),
    /// All variables as one object.
    Json,
    /// All headers as one object.
    HeaderJson,
    Stdout,
    Stderr,
    /// What follows is for failures only.
    OnError,
}

/// How what is no text begins; a brace ends it, and without one it is text.
const BEGINS: [&str; 3] = ["%header{", "%output{", "%{"];

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
    variable("http_connect", |of| Of::Status(of.heads.tunnel_status)),
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
    variable("num_retries", |of| Of::Number(of.retries.into())),
    // A proxy's certificate is always looked at, and without that there is no answer.
    variable("proxy_ssl_verify_result", |_| Of::Number(0)),
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
    variable("size_header", |of| Of::Number(of.heads.bytes_received)),
    variable("size_request", |of| Of::Number(of.heads.bytes_sent)),
    variable("size_upload", |of| Of::Number(of.bytes_sent)),
    variable("speed_download", |of| {
        Of::Number(per_second(of.bytes_received, of.seconds))
    }),
    variable("speed_upload", |of| {
        Of::Number(per_second(of.bytes_sent, of.seconds))
    }),
    variable("ssl_verify_result", |of| {
        Of::Number(certificate_verdict(of))
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
    variable("url_effective", |of| Of::Text(Some(answered(of)))),
    variable("url.scheme", |of| Of::Text(part(&asked(of), "scheme"))),
    variable("url.user", |of| Of::Text(part(&asked(of), "user"))),
    variable("url.password", |of| Of::Text(part(&asked(of), "password"))),
    variable("url.options", |of| Of::Text(part(&asked(of), "options"))),
    variable("url.host", |of| Of::Text(part(&asked(of), "host"))),
    variable("url.port", |of| Of::Text(part(&asked(of), "port"))),
    variable("url.path", |of| Of::Text(part(&asked(of), "path"))),
    variable("url.query", |of| Of::Text(part(&asked(of), "query"))),
    variable("url.fragment", |of| Of::Text(part(&asked(of), "fragment"))),
    variable("url.zoneid", |of| Of::Text(part(&asked(of), "zoneid"))),
    variable("urle.scheme", |of| Of::Text(part(&answered(of), "scheme"))),
    variable("urle.user", |of| Of::Text(part(&answered(of), "user"))),
    variable("urle.password", |of| {
        Of::Text(part(&answered(of), "password"))
    }),
    variable("urle.options", |of| {
        Of::Text(part(&answered(of), "options"))
    }),
    variable("urle.host", |of| Of::Text(part(&answered(of), "host"))),
    variable("urle.port", |of| Of::Text(part(&answered(of), "port"))),
    variable("urle.path", |of| Of::Text(part(&answered(of), "path"))),
    variable("urle.query", |of| Of::Text(part(&answered(of), "query"))),
    variable("urle.fragment", |of| {
        Of::Text(part(&answered(of), "fragment"))
    }),
    variable("urle.zoneid", |of| Of::Text(part(&answered(of), "zoneid"))),
    variable("urlnum", |of| Of::Number(of.number as u64)),
    variable("xfer_id", |of| Of::Number(of.number as u64)),
];

const fn variable(name: &'static str, value: fn(&TransferReport) -> Of) -> Variable {
    Variable { name, value }
}

fn asked(of: &TransferReport) -> String {
    of.url.clone()
}

/// The address that answered, or that was asked.
fn answered(of: &TransferReport) -> String {
    of.response_url.clone().unwrap_or_else(|| of.url.clone())
}

/// A part of an address, as curl names and writes it: a port is told if it is the usual one, too, a
/// query and a fragment without their signs.
fn part(url: &str, name: &str) -> Option<String> {
    let uri = Uri::parse(url).ok()?;
    let login = uri.user_info().split_once(':');
    let text = match name {
        "scheme" => uri.scheme(),
        "user" => login.map_or_else(|| uri.user_info(), |(user, _)| user),
        "password" => login.map_or("", |(_, password)| password),
        "host" => uri.host().split('%').next().unwrap_or_default(),
        "port" => return uri.port().map(|port| port.to_string()),
        "path" => uri.absolute_path(),
        "query" => uri.query().trim_start_matches('?'),
        "fragment" => uri.fragment().trim_start_matches('#'),
        // `options` are of mail alone.
        "zoneid" => return zone(url),
        _ => "",
    };
    let closed = match name == "host" && text.starts_with('[') && !text.ends_with(']') {
        true => format!("{text}]"),
        false => text.to_owned(),
    };
    Some(closed).filter(|text| !text.is_empty())
}

/// The zone of an IPv6 address: `[fe80::1%25eth0]` has `eth0`.
fn zone(url: &str) -> Option<String> {
    let (_, behind) = url.split_once("://")?;
    let host = behind.split(['/', '?', '#']).next()?;
    let (_, zone) = host.split_once('[')?.1.split_once(']')?.0.split_once('%')?;
    Some(zone.strip_prefix("25").unwrap_or(zone).to_owned())
}

/// As OpenSSL numbers them, of which curl tells: 0 for one that is good, or was not there to be looked
/// at; 1, for a reason that has no number, if it is not, or was not looked at.
fn certificate_verdict(of: &TransferReport) -> u64 {
    let is_refused = of
        .error
        .as_ref()
        .is_some_and(|failure| failure.code == CERTIFICATE);
    let is_unseen = of.insecure && of.scheme().as_deref() == Some("https");
    u64::from(is_refused || is_unseen)
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
            let begins = BEGINS
                .iter()
                .find_map(|begin| Some((begin, rest.strip_prefix(begin)?)));
            let Some((begin, (name, behind))) =
                begins.and_then(|(begin, inside)| Some((*begin, inside.split_once('}')?)))
            else {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.extend(match begin {
                "%header{" => Some(Piece::Header(name.to_owned())),
                "%output{" => Some(match name.strip_prefix(">>") {
                    Some(name) => Piece::Output(name.to_owned(), true),
                    None => Piece::Output(name.to_owned(), false),
                }),
                _ => Piece::named(name),
            });
            rest = behind;
        }
        pieces.push(Piece::Text(plain));
        Ok(Self { pieces })
    }

    /// Prints it, on stdout unless it says otherwise.
    pub(crate) fn print(&self, of: &TransferReport) -> Result<(), Failure> {
        let (mut place, mut text) = (Place::Stdout, String::new());
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Variable(variable) => text.push_str(&(variable.value)(of).text()),
                Piece::Header(name) => text.push_str(&of.header(name).unwrap_or_default()),
                Piece::Json => text.push_str(&all(of).to_string()),
                Piece::HeaderJson => text.push_str(&headers(of).to_string()),
                Piece::OnError if of.error.is_none() => break,
                Piece::OnError => {}
                Piece::Stdout | Piece::Stderr | Piece::Output(..) => {
                    place.say(&std::mem::take(&mut text))?;
                    place = match piece {
                        Piece::Output(path, behind) => Place::open(path, *behind)?,
                        Piece::Stderr => Place::Stderr,
                        _ => Place::Stdout,
                    };
                }
            }
        }
        place.say(&text)
    }
}

impl Piece {
    /// What the braces name. As for curl, nothing stands for what is no variable, and stderr is told.
    fn named(name: &str) -> Option<Self> {
        match name {
            "json" => return Some(Self::Json),
            "header_json" => return Some(Self::HeaderJson),
            "stdout" => return Some(Self::Stdout),
            "stderr" => return Some(Self::Stderr),
            "onerror" => return Some(Self::OnError),
            _ => {}
        }
        let known = VARIABLES.iter().find(|variable| variable.name == name);
        if known.is_none() {
            let names: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
            // Nothing can be done about a stderr that has gone.
            let _ = writeln!(
                io::stderr(),
                "sysnet: warning: -w: %{{{name}}} is no variable; there are {}, json, header_json, \
                 onerror, stdout, stderr, %header{{NAME}} and %output{{FILE}}",
                names.join(", ")
            );
        }
        known.map(Self::Variable)
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

/// Where what is printed goes.
enum Place {
    Stdout,
    Stderr,
    File(File, String),
}

impl Place {
    /// A file, from its start or behind what is in it.
    fn open(path: &str, behind: bool) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options
            .create(true)
            .write(true)
            .append(behind)
            .truncate(!behind);
        match options.open(path) {
            Ok(file) => Ok(Self::File(file, path.to_owned())),
            Err(error) => Err(Failure::file(WRITE, path, &error)),
        }
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        let outcome = match self {
            Self::Stderr => io::stderr().write_all(text.as_bytes()),
            Self::File(file, _) => file.write_all(text.as_bytes()),
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                let written = stdout.write_all(text.as_bytes());
                written.and_then(|()| stdout.flush())
            }
        };
        outcome.map_err(|error| match self {
            Self::Stdout => Failure::file(WRITE, "stdout", &error),
            Self::Stderr => Failure::file(WRITE, "stderr", &error),
            Self::File(_, path) => Failure::file(WRITE, &*path, &error),
        })
    }
}
