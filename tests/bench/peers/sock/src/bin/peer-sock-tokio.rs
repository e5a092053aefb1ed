//! Sockets of tokio: two ends on two threads, each with its own current-thread runtime.

use std::thread;

use bench_meter::{
    Args, Connector, Meter, args, connect_as_child, raise_descriptors, report_idle, resident_kib,
    runtime, unsupported,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

fn main() {
    let args = args();
    if connect_as_child(&args) {
        return;
    }
    raise_descriptors();
    let server = runtime(1);
    let listener = server
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    match args.mode.as_str() {
        "pingpong" => ping_pong(&args, server, listener, port),
        "bulk" => bulk(&args, server, listener, port),
        "accept" => server.block_on(accept(&args, &listener, port)),
        "idle" => server.block_on(idle(&args, &listener, port)),
        _ => unsupported(),
    }
}

fn ping_pong(args: &Args, server: Runtime, listener: TcpListener, port: u16) {
    let size = args.size;
    let meter = Meter::start();
    let echo = thread::spawn(move || {
        server.block_on(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            let mut buffer = vec![0; size];
            while stream.read_exact(&mut buffer).await.is_ok() {
                stream.write_all(&buffer).await.expect("send");
            }
        });
    });
    runtime(1).block_on(async {
        let mut stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("a connection");
        stream.set_nodelay(true).expect("an option");
        let mut buffer = vec![0; size];
        for _ in 0..args.n {
            stream.write_all(&buffer).await.expect("send");
            stream.read_exact(&mut buffer).await.expect("receive");
        }
    });
    echo.join().expect("the echo");
    meter.finish(args.n, args.n * size as u64 * 2);
}

fn bulk(args: &Args, server: Runtime, listener: TcpListener, port: u16) {
    let total = args.bytes;
    let meter = Meter::start();
    let writer = thread::spawn(move || {
        server.block_on(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let piece = vec![0; 1 << 20];
            let mut left = total;
            while left > 0 {
                let count = left.min(1 << 20);
                let piece = &piece[..count as usize];
                stream.write_all(piece).await.expect("send");
                left -= count;
            }
        });
    });
    let bytes = runtime(1).block_on(async {
        let mut stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("a connection");
        let mut piece = vec![0; 1 << 18];
        let mut bytes = 0;
        loop {
            match stream.read(&mut piece).await.expect("receive") {
                0 => return bytes,
                count => bytes += count as u64,
            }
        }
    });
    writer.join().expect("the writer");
    assert_eq!(bytes, total);
    meter.finish(bytes >> 20, bytes);
}

async fn accept(args: &Args, listener: &TcpListener, port: u16) {
    let mut connector = Connector::open_and_drop(port, args.n);
    connector.start();
    let meter = Meter::start();
    for _ in 0..args.n {
        drop(listener.accept().await.expect("a connection"));
    }
    meter.finish(args.n, 0);
    connector.finish();
}

/// A task each, waiting in a read of one byte.
async fn idle(args: &Args, listener: &TcpListener, port: u16) {
    let before = resident_kib();
    let connector = Connector::hold(port, args.n);
    for _ in 0..args.n {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(async move {
            let mut byte = [0; 1];
            // Ends with the peer.
            let _ = stream.read(&mut byte).await;
        });
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    report_idle(args.n, before);
    connector.finish();
}
