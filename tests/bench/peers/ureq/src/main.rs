//! ureq, a blocking client: as many threads as requests at once.

use std::io::Read;
use std::sync::Arc;

use bench_meter::{Meter, Shares, args, unsupported};
use ureq::Agent;

fn main() {
    let args = args();
    if args.url.starts_with("https") {
        unsupported();
    }
    let config = Agent::config_builder()
        .proxy(None)
        .max_idle_connections(args.conc)
        .max_idle_connections_per_host(args.conc)
        .build();
    let agent: Agent = config.into();
    match args.mode.as_str() {
        "get-seq" | "download" => {
            let meter = Meter::start();
            let bytes = (0..args.n).map(|_| get(&agent, &args.url)).sum();
            meter.finish(args.n, bytes);
        }
        "get-conc" => {
            let shares = Arc::new(Shares::new(args.n));
            let meter = Meter::start();
            let threads: Vec<_> = (0..args.conc)
                .map(|_| {
                    let (agent, url, shares) =
                        (agent.clone(), args.url.clone(), Arc::clone(&shares));
                    std::thread::spawn(move || {
                        let mut bytes = 0;
                        while shares.take() {
                            bytes += get(&agent, &url);
                        }
                        bytes
                    })
                })
                .collect();
            let bytes = threads
                .into_iter()
                .map(|t| t.join().expect("a thread that ends"))
                .sum();
            meter.finish(args.n, bytes);
        }
        "post" => {
            let body = vec![b'x'; args.body];
            let meter = Meter::start();
            for _ in 0..args.n {
                let response = agent.post(&args.url).send(&body[..]).expect("a response");
                read(response);
            }
            meter.finish(args.n, args.n * args.body as u64);
        }
        _ => unsupported(),
    }
}

fn get(agent: &Agent, url: &str) -> u64 {
    read(agent.get(url).call().expect("a response"))
}

/// Reads the whole body piece by piece and drops it.
fn read(response: ureq::http::Response<ureq::Body>) -> u64 {
    assert_eq!(response.status(), 200);
    let mut reader = response.into_body().into_reader();
    let mut piece = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        match reader.read(&mut piece).expect("a piece") {
            0 => return bytes,
            count => bytes += count as u64,
        }
    }
}
