//! Keys that change within a connection (RFC 8446 section 4.6.3), by a peer that is rustls itself
//! on a socket, driven by hand.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig};
use rustls::{ServerConnection, crypto::CryptoProvider};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use system_net_runtime::{TcpTransport, Transport as _, block_on};
use system_net_security::test_util::TestCa;
use system_net_security::{
    SslClientAuthenticationOptions, SslServerAuthenticationOptions, SslStream, TlsServerOptions,
};
use system_net_uri::HostAddress;

use crate::pair::{sockets, transport, trusting};

/// The peer, one step at a time.
struct Peer {
    session: Connection,
    socket: TcpStream,
    /// How long the records were that came after the handshake.
    records: Vec<usize>,
    /// The beginning of one of which the rest has not come.
    begun: Vec<u8>,
}

/// A record with nothing but `KeyUpdate`: its four bytes of head, one of content, one that says that
/// it is of the handshake, and 16 that prove where it is from. No word of data here is as long.
const KEY_UPDATE: usize = 22;

impl Peer {
    fn new(session: impl Into<Connection>, mut socket: TcpStream) -> Self {
        let mut session = session.into();
        while session.is_handshaking() || session.wants_write() {
            session.complete_io(&mut socket).unwrap();
        }
        Self {
            session,
            socket,
            records: Vec::new(),
            begun: Vec::new(),
        }
    }

    fn send(&mut self, data: &[u8]) {
        // The session takes no more at once than its buffer has room for.
        for piece in data.chunks(16 * 1024) {
            self.session.writer().write_all(piece).unwrap();
            self.flush();
        }
    }

    fn flush(&mut self) {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.socket).unwrap();
        }
    }

    fn receive(&mut self, length: usize) -> Vec<u8> {
        let mut data = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match self.session.reader().read(&mut data[filled..]) {
                Ok(0) => panic!("an end after {filled} bytes"),
                Ok(more) => filled += more,
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.read_more(),
                Err(error) => panic!("{error}"),
            }
        }
        data
    }

    fn read_more(&mut self) {
        let mut bytes = [0; 4096];
        let length = self.socket.read(&mut bytes).unwrap();
        assert!(length > 0, "an end without close_notify");
        self.begun.extend_from_slice(&bytes[..length]);
        while let [_, _, _, high, low, rest @ ..] = &self.begun[..]
            && rest.len() >= usize::from(u16::from_be_bytes([*high, *low]))
        {
            let record = usize::from(u16::from_be_bytes([*high, *low]));
            self.records.push(record);
            self.begun.drain(..5 + record);
        }
        let mut rest = &bytes[..length];
        while !rest.is_empty() {
            self.session.read_tls(&mut rest).unwrap();
            self.session.process_new_packets().unwrap();
        }
    }

    /// New keys for what this side sends, and the wish that the other renews its own.
    fn renew(&mut self) {
        self.session.refresh_traffic_keys().unwrap();
        self.flush();
    }

    fn key_updates(&self) -> usize {
        let of_key_update = |length: &&usize| **length == KEY_UPDATE;
        self.records.iter().filter(of_key_update).count()
    }
}

fn provider() -> Arc<CryptoProvider> {
    #[cfg(feature = "aws-lc-rs")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    let provider = rustls::crypto::ring::default_provider();
    Arc::new(provider)
}

fn server_of(ca: &TestCa) -> ServerConnection {
    let (certificate, key) = ca.issue_pem(&["localhost"]);
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    ServerConnection::new(Arc::new(config)).unwrap()
}

fn client_of(ca: &TestCa) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(ca.ca_der()).unwrap();
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    ClientConnection::new(Arc::new(config), name).unwrap()
}

/// What both sides say and when the peer renews the keys; our side answers what it reads.
fn talk(peer: &mut Peer) {
    peer.send(b"before");
    assert_eq!(peer.receive(6), b"before");
    assert_eq!(peer.key_updates(), 0);
    // With data before, between and behind, and several times in a row.
    peer.renew();
    peer.send(b"afterwards");
    assert_eq!(peer.receive(10), b"afterwards");
    assert_eq!(
        peer.key_updates(),
        1,
        "asked for, and answered: {:?}",
        peer.records
    );
    peer.send(b"a");
    for _ in 0..5 {
        peer.renew();
    }
    peer.send(b"b");
    assert_eq!(peer.receive(2), b"ab");
    assert!(peer.key_updates() >= 2, "{:?}", peer.records);
    // In the middle of much data.
    let much: Vec<u8> = (0..200_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    for piece in much.chunks(30_000) {
        peer.send(piece);
        peer.renew();
        assert!(peer.receive(piece.len()) == piece);
    }
    peer.session.send_close_notify();
    peer.flush();
}

/// Answers until the end.
fn echo(stream: &SslStream) {
    let (mut reading, mut writing) = (stream, stream);
    let mut buffer = vec![0; 10_000];
    loop {
        let length = reading.read(&mut buffer).unwrap();
        if length == 0 {
            return;
        }
        writing.write_all(&buffer[..length]).unwrap();
    }
}

fn over(blocking: bool, socket: TcpStream) -> SslStream {
    match blocking {
        true => SslStream::over_blocking(socket),
        false => SslStream::new(TcpTransport::from_std(socket).unwrap()),
    }
}

#[test]
fn key_update_of_a_server() {
    let ca = TestCa::new();
    for blocking in [false, true] {
        let (client, server) = sockets();
        let session = server_of(&ca);
        let peer = thread::spawn(move || talk(&mut Peer::new(session, server)));
        let stream = over(blocking, client);
        let options = SslClientAuthenticationOptions::with_tls("localhost", ca.client_options());
        stream.authenticate_as_client_with(&options).unwrap();
        echo(&stream);
        peer.join().unwrap();
    }
}

#[test]
fn key_update_of_a_client() {
    let ca = TestCa::new();
    let tls = TlsServerOptions::new(ca.issue(&["localhost"]));
    let options = SslServerAuthenticationOptions::new(tls);
    for blocking in [false, true] {
        let (client, server) = sockets();
        let session = client_of(&ca);
        let peer = thread::spawn(move || talk(&mut Peer::new(session, client)));
        let stream = over(blocking, server);
        stream.authenticate_as_server_with(&options).unwrap();
        echo(&stream);
        peer.join().unwrap();
    }
}

/// A pool that looks at an idle connection takes the keys in and keeps it; what is said over it
/// afterwards goes by the new ones.
#[test]
fn key_update_on_an_idle_connection() {
    let ca = TestCa::new();
    let (client, server) = sockets();
    let session = server_of(&ca);
    let peer = thread::spawn(move || {
        let mut peer = Peer::new(session, server);
        peer.send(b"one");
        assert_eq!(peer.receive(3), b"one");
        for _ in 0..3 {
            peer.renew();
        }
        peer
    });
    let host = HostAddress::Dns("localhost");
    let connecting = trusting(&ca);
    let mut tls = block_on(connecting.connect(transport(client), host)).unwrap();
    let exchange = |tls: &mut system_net_security::TlsTransport, word: &[u8]| {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        block_on(async {
            let mut seen = vec![0; word.len()];
            tls.read_exact(&mut seen).await.unwrap();
            assert_eq!(seen, word);
            tls.write_all(word).await.unwrap();
            tls.flush().await.unwrap();
        });
    };
    exchange(&mut tls, b"one");
    // All that the peer has sent has arrived: over loopback that is one step.
    let mut peer = peer.join().unwrap();
    assert!(tls.is_quiet(), "new keys are no data");
    let talking = thread::spawn(move || {
        peer.send(b"second");
        assert_eq!(peer.receive(6), b"second");
        peer.key_updates()
    });
    exchange(&mut tls, b"second");
    assert!(talking.join().unwrap() >= 1);
}
