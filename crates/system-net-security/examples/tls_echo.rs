//! An echo server and a client over TLS, or one of them alone against another program.
//!
//! - `tls_echo`: both, with a throw-away authority.
//! - `tls_echo server 127.0.0.1:4433 CHAIN.pem KEY.pem`: for `openssl s_client -connect
//!   127.0.0.1:4433`.
//! - `tls_echo client HOST PORT [ROOTS.pem ..]`: sends its standard input and prints what comes
//!   back; trusts the system's store and the ROOTS.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "an example is a program: it has threads and talks to its user"
)]

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};

use system_net_runtime::{TcpAcceptor, TcpOptions, TcpTransport, Transport as _, block_on};
use system_net_security::test_util::TestCa;
use system_net_security::{
    TlsAcceptor, TlsClientOptions, TlsConnector, TlsErrorKind, TlsServerIdentity, TlsTransport,
    certificates_from_pem,
};
use system_net_uri::{HostAddress, Uri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

type Done = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => both(),
        ["server", address, chain, key] => {
            let identity =
                TlsServerIdentity::from_pem(&std::fs::read(chain)?, &std::fs::read(key)?)?;
            let listener = TcpAcceptor::bind(address.parse()?)?;
            serve(listener, &TlsAcceptor::new(identity, &[])?, usize::MAX)
        }
        ["client", host, port, ref roots @ ..] => {
            let mut options = TlsClientOptions::default();
            for file in roots {
                options
                    .extra_roots
                    .extend(certificates_from_pem(&std::fs::read(file)?)?);
            }
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text)?;
            // The one parser of host names and addresses.
            let uri = Uri::parse(&format!("https://{host}:{port}/"))?;
            let address = format!("{host}:{port}").to_socket_addrs()?.next();
            let address = address.ok_or("the host has no address")?;
            exchange(
                &TlsConnector::new(&options)?,
                address,
                uri.host_address(),
                &text,
            )
        }
        _ => Err("see the head of this example for its arguments".into()),
    }
}

/// Server and client in this process, with certificates that live as long as it.
fn both() -> Done {
    let ca = TestCa::new();
    let acceptor = TlsAcceptor::new(ca.issue(&["localhost"]), &[])?;
    let connector = TlsConnector::new(&ca.client_options())?;
    let listener = TcpAcceptor::bind(([127, 0, 0, 1], 0).into())?;
    let address = listener.local_addr()?;
    let server = std::thread::spawn(move || serve(listener, &acceptor, 2));
    // The second connection goes on with the session of the first.
    for text in ["hello\n", "hello again\n"] {
        exchange(
            &connector,
            address,
            HostAddress::Dns("localhost"),
            text.as_bytes(),
        )?;
    }
    server.join().map_err(|_| "the server has panicked")?
}

fn serve(mut listener: TcpAcceptor, acceptor: &TlsAcceptor, connections: usize) -> Done {
    block_on(async {
        for _ in 0..connections {
            let (tcp, peer) = listener.accept().await?;
            match acceptor.accept(Box::new(tcp)).await {
                Ok(tls) => {
                    if let Err(error) = echo(tls).await {
                        eprintln!("{peer}: {error}");
                    }
                }
                Err(error) if error.kind() == TlsErrorKind::NotTls => {
                    eprintln!("{peer}: {error}");
                    if let Ok(mut plain) = error.into_plain_peer() {
                        let _ = plain.transport.write_all(b"this port speaks TLS\r\n").await;
                    }
                }
                Err(error) => eprintln!("{peer}: {error}"),
            }
        }
        Ok(())
    })
}

async fn echo(mut tls: TlsTransport) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match tls.read(&mut buffer).await? {
            0 => return tls.shutdown().await,
            length => {
                tls.write_all(&buffer[..length]).await?;
                // What was written may still lie in the session.
                tls.flush().await?;
            }
        }
    }
}

fn exchange(
    connector: &TlsConnector,
    address: SocketAddr,
    host: HostAddress<'_>,
    text: &[u8],
) -> Done {
    block_on(async {
        let tcp = TcpTransport::connect(address, &TcpOptions::default()).await?;
        let mut tls = connector.connect(Box::new(tcp), host).await?;
        let info = tls.info();
        eprintln!(
            "{}, {}, {}, {} certificate(s)",
            info.protocol,
            info.cipher_suite,
            if tls.is_resumed() {
                "resumed"
            } else {
                "new session"
            },
            info.peer_certificates.len()
        );
        tls.write_all(text).await?;
        tls.flush().await?;
        let mut answer = vec![0; text.len()];
        tls.read_exact(&mut answer).await?;
        tls.shutdown().await?;
        io::stdout().write_all(&answer)?;
        if let Some(address) = tls.remote_endpoint() {
            eprintln!("closed {address}");
        }
        Ok(())
    })
}
