//! The context itself: properties, buffers, refusals, pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use system_net_primitives::{IpAddress, IpEndPoint, Misuse};
use system_net_sockets::{
    BufferBlock, SendPacketsElement, SocketAsyncEventArgsPool, SocketFlags, TransmitFileOptions,
};

#[test]
fn saea_context_props() {
    let args = SocketAsyncEventArgs::new();
    assert_eq!(args.last_operation(), SocketAsyncOperation::None);
    assert_eq!(args.socket_error(), SocketErrorCode::Success);
    assert!(args.error().is_none());
    assert_eq!(args.bytes_transferred(), 0);
    assert_eq!((args.offset(), args.count()), (0, 0));
    assert!(args.buffer().unwrap().is_empty());
    assert!(args.buffer_list().unwrap().is_empty());
    assert!(args.take_accept_socket().is_none());
    assert!(args.take_connect_socket().is_none());
    assert!(args.remote_end_point().is_none());
    assert!(args.user_token().is_none());
    assert!(args.connect_by_name_error().is_none());
    assert!(args.receive_message_from_packet_info().address().is_none());
    assert!(args.send_packets_elements().is_none());
    assert_eq!(args.send_packets_send_size(), 0);
    assert!(!args.disconnect_reuse_socket());
    assert!(!args.is_in_progress());

    args.set_buffer(vec![1, 2, 3, 4], 1, 2).unwrap();
    assert_eq!(&args.buffer().unwrap()[..], [1, 2, 3, 4]);
    assert_eq!((args.offset(), args.count()), (1, 2));
    args.buffer().unwrap()[0] = 9;
    assert_eq!(args.take_buffer().unwrap(), Some(vec![9, 2, 3, 4]));
    assert_eq!((args.offset(), args.count()), (0, 0));

    let lists = vec![vec![1], vec![2, 3]];
    args.set_buffer_list(Some(lists.clone())).unwrap();
    assert_eq!(&args.buffer_list().unwrap()[..], lists);
    args.buffer_list().unwrap()[0][0] = 7;
    assert_eq!(
        args.take_buffer_list().unwrap(),
        Some(vec![vec![7], vec![2, 3]])
    );

    let end_point = EndPoint::from(IpEndPoint::new(IpAddress::LOOPBACK, 80));
    args.set_remote_end_point(Some(end_point.clone()));
    assert_eq!(args.remote_end_point(), Some(end_point));
    args.set_user_token(Some(Arc::new("token")));
    let token = args.user_token().unwrap();
    assert_eq!(token.downcast_ref::<&str>(), Some(&"token"));
    args.set_socket_flags(SocketFlags::PEEK);
    assert_eq!(args.socket_flags(), SocketFlags::PEEK);
    args.set_socket_error(SocketErrorCode::AccessDenied);
    assert_eq!(args.socket_error(), SocketErrorCode::AccessDenied);
    args.set_disconnect_reuse_socket(true);
    assert!(args.disconnect_reuse_socket());
    args.set_send_packets_flags(TransmitFileOptions::DISCONNECT);
    assert_eq!(args.send_packets_flags(), TransmitFileOptions::DISCONNECT);
    args.set_send_packets_send_size(100);
    assert_eq!(args.send_packets_send_size(), 100);
    let elements = vec![SendPacketsElement::from_buffer("abc")];
    args.set_send_packets_elements(Some(elements)).unwrap();
    assert_eq!(
        args.send_packets_elements().unwrap()[0].buffer(),
        Some(&b"abc"[..])
    );
    args.set_accept_socket(Some(tcp())).unwrap();
    assert!(args.take_accept_socket().is_some());

    // The handler and the subscribers of Completed, in this order.
    let (client, server) = pair();
    let order = Arc::new(Mutex::new(Vec::new()));
    let (done, waits) = channel();
    let done = Mutex::new(done);
    let note = |what| {
        let order = Arc::clone(&order);
        move || order.lock().unwrap().push(what)
    };
    let (first, second, third) = (note(1), note(2), note(3));
    args.set_handler(Some(Arc::new(move |_| first())));
    let _second = args.on_completed(move |_| second());
    let gone = args.on_completed(|_| panic!("it was taken out"));
    let _third = args.on_completed(move |_| {
        third();
        let _ = done.lock().unwrap().send(());
    });
    drop(gone);
    args.set_socket_flags(SocketFlags::NONE);
    args.set_memory_buffer(vec![0; 8]).unwrap();
    assert!(server.receive_args(&args).unwrap());
    client.send(b"x").unwrap();
    waits.recv_timeout(HANG).unwrap();
    assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
}

#[track_caller]
fn check_misuse(found: Result<(), Misuse>, expected: &str) {
    let found = match found {
        Ok(()) => "ok".to_owned(),
        Err(Misuse::OutOfRange { param, .. }) => format!("range {param}"),
        Err(Misuse::InvalidArgument { param, .. }) => format!("argument {param}"),
        Err(Misuse::InvalidOperation(_)) => "operation".to_owned(),
        Err(Misuse::Disposed { .. }) => "disposed".to_owned(),
        Err(other) => format!("{other:?}"),
    };
    assert_eq!(found, expected);
}

#[test]
fn saea_buffer_rules() {
    let args = SocketAsyncEventArgs::new();
    // Without a buffer a window is not an error, and stays empty.
    check_misuse(args.set_buffer_range(5, 5), "ok");
    assert_eq!((args.offset(), args.count()), (0, 0));
    for (offset, count, expected) in [
        (0, 4, "ok"),
        (4, 0, "ok"),
        (2, 2, "ok"),
        (5, 0, "range offset"),
        (0, 5, "range count"),
        (2, 3, "range count"),
        (usize::MAX, 1, "range offset"),
        (1, usize::MAX, "range count"),
    ] {
        check_misuse(args.set_buffer(vec![0; 4], offset, count), expected);
        check_misuse(args.set_buffer_range(offset, count), expected);
    }
    // What failed last changed nothing.
    assert_eq!((args.offset(), args.count()), (2, 2));

    // A buffer and a list of buffers exclude each other.
    check_misuse(
        args.set_buffer_list(Some(vec![vec![0]])),
        "argument BufferList",
    );
    check_misuse(args.set_buffer_list(None), "ok");
    assert_eq!(args.buffer().unwrap().len(), 4);
    args.take_buffer().unwrap();
    check_misuse(args.set_buffer_list(Some(vec![vec![0]])), "ok");
    check_misuse(args.set_memory_buffer(vec![0]), "argument buffer");
    check_misuse(args.set_buffer_list(None), "ok");
    check_misuse(args.set_memory_buffer(vec![0]), "ok");

    // A guard keeps the buffer, and operations off.
    let (client, server) = pair();
    let guard = args.buffer().unwrap();
    check_misuse(args.buffer().map(drop), "operation");
    check_misuse(args.set_memory_buffer(vec![0]), "operation");
    let refused = server.receive_args(&args).unwrap_err();
    assert!(matches!(
        refused.misuse(),
        Some(Misuse::InvalidOperation(_))
    ));
    drop(guard);

    // Only the window is used, for receiving and for sending.
    args.set_buffer(*b"........", 2, 3).unwrap();
    client.send(b"abcdef").unwrap();
    assert!(!server.receive_args(&args).unwrap());
    assert_eq!(args.bytes_transferred(), 3);
    assert_eq!(&args.transferred().unwrap()[..], b"abc");
    assert_eq!(&args.buffer().unwrap()[..], b"..abc...");
    args.set_buffer_range(1, 2).unwrap();
    assert!(!server.send_args(&args).unwrap());
    let mut received = [0; 8];
    assert_eq!(client.receive(&mut received).unwrap(), 2);
    assert_eq!(&received[..2], b".a");

    // A window without room receives nothing, and waits for something all the same.
    let (nothing, reports) = watched();
    assert!(client.receive_args(&nothing).unwrap());
    silent(&reports);
    server.send(b"z").unwrap();
    assert_eq!(reports.recv_timeout(HANG).unwrap().bytes, 0);
    assert_eq!(client.receive(&mut received).unwrap(), 1);

    // Disposed contexts let go of their buffers and refuse.
    let block = BufferBlock::new(1, 16);
    let args = SocketAsyncEventArgs::new();
    args.set_buffer_segment(block.rent().unwrap()).unwrap();
    assert_eq!(block.available(), 0);
    args.dispose();
    assert_eq!(block.available(), 1);
    check_misuse(args.set_memory_buffer(vec![0]), "disposed");
    let refused = server.receive_args(&args).unwrap_err();
    assert!(matches!(refused.misuse(), Some(Misuse::Disposed { .. })));
}

#[test]
fn saea_buffer_block_is_one_piece() {
    let block = BufferBlock::new(100, 64);
    let mut segments: Vec<_> = (0..100).map(|_| block.rent().unwrap()).collect();
    assert!(block.rent().is_none());
    let mut starts: Vec<usize> = segments
        .iter()
        .map(|segment| segment.as_ptr() as usize)
        .collect();
    starts.sort_unstable();
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] == 64));
    for (number, segment) in (0..).zip(&mut segments) {
        segment.fill(number);
    }
    for (number, segment) in (0..).zip(&segments) {
        assert!(segment.iter().all(|byte| *byte == number));
    }
    drop(segments);
    assert_eq!(block.available(), 100);
}

#[test]
fn saea_in_progress_error() {
    let (client, server) = pair();
    let (args, reports) = with_buffer(8);
    assert!(server.receive_args(&args).unwrap());
    assert!(args.is_in_progress());
    let (other, _other_client) = pair();
    let refused = |result: Result<bool, SocketError>| {
        let error = result.unwrap_err();
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
            "{error:?}"
        );
    };
    refused(server.receive_args(&args));
    refused(server.send_args(&args));
    refused(other.send_args(&args));
    refused(other.disconnect_args(&args));
    check_misuse(args.set_memory_buffer(vec![0; 8]), "operation");
    check_misuse(args.set_buffer_range(0, 1), "operation");
    check_misuse(args.set_buffer_list(None), "operation");
    check_misuse(args.set_accept_socket(None), "operation");
    check_misuse(args.set_send_packets_elements(None), "operation");
    check_misuse(args.buffer().map(drop), "operation");
    check_misuse(args.take_buffer().map(drop), "operation");
    let pool = SocketAsyncEventArgsPool::new(0, |_| SocketAsyncEventArgs::new());
    check_misuse(pool.push(args.clone()), "operation");
    // What was refused disturbed nothing.
    assert_eq!(args.last_operation(), SocketAsyncOperation::Receive);
    client.send(b"data").unwrap();
    assert_eq!(reports.recv_timeout(HANG).unwrap().bytes, 4);
    silent(&reports);
    assert!(!args.is_in_progress());
    assert!(!server.send_args(&args).unwrap());
    check_misuse(pool.push(args.clone()), "ok");
    check_misuse(pool.push(args), "operation");
    assert_eq!(pool.count(), 1);
}

#[test]
fn saea_pool_gives_each_context_to_one() {
    const CONTEXTS: usize = 8;
    let made = AtomicUsize::new(0);
    let pool = SocketAsyncEventArgsPool::new(CONTEXTS, |_| {
        made.fetch_add(1, Ordering::Relaxed);
        SocketAsyncEventArgs::new()
    });
    let out = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let Some(args) = pool.pop() else { continue };
                    assert!(out.fetch_add(1, Ordering::SeqCst) < CONTEXTS);
                    // A context that somebody else has as well would refuse a second guard.
                    drop(args.buffer().unwrap());
                    out.fetch_sub(1, Ordering::SeqCst);
                    pool.push(args).unwrap();
                }
            });
        }
    });
    assert_eq!(pool.count(), CONTEXTS);
    assert_eq!(made.into_inner(), CONTEXTS);
}
