//! Addresses and end points.

mod dns_end_point;
mod end_point;
mod family;
mod ip_address;
mod ip_end_point;
mod parse;
mod socket_address;
mod unix_end_point;
mod zone;

pub use dns_end_point::DnsEndPoint;
pub use end_point::EndPoint;
pub use family::AddressFamily;
pub use ip_address::IpAddress;
pub use ip_end_point::IpEndPoint;
pub use parse::{IpAddressParseError, IpAddressParseErrorKind};
pub use socket_address::SocketAddress;
pub use unix_end_point::UnixDomainSocketEndPoint;
