//! A relative URI on its base: RFC 3986 section 5, with the rules for Windows paths.

use std::borrow::Cow;

use crate::flags::Flags;
use crate::host::HostKind;
use crate::parse::{self, is_space};
use crate::path::{Form, compress};
use crate::syntax::Rules;
use crate::uri::Uri;
use crate::{UriComponents, UriFormatError, UriFormatErrorKind as Kind, UriKind};

impl Uri {
    /// The URI that `relative` means on this base. An absolute text is taken as it is.
    ///
    /// .NET: `new Uri(Uri, string)`, `Uri.TryCreate(Uri, string)`
    ///
    /// # Errors
    /// [`UriFormatError`] if the base is relative or the result is no URI.
    #[doc(alias = "new Uri(baseUri, relativeUri)")]
    pub fn combine(&self, relative: &str) -> Result<Self, UriFormatError> {
        self.combine_with(relative, false)
    }

    pub(crate) fn combine_with(
        &self,
        relative: &str,
        escaped: bool,
    ) -> Result<Self, UriFormatError> {
        self.require_absolute()?;
        let relative = parse::parse(
            relative,
            UriKind::RelativeOrAbsolute,
            self.settings(),
            escaped,
        )?;
        self.combine_uri(&relative)
    }

    /// The URI that `relative` means on this base. An absolute one is returned as it is.
    ///
    /// .NET: `new Uri(Uri, Uri)`, `Uri.TryCreate(Uri, Uri)`
    ///
    /// # Errors
    /// [`UriFormatError`] if the base is relative or the result is no URI.
    pub fn combine_uri(&self, relative: &Self) -> Result<Self, UriFormatError> {
        self.require_absolute()?;
        let text = match self.custom_parser() {
            Some(parser) => parser.resolve(self, relative)?,
            None if relative.is_absolute_uri() => return Ok(relative.clone()),
            None => self.resolve_text(relative.original_string(), relative.user_escaped()),
        };
        parse::parse(
            &text,
            UriKind::Absolute,
            self.settings(),
            relative.user_escaped(),
        )
    }

    fn require_absolute(&self) -> Result<(), UriFormatError> {
        if self.is_absolute_uri() {
            Ok(())
        } else {
            Err(UriFormatError::new(Kind::NotAbsolute, 0))
        }
    }

    fn owned(&self, parts: UriComponents, form: Form) -> String {
        self.parts(parts, form).into_owned()
    }

    /// The text of the result.
    pub(crate) fn resolve_text(&self, relative: &str, escaped: bool) -> String {
        let base = self.inner();
        let relative = relative.trim_matches(|c: char| c.is_ascii() && is_space(c as u8));
        let implicit = base.flags.any(Flags::IMPLICIT_FILE);
        let bytes = relative.as_bytes();
        let Some(&first) = bytes.first() else {
            let form = if self.user_escaped() {
                Form::Escaped
            } else {
                Form::Safe
            };
            return self.owned(UriComponents::ABSOLUTE_URI, form);
        };
        let tail = UriComponents::FRAGMENT;
        if first == b'#' && !implicit && base.rules.any(Rules::FRAGMENT) {
            return self.owned(UriComponents::ABSOLUTE_URI & !tail, Form::Escaped) + relative;
        }
        if first == b'?' && !implicit && base.rules.any(Rules::QUERY) {
            let tail = tail | UriComponents::QUERY;
            return self.owned(UriComponents::ABSOLUTE_URI & !tail, Form::Escaped) + relative;
        }
        if is_drive(bytes) {
            if implicit {
                return relative.to_owned();
            }
            if base.rules.any(Rules::DOS_PATH) {
                let slashes = if base.flags.any(Flags::AUTHORITY) {
                    "://"
                } else {
                    ":"
                };
                let rooted = if base.rules.any(Rules::ROOTED_PATH) {
                    "/"
                } else {
                    ""
                };
                return format!("{}{slashes}{rooted}{relative}", self.scheme());
            }
        }
        match self.without_scheme(relative) {
            None => relative.to_owned(),
            Some("") => self.original_string().to_owned(),
            Some(rest) => self.merge(rest, if escaped { Form::Escaped } else { Form::Safe }),
        }
    }

    /// `http:path` on an `http` base is a relative path, contrary to RFC 3986 section 5.2.2.
    /// `None` if the text has another scheme.
    fn without_scheme<'t>(&self, relative: &'t str) -> Option<&'t str> {
        let stop = relative
            .bytes()
            .position(|b| matches!(b, b'/' | b'\\' | b'?' | b'#' | b':'));
        let Some(colon) = stop.filter(|&at| relative.as_bytes()[at] == b':') else {
            return Some(relative);
        };
        let name = &relative[..colon];
        if colon < 2 || !crate::check_scheme_name(name) {
            return Some(relative);
        }
        name.eq_ignore_ascii_case(self.scheme())
            .then(|| &relative[colon + 1..])
    }

    /// Puts a relative path, query and fragment on the base. `relative` is not empty.
    fn merge(&self, relative: &str, form: Form) -> String {
        let base = self.inner();
        let bytes = relative.as_bytes();
        let implicit = base.flags.any(Flags::IMPLICIT_FILE);
        let slash = |i: usize| matches!(bytes.get(i), Some(b'/' | b'\\'));
        if base.flags.any(Flags::DOS_PATH) && slash(0) && !slash(1) {
            return self.behind_drive_letter() + relative;
        }
        if base.rules.any(Rules::FILE_LIKE) && slash(0) {
            return self.merge_file_root(relative, slash(1), form);
        }
        let converts = base.rules.any(Rules::CONVERT_BACKSLASHES);
        if bytes[0] == b'/' || (bytes[0] == b'\\' && converts) {
            if bytes.get(1) == Some(&b'/') {
                return format!("{}:{relative}", self.scheme());
            }
            return format!("{}/{}", self.server(form), &relative[1..]);
        }
        // RFC 3986 section 5.2.3: the base path up to its last slash, then the relative path.
        let path_form = if implicit { Form::Unescaped } else { form };
        let base_path = self.parts(
            UriComponents::PATH | UriComponents::KEEP_DELIMITER,
            path_form,
        );
        let keep = base_path.rfind('/').map_or(0, |at| at + 1);
        let (has_query, has_fragment) = (
            base.rules.any(Rules::QUERY),
            !implicit && base.rules.any(Rules::FRAGMENT),
        );
        let stop = |b: u8| (has_query && b == b'?') || (has_fragment && b == b'#');
        let split = relative.bytes().position(stop).unwrap_or(relative.len());
        let (relative_path, extra) = relative.split_at(split);
        let path = format!("{}{relative_path}", &base_path[..keep]);
        let compressed = |behind: usize| {
            let behind = behind.min(path.len());
            format!(
                "{}{}",
                &path[..behind],
                compress(&path[behind..], base.rules)
            )
        };
        if implicit && base.flags.any(Flags::DOS_PATH) && !matches!(base.host, HostKind::V6(_)) {
            // "/c:/dir" without its slash.
            return format!("{}{extra}", &compressed(3)[1..]);
        }
        let server = match (implicit, base.host) {
            (true, HostKind::V6(_)) => format!(r"\\[{}]", self.dns_safe_host()),
            (true, _) if base.flags.any(Flags::UNIX_PATH) => {
                self.owned(UriComponents::HOST, Form::Unescaped)
            }
            (true, _) => format!(r"\\{}", self.parts(UriComponents::HOST, Form::Unescaped)),
            (false, _) => self.server(form),
        };
        let behind = match base
            .slice(base.source.path, base.source.query)
            .as_bytes()
            .first()
        {
            _ if !base.flags.any(Flags::DOS_PATH) => 0,
            Some(b'/' | b'\\') => 3,
            _ => 2,
        };
        format!("{server}{}{extra}", compressed(behind))
    }

    /// `c:` or `scheme://c:` as the base has it.
    fn behind_drive_letter(&self) -> String {
        let text = self.original_string();
        let mut colon = text.find(':');
        if !self.inner().flags.any(Flags::IMPLICIT_FILE) {
            colon = colon.and_then(|at| text[at + 1..].find(':').map(|next| at + 1 + next));
        }
        text[..colon.map_or(0, |at| at + 1)].to_owned()
    }

    /// A rooted path on a `file:` base without a drive: another server, the same share, or a
    /// path of the root.
    fn merge_file_root(&self, relative: &str, server: bool, form: Form) -> String {
        let implicit = self.inner().flags.any(Flags::IMPLICIT_FILE);
        if server {
            return if implicit {
                relative.to_owned()
            } else {
                format!("file:{relative}")
            };
        }
        if !self.is_unc() {
            return format!("file://{relative}");
        }
        let path = self.parts(
            UriComponents::PATH | UriComponents::KEEP_DELIMITER,
            Form::Unescaped,
        );
        let share = match path.get(1..).and_then(|rest| rest.find('/')) {
            Some(at) => &path[..=at],
            None => &path,
        };
        if implicit {
            let host = self.parts(UriComponents::HOST, Form::Unescaped);
            return format!(r"\\{host}{share}{relative}");
        }
        format!(
            "file://{}{share}{relative}",
            self.parts(UriComponents::HOST, form)
        )
    }

    /// Everything before the path, with the zone of an IPv6 address.
    fn server(&self, form: Form) -> String {
        if !matches!(self.inner().host, HostKind::V6(_)) {
            let server = UriComponents::SCHEME_AND_SERVER | UriComponents::USER_INFO;
            return self.owned(server, form);
        }
        let left: Cow<'_, str> = self.parts(UriComponents::SCHEME | UriComponents::USER_INFO, form);
        let port = self.parts(UriComponents::KEEP_DELIMITER | UriComponents::PORT, form);
        format!("{left}[{}]{port}", self.dns_safe_host())
    }
}

/// `c:\` or `c|/`.
fn is_drive(bytes: &[u8]) -> bool {
    matches!(bytes, [letter, b':' | b'|', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}
