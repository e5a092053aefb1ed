//! Events in the manner of .NET: handlers called in order, with no lock held.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// A list of handlers that can be called with a value.
///
/// Handlers run in the order they were added, on the thread that raises. No lock is held while
/// they run, so a handler may add handlers, drop subscriptions and raise again. A handler added
/// while the event is being raised is first called by the next raise; one removed meanwhile is
/// not called any more. An event nobody listens to owns no memory and costs one load to raise.
///
/// .NET: the `event` keyword
///
/// # Examples
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::sync::Arc;
/// use system_net_primitives::Event;
///
/// let event = Event::new();
/// let sum = Arc::new(AtomicU32::new(0));
/// let subscription = event.on({
///     let sum = Arc::clone(&sum);
///     move |n: &u32| { sum.fetch_add(*n, Ordering::Relaxed); }
/// });
/// event.raise(&3);
/// drop(subscription);
/// event.raise(&5);
/// assert_eq!(sum.load(Ordering::Relaxed), 3);
/// ```
pub struct Event<T: ?Sized> {
    list: OnceLock<Arc<List<T>>>,
}

/// The handlers as of one moment; a change makes a new list, so that a raise can go on with its
/// own. Never changed once made.
type Snapshot<T> = Arc<Vec<Arc<Entry<T>>>>;

struct List<T: ?Sized> {
    current: Mutex<Snapshot<T>>,
}

struct Entry<T: ?Sized> {
    active: AtomicBool,
    handler: Box<dyn Fn(&T) + Send + Sync>,
}

impl<T: ?Sized + 'static> Event<T> {
    /// An event without handlers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            list: OnceLock::new(),
        }
    }

    /// Adds a handler behind those already there. It is called until the subscription is dropped.
    pub fn on(&self, handler: impl Fn(&T) + Send + Sync + 'static) -> Subscription {
        let list = self.list.get_or_init(|| {
            Arc::new(List {
                current: Mutex::new(Snapshot::default()),
            })
        });
        let entry = Arc::new(Entry {
            active: AtomicBool::new(true),
            handler: Box::new(handler),
        });
        list.change(|entries| entries.push(Arc::clone(&entry)));
        Subscription {
            removal: Some(Box::new(Removal {
                list: Arc::downgrade(list),
                entry: Arc::downgrade(&entry),
            })),
        }
    }

    /// Calls every handler in order.
    pub fn raise(&self, value: &T) {
        let Some(list) = self.list.get() else { return };
        let entries = Arc::clone(&list.lock());
        for entry in entries.iter() {
            if entry.active.load(Ordering::Acquire) {
                (entry.handler)(value);
            }
        }
    }

    /// Whether anybody listens, for senders whose value is expensive to make.
    #[must_use]
    pub fn has_handlers(&self) -> bool {
        self.list.get().is_some_and(|list| !list.lock().is_empty())
    }
}

impl<T: ?Sized> List<T> {
    fn lock(&self) -> MutexGuard<'_, Snapshot<T>> {
        // The lock protects the exchange of one pointer; no handler runs under it.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Exchanges the list for a changed copy. The old one is dropped after the lock is free: it
    /// may hold the last reference to a handler, and dropping that runs code of the user.
    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Entry<T>>>)) {
        let mut current = self.lock();
        let mut entries = Vec::clone(&current);
        change(&mut entries);
        let old = std::mem::replace(&mut *current, Arc::new(entries));
        drop(current);
        drop(old);
    }
}

impl<T: ?Sized + 'static> Default for Event<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for Event<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handlers = self.list.get().map_or(0, |list| list.lock().len());
        f.debug_struct("Event")
            .field("handlers", &handlers)
            .finish()
    }
}

/// A handler's place in an [`Event`]; dropping it takes the handler out.
///
/// A call of the handler that is running on another thread at that moment runs to its end. The
/// event may go away before its subscriptions.
#[must_use = "dropping the subscription removes the handler; call `forever` to keep it"]
pub struct Subscription {
    removal: Option<Box<dyn Unsubscribe>>,
}

impl Subscription {
    /// Keeps the handler for as long as the event lives.
    pub fn forever(mut self) {
        self.removal = None;
    }

    /// Removes the handler now. The same as dropping the subscription.
    pub fn unsubscribe(self) {}
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(removal) = self.removal.take() {
            removal.unsubscribe();
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

trait Unsubscribe: Send + Sync {
    fn unsubscribe(&self);
}

struct Removal<T: ?Sized> {
    list: Weak<List<T>>,
    entry: Weak<Entry<T>>,
}

impl<T: ?Sized> Unsubscribe for Removal<T> {
    fn unsubscribe(&self) {
        let (Some(list), Some(entry)) = (self.list.upgrade(), self.entry.upgrade()) else {
            return;
        };
        entry.active.store(false, Ordering::Release);
        list.change(|entries| entries.retain(|other| !Arc::ptr_eq(other, &entry)));
    }
}
