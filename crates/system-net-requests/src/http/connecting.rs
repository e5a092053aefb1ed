//! A connection for a request: one of the pool, or a new one by its route.

use std::path::Path;

use system_net_runtime::{Transport, UnixTransport, timeout_at};
use system_net_security::TlsConnector;
use system_net_sockets::ConnectError;
use system_net_uri::{HostAddress, Uri};

use super::connection_event::ConnectionEventArgs;
use super::exchange::Exchange;
use super::request_timeouts::over;
use super::round_trip::trace_connected;
use super::route::Route;
use super::stages::{Reached, Stages};
use crate::blocking::deadline_after;
use crate::certificate_judge::CertificateJudge;
use crate::connection::Connection;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::http2::Protocol;
use crate::service_point::{Acquired, GroupKey, Lease, ServicePoint};
use crate::timeouts::limited;
use crate::trace;

impl Exchange {
    /// A connection to the target: an idle one, or a new one. True: the request is out on it already,
    /// behind others that have been answered.
    pub(super) async fn connection(&mut self, pipelines: bool) -> Result<(Lease, bool), WebError> {
        self.choose_route()?;
        self.begin_stages();
        let this = &*self;
        let route = this.route.as_ref().expect("a route was chosen above");
        let request = trace::request(&this.properties.traced);
        request.associate(&trace::service_point(&route.point.traced));
        let acquired = this.place(route, pipelines).await?;
        let is_new = matches!(acquired, Acquired::Place(_));
        let is_behind = matches!(acquired, Acquired::Turn(..));
        let mut lease = match acquired {
            Acquired::Connection(lease) => lease,
            Acquired::Turn(mut lease, sent) => {
                this.take_turn(lease.connection(), sent.as_ref());
                lease
            }
            Acquired::Place(place) => {
                let connect = Box::pin(this.connect_in_time(this.uri(), route));
                let transport = this.abort.guard(connect).await?;
                if route.group.tunnel.is_none() {
                    route.point.opened(&*transport);
                }
                let connection = Connection::new(transport, this.limits());
                trace_connected(&connection);
                place.fill(connection)
            }
        };
        this.taken(&mut lease, is_new)?;
        Ok((lease, is_behind))
    }

    /// A connection is about to be chosen, of which somebody may want to be told.
    pub(super) fn begin_stages(&mut self) {
        let extras = self.properties.extras.as_deref();
        let is_watched = extras.is_some_and(|extras| extras.on_connection.is_some());
        self.stages = is_watched.then(|| Box::new(Stages::begin()));
    }

    /// An idle connection, or a place to open one.
    pub(super) async fn place(&self, route: &Route, pipelines: bool) -> Result<Acquired, WebError> {
        self.abort.set_phase(Phase::Queueing);
        self.abort.check()?;
        match route.point.acquire(&route.group) {
            Ok(acquired) => Ok(acquired),
            Err(queued) => {
                if pipelines && let Some(prepared) = self.prepared() {
                    queued.offer(prepared);
                }
                let turn = Box::pin(async { Ok(queued.wait().await) });
                self.abort.guard(turn).await
            }
        }
    }

    /// The request goes over this connection.
    pub(super) fn taken(&self, lease: &mut Lease, is_new: bool) -> Result<(), WebError> {
        let connection = lease.connection();
        let request = trace::request(&self.properties.traced);
        trace::connection(&connection.traced).associate(&request);
        self.abort.attach(connection.killer())?;
        if !is_new {
            self.check_again(|| connection.end_points().1)?;
        }
        self.tell_of_connection(|redirects| {
            ConnectionEventArgs::of(connection, is_new, redirects, self.reached())
        });
        Ok(())
    }

    /// When the connection that is being chosen got how far.
    pub(super) fn reached(&self) -> Reached {
        let reached = self.stages.as_deref().map(Stages::reached);
        reached.unwrap_or_default()
    }

    pub(super) fn tell_of_connection(&self, event: impl FnOnce(u32) -> ConnectionEventArgs) {
        if let Some(extras) = self.properties.extras.as_deref()
            && let Some(handler) = &extras.on_connection
        {
            let redirects = self.redirected.as_ref().map_or(0, |target| target.count);
            handler(&event(redirects));
        }
    }

    pub(super) async fn connect_in_time(
        &self,
        uri: &Uri,
        route: &Route,
    ) -> Result<Box<dyn Transport>, WebError> {
        let Some(limit) = self.properties.connect_timeout else {
            return self.connect(uri, route).await;
        };
        timeout_at(deadline_after(limit), self.connect(uri, route))
            .await
            .unwrap_or_else(|_elapsed| Err(WebError::timeout(self.abort.phase(), limit)))
    }

    async fn connect(&self, uri: &Uri, route: &Route) -> Result<Box<dyn Transport>, WebError> {
        self.check_versions(uri, route)?;
        if let Some(via) = &route.via {
            return Box::pin(self.connect_over(via, uri, route)).await;
        }
        let extras = self.properties.extras.as_deref();
        let stream = match extras.and_then(|extras| extras.unix_socket.as_deref()) {
            Some(path) => Box::pin(self.connect_unix(path)).await?,
            None => {
                self.connect_tcp(uri, &route.point, WebError::connect)
                    .await?
            }
        };
        match uri.scheme() {
            "https" => self.secure(stream, uri.host_address(), &route.group).await,
            _ => Ok(stream),
        }
    }

    /// Where the rules leave no version of TLS that is spoken here, nobody is connected to.
    fn check_versions(&self, uri: &Uri, route: &Route) -> Result<(), WebError> {
        if uri.scheme() == "https" {
            self.manager.tls()?;
        }
        match &route.via {
            Some(via) if via.address.scheme() == "https" => self.manager.tls_of_proxies().map(drop),
            _ => Ok(()),
        }
    }

    /// A connection through a Unix socket.
    async fn connect_unix(&self, path: &Path) -> Result<Box<dyn Transport>, WebError> {
        self.abort.set_phase(Phase::Connecting);
        match UnixTransport::connect(path).await {
            Ok(transport) => Ok(Box::new(transport)),
            Err(error) => {
                let message = format!("{}: {error}", path.display());
                let status = WebExceptionStatus::ConnectFailure;
                Err(WebError::new(status, Phase::Connecting, message).with_source(error))
            }
        }
    }

    /// A connection to the host of an address: the server's, or a proxy's.
    pub(super) async fn connect_tcp(
        &self,
        to: &Uri,
        point: &ServicePoint,
        failure: fn(ConnectError) -> WebError,
    ) -> Result<Box<dyn Transport>, WebError> {
        self.abort.set_phase(Phase::Resolving);
        let timeouts = self.timeouts();
        let port = to.port().unwrap_or_default();
        let host = to.host_address();
        let connector = self.manager.connector();
        let failed = |error| {
            self.manager.forget_addresses(host);
            failure(error)
        };
        let addresses = limited(timeouts.resolve(), connector.resolve(host, port))
            .await
            .map_err(over(Phase::Resolving))?
            .map_err(failed)?;
        self.reach(Stages::resolved);
        self.abort.set_phase(Phase::Connecting);
        let connecting = point.connect(connector, host, port, &addresses);
        let tcp = limited(timeouts.connect(), connecting)
            .await
            .map_err(over(Phase::Connecting))?
            .map_err(failed)?;
        self.reach(Stages::connected);
        Ok(Box::new(tcp))
    }

    /// TLS over a connection to a server, for what the protocol of its group wants offered.
    pub(super) async fn secure(
        &self,
        transport: Box<dyn Transport>,
        host: HostAddress<'_>,
        group: &GroupKey,
    ) -> Result<Box<dyn Transport>, WebError> {
        let usual = self.manager.tls()?;
        self.secure_by(&usual, transport, host, group, &group.judge, group.protocol)
            .await
    }

    /// The same to a proxy. The callback and the certificates are for the server.
    pub(super) async fn secure_proxy(
        &self,
        transport: Box<dyn Transport>,
        host: HostAddress<'_>,
        group: &GroupKey,
    ) -> Result<Box<dyn Transport>, WebError> {
        let usual = self.manager.tls_of_proxies()?;
        let judge = CertificateJudge::default();
        self.secure_by(&usual, transport, host, group, &judge, Protocol::Http1)
            .await
    }

    async fn secure_by(
        &self,
        usual: &TlsConnector,
        transport: Box<dyn Transport>,
        host: HostAddress<'_>,
        group: &GroupKey,
        judge: &CertificateJudge,
        protocol: Protocol,
    ) -> Result<Box<dyn Transport>, WebError> {
        self.abort.set_phase(Phase::SecuringChannel);
        let identities = self.manager.identity_connectors();
        let own = identities
            .connector(usual, group, judge)
            .map_err(WebError::tls)?;
        let connector = own.as_ref().unwrap_or(usual);
        let offering = match protocol.offers() {
            [] => None,
            offers => Some(connector.with_alpn(offers).map_err(WebError::tls)?),
        };
        let connecting = offering
            .as_ref()
            .unwrap_or(connector)
            .connect(transport, host);
        let tls = limited(self.timeouts().tls(), connecting)
            .await
            .map_err(over(Phase::SecuringChannel))?
            .map_err(WebError::tls)?;
        let protocol = tls.info().protocol;
        self.reach(|stages| stages.secured(protocol));
        Ok(Box::new(tls))
    }

    fn reach(&self, stage: impl FnOnce(&Stages)) {
        if let Some(stages) = self.stages.as_deref() {
            stage(stages);
        }
    }
}
