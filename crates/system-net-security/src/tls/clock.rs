//! The context's clock as the TLS library wants it: certificates expire by it.

use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use system_net_primitives::Clock;

/// Forwards to the clock.
pub(super) struct ClockTime(pub(super) Arc<dyn Clock>);

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.0
            .utc_now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .map(UnixTime::since_unix_epoch)
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClockTime")
    }
}
