//! The records that come along with a message.

use std::net::{Ipv4Addr, Ipv6Addr};

use system_net_primitives::IpAddress;

/// Room for the records about a message, aligned as they are.
#[repr(C, align(8))]
pub(crate) struct Control(pub(super) [u8; Self::CAPACITY]);

/// A record's head (`struct cmsghdr`): its length with the head, level and type.
const HEAD: usize = size_of::<libc::cmsghdr>();

impl Control {
    /// Enough for the packet information of both kinds of IP.
    pub(super) const CAPACITY: usize = 128;

    pub(crate) const fn new() -> Self {
        Self([0; Self::CAPACITY])
    }

    /// The address a packet was sent to and the number of the interface it arrived at, if a
    /// record of the first `length` bytes says so.
    pub(crate) fn packet_information(&self, length: usize) -> Option<(IpAddress, i32)> {
        let mut rest = self.0.get(..length)?;
        let mut found = None;
        while let Some((level, kind, data, next)) = record(rest) {
            match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    // struct in_pktinfo: interface, own address of the route, destination.
                    let index = i32::from_ne_bytes(*data.first_chunk()?);
                    let address = *data.get(8..)?.first_chunk::<4>()?;
                    found = Some((IpAddress::v4(Ipv4Addr::from(address)), index));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    // struct in6_pktinfo: destination, interface.
                    let address = Ipv6Addr::from(*data.first_chunk::<16>()?);
                    let index = u32::from_ne_bytes(*data.get(16..)?.first_chunk()?);
                    let scope = if address.is_unicast_link_local() {
                        index
                    } else {
                        0
                    };
                    let address = IpAddress::v6(address, scope);
                    found = Some((address, i32::try_from(index).unwrap_or_default()));
                }
                _ => {}
            }
            rest = next;
        }
        found
    }
}

/// The first record of some bytes: level, type, data, and what follows.
fn record(bytes: &[u8]) -> Option<(i32, i32, &[u8], &[u8])> {
    let length = usize::from_ne_bytes(*bytes.first_chunk()?);
    let number = |at: usize| {
        let field = bytes.get(at..)?.first_chunk()?;
        Some(i32::from_ne_bytes(*field))
    };
    let (level, kind) = (number(HEAD - 8)?, number(HEAD - 4)?);
    let data = bytes.get(HEAD..length)?;
    let next = length.next_multiple_of(size_of::<usize>());
    Some((level, kind, data, bytes.get(next..).unwrap_or_default()))
}
