//! Bodies of forms: `application/x-www-form-urlencoded` and the `multipart/form-data` of a file.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a form; a space becomes `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b' ');

/// Name and value pairs as a form's body.
pub(super) fn url_encoded<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encode = |text: &str| {
        utf8_percent_encode(text, FORM)
            .to_string()
            .replace(' ', "+")
    };
    let pairs: Vec<String> = values
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

/// What stands before and after a file in a multipart body.
pub(super) struct FilePart {
    pub(super) content_type: String,
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
}

impl FilePart {
    /// `boundary` must not occur in the file.
    pub(super) fn new(boundary: &str, file_name: &str) -> Self {
        let before = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            quoted(file_name)
        );
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            before: before.into_bytes(),
            after: format!("\r\n--{boundary}--\r\n").into_bytes(),
        }
    }
}

/// A file name inside quotes: what would end the quotes or the line is escaped as browsers do it
/// (HTML, "multipart/form-data encoding algorithm").
fn quoted(file_name: &str) -> String {
    file_name
        .replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_encoded_forms() {
        for (values, expected) in [
            (&[][..], ""),
            (&[("a", "b")], "a=b"),
            (&[("a b", "c&d"), ("ü", "=+")], "a+b=c%26d&%C3%BC=%3D%2B"),
            (&[("x", "")], "x="),
        ] {
            assert_eq!(url_encoded(values.iter().copied()), expected);
        }
    }

    #[test]
    fn file_names_cannot_break_out_of_the_part() {
        let part = FilePart::new("b", "a\"\r\nX: y");
        let text = String::from_utf8(part.before).unwrap();
        assert!(
            text.contains("filename=\"a%22%0D%0AX: y\"\r\nContent-Type"),
            "{text}"
        );
    }
}
