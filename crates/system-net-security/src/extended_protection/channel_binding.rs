//! The value of a channel that a login is tied to.

use std::fmt;

use md5::{Digest as _, Md5};

use super::signature_hash::SignatureHash;

/// Which value of the channel a binding is made of.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.ChannelBindingKind`
#[doc(alias = "System.Security.Authentication.ExtendedProtection.ChannelBindingKind")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChannelBindingKind {
    /// None that is known.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ChannelBindingKind.Unknown`
    Unknown = 0,
    /// One that only this channel has: `tls-unique`, RFC 5929 section 3. TLS 1.3 has none, and
    /// nothing here makes one.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ChannelBindingKind.Unique`
    Unique = 25,
    /// One of the server's end: `tls-server-end-point`, RFC 5929 section 4, a hash of its
    /// certificate.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ChannelBindingKind.Endpoint`
    Endpoint = 26,
    /// One that only this channel has: `tls-exporter`, RFC 9266. .NET has no such kind.
    Exporter = 27,
}

/// A value of the channel below, as both of its ends see it.
///
/// It is no secret: whoever makes a channel knows its value. What protects it is the login that
/// carries it.
///
/// # Examples
/// ```
/// use system_net_security::extended_protection::{ChannelBinding, ChannelBindingKind};
///
/// let data = b"tls-server-end-point:0123456789abcdef0123456789abcdef";
/// let binding = ChannelBinding::new(ChannelBindingKind::Endpoint, &data[..]);
/// assert_eq!(binding.size(), 32 + data.len());
/// ```
///
/// .NET: `System.Security.Authentication.ExtendedProtection.ChannelBinding`
#[doc(alias = "System.Security.Authentication.ExtendedProtection.ChannelBinding")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ChannelBinding {
    kind: ChannelBindingKind,
    application_data: Box<[u8]>,
}

impl ChannelBinding {
    /// A binding of a channel that is not one of this library's. `application_data` is what both
    /// ends agree on, with its prefix: `tls-server-end-point:` and the hash, for example.
    #[must_use]
    pub fn new(kind: ChannelBindingKind, application_data: impl Into<Box<[u8]>>) -> Self {
        Self {
            kind,
            application_data: application_data.into(),
        }
    }

    /// The binding to a server's certificate, given in DER. RFC 5929 section 4.1.
    ///
    /// `None` if it is no certificate, or if its signature has no single hash function, which
    /// leaves the binding undefined (Ed25519, Ed448).
    #[must_use]
    pub fn endpoint(certificate: &[u8]) -> Option<Self> {
        let hash = SignatureHash::of(certificate)?.digest(certificate);
        let data = [b"tls-server-end-point:", &*hash].concat();
        Some(Self::new(ChannelBindingKind::Endpoint, data))
    }

    /// The binding to one TLS channel, from 32 bytes exported with the label
    /// `EXPORTER-Channel-Binding` and an empty context. RFC 9266 section 2.
    #[must_use]
    pub fn exporter(exported: &[u8; 32]) -> Self {
        let data = [b"tls-exporter:", &exported[..]].concat();
        Self::new(ChannelBindingKind::Exporter, data)
    }

    /// Which value of the channel it is made of.
    #[must_use]
    pub fn kind(&self) -> ChannelBindingKind {
        self.kind
    }

    /// What both ends agree on: a prefix that names the kind, a colon, and the value.
    #[must_use]
    pub fn application_data(&self) -> &[u8] {
        &self.application_data
    }

    /// The length in bytes of the structure that Windows passes about, `SEC_CHANNEL_BINDINGS`
    /// with the data behind it: 32 more than the [`application_data`](Self::application_data).
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ChannelBinding.Size`
    #[doc(alias = "ChannelBinding.Size")]
    #[must_use]
    pub fn size(&self) -> usize {
        HEADER + self.application_data.len()
    }

    /// What NTLM and Kerberos carry of it: the MD5 of a `gss_channel_bindings_struct` without
    /// addresses. [MS-NLMP] section 2.2.2.1 (`MsvAvChannelBindings`), RFC 4121 section 4.1.1.2.
    #[must_use]
    pub fn gss_hash(&self) -> [u8; 16] {
        // Types and lengths of the two addresses are zero.
        let length = u32::try_from(self.application_data.len()).unwrap_or(u32::MAX);
        Md5::new()
            .chain_update([0; 16])
            .chain_update(length.to_le_bytes())
            .chain_update(&self.application_data)
            .finalize()
            .into()
    }
}

/// `SEC_CHANNEL_BINDINGS`: eight numbers of four bytes.
const HEADER: usize = 32;

impl fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelBinding")
            .field("kind", &self.kind)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
