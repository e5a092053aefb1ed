//! Our sockets through `SocketAsyncEventArgs`.

use bench_meter::unsupported;
use bench_sock::contexts::{accept, bulk, idle, ping_pong};
use bench_sock::start;

fn main() {
    let Some((args, listener, port)) = start() else {
        return;
    };
    match args.mode.as_str() {
        "pingpong" => ping_pong(&args, listener, port),
        "bulk" => bulk(&args, listener, port),
        "accept" => accept(&args, listener, port),
        "idle" => idle(&args, listener, port),
        _ => unsupported(),
    }
}
