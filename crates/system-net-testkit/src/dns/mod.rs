//! A name server that says what a zone tells it to.

mod https;
mod message;
mod zone;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{Signal, TlsIdentity};
use message::Question;

pub use message::{DnsType, ResponseCode};
pub use zone::DnsZone;

/// What a resolver without EDNS takes by UDP: RFC 1035, section 4.2.1.
const PLAIN_UDP: usize = 512;

/// A name server on UDP and TCP, on one port of one address.
///
/// It answers from a [`DnsZone`] and records what it is asked. Its threads end when it is dropped.
#[derive(Debug)]
pub struct DnsPeer {
    address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// A question that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsQuery {
    /// The name as it was asked, without the final dot.
    pub name: String,
    /// What was asked for.
    pub kind: DnsType,
    /// Whether it came by TCP.
    pub tcp: bool,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    stop: Signal,
}

#[derive(Debug)]
struct State {
    zone: DnsZone,
    queries: Vec<DnsQuery>,
    connections: Vec<TcpStream>,
    workers: Vec<JoinHandle<()>>,
}

impl DnsPeer {
    /// Serves a zone on `127.0.0.1`, on a port that the system chooses.
    ///
    /// # Panics
    ///
    /// When no socket can be had.
    pub fn serve(zone: DnsZone) -> Self {
        // The port that UDP got may be taken for TCP; then another one is not.
        let bound = (0..100).find_map(|_| {
            let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
            let tcp = TcpListener::bind(udp.local_addr().ok()?).ok()?;
            Some((udp, tcp))
        });
        let (udp, tcp) = bound.expect("a port that is free for UDP and TCP");
        let address = udp.local_addr().expect("a bound socket has an address");
        Self::start(zone, address, udp, tcp)
    }

    /// Serves a zone over HTTPS (HTTP/2) on `127.0.0.1`, and by no other way. Any path will do.
    ///
    /// # Panics
    ///
    /// When no socket can be had.
    pub fn serve_https(zone: DnsZone, identity: &TlsIdentity) -> Self {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = tcp.local_addr().expect("a bound socket has an address");
        let shared = Shared::of(zone);
        let (serving, config) = (Arc::clone(&shared), https::config(identity));
        let thread = spawn(move || {
            serving.accept(&tcp, move |shared, stream| {
                // It ends when either side closes.
                let _ended = https::converse(shared, stream, Arc::clone(&config));
            });
        });
        Self {
            address,
            shared,
            threads: vec![thread],
        }
    }

    /// Serves a zone on this address, such as `127.0.0.1:53` in a network namespace.
    ///
    /// # Errors
    ///
    /// When the address is taken or not ours.
    pub fn serve_at(zone: DnsZone, address: SocketAddr) -> io::Result<Self> {
        let udp = UdpSocket::bind(address)?;
        let address = udp.local_addr()?;
        let tcp = TcpListener::bind(address)?;
        Ok(Self::start(zone, address, udp, tcp))
    }

    fn start(zone: DnsZone, address: SocketAddr, udp: UdpSocket, tcp: TcpListener) -> Self {
        let shared = Shared::of(zone);
        let (one, other) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads = vec![
            spawn(move || one.serve_udp(&Arc::new(udp))),
            spawn(move || other.accept(&tcp, Shared::converse)),
        ];
        Self {
            address,
            shared,
            threads,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves another zone from now on.
    pub fn set_zone(&self, zone: DnsZone) {
        self.shared.lock().zone = zone;
    }

    /// All questions so far, in order; those that were not answered as well.
    pub fn queries(&self) -> Vec<DnsQuery> {
        self.shared.lock().queries.clone()
    }

    /// Forgets the questions so far, and gives them.
    pub fn take_queries(&self) -> Vec<DnsQuery> {
        std::mem::take(&mut self.shared.lock().queries)
    }
}

impl Drop for DnsPeer {
    fn drop(&mut self) {
        self.shared.stop.raise();
        // Both wait for something to come in.
        if let Ok(socket) = UdpSocket::bind((self.address.ip(), 0)) {
            let _sent = socket.send_to(&[], self.address);
        }
        let _connected = TcpStream::connect(self.address);
        for thread in self.threads.drain(..) {
            let _ended = thread.join();
        }
        let (connections, workers) = {
            let mut state = self.shared.lock();
            (
                std::mem::take(&mut state.connections),
                std::mem::take(&mut state.workers),
            )
        };
        for connection in connections {
            let _closed = connection.shutdown(std::net::Shutdown::Both);
        }
        for worker in workers {
            let _ended = worker.join();
        }
    }
}

/// An answer, and how long it waits.
struct Answer {
    message: Vec<u8>,
    after: Duration,
}

#[allow(
    clippy::disallowed_methods,
    reason = "a peer is another program: it has threads of its own"
)]
fn spawn(work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::spawn(work)
}

impl Shared {
    fn of(zone: DnsZone) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                zone,
                queries: Vec::new(),
                connections: Vec::new(),
                workers: Vec::new(),
            }),
            stop: Signal::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` for what is no question, and for what the zone leaves unanswered.
    fn answer(&self, message: &[u8], tcp: bool) -> Option<Answer> {
        let question = Question::parse(message)?;
        let mut state = self.lock();
        state.queries.push(DnsQuery {
            name: question.name.clone(),
            kind: question.kind,
            tcp,
        });
        let reply = state.zone.reply(&question.name, question.kind)?;
        drop(state);
        let mut message = question.answer(reply.code, &reply.records);
        let room = question.udp_size.unwrap_or(PLAIN_UDP).max(PLAIN_UDP);
        if !tcp && (reply.truncated || message.len() > room) {
            message = question.truncated(reply.code);
        }
        Some(Answer {
            message,
            after: reply.delay,
        })
    }

    fn worker(self: &Arc<Self>, work: impl FnOnce(&Self) + Send + 'static) {
        let shared = Arc::clone(self);
        let worker = spawn(move || work(&shared));
        self.lock().workers.push(worker);
    }

    fn serve_udp(self: &Arc<Self>, socket: &Arc<UdpSocket>) {
        let mut buffer = [0; 4096];
        loop {
            let received = socket.recv_from(&mut buffer);
            if self.stop.is_raised() {
                return;
            }
            let Ok((length, peer)) = received else {
                continue;
            };
            let Some(answer) = self.answer(&buffer[..length], false) else {
                continue;
            };
            if answer.after.is_zero() {
                let _sent = socket.send_to(&answer.message, peer);
                continue;
            }
            let socket = Arc::clone(socket);
            self.worker(move |shared| {
                if !shared.stop.wait(answer.after) {
                    let _sent = socket.send_to(&answer.message, peer);
                }
            });
        }
    }

    /// Each connection has a thread.
    fn accept(
        self: &Arc<Self>,
        listener: &TcpListener,
        converse: impl Fn(&Self, TcpStream) + Send + Clone + 'static,
    ) {
        loop {
            let accepted = listener.accept();
            if self.stop.is_raised() {
                return;
            }
            let Ok((stream, _)) = accepted else { continue };
            if let Ok(copy) = stream.try_clone() {
                self.lock().connections.push(copy);
                let converse = converse.clone();
                self.worker(move |shared| converse(shared, stream));
            }
        }
    }

    /// Answers the questions of a connection until it ends.
    fn converse(&self, mut stream: TcpStream) {
        let mut exchange = || -> io::Result<()> {
            loop {
                let mut length = [0; 2];
                stream.read_exact(&mut length)?;
                let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut message)?;
                let Some(answer) = self.answer(&message, true) else {
                    continue;
                };
                if self.stop.wait(answer.after) {
                    return Ok(());
                }
                let length = u16::try_from(answer.message.len()).unwrap_or(u16::MAX);
                stream.write_all(&[&length.to_be_bytes(), &*answer.message].concat())?;
            }
        };
        // It ends when the other side or the peer closes.
        let _ended = exchange();
    }
}
