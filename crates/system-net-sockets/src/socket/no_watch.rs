//! Without the feature `tokio` nothing waits asynchronously.

/// Stands where the registrations with reactors are.
#[derive(Debug)]
pub(crate) struct Watch;

impl Watch {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn close(&self) {}

    pub(super) fn end(&mut self) {}

    pub(crate) fn reset(&self) {}
}
