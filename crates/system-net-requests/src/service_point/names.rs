//! Names that were looked up, kept for a while, and their addresses, which may take turns.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use system_net_config::ServicePointManagerSettings;
use system_net_primitives::{Clock, IpAddress};
use system_net_sockets::{BoxFuture, Resolver, SocketError};

/// Most names that are kept; when there is one more, all are asked anew.
const MOST_NAMES: usize = 1024;

/// A resolver that asks another, and keeps its answers. Clones share them.
#[derive(Clone)]
pub(super) struct Names {
    shared: Arc<Shared>,
}

struct Shared {
    resolver: Arc<dyn Resolver>,
    clock: Arc<dyn Clock>,
    /// Milliseconds; negative: for ever.
    refresh: AtomicI64,
    round_robin: AtomicBool,
    kept: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    addresses: Vec<IpAddress>,
    since: Instant,
    /// How many times it was asked for.
    turn: usize,
}

impl Names {
    pub(super) fn new(
        resolver: Arc<dyn Resolver>,
        clock: Arc<dyn Clock>,
        settings: &ServicePointManagerSettings,
    ) -> Self {
        let this = Self {
            shared: Arc::new(Shared {
                resolver,
                clock,
                refresh: AtomicI64::new(-1),
                round_robin: AtomicBool::new(settings.enable_dns_round_robin),
                kept: Mutex::default(),
            }),
        };
        this.set_refresh(settings.dns_refresh_timeout);
        this
    }

    /// How long an answer is good; `None`: for ever.
    pub(super) fn refresh(&self) -> Option<Duration> {
        let millis = self.shared.refresh.load(Ordering::Relaxed);
        u64::try_from(millis).ok().map(Duration::from_millis)
    }

    pub(super) fn set_refresh(&self, time: Option<Duration>) {
        let millis = time.map_or(-1, |time| {
            i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
        });
        self.shared.refresh.store(millis, Ordering::Relaxed);
    }

    pub(super) fn round_robin(&self) -> bool {
        self.shared.round_robin.load(Ordering::Relaxed)
    }

    pub(super) fn set_round_robin(&self, on: bool) {
        self.shared.round_robin.store(on, Ordering::Relaxed);
    }

    /// None of a name's addresses could be connected to: it is asked anew next time.
    pub(super) fn forget(&self, host: &str) {
        self.kept().remove(host);
    }

    /// The answer that is kept, if it is still good.
    fn find(&self, host: &str) -> Option<Vec<IpAddress>> {
        let now = self.shared.clock.now();
        let mut names = self.kept();
        let kept = names.get_mut(host)?;
        let age = now.saturating_duration_since(kept.since);
        if self.refresh().is_some_and(|limit| age >= limit) {
            names.remove(host);
            return None;
        }
        kept.turn = kept.turn.wrapping_add(1);
        Some(self.in_turn(&kept.addresses, kept.turn))
    }

    fn keep(&self, host: String, addresses: &[IpAddress]) {
        let since = self.shared.clock.now();
        let mut names = self.kept();
        if names.len() >= MOST_NAMES {
            names.clear();
        }
        let (addresses, turn) = (addresses.to_vec(), 0);
        names.insert(
            host,
            Kept {
                addresses,
                since,
                turn,
            },
        );
    }

    fn in_turn(&self, addresses: &[IpAddress], turn: usize) -> Vec<IpAddress> {
        let mut addresses = addresses.to_vec();
        if self.round_robin() && !addresses.is_empty() {
            let first = turn % addresses.len();
            addresses.rotate_left(first);
        }
        addresses
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolver for Names {
    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        self.shared.resolver.fixed_addresses(host, port)
    }

    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        if let Some(addresses) = self.find(host) {
            return Box::pin(async move { Ok(addresses) });
        }
        let asked = self.shared.resolver.resolve(host);
        let (this, host) = (self.clone(), host.to_owned());
        Box::pin(async move {
            let addresses = asked.await?;
            this.keep(host, &addresses);
            Ok(addresses)
        })
    }
}
