//! From names to addresses.

mod overrides;
mod pool;
mod system;
pub(crate) mod zone;

use std::pin::Pin;

use system_net_primitives::IpAddress;

use crate::error::SocketError;

pub use overrides::OverrideResolver;
pub use system::{SystemResolver, resolve_blocking};

/// A future on the heap, as object-safe traits return them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Turns a host name into its addresses.
pub trait Resolver: Send + Sync {
    /// Looks the name up. The addresses come in the order in which they should be tried; there
    /// is at least one. Dropping the future gives the look-up up.
    ///
    /// # Errors
    /// [`HostNotFound`](crate::SocketErrorCode::HostNotFound),
    /// [`NoData`](crate::SocketErrorCode::NoData),
    /// [`TryAgain`](crate::SocketErrorCode::TryAgain) or
    /// [`NoRecovery`](crate::SocketErrorCode::NoRecovery), as the name service says; others if
    /// it could not be asked.
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>>;
}
