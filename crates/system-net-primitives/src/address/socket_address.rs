//! The bytes in which system calls take end points.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::{AddressFamily, IpAddress, IpEndPoint};
use crate::Misuse;

/// An end point as the bytes of the system's own structure.
///
/// .NET: `System.Net.SocketAddress`
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SocketAddress {
    family: AddressFamily,
    bytes: Vec<u8>,
}

/// `sizeof(struct sockaddr_in)`, on all systems.
const IPV4_SIZE: usize = 16;
/// `sizeof(struct sockaddr_in6)`, on all systems.
const IPV6_SIZE: usize = 28;
/// `sizeof(struct sockaddr_un)` on Linux; others have no more.
const UNIX_SIZE: usize = 110;
/// `sizeof(struct sockaddr_storage)`, on all systems.
const MAX_SIZE: usize = 128;

/// BSD systems keep the length in the first byte and the family in the second.
const LENGTH_FIRST: bool = cfg!(any(target_vendor = "apple", target_os = "freebsd"));

fn no_family() -> Misuse {
    Misuse::out_of_range("size", "the family alone takes 2 bytes")
}

/// The system's number of a family.
const fn family_number(family: AddressFamily) -> u8 {
    match family {
        AddressFamily::Unix => 1,
        AddressFamily::InterNetwork => 2,
        AddressFamily::InterNetworkV6 if cfg!(target_os = "linux") => 10,
        AddressFamily::InterNetworkV6 if cfg!(windows) => 23,
        AddressFamily::InterNetworkV6 => 30,
        AddressFamily::Packet => 17,
        AddressFamily::ControllerAreaNetwork => 29,
        AddressFamily::AppleTalk if cfg!(target_os = "linux") => 5,
        AddressFamily::Ipx if cfg!(target_os = "linux") => 4,
        AddressFamily::Irda if cfg!(target_os = "linux") => 23,
        // The others are known to none of the systems by .NET's name.
        _ => 0,
    }
}

impl SocketAddress {
    /// An empty structure with room for any address of a family.
    ///
    /// .NET: `System.Net.SocketAddress.SocketAddress(AddressFamily)`
    #[must_use]
    pub fn new(family: AddressFamily) -> Self {
        Self::sized(family, Self::get_maximum_address_size(family))
    }

    /// How many bytes an address of a family has at most: 128 if that is not known.
    ///
    /// .NET: `System.Net.SocketAddress.GetMaximumAddressSize`
    #[doc(alias = "SocketAddress.GetMaximumAddressSize")]
    #[must_use]
    pub const fn get_maximum_address_size(family: AddressFamily) -> usize {
        match family {
            AddressFamily::InterNetwork => IPV4_SIZE,
            AddressFamily::InterNetworkV6 => IPV6_SIZE,
            AddressFamily::Unix => UNIX_SIZE,
            _ => MAX_SIZE,
        }
    }

    /// An empty structure of any size.
    ///
    /// .NET: `System.Net.SocketAddress.SocketAddress(AddressFamily, Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for less than the two bytes of the family.
    pub fn with_size(family: AddressFamily, size: usize) -> Result<Self, Misuse> {
        if size < 2 {
            return Err(no_family());
        }
        Ok(Self::sized(family, size))
    }

    /// The system's structure, which begins with its number of the family; one that .NET has no
    /// name for is [`AddressFamily::Unknown`].
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for less than the two bytes of the family.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Misuse> {
        let number = match *bytes {
            [_, number, ..] if LENGTH_FIRST => u16::from(number),
            [first, second, ..] => u16::from_ne_bytes([first, second]),
            _ => return Err(no_family()),
        };
        let family = match number {
            0 => AddressFamily::Unspecified,
            number => AddressFamily::all()
                .find(|family| u16::from(family_number(*family)) == number)
                .unwrap_or(AddressFamily::Unknown),
        };
        Ok(Self {
            family,
            bytes: bytes.into(),
        })
    }

    pub(super) fn sized(family: AddressFamily, size: usize) -> Self {
        let mut bytes = vec![0; size];
        let number = family_number(family);
        if LENGTH_FIRST {
            bytes[..2].copy_from_slice(&[u8::try_from(size).unwrap_or(u8::MAX), number]);
        } else {
            bytes[..2].copy_from_slice(&u16::from(number).to_ne_bytes());
        }
        Self { family, bytes }
    }

    /// The kind of address.
    ///
    /// .NET: `System.Net.SocketAddress.Family`
    #[doc(alias = "SocketAddress.Family")]
    #[must_use]
    pub const fn family(&self) -> AddressFamily {
        self.family
    }

    /// The number of bytes.
    ///
    /// .NET: `System.Net.SocketAddress.Size`
    #[doc(alias = "SocketAddress.Size")]
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Cuts bytes off from the end.
    ///
    /// .NET: `System.Net.SocketAddress.Size`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for more than there are, and for less than the two of the family.
    #[doc(alias = "SocketAddress.Size")]
    pub fn set_size(&mut self, size: usize) -> Result<(), Misuse> {
        if !(2..=self.bytes.len()).contains(&size) {
            let allowed = format!("2 to {}, the present size", self.bytes.len());
            return Err(Misuse::out_of_range("value", allowed));
        }
        self.bytes.truncate(size);
        Ok(())
    }

    /// A byte, `None` beyond the end.
    ///
    /// .NET: `System.Net.SocketAddress.Item`
    #[doc(alias = "SocketAddress.Item")]
    #[must_use]
    pub fn item(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    /// Changes a byte.
    ///
    /// .NET: `System.Net.SocketAddress.Item`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] beyond the end.
    #[doc(alias = "SocketAddress.Item")]
    pub fn set_item(&mut self, offset: usize, value: u8) -> Result<(), Misuse> {
        match self.bytes.get_mut(offset) {
            Some(byte) => *byte = value,
            None => {
                return Err(Misuse::out_of_range(
                    "offset",
                    "beyond the end of the address",
                ));
            }
        }
        Ok(())
    }

    /// All bytes.
    ///
    /// .NET: `System.Net.SocketAddress.Buffer`
    #[doc(alias = "SocketAddress.Buffer")]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, to be changed. The family stays what it was: its bytes are for the system.
    ///
    /// .NET: `System.Net.SocketAddress.Buffer`
    #[must_use]
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// A structure with just the room for the name of a local socket, and for a closing zero.
    pub(super) fn from_unix_name(name: &[u8], closed: bool) -> Self {
        let mut this = Self::sized(AddressFamily::Unix, 2 + name.len() + usize::from(closed));
        this.bytes[2..2 + name.len()].copy_from_slice(name);
        this
    }

    /// What stands behind the family of a local socket's address.
    pub(super) fn unix_name(&self) -> Option<&[u8]> {
        match self.family {
            AddressFamily::Unix => self.bytes.get(2..),
            _ => None,
        }
    }

    pub(super) fn from_ip_end_point(end_point: IpEndPoint) -> Self {
        let mut this = Self::new(end_point.address_family());
        this.bytes[2..4].copy_from_slice(&end_point.port().to_be_bytes());
        match end_point.address().to_ip_addr() {
            IpAddr::V4(v4) => this.bytes[4..8].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => {
                // Between the port and the address stands the flow label, which is zero.
                this.bytes[8..24].copy_from_slice(&v6.octets());
                let scope_id = end_point.address().scope_id().unwrap_or_default();
                this.bytes[24..28].copy_from_slice(&scope_id.to_ne_bytes());
            }
        }
        this
    }

    pub(super) fn to_ip_end_point(&self) -> Result<IpEndPoint, Misuse> {
        let parts = || {
            let port = u16::from_be_bytes(*self.bytes.get(2..)?.first_chunk()?);
            let address = match self.family {
                AddressFamily::InterNetwork => {
                    IpAddress::from(IpAddr::from(*self.bytes.get(4..)?.first_chunk::<4>()?))
                }
                AddressFamily::InterNetworkV6 => {
                    let address = Ipv6Addr::from(*self.bytes.get(8..)?.first_chunk::<16>()?);
                    let scope_id = u32::from_ne_bytes(*self.bytes.get(24..)?.first_chunk()?);
                    IpAddress::v6(address, scope_id)
                }
                _ => return None,
            };
            Some(IpEndPoint::new(address, port))
        };
        parts().ok_or_else(|| {
            Misuse::invalid_argument("socketAddress", "expected an IPv4 or IPv6 address")
        })
    }
}

impl fmt::Display for SocketAddress {
    /// `InterNetwork:16:{0,80,127,0,0,1,0,0,0,0,0,0,0,0}`: the bytes behind the family.
    ///
    /// .NET: `System.Net.SocketAddress.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{{", self.family, self.bytes.len())?;
        for (index, byte) in self.bytes.iter().skip(2).enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{byte}")?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for SocketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
