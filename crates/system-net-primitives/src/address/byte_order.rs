//! Numbers in the order of the network and of this machine.

use super::IpAddress;

/// The order of bytes in numbers.
impl IpAddress {
    /// The number with its bytes in the order of the network.
    ///
    /// .NET: `System.Net.IPAddress.HostToNetworkOrder(Int16)`
    #[doc(alias = "IPAddress.HostToNetworkOrder")]
    #[must_use]
    pub const fn host_to_network_order_i16(host: i16) -> i16 {
        host.to_be()
    }

    /// The number with its bytes in the order of the network.
    ///
    /// .NET: `System.Net.IPAddress.HostToNetworkOrder(Int32)`
    #[doc(alias = "IPAddress.HostToNetworkOrder")]
    #[must_use]
    pub const fn host_to_network_order_i32(host: i32) -> i32 {
        host.to_be()
    }

    /// The number with its bytes in the order of the network.
    ///
    /// .NET: `System.Net.IPAddress.HostToNetworkOrder(Int64)`
    #[doc(alias = "IPAddress.HostToNetworkOrder")]
    #[must_use]
    pub const fn host_to_network_order_i64(host: i64) -> i64 {
        host.to_be()
    }

    /// The number with its bytes in the order of this machine.
    ///
    /// .NET: `System.Net.IPAddress.NetworkToHostOrder(Int16)`
    #[doc(alias = "IPAddress.NetworkToHostOrder")]
    #[must_use]
    pub const fn network_to_host_order_i16(network: i16) -> i16 {
        i16::from_be(network)
    }

    /// The number with its bytes in the order of this machine.
    ///
    /// .NET: `System.Net.IPAddress.NetworkToHostOrder(Int32)`
    #[doc(alias = "IPAddress.NetworkToHostOrder")]
    #[must_use]
    pub const fn network_to_host_order_i32(network: i32) -> i32 {
        i32::from_be(network)
    }

    /// The number with its bytes in the order of this machine.
    ///
    /// .NET: `System.Net.IPAddress.NetworkToHostOrder(Int64)`
    #[doc(alias = "IPAddress.NetworkToHostOrder")]
    #[must_use]
    pub const fn network_to_host_order_i64(network: i64) -> i64 {
        i64::from_be(network)
    }
}
