//! hyper-util's pooled client over hyper, as most Rust programs meet it.

use std::sync::Arc;

use bench_meter::{Meter, Shares, args, runtime, unsupported};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

type Pooled = Client<HttpConnector, Full<Bytes>>;

fn main() {
    let args = args();
    if args.url.starts_with("https") {
        unsupported();
    }
    runtime(args.threads).block_on(async {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client: Pooled = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(args.conc)
            .build(connector);
        let uri: http::Uri = args.url.parse().expect("a URL");
        match args.mode.as_str() {
            "get-seq" | "download" => {
                let meter = Meter::start();
                let mut bytes = 0;
                for _ in 0..args.n {
                    bytes += send(&client, get(&uri)).await;
                }
                meter.finish(args.n, bytes);
            }
            "get-conc" => {
                let shares = Arc::new(Shares::new(args.n));
                let meter = Meter::start();
                let tasks: Vec<_> = (0..args.conc)
                    .map(|_| {
                        let (client, uri) = (client.clone(), uri.clone());
                        let shares = Arc::clone(&shares);
                        tokio::spawn(async move {
                            let mut bytes = 0;
                            while shares.take() {
                                bytes += send(&client, get(&uri)).await;
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
            "post" => {
                let body = Bytes::from(vec![b'x'; args.body]);
                let meter = Meter::start();
                for _ in 0..args.n {
                    let post = http::Request::post(uri.clone()).body(Full::new(body.clone()));
                    send(&client, post.expect("a request")).await;
                }
                meter.finish(args.n, args.n * args.body as u64);
            }
            _ => unsupported(),
        }
    });
}

fn get(uri: &http::Uri) -> http::Request<Full<Bytes>> {
    http::Request::get(uri.clone())
        .body(Full::default())
        .expect("a request")
}

/// Sends, reads the whole body piece by piece and drops it.
async fn send(client: &Pooled, request: http::Request<Full<Bytes>>) -> u64 {
    let response = client.request(request).await.expect("a response");
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
