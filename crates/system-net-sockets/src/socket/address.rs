//! Families, types and protocols in the system's numbers, and end points in its form.

use std::io;

use system_net_primitives::{AddressFamily, EndPoint, Misuse};

use super::Handle;
use crate::access::Checks;
use crate::enums::{ProtocolType, SocketType};
use crate::error::{SocketError, SocketErrorCode};
use crate::sys::RawAddress;

/// Families with the system's numbers. Others the system does not have.
const DOMAINS: &[(AddressFamily, i32)] = &[
    (AddressFamily::InterNetwork, libc::AF_INET),
    (AddressFamily::InterNetworkV6, libc::AF_INET6),
    (AddressFamily::Unix, libc::AF_UNIX),
    (AddressFamily::Packet, libc::AF_PACKET),
    (AddressFamily::ControllerAreaNetwork, libc::AF_CAN),
    (AddressFamily::Ipx, libc::AF_IPX),
    (AddressFamily::AppleTalk, libc::AF_APPLETALK),
    (AddressFamily::DecNet, libc::AF_DECnet),
    (AddressFamily::Sna, libc::AF_SNA),
    (AddressFamily::Irda, libc::AF_IRDA),
    (AddressFamily::Atm, libc::AF_ATMPVC),
];

/// The system's number of a family.
pub(super) fn domain(family: AddressFamily) -> io::Result<i32> {
    let row = DOMAINS.iter().find(|row| row.0 == family);
    row.map(|row| row.1)
        .ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}

/// The family of the system's number.
pub(super) fn family(domain: i32) -> AddressFamily {
    let row = DOMAINS.iter().find(|row| row.1 == domain);
    row.map_or(AddressFamily::Unknown, |row| row.0)
}

/// The system's number of a type.
pub(super) fn kind(socket_type: SocketType) -> io::Result<i32> {
    Ok(match socket_type {
        SocketType::Stream => libc::SOCK_STREAM,
        SocketType::Dgram => libc::SOCK_DGRAM,
        SocketType::Raw => libc::SOCK_RAW,
        SocketType::Rdm => libc::SOCK_RDM,
        SocketType::Seqpacket => libc::SOCK_SEQPACKET,
        SocketType::Unknown => return Err(io::Error::from_raw_os_error(libc::ESOCKTNOSUPPORT)),
    })
}

/// The type of the system's number.
pub(super) fn socket_type(kind: i32) -> SocketType {
    match kind {
        libc::SOCK_STREAM => SocketType::Stream,
        libc::SOCK_DGRAM => SocketType::Dgram,
        libc::SOCK_RAW => SocketType::Raw,
        libc::SOCK_RDM => SocketType::Rdm,
        libc::SOCK_SEQPACKET => SocketType::Seqpacket,
        _ => SocketType::Unknown,
    }
}

/// The system's number of a protocol: those of IP packets are the same; .NET's own for IPX and
/// the like are not known to it.
pub(super) fn protocol(protocol: ProtocolType) -> io::Result<i32> {
    match protocol.value() {
        value @ 0.. if !matches!(value, 1000 | 1256 | 1257) => Ok(value),
        _ => Err(io::Error::from_raw_os_error(libc::EPROTONOSUPPORT)),
    }
}

impl Handle {
    /// As [`raw_address`](Self::raw_address), for a datagram that is about to be sent there.
    ///
    /// # Errors
    /// As there, and the refusal of a policy.
    pub(crate) fn sendable_address(&self, end_point: &EndPoint) -> Result<RawAddress, SocketError> {
        let address = self.raw_address(end_point)?;
        Checks::of_sockets().connect(None, &address, self.socket_type())?;
        Ok(address)
    }

    /// An end point in the system's form, fit for this socket: in dual mode IPv4 takes the form
    /// it has in IPv6.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a host name;
    /// [`AddressFamilyNotSupported`](SocketErrorCode::AddressFamilyNotSupported) for an address
    /// of another family.
    pub(crate) fn raw_address(&self, end_point: &EndPoint) -> Result<RawAddress, SocketError> {
        let family = end_point.address_family();
        match end_point {
            EndPoint::Dns(_) => Err(Misuse::invalid_argument(
                "remoteEP",
                "a host name cannot be used here; resolve it first",
            )
            .into()),
            EndPoint::Ip(ip) if family == self.family() => Ok(RawAddress::ip(*ip, false)),
            EndPoint::Ip(ip)
                if family == AddressFamily::InterNetwork
                    && self.family() == AddressFamily::InterNetworkV6
                    && self.is_dual_mode() =>
            {
                Ok(RawAddress::ip(*ip, true))
            }
            _ if family != self.family() => {
                Err(
                    SocketError::new(SocketErrorCode::AddressFamilyNotSupported).with_context(
                        format!("{end_point} at a socket of family {}", self.family()),
                    ),
                )
            }
            other => {
                let bytes = other.serialize()?;
                Ok(RawAddress::from_bytes(bytes.as_bytes())?)
            }
        }
    }
}
