//! The listening side of a peer: accept, count, record, end.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::connection::{Connection, Stop};
use crate::shared::Shared;
use crate::{
    Conversation, Ended, Interrupted, ProxyAnswer, RecordedConnection, RecordedRequest, Response,
    Script, TlsIdentity,
};

type Talk = dyn Fn(&mut Conversation<'_>) -> Result<(), Interrupted> + Send + Sync;
type ProxyHandler = dyn Fn(&RecordedRequest) -> ProxyAnswer + Send + Sync;
type Handler = dyn Fn(&RecordedRequest) -> Response + Send + Sync;

/// What to do on an accepted connection.
enum Behaviour {
    Handler(Box<Handler>),
    Talk(Box<Talk>),
    Proxy(Box<ProxyHandler>),
    /// One script per connection; later connections are closed at once.
    Scripts(Vec<Script>),
    /// The same script on every connection.
    Each(Script),
}

/// An HTTP/1 server for one test; dropping it closes every connection and joins every thread.
pub struct HttpPeer {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    listener: TcpListener,
    acceptor: Option<JoinHandle<()>>,
}

impl HttpPeer {
    /// Answers every request by `handler`, with keep-alive.
    ///
    /// # Panics
    ///
    /// As all constructors: when no loopback port can be bound.
    pub fn serve(handler: impl Fn(&RecordedRequest) -> Response + Send + Sync + 'static) -> Self {
        Self::start(None, |_| Behaviour::Handler(Box::new(handler)))
    }

    /// As [`HttpPeer::serve`], over TLS.
    pub fn serve_tls(
        identity: &TlsIdentity,
        handler: impl Fn(&RecordedRequest) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(identity), |_| Behaviour::Handler(Box::new(handler)))
    }

    /// Runs one script for each connection in the order of acceptance; connections beyond the
    /// last script are closed at once (and counted).
    pub fn scripts(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::start(None, |_| Behaviour::Scripts(scripts.into_iter().collect()))
    }

    /// As [`HttpPeer::scripts`], over TLS.
    pub fn scripts_tls(identity: &TlsIdentity, scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::start(Some(identity), |_| {
            Behaviour::Scripts(scripts.into_iter().collect())
        })
    }

    /// As [`HttpPeer::scripts`] with scripts that need to know the peer's address.
    pub fn scripts_at(make: impl FnOnce(SocketAddr) -> Vec<Script>) -> Self {
        Self::start(None, |address| Behaviour::Scripts(make(address)))
    }

    /// Runs the same script on every connection.
    pub fn each(script: Script) -> Self {
        Self::start(None, |_| Behaviour::Each(script))
    }

    /// As [`HttpPeer::each`], over TLS.
    pub fn each_tls(identity: &TlsIdentity, script: Script) -> Self {
        Self::start(Some(identity), |_| Behaviour::Each(script))
    }

    /// Runs `talk` on every connection: for peers whose next step depends on what they read. When
    /// it returns, the connection stays open until the client closes it or the peer is dropped.
    pub fn converse(
        talk: impl Fn(&mut Conversation<'_>) -> Result<(), Interrupted> + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, |_| Behaviour::Talk(Box::new(talk)))
    }

    /// As [`HttpPeer::converse`], over TLS.
    pub fn converse_tls(
        identity: &TlsIdentity,
        talk: impl Fn(&mut Conversation<'_>) -> Result<(), Interrupted> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(identity), |_| Behaviour::Talk(Box::new(talk)))
    }

    /// A proxy: answers every request by `handler`, with keep-alive, or joins it to a server.
    pub fn proxy(
        handler: impl Fn(&RecordedRequest) -> ProxyAnswer + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, |_| Behaviour::Proxy(Box::new(handler)))
    }

    /// As [`HttpPeer::proxy`], spoken to over TLS.
    pub fn proxy_tls(
        identity: &TlsIdentity,
        handler: impl Fn(&RecordedRequest) -> ProxyAnswer + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(identity), |_| Behaviour::Proxy(Box::new(handler)))
    }

    /// Accepts every connection, reads what comes and never answers.
    pub fn silent() -> Self {
        Self::each(Script::new().stall())
    }

    fn start(
        identity: Option<&TlsIdentity>,
        behaviour: impl FnOnce(SocketAddr) -> Behaviour,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let address = listener
            .local_addr()
            .expect("the address of a bound socket");
        let accepting = listener
            .try_clone()
            .expect("a second handle of the listener");
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            behaviour: behaviour(address),
            identity: identity.cloned(),
            shared: Arc::clone(&shared),
        };
        let acceptor = Builder::new()
            .name("testkit accept".to_owned())
            .spawn(move || accept_all(&accepting, &Arc::new(worker)))
            .expect("a thread to accept on");
        let scheme = if identity.is_some() { "https" } else { "http" };
        Self {
            address,
            scheme,
            shared,
            listener,
            acceptor: Some(acceptor),
        }
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT` (or https) with `path` behind it.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// As [`HttpPeer::url`] with `localhost` for the host, for certificates that name it.
    pub fn url_localhost(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.port())
    }

    /// How many connections were accepted.
    pub fn connections_opened(&self) -> usize {
        self.shared.lock().connections.len()
    }

    /// How many connections are open now.
    pub fn connections_open(&self) -> usize {
        self.shared.lock().open
    }

    /// The most connections that were open at one time.
    pub fn most_connections_open(&self) -> usize {
        self.shared.lock().most_open
    }

    /// How many request heads were read.
    pub fn request_count(&self) -> usize {
        self.shared.lock().requests.len()
    }

    /// The requests in the order in which their heads were read.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.lock().requests.clone()
    }

    /// The connections in the order of acceptance.
    pub fn connections(&self) -> Vec<RecordedConnection> {
        self.shared.lock().connections.clone()
    }

    /// Waits until `count` request heads were read.
    ///
    /// # Panics
    ///
    /// As all waiting methods: after 20 seconds.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) {
        self.shared
            .wait_until(|state| state.requests.len() >= count, "requests");
    }

    /// Waits until `count` connections were accepted.
    #[track_caller]
    pub fn wait_for_connections(&self, count: usize) {
        self.shared
            .wait_until(|state| state.connections.len() >= count, "connections");
    }

    /// Waits until at most `count` connections are open.
    #[track_caller]
    pub fn wait_for_open_at_most(&self, count: usize) {
        self.shared
            .wait_until(|state| state.open <= count, "ends of connections");
    }

    /// Stops listening; connections go on. Later connects are refused.
    pub fn stop_listening(&mut self) {
        self.shared.stop_accepting.raise();
        // On Linux this ends a waiting accept; elsewhere the connection does.
        let _ended = socket2::SockRef::from(&self.listener).shutdown(Shutdown::Both);
        let _woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(acceptor) = self.acceptor.take() {
            // A panic of the acceptor has already been printed.
            let _panicked = acceptor.join();
        }
    }
}

impl Drop for HttpPeer {
    fn drop(&mut self) {
        self.stop_listening();
        self.shared.stop.raise();
        // The acceptor is gone: no socket and no thread is added any more.
        for socket in self.shared.lock().sockets.values() {
            let _already_closed = socket.shutdown(Shutdown::Both);
        }
        let threads = std::mem::take(&mut self.shared.lock().threads);
        for thread in threads {
            let _panicked = thread.join();
        }
    }
}

impl std::fmt::Debug for HttpPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpPeer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

struct Worker {
    behaviour: Behaviour,
    identity: Option<TlsIdentity>,
    shared: Arc<Shared>,
}

fn accept_all(listener: &TcpListener, worker: &Arc<Worker>) {
    loop {
        let accepted = listener.accept();
        if worker.shared.stop_accepting.is_raised() {
            return;
        }
        // A client that gave up while it was queued, or a lack of descriptors: the next one.
        let Ok((stream, _)) = accepted else { continue };
        if let Err(error) = hand_over(stream, worker) {
            worker.shared.add_refused(&error);
        }
    }
}

fn hand_over(stream: TcpStream, worker: &Arc<Worker>) -> io::Result<()> {
    let second = stream.try_clone()?;
    let index = worker.shared.add_connection(second);
    let for_thread = Arc::clone(worker);
    let thread = Builder::new()
        .name(format!("testkit {index}"))
        .spawn(move || {
            let ending = EndOnDrop {
                shared: Arc::clone(&for_thread.shared),
                index,
            };
            let mut connection = Connection::new(index, Arc::clone(&for_thread.shared), stream);
            let end = for_thread.run(index, &mut connection);
            // Closing must come before the count, so that who waits for the count sees it closed.
            drop(connection);
            ending.end(end.into());
        })?;
    worker.shared.lock().threads.push(thread);
    Ok(())
}

impl Worker {
    fn run(&self, index: usize, connection: &mut Connection) -> Stop {
        if let Some(identity) = &self.identity
            && let Err(stop) = connection.start_tls(identity)
        {
            return stop;
        }
        match &self.behaviour {
            Behaviour::Handler(handler) => crate::serve::run(connection, &**handler),
            Behaviour::Talk(talk) => {
                crate::conversation::run(connection, &self.shared.stop, &**talk)
            }
            Behaviour::Proxy(handler) => {
                crate::proxy::run(connection, &self.shared.stop, &**handler)
            }
            Behaviour::Each(script) => script.run(connection, &self.shared.stop),
            Behaviour::Scripts(scripts) => match scripts.get(index) {
                Some(script) => script.run(connection, &self.shared.stop),
                None => connection.close(),
            },
        }
    }
}

/// Counts the connection as closed even when its thread panics in a handler.
struct EndOnDrop {
    shared: Arc<Shared>,
    index: usize,
}

impl EndOnDrop {
    fn end(self, ended: Ended) {
        self.shared.end_connection(self.index, ended);
    }
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared
                .end_connection(self.index, Ended::Broken("the handler panicked".into()));
        }
    }
}
