//! One run of a listener, from start to stop: its accept loops, and who is connected.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use system_net_runtime::{Killer, TcpTransport, Transport, sleep_until, timeout_at};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::access_log::Reason;
use crate::connection::{Connection, Dispatch, Facts, Preface, Received, serve_connection};
use crate::context::HttpListenerContext;
use crate::handshake::{refuse, secure};
use crate::http2::{self, Http2Connection};
use crate::kept::Keeping;
use crate::queue::Queue;
use crate::shared::Shared;
pub(crate) use crate::sockets::EndPoint;
use crate::sockets::{Fresh, Sockets};
use crate::timeouts::deadline;

/// How long the accept loop waits when the process is out of descriptors or memory.
const STARVED: Duration = Duration::from_millis(50);
/// How many refused connections are told so at a time; others are just closed.
const REFUSED_AT_ONCE: usize = 64;

/// What a run begins to serve.
enum Arrival {
    /// A socket to accept from.
    Socket(Fresh),
    /// A connection that another listener of the port accepted when it stopped.
    Accepted(Arc<EndPoint>, TcpTransport, SocketAddr),
    /// A connection that another listener of the port had, with the request that is not for that one.
    Moved(Arc<Connection>, Box<Received>),
    /// A connection of HTTP/2 in clear text that another listener of the port accepted.
    Http2(Arc<EndPoint>, Preface, SocketAddr),
}

/// Begins to serve something, with the run's own kind of dispatch.
type Launch = dyn Fn(&Arc<Run>, Arrival) + Send + Sync;

/// A running listener.
pub(crate) struct Run {
    pub(crate) shared: Arc<Shared>,
    /// Where its tasks live.
    handle: Handle,
    pub(crate) stopping: AtomicBool,
    pub(crate) sockets: Mutex<Sockets>,
    /// Requests nobody took yet; `None` if a handler serves them.
    pub(crate) queue: Option<Arc<Queue<HttpListenerContext>>>,
    launch: Box<Launch>,
    /// Whether the dispatch answers in the connections' own tasks.
    serving: bool,
    registry: Mutex<Registry>,
    /// Told when the last connection is gone.
    emptied: Notify,
    /// Told when a connection is gone, for those that wait for its place.
    freed: Notify,
}

#[derive(Default)]
struct Registry {
    entries: HashMap<u64, Entry>,
    /// How many of the entries each client address has.
    peers: HashMap<IpAddr, usize>,
    refused: usize,
}

struct Entry {
    peer: IpAddr,
    state: EntryState,
}

enum EntryState {
    /// In the TLS handshake.
    Handshake(Option<Killer>),
    Open(Open),
}

/// A connection that is open.
#[derive(Clone)]
enum Open {
    Http1(Arc<Connection>),
    Http2(Arc<Http2Connection>),
}

impl Open {
    fn wake_task(&self) {
        match self {
            Self::Http1(connection) => connection.wake_task(),
            Self::Http2(connection) => connection.wake_task(),
        }
    }

    fn kill(&self) {
        match self {
            Self::Http1(connection) => connection.kill(),
            Self::Http2(connection) => connection.kill(),
        }
    }
}

impl Run {
    /// Begins a run on the sockets, with tasks on `handle`.
    pub(crate) fn begin<D: Dispatch>(
        shared: Arc<Shared>,
        handle: Handle,
        queue: Option<Arc<Queue<HttpListenerContext>>>,
        dispatch: D,
        sockets: Sockets,
        fresh: Vec<Fresh>,
    ) -> Arc<Self> {
        let dispatch = Arc::new(dispatch);
        let launch = Box::new(move |run: &Arc<Self>, arrival: Arrival| {
            let dispatch = Arc::clone(&dispatch);
            match arrival {
                Arrival::Socket(fresh) => {
                    let accepting = accept_loop(Arc::clone(run), fresh, dispatch);
                    drop(run.handle.spawn(accepting));
                }
                Arrival::Accepted(end_point, transport, peer) => {
                    accepted(run, &end_point, &dispatch, transport, peer);
                }
                Arrival::Moved(connection, first) => {
                    let serving = serve_connection(connection, dispatch, Some(*first));
                    drop(run.handle.spawn(serving));
                }
                Arrival::Http2(end_point, preface, peer) => {
                    accepted_http2(run, end_point, dispatch, preface, peer);
                }
            }
        });
        let run = Arc::new(Self {
            shared,
            handle,
            stopping: AtomicBool::new(false),
            sockets: Mutex::new(sockets),
            queue,
            launch,
            serving: D::SERVING,
            registry: Mutex::default(),
            emptied: Notify::new(),
            freed: Notify::new(),
        });
        for end_point in &run.sockets().end_points {
            end_point.set_run(&run);
        }
        run.launch_all(fresh);
        run
    }

    /// Accepts from further sockets.
    pub(crate) fn launch_all(self: &Arc<Self>, fresh: Vec<Fresh>) {
        for fresh in fresh {
            fresh.end_point.set_run(self);
            (self.launch)(self, Arrival::Socket(fresh));
        }
    }

    /// Takes a connection from another listener of the port, and answers the request for which it came.
    /// `None` if it did; else it cannot.
    pub(crate) fn take_over(
        self: &Arc<Self>,
        end_point: Arc<EndPoint>,
        from: &Connection,
        received: Received,
    ) -> Option<Received> {
        if self.stopping.load(Ordering::Acquire) {
            return Some(received);
        }
        let id = match self.admit(from.remote.ip(), from.killer()) {
            Ok(id) => id,
            Err(Refusal { quietly }) => {
                if !quietly {
                    self.refused();
                }
                return Some(received);
            }
        };
        let facts = from.facts().moved(Arc::clone(self), end_point, id);
        let connection = Arc::new(from.move_to(facts, self.serving));
        if self.open(&connection) {
            (self.launch)(self, Arrival::Moved(connection, Box::new(received)));
        } else {
            // Stopped in this moment: as all its connections, this one ends.
            self.forget(id);
            connection.kill();
        }
        None
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in, within the limits.
    fn admit(&self, peer: IpAddr, killer: Option<Killer>) -> Result<u64, Refusal> {
        let limits = self.shared.limits();
        let mut registry = self.registry();
        let peer = peer.to_canonical();
        let of_peer = registry.peers.get(&peer).copied().unwrap_or_default();
        if registry.entries.len() >= limits.connections
            || limits
                .connections_per_peer
                .is_some_and(|limit| of_peer >= limit)
        {
            let quietly = registry.refused >= REFUSED_AT_ONCE;
            registry.refused += usize::from(!quietly);
            return Err(Refusal { quietly });
        }
        let id = self.shared.next_connection();
        *registry.peers.entry(peer).or_default() += 1;
        let state = EntryState::Handshake(killer);
        registry.entries.insert(id, Entry { peer, state });
        Ok(id)
    }

    /// Waits until there is a place for one more connection, if the limits say so. False: the listener
    /// was stopped.
    async fn wait_for_place(&self) -> bool {
        loop {
            let freed = self.freed.notified();
            if self.stopping.load(Ordering::Acquire) {
                return false;
            }
            let limits = self.shared.limits();
            let full = self.registry().entries.len() >= limits.connections;
            if !(full && limits.wait_for_connection) {
                return true;
            }
            freed.await;
        }
    }

    /// Lets those look again who wait for a place.
    pub(crate) fn limits_changed(&self) {
        self.freed.notify_waiters();
    }

    fn refused(&self) {
        self.registry().refused -= 1;
    }

    /// Where its tasks live.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs on the side.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(work));
    }

    /// The handshake is done. False: the run was stopped meanwhile.
    fn open(&self, connection: &Arc<Connection>) -> bool {
        self.enter(connection.id, Open::Http1(Arc::clone(connection)))
    }

    /// The connection speaks HTTP/2. False: the run was stopped meanwhile.
    pub(crate) fn open_http2(&self, connection: &Arc<Http2Connection>) -> bool {
        self.enter(connection.id, Open::Http2(Arc::clone(connection)))
    }

    fn enter(&self, id: u64, connection: Open) -> bool {
        let mut registry = self.registry();
        // Looked at under the lock under which `stop` goes through the entries.
        if self.stopping.load(Ordering::Acquire) {
            return false;
        }
        match registry.entries.get_mut(&id) {
            Some(entry) => {
                entry.state = EntryState::Open(connection);
                true
            }
            None => false,
        }
    }

    /// The connection is over, as far as stopping is concerned.
    pub(crate) fn forget(&self, id: u64) {
        let mut registry = self.registry();
        let gone = registry.entries.remove(&id);
        if let Some(Entry { peer, .. }) = &gone
            && let MapEntry::Occupied(mut count) = registry.peers.entry(*peer)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        let empty = registry.entries.is_empty();
        drop(registry);
        drop(gone);
        self.freed.notify_waiters();
        if empty {
            self.emptied.notify_waiters();
        }
    }

    /// Refuses what is new and lets finish what runs, for as long as `drain_requests` allows.
    pub(crate) fn stop(self: &Arc<Self>) {
        if self.stopping.swap(true, Ordering::AcqRel) {
            return;
        }
        self.sockets()
            .end_points
            .iter()
            .for_each(|end_point| end_point.kill());
        if let Some(queue) = &self.queue {
            queue
                .close()
                .into_iter()
                .for_each(|context| context.refuse(503));
        }
        for connection in self.for_each_entry() {
            connection.wake_task();
        }
        self.emptied.notify_waiters();
        self.freed.notify_waiters();
        let now = self.shared.context.clock().now();
        let Some(end) = deadline(now, self.shared.timeouts.drain_requests()) else {
            return;
        };
        let run = Arc::clone(self);
        drop(self.handle.spawn(async move {
            if timeout_at(Some(end), run.drained()).await.is_err() {
                run.shared.trace().warning(
                    "Stop",
                    format_args!("requests outlived the listener and were aborted"),
                );
                run.kill_all();
            }
        }));
    }

    /// Ends the handshakes and gives the connections that are open.
    fn for_each_entry(&self) -> Vec<Open> {
        let registry = self.registry();
        let open = registry
            .entries
            .values()
            .filter_map(|entry| match &entry.state {
                EntryState::Handshake(killer) => {
                    if let Some(killer) = killer {
                        killer.kill();
                    }
                    None
                }
                EntryState::Open(connection) => Some(connection.clone()),
            });
        open.collect()
    }

    /// Ends everything now.
    pub(crate) fn abort(self: &Arc<Self>) {
        self.stop();
        self.kill_all();
    }

    fn kill_all(&self) {
        for connection in self.for_each_entry() {
            connection.kill();
        }
    }

    /// Waits until the run is stopped and the last connection is gone.
    pub(crate) async fn drained(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.stopping.load(Ordering::Acquire) && self.registry().entries.is_empty() {
                return;
            }
            emptied.await;
        }
    }
}

/// A connection over the limits.
struct Refusal {
    /// So many are being told already that this one is not.
    quietly: bool,
}

/// Accepts until the socket is killed.
async fn accept_loop<D: Dispatch>(run: Arc<Run>, fresh: Fresh, dispatch: Arc<D>) {
    let Fresh {
        end_point,
        mut acceptor,
        ending,
    } = fresh;
    loop {
        let accepting = poll_fn(|cx| match ending.poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => acceptor.poll_accept(cx).map(Some),
        });
        let Some(accepted_one) = accepting.await else {
            return;
        };
        match accepted_one {
            Ok((transport, peer)) => {
                if !run.wait_for_place().await || ending.is_over() {
                    pass_on(&end_point, transport, peer);
                    return;
                }
                accepted(&run, &end_point, &dispatch, transport, peer);
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => return,
            Err(error) => {
                run.shared.trace().exception("Accept", &error);
                sleep_until(run.shared.context.clock().now() + STARVED).await;
            }
        }
    }
}

/// Gives what was accepted in the moment in which the listener stopped to another one of the port, if
/// there is one: the client may have come after that.
fn pass_on(end_point: &EndPoint, transport: TcpTransport, peer: SocketAddr) {
    if let Some((heir, run)) = end_point.port.eldest() {
        (run.launch)(&run, Arrival::Accepted(heir, transport, peer));
    }
}

fn accepted<D: Dispatch>(
    run: &Arc<Run>,
    end_point: &Arc<EndPoint>,
    dispatch: &Arc<D>,
    transport: TcpTransport,
    peer: SocketAddr,
) {
    // A response is written as a whole; what is written in pieces is wanted at once.
    let _ = transport.set_nodelay(true);
    match run.admit(peer.ip(), transport.killer()) {
        Ok(id) => {
            let connecting = connect(
                Arc::clone(run),
                Arc::clone(end_point),
                Arc::clone(dispatch),
                transport,
                peer,
                id,
            );
            drop(run.handle.spawn(connecting));
        }
        Err(Refusal { quietly }) => {
            run.shared
                .trace()
                .note(format_args!("Too many connections: {peer} is refused."));
            if !quietly {
                let run = Arc::clone(run);
                let secure = end_point.secure;
                drop(run.handle.clone().spawn(async move {
                    if !secure {
                        let transport = Box::new(transport);
                        let shared = &run.shared;
                        refuse(shared, transport, peer, Reason::Connections, Vec::new()).await;
                    }
                    run.refused();
                }));
            }
        }
    }
}

/// Lets the run forget a connection.
pub(crate) struct Forget {
    run: Arc<Run>,
    id: u64,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.run.forget(self.id);
    }
}

/// The life of a connection that was taken in.
async fn connect<D: Dispatch>(
    run: Arc<Run>,
    end_point: Arc<EndPoint>,
    dispatch: Arc<D>,
    transport: TcpTransport,
    peer: SocketAddr,
    id: u64,
) {
    let forget = Forget { run, id };
    let mut transport: Box<dyn Transport> = Box::new(transport);
    let mut tls_by = Weak::new();
    if end_point.secure {
        // Who is meant, only the request says: all that share the port show the same certificates.
        let eldest = end_point.port.eldest().map(|(_, run)| run);
        let eldest = eldest.as_ref().unwrap_or(&forget.run);
        tls_by = Arc::downgrade(&eldest.shared);
        // Faults are those of HTTP/1.
        let http1_only = end_point.port.is_shared() || forget.run.shared.interposer().is_some();
        transport = match secure(&eldest.shared, transport, peer, http1_only).await {
            Some(transport) => transport,
            None => return,
        };
    }
    // RFC 9113 section 3.2: over TLS it is the handshake that says so.
    if transport.tls().and_then(|tls| tls.alpn.as_deref()) == Some(b"h2") {
        let run = Arc::clone(&forget.run);
        let facts = Facts::new(run, end_point, id, &*transport, peer, tls_by);
        http2::serve(forget, facts, transport, Vec::new(), dispatch);
        return;
    }
    let mut interposed = None;
    if let Some(interposer) = forget.run.shared.interposer() {
        let (wrapped, control) = interposer.wrap(transport);
        (transport, interposed) = (wrapped, Some(control));
    }
    let mut kept = None;
    if let Some(most) = forget.run.shared.kept_request_bytes() {
        let (keeping, bytes) = Keeping::over(transport, most);
        transport = Box::new(keeping);
        kept = Some(bytes);
    }
    let mut facts = Facts::new(
        Arc::clone(&forget.run),
        Arc::clone(&end_point),
        id,
        &*transport,
        peer,
        tls_by,
    );
    facts.kept = kept;
    facts.interposed = interposed;
    let connection = Arc::new(Connection::new(facts, transport, D::SERVING));
    if !forget.run.open(&connection) {
        return;
    }
    let Some(preface) = serve_connection(connection, Arc::clone(&dispatch), None).await else {
        return;
    };
    match end_point.port.eldest() {
        // It cannot be moved once it has begun, and must not be that of who happened to accept it.
        Some((heir, eldest)) if !Arc::ptr_eq(&eldest, &forget.run) => {
            (eldest.launch)(&eldest, Arrival::Http2(heir, preface, peer));
        }
        _ => serve_http2(forget, end_point, dispatch, preface, peer),
    }
}

/// Takes in a connection that another listener of the port accepted.
fn accepted_http2<D: Dispatch>(
    run: &Arc<Run>,
    end_point: Arc<EndPoint>,
    dispatch: Arc<D>,
    preface: Preface,
    peer: SocketAddr,
) {
    match run.admit(peer.ip(), preface.transport.killer()) {
        Ok(id) => {
            let run = Arc::clone(run);
            serve_http2(Forget { run, id }, end_point, dispatch, preface, peer);
        }
        Err(Refusal { quietly }) => {
            run.shared
                .trace()
                .note(format_args!("Too many connections: {peer} is refused."));
            if !quietly {
                run.refused();
            }
        }
    }
}

fn serve_http2<D: Dispatch>(
    forget: Forget,
    end_point: Arc<EndPoint>,
    dispatch: Arc<D>,
    preface: Preface,
    peer: SocketAddr,
) {
    let Preface { transport, before } = preface;
    let run = Arc::clone(&forget.run);
    // In clear text.
    let facts = Facts::new(run, end_point, forget.id, &*transport, peer, Weak::new());
    http2::serve(forget, facts, transport, before, dispatch);
}

/// Lets the accept loops of a run end that never began.
impl Drop for Run {
    fn drop(&mut self) {
        self.sockets()
            .end_points
            .iter()
            .for_each(|end_point| end_point.kill());
    }
}
