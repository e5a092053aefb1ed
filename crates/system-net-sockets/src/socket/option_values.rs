//! The values of options that are more than a number.

use std::net::{IpAddr, Ipv6Addr};

use system_net_primitives::{IpAddress, Misuse};

use crate::error::SocketError;
use crate::sys;

/// What closing does with data that were not sent yet.
///
/// .NET: `System.Net.Sockets.LingerOption`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LingerOption {
    enabled: bool,
    linger_time: i32,
}

impl LingerOption {
    /// Enabled, closing waits up to `seconds` until the data are sent; with 0 seconds they are
    /// thrown away and the connection is reset. Not enabled, closing does not wait and the data
    /// are sent afterwards.
    ///
    /// .NET: `System.Net.Sockets.LingerOption.LingerOption(Boolean, Int32)`
    #[doc(alias = "LingerOption..ctor")]
    #[must_use]
    pub const fn new(enable: bool, seconds: i32) -> Self {
        Self {
            enabled: enable,
            linger_time: seconds,
        }
    }

    /// Whether closing waits, or resets.
    ///
    /// .NET: `System.Net.Sockets.LingerOption.Enabled`
    #[doc(alias = "LingerOption.Enabled")]
    #[must_use]
    pub const fn enabled(&self) -> bool {
        self.enabled
    }

    /// .NET: `System.Net.Sockets.LingerOption.Enabled`
    #[doc(alias = "LingerOption.Enabled")]
    pub const fn set_enabled(&mut self, value: bool) {
        self.enabled = value;
    }

    /// For how many seconds.
    ///
    /// .NET: `System.Net.Sockets.LingerOption.LingerTime`
    #[doc(alias = "LingerOption.LingerTime")]
    #[must_use]
    pub const fn linger_time(&self) -> i32 {
        self.linger_time
    }

    /// .NET: `System.Net.Sockets.LingerOption.LingerTime`
    #[doc(alias = "LingerOption.LingerTime")]
    pub const fn set_linger_time(&mut self, seconds: i32) {
        self.linger_time = seconds;
    }

    /// As `struct linger`.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&i32::from(self.enabled).to_ne_bytes());
        bytes[4..].copy_from_slice(&self.linger_time.to_ne_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self {
            enabled: i32::from_ne_bytes([a, b, c, d]) != 0,
            linger_time: i32::from_ne_bytes([e, f, g, h]),
        }
    }
}

/// An IPv4 group, and at which interface to join or leave it.
///
/// .NET: `System.Net.Sockets.MulticastOption`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MulticastOption {
    group: IpAddress,
    local_address: Option<IpAddress>,
    interface_index: i32,
}

impl MulticastOption {
    /// A group at the interface that the system chooses by its routes.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.MulticastOption(IPAddress)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv4.
    #[doc(alias = "MulticastOption..ctor")]
    pub fn new(group: IpAddress) -> Result<Self, Misuse> {
        Self::with_interface_index(group, 0)
    }

    /// A group at the interface with this address.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.MulticastOption(IPAddress, IPAddress)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for addresses that are not of IPv4.
    pub fn with_local_address(group: IpAddress, mcint: IpAddress) -> Result<Self, Misuse> {
        let mut option = Self::new(group)?;
        option.set_local_address(Some(mcint))?;
        Ok(option)
    }

    /// A group at the interface with this number; 0 lets the system choose.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.MulticastOption(IPAddress, Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv4,
    /// [`Misuse::OutOfRange`] for a negative number or one of more than 24 bits.
    pub fn with_interface_index(group: IpAddress, interface_index: i32) -> Result<Self, Misuse> {
        v4(group, "group")?;
        let mut option = Self {
            group,
            local_address: None,
            interface_index: 0,
        };
        option.set_interface_index(interface_index)?;
        Ok(option)
    }

    /// The group.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.Group`
    #[doc(alias = "MulticastOption.Group")]
    #[must_use]
    pub const fn group(&self) -> IpAddress {
        self.group
    }

    /// Changes the group.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.Group`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv4.
    #[doc(alias = "MulticastOption.Group")]
    pub fn set_group(&mut self, group: IpAddress) -> Result<(), Misuse> {
        v4(group, "group")?;
        self.group = group;
        Ok(())
    }

    /// The address of the interface; `None` if it has a number or the system chooses.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.LocalAddress`
    #[doc(alias = "MulticastOption.LocalAddress")]
    #[must_use]
    pub const fn local_address(&self) -> Option<IpAddress> {
        self.local_address
    }

    /// Names the interface by its address, and no more by its number.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.LocalAddress`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv4.
    #[doc(alias = "MulticastOption.LocalAddress")]
    pub fn set_local_address(&mut self, address: Option<IpAddress>) -> Result<(), Misuse> {
        if let Some(address) = address {
            v4(address, "mcint")?;
        }
        self.local_address = address;
        self.interface_index = 0;
        Ok(())
    }

    /// The number of the interface; 0 if it has an address or the system chooses.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.InterfaceIndex`
    #[doc(alias = "MulticastOption.InterfaceIndex")]
    #[must_use]
    pub const fn interface_index(&self) -> i32 {
        self.interface_index
    }

    /// Names the interface by its number, and no more by its address.
    ///
    /// .NET: `System.Net.Sockets.MulticastOption.InterfaceIndex`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a negative number or one of more than 24 bits.
    #[doc(alias = "MulticastOption.InterfaceIndex")]
    pub fn set_interface_index(&mut self, index: i32) -> Result<(), Misuse> {
        if !(0..=0x00FF_FFFF).contains(&index) {
            return Err(Misuse::out_of_range(
                "interfaceIndex",
                "expected 0 to 0xFFFFFF",
            ));
        }
        self.interface_index = index;
        self.local_address = None;
        Ok(())
    }

    /// As `struct ip_mreqn`.
    pub(super) fn to_bytes(self) -> Result<[u8; 12], SocketError> {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&v4(self.group, "group")?);
        if let Some(local) = self.local_address {
            bytes[4..8].copy_from_slice(&v4(local, "mcint")?);
        }
        bytes[8..].copy_from_slice(&self.interface_index.to_ne_bytes());
        Ok(bytes)
    }
}

/// An IPv6 group, and at which interface to join or leave it.
///
/// .NET: `System.Net.Sockets.IPv6MulticastOption`
#[doc(alias = "IPv6MulticastOption")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ipv6MulticastOption {
    group: IpAddress,
    interface_index: i64,
}

impl Ipv6MulticastOption {
    /// A group at the interface of its scope id, else at the one the system chooses.
    ///
    /// .NET: `System.Net.Sockets.IPv6MulticastOption.IPv6MulticastOption(IPAddress)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv6.
    #[doc(alias = "IPv6MulticastOption..ctor")]
    pub fn new(group: IpAddress) -> Result<Self, Misuse> {
        Self::with_interface_index(group, group.scope_id().unwrap_or_default().into())
    }

    /// A group at the interface with this number; 0 lets the system choose.
    ///
    /// .NET: `System.Net.Sockets.IPv6MulticastOption.IPv6MulticastOption(IPAddress, Int64)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv6,
    /// [`Misuse::OutOfRange`] for a number that is not one of 32 bits.
    pub fn with_interface_index(group: IpAddress, ifindex: i64) -> Result<Self, Misuse> {
        v6(group, "group")?;
        index(ifindex)?;
        Ok(Self {
            group,
            interface_index: ifindex,
        })
    }

    /// The group.
    ///
    /// .NET: `System.Net.Sockets.IPv6MulticastOption.Group`
    #[doc(alias = "IPv6MulticastOption.Group")]
    #[must_use]
    pub const fn group(&self) -> IpAddress {
        self.group
    }

    /// Changes the group.
    ///
    /// .NET: `System.Net.Sockets.IPv6MulticastOption.Group`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an address that is not of IPv6.
    #[doc(alias = "IPv6MulticastOption.Group")]
    pub fn set_group(&mut self, group: IpAddress) -> Result<(), Misuse> {
        v6(group, "group")?;
        self.group = group;
        Ok(())
    }

    /// The number of the interface.
    ///
    /// .NET: `System.Net.Sockets.IPv6MulticastOption.InterfaceIndex`
    #[doc(alias = "IPv6MulticastOption.InterfaceIndex")]
    #[must_use]
    pub const fn interface_index(&self) -> i64 {
        self.interface_index
    }

    /// Changes the interface.
    ///
    /// .NET: `System.Net.Sockets.IPv6MulticastOption.InterfaceIndex`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a number that is not one of 32 bits.
    #[doc(alias = "IPv6MulticastOption.InterfaceIndex")]
    pub fn set_interface_index(&mut self, ifindex: i64) -> Result<(), Misuse> {
        index(ifindex)?;
        self.interface_index = ifindex;
        Ok(())
    }

    /// As `struct ipv6_mreq`.
    pub(super) fn to_bytes(self) -> Result<[u8; 20], SocketError> {
        let mut bytes = [0; 20];
        bytes[..16].copy_from_slice(&v6(self.group, "group")?.octets());
        bytes[16..].copy_from_slice(&index(self.interface_index)?.to_ne_bytes());
        Ok(bytes)
    }
}

/// A group, one source that sends to it, and at which interface: as
/// `struct group_source_req`, which both kinds of IP know.
pub(super) fn source_group(group: IpAddress, source: IpAddress, interface_index: u32) -> Vec<u8> {
    /// The addresses begin at multiples of their alignment, and have the room for any kind.
    const FIRST: usize = 8;
    const SECOND: usize = FIRST + sys::RawAddress::CAPACITY;
    let mut bytes = vec![0; SECOND + sys::RawAddress::CAPACITY];
    bytes[..4].copy_from_slice(&interface_index.to_ne_bytes());
    for (at, address) in [(FIRST, group), (SECOND, source)] {
        let address =
            sys::RawAddress::ip(system_net_primitives::IpEndPoint::new(address, 0), false);
        let address = address.as_bytes();
        bytes[at..at + address.len()].copy_from_slice(address);
    }
    bytes
}

fn v4(address: IpAddress, param: &'static str) -> Result<[u8; 4], Misuse> {
    match address.to_ip_addr() {
        IpAddr::V4(v4) => Ok(v4.octets()),
        IpAddr::V6(_) => Err(Misuse::invalid_argument(param, "expected an IPv4 address")),
    }
}

fn v6(address: IpAddress, param: &'static str) -> Result<Ipv6Addr, Misuse> {
    match address.to_ip_addr() {
        IpAddr::V6(v6) => Ok(v6),
        IpAddr::V4(_) => Err(Misuse::invalid_argument(param, "expected an IPv6 address")),
    }
}

fn index(ifindex: i64) -> Result<u32, Misuse> {
    u32::try_from(ifindex).map_err(|_| Misuse::out_of_range("ifindex", "expected 0 to 4294967295"))
}

/// What an option is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketOptionValue {
    /// A number; 0 and 1 for what is off or on.
    Number(i32),
    /// What closing does.
    Linger(LingerOption),
}
