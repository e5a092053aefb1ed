//! One HTTP/2 connection, as its requests have it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::Bytes;
use h2::client::SendRequest;
use system_net_diagnostics::Traced;
use system_net_security::extended_protection::TransportContext;

use super::driver::Driver;
use super::guarded::Facts;

/// A connection. Its table and the streams under way keep it: when they are gone it is closed.
pub(crate) struct Session {
    pub(super) send: SendRequest<Bytes>,
    pub(super) driver: Arc<Driver>,
    pub(super) facts: Arc<Facts>,
    pub(super) number: u64,
    /// When it was opened, for its lease.
    pub(super) opened: Option<Instant>,
    pub(super) end_points: (Option<SocketAddr>, Option<SocketAddr>),
    /// The channel below, for logins that are tied to it.
    channel: TransportContext,
    /// Whether a request was sent on it.
    used: AtomicBool,
    /// The connection in traces.
    pub(crate) traced: Traced,
}

impl Session {
    pub(super) fn new(
        send: SendRequest<Bytes>,
        driver: Arc<Driver>,
        facts: Arc<Facts>,
        number: u64,
        opened: Option<Instant>,
        end_points: (Option<SocketAddr>, Option<SocketAddr>),
        channel: TransportContext,
    ) -> Self {
        Self {
            send,
            driver,
            facts,
            number,
            opened,
            end_points,
            channel,
            used: AtomicBool::new(false),
            traced: Traced::new(),
        }
    }

    /// The server goes away, and has looked at some requests before.
    pub(crate) fn has_served(&self) -> bool {
        self.facts.has_served()
    }

    /// The channel below, for logins that are tied to it.
    pub(crate) const fn channel(&self) -> &TransportContext {
        &self.channel
    }

    /// From where to where it leads.
    pub(crate) fn end_points(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        self.end_points
    }

    /// A request goes out on it; whether an earlier one did.
    pub(super) fn is_reused(&self) -> bool {
        self.used.swap(true, Ordering::Relaxed)
    }
}
