//! reqwest with its defaults, without a proxy.

use std::sync::Arc;

use bench_meter::{Meter, Shares, args, runtime, seed, unsupported};
use reqwest::{Certificate, Client, RequestBuilder};

fn main() {
    let args = args();
    seed();
    runtime(args.threads).block_on(async {
        let mut builder = Client::builder()
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(args.conc);
        if let Some(ca) = &args.ca {
            let pem = std::fs::read(ca).expect("the file of trust anchors");
            let roots = Certificate::from_pem_bundle(&pem).expect("certificates");
            builder = builder.tls_certs_only(roots);
        }
        let client = builder.build().expect("a client");
        match args.mode.as_str() {
            "get-seq" | "download" => {
                let meter = Meter::start();
                let mut bytes = 0;
                for _ in 0..args.n {
                    bytes += send(client.get(&args.url)).await;
                }
                meter.finish(args.n, bytes);
            }
            // A connection for each request. The first, whose session the others resume, comes before
            // the clock.
            "handshake" => {
                let get = || client.get(&args.url).header("connection", "close");
                send(get()).await;
                let meter = Meter::start();
                let mut bytes = 0;
                for _ in 0..args.n {
                    bytes += send(get()).await;
                }
                meter.finish(args.n, bytes);
            }
            "get-conc" => {
                let shares = Arc::new(Shares::new(args.n));
                let meter = Meter::start();
                let tasks: Vec<_> = (0..args.conc)
                    .map(|_| {
                        let (client, url) = (client.clone(), args.url.clone());
                        let shares = Arc::clone(&shares);
                        tokio::spawn(async move {
                            let mut bytes = 0;
                            while shares.take() {
                                bytes += send(client.get(&url)).await;
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
                let body: &'static [u8] = vec![b'x'; args.body].leak();
                let meter = Meter::start();
                for _ in 0..args.n {
                    send(client.post(&args.url).body(body)).await;
                }
                meter.finish(args.n, args.n * args.body as u64);
            }
            _ => unsupported(),
        }
    });
}

/// Sends, reads the whole body piece by piece and drops it.
async fn send(request: RequestBuilder) -> u64 {
    let mut response = request.send().await.expect("a response");
    assert_eq!(response.status(), 200);
    let mut bytes = 0;
    while let Some(piece) = response.chunk().await.expect("a piece") {
        bytes += piece.len() as u64;
    }
    bytes
}
