//! Whether a text was written as RFC 3986 and RFC 3987 want it, before anything was repaired.

use crate::UriKind;
use crate::check::{self, Check, Setting, Until};
use crate::flags::Flags;
use crate::host::HostKind;
use crate::path::RawPath;
use crate::syntax::Rules;
use crate::uri::Uri;

impl Uri {
    /// Whether the text given was well formed: everything escaped that has to be, slashes and no
    /// backslashes, no path without a scheme.
    ///
    /// .NET: `Uri.IsWellFormedOriginalString`
    #[doc(alias = "Uri.IsWellFormedOriginalString")]
    #[must_use]
    pub fn is_well_formed_original_string(&self) -> bool {
        match self.custom_parser() {
            Some(parser) if self.is_absolute_uri() => parser.is_well_formed_original_string(self),
            _ => self.is_well_formed_built_in(),
        }
    }

    /// Whether the text is a well formed URI of the kind.
    ///
    /// .NET: `Uri.IsWellFormedUriString`
    #[doc(alias = "Uri.IsWellFormedUriString")]
    #[must_use]
    pub fn is_well_formed_uri_string(text: &str, kind: UriKind) -> bool {
        Self::parse_kind(text, kind).is_ok_and(|uri| uri.is_well_formed_original_string())
    }

    pub(crate) fn is_well_formed_built_in(&self) -> bool {
        let inner = self.inner();
        let flags = inner.flags;
        if !self.is_absolute_uri() {
            // A colon in the first segment could be a scheme's.
            let text = self.source_text();
            let first = text
                .find([':', '\\', '/', '?', '#'])
                .map(|at| text.as_bytes()[at]);
            let setting = Setting {
                // Without a scheme nothing is known: IRI text is looked at, `#` is ordinary.
                rules: Rules::IRI.with(Rules::FRAGMENT).with(Rules::QUERY),
                implicit_file: false,
                rewritten: false,
            };
            let (found, _) = check::component(text, 0, text.len(), Until::Tail, setting);
            return first != Some(b':') && found.is_wire_form();
        }
        if flags.any(Flags::IMPLICIT_FILE) {
            return false;
        }
        let parts = [
            (Flags::USER_NOT_WIRE, Flags::USER_IRI),
            (Flags::PATH_NOT_WIRE, Flags::PATH_IRI),
            (Flags::QUERY_NOT_WIRE, Flags::QUERY_IRI),
            (Flags::FRAGMENT_NOT_WIRE, Flags::FRAGMENT_IRI),
        ];
        let unfit = |&(not_wire, iri): &(Flags, Flags)| flags.any(not_wire) && !flags.any(iri);
        let international =
            |&(not_wire, iri): &(Flags, Flags)| flags.any(not_wire) && flags.any(iri);
        // The Framework takes one part of IRI text as an excuse for all others.
        let excused =
            inner.rules.all(Rules::FRAMEWORK.with(Rules::IRI)) && parts.iter().any(international);
        let stray = flags.any(Flags::STRAY_PERCENT);
        if (stray || parts.iter().any(unfit)) && !excused {
            return false;
        }
        let path = RawPath {
            text: inner.slice(inner.source.path, inner.source.query),
            flags,
            rules: inner.rules,
        };
        let absent = flags.any(Flags::FIRST_SLASH_ABSENT) && !path.text.is_empty();
        if absent || flags.any(Flags::BACKSLASH_IN_PATH) || path.has_bar_drive() {
            return false;
        }
        self.has_proper_slashes() && self.has_proper_authority()
    }

    /// `//` before a host, and nothing else.
    fn has_proper_slashes(&self) -> bool {
        let inner = self.inner();
        if !inner.flags.any(Flags::AUTHORITY) {
            return true;
        }
        let name = inner.scheme.end - inner.scheme.start;
        let behind_scheme = inner.slice(inner.source.scheme + name, inner.source.user);
        behind_scheme == "://"
    }

    fn has_proper_authority(&self) -> bool {
        let inner = self.inner();
        // Names of ASCII in lower case, and addresses, need no further look.
        if matches!(inner.host, HostKind::V6(_)) {
            return true;
        }
        let setting = Setting {
            rules: inner.rules,
            implicit_file: false,
            rewritten: inner.flags.any(Flags::REWRITTEN),
        };
        let (start, end) = (inner.source.user as usize, inner.source.path as usize);
        let (found, _) = check::component(&inner.text, start, end, Until::Byte(b'/'), setting);
        let mask = Check::RESERVED.with(Check::BACKSLASH).with(Check::ESCAPED);
        let iri = Check::DISPLAY.with(Check::NON_ASCII).with(Check::NOT_IRI);
        found.exactly(mask, Check::ESCAPED)
            || (inner.rules.any(Rules::IRI)
                && found.exactly(iri, Check::DISPLAY.with(Check::NON_ASCII)))
    }
}
