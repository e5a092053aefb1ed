//! Whom sockets and clients ask for the addresses of a name: the resolver of the global context,
//! which is the process's, so that this is a process of its own.
#![cfg(all(target_os = "linux", feature = "tokio"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests fail by panics"
)]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use system_net_primitives::{AddressFamily, DnsEndPoint, EndPoint, IpAddress, IpEndPoint};
use system_net_runtime::block_on;
use system_net_sockets::{
    BoxFuture, Dns, ProtocolType, Resolver, Socket, SocketAsyncEventArgs, SocketError,
    SocketErrorCode, SocketFlags, SocketType, TcpClient, UdpClient,
};

const NAME: &str = "nowhere.but-here.test";
const HANG: Duration = Duration::from_secs(20);

/// Knows one name, and counts who asks for it.
#[derive(Default)]
struct OneName(AtomicUsize);

impl Resolver for OneName {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let answer = match host {
            NAME => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            _ => Err(SocketError::new(SocketErrorCode::HostNotFound)),
        };
        Box::pin(std::future::ready(answer))
    }
}

fn tcp() -> Socket {
    let (family, kind) = (AddressFamily::InterNetwork, SocketType::Stream);
    Socket::new(family, kind, ProtocolType::TCP).unwrap()
}

#[test]
fn names_are_asked_of_the_resolver_of_dns() {
    let resolver = Arc::new(OneName::default());
    Dns::set_resolver(Some(Arc::clone(&resolver) as Arc<dyn Resolver>));
    let listener = tcp();
    let any = IpEndPoint::new(Ipv4Addr::LOCALHOST.into(), 0);
    listener.bind(any).unwrap();
    listener.listen(64).unwrap();
    let port = listener.local_end_point().unwrap().unwrap().port();
    let by_name = || EndPoint::from(DnsEndPoint::new(NAME, port).unwrap());

    type Way<'a> = (&'a str, Box<dyn Fn() -> Result<(), SocketError> + 'a>);
    let ways: Vec<Way<'_>> = vec![
        ("Connect(EndPoint)", Box::new(|| tcp().connect(by_name()))),
        ("Connect(host)", Box::new(|| tcp().connect_host(NAME, port))),
        (
            "ConnectAsync(EndPoint)",
            Box::new(|| block_on(tcp().connect_async(by_name()))),
        ),
        (
            "ConnectAsync(host)",
            Box::new(|| block_on(tcp().connect_host_async(NAME, port))),
        ),
        (
            "TcpClient",
            Box::new(|| TcpClient::connect_to(NAME, port).map(drop)),
        ),
        (
            "UdpClient",
            Box::new(|| UdpClient::connect_to(NAME, port).map(drop)),
        ),
        (
            "UdpClient.Connect",
            Box::new(|| {
                let client = UdpClient::with_address_family(AddressFamily::InterNetwork)?;
                client.connect_host(NAME, port)?;
                block_on(client.connect_host_async(NAME, port))
            }),
        ),
        (
            "UdpClient.Send",
            Box::new(|| {
                let client = UdpClient::with_address_family(AddressFamily::InterNetwork)?;
                client.send_to_host(b"x", NAME, port)?;
                block_on(client.send_to_host_async(b"x", NAME, port)).map(drop)
            }),
        ),
        ("a context", Box::new(|| connect_a_context(by_name()))),
    ];
    for (way, connect) in ways {
        let before = resolver.0.load(Ordering::SeqCst);
        connect().unwrap_or_else(|error| panic!("{way}: {error}"));
        let asked = resolver.0.load(Ordering::SeqCst) - before;
        assert!(asked > 0, "{way} asked somebody else");
    }

    // A name that the resolver does not know is unknown, whatever the system knows.
    for failed in [
        tcp().connect_host("localhost", port),
        TcpClient::connect_to("localhost", port).map(drop),
        block_on(tcp().connect_host_async("localhost", port)),
    ] {
        assert_eq!(failed.unwrap_err().code(), SocketErrorCode::HostNotFound);
    }

    // An address is asked of nobody.
    let before = resolver.0.load(Ordering::SeqCst);
    tcp().connect_host("127.0.0.1", port).unwrap();
    block_on(tcp().connect_host_async("127.0.0.1", port)).unwrap();
    tcp().connect_host("0.0.0.0", port).unwrap();
    assert_eq!(resolver.0.load(Ordering::SeqCst), before);

    Dns::set_resolver(None);
    tcp().connect_host("localhost", port).unwrap();
}

fn connect_a_context(to: EndPoint) -> Result<(), SocketError> {
    let (sender, ended) = mpsc::channel();
    let args = SocketAsyncEventArgs::new();
    args.set_remote_end_point(Some(to));
    let _subscription = args.on_completed(move |args| {
        sender.send(args.socket_error()).unwrap();
    });
    let socket = tcp();
    let code = match socket.connect_args(&args)? {
        true => ended.recv_timeout(HANG).unwrap(),
        false => args.socket_error(),
    };
    match code {
        SocketErrorCode::Success => {
            socket.send_with(b"x", SocketFlags::NONE)?;
            Ok(())
        }
        code => Err(SocketError::new(code)),
    }
}
