//! Which connections a request goes over, for who wants to be told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::stages::Reached;
use crate::connection::Connection;

/// Told of each connection that a request is sent over, before it is sent. It runs on the task or
/// thread that waits for the response and must not block.
pub type ConnectionHandler = Arc<dyn Fn(&ConnectionEventArgs) + Send + Sync>;

/// The connection that a request is about to be sent over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionEventArgs {
    local_end_point: Option<SocketAddr>,
    remote_end_point: Option<SocketAddr>,
    is_new: bool,
    redirects: u32,
    reached: Reached,
}

impl ConnectionEventArgs {
    pub(super) fn of(
        connection: &Connection,
        is_new: bool,
        redirects: u32,
        reached: Reached,
    ) -> Self {
        Self::of_end_points(connection.end_points(), is_new, redirects, reached)
    }

    pub(super) fn of_end_points(
        (local_end_point, remote_end_point): (Option<SocketAddr>, Option<SocketAddr>),
        is_new: bool,
        redirects: u32,
        reached: Reached,
    ) -> Self {
        Self {
            local_end_point,
            remote_end_point,
            is_new,
            redirects,
            reached,
        }
    }

    /// This end of it; `None` for one that is not of TCP.
    #[must_use]
    pub fn local_end_point(&self) -> Option<SocketAddr> {
        self.local_end_point
    }

    /// The other end: the server's, or the proxy's. `None` for one that is not of TCP.
    #[must_use]
    pub fn remote_end_point(&self) -> Option<SocketAddr> {
        self.remote_end_point
    }

    /// Whether it was opened for this request; else it was there from an earlier one.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// How many redirects were followed until now.
    #[must_use]
    pub fn redirects(&self) -> u32 {
        self.redirects
    }

    /// How long after the request turned to its service point the name was looked up; `None`: there
    /// was nothing to look up, or it is a connection from earlier. An address counts as looked up.
    #[must_use]
    pub fn resolved_after(&self) -> Option<Duration> {
        self.reached.resolved
    }

    /// How long after that it was connected; `None` for a connection from earlier.
    #[must_use]
    pub fn connected_after(&self) -> Option<Duration> {
        self.reached.connected
    }

    /// How long after that TLS was set up; `None` without TLS, and for a connection from earlier. With
    /// a proxy over TLS it is the proxy's.
    #[must_use]
    pub fn secured_after(&self) -> Option<Duration> {
        self.reached.secured
    }

    /// The version of TLS that was agreed on, `TLSv1.2` or `TLSv1.3`; `None` where
    /// [`secured_after`](Self::secured_after) is.
    #[must_use]
    pub fn tls_protocol(&self) -> Option<&'static str> {
        self.reached.tls_protocol
    }

    /// How long after that the request can be sent, with the wait for its turn.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        self.reached.ready
    }
}
