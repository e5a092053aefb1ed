//! A configuration file that cannot be read is an error wherever the context of the process is
//! used: nothing is looked up, and no connector connects, by settings nobody wanted. The files are
//! read once, so that each runs in a process of its own.
#![cfg(all(target_os = "linux", feature = "tokio"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests fail by panics, and this is the context of the process"
)]

use std::env;
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{AddressFamily, DnsEndPoint, EndPoint, IpAddress, Misuse};
use system_net_runtime::block_on;
use system_net_sockets::{
    BoxFuture, ConnectErrorKind, ConnectOptions, Connector, Dns, ProtocolType, Resolver, Socket,
    SocketAsyncEventArgs, SocketError, SocketType, TcpClient, TcpListener, UdpClient,
};
use system_net_uri::HostAddress;

const NAME: &str = "nowhere.but-here.test";
const OWN: IpAddress = IpAddress::LOOPBACK;
const ANY: AddressFamily = AddressFamily::Unspecified;
/// What the process is to find, if it is one of those that this test starts.
const EXPECTED: &str = "SYSTEM_NET_SOCKETS_TEST_EXPECTED";
const HANG: Duration = Duration::from_secs(30);

/// Knows every name, and this machine's address.
struct Everything;

impl Resolver for Everything {
    fn resolve(&self, _host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        Box::pin(std::future::ready(Ok(vec![OWN])))
    }

    fn resolve_address(
        &self,
        _address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        Box::pin(std::future::ready(Ok(NAME.to_owned())))
    }
}

/// What each way of looking up or connecting came to: none but these ask for the context.
#[expect(deprecated, reason = "obsolete members ask as well")]
fn outcomes() -> Vec<(&'static str, Result<(), SocketError>)> {
    let context = NetContext::global();
    Dns::set_resolver(Some(Arc::new(Everything)));
    let listener = TcpListener::new(OWN, 0).unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoint().unwrap().port();
    let tcp = || {
        let (family, kind) = (AddressFamily::InterNetwork, SocketType::Stream);
        Socket::new(family, kind, ProtocolType::TCP).unwrap()
    };
    let begun = |result| Dns::end_get_host_entry(&result);
    let (client, datagrams) = (TcpClient::new().unwrap(), UdpClient::new().unwrap());
    let later = TcpClient::new().unwrap();
    let begun_client = client.begin_connect_host(NAME, port, None, None);
    let begun_socket = tcp();
    let begun_connect = begun_socket.begin_connect_host(NAME, port, None, None);
    let resolver = Connector::of(context).resolver();
    vec![
        ("GetHostEntry", Dns::get_host_entry(NAME).map(drop)),
        (
            "GetHostEntry, address",
            Dns::get_host_entry_by_address(OWN).map(drop),
        ),
        (
            "GetHostEntry, family",
            Dns::get_host_entry_of_family(NAME, ANY).map(drop),
        ),
        ("GetHostAddresses", Dns::get_host_addresses(NAME).map(drop)),
        (
            "GetHostAddresses, text",
            Dns::get_host_addresses("127.0.0.1").map(drop),
        ),
        (
            "GetHostAddresses, family",
            Dns::get_host_addresses_of_family(NAME, ANY).map(drop),
        ),
        (
            "GetHostEntryAsync",
            block_on(Dns::get_host_entry_async(NAME)).map(drop),
        ),
        (
            "GetHostEntryAsync, address",
            block_on(Dns::get_host_entry_by_address_async(OWN)).map(drop),
        ),
        (
            "GetHostEntryAsync, family",
            block_on(Dns::get_host_entry_of_family_async(NAME, ANY)).map(drop),
        ),
        (
            "GetHostAddressesAsync",
            block_on(Dns::get_host_addresses_async(NAME)).map(drop),
        ),
        (
            "GetHostAddressesAsync, family",
            block_on(Dns::get_host_addresses_of_family_async(NAME, ANY)).map(drop),
        ),
        (
            "BeginGetHostAddresses",
            Dns::end_get_host_addresses(&Dns::begin_get_host_addresses(NAME, None, None)).map(drop),
        ),
        (
            "BeginGetHostEntry",
            begun(Dns::begin_get_host_entry(NAME, None, None)).map(drop),
        ),
        (
            "BeginGetHostEntry, address",
            begun(Dns::begin_get_host_entry_by_address(OWN, None, None)).map(drop),
        ),
        ("GetHostByName", Dns::get_host_by_name(NAME).map(drop)),
        ("GetHostByAddress", Dns::get_host_by_address(OWN).map(drop)),
        (
            "GetHostByAddress, text",
            Dns::get_host_by_address_from_str("127.0.0.1").map(drop),
        ),
        ("Resolve", Dns::resolve(NAME).map(drop)),
        (
            "BeginGetHostByName",
            Dns::end_get_host_by_name(&Dns::begin_get_host_by_name(NAME, None, None)).map(drop),
        ),
        (
            "BeginResolve",
            Dns::end_resolve(&Dns::begin_resolve(NAME, None, None)).map(drop),
        ),
        (
            "in the context",
            Dns::get_host_entry_in(context, NAME).map(drop),
        ),
        (
            "Resolver.resolve",
            block_on(resolver.resolve(NAME)).map(drop),
        ),
        (
            "Resolver.resolve_family",
            block_on(resolver.resolve_family(NAME, ANY)).map(drop),
        ),
        (
            "Resolver.resolve_entry",
            block_on(resolver.resolve_entry(NAME, ANY)).map(drop),
        ),
        (
            "Resolver.resolve_address",
            block_on(resolver.resolve_address(OWN)).map(drop),
        ),
        ("Socket.Connect", tcp().connect_host(NAME, port)),
        (
            "Socket.ConnectAsync",
            block_on(tcp().connect_host_async(NAME, port)),
        ),
        (
            "Socket.BeginConnect",
            begun_socket.end_connect(&begun_connect),
        ),
        (
            "ConnectAsync(SocketAsyncEventArgs)",
            connect_by_context(&tcp(), port),
        ),
        (
            "TcpClient.Connect",
            TcpClient::connect_to(NAME, port).map(drop),
        ),
        (
            "TcpClient.ConnectAsync",
            block_on(later.connect_host_async(NAME, port)),
        ),
        ("TcpClient.BeginConnect", client.end_connect(&begun_client)),
        (
            "UdpClient.Send",
            datagrams.send_to_host(b"x", NAME, port).map(drop),
        ),
        (
            "Connector, name",
            connect(context, HostAddress::Dns(NAME), port),
        ),
        (
            "Connector, address",
            connect(context, HostAddress::V4([127, 0, 0, 1].into()), port),
        ),
    ]
}

fn connect(context: &NetContext, host: HostAddress<'_>, port: u16) -> Result<(), SocketError> {
    let connector = Connector::of(context);
    let connected = block_on(connector.connect(host, port, &ConnectOptions::default()));
    connected.map(drop).map_err(|error| {
        assert_eq!(error.kind(), ConnectErrorKind::Configuration, "{error:?}");
        assert!(error.attempts().is_empty(), "{error:?}");
        error.socket_error().clone()
    })
}

fn connect_by_context(socket: &Socket, port: u16) -> Result<(), SocketError> {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let args = SocketAsyncEventArgs::new();
    args.set_handler(Some(Arc::new(move |_: &SocketAsyncEventArgs| {
        report.lock().unwrap().send(()).unwrap();
    })));
    let family = AddressFamily::InterNetwork;
    let name = DnsEndPoint::with_address_family(NAME, port, family).unwrap();
    args.set_remote_end_point(Some(EndPoint::Dns(name)));
    if socket.connect_args(&args)? {
        reports.recv_timeout(HANG).unwrap();
    }
    args.connect_by_name_error().map_or(Ok(()), Err)
}

/// Runs in the processes that `broken_configuration_is_told_by_look_ups_and_connectors` starts.
#[test]
fn in_a_process_of_its_own() {
    let Ok(expected) = env::var(EXPECTED) else {
        return;
    };
    for (name, outcome) in outcomes() {
        match (&*expected, outcome) {
            ("", outcome) => outcome.unwrap_or_else(|error| panic!("{name}: {error:?}")),
            (_, Ok(())) => panic!("{name} goes on"),
            (text, Err(error)) => match error.misuse() {
                Some(Misuse::InvalidOperation(message)) => assert!(
                    message.starts_with("configuration: ") && message.contains(text),
                    "{name}: {message}"
                ),
                other => panic!("{name}: {other:?} of {error:?}"),
            },
        }
    }
    // What asks for no setting needs no file: addresses, and whoever has a context of its own.
    let listener = TcpListener::new(OWN, 0).unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoint().unwrap().port();
    TcpClient::connect_to("127.0.0.1", port).unwrap();
    let own = NetContext::new();
    Dns::set_resolver_in(&own, Some(Arc::new(Everything)));
    assert_eq!(Dns::get_host_addresses_in(&own, NAME).unwrap(), [OWN]);
    connect(&own, HostAddress::Dns(NAME), port).unwrap();
    println!("all {expected:?}");
}

#[test]
fn broken_configuration_is_told_by_look_ups_and_connectors() {
    let folder = tempfile::tempdir().unwrap();
    let sections =
        |text: &str| format!("<configuration><system.net>{text}</system.net></configuration>");
    for (name, text, expected) in [
        (
            "good.config",
            Some(sections("<settings><ipv6 enabled='true'/></settings>")),
            "",
        ),
        (
            "open.config",
            Some("<configuration>".to_owned()),
            "open.config",
        ),
        (
            "value.config",
            Some(sections("\n<settings><ipv6 enabled='perhaps'/></settings>")),
            "value.config:2:",
        ),
        ("missing.config", None, "missing.config"),
    ] {
        let file = folder.path().join(name);
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "in_a_process_of_its_own", "--nocapture"])
            .env("SYSTEM_NET_CONFIG", &file)
            .env("SYSTEM_NET_MACHINE_CONFIG", "")
            .env(EXPECTED, expected)
            .output()
            .unwrap();
        let (said, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{name}: {said}{errors}");
        // It ran, and to its end.
        assert!(
            said.contains(&format!("all {expected:?}")),
            "{name}: {said}"
        );
    }
}
