//! The context: what .NET keeps in static fields, as a value.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use system_net_primitives::{Access, AccessDenied, AccessPolicy, AccessStack, Clock, SystemClock};

use crate::slots::Slots;
use crate::{DiagnosticsSettings, Settings, files, trace_demand};

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

/// The context of the process, once it is known.
static GLOBAL: OnceLock<NetContext> = OnceLock::new();

pub(crate) struct Inner {
    settings: Settings,
    clock: Arc<dyn Clock>,
    slots: Slots,
    access: AccessStack,
    parent: Option<NetContext>,
    /// Whether traces are asked for, so that whoever emits them has to be told of the end.
    traced: bool,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.traced {
            trace_demand::gone();
        }
    }
}

impl NetContext {
    pub(crate) const fn of_inner(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

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
            access: AccessStack::new(),
            parent: None,
        }
    }

    /// A context for a part of a program that may do less: it has this one's settings, clock and
    /// policies, and `policy` on top of them. Its objects are its own, so that it never uses a
    /// connection that was opened with other rights; names it looks up as this context does, unless
    /// it is given a resolver of its own.
    #[must_use]
    pub fn with_policy(&self, policy: Arc<dyn AccessPolicy>) -> Self {
        let mut builder = Self::builder()
            .settings(self.inner.settings.clone())
            .clock(Arc::clone(&self.inner.clock));
        builder.access = self.inner.access.with(policy);
        builder.parent = Some(self.clone());
        builder.build()
    }

    /// The context that this was derived from by [`with_policy`](Self::with_policy).
    #[must_use]
    pub fn parent(&self) -> Option<&Self> {
        self.inner.parent.as_ref()
    }

    /// The policies of the context.
    #[must_use]
    pub fn access(&self) -> &AccessStack {
        &self.inner.access
    }

    /// Asks the policies of the context and of the scope that this runs in, before the first
    /// packet.
    ///
    /// # Errors
    /// What denies the access.
    #[inline]
    pub fn check_access(&self, access: &Access<'_>) -> Result<(), AccessDenied> {
        self.inner.access.check(access)
    }

    /// The context of the process, if it was made or set already: for what belongs to no context
    /// and must obey its policies.
    #[must_use]
    pub fn global_if_made() -> Option<&'static Self> {
        GLOBAL.get()
    }

    /// The context of the process, made on first use. Library code takes a context instead.
    ///
    /// With the feature `xml` its settings come from the machine's file, which the environment
    /// variable `SYSTEM_NET_MACHINE_CONFIG` names or which is in `/etc/system-net`, and over it from
    /// the application's: the file that `SYSTEM_NET_CONFIG` names, or else `program.config` beside
    /// the program `program`, if that exists. They are read once; a file that cannot be read leaves the defaults, and
    /// `configuration_error` says why. What they ask for safety and is not done is written to the
    /// standard error output once.
    #[must_use]
    pub fn global() -> &'static Self {
        GLOBAL.get_or_init(|| {
            let context = files::global();
            files::tell(&context);
            context
        })
    }

    /// Makes this the context of the process, in place of one made from the files that
    /// [`global`](Self::global) looks for. For programs that are told by their user which file to
    /// take; no library calls it.
    ///
    /// # Errors
    /// This context, if the process has one already: set, or made by `global`.
    pub fn set_global(self) -> Result<(), Self> {
        let this = self.clone();
        GLOBAL.set(self)?;
        files::tell(&this);
        Ok(())
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
        Arc::clone(self.slot_ref(init))
    }

    /// As [`slot`](Self::slot), lent: for whoever needs the object only as long as the context.
    #[inline]
    pub fn slot_ref<T: Any + Send + Sync>(&self, init: impl FnOnce(&Self) -> T) -> &Arc<T> {
        let cell = self.inner.slots.cell::<T>();
        match cell.get() {
            Some(object) => object,
            None => cell.get_or_init(|| Arc::new(init(self))),
        }
    }
}

impl Default for NetContext {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NetContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetContext")
            .field("settings", self.settings())
            .finish_non_exhaustive()
    }
}

/// Makes a [`NetContext`] from parts.
#[must_use = "call `build`"]
pub struct NetContextBuilder {
    settings: Settings,
    clock: Arc<dyn Clock>,
    access: AccessStack,
    parent: Option<NetContext>,
}

impl NetContextBuilder {
    /// Asks this policy before the network is used, before those that were added earlier.
    pub fn policy(mut self, policy: Arc<dyn AccessPolicy>) -> Self {
        self.access = self.access.with(policy);
        self
    }

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
        let traced = self.settings.diagnostics != DiagnosticsSettings::default();
        let inner = Arc::new(Inner {
            settings: self.settings,
            clock: self.clock,
            slots: Slots::default(),
            access: self.access,
            parent: self.parent,
            traced,
        });
        if traced {
            trace_demand::made(&inner);
        }
        NetContext { inner }
    }
}

impl fmt::Debug for NetContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetContextBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
