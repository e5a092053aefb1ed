//! Our sockets through futures: two ends on two threads, each with its own runtime.

use std::thread;

use bench_meter::{Args, Connector, Meter, report_idle, resident_kib, runtime, unsupported};
use bench_sock::{READ, WRITE, local, start, tcp};
use system_net_sockets::{Socket, SocketFlags};

fn main() {
    let Some((args, listener, port)) = start() else {
        return;
    };
    match args.mode.as_str() {
        "pingpong" => ping_pong(&args, listener, port),
        "bulk" => bulk(&args, listener, port),
        "accept" => runtime(1).block_on(accept(&args, &listener, port)),
        "idle" => runtime(1).block_on(idle(&args, &listener, port)),
        _ => unsupported(),
    }
}

async fn send_all(socket: &Socket, mut data: &[u8]) {
    while !data.is_empty() {
        let sent = socket
            .send_async(data, SocketFlags::NONE)
            .await
            .expect("send");
        data = &data[sent..];
    }
}

/// False at the end of the stream.
async fn receive_all(socket: &Socket, buffer: &mut [u8]) -> bool {
    let mut filled = 0;
    while filled < buffer.len() {
        let rest = &mut buffer[filled..];
        match socket
            .receive_async(rest, SocketFlags::NONE)
            .await
            .expect("receive")
        {
            0 => return false,
            count => filled += count,
        }
    }
    true
}

async fn connected(port: u16) -> Socket {
    let socket = tcp();
    socket
        .connect_async(local(port))
        .await
        .expect("a connection");
    socket.set_no_delay(true).expect("an option");
    socket
}

async fn accepted(listener: &Socket) -> Socket {
    let socket = listener.accept_async().await.expect("a connection");
    socket.set_no_delay(true).expect("an option");
    socket
}

fn ping_pong(args: &Args, listener: Socket, port: u16) {
    let size = args.size;
    let meter = Meter::start();
    let echo = thread::spawn(move || {
        runtime(1).block_on(async move {
            let socket = accepted(&listener).await;
            let mut buffer = vec![0; size];
            while receive_all(&socket, &mut buffer).await {
                send_all(&socket, &buffer).await;
            }
        });
    });
    runtime(1).block_on(async {
        let socket = connected(port).await;
        let mut buffer = vec![0; size];
        for _ in 0..args.n {
            send_all(&socket, &buffer).await;
            assert!(receive_all(&socket, &mut buffer).await);
        }
    });
    echo.join().expect("the echo");
    meter.finish(args.n, args.n * size as u64 * 2);
}

fn bulk(args: &Args, listener: Socket, port: u16) {
    let total = args.bytes;
    let meter = Meter::start();
    let writer = thread::spawn(move || {
        runtime(1).block_on(async move {
            let socket = accepted(&listener).await;
            let piece = vec![0; WRITE];
            let mut left = total;
            while left > 0 {
                let count = left.min(WRITE as u64);
                send_all(&socket, &piece[..count as usize]).await;
                left -= count;
            }
        });
    });
    let bytes = runtime(1).block_on(async {
        let socket = connected(port).await;
        let mut piece = vec![0; READ];
        let mut bytes = 0;
        loop {
            let received = socket.receive_async(&mut piece, SocketFlags::NONE).await;
            match received.expect("receive") {
                0 => return bytes,
                count => bytes += count as u64,
            }
        }
    });
    writer.join().expect("the writer");
    assert_eq!(bytes, total);
    meter.finish(bytes >> 20, bytes);
}

async fn accept(args: &Args, listener: &Socket, port: u16) {
    let mut connector = Connector::open_and_drop(port, args.n);
    connector.start();
    let meter = Meter::start();
    for _ in 0..args.n {
        drop(listener.accept_async().await.expect("a connection"));
    }
    meter.finish(args.n, 0);
    connector.finish();
}

/// A task each, waiting in a read of one byte.
async fn idle(args: &Args, listener: &Socket, port: u16) {
    let before = resident_kib();
    let connector = Connector::hold(port, args.n);
    for _ in 0..args.n {
        let socket = listener.accept_async().await.expect("a connection");
        tokio::spawn(async move {
            let mut byte = [0; 1];
            // Ends with the peer.
            let _ = socket.receive_async(&mut byte, SocketFlags::NONE).await;
        });
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    report_idle(args.n, before);
    connector.finish();
}
