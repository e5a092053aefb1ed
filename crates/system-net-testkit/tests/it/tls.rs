//! TLS peers, met by a client made of the same TLS library.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use system_net_testkit::{Authority, Ended, HttpPeer, Response, Script, Validity};

use crate::connect;

const GET: &[u8] = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n";

fn client(peer: &HttpPeer, roots_pem: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(roots_pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, connect(peer))
}

/// Asks a peer with a certificate for these names and of this validity; the error is the TLS
/// library's.
fn ask(names: &[&str], validity: Validity) -> Result<String, String> {
    let authority = Authority::new();
    let identity = authority.issue(names, validity).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("secret"));
    assert!(peer.url("/").starts_with("https://127.0.0.1:"));
    let mut client = client(&peer, authority.certificate_pem());
    let mut answer = String::new();
    client
        .write_all(GET)
        .and_then(|()| client.read_to_string(&mut answer).map(drop))
        .map_err(|error| error.to_string())?;
    Ok(answer)
}

#[test]
fn right_certificate_is_accepted() {
    let answer = ask(&["localhost", "127.0.0.1"], Validity::Now).unwrap();
    assert!(answer.ends_with("\r\n\r\nsecret"), "{answer}");
}

#[test]
fn wrong_certificates_are_wrong() {
    for (names, validity, why) in [
        (["other.example"], Validity::Now, "not valid for name"),
        (["localhost"], Validity::Past, "expired"),
        (["localhost"], Validity::Future, "not valid yet"),
    ] {
        let error = ask(&names, validity).unwrap_err();
        assert!(error.contains(why), "{why}: {error}");
    }
}

#[test]
fn failed_handshake_is_recorded() {
    let identity = Authority::self_signed(&["localhost"]).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200));
    let other = Authority::new();
    let error = client(&peer, other.certificate_pem())
        .write_all(GET)
        .unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    peer.wait_for_open_at_most(0);
    let ended = peer.connections().remove(0).ended;
    assert!(matches!(ended, Ended::Handshake(_)), "{ended:?}");
    assert_eq!(peer.request_count(), 0);
}

#[test]
fn close_says_goodbye_and_cut_does_not() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let answer = |script: Script| {
        let peer = HttpPeer::each_tls(&identity, script);
        let mut client = client(&peer, authority.certificate_pem());
        client.write_all(GET).unwrap();
        client
            .read_to_end(&mut Vec::new())
            .map_err(|error| error.kind())
    };
    assert_eq!(answer(Script::new().answer("abc").close()), Ok(3));
    assert_eq!(
        answer(Script::new().answer("abc").cut()),
        Err(ErrorKind::UnexpectedEof)
    );
}
