//! What may stand between a connection and its transport: faults, for tests. As a rule there is nothing.

use std::sync::Arc;

use system_net_runtime::Transport;

/// Stands between the connections of a listener and their transports.
pub(crate) trait Interposer: Send + Sync {
    /// The transport a connection gets in the place of its own, and what is told of its requests.
    fn wrap(&self, transport: Box<dyn Transport>) -> (Box<dyn Transport>, Arc<dyn Interposed>);
}

/// One connection of an [`Interposer`]'s.
pub(crate) trait Interposed: Send + Sync {
    /// A request for this path is answered next; all that came before is written. Gives whether the
    /// connection has to end with the answer.
    fn begin(&self, path: &str) -> bool;
}
