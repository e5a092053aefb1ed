//! The characters of bodies: what a request says of them, and in which a response sends text.

use std::borrow::Cow;

use encoding_rs::{EncoderResult, Encoding, UTF_8};
use system_net_primitives::Misuse;

use crate::error::HttpListenerError;
use crate::request::HttpListenerRequest;
use crate::response::HttpListenerResponse;

impl HttpListenerRequest {
    /// The name of the encoding that the text of the body is in: the `charset` of its media type, in
    /// the client's own letters; `utf-8` if it names none.
    ///
    /// .NET: `System.Net.HttpListenerRequest.ContentEncoding`
    ///
    /// # Differences from .NET
    /// There it is an `Encoding`, and that of the machine if none is named.
    #[doc(alias = "HttpListenerRequest.ContentEncoding")]
    #[must_use]
    pub fn content_encoding(&self) -> Cow<'_, str> {
        let named = match self.content_type() {
            Some(Cow::Borrowed(text)) => charset(text).map(Cow::Borrowed),
            Some(Cow::Owned(text)) => charset(&text).map(|name| Cow::Owned(name.to_owned())),
            None => None,
        };
        named.unwrap_or(Cow::Borrowed("utf-8"))
    }
}

/// Text.
impl HttpListenerResponse {
    /// The name of the encoding that [`close_with_text`](Self::close_with_text) sends text in; `None`
    /// (UTF-8 then) unless set.
    ///
    /// .NET: `System.Net.HttpListenerResponse.ContentEncoding`
    #[doc(alias = "HttpListenerResponse.ContentEncoding")]
    #[must_use]
    pub fn content_encoding(&self) -> Option<&'static str> {
        self.seldom()?.encoding.map(Encoding::name)
    }

    /// Sets the encoding of text by its name, such as `utf-8` or `iso-8859-1`. It does not touch
    /// `Content-Type`, and not what streams are given.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if there is none of that name, or it is one that no text is sent in
    /// any more (UTF-16); [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_content_encoding(&mut self, value: Option<&str>) -> Result<(), Misuse> {
        let named = |name: &str| {
            Encoding::for_label(name.trim().as_bytes())
                .filter(|encoding| encoding.output_encoding() == *encoding)
                .ok_or_else(|| {
                    Misuse::invalid_argument("value", "no encoding that text is sent in")
                })
        };
        let encoding = value.map(named).transpose()?;
        self.seldom_mut()?.encoding = encoding;
        Ok(())
    }

    /// Gives a whole text, in the [encoding](Self::content_encoding) that was set, and ends the
    /// response. `Content-Type`, if it was not set, says `text/plain` and the encoding. Characters that
    /// the encoding does not have become question marks.
    ///
    /// # Errors
    /// As [`close_with`](Self::close_with).
    pub fn close_with_text(&mut self, text: &str) -> Result<(), HttpListenerError> {
        let encoding = self.seldom().and_then(|seldom| seldom.encoding);
        let encoding = encoding.unwrap_or(UTF_8);
        if self.content_type().is_none() {
            let name = encoding.name().to_ascii_lowercase();
            self.set_content_type(&format!("text/plain; charset={name}"))?;
        }
        self.close_with(encoded(encoding, text))
    }
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    if encoding == UTF_8 {
        return text.as_bytes().to_vec();
    }
    let mut bytes = Vec::with_capacity(text.len() + 16);
    let mut encoder = encoding.new_encoder();
    let mut rest = text;
    loop {
        let (result, read) =
            encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return bytes,
            EncoderResult::OutputFull => bytes.reserve(rest.len() + 16),
            EncoderResult::Unmappable(_) => {
                bytes.reserve(rest.len() + 16);
                bytes.push(b'?');
            }
        }
    }
}

/// The `charset` of a media type, without its quotes.
fn charset(media_type: &str) -> Option<&str> {
    let parameters = media_type.split(';').skip(1);
    parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim().trim_matches('"').trim())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets() {
        #[track_caller]
        fn check(media_type: &str, name: Option<&str>) {
            assert_eq!(charset(media_type), name, "{media_type}");
        }
        check("", None);
        check("text/plain", None);
        check("text/plain; charset=utf-8", Some("utf-8"));
        check("text/plain;CHARSET=\"ISO-8859-1\"", Some("ISO-8859-1"));
        check("text/plain; x=y; charset = utf-16 ; z", Some("utf-16"));
        check("text/plain; charset=", None);
        check("text/plain; charset=\"\"", None);
        check("charset=utf-8", None);
    }

    #[test]
    fn texts() {
        #[track_caller]
        fn check(label: &str, text: &str, bytes: &[u8]) {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            assert_eq!(encoded(encoding, text), bytes, "{label}: {text}");
        }
        check("utf-8", "\u{e4}\u{20ac}", b"\xc3\xa4\xe2\x82\xac");
        check("iso-8859-1", "\u{e4}\u{20ac}", b"\xe4\x80");
        check("iso-8859-15", "\u{20ac}", b"\xa4");
        check("iso-8859-2", "a\u{4e00}\u{4e00}b", b"a??b");
        check("shift_jis", "\u{65e5}x", b"\x93\xfax");
        check("iso-8859-2", "", b"");
        let long = "\u{4e00}".repeat(10_000);
        check("iso-8859-2", &long, "?".repeat(10_000).as_bytes());
        check("gb18030", "\u{1f600}", b"\x94\x39\xfc\x36");
    }
}
