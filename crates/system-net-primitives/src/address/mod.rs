//! Addresses and end points.

mod ip_address;
mod ip_end_point;

pub use ip_address::{AddressFamily, IpAddress};
pub use ip_end_point::IpEndPoint;
