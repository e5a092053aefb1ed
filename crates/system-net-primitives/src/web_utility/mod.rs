//! `WebUtility`: escaping for HTML and for forms, and back.

mod conformance;
mod entities;
mod html;
mod url;

use std::borrow::Cow;
use std::fmt;

pub use conformance::{UnicodeDecodingConformance, UnicodeEncodingConformance};

/// Escapes text for HTML and for forms, and reads it back, as .NET does.
///
/// .NET: `System.Net.WebUtility`
///
/// # Differences from .NET
/// * There is no null; text is UTF-8, so half a surrogate pair cannot occur in it.
/// * Members that took an array, an offset and a count take a slice.
///
/// # Examples
/// ```
/// use system_net_primitives::WebUtility;
///
/// assert_eq!(WebUtility::html_encode("<b>\u{e4}</b>"), "&lt;b&gt;&#228;&lt;/b&gt;");
/// assert_eq!(WebUtility::html_decode("&frac12; &lt; 1"), "\u{bd} < 1");
/// assert_eq!(WebUtility::url_encode("a b&c"), "a+b%26c");
/// assert_eq!(WebUtility::url_decode("a+b%26c"), "a b&c");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum WebUtility {}

impl WebUtility {
    /// Escapes what HTML gives a meaning: `<`, `>`, `&`, `"` and `'`. The characters 160 to 255
    /// become numbers, as does everything outside the first plane of Unicode; the rest stays.
    ///
    /// .NET: `System.Net.WebUtility.HtmlEncode(String)`
    #[doc(alias = "WebUtility.HtmlEncode")]
    #[must_use]
    pub fn html_encode(value: &str) -> Cow<'_, str> {
        html::encode(value, UnicodeEncodingConformance::Auto)
    }

    /// [`html_encode`](Self::html_encode) into a writer.
    ///
    /// .NET: `System.Net.WebUtility.HtmlEncode(String, TextWriter)`
    ///
    /// # Errors
    /// Those of the writer.
    #[doc(alias = "WebUtility.HtmlEncode")]
    pub fn html_encode_to(value: &str, output: &mut impl fmt::Write) -> fmt::Result {
        html::encode_to(value, UnicodeEncodingConformance::Auto, output)
    }

    /// [`html_encode`](Self::html_encode) in a mode that was configured: with `Compat`, what is
    /// outside the first plane stays as it is.
    #[must_use]
    pub fn html_encode_with(value: &str, mode: UnicodeEncodingConformance) -> Cow<'_, str> {
        html::encode(value, mode)
    }

    /// Reads the names of HTML 4 (`&nbsp;`), `&apos;`, and numbers (`&#160;`, `&#xA0;`). Names
    /// count in their very case and end with `;`; whatever is none of them stays as it is.
    ///
    /// .NET: `System.Net.WebUtility.HtmlDecode(String)`
    #[doc(alias = "WebUtility.HtmlDecode")]
    #[must_use]
    pub fn html_decode(value: &str) -> Cow<'_, str> {
        html::decode(value, UnicodeDecodingConformance::Auto)
    }

    /// [`html_decode`](Self::html_decode) into a writer.
    ///
    /// .NET: `System.Net.WebUtility.HtmlDecode(String, TextWriter)`
    ///
    /// # Errors
    /// Those of the writer.
    #[doc(alias = "WebUtility.HtmlDecode")]
    pub fn html_decode_to(value: &str, output: &mut impl fmt::Write) -> fmt::Result {
        html::decode_to(value, UnicodeDecodingConformance::Auto, output)
    }

    /// [`html_decode`](Self::html_decode) in a mode that was configured. With `Compat` and `Loose`,
    /// two numbers of surrogates make one character; a surrogate alone, which text cannot hold,
    /// becomes U+FFFD.
    #[must_use]
    pub fn html_decode_with(value: &str, mode: UnicodeDecodingConformance) -> Cow<'_, str> {
        html::decode(value, mode)
    }

    /// Escapes text as forms do: a blank becomes `+`; ASCII letters and digits and `-_.!*()` stay;
    /// every other byte of the UTF-8 text becomes `%XX`.
    ///
    /// .NET: `System.Net.WebUtility.UrlEncode(String)`
    #[doc(alias = "WebUtility.UrlEncode")]
    #[must_use]
    pub fn url_encode(value: &str) -> Cow<'_, str> {
        url::encode(value)
    }

    /// Reads what forms escape: `+` is a blank, `%XX` a byte of UTF-8 text. Bytes that are not
    /// UTF-8 become U+FFFD; a `%` that begins no escape stays.
    ///
    /// .NET: `System.Net.WebUtility.UrlDecode(String)`
    #[doc(alias = "WebUtility.UrlDecode")]
    #[must_use]
    pub fn url_decode(encoded_value: &str) -> Cow<'_, str> {
        url::decode(encoded_value)
    }

    /// [`url_encode`](Self::url_encode) of bytes.
    ///
    /// .NET: `System.Net.WebUtility.UrlEncodeToBytes(Byte[], Int32, Int32)`
    #[doc(alias = "WebUtility.UrlEncodeToBytes")]
    #[must_use]
    pub fn url_encode_to_bytes(value: &[u8]) -> Vec<u8> {
        url::encode_bytes(value)
    }

    /// [`url_decode`](Self::url_decode) of bytes, which need not be text.
    ///
    /// .NET: `System.Net.WebUtility.UrlDecodeToBytes(Byte[], Int32, Int32)`
    #[doc(alias = "WebUtility.UrlDecodeToBytes")]
    #[must_use]
    pub fn url_decode_to_bytes(encoded_value: &[u8]) -> Vec<u8> {
        url::decode_bytes(encoded_value)
    }
}
