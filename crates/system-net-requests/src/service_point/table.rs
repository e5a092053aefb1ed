//! The service points of a manager: found by where they lead, removed when nobody uses them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Instant;

use system_net_primitives::{Clock, Misuse};
use system_net_uri::{HostAddress, Uri};

use super::point::ServicePoint;
use crate::error::WebError;

/// The service points there are.
///
/// One nobody has used for its idle time is removed, when a new one is made or when its last
/// connection is closed for its age; one that the program holds stays, and what was set on it holds
/// on. Where no more are allowed, those that no request uses make room, held or not.
pub(super) struct Table {
    points: RwLock<Points>,
    /// How many there may be; 0: any number.
    max: AtomicUsize,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Points {
    by_key: BTreeMap<PointKey, Vec<Arc<ServicePoint>>>,
    count: usize,
}

/// Scheme and port; the few hosts behind one key are compared one by one.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct PointKey {
    scheme: Scheme,
    /// A proxy, and not the server of the same name.
    proxy: bool,
    port: u16,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Scheme {
    Http,
    Https,
    /// Which one is not told.
    Other,
}

impl PointKey {
    fn of(uri: &Uri, proxy: bool) -> Self {
        Self {
            scheme: match uri.scheme() {
                "http" => Scheme::Http,
                "https" => Scheme::Https,
                _ => Scheme::Other,
            },
            proxy,
            port: uri.port().unwrap_or_default(),
        }
    }
}

impl Table {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            points: RwLock::default(),
            max: AtomicUsize::new(0),
            clock,
        }
    }

    /// The service point for an address, made on first use; `take` is done before it can be removed.
    ///
    /// # Errors
    /// Those of `make`; [`Misuse::InvalidOperation`]: there may be no more, and requests use all.
    pub(super) fn find_or_make<T>(
        &self,
        uri: &Uri,
        proxy: bool,
        take: fn(&Arc<ServicePoint>) -> T,
        make: impl FnOnce() -> Result<ServicePoint, WebError>,
    ) -> Result<T, WebError> {
        let key = PointKey::of(uri, proxy);
        let points = self.points.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(point) = points.find(key, uri) {
            return Ok(take(point));
        }
        drop(points);
        let mut removed = Vec::new();
        let mut points = self.write();
        if let Some(point) = points.find(key, uri) {
            return Ok(take(point));
        }
        points.remove_unused(self.clock.now(), &mut removed);
        let max = self.max();
        let has_room = max == 0 || points.make_room(max - 1, &mut removed);
        let made = match has_room {
            true => make().map(|point| {
                let point = Arc::new(point);
                let taken = take(&point);
                points.by_key.entry(key).or_default().push(point);
                points.count += 1;
                taken
            }),
            false => Err(Misuse::invalid_operation(format!(
                "there may be {max} service points, and requests use all of them"
            ))
            .into()),
        };
        drop(points);
        close(&removed);
        made
    }

    pub(super) fn max(&self) -> usize {
        self.max.load(Ordering::Relaxed)
    }

    pub(super) fn set_max(&self, max: usize) {
        let mut removed = Vec::new();
        let mut points = self.write();
        self.max.store(max, Ordering::Relaxed);
        if max > 0 {
            points.make_room(max, &mut removed);
        }
        drop(points);
        close(&removed);
    }

    /// Removes a service point if its time is over.
    pub(super) fn remove_if_unused(&self, point: Arc<ServicePoint>) {
        let mut points = self.write();
        let key = PointKey::of(point.address(), point.is_proxy());
        let known = points.by_key.get(&key).into_iter().flatten();
        let is_known = { known }.any(|known| Arc::ptr_eq(known, &point));
        // Ours and the table's.
        let unheld = Arc::strong_count(&point) == 2;
        if is_known && unheld && point.is_due(self.clock.now()) {
            points.remove(&point);
        }
        drop(points);
        // With its last connections, outside the lock.
        drop(point);
    }

    fn write(&self) -> RwLockWriteGuard<'_, Points> {
        self.points.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Points {
    fn find(&self, key: PointKey, uri: &Uri) -> Option<&Arc<ServicePoint>> {
        let points = self.by_key.get(&key)?;
        let same_scheme =
            |address: &Uri| key.scheme != Scheme::Other || address.scheme() == uri.scheme();
        points.iter().find(|point| {
            let address = point.address();
            same_host(address, uri) && same_scheme(address)
        })
    }

    fn all(&self) -> impl Iterator<Item = &Arc<ServicePoint>> {
        self.by_key.values().flatten()
    }

    /// Removes those whose time is over and that nobody holds.
    fn remove_unused(&mut self, now: Instant, removed: &mut Vec<Arc<ServicePoint>>) {
        let is_over = |point: &&Arc<ServicePoint>| !is_held(point) && point.is_due(now);
        let over: Vec<_> = self.all().filter(is_over).map(Arc::clone).collect();
        for point in over {
            self.remove(&point);
            removed.push(point);
        }
    }

    /// Removes unused ones until there are at most `max`: those first that nobody holds, of these
    /// the one unused for longest. False: too many are in use.
    fn make_room(&mut self, max: usize, removed: &mut Vec<Arc<ServicePoint>>) -> bool {
        if self.count <= max {
            return true;
        }
        let mut unused: Vec<_> = self
            .all()
            .filter_map(|point| Some((is_held(point), point.unused_since()?, Arc::clone(point))))
            .collect();
        unused.sort_by_key(|&(held, since, _)| (held, since));
        for (_, _, point) in unused.into_iter().take(self.count - max) {
            self.remove(&point);
            removed.push(point);
        }
        self.count <= max
    }

    fn remove(&mut self, point: &Arc<ServicePoint>) {
        let key = PointKey::of(point.address(), point.is_proxy());
        let Some(points) = self.by_key.get_mut(&key) else {
            return;
        };
        let before = points.len();
        points.retain(|other| !Arc::ptr_eq(other, point));
        self.count -= before - points.len();
        if points.is_empty() {
            self.by_key.remove(&key);
        }
    }
}

/// Whether anybody else has it than the table: nobody can come by it while that is locked.
fn is_held(point: &Arc<ServicePoint>) -> bool {
    Arc::strong_count(point) > 1
}

/// Ends what removed service points keep: programs may hold some of them.
fn close(removed: &[Arc<ServicePoint>]) {
    for point in removed {
        point.close_idle();
    }
}

/// Whether two addresses lead to one host: what is connected to counts, not how it is written.
fn same_host(a: &Uri, b: &Uri) -> bool {
    let (one, other) = (a.host_address(), b.host_address());
    one == other && (one != HostAddress::None || a.host() == b.host())
}
