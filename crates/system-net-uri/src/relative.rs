//! The way back: the relative URI that leads from one URI to another, and whether one is the
//! base of another.

use crate::escape::Dialect;
use crate::flags::Flags;
use crate::host::domain::lower_invariant;
use crate::parse::relative_rewritten;
use crate::path::Form;
use crate::uri::Uri;
use crate::{UriComponents, UriFormatError, UriFormatErrorKind as Kind};

impl Uri {
    /// The relative URI that leads from this one to `uri`; `uri` itself if scheme, host or port
    /// differ.
    ///
    /// .NET: `Uri.MakeRelativeUri`
    ///
    /// # Errors
    /// [`NotAbsolute`](Kind::NotAbsolute) if one of them is relative.
    ///
    /// # Examples
    /// ```
    /// use system_net_uri::Uri;
    /// let from = Uri::parse("http://h/a/b/c")?;
    /// let to = Uri::parse("http://h/a/d?q")?;
    /// assert_eq!(from.make_relative_uri(&to)?.to_string(), "../d?q");
    /// # Ok::<(), system_net_uri::UriFormatError>(())
    /// ```
    #[doc(alias = "Uri.MakeRelativeUri")]
    pub fn make_relative_uri(&self, uri: &Self) -> Result<Self, UriFormatError> {
        if !self.is_absolute_uri() || !uri.is_absolute_uri() {
            return Err(UriFormatError::new(Kind::NotAbsolute, 0));
        }
        if !self.is_on_same_server(uri) {
            return Ok(uri.clone());
        }
        let target = uri.absolute_path();
        let mut relative = self.path_to(uri);
        let colon = relative
            .find([':', '\\', '/', '?', '#'])
            .filter(|&at| relative.as_bytes()[at] == b':');
        // RFC 3986 section 4.2: a colon in the first segment would be taken for a scheme's.
        if colon.is_some() && !(uri.inner().flags.any(Flags::DOS_PATH) && target == relative) {
            relative.insert_str(0, "./");
        }
        relative.push_str(&uri.parts(
            UriComponents::QUERY | UriComponents::FRAGMENT,
            Form::Escaped,
        ));
        Ok(relative_rewritten(&relative, self.settings()))
    }

    pub(crate) fn is_on_same_server(&self, uri: &Self) -> bool {
        self.scheme() == uri.scheme()
            && self.port() == uri.port()
            && self.folded_host() == uri.folded_host()
    }

    /// The way from this path to the other.
    pub(crate) fn path_to(&self, uri: &Self) -> String {
        let ignore_case = self.inner().flags.any(Flags::FILE_PATH);
        path_difference(self.absolute_path(), uri.absolute_path(), ignore_case)
    }

    /// Whether everything up to the last slash of this URI begins `uri` as well.
    ///
    /// .NET: `Uri.IsBaseOf`
    #[doc(alias = "Uri.IsBaseOf")]
    #[must_use]
    pub fn is_base_of(&self, uri: &Self) -> bool {
        match self.custom_parser() {
            _ if !self.is_absolute_uri() => false,
            Some(parser) => parser.is_base_of(self, uri),
            None => self.is_base_of_built_in(uri),
        }
    }

    pub(crate) fn is_base_of_built_in(&self, uri: &Self) -> bool {
        let resolved;
        let uri = if uri.is_absolute_uri() {
            uri
        } else {
            match self.combine_uri(uri) {
                Ok(uri) => resolved = uri,
                Err(_) => return false,
            }
            &resolved
        };
        if self.scheme() != uri.scheme() {
            return false;
        }
        let parts = UriComponents::ABSOLUTE_URI & !UriComponents::FRAGMENT;
        let ignore_case = self
            .inner()
            .flags
            .with(uri.inner().flags)
            .any(Flags::FILE_PATH);
        is_sub_path(
            &self.parts(parts, Form::Safe),
            &uri.parts(parts, Form::Safe),
            ignore_case,
        )
    }
}

fn same(a: char, b: char, ignore_case: bool) -> bool {
    let lower = |c| lower_invariant(c, Dialect::Current);
    a == b || (ignore_case && lower(a) == lower(b))
}

fn path_difference(from: &str, to: &str, ignore_case: bool) -> String {
    let mut common_from = 0;
    let mut common_to = 0;
    // Behind the last slash that both have.
    let mut behind_slash = 0;
    for (a, b) in from.chars().zip(to.chars()) {
        if !same(a, b, ignore_case) {
            break;
        }
        common_from += a.len_utf8();
        common_to += b.len_utf8();
        if a == '/' {
            behind_slash = common_to;
        }
    }
    if common_to == 0 {
        return to.to_owned();
    }
    if common_from == from.len() && common_to == to.len() {
        return String::new();
    }
    let up = from[common_from..].matches('/').count();
    if up == 0 && to.len() == behind_slash {
        // The same directory; the file name goes.
        return "./".to_owned();
    }
    format!("{}{}", "../".repeat(up), &to[behind_slash..])
}

/// Whether `other` lies below the directory of `base`. Both are canonical.
fn is_sub_path(base: &str, other: &str, ignore_case: bool) -> bool {
    let mut same_segment = true;
    let mut base_rest = base.chars();
    let mut other_rest = other.chars();
    loop {
        let rest = base_rest.as_str();
        let (Some(a), Some(b)) = (base_rest.next(), other_rest.next()) else {
            base_rest = rest.chars();
            break;
        };
        if matches!(a, '?' | '#') {
            return true;
        }
        if a == '/' {
            if b != '/' || !same_segment {
                return false;
            }
            continue;
        }
        if matches!(b, '?' | '#') {
            base_rest = rest.chars();
            break;
        }
        same_segment &= same(a, b, ignore_case);
    }
    // What is left of the base may be the rest of its last segment, not a directory more.
    base_rest.find(|c| matches!(c, '?' | '#' | '/')) != Some('/')
}
