//! Which certificate a server shows for which name, and keys that clients insist on.

use base64::Engine as _;
use sha2::Digest as _;
use system_net_security::test_util::TestCa;
use system_net_security::{
    SslClientAuthenticationOptions, SslServerAuthenticationOptions, SslStream, TlsAcceptor,
    TlsClientOptions, TlsErrorKind, TlsServerIdentity, TlsServerOptions, TrustProblem,
};
use system_net_uri::HostAddress;

use crate::pair::{connector, shake, sockets};

fn of_names(ca: &TestCa, strict: bool) -> TlsServerOptions {
    let mut options = TlsServerOptions::new(ca.issue(&["a.test"]));
    options.identities.push(ca.issue(&["b.test", "*.c.test"]));
    options.strict_server_names = strict;
    options
}

/// The chain that a stream of each side sees, by the name the client asks for.
#[test]
fn ssl_stream_server_selects_by_server_name() {
    let ca = TestCa::new();
    let options = of_names(&ca, false);
    for (name, index) in [("a.test", 0), ("b.test", 1), ("B.TEST", 1), ("x.c.test", 1)] {
        let accepting = SslServerAuthenticationOptions::new(options.clone());
        let (client, server) = sockets();
        let serving = std::thread::spawn(move || {
            let stream = SslStream::over_blocking(server);
            stream
                .authenticate_as_server_with(&accepting)
                .map(|()| stream)
        });
        let stream = SslStream::over_blocking(client);
        let connecting = SslClientAuthenticationOptions::with_tls(name, ca.client_options());
        stream.authenticate_as_client_with(&connecting).unwrap();
        let shown = stream.remote_certificate().unwrap();
        let expected = &options.identities[index].certificate_chain()[0];
        assert_eq!(shown.raw_data(), &**expected, "{name}");
        let server = serving.join().unwrap().unwrap();
        assert_eq!(server.local_certificate().unwrap().raw_data(), &**expected);
    }
}

#[test]
fn strict_servers_know_their_names() {
    let ca = TestCa::new();
    let acceptor = TlsAcceptor::with_options(of_names(&ca, true)).unwrap();
    let connector = connector(&TlsClientOptions {
        check_certificate_name: false,
        ..ca.client_options()
    });
    for (host, known) in [
        (HostAddress::Dns("a.test"), true),
        (HostAddress::Dns("x.c.test"), true),
        (HostAddress::Dns("d.test"), false),
        // An address is no name, and is not sent.
        (HostAddress::V4([127, 0, 0, 1].into()), false),
    ] {
        let (client, server) = shake(&connector, &acceptor, host);
        assert_eq!((client.is_ok(), server.is_ok()), (known, known), "{host:?}");
    }
    let mut none = of_names(&ca, true);
    none.identities.clear();
    let acceptor = TlsAcceptor::with_options(none.clone()).unwrap();
    let (client, _) = shake(&connector, &acceptor, HostAddress::Dns("a.test"));
    assert!(matches!(
        client.unwrap_err().kind(),
        TlsErrorKind::Channel(_)
    ));
    none.strict_server_names = false;
    TlsAcceptor::with_options(none).unwrap_err();
}

/// SHA-256 of a certificate's key, by a way of its own: rcgen writes it right behind the subject.
fn key_hash(identity: &TlsServerIdentity) -> [u8; 32] {
    // P-256: 91 bytes that begin so.
    let start = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    ];
    let der = &identity.certificate_chain()[0];
    let place = der.windows(start.len()).position(|it| it == start).unwrap();
    sha2::Sha256::digest(&der[place..place + 91]).into()
}

#[test]
fn pinned_public_keys_are_insisted_on() {
    let ca = TestCa::new();
    let (server, other) = (ca.issue(&["localhost"]), ca.issue(&["localhost"]));
    let self_signed = TestCa::self_signed(&["localhost"]);
    let with = |pins: Vec<[u8; 32]>, accept_any_certificate: bool| {
        connector(&TlsClientOptions {
            pinned_public_keys: pins,
            accept_any_certificate,
            ..ca.client_options()
        })
    };
    for (pins, accept_any, identity, connects) in [
        (vec![key_hash(&server)], false, &server, true),
        (
            vec![key_hash(&other), key_hash(&server)],
            false,
            &server,
            true,
        ),
        (vec![key_hash(&other)], false, &server, false),
        (vec![[0; 32]], true, &server, false),
        // Whatever else is accepted, the key is not; and a key alone is no trust.
        (vec![key_hash(&self_signed)], true, &self_signed, true),
        (vec![key_hash(&server)], true, &self_signed, false),
    ] {
        let acceptor = TlsAcceptor::new(identity.clone(), &[]).unwrap();
        let connector = with(pins, accept_any);
        let (client, _) = shake(&connector, &acceptor, HostAddress::Dns("localhost"));
        match client {
            Ok(_) => assert!(connects),
            Err(error) => {
                assert!(!connects, "{error}");
                let kind = TlsErrorKind::Trust(TrustProblem::WrongPublicKey);
                assert_eq!(error.kind(), kind);
                let hash = base64::engine::general_purpose::STANDARD.encode(key_hash(identity));
                assert!(
                    error.to_string().contains(&format!("sha256//{hash}")),
                    "{error}"
                );
            }
        }
    }
    let pinned = with(vec![key_hash(&self_signed)], false);
    let acceptor = TlsAcceptor::new(self_signed.clone(), &[]).unwrap();
    let (client, _) = shake(&pinned, &acceptor, HostAddress::Dns("localhost"));
    let kind = TlsErrorKind::Trust(TrustProblem::SelfSigned);
    assert_eq!(client.unwrap_err().kind(), kind);
    // A callback that forgives everything does not forgive this.
    let forgiving = with(vec![key_hash(&other)], false)
        .with_validation_callback(std::sync::Arc::new(|_| true))
        .unwrap();
    let acceptor = TlsAcceptor::new(server, &[]).unwrap();
    let (client, _) = shake(&forgiving, &acceptor, HostAddress::Dns("localhost"));
    let kind = TlsErrorKind::Trust(TrustProblem::WrongPublicKey);
    assert_eq!(client.unwrap_err().kind(), kind);
}
