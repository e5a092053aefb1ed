//! The line of a request in the access log: written when the request is over, also if it is aborted.

use std::sync::Arc;

use system_net_http_proto::RequestHead;
use system_net_primitives::Clock;

use crate::access_log::{AccessLog, Entry, Reason};
use crate::connection::Facts;

/// A line that is still to be written, which dropping does.
pub(super) struct Line {
    entry: Entry,
    log: AccessLog,
    clock: Arc<dyn Clock>,
    sent: u64,
    whole: bool,
}

impl Line {
    /// `None` where nothing is logged.
    pub(super) fn new(facts: &Facts, head: Option<&RequestHead>) -> Option<Box<Self>> {
        let log = facts.log.clone()?;
        let clock = Arc::clone(facts.run.shared.context.clock());
        let entry = match head {
            Some(head) => Entry::new(facts.remote, facts.local, head, &*clock),
            None => Entry::without_head(facts.remote, facts.local, &*clock),
        };
        Some(Box::new(Self {
            entry,
            log,
            clock,
            sent: 0,
            whole: false,
        }))
    }

    pub(super) fn set_user(&mut self, name: &str) {
        self.entry.set_user(name);
    }

    pub(super) fn set_reason(&mut self, reason: Reason) {
        self.entry.set_reason(reason);
    }

    pub(super) fn set_status(&mut self, status: u16, by_listener: bool) {
        self.entry.set_status(status);
        if by_listener {
            self.entry.set_reason(Reason::Listener(status));
        }
    }

    pub(super) fn set_received(&mut self, bytes: u64) {
        self.entry.set_received(bytes);
    }

    /// So many bytes of the body were sent; `whole`: and that is all.
    pub(super) fn set_sent(&mut self, bytes: u64, whole: bool) {
        self.sent = bytes;
        self.whole = whole;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.whole {
            self.entry.set_reason(Reason::Aborted);
        }
        self.entry.end(self.sent, &*self.clock);
        self.log.write(&self.entry);
    }
}
