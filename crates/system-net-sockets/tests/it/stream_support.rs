//! Sockets under test and their peers, plain sockets of std; places to run futures in.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, EndPoint};
use system_net_runtime::{background, block_on, timeout_at};
use system_net_sockets::{ProtocolType, Socket, SocketError, SocketErrorCode, SocketType};

/// Long enough for everything; only a hang takes so long.
pub(crate) const LATE: Duration = Duration::from_secs(30);

/// A new TCP socket for IPv4.
pub(crate) fn tcp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap()
}

/// A new UDP socket for IPv4, bound, and its address.
pub(crate) fn udp() -> (Arc<Socket>, SocketAddr) {
    let socket = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Dgram,
        ProtocolType::UDP,
    )
    .unwrap();
    socket.bind(loopback()).unwrap();
    let address = address(&socket);
    (Arc::new(socket), address)
}

/// 127.0.0.1 with a port of the system's choice.
pub(crate) fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub(crate) fn address(socket: &Socket) -> SocketAddr {
    match socket.local_end_point().unwrap().unwrap() {
        EndPoint::Ip(own) => own.into(),
        other => panic!("not an IP address: {other}"),
    }
}

/// A listening socket and its address.
pub(crate) fn listener() -> (Arc<Socket>, SocketAddr) {
    let socket = tcp();
    socket.bind(loopback()).unwrap();
    socket.listen(128).unwrap();
    let address = address(&socket);
    (Arc::new(socket), address)
}

/// A connected socket and its peer.
pub(crate) fn pair() -> (Arc<Socket>, TcpStream) {
    let listener = TcpListener::bind(loopback()).unwrap();
    let socket = tcp();
    socket.connect(listener.local_addr().unwrap()).unwrap();
    let (peer, _) = listener.accept().unwrap();
    peer.set_nodelay(true).unwrap();
    (Arc::new(socket), peer)
}

/// The future's output, which must not take for ever.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    let limit = Some(Instant::now() + LATE);
    timeout_at(limit, future).await.expect("it hangs")
}

/// The future must still wait after a moment; it is dropped then.
pub(crate) async fn waits<F: Future>(future: F) {
    let moment = Some(Instant::now() + Duration::from_millis(20));
    if timeout_at(moment, future).await.is_ok() {
        panic!("it does not wait");
    }
}

/// Until `done` says so, in real time.
#[track_caller]
pub(crate) fn eventually(done: impl Fn() -> bool) {
    let limit = Instant::now() + LATE;
    while !done() {
        assert!(Instant::now() < limit, "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}

#[track_caller]
pub(crate) fn assert_code<T: std::fmt::Debug>(
    result: Result<T, SocketError>,
    code: SocketErrorCode,
) {
    match result {
        Err(error) if error.code() == code && error.misuse().is_none() => {}
        other => panic!("{other:?} instead of {code:?}"),
    }
}

/// An executor that is neither ours nor tokio's.
pub(crate) fn foreign_block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

pub(crate) fn current_thread_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

pub(crate) fn multi_thread_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// A future that can run in every place.
pub(crate) type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// A way to run a future to its end.
pub(crate) type Place = fn(Task);

/// The places a program may run a future in.
pub(crate) const PLACES: [(&str, Place); 6] = [
    ("block_on without a runtime", |task| block_on(task)),
    ("current thread", |task| {
        current_thread_runtime().block_on(task);
    }),
    ("a task of a multi-thread runtime", |task| {
        let runtime = multi_thread_runtime();
        runtime.block_on(async { tokio::spawn(task).await.unwrap() });
    }),
    ("another executor", |task| foreign_block_on(task)),
    ("the background runtime", |task| {
        block_on(background().spawn(task)).unwrap();
    }),
    ("block_on inside a runtime", |task| {
        current_thread_runtime().block_on(async { block_on(task) });
    }),
];
