//! User info, host and port.

use std::net::Ipv4Addr;

use super::Draft;
use crate::flags::Flags;
use crate::host::{HostKind, domain, unc};
use crate::settings::PathRules;
use crate::syntax::Rules;
use crate::{UriFormatError, UriFormatErrorKind as Kind, address};

/// A longer name of a file server is no host.
const UNC_LIMIT: usize = 256;

impl Draft<'_> {
    /// Reads from behind the scheme to the beginning of the path.
    pub(super) fn read_authority(&mut self, rewrites: bool) -> Result<(), UriFormatError> {
        let text = self.original;
        let end = super::trimmed(text, self.at.user as usize);
        let mut at = self.at.user as usize;
        if self.flags.any(Flags::UNIX_PATH) {
            self.host = HostKind::Basic;
            self.set_path(at, at);
            return Ok(());
        }
        let windows_paths = Rules::EMPTY_HOST.with(Rules::DOS_PATH);
        if self.rules.all(windows_paths) && !self.flags.any(Flags::IMPLICIT_FILE) && at + 1 < end {
            at = self.find_windows_path(at, end)?;
        }
        if self.flags.any(Flags::FILE_PATH.with(Flags::UNIX_PATH)) {
            // The slashes are behind us.
        } else if !self.find_slashes(&mut at, end)? {
            self.set_path(at, at);
            return Ok(());
        }
        if self.flags.any(Flags::DOS_PATH) {
            // For `vsmacros://c:\file` the slashes announce a host, and the path comes instead.
            let found = self.flags.any(Flags::AUTHORITY);
            self.host = if found {
                HostKind::Basic
            } else {
                HostKind::None
            };
            self.set_path(at, at);
            return Ok(());
        }
        self.read_server(at, end, rewrites)?;
        let path = self.at.path as usize;
        if path < end {
            let explicit = !self.flags.any(Flags::IMPLICIT_FILE);
            match text.as_bytes()[path] {
                b'\\' if explicit && !self.rules.any(Rules::DOS_PATH) => {
                    return Err(UriFormatError::new(Kind::BadAuthorityTerminator, path));
                }
                b'/' if explicit
                    && self.settings.paths() == PathRules::Unix
                    && self.flags.any(Flags::UNC_PATH)
                    && self.rules.any(Rules::FILE_LIKE) =>
                {
                    self.rules = self.rules.without(Rules::CONVERT_BACKSLASHES);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Without a host: the path begins here.
    fn set_path(&mut self, user: usize, path: usize) {
        self.at.user = user as u32;
        self.at.host = user as u32;
        self.at.port = user as u32;
        self.at.path = path as u32;
    }

    /// Looks for `c:\` or the name of a file server behind any number of slashes.
    fn find_windows_path(&mut self, at: usize, end: usize) -> Result<usize, UriFormatError> {
        let bytes = &self.original.as_bytes()[..end];
        let slashes = bytes[at..]
            .iter()
            .take_while(|b| matches!(b, b'/' | b'\\'))
            .count();
        let behind = at + slashes;
        let file = self.rules.any(Rules::FILE_LIKE);
        if !file && slashes > 3 {
            return Ok(at);
        }
        if slashes >= 2 {
            self.flags.add(Flags::AUTHORITY);
        }
        let rest = &bytes[behind..];
        if rest.len() > 1 && rest[0].is_ascii_alphabetic() && matches!(rest[1], b':' | b'|') {
            if !matches!(rest.get(2), Some(b'/' | b'\\')) {
                return if file {
                    Err(UriFormatError::new(Kind::MustRootedPath, behind + 2))
                } else {
                    Ok(at)
                };
            }
            self.flags.add(Flags::DOS_PATH);
            self.flags
                .add_if(self.rules.any(Rules::MUST_HAVE_AUTHORITY), Flags::AUTHORITY);
            // Of other than two slashes one belongs to the path.
            return Ok(if slashes == 0 || slashes == 2 {
                behind
            } else {
                behind - 1
            });
        }
        if file && slashes >= 2 && slashes != 3 && !matches!(rest.first(), None | Some(b'?' | b'#'))
        {
            self.flags.add(Flags::UNC_PATH);
            return Ok(behind);
        }
        if file
            && self.settings.paths() == PathRules::Unix
            && slashes == 3
            && bytes[behind - 1] == b'/'
        {
            // What the settings took away stays away.
            self.rules = self
                .rules
                .without(Rules::CONVERT_BACKSLASHES)
                .with(Rules::QUERY)
                .with(Rules::ROOTED_PATH);
            self.flags.add(Flags::UNIX_PATH);
            return Ok(at + 2);
        }
        Ok(at)
    }

    /// Reads the `//` before a host. False if there is no host but a path.
    fn find_slashes(&mut self, at: &mut usize, end: usize) -> Result<bool, UriFormatError> {
        let next = &self.original.as_bytes()[..end][(*at).min(end)..];
        let slash = |i: usize| matches!(next.get(i), Some(b'/' | b'\\'));
        if self.rules.any(Rules::MUST_HAVE_AUTHORITY) {
            if !slash(0) || !slash(1) {
                return Err(UriFormatError::new(Kind::BadAuthority, *at));
            }
            self.flags.add(Flags::AUTHORITY);
            *at += 2;
            return Ok(true);
        }
        let optional = self.rules.any(Rules::OPTIONAL_AUTHORITY) && next.len() >= 2;
        if optional && (self.flags.any(Flags::AUTHORITY) || next.starts_with(b"//")) {
            self.flags.add(Flags::AUTHORITY);
            *at += 2;
            return Ok(true);
        }
        Ok(self.rules.any(Rules::MAILTO_LIKE))
    }

    /// Reads `user@host:port`.
    fn read_server(
        &mut self,
        start: usize,
        end: usize,
        rewrites: bool,
    ) -> Result<(), UriFormatError> {
        let bytes = &self.original.as_bytes()[..end];
        let file = self.rules.any(Rules::FILE_LIKE);
        let implicit = self.flags.any(Flags::IMPLICIT_FILE);
        let fail = |kind, at| Err(UriFormatError::new(kind, at));
        if matches!(bytes.get(start), None | Some(b'/' | b'#' | b'?'))
            || (file && bytes[start] == b'\\')
        {
            self.flags.remove(Flags::UNC_PATH);
            if implicit || !self.rules.any(Rules::EMPTY_HOST) {
                return fail(Kind::BadHostName, start);
            }
            self.host = HostKind::Basic;
            self.set_path(start, start);
            return Ok(());
        }
        let host = self.skip_user(start, bytes);
        let Found {
            mut kind,
            end: mut host_end,
            zone,
        } = find_host(self.original, host, end, self.rules, implicit, rewrites);
        let mut path = host_end;
        match bytes.get(host_end) {
            Some(b'\\') if kind.is_some() && !file => {
                // Only file URIs end a host with a backslash.
                if self.rules.any(Rules::UNKNOWN) {
                    return fail(Kind::BadHostName, host_end);
                }
                kind = None;
            }
            Some(b)
                if matches!(kind, Some(HostKind::V6(_)))
                    && !self.rules.any(Rules::ROOTED_PATH)
                    && !matches!(b, b':' | b'/' | b'?' | b'#') =>
            {
                // What follows the bracket would be read as user info the next time.
                return fail(Kind::BadHostName, host_end);
            }
            Some(b':') if !self.rules.any(Rules::PORT) => kind = None,
            Some(b':') => match port(bytes, host_end + 1, self.rules) {
                Ok((value, behind)) => {
                    path = behind;
                    self.judge_port(value, &bytes[host_end + 1..behind]);
                }
                Err(None) => kind = None,
                Err(Some(at)) => return fail(Kind::BadPort, at),
            },
            _ => {}
        }
        self.at.user = start as u32;
        if let Some(kind) = kind {
            self.host = kind;
            self.zone = zone.map(|(from, to)| (from as u32, to as u32));
            self.at.host = host as u32;
        } else {
            if bytes[host] == b'['
                && self.rules.any(Rules::IPV6_HOST)
                && let Some(at) = address::bad_zone(&bytes[host + 1..])
            {
                // Not even as free-style text.
                return fail(Kind::BadHostName, host + 1 + at);
            }
            host_end = self.other_host(start, host, bytes)?;
            path = host_end;
            self.flags.remove(
                Flags::HAS_USER
                    .with(Flags::NOT_DEFAULT_PORT)
                    .with(Flags::PORT_NOT_WIRE),
            );
            self.port = None;
            self.host = HostKind::Basic;
            self.at.host = start as u32;
        }
        self.at.port = host_end as u32;
        self.at.path = path as u32;
        Ok(())
    }

    /// Finds user info before the first `@` and returns where the host begins.
    fn skip_user(&mut self, start: usize, bytes: &[u8]) -> usize {
        if !self.rules.any(Rules::USER_INFO) {
            return start;
        }
        let stop = bytes[start..]
            .iter()
            .position(|b| matches!(b, b'@' | b'/' | b'\\' | b'?' | b'#'));
        match stop.map(|offset| start + offset) {
            // An `@` at the very end is none.
            Some(at) if bytes[at] == b'@' && at + 1 < bytes.len() => {
                self.flags.add(Flags::HAS_USER);
                at + 1
            }
            _ => start,
        }
    }

    /// A port is written; is it another than the scheme's, and written as we would?
    fn judge_port(&mut self, value: Option<u16>, digits: &[u8]) {
        match value {
            Some(port) if self.default_port != Some(port) => {
                self.port = Some(port);
                self.flags.add(Flags::NOT_DEFAULT_PORT);
                self.flags.add_if(digits[0] == b'0', Flags::PORT_NOT_WIRE);
            }
            _ => self.flags.add(Flags::PORT_NOT_WIRE),
        }
    }

    /// A host that is no name and no address; returns where it ends.
    fn other_host(&self, start: usize, host: usize, bytes: &[u8]) -> Result<usize, UriFormatError> {
        let length = bytes[start..]
            .iter()
            .take_while(|b| !matches!(b, b'/' | b'?' | b'#'))
            .count();
        if self.rules.any(Rules::ANY_OTHER_HOST) {
            return Ok(start + length);
        }
        // The first version of .NET took "." and ".." as hosts of schemes it did not know.
        let dots = matches!(&bytes[start..start + length], b"." | b"..");
        if self.rules.any(Rules::UNKNOWN) && dots {
            Ok(start + length)
        } else {
            let name = &self.original[host..(start + length).max(host)];
            let at = host + domain::fault(name);
            Err(UriFormatError::new(Kind::BadHostName, at))
        }
    }
}

/// What was found where a host is expected.
pub(crate) struct Found {
    pub(crate) kind: Option<HostKind>,
    pub(crate) end: usize,
    pub(crate) zone: Option<(usize, usize)>,
}

/// Tells what kind of host a whole text is, by the given rules; `None` if it is none of them.
pub(crate) fn classify_host(text: &str, rules: Rules) -> Option<HostKind> {
    let found = find_host(text, 0, text.len(), rules, false, true);
    found.kind.filter(|_| found.end == text.len())
}

fn find_host(
    text: &str,
    start: usize,
    end: usize,
    rules: Rules,
    implicit: bool,
    rewrites: bool,
) -> Found {
    let bytes = &text.as_bytes()[..end];
    let ends = |b: u8| matches!(b, b'/' | b'\\') || (!implicit && matches!(b, b':' | b'?' | b'#'));
    let first = bytes[start];
    if first == b'['
        && rules.any(Rules::IPV6_HOST)
        && let Some((parsed, length)) = address::ipv6_literal(&bytes[start + 1..])
    {
        let shift = start + 1;
        return Found {
            kind: Some(HostKind::V6(parsed.address)),
            end: shift + length,
            zone: parsed
                .zone
                .map(|zone| (shift + zone.start, shift + zone.end)),
        };
    }
    if first.is_ascii_digit() && rules.any(Rules::IPV4_HOST) {
        let rest = &bytes[start..];
        let parsed = if rules.any(Rules::UNKNOWN) {
            unregistered_ipv4(rest, ends)
        } else {
            address::loose_prefix(rest, ends)
        };
        if let Some((address, length)) = parsed {
            return Found {
                kind: Some(HostKind::V4(address)),
                end: start + length,
                zone: None,
            };
        }
    }
    if rules.any(Rules::DNS_HOST) {
        let unicode = rewrites || rules.any(Rules::IDN);
        if let Some(end) = domain::scan(&text[..end], start, unicode, ends) {
            return Found {
                kind: Some(HostKind::Dns),
                end,
                zone: None,
            };
        }
    }
    if rules.any(Rules::UNC_HOST)
        && let Some(end) = unc::scan(&text[..end], start, ends)
    {
        let kind = (text[start..end].chars().count() <= UNC_LIMIT).then_some(HostKind::Unc);
        return Found {
            kind,
            end,
            zone: None,
        };
    }
    Found {
        kind: None,
        end,
        zone: None,
    }
}

/// An address in a scheme .NET does not know: the spelling must be strict but for a zero before
/// the last number. That number is then octal; .NET takes what is no octal number for all ones.
pub(crate) fn unregistered_ipv4(
    text: &[u8],
    ends: impl Fn(u8) -> bool + Copy,
) -> Option<(Ipv4Addr, usize)> {
    let (_, length) = address::lenient_prefix(text, ends)?;
    let address =
        address::loose_prefix(text, ends).map_or(Ipv4Addr::BROADCAST, |(address, _)| address);
    Some((address, length))
}

/// Reads the digits behind the colon. `Err(None)`: the host is to be taken as free-style.
fn port(bytes: &[u8], start: usize, rules: Rules) -> Result<(Option<u16>, usize), Option<usize>> {
    let mut value = 0u32;
    let mut at = start;
    while let Some(&b) = bytes.get(at) {
        match b {
            b'0'..=b'9' => {
                value = value * 10 + u32::from(b - b'0');
                if value > 0xFFFF {
                    return Err((!rules.any(Rules::ANY_OTHER_HOST)).then_some(at));
                }
            }
            b'/' | b'?' | b'#' => break,
            _ if rules.any(Rules::ANY_OTHER_HOST) && !rules.any(Rules::UNKNOWN) => {
                return Err(None);
            }
            _ => return Err(Some(at)),
        }
        at += 1;
    }
    Ok(((at > start).then_some(value as u16), at))
}
