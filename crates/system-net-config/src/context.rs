//! The context: what .NET keeps in static fields, as a value.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use system_net_primitives::{Clock, SystemClock};

use crate::{Settings, files};

/// Settings, a clock, and one object of each type that a crate wants to keep per context.
///
/// Clones are the same context. What .NET keeps in static fields of `ServicePointManager`,
/// `WebRequest` and others lives here; [`global`](Self::global) is the one context of the process
/// that stands in for those.
///
/// # Examples
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use system_net_config::NetContext;
///
/// struct Requests(AtomicU32);
///
/// let context = NetContext::new();
/// let count = |context: &NetContext| {
///     let slot = context.slot(|_| Requests(AtomicU32::new(0)));
///     slot.0.fetch_add(1, Ordering::Relaxed) + 1
/// };
/// assert_eq!(count(&context), 1);
/// assert_eq!(count(&context), 2);
/// assert_eq!(count(&NetContext::new()), 1);
/// ```
#[derive(Clone)]
pub struct NetContext {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// A handful of entries: a search along the line beats a hash.
    slots: RwLock<Vec<(TypeId, Arc<dyn Any + Send + Sync>)>>,
}

/// What stands in a slot: empty while its first user makes the object.
type Cell<T> = OnceLock<Arc<T>>;

impl NetContext {
    /// A context with the default settings and the clock of the system.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A context with settings of your own and the clock of the system.
    #[must_use]
    pub fn with_settings(settings: Settings) -> Self {
        Self::builder().settings(settings).build()
    }

    /// Makes a context from parts.
    pub fn builder() -> NetContextBuilder {
        NetContextBuilder {
            settings: Settings::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// The context of the process, made on first use. Library code takes a context instead.
    ///
    /// With the feature `xml` its settings come from the file that the environment variable
    /// `SYSTEM_NET_CONFIG` names, or else from `program.config` beside the program `program`, if
    /// that exists. They are read once; a file that cannot be read leaves the defaults, and
    /// `configuration_error` says why.
    #[must_use]
    pub fn global() -> &'static Self {
        static GLOBAL: OnceLock<NetContext> = OnceLock::new();
        GLOBAL.get_or_init(files::global)
    }

    /// The settings the context was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The context's source of time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// The context's object of type `T`, made by `init` on first use.
    ///
    /// `init` runs once per context and type, with no lock held, so it may ask for other slots;
    /// others who ask for the same type wait for it. If it panics, the next user tries again.
    ///
    /// # Panics
    /// May panic or wait forever if `init` asks for the slot it is making.
    #[inline]
    pub fn slot<T: Any + Send + Sync>(&self, init: impl FnOnce(&Self) -> T) -> Arc<T> {
        let id = TypeId::of::<T>();
        let slots = self
            .inner
            .slots
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(object) = find(&slots, id).and_then(get::<T>) {
            return object;
        }
        drop(slots);
        self.fill(id, init)
    }

    #[cold]
    fn fill<T: Any + Send + Sync>(&self, id: TypeId, init: impl FnOnce(&Self) -> T) -> Arc<T> {
        let mut slots = self
            .inner
            .slots
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let cell = match find(&slots, id) {
            Some(cell) => Arc::clone(cell),
            None => {
                let cell: Arc<dyn Any + Send + Sync> = Arc::new(Cell::<T>::new());
                slots.push((id, Arc::clone(&cell)));
                cell
            }
        };
        drop(slots);
        let cell = cell
            .downcast_ref::<Cell<T>>()
            .expect("a slot is filed under its own type");
        Arc::clone(cell.get_or_init(|| Arc::new(init(self))))
    }
}

fn find(
    slots: &[(TypeId, Arc<dyn Any + Send + Sync>)],
    id: TypeId,
) -> Option<&Arc<dyn Any + Send + Sync>> {
    slots
        .iter()
        .find(|(other, _)| *other == id)
        .map(|(_, cell)| cell)
}

fn get<T: Any + Send + Sync>(cell: &Arc<dyn Any + Send + Sync>) -> Option<Arc<T>> {
    cell.downcast_ref::<Cell<T>>()?.get().cloned()
}

impl Default for NetContext {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NetContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slots = self
            .inner
            .slots
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len();
        f.debug_struct("NetContext")
            .field("settings", self.settings())
            .field("slots", &slots)
            .finish_non_exhaustive()
    }
}

/// Makes a [`NetContext`] from parts.
#[must_use = "call `build`"]
pub struct NetContextBuilder {
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl NetContextBuilder {
    /// Uses these settings.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Uses this source of time.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The context.
    #[must_use]
    pub fn build(self) -> NetContext {
        NetContext {
            inner: Arc::new(Inner {
                settings: self.settings,
                clock: self.clock,
                slots: RwLock::default(),
            }),
        }
    }
}

impl fmt::Debug for NetContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetContextBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
