//! The floor: a bare tokio socket and httparse, one buffer, nothing checked that the bench does
//! not need. No product can be expected to get below it. With https, tokio-rustls is between.

mod secure;

use std::io::IoSlice;
use std::sync::Arc;

use bench_meter::{Args, Meter, Shares, args, runtime, seed, split_https, split_url, unsupported};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

fn main() {
    let args = args();
    seed();
    if let Some((host, port, path)) = split_https(&args.url) {
        return runtime(args.threads).block_on(secure::run(&args, &host, port, &path));
    }
    let (host, port, path) = split_url(&args.url);
    let get = format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").into_bytes();
    runtime(args.threads).block_on(async {
        match args.mode.as_str() {
            "get-seq" | "download" => {
                let meter = Meter::start();
                let mut connection = Connection::open(&host, port).await;
                let mut bytes = 0;
                for _ in 0..args.n {
                    connection.stream.write_all(&get).await.expect("send");
                    bytes += connection.receive().await;
                }
                meter.finish(args.n, bytes);
            }
            "get-pipe" => pipelined(&args, &host, port, &get).await,
            "get-conc" => concurrent(&args, &host, port, get).await,
            "post" => {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {}\r\n\r\n",
                    args.body
                );
                let body = vec![b'x'; args.body];
                let meter = Meter::start();
                let mut connection = Connection::open(&host, port).await;
                for _ in 0..args.n {
                    connection.send_both(head.as_bytes(), &body).await;
                    connection.receive().await;
                }
                meter.finish(args.n, args.n * args.body as u64);
            }
            _ => unsupported(),
        }
    });
}

/// `--depth` requests in one write, then as many responses.
async fn pipelined(args: &Args, host: &str, port: u16, get: &[u8]) {
    let batch = get.repeat(args.depth);
    let rounds = args.n / args.depth as u64;
    let meter = Meter::start();
    let mut connection = Connection::open(host, port).await;
    let mut bytes = 0;
    for _ in 0..rounds {
        connection.stream.write_all(&batch).await.expect("send");
        for _ in 0..args.depth {
            bytes += connection.receive().await;
        }
    }
    meter.finish(rounds * args.depth as u64, bytes);
}

async fn concurrent(args: &Args, host: &str, port: u16, get: Vec<u8>) {
    let shares = Arc::new(Shares::new(args.n));
    let get = Arc::new(get);
    let meter = Meter::start();
    let mut tasks = Vec::new();
    for _ in 0..args.conc {
        let (shares, get, host) = (Arc::clone(&shares), Arc::clone(&get), host.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut bytes = 0;
            let mut connection = Connection::open(&host, port).await;
            while shares.take() {
                connection.stream.write_all(&get).await.expect("send");
                bytes += connection.receive().await;
            }
            bytes
        }));
    }
    let mut bytes = 0;
    for task in tasks {
        bytes += task.await.expect("a task that ends");
    }
    meter.finish(args.n, bytes);
}

struct Connection<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Connection {
    async fn open(host: &str, port: u16) -> Self {
        let stream = TcpStream::connect((host, port)).await.expect("connect");
        stream.set_nodelay(true).expect("no delay");
        Self::over(stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn over(stream: S) -> Self {
        Self {
            stream,
            buffer: vec![0; 64 * 1024],
            start: 0,
            end: 0,
        }
    }

    async fn send_both(&mut self, head: &[u8], body: &[u8]) {
        let mut slices = [IoSlice::new(head), IoSlice::new(body)];
        let mut left = &mut slices[..];
        while !left.is_empty() {
            let count = self.stream.write_vectored(left).await.expect("send");
            IoSlice::advance_slices(&mut left, count);
        }
    }

    async fn fill(&mut self) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let count = self
            .stream
            .read(&mut self.buffer[self.end..])
            .await
            .expect("receive");
        assert!(count > 0, "the server closed");
        self.end += count;
    }

    /// Reads one response; the bytes of its body.
    async fn receive(&mut self) -> u64 {
        let (head, length) = loop {
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut response = httparse::Response::new(&mut headers);
            let parsed = response
                .parse(&self.buffer[self.start..self.end])
                .expect("a response");
            if let httparse::Status::Complete(head) = parsed {
                assert_eq!(response.code, Some(200));
                let length = response
                    .headers
                    .iter()
                    .find(|header| header.name.eq_ignore_ascii_case("content-length"))
                    .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
                let Some(length) = length else { unsupported() };
                break (head, length);
            }
            self.fill().await;
        };
        self.start += head;
        let mut left: u64 = length;
        loop {
            let ready = left.min((self.end - self.start) as u64);
            self.start += ready as usize;
            left -= ready;
            if left == 0 {
                return length;
            }
            self.fill().await;
        }
    }
}
