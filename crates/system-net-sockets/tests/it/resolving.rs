//! The resolvers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_primitives::IpAddress;
use system_net_runtime::{Transport, block_on, timeout_at};
use system_net_sockets::{
    BoxFuture, ConnectErrorKind, ConnectOptions, Connector, OverrideResolver, Resolver,
    SocketError, SocketErrorCode, SystemResolver, resolve_blocking,
};
use system_net_uri::HostAddress;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn the_system_knows_localhost() {
    let resolver = SystemResolver::new();
    let blocking = resolve_blocking("localhost").unwrap();
    assert!(!blocking.is_empty() && blocking.iter().all(|address| address.is_loopback()));
    assert_eq!(block_on(resolver.resolve("localhost")).unwrap(), blocking);
    assert_eq!(
        runtime().block_on(resolver.resolve("LOCALHOST")).unwrap(),
        blocking
    );
}

#[test]
fn addresses_never_go_to_a_name_service() {
    #[track_caller]
    fn check(host: &str, expected: IpAddress) {
        assert_eq!(resolve_blocking(host), Ok(vec![expected]));
        assert_eq!(
            block_on(SystemResolver::new().resolve(host)),
            Ok(vec![expected])
        );
    }
    check("127.0.0.1", IpAddress::LOOPBACK);
    check("::1", IpAddress::IPV6_LOOPBACK);
    check("fe80::1%7", "fe80::1%7".parse().unwrap());
}

#[test]
fn names_that_cannot_be_are_refused_without_a_look_up() {
    #[track_caller]
    fn check(host: &str, code: SocketErrorCode) {
        let error = resolve_blocking(host).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(block_on(SystemResolver::new().resolve(host)), Err(error));
    }
    check("", SocketErrorCode::HostNotFound);
    check("a\0b", SocketErrorCode::InvalidArgument);
    check(&"a.".repeat(200), SocketErrorCode::InvalidArgument);
    // The C library reads these as 127.0.0.1; whoever checked the name did not.
    for address in ["0x7f.1", "2130706433", "0177.0.0.1", "127.1"] {
        check(address, SocketErrorCode::HostNotFound);
    }
}

/// Not a look-up that asks anybody: a label may not be that long.
#[test]
fn errors_say_which_name() {
    let host = format!("{}.invalid", "x".repeat(64));
    let error = resolve_blocking(&host).unwrap_err();
    assert!(error.to_string().contains(&host), "{error}");
    assert!(error.errno().is_none());
}

/// A resolver made outside the crate.
struct Counting(std::sync::atomic::AtomicUsize);

impl Resolver for Counting {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let known = host == "outer.test";
        Box::pin(async move {
            if known {
                Ok(vec![IpAddress::LOOPBACK])
            } else {
                std::future::pending().await
            }
        })
    }
}

#[test]
fn resolver_override() {
    let outer = Arc::new(Counting(0.into()));
    let mut resolver = OverrideResolver::new(Arc::clone(&outer) as Arc<dyn Resolver>);
    let own: IpAddress = "127.0.0.9".parse().unwrap();
    resolver.insert("Server.Test", vec![own, IpAddress::IPV6_LOOPBACK]);
    resolver.insert("gone.test", vec![]);
    let ask = |host: &str| block_on(resolver.resolve(host)).map_err(|error| error.code());
    for host in ["server.test", "SERVER.TEST", "server.test."] {
        assert_eq!(ask(host), Ok(vec![own, IpAddress::IPV6_LOOPBACK]));
    }
    assert_eq!(ask("gone.test"), Err(SocketErrorCode::HostNotFound));
    assert_eq!(outer.0.load(std::sync::atomic::Ordering::SeqCst), 0);
    assert_eq!(ask("outer.test"), Ok(vec![IpAddress::LOOPBACK]));
    assert_eq!(outer.0.load(std::sync::atomic::Ordering::SeqCst), 1);

    let mut closed = OverrideResolver::closed();
    closed.insert("a.test", vec![own]);
    assert_eq!(block_on(closed.resolve("a.test")), Ok(vec![own]));
    let other = block_on(closed.resolve("localhost")).unwrap_err();
    assert_eq!(other.code(), SocketErrorCode::HostNotFound);
}

/// Connections to one port of a host; look-ups of the name ask on.
#[test]
fn resolver_override_of_a_port() {
    let (server, other) = (listener(), listener());
    let (port, elsewhere) = (
        server.local_addr().unwrap().port(),
        other.local_addr().unwrap().port(),
    );
    let mut inner = OverrideResolver::closed();
    inner.insert("server.test", vec!["127.0.0.9".parse().unwrap()]);
    inner.insert_for_port("Inner.Test", port, vec![IpAddress::LOOPBACK]);
    let mut outer = OverrideResolver::new(Arc::new(inner));
    outer.insert_for_port("Server.Test.", port, vec![IpAddress::LOOPBACK]);
    assert_eq!(
        outer.fixed_addresses("server.test", port),
        Some(vec![IpAddress::LOOPBACK])
    );
    assert_eq!(outer.fixed_addresses("server.test", elsewhere), None);
    assert_eq!(
        outer.fixed_addresses("inner.test", port),
        Some(vec![IpAddress::LOOPBACK])
    );
    let resolved = block_on(outer.resolve("server.test")).unwrap();
    assert_eq!(resolved, ["127.0.0.9".parse::<IpAddress>().unwrap()]);

    let connector = Connector::new(Arc::new(outer));
    let connect = |host: &str, port: u16| {
        block_on(connector.connect(HostAddress::Dns(host), port, &ConnectOptions::default()))
            .map(|transport| transport.remote_endpoint().unwrap().ip().to_string())
            .map_err(|error| error.kind())
    };
    assert_eq!(connect("server.test", port), Ok("127.0.0.1".to_owned()));
    // Nobody listens at that address of the name.
    assert_eq!(
        connect("server.test", elsewhere),
        Err(ConnectErrorKind::Connect)
    );
    assert_eq!(
        connect("inner.test", elsewhere),
        Err(ConnectErrorKind::Resolve)
    );
}

fn listener() -> std::net::TcpListener {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap()
}

#[test]
fn resolver_trait() {
    let resolver: Box<dyn Resolver> = Box::new(Counting(0.into()));
    let addresses = runtime().block_on(resolver.resolve("outer.test")).unwrap();
    assert_eq!(addresses, [IpAddress::LOOPBACK]);
    let soon = Instant::now() + Duration::from_millis(20);
    block_on(timeout_at(Some(soon), resolver.resolve("other.test"))).unwrap_err();
}
