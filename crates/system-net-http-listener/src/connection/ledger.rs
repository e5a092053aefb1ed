//! What of a connection goes into the access log: the request that runs, and those whose answers are
//! still on their way. There is none of this where nothing is logged.

use std::collections::VecDeque;

use system_net_http_proto::RequestHead;
use system_net_primitives::Clock;

use super::{Connection, Io};
use crate::access_log::{AccessLog, Entry, Reason};

/// The requests of a connection that have no line yet.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    running: Option<Entry>,
    /// Where in what is sent the running one's answer begins.
    begins: u64,
    /// What was received before the running one.
    received: u64,
    /// Answered, but not written to the end.
    answered: VecDeque<Answered>,
}

#[derive(Debug)]
struct Answered {
    entry: Entry,
    /// Where in what is sent the answer stands.
    begins: u64,
    ends: u64,
}

impl Ledger {
    /// The request that runs is answered with this status.
    pub(crate) fn set_status(&mut self, status: u16, by_listener: bool) {
        if let Some(entry) = &mut self.running {
            entry.set_status(status);
            if by_listener {
                entry.set_reason(Reason::Listener(status));
            }
        }
    }

    /// Why the listener answers the request that runs.
    pub(crate) fn set_reason(&mut self, reason: Reason) {
        if let Some(entry) = &mut self.running {
            entry.set_reason(reason);
        }
    }

    /// Writes the lines of those whose answers are written.
    fn settle(&mut self, log: &AccessLog, sent: u64, clock: &dyn Clock) {
        while self
            .answered
            .front()
            .is_some_and(|first| first.ends <= sent)
        {
            let Some(mut first) = self.answered.pop_front() else {
                return;
            };
            first.entry.end(first.ends - first.begins, clock);
            log.write(&first.entry);
        }
    }

    /// Writes the lines of those who are answered: what is not written yet another listener writes, as the
    /// line of the request that runs.
    pub(super) fn leave(&mut self, log: &AccessLog, clock: &dyn Clock) {
        self.running = None;
        self.settle(log, u64::MAX, clock);
    }

    /// Counts on from those of the connection's listener before.
    pub(super) fn follow(&mut self, before: &Self) {
        self.received = before.received;
    }

    /// Writes the lines of all others: nothing more is sent.
    fn abandon(&mut self, log: &AccessLog, sent: u64, clock: &dyn Clock) {
        let (begins, ends) = (self.begins, u64::MAX);
        let running = self.running.take().map(|entry| Answered {
            entry,
            begins,
            ends,
        });
        for mut cut in self.answered.drain(..).chain(running) {
            // Another protocol came to its end.
            if cut.entry.status() != Some(101) {
                cut.entry.set_reason(Reason::Aborted);
            }
            let there = sent.clamp(cut.begins, cut.ends);
            cut.entry.end(there - cut.begins, clock);
            log.write(&cut.entry);
        }
    }
}

impl Connection {
    /// Begins the line of a request; `None` for one whose head is broken.
    #[cold]
    pub(super) fn begin_entry(&self, head: Option<&RequestHead>) {
        let entry = match head {
            Some(head) => Entry::new(self.remote, self.local, head, self.clock()),
            None => Entry::without_head(self.remote, self.local, self.clock()),
        };
        let mut io = self.lock();
        let begins = io.given();
        if let Some(ledger) = &mut io.ledger {
            ledger.begins = begins;
            ledger.running = Some(entry);
        }
    }

    /// A head that has begun does not come to its end.
    #[cold]
    pub(super) fn log_unfinished_head(&self, too_slow: bool) {
        if !self.lock().http.head_begun() {
            return;
        }
        self.begin_entry(None);
        if let Some(ledger) = &mut self.lock().ledger
            && let Some(entry) = &mut ledger.running
        {
            entry.set_reason(match too_slow {
                true => Reason::HeaderWait,
                false => Reason::Aborted,
            });
        }
    }

    /// The user of the request that runs.
    #[cold]
    pub(crate) fn log_user(&self, number: u64, name: &str) {
        let mut io = self.lock();
        if io.number == number
            && let Some(ledger) = &mut io.ledger
            && let Some(entry) = &mut ledger.running
        {
            entry.set_user(name);
        }
    }

    /// The request that runs is over; its line is written when its answer is. With `cut` that will not
    /// come to its end.
    #[cold]
    pub(super) fn end_entry(&self, cut: bool) {
        let mut io = self.lock();
        let (given, buffered) = (io.given(), io.http.buffered_input() as u64);
        let mut received = io.received();
        let Some(ledger) = &mut io.ledger else { return };
        if ledger.running.as_ref().is_some_and(Entry::has_no_head) {
            // A head that is broken is not taken in.
            received += buffered;
        }
        if let Some(mut entry) = ledger.running.take() {
            entry.set_received(received.saturating_sub(ledger.received));
            if cut {
                ledger.running = Some(entry);
            } else {
                if entry.status().is_none() {
                    entry.set_reason(Reason::Unanswered);
                }
                ledger.answered.push_back(Answered {
                    entry,
                    begins: ledger.begins,
                    ends: given,
                });
            }
        }
        ledger.received = received;
        self.log_written(&mut io);
    }

    /// Writes the lines of the answers that are written.
    #[cold]
    pub(super) fn log_written(&self, io: &mut Io) {
        let sent = io.sent();
        if let (Some(ledger), Some(log)) = (&mut io.ledger, &self.log) {
            ledger.settle(log, sent, self.clock());
        }
    }

    /// Writes the lines of all requests that have none: the connection is over.
    #[cold]
    pub(super) fn log_rest(&self) {
        let mut io = self.lock();
        self.log_written(&mut io);
        let sent = io.sent();
        if let (Some(ledger), Some(log)) = (&mut io.ledger, &self.log) {
            ledger.abandon(log, sent, self.clock());
        }
    }
}
