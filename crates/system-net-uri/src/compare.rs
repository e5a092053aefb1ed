//! Equality, hashing and ordering.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::flags::Flags;
use crate::host::domain;
use crate::path::Form;
use crate::uri::Uri;
use crate::{UriComponents, UriFormat};

/// How two texts are compared.
///
/// .NET: `System.StringComparison`, of which URIs need these two.
#[doc(alias = "System.StringComparison")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum StringComparison {
    /// By UTF-16 units.
    Ordinal = 4,
    /// By UTF-16 units after conversion to capitals.
    OrdinalIgnoreCase = 5,
}

impl StringComparison {
    fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Ordinal => a.encode_utf16().cmp(b.encode_utf16()),
            Self::OrdinalIgnoreCase => capitals(a).cmp(capitals(b)),
        }
    }
}

fn capitals(text: &str) -> impl Iterator<Item = u16> {
    text.chars().flat_map(|c| {
        let c = upper_invariant(c);
        let mut units = [0; 2];
        let count = c.encode_utf16(&mut units).len();
        units.into_iter().take(count)
    })
}

/// Capitals one character for one, as .NET's invariant culture does.
fn upper_invariant(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

impl Uri {
    /// Compares parts of two URIs. A relative URI is less than an absolute one; two relative
    /// URIs are compared as written.
    ///
    /// .NET: `Uri.Compare`
    #[doc(alias = "Uri.Compare")]
    #[must_use]
    pub fn compare(
        a: &Self,
        b: &Self,
        parts: UriComponents,
        format: UriFormat,
        comparison: StringComparison,
    ) -> Ordering {
        match (a.is_absolute_uri(), b.is_absolute_uri()) {
            (true, true) => comparison.compare(
                &a.parts(parts, format.into()),
                &b.parts(parts, format.into()),
            ),
            (false, false) => comparison.compare(a.original_string(), b.original_string()),
            (a_absolute, b_absolute) => a_absolute.cmp(&b_absolute),
        }
    }

    /// What counts for equality: everything but user info and fragment.
    fn identity(&self) -> Cow<'_, str> {
        if !self.is_absolute_uri() {
            return Cow::Borrowed(self.original_string());
        }
        let mut identity = self.parts(UriComponents::HTTP_REQUEST_URL, Form::Safe);
        if let Cow::Owned(folded) = self.folded_host() {
            let start = self.scheme().len() + "://".len();
            let host = start..start + self.host().len();
            if identity.get(host.clone()) == Some(self.host()) {
                identity.to_mut().replace_range(host, &folded);
            }
        }
        identity
    }

    /// The host in the spelling that is compared. `Host` itself keeps a capital outside ASCII
    /// that stands beside no ASCII one; a name is the same name all the same.
    pub(crate) fn folded_host(&self) -> Cow<'_, str> {
        domain::folded(self.host(), self.inner().rules.dialect())
    }

    /// Paths of Windows are equal in any letter case.
    fn ignores_case(&self) -> bool {
        self.inner().flags.any(Flags::FILE_PATH)
    }
}

impl PartialEq for Uri {
    /// .NET: `Uri.Equals`, `Uri.op_Equality`
    fn eq(&self, other: &Self) -> bool {
        if self.is_same(other) {
            return true;
        }
        if self.is_absolute_uri() != other.is_absolute_uri()
            || self.ignores_case() != other.ignores_case()
        {
            return false;
        }
        let (a, b) = (self.identity(), other.identity());
        if self.ignores_case() {
            capitals(&a).eq(capitals(&b))
        } else {
            a == b && self.port() == other.port()
        }
    }
}

impl Eq for Uri {}

impl Hash for Uri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let identity = self.identity();
        if self.ignores_case() {
            capitals(&identity).for_each(|unit| unit.hash(state));
        } else {
            identity.hash(state);
        }
    }
}

impl PartialEq<str> for Uri {
    /// The text is read as a URI, absolute or relative, and compared as one.
    fn eq(&self, other: &str) -> bool {
        Self::parse_in(other, crate::UriKind::RelativeOrAbsolute, self.settings())
            .is_ok_and(|other| *self == other)
    }
}

impl PartialEq<&str> for Uri {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}
