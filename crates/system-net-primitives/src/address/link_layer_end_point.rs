//! The address of frames: an interface, a protocol, a hardware address.

use std::fmt;

use super::{AddressFamily, SocketAddress};
use crate::Misuse;

/// Where a packet socket of Linux listens, where its frames come from and go to: an interface, a
/// protocol, and a hardware address, each of which may be missing.
///
/// .NET leaves it to programs to derive such a class from `EndPoint`.
///
/// # Limits
/// A hardware address has at most 20 bytes, those of InfiniBand; Ethernet has 6.
///
/// # Examples
/// ```
/// use system_net_primitives::LinkLayerEndPoint;
///
/// // Frames of IPv4 on the interface with the number 2.
/// let own = LinkLayerEndPoint::new(2, 0x0800);
/// assert_eq!(own.to_string(), "%2/0x0800");
/// // To be sent to one station.
/// let to = own.with_address(&[2, 0, 0, 0, 0, 9])?;
/// assert_eq!(to.to_string(), "02:00:00:00:00:09%2/0x0800");
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkLayerEndPoint {
    interface_index: u32,
    protocol: u16,
    hardware_type: u16,
    packet_type: u8,
    length: u8,
    /// Zeros behind the length, so that equality is that of addresses.
    address: [u8; Self::MAX_ADDRESS],
}

/// `sizeof(struct sockaddr_ll)`, whose address has 8 bytes; longer ones stand out of it.
const SIZE: usize = 20;
/// Where the address begins in it.
const ADDRESS: usize = 12;

/// How a frame came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkLayerPacketType {
    /// To this station.
    Host,
    /// To all stations.
    Broadcast,
    /// To a group.
    Multicast,
    /// To another station; heard because the interface hears everything.
    OtherHost,
    /// Sent by this station.
    Outgoing,
    /// Another number of the system's.
    Other(u8),
}

impl LinkLayerEndPoint {
    /// The most bytes of a hardware address.
    pub const MAX_ADDRESS: usize = 20;

    /// Frames of a protocol on an interface. The number 0 is every interface; the protocol is that
    /// in the frame's head (0x0800 for IPv4), 3 is every one, 0 that of the socket.
    #[must_use]
    pub const fn new(interface_index: u32, protocol: u16) -> Self {
        Self {
            interface_index,
            protocol,
            hardware_type: 0,
            packet_type: 0,
            length: 0,
            address: [0; Self::MAX_ADDRESS],
        }
    }

    /// The same with a hardware address, to send to.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for more than [`MAX_ADDRESS`](Self::MAX_ADDRESS) bytes.
    pub fn with_address(mut self, address: &[u8]) -> Result<Self, Misuse> {
        let Some((room, rest)) = self.address.split_at_mut_checked(address.len()) else {
            return Err(Misuse::out_of_range("address", "expected at most 20 bytes"));
        };
        room.copy_from_slice(address);
        rest.fill(0);
        self.length = u8::try_from(address.len()).unwrap_or_default();
        Ok(self)
    }

    /// The number of the interface; 0 for every one.
    #[must_use]
    pub const fn interface_index(&self) -> u32 {
        self.interface_index
    }

    /// The protocol in the frame's head.
    #[must_use]
    pub const fn protocol(&self) -> u16 {
        self.protocol
    }

    /// The system's number of the kind of hardware, 1 for Ethernet; told by it, not to it.
    #[must_use]
    pub const fn hardware_type(&self) -> u16 {
        self.hardware_type
    }

    /// How the frame came by, if this is where one came from.
    #[must_use]
    pub const fn packet_type(&self) -> LinkLayerPacketType {
        match self.packet_type {
            0 => LinkLayerPacketType::Host,
            1 => LinkLayerPacketType::Broadcast,
            2 => LinkLayerPacketType::Multicast,
            3 => LinkLayerPacketType::OtherHost,
            4 => LinkLayerPacketType::Outgoing,
            other => LinkLayerPacketType::Other(other),
        }
    }

    /// The hardware address; empty if there is none.
    #[must_use]
    pub fn address(&self) -> &[u8] {
        &self.address[..usize::from(self.length)]
    }

    /// Always [`AddressFamily::Packet`].
    #[must_use]
    pub const fn address_family(&self) -> AddressFamily {
        AddressFamily::Packet
    }

    /// The form that system calls take.
    #[must_use]
    pub fn serialize(&self) -> SocketAddress {
        let size = SIZE.max(ADDRESS + self.address().len());
        let mut address = SocketAddress::sized(AddressFamily::Packet, size);
        let bytes = address.as_bytes_mut();
        bytes[2..4].copy_from_slice(&self.protocol.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.interface_index.to_ne_bytes());
        bytes[8..10].copy_from_slice(&self.hardware_type.to_ne_bytes());
        bytes[10] = self.packet_type;
        bytes[11] = self.length;
        bytes[ADDRESS..ADDRESS + self.address().len()].copy_from_slice(self.address());
        address
    }

    /// The end point that such a form holds.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for another family, too few bytes, or an address that is too
    /// long.
    pub fn create(socket_address: &SocketAddress) -> Result<Self, Misuse> {
        let parts = || {
            let bytes = socket_address.as_bytes();
            let head = bytes.first_chunk::<ADDRESS>()?;
            let index = u32::from_ne_bytes(*head[4..].first_chunk()?);
            let mut this = Self::new(index, u16::from_be_bytes(*head[2..].first_chunk()?));
            this.hardware_type = u16::from_ne_bytes(*head[8..].first_chunk()?);
            this.packet_type = head[10];
            this.with_address(bytes[ADDRESS..].get(..usize::from(head[11]))?)
                .ok()
        };
        Some(socket_address)
            .filter(|address| address.family() == AddressFamily::Packet)
            .and_then(|_| parts())
            .ok_or_else(|| {
                Misuse::invalid_argument("socketAddress", "expected a link-layer address")
            })
    }
}

impl fmt::Display for LinkLayerEndPoint {
    /// `02:00:00:00:00:09%2/0x0800`: the hardware address, the interface, the protocol.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.address().iter().enumerate() {
            let colon = if index > 0 { ":" } else { "" };
            write!(f, "{colon}{byte:02x}")?;
        }
        write!(f, "%{}/{:#06x}", self.interface_index, self.protocol)
    }
}

impl fmt::Debug for LinkLayerEndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}
