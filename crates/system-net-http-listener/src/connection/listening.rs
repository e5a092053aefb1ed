//! The task of a connection that waits for the answer and for the next request at once: an answer that
//! is written where it is given need not wake it.

use std::task::Context;
use std::time::Instant;

use super::{Connection, Io, Phase};
use crate::timeouts::deadline;

impl Io {
    /// Has the task, which waits for the answer, woken by the next request, too. `wakes_at` is when its
    /// timer wakes it in any case. False: it is not.
    pub(super) fn listen(&mut self, cx: &mut Context<'_>, wakes_at: Option<Instant>) -> bool {
        self.wakes_at = wakes_at;
        // If something is there already, the answer has to wake it. So has one that goes into a log.
        self.ledger.is_none()
            && self.http.request_complete()
            && self.http.buffered_input() == 0
            && self.transport.poll_readable(cx).is_pending()
    }
}

impl Connection {
    /// Goes on to the next request behind an answer that is written, without a word to the task. False:
    /// the task has something to do.
    pub(super) fn goes_on_listening(&self, io: &mut Io) -> bool {
        // A stop wakes the tasks once it is known.
        if !io.transport.is_awaited() || self.stopping() {
            return false;
        }
        let Some(answered) = io.answered else {
            return false;
        };
        // From here on the connection is idle, of which the task's timer has to tell in time.
        let end = deadline(answered, self.timeouts().idle_connection());
        if end.is_some_and(|end| io.wakes_at.is_none_or(|wakes| end < wakes)) {
            return false;
        }
        // An error is one of the order of calls, which the task finds too.
        if !matches!(io.http.next_request(), Ok(true)) {
            return false;
        }
        io.phase = Phase::Task;
        io.idle_since = Some(answered);
        io.task_waits = false;
        true
    }
}
