//! What a successful handshake gives: names, protocols, sessions, runtimes.

use std::thread;

use system_net_runtime::{Transport as _, block_on};
use system_net_security::extended_protection::{ChannelBinding, ChannelBindingKind};
use system_net_security::test_util::TestCa;
use system_net_security::{TlsAcceptor, TlsErrorKind, TlsServerOptions, TlsTransport, TlsVersion};
use system_net_uri::HostAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::pair::{acceptor, connected, connector, shake, sockets, transport, trusting, usual};

#[test]
fn tls_default_is_system_default() {
    let (connector, acceptor) = usual();
    let (client, server) = connected(&connector, &acceptor);
    for side in [&client, &server] {
        assert_eq!(side.info().protocol, "TLSv1.3");
        assert!(
            side.info().cipher_suite.starts_with("TLS_"),
            "{}",
            side.info().cipher_suite
        );
        assert!(
            !side.info().cipher_suite.contains("13"),
            "{}",
            side.info().cipher_suite
        );
        assert_eq!(side.info().alpn, None);
        assert_eq!(side.info().server_name.as_deref(), Some("localhost"));
    }
    assert_eq!(client.tls(), Some(client.info()));
    assert_eq!(client.info().peer_certificates, server.local_certificates());
    assert_eq!(server.local_certificates().len(), 1);
    assert!(server.info().peer_certificates.is_empty() && client.local_certificates().is_empty());
    assert_eq!(client.local_endpoint(), server.remote_endpoint());
    assert_eq!(client.remote_endpoint(), server.local_endpoint());
    assert!(client.local_endpoint().is_some());
}

#[test]
fn application_protocol_is_the_servers_first_choice() {
    let ca = TestCa::new();
    type Choice = (
        &'static [&'static [u8]],
        &'static [&'static [u8]],
        Option<&'static [u8]>,
    );
    let choices: [Choice; 4] = [
        (&[b"h2", b"http/1.1"], &[b"http/1.1"], Some(b"http/1.1")),
        (&[b"http/1.1", b"h2"], &[b"h2", b"http/1.1"], Some(b"h2")),
        (&[b"h2"], &[], None),
        (&[], &[b"h2"], None),
    ];
    for (offered, accepted, expected) in choices {
        let mut options = ca.client_options();
        options.alpn = offered.iter().map(|protocol| protocol.to_vec()).collect();
        let acceptor = TlsAcceptor::new(ca.issue(&["localhost"]), accepted).unwrap();
        let (client, server) = connected(&connector(&options), &acceptor);
        assert_eq!(client.info().alpn.as_deref(), expected);
        assert_eq!(server.info().alpn.as_deref(), expected);
    }
}

#[test]
fn server_chooses_its_certificate_by_name() {
    let ca = TestCa::new();
    let mut options = TlsServerOptions::new(ca.issue(&["first.example", "127.0.0.1"]));
    options.identities.push(ca.issue(&["second.example"]));
    options.identities.push(ca.issue(&["*.second.example"]));
    let identities = options.identities.clone();
    let acceptor = TlsAcceptor::with_options(options).unwrap();
    let connector = trusting(&ca);
    let rows = [
        (HostAddress::Dns("first.example"), 0),
        (HostAddress::Dns("second.example"), 1),
        (HostAddress::Dns("SECOND.example"), 1),
        (HostAddress::Dns("www.second.example"), 2),
        // An address is not sent along; the first identity stands for it.
        (HostAddress::V4([127, 0, 0, 1].into()), 0),
    ];
    for (host, expected) in rows {
        let (client, server) = shake(&connector, &acceptor, host);
        let expected = identities[expected].certificate_chain();
        assert_eq!(
            client.unwrap().info().peer_certificates,
            expected,
            "{host:?}"
        );
        assert_eq!(server.unwrap().local_certificates(), expected, "{host:?}");
    }
    let (client, _) = shake(&connector, &acceptor, HostAddress::Dns("third.example"));
    let error = client.unwrap_err();
    assert!(matches!(error.kind(), TlsErrorKind::Trust(_)));
    assert_eq!(
        error.certificate().unwrap().names,
        ["first.example", "127.0.0.1"]
    );
}

#[test]
fn a_server_needs_an_identity() {
    let mut options = TlsServerOptions::new(TestCa::new().issue(&["localhost"]));
    options.identities.clear();
    let error = TlsAcceptor::with_options(options).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
}

/// Both ends see the same values of the channel, in a resumed session too; the exporter's are those
/// of one connection alone.
#[test]
fn both_ends_see_one_channel_binding() {
    let ca = TestCa::new();
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let mut options = ca.client_options();
        options.max_version = Some(version);
        let connector = connector(&options);
        let acceptor = acceptor(ca.issue(&["localhost"]));
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (client, server) = connected(&connector, &acceptor);
            let get = |side: &TlsTransport, kind| {
                let context = side.transport_context();
                context.get_channel_binding(kind).unwrap()
            };
            let endpoint = get(&client, ChannelBindingKind::Endpoint).unwrap();
            let certificate = &client.info().peer_certificates[0];
            assert_eq!(
                Some(&endpoint),
                ChannelBinding::endpoint(certificate).as_ref()
            );
            assert_eq!(Some(endpoint), get(&server, ChannelBindingKind::Endpoint));
            let exporter = get(&client, ChannelBindingKind::Exporter);
            assert_eq!(exporter, get(&server, ChannelBindingKind::Exporter));
            assert_eq!(exporter.is_some(), version == TlsVersion::Tls13);
            seen.extend(exporter);
        }
        assert!(seen.len() < 2 || seen[0] != seen[1]);
    }
}

#[test]
fn second_connection_resumes_the_session() {
    let ca = TestCa::new();
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let mut options = ca.client_options();
        options.max_version = Some(version);
        let connector = connector(&options);
        let acceptor = acceptor(ca.issue(&["localhost"]));
        let (client, server) = connected(&connector, &acceptor);
        assert!(!client.is_resumed() && !server.is_resumed());
        let first = client.info().peer_certificates.clone();
        let (client, server) = connected(&connector.clone(), &acceptor);
        assert!(client.is_resumed() && server.is_resumed(), "{version:?}");
        assert_eq!(client.info().peer_certificates, first);
        assert_eq!(server.local_certificates(), first);
        // Another server does not know the tickets: a whole handshake, not an error.
        let other = crate::pair::acceptor(ca.issue(&["localhost"]));
        let (client, _) = connected(&connector, &other);
        assert!(!client.is_resumed());
    }
}

#[test]
fn separate_sessions_are_nobody_elses() {
    let (joe, acceptor) = usual();
    connected(&joe, &acceptor);
    let susan = joe.with_separate_sessions();
    assert!(
        !connected(&susan, &acceptor).0.is_resumed(),
        "susan goes on with joe's session"
    );
    assert!(connected(&susan, &acceptor).0.is_resumed());
    assert!(connected(&joe, &acceptor).0.is_resumed());
    // Separated before the first connection as well.
    let (joe, acceptor) = usual();
    let susan = joe.with_separate_sessions();
    connected(&joe, &acceptor);
    assert!(!connected(&susan, &acceptor).0.is_resumed());
}

#[test]
fn both_sides_export_the_same_keys() {
    let ca = TestCa::new();
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let mut options = ca.client_options();
        options.max_version = Some(version);
        let (client, server) = connected(&connector(&options), &acceptor(ca.issue(&["localhost"])));
        let export = |side: &TlsTransport, label: &[u8]| {
            side.export_keying_material(label, Some(b""), 32).unwrap()
        };
        let binding = b"EXPORTER-Channel-Binding";
        assert_eq!(export(&client, binding), export(&server, binding));
        assert_ne!(export(&client, binding), export(&client, b"EXPORTER-other"));
        assert_ne!(export(&client, binding), [0; 32]);
    }
}

/// One exchange in both directions, larger than any buffer on the way.
async fn exchange(client: &mut TlsTransport, server: &mut TlsTransport) {
    let data: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
    let sending = async {
        client.write_all(&data).await.unwrap();
        client.flush().await.unwrap();
        let mut answer = [0; 4];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"done");
    };
    let receiving = async {
        let mut received = vec![0; data.len()];
        server.read_exact(&mut received).await.unwrap();
        assert!(received == data);
        server.write_all(b"done").await.unwrap();
        server.flush().await.unwrap();
    };
    tokio::join!(sending, receiving);
}

#[test]
fn works_in_a_tokio_runtime_and_moves_on() {
    let (connector, acceptor) = usual();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (client, server) = sockets();
    let first = runtime();
    let (mut client, mut server) = first.block_on(async {
        let (client, server) = (transport(client), transport(server));
        let (client, server) = tokio::join!(
            connector.connect(client, HostAddress::Dns("localhost")),
            acceptor.accept(server)
        );
        (client.unwrap(), server.unwrap())
    });
    first.block_on(exchange(&mut client, &mut server));
    // The runtime goes on existing, but nobody turns it.
    block_on(exchange(&mut client, &mut server));
    runtime().block_on(exchange(&mut client, &mut server));
    drop(first);
    client.release_reactor();
    block_on(exchange(&mut client, &mut server));
}

#[test]
fn tls_within_tls() {
    let (outer_connector, outer_acceptor) = usual();
    let (inner_connector, inner_acceptor) = usual();
    let (client, server) = connected(&outer_connector, &outer_acceptor);
    let accepting = thread::spawn(move || {
        block_on(async {
            let mut tls = inner_acceptor.accept(Box::new(server)).await.unwrap();
            tls.write_all(b"deep").await.unwrap();
            tls.flush().await.unwrap();
            tls
        })
    });
    let mut client = block_on(async {
        let inner = inner_connector.connect(Box::new(client), HostAddress::Dns("localhost"));
        let mut tls = inner.await.unwrap();
        let mut text = [0; 4];
        tls.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"deep");
        tls
    });
    let server = accepting.join().unwrap();
    assert!(client.is_quiet());
    assert_eq!(client.remote_endpoint(), server.local_endpoint());
    assert!(client.killer().is_some());
}
