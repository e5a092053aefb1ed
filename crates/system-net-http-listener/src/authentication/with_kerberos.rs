//! The server's side of Kerberos, where it is built in.

use system_net_security::extended_protection::ChannelBinding;
use system_net_security::kerberos::{KerberosServer, KerberosServerOptions};
use system_net_security::mechanism::Mechanism;

/// How clients log in by Kerberos.
pub(super) type Options = KerberosServerOptions;

/// Negotiate needs no users.
pub(super) const IS_BUILT_IN: bool = true;

/// One login of whoever has a ticket.
pub(super) fn server(
    options: &Options,
    binding: Option<ChannelBinding>,
) -> Option<Box<dyn Mechanism>> {
    Some(Box::new(KerberosServer::new(KerberosServerOptions {
        channel_binding: binding,
        ..options.clone()
    })))
}
