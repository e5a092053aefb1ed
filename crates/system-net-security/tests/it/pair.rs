//! A client and a server on one TCP connection over loopback, the server on a thread of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use system_net_runtime::{TcpOptions, TcpTransport, Transport, block_on};
use system_net_security::test_util::TestCa;
use system_net_security::{
    TlsAcceptor, TlsClientOptions, TlsConnector, TlsError, TlsServerIdentity, TlsTransport,
};
use system_net_uri::HostAddress;

pub(crate) type Handshake = Result<TlsTransport, TlsError>;

/// Two connected TCP sockets.
pub(crate) fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    (client, server)
}

pub(crate) fn transport(socket: TcpStream) -> Box<dyn Transport> {
    Box::new(TcpTransport::from_std(socket).unwrap())
}

/// Runs both handshakes, each under `block_on` on its own thread.
pub(crate) fn shake(
    connector: &TlsConnector,
    acceptor: &TlsAcceptor,
    host: HostAddress<'_>,
) -> (Handshake, Handshake) {
    let (client, server) = sockets();
    let acceptor = acceptor.clone();
    let accepting = thread::spawn(move || {
        block_on(async {
            let mut tls = acceptor.accept(transport(server)).await?;
            // A client that refuses the certificate tells so after the server's last message.
            if tls.info().protocol == "TLSv1.3" {
                confirm(&mut tls).await?;
            }
            Ok(tls)
        })
    });
    let connected = block_on(async {
        let mut tls = connector.connect(transport(client), host).await?;
        if tls.info().protocol == "TLSv1.3" {
            expect_confirmation(&mut tls).await;
        }
        Ok(tls)
    });
    (connected, accepting.join().unwrap())
}

async fn confirm(tls: &mut TlsTransport) -> Result<(), TlsError> {
    use tokio::io::AsyncWriteExt as _;
    let _ = tls.write_all(b"+").await;
    let _ = tls.flush().await;
    Ok(())
}

async fn expect_confirmation(tls: &mut TlsTransport) {
    use tokio::io::AsyncReadExt as _;
    let mut byte = [0];
    tls.read_exact(&mut byte).await.unwrap();
    assert_eq!(&byte, b"+");
}

/// A handshake that succeeds on both sides.
#[track_caller]
pub(crate) fn connected(
    connector: &TlsConnector,
    acceptor: &TlsAcceptor,
) -> (TlsTransport, TlsTransport) {
    let (client, server) = shake(connector, acceptor, HostAddress::Dns("localhost"));
    (client.unwrap(), server.unwrap())
}

/// An authority, a client that trusts it, and a server for `localhost`.
pub(crate) fn usual() -> (TlsConnector, TlsAcceptor) {
    let ca = TestCa::new();
    (trusting(&ca), acceptor(ca.issue(&["localhost"])))
}

pub(crate) fn trusting(ca: &TestCa) -> TlsConnector {
    connector(&ca.client_options())
}

pub(crate) fn connector(options: &TlsClientOptions) -> TlsConnector {
    TlsConnector::new(options).unwrap()
}

pub(crate) fn acceptor(identity: TlsServerIdentity) -> TlsAcceptor {
    TlsAcceptor::new(identity, &[]).unwrap()
}

/// A server that is no TLS server: it reads something, answers with these bytes and closes.
pub(crate) fn raw_server(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(answer);
    });
    address
}

/// Connects to any server by its address.
pub(crate) fn connect_to(connector: &TlsConnector, address: SocketAddr) -> Handshake {
    block_on(async {
        let tcp = TcpTransport::connect(address, &TcpOptions::default())
            .await
            .unwrap();
        connector
            .connect(Box::new(tcp), HostAddress::Dns("localhost"))
            .await
    })
}
