//! The members of System.Uri that .NET has marked obsolete: here so that ported code finds them,
//! deprecated so that the compiler says what to use.

use std::borrow::Cow;

use crate::escape::{Context, Existing, PATH_CHARS, Unescape, escape, unescape};
use crate::uri::Uri;
use crate::{UriFormatError, UriKind, UriSettings};

impl Uri {
    /// Reads an absolute URI; with `dont_escape` the text is taken to be escaped already.
    ///
    /// .NET: `new Uri(string, bool)`
    ///
    /// # Errors
    /// As [`Uri::parse`].
    #[deprecated(note = "use Uri::parse; a text that is escaped already stays as it is")]
    pub fn parse_dont_escape(text: &str, dont_escape: bool) -> Result<Self, UriFormatError> {
        crate::parse::parse(
            text,
            UriKind::Absolute,
            &UriSettings::default(),
            dont_escape,
        )
    }

    /// As [`Uri::combine`]; with `dont_escape` the text is taken to be escaped already.
    ///
    /// .NET: `new Uri(Uri, string, bool)`
    ///
    /// # Errors
    /// As [`Uri::combine`].
    #[deprecated(note = "use Uri::combine")]
    pub fn combine_dont_escape(
        &self,
        relative: &str,
        dont_escape: bool,
    ) -> Result<Self, UriFormatError> {
        self.combine_with(relative, dont_escape)
    }

    /// The relative path to another URI, or that URI as text.
    ///
    /// .NET: `Uri.MakeRelative`
    ///
    /// # Errors
    /// [`NotAbsolute`](crate::UriFormatErrorKind::NotAbsolute) if one of them is relative.
    #[doc(alias = "Uri.MakeRelative")]
    #[deprecated(note = "use Uri::make_relative_uri")]
    pub fn make_relative(&self, to: &Self) -> Result<String, UriFormatError> {
        if !self.is_absolute_uri() || !to.is_absolute_uri() {
            return Err(UriFormatError::new(
                crate::UriFormatErrorKind::NotAbsolute,
                0,
            ));
        }
        Ok(if self.is_on_same_server(to) {
            self.path_to(to)
        } else {
            to.to_string()
        })
    }

    /// Does nothing. .NET: `Uri.Canonicalize`
    #[doc(alias = "Uri.Canonicalize")]
    #[deprecated(note = "a URI is canonical from the start")]
    pub fn canonicalize(&self) {}

    /// Does nothing. .NET: `Uri.CheckSecurity`
    #[doc(alias = "Uri.CheckSecurity")]
    #[deprecated(note = "it never checked anything")]
    pub fn check_security(&self) {}

    /// Does nothing. .NET: `Uri.Escape`
    #[doc(alias = "Uri.Escape")]
    #[deprecated(note = "use Uri::absolute_uri or Uri::components")]
    pub fn escape(&self) {}

    /// Does nothing. .NET: `Uri.Parse`
    #[doc(alias = "Uri.Parse")]
    #[deprecated(note = "a URI is read once, by Uri::parse")]
    pub fn reparse(&self) {}

    /// Unescapes everything in a text. .NET: `Uri.Unescape`
    #[doc(alias = "Uri.Unescape")]
    #[deprecated(note = "use Uri::unescape_data_string")]
    #[must_use]
    pub fn unescape<'t>(&self, path: &'t str) -> Cow<'t, str> {
        unescape(path, Unescape::All, Context::PLAIN)
    }

    /// Escapes a text as a path, keeping its escapes. .NET: `Uri.EscapeString`
    #[doc(alias = "Uri.EscapeString")]
    #[deprecated(note = "use Uri::escape_data_string")]
    #[must_use]
    pub fn escape_string(text: &str) -> Cow<'_, str> {
        escape(text, PATH_CHARS, Existing::Keep)
    }

    /// Whether the character is reserved by RFC 2396. .NET: `Uri.IsReservedCharacter`
    #[doc(alias = "Uri.IsReservedCharacter")]
    #[deprecated(note = "RFC 2396 is replaced by RFC 3986")]
    #[must_use]
    pub const fn is_reserved_character(character: char) -> bool {
        matches!(
            character,
            ';' | '/' | ':' | '@' | '&' | '=' | '+' | '$' | ','
        )
    }

    /// Whether RFC 2396 excludes the character from URIs. .NET: `Uri.IsExcludedCharacter`
    #[doc(alias = "Uri.IsExcludedCharacter")]
    #[deprecated(note = "RFC 2396 is replaced by RFC 3986")]
    #[must_use]
    pub const fn is_excluded_character(character: char) -> bool {
        matches!(character, '\0'..=' ' | '\x7F'.. | '<' | '>' | '#' | '%' | '"')
            || matches!(character, '{' | '}' | '|' | '\\' | '^' | '[' | ']' | '`')
    }

    /// Whether a Windows file name cannot have the character.
    /// .NET: `Uri.IsBadFileSystemCharacter`
    #[doc(alias = "Uri.IsBadFileSystemCharacter")]
    #[deprecated(note = "ask the file system")]
    #[must_use]
    pub const fn is_bad_file_system_character(character: char) -> bool {
        matches!(
            character,
            '\0'..='\x1F' | ';' | '/' | '?' | ':' | '&' | '=' | ','
        ) || matches!(character, '*' | '<' | '>' | '"' | '|' | '\\' | '^')
    }
}
