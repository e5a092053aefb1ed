//! Every class that reaches the network, or is reached, under every manifest: what a manifest does not
//! allow sends no packet and opens no port, and the error names the capability; what it allows is done.
//!
//! The networks are those of a namespace whose loopback interface has every address there is, so that
//! `10.0.0.1` and `93.184.215.14` are connected to and bound to as any other. Where there can be no
//! namespace only the loopback is tried, which no manifest allows.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use system_net::isolation::{NetworkCapability, NetworkDirection, NetworkIsolation};
use system_net::runtime::block_on;
use system_net::{
    AccessDenied, AccessPolicy, AddressFamily, ConnectOptions, Connector, Dns, EndPoint,
    HostAddress, HttpListener, HttpWebRequest, IpAddress, IpEndPoint, NetContext, OverrideResolver,
    ProtocolType, Resolver, Socket, SocketAsyncEventArgs, SocketFlags, SocketType, SslStream,
    TcpClient, TcpListener, UdpClient, WebClient, WebRequest, access_scope_blocking,
};
use system_net_testkit::Namespace;

const TEST: &str = "isolation::isolation_gates_every_class";
const CHILD: &str = "SYSTEM_NET_TEST_ISOLATION";

/// What a try came to: done, or not, and who denied it.
type Tried = Result<(), Box<dyn Error>>;

/// A class, and what is tried with it.
type Way<T> = (&'static str, fn(&T) -> Tried);

/// Where a try goes to, and as whom.
struct Place {
    context: NetContext,
    address: IpAddr,
    port: u16,
}

impl Place {
    fn end_point(&self) -> IpEndPoint {
        SocketAddr::new(self.address, self.port).into()
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/", SocketAddr::new(self.address, self.port))
    }

    fn request(&self, scheme: &str) -> Result<HttpWebRequest, Box<dyn Error>> {
        let mut request = WebRequest::create_http_in(&self.context, self.url(scheme))?;
        request.set_proxy(None)?;
        request.set_timeout(Some(Duration::from_secs(20)))?;
        Ok(request)
    }

    fn client(&self) -> WebClient {
        let mut client = WebClient::new_in(&self.context);
        client.set_proxy(None);
        client
    }

    /// Anything at the address.
    fn any_port(&self) -> IpEndPoint {
        IpEndPoint::new(self.address.into(), 0)
    }
}

fn socket(kind: SocketType) -> Result<Socket, Box<dyn Error>> {
    let protocol = match kind {
        SocketType::Stream => ProtocolType::TCP,
        _ => ProtocolType::UDP,
    };
    let socket = Socket::new(AddressFamily::InterNetwork, kind, protocol)?;
    socket.set_receive_timeout(20_000)?;
    Ok(socket)
}

/// Runs an operation of a context to its end.
fn finish(
    args: &SocketAsyncEventArgs,
    start: impl FnOnce(&SocketAsyncEventArgs) -> Result<bool, system_net::SocketError>,
) -> Tried {
    let (tell, told) = std::sync::mpsc::channel();
    let _handler = args.on_completed(move |_| {
        let _heard = tell.send(());
    });
    if start(args)? {
        told.recv_timeout(Duration::from_secs(20))?;
    }
    match args.error() {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// What goes out. Each sends at least one packet if nothing forbids it; whether its peer understands
/// it does not matter.
const OUTBOUND: &[Way<Place>] = &[
    ("WebRequest", |to| {
        let mut request = WebRequest::create_in(&to.context, to.url("http"))?;
        request.set_proxy(None)?;
        request.get_response()?;
        Ok(())
    }),
    ("HttpWebRequest", |to| {
        to.request("http")?.get_response()?;
        Ok(())
    }),
    ("HttpWebRequest, async", |to| {
        block_on(to.request("http")?.get_response_async())?;
        Ok(())
    }),
    ("HttpWebRequest, Begin/End", |to| {
        let mut request = to.request("http")?;
        let begun = request.begin_get_response(None, None);
        request.end_get_response(&begun)?;
        Ok(())
    }),
    ("HttpWebRequest, request stream", |to| {
        let mut request = to.request("http")?;
        request.set_method("POST")?;
        request.set_content_length(1)?;
        request.get_request_stream()?.write_all(b"x")?;
        request.get_response()?;
        Ok(())
    }),
    ("HttpWebRequest, https", |to| {
        to.request("https")?.get_response()?;
        Ok(())
    }),
    ("WebClient", |to| {
        to.client().download_data(&to.url("http"))?;
        Ok(())
    }),
    ("WebClient, upload", |to| {
        to.client().upload_data(&to.url("http"), None, b"x")?;
        Ok(())
    }),
    ("Connector", |to| {
        let connector = Connector::of(&to.context);
        let IpAddr::V4(v4) = to.address else {
            unreachable!("all places are of IPv4");
        };
        let options = ConnectOptions::default();
        block_on(connector.connect(HostAddress::V4(v4), to.port, &options))?;
        Ok(())
    }),
    ("Socket", |to| {
        socket(SocketType::Stream)?.connect(to.end_point())?;
        Ok(())
    }),
    ("Socket, async", |to| {
        block_on(socket(SocketType::Stream)?.connect_async(to.end_point()))?;
        Ok(())
    }),
    ("Socket, Begin/End", |to| {
        let socket = Arc::new(socket(SocketType::Stream)?);
        let begun = socket.begin_connect(to.end_point(), None, None);
        socket.end_connect(&begun)?;
        Ok(())
    }),
    ("Socket, to a host", |to| {
        let host = to.address.to_string();
        socket(SocketType::Stream)?.connect_host(&host, to.port)?;
        Ok(())
    }),
    ("Socket, datagram", |to| {
        let socket = socket(SocketType::Dgram)?;
        socket.send_to(b"x", SocketFlags::NONE, to.end_point())?;
        Ok(())
    }),
    ("Socket, connected datagram", |to| {
        let socket = socket(SocketType::Dgram)?;
        socket.connect(to.end_point())?;
        socket.send(b"x")?;
        Ok(())
    }),
    ("SocketAsyncEventArgs", |to| {
        let socket = socket(SocketType::Stream)?;
        let args = SocketAsyncEventArgs::new();
        args.set_remote_end_point(Some(EndPoint::Ip(to.end_point())));
        finish(&args, |args| socket.connect_args(args))
    }),
    ("SocketAsyncEventArgs, datagram", |to| {
        let socket = socket(SocketType::Dgram)?;
        let args = SocketAsyncEventArgs::new();
        args.set_buffer(vec![1], 0, 1)?;
        args.set_remote_end_point(Some(EndPoint::Ip(to.end_point())));
        finish(&args, |args| socket.send_to_args(args))
    }),
    ("TcpClient", |to| {
        TcpClient::new()?.connect(to.end_point())?;
        Ok(())
    }),
    ("TcpClient, async", |to| {
        block_on(TcpClient::new()?.connect_async(to.end_point()))?;
        Ok(())
    }),
    ("TcpClient, to a host", |to| {
        TcpClient::connect_to(&to.address.to_string(), to.port)?;
        Ok(())
    }),
    ("UdpClient", |to| {
        UdpClient::new()?.send_to(b"x", to.end_point())?;
        Ok(())
    }),
    ("UdpClient, async", |to| {
        block_on(UdpClient::new()?.send_to_async(b"x", to.end_point()))?;
        Ok(())
    }),
    ("UdpClient, to a host", |to| {
        UdpClient::new()?.send_to_host(b"x", &to.address.to_string(), to.port)?;
        Ok(())
    }),
    ("UdpClient, connected", |to| {
        let client = UdpClient::new()?;
        client.connect(to.end_point())?;
        client.send(b"x")?;
        Ok(())
    }),
    ("SslStream", |to| {
        let client = TcpClient::new()?;
        client.connect(to.end_point())?;
        let stream = SslStream::over_blocking(client.get_stream()?);
        // The peer speaks no TLS; its answer to the greeting is the error.
        let _no_tls = { stream }.authenticate_as_client("host.example");
        Ok(())
    }),
];

/// What is answered.
const INBOUND: &[Way<Place>] = &[
    ("Socket", |at| {
        let socket = socket(SocketType::Stream)?;
        socket.bind(at.any_port())?;
        socket.listen(1)?;
        Ok(())
    }),
    ("Socket, datagram", |at| {
        socket(SocketType::Dgram)?.bind(at.any_port())?;
        Ok(())
    }),
    ("TcpListener", |at| {
        let listener = TcpListener::with_local_end_point(at.any_port())?;
        listener.start()?;
        Ok(())
    }),
    ("UdpClient", |at| {
        UdpClient::with_local_end_point(at.any_port())?;
        Ok(())
    }),
    ("HttpListener", |at| {
        let listener = HttpListener::new_in(&at.context);
        let host = SocketAddr::new(at.address, 0);
        listener.prefixes().add(&format!("http://{host}/"))?;
        listener.start()?;
        listener.stop()?;
        Ok(())
    }),
];

/// Answers every connection and keeps quiet about every datagram, at one port of every address.
fn world() -> u16 {
    let listener = std::net::TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let datagrams = std::net::UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
    std::thread::spawn(move || {
        let _open = datagrams;
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _request = stream.read(&mut [0; 4096]);
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _the_client_may_be_gone = stream.write_all(answer.as_bytes());
                // What is still to come is read, so that the answer is not lost by a reset.
                let _rest = stream.read(&mut [0; 4096]);
            });
        }
    });
    port
}

/// How many packets the loopback interface, the only one of the namespace, has sent.
fn packets() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("lo:"));
    line.unwrap()
        .split_whitespace()
        .nth(9)
        .unwrap()
        .parse()
        .unwrap()
}

/// Waits until every connection of the namespace has ended, so that no packet of theirs is counted for
/// what comes next.
fn settle() {
    let ended = |file: &str| {
        let text = std::fs::read_to_string(format!("/proc/thread-self/net/{file}")).unwrap();
        let mut states = text
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().nth(3));
        // Waiting for nothing more but the time that keeps the port, and listening.
        states.all(|state| matches!(state, Some("06" | "0A")))
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while !(ended("tcp") && ended("tcp6")) {
        assert!(Instant::now() < deadline, "connections stay open");
        // The peers' threads are to close them.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The denial among the causes of an error.
fn denial(error: &(dyn Error + 'static)) -> Option<AccessDenied> {
    let own = error.downcast_ref::<AccessDenied>().cloned();
    let of_socket = || {
        error
            .downcast_ref::<system_net::SocketError>()?
            .denied()
            .cloned()
    };
    let of_web = || {
        error
            .downcast_ref::<system_net::WebError>()?
            .denied()
            .cloned()
    };
    own.or_else(of_socket)
        .or_else(of_web)
        .or_else(|| denial(error.source()?))
}

/// Whether a try was allowed; a denial names what is missing.
#[track_caller]
fn allowed(what: &str, tried: Tried) -> bool {
    let Err(error) = tried else { return true };
    match denial(&*error) {
        None => true,
        Some(denied) => {
            let reason = denied.reason();
            let names = NetworkCapability::ALL
                .iter()
                .any(|one| reason.contains(one.name()));
            assert!(
                names || reason.contains("loopback exemption"),
                "{what}: {denied}"
            );
            false
        }
    }
}

#[test]
fn isolation_gates_every_class() {
    if std::env::var(CHILD).is_ok() {
        return in_the_world(true);
    }
    let Some(namespace) = Namespace::new("isolation_gates_every_class: other networks") else {
        return in_the_world(false);
    };
    namespace.ip("route add local 0.0.0.0/0 dev lo");
    namespace.ip("-6 route add local ::/0 dev lo");
    let program = std::env::current_exe().unwrap();
    let mut child: Command = namespace.command(program.to_str().unwrap());
    let output = child
        .args(["--exact", TEST, "--nocapture"])
        .env(CHILD, "")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

fn in_the_world(whole: bool) {
    let port = world();
    let places: &[(&str, [bool; 4])] = match whole {
        // Under no capability, internetClient, internetClientServer, privateNetworkClientServer.
        true => &[
            ("93.184.215.14", [false, true, true, false]),
            ("10.0.0.1", [false, false, false, true]),
            ("127.0.0.1", [false; 4]),
        ],
        false => &[("127.0.0.1", [false; 4])],
    };
    let manifests: [&[NetworkCapability]; 4] = [
        &[],
        &[NetworkCapability::InternetClient],
        &[NetworkCapability::InternetClientServer],
        &[NetworkCapability::PrivateNetworkClientServer],
    ];
    for &(address, expected) in places {
        let address: IpAddr = address.parse().unwrap();
        // Nothing forbids it: each does what it says.
        let free = Place {
            context: NetContext::new(),
            address,
            port,
        };
        for (name, way) in OUTBOUND {
            let before = packets();
            assert!(allowed(name, way(&free)));
            assert!(
                !whole || packets() > before,
                "{name} to {address} sends nothing"
            );
        }
        for (name, way) in INBOUND {
            way(&free).unwrap_or_else(|error| panic!("{name} at {address}: {error}"));
        }
        for (capabilities, outbound) in manifests.iter().zip(expected) {
            let isolation = NetworkIsolation::new(capabilities.iter().copied());
            // `internetClient` is for the one direction alone.
            let inbound = outbound && *capabilities != [NetworkCapability::InternetClient];
            for (ways, direction, expected) in [
                (OUTBOUND, NetworkDirection::Outbound, outbound),
                (INBOUND, NetworkDirection::Inbound, inbound),
            ] {
                let verdict = isolation.missing(address.into(), direction).is_none();
                assert_eq!(
                    verdict, expected,
                    "{capabilities:?}, {address}, {direction:?}"
                );
                check(&isolation, &free, ways, expected, whole);
            }
        }
    }
    exempt(port);
    lookups();
}

/// All ways, in a scope and, for what belongs to a context, by the context alone.
fn check(
    isolation: &NetworkIsolation,
    free: &Place,
    ways: &[Way<Place>],
    expected: bool,
    whole: bool,
) {
    let policy: Arc<dyn AccessPolicy> = Arc::new(isolation.clone());
    let own = Place {
        context: NetContext::builder().policy(Arc::clone(&policy)).build(),
        address: free.address,
        port: free.port,
    };
    let capabilities = isolation.capabilities();
    for (name, way) in ways {
        let what = format!("{capabilities:?}: {name}, {}", free.address);
        if whole {
            settle();
        }
        let before = packets();
        let scoped = access_scope_blocking(Arc::clone(&policy), || way(free));
        assert_eq!(allowed(&what, scoped), expected, "{what}, in a scope");
        if ![
            "Socket",
            "TcpClient",
            "TcpListener",
            "UdpClient",
            "SslStream",
        ]
        .iter()
        .any(|class| name.starts_with(class))
        {
            assert_eq!(allowed(&what, way(&own)), expected, "{what}, of a context");
        }
        if whole && !expected {
            assert_eq!(packets(), before, "{what}");
        }
    }
}

/// With the exemption a machine is reached by its own programs.
fn exempt(port: u16) {
    let isolation = NetworkIsolation::new([]).exempt_loopback();
    let address = IpAddr::from([127, 0, 0, 1]);
    let free = Place {
        context: NetContext::new(),
        address,
        port,
    };
    for ways in [OUTBOUND, INBOUND] {
        check(&isolation, &free, ways, true, false);
    }
}

/// Counts what it is asked.
struct Asked(AtomicUsize, OverrideResolver);

impl Resolver for Asked {
    fn resolve(
        &self,
        host: &str,
    ) -> system_net::BoxFuture<Result<Vec<IpAddress>, system_net::SocketError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.resolve(host)
    }
}

/// Names are looked up with any capability, and with none nobody is asked for them.
fn lookups() {
    let mut table = OverrideResolver::closed();
    table.insert("name.example", vec!["93.184.215.14".parse().unwrap()]);
    let asked = Arc::new(Asked(AtomicUsize::new(0), table));
    let looked_up: &[Way<NetContext>] = &[
        ("addresses", |context| {
            Dns::get_host_addresses_in(context, "name.example")?;
            Ok(())
        }),
        ("addresses, async", |context| {
            block_on(Dns::get_host_addresses_async_in(context, "name.example"))?;
            Ok(())
        }),
        ("addresses, Begin/End", |context| {
            let begun = Dns::begin_get_host_addresses_in(context, "name.example", None, None);
            Dns::end_get_host_addresses(&begun)?;
            Ok(())
        }),
        ("entry", |context| {
            Dns::get_host_entry_in(context, "name.example")?;
            Ok(())
        }),
        ("obsolete", |context| {
            #[allow(deprecated, reason = "it is gated as well")]
            Dns::get_host_by_name_in(context, "name.example")?;
            Ok(())
        }),
    ];
    for (capabilities, expected) in [
        (vec![], false),
        (vec![NetworkCapability::InternetClient], true),
        (vec![NetworkCapability::PrivateNetworkClientServer], true),
    ] {
        let isolation = NetworkIsolation::new(capabilities);
        let context = NetContext::builder().policy(Arc::new(isolation)).build();
        Dns::set_resolver_in(&context, Some(asked.clone()));
        for (name, way) in looked_up {
            let before = asked.0.load(Ordering::SeqCst);
            assert_eq!(allowed(name, way(&context)), expected, "{name}");
            let more = asked.0.load(Ordering::SeqCst) - before;
            assert_eq!(more > 0, expected, "{name}");
        }
    }
}

/// Whoever joins a group takes what comes to the group's address, whichever way it is joined.
#[test]
fn joining_a_group_is_judged() {
    const GROUP: [u8; 4] = [239, 1, 2, 3];
    let own = IpAddress::from(IpAddr::from(Ipv4Addr::LOCALHOST));
    let ways: [Way<UdpClient>; 2] = [
        ("UdpClient", |client| {
            let group = IpAddress::from(IpAddr::from(GROUP));
            let own = IpAddress::from(IpAddr::from(Ipv4Addr::LOCALHOST));
            Ok(client.join_multicast_group_at(group, own)?)
        }),
        // IPPROTO_IP and IP_ADD_MEMBERSHIP: the group, and the interface's address.
        ("Socket, by numbers", |client| {
            let value = [GROUP, [127, 0, 0, 1]].concat();
            Ok(client.client().set_raw_socket_option(0, 35, &value)?)
        }),
    ];
    for (what, way) in ways {
        let none: Arc<dyn AccessPolicy> = Arc::new(NetworkIsolation::new([]));
        let client = UdpClient::with_local_end_point(IpEndPoint::new(own, 0)).unwrap();
        let tried = access_scope_blocking(none, || way(&client));
        assert!(!allowed(what, tried), "{what}");
        // The very same, with nobody who judges.
        way(&client).unwrap();
    }
}
