//! The floor of https: tokio-rustls on a bare tokio socket, sessions kept between connections.

use std::sync::Arc;

use bench_meter::{Args, Meter, unsupported};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Connection;

pub(crate) async fn run(args: &Args, host: &str, port: u16, path: &str) {
    let get = format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").into_bytes();
    let tls = connector(args);
    match args.mode.as_str() {
        "get-seq" | "download" => {
            let meter = Meter::start();
            let mut connection = open(&tls, host, port).await;
            let mut bytes = 0;
            for _ in 0..args.n {
                connection.stream.write_all(&get).await.expect("send");
                bytes += connection.receive().await;
            }
            meter.finish(args.n, bytes);
        }
        "handshake" => {
            let get =
                format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n")
                    .into_bytes();
            // The first, whose session the others resume, comes before the clock.
            let mut bytes = 0;
            let mut meter = None;
            for _ in 0..=args.n {
                let mut connection = open(&tls, host, port).await;
                connection.stream.write_all(&get).await.expect("send");
                let count = connection.receive().await;
                match meter {
                    None => meter = Some(Meter::start()),
                    Some(_) => bytes += count,
                }
            }
            meter
                .expect("one connection at least")
                .finish(args.n, bytes);
        }
        "upload" => {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {}\r\n\r\n",
                args.bytes
            );
            let piece = vec![b'x'; 256 * 1024];
            let meter = Meter::start();
            let mut connection = open(&tls, host, port).await;
            let stream = &mut connection.stream;
            stream.write_all(head.as_bytes()).await.expect("send");
            for _ in 0..args.bytes / piece.len() as u64 {
                stream.write_all(&piece).await.expect("send");
            }
            stream.flush().await.expect("send");
            connection.receive().await;
            meter.finish(1, args.bytes);
        }
        _ => unsupported(),
    }
}

fn connector(args: &Args) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let file = args.ca.as_deref().expect("--ca FILE");
    for root in CertificateDer::pem_file_iter(file).expect("the file of trust anchors") {
        roots
            .add(root.expect("a certificate in PEM"))
            .expect("a root");
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn open(tls: &TlsConnector, host: &str, port: u16) -> Connection<TlsStream<TcpStream>> {
    let stream = TcpStream::connect((host, port)).await.expect("connect");
    stream.set_nodelay(true).expect("no delay");
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    Connection::over(tls.connect(name, stream).await.expect("a handshake"))
}
