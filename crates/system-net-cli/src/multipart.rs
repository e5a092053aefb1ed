//! Forms with files: multipart/form-data (RFC 7578), sent as the files are read.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::failure::{Failure, READ};
use crate::upload::{self, Again, Upload};

/// One field.
pub(crate) struct Part {
    /// The lines before the content.
    head: String,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    File {
        reader: Box<dyn Read>,
        length: Option<u64>,
        path: PathBuf,
    },
}

/// A form whose files can be read once more, with the texts between them.
#[derive(Clone)]
pub(crate) struct Form(Vec<Piece>);

#[derive(Clone)]
enum Piece {
    Bytes(Arc<[u8]>),
    File { path: PathBuf, length: u64 },
}

impl Form {
    /// The form from its beginning, with the same boundary.
    pub(crate) fn open(&self) -> Result<Upload, Failure> {
        let mut reader: Box<dyn Read> = Box::new(std::io::empty());
        let mut sum = 0;
        for piece in &self.0 {
            match piece {
                Piece::Bytes(bytes) => {
                    sum += bytes.len() as u64;
                    reader = Box::new(reader.chain(Cursor::new(Arc::clone(bytes))));
                }
                Piece::File { path, length } => {
                    let (file, _) = upload::open(path)?;
                    sum += length;
                    reader = Box::new(reader.chain(file.take(*length)));
                }
            }
        }
        Ok(Upload::Stream {
            reader,
            length: Some(sum),
            name: "the form".to_owned(),
            again: Some(Again::Form(self.clone())),
        })
    }
}

impl Part {
    pub(crate) fn text(name: &str, value: &str) -> Self {
        Self::bytes(name, value.as_bytes().to_vec(), None, None)
    }

    fn bytes(name: &str, value: Vec<u8>, content_type: Option<&str>, file: Option<&str>) -> Self {
        Self {
            head: head(name, content_type, file),
            content: Content::Bytes(value),
        }
    }
}

/// A field with a file; its name and type are said unless given.
pub(crate) fn file_part(
    name: &str,
    path: &Path,
    content_type: Option<&str>,
    file_name: Option<&str>,
) -> Result<Part, Failure> {
    let (reader, length) = upload::open(path)?;
    let own = path.file_name().map(|name| name.to_string_lossy());
    let file_name = file_name.or(own.as_deref()).unwrap_or("-");
    let content_type = content_type.unwrap_or_else(|| type_of(file_name));
    Ok(Part {
        head: head(name, Some(content_type), Some(file_name)),
        content: Content::File {
            reader,
            length,
            path: path.to_owned(),
        },
    })
}

/// `-F`: `name=value`, `name=@file`, `name=<file`, and behind it `;type=` and `;filename=`.
pub(crate) fn option_part(text: &str) -> Result<Part, Failure> {
    let wrong = |why: &str| Failure::usage(format_args!("-F {text:?}: {why}"));
    let (name, rest) = text.split_once('=').ok_or_else(|| wrong("no name=value"))?;
    let (sign, rest) = match rest.chars().next() {
        Some(sign @ ('@' | '<')) => (sign, &rest[1..]),
        _ => ('=', rest),
    };
    let (value, mut attributes) = word(rest).ok_or_else(|| wrong("a quote is not closed"))?;
    let (mut content_type, mut file_name) = (None, None);
    while let Some(rest) = attributes.strip_prefix(';') {
        let (key, rest) = rest
            .split_once('=')
            .ok_or_else(|| wrong("type= or filename= is expected after ;"))?;
        let (found, rest) = word(rest).ok_or_else(|| wrong("a quote is not closed"))?;
        match key.trim() {
            "type"
                if found
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() || byte == b' ') =>
            {
                content_type = Some(found);
            }
            "filename" => file_name = Some(found),
            _ => return Err(wrong("only type= and filename= are known after ;")),
        }
        attributes = rest;
    }
    let (content_type, file_name) = (content_type.as_deref(), file_name.as_deref());
    match sign {
        '@' => file_part(name, Path::new(&value), content_type, file_name),
        '<' => {
            let (mut reader, _) = upload::open(Path::new(&value))?;
            let mut bytes = Vec::new();
            reader
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::file(READ, value, &error))?;
            Ok(Part::bytes(name, bytes, content_type, file_name))
        }
        _ => Ok(Part::bytes(
            name,
            value.into_bytes(),
            content_type,
            file_name,
        )),
    }
}

/// A word up to a semicolon, or in quotes, in which a backslash keeps a quote or a backslash; and
/// what stands behind it. A semicolon with other than `type=` or `filename=` behind it is part of
/// the word. `None`: the quotes do not end.
fn word(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_end = |at: &usize| {
            let key = text[at + 1..].trim_start();
            key.starts_with("type=") || key.starts_with("filename=")
        };
        let mut semicolons = text.match_indices(';').map(|(at, _)| at);
        let end = semicolons.find(is_end).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut plain = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((plain, &quoted[at + 1..])),
            '\\' => match chars.next()? {
                (_, kept @ ('"' | '\\')) => plain.push(kept),
                (_, other) => plain.extend(['\\', other]),
            },
            other => plain.push(other),
        }
    }
    None
}

/// All parts as a body, and its type.
pub(crate) fn body(parts: Vec<Part>) -> (Upload, String) {
    let boundary = boundary();
    // What is read now, and what would be read once more; the latter only of files.
    let mut reader: Box<dyn Read> = Box::new(std::io::empty());
    let mut pieces = Some(Vec::new());
    let (mut length, mut has_files) = (Some(0), false);
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.head).as_bytes());
        match part.content {
            Content::Bytes(bytes) => text.extend_from_slice(&bytes),
            Content::File {
                reader: file,
                length: own,
                path,
            } => {
                has_files = true;
                let before: Arc<[u8]> = std::mem::take(&mut text).into();
                let both = length.zip(own);
                length = both.map(|(sum, own)| sum + before.len() as u64 + own);
                pieces = pieces.zip(own).map(|(mut pieces, length)| {
                    pieces.push(Piece::Bytes(Arc::clone(&before)));
                    pieces.push(Piece::File { path, length });
                    pieces
                });
                // Of a file that grows meanwhile, what was there; one that shrinks fails when it is
                // sent.
                let file = file.take(own.unwrap_or(u64::MAX));
                reader = Box::new(reader.chain(Cursor::new(before)).chain(file));
            }
        }
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    if !has_files {
        return (Upload::Bytes(text), content_type);
    }
    let last: Arc<[u8]> = text.into();
    let again = pieces.map(|mut pieces| {
        pieces.push(Piece::Bytes(Arc::clone(&last)));
        Again::Form(Form(pieces))
    });
    let upload = Upload::Stream {
        length: length.map(|sum: u64| sum + last.len() as u64),
        reader: Box::new(reader.chain(Cursor::new(last))),
        name: "the form".to_owned(),
        again,
    };
    (upload, content_type)
}

fn head(name: &str, content_type: Option<&str>, file: Option<&str>) -> String {
    let mut head = format!("Content-Disposition: form-data; name=\"{}\"", escaped(name));
    if let Some(file) = file {
        head.push_str(&format!("; filename=\"{}\"", escaped(file)));
    }
    head.push_str("\r\n");
    if let Some(content_type) = content_type {
        head.push_str(&format!("Content-Type: {content_type}\r\n"));
    }
    head
}

/// Inside quotes, as browsers and curl do it (HTML, "multipart/form-data encoding algorithm").
fn escaped(text: &str) -> String {
    text.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Which nobody can guess who wrote a file: the keys of a hash are random.
pub(crate) fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("------------------------{:016x}{:016x}", random(), random())
}

/// The type of a file, by its name; curl knows these.
fn type_of(file_name: &str) -> &'static str {
    let ending = file_name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "htm" | "html" => "text/html",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_taken_apart() {
        for (text, head, content) in [
            ("a=b", "name=\"a\"", "b"),
            ("a=", "name=\"a\"", ""),
            ("a=b;c", "name=\"a\"", "b;c"),
            ("a=b;type=text/x", "name=\"a\"\r\nContent-Type: text/x", "b"),
            (
                "a=b;type=t/x; c=d",
                "name=\"a\"\r\nContent-Type: t/x; c=d",
                "b",
            ),
            (
                "a=b;filename=f;type=t",
                "name=\"a\"; filename=\"f\"\r\nContent-Type: t",
                "b",
            ),
            ("a=\"b;type=x\"", "name=\"a\"", "b;type=x"),
            (
                "a=\"q\\\"\\\\r\\s\";filename=\"x;y\"",
                "name=\"a\"; filename=\"x;y\"",
                "q\"\\r\\s",
            ),
            ("q\"\r\n=b", "name=\"q%22%0D%0A\"", "b"),
        ] {
            let part = option_part(text)
                .map_err(|failure| failure.message)
                .unwrap();
            assert_eq!(
                part.head,
                format!("Content-Disposition: form-data; {head}\r\n")
            );
            let Content::Bytes(bytes) = part.content else {
                panic!("{text} is no file");
            };
            assert_eq!(bytes, content.as_bytes(), "{text}");
        }
        for text in ["a", "a=\"b", "a=\"b\";x", "a=b;type=x\r\nX: y", "a=@/no"] {
            assert!(option_part(text).is_err(), "{text}");
        }
    }

    #[test]
    fn boundaries_differ() {
        let (one, other) = (boundary(), boundary());
        assert_ne!(one, other);
        assert_eq!(one.len(), 56);
    }
}
