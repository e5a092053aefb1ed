//! What a client gave a server to act for it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A client's own tickets in the hands of the server it logged in to. A copy is the same one.
///
/// With them a middle tier logs in elsewhere as its client:
/// [`KerberosClientOptions::credential`](crate::kerberos::KerberosClientOptions).
#[derive(Clone)]
pub struct DelegatedCredential {
    held: Arc<dyn Any + Send + Sync>,
}

impl DelegatedCredential {
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
