//! How long a client may take for each of its steps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use system_net_config::HttpListenerTimeoutSettings;
use system_net_primitives::Misuse;

/// The time-outs of a listener. They may be changed at any time and hold from the next wait on.
///
/// A time of zero turns the time-out off. They begin as the configuration has them, where zero
/// stands for what is usual.
///
/// .NET: `System.Net.HttpListenerTimeoutManager`
///
/// # Differences from .NET
/// The default of [`header_wait`](Self::header_wait) is 30 seconds instead of two minutes.
/// [`drain_requests`](Self::drain_requests) and [`min_send_period`](Self::min_send_period) are
/// additions.
#[derive(Debug)]
pub struct HttpListenerTimeoutManager {
    // Milliseconds.
    header_wait: AtomicU64,
    idle_connection: AtomicU64,
    entity_body: AtomicU64,
    drain_entity_body: AtomicU64,
    request_queue: AtomicU64,
    drain_requests: AtomicU64,
    min_send_period: AtomicU64,
    min_send_bytes_per_second: AtomicU64,
}

impl Default for HttpListenerTimeoutManager {
    fn default() -> Self {
        let two_minutes = || AtomicU64::new(120_000);
        Self {
            header_wait: AtomicU64::new(30_000),
            idle_connection: two_minutes(),
            entity_body: two_minutes(),
            drain_entity_body: two_minutes(),
            request_queue: two_minutes(),
            drain_requests: AtomicU64::new(30_000),
            min_send_period: AtomicU64::new(10_000),
            min_send_bytes_per_second: AtomicU64::new(150),
        }
    }
}

fn get(cell: &AtomicU64) -> Duration {
    Duration::from_millis(cell.load(Ordering::Relaxed))
}

fn set(cell: &AtomicU64, value: Duration) {
    // Whoever asks for less than a millisecond does not mean "off".
    let millis = value.as_millis().max(u128::from(!value.is_zero()));
    cell.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl HttpListenerTimeoutManager {
    /// The time-outs of a configuration; where it says zero, those that are usual.
    pub(crate) fn of(configured: &HttpListenerTimeoutSettings) -> Self {
        let this = Self::default();
        for (cell, time) in [
            (&this.header_wait, configured.header_wait),
            (&this.idle_connection, configured.idle_connection),
            (&this.entity_body, configured.entity_body),
            (&this.drain_entity_body, configured.drain_entity_body),
            (&this.request_queue, configured.request_queue),
        ] {
            if !time.is_zero() {
                set(cell, time);
            }
        }
        if configured.min_send_bytes_per_second > 0 {
            let speed = u64::from(configured.min_send_bytes_per_second);
            this.min_send_bytes_per_second
                .store(speed, Ordering::Relaxed);
        }
        this
    }

    /// How long the head of a request may take to arrive, from the acceptance of the connection or
    /// from its first byte on; the TLS handshake included. Default: 30 seconds.
    ///
    /// .NET: `System.Net.HttpListenerTimeoutManager.HeaderWait`
    #[doc(alias = "HttpListenerTimeoutManager.HeaderWait")]
    #[must_use]
    pub fn header_wait(&self) -> Duration {
        get(&self.header_wait)
    }

    /// Sets [`header_wait`](Self::header_wait).
    pub fn set_header_wait(&self, value: Duration) {
        set(&self.header_wait, value);
    }

    /// How long a connection may be silent between two requests. Default: two minutes.
    ///
    /// .NET: `System.Net.HttpListenerTimeoutManager.IdleConnection`
    #[doc(alias = "HttpListenerTimeoutManager.IdleConnection")]
    #[must_use]
    pub fn idle_connection(&self) -> Duration {
        get(&self.idle_connection)
    }

    /// Sets [`idle_connection`](Self::idle_connection).
    pub fn set_idle_connection(&self, value: Duration) {
        set(&self.idle_connection, value);
    }

    /// How long a reader of the request's body waits for its next bytes. Default: two minutes.
    ///
    /// .NET: `System.Net.HttpListenerTimeoutManager.EntityBody`
    #[doc(alias = "HttpListenerTimeoutManager.EntityBody")]
    #[must_use]
    pub fn entity_body(&self) -> Duration {
        get(&self.entity_body)
    }

    /// Sets [`entity_body`](Self::entity_body).
    pub fn set_entity_body(&self, value: Duration) {
        set(&self.entity_body, value);
    }

    /// How long the rest of a body that nobody read may take to arrive, so that the connection can
    /// be kept. Default: two minutes.
    ///
    /// .NET: `System.Net.HttpListenerTimeoutManager.DrainEntityBody`
    #[doc(alias = "HttpListenerTimeoutManager.DrainEntityBody")]
    #[must_use]
    pub fn drain_entity_body(&self) -> Duration {
        get(&self.drain_entity_body)
    }

    /// Sets [`drain_entity_body`](Self::drain_entity_body).
    pub fn set_drain_entity_body(&self, value: Duration) {
        set(&self.drain_entity_body, value);
    }

    /// How long a request may wait for a `get_context`; it is answered with 503 then. Default: two
    /// minutes.
    ///
    /// .NET: `System.Net.HttpListenerTimeoutManager.RequestQueue`
    #[doc(alias = "HttpListenerTimeoutManager.RequestQueue")]
    #[must_use]
    pub fn request_queue(&self) -> Duration {
        get(&self.request_queue)
    }

    /// Sets [`request_queue`](Self::request_queue).
    pub fn set_request_queue(&self, value: Duration) {
        set(&self.request_queue, value);
    }

    /// How fast a client has to take its answer, in bytes per second; one that is slower over the
    /// [`min_send_period`](Self::min_send_period) is cut off. Default: 150; 0 allows any speed.
    ///
    /// .NET: `System.Net.HttpListenerTimeoutManager.MinSendBytesPerSecond`
    #[doc(alias = "HttpListenerTimeoutManager.MinSendBytesPerSecond")]
    #[must_use]
    pub fn min_send_bytes_per_second(&self) -> u64 {
        self.min_send_bytes_per_second.load(Ordering::Relaxed)
    }

    /// Sets [`min_send_bytes_per_second`](Self::min_send_bytes_per_second).
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] above 4,294,967,295, as in .NET.
    pub fn set_min_send_bytes_per_second(&self, value: u64) -> Result<(), Misuse> {
        if value > u64::from(u32::MAX) {
            return Err(Misuse::out_of_range("value", "from 0 to 4294967295"));
        }
        self.min_send_bytes_per_second
            .store(value, Ordering::Relaxed);
        Ok(())
    }

    /// Over how long the speed of a client is measured that does not take what is sent. Time in which nothing
    /// waits for the client, because the program gives nothing, does not count; what is left of a period goes
    /// on when something waits again. Default: 10 seconds.
    #[must_use]
    pub fn min_send_period(&self) -> Duration {
        get(&self.min_send_period)
    }

    /// Sets [`min_send_period`](Self::min_send_period).
    pub fn set_min_send_period(&self, value: Duration) {
        set(&self.min_send_period, value);
    }

    /// How long requests that run may go on after the listener was stopped or closed. Default: 30
    /// seconds; zero lets them run for ever.
    #[must_use]
    pub fn drain_requests(&self) -> Duration {
        get(&self.drain_requests)
    }

    /// Sets [`drain_requests`](Self::drain_requests).
    pub fn set_drain_requests(&self, value: Duration) {
        set(&self.drain_requests, value);
    }
}

/// The moment a time-out that begins now ends; `None` if it is off or beyond all reckoning.
pub(crate) fn deadline(now: Instant, timeout: Duration) -> Option<Instant> {
    if timeout.is_zero() {
        return None;
    }
    now.checked_add(timeout)
}

#[cfg(test)]
mod tests {
    use system_net_primitives::{Clock, SystemClock};

    use super::*;

    #[test]
    fn times_are_kept() {
        let timeouts = HttpListenerTimeoutManager::default();
        assert_eq!(timeouts.header_wait(), Duration::from_secs(30));
        assert_eq!(timeouts.idle_connection(), Duration::from_secs(120));
        timeouts.set_entity_body(Duration::from_secs(7));
        assert_eq!(timeouts.entity_body(), Duration::from_secs(7));
        timeouts.set_entity_body(Duration::from_nanos(1));
        assert_eq!(timeouts.entity_body(), Duration::from_millis(1));
        timeouts.set_entity_body(Duration::MAX);
        assert_eq!(timeouts.entity_body(), Duration::from_millis(u64::MAX));
        timeouts.set_entity_body(Duration::ZERO);
        let now = SystemClock.now();
        assert_eq!(deadline(now, timeouts.entity_body()), None);
        assert_eq!(
            deadline(now, Duration::from_secs(1)),
            Some(now + Duration::from_secs(1))
        );
        assert!(timeouts.set_min_send_bytes_per_second(1 << 32).is_err());
        assert_eq!(timeouts.min_send_bytes_per_second(), 150);
        assert!(timeouts.set_min_send_bytes_per_second(0).is_ok());
        assert_eq!(timeouts.min_send_bytes_per_second(), 0);
    }
}
