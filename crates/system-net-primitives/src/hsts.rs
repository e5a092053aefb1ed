//! Hosts that are to be reached over TLS only: HTTP Strict Transport Security, RFC 6797.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, Write};
use std::time::{Duration, SystemTime};

use system_net_uri::{HostAddress, Uri, UriBuilder};

use crate::cookies::Moment;
use crate::line_error::{LineError, Lines};

/// Which hosts have said that they are to be reached over TLS only, and for how long.
///
/// A value without I/O and without a clock: a client that wants HSTS has one, gives it the
/// `Strict-Transport-Security` fields of its responses, and asks it before each request. Only names
/// count, and only what came over TLS.
///
/// # Limits
/// [`LIMIT`](Self::LIMIT) hosts; when there are more, the one that ends first goes.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use system_net_primitives::HstsStore;
/// use system_net_uri::Uri;
///
/// let mut hsts = HstsStore::new();
/// let now = SystemTime::UNIX_EPOCH;
/// let safe = Uri::parse("https://example.org/")?;
/// assert!(hsts.accept(&safe, "max-age=60; includeSubDomains", now));
///
/// let plain = Uri::parse("http://www.example.org:80/a?b")?;
/// let upgraded = hsts.upgrade(&plain, now);
/// assert_eq!(upgraded.map(|uri| uri.to_string()).as_deref(), Some("https://www.example.org/a?b"));
/// assert!(hsts.upgrade(&plain, now + Duration::from_secs(60)).is_none());
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HstsStore {
    hosts: HashMap<Box<str>, Known>,
}

/// 31 December 9999, 23:59:59, in seconds since 1970; beyond it is for ever.
const LAST: u64 = 253_402_300_799;

/// What a host said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// `None`: for ever, which only a file says.
    ends: Option<SystemTime>,
    include_sub_domains: bool,
}

impl Known {
    fn holds(&self, now: SystemTime) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

impl HstsStore {
    /// How many hosts are remembered.
    pub const LIMIT: usize = 10_000;

    /// A store without hosts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many hosts there are, those that have ended among them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.hosts.len()
    }

    /// Takes the first `Strict-Transport-Security` field of a response that came from an address,
    /// and says whether it counted: it must have come over TLS, from a host with a name, and hold
    /// `max-age` once. `max-age=0` makes the host forgotten.
    pub fn accept(&mut self, uri: &Uri, field: &str, now: SystemTime) -> bool {
        // Section 8.1: over a safe connection, and not for addresses (8.1.1).
        let (true, HostAddress::Dns(host)) =
            (matches!(uri.scheme(), "https" | "wss"), uri.host_address())
        else {
            return false;
        };
        let Some(policy) = Policy::parse(field) else {
            return false;
        };
        let host = without_dot(host);
        if policy.max_age == Duration::ZERO {
            self.hosts.remove(host);
            return true;
        }
        let known = Known {
            // Beyond what a clock can say: for ever.
            ends: now.checked_add(policy.max_age),
            include_sub_domains: policy.include_sub_domains,
        };
        self.insert(host, known, now);
        true
    }

    /// Remembers a host by hand, as preload lists do; `ends` of `None` is for ever. `false` for
    /// what is no name.
    pub fn add(&mut self, host: &str, include_sub_domains: bool, ends: Option<SystemTime>) -> bool {
        let Some(host) = name_of(host) else {
            return false;
        };
        let known = Known {
            ends,
            include_sub_domains,
        };
        self.insert(&host, known, SystemTime::UNIX_EPOCH);
        true
    }

    /// Forgets a host, and says whether it was there.
    pub fn remove(&mut self, host: &str) -> bool {
        name_of(host).is_some_and(|host| self.hosts.remove(&*host).is_some())
    }

    fn insert(&mut self, host: &str, mut known: Known, now: SystemTime) {
        known.ends = known.ends.filter(|ends| {
            let since = ends.duration_since(SystemTime::UNIX_EPOCH);
            !since.is_ok_and(|since| since.as_secs() > LAST)
        });
        if !self.hosts.contains_key(host) && self.hosts.len() >= Self::LIMIT {
            self.hosts.retain(|_, known| known.holds(now));
        }
        while !self.hosts.contains_key(host) && self.hosts.len() >= Self::LIMIT {
            let first = self
                .hosts
                .iter()
                .min_by_key(|(_, known)| (known.ends.is_none(), known.ends))
                .map(|(host, _)| host.clone());
            if let Some(first) = first {
                self.hosts.remove(&first);
            }
        }
        self.hosts.insert(host.into(), known);
    }

    /// Whether a host is to be reached over TLS only: it said so itself, or one that it is below
    /// said so for its subdomains (section 8.2).
    #[must_use]
    pub fn is_known(&self, host: &str, now: SystemTime) -> bool {
        let mut name = without_dot(host);
        let mut itself = true;
        loop {
            let known = self.hosts.get(name).filter(|known| known.holds(now));
            if known.is_some_and(|known| itself || known.include_sub_domains) {
                return true;
            }
            match name.split_once('.') {
                Some((_, parent)) => name = parent,
                None => return false,
            }
            itself = false;
        }
    }

    /// The address over TLS that is to be used instead of a plain one; `None` if it may stay as it
    /// is. Port 80 becomes 443, other ports stay (section 8.3).
    #[must_use]
    pub fn upgrade(&self, uri: &Uri, now: SystemTime) -> Option<Uri> {
        let scheme = match uri.scheme() {
            "http" => "https",
            "ws" => "wss",
            _ => return None,
        };
        let HostAddress::Dns(host) = uri.host_address() else {
            return None;
        };
        if !self.is_known(host, now) {
            return None;
        }
        let mut builder = UriBuilder::from_uri(uri).ok()?;
        builder.set_scheme(scheme).ok()?;
        builder.set_port(uri.port().filter(|&port| port != 80));
        builder.uri().ok()
    }

    /// Adds the hosts of a file in curl's format, and says how many lines counted: the host, with a
    /// dot in front if its subdomains count, and when it ends, as `"20301231 23:59:59"` or
    /// `"unlimited"`. `#` begins a comment.
    ///
    /// # Errors
    /// The first line that is none of these; what stands in front of it is added.
    pub fn read(&mut self, reader: impl BufRead) -> Result<usize, LineError> {
        let mut lines = Lines::new(reader);
        let mut count = 0;
        while let Some(line) = lines.next()? {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (host, ends) = line
                .split_once(' ')
                .ok_or_else(|| lines.syntax("expected a host and when it ends"))?;
            let text = ends.trim().trim_matches('"');
            let ends = match text {
                "unlimited" => None,
                _ => Some(parse_time(text).ok_or_else(|| {
                    lines.syntax("expected \"YYYYMMDD HH:MM:SS\" or \"unlimited\"")
                })?),
            };
            let below = host.strip_prefix('.');
            if !self.add(below.unwrap_or(host), below.is_some(), ends) {
                return Err(lines.syntax("expected the name of a host"));
            }
            count += 1;
        }
        Ok(count)
    }

    /// Writes the hosts that have not ended, in curl's format.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, mut writer: impl Write, now: SystemTime) -> io::Result<()> {
        writer.write_all(b"# HSTS cache of system-net, https://curl.se/docs/hsts.html\n")?;
        let mut hosts: Vec<_> = self
            .hosts
            .iter()
            .filter(|(_, known)| known.holds(now))
            .collect();
        hosts.sort_by_key(|(host, _)| *host);
        for (host, known) in hosts {
            let dot = if known.include_sub_domains { "." } else { "" };
            match known.ends.map(Moment::of) {
                None => writeln!(writer, "{dot}{host} \"unlimited\"")?,
                Some(Some(ends)) => writeln!(
                    writer,
                    "{dot}{host} \"{:04}{:02}{:02} {:02}:{:02}:{:02}\"",
                    ends.year, ends.month, ends.day, ends.hour, ends.minute, ends.second
                )?,
                // Before 1970: it has ended.
                Some(None) => {}
            }
        }
        writer.flush()
    }
}

/// What a field says.
struct Policy {
    max_age: Duration,
    include_sub_domains: bool,
}

impl Policy {
    /// Section 6.1: directives in any order and letter case, each once; others do not count.
    fn parse(field: &str) -> Option<Self> {
        let (mut max_age, mut include_sub_domains) = (None, false);
        for directive in directives(field)? {
            let (name, value) = match directive.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (directive, None),
            };
            if name.eq_ignore_ascii_case("max-age") {
                let digits = value?;
                let digits = digits
                    .strip_prefix('"')
                    .and_then(|digits| digits.strip_suffix('"'))
                    .unwrap_or(digits);
                let is_number =
                    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                if !is_number || max_age.is_some() {
                    return None;
                }
                max_age = Some(Duration::from_secs(digits.parse().unwrap_or(u64::MAX)));
            } else if name.eq_ignore_ascii_case("includeSubDomains") {
                if include_sub_domains || value.is_some() {
                    return None;
                }
                include_sub_domains = true;
            }
        }
        Some(Self {
            max_age: max_age?,
            include_sub_domains,
        })
    }
}

/// The parts between `;`, without empty ones; `None` if a quote does not end.
fn directives(field: &str) -> Option<Vec<&str>> {
    let (mut parts, mut from) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in field.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                parts.push(field[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(field[from..].trim());
    parts.retain(|part| !part.is_empty());
    (!quoted).then_some(parts)
}

/// `YYYYMMDD HH:MM:SS`.
fn parse_time(text: &str) -> Option<SystemTime> {
    let bytes = text.as_bytes();
    if bytes.len() != 17 || bytes[8] != b' ' || bytes[11] != b':' || bytes[14] != b':' {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    };
    Moment {
        year: number(0, 4)?,
        month: number(4, 6)?,
        day: number(6, 8)?,
        hour: number(9, 11)?,
        minute: number(12, 14)?,
        second: number(15, 17)?,
    }
    .to_time()
}

/// The name of a host in the form of DNS; `None` for an address and for what is no name.
fn name_of(host: &str) -> Option<String> {
    if host.contains(['/', '@', ':', '?', '#', '\\', '%']) {
        return None;
    }
    let uri = Uri::parse(&format!("http://{host}/")).ok()?;
    match uri.host_address() {
        HostAddress::Dns(name) => Some(without_dot(name).to_owned()),
        _ => None,
    }
}

/// With or without a dot at the end, a name is the same host.
fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

impl fmt::Debug for HstsStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Which hosts somebody was at is nobody's business.
        f.debug_struct("HstsStore")
            .field("count", &self.count())
            .finish()
    }
}
