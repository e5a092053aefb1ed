//! Our client through its blocking API, without a runtime: as many threads as requests at once.

use std::io::{Read, Write};
use std::sync::Arc;

use bench_client::context;
use bench_meter::{Args, Meter, Shares, args, unsupported};
use system_net_config::NetContext;
use system_net_requests::{WebRequest, WebResponse};

fn main() {
    let args = args();
    let context = context(&args);
    match args.mode.as_str() {
        "get-seq" | "download" => {
            let mut piece = vec![0; 256 * 1024];
            let meter = Meter::start();
            let bytes = (0..args.n)
                .map(|_| get(&context, &args.url, &mut piece))
                .sum();
            meter.finish(args.n, bytes);
        }
        "get-conc" => concurrent(&args, &context),
        "post" => post(&args, &context),
        _ => unsupported(),
    }
}

fn concurrent(args: &Args, context: &NetContext) {
    let shares = Arc::new(Shares::new(args.n));
    let meter = Meter::start();
    let threads: Vec<_> = (0..args.conc)
        .map(|_| {
            let (context, url, shares) = (context.clone(), args.url.clone(), Arc::clone(&shares));
            std::thread::spawn(move || {
                let mut piece = vec![0; 64 * 1024];
                let mut bytes = 0;
                while shares.take() {
                    bytes += get(&context, &url, &mut piece);
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

fn post(args: &Args, context: &NetContext) {
    let body = vec![b'x'; args.body];
    let mut piece = vec![0; 64 * 1024];
    let meter = Meter::start();
    for _ in 0..args.n {
        let mut request =
            WebRequest::create_http_in(context, args.url.as_str()).expect("a request");
        request.set_method("POST").expect("a method");
        let mut stream = request.get_request_stream().expect("a stream");
        stream.write_all(&body).expect("send");
        stream.close().expect("send");
        read(
            request.get_response().expect("a response").into(),
            &mut piece,
        );
    }
    meter.finish(args.n, args.n * args.body as u64);
}

fn get(context: &NetContext, url: &str, piece: &mut [u8]) -> u64 {
    let mut request = WebRequest::create_in(context, url).expect("a request");
    read(request.get_response().expect("a response"), piece)
}

/// Reads the whole body piece by piece and drops it.
fn read(response: WebResponse, piece: &mut [u8]) -> u64 {
    let status = response
        .as_http()
        .map(|response| response.status_code().as_u16());
    assert_eq!(status, Some(200));
    let mut stream = response.get_response_stream().expect("a body");
    let mut bytes = 0;
    loop {
        match stream.read(piece).expect("a piece") {
            0 => return bytes,
            count => bytes += count as u64,
        }
    }
}
