//! Text: which character set a content type names, and reading it from a stream.

mod decoding;
mod stream_reader;

pub use decoding::MalformedText;
pub use stream_reader::{Lines, StreamReader};

use encoding_rs::{Encoding, UTF_8};
use system_net_primitives::Misuse;

/// The encoding of a name, for example `utf-8` or `iso-8859-1`.
pub(crate) fn encoding_named(name: &str) -> Result<&'static Encoding, Misuse> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        Misuse::invalid_argument(
            "name",
            format!("there is no encoding '{}'", name.escape_debug()),
        )
    })
}

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
