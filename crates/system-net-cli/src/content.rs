//! The body of post and put, from options or from request items, and what the headers say of it.

use std::io::Read;
use std::path::Path;

use crate::address::{form_escaped_bytes, with_name};
use crate::arguments::{Content, DataPart};
use crate::failure::{Failure, READ};
use crate::items::Items;
use crate::multipart;
use crate::upload::{self, Upload};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A body with its headers.
#[derive(Default)]
pub(crate) struct Body {
    /// `None`: there is none.
    pub(crate) upload: Option<Upload>,
    pub(crate) content_type: Option<String>,
    /// What to ask for.
    pub(crate) accept: Option<&'static str>,
}

impl Body {
    fn new(bytes: impl Into<Vec<u8>>, content_type: &str) -> Self {
        Self {
            upload: Some(Upload::Bytes(bytes.into())),
            content_type: Some(content_type.to_owned()),
            accept: None,
        }
    }

    fn form(parts: Vec<multipart::Part>) -> Self {
        let (upload, content_type) = multipart::body(parts);
        Self {
            upload: Some(upload),
            content_type: Some(content_type),
            accept: None,
        }
    }

    /// What options and items say; at most one of them may.
    pub(crate) fn of(content: &Content, items: &Items) -> Result<Self, Failure> {
        let sources = [
            (!content.data.parts.is_empty(), "-d and the like"),
            (!content.form_parts.is_empty(), "-F"),
            (content.upload_file.is_some(), "-T"),
            (items.has_fields(), "items"),
        ];
        let given: Vec<&str> = sources
            .iter()
            .filter_map(|(given, name)| given.then_some(*name))
            .collect();
        if let [one, other, ..] = given[..] {
            return Err(Failure::usage(format_args!(
                "the body comes either from {one} or from {other}, not from both"
            )));
        }
        if content.form && !items.has_fields() {
            return Err(Failure::usage(
                "--form says how items as name=value are sent, and there are none",
            )
            .advise("-F sends a form with files"));
        }
        if let Some(path) = &content.upload_file {
            return Ok(Self {
                upload: Some(Upload::file(path)?),
                ..Self::default()
            });
        }
        if !content.form_parts.is_empty() {
            let parts = content.form_parts.iter();
            let parts: Result<_, _> = parts.map(|text| multipart::option_part(text)).collect();
            return Ok(Self::form(parts?));
        }
        if items.has_files() {
            return Ok(Self::form(items.as_parts()?));
        }
        if items.has_fields() {
            return Ok(match content.form {
                true => Self::new(items.as_form(), FORM),
                false => Self {
                    accept: Some("application/json, */*;q=0.5"),
                    ..Self::new(items.as_json(), JSON)
                },
            });
        }
        match &content.data.parts[..] {
            [] => Ok(Self::default()),
            [DataPart::Binary(data)] => Ok(Self {
                upload: Some(match data.strip_prefix('@') {
                    None => Upload::Bytes(data.as_bytes().to_vec()),
                    Some(path) => Upload::file(Path::new(path))?,
                }),
                content_type: Some(FORM.to_owned()),
                accept: None,
            }),
            parts => {
                let is_json = |part: &DataPart| matches!(part, DataPart::Json(_));
                if !parts.iter().any(is_json) {
                    return Ok(Self::new(joined(parts)?, FORM));
                }
                if !parts.iter().all(is_json) {
                    return Err(Failure::usage("--data-json is joined with no other data"));
                }
                Ok(Self {
                    accept: Some(JSON),
                    ..Self::new(joined(parts)?, JSON)
                })
            }
        }
    }

    /// The address for `-T`: with the file's name, if it names a folder.
    pub(crate) fn address(content: &Content, address: &str) -> String {
        let name = content.upload_file.as_deref().and_then(Path::file_name);
        match name.map(|name| name.to_string_lossy()) {
            Some(name) if name != "-" => with_name(address, &name),
            _ => address.to_owned(),
        }
    }
}

/// The data of the options, joined by `&`; pieces of JSON are put together as they are.
pub(crate) fn joined(parts: &[DataPart]) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && !matches!(part, DataPart::Json(_)) {
            body.push(b'&');
        }
        match part {
            DataPart::Raw(data) => body.extend_from_slice(data.as_bytes()),
            DataPart::Text(data) => {
                let is_file = data.starts_with('@');
                let bytes = text_or_file(data)?;
                // As curl does it.
                let kept = |byte: &u8| !is_file || !matches!(byte, b'\r' | b'\n' | 0);
                body.extend(bytes.into_iter().filter(kept));
            }
            DataPart::Binary(data) | DataPart::Json(data) => {
                body.extend(text_or_file(data)?);
            }
            DataPart::UrlEncoded(data) => body.extend(url_encoded(data)?.into_bytes()),
        }
    }
    Ok(body)
}

fn text_or_file(data: &str) -> Result<Vec<u8>, Failure> {
    match data.strip_prefix('@') {
        None => Ok(data.as_bytes().to_vec()),
        Some(path) => read(path),
    }
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let (mut reader, _) = upload::open(Path::new(path))?;
    let mut bytes = Vec::new();
    reader
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file(READ, path, &error))?;
    Ok(bytes)
}

/// `DATA`, `=DATA`, `NAME=DATA`, `@FILE`, `NAME@FILE`: only what is not the name is escaped.
fn url_encoded(text: &str) -> Result<String, Failure> {
    let at = text.find('=').or_else(|| text.find('@'));
    let Some(at) = at else {
        return Ok(form_escaped_bytes(text.as_bytes()));
    };
    let (name, value) = (&text[..at], &text[at + 1..]);
    let escaped = match text.as_bytes()[at] {
        b'@' => form_escaped_bytes(&read(value)?),
        _ => form_escaped_bytes(value.as_bytes()),
    };
    Ok(match name {
        "" => escaped,
        _ => format!("{name}={escaped}"),
    })
}
