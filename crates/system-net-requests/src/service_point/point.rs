//! `ServicePoint`: the connections to one server.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use system_net_diagnostics::Traced;
use system_net_primitives::{Clock, HttpVersion, Misuse};
use system_net_runtime::{TcpKeepAlive, TcpOptions};
use system_net_uri::Uri;

use super::lease::{Acquired, Place};
use super::pool::{Grant, GroupIndex, GroupKey, Pool, Terms, Waiting};
use super::reaper::{self, Watch};
use super::times::{Limit, Times};
use crate::connection::Connection;

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
    clock: Arc<dyn Clock>,
    times: Times,
    watch: Watch,
    tcp: Mutex<TcpSettings>,
    pool: Pool,
    /// The service point in traces.
    pub(crate) traced: Traced,
}

/// Options of new connections.
#[derive(Clone, Copy, Default)]
struct TcpSettings {
    receive_buffer: Option<usize>,
    keep_alive: Option<(Duration, Duration)>,
}

impl ServicePoint {
    pub(super) fn new(
        address: Uri,
        proxy: bool,
        connection_limit: usize,
        expect: bool,
        nagle: bool,
        max_idle_time: &Limit,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            address,
            proxy,
            connection_limit: AtomicUsize::new(connection_limit),
            expect_100_continue: AtomicBool::new(expect),
            use_nagle_algorithm: AtomicBool::new(nagle),
            clock,
            times: Times::new(max_idle_time),
            watch: Watch::default(),
            tcp: Mutex::default(),
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
        self.pool.expire(self.terms());
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

    /// How long a connection may be idle before it is closed; `None`: without limit. 100 s unless
    /// set, here or by the manager.
    ///
    /// .NET: `System.Net.ServicePoint.MaxIdleTime`
    #[doc(alias = "ServicePoint.MaxIdleTime")]
    #[must_use]
    pub fn max_idle_time(&self) -> Option<Duration> {
        self.times.max_idle.get()
    }

    /// Sets how long a connection may be idle, in whole milliseconds; it holds from now on for
    /// those that are idle already.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: beyond 2,147,483,647 ms.
    pub fn set_max_idle_time(self: &Arc<Self>, time: Option<Duration>) -> Result<(), Misuse> {
        self.times.max_idle.set(time)?;
        if self.pool.expire(self.terms()).is_some() {
            reaper::restart(self);
        }
        Ok(())
    }

    /// How long a connection is used for new requests after it was opened; `None`: as long as it
    /// lasts. A request under way is not disturbed. `None` unless set.
    ///
    /// .NET: `System.Net.ServicePoint.ConnectionLeaseTimeout`
    #[doc(alias = "ServicePoint.ConnectionLeaseTimeout")]
    #[must_use]
    pub fn connection_lease_timeout(&self) -> Option<Duration> {
        self.times.lease.get()
    }

    /// Sets how long connections opened from now on are used, in whole milliseconds; zero: for one
    /// request each. For servers that move: a new connection asks for their address again.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: beyond 2,147,483,647 ms.
    pub fn set_connection_lease_timeout(&self, time: Option<Duration>) -> Result<(), Misuse> {
        self.times.lease.set(time)
    }

    /// When a connection was last given back; `None`: none ever was.
    ///
    /// .NET: `System.Net.ServicePoint.IdleSince`
    #[doc(alias = "ServicePoint.IdleSince")]
    #[must_use]
    pub fn idle_since(&self) -> Option<SystemTime> {
        let passed = self
            .clock
            .now()
            .saturating_duration_since(self.pool.idle_since()?);
        self.clock.utc_now().checked_sub(passed)
    }

    /// The HTTP version of the requests that are sent: 1.1.
    ///
    /// .NET: `System.Net.ServicePoint.ProtocolVersion`
    #[doc(alias = "ServicePoint.ProtocolVersion")]
    #[must_use]
    pub fn protocol_version(&self) -> HttpVersion {
        HttpVersion::VERSION11
    }

    /// The size of the system's receive buffer of new connections, in bytes; `None` (.NET: -1): the
    /// system's choice. `None` unless set.
    ///
    /// .NET: `System.Net.ServicePoint.ReceiveBufferSize`
    #[doc(alias = "ServicePoint.ReceiveBufferSize")]
    #[must_use]
    pub fn receive_buffer_size(&self) -> Option<usize> {
        self.tcp().receive_buffer
    }

    /// Sets the size of the system's receive buffer of new connections.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: beyond 2,147,483,647.
    pub fn set_receive_buffer_size(&self, bytes: Option<usize>) -> Result<(), Misuse> {
        if bytes.is_some_and(|bytes| bytes > i32::MAX as usize) {
            return Err(Misuse::out_of_range("value", "at most 2147483647 bytes"));
        }
        self.tcp().receive_buffer = bytes;
        Ok(())
    }

    /// Probes new connections that are silent: after `time` the first, then each `interval`.
    /// `None`: none, which holds unless set.
    ///
    /// .NET: `System.Net.ServicePoint.SetTcpKeepAlive`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: a time is zero.
    #[doc(alias = "ServicePoint.SetTcpKeepAlive")]
    pub fn set_tcp_keep_alive(
        &self,
        time_and_interval: Option<(Duration, Duration)>,
    ) -> Result<(), Misuse> {
        let zero = |(time, interval): (Duration, Duration)| time.is_zero() || interval.is_zero();
        if time_and_interval.is_some_and(zero) {
            return Err(Misuse::out_of_range("keepAliveTime", "more than zero"));
        }
        self.tcp().keep_alive = time_and_interval;
        Ok(())
    }

    /// The options of new connections.
    pub(crate) fn tcp_options(&self) -> TcpOptions {
        let settings = *self.tcp();
        let mut options = TcpOptions::default();
        options.nodelay = !self.use_nagle_algorithm();
        options.receive_buffer = settings.receive_buffer;
        options.keep_alive = settings
            .keep_alive
            .map(|(time, interval)| TcpKeepAlive { time, interval });
        options
    }

    fn tcp(&self) -> MutexGuard<'_, TcpSettings> {
        self.tcp.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes what has been idle for too long; how long until the next one is.
    pub(super) fn reap(&self) -> Option<Duration> {
        self.pool.expire(self.terms())
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Closes the connections of a group (`None`: the unnamed one): idle ones now, those in use
    /// when their response has ended. False if it has none.
    ///
    /// .NET: `System.Net.ServicePoint.CloseConnectionGroup`
    #[doc(alias = "ServicePoint.CloseConnectionGroup")]
    pub fn close_connection_group(&self, name: Option<&str>) -> bool {
        self.pool.close_group(name)
    }

    fn terms(&self) -> Terms {
        Terms {
            limit: self.connection_limit(),
            max_idle: self.times.max_idle.get(),
            now: self.clock.now(),
        }
    }

    /// Gives a place back, with its connection if that can be used again.
    pub(super) fn release(
        self: &Arc<Self>,
        group: GroupIndex,
        connection: Option<Box<Connection>>,
    ) {
        let terms = self.terms();
        let outlived = |connection: &Connection| {
            let age = connection
                .opened
                .map(|opened| terms.now.saturating_duration_since(opened));
            self.times
                .lease
                .get()
                .is_some_and(|lease| age >= Some(lease))
        };
        let connection = connection.filter(|connection| !outlived(connection));
        if self.pool.release(group, terms, connection) && terms.max_idle.is_some() {
            reaper::start(self);
        }
    }

    /// When a connection is opened that has a lease.
    pub(super) fn lease_start(&self) -> Option<Instant> {
        self.times.lease.get().map(|_| self.clock.now())
    }

    /// An idle connection that is still good, or a place to open one; or how to wait for one.
    pub(crate) fn acquire<'a>(
        self: &'a Arc<Self>,
        group: &GroupKey,
    ) -> Result<Acquired, impl Future<Output = Acquired> + use<'a>> {
        match self.pool.acquire(group, self.terms()) {
            Ok(grant) => Ok(self.granted(grant)),
            Err((group, waiter)) => Err(async move {
                let terms = || self.terms();
                let pool = &self.pool;
                let waiting = Waiting {
                    pool,
                    group,
                    terms,
                    waiter,
                };
                self.granted(waiting.await)
            }),
        }
    }

    fn granted(self: &Arc<Self>, grant: Grant) -> Acquired {
        let place = Place::new(Arc::clone(self), grant.group, grant.generation);
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
