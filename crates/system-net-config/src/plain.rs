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
}

pub(crate) fn global() -> NetContext {
    NetContext::new()
}
