//! One test per way in which two sides find no way to talk.

use std::error::Error as _;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;

use system_net_runtime::block_on;
use system_net_security::test_util::TestCa;
use system_net_security::{
    ChannelProblem, TlsAcceptor, TlsError, TlsErrorKind, TlsServerOptions, TlsVersion,
};
use system_net_uri::HostAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::pair::{
    acceptor, connect_to, connected, connector, raw_server, shake, sockets, transport, usual,
};

#[track_caller]
fn check(error: &TlsError, problem: ChannelProblem, parts: &[&str]) {
    assert_eq!(error.kind(), TlsErrorKind::Channel(problem), "{error}");
    let shown = error.to_string();
    for part in parts {
        assert!(shown.contains(part), "{shown:?} lacks {part:?}");
    }
    assert!(
        !error.advice().is_empty() && shown.ends_with(error.advice()),
        "{shown}"
    );
}

#[test]
fn protocol_version_mismatch() {
    let ca = TestCa::new();
    let mut old = TlsServerOptions::new(ca.issue(&["localhost"]));
    old.max_version = Some(TlsVersion::Tls12);
    let old = TlsAcceptor::with_options(old).unwrap();
    let mut new = TlsServerOptions::new(ca.issue(&["localhost"]));
    new.min_version = Some(TlsVersion::Tls13);
    let new = TlsAcceptor::with_options(new).unwrap();
    let mut options = ca.client_options();

    let (client, _) = connected(&connector(&options), &old);
    assert_eq!(client.info().protocol, "TLSv1.2");
    let (client, _) = connected(&connector(&options), &new);
    assert_eq!(client.info().protocol, "TLSv1.3");

    let version = ChannelProblem::NoCommonVersion;
    options.min_version = Some(TlsVersion::Tls13);
    let (client, server) = shake(&connector(&options), &old, HostAddress::Dns("localhost"));
    check(
        &client.unwrap_err(),
        version,
        &["the server", "version", "TLS 1.2 and 1.3"],
    );
    check(&server.unwrap_err(), version, &["the client"]);

    options.min_version = None;
    options.max_version = Some(TlsVersion::Tls12);
    let (client, server) = shake(&connector(&options), &new, HostAddress::Dns("localhost"));
    check(
        &client.unwrap_err(),
        version,
        &["the server", "host localhost"],
    );
    check(&server.unwrap_err(), version, &["the client"]);

    options.min_version = Some(TlsVersion::Tls13);
    let error = system_net_security::TlsConnector::new(&options).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
}

#[test]
fn tls_1_1_alert_is_a_version_problem() {
    // A server of TLS 1.1 days: alert protocol_version in a TLS 1.0 record.
    let address = raw_server(b"\x15\x03\x01\x00\x02\x02\x46");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::NoCommonVersion,
        &["refuses the offered versions"],
    );
    // One that has no suite in common says handshake_failure.
    let address = raw_server(b"\x15\x03\x03\x00\x02\x02\x28");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(&error, ChannelProblem::NoCommonCipher, &["cipher suites"]);
    // unrecognized_name
    let address = raw_server(b"\x15\x03\x03\x00\x02\x02\x70");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::UnknownServerName,
        &["does not know the host name"],
    );
}

#[test]
fn plain_http_peer() {
    let address = raw_server(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::NotTls,
        &[
            "the server did not answer with TLS; its first bytes look like HTTP: \
             \"HTTP/1.1 400 Bad Request\\r\\n",
            "check scheme and port",
        ],
    );
    let address = raw_server(b"220 mail.example ESMTP\r\n");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::NotTls,
        &["its first bytes are \"220 mail.example ESMTP"],
    );
    let address = raw_server(b"\x1b[31mred\r\n");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(&error, ChannelProblem::NotTls, &["\"\\x1b[31mred"]);
}

#[test]
fn peer_closes_during_the_handshake() {
    let address = raw_server(b"");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::Closed,
        &["closed the connection before it sent anything"],
    );
    assert!(error.source().is_some());
    // The beginning of a ServerHello.
    let address = raw_server(b"\x16\x03\x03\x00\x7a\x02\x00");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::Closed,
        &["in the middle of the TLS handshake"],
    );
}

#[test]
fn peer_breaks_the_protocol() {
    // A handshake record that holds nonsense.
    let address = raw_server(b"\x16\x03\x03\x00\x05\xff\x00\x00\x01\x00");
    let error = connect_to(&usual().0, address).unwrap_err();
    check(
        &error,
        ChannelProblem::PeerBrokeProtocol,
        &["the server broke the TLS protocol"],
    );
}

#[test]
fn no_common_application_protocol() {
    let ca = TestCa::new();
    let acceptor = TlsAcceptor::new(ca.issue(&["localhost"]), &[b"http/1.1"]).unwrap();
    let mut options = ca.client_options();
    options.alpn = vec![b"h2".to_vec()];
    let (client, server) = shake(
        &connector(&options),
        &acceptor,
        HostAddress::Dns("localhost"),
    );
    let alpn = ChannelProblem::NoCommonApplicationProtocol;
    check(
        &client.unwrap_err(),
        alpn,
        &["application protocol", "ALPN"],
    );
    check(
        &server.unwrap_err(),
        alpn,
        &["the client offers no application protocol"],
    );
}

#[test]
fn no_host_to_compare_with() {
    let (connector, _) = usual();
    for host in [
        HostAddress::None,
        HostAddress::Dns(""),
        HostAddress::Dns("a b"),
        HostAddress::Dns("-"),
    ] {
        let (client, _server) = sockets();
        let error = block_on(connector.connect(transport(client), host)).unwrap_err();
        assert_eq!(
            error.kind(),
            TlsErrorKind::Configuration,
            "{host:?}: {error}"
        );
    }
}

#[test]
fn plain_http_to_tls_port() {
    let (_, acceptor) = usual();
    let (mut client, server) = sockets();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request).unwrap();
    let answering = thread::spawn(move || {
        block_on(async {
            let error = acceptor.accept(transport(server)).await.unwrap_err();
            assert_eq!(error.kind(), TlsErrorKind::NotTls, "{error}");
            assert_eq!(error.first_bytes(), request);
            assert!(
                error.to_string().contains("\"GET / HTTP/1.1\\r\\n"),
                "{error}"
            );
            let mut peer = error.into_plain_peer().unwrap();
            assert_eq!(peer.first_bytes, request);
            peer.transport
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
            peer.transport.shutdown().await.unwrap();
        });
    });
    // Nothing but the answer arrives: no alert was mixed in.
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    answering.join().unwrap();
}

#[test]
fn hostile_first_bytes() {
    let (_, acceptor) = usual();
    let cases: [(&[u8], Option<ChannelProblem>); 7] = [
        (b"", Some(ChannelProblem::Closed)),
        (b"\0", None),
        (b"\x16", Some(ChannelProblem::Closed)),
        (
            b"\x16\x03\x01\x00\x05\xff\x00\x00\x01\x00",
            Some(ChannelProblem::PeerBrokeProtocol),
        ),
        (
            b"\x16\x03\x01\xff\xff",
            Some(ChannelProblem::PeerBrokeProtocol),
        ),
        (b"\x16\x02", None),
        // A hello of SSL 2.0.
        (b"\x80\x2e\x01\x00\x02\x00\x15", None),
    ];
    for (bytes, expected) in cases {
        let (mut client, server) = sockets();
        client.write_all(bytes).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let error = block_on(acceptor.accept(transport(server))).unwrap_err();
        let kind = expected.map_or(TlsErrorKind::NotTls, TlsErrorKind::Channel);
        assert_eq!(error.kind(), kind, "{}: {error}", bytes.escape_ascii());
        assert_eq!(error.into_plain_peer().is_ok(), expected.is_none());
    }
}

#[test]
fn server_learns_that_its_certificate_was_refused() {
    let (connector, _) = usual();
    let other = acceptor(TestCa::new().issue(&["localhost"]));
    let (client, server) = sockets();
    let accepting = thread::spawn(move || {
        block_on(async {
            // The client judges after the server's last message, so it may show by the first read.
            let mut tls = match other.accept(transport(server)).await {
                Ok(tls) => tls,
                Err(error) => return error.to_string(),
            };
            let error = tls.read(&mut [0; 10]).await.unwrap_err();
            let tls = TlsError::of_io_error(&error).unwrap();
            let refused = TlsErrorKind::Channel(ChannelProblem::CertificateRefused);
            assert_eq!(tls.kind(), refused);
            tls.to_string()
        })
    });
    let client = block_on(connector.connect(transport(client), HostAddress::Dns("localhost")));
    client.unwrap_err();
    let shown = accepting.join().unwrap();
    assert!(
        shown.contains("the client refuses the certificate"),
        "{shown}"
    );
    assert!(shown.contains("UnknownCA"), "{shown}");
}
