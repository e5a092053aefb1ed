//! What a context keeps for look-ups.

use std::sync::{Arc, PoisonError, RwLock};

use system_net_config::NetContext;
use system_net_primitives::Misuse;

use super::Dns;
use super::peer_names::PeerNames;
use super::rules::Rules;
use crate::access::{Checks, Guarded};
use crate::error::SocketError;
use crate::resolver::{Resolver, SystemResolver};
use crate::sys;

/// One for each context; empty places mean the system, and nobody.
pub(super) struct Services {
    /// Why nothing is looked up: the context's configuration file could not be read.
    pub(super) refused: Option<Misuse>,
    resolver: RwLock<Option<Arc<dyn Resolver>>>,
    peers: RwLock<Option<Arc<dyn PeerNames>>>,
    /// Those of the context that the context was derived from: who is asked unless this says.
    parent: Option<Arc<Self>>,
}

impl Services {
    pub(super) fn of(context: &NetContext) -> Arc<Self> {
        context.slot(|context| Self {
            refused: context.check_configuration().err(),
            resolver: RwLock::default(),
            peers: RwLock::default(),
            parent: context.parent().map(Self::of),
        })
    }

    /// An error if the context's configuration file could not be read: nothing is looked up by
    /// settings nobody wanted.
    pub(super) fn check(&self) -> Result<(), SocketError> {
        match &self.refused {
            None => Ok(()),
            Some(misuse) => Err(misuse.clone().into()),
        }
    }

    /// Whom look-ups ask now.
    pub(super) fn resolver(&self) -> Arc<dyn Resolver> {
        self.chosen_resolver()
            .unwrap_or_else(|| SystemResolver::shared())
    }

    fn chosen_resolver(&self) -> Option<Arc<dyn Resolver>> {
        let above = || self.parent.as_ref()?.chosen_resolver();
        read(&self.resolver).or_else(above)
    }

    fn chosen_peers(&self) -> Option<Arc<dyn PeerNames>> {
        let above = || self.parent.as_ref()?.chosen_peers();
        read(&self.peers).or_else(above)
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
    pub(super) fn blocking(context: &NetContext) -> Result<Self, SocketError> {
        Self::of(context, || Arc::new(SystemResolver::in_place()))
    }

    /// For a member that must not block.
    pub(super) fn waiting(context: &NetContext) -> Result<Self, SocketError> {
        Self::of(context, || SystemResolver::shared())
    }

    fn of(
        context: &NetContext,
        system: impl FnOnce() -> Arc<dyn Resolver>,
    ) -> Result<Self, SocketError> {
        let services = Services::of(context);
        services.check()?;
        let mut resolver = services.chosen_resolver().unwrap_or_else(system);
        let checks = Checks::of(context);
        if !checks.are_none() {
            resolver = Arc::new(Guarded { checks, resolver });
        }
        let has_ipv6 = sys::has_ipv6();
        Ok(Self {
            resolver,
            peers: services.chosen_peers(),
            has_ipv6,
            obsolete_ipv6: has_ipv6 && context.settings().ipv6,
        })
    }
}
