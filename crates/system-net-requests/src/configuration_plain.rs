//! Without the feature `xml` there is no configuration file that could be bad.

use system_net_config::NetContext;

use crate::error::WebError;

/// Never an error.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the twin with the feature `xml` can fail"
)]
pub(crate) fn check(_context: &NetContext) -> Result<(), WebError> {
    Ok(())
}
