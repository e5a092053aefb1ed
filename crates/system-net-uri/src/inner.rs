//! What the clones of a URI share: its one string, where the parts are in it, and what is known
//! about them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::flags::Flags;
use crate::host::{HostAddress, HostKind, domain, unc};
use crate::parse::{Offsets, unregistered_ipv4};
use crate::parser::Registered;
use crate::syntax::Rules;
use crate::{UriSettings, address};

/// Part of [`Inner::text`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        // Texts are limited long before this could overflow.
        Self {
            start: start as u32,
            end: end as u32,
        }
    }
}

/// What the clones share.
pub(crate) struct Inner {
    /// The text that was read, the form for the wire, the text as written and the host for DNS,
    /// each only if it is not found in what stands before it.
    pub(crate) text: String,
    pub(crate) absolute: bool,
    /// The parts of the form for the wire.
    pub(crate) wire: Offsets,
    /// The scheme name in the form for the wire.
    pub(crate) scheme: Span,
    /// The parts of the text that was read.
    pub(crate) source: Offsets,
    /// The text that was read, with the white space around it.
    pub(crate) source_text: Span,
    /// The text as written.
    pub(crate) original: Span,
    /// The host as DNS wants it; `None` if there is no such form.
    pub(crate) idn: Option<Span>,
    pub(crate) zone: Option<Span>,
    pub(crate) flags: Flags,
    pub(crate) rules: Rules,
    pub(crate) host: HostKind,
    pub(crate) port: Option<u16>,
    pub(crate) default_port: Option<u16>,
    pub(crate) registered: Option<Arc<Registered>>,
    pub(crate) settings: UriSettings,
}

impl Inner {
    #[inline]
    pub(crate) fn at(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    #[inline]
    pub(crate) fn slice(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }

    /// What is connected to.
    pub(crate) fn host_address(&self) -> HostAddress<'_> {
        match self.host {
            HostKind::None | HostKind::Basic => HostAddress::None,
            HostKind::V4(address) => HostAddress::V4(address),
            HostKind::V6(address) => HostAddress::V6(address, self.zone.map(|zone| self.at(zone))),
            HostKind::Dns | HostKind::Unc => {
                let Some(name) = self.idn.map(|span| self.at(span)) else {
                    return HostAddress::None;
                };
                // Composing can make a `;` of another character, and what is taken out can leave a
                // label that begins with a hyphen: asked for is only what may be written so.
                let fits = match self.host {
                    HostKind::Dns => self.is_host_name(name),
                    _ => name.is_ascii() && !name.starts_with('.') && !name.contains(".."),
                };
                if !fits || name.is_empty() {
                    return HostAddress::None;
                }
                // What counts as a name (0x7f.1 in a scheme .NET does not know, wide digits) a
                // resolver may take for an address all the same.
                let digits = name.as_bytes().first().is_some_and(u8::is_ascii_digit);
                match digits.then(|| self.address_in(name)).flatten() {
                    Some(address) => HostAddress::V4(address),
                    None => HostAddress::Dns(name),
                }
            }
        }
    }

    /// Whether a host of the scheme may be written so.
    fn is_host_name(&self, name: &str) -> bool {
        let whole = Some(name.len());
        let server = || name.is_ascii() && unc::scan(name, 0, |_| false) == whole;
        domain::scan(name, 0, false, |_| false) == whole
            || (self.rules.any(Rules::UNC_HOST) && server())
    }

    /// The address a resolver, or whoever reads the URI again, takes a name for.
    fn address_in(&self, name: &str) -> Option<Ipv4Addr> {
        let again = || {
            let (address, length) = unregistered_ipv4(name.as_bytes(), |_| false)?;
            (self.rules.any(Rules::UNKNOWN) && length == name.len()).then_some(address)
        };
        address::parse_ipv4_loose(name).or_else(again)
    }

    /// Whether the host, however it is spelled, is the loopback. In a scheme .NET does not know,
    /// `IsLoopback` takes names as they are; [`host_address`](Self::host_address) does not.
    pub(crate) fn leads_to_this_machine(&self) -> bool {
        if self.rules.any(Rules::UNKNOWN) {
            return false;
        }
        match self.host_address() {
            HostAddress::Dns(name) => name == "localhost",
            HostAddress::V4(address) => address.is_loopback(),
            HostAddress::V6(..) | HostAddress::None => false,
        }
    }
}
