//! The fixed server for clients of HTTP/2: hyper's, in clear text, on one thread. Whatever is asked
//! for gets eight headers and 1 KiB. Prints `listening PORT` once it does.

use std::convert::Infallible;
use std::io::Write;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

/// What `bench-origin` answers with, but for what belongs to a connection and what hyper adds.
const FIELDS: [(&str, &str); 6] = [
    ("server", "origin"),
    ("content-type", "text/plain"),
    ("last-modified", "Sun, 04 Jan 2026 10:00:00 GMT"),
    ("etag", "\"695a3f20-400\""),
    ("accept-ranges", "bytes"),
    ("cache-control", "no-cache"),
];

fn main() {
    let args = bench_meter::args();
    bench_meter::runtime(1).block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
            .await
            .expect("a port");
        println!("listening {}", listener.local_addr().expect("it").port());
        std::io::stdout().flush().expect("a line");
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            tokio::spawn(async move {
                let serving = http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service_fn(answer));
                // Clients come and go; how a connection ended is theirs to report.
                drop(serving.await);
            });
        }
    });
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    static BODY: [u8; 1024] = [b'x'; 1024];
    let mut response = Response::builder();
    for (name, value) in FIELDS {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from_static(&BODY));
    Ok(response.body(body).expect("a response"))
}
