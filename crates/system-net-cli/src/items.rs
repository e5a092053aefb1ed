//! Request items, as of xh and HTTPie: `Header:value`, `name==value`, `name=value`, `name:=json`,
//! `name@file`. A backslash takes its meaning from a sign of those.

use std::path::PathBuf;

use serde::de::IgnoredAny;

use crate::address::form_escaped;
use crate::failure::{Failure, READ};
use crate::headers::Header;
use crate::multipart::{Part, file_part};

/// The items of a call.
#[derive(Default)]
pub(crate) struct Items {
    pub(crate) headers: Vec<Header>,
    query: Vec<(String, String)>,
    fields: Vec<(String, Field)>,
}

/// What a field of the body holds.
enum Field {
    Text(String),
    /// JSON, as it was written.
    Json(String),
    File(String),
}

/// What stands between name and value; of two that fit, the first here counts.
const SEPARATORS: [&str; 7] = [":=@", "=@", ":=", "==", "=", "@", ":"];

/// A text cut at its separator.
struct Cut<'a> {
    name: String,
    separator: &'static str,
    value: &'a str,
}

impl Items {
    /// Tells addresses, of which there is at least one, from items.
    pub(crate) fn split(arguments: &[String]) -> Result<(Vec<&str>, Self), Failure> {
        let (mut addresses, mut items) = (Vec::new(), Self::default());
        for (index, text) in arguments.iter().enumerate() {
            match cut(text).filter(|_| index > 0) {
                Some(found) if !found.is_address() => items.add(text, found)?,
                _ if index > 0 && is_empty_header(text) => items.headers.push(Header::parse(text)?),
                _ => addresses.push(text.as_str()),
            }
        }
        Ok((addresses, items))
    }

    fn add(&mut self, text: &str, cut: Cut<'_>) -> Result<(), Failure> {
        let (name, value) = (cut.name, unescaped(cut.value));
        if name.is_empty() {
            return Err(Failure::usage(format_args!(
                "{text:?}: the name is missing"
            )));
        }
        let field = match cut.separator {
            ":" => {
                self.headers
                    .push(Header::parse(&format!("{name}:{value}"))?);
                return Ok(());
            }
            "==" => {
                self.query.push((name, value));
                return Ok(());
            }
            "=" => Field::Text(value),
            "@" => Field::File(value),
            ":=" => Field::Json(json(text, value)?),
            "=@" => Field::Text(read(&value)?),
            _ => Field::Json(json(text, read(&value)?)?),
        };
        self.fields.push((name, field));
        Ok(())
    }

    /// Whether there is something for a body.
    pub(crate) fn has_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Whether a file is among the fields.
    pub(crate) fn has_files(&self) -> bool {
        let is_file = |(_, field): &(String, Field)| matches!(field, Field::File(_));
        self.fields.iter().any(is_file)
    }

    /// What is added to the query of each address.
    pub(crate) fn query(&self) -> String {
        pairs(self.query.iter().map(|(name, value)| (name, value)))
    }

    /// The fields as an object of JSON, in their order; of two of one name the last counts.
    pub(crate) fn as_json(&self) -> String {
        let mut object = String::from("{");
        for (index, (name, field)) in self.fields.iter().enumerate() {
            if self.fields[index + 1..]
                .iter()
                .any(|(later, _)| later == name)
            {
                continue;
            }
            if object.len() > 1 {
                object.push(',');
            }
            object.push_str(&quoted(name));
            object.push(':');
            match field {
                Field::Text(text) => object.push_str(&quoted(text)),
                Field::Json(json) => object.push_str(json),
                // Files are sent as forms.
                Field::File(_) => object.push_str("null"),
            }
        }
        object.push('}');
        object
    }

    /// The fields as a form without files.
    pub(crate) fn as_form(&self) -> String {
        pairs(self.fields.iter().map(|(name, field)| {
            let (Field::Text(value) | Field::Json(value) | Field::File(value)) = field;
            (name, value)
        }))
    }

    /// The fields as the parts of a form with files.
    pub(crate) fn as_parts(&self) -> Result<Vec<Part>, Failure> {
        let part = |(name, field): &(String, Field)| match field {
            Field::Text(value) | Field::Json(value) => Ok(Part::text(name, value)),
            Field::File(value) => {
                let (path, content_type) = match value.split_once(";type=") {
                    Some((path, content_type)) => (path, Some(content_type)),
                    None => (value.as_str(), None),
                };
                file_part(name, &PathBuf::from(path), content_type, None)
            }
        };
        self.fields.iter().map(part).collect()
    }
}

impl Cut<'_> {
    /// Whether it is rather an address that has the sign in it: `http://`, `host/?a=b`,
    /// `127.0.0.1:80`. Names of headers have neither dots nor brackets.
    fn is_address(&self) -> bool {
        let name = self.name.as_str();
        match self.separator {
            ":" => {
                self.value.starts_with("//")
                    || name.is_empty()
                    || name == "localhost"
                    || name.contains(['.', '/', '[', '?'])
            }
            ":=" | ":=@" => name.contains('/'),
            _ => name.contains(['/', '?']) && !name.starts_with('@'),
        }
    }
}

/// Cuts at the first separator that no backslash stands before.
fn cut(text: &str) -> Option<Cut<'_>> {
    let mut name = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(escaped) = escape(rest) {
            name.push(escaped);
            rest = &rest[1 + escaped.len_utf8()..];
            continue;
        }
        if let Some(separator) = SEPARATORS.iter().find(|sign| rest.starts_with(**sign)) {
            return Some(Cut {
                name,
                separator,
                value: &rest[separator.len()..],
            });
        }
        name.push(first);
        rest = &rest[first.len_utf8()..];
    }
    None
}

/// The sign that a backslash here takes the meaning from.
fn escape(text: &str) -> Option<char> {
    let escaped = text.strip_prefix('\\')?.chars().next()?;
    matches!(escaped, ':' | '=' | '@' | ';' | '\\').then_some(escaped)
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let (taken, length) = match escape(rest) {
            Some(escaped) => (escaped, 1 + escaped.len_utf8()),
            None => (first, first.len_utf8()),
        };
        plain.push(taken);
        rest = &rest[length..];
    }
    plain
}

/// `Name;`: a header with an empty value.
fn is_empty_header(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.strip_suffix(';')
        .is_some_and(|name| !name.is_empty() && name.bytes().all(token))
}

/// A text of JSON, if it is some.
fn json(item: &str, text: String) -> Result<String, Failure> {
    let text = text.trim();
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|error| Failure::usage(format_args!("{item:?}: not JSON: {error}")))?;
    Ok(text.to_owned())
}

fn read(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::file(READ, path, &error))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let pair = |(name, value): (&String, &String)| {
        format!("{}={}", form_escaped(name), form_escaped(value))
    };
    let all: Vec<String> = pairs.map(pair).collect();
    all.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses, query, JSON of a call.
    #[track_caller]
    fn check(arguments: &[&str], addresses: &[&str], query: &str, json: &str) -> Items {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        let (found, items) = Items::split(&arguments).unwrap();
        assert_eq!(found, addresses, "{arguments:?}");
        assert_eq!(items.query(), query, "{arguments:?}");
        assert_eq!(items.as_json(), json, "{arguments:?}");
        items
    }

    #[test]
    fn items_are_told_from_addresses() {
        // The first is an address, whatever it looks like.
        check(&["a=b"], &["a=b"], "", "{}");
        check(
            &[
                "h",
                "127.0.0.1:80/a",
                "https://h/?a=b",
                "h.example/?a=b",
                ":80/a=b",
                "localhost:1",
            ],
            &[
                "h",
                "127.0.0.1:80/a",
                "https://h/?a=b",
                "h.example/?a=b",
                ":80/a=b",
                "localhost:1",
            ],
            "",
            "{}",
        );
        let items = check(&["h", "X-A:b", "X-E;", "X-N:"], &["h"], "", "{}");
        assert_eq!(items.headers.len(), 3);
        check(
            &["h", "a==1 2", "u==http://x/?y=z"],
            &["h"],
            "a=1+2&u=http%3A%2F%2Fx%2F%3Fy%3Dz",
            "{}",
        );
        check(
            &[
                "h",
                "a=b",
                "url=http://x",
                "n:=1",
                "o:={\"z\": 1, \"a\":[]}",
                "q=\"",
                "a=c",
            ],
            &["h"],
            "",
            r#"{"url":"http://x","n":1,"o":{"z": 1, "a":[]},"q":"\"","a":"c"}"#,
        );
        check(
            &["h", r"a\:b=c", r"d\=e=f\=g", r"back\slash=\x", "ü=ß"],
            &["h"],
            "",
            r#"{"a:b":"c","d=e":"f=g","back\\slash":"\\x","ü":"ß"}"#,
        );
    }

    #[test]
    fn items_that_are_wrong() {
        for text in ["a:=b", "a:={", "=x", "==x", "@x", "a=@/nowhere/at/all"] {
            let arguments = ["h".to_owned(), text.to_owned()];
            assert!(Items::split(&arguments).is_err(), "{text}");
        }
    }

    #[test]
    fn items_as_a_form() {
        let items = check(&["h", "a=b c", "n:=1"], &["h"], "", r#"{"a":"b c","n":1}"#);
        assert_eq!(items.as_form(), "a=b+c&n=1");
    }
}
