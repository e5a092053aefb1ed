//! Groups of which only some sources are wanted.

use std::os::fd::AsFd;

use system_net_primitives::{AddressFamily, IpAddress, Misuse};

use super::Socket;
use super::option_values::source_group;
use crate::error::SocketError;
use crate::sys;

/// Groups by source, of IPv4 and IPv6. .NET has names of options for IPv4 only
/// ([`ADD_SOURCE_MEMBERSHIP`](crate::SocketOptionName::ADD_SOURCE_MEMBERSHIP) and the like), with
/// bytes as their value.
impl Socket {
    /// Joins a group for what one source sends to it. Several calls add sources. Interface 0 lets
    /// the system choose.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] unless group and source are of the socket's family;
    /// [`AddressNotAvailable`](crate::SocketErrorCode::AddressNotAvailable) if the source was
    /// joined, and the system's.
    pub fn join_source_group(
        &self,
        group: IpAddress,
        source: IpAddress,
        interface_index: u32,
    ) -> Result<(), SocketError> {
        self.source(
            libc::MCAST_JOIN_SOURCE_GROUP,
            group,
            source,
            interface_index,
        )
    }

    /// Leaves a group for one source.
    ///
    /// # Errors
    /// As [`join_source_group`](Self::join_source_group).
    pub fn leave_source_group(
        &self,
        group: IpAddress,
        source: IpAddress,
        interface_index: u32,
    ) -> Result<(), SocketError> {
        self.source(
            libc::MCAST_LEAVE_SOURCE_GROUP,
            group,
            source,
            interface_index,
        )
    }

    /// Takes no more from one source of a group that was joined for all.
    ///
    /// # Errors
    /// As [`join_source_group`](Self::join_source_group).
    pub fn block_source(
        &self,
        group: IpAddress,
        source: IpAddress,
        interface_index: u32,
    ) -> Result<(), SocketError> {
        self.source(libc::MCAST_BLOCK_SOURCE, group, source, interface_index)
    }

    /// Takes from that source again.
    ///
    /// # Errors
    /// As [`join_source_group`](Self::join_source_group).
    pub fn unblock_source(
        &self,
        group: IpAddress,
        source: IpAddress,
        interface_index: u32,
    ) -> Result<(), SocketError> {
        self.source(libc::MCAST_UNBLOCK_SOURCE, group, source, interface_index)
    }

    fn source(
        &self,
        name: i32,
        group: IpAddress,
        source: IpAddress,
        interface_index: u32,
    ) -> Result<(), SocketError> {
        let family = self.address_family();
        let level = match family {
            AddressFamily::InterNetwork => libc::IPPROTO_IP,
            AddressFamily::InterNetworkV6 => libc::IPPROTO_IPV6,
            _ => return Err(Misuse::not_supported("only IP has groups").into()),
        };
        for (param, address) in [("group", group), ("source", source)] {
            if address.address_family() != family {
                let text = format!("expected an address of family {family}");
                return Err(Misuse::invalid_argument(param, text).into());
            }
        }
        let fd = self.handle().fd()?;
        let request = source_group(group, source, interface_index);
        sys::set_option(fd.as_fd(), level, name, &request).map_err(|error| {
            SocketError::from(error).with_context(format!("source {source} of group {group}"))
        })
    }
}
