//! Datagrams through tokio: one system call each, in bursts of 32, on one thread.

use bench_meter::{Meter, args, runtime};
use tokio::net::UdpSocket;

const BURST: u64 = 32;

fn main() {
    let args = args();
    runtime(1).block_on(async {
        let receiver = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let sender = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let target = receiver.local_addr().expect("its address");
        let data = vec![7; args.size];
        let mut buffer = vec![0; 2048];
        let bursts = args.n / BURST;
        let meter = Meter::start();
        for _ in 0..bursts {
            for _ in 0..BURST {
                sender.send_to(&data, target).await.expect("send");
            }
            for _ in 0..BURST {
                let (count, _) = receiver.recv_from(&mut buffer).await.expect("receive");
                assert_eq!(count, args.size);
            }
        }
        meter.finish(bursts * BURST, bursts * BURST * args.size as u64);
    });
}
