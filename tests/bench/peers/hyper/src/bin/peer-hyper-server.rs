//! hyper's server in clear text: 13 bytes with Server, Date, Content-Type and Content-Length, as
//! bench-server gives them. Until SIGTERM.
//!
//! usage: peer-hyper-server [http1] --port P [--threads T]
//!
//! It speaks HTTP/2, or with the word `http1` HTTP/1.1.

use std::convert::Infallible;

use bench_meter::{args, runtime};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
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
            let socket = TokioIo::new(socket);
            let http1 = args.mode == "http1";
            tokio::spawn(async move {
                let answer = service_fn(answer);
                let served = match http1 {
                    true => http1::Builder::new().serve_connection(socket, answer).await,
                    false => {
                        let builder = http2::Builder::new(TokioExecutor::new());
                        builder.serve_connection(socket, answer).await
                    }
                };
                if let Err(error) = served {
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
