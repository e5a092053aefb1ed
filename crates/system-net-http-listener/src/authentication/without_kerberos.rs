//! What stands in for Kerberos where it is not built in.

use system_net_security::extended_protection::ChannelBinding;
use system_net_security::mechanism::Mechanism;

/// There is nothing to choose.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {}

/// Negotiate has nothing but NTLM.
pub(super) const IS_BUILT_IN: bool = false;

/// There is none.
pub(super) fn server(_: &Options, _: Option<ChannelBinding>) -> Option<Box<dyn Mechanism>> {
    None
}
