//! Our client through its full asynchronous API: a `WebRequest` from text, the response as its
//! HTTP type, the body read as a stream. `get-http` is the concrete type from an address that was
//! read once, `get-http-text` from text. `get-pipe` has `--depth` requests outstanding on one
//! connection, `get-queue` as many that wait for it. `h2` has `--conc` streams of one connection of
//! HTTP/2 in clear text. `post` writes a body that is kept until its end, `post-stream` one that goes out
//! as it is written, `post-expect` the same once the server has said 100 (Continue). `get-login` is
//! `get-http` with credentials that go along unasked (`PreAuthenticate`).

use std::sync::Arc;

use bench_client::context;
use bench_meter::{Args, Meter, Shares, args, runtime, seed, unsupported};
use system_net_config::NetContext;
use system_net_primitives::{Credentials, HttpVersion, NetworkCredential};
use system_net_requests::{HttpVersionPolicy, ResponseStream, ToUri, WebRequest, WebResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn main() {
    let args = args();
    seed();
    runtime(args.threads).block_on(async {
        let context = context(&args);
        match args.mode.as_str() {
            "get-seq" | "download" => sequential(&args, &context).await,
            "get-http" => {
                let first = WebRequest::create_in(&context, args.url.as_str()).expect("a request");
                let url = first.request_uri().expect("an address");
                sequential_http(&args, &context, url).await;
            }
            "get-login" => logins(&args, &context).await,
            "get-http-text" => sequential_http(&args, &context, args.url.as_str()).await,
            "get-conc" => concurrent(&args, context, args.conc, true).await,
            // As many requests at once as are to be outstanding, and one connection for them; with
            // `get-queue` they go out one after the other.
            "get-pipe" => concurrent(&args, one_connection(&args), args.depth, true).await,
            "get-queue" => concurrent(&args, one_connection(&args), args.depth, false).await,
            "handshake" if args.depth > 0 => handshakes(&args, &context).await,
            "h2" => streams(&args, &context).await,
            "post" => post(&args, &context, false).await,
            "post-stream" | "post-expect" => post(&args, &context, true).await,
            _ => unsupported(),
        }
    });
}

async fn sequential(args: &Args, context: &NetContext) {
    let mut piece = vec![0; 256 * 1024];
    let meter = Meter::start();
    let mut bytes = 0;
    for _ in 0..args.n {
        bytes += get(context, &args.url, &mut piece).await;
    }
    meter.finish(args.n, bytes);
}

async fn sequential_http(args: &Args, context: &NetContext, url: impl ToUri + Copy) {
    let mut piece = vec![0; 256 * 1024];
    let meter = Meter::start();
    let mut bytes = 0;
    for _ in 0..args.n {
        let mut request = WebRequest::create_http_in(context, url).expect("a request");
        let response = request.get_response_async().await.expect("a response");
        assert_eq!(response.status_code().as_u16(), 200);
        let stream = response.get_response_stream().expect("a body");
        bytes += read_to_end(stream, &mut piece).await;
    }
    meter.finish(args.n, bytes);
}

/// Each request proves who sends it. The first, which is challenged, comes before the clock.
async fn logins(args: &Args, context: &NetContext) {
    let first = WebRequest::create_in(context, args.url.as_str()).expect("a request");
    let url = first.request_uri().expect("an address");
    let user: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("Mufasa", "Circle of Life"));
    let mut piece = vec![0; 256 * 1024];
    let mut bytes = 0;
    let mut meter = None;
    for _ in 0..=args.n {
        let mut request = WebRequest::create_http_in(context, url).expect("a request");
        request
            .set_credentials(Some(Arc::clone(&user)))
            .expect("nothing is sent yet");
        request
            .set_pre_authenticate(true)
            .expect("nothing is sent yet");
        let response = request.get_response_async().await.expect("a response");
        assert_eq!(response.status_code().as_u16(), 200);
        let stream = response.get_response_stream().expect("a body");
        let count = read_to_end(stream, &mut piece).await;
        match meter {
            None => meter = Some(Meter::start()),
            Some(_) => bytes += count,
        }
    }
    meter.expect("one request at least").finish(args.n, bytes);
}

fn one_connection(args: &Args) -> NetContext {
    let conc = 1;
    context(&Args {
        conc,
        ..args.clone()
    })
}

async fn concurrent(args: &Args, context: NetContext, tasks: usize, pipelined: bool) {
    let shares = Arc::new(Shares::new(args.n));
    let meter = Meter::start();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (context, url, shares) = (context.clone(), args.url.clone(), Arc::clone(&shares));
            tokio::spawn(async move {
                let mut piece = vec![0; 64 * 1024];
                let mut bytes = 0;
                while shares.take() {
                    bytes += match pipelined {
                        true => get(&context, &url, &mut piece).await,
                        false => get_alone(&context, &url, &mut piece).await,
                    };
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

/// As many requests at once, all over one connection of HTTP/2.
async fn streams(args: &Args, context: &NetContext) {
    let shares = Arc::new(Shares::new(args.n));
    let meter = Meter::start();
    let tasks: Vec<_> = (0..args.conc)
        .map(|_| {
            let (context, url, shares) = (context.clone(), args.url.clone(), Arc::clone(&shares));
            tokio::spawn(async move {
                let mut piece = vec![0; 64 * 1024];
                let mut bytes = 0;
                while shares.take() {
                    let mut request =
                        WebRequest::create_in(&context, url.as_str()).expect("a request");
                    let http = request.as_http_mut().expect("an HTTP request");
                    http.set_protocol_version(HttpVersion::VERSION20)
                        .expect("nothing is sent yet");
                    http.set_version_policy(HttpVersionPolicy::RequestVersionExact)
                        .expect("nothing is sent yet");
                    let response = request.get_response_async().await.expect("a response");
                    bytes += read(response, &mut piece).await;
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

/// A connection for each request. The first, whose session the others resume, comes before the clock.
async fn handshakes(args: &Args, context: &NetContext) {
    let mut piece = vec![0; 64 * 1024];
    let mut bytes = 0;
    let mut meter = None;
    for _ in 0..=args.n {
        let mut request =
            WebRequest::create_http_in(context, args.url.as_str()).expect("a request");
        request.set_keep_alive(false).expect("nothing is sent yet");
        let response = request.get_response_async().await.expect("a response");
        let count = read(response.into(), &mut piece).await;
        match meter {
            None => meter = Some(Meter::start()),
            Some(_) => bytes += count,
        }
    }
    meter.expect("one request at least").finish(args.n, bytes);
}

/// The body is written to the request stream: kept until that is closed, which is the default, and
/// then sent with the head; or, `streamed`, sent as it is written, behind a head that went first.
async fn post(args: &Args, context: &NetContext, streamed: bool) {
    let body = vec![b'x'; args.body];
    let mut piece = vec![0; 64 * 1024];
    let meter = Meter::start();
    for _ in 0..args.n {
        let mut request =
            WebRequest::create_http_in(context, args.url.as_str()).expect("a request");
        request.set_method("POST").expect("a method");
        if streamed {
            request
                .set_content_length(body.len() as u64)
                .expect("nothing is sent yet");
            request
                .set_allow_write_stream_buffering(false)
                .expect("nothing is sent yet");
        }
        let stream = request.get_request_stream_async().await.expect("a stream");
        let mut stream = stream.into_async();
        stream.write_all(&body).await.expect("send");
        stream.shutdown().await.expect("send");
        let response = request.get_response_async().await.expect("a response");
        read(response.into(), &mut piece).await;
    }
    meter.finish(args.n, args.n * args.body as u64);
}

async fn get(context: &NetContext, url: &str, piece: &mut [u8]) -> u64 {
    let mut request = WebRequest::create_in(context, url).expect("a request");
    let response = request.get_response_async().await.expect("a response");
    read(response, piece).await
}

/// The same, never behind another request.
async fn get_alone(context: &NetContext, url: &str, piece: &mut [u8]) -> u64 {
    let mut request = WebRequest::create_in(context, url).expect("a request");
    let http = request.as_http_mut().expect("an HTTP request");
    http.set_pipelined(false).expect("nothing is sent yet");
    let response = request.get_response_async().await.expect("a response");
    read(response, piece).await
}

/// Reads the whole body piece by piece and drops it.
async fn read(response: WebResponse, piece: &mut [u8]) -> u64 {
    let status = response
        .as_http()
        .map(|response| response.status_code().as_u16());
    assert_eq!(status, Some(200));
    read_to_end(response.get_response_stream().expect("a body"), piece).await
}

async fn read_to_end(stream: ResponseStream, piece: &mut [u8]) -> u64 {
    let mut stream = stream.into_async();
    let mut bytes = 0;
    loop {
        match stream.read(piece).await.expect("a piece") {
            0 => return bytes,
            count => bytes += count as u64,
        }
    }
}
