//! Names that NetBIOS knows, behind another resolver: asked of a name server, or of the network.

mod message;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint, Misuse};
use system_net_uri::address::parse_ipv4_loose;

use super::name::failed;
use super::pool::LookupPool;
use super::question::{Answer, Question};
use super::{BoxFuture, Resolver, nameless};
use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};
use message::{Kind, LARGEST, LONGEST_NAME, Purpose, Reply, question, reply};

/// How many look-ups run at once.
const MOST_THREADS: usize = 4;
/// How often a question is sent (RFC 1002 section 6).
const TRIES: u32 = 3;
/// How long an answer of the network is waited for, each time.
const BROADCAST_WAIT: Duration = Duration::from_millis(250);
/// How long one of a name server is; RFC 1002 has five seconds, Windows this.
const SERVER_WAIT: Duration = Duration::from_millis(1_500);

/// Asks NetBIOS (RFC 1001, RFC 1002) for what another resolver does not know: the last of the sources
/// of names, behind hosts and LMHOSTS files ([`OverrideResolver`](crate::OverrideResolver)) and DNS.
/// Nothing uses it unless a program sets it.
///
/// Asked for are names of one label of 15 letters at most, in upper case, by IPv4, as a workstation and
/// as a server of files: three times, 250 milliseconds apart of a network, 1.5 seconds apart of a name
/// server (WINS). The name of an IPv4 address is asked of the machine itself (node status). Look-ups run
/// on at most 4 threads of their own. Answers are not cached.
///
/// NetBIOS proves nothing: anybody in the same network can answer, and gets what is sent then. Give it
/// only names whose servers prove themselves by other means, as by TLS.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use system_net_config::NetContext;
/// use system_net_sockets::{Dns, HostsFile, NetbiosResolver, OverrideResolver, SystemResolver};
///
/// let network = NetbiosResolver::broadcasting(Arc::new(SystemResolver::new()), "192.168.1.255:137".parse()?)?;
/// let mut files = OverrideResolver::new(Arc::new(network));
/// files.insert_file(&HostsFile::parse_lmhosts("192.168.1.9 PRINTER #PRE", |_| None));
/// let context = NetContext::new();
/// Dns::set_resolver_in(&context, Some(Arc::new(files)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NetbiosResolver {
    first: Arc<dyn Resolver>,
    asked: Asked,
    pool: Arc<LookupPool>,
}

/// Whom questions go to.
#[derive(Clone)]
struct Asked {
    to: Vec<SocketAddr>,
    broadcast: bool,
    /// Where machines answer for themselves.
    port: u16,
    wait: Duration,
}

impl NetbiosResolver {
    /// The port of the name service.
    pub const PORT: u16 = 137;

    /// Asks `first`, and then every machine of a network by its broadcast address, as
    /// `192.168.1.255:137`.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] unless the address is one of IPv4.
    pub fn broadcasting(first: Arc<dyn Resolver>, network: IpEndPoint) -> Result<Self, Misuse> {
        let network = ipv4(network, "network")?;
        Ok(Self::asking(
            first,
            Asked {
                to: vec![network],
                broadcast: true,
                port: network.port(),
                wait: BROADCAST_WAIT,
            },
        ))
    }

    /// Asks `first`, and then name servers (WINS), each if the one before it does not answer.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] without a server, and for one whose address is not one of IPv4.
    pub fn with_name_servers(
        first: Arc<dyn Resolver>,
        servers: &[IpEndPoint],
    ) -> Result<Self, Misuse> {
        let to: Result<Vec<SocketAddr>, Misuse> =
            servers.iter().map(|it| ipv4(*it, "servers")).collect();
        let to = to?;
        let Some(port) = to.first().map(SocketAddr::port) else {
            return Err(Misuse::invalid_argument("servers", "is empty"));
        };
        Ok(Self::asking(
            first,
            Asked {
                to,
                broadcast: false,
                port,
                wait: SERVER_WAIT,
            },
        ))
    }

    /// The same, with another time that an answer is waited for; each question is sent three times.
    #[must_use]
    pub fn with_wait(self, wait: Duration) -> Self {
        Self::asking(self.first, Asked { wait, ..self.asked })
    }

    fn asking(first: Arc<dyn Resolver>, asked: Asked) -> Self {
        let own = asked.clone();
        let pool = LookupPool::new(Arc::new(move |it| own.look_up(it)), MOST_THREADS);
        Self {
            first,
            asked,
            pool: Arc::new(pool),
        }
    }

    /// What comes of a first answer: itself, or that of NetBIOS, or itself if NetBIOS has none.
    fn or_ask<T: Send + 'static>(
        &self,
        first: BoxFuture<'static, Result<T, SocketError>>,
        question: Option<Question>,
        take: fn(IpHostEntry) -> T,
    ) -> BoxFuture<'static, Result<T, SocketError>> {
        let Some(question) = question else {
            return first;
        };
        let pool = Arc::clone(&self.pool);
        Box::pin(async move {
            let unknown = match first.await {
                Err(error) if is_unknown(&error) => error,
                answer => return answer,
            };
            match pool.look_up(question).await {
                Ok(entry) => Ok(take(entry)),
                Err(_) => Err(unknown),
            }
        })
    }
}

/// Whether another source may know better.
fn is_unknown(error: &SocketError) -> bool {
    matches!(
        error.code(),
        SocketErrorCode::HostNotFound | SocketErrorCode::NoData | SocketErrorCode::TryAgain
    )
}

fn ipv4(end_point: IpEndPoint, name: &'static str) -> Result<SocketAddr, Misuse> {
    match SocketAddr::from(end_point) {
        address @ SocketAddr::V4(_) => Ok(address),
        SocketAddr::V6(_) => Err(Misuse::invalid_argument(
            name,
            "has an address of IPv6, which NetBIOS does not know",
        )),
    }
}

/// The question for a name, if NetBIOS can have it.
fn host_question(host: &str, family: AddressFamily) -> Option<Question> {
    let name = host.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_graphic() && !br#".\/:*?"<>|"#.contains(byte);
    let fits = (1..=LONGEST_NAME).contains(&name.len()) && name.iter().all(plain);
    let of_ipv4 = [AddressFamily::Unspecified, AddressFamily::InterNetwork].contains(&family);
    // What looks like an address is none's name.
    let asked = fits && of_ipv4 && parse_ipv4_loose(host).is_none();
    asked.then(|| Question::host(host, AddressFamily::InterNetwork, false))
}

impl Resolver for NetbiosResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let question = host_question(host, AddressFamily::Unspecified);
        let first = self.first.resolve(host);
        self.or_ask(first, question, IpHostEntry::into_address_list)
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let first = self.first.resolve_family(host, family);
        let question = host_question(host, family);
        self.or_ask(first, question, IpHostEntry::into_address_list)
    }

    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        self.first.fixed_addresses(host, port)
    }

    fn resolve_entry(&self, host: &str, family: AddressFamily) -> BoxFuture<'static, Answer> {
        let first = self.first.resolve_entry(host, family);
        self.or_ask(first, host_question(host, family), |entry| entry)
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        let question = Question::Address(address);
        let question =
            (address.address_family() == AddressFamily::InterNetwork).then_some(question);
        let first = self.first.resolve_address(address);
        self.or_ask(first, question, |entry| entry.host_name().to_owned())
    }
}

impl fmt::Debug for NetbiosResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetbiosResolver").finish_non_exhaustive()
    }
}

impl Asked {
    /// Asks, and waits, on a thread of the pool.
    fn look_up(&self, asked: &Question) -> Answer {
        match asked {
            Question::Host { name, .. } => self.addresses(name),
            Question::Address(address) => self.name_of(*address),
        }
    }

    fn addresses(&self, name: &str) -> Answer {
        let upper = name.to_ascii_uppercase();
        let purposes = [Purpose::Workstation, Purpose::Server];
        for to in &self.to {
            let id = number();
            let questions: Vec<Vec<u8>> = purposes
                .iter()
                .zip([id, id.wrapping_add(1)])
                .map(|(purpose, id)| {
                    question(id, Some((upper.as_bytes(), *purpose)), self.broadcast)
                })
                .collect();
            match self.exchange(*to, &questions, self.broadcast)? {
                Some(Reply::Addresses(found)) => {
                    let found = found.into_iter().map(IpAddress::v4).collect();
                    return Ok(IpHostEntry::of(upper, found));
                }
                // It has been asked, and knows none.
                Some(_) => break,
                None => {}
            }
        }
        Err(failed(name, SocketErrorCode::HostNotFound))
    }

    fn name_of(&self, address: IpAddress) -> Answer {
        let to = SocketAddr::from(IpEndPoint::new(address, self.port));
        let asked = [question(number(), None, false)];
        match self.exchange(to, &asked, false)? {
            Some(Reply::Name(Some(name))) => Ok(IpHostEntry::of(name, vec![address])),
            _ => Err(nameless(address)),
        }
    }

    /// Sends questions until one of them has an answer; all have to be denied for that to count. `None`:
    /// nobody says anything.
    fn exchange(
        &self,
        to: SocketAddr,
        questions: &[Vec<u8>],
        broadcast: bool,
    ) -> Result<Option<Reply>, SocketError> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.set_broadcast(broadcast)?;
        let mut denied = vec![false; questions.len()];
        for _ in 0..TRIES {
            for (question, denied) in questions.iter().zip(&denied) {
                if !denied {
                    socket.send_to(question, to)?;
                }
            }
            let end = now() + self.wait;
            while let Some(left) = end.checked_duration_since(now()).filter(|it| !it.is_zero()) {
                socket.set_read_timeout(Some(left))?;
                let mut buffer = [0; LARGEST];
                let (length, from) = match socket.recv_from(&mut buffer) {
                    Ok(received) => received,
                    Err(error) if is_silence(&error) => continue,
                    Err(error) => return Err(error.into()),
                };
                // In a network the owner of the name answers, otherwise only who was asked.
                if !broadcast && from != to {
                    continue;
                }
                let answered = questions
                    .iter()
                    .enumerate()
                    .find_map(|(index, asked)| Some((index, reply(&buffer[..length], asked)?)));
                match answered {
                    None => {}
                    Some((index, Reply::Negative)) => {
                        denied[index] = true;
                        if denied.iter().all(|it| *it) {
                            return Ok(Some(Reply::Negative));
                        }
                    }
                    Some((_, reply)) => return Ok(Some(reply)),
                }
            }
        }
        Ok(denied.contains(&true).then_some(Reply::Negative))
    }
}

/// A number that others do not know before.
fn number() -> u16 {
    let random = RandomState::new().hash_one(Kind::Addresses as u8);
    (random & 0xffff) as u16
}

/// Nothing came, or a machine said that it does not listen there: others may yet answer.
fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::TimedOut
            | io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

#[allow(
    clippy::disallowed_methods,
    reason = "answers are waited for in real time"
)]
fn now() -> Instant {
    Instant::now()
}
