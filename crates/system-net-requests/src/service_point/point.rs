//! `ServicePoint`: the connections to one server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use system_net_diagnostics::Traced;
use system_net_primitives::Misuse;
use system_net_uri::Uri;

use super::lease::{Acquired, Place};
use super::pool::{GroupKey, Pool, Waiting};

/// The connections to one server, that is to one scheme, host and port, or to one proxy.
///
/// Requests to it share at most [`connection_limit`](Self::connection_limit) connections per
/// connection group; more of them wait in the order they came. A connection whose response was
/// read to its end is kept for the next request.
///
/// .NET: `System.Net.ServicePoint`
pub struct ServicePoint {
    address: Uri,
    proxy: bool,
    connection_limit: AtomicUsize,
    expect_100_continue: AtomicBool,
    use_nagle_algorithm: AtomicBool,
    pub(super) pool: Pool,
    /// The service point in traces.
    pub(crate) traced: Traced,
}

impl ServicePoint {
    pub(super) fn new(
        address: Uri,
        proxy: bool,
        connection_limit: usize,
        expect: bool,
        nagle: bool,
    ) -> Self {
        Self {
            address,
            proxy,
            connection_limit: AtomicUsize::new(connection_limit),
            expect_100_continue: AtomicBool::new(expect),
            use_nagle_algorithm: AtomicBool::new(nagle),
            pool: Pool::default(),
            traced: Traced::new(),
        }
    }

    /// The server, or the proxy: scheme, host and port, with the path `/`.
    ///
    /// .NET: `System.Net.ServicePoint.Address`
    #[doc(alias = "ServicePoint.Address")]
    #[must_use]
    pub fn address(&self) -> &Uri {
        &self.address
    }

    /// Whether it stands for a proxy: all requests through that share its connections.
    #[must_use]
    pub fn is_proxy(&self) -> bool {
        self.proxy
    }

    /// The name of the protocol: the scheme.
    ///
    /// .NET: `System.Net.ServicePoint.ConnectionName`
    #[doc(alias = "ServicePoint.ConnectionName")]
    #[must_use]
    pub fn connection_name(&self) -> &str {
        self.address.scheme()
    }

    /// How many connections a connection group may have open at once. 2 unless configured.
    ///
    /// .NET: `System.Net.ServicePoint.ConnectionLimit`
    #[doc(alias = "ServicePoint.ConnectionLimit")]
    #[must_use]
    pub fn connection_limit(&self) -> usize {
        self.connection_limit.load(Ordering::Relaxed)
    }

    /// Sets how many connections a connection group may have open at once. A lower limit closes
    /// no connection in use.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: 0.
    pub fn set_connection_limit(&self, limit: usize) -> Result<(), Misuse> {
        if limit == 0 {
            return Err(Misuse::out_of_range(
                "limit",
                "a service point needs at least 1 connection",
            ));
        }
        self.connection_limit.store(limit, Ordering::Relaxed);
        self.pool.limit_changed(limit);
        Ok(())
    }

    /// How many connections are open or being opened, over all connection groups.
    ///
    /// .NET: `System.Net.ServicePoint.CurrentConnections`
    #[doc(alias = "ServicePoint.CurrentConnections")]
    #[must_use]
    pub fn current_connections(&self) -> usize {
        self.pool.open()
    }

    /// Whether requests with a body ask the server to continue before they send it. On unless set.
    ///
    /// .NET: `System.Net.ServicePoint.Expect100Continue`
    #[doc(alias = "ServicePoint.Expect100Continue")]
    #[must_use]
    pub fn expect_100_continue(&self) -> bool {
        self.expect_100_continue.load(Ordering::Relaxed)
    }

    /// Sets whether requests with a body ask the server to continue before they send it.
    pub fn set_expect_100_continue(&self, expect: bool) {
        self.expect_100_continue.store(expect, Ordering::Relaxed);
    }

    /// Whether new connections use the Nagle algorithm. On unless set.
    ///
    /// .NET: `System.Net.ServicePoint.UseNagleAlgorithm`
    #[doc(alias = "ServicePoint.UseNagleAlgorithm")]
    #[must_use]
    pub fn use_nagle_algorithm(&self) -> bool {
        self.use_nagle_algorithm.load(Ordering::Relaxed)
    }

    /// Sets whether new connections use the Nagle algorithm.
    pub fn set_use_nagle_algorithm(&self, nagle: bool) {
        self.use_nagle_algorithm.store(nagle, Ordering::Relaxed);
    }

    /// Closes the connections of a group (`None`: the unnamed one): idle ones now, those in use
    /// when their response has ended. False if it has none.
    ///
    /// .NET: `System.Net.ServicePoint.CloseConnectionGroup`
    #[doc(alias = "ServicePoint.CloseConnectionGroup")]
    pub fn close_connection_group(&self, name: Option<&str>) -> bool {
        self.pool.close_group(name)
    }

    /// An idle connection that is still good, or a place to open one; waits for its turn.
    pub(crate) async fn acquire(self: &Arc<Self>, group: &GroupKey) -> Acquired {
        let grant = match self.pool.acquire(group, self.connection_limit()) {
            Ok(grant) => grant,
            Err(waiter) => {
                let limit = || self.connection_limit();
                Waiting {
                    pool: &self.pool,
                    group,
                    limit,
                    waiter,
                }
                .await
            }
        };
        let place = Place::new(Arc::clone(self), group.clone(), grant.generation);
        // One that is not quiet was closed by the server while idle, or something came unasked:
        // not to be used.
        if let Some(mut connection) = grant.connection
            && connection.is_quiet()
        {
            return Acquired::Connection(place.refill(connection));
        }
        Acquired::Place(place)
    }
}

impl fmt::Debug for ServicePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePoint")
            .field("address", &self.address.absolute_uri())
            .field("connection_limit", &self.connection_limit())
            .field("current_connections", &self.current_connections())
            .finish_non_exhaustive()
    }
}
