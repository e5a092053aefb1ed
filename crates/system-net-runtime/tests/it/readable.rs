//! Waiting for something to read without reading it.

use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use system_net_runtime::{Hangup, TcpTransport, Transport, block_on};
use tokio::io::{AsyncReadExt, AsyncWrite};

use crate::support::{current_thread_runtime, multi_thread_runtime, pair};

/// Whether it tells to wait.
async fn waits(transport: &mut TcpTransport) -> bool {
    poll_fn(|cx| Poll::Ready(transport.poll_readable(cx).is_pending())).await
}

#[test]
fn what_can_be_read_is_told_and_left_there() {
    for runtime in [current_thread_runtime(), multi_thread_runtime()] {
        let (mut transport, mut peer) = pair();
        runtime.block_on(async {
            for byte in 0..100 {
                assert!(waits(&mut transport).await);
                assert!(transport.is_awaited());
                peer.write_all(&[byte]).unwrap();
                // Woken by what came.
                poll_fn(|cx| transport.poll_readable(cx)).await;
                assert!(!transport.is_awaited(), "nobody waits");
                // Less than there is room for: nothing is left.
                let mut room = [0xff; 8];
                assert_eq!(transport.read(&mut room).await.unwrap(), 1);
                assert_eq!(room[0], byte);
            }
            assert!(waits(&mut transport).await);
            drop(peer);
            poll_fn(|cx| transport.poll_readable(cx)).await;
            assert_eq!(transport.read(&mut [0]).await.unwrap(), 0);
        });
    }
}

#[test]
fn what_ends_the_wait_is_known() {
    use tokio::io::AsyncWriteExt as _;
    let runtime = current_thread_runtime();
    let (mut transport, mut peer) = pair();
    runtime.block_on(async {
        assert!(!transport.is_awaited());
        assert!(waits(&mut transport).await);
        transport.write_all(b"x").await.unwrap();
        assert!(transport.is_awaited(), "a write that need not wait");
        // A read, which waits in its stead.
        let mut byte = [0];
        let mut reading = std::pin::pin!(transport.read(&mut byte));
        let polled = poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx).is_pending()));
        assert!(polled.await);
        assert!(!transport.is_awaited());
        assert!(waits(&mut transport).await);
        transport.release_reactor();
        assert!(!transport.is_awaited(), "registered nowhere");
        assert!(waits(&mut transport).await);
    });
    // Another place takes the socket along.
    peer.write_all(b"yz").unwrap();
    assert_eq!(block_on(transport.read_u8()).unwrap(), b'y');
    assert!(!transport.is_awaited());
    assert!(!block_on(waits(&mut transport)), "no place to wait in");
    assert_eq!(block_on(transport.read_u8()).unwrap(), b'z');
}

/// What is written right behind the registration goes out, before the reactor has told of anything.
#[test]
fn writes_do_not_wait_for_a_new_registration() {
    let (mut transport, mut peer) = pair();
    current_thread_runtime().block_on(poll_fn(|cx| {
        assert!(transport.poll_readable(cx).is_pending());
        for _ in 0..2 {
            let written = Pin::new(&mut transport).poll_write(cx, b"x");
            assert!(matches!(written, Poll::Ready(Ok(1))), "{written:?}");
        }
        Poll::Ready(())
    }));
    peer.read_exact(&mut [0; 2]).unwrap();
}

/// What the peer has ended, asked once.
async fn hangup(transport: &mut TcpTransport) -> Poll<Hangup> {
    poll_fn(|cx| Poll::Ready(transport.poll_hangup(cx))).await
}

#[test]
fn what_the_peer_ends_is_told_without_a_read() {
    for runtime in [current_thread_runtime(), multi_thread_runtime()] {
        runtime.block_on(async {
            for sent in [&b""[..], b"x", b"xyz"] {
                // Data that are there, and data that come, are not its end; nor are they lost.
                let (mut transport, mut peer) = pair();
                peer.write_all(sent).unwrap();
                assert!(hangup(&mut transport).await.is_pending());
                peer.write_all(b"end").unwrap();
                assert!(hangup(&mut transport).await.is_pending());
                let (ended, ()) = tokio::join!(poll_fn(|cx| transport.poll_hangup(cx)), async {
                    tokio::task::yield_now().await;
                    peer.shutdown(Shutdown::Write).unwrap();
                });
                assert_eq!(ended, Hangup::Finished);
                let unread = poll_fn(|cx| transport.poll_readable(cx).map(|()| true));
                assert!(unread.await);
                let mut read = String::new();
                transport.read_to_string(&mut read).await.unwrap();
                assert_eq!(read.into_bytes(), [sent, b"end"].concat());

                // Linux keeps what came before a reset.
                let (mut transport, mut peer) = pair();
                peer.write_all(sent).unwrap();
                assert!(hangup(&mut transport).await.is_pending());
                let (ended, ()) = tokio::join!(poll_fn(|cx| transport.poll_hangup(cx)), async {
                    tokio::task::yield_now().await;
                    set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
                    drop(peer);
                });
                assert_eq!(ended, Hangup::Gone);
                let mut read = Vec::new();
                let error = transport.read_to_end(&mut read).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                assert_eq!(read, sent);
            }
        });
    }
    let (mut transport, peer) = pair();
    drop(peer);
    assert!(
        block_on(hangup(&mut transport)).is_pending(),
        "no place to wait in"
    );
}

/// A read that waits after what came unread was read hears of what comes next.
#[test]
fn reads_go_on_behind_what_was_left_unread() {
    let runtime = current_thread_runtime();
    runtime.block_on(async {
        let (mut transport, mut peer) = pair();
        for round in 0..20u8 {
            peer.write_all(&[round; 8]).unwrap();
            tokio::task::yield_now().await;
            assert!(hangup(&mut transport).await.is_pending());
            // In pieces as long as what is asked for, and in one that is shorter.
            let mut room = vec![0; 1 << (round % 5)];
            let mut read = 0;
            while read < 8 {
                read += transport.read(&mut room).await.unwrap();
            }
            assert_eq!(read, 8);
            let (next, ()) = tokio::join!(transport.read_u8(), async {
                tokio::task::yield_now().await;
                peer.write_all(b"n").unwrap();
            });
            assert_eq!(next.unwrap(), b'n');
        }
    });
}
