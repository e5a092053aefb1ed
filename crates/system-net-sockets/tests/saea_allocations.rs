//! Counts the heap allocations of the whole process, so it is a program of its own with one test.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that fails by panics"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use system_net_primitives::AddressFamily;
use system_net_sockets::{
    BufferBlock, ProtocolType, Socket, SocketAsyncEventArgs, SocketAsyncEventArgsPool,
    SocketAsyncOperation, SocketErrorCode, SocketType,
};

/// The system's allocator, which counts.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    // SAFETY: as above.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SIZE: usize = 64;
const WARM_UP: usize = 200;
const ROUNDS: usize = 10_000;

/// How far the clients are.
#[derive(Default)]
struct Rounds {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Rounds {
    fn add(&self) -> usize {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        self.changed.notify_all();
        *count
    }

    fn wait_for(&self, rounds: usize) {
        let hang = Duration::from_secs(60);
        let count = self.count.lock().unwrap();
        let (count, _) = self
            .changed
            .wait_timeout_while(count, hang, |count| *count < rounds)
            .unwrap();
        assert!(*count >= rounds, "{count} of {rounds} rounds");
    }
}

fn tcp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap()
}

fn udp() -> Socket {
    let socket = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Dgram,
        ProtocolType::UDP,
    )
    .unwrap();
    socket
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .unwrap();
    socket
}

/// Goes on after a send or a receive, until one has to wait: then its end goes on.
fn ask(client: &Socket, args: &SocketAsyncEventArgs, rounds: &Rounds) {
    loop {
        assert_eq!(args.socket_error(), SocketErrorCode::Success);
        let received = args.last_operation() == SocketAsyncOperation::Receive;
        if received && rounds.add() >= WARM_UP + ROUNDS {
            return;
        }
        let pending = match received {
            true => client.send_args(args),
            false => client.receive_args(args),
        };
        if pending.unwrap() {
            return;
        }
    }
}

/// Receives and sends back, on and on: the handler of the echo's context.
fn echo(socket: &Arc<Socket>, args: &SocketAsyncEventArgs) {
    let weak = Arc::downgrade(socket);
    args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let Some(socket) = weak.upgrade() else { return };
        loop {
            let count = args.bytes_transferred();
            let pending = if args.last_operation() == SocketAsyncOperation::Receive {
                if count == 0 {
                    return;
                }
                args.set_buffer_range(0, count).unwrap();
                socket.send_args(args)
            } else {
                args.set_buffer_range(0, SIZE).unwrap();
                socket.receive_args(args)
            };
            if !matches!(pending, Ok(false)) {
                return;
            }
        }
    })));
    assert!(socket.receive_args(args).unwrap());
}

/// Sends to itself through another socket, with end points: the handler of datagrams.
fn datagrams(sender: Arc<Socket>, receiver: &Arc<Socket>, rounds: &Arc<Rounds>, last: usize) {
    let target = receiver.local_end_point().unwrap().unwrap();
    let send = SocketAsyncEventArgs::new();
    send.set_memory_buffer(vec![7; SIZE]).unwrap();
    send.set_remote_end_point(Some(target.clone()));
    let receive = SocketAsyncEventArgs::new();
    receive.set_memory_buffer(vec![0; SIZE]).unwrap();
    receive.set_remote_end_point(Some(target));
    let weak = Arc::downgrade(receiver);
    let rounds = Arc::clone(rounds);
    let first = send.clone();
    let own = Arc::clone(&sender);
    receive.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        let Some(receiver) = weak.upgrade() else {
            return;
        };
        loop {
            assert_eq!(args.socket_error(), SocketErrorCode::Success);
            if rounds.add() >= last {
                return;
            }
            assert!(!own.send_to_args(&send).unwrap());
            // Two receives of a kind in turn.
            let pending = match args.last_operation() {
                SocketAsyncOperation::ReceiveFrom => receiver.receive_message_from_args(args),
                _ => receiver.receive_from_args(args),
            };
            if pending.unwrap() {
                return;
            }
        }
    })));
    assert!(receiver.receive_from_args(&receive).unwrap());
    assert!(!sender.send_to_args(&first).unwrap());
}

#[test]
fn saea_zero_alloc_echo() {
    // Everything comes from a pool and a block, as the guide has it.
    let block = BufferBlock::new(2, SIZE);
    let pool = SocketAsyncEventArgsPool::new(2, |_| {
        let args = SocketAsyncEventArgs::new();
        args.set_buffer_segment(block.rent().unwrap()).unwrap();
        args
    });
    let listener = tcp();
    listener
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .unwrap();
    listener.listen(1).unwrap();
    let client = tcp();
    client
        .connect(listener.local_end_point().unwrap().unwrap())
        .unwrap();
    let client = Arc::new(client);
    let server = Arc::new(listener.accept().unwrap());

    let echoing = pool.pop().unwrap();
    echo(&server, &echoing);

    let rounds = Arc::new(Rounds::default());
    let asking = pool.pop().unwrap();
    let (weak, own_rounds) = (Arc::downgrade(&client), Arc::clone(&rounds));
    asking.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
        if let Some(client) = weak.upgrade() {
            ask(&client, args, &own_rounds);
        }
    })));
    asking.buffer().unwrap().fill(7);
    assert!(!client.send_args(&asking).unwrap());
    ask(&client, &asking, &rounds);

    rounds.wait_for(WARM_UP);
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    rounds.wait_for(WARM_UP + ROUNDS);
    let after = ALLOCATIONS.load(Ordering::SeqCst);
    assert_eq!(after - before, 0, "allocations in {ROUNDS} rounds of echo");
    drop((client, server));

    let rounds = Arc::new(Rounds::default());
    let (sender, receiver) = (Arc::new(udp()), Arc::new(udp()));
    datagrams(sender, &receiver, &rounds, WARM_UP + ROUNDS);
    rounds.wait_for(WARM_UP);
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    rounds.wait_for(WARM_UP + ROUNDS);
    let after = ALLOCATIONS.load(Ordering::SeqCst);
    assert_eq!(after - before, 0, "allocations in {ROUNDS} datagrams");

    // The pool works without as well.
    pool.push(echoing).unwrap();
    pool.push(asking).unwrap();
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    for _ in 0..ROUNDS {
        let args = pool.pop().unwrap();
        pool.push(args).unwrap();
    }
    assert_eq!(ALLOCATIONS.load(Ordering::SeqCst) - before, 0);
}
