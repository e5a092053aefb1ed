//! HTTP/2 at a service point: what its connections are made with, and what it does for them.

use std::sync::Arc;
use std::time::Duration;

use system_net_primitives::Misuse;

use super::point::ServicePoint;
use super::reaper;
use crate::http2::{Http2Settings, MAX_WINDOW, MIN_WINDOW, SessionTerms};

impl ServicePoint {
    /// After how long a silence new HTTP/2 connections ask the server whether it is there, with a
    /// PING; `None`, which is the default: they do not ask.
    ///
    /// .NET: `System.Net.Http.SocketsHttpHandler.KeepAlivePingDelay`, here for each server
    #[doc(alias = "SocketsHttpHandler.KeepAlivePingDelay")]
    #[must_use]
    pub fn http2_ping_delay(&self) -> Option<Duration> {
        self.http2_settings().ping_delay
    }

    /// Sets after how long a silence new HTTP/2 connections ask the server whether it is there,
    /// whether requests are under way or not. A connection that gets no answer within
    /// [`http2_ping_timeout`](Self::http2_ping_timeout) is closed; its requests fail with the status
    /// `KeepAliveFailure`.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: below one second, which servers take for a flood.
    pub fn set_http2_ping_delay(&self, delay: Option<Duration>) -> Result<(), Misuse> {
        if delay.is_some_and(|delay| delay < LEAST_PING_DELAY) {
            return Err(Misuse::out_of_range(
                "value",
                "at least one second, or none",
            ));
        }
        self.change_http2(|settings| settings.ping_delay = delay);
        Ok(())
    }

    /// How long an answer to a PING may take; 20 seconds unless set.
    ///
    /// .NET: `System.Net.Http.SocketsHttpHandler.KeepAlivePingTimeout`, here for each server
    #[doc(alias = "SocketsHttpHandler.KeepAlivePingTimeout")]
    #[must_use]
    pub fn http2_ping_timeout(&self) -> Duration {
        self.http2_settings().ping_timeout
    }

    /// Sets how long an answer to a PING of a new HTTP/2 connection may take.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_http2_ping_timeout(&self, timeout: Duration) -> Result<(), Misuse> {
        if timeout.is_zero() {
            return Err(Misuse::out_of_range("value", "more than zero"));
        }
        self.change_http2(|settings| settings.ping_timeout = timeout);
        Ok(())
    }

    /// How many bytes of one response new HTTP/2 connections take before they are read; 1 MiB unless
    /// set.
    ///
    /// .NET: `System.Net.Http.SocketsHttpHandler.InitialHttp2StreamWindowSize`, here for each server
    #[doc(alias = "SocketsHttpHandler.InitialHttp2StreamWindowSize")]
    #[must_use]
    pub fn http2_stream_window(&self) -> u32 {
        self.http2_settings().stream_window
    }

    /// Sets how many bytes of one response new HTTP/2 connections take before they are read: the
    /// memory that a response may cost which nobody reads, and a limit of speed on long ways (so
    /// much per round trip).
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: below 65,535 or above 2,147,483,647.
    pub fn set_http2_stream_window(&self, bytes: u32) -> Result<(), Misuse> {
        check_window(bytes)?;
        self.change_http2(|settings| settings.stream_window = bytes);
        Ok(())
    }

    /// How many bytes of all its responses together a new HTTP/2 connection takes before they are
    /// read; 1 GiB unless set, so that the windows of the responses alone hold them up.
    #[must_use]
    pub fn http2_connection_window(&self) -> u32 {
        self.http2_settings().connection_window
    }

    /// Sets how many bytes of all its responses together a new HTTP/2 connection takes before they
    /// are read: a bound of memory for all of them, where that for each times their number is too
    /// much. As many responses as fill it without being read hold up the others on their connection.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: below 65,535 or above 2,147,483,647.
    pub fn set_http2_connection_window(&self, bytes: u32) -> Result<(), Misuse> {
        check_window(bytes)?;
        self.change_http2(|settings| settings.connection_window = bytes);
        Ok(())
    }

    fn change_http2(&self, change: impl FnOnce(&mut Http2Settings)) {
        self.http2_settings.change(change);
    }

    pub(crate) fn http2_settings(&self) -> Http2Settings {
        self.http2_settings.get()
    }

    /// What holds for HTTP/2 connections.
    pub(crate) fn http2_terms(&self) -> SessionTerms {
        let terms = self.terms();
        SessionTerms {
            limit: terms.limit,
            lease: self.connection_lease_timeout(),
            max_idle: terms.max_idle,
            now: terms.now,
        }
    }

    /// A stream has ended; `idle`: its connection has no other.
    pub(crate) fn http2_stream_ended(self: &Arc<Self>, idle: bool) {
        let now = self.clock.now();
        self.pool.touch(now);
        if idle && self.max_idle_time().is_some() {
            reaper::start(self);
        }
    }
}

/// The shortest silence after which a PING is sent.
const LEAST_PING_DELAY: Duration = Duration::from_secs(1);

fn check_window(bytes: u32) -> Result<(), Misuse> {
    match (MIN_WINDOW..=MAX_WINDOW).contains(&bytes) {
        true => Ok(()),
        false => Err(Misuse::out_of_range("value", "65535 to 2147483647 bytes")),
    }
}
