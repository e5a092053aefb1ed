//! Requests in the queue that their clients give up: they leave it, and make room for others.

use system_net_http_listener::TestListener;
use system_net_testkit::header_block;

use super::peer::{END, Peer, code, head, head_frames};
use crate::access_log::{logged, rows};
use crate::gone_clients::{take, turn, with_queue_of};

async fn expect_full(peer: &mut Peer, stream: u32) {
    peer.get(stream, "/other");
    turn().await;
    assert_eq!(peer.reply(stream).status(), 503);
}

#[test]
fn a_request_that_is_given_up_leaves_the_queue() {
    with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
        let (log, lines) = logged(&listener, Default::default());
        let mut peer = Peer::new(&listener.url(""));
        peer.get(1, "/gone");
        turn().await;
        expect_full(&mut peer, 3).await;
        // There is room for what comes right behind.
        peer.reset(1, code::CANCEL).get(5, "/next");
        turn().await;
        let mut context = take(&listener, "/next").await;
        context.response_mut().close_with("next").unwrap();
        turn().await;
        assert_eq!(peer.reply(5).text(), "next");
        let rows = rows(&log, &lines, 3);
        let told = rows.iter().find(|row| row["cs-uri-stem"] == "/gone");
        let told = told.unwrap();
        assert_eq!(
            [&*told["s-reason"], &*told["sc-status"]],
            ["ClientReset", "-"]
        );
    });
}

#[test]
fn a_request_that_is_given_up_at_once_is_never_in_the_queue() {
    with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
        let mut peer = Peer::new(&listener.url(""));
        turn().await;
        let block = header_block(&head("GET", "/gone", &[]));
        let mut bytes = head_frames(1, END, &block);
        bytes.extend([0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]);
        peer.send(&bytes);
        turn().await;
        peer.get(3, "/next");
        turn().await;
        drop(take(&listener, "/next").await);
    });
}

#[test]
fn the_requests_of_a_connection_that_ends_leave_the_queue() {
    with_queue_of(2, TestListener::http().unwrap(), |listener| async move {
        for _ in 0..2 {
            let (log, lines) = logged(&listener, Default::default());
            let mut peer = Peer::new(&listener.url(""));
            let mut other = Peer::new(&listener.url(""));
            peer.get(1, "/gone").get(3, "/gone");
            turn().await;
            expect_full(&mut other, 1).await;
            drop(peer);
            turn().await;
            other.get(3, "/next");
            turn().await;
            let mut context = take(&listener, "/next").await;
            context.response_mut().close_with("next").unwrap();
            turn().await;
            assert_eq!(other.reply(3).text(), "next");
            let rows = rows(&log, &lines, 4);
            let told = rows.iter().filter(|row| row["cs-uri-stem"] == "/gone");
            let told: Vec<_> = told.map(|row| &*row["s-reason"]).collect();
            assert_eq!(told, ["ClientReset"; 2]);
            drop(other);
            turn().await;
        }
    });
}
