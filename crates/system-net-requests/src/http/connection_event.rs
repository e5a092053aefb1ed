//! Which connections a request goes over, for who wants to be told.

use std::net::SocketAddr;
use std::sync::Arc;

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
}

impl ConnectionEventArgs {
    pub(super) fn of(connection: &Connection, is_new: bool, redirects: u32) -> Self {
        let (local_end_point, remote_end_point) = connection.end_points();
        Self {
            local_end_point,
            remote_end_point,
            is_new,
            redirects,
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
}
