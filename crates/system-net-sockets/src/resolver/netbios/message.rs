//! Messages of the NetBIOS name service: questions out, answers in. No I/O.
//!
//! To read: RFC 1001 section 14, RFC 1002 sections 4.1, 4.2.12 to 4.2.15, 4.2.17, 4.2.18.

use std::net::Ipv4Addr;

/// The length of a name without the byte that says what it is for.
pub(super) const LONGEST_NAME: usize = 15;

/// More is not read: a datagram of the name service has 576 bytes at most (RFC 1002 section 4.1), and
/// larger ones have been seen.
pub(super) const LARGEST: usize = 1_500;

/// What of a name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its addresses (`NB`).
    Addresses,
    /// The names of the machine that is asked (`NBSTAT`).
    Status,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::Addresses => 0x20,
            Self::Status => 0x21,
        }
    }
}

/// What a name is for: a workstation, or a server of files, the names that hosts are known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Workstation = 0x00,
    Server = 0x20,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Addresses(Vec<Ipv4Addr>),
    /// The machine's name, by its status.
    Name(Option<String>),
    /// There is no such name.
    Negative,
}

const CLASS_IN: u16 = 1;
const RESPONSE: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const BROADCAST: u16 = 0x0010;
const RCODE: u16 = 0x000f;
/// In the flags of an address or a name: of a group of machines, not of one.
const GROUP: u16 = 0x8000;
const HEADER: usize = 12;

/// A question with this number: for the addresses of a name in upper case, at most 15 bytes long, or
/// for the status of whoever gets it.
pub(super) fn question(id: u16, of: Option<(&[u8], Purpose)>, broadcast: bool) -> Vec<u8> {
    let (kind, padded) = match of {
        Some((name, purpose)) => (Kind::Addresses, padded(name, purpose)),
        // `*` with zeros behind, RFC 1002 section 4.2.17.
        None => {
            let mut any = [0; 16];
            any[0] = b'*';
            (Kind::Status, any)
        }
    };
    let flags = match (kind, broadcast) {
        (Kind::Status, _) => 0,
        (Kind::Addresses, true) => RECURSION_DESIRED | BROADCAST,
        (Kind::Addresses, false) => RECURSION_DESIRED,
    };
    let mut message = Vec::with_capacity(50);
    for word in [id, flags, 1, 0, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    message.extend(encoded(&padded));
    for word in [kind.number(), CLASS_IN] {
        message.extend(word.to_be_bytes());
    }
    message
}

fn padded(name: &[u8], purpose: Purpose) -> [u8; 16] {
    let mut padded = [b' '; 16];
    for (place, byte) in padded.iter_mut().zip(name.iter().take(LONGEST_NAME)) {
        *place = *byte;
    }
    padded[LONGEST_NAME] = purpose as u8;
    padded
}

/// The first-level encoding of RFC 1001 section 14.1, as a label: each half of a byte is a letter.
fn encoded(name: &[u8; 16]) -> [u8; 34] {
    let mut label = [0; 34];
    label[0] = 32;
    for (index, byte) in name.iter().enumerate() {
        label[1 + 2 * index] = b'A' + (byte >> 4);
        label[2 + 2 * index] = b'A' + (byte & 15);
    }
    label
}

/// Reads an answer to the question. `None`: it is none, or is broken, and the wait goes on.
pub(super) fn reply(message: &[u8], question: &[u8]) -> Option<Reply> {
    let mut reader = Reader { message, at: 0 };
    let (id, flags) = (reader.word()?, reader.word()?);
    let asked = Reader {
        message: question,
        at: 0,
    };
    let is_ours = id == asked.clone().word()?
        && flags & RESPONSE != 0
        && flags & OPCODE == 0
        && flags & TRUNCATED == 0;
    if !is_ours {
        return None;
    }
    let (questions, answers) = (reader.word()?, reader.word()?);
    reader.skip(4)?;
    // Some servers repeat the question.
    for _ in 0..questions {
        reader.name()?;
        reader.skip(4)?;
    }
    let label = question.get(HEADER..HEADER + 34)?;
    let kind = question.get(HEADER + 34..HEADER + 36)?;
    if flags & RCODE != 0 {
        // 1 to 5 of RFC 1002 section 4.2.14; the name is that of the answer, where there is one.
        let other = answers > 0 && !reader.name()?.eq_ignore_ascii_case(label);
        return (!other).then_some(Reply::Negative);
    }
    if answers == 0 || !reader.name()?.eq_ignore_ascii_case(label) {
        return None;
    }
    let (answered, class) = (reader.word()?, reader.word()?);
    if answered.to_be_bytes() != kind || class != CLASS_IN {
        return None;
    }
    reader.skip(4)?;
    let length = usize::from(reader.word()?);
    let data = reader.take(length)?;
    match answered == Kind::Addresses.number() {
        true => addresses(data),
        false => status(data),
    }
}

/// RFC 1002 section 4.2.13: flags and an address each. Names of groups are no host's.
fn addresses(data: &[u8]) -> Option<Reply> {
    if data.is_empty() || !data.len().is_multiple_of(6) {
        return None;
    }
    let mut found = Vec::new();
    for entry in data.chunks_exact(6) {
        let group = u16::from_be_bytes([entry[0], entry[1]]) & GROUP != 0;
        let address = Ipv4Addr::new(entry[2], entry[3], entry[4], entry[5]);
        let reachable = !address.is_unspecified() && !address.is_broadcast();
        if !group && reachable && !address.is_multicast() && !found.contains(&address) {
            found.push(address);
        }
    }
    Some(match found.is_empty() {
        true => Reply::Negative,
        false => Reply::Addresses(found),
    })
}

/// RFC 1002 section 4.2.18: the first name of a workstation that is no group's.
fn status(data: &[u8]) -> Option<Reply> {
    let (&count, names) = data.split_first()?;
    let names = names.get(..usize::from(count) * 18)?;
    let own = names.chunks_exact(18).find_map(|entry| {
        let group = u16::from_be_bytes([entry[16], entry[17]]) & GROUP != 0;
        let host = entry[LONGEST_NAME] == Purpose::Workstation as u8 && !group;
        let name = entry[..LONGEST_NAME].trim_ascii_end();
        let plain = name.iter().all(|byte| byte.is_ascii_graphic());
        (host && plain && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
    });
    Some(Reply::Name(own))
}

#[derive(Clone)]
struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.message.get(self.at..)?.get(..length)?;
        self.at += length;
        Some(taken)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.take(length).map(drop)
    }

    fn word(&mut self) -> Option<u16> {
        let [high, low] = self.take(2)? else {
            return None;
        };
        Some(u16::from_be_bytes([*high, *low]))
    }

    /// A name of one label without a scope, with its length and final zero; or a pointer to one, of
    /// which one is followed.
    fn name(&mut self) -> Option<&'a [u8]> {
        let first = *self.message.get(self.at)?;
        if first & 0xc0 == 0xc0 {
            let to = usize::from(self.word()? & 0x3fff);
            let mut there = Reader {
                message: self.message,
                at: to,
            };
            return match *self.message.get(to)? & 0xc0 {
                0 => there.name(),
                _ => None,
            };
        }
        let name = self.take(usize::from(first) + 2)?;
        (name.last() == Some(&0)).then_some(name)
    }
}

#[cfg(test)]
mod tests;
