//! `Hsts`: requests to hosts that want TLS only go over TLS, RFC 6797. Off unless asked for.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use system_net_config::NetContext;
use system_net_primitives::{Clock, HstsStore};
use system_net_uri::Uri;

use crate::service_point::ServicePointManager;

/// Which hosts are to be reached over TLS only, for the requests that use it: an [`HstsStore`] that
/// is asked before each step of a request, and learns from each response over TLS. Clones are the
/// same.
///
/// Nothing is learned while a callback of the caller judges certificates: what it lets pass may be
/// anybody's.
///
/// A context has one after [`ServicePointManager::use_hsts`]; a request may have one of its own
/// ([`HttpWebRequest::set_hsts`](crate::HttpWebRequest::set_hsts)).
///
/// # Examples
/// ```
/// use std::time::SystemTime;
/// use system_net_config::NetContext;
/// use system_net_requests::{Hsts, ServicePointManager};
///
/// let context = NetContext::new();
/// let hsts: Hsts = ServicePointManager::of(&context).use_hsts();
/// hsts.with(|store| store.add("contoso.com", true, None));
/// assert!(hsts.with(|store| store.is_known("www.contoso.com", SystemTime::UNIX_EPOCH)));
/// ```
#[derive(Clone)]
pub struct Hsts {
    shared: Arc<Shared>,
}

struct Shared {
    store: Mutex<HstsStore>,
    clock: Arc<dyn Clock>,
}

impl Hsts {
    /// One that knows what `store` knows, by the clock of a context.
    #[must_use]
    pub fn new_in(context: &NetContext, store: HstsStore) -> Self {
        Self::with_clock(Arc::clone(context.clock()), store)
    }

    fn with_clock(clock: Arc<dyn Clock>, store: HstsStore) -> Self {
        Self {
            shared: Arc::new(Shared {
                store: Mutex::new(store),
                clock,
            }),
        }
    }

    /// Lets `work` look at what is known, or change it: to read it from a file, or write it to one.
    /// Requests wait meanwhile.
    pub fn with<T>(&self, work: impl FnOnce(&mut HstsStore) -> T) -> T {
        work(&mut self.store())
    }

    /// The address over TLS instead of a plain one, if its host wants that.
    pub(crate) fn upgrade(&self, uri: &Uri) -> Option<Uri> {
        if uri.scheme() != "http" {
            return None;
        }
        let now = self.now();
        self.store().upgrade(uri, now)
    }

    /// Takes what a response over TLS says.
    pub(crate) fn accept(&self, uri: &Uri, field: &str) {
        let now = self.now();
        self.store().accept(uri, field, now);
    }

    fn now(&self) -> SystemTime {
        self.shared.clock.utc_now()
    }

    fn store(&self) -> MutexGuard<'_, HstsStore> {
        self.shared
            .store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hsts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hsts").finish_non_exhaustive()
    }
}

impl ServicePointManager {
    /// From now on, requests of this context go over TLS to hosts that said so. Gives what is known
    /// of them: nothing at first, and the same for every call.
    pub fn use_hsts(&self) -> Hsts {
        let new = || Hsts::with_clock(Arc::clone(self.clock()), HstsStore::new());
        self.hsts.get_or_init(new).clone()
    }
}
