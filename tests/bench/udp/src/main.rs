//! Datagrams through `UdpClient`, in bursts of 32, on one thread: in batches (mode `batch`, the
//! default), or one system call each (mode `single`).

use bench_meter::{Meter, args};
use system_net_primitives::{IpAddress, IpEndPoint};
use system_net_sockets::{UdpBatch, UdpClient};

const BURST: u64 = 32;

fn main() {
    let args = args();
    let client = || {
        let any = IpEndPoint::new(IpAddress::LOOPBACK, 0);
        UdpClient::with_local_end_point(any).expect("a client")
    };
    let (receiver, sender) = (client(), client());
    let target = receiver.local_end_point().expect("its address");
    let bursts = args.n / BURST;
    match args.mode.as_str() {
        "" | "batch" => batches(&receiver, &sender, target, args.size, bursts),
        "single" => singles(&receiver, &sender, target, args.size, bursts),
        _ => std::process::exit(3),
    }
}

fn batches(receiver: &UdpClient, sender: &UdpClient, target: IpEndPoint, size: usize, bursts: u64) {
    let data = vec![7; size * BURST as usize];
    let mut batch = UdpBatch::new();
    let meter = Meter::start();
    for _ in 0..bursts {
        let sent = sender.send_batch_to(&data, size, target).expect("send");
        let mut received = 0;
        while received < sent {
            received += receiver.receive_batch(&mut batch).expect("receive");
            for (datagram, _) in batch.iter() {
                assert_eq!(datagram.len(), size);
            }
        }
    }
    meter.finish(bursts * BURST, bursts * BURST * size as u64);
}

fn singles(receiver: &UdpClient, sender: &UdpClient, target: IpEndPoint, size: usize, bursts: u64) {
    let data = vec![7; size];
    let mut buffer = vec![0; 2048];
    let meter = Meter::start();
    for _ in 0..bursts {
        for _ in 0..BURST {
            sender.send_to(&data, target).expect("send");
        }
        for _ in 0..BURST {
            let (length, _) = receiver.receive_into(&mut buffer).expect("receive");
            assert_eq!(length, size);
        }
    }
    meter.finish(bursts * BURST, bursts * BURST * size as u64);
}
