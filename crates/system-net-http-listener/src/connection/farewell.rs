//! The end of a connection: what is left is written, and the client gets the time to see it.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_runtime::Timer;

use super::{Connection, Wait, poll_too_slow};

/// How long, and how much, is read after the last response so that the client gets to see it: a
/// connection that is closed with unread bytes is reset, and what was sent may be lost.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 256 * 1024;

/// Writes what is left. False: that cannot be done.
pub(super) async fn flush(connection: &Connection, timer: &mut Timer) -> bool {
    let flushed = poll_fn(|cx| {
        let mut io = connection.lock();
        match io.poll_flush(cx) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => poll_too_slow(connection, &mut io, cx, timer).map(Err),
        }
    })
    .await;
    if flushed.is_ok() && connection.log.is_some() {
        connection.log_written(&mut connection.lock());
    }
    flushed.is_ok()
}

/// Closes, and waits a little for the client to do so.
pub(super) async fn close(connection: &Connection, timer: &mut Timer) {
    let end = connection.clock().now() + LINGER;
    let mut left = LINGER_BYTES;
    poll_fn(|cx| {
        if timer.poll_until(cx, end).is_ready() {
            return Poll::Ready(());
        }
        let mut io = connection.lock();
        if ready!(io.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        loop {
            match ready!(io.poll_discard(cx)) {
                Ok(read) if read > 0 && read < left => left -= read,
                _ => return Poll::Ready(()),
            }
        }
    })
    .await;
}

impl Connection {
    /// Writes what stands in the output: whoever wrote it was told that it is. False: that cannot be done,
    /// or what was written last is not complete.
    pub(super) fn poll_flush_last(&self, cx: &mut Context<'_>, wait: &mut Wait) -> Poll<bool> {
        let mut io = self.lock();
        let complete = !io.http.response_begun();
        match io.poll_flush(cx) {
            Poll::Ready(result) => Poll::Ready(result.is_ok() && complete),
            Poll::Pending => poll_too_slow(self, &mut io, cx, wait.timer()).map(|_| false),
        }
    }
}
