//! Character sets of bodies: which one a content type names.

use encoding_rs::{Encoding, UTF_8};

/// The encoding that the `charset` parameter of a content type names; UTF-8 without one or with an
/// unknown one.
pub(crate) fn encoding_of(content_type: Option<&str>) -> &'static Encoding {
    content_type
        .and_then(charset)
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .unwrap_or(UTF_8)
}

/// The value of the `charset` parameter, without quotes.
pub(crate) fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charset_of_a_content_type() {
        for (content_type, expected) in [
            ("text/plain", None),
            ("text/plain; charset=utf-8", Some("utf-8")),
            ("text/plain;Charset=\"ISO-8859-1\"", Some("ISO-8859-1")),
            (
                "text/plain; format=flowed; charset = koi8-r ",
                Some("koi8-r"),
            ),
            ("text/plain; charsets=x", None),
        ] {
            assert_eq!(charset(content_type), expected, "{content_type}");
        }
        assert_eq!(
            encoding_of(Some("a/b; charset=iso-8859-1")).name(),
            "windows-1252"
        );
        assert_eq!(encoding_of(Some("a/b; charset=nonsense")).name(), "UTF-8");
    }
}
