//! What the system is asked, as a value by which equal questions are found.

use system_net_primitives::{AddressFamily, IpAddress};

use crate::dns::IpHostEntry;
use crate::error::SocketError;

/// What a look-up gives. Of an address only the name is filled in.
pub(super) type Answer = Result<IpHostEntry, SocketError>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// The addresses of a name.
    Host {
        name: Box<str>,
        family: AddressFamily,
        /// The canonical name and the aliases as well.
        with_names: bool,
    },
    /// The name of an address.
    Address(IpAddress),
}

impl Question {
    pub(super) fn host(name: &str, family: AddressFamily, with_names: bool) -> Self {
        Self::Host {
            // DNS does not tell letters apart by case, so neither does the merging.
            name: name.to_ascii_lowercase().into(),
            family,
            with_names,
        }
    }
}
