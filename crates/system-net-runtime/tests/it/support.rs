//! Peers for the tests: plain blocking sockets of std on threads of their own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use system_net_runtime::{TcpOptions, TcpTransport, timeout_at};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A server that answers each byte `n` with `n` bytes of value `n`, on every connection.
pub(crate) fn counting_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut count = [0];
                while let Ok(1) = stream.read(&mut count) {
                    if stream.write_all(&vec![count[0]; count[0].into()]).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

/// A connected pair: the transport and its peer, a plain blocking socket.
pub(crate) fn pair() -> (TcpTransport, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    let (peer, _) = listener.accept().unwrap();
    peer.set_nodelay(true).unwrap();
    (TcpTransport::from_std(stream).unwrap(), peer)
}

pub(crate) async fn connect(address: SocketAddr) -> TcpTransport {
    TcpTransport::connect(address, &TcpOptions::default())
        .await
        .unwrap()
}

/// One round with the counting server.
pub(crate) async fn round(transport: &mut TcpTransport, count: u8) {
    transport.write_all(&[count]).await.unwrap();
    expect(transport, count, count.into()).await;
}

/// Reads `length` bytes of value `value`.
pub(crate) async fn expect(transport: &mut TcpTransport, value: u8, length: usize) {
    let mut answer = vec![0; length];
    transport.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, vec![value; length]);
}

/// Waits where it is polled, in vain: nothing is to be read. An exchange whose answer is there
/// before it looks does not wait, and so does not move.
pub(crate) async fn wait_in_vain(transport: &mut TcpTransport) {
    let soon = Instant::now() + Duration::from_millis(1);
    timeout_at(Some(soon), transport.read_u8())
        .await
        .unwrap_err();
}

/// Sends the question of a round but reads only the first byte of the answer.
pub(crate) async fn half_round(transport: &mut TcpTransport, count: u8) {
    transport.write_all(&[count]).await.unwrap();
    expect(transport, count, 1).await;
}

/// Reads what [`half_round`] left.
pub(crate) async fn other_half(transport: &mut TcpTransport, count: u8) {
    expect(transport, count, usize::from(count) - 1).await;
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
