//! Ports that the listeners of a context share: which sockets listen there, and which listener each
//! prefix belongs to.
//!
//! HTTP.sys accepts for all processes and hands requests to whoever registered their prefix. Here each
//! listener accepts from the sockets of its ports; a connection whose request belongs to another
//! listener is moved to that one.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::task::{Context, Poll, Waker};

use system_net_config::NetContext;
use system_net_runtime::TcpAcceptor;

use crate::bandwidth::Bandwidth;
use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::prefix::Prefix;
use crate::routes::Routes;
use crate::run::Run;
use crate::sockets::EndPoint;

/// The ports of a context that somebody listens on.
#[derive(Default)]
pub(crate) struct Ports(Mutex<Vec<Weak<Port>>>);

impl Ports {
    pub(crate) fn of(context: &NetContext) -> Arc<Self> {
        context.slot(|_| Self::default())
    }

    /// Nobody opens or joins a port meanwhile.
    pub(crate) fn lock(&self) -> OpenPorts<'_> {
        OpenPorts(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) struct OpenPorts<'a>(MutexGuard<'a, Vec<Weak<Port>>>);

impl OpenPorts<'_> {
    /// The port with this number, if a listener has it.
    pub(crate) fn find(&self, number: u16) -> Option<Arc<Port>> {
        let mut ports = self.0.iter().filter_map(Weak::upgrade);
        ports.find(|port| port.number == number && !port.state().members.is_empty())
    }

    pub(crate) fn add(&mut self, port: &Arc<Port>) {
        let is_open = |port: Arc<Port>| !port.state().members.is_empty();
        self.0.retain(|port| port.upgrade().is_some_and(is_open));
        self.0.push(Arc::downgrade(port));
    }
}

/// Where a request of a prefix goes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) bandwidth: Bandwidth,
    /// Which of the port's listeners answers it.
    pub(crate) member: u64,
}

/// A port, as the listeners that have it see it.
pub(crate) struct Port {
    pub(crate) number: u16,
    secure: bool,
    routes: RwLock<Arc<Routes<Target>>>,
    generation: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sockets: Vec<Socket>,
    /// In the order in which they came.
    members: Vec<Member>,
    next_member: u64,
}

struct Socket {
    address: SocketAddr,
    /// Never accepts: what those that do are made of.
    template: TcpAcceptor,
    users: usize,
}

struct Member {
    id: u64,
    end_point: Weak<EndPoint>,
    prefixes: Vec<(Prefix, Bandwidth)>,
}

impl Port {
    pub(crate) fn new(number: u16, secure: bool) -> Self {
        Self {
            number,
            secure,
            routes: RwLock::new(Arc::new(Routes::new())),
            generation: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn routes(&self) -> Arc<Routes<Target>> {
        Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes with the routes.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let state = self.state();
        state.sockets.iter().map(|socket| socket.address).collect()
    }

    /// Whether several listeners have the port.
    pub(crate) fn is_shared(&self) -> bool {
        self.state().members.len() > 1
    }

    /// Of the listeners that run, the one that has had the port longest.
    pub(crate) fn eldest(&self) -> Option<(Arc<EndPoint>, Arc<Run>)> {
        let members: Vec<_> = {
            let state = self.state();
            let members = state.members.iter();
            members
                .filter_map(|member| member.end_point.upgrade())
                .collect()
        };
        members.into_iter().find_map(|end_point| {
            let run = end_point.run()?;
            Some((end_point, run))
        })
    }

    pub(crate) fn member(&self, id: u64) -> Option<Arc<EndPoint>> {
        let state = self.state();
        let member = state.members.iter().find(|member| member.id == id)?;
        member.end_point.upgrade()
    }

    /// A number for who will join.
    pub(crate) fn next_member(&self) -> u64 {
        let mut state = self.state();
        state.next_member += 1;
        state.next_member
    }

    /// Whether a listener may have these prefixes here, beside those of the others.
    pub(crate) fn check(&self, own: u64, prefixes: &[&Prefix]) -> Result<(), HttpListenerError> {
        let exists = |prefix: &Prefix, reason: &str, other: &Prefix| {
            HttpListenerError::new(
                HttpListenerErrorKind::AlreadyExists,
                format!(
                    "the prefix {} {reason} {} of another listener of this program",
                    prefix.text, other.text
                ),
            )
        };
        let state = self.state();
        for (other, _) in state
            .members
            .iter()
            .filter(|member| member.id != own)
            .flat_map(|member| &member.prefixes)
        {
            for prefix in prefixes {
                if prefix.secure != self.secure {
                    let reason = "has the port, but not the scheme, of";
                    return Err(exists(prefix, reason, other));
                }
                if prefix.host == other.host && prefix.path == other.path {
                    return Err(exists(prefix, "is the same as", other));
                }
            }
        }
        Ok(())
    }

    /// Further handles of the sockets that listen.
    pub(crate) fn join(&self) -> io::Result<Vec<(SocketAddr, TcpAcceptor)>> {
        let state = self.state();
        let sockets = state.sockets.iter();
        sockets
            .map(|socket| Ok((socket.address, socket.template.try_clone()?)))
            .collect()
    }

    /// One listener more accepts from a socket, which may be new.
    pub(crate) fn enter(&self, address: SocketAddr, template: TcpAcceptor) {
        let mut state = self.state();
        let mut sockets = state.sockets.iter_mut();
        match sockets.find(|socket| socket.address == address) {
            Some(socket) => socket.users += 1,
            None => state.sockets.push(Socket {
                address,
                template,
                users: 1,
            }),
        }
    }

    /// Says which prefixes a listener has here.
    pub(crate) fn set_member(&self, end_point: &Arc<EndPoint>, prefixes: Vec<(Prefix, Bandwidth)>) {
        let mut state = self.state();
        let id = end_point.member;
        match state.members.iter_mut().find(|member| member.id == id) {
            Some(member) => member.prefixes = prefixes,
            None => state.members.push(Member {
                id,
                end_point: Arc::downgrade(end_point),
                prefixes,
            }),
        }
        self.route(&state);
    }

    /// A listener gives up its prefixes here.
    pub(crate) fn remove_member(&self, id: u64, forget: bool) {
        let mut state = self.state();
        state.members.retain(|member| member.id != id);
        // The connections of the last one still find it, if only to hear that it has stopped.
        if forget || !state.members.is_empty() {
            self.route(&state);
        }
    }

    /// A listener accepts no more from a socket; true if nobody else does either.
    pub(crate) fn leave(&self, address: SocketAddr) -> bool {
        let mut state = self.state();
        let Some(at) = state
            .sockets
            .iter()
            .position(|socket| socket.address == address)
        else {
            return true;
        };
        state.sockets[at].users -= 1;
        let last = state.sockets[at].users == 0;
        if last {
            state.sockets.remove(at);
        }
        last
    }

    fn route(&self, state: &State) {
        let mut routes = Routes::new();
        for member in &state.members {
            for (prefix, bandwidth) in &member.prefixes {
                let target = Target {
                    bandwidth: bandwidth.clone(),
                    member: member.id,
                };
                routes.add(prefix, target);
            }
        }
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
        self.generation.fetch_add(1, Ordering::Release);
    }
}

/// Tells one accept loop that it is over, while others go on with the same socket.
#[derive(Default)]
pub(crate) struct Ending {
    over: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Ending {
    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
        let waker = self.waker().take();
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Ready once it is over.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        // Who is about to end it looks for the waker after this, or has said so before.
        let mut waker = self.waker();
        if self.is_over() {
            return Poll::Ready(());
        }
        match &mut *waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}
