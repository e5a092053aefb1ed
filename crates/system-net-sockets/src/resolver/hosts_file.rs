//! Hosts and LMHOSTS files: text in, lines out.
//!
//! To read: hosts(5); "LMHOSTS File" in the Windows documentation, and the comments of
//! `lmhosts.sam`.

use std::net::Ipv4Addr;

use system_net_primitives::IpAddress;
use system_net_uri::address::{parse_ipv4, parse_ipv6};

use super::zone::zone_index;

/// How deep `#INCLUDE` may lead, and how many files it may name in all.
const DEEPEST_INCLUDE: usize = 8;
const MOST_INCLUDES: usize = 64;
/// The length of a NetBIOS name without the byte that says what it is for.
const NETBIOS_NAME: usize = 15;

/// What a hosts file or an LMHOSTS file says.
///
/// [`OverrideResolver::insert_file`](crate::OverrideResolver::insert_file) puts it in front of a
/// resolver. The system's resolver reads `/etc/hosts` by itself.
///
/// # Examples
/// ```
/// use system_net_sockets::HostsFile;
///
/// let hosts = HostsFile::parse("10.0.0.1  server.test server # the one in the cellar");
/// assert_eq!(hosts.entries()[0].names(), ["server.test", "server"]);
///
/// let lmhosts = HostsFile::parse_lmhosts("10.0.0.2 printer #PRE #DOM:office", |_| None);
/// assert!(lmhosts.entries()[0].is_preloaded());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostsFile {
    entries: Vec<HostsEntry>,
    malformed: Vec<usize>,
}

/// One line of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsEntry {
    address: IpAddress,
    names: Vec<String>,
    preloaded: bool,
    domain: Option<String>,
}

impl HostsEntry {
    /// The address.
    #[must_use]
    pub fn address(&self) -> IpAddress {
        self.address
    }

    /// The names: the canonical one, and aliases. At least one.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether an LMHOSTS line has `#PRE`: Windows keeps it in memory and asks it before any
    /// server. Here every line is.
    #[must_use]
    pub fn is_preloaded(&self) -> bool {
        self.preloaded
    }

    /// The domain that the host controls, of `#DOM:` in an LMHOSTS line.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

impl HostsFile {
    /// Reads a hosts file: an address and its names in each line, `#` before comments.
    ///
    /// What is malformed is left out, as the system does.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            let Some(first) = words.next() else { continue };
            let names: Vec<String> = words.map(str::to_owned).collect();
            match address(first) {
                Some(address) if !names.is_empty() => file.entries.push(HostsEntry {
                    address,
                    names,
                    preloaded: false,
                    domain: None,
                }),
                _ => file.malformed.push(index + 1),
            }
        }
        file
    }

    /// Reads an LMHOSTS file: an IPv4 address, a NetBIOS name, and the keywords `#PRE`, `#DOM:`,
    /// `#MH`, `#SG:`, `#NOFNR`; `#INCLUDE`, and `#BEGIN_ALTERNATE` to `#END_ALTERNATE`, where the
    /// first file that can be had counts. Keywords are in upper case; any other `#` begins a
    /// comment.
    ///
    /// `include` gives the text of an included file, or `None` if it is not to be had. It is asked
    /// for at most 64 files, 8 deep. A quoted name may have a sixteenth character, also as `\0xnn`,
    /// that says what it is for; such names, but those of workstations and servers, are no
    /// host's and are left out.
    #[must_use]
    pub fn parse_lmhosts(text: &str, include: impl Fn(&str) -> Option<String>) -> Self {
        let mut file = Self::default();
        let mut left = MOST_INCLUDES;
        file.add_lmhosts(text, &include, 0, &mut left);
        file
    }

    /// The lines, in the order of the file; those of included files stand where they are included.
    #[must_use]
    pub fn entries(&self) -> &[HostsEntry] {
        &self.entries
    }

    /// The numbers of the lines, from 1, that could not be read. Those of included files do not
    /// count.
    #[must_use]
    pub fn malformed_lines(&self) -> &[usize] {
        &self.malformed
    }

    fn add_lmhosts(
        &mut self,
        text: &str,
        include: &dyn Fn(&str) -> Option<String>,
        depth: usize,
        left: &mut usize,
    ) {
        // Inside of a block of alternatives, whether one was had already.
        let mut alternatives: Option<bool> = None;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_ascii();
            if let Some(path) = keyword(line, "#INCLUDE") {
                if alternatives == Some(true) || depth == DEEPEST_INCLUDE || *left == 0 {
                    continue;
                }
                *left -= 1;
                if let Some(text) = include(path.trim_matches('"')) {
                    self.add_lmhosts(&text, include, depth + 1, left);
                    alternatives = alternatives.map(|_| true);
                }
            } else if keyword(line, "#BEGIN_ALTERNATE").is_some() {
                alternatives = Some(false);
            } else if keyword(line, "#END_ALTERNATE").is_some() {
                alternatives = None;
            } else if !line.is_empty() && !line.starts_with('#') {
                match lmhosts_line(line) {
                    Line::Host(entry) => self.entries.push(entry),
                    Line::Service => {}
                    Line::Malformed if depth == 0 => self.malformed.push(index + 1),
                    Line::Malformed => {}
                }
            }
        }
    }
}

enum Line {
    Host(HostsEntry),
    /// The name of something else than a host.
    Service,
    Malformed,
}

/// What follows a keyword that stands at the start, alone or before a blank.
fn keyword<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(word)?;
    let ends = rest.is_empty() || rest.starts_with([' ', '\t']);
    ends.then(|| rest.trim_ascii())
}

fn lmhosts_line(line: &str) -> Line {
    let Some((first, rest)) = line.split_once([' ', '\t']) else {
        return Line::Malformed;
    };
    let (Some(address), Some((name, mut rest))) =
        (parse_ipv4(first), name(rest.trim_ascii_start()))
    else {
        return Line::Malformed;
    };
    let mut entry = HostsEntry {
        address: IpAddress::v4(address),
        names: Vec::new(),
        preloaded: false,
        domain: None,
    };
    // What follows the first word that is no keyword is a comment.
    loop {
        rest = rest.trim_ascii_start();
        let (word, after) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        if word == "#PRE" {
            entry.preloaded = true;
        } else if let Some(domain) = word.strip_prefix("#DOM:") {
            entry.domain = Some(domain.to_owned());
        } else if !matches!(word, "#MH" | "#NOFNR") && !word.starts_with("#SG:") {
            break;
        }
        rest = after;
    }
    if address == Ipv4Addr::UNSPECIFIED {
        return Line::Malformed;
    }
    match name {
        Name::Host(name) => {
            entry.names.push(name);
            Line::Host(entry)
        }
        Name::Service => Line::Service,
    }
}

enum Name {
    Host(String),
    Service,
}

/// The name at the start of a text, and the rest.
fn name(text: &str) -> Option<(Name, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', '#']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let fits = !name.is_empty() && !name.contains('"');
        return fits.then(|| (Name::Host(name.to_owned()), rest));
    };
    let (name, rest) = quoted.split_once('"')?;
    let (name, purpose) = match name.split_once("\\0x") {
        Some((name, digits)) => (name, Some(u8::from_str_radix(digits, 16).ok()?)),
        None => match name.char_indices().nth(NETBIOS_NAME) {
            Some((end, purpose)) => (&name[..end], u8::try_from(purpose).ok()),
            None => (name, None),
        },
    };
    let name = name.trim_ascii_end();
    if name.is_empty() {
        return None;
    }
    // 00 is a workstation, 20 a server; everything else is a service or a group.
    Some(match purpose {
        None | Some(0 | 0x20) => (Name::Host(name.to_owned()), rest),
        Some(_) => (Name::Service, rest),
    })
}

fn address(text: &str) -> Option<IpAddress> {
    if let Some(v4) = parse_ipv4(text) {
        return Some(IpAddress::v4(v4));
    }
    match parse_ipv6(text)? {
        (v6, None) => Some(IpAddress::v6(v6, 0)),
        (v6, Some(zone)) => Some(IpAddress::v6(v6, zone_index(zone).ok()?)),
    }
}

#[cfg(test)]
mod tests;
