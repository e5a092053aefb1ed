//! Sockets of std: what a blocking call costs at least.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use bench_meter::{
    Args, Connector, Meter, args, connect_as_child, raise_descriptors, report_idle, resident_kib,
    unsupported,
};

fn main() {
    let args = args();
    if connect_as_child(&args) {
        return;
    }
    raise_descriptors();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    match args.mode.as_str() {
        "pingpong" => ping_pong(&args, listener, port),
        "bulk" => bulk(&args, listener, port),
        "accept" => accept(&args, &listener, port),
        "idle" => idle(&args, &listener, port),
        _ => unsupported(),
    }
}

fn ping_pong(args: &Args, listener: TcpListener, port: u16) {
    let size = args.size;
    let meter = Meter::start();
    let echo = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.set_nodelay(true).expect("an option");
        let mut buffer = vec![0; size];
        while stream.read_exact(&mut buffer).is_ok() {
            stream.write_all(&buffer).expect("send");
        }
    });
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let mut buffer = vec![0; size];
    for _ in 0..args.n {
        stream.write_all(&buffer).expect("send");
        stream.read_exact(&mut buffer).expect("receive");
    }
    drop(stream);
    echo.join().expect("the echo");
    meter.finish(args.n, args.n * size as u64 * 2);
}

fn bulk(args: &Args, listener: TcpListener, port: u16) {
    let total = args.bytes;
    let meter = Meter::start();
    let writer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let piece = vec![0; 1 << 20];
        let mut left = total;
        while left > 0 {
            let count = left.min(1 << 20);
            stream.write_all(&piece[..count as usize]).expect("send");
            left -= count;
        }
    });
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let mut piece = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        match stream.read(&mut piece).expect("receive") {
            0 => break,
            count => bytes += count as u64,
        }
    }
    writer.join().expect("the writer");
    assert_eq!(bytes, total);
    meter.finish(bytes >> 20, bytes);
}

fn accept(args: &Args, listener: &TcpListener, port: u16) {
    let mut connector = Connector::open_and_drop(port, args.n);
    connector.start();
    let meter = Meter::start();
    for _ in 0..args.n {
        drop(listener.accept().expect("a connection"));
    }
    meter.finish(args.n, 0);
    connector.finish();
}

/// A bare descriptor each and no thread: the floor.
fn idle(args: &Args, listener: &TcpListener, port: u16) {
    let before = resident_kib();
    let connector = Connector::hold(port, args.n);
    let held: Vec<_> = (0..args.n)
        .map(|_| listener.accept().expect("a connection"))
        .collect();
    report_idle(args.n, before);
    connector.finish();
    drop(held);
}
