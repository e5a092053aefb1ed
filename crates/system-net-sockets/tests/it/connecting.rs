//! The connector against listeners, refusing and swallowing ports.

use std::error::Error;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use system_net_primitives::IpAddress;
use system_net_runtime::{TcpTransport, Transport, block_on};
use system_net_sockets::{
    BoxFuture, ConnectError, ConnectErrorKind, ConnectOptions, Connector, OverrideResolver,
    Resolver, SocketError, SocketErrorCode, SystemResolver,
};
use system_net_uri::HostAddress;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const OTHER_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const THIRD_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// What happens to connections to an address.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// They are taken.
    Alive,
    /// They are refused at once.
    Closed,
    /// Nothing answers: a queue that is full drops what comes.
    Blackhole,
}

/// Several loopback addresses with one port, each with its way.
struct Field {
    port: u16,
    listeners: Vec<(IpAddr, TcpListener)>,
    /// What keeps the other addresses as they are.
    kept: Vec<(IpAddr, Socket)>,
}

impl Field {
    fn new(ways: &[(IpAddr, Way)]) -> Self {
        // Another test may hold the port at one of the addresses: take another.
        (0..100).find_map(|_| Self::try_new(ways).ok()).unwrap()
    }

    fn try_new(ways: &[(IpAddr, Way)]) -> std::io::Result<Self> {
        let mut field = Self {
            port: 0,
            listeners: vec![],
            kept: vec![],
        };
        for &(address, way) in ways {
            let domain = Domain::for_address(SocketAddr::new(address, 0));
            let socket = Socket::new(domain, Type::STREAM, None)?;
            if address.is_ipv6() {
                socket.set_only_v6(true)?;
            }
            socket.bind(&SocketAddr::new(address, field.port).into())?;
            let bound = socket.local_addr()?.as_socket().unwrap();
            field.port = bound.port();
            match way {
                // Bound but not listening refuses, and keeps the port from others.
                Way::Closed => field.kept.push((address, socket)),
                Way::Alive => {
                    socket.listen(16)?;
                    field.listeners.push((address, socket.into()));
                }
                Way::Blackhole => {
                    socket.listen(0)?;
                    for _ in 0..8 {
                        let filler = Socket::new(domain, Type::STREAM, None)?;
                        filler.set_nonblocking(true)?;
                        let _in_progress = filler.connect(&bound.into());
                        field.kept.push((address, filler));
                    }
                    field.kept.push((address, socket));
                }
            }
        }
        Ok(field)
    }

    /// A connector for which `name.test` has these addresses.
    fn connector(addresses: &[IpAddr]) -> Connector {
        let mut resolver = OverrideResolver::closed();
        let addresses = addresses
            .iter()
            .map(|&address| IpAddress::from(address))
            .collect();
        resolver.insert("name.test", addresses);
        Connector::new(Arc::new(resolver))
    }
}

/// Connects in both worlds; the outcomes and the times they took.
fn connect(
    connector: &Connector,
    host: HostAddress<'_>,
    port: u16,
    options: impl Fn() -> ConnectOptions,
) -> [(Result<TcpTransport, ConnectError>, Duration); 2] {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let before = Instant::now();
    let blocking = block_on(connector.connect(host, port, &options()));
    let between = Instant::now();
    let on_tokio = runtime.block_on(connector.connect(host, port, &options()));
    [(blocking, between - before), (on_tokio, between.elapsed())]
}

/// Connects to the field and looks who answered, and after how many waits for the attempt before:
/// those are so long that a busy machine is not late by one.
#[track_caller]
fn check_peer(field: &Field, addresses: &[IpAddr], expected: IpAddr, waits: u32) {
    let connector = Field::connector(addresses);
    let host = HostAddress::Dns("name.test");
    for (outcome, took) in connect(&connector, host, field.port, patient) {
        let peer = outcome.unwrap().remote_endpoint();
        assert_eq!(peer, Some(SocketAddr::new(expected, field.port)));
        assert!(took >= PATIENCE * waits, "{took:?}");
        assert!(took < PATIENCE * (waits + 1), "{took:?}");
    }
}

/// The longest wait between attempts that there is (RFC 8305).
const PATIENCE: Duration = Duration::from_secs(2);

fn patient() -> ConnectOptions {
    let mut options = ConnectOptions::default();
    options.attempt_delay = PATIENCE;
    options
}

/// Connects as by default and looks who answered and when. A busy machine may be late, so the
/// best of ten counts for the upper bound; the lower bound always holds.
#[track_caller]
fn check_default(
    field: &Field,
    addresses: &[IpAddr],
    expected: IpAddr,
    time: std::ops::Range<u64>,
) {
    let connector = Field::connector(addresses);
    let host = HostAddress::Dns("name.test");
    let mut best = [Duration::MAX; 2];
    for _ in 0..10 {
        let outcomes = connect(&connector, host, field.port, ConnectOptions::default);
        for ((outcome, took), best) in outcomes.into_iter().zip(&mut best) {
            let transport = outcome.unwrap();
            assert_eq!(
                transport.remote_endpoint(),
                Some(SocketAddr::new(expected, field.port))
            );
            assert!(took >= Duration::from_millis(time.start), "{took:?}");
            *best = took.min(*best);
        }
        if best
            .iter()
            .all(|took| *took < Duration::from_millis(time.end))
        {
            return;
        }
    }
    panic!("too late: {best:?}");
}

/// Only a wait for the system's time-out takes longer: that is over a minute.
const HANG: Duration = Duration::from_secs(40);

#[test]
fn happy_eyeballs_dead_v6() {
    let field = Field::new(&[(V6, Way::Blackhole), (V4, Way::Alive)]);
    check_default(&field, &[V6, V4], V4, 250..400);
    check_peer(&field, &[V6, V4], V4, 1);
}

#[test]
fn a_closed_v6_port_costs_nothing() {
    let field = Field::new(&[(V6, Way::Closed), (V4, Way::Alive)]);
    check_peer(&field, &[V6, V4], V4, 0);
}

#[test]
fn the_first_address_wins_when_it_answers() {
    let field = Field::new(&[(V6, Way::Alive), (V4, Way::Alive)]);
    check_peer(&field, &[V6, V4], V6, 0);
    // Only the winner came through: the other was never tried.
    let (_, other) = &field.listeners[1];
    other.set_nonblocking(true).unwrap();
    assert_eq!(
        other.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
    check_peer(&field, &[V4, V6], V4, 0);
}

#[test]
fn families_take_turns() {
    let ways = [
        (V4, Way::Blackhole),
        (OTHER_V4, Way::Blackhole),
        (V6, Way::Alive),
    ];
    let field = Field::new(&ways);
    // The v6 address is last in the list but second in the race.
    check_peer(&field, &[V4, OTHER_V4, V6], V6, 1);
}

#[test]
fn attempts_are_staggered_and_none_is_cut_off() {
    let ways = [
        (V4, Way::Blackhole),
        (OTHER_V4, Way::Blackhole),
        (THIRD_V4, Way::Alive),
    ];
    let field = Field::new(&ways);
    let connector = Field::connector(&[V4, OTHER_V4, THIRD_V4]);
    let options = || {
        let mut options = ConnectOptions::default();
        options.attempt_delay = Duration::from_secs(1);
        options
    };
    let host = HostAddress::Dns("name.test");
    for (outcome, took) in connect(&connector, host, field.port, options) {
        assert_eq!(outcome.unwrap().remote_endpoint().unwrap().ip(), THIRD_V4);
        assert!(took >= Duration::from_secs(2), "{took:?}");
        assert!(took < HANG, "{took:?}");
    }
}

/// An attempt that was overtaken goes on, and may still win: the queue of the first address
/// gets room only after the second attempt has begun (and got nowhere).
#[test]
fn a_slow_first_address_still_wins() {
    let mut field = Field::new(&[(V4, Way::Blackhole), (OTHER_V4, Way::Blackhole)]);
    let connector = Field::connector(&[V4, OTHER_V4]);
    let (others, first): (Vec<_>, Vec<_>) = field.kept.drain(..).partition(|(to, _)| *to != V4);
    let (over, stop) = mpsc::channel::<()>();
    let accepting = thread::spawn(move || {
        // The system repeats an attempt after a second; by then both are under way.
        thread::sleep(Duration::from_millis(500));
        let (listeners, fillers): (Vec<_>, Vec<_>) = first
            .into_iter()
            .partition(|(_, socket)| socket.is_listener().unwrap());
        drop(fillers);
        let (_, listener) = &listeners[0];
        listener.set_nonblocking(true).unwrap();
        let mut accepted = vec![];
        while stop.try_recv() != Err(mpsc::TryRecvError::Disconnected) {
            accepted.extend(listener.accept());
            thread::yield_now();
        }
    });
    let mut options = ConnectOptions::default();
    options.deadline = Some(Instant::now() + Duration::from_secs(20));
    let outcome = block_on(connector.connect(HostAddress::Dns("name.test"), field.port, &options));
    assert_eq!(outcome.unwrap().remote_endpoint().unwrap().ip(), V4);
    drop(over);
    accepting.join().unwrap();
    drop(others);
}

#[test]
fn all_failures_are_listed() {
    let field = Field::new(&[
        (V6, Way::Closed),
        (V4, Way::Closed),
        (OTHER_V4, Way::Closed),
    ]);
    let addresses = [V4, OTHER_V4, V6];
    let refused = SocketErrorCode::ConnectionRefused.to_errno().unwrap();
    let connector = Field::connector(&addresses);
    let host = HostAddress::Dns("name.test");
    for (outcome, took) in connect(&connector, host, field.port, patient) {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Connect);
        assert_eq!((error.host(), error.port()), ("name.test", field.port));
        let tried: Vec<_> = error
            .attempts()
            .iter()
            .map(|(address, _)| address.ip())
            .collect();
        assert_eq!(tried, [V4, V6, OTHER_V4]);
        for (address, why) in error.attempts() {
            assert_eq!(why.code(), SocketErrorCode::ConnectionRefused);
            assert_eq!(why.errno(), Some(refused));
            assert!(error.to_string().contains(&address.to_string()), "{error}");
        }
        assert!(error.to_string().contains(&format!("os error {refused}")));
        assert!(!error.is_timeout());
        let source = error
            .source()
            .unwrap()
            .downcast_ref::<SocketError>()
            .unwrap();
        assert_eq!(source.error_code(), 10061);
        assert!(took < PATIENCE, "{took:?}");
    }
}

/// The own machine's trouble (no route from here) does not hide the host's refusal.
#[test]
fn the_most_telling_error_is_the_source() {
    let field = Field::new(&[(V4, Way::Closed)]);
    // A documentation address, from a socket that is bound to loopback, cannot be reached.
    let elsewhere: IpAddr = "192.0.2.1".parse().unwrap();
    for order in [[V4, elsewhere], [elsewhere, V4]] {
        let connector = Field::connector(&order);
        let options = || {
            let mut options = ConnectOptions::default();
            options.tcp.local = Some(SocketAddr::new(V4, 0));
            options
        };
        let host = HostAddress::Dns("name.test");
        for (outcome, _) in connect(&connector, host, field.port, options) {
            let error = outcome.unwrap_err();
            assert_eq!(error.attempts().len(), 2);
            assert_eq!(
                error.socket_error().code(),
                SocketErrorCode::ConnectionRefused
            );
        }
    }
}

#[test]
fn one_deadline_over_everything() {
    let ways = [
        (V6, Way::Blackhole),
        (V4, Way::Blackhole),
        (OTHER_V4, Way::Closed),
    ];
    let field = Field::new(&ways);
    let connector = Field::connector(&[V6, V4, OTHER_V4]);
    let options = || {
        let mut options = ConnectOptions::default();
        options.deadline = Some(Instant::now() + Duration::from_millis(350));
        options
    };
    let host = HostAddress::Dns("name.test");
    for (outcome, took) in connect(&connector, host, field.port, options) {
        let error = outcome.unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(error.kind(), ConnectErrorKind::Connect);
        let codes: Vec<_> = error
            .attempts()
            .iter()
            .map(|(address, why)| (address.ip(), why.code()))
            .collect();
        let late = SocketErrorCode::TimedOut;
        assert_eq!(codes, [(V6, late), (V4, late), (OTHER_V4, late)]);
        assert!(took >= Duration::from_millis(350), "{took:?}");
        assert!(took < HANG, "{took:?}");
    }
}

/// A resolver that never answers, and tells when its future is gone.
struct Silent(mpsc::Sender<()>);

impl Resolver for Silent {
    fn resolve(&self, _: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        struct Gone(mpsc::Sender<()>);
        impl Drop for Gone {
            fn drop(&mut self) {
                self.0.send(()).unwrap();
            }
        }
        let gone = Gone(self.0.clone());
        Box::pin(async move {
            let _gone = gone;
            std::future::pending().await
        })
    }
}

#[test]
fn the_deadline_ends_the_look_up_as_well() {
    let (sender, gone) = mpsc::channel();
    let connector = Connector::new(Arc::new(Silent(sender)));
    let options = || {
        let mut options = ConnectOptions::default();
        options.deadline = Some(Instant::now() + Duration::from_millis(30));
        options
    };
    for (outcome, _) in connect(&connector, HostAddress::Dns("name.test"), 80, options) {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Resolve);
        assert!(error.is_timeout() && error.attempts().is_empty());
        gone.recv_timeout(HANG).unwrap();
    }
}

#[test]
fn a_name_that_does_not_exist() {
    let connector = Connector::new(Arc::new(OverrideResolver::closed()));
    for host in [HostAddress::Dns("host.invalid"), HostAddress::None] {
        for (outcome, _) in connect(&connector, host, 80, ConnectOptions::default) {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::Resolve);
            assert_eq!(error.socket_error().error_code(), 11001);
            assert!(!error.is_timeout());
        }
    }
}

/// An address is connected to as it is; the resolver would say that nothing exists.
#[test]
fn addresses_skip_the_resolver() {
    let field = Field::new(&[(V4, Way::Alive), (V6, Way::Alive)]);
    let connector = Connector::new(Arc::new(OverrideResolver::closed()));
    #[track_caller]
    fn check(connector: &Connector, field: &Field, host: HostAddress<'_>, expected: IpAddr) {
        for (outcome, _) in connect(connector, host, field.port, ConnectOptions::default) {
            let peer = outcome.unwrap().remote_endpoint().unwrap();
            assert_eq!(peer, SocketAddr::new(expected, field.port));
        }
    }
    check(&connector, &field, HostAddress::V4(Ipv4Addr::LOCALHOST), V4);
    check(
        &connector,
        &field,
        HostAddress::V6(Ipv6Addr::LOCALHOST, None),
        V6,
    );
    // A zone by number and by name is carried through to the socket, or refused.
    let zone = HostAddress::V6(Ipv6Addr::LOCALHOST, Some("no such interface"));
    for (outcome, _) in connect(&connector, zone, field.port, ConnectOptions::default) {
        let error = outcome.unwrap_err();
        assert_eq!(
            error.socket_error().code(),
            SocketErrorCode::AddressNotAvailable
        );
        assert!(
            error
                .socket_error()
                .to_string()
                .contains("no such interface")
        );
    }
    #[cfg(target_os = "linux")]
    check(
        &connector,
        &field,
        HostAddress::V6(Ipv6Addr::LOCALHOST, Some("lo")),
        V6,
    );
}

#[test]
fn dropping_the_future_closes_what_was_opened() {
    let field = Field::new(&[(V4, Way::Alive)]);
    let connector = Field::connector(&[V4]);
    // The name service answers at once and the loopback connects at once, so one poll opens.
    let options = ConnectOptions::default();
    for _ in 0..20 {
        let mut connecting =
            Box::pin(connector.connect(HostAddress::Dns("name.test"), field.port, &options));
        let polled = block_on(std::future::poll_fn(|cx| {
            std::task::Poll::Ready(connecting.as_mut().poll(cx).is_ready())
        }));
        drop(connecting);
        let (mut accepted, _) = field.listeners[0].1.accept().unwrap();
        assert_eq!(accepted.read(&mut [0]).unwrap(), 0, "ready: {polled}");
    }
}

#[test]
fn localhost_through_the_system() {
    let field = Field::new(&[(V4, Way::Alive), (V6, Way::Alive)]);
    let connector = Connector::new(Arc::new(SystemResolver::new()));
    let host = HostAddress::Dns("localhost");
    for (outcome, _) in connect(&connector, host, field.port, ConnectOptions::default) {
        assert!(
            outcome
                .unwrap()
                .remote_endpoint()
                .unwrap()
                .ip()
                .is_loopback()
        );
    }
}
