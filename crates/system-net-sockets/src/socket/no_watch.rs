//! Without the feature `tokio` nothing waits asynchronously.

/// Stands where the registrations with reactors are.
#[derive(Debug)]
pub(crate) struct Watch;

impl Watch {
    pub(crate) const fn new(_wakes_on_shutdown: bool) -> Self {
        Self
    }

    pub(crate) fn close(&self) {}

    pub(super) fn end(&mut self) {}

    pub(crate) fn reset(&self) {}
}
