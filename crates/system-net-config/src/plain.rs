//! The global context where no files are read.

use system_net_primitives::Misuse;

use crate::NetContext;

impl NetContext {
    /// An error if the configuration files of the process could not be read; without the feature
    /// `xml` none are.
    ///
    /// # Errors
    /// None.
    pub fn check_configuration(&self) -> Result<(), Misuse> {
        Ok(())
    }

    /// What in the context's configuration files has no effect; without the feature `xml` nothing.
    #[must_use]
    pub fn configuration_notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Those of types that nobody has registered, or all others.
    #[doc(hidden)]
    #[must_use]
    pub fn configuration_notes_of_types(&self, _types: bool) -> Vec<String> {
        Vec::new()
    }
}

/// Nothing was read, so there is nothing to tell.
pub(crate) const fn tell(_: &NetContext) {}

pub(crate) fn global() -> NetContext {
    NetContext::new()
}
