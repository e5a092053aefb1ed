//! What a connection tells of the channel below it.

use system_net_primitives::Misuse;
#[cfg(feature = "tls")]
use system_net_runtime::TlsInfo;

use super::{ChannelBinding, ChannelBindingKind};

/// The channel below a request, for those who tie a login of their own to it.
///
/// .NET: `System.Net.TransportContext`
#[doc(alias = "System.Net.TransportContext")]
#[derive(Clone, Debug, Default)]
pub struct TransportContext {
    endpoint: Option<ChannelBinding>,
    exporter: Option<ChannelBinding>,
}

impl TransportContext {
    /// A channel with these values; `None` where it has no such value.
    #[must_use]
    pub fn new(endpoint: Option<ChannelBinding>, exporter: Option<ChannelBinding>) -> Self {
        Self { endpoint, exporter }
    }

    /// That of a TLS connection, the same at both of its ends.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn of(tls: &TlsInfo) -> Self {
        let certificates = match tls.is_server {
            true => &tls.local_certificates,
            false => &tls.peer_certificates,
        };
        let server = certificates.first();
        Self {
            endpoint: server.and_then(|certificate| ChannelBinding::endpoint(certificate)),
            exporter: tls.exporter.as_ref().map(ChannelBinding::exporter),
        }
    }

    /// A value of the channel. `None` if this channel has no value of that kind: it is not
    /// encrypted, or the server's certificate is signed in a way that leaves it undefined.
    ///
    /// .NET: `System.Net.TransportContext.GetChannelBinding`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for [`Unique`](ChannelBindingKind::Unique), which TLS 1.3 does not
    /// have and which is not safe before, and for [`Unknown`](ChannelBindingKind::Unknown).
    #[doc(alias = "TransportContext.GetChannelBinding")]
    pub fn get_channel_binding(
        &self,
        kind: ChannelBindingKind,
    ) -> Result<Option<ChannelBinding>, Misuse> {
        match kind {
            ChannelBindingKind::Endpoint => Ok(self.endpoint.clone()),
            ChannelBindingKind::Exporter => Ok(self.exporter.clone()),
            ChannelBindingKind::Unique | ChannelBindingKind::Unknown => {
                Err(Misuse::not_supported(format!(
                    "a channel binding of the kind {kind:?}: ask for Endpoint, or for Exporter if \
                     both ends know it"
                )))
            }
        }
    }
}
