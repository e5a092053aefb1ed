//! Waiting for the head of the next request, and going on to it from the one before.

use std::task::{Context, Poll, ready};

use system_net_http_proto::{ProtoError, RequestHead, ServerEvent};
use system_net_primitives::WebHeaderCollection;

use super::task::{Next, remember};
use super::{Connection, Io, Phase, Wait, poll_too_slow};

/// With this much waiting to be written no further pipelined request is begun.
const GATHERED: usize = 64 * 1024;
/// What is said of a client that takes too long.
pub(super) const TOO_SLOW: &str = "client too slow";

/// What came of waiting for a request.
pub(super) enum Step {
    /// It lies in the place for it.
    Request,
    /// The client broke the protocol.
    Bad(ProtoError),
    /// There will be no more requests.
    Over(&'static str),
    /// The last request is not answered, or there is more to it than to go on.
    Unsettled,
}

/// A request whose phase has begun.
pub(crate) struct Received {
    pub(crate) number: u64,
    pub(crate) head: Box<RequestHead>,
    /// To fill with the fields of the response.
    pub(crate) headers: Box<WebHeaderCollection>,
}

impl Io {
    /// What the input holds, if that is something whole.
    #[inline]
    fn next_step(&mut self, place: &mut Option<Received>) -> Option<Step> {
        match self.http.poll_event() {
            Ok(ServerEvent::Head(head)) => {
                self.number += 1;
                self.phase = Phase::Running;
                self.idle_since = None;
                self.head_request = head.method == "HEAD";
                self.last = !head.keep_alive;
                self.body_read = 0;
                self.trailers = None;
                let fresh = || Box::new(WebHeaderCollection::for_response());
                *place = Some(Received {
                    number: self.number,
                    head,
                    headers: self.spare_headers.take().unwrap_or_else(fresh),
                });
                Some(Step::Request)
            }
            Ok(ServerEvent::Closed) => Some(Step::Over("client closed")),
            Ok(_) => None,
            Err(error) => Some(Step::Bad(error)),
        }
    }

    /// Goes on to the next request, if both sides allow it.
    #[inline]
    pub(super) fn begin_next(&mut self) -> Option<Next> {
        match self.http.next_request() {
            Ok(true) => {
                self.phase = Phase::Task;
                // Behind the request the next one may stand, or the end.
                self.news = self.http.has_input();
                Some(Next::Request)
            }
            Ok(false) => Some(Next::Close),
            Err(_) => None,
        }
    }
}

impl Connection {
    /// Waits for the head of the next request, and lets its phase begin.
    pub(super) fn poll_head(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        place: &mut Option<Received>,
    ) -> Poll<Step> {
        if place.is_some() {
            return Poll::Ready(Step::Request);
        }
        let mut io = self.lock();
        let io = &mut *io;
        if io.phase != Phase::Task {
            let goes_on = io.phase == Phase::Finished && !io.task_waited;
            if !(goes_on && matches!(io.begin_next(), Some(Next::Request))) {
                return Poll::Ready(Step::Unsettled);
            }
            self.keep_from_here(io);
        }
        loop {
            // Answers are gathered as long as whole requests are there; a body behind them not.
            if io.has_tail() || io.http.output().len() >= GATHERED {
                match io.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(Step::Over("client gone")),
                    Poll::Pending => {
                        return poll_too_slow(self, io, cx, wait.timer())
                            .map(|_| Step::Over(TOO_SLOW));
                    }
                }
            }
            if io.news {
                io.news = false;
                if let Some(step) = io.next_step(place) {
                    return Poll::Ready(step);
                }
            }
            if !io.is_flushed() {
                match io.poll_flush(cx) {
                    Poll::Ready(Ok(())) => {
                        if io.ledger.is_some() {
                            self.log_written(io);
                        }
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Step::Over("client gone")),
                    // Nothing more is taken from a client that does not take its answers.
                    Poll::Pending => {
                        return poll_too_slow(self, io, cx, wait.timer())
                            .map(|_| Step::Over(TOO_SLOW));
                    }
                }
            }
            let begun_before = io.http.head_begun();
            match io.poll_fill_head(cx) {
                Poll::Ready(Ok(())) => {
                    if !begun_before {
                        // From its first byte on a head has its own time.
                        wait.restart();
                    }
                    continue;
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Step::Over("client gone")),
                Poll::Pending => {}
            }
            if !begun_before {
                io.http.release_large_buffers();
            }
            let timeouts = self.timeouts();
            let limit = if begun_before || io.number == 0 {
                timeouts.header_wait()
            } else {
                timeouts.idle_connection()
            };
            if self.stopping() && !begun_before {
                return Poll::Ready(Step::Over("listener stopped"));
            }
            remember(&mut io.task, cx);
            let since = io.answered.take();
            ready!(match io.idle_since {
                Some(since) if !begun_before => wait.poll_since(cx, self.clock(), since, limit),
                _ => wait.poll_in_task(cx, self.clock(), since, limit),
            });
            return Poll::Ready(Step::Over(TOO_SLOW));
        }
    }

    /// What is kept of a request begins behind the last one.
    #[inline]
    pub(super) fn keep_from_here(&self, io: &Io) {
        if let Some(kept) = &self.kept {
            kept.begin(io.http.buffered());
        }
    }

    pub(super) fn next_request(&self) -> Next {
        let mut io = self.lock();
        let next = io.begin_next().unwrap_or(Next::Drop);
        self.keep_from_here(&io);
        next
    }
}
