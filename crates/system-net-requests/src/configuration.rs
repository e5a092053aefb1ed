//! Whether the global context's configuration file was good.

use system_net_config::NetContext;
use system_net_primitives::Misuse;

use crate::error::WebError;

/// An error if the context's configuration file could not be read or understood.
pub(crate) fn check(context: &NetContext) -> Result<(), WebError> {
    match context.configuration_error() {
        None => Ok(()),
        Some(error) => Err(Misuse::invalid_operation(format!("configuration: {error}")).into()),
    }
}
