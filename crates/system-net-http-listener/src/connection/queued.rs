//! A request that stands in the queue while its client may go: HTTP.sys takes it out then, and so does the
//! connection's task here, which the reactor wakes for it.
//!
//! A reset says that the client has gone. An end of what it sends does not: a client may end its own side and wait
//! for the answer (RFC 9112 section 9.6 speaks of half-closed connections). HTTP.sys and Kestrel hold both
//! for the same. Here such a request is answered in its turn, but it is the first to give way when the queue
//! is full.

use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use system_net_runtime::Hangup;

use super::{Connection, Io};
use crate::access_log::Reason;

/// Why nobody waits for an answer as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// The request was not taken for too long.
    TooLong,
    /// Its client has gone.
    Gone,
    /// Its client sends no more.
    Ended,
}

impl Connection {
    pub(crate) fn client_has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Ready once the client has ended something; the task is woken for that. A request that was taken may be
    /// told of, too, as long as its program does not wait for the client itself.
    #[cold]
    pub(super) fn poll_gone(&self, io: &mut Io, cx: &mut Context<'_>) -> Poll<Waited> {
        // It hears of the end then, and must not be waited in the place of.
        if io.program_waits == io.number {
            return Poll::Pending;
        }
        match ready!(io.transport.poll_hangup(cx)) {
            Hangup::Gone => Poll::Ready(Waited::Gone),
            Hangup::Finished => {
                self.ended.store(true, Ordering::Relaxed);
                Poll::Ready(Waited::Ended)
            }
        }
    }

    /// Ends the connection of a client that has gone before its request was taken.
    #[cold]
    pub(crate) fn lose(&self, number: u64) {
        self.run.shared.trace().note(format_args!(
            "The client {} has gone before its request was taken.",
            self.remote
        ));
        if let Ok(mut io) = self.running(number) {
            if let Some(ledger) = &mut io.ledger {
                ledger.set_reason(Reason::ClientReset);
            }
            self.abort_locked(io);
        }
    }

    /// Answers with 503 for the sake of another client: this one sends no more.
    #[cold]
    pub(crate) fn give_way(&self, number: u64) {
        if let Some(ledger) = &mut self.lock().ledger {
            ledger.set_reason(Reason::ClientClosed);
        }
        self.refuse(number, 503);
    }
}
