//! hyper's server for HTTP/2 in clear text: 13 bytes with Server, Date, Content-Type and Content-Length,
//! as bench-server gives them. Until SIGTERM.
//!
//! usage: peer-hyper-server --port P [--threads T]

use std::convert::Infallible;

use bench_meter::{args, runtime};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

fn main() -> std::io::Result<()> {
    let args = args();
    runtime(args.threads).block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", args.port)).await?;
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let serving = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), service_fn(answer));
            tokio::spawn(async {
                if let Err(error) = serving.await {
                    eprintln!("peer-hyper-server: {error}");
                }
            });
        }
    })
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    let headers = response.headers_mut();
    headers.insert(header::SERVER, header::HeaderValue::from_static("hyper"));
    let plain = header::HeaderValue::from_static("text/plain");
    headers.insert(header::CONTENT_TYPE, plain);
    Ok(response)
}
