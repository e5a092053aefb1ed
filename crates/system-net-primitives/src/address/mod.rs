//! Addresses and end points.

mod byte_order;
mod class;
mod dns_end_point;
mod end_point;
mod family;
mod interface_identifier;
mod ip_address;
mod ip_end_point;
mod ip_network;
mod link_layer_end_point;
mod parse;
mod socket_address;
mod tunnel;
mod unix_end_point;
mod zone;

pub use dns_end_point::DnsEndPoint;
pub use end_point::EndPoint;
pub use family::AddressFamily;
pub use interface_identifier::InterfaceIdentifier;
pub use ip_address::IpAddress;
pub use ip_end_point::IpEndPoint;
pub use ip_network::IpNetwork;
pub use link_layer_end_point::{LinkLayerEndPoint, LinkLayerPacketType};
pub use parse::{IpAddressParseError, IpAddressParseErrorKind};
pub use socket_address::SocketAddress;
pub use tunnel::{Ipv6Tunnel, TeredoAddress};
pub use unix_end_point::UnixDomainSocketEndPoint;
