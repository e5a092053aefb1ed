//! An `SslStream` by itself, beside tokio-rustls by itself (`peer-raw` with https): HTTP is a head
//! that is looked through once. `download` reads a response of fixed length, `upload` sends `--bytes`
//! in one POST.

use bench_meter::{Args, Meter, args, runtime, seed, split_https, unsupported};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use system_net_runtime::{TcpOptions, TcpTransport};
use system_net_security::{SslClientAuthenticationOptions, SslStream, TlsClientOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn main() {
    let args = args();
    let Some((host, port, path)) = split_https(&args.url) else {
        unsupported()
    };
    seed();
    runtime(args.threads).block_on(async {
        match args.mode.as_str() {
            "download" => {
                let get = format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
                let meter = Meter::start();
                let mut stream = open(&args, &host, port).await;
                let mut bytes = 0;
                for _ in 0..args.n {
                    stream.write_all(get.as_bytes()).await.expect("send");
                    stream.flush().await.expect("send");
                    bytes += receive(&mut stream).await;
                }
                meter.finish(args.n, bytes);
            }
            "upload" => {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {}\r\n\r\n",
                    args.bytes
                );
                let piece = vec![b'x'; 256 * 1024];
                let meter = Meter::start();
                let mut stream = open(&args, &host, port).await;
                stream.write_all(head.as_bytes()).await.expect("send");
                for _ in 0..args.bytes / piece.len() as u64 {
                    stream.write_all(&piece).await.expect("send");
                }
                stream.flush().await.expect("send");
                receive(&mut stream).await;
                meter.finish(1, args.bytes);
            }
            _ => unsupported(),
        }
    });
}

async fn open(args: &Args, host: &str, port: u16) -> SslStream {
    let mut tls = TlsClientOptions::default();
    tls.use_system_roots = false;
    tls.alpn = vec![b"http/1.1".to_vec()];
    let file = args.ca.as_deref().expect("--ca FILE");
    tls.extra_roots = CertificateDer::pem_file_iter(file)
        .expect("the file of trust anchors")
        .map(|certificate| certificate.expect("a certificate in PEM"))
        .collect();
    let address = format!("{host}:{port}").parse().expect("an address");
    let tcp = TcpTransport::connect(address, &TcpOptions::default())
        .await
        .expect("connect");
    let stream = SslStream::new(tcp);
    let options = SslClientAuthenticationOptions::with_tls(host, tls);
    stream
        .authenticate_as_client_async(&options)
        .await
        .expect("a handshake");
    stream
}

/// Reads one response; the bytes of its body.
async fn receive(stream: &mut SslStream) -> u64 {
    let mut buffer = vec![0; 64 * 1024];
    let mut filled = 0;
    let (head, length) = loop {
        let count = stream.read(&mut buffer[filled..]).await.expect("receive");
        assert!(count > 0, "the server closed");
        filled += count;
        let text = String::from_utf8_lossy(&buffer[..filled]);
        if let Some(end) = text.find("\r\n\r\n") {
            assert!(text.starts_with("HTTP/1.1 200 "));
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "));
            let length: u64 = length.expect("a length").trim().parse().expect("a number");
            break (end + 4, length);
        }
    };
    let mut left = length - (filled - head) as u64;
    while left > 0 {
        let count = stream.read(&mut buffer).await.expect("receive");
        assert!(count > 0, "the server closed");
        left -= count as u64;
    }
    length
}
