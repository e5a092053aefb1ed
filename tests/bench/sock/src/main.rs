//! Our sockets through their blocking calls; the idle connections wait in contexts.

use std::thread;

use bench_meter::{Args, Connector, Meter, unsupported};
use bench_sock::{READ, WRITE, accepted, connected, start};
use system_net_sockets::Socket;

fn main() {
    let Some((args, listener, port)) = start() else {
        return;
    };
    match args.mode.as_str() {
        "pingpong" => ping_pong(&args, listener, port),
        "bulk" => bulk(&args, listener, port),
        "accept" => accept(&args, &listener, port),
        "idle" => bench_sock::contexts::idle(&args, listener, port),
        _ => unsupported(),
    }
}

fn send_all(socket: &Socket, mut data: &[u8]) {
    while !data.is_empty() {
        let sent = socket.send(data).expect("send");
        data = &data[sent..];
    }
}

/// False at the end of the stream.
fn receive_all(socket: &Socket, buffer: &mut [u8]) -> bool {
    let mut filled = 0;
    while filled < buffer.len() {
        match socket.receive(&mut buffer[filled..]).expect("receive") {
            0 => return false,
            count => filled += count,
        }
    }
    true
}

fn ping_pong(args: &Args, listener: Socket, port: u16) {
    let size = args.size;
    let meter = Meter::start();
    let echo = thread::spawn(move || {
        let socket = accepted(&listener);
        let mut buffer = vec![0; size];
        while receive_all(&socket, &mut buffer) {
            send_all(&socket, &buffer);
        }
    });
    let socket = connected(port);
    let mut buffer = vec![0; size];
    for _ in 0..args.n {
        send_all(&socket, &buffer);
        assert!(receive_all(&socket, &mut buffer));
    }
    drop(socket);
    echo.join().expect("the echo");
    meter.finish(args.n, args.n * size as u64 * 2);
}

fn bulk(args: &Args, listener: Socket, port: u16) {
    let total = args.bytes;
    let meter = Meter::start();
    let writer = thread::spawn(move || {
        let socket = accepted(&listener);
        let piece = vec![0; WRITE];
        let mut left = total;
        while left > 0 {
            let count = left.min(WRITE as u64);
            send_all(&socket, &piece[..count as usize]);
            left -= count;
        }
    });
    let socket = connected(port);
    let mut piece = vec![0; READ];
    let mut bytes = 0;
    loop {
        match socket.receive(&mut piece).expect("receive") {
            0 => break,
            count => bytes += count as u64,
        }
    }
    writer.join().expect("the writer");
    assert_eq!(bytes, total);
    meter.finish(bytes >> 20, bytes);
}

fn accept(args: &Args, listener: &Socket, port: u16) {
    let mut connector = Connector::open_and_drop(port, args.n);
    connector.start();
    let meter = Meter::start();
    for _ in 0..args.n {
        drop(listener.accept().expect("a connection"));
    }
    meter.finish(args.n, 0);
    connector.finish();
}
