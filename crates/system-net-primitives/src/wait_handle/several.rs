//! Waits for one of several events, and for all of them.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::waiter::{Entry, Waiter, Wish};
use super::{EventWaitHandle, Inner, timeout};
use crate::{Clock as _, Misuse, SystemClock};

/// Waits for several events at once.
impl EventWaitHandle {
    /// Waits until one of the events is set; its place. Only its signal is taken; of several that
    /// are set, the first in the list.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitAny(WaitHandle[])`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty list.
    ///
    /// # Blocking
    /// Waits for [`set`](Self::set), without limit.
    ///
    /// # Examples
    /// ```
    /// use system_net_primitives::{AutoResetEvent, EventWaitHandle, ManualResetEvent};
    ///
    /// let (stop, work) = (ManualResetEvent::new(false), AutoResetEvent::new(true));
    /// assert_eq!(EventWaitHandle::wait_any(&[&stop, &work])?, 1);
    /// assert_eq!(EventWaitHandle::wait_any_milliseconds(&[&stop, &work], 0)?, None);
    /// # Ok::<(), system_net_primitives::Misuse>(())
    /// ```
    #[doc(alias = "WaitHandle.WaitAny")]
    pub fn wait_any(wait_handles: &[&Self]) -> Result<usize, Misuse> {
        loop {
            if let Some(place) = Self::any(wait_handles, None)? {
                return Ok(place);
            }
        }
    }

    /// As [`wait_any`](Self::wait_any), at most some milliseconds, without limit for -1; `None`
    /// where .NET returns `WaitTimeout`.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitAny(WaitHandle[], Int32)`
    ///
    /// # Errors
    /// Also [`Misuse::OutOfRange`] for less than -1.
    ///
    /// # Blocking
    /// As said; zero looks and does not wait.
    #[doc(alias = "WaitHandle.WaitAny")]
    pub fn wait_any_milliseconds(
        wait_handles: &[&Self],
        milliseconds_timeout: i32,
    ) -> Result<Option<usize>, Misuse> {
        Self::any(wait_handles, timeout(milliseconds_timeout)?)
    }

    /// Waits until all events are set at the same moment, and takes all signals at once: none
    /// before.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitAll(WaitHandle[])`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty list and for one that has an event twice.
    ///
    /// # Blocking
    /// Waits for [`set`](Self::set), without limit.
    #[doc(alias = "WaitHandle.WaitAll")]
    pub fn wait_all(wait_handles: &[&Self]) -> Result<(), Misuse> {
        Self::all(wait_handles, None).map(drop)
    }

    /// As [`wait_all`](Self::wait_all), at most some milliseconds, without limit for -1; whether
    /// all were set.
    ///
    /// .NET: `System.Threading.WaitHandle.WaitAll(WaitHandle[], Int32)`
    ///
    /// # Errors
    /// Also [`Misuse::OutOfRange`] for less than -1.
    ///
    /// # Blocking
    /// As said; zero looks and does not wait.
    #[doc(alias = "WaitHandle.WaitAll")]
    pub fn wait_all_milliseconds(
        wait_handles: &[&Self],
        milliseconds_timeout: i32,
    ) -> Result<bool, Misuse> {
        Self::all(wait_handles, timeout(milliseconds_timeout)?)
    }

    fn any(events: &[&Self], timeout: Option<Duration>) -> Result<Option<usize>, Misuse> {
        not_empty(events)?;
        let waiter = Arc::new(Waiter::default());
        // One that is set ends the search; one further up may have claimed the waiter meanwhile.
        let _signal = (0..)
            .zip(events)
            .any(|(place, event)| event.take_or_enter(&waiter, place));
        let place = waiter.wait(timeout);
        for event in events {
            event.leave(&waiter);
        }
        Ok(place)
    }

    fn all(events: &[&Self], timeout: Option<Duration>) -> Result<bool, Misuse> {
        not_empty(events)?;
        // Everybody locks several events in the order of their addresses.
        let mut ordered = events.to_vec();
        ordered.sort_by_key(|event| std::ptr::from_ref(*event));
        if ordered.windows(2).any(|two| std::ptr::eq(two[0], two[1])) {
            return Err(Misuse::invalid_argument(
                "waitHandles",
                "an event stands in the list twice",
            ));
        }
        let clock = SystemClock;
        let deadline = timeout.and_then(|timeout| clock.now().checked_add(timeout));
        let waiter = Arc::new(Waiter::default());
        loop {
            if take_all(&ordered, &waiter) {
                return Ok(true);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(clock.now()));
            let over = left == Some(Duration::ZERO);
            if !over {
                waiter.wait_for_call(left);
            }
            for event in &ordered {
                event.leave(&waiter);
            }
            if over {
                return Ok(false);
            }
        }
    }
}

/// Takes all signals, or none and asks to be told of those that are missing.
fn take_all(ordered: &[&EventWaitHandle], waiter: &Arc<Waiter>) -> bool {
    let mut guards: Vec<MutexGuard<'_, Inner>> = ordered.iter().map(|event| event.lock()).collect();
    let complete = guards.iter().all(|inner| inner.signaled);
    for (inner, event) in guards.iter_mut().zip(ordered) {
        if complete {
            inner.take_signal(event.mode);
        } else if !inner.signaled {
            inner.entries.push(Entry {
                waiter: Arc::clone(waiter),
                wish: Wish::News,
            });
        }
    }
    complete
}

fn not_empty(events: &[&EventWaitHandle]) -> Result<(), Misuse> {
    if events.is_empty() {
        return Err(Misuse::invalid_argument(
            "waitHandles",
            "expected at least one event",
        ));
    }
    Ok(())
}
