//! How long it took to get a connection, for who wants to be told.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use system_net_primitives::{Clock, SystemClock};

/// When a request began to look for a connection, and what was reached after how long.
pub(super) struct Stages {
    began: Instant,
    resolved: OnceLock<Duration>,
    connected: OnceLock<Duration>,
    secured: OnceLock<(Duration, &'static str)>,
}

/// The same, once there is a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) resolved: Option<Duration>,
    pub(super) connected: Option<Duration>,
    pub(super) secured: Option<Duration>,
    /// The version of TLS.
    pub(super) tls_protocol: Option<&'static str>,
    pub(super) ready: Duration,
}

impl Stages {
    pub(super) fn begin() -> Self {
        Self {
            began: SystemClock.now(),
            resolved: OnceLock::new(),
            connected: OnceLock::new(),
            secured: OnceLock::new(),
        }
    }

    fn passed(&self) -> Duration {
        SystemClock.now().saturating_duration_since(self.began)
    }

    pub(super) fn resolved(&self) {
        self.resolved.get_or_init(|| self.passed());
    }

    pub(super) fn connected(&self) {
        self.connected.get_or_init(|| self.passed());
    }

    /// With a proxy over TLS it is the first of the two handshakes.
    pub(super) fn secured(&self, protocol: &'static str) {
        self.secured.get_or_init(|| (self.passed(), protocol));
    }

    pub(super) fn reached(&self) -> Reached {
        Reached {
            resolved: self.resolved.get().copied(),
            connected: self.connected.get().copied(),
            secured: self.secured.get().map(|(passed, _)| *passed),
            tls_protocol: self.secured.get().map(|(_, protocol)| *protocol),
            ready: self.passed(),
        }
    }
}
