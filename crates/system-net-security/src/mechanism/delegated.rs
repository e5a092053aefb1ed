//! What a client gave a server to act for it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use system_net_primitives::NetworkCredential;

use super::Accepted;

/// A client's own tickets in the hands of the server it logged in to. A copy is the same one.
///
/// With them a middle tier logs in elsewhere as its client: in requests and streams by
/// [`network_credential`](Self::network_credential), by hand by
/// `KerberosClientOptions::credential` (feature `kerberos`).
#[derive(Clone)]
pub struct DelegatedCredential {
    held: Arc<dyn Any + Send + Sync>,
}

impl DelegatedCredential {
    /// The client as a credential, for requests and streams in its name. They log in by Kerberos
    /// alone, bare or negotiated.
    #[must_use]
    pub fn network_credential(&self, client: &Accepted) -> NetworkCredential {
        let held = Arc::new(self.clone());
        NetworkCredential::with_held(&*client.user_name, &*client.domain, held)
    }

    #[cfg_attr(
        not(feature = "kerberos"),
        allow(dead_code, reason = "only Kerberos delegates")
    )]
    pub(crate) fn new(held: impl Any + Send + Sync) -> Self {
        Self {
            held: Arc::new(held),
        }
    }

    /// What the mechanism put in, if it is of this type.
    #[cfg_attr(
        not(feature = "kerberos"),
        allow(dead_code, reason = "only Kerberos delegates")
    )]
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.held.downcast_ref()
    }
}

impl fmt::Debug for DelegatedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelegatedCredential")
            .finish_non_exhaustive()
    }
}
