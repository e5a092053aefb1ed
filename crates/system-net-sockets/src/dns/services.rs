//! What a context keeps for look-ups.

use std::sync::{Arc, PoisonError, RwLock};

use system_net_config::NetContext;

use super::Dns;
use super::peer_names::PeerNames;
use super::rules::Rules;
use crate::resolver::{Resolver, SystemResolver};
use crate::sys;

/// One for each context; empty places mean the system, and nobody.
#[derive(Default)]
pub(super) struct Services {
    resolver: RwLock<Option<Arc<dyn Resolver>>>,
    peers: RwLock<Option<Arc<dyn PeerNames>>>,
}

impl Services {
    pub(super) fn of(context: &NetContext) -> Arc<Self> {
        context.slot(|_| Self::default())
    }

    /// Whom look-ups ask now.
    pub(super) fn resolver(&self) -> Arc<dyn Resolver> {
        read(&self.resolver).unwrap_or_else(|| SystemResolver::shared())
    }
}

fn read<T: Clone>(place: &RwLock<T>) -> T {
    place.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn write<T>(place: &RwLock<T>, value: T) {
    *place.write().unwrap_or_else(PoisonError::into_inner) = value;
}

impl Dns {
    /// Whom the look-ups of a context ask now.
    #[must_use]
    pub fn resolver_in(context: &NetContext) -> Arc<dyn Resolver> {
        Services::of(context).resolver()
    }

    /// Makes the look-ups of a context, those of its requests included, ask this resolver from
    /// now on; `None` (default) is the system's.
    pub fn set_resolver_in(context: &NetContext, resolver: Option<Arc<dyn Resolver>>) {
        write(&Services::of(context).resolver, resolver);
    }

    /// Makes the look-ups of a context ask `peers` for names below `.pnrp.net`; with `None`
    /// (default) they are names like any others.
    pub fn set_peer_names_in(context: &NetContext, peers: Option<Arc<dyn PeerNames>>) {
        write(&Services::of(context).peers, peers);
    }
}

impl Rules {
    /// For a member that blocks: the system is asked on the calling thread.
    pub(super) fn blocking(context: &NetContext) -> Self {
        Self::of(context, || Arc::new(SystemResolver::in_place()))
    }

    /// For a member that must not block.
    pub(super) fn waiting(context: &NetContext) -> Self {
        Self::of(context, || SystemResolver::shared())
    }

    fn of(context: &NetContext, system: impl FnOnce() -> Arc<dyn Resolver>) -> Self {
        let services = Services::of(context);
        let has_ipv6 = sys::has_ipv6();
        Self {
            resolver: read(&services.resolver).unwrap_or_else(system),
            peers: read(&services.peers),
            has_ipv6,
            obsolete_ipv6: has_ipv6 && context.settings().ipv6,
        }
    }
}
