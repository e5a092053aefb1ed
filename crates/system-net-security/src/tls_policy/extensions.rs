//! The names that programs for .NET Framework 3.5 have to add to theirs, as that version does not know
//! the values.
//!
//! To read: the guide, "If your app targets .NET Framework 3.5".

use super::ssl_protocols::{SecurityProtocolType, SslProtocols};

/// The values of `SecurityProtocolType` that .NET Framework 3.5 does not name.
///
/// # Examples
/// ```
/// use system_net_security::{SecurityProtocolType, SecurityProtocolTypeExtensions};
///
/// assert_eq!(SecurityProtocolTypeExtensions::TLS12, SecurityProtocolType::TLS12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SecurityProtocolTypeExtensions;

impl SecurityProtocolTypeExtensions {
    /// The number 3072.
    pub const TLS12: SecurityProtocolType = SslProtocols::TLS12;
    /// The number 768.
    pub const TLS11: SecurityProtocolType = SslProtocols::TLS11;
    /// The number 0: the system chooses.
    pub const SYSTEM_DEFAULT: SecurityProtocolType = SslProtocols::NONE;
}

/// The values of `SslProtocols` that .NET Framework 3.5 does not name. The guide calls it
/// `SslProtocolsExtension` too.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "SslProtocolsExtension")]
pub struct SslProtocolsExtensions;

impl SslProtocolsExtensions {
    /// The number 3072.
    pub const TLS12: SslProtocols = SslProtocols::TLS12;
    /// The number 768.
    pub const TLS11: SslProtocols = SslProtocols::TLS11;
    /// The number 0: the system chooses.
    pub const SYSTEM_DEFAULT: SslProtocols = SslProtocols::NONE;
}
