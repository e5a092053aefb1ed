//! `ServicePoint`: the connections to one server.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use system_net_diagnostics::Traced;
use system_net_http_proto::PreparedRequest;
use system_net_primitives::{Clock, Misuse};
use system_net_runtime::{TcpKeepAlive, TcpOptions};
use system_net_uri::Uri;

use super::binding::BindIpEndPoint;
use super::facts::Facts;
use super::lease::{Acquired, Place};
use super::pipe::Pipe;
use super::pool::{Grant, GroupIndex, GroupKey, Pool, Terms};
use super::queue::Waiting;
use super::reaper::{self, Watch};
use super::rescuer;
use super::table::Table;
use super::times::{Limit, Times};
use crate::connection::Connection;
use crate::http::host_field;
use crate::http2::{self, Sessions};

/// The connections to one server, that is to one scheme, host and port, or to one proxy.
///
/// Requests to it share at most [`connection_limit`](Self::connection_limit) connections per
/// connection group; more of them wait in the order they came. A connection whose response was
/// read to its end is kept for the next request.
///
/// .NET: `System.Net.ServicePoint`
pub struct ServicePoint {
    address: Uri,
    /// Of requests that come here directly: the `Host` field.
    host: Box<str>,
    proxy: bool,
    connection_limit: AtomicUsize,
    expect_100_continue: AtomicBool,
    use_nagle_algorithm: AtomicBool,
    pub(super) clock: Arc<dyn Clock>,
    times: Times,
    watch: Watch,
    rescuers: Watch,
    tcp: Mutex<TcpSettings>,
    pub(super) bind: RwLock<Option<BindIpEndPoint>>,
    pub(super) pool: Pool,
    pub(crate) http2: Sessions,
    pub(super) http2_settings: http2::Settings,
    pub(super) facts: Facts,
    made: Instant,
    /// How many requests turn to it, with a connection or yet without.
    users: AtomicUsize,
    /// Where it is found.
    home: Weak<Table>,
    /// The service point in traces.
    pub(crate) traced: Traced,
}

/// Options of new connections.
#[derive(Clone, Copy, Default)]
struct TcpSettings {
    receive_buffer: Option<usize>,
    keep_alive: Option<(Duration, Duration)>,
}

/// What a service point is made of.
pub(super) struct Beginnings<'a> {
    pub(super) address: Uri,
    pub(super) proxy: bool,
    pub(super) limit: usize,
    pub(super) expect: bool,
    pub(super) nagle: bool,
    pub(super) max_idle_time: &'a Limit,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) home: Weak<Table>,
}

/// The service point a request turns to: as long as there is one of these it is not removed.
pub(crate) struct InUse(Arc<ServicePoint>);

impl InUse {
    pub(super) fn new(point: &Arc<ServicePoint>) -> Self {
        point.users.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(point))
    }
}

impl Deref for InUse {
    type Target = Arc<ServicePoint>;

    fn deref(&self) -> &Arc<ServicePoint> {
        &self.0
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::AcqRel);
    }
}

impl ServicePoint {
    pub(super) fn new(beginnings: Beginnings<'_>) -> Self {
        Self {
            host: host_field(&beginnings.address).into(),
            address: beginnings.address,
            proxy: beginnings.proxy,
            connection_limit: AtomicUsize::new(beginnings.limit),
            expect_100_continue: AtomicBool::new(beginnings.expect),
            use_nagle_algorithm: AtomicBool::new(beginnings.nagle),
            times: Times::new(beginnings.max_idle_time),
            watch: Watch::default(),
            rescuers: Watch::default(),
            tcp: Mutex::default(),
            bind: RwLock::default(),
            facts: Facts::default(),
            pool: Pool::default(),
            http2: Sessions::default(),
            http2_settings: http2::Settings::default(),
            made: beginnings.clock.now(),
            clock: beginnings.clock,
            users: AtomicUsize::new(0),
            home: beginnings.home,
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

    /// Its name in requests: all addresses that are served here without a proxy have the same.
    pub(crate) fn host(&self) -> &str {
        &self.host
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
        self.http2.look_again(self);
        Ok(())
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

    /// Whether new connections use the Nagle algorithm. On unless set. It is turned off on a connection
    /// where requests are sent behind others, whose heads it would hold back.
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
        if self.reap().is_some() {
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
        check_keep_alive(time_and_interval)?;
        self.tcp().keep_alive = time_and_interval;
        Ok(())
    }

    /// The options of new connections.
    pub(super) fn tcp_options(&self) -> TcpOptions {
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
        let next = self.pool.expire(self.terms());
        [next, self.http2.expire(self)].into_iter().flatten().min()
    }

    /// Since when no request has used it; `None` while one does.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        match self.users.load(Ordering::Acquire) {
            0 => self.pool.unused_since(self.made),
            _ => None,
        }
    }

    /// Whether it has been unused for as long as it may be.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let limit = self.times.max_idle.get();
        let age = self
            .unused_since()
            .map(|since| now.saturating_duration_since(since));
        age.zip(limit).is_some_and(|(age, limit)| age >= limit)
    }

    /// Closes all idle connections.
    pub(super) fn close_idle(&self) {
        self.pool.close_idle();
        self.http2.close_idle(self);
    }

    /// Leaves where it is found, if its time is over.
    pub(super) fn leave_if_unused(self: Arc<Self>) {
        if let Some(home) = self.home.upgrade() {
            home.remove_if_unused(self);
        }
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(super) fn rescuers(&self) -> &Watch {
        &self.rescuers
    }

    /// Closes the connections of a group (`None`: the unnamed one): idle ones now, those in use
    /// when their response has ended. False if it has none.
    ///
    /// .NET: `System.Net.ServicePoint.CloseConnectionGroup`
    #[doc(alias = "ServicePoint.CloseConnectionGroup")]
    pub fn close_connection_group(&self, name: Option<&str>) -> bool {
        let sessions = self.http2.close_group(self, name);
        self.pool.close_group(name) || sessions
    }

    pub(super) fn terms(&self) -> Terms {
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
        pipe: Option<Arc<Pipe>>,
    ) {
        let terms = self.terms();
        // One whose next response is for a request behind lives until that is there.
        let is_kept =
            |connection: &Connection| connection.can_pass_on() || !self.outlived(connection, terms);
        let connection = connection.filter(|connection| is_kept(connection));
        if self.pool.release(group, terms, connection, pipe) && terms.max_idle.is_some() {
            reaper::start(self);
        }
    }

    /// Moves a connection in use, on which nobody is logged in, to the group of one user.
    pub(super) fn give_to_owner(
        &self,
        from: GroupIndex,
        to: &GroupKey,
        connection: &mut Connection,
        pipe: Option<&Pipe>,
    ) -> Option<GroupIndex> {
        let terms = self.terms();
        if self.outlived(connection, terms) {
            return None;
        }
        self.pool.give_to_owner(from, to, terms, connection, pipe)
    }

    /// The time for which a connection is used for new requests is over.
    fn outlived(&self, connection: &Connection, terms: Terms) -> bool {
        let age = connection
            .opened
            .map(|opened| terms.now.saturating_duration_since(opened));
        let lease = self.times.lease.get();
        lease.is_some_and(|lease| age >= Some(lease))
    }

    /// Sends requests that wait along on a connection whose owner waits.
    pub(super) fn take_along(
        self: &Arc<Self>,
        group: GroupIndex,
        pipe: &Pipe,
        connection: &mut Connection,
    ) {
        if connection.opened.is_some() && self.outlived(connection, self.terms()) {
            return;
        }
        let terms = || self.terms();
        if self.pool.take_along(group, terms, pipe, connection) > 0 {
            connection.send_at_once();
            rescuer::start(self);
        }
    }

    /// Those behind others on connections where nothing moves go to one that is free. Whether
    /// anybody is behind another.
    pub(super) fn rescue(&self) -> bool {
        self.pool.rescue(self.terms())
    }

    /// When a connection is opened that has a lease.
    pub(crate) fn lease_start(&self) -> Option<Instant> {
        self.times.lease.get().map(|_| self.clock.now())
    }

    /// An idle connection that is still good, or a place to open one; or how to wait for one.
    pub(crate) fn acquire<'a>(
        self: &'a Arc<Self>,
        group: &GroupKey,
    ) -> Result<Acquired, Queued<'a>> {
        match self.pool.acquire(group, self.terms()) {
            Ok(grant) => Ok(self.granted(grant)),
            Err((group, waiter)) => Err(Queued {
                point: self,
                waiting: Waiting {
                    point: self,
                    group,
                    waiter,
                },
            }),
        }
    }

    fn granted(self: &Arc<Self>, grant: Grant) -> Acquired {
        let turn = grant.turn;
        let (place, connection) = Place::new(Arc::clone(self), grant);
        let Some(mut connection) = connection else {
            return Acquired::Place(place);
        };
        if turn {
            return Acquired::Turn(place.refill(connection), None);
        }
        // One that is not quiet was closed by the server while idle, or something came unasked: not
        // to be used.
        match connection.is_quiet() {
            true => Acquired::Connection(place.refill(connection)),
            false => Acquired::Place(place),
        }
    }
}

/// A request in the queue of its group. Dropped, it leaves it.
pub(crate) struct Queued<'a> {
    point: &'a Arc<ServicePoint>,
    waiting: Waiting<'a>,
}

impl Queued<'_> {
    /// Whoever waits for an answer on a connection of the group may send this along.
    pub(crate) fn offer(&self, request: PreparedRequest) {
        self.waiting.offer(request);
    }

    /// Waits for a connection, a place, or its turn behind others.
    pub(crate) async fn wait(mut self) -> Acquired {
        let grant = (&mut self.waiting).await;
        match self.point.granted(grant) {
            Acquired::Turn(lease, _) => Acquired::Turn(lease, self.waiting.take_offer()),
            acquired => acquired,
        }
    }
}

pub(super) fn check_keep_alive(
    time_and_interval: Option<(Duration, Duration)>,
) -> Result<(), Misuse> {
    let zero = |(time, interval): (Duration, Duration)| time.is_zero() || interval.is_zero();
    match time_and_interval.is_some_and(zero) {
        true => Err(Misuse::out_of_range("keepAliveTime", "more than zero")),
        false => Ok(()),
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
