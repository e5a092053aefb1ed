//! Any selection of components in any form: `GetComponents`, `ToString`, and what the other
//! members are made of.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::escape::{Context, Existing, URI_CHARS, Unescape, escape, unescape};
use crate::flags::Flags;
use crate::host::{HostKind, idn};
use crate::inner::Inner;
use crate::iri::{self, Part};
use crate::path::{Form, RawPath};
use crate::syntax::Rules;
use crate::uri::Uri;
use crate::{UriComponents, UriFormat, UriFormatError, UriFormatErrorKind as Kind};

impl From<UriFormat> for Form {
    fn from(format: UriFormat) -> Self {
        match format {
            UriFormat::UriEscaped => Self::Escaped,
            UriFormat::Unescaped => Self::Unescaped,
            UriFormat::SafeUnescaped => Self::Safe,
        }
    }
}

impl Uri {
    /// The given components in the given form, with the delimiters between them. A single
    /// component comes without its delimiter unless [`UriComponents::KEEP_DELIMITER`] is set.
    ///
    /// .NET: `Uri.GetComponents`
    ///
    /// # Errors
    /// [`NotAbsolute`](Kind::NotAbsolute) if the URI is relative and anything but
    /// [`UriComponents::SERIALIZATION_INFO_STRING`] is asked for;
    /// [`InvalidArgument`](Kind::InvalidArgument) if that is asked for together with others.
    #[doc(alias = "Uri.GetComponents")]
    pub fn components(
        &self,
        components: UriComponents,
        format: UriFormat,
    ) -> Result<Cow<'_, str>, UriFormatError> {
        let serialization = UriComponents::SERIALIZATION_INFO_STRING;
        if components.intersects(serialization) && components != serialization {
            return Err(UriFormatError::new(Kind::InvalidArgument, 0));
        }
        if self.is_absolute_uri() {
            return Ok(match self.custom_parser() {
                Some(parser) => Cow::Owned(parser.components(self, components, format)),
                None => self.compose(components, format.into()),
            });
        }
        if components != serialization {
            return Err(UriFormatError::new(Kind::NotAbsolute, 0));
        }
        let text = self.source_text();
        let context = Context::of(Part::Other, Rules::IRI, b"");
        Ok(match format {
            UriFormat::UriEscaped => escape(text, URI_CHARS, Existing::Keep),
            UriFormat::Unescaped => unescape(text, Unescape::All, context),
            UriFormat::SafeUnescaped => unescape(text, Unescape::Safe, context),
        })
    }

    /// The text that was read, after rewriting.
    pub(crate) fn source_text(&self) -> &str {
        let inner = self.inner();
        inner.at(inner.source_text)
    }

    /// The components as the parser of the URI gives them, which may be a custom one.
    pub(crate) fn parts(&self, components: UriComponents, form: Form) -> Cow<'_, str> {
        match (self.custom_parser(), form) {
            (None, _) => self.compose(components, form),
            (Some(parser), form) => {
                let format = match form {
                    Form::Escaped => UriFormat::UriEscaped,
                    Form::Unescaped => UriFormat::Unescaped,
                    Form::Safe | Form::Display => UriFormat::SafeUnescaped,
                };
                Cow::Owned(parser.components(self, components, format))
            }
        }
    }

    /// The components as the built-in parser gives them.
    pub(crate) fn compose(&self, components: UriComponents, form: Form) -> Cow<'_, str> {
        let inner = self.inner();
        let mut parts = components;
        if parts == UriComponents::SCHEME {
            return Cow::Borrowed(self.scheme());
        }
        if parts.intersects(UriComponents::SERIALIZATION_INFO_STRING) {
            parts |= UriComponents::ABSOLUTE_URI;
        }
        if parts.intersects(UriComponents::NORMALIZED_HOST) {
            parts |= UriComponents::HOST;
        }
        if parts == UriComponents::PORT || parts == UriComponents::STRONG_PORT {
            return match inner.shown_port(parts) {
                Some(port) => Cow::Owned(port.to_string()),
                None => Cow::Borrowed(""),
            };
        }
        if parts.intersects(UriComponents::STRONG_PORT) {
            parts |= UriComponents::PORT;
        }
        if form == Form::Escaped
            && let Some(slice) = inner.slice_of(parts)
        {
            return Cow::Borrowed(slice);
        }
        if parts == UriComponents::PATH
            || parts == UriComponents::PATH | UriComponents::KEEP_DELIMITER
        {
            return inner.path_alone(parts, form);
        }
        Cow::Owned(inner.write_parts(parts, form))
    }

    /// Writes the URI for people.
    fn display(&self) -> Cow<'_, str> {
        if !self.is_absolute_uri() {
            return Cow::Borrowed(self.source_text());
        }
        self.parts(UriComponents::ABSOLUTE_URI, Form::Display)
    }
}

impl fmt::Display for Uri {
    /// The URI for people: unescaped where it stays readable as a URI.
    ///
    /// .NET: `Uri.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.display())
    }
}

impl Inner {
    /// The port, if the selection shows it.
    fn shown_port(&self, parts: UriComponents) -> Option<u16> {
        let strong = parts.intersects(UriComponents::STRONG_PORT) && self.default_port.is_some();
        if strong || self.flags.any(Flags::NOT_DEFAULT_PORT) {
            self.port
        } else {
            None
        }
    }

    /// Selections that are one slice of the form for the wire.
    fn slice_of(&self, parts: UriComponents) -> Option<&str> {
        let wire = &self.wire;
        let no_user = !self.flags.any(Flags::HAS_USER);
        let (start, end) = match parts {
            UriComponents::ABSOLUTE_URI => (wire.scheme, wire.end),
            UriComponents::HTTP_REQUEST_URL if no_user => (wire.scheme, wire.fragment),
            UriComponents::SCHEME_AND_SERVER if no_user => (wire.scheme, wire.path),
            UriComponents::HOST => (wire.host, wire.port),
            UriComponents::PATH_AND_QUERY => (wire.path, wire.fragment),
            _ => return None,
        };
        Some(self.slice(start, end))
    }

    fn raw_path(&self) -> RawPath<'_> {
        RawPath {
            text: self.slice(self.source.path, self.source.query),
            flags: self.flags,
            rules: self.rules,
        }
    }

    fn path(&self, form: Form) -> Cow<'_, str> {
        match form {
            Form::Escaped => Cow::Borrowed(self.slice(self.wire.path, self.wire.query)),
            _ => self.raw_path().render(form),
        }
    }

    /// The path alone loses the slash that the authority before it would need.
    fn path_alone(&self, parts: UriComponents, form: Form) -> Cow<'_, str> {
        let path = self.path(form);
        let strips = parts == UriComponents::PATH && self.flags.any(Flags::AUTHORITY);
        match path {
            path if !strips || !path.starts_with('/') => path,
            Cow::Borrowed(path) => Cow::Borrowed(&path[1..]),
            Cow::Owned(path) => Cow::Owned(path[1..].to_owned()),
        }
    }

    fn write_parts(&self, parts: UriComponents, form: Form) -> String {
        let has = |component| parts.intersects(component);
        let mut out = String::with_capacity((self.wire.end - self.wire.scheme) as usize + 16);
        if has(UriComponents::SCHEME) {
            out.push_str(self.at(self.scheme));
            out.push_str(if self.flags.any(Flags::AUTHORITY) {
                "://"
            } else {
                ":"
            });
        }
        if has(UriComponents::USER_INFO) && self.flags.any(Flags::HAS_USER) {
            self.write_user(&mut out, form);
            if parts == UriComponents::USER_INFO {
                out.pop();
            }
        }
        if has(UriComponents::HOST) {
            self.write_host(&mut out, parts, form);
        }
        if has(UriComponents::PORT)
            && let Some(port) = self.shown_port(parts)
        {
            let _ = write!(out, ":{port}");
        }
        if has(UriComponents::PATH) {
            out.push_str(&self.path(form));
        }
        if has(UriComponents::QUERY) && self.source.query < self.source.fragment {
            if parts != UriComponents::QUERY {
                out.push('?');
            }
            out.push_str(&self.query(form));
        }
        if has(UriComponents::FRAGMENT) && self.source.fragment < self.source.end {
            if parts != UriComponents::FRAGMENT {
                out.push('#');
            }
            out.push_str(&self.fragment(form));
        }
        out
    }

    const fn vouched(&self) -> bool {
        self.flags.any(Flags::USER_ESCAPED)
    }

    const fn safe(&self) -> Unescape {
        if self.vouched() {
            Unescape::SafeAsIs
        } else {
            Unescape::Safe
        }
    }

    const fn context(&self, part: Part, delimiters: &'static [u8]) -> Context {
        Context::of(part, self.rules, delimiters)
    }

    /// User info with its `@`.
    fn write_user(&self, out: &mut String, form: Form) {
        let text = self.slice(self.source.user, self.source.host);
        let ugly = self.flags.any(Flags::USER_NOT_DISPLAY);
        match form {
            Form::Escaped => out.push_str(self.slice(self.wire.user, self.wire.host)),
            Form::Safe if ugly => {
                let bare = text.strip_suffix('@').unwrap_or(text);
                out.push_str(&unescape(
                    bare,
                    self.safe(),
                    self.context(Part::Other, b"@/\\"),
                ));
                out.push('@');
            }
            Form::Unescaped if ugly => {
                out.push_str(&unescape(
                    text,
                    Unescape::All,
                    self.context(Part::Other, b""),
                ));
            }
            _ => out.push_str(text),
        }
    }

    fn write_host(&self, out: &mut String, parts: UriComponents, form: Form) {
        let host = self.slice(self.wire.host, self.wire.port);
        if host.is_empty() {
            return;
        }
        let mut text = Cow::Borrowed(host);
        if parts.intersects(UriComponents::NORMALIZED_HOST) {
            let stripped: String = host.chars().filter(|&c| !iri::is_bidi_control(c)).collect();
            text = Cow::Owned(idn::to_unicode(&stripped, self.rules.dialect()).unwrap_or(stripped));
        }
        // Only a free-style host can be escaped.
        let ugly = self.host == HostKind::Basic && self.flags.any(Flags::HOST_NOT_DISPLAY);
        let mode = match form {
            Form::Escaped => Unescape::No,
            _ if !ugly => Unescape::No,
            Form::Unescaped => Unescape::All,
            Form::Safe | Form::Display => self.safe(),
        };
        out.push_str(&unescape(&text, mode, self.context(Part::Other, b"/?#")));
        if let (true, Some(zone)) = (
            parts.intersects(UriComponents::SERIALIZATION_INFO_STRING),
            self.zone,
        ) {
            out.pop();
            let _ = write!(out, "%{}]", self.at(zone));
        }
    }

    /// How query and fragment are unescaped.
    const fn tail_mode(&self, form: Form, ugly: bool) -> Unescape {
        match form {
            _ if !ugly => Unescape::No,
            Form::Escaped => Unescape::No,
            Form::Unescaped => Unescape::All,
            Form::Safe => self.safe(),
            Form::Display if self.vouched() => Unescape::DisplayAsIs,
            Form::Display => Unescape::Display,
        }
    }

    /// The query without `?`.
    fn query(&self, form: Form) -> Cow<'_, str> {
        if form == Form::Escaped {
            return Cow::Borrowed(self.slice(self.wire.query + 1, self.wire.fragment));
        }
        let mode = self.tail_mode(form, self.flags.any(Flags::QUERY_NOT_DISPLAY));
        let text = self.slice(self.source.query + 1, self.source.fragment);
        unescape(text, mode, self.context(Part::Query, b"#"))
    }

    /// The fragment without `#`.
    fn fragment(&self, form: Form) -> Cow<'_, str> {
        if form == Form::Escaped {
            return Cow::Borrowed(self.slice(self.wire.fragment + 1, self.wire.end));
        }
        let mode = self.tail_mode(form, self.flags.any(Flags::FRAGMENT_NOT_DISPLAY));
        let text = self.slice(self.source.fragment + 1, self.source.end);
        unescape(text, mode, self.context(Part::Other, b"#"))
    }
}
