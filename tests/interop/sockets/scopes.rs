//! Link-local addresses and the interfaces they are on.

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};
use system_net_sockets::{ProtocolType, Socket, SocketErrorCode, SocketType};
use system_net_testkit::Namespace;

use crate::pair;

/// The name of an interface means the interface of the namespace the thread is in, not one of the
/// machine that has the same name.
#[test]
fn scope_ids_by_name_are_of_this_namespace() {
    let Some((one, two)) = pair("scope_ids_by_name_are_of_this_namespace") else {
        return;
    };
    // A further pair moves the number on, so that the namespaces differ in it.
    for (name, peer) in [("veth1", "veth2"), ("veth3", "veth4")] {
        Namespace::connect((&one, name), (&one, peer));
    }
    Namespace::connect((&one, "veth9"), (&two, "veth9"));
    for namespace in [&one, &two] {
        namespace.settle();
        let expected = namespace.index("veth9");
        let text = format!("{}%veth9", namespace.link_local("veth9"));
        let address: IpAddress = namespace.run(|| text.parse().unwrap());
        assert_eq!(address.scope_id(), Some(expected), "{text}");
    }
    assert_ne!(one.index("veth9"), two.index("veth9"));
    assert!("fe80::1%veth9".parse::<IpAddress>().is_err());
}

/// A link-local address means nothing without its interface, and its peer sees the interface on
/// its own side.
#[test]
fn link_local_connections_need_the_scope_id() {
    let Some((one, two)) = pair("link_local_connections_need_the_scope_id") else {
        return;
    };
    // Numbers that differ on the two sides.
    Namespace::connect((&two, "veth7"), (&two, "veth8"));
    Namespace::connect((&one, "cable"), (&two, "wire"));
    one.settle();
    two.settle();
    let target = one.link_local("cable");
    let server = one.run(|| {
        let server = stream();
        let here: IpAddress = format!("{target}%cable").parse().unwrap();
        server.bind(IpEndPoint::new(here, 0)).unwrap();
        server.listen(1).unwrap();
        server
    });
    let port = server.local_end_point().unwrap().unwrap().port();
    two.run(|| {
        let wire: IpAddress = format!("{target}%wire").parse().unwrap();
        assert_eq!(wire.scope_id(), Some(two.index("wire")));
        let client = stream();
        client.connect(IpEndPoint::new(wire, port)).unwrap();
        let accepted = server.accept().unwrap();
        let Some(EndPoint::Ip(peer)) = accepted.remote_end_point().unwrap() else {
            panic!("no address");
        };
        assert_eq!(peer.address().to_ip_addr(), two.link_local("wire"));
        assert_eq!(peer.address().scope_id(), Some(one.index("cable")));

        let none = IpEndPoint::new(wire.with_scope_id(0).unwrap(), port);
        let error = stream().connect(none).unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::InvalidArgument, "{error}");
    });
}

fn stream() -> Socket {
    let family = AddressFamily::InterNetworkV6;
    Socket::new(family, SocketType::Stream, ProtocolType::TCP).unwrap()
}
