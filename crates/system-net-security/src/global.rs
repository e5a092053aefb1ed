//! The context of the process, for streams, which know no other. No other module names it.
#![expect(clippy::disallowed_methods, reason = "this is the forwarding module")]

use system_net_config::NetContext;

use crate::{TlsError, TlsPolicy};

/// The policy of the process, unless its configuration file could not be read: then no connection is
/// made by settings nobody wanted.
pub(crate) fn tls_policy() -> Result<TlsPolicy, TlsError> {
    let context = NetContext::global();
    context
        .check_configuration()
        .map_err(|misuse| TlsError::configuration(misuse.to_string()).with_source(misuse))?;
    TlsPolicy::of(context)
}
