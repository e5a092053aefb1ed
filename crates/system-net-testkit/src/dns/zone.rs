//! What a name server knows, and how it misbehaves.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use super::message::{Data, DnsType, Record, ResponseCode};

/// Names with their records and their misbehaviour. Names are compared without regard to case and
/// to a final dot; what is not in it does not exist.
#[derive(Clone, Debug, Default)]
pub struct DnsZone {
    names: BTreeMap<String, Vec<Data>>,
    behaviours: HashMap<String, Behaviour>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Behaviour {
    code: Option<ResponseCode>,
    delay: Duration,
    silent: bool,
    truncated: bool,
}

/// What is to be answered.
pub(super) struct Reply {
    pub(super) code: ResponseCode,
    pub(super) records: Vec<Record>,
    pub(super) delay: Duration,
    pub(super) truncated: bool,
}

impl DnsZone {
    /// A zone in which no name exists.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an A or AAAA record for each address.
    ///
    /// # Panics
    ///
    /// When a text is no address.
    pub fn host(mut self, name: &str, addresses: &[&str]) -> Self {
        for address in addresses {
            let data = match address.parse() {
                Ok(IpAddr::V4(v4)) => Data::A(v4),
                Ok(IpAddr::V6(v6)) => Data::Aaaa(v6),
                Err(error) => panic!("{address}: {error}"),
            };
            self = self.record(name, data);
        }
        self
    }

    /// Makes a name an alias of another.
    pub fn alias(self, name: &str, target: &str) -> Self {
        self.record(name, Data::Cname(target.to_owned()))
    }

    /// Names an address, by the PTR record that belongs to it.
    ///
    /// # Panics
    ///
    /// When the text is no address.
    pub fn pointer(self, address: &str, name: &str) -> Self {
        let reverse = match address.parse() {
            Ok(IpAddr::V4(v4)) => {
                let [a, b, c, d] = v4.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            Ok(IpAddr::V6(v6)) => {
                let digits = format!("{:032x}", u128::from(v6));
                let mut reverse: String = digits.chars().rev().flat_map(|d| [d, '.']).collect();
                reverse.push_str("ip6.arpa");
                reverse
            }
            Err(error) => panic!("{address}: {error}"),
        };
        self.record(&reverse, Data::Ptr(name.to_owned()))
    }

    /// Adds a TXT record.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.record(name, Data::Txt(text.to_owned()))
    }

    /// Adds an MX record.
    pub fn mail(self, name: &str, preference: u16, server: &str) -> Self {
        self.record(name, Data::Mx(preference, server.to_owned()))
    }

    /// Makes a name exist without any record.
    pub fn empty(mut self, name: &str) -> Self {
        self.names.entry(key(name)).or_default();
        self
    }

    /// Answers every question about a name with this code and no records.
    pub fn failing(mut self, name: &str, code: ResponseCode) -> Self {
        self.behaviour(name).code = Some(code);
        self
    }

    /// Answers questions about a name after this time.
    pub fn delayed(mut self, name: &str, delay: Duration) -> Self {
        self.behaviour(name).delay = delay;
        self
    }

    /// Never answers questions about a name.
    pub fn silent(mut self, name: &str) -> Self {
        self.behaviour(name).silent = true;
        self
    }

    /// Says by UDP that the answers for a name are too long for it, so that TCP is asked.
    pub fn truncated(mut self, name: &str) -> Self {
        self.behaviour(name).truncated = true;
        self
    }

    fn record(mut self, name: &str, data: Data) -> Self {
        self.names.entry(key(name)).or_default().push(data);
        self
    }

    fn behaviour(&mut self, name: &str) -> &mut Behaviour {
        self.behaviours.entry(key(name)).or_default()
    }

    pub(super) fn reply(&self, name: &str, kind: DnsType) -> Option<Reply> {
        /// A chain that is longer goes in circles.
        const LONGEST_CHAIN: usize = 8;
        let behaviour = self.behaviours.get(&key(name)).copied();
        let behaviour = behaviour.unwrap_or_default();
        if behaviour.silent {
            return None;
        }
        let mut records = Vec::new();
        let mut code = ResponseCode::NoError;
        let mut at = name.to_owned();
        for _ in 0..LONGEST_CHAIN {
            let Some(known) = self.names.get(&key(&at)) else {
                code = ResponseCode::NxDomain;
                break;
            };
            let alias = known.iter().find_map(|data| match data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            });
            let target = alias.filter(|_| kind != DnsType::Cname);
            let wanted = |data: &&Data| data.kind() == kind || target.is_some();
            records.extend(known.iter().filter(wanted).map(|data| Record {
                name: at.clone(),
                data: data.clone(),
            }));
            match target {
                Some(target) => at = target,
                None => break,
            }
        }
        if let Some(other) = behaviour.code {
            code = other;
            records.clear();
        }
        Some(Reply {
            code,
            records,
            delay: behaviour.delay,
            truncated: behaviour.truncated,
        })
    }
}

fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
