//! Who may do what with the network: permissions as .NET has them, and the guard against requests
//! that others steer to where they must not go.
//!
//! - [`AddressFilter`]: which addresses may be connected to; [`NetworkKind`]: what they are
//! - [`WebPermission`], [`SocketPermission`], [`DnsPermission`], [`SmtpPermission`],
//!   [`NetworkInformationPermission`], [`PnrpPermission`], [`PeerCollaborationPermission`] (feature
//!   `permissions`): rights, their algebra, their XML
//! - [`PermissionSet`]: all of them, to demand, assert, deny, or permit nothing else; their XML in one
//!
//! All are policies ([`AccessPolicy`](system_net_primitives::AccessPolicy)) of a context
//! (`NetContext::with_policy`) or of a scope
//! ([`access_scope`](system_net_primitives::access_scope)); the crates that open sockets ask them
//! before the first packet.

mod address_filter;
#[cfg(feature = "permissions")]
mod element;
mod network_kind;
#[cfg(feature = "permissions")]
mod peers;
#[cfg(feature = "permissions")]
mod rights;
#[cfg(feature = "permissions")]
mod set;
#[cfg(feature = "permissions")]
mod set_xml;
#[cfg(feature = "permissions")]
mod simple;
#[cfg(feature = "permissions")]
mod socket;
#[cfg(all(test, feature = "permissions"))]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;
#[cfg(feature = "permissions")]
mod web;

pub use address_filter::AddressFilter;
#[cfg(feature = "permissions")]
pub use element::{PermissionElement, PermissionXmlError};
pub use network_kind::NetworkKind;
#[cfg(feature = "permissions")]
pub use peers::{PeerCollaborationPermission, PnrpPermission};
#[cfg(feature = "permissions")]
pub use set::{PermissionAction, PermissionSet};
#[cfg(feature = "permissions")]
pub use simple::{
    DnsPermission, NetworkInformationAccess, NetworkInformationPermission, SmtpAccess,
    SmtpPermission,
};
#[cfg(feature = "permissions")]
pub use socket::{EndpointPermission, SocketPermission};
#[cfg(feature = "permissions")]
pub use web::{UriPattern, WebPermission};

/// Which way: what is asked for, or what is answered.
///
/// .NET: `System.Net.NetworkAccess`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum NetworkAccess {
    /// To begin a connection, or a request.
    #[doc(alias = "NetworkAccess.Connect")]
    Connect = 64,
    /// To answer those of others.
    #[doc(alias = "NetworkAccess.Accept")]
    Accept = 128,
}

/// Whether a permission begins with everything or with nothing.
///
/// .NET: `System.Security.Permissions.PermissionState`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermissionState {
    /// Nothing.
    #[doc(alias = "PermissionState.None")]
    None = 0,
    /// Everything.
    #[doc(alias = "PermissionState.Unrestricted")]
    Unrestricted = 1,
}
