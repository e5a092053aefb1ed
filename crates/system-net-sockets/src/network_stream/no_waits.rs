//! Without the feature `tokio` nothing waits asynchronously.

/// Stands where the places of waiters are.
#[derive(Debug, Default)]
pub(super) struct Waits {}
