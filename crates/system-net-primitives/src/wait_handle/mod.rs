//! Events that threads and tasks wait for: counterparts for code that waits as .NET's listings do.

mod several;
mod wait_one;
mod waiter;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Misuse;
use waiter::{Entry, Waiter, Wakers, Wish};

pub use wait_one::WaitOne;

/// What happens to a signal when a waiter takes it.
///
/// .NET: `System.Threading.EventResetMode`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventResetMode {
    /// It is gone: one waiter goes on.
    ///
    /// .NET: `System.Threading.EventResetMode.AutoReset`
    #[doc(alias = "EventResetMode.AutoReset")]
    AutoReset,
    /// It stays until [`EventWaitHandle::reset`]: all waiters go on.
    ///
    /// .NET: `System.Threading.EventResetMode.ManualReset`
    #[doc(alias = "EventResetMode.ManualReset")]
    ManualReset,
}

/// A signal that is set or not, for which threads and tasks wait.
///
/// [`ManualResetEvent`] and [`AutoResetEvent`] are this with their mode, and are used wherever this
/// is asked for. Share one by reference, as a `static` or in an `Arc`.
///
/// .NET: `System.Threading.EventWaitHandle`, `System.Threading.WaitHandle`
///
/// # Differences from .NET
/// There are no events with names, nothing is closed, and waits for several events know no limit
/// of 64. Setting and resetting cannot fail and return nothing.
#[doc(alias = "WaitHandle")]
pub struct EventWaitHandle {
    mode: EventResetMode,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    signaled: bool,
    /// Those who wait, the longest first. Only with a wish for news while the event is signaled.
    entries: Vec<Entry>,
}

impl EventWaitHandle {
    /// An event that is set or not.
    ///
    /// .NET: `System.Threading.EventWaitHandle.EventWaitHandle(Boolean, EventResetMode)`
    #[must_use]
    pub const fn new(initial_state: bool, mode: EventResetMode) -> Self {
        Self {
            mode,
            inner: Mutex::new(Inner {
                signaled: initial_state,
                entries: Vec::new(),
            }),
        }
    }

    /// Sets the event. With automatic reset one waiter goes on, the one that has waited longest,
    /// or the next one to come; otherwise all do until [`reset`](Self::reset).
    ///
    /// .NET: `System.Threading.EventWaitHandle.Set`
    #[doc(alias = "EventWaitHandle.Set")]
    pub fn set(&self) {
        let mut wakers = Wakers::default();
        let mut inner = self.lock();
        match self.mode {
            EventResetMode::ManualReset => {
                inner.signaled = true;
                for entry in inner.entries.drain(..) {
                    match entry.wish {
                        Wish::Signal(place) => {
                            let _may_be_too_late = entry.waiter.claim(place, &mut wakers);
                        }
                        Wish::News => entry.waiter.call(),
                    }
                }
            }
            EventResetMode::AutoReset => {
                let taken = inner.entries.iter().position(|entry| match entry.wish {
                    Wish::Signal(place) => entry.waiter.claim(place, &mut wakers),
                    Wish::News => false,
                });
                match taken {
                    Some(place) => drop(inner.entries.remove(place)),
                    None => {
                        inner.signaled = true;
                        for entry in inner.entries.drain(..) {
                            entry.waiter.call();
                        }
                    }
                }
            }
        }
        drop(inner);
        wakers.wake();
    }

    /// Takes the signal back.
    ///
    /// .NET: `System.Threading.EventWaitHandle.Reset`
    #[doc(alias = "EventWaitHandle.Reset")]
    pub fn reset(&self) {
        self.lock().signaled = false;
    }

    /// Waits until the event is set.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitOne()`
    ///
    /// # Blocking
    /// Waits for [`set`](Self::set), without limit.
    #[doc(alias = "WaitHandle.WaitOne")]
    pub fn wait_one(&self) {
        let _set = self.wait(None);
    }

    /// Waits at most some milliseconds, without limit for -1; whether the event was set.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitOne(Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for less than -1.
    ///
    /// # Blocking
    /// As said; zero looks and does not wait.
    #[doc(alias = "WaitHandle.WaitOne")]
    pub fn wait_one_milliseconds(&self, milliseconds_timeout: i32) -> Result<bool, Misuse> {
        Ok(self.wait(timeout(milliseconds_timeout)?))
    }

    /// Waits at most some time; whether the event was set.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitOne(TimeSpan)`
    ///
    /// # Blocking
    /// As said; zero looks and does not wait.
    #[doc(alias = "WaitHandle.WaitOne")]
    #[must_use = "the wait may have ended without the event"]
    pub fn wait_one_timeout(&self, timeout: Duration) -> bool {
        self.wait(Some(timeout))
    }

    /// Waits until the event is set, without blocking a thread. A signal that a dropped future was
    /// given goes to the next waiter.
    #[must_use = "a future does nothing unless it is awaited"]
    pub const fn wait_one_async(&self) -> WaitOne<'_> {
        WaitOne::new(self)
    }

    fn wait(&self, timeout: Option<Duration>) -> bool {
        let waiter = Arc::new(Waiter::default());
        if self.take_or_enter(&waiter, 0) {
            return true;
        }
        let set = waiter.wait(timeout).is_some();
        self.leave(&waiter);
        set
    }

    /// Takes the signal for a waiter that still waits, or enters it into the list. True if there
    /// was a signal, whoever has it then.
    fn take_or_enter(&self, waiter: &Arc<Waiter>, place: usize) -> bool {
        let mut inner = self.lock();
        if !inner.signaled {
            inner.entries.push(Entry {
                waiter: Arc::clone(waiter),
                wish: Wish::Signal(place),
            });
            return false;
        }
        // A waiter that asks has nobody to be woken.
        if waiter.claim(place, &mut Wakers::default()) {
            inner.take_signal(self.mode);
        }
        true
    }

    /// Takes a waiter out of the list.
    fn leave(&self, waiter: &Arc<Waiter>) {
        let mut inner = self.lock();
        inner
            .entries
            .retain(|entry| !Arc::ptr_eq(&entry.waiter, waiter));
    }

    /// Passes on a signal that a waiter was given and does not want.
    fn give_back(&self) {
        if self.mode == EventResetMode::AutoReset {
            self.set();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code of others runs under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    const fn take_signal(&mut self, mode: EventResetMode) {
        if matches!(mode, EventResetMode::AutoReset) {
            self.signaled = false;
        }
    }
}

/// The limit that a number of milliseconds stands for, `None` without one.
fn timeout(milliseconds: i32) -> Result<Option<Duration>, Misuse> {
    match milliseconds {
        -1 => Ok(None),
        _ => u64::try_from(milliseconds)
            .map(|milliseconds| Some(Duration::from_millis(milliseconds)))
            .map_err(|_| Misuse::out_of_range("millisecondsTimeout", "expected -1, zero or more")),
    }
}

impl fmt::Debug for EventWaitHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWaitHandle")
            .field("mode", &self.mode)
            .field("signaled", &self.lock().signaled)
            .finish()
    }
}

/// A gate: once set, everybody goes on until it is reset.
///
/// .NET: `System.Threading.ManualResetEvent`
///
/// # Examples
/// ```
/// use system_net_primitives::ManualResetEvent;
///
/// static DONE: ManualResetEvent = ManualResetEvent::new(false);
///
/// let worker = std::thread::spawn(|| DONE.set());
/// DONE.wait_one();
/// assert!(DONE.wait_one_milliseconds(0)?, "it stays set");
/// # worker.join().unwrap();
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Debug)]
pub struct ManualResetEvent(EventWaitHandle);

impl ManualResetEvent {
    /// An event that is set or not.
    ///
    /// .NET: `System.Threading.ManualResetEvent.ManualResetEvent(Boolean)`
    #[must_use]
    pub const fn new(initial_state: bool) -> Self {
        Self(EventWaitHandle::new(
            initial_state,
            EventResetMode::ManualReset,
        ))
    }
}

impl Deref for ManualResetEvent {
    type Target = EventWaitHandle;

    fn deref(&self) -> &EventWaitHandle {
        &self.0
    }
}

/// A turnstile: each signal lets one waiter go on. Signals are not counted: one that is set already
/// stays one.
///
/// .NET: `System.Threading.AutoResetEvent`
///
/// # Examples
/// ```
/// use system_net_primitives::AutoResetEvent;
///
/// let ready = AutoResetEvent::new(true);
/// ready.wait_one();
/// assert!(!ready.wait_one_milliseconds(0)?, "the signal is gone");
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Debug)]
pub struct AutoResetEvent(EventWaitHandle);

impl AutoResetEvent {
    /// An event that is set or not.
    ///
    /// .NET: `System.Threading.AutoResetEvent.AutoResetEvent(Boolean)`
    #[must_use]
    pub const fn new(initial_state: bool) -> Self {
        Self(EventWaitHandle::new(
            initial_state,
            EventResetMode::AutoReset,
        ))
    }
}

impl Deref for AutoResetEvent {
    type Target = EventWaitHandle;

    fn deref(&self) -> &EventWaitHandle {
        &self.0
    }
}
