//! The static members of System.Uri: checks of names, and escaping of plain texts.

use std::borrow::Cow;

use crate::escape::{
    Context, Existing, UNRESERVED, URI_CHARS, Unescape, escape, hex_digit, hex_pair, push_escaped,
    unescape,
};
use crate::parse::classify_host;
use crate::syntax::Rules;
use crate::uri::Uri;
use crate::{UriFormatError, UriFormatErrorKind as Kind, UriHostNameType, address};

/// Whether the text is a scheme name by RFC 3986 section 3.1.
pub(crate) fn check_scheme_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

impl Uri {
    /// Whether the text is a scheme name by RFC 3986 section 3.1.
    ///
    /// .NET: `Uri.CheckSchemeName`
    #[doc(alias = "Uri.CheckSchemeName")]
    #[must_use]
    pub fn check_scheme_name(name: &str) -> bool {
        check_scheme_name(name)
    }

    /// What kind of host the text is; an IPv6 address may stand without brackets.
    ///
    /// .NET: `Uri.CheckHostName`
    #[doc(alias = "Uri.CheckHostName")]
    #[must_use]
    pub fn check_host_name(name: &str) -> UriHostNameType {
        if name.is_empty() || name.encode_utf16().count() > i16::MAX as usize {
            return UriHostNameType::Unknown;
        }
        let rules = Rules::INTERNET_HOST.with(Rules::IDN);
        if let Some(kind) = classify_host(name, rules) {
            return kind.name_type();
        }
        match address::ipv6_literal(format!("{name}]").as_bytes()) {
            Some((_, end)) if end == name.len() + 1 => UriHostNameType::IPv6,
            _ => UriHostNameType::Unknown,
        }
    }

    /// Escapes a text that is to be data inside a URI: all but letters, digits and `-._~`.
    ///
    /// .NET: `Uri.EscapeDataString`
    ///
    /// # Examples
    /// ```
    /// use system_net_uri::Uri;
    /// assert_eq!(Uri::escape_data_string("a b&c/ä"), "a%20b%26c%2F%C3%A4");
    /// ```
    #[doc(alias = "Uri.EscapeDataString")]
    #[must_use]
    pub fn escape_data_string(text: &str) -> Cow<'_, str> {
        escape(text, UNRESERVED, Existing::Escape)
    }

    /// Escapes a text that is a whole URI without escapes: reserved characters stay.
    ///
    /// .NET: `Uri.EscapeUriString`
    #[doc(alias = "Uri.EscapeUriString")]
    #[must_use]
    pub fn escape_uri_string(text: &str) -> Cow<'_, str> {
        escape(text, URI_CHARS, Existing::Escape)
    }

    /// Unescapes everything that has the form of an escape. Bytes that are no UTF-8 stay escaped.
    ///
    /// .NET: `Uri.UnescapeDataString`
    #[doc(alias = "Uri.UnescapeDataString")]
    #[must_use]
    pub fn unescape_data_string(text: &str) -> Cow<'_, str> {
        unescape(text, Unescape::All, Context::PLAIN)
    }

    /// The escape of a character up to U+00FF: `%XX`.
    ///
    /// .NET: `Uri.HexEscape`
    ///
    /// # Errors
    /// [`InvalidArgument`](Kind::InvalidArgument) beyond U+00FF.
    #[doc(alias = "Uri.HexEscape")]
    pub fn hex_escape(character: char) -> Result<String, UriFormatError> {
        let byte = u8::try_from(u32::from(character))
            .map_err(|_| UriFormatError::new(Kind::InvalidArgument, 0))?;
        let mut out = String::with_capacity(3);
        push_escaped(&mut out, byte);
        Ok(out)
    }

    /// The character at byte `index`, unescaped if it is `%XX`, and the index behind it.
    ///
    /// .NET: `Uri.HexUnescape`
    ///
    /// # Errors
    /// [`InvalidArgument`](Kind::InvalidArgument) if no character begins at `index`.
    #[doc(alias = "Uri.HexUnescape")]
    pub fn hex_unescape(pattern: &str, index: usize) -> Result<(char, usize), UriFormatError> {
        if Self::is_hex_encoding(pattern, index)
            && let Some(byte) = hex_pair(pattern.as_bytes(), index + 1)
        {
            return Ok((char::from(byte), index + 3));
        }
        pattern
            .get(index..)
            .and_then(|rest| rest.chars().next())
            .map(|c| (c, index + c.len_utf8()))
            .ok_or_else(|| UriFormatError::new(Kind::InvalidArgument, index))
    }

    /// Whether `%XX` stands at byte `index`.
    ///
    /// .NET: `Uri.IsHexEncoding`
    #[doc(alias = "Uri.IsHexEncoding")]
    #[must_use]
    pub fn is_hex_encoding(pattern: &str, index: usize) -> bool {
        let bytes = pattern.as_bytes();
        bytes.get(index) == Some(&b'%') && hex_pair(bytes, index + 1).is_some()
    }

    /// Whether the character is a hexadecimal digit.
    ///
    /// .NET: `Uri.IsHexDigit`
    #[doc(alias = "Uri.IsHexDigit")]
    #[must_use]
    pub const fn is_hex_digit(character: char) -> bool {
        character.is_ascii_hexdigit()
    }

    /// The value of a hexadecimal digit.
    ///
    /// .NET: `Uri.FromHex`
    ///
    /// # Errors
    /// [`InvalidArgument`](Kind::InvalidArgument) if it is none.
    #[doc(alias = "Uri.FromHex")]
    pub fn from_hex(digit: char) -> Result<u8, UriFormatError> {
        u8::try_from(digit)
            .ok()
            .and_then(hex_digit)
            .ok_or_else(|| UriFormatError::new(Kind::InvalidArgument, 0))
    }
}
