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

    /// The text of this URI up to a part, with the zone of an IPv6 address.
    fn up_to(&self, last: UriComponents, form: Form) -> String {
        let mut parts = UriComponents::PATH;
        if last != UriComponents::PATH {
            parts = parts | UriComponents::QUERY | last;
        }
        if matches!(self.inner().host, HostKind::V6(_)) {
            let parts = parts | UriComponents::KEEP_DELIMITER;
            return self.server(form) + &self.parts(parts, form);
        }
        let server = UriComponents::SCHEME_AND_SERVER | UriComponents::USER_INFO;
        self.off_the_host(self.owned(server | parts, form))
    }

    /// Takes care that the path of a result does not become its host where the base has none.
    ///
    /// Dots and escapes can leave slashes in a row at the root of a path
    /// (`..//server/share` on `file:///a/b`); .NET then reads the name of a server behind them.
    /// Here one slash is left, so that a relative path never leads to another host.
    fn off_the_host(&self, mut text: String) -> String {
        let base = self.inner();
        let has_host = base.wire.host < base.wire.port;
        if has_host || base.flags.any(Flags::DOS_PATH) {
            return text;
        }
        let authority = base.flags.any(Flags::AUTHORITY);
        if authority && !base.rules.any(Rules::DOS_PATH) {
            // Only where Windows paths are known, any number of slashes announces a server.
            return text;
        }
        let behind = text
            .strip_prefix(self.scheme())
            .and_then(|rest| rest.strip_prefix(':'));
        let path = match behind {
            // A path without a scheme gave a path without one.
            None => &text,
            Some(rest) if authority => rest.strip_prefix("//").unwrap_or(rest),
            Some(rest) => rest,
        };
        let start = text.len() - path.len();
        let slash = |b: &u8| matches!(b, b'/' | b'\\');
        let slashes = text.as_bytes()[start..]
            .iter()
            .take_while(|b| slash(b))
            .count();
        if slashes > 1 {
            text.replace_range(start..start + slashes - 1, "");
        }
        text
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
            return self.up_to(UriComponents::FRAGMENT, form);
        };
        if first == b'#' && !implicit && base.rules.any(Rules::FRAGMENT) {
            return self.up_to(UriComponents::QUERY, Form::Escaped) + relative;
        }
        if first == b'?' && !implicit && base.rules.any(Rules::QUERY) {
            return self.up_to(UriComponents::PATH, Form::Escaped) + relative;
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
        self.off_the_host(format!("{server}{}{extra}", compressed(behind)))
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
