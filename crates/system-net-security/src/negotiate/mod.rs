//! Negotiate: the two sides find out which login both can do, Kerberos or NTLM, and do it.
//!
//! Simple and protected negotiation (SPNEGO) over any [`Mechanism`]s, without I/O. Once a
//! mechanism can sign, the two sides check the list they chose from, so that nobody on the way
//! has made them take a weaker one.
//!
//! To read: RFC 4178, [MS-SPNG].
//!
//! [`Mechanism`]: crate::mechanism::Mechanism

mod client;
mod server;
#[cfg(test)]
mod tests;
mod tokens;
#[cfg(feature = "kerberos")]
#[path = "with_kerberos.rs"]
mod usual;
#[cfg(not(feature = "kerberos"))]
#[path = "without_kerberos.rs"]
mod usual;

pub use client::NegotiateClient;
pub use server::NegotiateServer;
pub use usual::usual_providers;

/// 1.3.6.1.5.5.2
pub(crate) const OID: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
/// Kerberos 5: 1.2.840.113554.1.2.2
pub(crate) const KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// Kerberos as Windows 2000 spelled it, by a slip of one bit: 1.2.840.48018.1.2.2
const MS_KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02];

/// Whether two identifiers stand for one mechanism.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let plain = |oid| match oid {
        MS_KERBEROS => KERBEROS,
        other => other,
    };
    plain(one) == plain(other)
}

/// NTLM without the negotiation around it, which peers send under the same name.
fn is_raw_ntlm(message: &[u8]) -> bool {
    message.starts_with(b"NTLMSSP\0")
}
