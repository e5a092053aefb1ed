//! The names of peers, which look like names of hosts.

use system_net_primitives::IpAddress;

use crate::error::SocketError;
use crate::resolver::BoxFuture;

/// Below it are the names of peers: `name.pnrp.net`.
const SUFFIX: &str = ".pnrp.net";

/// Answers for host names below `.pnrp.net`, as the Peer Name Resolution Protocol does on Windows.
/// [`Dns::set_peer_names_in`](crate::Dns::set_peer_names_in) makes a context ask it.
pub trait PeerNames: Send + Sync {
    /// The addresses of a peer by its host name, such as `0.classifier.pnrp.net`. Dropping the
    /// future gives the look-up up.
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve).
    fn resolve_peer(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>>;
}

/// Whether the name is one of a peer.
pub(super) fn is_peer(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() > SUFFIX.len()
        && host
            .get(host.len() - SUFFIX.len()..)
            .is_some_and(|end| end.eq_ignore_ascii_case(SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_peers() {
        for peer in ["a.pnrp.net", "0.a.PNRP.net.", "ü.pnrp.net"] {
            assert!(is_peer(peer), "{peer}");
        }
        for other in [
            "pnrp.net",
            ".pnrp.net",
            "apnrp.net",
            "a.pnrp.net.b",
            "",
            "aüpnrp.net",
        ] {
            assert!(!is_peer(other), "{other}");
        }
    }
}
