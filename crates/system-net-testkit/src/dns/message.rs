//! DNS messages: questions in, answers out. RFC 1035, section 4; RFC 6891 for the size of UDP.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The types of records that the peer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DnsType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Another name of the name.
    Cname,
    /// The name of an address.
    Ptr,
    /// Text.
    Txt,
    /// A mail server.
    Mx,
    /// Anything else, by its number.
    Other(u16),
}

impl DnsType {
    fn from_number(number: u16) -> Self {
        match number {
            1 => Self::A,
            5 => Self::Cname,
            12 => Self::Ptr,
            15 => Self::Mx,
            16 => Self::Txt,
            28 => Self::Aaaa,
            other => Self::Other(other),
        }
    }

    fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Cname => 5,
            Self::Ptr => 12,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Aaaa => 28,
            Self::Other(number) => number,
        }
    }
}

/// How an answer is said to have come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseCode {
    /// It worked, whether there are records or not.
    #[default]
    NoError = 0,
    /// The server does not understand the question.
    FormErr = 1,
    /// The server failed.
    ServFail = 2,
    /// The name does not exist.
    NxDomain = 3,
    /// The server does not do such things.
    NotImp = 4,
    /// The server does not want to.
    Refused = 5,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(String),
    Ptr(String),
    Txt(String),
    Mx(u16, String),
}

impl Data {
    pub(super) fn kind(&self) -> DnsType {
        match self {
            Self::A(_) => DnsType::A,
            Self::Aaaa(_) => DnsType::Aaaa,
            Self::Cname(_) => DnsType::Cname,
            Self::Ptr(_) => DnsType::Ptr,
            Self::Txt(_) => DnsType::Txt,
            Self::Mx(..) => DnsType::Mx,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::A(address) => address.octets().to_vec(),
            Self::Aaaa(address) => address.octets().to_vec(),
            Self::Cname(name) | Self::Ptr(name) => name_bytes(name),
            Self::Txt(text) => {
                let chunks = text.as_bytes().chunks(255);
                chunks.fold(Vec::new(), |mut bytes, chunk| {
                    bytes.push(chunk.len() as u8);
                    bytes.extend(chunk);
                    bytes
                })
            }
            Self::Mx(preference, name) => {
                [&preference.to_be_bytes()[..], &name_bytes(name)].concat()
            }
        }
    }
}

/// A record of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) data: Data,
}

/// The question of a message.
pub(super) struct Question {
    id: [u8; 2],
    recursion_desired: u8,
    pub(super) name: String,
    pub(super) kind: DnsType,
    /// The question section as it came.
    section: Vec<u8>,
    /// What the other side takes by UDP, if it says so.
    pub(super) udp_size: Option<usize>,
}

impl Question {
    /// `None` for what is no message with one question.
    pub(super) fn parse(message: &[u8]) -> Option<Self> {
        let header = message.first_chunk::<12>()?;
        let is_question = header[2] & 0xf8 == 0;
        if !is_question || header[4..6] != [0, 1] {
            return None;
        }
        let mut at = 12;
        let mut labels = Vec::new();
        loop {
            let length = usize::from(*message.get(at)?);
            at += 1;
            if length == 0 {
                break;
            }
            // A question has nothing before it that it could point to.
            if length > 63 {
                return None;
            }
            let label = message.get(at..at + length)?;
            labels.push(String::from_utf8_lossy(label).into_owned());
            at += length;
        }
        let kind = message.get(at..at + 2)?.try_into().ok()?;
        at += 4;
        let section = message.get(12..at)?.to_vec();
        Some(Self {
            id: [header[0], header[1]],
            recursion_desired: header[2] & 1,
            name: labels.join("."),
            kind: DnsType::from_number(u16::from_be_bytes(kind)),
            section,
            udp_size: udp_size(&message[at..]),
        })
    }

    pub(super) fn answer(&self, code: ResponseCode, records: &[Record]) -> Vec<u8> {
        let mut message = self.header(0, code, records.len());
        for record in records {
            message.extend(name_bytes(&record.name));
            message.extend(record.data.kind().number().to_be_bytes());
            // Class IN, a minute to live.
            message.extend([0, 1, 0, 0, 0, 60]);
            let data = record.data.bytes();
            message.extend((data.len() as u16).to_be_bytes());
            message.extend(data);
        }
        message
    }

    /// An answer that says that there is more to it.
    pub(super) fn truncated(&self, code: ResponseCode) -> Vec<u8> {
        self.header(2, code, 0)
    }

    /// The header and the question, as an answer repeats them.
    fn header(&self, truncated: u8, code: ResponseCode, records: usize) -> Vec<u8> {
        // An answer, with authority; recursion is to be had.
        let flags = [0x84 | truncated | self.recursion_desired, 0x80 | code as u8];
        let counts = [0, 1, (records >> 8) as u8, records as u8, 0, 0, 0, 0];
        [&self.id[..], &flags, &counts, &self.section].concat()
    }
}

/// The size in an OPT record that follows the question at once, as resolvers send it.
fn udp_size(rest: &[u8]) -> Option<usize> {
    match rest {
        [0, 0, 41, high, low, ..] => Some(usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

fn name_bytes(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
