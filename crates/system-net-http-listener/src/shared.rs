//! What the handles of a listener share: its settings and where it is between stopped and closed.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use system_net_config::NetContext;
use system_net_diagnostics::{Emitter, Traced};
use system_net_primitives::Misuse;
use system_net_runtime::{RateLimit, try_background};
use system_net_security::extended_protection::ServiceNameCollection;
use system_net_security::{
    ClientCertificateOptions, TlsAcceptor, TlsError, TlsPolicy, TlsRole, TlsServerIdentity,
    TlsServerOptions,
};
use tokio::runtime::Handle;

use crate::access_log::AccessLog;
use crate::authentication::{Gatekeeper, default_service_names, machine_name};
use crate::bandwidth::BandwidthRules;
use crate::connection::Dispatch;
use crate::context::HttpListenerContext;
use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::http2::HttpListenerHttp2Options;
use crate::interpose::Interposer;
use crate::limits::HttpListenerLimits;
use crate::ports::Ports;
use crate::prefix::Prefix;
use crate::queue::Queue;
use crate::run::Run;
use crate::sockets::{Binding, Fresh, Sockets};
use crate::timeouts::HttpListenerTimeoutManager;
use crate::trace;

/// What `Server` says unless told otherwise.
const SERVER: &str = "system-net";

pub(crate) struct Shared {
    pub(crate) context: NetContext,
    pub(crate) timeouts: HttpListenerTimeoutManager,
    pub(crate) gatekeeper: Gatekeeper,
    /// The listener in traces.
    traced: Traced,
    ignores_write_exceptions: AtomicBool,
    reuse_port: AtomicBool,
    /// 0: none; else one more than the bytes.
    kept_request_bytes: AtomicUsize,
    /// Numbers connections over all runs.
    connections: AtomicU64,
    /// Those of all listeners of the context.
    ports: Arc<Ports>,
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

struct Settings {
    limits: HttpListenerLimits,
    tls: Option<TlsAcceptor>,
    /// Without HTTP/2.
    http1_tls: Option<TlsAcceptor>,
    made_of: Tls,
    server: Option<Arc<str>>,
    access_log: Option<AccessLog>,
    interposer: Option<Arc<dyn Interposer>>,
    http2: HttpListenerHttp2Options,
}

/// What TLS is made of.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    pub(crate) identities: Vec<TlsServerIdentity>,
    /// Who asks for another name is refused.
    pub(crate) strict_server_names: bool,
    pub(crate) client_certificates: Option<ClientCertificateOptions>,
}

struct State {
    prefixes: Vec<Box<str>>,
    bandwidth: BandwidthRules,
    phase: Phase,
    /// Runs that were stopped and may still have requests.
    draining: Vec<Weak<Run>>,
}

enum Phase {
    Stopped,
    /// The sockets exist, and clients that connect wait.
    Bound(Sockets, Vec<Fresh>),
    Running(Arc<Run>),
    Closed,
}

impl Shared {
    pub(crate) fn new(context: NetContext) -> Self {
        let configured = &context.settings().http_listener;
        Self {
            timeouts: HttpListenerTimeoutManager::of(&configured.timeouts),
            gatekeeper: Gatekeeper::new(&context),
            traced: Traced::new(),
            ports: Ports::of(&context),
            context,
            ignores_write_exceptions: AtomicBool::new(false),
            reuse_port: AtomicBool::new(false),
            kept_request_bytes: AtomicUsize::new(0),
            connections: AtomicU64::new(0),
            settings: Mutex::new(Settings {
                limits: HttpListenerLimits::default(),
                tls: None,
                http1_tls: None,
                made_of: Tls::default(),
                server: Some(SERVER.into()),
                access_log: None,
                interposer: None,
                http2: HttpListenerHttp2Options::default(),
            }),
            state: Mutex::new(State {
                prefixes: Vec::new(),
                bandwidth: BandwidthRules::default(),
                phase: Phase::Stopped,
                draining: Vec::new(),
            }),
        }
    }

    /// The listener in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::listener(&self.traced)
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ignores_write_exceptions(&self) -> bool {
        self.ignores_write_exceptions.load(Ordering::Relaxed)
    }

    pub(crate) fn set_ignores_write_exceptions(&self, value: bool) {
        self.ignores_write_exceptions
            .store(value, Ordering::Relaxed);
    }

    pub(crate) fn kept_request_bytes(&self) -> Option<usize> {
        self.kept_request_bytes
            .load(Ordering::Relaxed)
            .checked_sub(1)
    }

    pub(crate) fn set_kept_request_bytes(&self, value: Option<usize>) {
        let value = value.map_or(0, |bytes| bytes.saturating_add(1));
        self.kept_request_bytes.store(value, Ordering::Relaxed);
    }

    /// The number of the next connection.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn reuse_port(&self) -> bool {
        self.reuse_port.load(Ordering::Relaxed)
    }

    pub(crate) fn set_reuse_port(&self, value: bool) {
        self.reuse_port.store(value, Ordering::Relaxed);
    }

    pub(crate) fn limits(&self) -> HttpListenerLimits {
        self.settings().limits
    }

    pub(crate) fn set_limits(&self, limits: HttpListenerLimits) {
        self.settings().limits = limits;
        if let Phase::Running(run) = &self.state().phase {
            run.limits_changed();
        }
    }

    pub(crate) fn tls_acceptor(&self) -> Option<TlsAcceptor> {
        self.settings().tls.clone()
    }

    /// As [`tls_acceptor`](Self::tls_acceptor), without HTTP/2. For a port that listeners share: a
    /// connection of HTTP/2, whose requests belong to several of them, cannot go from one to the other.
    pub(crate) fn http1_tls_acceptor(&self) -> Option<TlsAcceptor> {
        self.settings().http1_tls.clone()
    }

    /// Whether the handshake decides who gets any further.
    pub(crate) fn asks_in_handshake(&self) -> bool {
        let settings = self.settings();
        settings.made_of.client_certificates.is_some() || settings.made_of.strict_server_names
    }

    pub(crate) fn client_certificate_options(&self) -> Option<ClientCertificateOptions> {
        self.settings().made_of.client_certificates.clone()
    }

    /// Changes what TLS is made of; on an error nothing has changed.
    pub(crate) fn set_tls(&self, change: impl FnOnce(&mut Tls)) -> Result<(), HttpListenerError> {
        let refused = |error: TlsError| {
            HttpListenerError::new(HttpListenerErrorKind::Tls, error.to_string()).with_source(error)
        };
        let mut settings = self.settings();
        let mut made_of = settings.made_of.clone();
        change(&mut made_of);
        let http2 = settings.http2.enabled;
        let strict = made_of.strict_server_names;
        if strict || !made_of.identities.is_empty() {
            let mut options = TlsServerOptions::by_server_name(made_of.identities.clone(), strict);
            options
                .client_certificates
                .clone_from(&made_of.client_certificates);
            // Clients of HTTP/1.0 say so too, and would be refused by a list without it.
            options.alpn = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
            options.clock = Arc::clone(self.context.clock());
            let policy = TlsPolicy::of(&self.context).map_err(refused)?;
            let versions = policy.decide(TlsRole::Server, None).versions();
            (options.min_version, options.max_version) = versions.map_err(refused)?;
            let http1_tls = TlsAcceptor::with_options(options.clone()).map_err(refused)?;
            settings.tls = Some(if http2 {
                options.alpn.insert(0, b"h2".to_vec());
                TlsAcceptor::with_options(options).map_err(refused)?
            } else {
                http1_tls.clone()
            });
            settings.http1_tls = Some(http1_tls);
        }
        settings.made_of = made_of;
        Ok(())
    }

    /// What stands between connections and their transports.
    pub(crate) fn interposer(&self) -> Option<Arc<dyn Interposer>> {
        self.settings().interposer.clone()
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn set_interposer(&self, value: Option<Arc<dyn Interposer>>) {
        self.settings().interposer = value;
    }

    pub(crate) fn access_log(&self) -> Option<AccessLog> {
        self.settings().access_log.clone()
    }

    pub(crate) fn set_access_log(&self, value: Option<AccessLog>) {
        let before = std::mem::replace(&mut self.settings().access_log, value);
        // Outside of the lock: it may have lines to write.
        drop(before);
    }

    /// Writes what waits for the log; a failure shows to whoever flushes it.
    pub(crate) async fn flush_access_log(&self) {
        if let Some(log) = self.access_log() {
            log.settle().await;
        }
    }

    pub(crate) fn http2(&self) -> HttpListenerHttp2Options {
        self.settings().http2
    }

    pub(crate) fn set_http2(
        &self,
        value: HttpListenerHttp2Options,
    ) -> Result<(), HttpListenerError> {
        value.check()?;
        self.settings().http2 = value;
        // What is offered in the handshake follows.
        self.set_tls(|_| {})
    }

    pub(crate) fn server_header(&self) -> Option<Arc<str>> {
        self.settings().server.clone()
    }

    pub(crate) fn set_server_header(&self, value: Option<Arc<str>>) {
        self.settings().server = value;
    }
}

/// The prefixes.
impl Shared {
    pub(crate) fn prefixes(&self) -> Vec<Box<str>> {
        self.state().prefixes.clone()
    }

    /// The service names that the prefixes stand for.
    pub(crate) fn default_service_names(&self) -> ServiceNameCollection {
        default_service_names(&self.prefixes(), machine_name().as_deref())
    }

    pub(crate) fn has_prefix(&self, text: &str) -> bool {
        self.state().prefixes.iter().any(|known| **known == *text)
    }

    pub(crate) fn add_prefix(&self, text: &str) -> Result<(), HttpListenerError> {
        crate::prefix::check(text)?;
        let mut state = self.state();
        check_not_closed(&state)?;
        if state.prefixes.iter().any(|known| **known == *text) {
            return Err(HttpListenerError::new(
                HttpListenerErrorKind::AlreadyExists,
                format!("the prefix {text} was added already"),
            ));
        }
        state.prefixes.push(text.into());
        if let Err(error) = self.sync(&mut state) {
            state.prefixes.pop();
            return Err(error);
        }
        Ok(())
    }

    pub(crate) fn remove_prefix(&self, text: &str) -> Result<bool, HttpListenerError> {
        let mut state = self.state();
        check_not_closed(&state)?;
        let Some(index) = state.prefixes.iter().position(|known| **known == *text) else {
            return Ok(false);
        };
        state.prefixes.remove(index);
        state.bandwidth.set_of_prefix(text, None);
        self.sync(&mut state)?;
        Ok(true)
    }

    pub(crate) fn clear_prefixes(&self) -> Result<(), HttpListenerError> {
        let mut state = self.state();
        check_not_closed(&state)?;
        for text in std::mem::take(&mut state.prefixes) {
            state.bandwidth.set_of_prefix(&text, None);
        }
        self.sync(&mut state)
    }

    /// The limit of the responses of a prefix, or of all of them together.
    pub(crate) fn bandwidth(&self, prefix: Option<&str>) -> Option<RateLimit> {
        let state = self.state();
        match prefix {
            Some(text) => state.bandwidth.of_prefix(text).cloned(),
            None => state.bandwidth.of_all().cloned(),
        }
    }

    /// Limits the responses of a prefix, or of all of them together.
    pub(crate) fn set_bandwidth(
        &self,
        prefix: Option<&str>,
        limit: Option<RateLimit>,
    ) -> Result<(), HttpListenerError> {
        let mut state = self.state();
        check_not_closed(&state)?;
        match prefix {
            Some(text) if !state.prefixes.iter().any(|known| **known == *text) => {
                let reason = format!("{text} is none of the listener's prefixes");
                return Err(Misuse::invalid_argument("uriPrefix", reason).into());
            }
            Some(text) => state.bandwidth.set_of_prefix(text, limit),
            None => state.bandwidth.set_of_all(limit),
        }
        self.sync(&mut state)
    }

    /// Makes what is bound follow the prefixes.
    fn sync(&self, state: &mut State) -> Result<(), HttpListenerError> {
        let State {
            prefixes,
            bandwidth,
            phase,
            ..
        } = state;
        let binding = Binding {
            ipv6: self.context.settings().ipv6,
            reuse_port: self.reuse_port(),
        };
        let (access, ports) = (self.context.access(), &*self.ports);
        match phase {
            Phase::Stopped | Phase::Closed => Ok(()),
            Phase::Bound(sockets, waiting) => {
                sockets.bandwidth.clone_from(bandwidth);
                let fresh = sockets.sync(&self.parse(prefixes)?, binding, ports, access)?;
                waiting.retain(|waiting| {
                    let kept = |known| Arc::ptr_eq(known, &waiting.end_point);
                    sockets.end_points.iter().any(kept)
                });
                waiting.extend(fresh);
                Ok(())
            }
            Phase::Running(run) => {
                let mut sockets = run.sockets();
                sockets.bandwidth.clone_from(bandwidth);
                let fresh = sockets.sync(&self.parse(prefixes)?, binding, ports, access)?;
                drop(sockets);
                run.launch_all(fresh);
                Ok(())
            }
        }
    }

    fn parse(&self, prefixes: &[Box<str>]) -> Result<Vec<Prefix>, HttpListenerError> {
        let prefixes: Vec<Prefix> = prefixes
            .iter()
            .map(|text| Prefix::parse(text))
            .collect::<Result<_, _>>()?;
        if let Some(secure) = prefixes.iter().find(|prefix| prefix.secure)
            && self.tls_acceptor().is_none()
        {
            return Err(HttpListenerError::new(
                HttpListenerErrorKind::Tls,
                format!(
                    "{} needs a certificate: call set_tls_identity before the start",
                    secure.text
                ),
            ));
        }
        Ok(prefixes)
    }

    /// The sockets' addresses, and the first prefix with the port it really has.
    pub(crate) fn with_sockets<R>(
        &self,
        look: impl FnOnce(&Sockets, Option<Prefix>) -> R,
    ) -> Result<R, HttpListenerError> {
        let state = self.state();
        let first = state
            .prefixes
            .first()
            .and_then(|text| Prefix::parse(text).ok());
        match &state.phase {
            Phase::Bound(sockets, _) => Ok(look(sockets, first)),
            Phase::Running(run) => Ok(look(&run.sockets(), first)),
            Phase::Stopped => Err(not_started()),
            Phase::Closed => Err(closed()),
        }
    }
}

/// From stopped to closed.
impl Shared {
    pub(crate) fn is_listening(&self) -> bool {
        matches!(self.state().phase, Phase::Running(_))
    }

    pub(crate) fn bind(&self) -> Result<(), HttpListenerError> {
        let mut state = self.state();
        match &state.phase {
            Phase::Closed => Err(closed()),
            Phase::Bound(..) | Phase::Running(_) => Ok(()),
            Phase::Stopped => {
                self.context.check_configuration()?;
                state.phase = Phase::Bound(Sockets::default(), Vec::new());
                let bound = self.sync(&mut state);
                if bound.is_err() {
                    state.phase = Phase::Stopped;
                }
                bound
            }
        }
    }

    /// Starts with the queue of `get_context`, on the background runtime.
    pub(crate) fn start(self: &Arc<Self>) -> Result<(), HttpListenerError> {
        self.start_on(background)
    }

    /// Starts with the queue of `get_context`, on a runtime that is asked for if it is needed.
    pub(crate) fn start_on(
        self: &Arc<Self>,
        runtime: impl FnOnce() -> Result<Handle, HttpListenerError>,
    ) -> Result<(), HttpListenerError> {
        if self.is_listening() {
            return Ok(());
        }
        let handle = runtime()?;
        let queue = Arc::new(Queue::new());
        let dispatch = crate::serve::ToQueue::new(Arc::clone(&queue));
        self.run(handle, Some(queue), dispatch).map(drop)
    }

    /// Whether what was set about logins lets anybody in.
    fn check_logins(&self) -> Result<(), HttpListenerError> {
        let prefixes = self.prefixes();
        let mut plain = prefixes
            .iter()
            .filter(|prefix| !prefix.starts_with("https:"));
        let has_plain = prefixes.is_empty() || plain.next().is_some();
        let names = || self.default_service_names();
        Ok(self.gatekeeper.rules().check(has_plain, names)?)
    }

    /// Starts, with tasks on `handle`.
    pub(crate) fn run<D: Dispatch>(
        self: &Arc<Self>,
        handle: Handle,
        queue: Option<Arc<Queue<HttpListenerContext>>>,
        dispatch: D,
    ) -> Result<Arc<Run>, HttpListenerError> {
        self.check_logins()?;
        self.bind()?;
        let mut state = self.state();
        match std::mem::replace(&mut state.phase, Phase::Stopped) {
            Phase::Bound(sockets, fresh) => {
                let run = Run::begin(Arc::clone(self), handle, queue, dispatch, sockets, fresh);
                state.phase = Phase::Running(Arc::clone(&run));
                Ok(run)
            }
            other => {
                state.phase = other;
                Err(Misuse::invalid_operation("the listener was started already").into())
            }
        }
    }

    /// The queue to take requests from.
    pub(crate) fn queue(&self) -> Result<Arc<Queue<HttpListenerContext>>, HttpListenerError> {
        let state = self.state();
        match &state.phase {
            Phase::Running(_) if state.prefixes.is_empty() => Err(Misuse::invalid_operation(
                "the listener has no prefix, so no request can come: call prefixes().add first",
            )
            .into()),
            Phase::Running(run) => run.queue.clone().ok_or_else(|| {
                Misuse::invalid_operation("the requests go to the handler of serve").into()
            }),
            Phase::Stopped | Phase::Bound(..) => Err(not_started()),
            Phase::Closed => Err(closed()),
        }
    }

    /// Leaves the running phase; gives the run there was.
    fn leave(&self, next: Phase) -> Option<Arc<Run>> {
        let mut state = self.state();
        if matches!(state.phase, Phase::Closed) {
            return None;
        }
        match std::mem::replace(&mut state.phase, next) {
            Phase::Running(run) => {
                state.draining.retain(|run| run.strong_count() > 0);
                state.draining.push(Arc::downgrade(&run));
                Some(run)
            }
            // Whoever waits in the backlog of the sockets is refused.
            Phase::Bound(sockets, fresh) => {
                sockets
                    .end_points
                    .iter()
                    .for_each(|end_point| end_point.kill());
                drop(fresh);
                None
            }
            Phase::Stopped | Phase::Closed => None,
        }
    }

    pub(crate) fn stop(&self) -> Result<(), HttpListenerError> {
        check_not_closed(&self.state())?;
        if let Some(run) = self.leave(Phase::Stopped) {
            run.stop();
        }
        Ok(())
    }

    pub(crate) fn close(&self) {
        if let Some(run) = self.leave(Phase::Closed) {
            run.stop();
        }
        if let Some(log) = self.access_log() {
            log.settle_here();
        }
    }

    pub(crate) fn abort(&self) {
        if let Some(run) = self.leave(Phase::Closed) {
            run.stop();
        }
        for run in self.draining() {
            run.abort();
        }
    }

    /// Stops this run, if it is still the one, and ends its connections.
    pub(crate) fn abort_run(&self, run: &Arc<Run>) {
        let mut state = self.state();
        if matches!(&state.phase, Phase::Running(current) if Arc::ptr_eq(current, run)) {
            state.phase = Phase::Stopped;
        }
        drop(state);
        run.abort();
    }

    /// The runs that were stopped and may still have requests.
    pub(crate) fn draining(&self) -> Vec<Arc<Run>> {
        self.state()
            .draining
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }
}

/// A handle of the background runtime.
pub(crate) fn background() -> Result<Handle, HttpListenerError> {
    try_background().cloned().map_err(|error| {
        HttpListenerError::new(
            HttpListenerErrorKind::Io,
            "the threads of the listener cannot be started",
        )
        .with_source(error)
    })
}

fn check_not_closed(state: &State) -> Result<(), HttpListenerError> {
    match state.phase {
        Phase::Closed => Err(closed()),
        _ => Ok(()),
    }
}

#[cold]
fn closed() -> HttpListenerError {
    Misuse::disposed("HttpListener").into()
}

#[cold]
fn not_started() -> HttpListenerError {
    Misuse::invalid_operation("the listener is not started: call start first").into()
}
