//! What a service point asks of its HTTP/2 connections.

use std::sync::Mutex;
use std::time::Duration;

use super::lock::lock;

/// How much of one body may come before it is read: 1 MiB.
const STREAM_WINDOW: u32 = 1 << 20;
/// How much of all bodies of a connection together: 1 GiB, which more streams share than servers allow.
/// Each response is held up by its own window alone; one that nobody reads holds up no other.
const CONNECTION_WINDOW: u32 = 1 << 30;
/// RFC 9113 section 6.9.1: "A sender MUST NOT allow a flow-control window to exceed 2^31-1".
pub(crate) const MAX_WINDOW: u32 = (1 << 31) - 1;
/// RFC 9113 section 6.9.2: what every connection begins with.
pub(crate) const MIN_WINDOW: u32 = 65_535;

/// The settings of new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Http2Settings {
    pub(crate) stream_window: u32,
    pub(crate) connection_window: u32,
    /// After how long a silence a PING is sent; `None`: none is.
    pub(crate) ping_delay: Option<Duration>,
    pub(crate) ping_timeout: Duration,
}

impl Default for Http2Settings {
    fn default() -> Self {
        Self {
            stream_window: STREAM_WINDOW,
            connection_window: CONNECTION_WINDOW,
            ping_delay: None,
            ping_timeout: Duration::from_secs(20),
        }
    }
}

/// Those of a service point, which may be changed.
#[derive(Default)]
pub(crate) struct Settings(Mutex<Http2Settings>);

impl Settings {
    pub(crate) fn get(&self) -> Http2Settings {
        *lock(&self.0)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Http2Settings)) {
        change(&mut lock(&self.0));
    }
}
