//! What clients take only later: bodies that were given whole, and how long their clients may take.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::{Reason, SendStream};
use system_net_runtime::Timer;

use super::line::Line;
use crate::bandwidth::Throttle;
use crate::connection::Facts;
use crate::pace::Pace;

/// With this much of a body waiting to be written nothing more of it is taken.
pub(super) const WAITING: usize = 64 * 1024;

/// The rest of a body that was given whole.
pub(super) struct Rest {
    send: SendStream<Bytes>,
    left: Bytes,
    throttle: Option<Box<Throttle>>,
    sent: u64,
    pace: Pace,
    timer: Timer,
    line: Option<Box<Line>>,
    /// What was sent before.
    before: u64,
}

impl Rest {
    pub(super) fn new(
        send: SendStream<Bytes>,
        left: Bytes,
        throttle: Option<Box<Throttle>>,
    ) -> Self {
        Self {
            send,
            left,
            throttle,
            sent: 0,
            pace: Pace::default(),
            timer: Timer::new(),
            line: None,
            before: 0,
        }
    }

    /// Takes the line of the log over; so much was sent before.
    pub(super) fn log(&mut self, line: Box<Line>, before: u64) {
        self.line = Some(line);
        self.before = before;
    }

    /// Sends what the client takes. Ready: it has all of it, or never will.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, facts: &Facts) -> Poll<()> {
        loop {
            self.send.reserve_capacity(self.left.len().min(WAITING));
            let mut room = self.send.capacity().min(self.left.len());
            if room > 0 {
                if let Some(throttle) = &mut self.throttle {
                    let Poll::Ready(allowed) = throttle.poll_take(cx, room) else {
                        // It is not the client who is slow.
                        self.pace.rest(|| facts.clock().now());
                        return Poll::Pending;
                    };
                    room = allowed;
                }
                let piece = self.left.split_to(room);
                self.sent += room as u64;
                let end = self.left.is_empty();
                if let Some(line) = &mut self.line {
                    line.set_sent(self.before + self.sent, end);
                }
                if self.send.send_data(piece, end).is_err() || end {
                    return Poll::Ready(());
                }
                continue;
            }
            match self.send.poll_capacity(cx) {
                // It says at the next time what there is, or that one has to wait.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    let Self { pace, timer, .. } = self;
                    let (clock, timeouts) = (facts.clock(), facts.timeouts());
                    ready!(pace.poll_too_slow(self.sent, cx, timer, clock, timeouts));
                    self.send.send_reset(Reason::CANCEL);
                    return Poll::Ready(());
                }
            }
        }
    }
}
