//! hyper's connections without a pool: what hyper itself costs.

use std::sync::Arc;

use bench_meter::{Args, Meter, Shares, args, runtime, split_url, unsupported};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

type Body = Full<Bytes>;

fn main() {
    let args = args();
    let (host, port, path) = split_url(&args.url);
    let target = Target {
        authority: format!("{host}:{port}"),
        path,
        host,
        port,
    };
    runtime(args.threads).block_on(async {
        match args.mode.as_str() {
            "get-seq" | "download" => {
                let meter = Meter::start();
                let mut sender = target.http1().await;
                let mut bytes = 0;
                for _ in 0..args.n {
                    bytes += send(&mut sender, target.request("GET", Bytes::new())).await;
                }
                meter.finish(args.n, bytes);
            }
            "get-conc" => concurrent(&args, target).await,
            "h2" => streams(&args, target).await,
            "post" => {
                let body = Bytes::from(vec![b'x'; args.body]);
                let meter = Meter::start();
                let mut sender = target.http1().await;
                for _ in 0..args.n {
                    send(&mut sender, target.request("POST", body.clone())).await;
                }
                meter.finish(args.n, args.n * args.body as u64);
            }
            _ => unsupported(),
        }
    });
}

struct Target {
    authority: String,
    path: String,
    host: String,
    port: u16,
}

impl Target {
    async fn connect(&self) -> TokioIo<TcpStream> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.expect("connect");
        stream.set_nodelay(true).expect("no delay");
        TokioIo::new(stream)
    }

    async fn http1(&self) -> http1::SendRequest<Body> {
        let (sender, connection) = http1::handshake(self.connect().await)
            .await
            .expect("a connection");
        tokio::spawn(connection);
        sender
    }

    fn request(&self, method: &str, body: Bytes) -> http::Request<Body> {
        http::Request::builder()
            .method(method)
            .uri(self.path.as_str())
            .header(http::header::HOST, self.authority.as_str())
            .body(Full::new(body))
            .expect("a request")
    }
}

/// Sends, reads the whole body piece by piece and drops it.
async fn send(sender: &mut http1::SendRequest<Body>, request: http::Request<Body>) -> u64 {
    sender.ready().await.expect("a free connection");
    read(sender.send_request(request).await.expect("a response")).await
}

async fn read(response: http::Response<hyper::body::Incoming>) -> u64 {
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame
            .expect("a frame")
            .data_ref()
            .map_or(0, |data| data.len() as u64);
    }
    bytes
}

/// Each task has a connection.
async fn concurrent(args: &Args, target: Target) {
    let (shares, target) = (Arc::new(Shares::new(args.n)), Arc::new(target));
    let meter = Meter::start();
    let tasks: Vec<_> = (0..args.conc)
        .map(|_| {
            let (shares, target) = (Arc::clone(&shares), Arc::clone(&target));
            tokio::spawn(async move {
                let mut sender = target.http1().await;
                let mut bytes = 0;
                while shares.take() {
                    bytes += send(&mut sender, target.request("GET", Bytes::new())).await;
                }
                bytes
            })
        })
        .collect();
    let mut bytes = 0;
    for task in tasks {
        bytes += task.await.expect("a task that ends");
    }
    meter.finish(args.n, bytes);
}

/// Each task has a stream at a time, all of one connection of HTTP/2.
async fn streams(args: &Args, target: Target) {
    let shares = Arc::new(Shares::new(args.n));
    let uri: http::Uri = args.url.parse().expect("a URL");
    let meter = Meter::start();
    let stream = target.connect().await;
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
        .await
        .expect("a connection");
    tokio::spawn(connection);
    let tasks: Vec<_> = (0..args.conc)
        .map(|_| {
            let (shares, uri) = (Arc::clone(&shares), uri.clone());
            let mut sender: http2::SendRequest<Body> = sender.clone();
            tokio::spawn(async move {
                let mut bytes = 0;
                while shares.take() {
                    let request = http::Request::get(uri.clone()).body(Full::default());
                    sender.ready().await.expect("a connection");
                    let sent = sender.send_request(request.expect("a request"));
                    bytes += read(sent.await.expect("a response")).await;
                }
                bytes
            })
        })
        .collect();
    let mut bytes = 0;
    for task in tasks {
        bytes += task.await.expect("a task that ends");
    }
    meter.finish(args.n, bytes);
}
