//! Network namespaces: apart from each other, connected by cables, gone with their value.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV6, TcpListener, TcpStream};
use std::time::Duration;

use system_net_testkit::Namespace;

fn exists(name: &str) -> bool {
    std::path::Path::new("/run/netns").join(name).exists()
}

#[test]
fn namespaces_are_apart_and_connected() {
    let Some((one, two)) = Namespace::pair("namespaces_are_apart_and_connected") else {
        return;
    };
    let listener = one.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap());
    let port = listener.local_addr().unwrap().port();
    let server = one.spawn(move || {
        let (mut stream, peer) = listener.accept().unwrap();
        stream.write_all(peer.ip().to_string().as_bytes()).unwrap();
    });
    let seen = two.run(|| {
        let address = (Ipv4Addr::new(10, 9, 8, 1), port).into();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(20)).unwrap();
        let mut seen = String::new();
        stream.read_to_string(&mut seen).unwrap();
        seen
    });
    assert_eq!(seen, "10.9.8.2");
    server.join().unwrap();

    // The same port is free in the other, and over its own loopback nobody listens.
    two.run(|| {
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
    });
}

#[test]
fn link_local_addresses_are_usable_at_once() {
    let Some((one, two)) = Namespace::pair("link_local_addresses_are_usable_at_once") else {
        return;
    };
    let target = one.link_local("veth0");
    let listener = one.run(|| {
        let here = SocketAddrV6::new(target, 0, 0, one.index("veth0"));
        TcpListener::bind(here).unwrap()
    });
    let port = listener.local_addr().unwrap().port();
    two.run(|| {
        let there = SocketAddrV6::new(target, port, 0, two.index("veth0"));
        TcpStream::connect_timeout(&there.into(), Duration::from_secs(20)).unwrap();
    });
}

#[test]
fn programs_run_inside_and_nothing_is_left() {
    let Some((namespace, _other)) = Namespace::pair("programs_run_inside_and_nothing_is_left")
    else {
        return;
    };
    let output = namespace
        .command("cat")
        .arg("/proc/net/fib_trie")
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("10.9.8.255"), "{table}");
    let name = namespace.name().to_owned();
    assert!(exists(&name));
    drop(namespace);
    assert!(!exists(&name));
}
