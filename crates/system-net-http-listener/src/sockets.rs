//! From prefixes to listening sockets: which addresses are bound, and which ports are joined.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use system_net_primitives::{Access, AccessDenied, AccessStack, TransportType};
use system_net_runtime::{Killer, TcpAcceptor};

use crate::bandwidth::BandwidthRules;
use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::ports::{Ending, Port, Ports, Target};
use crate::prefix::{Prefix, PrefixHost};
use crate::routes::Routes;
use crate::run::Run;

/// How often another free port is tried when the one the system chose is taken on the next address.
const FREE_PORT_TRIES: u32 = 16;

/// What the prefixes of one port and scheme share, of one listener. All that ask for "any free port"
/// with one scheme get the same.
pub(crate) struct EndPoint {
    pub(crate) secure: bool,
    /// As the prefixes have it: possibly 0.
    asked_port: u16,
    /// What listeners on it share.
    pub(crate) port: Arc<Port>,
    /// Which of them this is.
    pub(crate) member: u64,
    /// The run that answers here, once there is one.
    run: Mutex<Weak<Run>>,
    bound: Mutex<Vec<Bound>>,
}

struct Bound {
    address: SocketAddr,
    killer: Killer,
    ending: Arc<Ending>,
}

impl EndPoint {
    fn new(secure: bool, asked_port: u16, port: Arc<Port>) -> Self {
        Self {
            secure,
            asked_port,
            member: port.next_member(),
            port,
            run: Mutex::new(Weak::new()),
            bound: Mutex::default(),
        }
    }

    pub(crate) fn routes(&self) -> Arc<Routes<Target>> {
        self.port.routes()
    }

    /// Changes with the routes.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.port.generation()
    }

    fn bound(&self) -> MutexGuard<'_, Vec<Bound>> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.bound().iter().map(|bound| bound.address).collect()
    }

    pub(crate) fn run(&self) -> Option<Arc<Run>> {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.upgrade()
    }

    pub(crate) fn set_run(&self, run: &Arc<Run>) {
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(run);
    }

    /// Whether requests for the prefix arrive here.
    pub(crate) fn is_for(&self, prefix: &Prefix) -> bool {
        self.secure == prefix.secure && self.asked_port == prefix.port
    }

    /// Stops listening: from here on connections are refused, unless another listener has the port.
    pub(crate) fn kill(&self) {
        self.close(false);
    }

    fn close(&self, forget: bool) {
        let bound = std::mem::take(&mut *self.bound());
        self.port.remove_member(self.member, forget);
        for bound in bound {
            if self.port.leave(bound.address) {
                bound.killer.kill();
            }
            bound.ending.end();
        }
    }
}

/// What is bound for a set of prefixes.
#[derive(Default)]
pub(crate) struct Sockets {
    pub(crate) end_points: Vec<Arc<EndPoint>>,
    /// How fast responses may go out.
    pub(crate) bandwidth: BandwidthRules,
}

/// A socket that nobody accepts from yet.
pub(crate) struct Fresh {
    pub(crate) end_point: Arc<EndPoint>,
    pub(crate) acceptor: TcpAcceptor,
    pub(crate) ending: Arc<Ending>,
}

/// A socket to accept from, for one listener.
struct Opened {
    end_point: Arc<EndPoint>,
    address: SocketAddr,
    acceptor: TcpAcceptor,
    /// For the port, if it does not know the socket yet.
    template: TcpAcceptor,
}

/// How sockets are bound.
#[derive(Clone, Copy)]
pub(crate) struct Binding {
    /// On IPv6 addresses too.
    pub(crate) ipv6: bool,
    /// Beside other processes that do the same.
    pub(crate) reuse_port: bool,
}

impl Sockets {
    /// Binds what the prefixes need beyond what is bound, and stops listening where nothing is
    /// needed any more. On an error nothing has changed.
    pub(crate) fn sync(
        &mut self,
        prefixes: &[Prefix],
        binding: Binding,
        ports: &Ports,
        access: &AccessStack,
    ) -> Result<Vec<Fresh>, HttpListenerError> {
        check_conflicts(prefixes)?;
        for prefix in prefixes {
            let serve = Access::Serve {
                prefix: &prefix.text,
            };
            access.check(&serve).map_err(denied)?;
        }
        let mut open_ports = ports.lock();
        let mut end_points: Vec<Arc<EndPoint>> = Vec::new();
        let mut opened: Vec<Opened> = Vec::new();
        for prefix in prefixes {
            if end_points.iter().any(|end_point| end_point.is_for(prefix)) {
                continue;
            }
            let own: Vec<&Prefix> = prefixes
                .iter()
                .filter(|other| other.port == prefix.port && other.secure == prefix.secure)
                .collect();
            let known = self.end_points.iter().find(|known| known.is_for(prefix));
            let port = match known {
                Some(known) => Some(Arc::clone(&known.port)),
                None => open_ports.find(prefix.port),
            };
            if let Some(port) = &port {
                port.check(known.map_or(0, |known| known.member), &own)?;
            }
            let bound = port.as_ref().map(|port| port.addresses());
            let wanted = wanted(&own, &bound.unwrap_or_default(), binding.ipv6);
            let number = port.as_ref().map_or(prefix.port, |port| port.number);
            for wanted in &wanted {
                let accept = Access::Accept {
                    address: wanted.address.into(),
                    port: number,
                    transport: TransportType::Tcp,
                    served: true,
                };
                access.check(&accept).map_err(denied)?;
            }
            let refused = |error| refused(prefix, error);
            // Of several prefixes it is the one whose address it is, and its own port is no other's.
            let not_bound = |(address, error): (IpAddr, io::Error)| {
                let own = own.iter().find(|prefix| is_at(prefix, address));
                match known.is_some() && error.kind() == io::ErrorKind::AddrInUse {
                    true => own_port(prefix, error),
                    false => self::refused(own.unwrap_or(&prefix), error),
                }
            };
            let mut acceptors = match (&port, known) {
                // A listener comes to a port that another one has.
                (Some(port), None) => port.join().map_err(refused)?,
                _ => Vec::new(),
            };
            let (number, bound) = open(number, &wanted, binding.reuse_port).map_err(not_bound)?;
            acceptors.extend(bound);
            let end_point = known.map(Arc::clone).unwrap_or_else(|| {
                let port = port.unwrap_or_else(|| Arc::new(Port::new(number, prefix.secure)));
                Arc::new(EndPoint::new(prefix.secure, prefix.port, port))
            });
            for (address, acceptor) in acceptors {
                opened.push(Opened {
                    end_point: Arc::clone(&end_point),
                    address,
                    template: acceptor.try_clone().map_err(refused)?,
                    acceptor,
                });
            }
            end_points.push(end_point);
        }
        let fresh = self.commit(prefixes, end_points, opened);
        for end_point in &self.end_points {
            if open_ports.find(end_point.port.number).is_none() {
                open_ports.add(&end_point.port);
            }
        }
        Ok(fresh)
    }

    fn commit(
        &mut self,
        prefixes: &[Prefix],
        end_points: Vec<Arc<EndPoint>>,
        opened: Vec<Opened>,
    ) -> Vec<Fresh> {
        let before = std::mem::replace(&mut self.end_points, end_points);
        for gone in &before {
            if !self.end_points.iter().any(|kept| Arc::ptr_eq(kept, gone)) {
                // Connections that are open there find nothing any more.
                gone.close(true);
            }
        }
        for end_point in &self.end_points {
            let own = prefixes.iter().filter(|prefix| end_point.is_for(prefix));
            let own = own.map(|prefix| (prefix.clone(), self.bandwidth.for_prefix(&prefix.text)));
            end_point.port.set_member(end_point, own.collect());
        }
        let fresh = opened.into_iter().map(|opened| {
            let Opened {
                end_point,
                address,
                acceptor,
                template,
            } = opened;
            end_point.port.enter(address, template);
            let ending = Arc::new(Ending::default());
            end_point.bound().push(Bound {
                address,
                killer: acceptor.killer(),
                ending: Arc::clone(&ending),
            });
            Fresh {
                end_point,
                acceptor,
                ending,
            }
        });
        fresh.collect()
    }
}

/// HTTP.sys knows each prefix once, and one scheme per port.
fn check_conflicts(prefixes: &[Prefix]) -> Result<(), HttpListenerError> {
    for (index, prefix) in prefixes.iter().enumerate() {
        for other in &prefixes[..index] {
            let reason = if prefix.is_same(other) {
                "is the same as"
            } else if prefix.port == other.port && prefix.port != 0 && prefix.secure != other.secure
            {
                "has the port, but not the scheme, of"
            } else {
                continue;
            };
            return Err(HttpListenerError::new(
                HttpListenerErrorKind::AlreadyExists,
                format!("the prefix {} {reason} {}", prefix.text, other.text),
            ));
        }
    }
    Ok(())
}

/// Whether it may be missing: not every machine has IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    address: IpAddr,
    optional: bool,
}

/// The addresses to bind beside those that are bound.
fn wanted(prefixes: &[&Prefix], bound: &[SocketAddr], ipv6: bool) -> Vec<Wanted> {
    let any = |address: &IpAddr| address.is_unspecified();
    if bound.iter().any(|bound| any(&bound.ip())) {
        return Vec::new();
    }
    let required = |address: IpAddr| Wanted {
        address,
        optional: false,
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for prefix in prefixes {
        match &prefix.host {
            PrefixHost::Address(address) => wanted.push(required(*address)),
            PrefixHost::Name(name) if **name == *"localhost" => {
                wanted.push(required(Ipv4Addr::LOCALHOST.into()));
                wanted.push(Wanted {
                    address: Ipv6Addr::LOCALHOST.into(),
                    optional: true,
                });
            }
            // Names are told apart by what clients ask for; no resolver is asked.
            PrefixHost::Name(_) | PrefixHost::Strong | PrefixHost::Weak => {
                let address = if ipv6 {
                    Ipv6Addr::UNSPECIFIED.into()
                } else {
                    Ipv4Addr::UNSPECIFIED.into()
                };
                return vec![required(address)];
            }
        }
    }
    wanted.retain(|wanted| ipv6 || wanted.address.is_ipv4() || !wanted.optional);
    wanted.retain(|wanted| !bound.iter().any(|bound| bound.ip() == wanted.address));
    wanted.sort_by_key(|wanted| wanted.optional);
    let mut unique: Vec<Wanted> = Vec::new();
    for wanted in wanted {
        if !unique.iter().any(|known| known.address == wanted.address) {
            unique.push(wanted);
        }
    }
    unique
}

type Acceptors = Vec<(SocketAddr, TcpAcceptor)>;

/// Binds all addresses to one port; 0 takes one that is free on all of them. An error comes with the
/// address it is about.
fn open(
    port: u16,
    wanted: &[Wanted],
    reuse_port: bool,
) -> Result<(u16, Acceptors), (IpAddr, io::Error)> {
    let mut tries = 1;
    loop {
        match open_once(port, wanted, reuse_port) {
            Err((_, error))
                if port == 0
                    && error.kind() == io::ErrorKind::AddrInUse
                    && tries < FREE_PORT_TRIES =>
            {
                tries += 1;
            }
            result => return result,
        }
    }
}

fn open_once(
    mut port: u16,
    wanted: &[Wanted],
    reuse_port: bool,
) -> Result<(u16, Acceptors), (IpAddr, io::Error)> {
    let mut opened = Acceptors::new();
    for wanted in wanted {
        let failed = |error| (wanted.address, error);
        let acceptor = match bind(SocketAddr::new(wanted.address, port), reuse_port) {
            Err(error) if wanted.optional && error.kind() != io::ErrorKind::AddrInUse => continue,
            result => result.map_err(failed)?,
        };
        let address = acceptor.local_addr().map_err(failed)?;
        port = address.port();
        opened.push((address, acceptor));
    }
    Ok((port, opened))
}

fn bind(address: SocketAddr, reuse_port: bool) -> io::Result<TcpAcceptor> {
    let bind = match reuse_port {
        true => TcpAcceptor::bind_reusing_port,
        false => TcpAcceptor::bind,
    };
    /// Linux and the BSDs have different numbers for a family the system was built without.
    const NO_FAMILY: [i32; 2] = [97, 47];
    match bind(address) {
        // The unspecified IPv6 address stands for both families; without IPv6 one is left.
        Err(error)
            if address.ip() == IpAddr::from(Ipv6Addr::UNSPECIFIED)
                && (error.kind() == io::ErrorKind::AddrNotAvailable
                    || error
                        .raw_os_error()
                        .is_some_and(|code| NO_FAMILY.contains(&code))) =>
        {
            bind(SocketAddr::new(
                Ipv4Addr::UNSPECIFIED.into(),
                address.port(),
            ))
        }
        result => result,
    }
}

/// A policy forbids what a prefix needs; nothing was bound.
fn denied(denied: AccessDenied) -> HttpListenerError {
    let kind = HttpListenerErrorKind::AccessDenied;
    HttpListenerError::new(kind, denied.to_string()).with_source(denied)
}

/// Whether the prefix has this very address, not all of them.
fn is_at(prefix: &Prefix, address: IpAddr) -> bool {
    match &prefix.host {
        PrefixHost::Address(own) => *own == address,
        PrefixHost::Name(name) => **name == *"localhost" && address.is_loopback(),
        PrefixHost::Strong | PrefixHost::Weak => false,
    }
}

/// All addresses of a port of which the listener itself has single ones.
fn own_port(prefix: &Prefix, error: io::Error) -> HttpListenerError {
    HttpListenerError::new(
        HttpListenerErrorKind::AddressInUse,
        format!(
            "cannot listen for {}: this listener has the port for single addresses, and the system does \
             not give it for all of them beside those; add the prefixes for all hosts before the start, \
             or stop the listener first",
            prefix.text
        ),
    )
    .with_source(error)
}

fn refused(prefix: &Prefix, error: io::Error) -> HttpListenerError {
    let (kind, advice) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            HttpListenerErrorKind::AddressInUse,
            "the port is taken; stop the other program, or choose another port (0 takes a free one)",
        ),
        io::ErrorKind::PermissionDenied => (
            HttpListenerErrorKind::AccessDenied,
            "ports below 1024 need a privilege; choose a higher one, or give the program \
             CAP_NET_BIND_SERVICE",
        ),
        io::ErrorKind::AddrNotAvailable => (
            HttpListenerErrorKind::InvalidPrefix,
            "the address is not one of this machine",
        ),
        _ => (HttpListenerErrorKind::Io, "the system refused"),
    };
    HttpListenerError::new(kind, format!("cannot listen for {}: {advice}", prefix.text))
        .with_source(error)
}
