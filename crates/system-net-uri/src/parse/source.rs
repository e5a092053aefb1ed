//! The text a URI is read from, when that is not the text as written: non-ASCII characters and
//! needless escapes are put into the form RFC 3987 gives them.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::Draft;
use super::authority::unregistered_ipv4;
use crate::address;
use crate::escape::Dialect;
use crate::flags::Flags;
use crate::host::{HostKind, idn};
use crate::iri::{self, Guard, Part};
use crate::syntax::Rules;
use crate::{UriFormatError, UriFormatErrorKind as Kind, UriIdnScope};

impl<'a> Draft<'a> {
    /// Writes the text anew, part by part, and moves the offsets there.
    pub(super) fn rewrite(&mut self) -> Result<(), UriFormatError> {
        let text = self.original;
        let written = self.at;
        let mut out = String::with_capacity(super::assemble::room(text));
        self.flags.add(Flags::REWRITTEN);
        self.rewrite_authority(&mut out)?;

        let [path, query, fragment] = self.split(written.path as usize);
        let user = &text[written.user as usize..written.host as usize];
        let stray = [user, path, query, fragment].map(iri::has_stray_percent);
        self.flags
            .add_if(stray.contains(&true), Flags::STRAY_PERCENT);
        self.at.path = out.len() as u32;
        self.rewrite_part(&mut out, path, Part::Other, self.slashes_in_front());
        self.rewrite_part(&mut out, query, Part::Query, &[]);
        self.rewrite_part(&mut out, fragment, Part::Other, &[]);
        if out.len() > 0xFFFF && out.encode_utf16().count() > 0xFFFF {
            return Err(UriFormatError::new(Kind::SizeLimit, 0));
        }
        // White space behind a text that was changed is part of it, except behind a fragment.
        let trims = !fragment.is_empty() || out == text;
        let start = self.at.path as usize;
        self.at.end = if trims {
            super::trimmed(&out, start)
        } else {
            out.len()
        } as u32;
        self.source = Cow::Owned(out);
        Ok(())
    }

    /// Appends a part in its new form; `slashes` is for [`Guard`].
    fn rewrite_part(&self, out: &mut String, text: &str, part: Part, slashes: &'static [char]) {
        let start = out.len();
        iri::rewrite_into(out, text, part, self.rules.dialect());
        if self.rules.dialect() == Dialect::Framework {
            let escapes = !self.flags.any(Flags::IMPLICIT_FILE);
            iri::take_out(out, start, Guard { slashes, escapes });
        }
    }

    /// What two of, at the beginning of the path, would be read as the beginning of a host; nothing
    /// if there is a host before it, or the scheme reads none.
    fn slashes_in_front(&self) -> &'static [char] {
        let reads = Rules::OPTIONAL_AUTHORITY.with(Rules::DOS_PATH);
        if self.at.host < self.at.port || !self.rules.any(reads) {
            &[]
        } else if self.flags.any(Flags::AUTHORITY) {
            &['/', '\\']
        } else {
            // Other ones are escaped.
            &['/']
        }
    }

    fn rewrite_authority(&mut self, out: &mut String) -> Result<(), UriFormatError> {
        let text = self.original;
        let written = self.at;
        let name = &text[written.scheme as usize..self.scheme_end as usize];
        let local_file = self.rules.any(Rules::FILE_LIKE)
            && !self.flags.any(Flags::UNC_PATH)
            && self.rules.any(Rules::ROOTED_PATH);
        if local_file && written.host == written.port {
            if !self.flags.any(Flags::IMPLICIT_FILE) {
                out.push_str(name);
                out.push_str("://");
            }
            self.at.scheme = 0;
            self.scheme_end = if out.is_empty() { 0 } else { name.len() as u32 };
            self.at.user = out.len() as u32;
            self.at.host = self.at.user;
            self.at.port = self.at.user;
            return Ok(());
        }
        out.push_str(&text[..written.user as usize]);
        let user = &text[written.user as usize..written.host as usize];
        self.rewrite_part(out, user, Part::Other, &[]);
        self.at.host = out.len() as u32;
        let host = &text[written.host as usize..written.port as usize];
        match self.host {
            HostKind::Dns => {
                let composed = host.chars().filter(|&c| !iri::is_bidi_control(c)).nfc();
                if self.settings.idn() == UriIdnScope::None {
                    out.extend(composed);
                } else {
                    out.push_str(&self.for_people(composed.collect())?);
                }
                let name = &out[self.at.host as usize..];
                let unknown = self.rules.any(Rules::UNKNOWN);
                let became_address =
                    || unknown && host.contains(iri::is_bidi_control) && reads_as_ipv4(name);
                if name.is_empty() || became_address() {
                    // Nothing but controls, where .NET fails with an exception of another kind, or
                    // a name by them alone: without them it is an address, and another than it says.
                    let at = written.host as usize;
                    return Err(UriFormatError::new(Kind::BadHostName, at));
                }
            }
            HostKind::Basic => out.extend(host.nfc()),
            HostKind::None | HostKind::Unc | HostKind::V4(_) | HostKind::V6(_) => {
                out.push_str(host)
            }
        }
        let shift = self.at.host as i64 - i64::from(written.host);
        self.zone = self.zone.map(|(from, to)| {
            (
                (i64::from(from) + shift) as u32,
                (i64::from(to) + shift) as u32,
            )
        });
        self.at.port = out.len() as u32;
        out.push_str(&text[written.port as usize..written.path as usize]);
        Ok(())
    }

    /// Whether hosts are converted between Unicode and Punycode, and this one is no exception.
    fn converts_host(&self, name: &str) -> bool {
        self.rules.any(Rules::IDN)
            && match self.settings.idn() {
                UriIdnScope::None => false,
                UriIdnScope::All => true,
                UriIdnScope::AllExceptIntranet => {
                    name.contains(['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'])
                }
            }
    }

    /// Whether the host has Punycode that is to be shown in Unicode.
    pub(super) fn has_encoded_host(&self) -> bool {
        let name = &self.original[self.at.host as usize..self.at.port as usize];
        self.host == HostKind::Dns
            && self.converts_host(name)
            && idn::to_unicode(name, self.rules.dialect())
                .is_some_and(|unicode| !unicode.is_ascii())
    }

    /// The host in Unicode, if hosts are converted. One that has no form for DNS is then refused.
    fn for_people(&mut self, name: String) -> Result<String, UriFormatError> {
        if !self.converts_host(&name) {
            return Ok(name);
        }
        let dialect = self.rules.dialect();
        let converted = idn::to_ascii(&name, dialect)
            .filter(|ascii| !ascii.starts_with('.') && !ascii.contains(".."))
            .and_then(|ascii| idn::to_unicode(&ascii, dialect));
        self.flags.add(Flags::IDN_HOST);
        converted.ok_or_else(|| UriFormatError::new(Kind::BadUnicodeHost, self.at.host as usize))
    }

    /// Path, query with `?`, fragment with `#`, as far as the scheme has them.
    fn split(&self, start: usize) -> [&'a str; 3] {
        let rest = &self.original[start..];
        if self.flags.any(Flags::IMPLICIT_FILE) {
            return [rest, "", ""];
        }
        let (has_query, has_fragment) = (
            self.rules.any(Rules::QUERY),
            self.rules.any(Rules::FRAGMENT),
        );
        let ends = |b: u8| (has_query && b == b'?') || (has_fragment && b == b'#');
        let (path, rest) = rest.split_at(rest.bytes().position(ends).unwrap_or(rest.len()));
        let query_end = match rest.find('#') {
            _ if !rest.starts_with('?') => 0,
            Some(at) if has_fragment => at,
            _ => rest.len(),
        };
        let (query, fragment) = rest.split_at(query_end);
        [path, query, fragment]
    }
}

/// Whether a name is an address for who reads it in a scheme .NET does not know, and for no one
/// else.
fn reads_as_ipv4(name: &str) -> bool {
    let whole = |(_, length): (_, usize)| length == name.len();
    address::parse_ipv4_loose(name).is_none()
        && unregistered_ipv4(name.as_bytes(), |_| false).is_some_and(whole)
}
