//! What requests know of the connection they came over, whatever version of HTTP it speaks.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use system_net_primitives::Clock;
use system_net_runtime::{TlsInfo, Transport};

use crate::access_log::AccessLog;
use crate::interpose::Interposed;
use crate::kept::Kept;
use crate::run::{EndPoint, Run};
use crate::shared::Shared;
use crate::timeouts::HttpListenerTimeoutManager;

/// Where a connection belongs and who is at its ends.
pub(crate) struct Facts {
    pub(crate) run: Arc<Run>,
    pub(crate) end_point: Arc<EndPoint>,
    pub(crate) id: u64,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) tls: Option<TlsInfo>,
    /// The listener by whose settings the handshake was made: not always the one that answers.
    tls_by: Weak<Shared>,
    /// The value of the `Server` field; none is written without it.
    pub(crate) server: Option<Arc<str>>,
    /// Where its requests are logged.
    pub(crate) log: Option<AccessLog>,
    /// What is told of each request, if something stands before the transport.
    pub(crate) interposed: Option<Arc<dyn Interposed>>,
    /// Bytes of a request's body that are taken.
    pub(crate) body_limit: u64,
    /// The bytes of the current request, if they are wanted.
    pub(crate) kept: Option<Arc<Kept>>,
}

impl Facts {
    pub(crate) fn new(
        run: Arc<Run>,
        end_point: Arc<EndPoint>,
        id: u64,
        transport: &dyn Transport,
        remote: SocketAddr,
        tls_by: Weak<Shared>,
    ) -> Self {
        let unspecified = SocketAddr::new(IpAddr::from([0, 0, 0, 0]), 0);
        let local = transport.local_endpoint().unwrap_or(unspecified);
        Self {
            server: run.shared.server_header(),
            log: run.shared.access_log(),
            interposed: None,
            body_limit: run.shared.limits().body_bytes.unwrap_or(u64::MAX),
            run,
            end_point,
            id,
            local: SocketAddr::new(local.ip().to_canonical(), local.port()),
            remote: SocketAddr::new(remote.ip().to_canonical(), remote.port()),
            tls: transport.tls_to_share(),
            tls_by,
            kept: None,
        }
    }

    /// Those of the same connection at another listener of its port.
    pub(crate) fn moved(&self, run: Arc<Run>, end_point: Arc<EndPoint>, id: u64) -> Self {
        Self {
            server: run.shared.server_header(),
            log: run.shared.access_log(),
            interposed: self.interposed.clone(),
            body_limit: run.shared.limits().body_bytes.unwrap_or(u64::MAX),
            run,
            end_point,
            id,
            local: self.local,
            remote: self.remote,
            tls: self.tls.clone(),
            tls_by: Weak::clone(&self.tls_by),
            kept: self.kept.clone(),
        }
    }

    /// Whether the client was asked for what this listener asks clients for: in a handshake by its own
    /// settings, or because it asks for nothing.
    pub(crate) fn was_asked(&self) -> bool {
        let own = &self.run.shared;
        self.tls.is_none()
            || std::ptr::eq(self.tls_by.as_ptr(), Arc::as_ptr(own))
            || !own.asks_in_handshake()
    }

    #[inline]
    pub(crate) fn clock(&self) -> &dyn Clock {
        &**self.run.shared.context.clock()
    }

    /// The clock, to keep.
    pub(crate) fn shared_clock(&self) -> &Arc<dyn Clock> {
        self.run.shared.context.clock()
    }

    #[inline]
    pub(crate) fn timeouts(&self) -> &HttpListenerTimeoutManager {
        &self.run.shared.timeouts
    }

    #[inline]
    pub(crate) fn stopping(&self) -> bool {
        self.run.stopping.load(Ordering::Relaxed)
    }
}
