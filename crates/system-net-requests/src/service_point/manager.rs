//! `ServicePointManager`: the service points of a context, and what new ones start with.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use system_net_config::{NetContext, Settings};
use system_net_primitives::{AccessStack, Clock, Misuse};
use system_net_security::RemoteCertificateValidationCallback;
use system_net_sockets::Connector;
use system_net_uri::{HostAddress, Uri, UriKind};
use system_net_web_proxy::{DefaultWebProxy, Proxy};

use super::kib::Kib;
use super::manager_tls::Tls;
use super::names::Names;
use super::point::{Beginnings, InUse, ServicePoint, check_keep_alive};
use super::table::Table;
use super::times::Limit;
use crate::cache_policy::HttpRequestCachePolicy;
use crate::error::WebError;
use crate::hsts::Hsts;
use crate::http::HeldHeads;
use crate::identity_connectors::IdentityConnectors;
use crate::timeouts::Timeouts;
use crate::web_request::ToUri;

/// Makes and finds the service points of a context.
///
/// .NET: `System.Net.ServicePointManager`, whose static members are those of
/// [`ServicePointManager::global`]
pub struct ServicePointManager {
    points: Arc<Table>,
    default_connection_limit: AtomicUsize,
    expect_100_continue: AtomicBool,
    use_nagle_algorithm: AtomicBool,
    names: Names,
    max_service_point_idle_time: Limit,
    clock: Arc<dyn Clock>,
    connector: Connector,
    pub(crate) access: AccessStack,
    pub(super) tls: RwLock<Tls>,
    identity_connectors: IdentityConnectors,
    pub(super) certificate_validation: RwLock<Option<RemoteCertificateValidationCallback>>,
    /// What requests have unless they say otherwise.
    pub(crate) response_headers_length: Kib,
    pub(crate) error_response_length: Kib,
    pub(crate) cache_policy: RwLock<HttpRequestCachePolicy>,
    pub(crate) has_cache_policy: AtomicBool,
    keep_alive: Mutex<Option<(Duration, Duration)>>,
    /// `None`: no limits.
    pub(super) timeouts: RwLock<Option<Timeouts>>,
    pub(super) has_timeouts: AtomicBool,
    settings: Settings,
    default_proxy: Arc<DefaultWebProxy>,
    /// Empty: requests go as their addresses say.
    pub(crate) hsts: OnceLock<Hsts>,
    pub(crate) held_heads: Arc<HeldHeads>,
}

impl ServicePointManager {
    /// The connections a service point may have to a server unless told otherwise.
    ///
    /// .NET: `System.Net.ServicePointManager.DefaultPersistentConnectionLimit`
    #[doc(alias = "ServicePointManager.DefaultPersistentConnectionLimit")]
    pub const DEFAULT_PERSISTENT_CONNECTION_LIMIT: usize = 2;

    /// The connections a service point might have to a server of HTTP/1.0, which keeps none. It has no
    /// effect, as in .NET.
    ///
    /// .NET: `System.Net.ServicePointManager.DefaultNonPersistentConnectionLimit`
    #[doc(alias = "ServicePointManager.DefaultNonPersistentConnectionLimit")]
    pub const DEFAULT_NON_PERSISTENT_CONNECTION_LIMIT: usize = 4;

    /// The manager of a context.
    #[must_use]
    pub fn of(context: &NetContext) -> Arc<Self> {
        context.slot(Self::new)
    }

    fn new(context: &NetContext) -> Self {
        let settings = context.settings().clone();
        let defaults = &settings.service_point_manager;
        let requests = settings.http_web_request.clone();
        let (expect, nagle) = (defaults.expect_100_continue, defaults.use_nagle_algorithm);
        let everywhere = settings
            .connection_management
            .iter()
            .find(|entry| entry.address == "*");
        let limit = everywhere.map_or(Self::DEFAULT_PERSISTENT_CONNECTION_LIMIT, |entry| {
            entry.maxconnection as usize
        });
        let resolver = Connector::of(context).resolver();
        let names = Names::new(resolver, Arc::clone(context.clock()), defaults);
        Self {
            points: Arc::new(Table::new(Arc::clone(context.clock()))),
            default_connection_limit: AtomicUsize::new(limit),
            expect_100_continue: AtomicBool::new(expect),
            use_nagle_algorithm: AtomicBool::new(nagle),
            max_service_point_idle_time: Limit::new(Limit::IDLE),
            clock: Arc::clone(context.clock()),
            connector: Connector::new(Arc::new(names.clone()))
                .with_access(context.access().clone())
                .for_requests(),
            access: context.access().clone(),
            names,
            tls: RwLock::default(),
            identity_connectors: IdentityConnectors::default(),
            certificate_validation: RwLock::default(),
            response_headers_length: Kib::new(Some(requests.maximum_response_headers_length)),
            error_response_length: Kib::new(requests.maximum_error_response_length),
            cache_policy: RwLock::default(),
            has_cache_policy: AtomicBool::new(false),
            keep_alive: Mutex::default(),
            timeouts: RwLock::default(),
            has_timeouts: AtomicBool::new(false),
            settings,
            default_proxy: DefaultWebProxy::of(context),
            hsts: OnceLock::new(),
            held_heads: Arc::default(),
        }
    }

    /// The service point for an address, made on first use.
    ///
    /// # Errors
    /// [`uri_format`](WebError::uri_format): not an absolute URI. [`Misuse::InvalidArgument`]: it
    /// names no server. [`Misuse::InvalidOperation`]: there are as many as
    /// [there may be](Self::max_service_points), and requests use all of them.
    ///
    /// .NET: `System.Net.ServicePointManager.FindServicePoint`
    pub fn find(&self, uri: impl ToUri) -> Result<Arc<ServicePoint>, WebError> {
        let uri = uri.to_uri_in(&self.settings.uri.to_uri_settings())?;
        self.point_for(&uri)
    }

    /// The service point that serves an address through a proxy: that of the proxy, or that of the
    /// address where the proxy is not for it.
    ///
    /// # Errors
    /// As for [`find`](Self::find); [`Misuse::NotSupported`]: the proxy's scheme is neither `http`
    /// nor `https`.
    ///
    /// .NET: `System.Net.ServicePointManager.FindServicePoint(Uri, IWebProxy)`
    pub fn find_with_proxy(
        &self,
        uri: impl ToUri,
        proxy: Option<&dyn Proxy>,
    ) -> Result<Arc<ServicePoint>, WebError> {
        let uri = uri.to_uri_in(&self.settings.uri.to_uri_settings())?;
        match proxy_for(&uri, proxy)? {
            Some(address) => self.point_of(&address, true, Arc::clone),
            None => self.point_for(&uri),
        }
    }

    fn point_for(&self, uri: &Uri) -> Result<Arc<ServicePoint>, WebError> {
        self.point_of(uri, false, Arc::clone)
    }

    /// The service point of a server, or of a proxy, for a request: it stays as long as that has it.
    pub(crate) fn point_in_use(&self, uri: &Uri, proxy: bool) -> Result<InUse, WebError> {
        self.point_of(uri, proxy, InUse::new)
    }

    fn point_of<T>(
        &self,
        uri: &Uri,
        proxy: bool,
        take: fn(&Arc<ServicePoint>) -> T,
    ) -> Result<T, WebError> {
        if uri.host().is_empty() || uri.port().is_none() {
            return Err(Misuse::invalid_argument("address", "it names no server and port").into());
        }
        let make = || self.new_point(uri, proxy);
        self.points.find_or_make(uri, proxy, take, make)
    }

    fn new_point(&self, uri: &Uri, proxy: bool) -> Result<ServicePoint, WebError> {
        let host = match uri.host_address() {
            // With its zone, which `host` leaves out.
            HostAddress::V6(..) => Cow::Owned(format!("[{}]", uri.dns_safe_host())),
            _ => Cow::Borrowed(uri.host()),
        };
        let port = uri.port().unwrap_or_default();
        let address = format!("{}://{host}:{port}/", uri.scheme());
        let address = Uri::parse_in(&address, UriKind::Absolute, uri.settings())?;
        let limit = self
            .configured_limit(&address)
            .unwrap_or_else(|| self.default_connection_limit());
        let point = ServicePoint::new(Beginnings {
            address,
            proxy,
            limit,
            expect: self.expect_100_continue.load(Ordering::Relaxed),
            nagle: self.use_nagle_algorithm.load(Ordering::Relaxed),
            max_idle_time: &self.max_service_point_idle_time,
            clock: Arc::clone(&self.clock),
            home: Arc::downgrade(&self.points),
        });
        let keep_alive = self.keep_alive.lock();
        let keep_alive = *keep_alive.unwrap_or_else(PoisonError::into_inner);
        point.set_tcp_keep_alive(keep_alive)?;
        Ok(point)
    }

    /// Probes the connections of new service points that are silent: after `time` the first, then each
    /// `interval`. `None`: none, which holds unless set.
    ///
    /// .NET: `System.Net.ServicePointManager.SetTcpKeepAlive`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: a time is zero.
    #[doc(alias = "ServicePointManager.SetTcpKeepAlive")]
    pub fn set_tcp_keep_alive(
        &self,
        time_and_interval: Option<(Duration, Duration)>,
    ) -> Result<(), Misuse> {
        check_keep_alive(time_and_interval)?;
        let mut place = self
            .keep_alive
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = time_and_interval;
        Ok(())
    }

    /// `<connectionManagement>`: an entry for this server, given as an address or as a bare host.
    fn configured_limit(&self, address: &Uri) -> Option<usize> {
        let entry = self.settings.connection_management.iter().find(|entry| {
            match Uri::parse(&entry.address) {
                Ok(named) => {
                    named.scheme() == address.scheme()
                        && named.host() == address.host()
                        && named.port() == address.port()
                }
                Err(_) => entry.address.eq_ignore_ascii_case(address.host()),
            }
        })?;
        Some(entry.maxconnection as usize)
    }

    /// How many service points there may be; 0, which holds unless set: any number.
    ///
    /// .NET: `System.Net.ServicePointManager.MaxServicePoints`
    #[doc(alias = "ServicePointManager.MaxServicePoints")]
    #[must_use]
    pub fn max_service_points(&self) -> usize {
        self.points.max()
    }

    /// Sets how many service points there may be; 0: any number. Where there are more, those go
    /// that no request uses, the one unused for longest first, and their idle connections are
    /// closed; [`find`](Self::find) fails only if requests use all of them.
    pub fn set_max_service_points(&self, max: usize) {
        self.points.set_max(max);
    }

    /// How long a new service point, and each of its connections, may be idle; `None`: without
    /// limit. 100 s unless set.
    ///
    /// After that time its connections are closed and it is removed, and what was set on it is
    /// forgotten, unless the program holds it. A later request to its server makes a new one.
    ///
    /// .NET: `System.Net.ServicePointManager.MaxServicePointIdleTime`
    #[doc(alias = "ServicePointManager.MaxServicePointIdleTime")]
    #[must_use]
    pub fn max_service_point_idle_time(&self) -> Option<Duration> {
        self.max_service_point_idle_time.get()
    }

    /// Sets how long a new service point may be idle, in whole milliseconds.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: beyond 2,147,483,647 ms.
    pub fn set_max_service_point_idle_time(&self, time: Option<Duration>) -> Result<(), Misuse> {
        self.max_service_point_idle_time.set(time)
    }

    /// The connection limit that new service points start with: 2 unless configured.
    ///
    /// .NET: `System.Net.ServicePointManager.DefaultConnectionLimit`
    #[doc(alias = "ServicePointManager.DefaultConnectionLimit")]
    #[must_use]
    pub fn default_connection_limit(&self) -> usize {
        self.default_connection_limit.load(Ordering::Relaxed)
    }

    /// Sets the connection limit that new service points start with.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: 0.
    pub fn set_default_connection_limit(&self, limit: usize) -> Result<(), Misuse> {
        if limit == 0 {
            return Err(Misuse::out_of_range(
                "limit",
                "a service point needs at least 1 connection",
            ));
        }
        self.default_connection_limit
            .store(limit, Ordering::Relaxed);
        Ok(())
    }

    /// Whether new service points ask servers to continue before a body is sent.
    ///
    /// .NET: `System.Net.ServicePointManager.Expect100Continue`
    #[doc(alias = "ServicePointManager.Expect100Continue")]
    #[must_use]
    pub fn expect_100_continue(&self) -> bool {
        self.expect_100_continue.load(Ordering::Relaxed)
    }

    /// Sets whether new service points ask servers to continue before a body is sent.
    pub fn set_expect_100_continue(&self, expect: bool) {
        self.expect_100_continue.store(expect, Ordering::Relaxed);
    }

    /// Whether connections of new service points use the Nagle algorithm.
    ///
    /// .NET: `System.Net.ServicePointManager.UseNagleAlgorithm`
    #[doc(alias = "ServicePointManager.UseNagleAlgorithm")]
    #[must_use]
    pub fn use_nagle_algorithm(&self) -> bool {
        self.use_nagle_algorithm.load(Ordering::Relaxed)
    }

    /// Sets whether connections of new service points use the Nagle algorithm.
    pub fn set_use_nagle_algorithm(&self, nagle: bool) {
        self.use_nagle_algorithm.store(nagle, Ordering::Relaxed);
    }

    /// How long a looked-up name is good for; 2 minutes unless configured. `None` (.NET: -1): for
    /// ever.
    ///
    /// .NET: `System.Net.ServicePointManager.DnsRefreshTimeout`
    #[doc(alias = "ServicePointManager.DnsRefreshTimeout")]
    #[must_use]
    pub fn dns_refresh_timeout(&self) -> Option<Duration> {
        self.names.refresh()
    }

    /// Sets how long a looked-up name is good for, in milliseconds; zero: each connection looks it
    /// up. A name none of whose addresses could be connected to is looked up anew in any case.
    pub fn set_dns_refresh_timeout(&self, time: Option<Duration>) {
        self.names.set_refresh(time);
    }

    /// Whether the addresses of a name take turns: each connection begins with the next. Off
    /// unless configured.
    ///
    /// .NET: `System.Net.ServicePointManager.EnableDnsRoundRobin`
    #[doc(alias = "ServicePointManager.EnableDnsRoundRobin")]
    #[must_use]
    pub fn enable_dns_round_robin(&self) -> bool {
        self.names.round_robin()
    }

    /// Sets whether the addresses of a name take turns.
    pub fn set_enable_dns_round_robin(&self, on: bool) {
        self.names.set_round_robin(on);
    }

    /// The host could not be connected to: its name is looked up anew next time.
    pub(crate) fn forget_addresses(&self, host: HostAddress<'_>) {
        if let HostAddress::Dns(name) = host {
            self.names.forget(name);
        }
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The TLS clients of requests with certificates of their own.
    pub(crate) fn identity_connectors(&self) -> &IdentityConnectors {
        &self.identity_connectors
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The proxy of requests that name none.
    pub(crate) fn default_proxy(&self) -> &DefaultWebProxy {
        &self.default_proxy
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// The proxy through which an address is reached; `None`: directly. This machine is, whatever a
/// proxy says.
pub(crate) fn proxy_for(uri: &Uri, proxy: Option<&dyn Proxy>) -> Result<Option<Uri>, WebError> {
    let Some(proxy) = proxy.filter(|proxy| !uri.is_loopback() && !proxy.is_bypassed(uri)) else {
        return Ok(None);
    };
    let Some(address) = proxy.get_proxy(uri).filter(|address| address != uri) else {
        return Ok(None);
    };
    match address.scheme() {
        "http" | "https" => Ok(Some(address)),
        scheme => Err(Misuse::not_supported(format!(
            "proxies of the scheme '{scheme}' are not supported: http and https are"
        ))
        .into()),
    }
}

impl std::fmt::Debug for ServicePointManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServicePointManager")
            .field("default_connection_limit", &self.default_connection_limit())
            .finish_non_exhaustive()
    }
}
