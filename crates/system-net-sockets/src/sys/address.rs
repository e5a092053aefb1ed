//! Addresses as the bytes that system calls take and give.

use std::ffi::OsStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::ffi::OsStrExt;

use system_net_primitives::{
    EndPoint, IpAddress, IpEndPoint, SocketAddress, UnixDomainSocketEndPoint,
};

/// Room for an address of any family, and how much of it is used. Its layout is the system's:
/// the family in the first two bytes, what follows as the family has it.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct RawAddress {
    bytes: [u8; Self::CAPACITY],
    length: u32,
}

#[allow(
    clippy::wrong_self_convention,
    reason = "136 bytes are better looked at than copied"
)]
impl RawAddress {
    /// `sizeof(struct sockaddr_storage)`.
    pub(crate) const CAPACITY: usize = 128;

    /// No address, with room for any.
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; Self::CAPACITY],
            length: 0,
        }
    }

    /// The address of the family that stands for none: connecting to it ends a connection.
    pub(crate) const fn unspecified() -> Self {
        Self {
            bytes: [0; Self::CAPACITY],
            length: 16,
        }
    }

    /// An IP address and port. With `mapped`, IPv4 takes the form it has in IPv6.
    pub(crate) fn ip(end_point: IpEndPoint, mapped: bool) -> Self {
        let address = match end_point.address().to_ip_addr() {
            IpAddr::V4(_) if mapped => end_point.address().map_to_ipv6(),
            _ => end_point.address(),
        };
        let mut this = Self::new();
        this.bytes[2..4].copy_from_slice(&end_point.port().to_be_bytes());
        match address.to_ip_addr() {
            IpAddr::V4(v4) => {
                this.set_family(libc::AF_INET);
                this.bytes[4..8].copy_from_slice(&v4.octets());
                this.length = 16;
            }
            IpAddr::V6(v6) => {
                this.set_family(libc::AF_INET6);
                this.bytes[8..24].copy_from_slice(&v6.octets());
                let scope = address.scope_id().unwrap_or_default();
                this.bytes[24..28].copy_from_slice(&scope.to_ne_bytes());
                this.length = 28;
            }
        }
        this
    }

    /// The bytes of an address of any family, which begin with the number of the family.
    ///
    /// # Errors
    /// `EINVAL` for more bytes than any address has.
    pub(crate) fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let mut this = Self::new();
        let Some(room) = this.bytes.get_mut(..bytes.len()) else {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        };
        room.copy_from_slice(bytes);
        this.length = u32::try_from(bytes.len()).unwrap_or_default();
        Ok(this)
    }

    fn set_family(&mut self, family: i32) {
        let family = u16::try_from(family).unwrap_or_default();
        self.bytes[..2].copy_from_slice(&family.to_ne_bytes());
    }

    /// The system's number of the family.
    pub(crate) fn family(&self) -> i32 {
        u16::from_ne_bytes([self.bytes[0], self.bytes[1]]).into()
    }

    /// The used bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let length = usize::try_from(self.length).unwrap_or_default();
        &self.bytes[..length.min(Self::CAPACITY)]
    }

    /// Whether a socket with this address was given one: it has a port or a name, or is one of a
    /// kind that has neither.
    pub(crate) fn is_specific(&self) -> bool {
        match self.family() {
            libc::AF_INET | libc::AF_INET6 => self.to_ip().is_some_and(|ip| ip.port() != 0),
            _ => self.as_bytes().len() > 2,
        }
    }

    /// Where the system reads and writes, and the length it reads.
    pub(super) const fn parts(&self) -> (*const libc::sockaddr, libc::socklen_t) {
        (self.bytes.as_ptr().cast(), self.length)
    }

    /// Where the system writes, and where it writes how much.
    pub(super) fn parts_mut(&mut self) -> (*mut libc::sockaddr, *mut libc::socklen_t) {
        self.length = Self::CAPACITY as u32;
        (self.bytes.as_mut_ptr().cast(), &raw mut self.length)
    }

    /// Notes how many bytes the system wrote, where it says so elsewhere.
    pub(super) fn set_length(&mut self, length: libc::socklen_t) {
        self.length = length;
    }

    /// The end point, if there is an address.
    #[inline]
    pub(crate) fn to_end_point(&self) -> Option<EndPoint> {
        match self.to_ip() {
            Some(ip) => Some(EndPoint::Ip(ip)),
            None => self.to_end_point_of_others(),
        }
    }

    #[cold]
    fn to_end_point_of_others(&self) -> Option<EndPoint> {
        if self.family() == libc::AF_UNIX || self.length == 0 {
            return self.to_unix().map(EndPoint::Unix);
        }
        EndPoint::create(&SocketAddress::from_bytes(self.as_bytes()).ok()?).ok()
    }

    /// The end point; without an address, the one that stands for none.
    #[inline]
    pub(crate) fn to_end_point_or_none(&self) -> EndPoint {
        let none = || EndPoint::Unix(UnixDomainSocketEndPoint::unnamed());
        self.to_end_point().unwrap_or_else(none)
    }

    /// The address of a local socket, if it is one. A sender without a name comes without any
    /// bytes.
    fn to_unix(&self) -> Option<UnixDomainSocketEndPoint> {
        match self.as_bytes().get(2..).unwrap_or_default() {
            [] => Some(UnixDomainSocketEndPoint::unnamed()),
            [0, name @ ..] => UnixDomainSocketEndPoint::from_abstract_name(name).ok(),
            path => {
                let length = path.iter().position(|byte| *byte == 0);
                let path = &path[..length.unwrap_or(path.len())];
                UnixDomainSocketEndPoint::new(OsStr::from_bytes(path)).ok()
            }
        }
    }

    /// The address and port of IPv4, if it is one.
    #[inline]
    pub(crate) fn to_ipv4(&self) -> Option<IpEndPoint> {
        if self.length < 8 || self.family() != libc::AF_INET {
            return None;
        }
        let [_, _, high, low, a, b, c, d, ..] = self.bytes;
        let address = IpAddress::v4(Ipv4Addr::new(a, b, c, d));
        Some(IpEndPoint::new(address, u16::from_be_bytes([high, low])))
    }

    /// The IP address and port, if it is one.
    #[inline]
    pub(crate) fn to_ip(&self) -> Option<IpEndPoint> {
        let bytes = self.as_bytes();
        if bytes.len() < 8 {
            return None;
        }
        let port = u16::from_be_bytes([bytes[2], bytes[3]]);
        let address = match self.family() {
            libc::AF_INET => return self.to_ipv4(),
            libc::AF_INET6 => {
                let octets = *bytes.get(8..24)?.first_chunk::<16>()?;
                let scope = u32::from_ne_bytes(*bytes.get(24..28)?.first_chunk()?);
                IpAddress::v6(Ipv6Addr::from(octets), scope)
            }
            _ => return None,
        };
        Some(IpEndPoint::new(address, port))
    }
}
