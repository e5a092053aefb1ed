//! Groups of receivers.

use system_net_primitives::{AddressFamily, IpAddress, Misuse};

use super::UdpClient;
use crate::error::{SocketError, SocketErrorCode};
use crate::{Ipv6MulticastOption, MulticastOption, SocketOptionLevel, SocketOptionName};

/// Groups. A client that joined one receives what is sent to the group's address and the port
/// that the client is bound to.
impl UdpClient {
    /// Joins a group, on the interface that the system chooses.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.JoinMulticastGroup(IPAddress)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the address is not of the client's kind; the system's, for
    /// example [`AddressAlreadyInUse`](SocketErrorCode::AddressAlreadyInUse) for a group that
    /// the client is in already, and that it has no interface for groups.
    #[doc(alias = "UdpClient.JoinMulticastGroup")]
    pub fn join_multicast_group(&self, multicast_address: IpAddress) -> Result<(), SocketError> {
        self.require_kind(multicast_address)?;
        self.change_membership(SocketOptionName::ADD_MEMBERSHIP, multicast_address, 0)
    }

    /// Joins a group and sets over how many routers what this client sends to groups may go.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.JoinMulticastGroup(IPAddress, Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] if the number does not lie in 0 to 255; as
    /// [`join_multicast_group`](Self::join_multicast_group).
    pub fn join_multicast_group_with_time_to_live(
        &self,
        multicast_address: IpAddress,
        time_to_live: i32,
    ) -> Result<(), SocketError> {
        if !(0..=255).contains(&time_to_live) {
            return Err(Misuse::out_of_range("timeToLive", "expected 0 to 255").into());
        }
        self.join_multicast_group(multicast_address)?;
        self.socket.set_socket_option_i32(
            self.level(),
            SocketOptionName::MULTICAST_TIME_TO_LIVE,
            time_to_live,
        )
    }

    /// Joins an IPv4 group on the interface that has this address.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.JoinMulticastGroup(IPAddress, IPAddress)`
    ///
    /// # Errors
    /// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported) for a client of IPv6;
    /// as [`join_multicast_group`](Self::join_multicast_group).
    pub fn join_multicast_group_at(
        &self,
        multicast_address: IpAddress,
        local_address: IpAddress,
    ) -> Result<(), SocketError> {
        if self.socket.address_family() != AddressFamily::InterNetwork {
            return Err(SocketError::new(SocketErrorCode::OperationNotSupported)
                .with_context("join an IPv6 group by a local address: name the interface"));
        }
        self.require_kind(multicast_address)?;
        let option = MulticastOption::with_local_address(multicast_address, local_address)?;
        self.socket.set_socket_option_multicast(
            SocketOptionLevel::Ip,
            SocketOptionName::ADD_MEMBERSHIP,
            &option,
        )
    }

    /// Joins a group on the interface of this number.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.JoinMulticastGroup(Int32, IPAddress)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a negative number; as
    /// [`join_multicast_group`](Self::join_multicast_group).
    ///
    /// # Differences from .NET
    /// Clients of IPv4 can do this, too.
    pub fn join_multicast_group_on_interface(
        &self,
        interface_index: i32,
        multicast_address: IpAddress,
    ) -> Result<(), SocketError> {
        require_index(interface_index)?;
        self.require_kind(multicast_address)?;
        let name = SocketOptionName::ADD_MEMBERSHIP;
        self.change_membership(name, multicast_address, interface_index)
    }

    /// Leaves a group that was joined without naming the interface, or by its local address.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.DropMulticastGroup(IPAddress)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the address is not of the client's kind;
    /// [`AddressNotAvailable`](SocketErrorCode::AddressNotAvailable) if the client is not in the
    /// group.
    #[doc(alias = "UdpClient.DropMulticastGroup")]
    pub fn drop_multicast_group(&self, multicast_address: IpAddress) -> Result<(), SocketError> {
        self.require_kind(multicast_address)?;
        self.change_membership(SocketOptionName::DROP_MEMBERSHIP, multicast_address, 0)
    }

    /// Leaves a group on the interface of this number.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.DropMulticastGroup(IPAddress, Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a negative number; as
    /// [`drop_multicast_group`](Self::drop_multicast_group).
    ///
    /// # Differences from .NET
    /// Clients of IPv4 can do this, too.
    pub fn drop_multicast_group_on_interface(
        &self,
        multicast_address: IpAddress,
        interface_index: i32,
    ) -> Result<(), SocketError> {
        require_index(interface_index)?;
        self.require_kind(multicast_address)?;
        let name = SocketOptionName::DROP_MEMBERSHIP;
        self.change_membership(name, multicast_address, interface_index)
    }

    /// 0: the interface that the system chooses.
    fn change_membership(
        &self,
        name: SocketOptionName,
        group: IpAddress,
        interface_index: i32,
    ) -> Result<(), SocketError> {
        let level = self.level();
        if level == SocketOptionLevel::Ip {
            let option = MulticastOption::with_interface_index(group, interface_index)?;
            self.socket
                .set_socket_option_multicast(level, name, &option)
        } else {
            let option = Ipv6MulticastOption::with_interface_index(group, interface_index.into())?;
            self.socket
                .set_socket_option_ipv6_multicast(level, name, &option)
        }
    }

    fn level(&self) -> SocketOptionLevel {
        match self.socket.address_family() {
            AddressFamily::InterNetworkV6 => SocketOptionLevel::Ipv6,
            _ => SocketOptionLevel::Ip,
        }
    }

    fn require_kind(&self, group: IpAddress) -> Result<(), SocketError> {
        let kind = self.socket.address_family();
        if group.address_family() == kind {
            return Ok(());
        }
        Err(Misuse::invalid_argument(
            "multicastAddr",
            format!("{group} is no address of the client's kind, {kind}"),
        )
        .into())
    }
}

fn require_index(interface_index: i32) -> Result<(), SocketError> {
    if interface_index < 0 {
        return Err(Misuse::invalid_argument("ifindex", "expected 0 or more").into());
    }
    Ok(())
}
