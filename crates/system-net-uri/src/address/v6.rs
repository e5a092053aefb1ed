//! IPv6 text: RFC 4291 section 2.2 in, RFC 5952 out.

use std::fmt::{self, Write as _};
use std::net::Ipv6Addr;
use std::ops::Range;

use super::v4;

/// What was read: the address, where its zone and prefix length stand, where it ends.
pub(crate) struct Parsed {
    pub(crate) address: Ipv6Addr,
    /// The text after `%`, without it.
    pub(crate) zone: Option<Range<usize>>,
    pub(crate) prefix: Option<u8>,
    pub(crate) end: usize,
}

/// Reads the inside of `[…]` and returns it with the position after the `]`.
pub(crate) fn literal(text: &[u8]) -> Option<(Parsed, usize)> {
    let parsed = parse(text)?;
    (text.get(parsed.end) == Some(&b']')).then(|| {
        let end = parsed.end + 1;
        (parsed, end)
    })
}

/// Reads an address up to `]` or the end of the text.
pub(crate) fn parse(text: &[u8]) -> Option<Parsed> {
    let mut groups = Groups::default();
    let mut i = groups.read(text)?;
    let mut zone = None;
    let mut prefix = None;
    if text.get(i) == Some(&b'%') {
        let found = zone_at(text, i + 1);
        if zone_fault(&text[found.clone()]).is_some() {
            return None;
        }
        i = found.end;
        zone = Some(found);
    }
    if text.get(i) == Some(&b'/') {
        let digits = text[i + 1..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits == 0 || digits > 2 {
            return None;
        }
        prefix = Some(
            text[i + 1..=i + digits]
                .iter()
                .fold(0, |n, b| n * 10 + (b - b'0')),
        );
        i += 1 + digits;
    }
    match text.get(i) {
        None | Some(b']') => Some(Parsed {
            address: groups.address()?,
            zone,
            prefix,
            end: i,
        }),
        _ => None,
    }
}

/// The zone that begins at `start`.
fn zone_at(text: &[u8], start: usize) -> Range<usize> {
    let ends = |b: &u8| matches!(b, b']' | b'/');
    let end = text[start..].iter().position(ends);
    start..end.map_or(text.len(), |at| start + at)
}

/// Where the inside of `[…]` has a zone that is refused for a character in it.
pub(crate) fn bad_zone(text: &[u8]) -> Option<usize> {
    let at = Groups::default().read(text)?;
    if text.get(at) != Some(&b'%') {
        return None;
    }
    let zone = zone_at(text, at + 1);
    zone_fault(&text[zone]).map(|offset| at + 1 + offset)
}

/// Where a zone has a control character or a blank, which no interface has in its name and which
/// would end a header line that names the host.
fn zone_fault(zone: &[u8]) -> Option<usize> {
    if zone.is_ascii() {
        return zone.iter().position(|&b| b <= b' ' || b == 0x7F);
    }
    let Ok(text) = std::str::from_utf8(zone) else {
        return Some(0);
    };
    let bad = |c: char| c.is_control() || c.is_whitespace();
    text.char_indices().find(|&(_, c)| bad(c)).map(|(at, _)| at)
}

/// The 16-bit groups read so far and where `::` stood among them.
#[derive(Default)]
struct Groups {
    values: [u16; 8],
    count: usize,
    gap: Option<usize>,
}

impl Groups {
    fn push(&mut self, value: u16) -> Option<()> {
        *self.values.get_mut(self.count)? = value;
        self.count += 1;
        Some(())
    }

    /// Reads groups until something that belongs to none of them; returns where that is.
    fn read(&mut self, text: &[u8]) -> Option<usize> {
        let mut i = 0;
        if text.starts_with(b"::") {
            self.gap = Some(0);
            i = 2;
        }
        loop {
            let start = i;
            let mut value = 0u32;
            while let Some(digit) = text.get(i).and_then(|&b| (b as char).to_digit(16)) {
                value = value << 4 | digit;
                i += 1;
                if i - start > 4 {
                    return None;
                }
            }
            if i == start {
                // Nothing follows a `::`; a single `:` must be followed by a group.
                return (self.gap == Some(self.count) && i > 0).then_some(i);
            }
            if text.get(i) == Some(&b'.') {
                // RFC 4291 section 2.2, item 3: the last 32 bits may be in IPv4 notation.
                let ends = |b| matches!(b, b']' | b'/' | b'%');
                let (address, length) = v4::lenient_prefix(&text[start..], ends)?;
                let [a, b, c, d] = address.octets();
                self.push(u16::from_be_bytes([a, b]))?;
                self.push(u16::from_be_bytes([c, d]))?;
                return Some(start + length);
            }
            self.push(value as u16)?;
            match text.get(i) {
                Some(b':') if text.get(i + 1) == Some(&b':') => {
                    if self.gap.is_some() {
                        return None;
                    }
                    self.gap = Some(self.count);
                    i += 2;
                }
                Some(b':') => i += 1,
                _ => return Some(i),
            }
        }
    }

    fn address(&self) -> Option<Ipv6Addr> {
        let mut all = [0u16; 8];
        match self.gap {
            None if self.count == 8 => all = self.values,
            Some(gap) if self.count < 8 => {
                // .NET counts a leading `::` as a group of its own; with seven more groups it
                // finds no room and takes the whole for `::`. What .NET would connect to is what
                // every check must see.
                if gap == 0 && self.count == 7 {
                    return Some(Ipv6Addr::UNSPECIFIED);
                }
                all[..gap].copy_from_slice(&self.values[..gap]);
                let tail = &self.values[gap..self.count];
                all[8 - tail.len()..].copy_from_slice(tail);
            }
            _ => return None,
        }
        Some(all.into())
    }
}

/// The text .NET writes: RFC 5952 with the last 32 bits in IPv4 notation for the IPv4-compatible,
/// IPv4-mapped, IPv4-translated and ISATAP addresses.
///
/// # Examples
/// ```
/// use system_net_uri::address::format_ipv6;
/// let text = |address: &str| format_ipv6(address.parse().unwrap()).to_string();
/// assert_eq!(text("::ffff:102:304"), "::ffff:1.2.3.4");
/// assert_eq!(text("fe80::5efe:c0a8:2901"), "fe80::5efe:192.168.41.1");
/// assert_eq!(text("64:ff9b::c000:221"), "64:ff9b::c000:221");
/// ```
pub fn format_ipv6(address: Ipv6Addr) -> impl fmt::Display {
    Text(address.segments())
}

struct Text([u16; 8]);

impl Text {
    fn has_ipv4_tail(&self) -> bool {
        let n = &self.0;
        let leading_zeros = n[..4].iter().all(|&group| group == 0);
        (leading_zeros && n[6] != 0 && matches!((n[4], n[5]), (0, 0 | 0xffff) | (0xffff, 0)))
            || (n[4] == 0 && n[5] == 0x5efe)
    }

    /// The longest run of zero groups, the first of several, longer than one.
    fn longest_run(&self) -> Range<usize> {
        let mut best = 0..0;
        let mut start = 0;
        for (i, &group) in self.0.iter().enumerate() {
            if group != 0 {
                start = i + 1;
            } else if i + 1 - start > best.len() {
                best = start..i + 1;
            }
        }
        if best.len() > 1 { best } else { 8..8 }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.longest_run();
        let ipv4 = self.has_ipv4_tail();
        for (i, group) in self.0.iter().enumerate() {
            if ipv4 && i == 6 {
                let [a, b] = self.0[6].to_be_bytes();
                let [c, d] = self.0[7].to_be_bytes();
                return write!(f, ":{a}.{b}.{c}.{d}");
            }
            if run.start == i {
                f.write_str(":")?;
            }
            if run.contains(&i) {
                if run.end == 8 {
                    return f.write_str(":");
                }
                continue;
            }
            if i > 0 {
                f.write_str(":")?;
            }
            write!(f, "{group:x}")?;
        }
        Ok(())
    }
}

/// Whether `[…]` has the address as it is written here.
pub(crate) fn is_canonical(bracketed: &[u8], address: Ipv6Addr) -> bool {
    let mut text = Rest(bracketed);
    write!(text, "[{}]", format_ipv6(address)).is_ok() && text.0.is_empty()
}

/// A text that is written once more, and must be written the same.
struct Rest<'a>(&'a [u8]);

impl fmt::Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text.as_bytes()).ok_or(fmt::Error)?;
        Ok(())
    }
}
